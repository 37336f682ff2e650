"""Reports in Markdown."""

from __future__ import annotations

import io
import re

import pytest
from baas_errors.formats import Occurrence, markdown
from baas_errors.record import Finding
from hypothesis import given
from samples import harmful_occurrences, make_clean, make_occurrence, outside_blocks, outside_code, patient


def written(occurrences: list[Occurrence], *notes: str) -> str:
    stream = io.StringIO()
    markdown.write(occurrences, stream, notes)
    return stream.getvalue()


FOUND = [
    make_occurrence(make_clean(redactions=3), findings=(Finding("r", "It is gone."),), request_id="req-1", sdk={"js": "X.Y"}, candidates=("Other",)),
    make_occurrence(timestamp="2024-05-01T10:05:00.000Z", request_id="req-2", redactions=1),
    make_occurrence(type="parse/Other", name="Other", code=5, timestamp="2024-05-01T10:01:00.000Z"),
]


@pytest.mark.parametrize(
    "line",
    [
        "# Backend errors",
        "**3 errors of 2 kinds**, 2024-05-01 10:00:00.000 UTC to 2024-05-01 10:05:00.000 UTC.",
        "Start with ObjectNotFound (101), 2 times at GET /parse/classes/Post/\\{id\\}: Likely: It is gone.",
        "The fault always lies in the request.",
        "4 secret values were redacted; equal pseudonyms stand for equal values.",
        "- The file `a.har` has gaps.",
        "| 2 | `parse/ObjectNotFound` | `101` | 404 | `GET /parse/classes/Post/{id}` | 2024-05-01 10:00:00 | 2024-05-01 10:05:00 |",
        "## 1. ObjectNotFound (101), 2 times",
        "## 2. Other (5), 1 time",
        "Object not found.",
        "No such object.",
        "- Likely: It is gone. (1 of 2)",
        "1. Look for it.",
        "- Does a retry help? no\\: the same request will fail again".replace("\\", ""),
        "- Where the fault lies: in the request",
        "| 2024-05-01 10:05:00 | 404 | `https://toy.example/parse/classes/Post/abc` | `req-2` |",
    ],
)
def test_lines(line: str) -> None:
    assert line in written(FOUND, "The file `a.har` has gaps.").splitlines()


@pytest.mark.parametrize(
    "line",
    ["- SDK, js: `X.Y`", "- The same code also stands for: `Other`", "Status 404", "X-Request-Id: req-1", '{"code":101,"error":"Object not found."}'],
)
def test_lines_of_the_occurrence_that_stands_for_all(line: str) -> None:
    assert line in written(FOUND[:1]).splitlines()


def test_no_errors() -> None:
    assert written([]) == "# Backend errors\n\nNo backend errors were recorded.\n\n"


def test_only_the_latest_occurrences_are_listed() -> None:
    many = [make_occurrence(timestamp=f"2024-05-01T10:00:{n:02d}.000Z", request_id=f"req-{n:02d}") for n in range(30)]
    text = written(many)
    assert "### When: the latest 20 of 30" in text
    assert text.count("`req-") == 20
    assert "`req-29`" in text


def test_sections_end_somewhere() -> None:
    many = [make_occurrence(url_template=f"/{n}") for n in range(600)]
    lines = written(many).splitlines()
    assert sum(line.startswith("## ") for line in lines) == 500
    assert "Sections follow for the 500 most frequent kinds." in lines
    assert sum(line.startswith("| 1 |") for line in lines) == 600


@patient
@given(harmful_occurrences)
def test_no_text_adds_a_heading_a_row_or_html(occurrences: list[Occurrence]) -> None:
    lines = outside_blocks(written(occurrences, "a note"))
    kinds = len({occurrence.record.fingerprint for occurrence in occurrences})
    assert sum(line.startswith("## ") for line in lines) == kinds
    assert sum(line.startswith("# ") for line in lines) == 1
    rows = [line for line in lines if line.startswith("|")]
    assert len(rows) == (2 + kinds if kinds else 0) + 2 * kinds + len(occurrences)
    bare = "\n".join(map(outside_code, lines))
    assert not re.search(r"[<>\[\]]|://|www\.|@", bare)
