"""Kinvey's official Node SDK throws for an injected error what it throws for the same answer from a server, and so does plain fetch."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from baas_errors.catalog import load_catalogs
from kinvey.answers import DOCUMENTED, REQUEST_ID, Case
from kinvey.harness import run_client
from kinvey.stand_in import stand_in
from needs import need
from processes import run
from proxy import mitmdump

pytestmark = [pytest.mark.live, pytest.mark.slow]
KINVEY = load_catalogs()["kinvey"]
TEXTS = {entry.name: entry.sends[0].text for entry in KINVEY.entries if entry.sends}
# Of a name with two statuses the first is injected.
USUAL = {entry.name: entry.status[0] for entry in reversed(KINVEY.entries) if entry.status}
CASES = [
    Case(call, status, name, json.dumps({"error": name, "description": TEXTS[name], "debug": ""}).encode())
    for name, status, call in DOCUMENTED
    if name in TEXTS and status == USUAL[name]
]
FETCH = """
(async () => {
  for (const key of JSON.parse(process.env.KEYS)) {
    const answer = await fetch(`${process.env.ADDRESS}/appdata/${key}/notes`, { headers: { Origin: 'https://app.example' } });
    const { status, ok, headers } = answer;
    console.log(JSON.stringify({ key, status, ok, type: headers.get('content-type').split(';')[0], body: await answer.json() }));
  }
})();
"""


def fetched(port: int, keys: list[str], folder: Path) -> list[dict[str, Any]]:
    script = folder / "fetch.js"
    script.write_text(FETCH)
    environment = {**os.environ, "ADDRESS": f"http://127.0.0.1:{port}", "KEYS": json.dumps(keys)}
    return [json.loads(line) for line in run(["node", script], env=environment).splitlines()]


def specs() -> list[str]:
    """One for each case: at its app key, and not for the sign-in before it. Statuses that share a name are asked for by the name alone."""
    return [
        f"errors_inject=;~u {case.app_key}([/?]|$) {'' if case.call == 'login' else '& !~u /login'};kinvey/{case.type}" for case in CASES
    ]  # fmt: skip


def test_the_sdk_and_fetch_cannot_tell(tmp_path: Path) -> None:
    need("node", "npm")
    keys = [case.app_key for case in CASES if case.call == "find"]
    hosts = "errors_hosts=kinvey=127.0.0.1"
    with stand_in(CASES) as port:
        with mitmdump(f"reverse:http://127.0.0.1:{port}", hosts) as proxy:
            real, plain = run_client(CASES, proxy.port), fetched(proxy.port, keys, tmp_path)
        with mitmdump(f"reverse:http://127.0.0.1:{port}", hosts, *specs(), log=tmp_path / "log") as proxy:
            injected, on_demand = run_client(CASES, proxy.port), fetched(proxy.port, keys, tmp_path)
    assert len(CASES) > 25
    for case in CASES:
        given, told = (dict(seen[case.app_key]) for seen in (injected, real))
        own = given.pop("kinveyRequestId", "")
        assert (own or "injected-").startswith("injected-"), case.app_key
        assert told.pop("kinveyRequestId", REQUEST_ID) == REQUEST_ID
        assert given == told, case.app_key
    assert on_demand == plain
    records = [json.loads(line) for line in (tmp_path / "log").read_text("utf-8").splitlines()]
    assert all(record["baas.injected"].startswith("kinvey/") for record in records)
    assert {record["error.type"].partition("/")[2] for record in records} == {case.type for case in CASES}
