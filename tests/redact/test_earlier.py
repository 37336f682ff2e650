"""Secrets of earlier requests in what the server says later."""

from __future__ import annotations

import json

import pytest
from baas_errors.catalog import Backend
from baas_errors.exchange import Exchange
from baas_errors.pipeline import Pipeline
from baas_errors.redact import Redactor
from baas_errors.redact.earlier import EarlierSecrets
from build import make_exchange, make_request
from matrix import in_one_test

PASSWORD = "Zug-nach-7ern"
PARSE = {"X-Parse-Application-Id": "notesApp", "Content-Type": "application/json"}
NOTES = "https://api.notes.example/parse"


def parse_exchange(status: int, answer: object, path: str, body: object, host: str = NOTES) -> Exchange:
    return make_exchange(
        status, answer, method="POST", url=host + path, headers=PARSE, request_body=body, response_headers={"Content-Type": "application/json"}
    )


FIRST = {
    "a success": (200, {"objectId": "a1", "sessionToken": "r:" + "0f" * 16}),
    "an error": (404, {"code": 101, "error": "Invalid username/password."}),
}


@in_one_test("first", FIRST)
@in_one_test("said", ["no {} here", "sent {}.", "password={}", "x:{}", '{{"a": ["{}"]}}', "see /x?a={}", "'{}'", "{}"])
def test_a_later_answer_repeats_it(backends: dict[str, Backend], first: str, said: str) -> None:
    pipeline = Pipeline(backends)
    parse = backends["parse"]
    pipeline.records(parse_exchange(*FIRST[first], "/login", {"username": "ann", "password": PASSWORD}), parse)
    later = parse_exchange(400, {"code": 141, "error": said.format(PASSWORD)}, "/functions/report", {"a": 1})
    (record,) = pipeline.records(later, parse)
    assert PASSWORD not in json.dumps(record.to_json())
    assert record.redactions == 1


def test_another_host_was_not_sent_it(backends: dict[str, Backend]) -> None:
    pipeline = Pipeline(backends)
    parse = backends["parse"]
    pipeline.records(parse_exchange(200, {"objectId": "a1"}, "/login", {"username": "ann", "password": PASSWORD}), parse)
    later = parse_exchange(400, {"code": 141, "error": f"no {PASSWORD} here"}, "/functions/report", {"a": 1}, "https://api.other.example/parse")
    (record,) = pipeline.records(later, parse)
    assert PASSWORD in json.dumps(record.to_json())


@in_one_test("password", ["another", "482190", "abc1", "correct horse 1"])
def test_words_and_numbers_are_said_by_chance(password: str) -> None:
    redactor = Redactor()
    redactor.remember(Exchange("1", make_request("POST", body={"password": password})))
    text = f"no {password} here"
    assert redactor.for_exchange(Exchange("2", make_request("POST", body={"a": 1}))).text(text) == text


def test_as_many_are_known_as_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baas_errors.redact.earlier._MOST", 3)
    earlier = EarlierSecrets()
    for number in range(5):
        earlier.note("a.example", {f"secret-{number}": "secret"})
    text = " ".join(f"secret-{number}" for number in range(5))
    assert [text[start:end] for start, end, _ in earlier.found("a.example", text)] == ["secret-2", "secret-3", "secret-4"]


def test_no_secret_is_kept() -> None:
    redactor = Redactor()
    redactor.remember(Exchange("1", make_request("POST", body={"password": PASSWORD})))
    assert PASSWORD not in repr(vars(redactor._earlier)["_kinds"]._table)
