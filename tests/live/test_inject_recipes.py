"""The recipes of docs/errors-on-demand.md: a real Parse Server, and apps with its official JavaScript SDK, which cannot tell an injected error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from needs import need
from parse_server import harness
from parse_server.driver import play
from parse_server.harness import ParseServer
from parse_server.situations import PREPARE
from proxy import mitmdump

pytestmark = [pytest.mark.live, pytest.mark.slow]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "errors-on-demand.md"
RECIPES = dict(re.findall(r"\n### ([^\n]+)\n+```sh\n--set errors_inject='([^']+)'\n```", PAGE.read_text("utf-8")))


@pytest.fixture(scope="module")
def server() -> Iterator[ParseServer]:
    need("node", "npm", "postgresql")
    with harness.postgres() as database, harness.parse_server(9, database) as running:
        # Classes are made by the master key; the apps store notes.
        list(play(PREPARE, 9, running.port))
        yield running


def meet(server: ParseServer, app: str, specs: list[str], log: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What an app saw, and the records that were written by the end."""
    settings = (*(f"errors_inject={spec}" for spec in specs), "errors_inject_seed=7")
    with mitmdump(f"reverse:http://127.0.0.1:{server.port}", *settings, log=log) as proxy:
        (seen,) = harness.run_sdk(server, proxy.port, "recipes.js", apps=[app])
    records = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    return seen, [record for record in records if "baas.injected" in record]


def reactions(records: list[dict[str, Any]]) -> list[str]:
    return [record["baas.reaction"] for record in records]


def test_a_rate_limit(server: ParseServer, tmp_path: Path) -> None:
    seen, records = meet(server, "patient", [RECIPES["A rate limit"]], tmp_path / "patient")
    assert seen["value"] == "patient"
    assert reactions(records) == ["waited", "waited"]
    seen, records = meet(server, "greedy", [RECIPES["A rate limit"].replace("retry-after 1", "retry-after 30")], tmp_path / "greedy")
    assert seen["value"] == "greedy"
    assert reactions(records) == ["too-early", "too-early"]


def test_the_session_ends_in_mid_use(server: ParseServer, tmp_path: Path) -> None:
    seen, records = meet(server, "session", [RECIPES["The session ends in mid-use"]], tmp_path / "log")
    assert seen["value"] == ["ok", "ok", 209, "ok", "ok"]
    assert reactions(records) == ["refreshed-once"]


def test_it_fails_twice_then_works(server: ParseServer, tmp_path: Path) -> None:
    seen, records = meet(server, "twice", [RECIPES["It fails twice, then works"]], tmp_path / "log")
    assert seen["value"] == "Hello!"
    assert [record["error.type"] for record in records] == ["parse/http-502"] * 2


def test_the_answer_is_lost(server: ParseServer, tmp_path: Path) -> None:
    seen, records = meet(server, "lost", [RECIPES["The answer is lost"]], tmp_path / "lost")
    assert (seen.get("value"), seen["stored"]) == ("lost", 2), seen
    assert reactions(records) == ["duplicate-write"]
    seen, records = meet(server, "idempotent", [RECIPES["The answer is lost"].replace("~b lost", "~b once")], tmp_path / "once")
    assert (seen["code"], seen["stored"]) == (159, 1)
    assert reactions(records) == ["recovered"]


def test_a_slow_server(server: ParseServer, tmp_path: Path) -> None:
    seen, records = meet(server, "slow", [RECIPES["A slow server"]], tmp_path / "log")
    assert seen["value"] == ["quick", "slow"]
    assert records == []


def test_half_of_the_batch(server: ParseServer, tmp_path: Path) -> None:
    seen, records = meet(server, "half", [RECIPES["Half of the batch"]], tmp_path / "log")
    assert (seen["code"], seen.get("errors"), seen["saved"], seen["stored"]) == (137, None, [True, False, True], 2), seen
    assert [(record["error.type"], record["baas.index"]) for record in records] == [("parse/DuplicateValue", 1)]


def test_every_error_once(server: ParseServer, tmp_path: Path) -> None:
    seen, records = meet(server, "tour", [RECIPES["Every error once"]], tmp_path / "log")
    types = [record["error.type"] for record in records]
    assert len(types) == len(set(types)) > 30
    assert {101, 102, 107, 119, 209, "ok"} <= {*seen["value"]}


def test_no_recipe_is_without_a_test() -> None:
    tests = {name for name in globals() if name.startswith("test_")}
    assert {"test_" + re.sub(r"\W+", "_", name.lower()).strip("_") for name in RECIPES} <= tests
    assert len(RECIPES) == 7


def test_the_sdk_throws_for_an_injected_error_what_it_throws_for_the_real_one(server: ParseServer, tmp_path: Path) -> None:
    real, _ = meet(server, "wrong", ["|~u /nowhere|parse/101"], tmp_path / "real")
    specs = [
        "|~u /classes/Note/ & ~m POST|parse/ObjectNotFound",
        '|~u /classes/Note$|parse/111 "schema mismatch for Note.likes; expected Number but got String"',
        "|~u /login|parse/UserInvalidLoginParams",
        "|~u /users/me|parse/InvalidSessionToken",
        "|~u /users$|parse/UsernameTaken",
        "|~u /functions/goodbye|parse/FunctionNotFound",
        '|~u /functions/fail|parse/9001 "The stock is empty."',
        "|~u /functions/limited|parse/TooManyRequests",
    ]
    injected, records = meet(server, "wrong", specs, tmp_path / "injected")
    for call, outcome in real["value"].items():
        assert injected["value"][call] == outcome, call
    assert {one["code"] for one in real["value"].values() if one} == {100, 101, 111, 141, 202, 209, 9001}
    assert len(records) >= len(real["value"])


def test_a_livequery_client_gets_the_error_in_a_message(server: ParseServer, tmp_path: Path) -> None:
    real, none = meet(server, "live", ["|~websocket|parse/LiveQueryInvalidKey|9th"], tmp_path / "real")
    injected, records = meet(server, "live", ["|~websocket|parse/LiveQueryInvalidKey|first 1"], tmp_path / "injected")
    assert injected == real == {"app": "live", "code": 4, "message": "Key in request is not valid", "kind": "ParseError"}
    assert none == []
    assert [record["error.type"] for record in records] == ["parse/LiveQueryInvalidKey"]
