"""Reports in Markdown."""

from __future__ import annotations

import io
import re

import pytest
from baas_errors.formats import Occurrence, markdown
from baas_errors.record import Finding
from baas_errors.reports.group import groups_of
from baas_errors.reports.overview import by_cause, by_endpoint, by_type
from hypothesis import given
from matrix import in_one_test
from samples import harmful_occurrences, make_clean, make_occurrence, outside_blocks, outside_code, patient


def written(occurrences: list[Occurrence], *notes: str) -> str:
    stream = io.StringIO()
    markdown.write(occurrences, stream, notes)
    return stream.getvalue()


FOUND = [
    make_occurrence(
        make_clean(redactions=3), findings=(Finding("r", "It is gone."),), request_id="req-1", user="u1", sdk={"js": "X.Y"}, candidates=("Other",)
    ),
    make_occurrence(timestamp="2024-05-01T10:05:00.000Z", request_id="req-2", redactions=1, user="u2"),
    make_occurrence(type="parse/Other", name="Other", code=5, timestamp="2024-05-01T10:01:00.000Z"),
]


@in_one_test(
    "line",
    [
        "# Backend errors",
        "| 2 | 1 | No cause was found in the request itself. | 2024-05-01 10:01:00 | 2024-05-01 10:05:00 |",
        "| 1 | 1 | Likely: It is gone. | 2024-05-01 10:00:00 | 2024-05-01 10:00:00 |",
        "| 3 | 2 | `GET /parse/classes/Post/{id}` | 2024-05-01 10:00:00 | 2024-05-01 10:05:00 |",
        "| 1 |  | `parse/Other` | 2024-05-01 10:01:00 | 2024-05-01 10:01:00 |",
        "**3 errors of 2 kinds, 2 users**, 2024-05-01 10:00:00.000 UTC to 2024-05-01 10:05:00.000 UTC.",
        "Start with ObjectNotFound (101), 2 times at GET /parse/classes/Post/\\{id\\}: Likely: It is gone. Look for it.",
        "The fault always lies in the request.",
        "4 secret values were redacted; equal pseudonyms stand for equal values.",
        "- The file `a.har` has gaps.",
        "| 2 | 2 | `parse/ObjectNotFound` | `101` | 404 | `GET /parse/classes/Post/{id}` | 2024-05-01 10:00:00 | 2024-05-01 10:05:00 |",
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


@in_one_test(
    "line",
    ["- SDK, js: `X.Y`", "- The same code also stands for: `Other`", "Status 404", "X-Request-Id: req-1", '{"code":101,"error":"Object not found."}'],
)
def test_lines_of_the_occurrence_that_stands_for_all(line: str) -> None:
    assert line in written(FOUND[:1]).splitlines()


WORKED = make_clean(request_body='{"title":"It\'s","password":"<secret 8 chars #c63fbe>","likes":1}', status=200)


def test_the_last_one_that_worked_stands_beside_with_what_differs() -> None:
    sample = make_occurrence(make_clean(request_headers=(("X-Odd", "1"), ("Content-Type", "application/json"))))
    text = written([sample._replace(worked=WORKED)])
    assert "Beside the last one that worked (2023-11-14 22:13:20.000 UTC, status 200): `-` only in this request, `+` only in that one." in text
    block = text.partition("```diff\n")[2].partition("\n```")[0].splitlines()
    assert block == [
        "  PUT https://api.example/parse/classes/Post/abc?token=<secret 12 chars #a41f9c>",
        "- X-Odd: 1",
        "  Content-Type: application/json",
        "+ X-Parse-Session-Token: <session token 34 chars #b52fad>",
        "  {",
        '    "title": "It\'s",',
        '    "password": "<secret 8 chars #c63fbe>"',
        "  }",
        '+   "likes": 1',
    ]


def test_every_occurrence_has_its_request_and_answer_as_far_as_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [make_occurrence(make_clean(request_body=f"body-{n}"), timestamp=f"2024-05-01T10:00:{n:02d}.000Z") for n in range(9)]
    text = written(many)
    assert [text.count(f"body-{n}") for n in range(9)] == [1] * 9
    assert "Requests and answers of the others" not in text
    monkeypatch.setattr(markdown, "MOST_EXAMPLES", 4)
    text = written(many)
    assert [text.count(f"body-{n}") for n in range(9)] == [0] * 5 + [1] * 4
    assert "Requests and answers of the others are left out; a .html report has more, a .har report all." in text


def test_inputs_are_named_where_there_are_any() -> None:
    assert "| Time (UTC) | Status | URL | Request id |" in written(FOUND).splitlines()
    lines = written([FOUND[1]._replace(source="a|b.har")]).splitlines()
    assert "| 2024-05-01 10:05:00 | 404 | `https://toy.example/parse/classes/Post/abc` | `req-2` | `a\\|b.har` |" in lines


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
    assert sum(re.match(r"## \d+\. ", line) is not None for line in lines) == 500
    assert "Sections follow for the 500 most frequent kinds." in lines
    # Besides, 50 endpoints with one error each.
    assert sum(line.startswith("| 1 |") for line in lines) == 600 + 50
    assert "and 550 more" in lines


@patient
@given(harmful_occurrences)
def test_no_text_adds_a_heading_a_row_or_html(occurrences: list[Occurrence]) -> None:
    lines = outside_blocks(written(occurrences, "a note"))
    kinds = len({occurrence.record.fingerprint for occurrence in occurrences})
    headings = [line for line in lines if line.startswith("## ")]
    numbered = [line for line in headings if re.match(r"## \d+\. ", line)]
    counted = ["## By cause", "## By endpoint", "## By type", "## All kinds"] if kinds > 1 else []
    assert (len(numbered), [line for line in headings if line not in numbered]) == (kinds, counted)
    assert sum(line.startswith("# ") for line in lines) == 1
    rows = [line for line in lines if line.startswith("|")]
    tables = [by(groups_of(occurrences)) for by in (by_cause, by_endpoint, by_type)] if kinds > 1 else []
    assert len(rows) == (2 + kinds if kinds else 0) + 2 * kinds + len(occurrences) + sum(2 + len(table) for table in tables)
    bare = "\n".join(map(outside_code, lines))
    assert not re.search(r"[<>\[\]]|://|www\.|@", bare)
