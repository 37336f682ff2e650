"""The HTML report, as it is written; tests/live/test_html_report.py opens it in a browser."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from html.parser import HTMLParser

import pytest
from baas_errors.formats import Occurrence
from baas_errors.formats.html import page
from hypothesis import given
from samples import harmful_occurrences, make_clean, make_occurrence, many_occurrences, patient

TAGS = """
html head meta title style body header p h1 h3 h4 div span b i a ul ol li dl dt dd svg rect details summary main section blockquote code pre br time
footer noscript script
"""
ATTRIBUTES = """
lang charset http-equiv content name class id hidden open title type data-fault data-open href rel target viewbox preserveaspectratio aria-hidden x y
width height
"""


class Page(HTMLParser):
    """What a browser makes of the page: tags with attributes, text, scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = [("", {})]
        self.texts: list[str] = []
        self.scripts: list[tuple[dict[str, str], str]] = []
        self.style = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "script":
            self.scripts.append((self.tags[-1][1], ""))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            attributes, before = self.scripts.pop()
            self.scripts.append((attributes, before + data))
        elif self.cdata_elem == "style":
            self.style += data
        else:
            self.texts.append(data)

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


@pytest.mark.parametrize(
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


def test_the_first_to_look_at_can_be_opened() -> None:
    (link,) = [attributes for tag, attributes in PAGE.tags if tag == "a" and "data-open" in attributes]
    groups = json.loads(next(text for attributes, text in PAGE.scripts if attributes.get("id") == "data-groups"))
    assert link["data-open"] == groups["groups"][0]["id"]
    assert any(attributes.get("id") == link["href"][1:] for _, attributes in PAGE.tags)


def test_a_page_without_errors() -> None:
    page = Page(written([]))
    assert "No backend errors were recorded" in page.texts
    assert not any(attributes.get("class") == "group" for _, attributes in page.tags)


def test_what_is_written_out_is_bounded() -> None:
    page = Page(written(list(many_occurrences(1_000, kinds=250))))
    classes = [attributes.get("class") for _, attributes in page.tags]
    assert classes.count("group") == 200
    assert classes.count("occ") <= 400
    assert "50 more kinds, shown with scripts on" in page.texts


def test_what_is_left_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MOST_DETAILS", 4)
    text = written(list(many_occurrences(10, kinds=1)))
    assert "Of 6 occurrences only the row is here, to keep the page quick: findings, request, answer and ticket are left out. " in text


@patient
@given(harmful_occurrences)
def test_no_text_becomes_markup(occurrences: list[Occurrence]) -> None:
    page = Page(written(occurrences, *(occurrence.record.message for occurrence in occurrences)))
    assert {tag for tag, _ in page.tags[1:]} <= set(TAGS.split())
    assert {name for _, attributes in page.tags for name in attributes} <= set(ATTRIBUTES.split())
    assert all(attributes["href"].startswith(("#g", "https://")) for tag, attributes in page.tags if tag == "a")
    assert sum("type" not in attributes for attributes, _ in page.scripts) == 1
    for attributes, text in page.scripts:
        if "type" in attributes:
            json.loads(text)
