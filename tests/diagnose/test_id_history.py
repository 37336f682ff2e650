"""Objects and requests that earlier flows knew."""

from __future__ import annotations

from typing import Any

import pytest
from baas_errors.catalog import Backend
from diagnose.talk import Talk
from matrix import in_one_test

BASE = "/v1/a1b2c3d4e5f6g7h8"


@pytest.fixture
def talk(backends: dict[str, Backend]) -> Talk:
    return Talk(backends, "backend-services", "https://api.everlive.com")


def said(talk: Talk, rule: str, asked: dict[str, Any]) -> list[str]:
    return [finding.says for finding in talk.ask(**asked)[0].findings if finding.rule == rule]


def gone(ident: str, kind: str = "Books") -> dict[str, Any]:
    return {"path": f"{BASE}/{kind}/{ident}", "status": 404, "answer": {"message": "Item not found.", "errorCode": 801}}


@in_one_test("word", ["undefined", "null", "[object%20Object]", "%7Bid%7D", "NaN", ":id"])
def test_no_id_at_all(talk, word):
    assert [text.endswith("in place of the id.") for text in said(talk, "path-unset", gone(word))] == [True]


def test_an_id_that_was_deleted(talk):
    talk.ask("POST", f"{BASE}/Books", body={"Title": "a"}, status=201, answer={"Result": {"Id": "x1"}})
    talk.ask("DELETE", f"{BASE}/Books/x1", answer={"Result": 1})
    assert said(talk, "id-history", gone("x1")) == ["`x1` was deleted in flow flow-2, 1 s before."]


@in_one_test(("method", "done"), [("GET", "read"), ("PUT", "written"), ("POST", "created")])
def test_an_id_that_was_there(talk, method, done):
    path = f"{BASE}/Books" if method == "POST" else f"{BASE}/Books/x1"
    talk.ask(method, path, status=201 if method == "POST" else 200, answer={"Result": {"Id": "x1"}}, body={"a": 1} if method != "GET" else b"")
    assert said(talk, "id-history", gone("x1")) == [
        f"Likely: `x1` was {done} in flow flow-1, 1 s before; it was deleted since, or this caller may not see it."
    ]


def test_an_id_at_a_path_without_a_route_was_not_looked_for(talk):
    talk.ask("GET", f"{BASE}/Books/x1", answer={"Result": {"Id": "x1"}})
    asked = {**gone("x1"), "method": "PATCH", "answer": {"message": f"Cannot PATCH {BASE}/Books/x1", "errorCode": 801}}
    assert said(talk, "id-history", asked) == []


def test_an_id_of_another_type(talk):
    talk.ask("GET", f"{BASE}/Authors/x1", answer={"Result": {}})
    assert said(talk, "id-history", gone("x1")) == [f"Likely: `x1` was read under `{BASE}/Authors/` in flow flow-1."]


@in_one_test("ident", ["x2", "undefinedx", "x1x1"])
def test_an_id_that_was_never_seen(talk, ident):
    talk.ask("DELETE", f"{BASE}/Books/x1", answer={"Result": 1})
    assert said(talk, "id-history", gone(ident)) == []


def test_an_id_that_was_deleted_elsewhere_says_nothing(talk):
    talk.ask("DELETE", f"{BASE}/Authors/x1", answer={"Result": 1})
    assert said(talk, "id-history", gone("x1")) == []


def create(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"method": "POST", "path": f"{BASE}/Books", "body": {"Number": number}, "status": 201, "answer": {"Result": {"Id": "x1"}}} | more


REFUSED = {"status": 400, "answer": {"message": "The operation results in a duplicate key for a unique index.", "errorCode": 107}}


def test_a_request_that_was_sent_twice(talk):
    talk.ask(**create())
    assert said(talk, "sent-twice", create(**REFUSED)) == [
        "Likely: the same request, body included, succeeded 1 s before in flow flow-1: it was sent twice."
    ]


@in_one_test(
    "first",
    [create(2), create(headers={"Authorization": "bearer 0a1b2c3d4e5f6071"}), create(**REFUSED), create(path=f"{BASE}/Authors")],
    ids=["another body", "another caller", "it failed", "another path"],
)
def test_a_request_that_was_not(talk, first):
    talk.ask(**first)
    assert said(talk, "sent-twice", create(**REFUSED)) == []
