"""Every format with hostile text in every fact: it stays text, and the shape of the file is that of a harmless one."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from baas_errors.cli import main
from baas_errors.formats import FORMATS, Occurrence, jsonl, markdown, write
from baas_errors.formats import csv as csv_format
from baas_errors.formats.html import page
from baas_errors.mitm.convert import to_exchange
from baas_errors.pipeline import Pipeline
from baas_errors.record import KEYS
from baas_errors.reports.collect import collect
from baas_errors.reports.ticket import ticket
from baas_errors.text import safe
from build import shipped_catalogs
from hostile import ALL, CSV, HTML, MARKDOWN, TERMINAL, active_in, occurrence_of, occurrences, texts
from hypothesis import given, settings
from markdown_it import MarkdownIt
from matrix import in_one_test
from mitmproxy import http
from mitmproxy.io import FlowReader
from samples import make_occurrence

many = settings(deadline=None, max_examples=60)
BASE = make_occurrence()
CAPTURES = Path(__file__).resolve().parents[1] / "captures"
# Each by itself, and all at once.
TEXTS = [*ALL, "".join(ALL), " ".join(ALL), "\n".join(ALL)]
WITHIN = [f"a {text} b" for text in ALL]


def written(form: object, found: list[Occurrence], *notes: str) -> str:
    stream = io.StringIO(newline="")
    form.write(found, stream, notes)  # type: ignore[attr-defined]
    return stream.getvalue()


# --- HTML --------------------------------------------------------------------------------------------------------------------
class Shape(HTMLParser):
    """The elements and attributes of a page; where links lead; the contents of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.links: list[str] = []
        self.odd: list[str] = []
        self.raw: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # What stands between backticks becomes code, a safe address a link, and a part of a URL that differs is marked; a long block can be focused.
        if tag not in ("code", "a", "mark"):
            self.tags.append((tag, *sorted(name for name, _ in attrs if name != "tabindex")))
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action", "style", "srcset", "formaction")]
        self.odd += [name for name, _ in attrs if name.startswith("on")]
        if tag in ("script", "style"):
            self.raw.append((tag, ""))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem in ("script", "style"):
            tag, before = self.raw[-1]
            self.raw[-1] = (tag, before + data)

    def handle_comment(self, data: str) -> None:
        self.odd.append(f"comment {data}")

    def handle_pi(self, data: str) -> None:
        self.odd.append(f"instruction {data}")

    def unknown_decl(self, data: str) -> None:
        self.odd.append(f"declaration {data}")


def page_of(text: str) -> Shape:
    return Shape(written(page, [occurrence_of(text, BASE), occurrence_of(text, BASE)], text))


HARMLESS = page_of("a")


@pytest.mark.slow
@in_one_test("text", TEXTS)
def test_a_page_has_the_same_elements_whatever_is_in_it(text: str) -> None:
    # An empty text has no row of its own, so that none is empty here.
    page = page_of(f"a{text}")
    assert page.odd == []
    assert page.tags == HARMLESS.tags
    assert all(re.fullmatch(r"#g\d+", link) for link in page.links)
    assert page.raw == HARMLESS.raw
    assert [tag for tag, _ in page.raw] == ["style", "script"]


@many
@given(occurrences, texts)
def test_pages_have_no_elements_but_ours(found: list[Occurrence], note: str) -> None:
    shape = Shape(written(page, found, note))
    assert shape.odd == []
    assert {tag for tag, *_ in shape.tags} <= {tag for tag, *_ in HARMLESS.tags} | {"blockquote", "ol", "li", "ul", "rect", "small", "mark"}
    assert all(link.startswith(("#g", "https://")) for link in shape.links)


@in_one_test(
    "doc", ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "//a.example", "http://a.example", 'https://a"onclick=x', "\thttps://a"]
)
def test_only_safe_addresses_become_links(doc: str) -> None:
    found = Occurrence(replace(BASE.record, doc=doc))
    assert [link for link in Shape(written(page, [found])).links if not link.startswith("#g")] == []


