"""Records that are known to hold no secret."""

from __future__ import annotations

from typing import Any

import pytest
from baas_errors.record import ErrorRecord, Finding
from baas_errors.redact import Redactor
from baas_errors.reports import collect
from baas_errors.reports.collect import RecordCleaner
from build import make_error_record, shipped_catalogs
from matrix import in_one_test

KEY = b"k" * 32
TOKEN = "r:0123456789abcdef0123456789abcdef"
REDACTOR = Redactor(shipped_catalogs().values(), key=KEY)


@in_one_test(
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
def test_a_record_is_cleaned_again_if_it_says_anything_else(facts: dict[str, Any], again: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    cleanings: list[ErrorRecord] = []
    monkeypatch.setattr(RecordCleaner, "_search", lambda self, record: cleanings.append(record) or record)
    known = RecordCleaner(REDACTOR)
    first, second = make_error_record(message="Said."), make_error_record(**({"message": "Said."} | facts))
    assert known.cleaned(first) is first
    assert known.cleaned(second) is second
    assert len(cleanings) == (2 if again else 1)


def test_a_record_with_a_secret_is_cleaned_each_time() -> None:
    known = RecordCleaner(REDACTOR)
    record = make_error_record(message=f"Session {TOKEN} is over.")
    for _ in range(2):
        shown = known.cleaned(record)
        assert TOKEN not in shown.message
        assert shown.redactions == 1


def test_records_that_are_known_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "MOST_KNOWN", 3)
    known = RecordCleaner(REDACTOR)
    for number in range(10):
        known.cleaned(make_error_record(message=f"Message {number}"))
    assert len(known.known) <= 3
