"""What is said of how a failed request differs from the last one that worked, and what is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from baas_errors.catalog import Backend
from baas_errors.diagnose.all_backends import differs_from_success
from baas_errors.diagnose.all_backends.differs_from_success import DIFFERS
from baas_errors.exchange.missing_credentials import with_redactions
from baas_errors.history import ExchangeFacts
from baas_errors.history.last_success import made_of, read
from baas_errors.history.store import MOST_PLACES, Memory, Sighting
from baas_errors.record import Finding
from build import make_backend, make_exchange
from diagnose.talk import Talk
from matrix import in_one_test
from mitmproxy import flowfilter, http
from mitmproxy.test import tflow

CATALOG = """
hosts = ["*.toy.example"]
routes = ["/things/{collection}/{id}", "/things/{collection}", "/sign-in", "/sign-out"]
[backend.app_id]
header = ["x-toy-app"]
[backend.client]
header = ["x-toy-client"]
[backend.memory]
token = { header = ["x-toy-session"] }
key = ["x-toy-key"]
ends = [{ path = '/sign-out$' }]
[[shape]]
name = "plain"
status = ["4xx", "5xx"]
code = "/code"
message = "/message"
"""
APP = {"X-Toy-App": "app1", "X-Toy-Key": "key-0123456789abcdef", "X-Toy-Client": "js-1.0"}
BOOKS, NOTE = "/things/books", "/things/books/b1"
GOOD = {"title": "a", "likes": 3, "tags": ["x"]}
SESSION = {"X-Toy-Session": "s-first-session"}


@pytest.fixture
def talk() -> Talk:
    return Talk({"toy": make_backend(CATALOG)}, "toy", "https://api.toy.example", APP)


def found(talk: Talk, was: Mapping[str, Any], now: Mapping[str, Any], status: int = 400, **answer: Any) -> Finding | None:
    """What is said of a request that fails after one that worked, 14 seconds before."""
    talk.ask(**{"method": "POST", "path": BOOKS, "status": 201, **was})
    records = talk.ask(**{"method": "POST", "path": BOOKS, **was, **now, "status": status, "after": 14, "answer": {"message": "Refused."}, **answer})
    assert len(records) == 1
    return next((finding for finding in records[0].findings if finding.rule == DIFFERS), None)


def differs(*args: Any, **more: Any) -> str:
    """The list of what differs; "" where nothing is said."""
    finding = found(*args, **more)
    return finding.says.partition(" in: ")[2].removesuffix(".") if finding else ""


def test_it_names_the_earlier_flow_and_how_to_find_it(talk: Talk) -> None:
    finding = found(talk, {"body": GOOD}, {"body": {**GOOD, "likes": "3"}})
    assert finding
    assert finding.says == (
        "Likely relevant: this request differs from `POST /things/books` 14 s before (201, flow flow-1) in: field `likes` (string, number before)."
    )
    assert (finding.certain, finding.secondary, finding.fix) == (False, True, "")
    assert finding.evidence == "~m POST & ~u /things/books & ~c 201"


# ---------------------------------------------------------------- what is said

SAID: list[tuple[str, dict[str, Any], dict[str, Any], int]] = [
    # Fields.
    ("field `likes` (missing)", {"body": GOOD}, {"body": {"title": "a", "tags": []}}, 400),
    ("field `colour` (new)", {"body": GOOD}, {"body": {**GOOD, "colour": "red"}}, 400),
    ("field `titel` (`title` before)", {"body": GOOD}, {"body": {"titel": "a", "likes": 3, "tags": []}}, 400),
    ("field `likes` (null, number before)", {"body": GOOD}, {"body": {**GOOD, "likes": None}}, 400),
    ("field `by` (string, Pointer before)", {"body": {**GOOD, "by": {"__type": "Pointer"}}}, {"body": {**GOOD, "by": "u1"}}, 400),
    # An update has other fields each time: what is missing tells nothing.
    ("field `titel` (`title` before)", {"method": "PUT", "path": NOTE, "body": GOOD}, {"body": {"titel": "a", "likes": 3}}, 400),
    # Bodies.
    ("body (no body, a JSON object before)", {"body": GOOD}, {"body": b""}, 400),
    ("body (a JSON array, a JSON object before)", {"body": GOOD}, {"body": [GOOD]}, 400),
    ("content type (`text/plain`, `application/json` before)", {"body": GOOD}, {"headers": {"Content-Type": "text/plain"}}, 500),
    # Parameters.
    ("parameter `filter` (text, JSON before)", {"method": "GET", "path": f"{BOOKS}?filter=%7B%7D"}, {"path": f"{BOOKS}?filter=a"}, 500),
    ("parameter `limit` (text, a number before)", {"method": "GET", "path": f"{BOOKS}?limit=5"}, {"path": f"{BOOKS}?limit=ten"}, 500),
    ("parameter `limit` (no value, a number before)", {"method": "GET", "path": f"{BOOKS}?limit=5"}, {"path": f"{BOOKS}?limit=undefined"}, 500),
    ("parameter `page` (new)", {"method": "GET"}, {"path": f"{BOOKS}?page=next"}, 500),
    ("parameter `sort` (new)", {"method": "GET"}, {"path": f"{BOOKS}?sort=titel&limit=5"}, 500),
    ("parameter `filter` (new)", {"method": "GET"}, {"path": f"{BOOKS}?filter=a"}, 500),
    # Keys, tokens and headers.
    ("header `x-toy-key` (missing)", {}, {"headers": {"X-Toy-Key": None}}, 401),
    ("header `x-toy-key` (another value)", {}, {"headers": {"X-Toy-Key": "key-fedcba9876543210"}}, 401),
    ("header `x-toy-key` (another value, and shorter)", {}, {"headers": {"X-Toy-Key": "key-012"}}, 401),
    ("header `x-toy-app` (missing)", {}, {"headers": {"X-Toy-App": None}}, 401),
    ("header `x-toy-app` (another value)", {}, {"headers": {"X-Toy-App": "app2"}}, 401),
    ("header `x-tenant` (missing)", {"headers": {"X-Tenant": "t1"}}, {"headers": {}}, 400),
    ("header `x-tenant` (new)", {}, {"headers": {"X-Tenant": "t1"}}, 400),
    ("token (missing)", {"headers": SESSION}, {"headers": {}}, 401),
    ("token (another value)", {"headers": SESSION}, {"headers": {"X-Toy-Session": "s-other-session"}}, 403),
    ("token (none before)", {"method": "GET", "path": NOTE}, {"headers": SESSION}, 404),
    (
        "header `authorization` (`basic`, `bearer` before)",
        {"headers": {"Authorization": "Bearer abc"}},
        {"headers": {"Authorization": "Basic YTpi"}},
        401,
    ),
    # Host and client.
    ("host (`eu.toy.example`, `api.toy.example` before)", {}, {"path": f"https://eu.toy.example{BOOKS}"}, 400),
    ("client (`js-2.0`, `js-1.0` before)", {}, {"headers": {"X-Toy-Client": "js-2.0"}}, 400),
    # The likeliest comes first: for a refusal of the caller keys and tokens, else what is sent.
    ("header `x-toy-key` (missing), field `colour` (new)", {"body": GOOD}, {"body": {**GOOD, "colour": 1}, "headers": {"X-Toy-Key": None}}, 401),
    ("field `colour` (new), header `x-tenant` (new)", {"body": GOOD}, {"body": {**GOOD, "colour": 1}, "headers": {"X-Tenant": "t1"}}, 400),
]


@pytest.fixture
def whatever_the_causes_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """The differences are said although the causes name them all."""
    monkeypatch.setattr(differs_from_success, "adds", lambda ctx, causes: True)


def test_each_difference_is_named(whatever_the_causes_say: None) -> None:
    for says, was, now, status in SAID:
        talk = Talk({"toy": make_backend(CATALOG)}, "toy", "https://api.toy.example", APP)
        assert differs(talk, was, now, status) == says, (was, now)


# ---------------------------------------------------------------- what is not

UNSAID: list[tuple[str, dict[str, Any], dict[str, Any], int]] = [
    ("the same request", {"body": GOOD}, {}, 400),
    ("other values", {"body": GOOD}, {"body": {"title": "b", "likes": 4, "tags": []}}, 400),
    ("another id", {"method": "PUT", "path": NOTE, "body": GOOD}, {"path": "/things/books/b2"}, 404),
    ("another path", {"body": GOOD}, {"path": "/things/notes", "body": {"x": 1}}, 400),
    ("another method", {"body": GOOD}, {"method": "PUT", "path": NOTE, "body": {"x": 1}}, 400),
    ("what browsers send", {}, {"headers": {"User-Agent": "a", "Origin": "https://a.example", "X-Request-Id": "1", "Sec-Fetch-Mode": "cors"}}, 400),
    ("another kind of request", {"body": {"a": 1, "b": 2, "c": 3}}, {"body": {"d": 1, "e": 2, "f": 3}}, 400),
    ("what an update lacks", {"method": "PUT", "path": NOTE, "body": GOOD}, {"body": {"title": "a"}}, 400),
    ("an operation in place of a value", {"method": "PUT", "path": NOTE, "body": GOOD}, {"body": {"likes": {"__op": "Increment"}}}, 400),
    ("what a search lacks", {"method": "GET", "path": f"{BOOKS}?filter=a&limit=5"}, {"path": f"{BOOKS}?filter=b"}, 500),
    ("the page", {"method": "GET"}, {"path": f"{BOOKS}?skip=100"}, 500),
    ("fields of an object that is not found", {"method": "PUT", "path": NOTE, "body": GOOD}, {"body": {**GOOD, "x": 1}}, 404),
    ("fields of what is taken", {"body": GOOD}, {"body": {**GOOD, "x": 1}}, 409),
    ("the token of another fault", {"headers": SESSION}, {"headers": {"X-Toy-Session": "s-other-session"}}, 400),
    ("the token of a sign-out", {"path": "/sign-out", "headers": SESSION}, {"headers": {"X-Toy-Session": "s-other-session"}}, 401),
    ("a token at a sign-in", {"path": "/sign-in", "body": {"password": "a"}, "headers": SESSION}, {"headers": {}}, 401),
    ("too many requests", {"body": GOOD}, {"body": {}}, 429),
    ("a gateway", {"body": GOOD}, {"body": {}}, 502),
    ("names made anew for each request", {"body": {"a": 1, "b": 1, "f20261130": 1}}, {"body": {"a": 1, "b": 1, "f20261131": 1}}, 400),
]


def test_what_tells_nothing_is_not_said() -> None:
    for name, was, now, status in UNSAID:
        talk = Talk({"toy": make_backend(CATALOG)}, "toy", "https://api.toy.example", APP)
        assert differs(talk, was, now, status) == "", name


def test_nothing_is_said_without_an_earlier_success(talk: Talk) -> None:
    assert differs(talk, {"status": 400, "body": GOOD, "answer": {"message": "Refused."}}, {"body": {}}) == ""


def test_no_success_has_it(talk: Talk) -> None:
    talk.ask("POST", BOOKS, body=GOOD, status=201)
    assert talk.ask("POST", BOOKS, body={"titel": 1}, status=201) == []


def test_only_the_last_success_counts(talk: Talk) -> None:
    talk.ask("POST", BOOKS, body={"other": 1, "than": 2, "that": 3}, status=201)
    assert differs(talk, {"body": GOOD}, {"body": {**GOOD, "colour": 1}}) == "field `colour` (new)"


def test_a_success_with_files_or_with_broken_json_is_no_measure(talk: Talk) -> None:
    talk.ask("POST", BOOKS, body=GOOD, status=201)
    talk.ask("POST", BOOKS, body="--x--", headers={"Content-Type": "multipart/form-data; boundary=x"}, status=201)
    broken = {"body": '{"title": "a",}', "headers": {"Content-Type": "application/json"}}
    assert differs(talk, broken, {"body": {**GOOD, "colour": 1}}) == "field `colour` (new)"


def test_a_form_is_compared_with_a_form_and_else_with_what_worked(talk: Talk) -> None:
    form = {"body": "title=a", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    assert differs(talk, {"body": GOOD}, form, 500).startswith("content type (`application/x-www-form-urlencoded`, `application/json` before), body")
    assert differs(talk, form, {"body": "titel=a"}, 500) == "field `titel` (`title` before)"
    assert differs(talk, {"body": GOOD}, {"body": {**GOOD, "colour": 1}}) == "field `colour` (new)"


def test_a_success_that_ended_later_is_no_earlier_one(talk: Talk) -> None:
    talk.ask("POST", BOOKS, body=GOOD, status=201, after=60)
    assert [f for record in talk.ask("POST", BOOKS, body={}, status=400, after=-30) for f in record.findings if f.rule == DIFFERS] == []


def test_a_message_that_names_a_field_is_about_that_one(talk: Talk, whatever_the_causes_say: None) -> None:
    sent = {"body": {"title": "a", "colour": "red", "tags": []}}
    assert differs(talk, {"body": GOOD}, sent, answer={"message": "something about likes"}) == "field `likes` (missing)"
    assert (
        differs(talk, {"method": "PUT", "path": NOTE, "body": GOOD}, sent, answer={"message": "something about likes"}) == "field `likes` (missing)"
    )
    assert differs(talk, {"body": GOOD}, {"body": {**GOOD, "colour": "red"}}, answer={"message": "something about Title"}) == ""


def test_many_differences_are_counted(talk: Talk) -> None:
    many = {f"{'abcdefghi'[n]}field": n for n in range(9)}
    says = differs(talk, {"body": {**GOOD, **many}}, {"body": {**GOOD, **dict.fromkeys(many, "x")}})
    assert says.endswith(", and 3 more")
    assert says.count("number before") == 6


# ---------------------------------------------------------------- beside other findings


def test_what_is_proved_needs_no_comparison(talk: Talk) -> None:
    assert differs(talk, {"body": GOOD}, {"body": '{"title": "a",}', "headers": {"Content-Type": "application/json"}}) == ""


def test_a_likely_cause_that_names_a_difference_comes_first(backends: dict[str, Backend]) -> None:
    talk = Talk(backends, "parse", "https://parse.example/parse", {"X-Parse-Application-Id": "app1"})
    note = {"method": "GET", "path": "/classes/Note/abcdefghij"}
    talk.ask(**note, headers={"X-Parse-Session-Token": "r:0123456789abcdef0123456789abcdef"}, answer={"objectId": "abcdefghij"})
    findings = talk.ask(**note, status=404, answer={"code": 101, "error": "Object not found."})[0].findings
    asides = [finding.rule for finding in findings if finding.secondary]
    causes = [finding.says for finding in findings if not finding.secondary]
    assert len(causes) > 0
    assert "token" in causes[0] or "session" in causes[0]
    # The causes say all of it.
    assert asides == []


# ---------------------------------------------------------------- secrets, captures, memory


def test_no_value_of_either_request_is_said(talk: Talk) -> None:
    was = {
        "headers": {"X-Toy-Key": "hunter2-first-key", "X-Toy-Session": "hunter2-session", "X-Tenant": "hunter2"},
        "body": {**GOOD, "pin": "hunter2"},
    }
    now = {"headers": {"X-Toy-Key": "hunter3", "X-Toy-Session": "hunter3-session"}, "body": {**GOOD, "pin": 31337}, "path": f"{BOOKS}?a=hunter3"}
    finding = found(talk, was, now, 403)
    assert finding
    assert [text for text in ("hunter", "31337") if text in f"{finding.says}{finding.evidence}"] == []


def test_what_stands_in_place_of_a_name_is_not_said(talk: Talk) -> None:
    key = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
    assert differs(
        talk, {"headers": {"Authorization": f"{key[:12]} x"}}, {"headers": {"Authorization": "Bearer abcdefghijklmnopqrstuvwxyz"}}, 401
    ) == ("header `authorization` (`bearer`, `another scheme` before)")
    assert key not in differs(talk, {"path": f"{BOOKS}?{key}", "body": {**GOOD, key: 1}}, {"path": BOOKS, "body": {**GOOD, "colour": 1}}, 400)


def test_nothing_is_remembered_but_names_forms_and_hashes() -> None:
    backend = make_backend(CATALOG)
    headers = {**APP, **SESSION, "Authorization": "Basic c2VjcmV0OnNlY3JldA==", "Content-Type": "application/json; x=secret"}
    exchange = make_exchange(
        200, {}, method="POST", url="https://api.toy.example/things/books?q=secret-query", headers=headers, request_body={"title": "secret-title"}
    )
    made = made_of(ExchangeFacts(exchange, backend, Memory()), Sighting("flow-1", 1.0))
    kept = f"{made.headers}\n{made.parts}"
    assert [value for value in ("secret", "c2Vj", APP["X-Toy-Key"], SESSION["X-Toy-Session"]) if value in kept] == []
    assert read(made)[("field", "title")] == "string"
    assert read(made)[("parameter", "q")] == "text"


def test_a_token_that_the_capture_left_out_is_not_missing(backends: dict[str, Backend]) -> None:
    talk = Talk(backends, "kinvey", "https://baas.kinvey.com")
    exchange = make_exchange(400, {}, headers={"Authorization": "[REDACTED]", "X-Kinvey-Api-Version": "3"})
    lacking = with_redactions(exchange.request.headers)
    assert getattr(lacking, "lacks", None) == frozenset({"authorization"})
    made = made_of(ExchangeFacts(exchange, talk.backend, Memory()), Sighting("flow-1", 1.0), frozenset({"authorization"}))
    assert ("token", "") not in read(made)


def test_large_bodies_and_many_names_are_not_compared(talk: Talk) -> None:
    assert differs(talk, {"body": GOOD}, {"body": {"title": "a" * 30_000}}) == ""
    assert differs(talk, {"body": GOOD}, {"body": {f"f{chr(97 + n % 26)}{chr(97 + n // 26)}": n for n in range(100)}}) == ""


def test_the_memory_is_bounded(talk: Talk) -> None:
    for number in range(MOST_PLACES + 50):
        talk.ask("POST", f"/things/c{number}", body=GOOD, status=201)
    assert len(talk.pipeline.memory.of("toy", "app1").successes) == MOST_PLACES


@in_one_test("path", ["/things/books", "/things/books/{id}", "/things/a.b(c)'\" &~x/{id}"])
def test_the_filter_finds_the_earlier_flow(talk: Talk, path: str) -> None:
    def flow(status: int) -> http.HTTPFlow:
        made = tflow.tflow()
        made.request = http.Request.make("PUT", f"https://api.toy.example{path.replace('{id}', 'b1')}")
        made.response = http.Response.make(status)
        return made

    finding = found(talk, {"method": "PUT", "path": path.replace("{id}", "b1"), "body": GOOD}, {"body": {**GOOD, "likes": "3"}})
    assert finding
    matches = flowfilter.parse(finding.evidence)
    assert matches(flow(201))
    assert not matches(flow(400))


def test_what_is_kept_of_one_success_is_bounded(talk: Talk) -> None:
    many = {f"{chr(0x4E00 + n)}{'x' * 58}": 1 for n in range(60)}
    headers = {f"X-{'y' * 50}-{n}": "1" for n in range(60)}
    talk.ask("POST", BOOKS, body=many, headers=headers, status=201)
    made = talk.pipeline.memory.of("toy", "app1").successes.get("POST /things/books")
    assert made
    assert (made.headers, len(made.parts) < 1_000) == ("", True)
    assert read(made)[("body", "")] == "unread"
