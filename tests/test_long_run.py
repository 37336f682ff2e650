"""Long runs: a day of traffic leaves counters, memory and stories within their bounds, and what was so yesterday explains nothing today."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from baas_errors.catalog import Backend
from baas_errors.history.store import TURN
from diagnose.talk import Talk

SCRIPT = Path(__file__).with_name("long_day.py")
HOUR = 3600.0


@pytest.fixture(scope="module")
def day() -> dict[str, Any]:
    """24 hours in fast forward: 24,000 flows of 1,140 users, in a process of their own."""
    environment = {**os.environ, "PYTHONPATH": str(SCRIPT.parent.parent / "addons")}
    done = subprocess.run([sys.executable, str(SCRIPT), "24000"], env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.slow
def test_the_day_was_full_of_errors(day: dict[str, Any]) -> None:
    assert day["flows"] > 20_000
    assert day["errors"] > 15_000
    # The table of the summary is full, so that its bound was met.
    assert day["kinds"] == 5_000
    assert day["backends"] == ["backend-services", "bkend", "kinvey", "parse"]


@pytest.mark.slow
def test_what_the_addon_holds_does_not_grow_in_the_second_half_of_the_day(day: dict[str, Any]) -> None:
    _, half, _, end = day["held"]
    assert half["objects"] > 10_000, "what was counted is not the addon"
    assert end["objects"] < 1.05 * half["objects"], (half, end)
    assert end["bytes"] < 1.15 * half["bytes"], (half, end)


@pytest.mark.slow
def test_the_process_does_not_grow_beyond_what_is_promised(day: dict[str, Any]) -> None:
    """In MiB above what it had before the first flow."""
    _, _, late, end = day["held"]
    assert end["resident"] < 40
    assert end["resident"] - late["resident"] < 6


# ---------------------------------------------------------------- stories

NOT_FOUND = {"code": 101, "error": "Object not found."}
DUPLICATE = {"code": 202, "error": "Account already exists for this username."}
NEW_USER = {"method": "POST", "path": "/users", "body": {"username": "made-up", "password": "made-up-password"}}
NO_OBJECT = {"path": "/classes/Note/abcdefghij", "status": 404, "answer": NOT_FOUND}

# What was seen, and the error that it explains, with a part of what is said.
STORIES = [
    pytest.param({"method": "DELETE", "path": "/classes/Note/abcdefghij", "answer": {}}, NO_OBJECT, "was deleted", id="deleted"),
    pytest.param({"path": "/classes/Note/abcdefghij", "answer": {"objectId": "abcdefghij"}}, NO_OBJECT, "was deleted since", id="there"),
    pytest.param(
        {**NEW_USER, "status": 201, "answer": {"objectId": "u1", "sessionToken": "r:1"}},
        {**NEW_USER, "status": 400, "answer": DUPLICATE},
        "seen in the sign-up",
        id="taken",
    ),
]


def says(talk: Talk, error: dict[str, Any], after: float) -> str:
    return " ".join(finding.says for finding in talk.ask(**error, after=after)[0].findings)


@pytest.fixture
def talk(backends: Mapping[str, Backend]) -> Talk:
    return Talk(backends, "parse", "https://notes.example/parse", {"X-Parse-Application-Id": "app1", "X-Parse-REST-API-Key": "key"})


@pytest.mark.slow
@pytest.mark.parametrize(("fact", "error", "told"), STORIES)
@pytest.mark.parametrize("hours", [0.01, 1, 11.9])
def test_a_fact_of_the_same_day_is_told(fact: dict[str, Any], error: dict[str, Any], told: str, hours: float, talk: Talk) -> None:
    talk.ask(**fact)
    assert told in says(talk, error, hours * HOUR)


@pytest.mark.slow
@pytest.mark.parametrize(("fact", "error", "told"), STORIES)
@pytest.mark.parametrize("hours", [24, 25, 24 * 30])
def test_a_fact_that_is_a_day_old_is_not(fact: dict[str, Any], error: dict[str, Any], told: str, hours: float, talk: Talk) -> None:
    talk.ask(**fact)
    assert told not in says(talk, error, hours * HOUR)


@pytest.mark.slow
@pytest.mark.parametrize(("fact", "error", "told"), STORIES)
def test_nor_is_it_where_traffic_went_on_all_day(fact: dict[str, Any], error: dict[str, Any], told: str, talk: Talk) -> None:
    talk.ask(**fact)
    for _ in range(24):
        talk.ask(path="/classes/Other", answer={"results": []}, after=HOUR)
    assert told not in says(talk, error, 1)


@pytest.mark.slow
@pytest.mark.parametrize(("fact", "error", "told"), STORIES[1:2])
def test_what_is_seen_again_and_again_stays_known(fact: dict[str, Any], error: dict[str, Any], told: str, talk: Talk) -> None:
    for _ in range(30):
        talk.ask(**fact, after=HOUR)
    assert told in says(talk, error, HOUR)


@pytest.mark.slow
def test_a_failure_of_yesterday_is_no_repetition_today(talk: Talk) -> None:
    for _ in range(4):
        talk.ask(**NO_OBJECT, after=10)
    assert "times in" in says(talk, NO_OBJECT, 10)
    assert "times in" not in says(talk, NO_OBJECT, 2 * TURN)


@pytest.mark.slow
def test_a_capture_that_is_read_after_a_newer_one_loses_nothing(talk: Talk) -> None:
    talk.ask(method="DELETE", path="/classes/Note/abcdefghij", answer={})
    talk.ask(path="/classes/Other", answer={"results": []}, after=-48 * HOUR)
    assert "was deleted" in says(talk, NO_OBJECT, 48 * HOUR + 60)
