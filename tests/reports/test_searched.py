"""Texts that are known to hold no secret."""

from __future__ import annotations

from typing import Any

import pytest
from baas_errors.catalog import load_catalogs
from baas_errors.record import ErrorRecord, Finding
from baas_errors.redact import Redactor
from baas_errors.reports import searched
from baas_errors.reports.collect import cleaned
from baas_errors.reports.searched import Searched
from build import make_error_record
from hypothesis import given
from hypothesis import strategies as st
from samples import patient

KEY = b"k" * 32
TOKEN = "r:0123456789abcdef0123456789abcdef"
MARK = "<session token 34 chars #b52fad>"
PIECES = [
    *("password=hunter22-x", TOKEN, MARK, "a@b.example", "https://a.example/x?", "token=abc-12345", "&q=1", " plain words ", "4111 1111 1111 1111"),
    *("{", '"a":1', "}"),
]
texts = st.lists(st.sampled_from(PIECES), max_size=3).map("".join)
REDACTOR = Redactor(load_catalogs().values(), key=KEY)


@patient
@given(st.lists(st.lists(st.tuples(st.sampled_from(["text", "shaped", "url"]), texts), max_size=4), max_size=4))
def test_sessions_say_and_count_what_those_of_the_redactor_do(records: list[list[tuple[str, str]]]) -> None:
    known = Searched(REDACTOR)
    for record in [*records, *records]:
        swift, plain = known.session(), REDACTOR.session()
        assert [getattr(swift, way)(text) for way, text in record] == [getattr(plain, way)(text) for way, text in record]
        assert swift.count == plain.count


class Counted:
    """A redactor that counts its searches."""

    def __init__(self) -> None:
        self.count = 0
        self.searches: list[str] = []

    def session(self) -> Counted:
        return self

    def text(self, text: str) -> str:
        self.searches.append(text)
        return text


def test_a_text_is_searched_once() -> None:
    counted = Counted()
    known = Searched(counted)  # type: ignore[arg-type]
    for _ in range(3):
        known.session().text("a text")
    assert counted.searches == ["a text"]


@pytest.mark.parametrize(("name", "value"), [("MOST_TEXTS", 2), ("LONGEST_TEXT", 0)])
def test_what_is_known_is_bounded(monkeypatch: pytest.MonkeyPatch, name: str, value: int) -> None:
    monkeypatch.setattr(searched, name, value)
    known = Searched(Counted())  # type: ignore[arg-type]
    for number in range(10):
        known.session().text(f"text {number}")
    assert len(known.harmless["text"]) <= value


def test_other_ways_of_searching_are_those_of_the_redaction() -> None:
    assert Searched(REDACTOR).session().header("Authorization", "Bearer abcdefgh-12345678").startswith("Bearer <")


@pytest.mark.parametrize(
    ("facts", "again"),
    [
        ({}, False),
        ({"timestamp": "2024-05-02T10:00:00.000Z", "duration_ms": 3, "flow_id": "0123456789abcdef0123456789abcdef"}, False),
        ({"flow_id": f"x {TOKEN}"}, True),
        ({"message": "Other."}, True),
        ({"findings": (Finding("r", "Other."),)}, True),
        ({"sdk": {"js": "Other"}}, True),
        ({"fix": ("Other.",)}, True),
        ({"url": "https://other.example/"}, True),
    ],
)
def test_a_record_is_cleaned_again_if_it_says_anything_else(facts: dict[str, Any], again: bool) -> None:
    cleanings = []

    def clean(record: ErrorRecord, redactor: Redactor) -> ErrorRecord:
        cleanings.append(record)
        return record

    known = Searched(REDACTOR)
    first, second = make_error_record(message="Said."), make_error_record(**({"message": "Said."} | facts))
    assert known.cleaned(first, clean) is first
    assert known.cleaned(second, clean) is second
    assert len(cleanings) == (2 if again else 1)


def test_a_record_with_a_secret_is_cleaned_each_time() -> None:
    known = Searched(REDACTOR)
    record = make_error_record(message=f"Session {TOKEN} is over.")
    for _ in range(2):
        shown = known.cleaned(record, cleaned)
        assert TOKEN not in shown.message
        assert shown.redactions == 1


def test_records_that_are_known_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searched, "MOST_RECORDS", 3)
    known = Searched(REDACTOR)
    for number in range(10):
        known.cleaned(make_error_record(message=f"Message {number}"), cleaned)
    assert len(known.records) <= 3
