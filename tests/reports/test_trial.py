"""What a catalog makes of exchanges."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from baas_errors.pipeline import Pipeline
from baas_errors.reports import trial as module
from baas_errors.reports.shape_suggestions import Guess
from baas_errors.reports.trial import MOST_ROWS, MOST_TEXTS, Trial
from baas_errors.sources import Recorded
from build import make_backend, make_error_record, make_exchange, make_failure_exchange

CATALOG = """
hosts = ["toy.example"]
routes = ["/things/{id}"]
request_id = { server = ["x-request-id"] }
[[shape]]
name = "coded"
code = "/code"
message = "/text"
[[shape]]
name = "worded"
message = "/text"
[[entry]]
name = "Known"
code = "KNOWN"
origin = "observed"
ADVICE
"""
SECRET = "st_9f8e7d6c5b4a39281706f5e4"


@pytest.fixture
def trial() -> Trial:
    backend, other = make_backend(CATALOG), replace(make_backend(), id="other", hosts=("other.example",))
    return Trial(Pipeline({"toy": backend, "other": other}), backend)


def see(trial: Trial, *arguments: Any, **more: Any) -> None:
    trial.look(make_exchange(*arguments, **more))


def test_exchanges_are_told_apart(trial: Trial) -> None:
    see(trial, 200, {}, url="https://toy.example/things/1")
    see(trial, 200, {}, url="https://other.example/x")
    see(trial, 200, {}, url="https://stranger.example:8443/a/b")
    see(trial, 404, {}, url="https://stranger.example:8443/c")
    trial.look(make_error_record())
    trial.look(Recorded(make_exchange(400, {"code": "KNOWN"}), (make_error_record(),)))
    assert (trial.exchanges, trial.ours, trial.records, trial.errors, dict(trial.others)) == (5, 2, 1, 1, {"other": 1})
    assert [(host, row.count, row.request) for host, row in trial.hosts.rows()] == [("stranger.example:8443", 2, "GET /a/b")]


def test_errors_are_counted_by_what_the_catalog_lacks(trial: Trial) -> None:
    see(trial, 400, {"code": "KNOWN", "text": "a"})
    for n in range(5):
        see(trial, 409 if n else 400, {"code": "NEW", "text": f"text {n % 4}"})
    see(trial, 422, {"text": "no code"})
    see(trial, 403, {"code": 403, "text": "only the status"})
    see(trial, 418, {"other": {"kind": "teapot", "hint": "I am one."}})
    see(trial, 502, b"<html><h1>Bad</h1></html>", response_headers={"Content-Type": "text/html; charset=utf-8"})
    trial.look(make_failure_exchange("connection refused"))
    kinds = {kind: row.count for (kind, _), row in trial.kinds.items()}
    assert kinds == {
        "toy/Known": 1, "toy/NEW": 5, "toy/http-422": 1, "toy/http-403": 1, "toy/http-418": 1, "toy/http-502": 1, "toy/connection-failed": 1,
    }  # fmt: skip
    ((key, row),) = trial.no_entry.rows()
    assert (key, row.count, row.statuses, row.texts) == (("NEW", ""), 5, {400, 409}, ["text 0", "text 1", "text 2"])
    assert len(row.texts) == MOST_TEXTS
    assert {key for key, _ in trial.no_code.rows()} == {(422, "worded"), (403, "coded")}
    assert {key for key, _ in trial.no_shape.rows()} == {(418, "application/json"), (502, "text/html")}
    assert list(trial.shapes) == [(Guess("/other/kind", "/other/hint"), "")]


def test_findings_are_counted_with_their_errors(trial: Trial) -> None:
    trial.look(make_failure_exchange("[Errno 111] Connection refused"))
    assert trial.explained == 1
    assert [row.explained for row in trial.kinds.values()] == [1]
    ((_, row),) = trial.findings.rows()
    assert row.name == "toy/connection-failed"
    assert row.texts


def test_successes_that_look_like_errors_are_named(trial: Trial) -> None:
    see(trial, 200, {"ok": False, "err": {"type": "x"}, "errors": []})
    see(trial, 200, {"ok": True, "error": None, "data": {"error": "not at the top"}})
    see(trial, 400, {"ok": False, "code": "KNOWN"})
    assert list(trial.quiet) == [(200, "/ok"), (200, "/err")]
    assert list(trial.shapes) == [(Guess("/err/type"), "/ok")]


def test_routes_are_proposed_for_what_was_there(trial: Trial) -> None:
    see(trial, 200, b"p {}", url="https://toy.example/site/page.css", response_headers={"Content-Type": "text/css"})
    for status, path in ((200, "/notes/17"), (200, "/notes"), (403, "/export"), (404, "/nots"), (405, "/login"), (200, "/things/9")):
        see(trial, status, {}, url=f"https://toy.example/v1{path}")
    assert trial.routes() == [("/v1/notes/{id}", 1), ("/v1/export", 1), ("/v1/notes", 1)]


def test_headers_tokens_and_ids_that_the_catalog_does_not_name_are_proposed(trial: Trial) -> None:
    sent = {
        "X-Toy-Key": "k",
        "X-Toy-App": "a",
        "Authorization": "Bearer x",
        "Sec-WebSocket-Key": "y",
        "Idempotency-Key": "z",
        "X-CSRF-Token": "c",
        "Accept": "*/*",
    }
    got = {"X-Request-Id": "1", "X-Trace-Id": "2", "CF-Ray": "3", "X-Other": "4"}
    body = {"data": {"session_token": SECRET, "uid": "u1"}, "token": "short"}
    see(trial, 200, body, method="POST", headers=sent, response_headers=got, url="https://toy.example/things/1?apikey=k&app=a&page=2")
    # What has a token and an id is a sign-in, and makes no object.
    assert list(trial.created) == []
    see(trial, 201, {"data": {"uid": "u1"}}, method="POST")
    assert set(trial.parameters) == {"apikey", "app"}
    assert set(trial.request_headers) == {"x-toy-key", "x-toy-app", "authorization"}
    assert set(trial.answer_headers) == {"x-trace-id", "cf-ray"}
    assert list(trial.tokens) == ["/data/session_token"]
    assert list(trial.created) == ["/data/uid"]
    assert [trial.shows(name) for name in ("x-toy-key", "x-toy-app")] == [False, True]


def test_what_is_kept_is_bounded(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_ROWS <= 2_000
    monkeypatch.setattr(module, "MOST_ROWS", 50)
    for n in range(100):
        see(trial, 400, {"code": f"C{n}"}, url=f"https://toy.example/p{n}")
    assert len(trial.no_entry) == len(trial.kinds) == 50
    assert trial.errors == 100
    assert len(trial.routes()) == 50


def test_no_secret_is_kept(trial: Trial) -> None:
    secret = f"/reset/token/{SECRET}"
    see(trial, 200, {}, url=f"https://stranger.example{secret}")
    see(trial, 200, {}, url=f"https://toy.example{secret}", headers={"Authorization": f"Bearer {SECRET}"})
    see(trial, 200, {"data": {"session_token": SECRET}, f"user {SECRET} token": {"id": SECRET}}, method="POST", url=f"https://toy.example{secret}")
    see(trial, 400, {"code": SECRET, "text": f"bad token {SECRET}"}, headers={"Authorization": f"Bearer {SECRET}"})
    see(trial, 400, {"x": 1}, headers={f"x-{SECRET}-key": "v"})
    tables = [table for name, table in vars(trial).items() if isinstance(table, dict) and name != "_paths"]
    assert SECRET not in json.dumps([[(str(key), str(row)) for key, row in table.items()] for table in tables] + [trial.routes()])