# --- CSV ---------------------------------------------------------------------------------------------------------------------
def starts_formula(cell: str) -> bool:
    """Whether some spreadsheet may take a cell for a formula: what it passes over in front is taken away, and full-width signs count."""
    if cell.startswith("'"):
        return False
    bare = re.sub(r"\A[\s\"'\ufeff\u200b\x00-\x20]+", "", cell)
    return unicodedata.normalize("NFKC", bare)[:1] in ("=", "+", "-", "@") or cell[:1] in ("\t", "\r")


def rows(text: str, separator: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator))


@in_one_test("text", [*TEXTS, *(f"a;{text}" for text in CSV), *(f'a;"{text}' for text in CSV)])
def test_no_cell_starts_a_formula_whatever_separates_cells(text: str) -> None:
    content = written(csv_format, [occurrence_of(text, BASE)])
    assert content.count("\n") == 2
    for separator in (",", ";", "\t"):
        for row in rows(content, separator):
            assert [cell for cell in row if starts_formula(cell.removesuffix("\r\n"))] == []


@many
@given(occurrences)
def test_cells_say_what_the_record_says(found: list[Occurrence]) -> None:
    head, *lines = rows(written(csv_format, found), ",")
    for row, occurrence in zip(lines, found, strict=True):
        for attribute, key in (("message", "error.message"), ("request_id", "http.request.id"), ("url", "url.full")):
            shown = row[head.index(key)]
            meant = " \u23ce ".join(safe(getattr(occurrence.record, attribute).replace("\r\n", "\n")).splitlines())
            # An apostrophe more is all that may differ.
            assert shown.replace("'", "") == meant.replace("'", "")
            assert shown.count("'") >= meant.count("'")


# --- Markdown ----------------------------------------------------------------------------------------------------------------
PARSER = MarkdownIt("gfm-like", {"html": True, "linkify": True, "typographer": False})
INLINE = {"text", "code_inline", "strong_open", "strong_close", "softbreak"}
MENTION = re.compile(r"(?:^|[^\w`])@\w|#\d|\bGH-\d|://|\bwww\.|\b[0-9a-f]{7,}\b", re.I)


def skeleton(text: str) -> list[str]:
    """The blocks of a document, with what kinds of inline content each has apart from text and code."""
    shape = []
    for token in PARSER.parse(text):
        children = token.children or []
        assert {child.type for child in children} <= INLINE, [child for child in children if child.type not in INLINE]
        strong = [child.type for child in children if child.type.startswith("strong")]
        shape.append(f"{token.type} {token.tag} {token.info} {' '.join(strong)}")
        # Numbers of our own stand in the text; what comes from outside must not look like a mention.
        said = "".join(child.content if child.type == "text" else "\ufffc" for child in children)
        assert not MENTION.search(re.sub(r"\d{4}-\d\d-\d\d[ T][\d:.]+", "", said)), said
    return shape


def report(text: str) -> str:
    return written(markdown, [occurrence_of(text, BASE), occurrence_of(text, BASE)], text)


PLAIN = {True: skeleton(report("a")), False: skeleton(ticket([occurrence_of("a", BASE), occurrence_of("a", BASE)]))}


@pytest.mark.slow
@in_one_test("make", [report, lambda text: ticket([occurrence_of(text, BASE), occurrence_of(text, BASE)])], ids=["report", "ticket"])
@in_one_test("text", [*TEXTS, *WITHIN])
def test_a_document_has_the_same_blocks_whatever_is_in_it(text: str, make: object) -> None:
    hostile = make(f"a{text}")  # type: ignore[operator]
    shape, plain = skeleton(hostile), PLAIN[make is report]
    assert shape[: len(plain)] == plain
    # A command with variables, or without its body, is followed by what to know of it.
    assert {line.split(" ")[0].rsplit("_", 1)[0] for line in shape[len(plain) :]} <= {"paragraph", "inline", "bullet_list", "list_item"}
    assert len(shape) == len(plain) or make is not report
    assert active_in(hostile, "\n\t") == []


@pytest.mark.slow
@in_one_test("make", [report, lambda text: ticket([occurrence_of(text, BASE)])], ids=["report", "ticket"])
@in_one_test("text", [text for text in TEXTS if text.strip()])
def test_a_document_has_no_markup_of_others_where_a_text_begins_a_line(text: str, make: object) -> None:
    skeleton(make(text))  # type: ignore[operator]


