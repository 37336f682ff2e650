"""JSON Lines."""

from __future__ import annotations

import io
import json

from baas_errors.formats import Occurrence, jsonl
from hypothesis import given
from samples import harmful_occurrences, make_clean, make_occurrence, patient


def written(occurrences: list[Occurrence]) -> str:
    stream = io.StringIO()
    jsonl.write(occurrences, stream, ["a note"])
    return stream.getvalue()


def test_a_record_is_a_line() -> None:
    one = make_occurrence(make_clean())
    assert written([one, one]) == 2 * (one.record.to_json() + "\n")


@patient
@given(harmful_occurrences)
def test_every_line_is_its_record(occurrences: list[Occurrence]) -> None:
    lines = written(occurrences).split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == [
        occurrence.record.as_dict() | ({"source": occurrence.source} if occurrence.source else {}) for occurrence in occurrences
    ]
