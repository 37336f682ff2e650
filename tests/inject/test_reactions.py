"""How the reactions of apps are judged: each word, from exchanges alone, and what `check` says of it."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from baas_errors.catalog import load_catalogs
from baas_errors.cli import main
from baas_errors.exchange import Exchange, Headers, Response
from baas_errors.inject.list_items import merged, without
from baas_errors.inject.reactions import WINDOW, Reactions
from baas_errors.pipeline import Pipeline
from baas_errors.record import ErrorRecord
from baas_errors.reports.group import Occurrence
from baas_errors.reports.ticket import ticket
from build import make_body, make_error_record, make_exchange, make_failure_exchange, make_request

BACKENDS = load_catalogs()
URL = "https://notes.example/parse"
APP = {"x-parse-application-id": "app"}


def exchange(
    at: float, *, injected: str = "", status: int = 200, body: Any = None, path: str = "/classes/Note", method: str = "POST",
    sent: Any = None, token: str = "", **headers: str,
) -> Exchange:  # fmt: skip
    """An exchange that begins at a time and takes a tenth of a second."""
    answer = {**headers, **({"X-Baas-Errors-Injected": injected} if injected else {})}
    asked = {**APP, **({"x-parse-session-token": token} if token else {})}
    made = make_exchange(status, body or {"objectId": "x"}, method=method, url=URL + path, headers=asked, request_body=sent or {"title": "a"},
                         response_headers={"content-type": "application/json", **answer})  # fmt: skip
    return dataclasses.replace(made, id=f"flow-{at}", started=1000.0 + at, ended=1000.1 + at)


LIMIT = {"status": 429, "body": {"code": 100, "error": "Too many requests."}, "injected": "parse/TooManyRequests first 2"}
ENDED = {"status": 400, "body": {"code": 209, "error": "Invalid session token"}, "injected": "parse/209"}
WRONG = {"status": 400, "body": {"code": 111, "error": "schema mismatch"}, "injected": "parse/111"}
LOST = {"status": 502, "body": {}, "injected": "parse/http-502 afterwards"}
LOGIN = {"path": "/login", "sent": {"username": "a", "password": "b"}, "body": {"objectId": "u", "sessionToken": "r:" + "1" * 32}}
REFUSED = {"status": 400, "body": {"code": 159, "error": "Duplicate request"}}


def judged(*steps: tuple[float, dict[str, Any]]) -> list[str]:
    told: list[ErrorRecord] = []
    pipeline = Pipeline(BACKENDS)
    pipeline.reactions = Reactions(told.append)
    for at, facts in steps:
        pipeline.look(exchange(at, **facts), BACKENDS["parse"])
    pipeline.reactions.finish()
    assert all(record.findings[0].rule == "reaction" for record in told)
    return [record.reaction for record in told]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([(0, {**LIMIT, "retry-after": "5"}), (5.2, {})], ["waited"]),
        ([(0, {**LIMIT, "retry-after": "5"}), (2, {})], ["too-early"]),
        ([(0, LIMIT), (0.12, {})], ["too-early"]),
        ([(0, LIMIT), (1, LIMIT), (3, {})], ["waited", "backed-off"]),
        ([(0, LIMIT), (1, LIMIT), (2, {})], ["waited", "waited"]),
        ([(0, LIMIT)], ["gave-up"]),
        ([(0, LIMIT), (WINDOW + 1, {})], ["gave-up"]),
        ([(0, LIMIT), (1, {"sent": {"title": "other"}})], ["gave-up"]),
        ([(0, WRONG), (1, {})], ["repeats-in-vain"]),
        ([(0, WRONG), (1, {"sent": {"title": "corrected"}})], ["recovered"]),
        ([(0, {**ENDED, "token": "r:" + "0" * 32}), (1, LOGIN), (2, {"token": "r:" + "1" * 32})], ["refreshed-once"]),
        ([(0, {**ENDED, "token": "r:" + "0" * 32}), (1, {"token": "r:" + "0" * 32})], ["repeats-in-vain"]),
        ([(0, {**ENDED, "token": "r:" + "0" * 32}), (1, LOGIN), (1.2, LOGIN)], ["refresh-storm"]),
        ([(0, LOST), (1, {})], ["duplicate-write"]),
        ([(0, LOST), (1, REFUSED)], ["recovered"]),
        ([(0, {**LOST, "method": "PUT"}), (1, {"method": "PUT"})], ["recovered"]),
    ],
)
def test_each_reaction(steps, words):
    assert judged(*steps) == words


def test_a_request_that_was_under_way_is_no_reaction():
    assert judged((0, LIMIT), (0.05, {})) == ["gave-up"]


def test_another_app_is_none_of_its_business():
    told: list[ErrorRecord] = []
    pipeline = Pipeline(BACKENDS)
    pipeline.reactions = Reactions(told.append)
    pipeline.look(exchange(0, **LIMIT), BACKENDS["parse"])
    other = exchange(1)
    other = dataclasses.replace(other, request=dataclasses.replace(other.request, headers=Headers([("x-parse-application-id", "other")])))
    pipeline.look(other, BACKENDS["parse"])
    assert told == []


def test_a_failure_on_demand_waits_too():
    told: list[ErrorRecord] = []
    pipeline = Pipeline(BACKENDS)
    pipeline.reactions = Reactions(told.append)
    failed = make_failure_exchange("injected: timed out without an answer", URL + "/classes/Note")
    pipeline.look(dataclasses.replace(failed, injected="timeout"), BACKENDS["parse"])
    pipeline.reactions.finish()
    assert [(record.type, record.injected, record.reaction) for record in told] == [("parse/timeout", "timeout", "gave-up")]


def test_what_waits_is_bounded():
    told: list[ErrorRecord] = []
    pipeline = Pipeline(BACKENDS)
    pipeline.reactions = Reactions(told.append)
    for number in range(600):
        pipeline.look(exchange(number / 1000, path=f"/classes/C{number}", **LIMIT), BACKENDS["parse"])
    assert len(told) == 100


def test_an_injected_error_teaches_nothing():
    pipeline = Pipeline(BACKENDS)
    pipeline.look(exchange(0, **ENDED), BACKENDS["parse"])
    (record,) = pipeline.look(exchange(1, **{**ENDED, "injected": ""}), BACKENDS["parse"]).records
    assert (record.resend_count, record.injected) == (None, "")


def log_of(tmp_path, *records: ErrorRecord) -> str:
    path = tmp_path / "errors.jsonl"
    path.write_text("".join(f"{record.to_json()}\n" for record in records))
    return str(path)


BAD = {"injected": "parse/101", "reaction": "repeats-in-vain"}


@pytest.mark.parametrize(
    ("facts", "options", "status"),
    [(BAD, [], 0), (BAD, ["--injected"], 1), (BAD, ["--reactions"], 1), ({**BAD, "reaction": "waited"}, ["--reactions"], 0), ({}, [], 1)],
)
def test_check_counts_them_only_if_asked(tmp_path, capsys, facts, options, status):
    assert main(["check", *options, log_of(tmp_path, make_error_record(**facts))]) == status
    if "--reactions" in options:
        assert f"On demand: 1 × parse/ObjectNotFound: {facts['reaction']}" in capsys.readouterr().err


def test_check_judges_a_capture(tmp_path, capsys):
    def entry(at: float, status: int, body: Any, *headers: tuple[str, str]) -> dict[str, Any]:
        return {
            "startedDateTime": f"2026-01-01T00:00:{at:06.3f}Z", "time": 100,
            "request": {"method": "GET", "url": f"{URL}/classes/Note/abc", "headers": [{"name": "X-Parse-Application-Id", "value": "app"}]},
            "response": {"status": status, "headers": [{"name": name, "value": value} for name, value in headers],
                         "content": {"mimeType": "application/json", "text": json.dumps(body)}},
        }  # fmt: skip

    mark = ("X-Baas-Errors-Injected", "parse/101 first 1")
    entries = [entry(0, 404, {"code": 101, "error": "Object not found."}, mark), entry(1, 200, {"objectId": "abc"})]
    path = tmp_path / "capture.har"
    path.write_text(json.dumps({"log": {"version": "1.2", "creator": {"name": "t", "version": "1"}, "entries": entries}}))
    assert main(["check", str(path)]) == 0
    assert main(["check", "--reactions", str(path)]) == 1
    assert "repeated the same request" in capsys.readouterr().out


def test_a_ticket_is_for_real_errors():
    assert ticket([Occurrence(make_error_record(injected="parse/101"))]) == ""


def test_an_item_is_left_out_and_put_back():
    shape = next(shape for shape in BACKENDS["parse"].shapes if shape.name == "batch")
    request = make_request("POST", body={"requests": ["a", "b", "c"]})
    assert without(request, shape, 1) == {"requests": ["a", "c"]}
    assert merged(["A", "C"], [None, "!"], shape, 1, left_out=True) == ["A", "!", "C"]
    assert merged(["A", "B", "C"], [None, "!"], shape, 1, left_out=False) == ["A", "!", "C"]


def test_the_places_of_other_errors_move():
    shape = next(shape for shape in BACKENDS["kinvey"].shapes if shape.name == "insert-many")
    answer = {"entities": ["A", None], "errors": [{"index": 1, "error": "x"}]}
    made = {"entities": [], "errors": [{"index": 1, "error": "!"}]}
    assert merged(answer, made, shape, 1, left_out=True) == {
        "entities": ["A", None, None],
        "errors": [{"index": 2, "error": "x"}, {"index": 1, "error": "!"}],
    }


def test_an_answer_that_names_itself_in_its_headers_is_injected():
    request = make_request(url=URL, headers=APP)
    answer = Response(404, Headers([("x-baas-errors-injected", "parse/101")]), make_body({"code": 101, "error": "Object not found."}))
    (record,) = Pipeline(BACKENDS).records(Exchange("flow", request, answer), BACKENDS["parse"])
    assert (record.injected, record.findings[0].rule) == ("parse/101", "injected")
