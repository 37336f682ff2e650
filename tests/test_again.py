"""What is known of an exchange is used again only where looking at it in full would say the same."""

from __future__ import annotations

import json
import random
import re

import pytest
from baas_errors.again import HOLDS
from baas_errors.catalog import load_catalogs
from baas_errors.mitm.inspector import Inspector
from baas_errors.mitm.likeness import LONGEST_BODY, MOST_FIELDS, likeness
from baas_errors.pipeline import Pipeline
from baas_errors.record.repeat import whole
from mitmproxy import http
from mitmproxy.test import tflow

CATALOGS = load_catalogs()
START = 1_780_000_000.0
KEY = b"key of the tests"
# What a later look would word otherwise without saying anything else: when something was seen, and in which flow.
PASSING = re.compile(r"flow [0-9a-z-]{1,8}|\d+ (?:s|min|h|days)\b", re.I)

ANSWERS = {
    "found": (200, {"objectId": "Ed1nuqPvcm", "title": "Milk"}),
    "missing": (404, {"code": 101, "error": "Object not found."}),
    "denied": (400, {"code": 119, "error": "Permission denied"}),
    "session": (400, {"code": 209, "error": "Invalid session token"}),
    "busy": (429, {"code": 100, "error": "Too many requests."}),
    "made": (201, {"objectId": "Ed1nuqPvcm", "createdAt": "2026-01-01T00:00:00.000Z"}),
}


def make(
    number: int, when: float, answer: str = "missing", *, method: str = "GET", ident: str = "Ed1nuqPvcm", token: str = "a", **headers: str
) -> http.HTTPFlow:
    status, body = ANSWERS[answer]
    flow = tflow.tflow()
    flow.id, flow.comment, flow.marked = f"{number:08d}-flow", "", ""
    flow.metadata.clear()
    path = f"/parse/classes/Note/{ident}" if method != "POST" else "/parse/classes/Note"
    flow.request = http.Request.make(
        method,
        f"https://notes.example{path}",
        b"" if method == "GET" else b'{"title":"Milk"}',
        {"x-parse-application-id": "app", "x-parse-session-token": f"r:{token * 32}", "content-type": "application/json"},
    )
    flow.response = http.Response.make(
        status, json.dumps(body), {"content-type": "application/json", "x-parse-job-status-id": f"{number:031x}a", **headers}
    )
    flow.request.timestamp_start = flow.request.timestamp_end = START + when
    flow.response.timestamp_start = flow.response.timestamp_end = START + when + 0.02
    return flow


@pytest.fixture
def watch() -> Inspector:
    return Inspector(Pipeline(CATALOGS, pseudonym_key=KEY))


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> Inspector:
    """One that looks at everything in full."""
    made = Inspector(Pipeline(CATALOGS, pseudonym_key=KEY))
    monkeypatch.setattr(made._again, "find", lambda *_: None)
    return made


def test_an_error_in_a_loop_is_looked_at_in_full_until_it_is_plain_that_it_repeats(watch: Inspector) -> None:
    looks = [watch.look(make(number, number / 10)) for number in range(7)]
    assert [(looked.known, looked.failures) for looked in looks] == [(False, 1), (False, 2), (False, 3), (False, 4), (True, 5), (True, 6), (True, 7)]


def test_its_record_differs_in_what_is_its_own_and_in_nothing_else(watch: Inspector, forgetful: Inspector) -> None:
    for number in range(20):
        flow = make(number, number / 10)
        (quick,), (full,) = watch.look(flow).records, forgetful.look(flow).records
        assert quick.to_json() == full.to_json()
        assert json.loads(quick.to_json()) == quick.as_dict() == full.as_dict()
        assert whole(quick) == full
    assert quick.flow_id == flow.id
    assert quick.request_id == f"{19:031x}a"
    assert any("20 times" in finding.says for finding in quick.findings)


@pytest.mark.parametrize("seed", range(30))
def test_traffic_of_all_kinds_gets_the_records_that_a_full_look_would_give(watch: Inspector, forgetful: Inspector, seed: int) -> None:
    chance, when, reused = random.Random(seed), 0.0, 0
    for number in range(150):
        when += chance.choice((0.01, 0.01, 0.2, 1.0, 1.0, HOLDS))
        answer = chance.choice(("missing",) * 6 + ("found", "denied", "session", "busy", "made"))
        method = "POST" if answer == "made" else chance.choice(("GET", "GET", "GET", "DELETE"))
        flow = make(number, when, answer, method=method, ident=chance.choice(("Ed1nuqPvcm", "undefined")), token=chance.choice("ab"))
        quick, full = watch.look(flow), forgetful.look(flow)
        reused += quick.known
        assert [PASSING.sub("~", record.to_json()) for record in quick.records] == [PASSING.sub("~", record.to_json()) for record in full.records]


