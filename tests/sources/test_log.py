"""Records read from logs, whatever became of the file."""

from __future__ import annotations

import io
import json

import pytest
from baas_errors.record import ErrorRecord
from baas_errors.sources.log import read as read_log
from baas_errors.sources.skipped import Skip, Skips
from baas_errors.sources.source import Source
from build import make_error_record
from matrix import in_one_test

FIRST = make_error_record(flow_id="1")
SECOND = make_error_record(flow_id="2", message="schön \u2028 ☃")


def line(record: ErrorRecord) -> bytes:
    return record.to_json().encode() + b"\n"


def read(data: bytes) -> tuple[list[ErrorRecord], list[Skip]]:
    skips: list[Skip] = []
    return list(read_log(Source(io.BytesIO(data), Skips("errors.jsonl", skips)))), skips


@in_one_test(
    "data",
    [
        line(FIRST) + line(SECOND),
        b"\xef\xbb\xbf" + line(FIRST) + line(SECOND),
        line(FIRST).replace(b"\n", b"\r\n") + b"\r\n\n  \n" + line(SECOND),
        line(FIRST) + line(SECOND).rstrip(),
    ],
)
def test_records_are_read(data: bytes) -> None:
    assert read(data) == ([FIRST, SECOND], [])


@in_one_test(
    ("bad", "reason"),
    [
        (b"rubbish\n", "is not valid JSON"),
        (b"\0\0\0\0\n", "is not valid JSON"),
        (b"\xff\xfe\n", "is not valid JSON"),
        (b"[" * 100_000 + b"\n", "is not valid JSON"),
        (b"[1]\n", "is not a JSON object, so it is not an error record"),
        (b"{}\n", "`schema` is missing"),
        (line(FIRST).replace(b"baas-errors/1", b"baas-errors/2"), "`schema` is 'baas-errors/2'"),
        (line(FIRST).replace(b'"error.type"', b'"error.typ"'), "`error.type` is missing"),
        (line(FIRST).replace(b'"baas.known":true', b'"baas.known":"yes"'), "`baas.known` is"),
    ],
)
def test_a_bad_line_is_left_out_and_said(bad: bytes, reason: str) -> None:
    records, skips = read(line(FIRST) + bad + line(SECOND))
    assert records == [FIRST, SECOND]
    assert [(skip.kind, skip.number) for skip in skips] == [("line", 2)]
    assert skips[0].reason.startswith(reason)


def test_a_last_line_that_breaks_off_is_said_to_do_so() -> None:
    records, skips = read(line(FIRST) + line(SECOND)[:40])
    assert records == [FIRST]
    assert str(skips[0]) == "errors.jsonl, line 2: is incomplete: it was being written, or the file was cut off"


def test_a_last_line_that_is_complete_is_not_said_to_break_off() -> None:
    _, skips = read(line(FIRST) + b'{"other": "JSON"}')
    assert str(skips[0]) == "errors.jsonl, line 2: `schema` is missing; a record has 'baas-errors/1'"


def test_a_line_without_end_is_not_read_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baas_errors.sources.log.LONGEST_LINE", 2_000)
    records, skips = read(line(FIRST) + b'{"x":"' + b"y" * 9_000 + b'"}\n' + line(SECOND))
    assert records == [FIRST, SECOND]
    assert str(skips[0]) == "errors.jsonl, line 2: is longer than 2,000 bytes"


def test_keys_of_later_versions_are_passed_over() -> None:
    later = json.dumps({**FIRST.as_dict(), "baas.new": [1]}).encode() + b"\n"
    assert read(later) == ([FIRST], [])
