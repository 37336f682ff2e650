"""What an exchange teaches: names, ids, tokens from sign-in to sign-out, values taken, pauses asked for, requests repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from baas_errors.catalog import Backend
from baas_errors.decode import decode
from baas_errors.exchange import Exchange, Request, Response
from baas_errors.history import ExchangeFacts, learn, learn_failure, refresh_token, seconds_to_wait
from baas_errors.history.store import MOST_TIMES, MOST_USERS, MOST_USES, AppMemory, Memory
from build import make_backend, make_body, make_headers, make_message, make_request
from matrix import in_one_test

TOY = make_backend("""
routes = ["/things/{kind}/{id}", "/things/{kind}", "/login", "/logout", "/refresh"]
request_id = { client = ["x-request-id"] }
method_override = { body = "_method" }

[backend.memory]
token = { header = ["x-token"], body = ["_token"] }
issued = ["/token", "/data/token"]
user = ["/user"]
created = ["/id"]
ends = [{ path = '/logout$' }, { method = ["PUT"], body = ["password"] }]
refresh = { path = '/refresh$', sent = ["/refresh"], issued = ["/refresh"] }
unique = ["name"]
key = ["x-key"]
uploads = { path = '/upload$', url = ["/url", "/urls/*"], type = ["/type"] }

