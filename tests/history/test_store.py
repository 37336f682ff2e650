"""What is remembered, and that it stays within what the module promises, in entries and in bytes."""

from __future__ import annotations

import dataclasses
import gc
import re
import tracemalloc
from typing import Any

import pytest
from baas_errors.exchange import Exchange, Response
from baas_errors.history import ExchangeFacts, learn, store
from baas_errors.history.store import LONGEST_KEY, MOST_APPS, MOST_ENTRIES, TURN, AppMemory, Memory, Sighting, Token, TwoGenerationLRU, Upload
from build import make_body, make_headers, make_request


def tables(app: AppMemory) -> dict[str, TwoGenerationLRU[Any, Any]]:
    found = ((field.name, getattr(app, field.name)) for field in dataclasses.fields(app))
    return {name: table for name, table in found if isinstance(table, TwoGenerationLRU)}


# ---------------------------------------------------------------- a table


def test_a_table_forgets_what_was_longest_not_written():
    table: TwoGenerationLRU[str, int] = TwoGenerationLRU(2)
    for key, value in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        table.put(key, value)
    assert [*table.newest()] == [("c", 4), ("a", 3)]
    assert ("a" in table, "b" in table, len(table), table.get("b")) == (True, False, 2, None)


def test_what_was_not_written_between_two_turns_is_forgotten():
    table: TwoGenerationLRU[str, int] = TwoGenerationLRU(3)
    for key in "abc":
        table.put(key, 1)
    table.turn()
    assert ([*table.newest()], len(table)) == ([("c", 1), ("b", 1), ("a", 1)], 3)
    table.put("a", 2)
    assert ([*table.newest()], len(table), table.get("a"), table.get("b")) == ([("a", 2), ("c", 1), ("b", 1)], 3, 2, 1)
    table.put("d", 2)
    assert ("b" in table, "c" in table, len(table)) == (False, True, 3)
    table.turn()
    assert ([*table.newest()], "c" in table, table.get("c")) == ([("d", 2), ("a", 2)], False, None)


# ---------------------------------------------------------------- time


def test_an_app_forgets_what_was_not_seen_for_a_day():
    kept = Memory()
    kept.pass_time(0)
    app = kept.of("parse", "app1")
    app.names.put(("class", "Post"), Sighting("flow-1", 0))
    app.last_answer, app.last_issued = Sighting("flow-1", 0), ("hash", Sighting("flow-1", 0))
    kept.issue("files.example", "/a.png", UPLOAD)
    kept.pass_time(TURN - 1)
    assert (len(app.names), app.last_answer is None, kept.owner("files.example", "/a.png")) == (1, False, "bkend")
    kept.pass_time(TURN)
    app.names.put(("class", "Note"), Sighting("flow-2", TURN))
    assert len(app.names) == 2
    kept.pass_time(2 * TURN)
    assert [name for name, _ in app.names_of("class")] == ["Note"]
    assert (app.last_answer, app.last_issued, kept.owner("files.example", "/a.png")) == (None, None, "")


def test_after_a_long_pause_nothing_is_left():
    kept = Memory()
    kept.pass_time(0)
    kept.of("parse", "app1").names.put(("class", "Post"), Sighting("flow-1", 0))
    kept.pass_time(1_000 * TURN)
    assert len(kept.of("parse", "app1").names) == 0


def test_time_that_goes_back_changes_nothing():
    kept = Memory()
    kept.pass_time(10 * TURN)
    kept.of("parse", "app1").names.put(("class", "Post"), Sighting("flow-1", 0))
    kept.pass_time(0)
    kept.pass_time(10 * TURN + 1)
    assert len(kept.of("parse", "app1").names) == 1


# ---------------------------------------------------------------- apps


def test_apps_and_backends_are_kept_apart():
    kept = Memory()
    kept.of("parse", "app1").names.put(("class", "Post"), Sighting("flow-1", 0))
    assert len(kept.of("parse", "app2").names) == 0
    assert len(kept.of("kinvey", "app1").names) == 0
    assert len(kept.of("parse", "app1").names) == 1


def test_the_app_that_was_longest_not_looked_at_is_forgotten():
    kept = Memory()
    for number in range(MOST_APPS):
        kept.of("parse", f"app{number}").names.put(("class", "Post"), Sighting("flow-1", 0))
    kept.of("parse", "app0")
    kept.of("parse", "one more")
    assert len(kept.of("parse", "app0").names) == 1
    assert kept.apps_of("parse") == [*(f"app{number}" for number in range(2, MOST_APPS)), "one more", "app0"]
    assert kept.apps_of("kinvey") == []


def test_hashes_cannot_be_compared_between_runs():
    first, second = Memory(), Memory()
    assert first.hash("secret") == first.hash("secret") != second.hash("secret")
    assert "secret" not in first.hash("secret")


