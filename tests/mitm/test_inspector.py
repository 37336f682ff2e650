"""What the inspector finds in flows: each is looked at by itself, whatever came before, and repeats are counted."""

from __future__ import annotations

import json
import random

import pytest
from baas_errors.catalog import load_catalogs
from baas_errors.detect.backend import parse_hosts_option
from baas_errors.mitm.inspector import Inspector
from baas_errors.pipeline import Pipeline
from mitmproxy import http
from mitmproxy.test import tflow

CATALOGS = load_catalogs()
START = 1_780_000_000.0

ANSWERS = {
    "found": (200, {"objectId": "Ed1nuqPvcm", "title": "Milk"}),
    "missing": (404, {"code": 101, "error": "Object not found."}),
    "denied": (400, {"code": 119, "error": "Permission denied"}),
}


def make(number: int, when: float, answer: str = "missing", *, token: str = "a") -> http.HTTPFlow:
    status, body = ANSWERS[answer]
    flow = tflow.tflow()
    flow.id, flow.comment, flow.marked = f"{number:08d}-flow", "", ""
    flow.metadata.clear()
    flow.request = http.Request.make(
        "GET",
        "https://notes.example/parse/classes/Note/Ed1nuqPvcm",
        headers={"x-parse-application-id": "app", "x-parse-session-token": f"r:{token * 32}"},
    )
    flow.response = http.Response.make(status, json.dumps(body), {"content-type": "application/json", "x-parse-job-status-id": f"{number:031x}a"})
    flow.request.timestamp_start = flow.request.timestamp_end = START + when
    flow.response.timestamp_start = flow.response.timestamp_end = START + when + 0.02
    return flow


@pytest.fixture
def watch() -> Inspector:
    return Inspector(Pipeline(CATALOGS))


def test_failures_of_one_request_are_counted_and_each_has_its_own_record(watch: Inspector) -> None:
    for number in range(7):
        looked = watch.look(make(number, number / 10))
        (record,) = looked.records
        assert (looked.failures, record.flow_id, record.request_id) == (number + 1, f"{number:08d}-flow", f"{number:031x}a")
    assert any("7 times" in finding.says for finding in record.findings)


def test_what_is_learnt_meanwhile_is_heeded_at_once(watch: Inspector) -> None:
    for number in range(6):
        watch.look(make(number, number / 10))
    watch.look(make(7, 0.8, "found", token="b"))
    assert any("was there" in finding.says for finding in watch.look(make(8, 0.9)).records[0].findings)


def test_another_answer_in_between_starts_the_count_anew(watch: Inspector) -> None:
    for number in range(6):
        watch.look(make(number, number / 10))
    assert watch.look(make(6, 0.65, "denied")).failures == 1
    assert watch.look(make(7, 0.7)).failures == 1
    assert not any("times" in finding.says for finding in watch.look(make(8, 0.8)).records[0].findings)


def test_an_id_that_might_be_a_secret_is_redacted_however_often_it_comes(watch: Inspector) -> None:
    for request_id in ("r:" + "0" * 32, "someone@example.com", "5500005555555559"):
        for number in range(8):
            flow = make(number, number / 10)
            flow.response.headers["x-parse-job-status-id"] = request_id
            assert request_id not in watch.look(flow).records[0].to_json(), request_id


HOSTS = ("notes.example", "notes.example", "other.example", "baas.kinvey.com", "api.everlive.com", "mine.example", "mine.example:1337")
HEADERS = (
    ("Accept", "*/*"),
    ("User-Agent", "curl/8.0"),
    ("User-Agent", "Kinvey SDK 3.0"),
    ("Authorization", "Bearer x"),
    ("Authorization", "Kinvey abc"),
    ("authorization", "MasterKey abc"),
    ("X-API-Key", "pk_" + "0" * 64),
    ("X-API-Key", "other"),
    ("X-Parse-Application-Id", "app"),
    ("X-Everlive-Custom-Fields", "{}"),
)
ANSWER_HEADERS = (
    ("Server", "nginx"),
    ("X-Kinvey-Request-Id", "1"),
    ("Access-Control-Expose-Headers", "X-Parse-Job-Status-Id"),
    ("Access-Control-Expose-Headers", "etag"),
)
BODIES = (*[b""] * 12, b"a=1", b'{"_ApplicationId":"app"}', b' {"_ApplicationId":"app"}', b'{"a":1}', b"[1]")


def make_any(chance: random.Random) -> http.HTTPFlow:
    flow = tflow.tflow(resp=True)
    host = chance.choice(HOSTS)
    flow.request = http.Request.make("POST", f"http://{host}{chance.choice(('/', '/parse/login', '/api/x'))}", chance.choice(BODIES))
    flow.request.headers.update(dict(chance.sample(HEADERS, chance.randint(0, 2))))
    if chance.random() < 0.5:
        flow.request.headers["Host"] = chance.choice(HOSTS)
    flow.response = http.Response.make(200, b"{}", dict(chance.sample(ANSWER_HEADERS, chance.randint(0, 1))))
    if chance.random() < 0.1:
        flow.response = None
    return flow


def test_what_was_remembered_of_hosts_and_headers_changes_no_owner() -> None:
    hosts = parse_hosts_option(["parse=mine.example:1337/parse", "kinvey=mine.example/api"], CATALOGS)
    watch, owned = Inspector(Pipeline(CATALOGS, hosts)), 0
    for seed in range(400):
        flow = make_any(random.Random(seed))
        fresh = Inspector(Pipeline(CATALOGS, hosts)).backend_of(flow)
        # Where a host has a backend is remembered on purpose.
        watch.pipeline.recognizer._mounts.clear()
        assert watch.backend_of(flow) is fresh, seed
        owned += fresh is not None
    assert 100 < owned < 350


@pytest.mark.parametrize("space", [b"", b" ", b"\n"])
def test_what_json_tells_of_one_flow_holds_for_no_other(watch: Inspector, space: bytes) -> None:
    for content, owner in ((space + b'{"_ApplicationId":"app"}', "parse"), (b"a=1", "")):
        flow = tflow.tflow(resp=True)
        flow.request = http.Request.make("POST", "https://notes.example/x", content)
        flow.request.headers["Content-Length"] = "1"
        found = watch.backend_of(flow)
        assert (found.id if found else "") == owner


def test_what_a_message_tells_holds_for_that_message(watch: Inspector) -> None:
    """A WebSocket's message in a HAR file is an answer with status 0; only some messages show whose protocol it is."""
    for content, found in ((b'{"op":"connected"}', 0), (b'{"op":"error","code":101,"error":"x","reconnect":true}', 1)):
        flow = tflow.tflow(resp=True)
        flow.request = http.Request.make("GET", "https://notes.example/x", headers={"Upgrade": "websocket"})
        flow.response = http.Response.make(200, content)
        flow.response.status_code = 0
        flow.response.headers.pop("content-length", None)
        looked = watch.look(flow)
        assert len(looked.records if looked else ()) == found