def test_in_such_traffic_records_are_made_from_known_ones(watch: Inspector) -> None:
    """Otherwise the test before this one would compare full looks only."""
    chance, reused = random.Random(1), 0
    for number in range(300):
        reused += watch.look(make(number, number / 50, ident=chance.choice(("Ed1nuqPvcm", "undefined")))).known
    assert reused > 250


def test_what_is_learnt_meanwhile_is_heeded_at_once(watch: Inspector) -> None:
    for number in range(6):
        watch.look(make(number, number / 10))
    watch.look(make(7, 0.8, "found", token="b"))
    looked = watch.look(make(8, 0.9))
    assert not looked.known
    assert any("was there" in finding.says for finding in looked.records[0].findings)


def test_another_answer_in_between_starts_the_count_anew(watch: Inspector) -> None:
    for number in range(6):
        watch.look(make(number, number / 10))
    watch.look(make(6, 0.65, "denied"))
    assert not watch.look(make(7, 0.7)).known
    assert not any("times" in finding.says for finding in watch.look(make(8, 0.8)).records[0].findings)


def test_after_a_while_it_is_looked_at_again(watch: Inspector) -> None:
    for number in range(6):
        watch.look(make(number, number / 10))
    assert not watch.look(make(6, HOLDS + 2)).known


def test_a_success_that_was_just_seen_teaches_nothing_new(watch: Inspector, monkeypatch: pytest.MonkeyPatch) -> None:
    watch.look(make(0, 0.0, "found"))
    monkeypatch.setattr(watch.pipeline, "records", lambda *_: pytest.fail("looked at in full"))
    assert watch.look(make(1, 0.5, "found")) == ((), None, 0, 0)


@pytest.mark.parametrize("answer", ["missing", "made"])
def test_a_success_is_learnt_from_again_after_a_failure_or_a_write(watch: Inspector, answer: str) -> None:
    watch.look(make(0, 0.0, "found"))
    watch.look(make(1, 0.1, answer, method="POST" if answer == "made" else "GET"))
    before = watch.pipeline.memory.news
    watch.look(make(2, 0.2, "found"))
    assert watch.pipeline.memory.news > before


@pytest.mark.parametrize("request_id", ["r:" + "0" * 32, "someone@example.com", "5500005555555559"])
def test_an_id_that_might_be_a_secret_is_not_taken_as_it_is(watch: Inspector, request_id: str) -> None:
    for number in range(8):
        flow = make(number, number / 10)
        flow.response.headers["x-parse-job-status-id"] = request_id
        looked = watch.look(flow)
    assert request_id not in looked.records[0].to_json()


def test_what_is_large_or_unfinished_has_no_likeness() -> None:
    backend = CATALOGS["parse"]
    assert likeness(make(0, 0.0), backend) is not None
    for change in (
        lambda flow: setattr(flow.request, "content", b"x" * (LONGEST_BODY + 1)),
        lambda flow: setattr(flow.response, "content", b"x" * (LONGEST_BODY + 1)),
        lambda flow: setattr(flow.response, "raw_content", None),
        lambda flow: setattr(flow, "response", None),
        lambda flow: setattr(flow.request, "path", "/" + "x" * 3_000),
        lambda flow: setattr(flow.response, "timestamp_end", None),
        lambda flow: [flow.request.headers.add(f"x-{number}", "1") for number in range(MOST_FIELDS)],
    ):
        flow = make(0, 0.0)
        change(flow)
        assert likeness(flow, backend) is None


@pytest.mark.parametrize("header", ["x-parse-job-status-id", "date", "retry-after", "server"])
def test_headers_that_are_others_each_time_do_not_tell_flows_apart(header: str) -> None:
    one, other = (likeness(make(number, 0.0, **{header: str(number)}), CATALOGS["parse"]) for number in (1, 2))
    assert (one.key == other.key) == (header in (*CATALOGS["parse"].request_id_server, "date"))
