"""Copies of one record are one; different ones stay."""

from __future__ import annotations

from typing import Any

from baas_errors.formats import Occurrence
from baas_errors.reports.group import merged
from baas_errors.reports.redacted_exchange import CleanExchange
from build import make_error_record
from matrix import in_one_test

EXCHANGE = CleanExchange("GET", "https://toy.example/")
FACTS: dict[str, Any] = {"timestamp": "2026-01-01T00:00:00.000Z", "flow_id": "flow-1", "index": 0}


def occurrence(exchange: CleanExchange | None = None, **facts: Any) -> Occurrence:
    return Occurrence(make_error_record(**{**FACTS, **facts}), exchange)


@in_one_test("facts", [{}, {"message": "<secret 7 chars #123456>"}, {"url": "https://toy.example/?token=<secret 7 chars #123456>"}, {"status": 500}])
def test_copies_are_one(facts: dict[str, Any]) -> None:
    assert merged([occurrence(), occurrence(**facts)]) == [occurrence()]


@in_one_test("facts", [{"timestamp": "2026-01-01T00:00:00.001Z"}, {"flow_id": "flow-2"}, {"index": 1}, {"index": None}, {"type": "parse/Other"}])
def test_different_records_stay(facts: dict[str, Any]) -> None:
    assert len(merged([occurrence(), occurrence(**facts)])) == 2


@in_one_test(("facts", "count"), [({}, 1), ({"address": "other.example"}, 2), ({"port": 1337}, 2), ({"method": "PUT"}, 2)])
def test_without_a_flow_the_place_tells_records_apart(facts: dict[str, Any], count: int) -> None:
    assert len(merged([occurrence(flow_id=""), occurrence(flow_id="", **facts)])) == count


def test_the_copy_with_its_exchange_is_worth_more() -> None:
    first, second = occurrence(message="the first"), occurrence(EXCHANGE, message="the second")
    assert merged([first, second]) == [Occurrence(first.record, EXCHANGE)]
    assert merged([second, first]) == [second]


def test_the_oldest_comes_first_and_equals_keep_their_order() -> None:
    found = merged([occurrence(index=2), occurrence(timestamp="2025-12-31T23:59:59.999Z"), occurrence(index=1)])
    assert [(item.record.timestamp[:4], item.record.index) for item in found] == [("2025", 0), ("2026", 2), ("2026", 1)]
