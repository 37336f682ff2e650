"""Records read back from what was written."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from baas_errors.record import ErrorRecord, Finding
from baas_errors.record.parse import record_of
from build import make_error_record
from hypothesis import given
from matrix import in_one_test
from samples import harmful_records, patient

FULL = make_error_record(
    candidates=("Other",),
    debug="d",
    meaning="m",
    fix=("a", "b"),
    retry="never",
    fault="request",
    sdk={"js": "x"},
    doc="https://docs.example/",
    findings=(Finding("rule", "says", "seen", True), Finding("rule", "says")),
    index=0,
    request_id="r",
    client_request_id="c",
    address="toy.example",
    port=443,
    duration_ms=12,
    app="app",
    client="js1",
    user="a41f9c",
    trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
    span_id="00f067aa0ba902b7",
    resend_count=3,
    redactions=2,
    flow_id="f",
)


def test_every_fact_comes_back() -> None:
    assert record_of(json.loads(FULL.to_json())) == FULL


@patient
@given(harmful_records)
def test_any_record_comes_back(record: ErrorRecord) -> None:
    record = replace(record, backend=record.backend or "b", type=record.type or "t", fingerprint=record.fingerprint or "f", part="")
    # An empty text is an absent fact.
    record = replace(record, code=record.code if record.code != "" else None)
    assert record_of(json.loads(record.to_json())) == record


def test_a_code_that_an_earlier_version_wrote_as_a_number_is_read_as_text() -> None:
    assert [record_of({**FULL.as_dict(), "error.code": code}).code for code in (101, -1, 10.5)] == ["101", "-1", "10.5"]


def test_what_follows_from_other_facts_is_not_read() -> None:
    changed = {**FULL.as_dict(), "message": "another", "log.level": "info", "baas.finding": "another"}
    assert record_of(changed).as_dict() == FULL.as_dict()


def test_unknown_keys_are_ignored() -> None:
    assert record_of({**FULL.as_dict(), "baas.later": 1}) == FULL


def test_null_is_an_absent_fact() -> None:
    assert record_of({**FULL.as_dict(), "error.debug": None}).debug == ""


def test_lone_surrogates_are_replaced() -> None:
    assert record_of({**FULL.as_dict(), "error.message": "\ud800"}).message == "\ufffd"


def test_times_without_a_fraction_are_times() -> None:
    assert record_of({**FULL.as_dict(), "@timestamp": "2024-05-01T10:00:00Z"}).timestamp == "2024-05-01T10:00:00Z"


@in_one_test("key", ["@timestamp", "schema", "baas.backend", "error.type", "baas.known", "baas.fingerprint"])
@in_one_test("value", [None, ""])
def test_what_every_record_has_must_be_there(key: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"`{key}`"):
        record_of({**FULL.as_dict(), key: value})


@in_one_test(
    ("key", "value"),
    [
        ("@timestamp", "yesterday"),
        ("@timestamp", "2024-13-01T10:00:00.000Z"),
        ("@timestamp", "2024-05-01T10:00:00.000+02:00"),
        ("@timestamp", 1),
        ("schema", "baas-errors/2"),
        ("schema", 1),
        ("baas.known", 1),
        ("baas.known", "true"),
        ("error.type", ["parse/X"]),
        ("error.code", True),
        ("error.code", [101]),
        ("error.code", float("nan")),
        ("error.code", float("inf")),
        ("error.message", {"a": 1}),
        ("baas.fix", "Look for it."),
        ("baas.fix", [1]),
        ("baas.sdk", ["js"]),
        ("baas.sdk", {"js": 1}),
        ("baas.findings", {"rule": "r"}),
        ("baas.findings", ["r"]),
        ("baas.findings", [{"says": 1}]),
        ("http.response.status_code", "404"),
        ("http.response.status_code", True),
        ("baas.duration_ms", 1.5),
    ],
)
def test_what_is_no_record_names_the_key(key: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"`{key}`"):
        record_of({**FULL.as_dict(), key: value})


@in_one_test("value", [None, [], "text", 1])
def test_what_is_no_object_is_no_record(value: object) -> None:
    with pytest.raises(ValueError, match="not a JSON object"):
        record_of(value)


@in_one_test(("key", "value"), [("baas.fix", [["a"]]), ("baas.fix", [{}]), ("baas.sdk", {"js": ["a"]}), ("baas.sdk", {"js": 1})])
def test_what_is_no_text_inside_is_said_each_time(key: str, value: object) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match=f"`{key}` is .*; it should be a text"):
            record_of({**FULL.as_dict(), key: value})


def test_records_share_what_they_have_in_common() -> None:
    one, other = (record_of(json.loads(FULL.to_json())) for _ in range(2))
    assert one.fix is other.fix
    assert one.sdk is other.sdk
