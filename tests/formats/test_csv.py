"""CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
import unicodedata

from baas_errors.formats import Occurrence
from baas_errors.formats import csv as csv_format
from baas_errors.record import KEYS, Finding
from hypothesis import given
from matrix import in_one_test
from samples import harmful_occurrences, make_occurrence, patient


def written(occurrences: list[Occurrence]) -> str:
    stream = io.StringIO(newline="")
    csv_format.write(occurrences, stream, ["a note"])
    return stream.getvalue()


def rows(occurrences: list[Occurrence]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(written(occurrences).removeprefix("\ufeff"), newline="")))


def cell(key: str, **facts: object) -> str:
    head, row = rows([make_occurrence(**facts)])
    return row[head.index(key)]


def test_it_starts_with_a_byte_order_mark() -> None:
    assert written([]).startswith('\ufeff"timestamp","schema"')


def test_the_columns_are_the_keys_of_the_record_and_what_is_known_beside_it() -> None:
    assert rows([])[0] == [*(key.removeprefix("@") for _, key in KEYS), "source", "times", "users", "since"]


def test_each_row_says_its_input_and_how_often_its_kind_came() -> None:
    times = ("2024-05-01T12:29:00.000Z", "2024-05-01T12:31:00.000Z", "2024-05-01T12:35:00.000Z")
    found = [make_occurrence(timestamp=time, user=user) for time, user in zip(times, ("u1", "u2", "u1"), strict=True)]
    other = make_occurrence(type="parse/Other", url_template="/other")._replace(source="=cmd.har")
    assert [row[-4:] for row in rows([*(one._replace(source="a.har") for one in found), other])[1:]] == [
        *[["a.har", "3", "2", times[0]]] * 3,
        ["'=cmd.har", "1", "", other.record.timestamp],
    ]


def test_absent_facts_are_empty_cells() -> None:
    assert cell("error.debug") == ""


@in_one_test(
    ("facts", "key", "expected"),
    [
        ({"known": True}, "baas.known", "true"),
        ({"known": False}, "baas.known", "false"),
        ({"status": 404}, "http.response.status_code", "404"),
        ({"index": 0}, "baas.index", "0"),
        ({"fix": ("Do this.", "Or that.")}, "baas.fix", "Do this. | Or that."),
        ({"candidates": ("A", "B")}, "baas.candidates", "A | B"),
        ({"sdk": {"js": "X.Y", "ios": "Z"}}, "baas.sdk", "js: X.Y | ios: Z"),
        ({"findings": (Finding("r", "Says.", "seen", True), Finding("s", "More."))}, "baas.findings", "Says. (seen: seen) | More."),
        ({"message": "two\r\nlines\nand more"}, "error.message", "two \u23ce lines \u23ce and more"),
        ({"message": 'a "quoted", text'}, "error.message", 'a "quoted", text'),
        ({"message": "a\x1b[31mb\u202e"}, "error.message", "a\\x1b[31mb\\u202e"),
    ],
)
def test_cells(facts: dict[str, object], key: str, expected: str) -> None:
    assert cell(key, **facts) == expected


@in_one_test("start", ["=", "+", "-", "@", "\t=", " =", '"=', "\uff1d", "\uff0b", "\uff0d", "\uff20", "\u00a0=", "\ufe66", "\u207a"])
def test_no_cell_starts_a_formula(start: str) -> None:
    assert cell("error.message", message=f"{start}1+1").startswith("'")


@in_one_test(("start", "expected"), [("\r=", "\\x0d=1+1"), ("\n=", " \u23ce =1+1")])
def test_line_breaks_start_no_cell(start: str, expected: str) -> None:
    assert cell("error.message", message=f"{start}1+1") == expected


def test_a_negative_code_is_no_formula_either() -> None:
    assert cell("error.code", code=-32600) == "'-32600"


@in_one_test(
    ("inner", "expected"),
    [(";=1+1", ";'=1+1"), ("; @SUM(1)", ";' @SUM(1)"), ("x\t=1", "x\t'=1"), (';"=1"', ';\'"=1"'), (";\uff1d1", ";'\uff1d1"), ("; a=1", "; a=1")],
)
def test_no_formula_hides_behind_a_separator(inner: str, expected: str) -> None:
    assert cell("error.message", message=f"a{inner}") == f"a{expected}"


def test_cells_are_no_longer_than_spreadsheets_take() -> None:
    assert len(cell("error.message", message="x" * 50_000)) == 32_001


@patient
@given(harmful_occurrences)
def test_every_record_is_one_line_of_harmless_cells(occurrences: list[Occurrence]) -> None:
    text = written(occurrences)
    assert text.count("\n") == len(occurrences) + 1
    for row in rows(occurrences):
        assert len(row) == len(KEYS) + 4
        for cell in row:
            assert not unicodedata.normalize("NFKC", cell.strip())[:1].startswith(("=", "+", "-", "@"))
            assert not cell.startswith(("\t", "\r", "\n"))
            assert not any(unicodedata.category(character) == "Cc" and character != "\t" for character in cell)