@pytest.mark.slow
@many
@given(occurrences, texts)
def test_documents_have_no_markup_but_ours(found: list[Occurrence], note: str) -> None:
    allowed = ["paragraph", "heading", "bullet_list", "ordered_list", "list_item", "table", "thead", "tbody", "tr", "th", "td"]
    for content in (written(markdown, found, note), ticket(found)):
        kinds = {line.split(" ")[0] for line in skeleton(content)}
        assert kinds <= {f"{name}_{end}" for name in allowed for end in ("open", "close")} | {"inline", "fence", "hr"}


# --- lines of logs -----------------------------------------------------------------------------------------------------------
@in_one_test("text", TEXTS)
def test_a_record_is_one_line_for_every_reader(text: str) -> None:
    found = [occurrence_of(text, BASE), BASE]
    content = written(jsonl, found)
    # Some tools end lines at U+2028, U+0085 and others, as `splitlines` does.
    assert len(content.splitlines()) == 2
    assert active_in(content) == []
    content.encode("utf-8")
    assert [json.loads(line) for line in content.splitlines()] == [
        one.record.as_dict() | ({"source": one.source} if one.source else {}) for one in found
    ]


# --- HAR ---------------------------------------------------------------------------------------------------------------------
def read_by_mitmproxy(path: Path) -> list[http.HTTPFlow]:
    with path.open("rb") as file:
        return [flow for flow in FlowReader(file).stream() if isinstance(flow, http.HTTPFlow)]


@in_one_test("table", [TERMINAL, HTML, CSV, MARKDOWN], ids=["terminal", "html", "csv", "markdown"])
def test_mitmproxy_reads_every_hostile_entry(table: tuple[str, ...], tmp_path: Path) -> None:
    found = [occurrence_of(text, BASE) for text in table]
    write(tmp_path / "a.har", found)
    assert len(read_by_mitmproxy(tmp_path / "a.har")) == len(found)


@pytest.mark.slow
@pytest.mark.parametrize("capture", ["demo.mitm", "parse-server-8.mitm", "parse-server-9.mitm"])
def test_mitmproxy_reads_the_same_errors_back(capture: str, tmp_path: Path) -> None:
    found = [one for one in collect([str(CAPTURES / capture)], Pipeline(shipped_catalogs()), []) if one.exchange and one.exchange.status]
    write(tmp_path / "a.har", found)
    pipeline = Pipeline(shipped_catalogs())
    again: Counter[tuple[object, ...]] = Counter()
    for flow in read_by_mitmproxy(tmp_path / "a.har"):
        exchange = to_exchange(flow)
        backend = pipeline.recognizer.of_exchange(exchange)
        assert backend is not None, flow.request.url
        again.update((one.type, one.code, one.index, one.status, one.method, one.url_template) for one in pipeline.records(exchange, backend))
    assert again == Counter((r.type, r.code, r.index, r.status, r.method, r.url_template) for r, *_ in found)


# --- names of files ----------------------------------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.parametrize("suffix", FORMATS)
def test_no_file_is_named_by_what_is_in_it(suffix: str, tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.har", [occurrence_of(f"../../{text}/x", BASE) for text in ALL])
    assert main(["report", str(tmp_path / "in" / "a.har"), "-o", str(tmp_path / "out" / f"b{suffix}")]) == 0
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")) == ["in", "in/a.har", "out", f"out/b{suffix}"]


@in_one_test("name", ["a\nb", "a\x1b[2Jb", "-o", "a b;id", "$(id)", "\u202eexe", "..."])
def test_names_that_were_asked_for_are_taken_as_they_are(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path(f"{name}.md"), [BASE])
    assert [path.name for path in tmp_path.iterdir()] == [f"{name}.md"]


def test_the_table_of_hostile_texts_is_as_long_as_it_was_meant_to_be() -> None:
    assert len(set(ALL)) > 150
    assert all(one != other for one, other in pairwise(sorted(set(ALL))))
    assert len(KEYS) > 30
