"""The last exchange of each method and path that worked, for reports."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from baas_errors.exchange import Exchange
from baas_errors.history.last_worked import LONGEST_BODY, LastWorked
from baas_errors.history.store import MOST_PLACES
from build import make_backend, make_exchange, make_facts
from matrix import in_one_test

ERROR = [object()]
BACKEND = make_backend()


def exchange(n: float = 0, **facts: Any) -> Exchange:
    values = {"method": "POST", "url": "https://toy.example/things", "request_body": {"n": n}, "body": {"ok": True}, "status": 201}
    return replace(make_exchange(**(values | facts)), started=n, ended=n)


def before(kept: LastWorked, one: Exchange, errors: list[object]) -> Exchange | None:
    return kept.before(make_facts(one, BACKEND), errors)


def test_the_latest_before_an_error_is_found_without_the_body_of_its_answer() -> None:
    kept = LastWorked()
    assert [before(kept, exchange(n), []) for n in (1, 2)] == [None, None]
    found = before(kept, exchange(3, status=400), ERROR)
    assert found
    assert (found.ended, found.request.body.json, found.response and (found.response.status, found.response.body.data)) == (2.0, {"n": 2}, (201, b""))


@in_one_test(
    "facts",
    [
        {"url": "https://toy.example/others"},
        {"method": "PUT"},
        {"url": "https://other.example/things"},
        {"url": "https://toy.example/graphql/things"},
    ],
)
def test_no_other_is_found(facts: dict[str, Any]) -> None:
    kept = LastWorked()
    before(kept, exchange(1), [])
    assert before(kept, exchange(3, status=400), ERROR)
    assert before(kept, exchange(3, **({"status": 400} | facts)), ERROR) is None


@in_one_test("facts", [{"status": 404}, {"request_body": {"n": "x" * LONGEST_BODY}}])
def test_what_is_not_kept(facts: dict[str, Any]) -> None:
    kept = LastWorked()
    before(kept, exchange(1, **facts), [])
    assert before(kept, exchange(3, status=400), ERROR) is None


def test_one_that_came_later_is_not_found() -> None:
    kept = LastWorked()
    before(kept, exchange(1), [])
    assert before(kept, exchange(0.5, status=400), ERROR) is None


def test_an_error_is_never_what_worked() -> None:
    kept = LastWorked()
    before(kept, exchange(1, status=200), ERROR)
    assert before(kept, exchange(3, status=400), ERROR) is None


def test_it_is_bounded() -> None:
    kept = LastWorked()
    for n in range(MOST_PLACES + 1):
        before(kept, exchange(1, url=f"https://toy.example/things/sub{'abcdefghij'[n % 10]}x{'klmnopqrst'[n // 10 % 10]}y{'uvw'[n // 100]}"), [])
    assert len(kept._found) <= MOST_PLACES
