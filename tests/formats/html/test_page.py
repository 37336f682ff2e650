"""The HTML report, as it is written; tests/live/test_html_report.py opens it in a browser."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from html.parser import HTMLParser

import pytest
from baas_errors.formats import Occurrence
from baas_errors.formats.html import page
from baas_errors.formats.html.static import link
from baas_errors.reports.group import groups_of, shares
from hypothesis import given
from matrix import in_one_test
from samples import harmful_occurrences, make_clean, make_occurrence, many_occurrences, patient

TAGS = """
html head meta title style body header p h1 h2 h3 h4 div span b i a ul ol li dl dt dd svg rect details summary main section blockquote code pre br
time footer noscript script template small mark
"""
ATTRIBUTES = """
lang charset http-equiv content name class id hidden open title type data-fault data-open data-id data-backend data-type data-count data-find
data-copy data-endpoint data-filter data-value role tabindex href rel target viewbox preserveaspectratio aria-hidden x y width height
"""


class Page(HTMLParser):
    """What a browser makes of the page: tags with attributes, text, scripts and styles."""

    def __init__(self, text: str, *, templates: bool = True) -> None:
        super().__init__()
        self.templates, self.depth = templates, 0
        self.tags: list[tuple[str, dict[str, str]]] = [("", {})]
        self.texts: list[str] = []
        self.scripts: list[tuple[dict[str, str], str]] = []
        self.style = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.depth += tag == "template"
        if self.depth and not self.templates:
            return
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "script":
            self.scripts.append((self.tags[-1][1], ""))

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "template"

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            attributes, before = self.scripts.pop()
            self.scripts.append((attributes, before + data))
        elif self.cdata_elem == "style":
            self.style += data
        else:
            self.texts.append(data)

    def classes(self, name: str) -> int:
        """How many elements have exactly this class."""
        return sum(attributes.get("class") == name for _, attributes in self.tags)

    @property
    def policy(self) -> dict[str, str]:
        content = next(attributes["content"] for _, attributes in self.tags if attributes.get("http-equiv") == "Content-Security-Policy")
        return dict(part.strip().split(" ", 1) for part in content.split(";"))


def written(occurrences: list[Occurrence], *notes: str) -> str:
    stream = io.StringIO()
    page.write(occurrences, stream, notes)
    return stream.getvalue()


FOUND = [
    make_occurrence(make_clean(redactions=3), request_id="req-1", doc="https://docs.example/", meaning="No `objectId` of this name."),
    make_occurrence(type="kinvey/Other", backend="kinvey", name="Other", fault="server", known=False, timestamp="2024-05-01T10:05:00.000Z"),
]
PAGE = Page(written(FOUND, "a.har: entry 3 was skipped."))


@in_one_test(
    "text",
    [
        "2 errors of 2 kinds",
        "kinvey and parse, 2024-05-01 10:00:00 to 10:05:00 UTC (5 min)",
        "a.har: entry 3 was skipped.",
        "1 error has no entry in any catalog.",
        "3 secret values were redacted; equal pseudonyms stand for equal values.",
        "objectId",
        "PUT https://api.example/parse/classes/Post/abc?token=<secret 12 chars #a41f9c>",
        '{\n  "code": 101,\n  "error": "Object not found."\n}',
    ],
)
def test_texts_that_are_there_without_scripts(text: str) -> None:
    assert text in PAGE.texts


def test_the_policy_allows_nothing_but_the_page_itself() -> None:
    assert PAGE.policy.pop("style-src").count(" ") == 0
    assert {name: value for name, value in PAGE.policy.items() if not name.endswith("-src") or name == "default-src"} == {
        "default-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


def hash_of(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_policy_names_style_and_script_by_hash() -> None:
    (script,) = [text for attributes, text in PAGE.scripts if "type" not in attributes]
    assert PAGE.policy["style-src"] == hash_of(PAGE.style)
    assert PAGE.policy["script-src"] == hash_of(script)


def test_nothing_is_loaded() -> None:
    text = written(FOUND)
    assert not re.search(r"\b(?:src|srcset|action|poster|background)\s*=\s*[\"']|@import|url\(|<link|<img|<iframe", text)


def test_style_and_script_make_no_markup_of_texts() -> None:
    (script,) = [text for attributes, text in PAGE.scripts if "type" not in attributes]
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(|DOMParser|fetch\(|XMLHttpRequest|import\(", script
    )


def test_links_lead_to_what_they_name() -> None:
    links = [attributes for tag, attributes in PAGE.tags if tag == "a" and attributes.get("href", "").startswith("#")]
    for each in links:
        (group,) = [attributes for _, attributes in PAGE.tags if attributes.get("id") == each["href"][1:]]
        assert each.get("data-open", group["data-id"]) == group["data-id"]
        assert "data-filter" not in each or group[f"data-{each['data-filter']}"] == each["data-value"]
    # The first to look at, one row for errors without a cause, one endpoint, two types.
    assert [each.get("data-filter") for each in links] == [None, None, "endpoint", "type", "type"]


def test_the_causes_endpoints_and_types_are_counted() -> None:
    counted = Page(written([*FOUND, make_occurrence(user="u1", timestamp="2024-05-01T10:09:00.000Z")]))
    text = " ".join(counted.texts)
    assert "3 errors of 2 kinds, 1 user" in counted.texts
    assert re.search(r"By cause\s+1\s+3\s+No cause was found in the request itself\.\s+1 user, since 10:00 UTC, 2 kinds", text)
    assert re.search(r"By type\s+2\s+2\s+parse/ObjectNotFound\s+1 user, since 10:00 UTC\s+1\s+kinvey/Other\s+at 10:05:00 UTC", text)


def test_a_page_of_one_kind_needs_no_overview() -> None:
    assert "By cause" not in written(FOUND[:1])


def test_of_many_causes_only_the_most_frequent_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MOST_ROWS", 2)
    assert "and 3 more" in Page(written([make_occurrence(url_template=f"/{name}") for name in "abcde"])).texts


def test_a_page_without_errors() -> None:
    page = Page(written([]))
    assert "No backend errors were recorded" in page.texts
    assert not any(attributes.get("class") == "group" for _, attributes in page.tags)


@pytest.mark.slow
def test_what_is_written_out_is_bounded() -> None:
    text = written(list(many_occurrences(1_000, kinds=250)))
    assert [Page(text).classes(kind) for kind in ("group", "occ", "occ plain")] == [250, 1_000, 0]
    # A browser does not lay out what is inside a template.
    outside = Page(text, templates=False)
    assert outside.classes("group") == 200
    assert 0 < outside.classes("occ") <= 400
    assert "50 more kinds, shown with scripts on" in outside.texts


def test_every_occurrence_is_a_row_latest_first() -> None:
    found = list(many_occurrences(250, kinds=2))
    text = written(found)
    times = re.findall(r'class="occ"[^>]*><summary><time>([^<]+)', text)
    assert len(times) == 250
    assert times[:125] == sorted(times[:125], reverse=True)


def test_ids_without_a_column_can_be_searched_for() -> None:
    text = written([make_occurrence(request_id="r", client_request_id="c", app="a", client="js", flow_id="f")])
    assert 'data-find="c a js f"' in text


def test_absent_facts_of_a_group_are_left_out() -> None:
    text = written([make_occurrence(meaning="", fix=(), status=None, message="", retry="", fault="", doc="", sdk={}, candidates=(), findings=())])
    assert not re.search("<blockquote>|What was found|What to do|<dt>(Retry|Fault|Or it is|Read)", text)


def test_texts_are_safe_to_look_at() -> None:
    text = written([make_occurrence(meaning="a\u202eb", message="two\nlines\x1b")])
    assert "a\\u202eb" in text
    assert "two lines\\x1b" in text


@in_one_test(
    ("sizes", "most", "expected"),
    [([], 10, []), ([3, 2], 10, [3, 2]), ([8, 1, 1], 6, [4, 1, 1]), ([8, 8, 1], 9, [4, 4, 1]), ([5, 5], 0, [0, 0]), ([1] * 5, 3, [0, 0, 1, 1, 1])],
)
def test_shares(sizes: list[int], most: int, expected: list[int]) -> None:
    groups = [groups_of([make_occurrence()] * size)[0] for size in sizes]
    assert shares(groups, most) == expected


@in_one_test(
    ("address", "expected"),
    [
        ("https://docs.example/a?b=1#c", "https://docs.example/a?b=1#c"),
        ("http://docs.example/", ""),
        ("javascript:alert(1)", ""),
        ("https://a.example/ b", ""),
        ('https://a.example/"', ""),
        ("", ""),
    ],
)
def test_only_addresses_become_links(address: str, expected: str) -> None:
    assert link(address) == expected


def test_what_is_left_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MOST_DETAILS", 4)
    text = written(list(many_occurrences(10, kinds=1)))
    assert "Of 6 occurrences only the row is shown, to keep the page fast: findings, request, answer and ticket are left out. " in text


@patient
@given(harmful_occurrences)
def test_no_text_becomes_markup(occurrences: list[Occurrence]) -> None:
    page = Page(written(occurrences, *(occurrence.record.message for occurrence in occurrences)))
    assert {tag for tag, _ in page.tags[1:]} <= set(TAGS.split())
    assert {name for _, attributes in page.tags for name in attributes} <= set(ATTRIBUTES.split())
    assert all(attributes["href"].startswith(("#g", "https://")) for tag, attributes in page.tags if tag == "a")
    assert len(page.scripts) == 1