[[shape]]
name = "plain"
status = [200, "4xx"]
code = "/code"
""")


class Desk:
    """A memory, and exchanges that it learns from: one a second."""

    def __init__(self, backend: Backend = TOY) -> None:
        self.backend, self.app, self.memory, self.count = backend, AppMemory(), Memory(), 0

    def anew(self) -> Desk:
        return Desk(self.backend)

    def show(
        self,
        method: str = "GET",
        path: str = "/things/books",
        status: int = 200,
        answer: Any = b"",
        *,
        body: Any = b"",
        headers: Mapping[str, str] | None = None,
        answer_headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        self.count += 1
        exchange = Exchange(
            f"flow-{self.count}",
            make_request(method, f"https://toy.example{path}", headers, body),
            Response(status, make_headers(answer_headers or {}), make_body(answer)),
            1000.0 + self.count,
            1000.5 + self.count,
        )
        learn(self.facts(exchange), decode(self.facts(exchange)), self.app, "app1")
        return exchange

    def facts(self, exchange: Exchange) -> ExchangeFacts:
        return ExchangeFacts(exchange, self.backend, self.memory)

    def of(self, request: Request) -> ExchangeFacts:
        return self.facts(Exchange("flow-1", request))

    def token(self, value: str) -> Any:
        return self.app.tokens.get(self.memory.hash(value))


@pytest.fixture
def desk() -> Desk:
    return Desk()


TOKEN = {"X-Token": "t1"}
ERROR = {"code": 1}


# ---------------------------------------------------------------- names and ids


def test_names_and_ids_that_worked(desk):
    desk.show(path="/api/things/books/b1")
    seen = desk.app.names.get(("kind", "books"))
    assert seen is not None
    assert (seen.flow, seen.when, seen.status, seen.how) == ("flow-1", 1001.5, 200, "GET")
    assert ("/api/things/books/", "b1") in desk.app.ids


@in_one_test(("status", "answer"), [(404, {}), (200, ERROR), (500, b"")])
def test_names_that_did_not_work(desk, status, answer):
    desk.show(path="/things/books/b1", status=status, answer=answer)
    assert ("kind", "books") not in desk.app.names
    assert len(desk.app.ids) == 0


def test_the_last_method_tells_what_became_of_an_id(desk):
    desk.show("POST", "/things/books", 201, {"id": "b1"})
    assert desk.app.ids.get(("/things/books/", "b1")).how == "POST"
    desk.show("DELETE", "/things/books/b1")
    assert desk.app.ids.get(("/things/books/", "b1")).how == "DELETE"


def test_names_belong_to_a_key_where_there_are_keys(desk):
    desk.show(headers={"X-Key": "k1"})
    assert (f"kind@{desk.memory.hash('k1')}", "books") in desk.app.names
    assert desk.memory.hash("k1") in desk.app.keys


def test_a_key_that_was_refused_is_not_remembered(desk):
    desk.show(headers={"X-Key": "k1"}, status=401)
    assert len(desk.app.keys) == 0


def test_unique_values_are_taken_by_what_creates(desk):
    desk.show("POST", body={"name": "ann"}, status=201)
    desk.show("PUT", "/things/books/b1", body={"name": "ben"})
    desk.show("POST", body={"name": "cid"}, status=400)
    assert [key for key, _ in desk.app.taken.newest()] == [("name", "ann")]


def test_request_ids(desk):
    desk.show(headers={"X-Request-Id": "r1"}, status=404)
    assert desk.app.request_ids.get("r1").flow == "flow-1"


# ---------------------------------------------------------------- tokens


@in_one_test(
    ("headers", "body", "token"),
    [
        ({"X-Token": "t1"}, b"", "t1"),
        ({"X-Token": "Bearer t1"}, b"", "t1"),
        ({"X-Token": "Basic YTpi"}, b"", ""),
        ({}, {"_token": "t1"}, "t1"),
        ({}, {"_token": 7}, ""),
        ({}, b"", ""),
    ],
)
def test_the_token_that_was_sent(desk, headers, body, token):
    assert desk.of(make_request("POST", headers=headers, body=body)).token == token


def test_a_token_from_sign_in_to_sign_out(desk):
    desk.show("POST", "/login", answer={"token": "t1", "user": "u1"})
    desk.show(headers=TOKEN)
    desk.show("POST", "/logout", headers=TOKEN)
    token = desk.token("t1")
    assert (token.issued.flow, token.used.flow, token.ended.flow, token.ended_how, token.user) == ("flow-1", "flow-3", "flow-3", "POST /logout", "u1")


def test_a_token_is_ended_by_what_the_body_says(desk):
    desk.show("PUT", "/things/users/u1", headers=TOKEN, body={"name": "a"})
    assert desk.token("t1").ended is None
    desk.show("PUT", "/things/users/u1", headers=TOKEN, body={"password": "p"})
    assert desk.token("t1").ended.flow == "flow-2"


def test_a_sign_out_that_failed_ends_nothing(desk):
    desk.show("POST", "/logout", 401, headers=TOKEN)
    assert desk.token("t1").ended is None


def test_a_token_that_works_again_was_not_ended(desk):
    desk.show("POST", "/logout", headers=TOKEN)
    desk.show(headers=TOKEN)
    assert desk.token("t1").ended is None


def test_where_in_the_answer_a_token_stood(desk):
    desk.show("POST", "/login", answer={"data": {"token": "t1"}})
    assert desk.app.last_issued is not None
    assert desk.app.last_issued[1].how == "/data/token"


@in_one_test("answer", [{"token": 7}, {"token": ""}, {}, b"token", b""])
def test_no_token_in_the_answer(desk, answer):
    desk.show("POST", "/login", answer=answer)
    assert len(desk.app.tokens) == 0


def test_the_key_that_a_token_came_with(desk):
    desk.show("POST", "/login", answer={"token": "t1"}, headers={"X-Key": "k1"})
    desk.show(headers=TOKEN | {"X-Key": "k2"})
    assert desk.token("t1").key == desk.memory.hash("k1")


# ---------------------------------------------------------------- refreshes


def refresh(desk: Desk, sent: str, status: int = 200, **answer: str) -> None:
    desk.show("POST", "/refresh", status, answer or {"error": 1}, body={"refresh": sent})


def test_all_tokens_of_one_sign_in_make_a_chain(desk):
    desk.show("POST", "/login", answer={"token": "t1", "refresh": "r1"})
    refresh(desk, "r1", token="t2", refresh="r2")
    refresh(desk, "r2", token="t3", refresh="r3")
    desk.show("POST", "/login", answer={"token": "t9", "refresh": "r9"})
    chain = desk.memory.hash("r1")
    assert [desk.token(f"t{number}").chain for number in (1, 2, 3)] == [chain] * 3
    assert desk.token("t9").chain != chain
    assert desk.app.newest.get(chain)[0] == desk.memory.hash("t3")


def test_a_chain_whose_beginning_was_not_seen(desk):
    refresh(desk, "r1", token="t2", refresh="r2")
    refresh(desk, "r2", token="t3", refresh="r3")
    assert desk.token("t3").chain == desk.token("t2").chain == desk.memory.hash("r1")


def test_uses_of_a_refresh_token(desk):
    refresh(desk, "r1", token="t2", refresh="r2")
    for _ in range(2 * MOST_USES):
        refresh(desk, "r1", 401)
    uses = desk.app.refreshes.get(desk.memory.hash("r1"))
    assert len(uses) == MOST_USES
    assert [use.flow for use in uses if use.ok] == ["flow-1"]


def test_a_refresh_token_used_twice_is_noted_for_its_sign_in(desk):
    desk.show("POST", "/login", answer={"token": "t1", "refresh": "r1"})
    refresh(desk, "r1", token="t2", refresh="r2")
    refresh(desk, "r2", token="t3", refresh="r3")
    refresh(desk, "r2", 401)
    assert desk.app.reused.get(desk.memory.hash("r1")).flow == "flow-4"


def test_a_refresh_token_that_never_worked_was_not_used_twice(desk):
    refresh(desk, "r1", 401)
    refresh(desk, "r1", 401)
    assert len(desk.app.reused) == 0


@in_one_test(
    ("body", "kind", "found"),
    [
        ({"refresh": "r1"}, "", "r1"),
        ("refresh=r1&a=b", "application/x-www-form-urlencoded", "r1"),
        ("refresh=r1", "text/plain", ""),
        ({"refresh": 7}, "", ""),
    ],
)
def test_the_refresh_token_that_was_sent(body, kind, found):
    assert refresh_token(make_request("POST", headers={"Content-Type": kind} if kind else {}, body=body), TOY.history) == found


# ---------------------------------------------------------------- uploads


def test_upload_urls(desk):
    desk.show(
        "POST", "/upload", answer={"url": "https://files.example/a?Signature=1", "urls": ["https://b.example/c?sig=1"]}, body={"type": "image/png"}
    )
    found = desk.memory.upload("files.example", "/a")
    assert found is not None
    assert (found.backend, found.app, found.content_type, found.seen.flow) == ("toy", "app1", "image/png", "flow-1")
    assert desk.memory.owner("b.example", "/c") == "toy"


def test_of_many_upload_urls_some(desk):
    desk.show("POST", "/upload", answer={"urls": [f"https://files.example/{number}?sig=1" for number in range(1000)]})
    assert (desk.memory.owner("files.example", "/99"), desk.memory.owner("files.example", "/100")) == ("toy", "")


# ---------------------------------------------------------------- pauses, outcomes, repetitions


@in_one_test(("status", "value", "until"), [(429, "30", 1031.5), (503, "5", 1006.5)])
def test_how_long_to_wait(desk, status, value, until):
    desk.show(status=status, answer_headers={"Retry-After": value}, headers={"X-Key": "k1"})
    wait = desk.app.waits.get(desk.memory.hash("k1"))
    assert wait is not None
    assert (wait[0], wait[1].flow) == (until, "flow-1")


@in_one_test(("status", "value"), [(429, ""), (429, "soon"), (429, "\u0663\u0660"), (429, "9999999"), (404, "30"), (200, "30")])
def test_nothing_to_wait_for(desk, status, value):
    desk.show(status=status, answer_headers={"Retry-After": value})
    assert len(desk.app.waits) == 0


def test_a_date_to_wait_for_is_not_counted(desk):
    assert seconds_to_wait(desk.show(status=429, answer_headers={"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"})) is None


@in_one_test(("headers", "who"), [({"X-Key": "k1", "X-Token": "t1"}, "k1"), ({"X-Token": "t1"}, "t1")])
def test_whom_a_limit_is_for(desk, headers, who):
    assert desk.of(make_request(headers=headers)).caller == desk.memory.hash(who)


def test_a_limit_for_nobody_in_particular_is_the_hosts(desk):
    assert desk.of(make_request()).caller == "toy.example"


def test_outcomes_by_caller(desk):
    exchange = desk.show(headers=TOKEN)
    desk.show(status=403)
    users = desk.app.outcomes.get(desk.facts(exchange).outcome)
    assert {hashed: seen.status for hashed, seen in users.items()} == {desk.memory.hash("t1"): 200, "": 403}


def test_outcomes_are_bounded(desk):
    for number in range(3 * MOST_USERS):
        exchange = desk.show(headers={"X-Token": f"t{number}"})
    assert len(desk.app.outcomes.get(desk.facts(exchange).outcome)) == MOST_USERS


@in_one_test(
    "other",
    [make_request("POST"), make_request(url="https://toy.example/things/2"), make_request(body="x"), make_request(body="x" * 30_000)],
    ids=["method", "path", "body", "long body"],
)
def test_requests_that_differ(desk, other):
    assert desk.of(make_request()).request != desk.of(other).request


def test_requests_with_other_tokens(desk):
    one, another, none = ({"X-Token": "t1"}, {"X-Token": "t2"}, {})
    assert len({desk.of(make_request(headers=headers)).request for headers in (one, another, none, one)}) == 3


def test_long_bodies_that_differ_in_length(desk):
    first, second = (make_request(body="x" * length) for length in (30_000, 30_001))
    assert desk.of(first).request != desk.of(second).request


def test_failures_of_one_request(desk):
    for _ in range(3 * MOST_TIMES):
        exchange = desk.show(status=404, answer=ERROR)
    repeats = desk.app.repeats.get(desk.facts(exchange).request)
    assert (repeats.failures, len(repeats.times), repeats.failed_as, repeats.first.flow) == (3 * MOST_TIMES, MOST_TIMES, "1", "flow-1")


def test_another_result_begins_a_new_count(desk):
    for status in (400, 401, 404, 404):
        exchange = desk.show(status=status)
    repeats = desk.app.repeats.get(desk.facts(exchange).request)
    assert (repeats.failures, len(repeats.times), repeats.failed_as, repeats.first.flow) == (2, 2, "404", "flow-3")


def test_failures_without_an_answer(desk):
    exchange = Exchange("flow-1", make_request(), None, 1000.0, 1001.0, "server closed connection")
    learn_failure(desk.facts(exchange), desk.app)
    repeats = desk.app.repeats.get(desk.facts(exchange).request)
    assert (repeats.failures, repeats.failed_as) == (1, "connection-failed")


def test_requests_that_made_something(desk):
    made = desk.show("POST", body={"a": 1}, status=201)
    read = desk.show("POST", body={"_method": "GET"})
    desk.show("POST", body={"a": 2}, status=400)
    assert desk.facts(made).request in desk.app.done
    assert desk.facts(read).request not in desk.app.done
    assert len(desk.app.done) == 1


def test_the_last_answer(desk):
    desk.show(status=500)
    assert desk.app.last_answer is not None
    assert (desk.app.last_answer.flow, desk.app.last_answer.how) == ("flow-1", "toy.example")


# ---------------------------------------------------------------- nothing to learn


def test_nothing_is_learnt_from_a_message_or_without_an_answer(desk):
    learn(desk.facts(make_message({"a": 1})), (), desk.app)
    learn(desk.of(make_request(headers=TOKEN)), (), desk.app)
    assert desk.app.last_answer is None
    assert len(desk.app.tokens) == len(desk.app.names) == len(desk.app.repeats) == 0


@in_one_test("answer", [None, b"\xff\xfe", "{" * 5000, b"x" * 100])
def test_answers_that_cannot_be_read_teach_nothing_and_raise_nothing(desk, answer):
    for path in ("/login", "/refresh", "/upload", "/things/books"):
        desk.show("POST", path, answer=answer, body=answer)
    assert len(desk.app.tokens) == 0
