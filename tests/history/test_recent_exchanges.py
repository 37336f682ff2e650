"""Flows that texts cite: named with method, path and time, as long as they are remembered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from baas_errors.history import recent_exchanges as module
from baas_errors.history.recent_exchanges import PassedFlows
from baas_errors.pipeline import Pipeline
from build import make_exchange, make_facts, shipped_catalogs
from matrix import in_one_test

PARSE = shipped_catalogs()["parse"]
FLOW = "3b1de78a-5f0c-4d7e-9d4e-0123456789ab"


def passed(*ids: str) -> PassedFlows:
    made = PassedFlows()
    for name in ids:
        made.put(make_facts(replace(make_exchange(201, method="POST", url="https://toy.example/parse/users"), id=name), PARSE))
    return made


@in_one_test(
    ("text", "expected"),
    [
        ("the sign-up in flow 3b1de78a, 1 s before", "the sign-up in flow 3b1de78a [POST /parse/users], 1 s before"),
        ("flow 3b1de78a and flow 3b1de78a [POST]", "flow 3b1de78a [POST /parse/users] and flow 3b1de78a [POST]"),
        ("by flow 00000000", "by flow 00000000"),
        ("flow har-12ab.", "flow har-12ab [POST /parse/users]."),
        ("overflow 3b1de78a", "overflow 3b1de78a"),
        ("", ""),
    ],
)
def test_a_text_says_more_of_the_flows_that_it_names(text: str, expected: str) -> None:
    assert passed(FLOW, "har-12ab34").described(text, lambda known: f"{known.method} {known.path}") == expected


def test_flows_that_a_text_names_are_known_by_their_whole_ids() -> None:
    assert [known.id for known in passed(FLOW).named_in("flow 3b1de78a [POST /parse/users] and flow 00000000")] == [FLOW]


def test_flows_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PASSED", 10)
    many = passed(FLOW, *(f"{number:08x}-1" for number in range(100)))
    assert list(many.named_in("flow 3b1de78a")) == []
    assert len(list(many.named_in(" ".join(f"flow {number:08x}" for number in range(100))))) <= 20


def test_a_record_cites_a_flow_with_method_path_and_time_and_without_secrets() -> None:
    pipeline = Pipeline({"parse": PARSE})
    url = "https://toy.example/parse/users"
    sent = {"username": "ann", "password": "pw one"}
    signed_up = make_exchange(201, {"objectId": "a1", "sessionToken": "r:0a1b2c"}, method="POST", url=url, request_body=sent)
    refused = make_exchange(400, {"code": 202, "error": "Account already exists for this username."}, method="POST", url=url, request_body=sent)
    pipeline.records(replace(signed_up, id=FLOW), PARSE)
    (record,) = pipeline.records(replace(refused, id="00000001-0", ended=1_700_000_003.0), PARSE)
    assert "flow 3b1de78a [POST /parse/users 22:13:20 UTC]" in record.findings[0].says
    assert "ann" not in record.findings[0].says