def test_any_text_can_be_hashed():
    assert Memory().hash("\ud800\x00") != ""


def test_names_of_one_kind_newest_first():
    app = AppMemory()
    for number, (kind, name) in enumerate([("class", "Post"), ("function", "sum"), ("class", "Note")]):
        app.names.put((kind, name), Sighting("flow-1", number))
    assert [name for name, _ in app.names_of("class")] == ["Note", "Post"]


def test_a_token_is_found_at_the_app_that_issued_it():
    kept = Memory()
    kept.of("parse", "used").tokens.put("hash", Token(used=Sighting("flow-2", 2)))
    kept.of("parse", "issued").tokens.put("hash", Token(issued=Sighting("flow-1", 1)))
    found = kept.token("parse", "hash")
    assert found is not None
    assert found[0] == "issued"
    assert kept.token("kinvey", "hash") is None


# ---------------------------------------------------------------- uploads


UPLOAD = Upload("bkend", "app1", Sighting("flow-1", 0), "image/png")


def test_an_upload_is_found_by_host_and_path():
    kept = Memory()
    kept.issue("Files.example", "/a%20b.png", UPLOAD)
    assert kept.upload("files.EXAMPLE", "/a b.png") == UPLOAD
    assert (kept.owner("files.example", "/a%20b.png"), kept.owner("files.example", "/c.png"), kept.owner("other.example", "/a%20b.png")) == (
        "bkend",
        "",
        "",
    )


def test_other_hosts_cost_one_look_up(monkeypatch: pytest.MonkeyPatch):
    kept = Memory()
    kept.issue("files.example", "/a.png", UPLOAD)
    monkeypatch.setattr(kept, "hash", lambda _: pytest.fail("a stranger's path was hashed"))
    assert kept.owner("www.example", "/a.png") == ""


def test_uploads_are_bounded():
    kept = Memory()
    for number in range(3 * MOST_ENTRIES):
        kept.issue(f"files{number}.example", "/a.png", UPLOAD)
    assert len(kept._uploads) == len(kept._upload_hosts) == MOST_ENTRIES


# ---------------------------------------------------------------- bounds


def promised(pattern: str) -> float:
    match = re.search(pattern, (store.__doc__ or "").replace("\n", " "))
    assert match, pattern
    return float(match[1])


def hostile(number: int, backend: str, status: int, shape: int) -> Exchange:
    """An exchange that fills as many tables as one can, with texts that are too long, and never the same twice."""
    long = f"{number:06d}" + "x" * 300
    header = {"Content-Type": "application/json", "X-API-Key": f"pk_{long}", "X-Parse-Application-Id": "app1", "X-Parse-Request-Id": long}
    header |= {"X-Parse-Session-Token": f"s{shape}{long}", "Authorization": f"Bearer t{shape}{long}", "X-Parse-Rest-Api-Key": long}
    path = {"bkend": f"/v1/data/{long}/{long}", "parse": f"/parse/classes/{long}/{long}"}[backend]
    path = "/v1/auth/refresh" if backend == "bkend" and shape == 1 else path
    body = {"email": f"{long}@e.example", "username": long, "refreshToken": long, **{f"f{field}{long}": 1 for field in range(3)}}
    answer = {"accessToken": f"a{shape}{long}", "refreshToken": f"r{long}", "id": long, "objectId": long, "sessionToken": long, "user": {"id": long}}
    request = make_request("POST" if shape < 3 else "GET", f"https://x.example{path}", header, body)
    response = Response(status, make_headers({"Retry-After": "30"}), make_body(answer))
    return Exchange(f"{number:08d}-0000-4000-8000-{shape:012d}", request, response, 1.7e9 + number, 1.7e9 + number + 0.1)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["bkend", "parse"])
def test_one_app_stays_within_its_bounds(backends, backend):
    kept = Memory()
    app = kept.of(backend, "app1")
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(MOST_ENTRIES + 100):
            for shape, status in enumerate((200, 200, 401, 200, 429)):
                learn(ExchangeFacts(hostile(number, backend, status, shape), backends[backend], kept), (), app)
        gc.collect()
        used = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    sizes = {name: len(table) for name, table in tables(app).items()}
    assert max(sizes.values()) == MOST_ENTRIES == promised(r"oldest entries beyond (\d+)")
    assert used <= promised(r"at most (\d+) MB an app") * 1e6
    assert max(len(part) for key, _ in app.ids.newest() for part in key) <= LONGEST_KEY == promised(r"cut at (\d+) characters")


def test_all_apps_together_stay_within_their_bounds():
    assert promised(r"the (\d+) apps that were seen last") == MOST_APPS
    assert promised(r"and (\d+) MB in all") == MOST_APPS * promised(r"at most (\d+) MB an app")
