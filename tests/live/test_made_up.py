"""From nothing to named errors with causes: a catalog for a made-up backend, with the real mitmdump and the real command."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from made_up import made_up_server, use
from proxy import ADDON, mitmdump

CATALOG = Path(__file__).with_name("made_up.toml")
# Errors and first findings of the app's day (see `use`), in its order; "" where the answer holds all that is to be said.
EXPECTED = [
    ("NoSession", "token-missing"), ("BadKey", "app-key"), ("BadKey", ""), ("Taken", "named-field"), ("Invalid", ""), ("WrongPass", ""),
    *[("Invalid", "named-field")] * 6, ("BadJson", "json-body"), ("BadJson", "json-body"), ("Gone", "id-history"), ("Gone", "id-history"),
    ("Gone", "id-history"), ("Gone", "id-history"), ("NoSuchList", "name-in-path"), ("NoSuchList", "name-in-path"), ("NoMethod", "route-method"),
    ("PlanTooSmall", ""), ("SlowDown", "retry-after"), ("SlowDown", "retried-too-early"), ("MailDown", ""), ("http-404", ""),
    ("SessionOver", "token-quoted"), ("SessionOver", "token-lost"), ("SessionOver", "token-history"), ("SessionOver", "token-history"),
    ("NoSession", "token-missing"),
]  # fmt: skip


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What mitmdump has recorded of the app's day."""
    file = tmp_path_factory.mktemp("made-up") / "capture.mitm"
    with made_up_server() as server, mitmdump(f"reverse:http://127.0.0.1:{server}", f"save_stream_file={file}") as proxy:
        assert use(proxy.port) == 47
    return file


def command(*arguments: str | Path) -> str:
    """What `baas-errors` prints."""
    environment = {**os.environ, "PYTHONPATH": str(ADDON.parent), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-m", "baas_errors", *arguments], env=environment, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_lines_that_it_prints_make_a_catalog(capture: Path, tmp_path: Path) -> None:
    """Who copies them, and changes nothing but the host, has every error of the backend named."""
    file = tmp_path / "stockroom.toml"
    command("catalog", "--new", "stockroom", "-o", file)
    text = file.read_text("utf-8")
    said = command("catalog", file, "--try", capture)
    assert "47 read, 0 recognized as stockroom, 47 not recognized." in said
    host = re.search(r"^ +47  (127\.0\.0\.1:[0-9]+)  such as GET /api/2/notes$", said, re.M)
    assert host
    text = text.replace("api.example.com", host[1])
    file.write_text(text, "utf-8")

    said = command("catalog", file, "--try", capture)
    assert "Errors: 30; 0 with an entry" in said
    assert "     1  200  /ok in POST /api/2/mails\n" in said
    proposed = re.split(r"^To add to\s", said, flags=re.M)[1]
    routes = re.findall(r'^  ("/.*"),  # \d+$', proposed, re.M)
    assert routes[0] == '"/api/2/{collection}/{id}"'
    assert routes[-1] == '"/api/2/{collection}"'
    shapes = re.findall(r"^\[\[shape\]\]\n(?:.+\n)+", proposed, re.M)
    assert [re.findall(r'^code = "(.*)"$', shape, re.M) for shape in shapes] == [["/err/type"], ["/text"], ["header:x-stockroom-error"]]
    assert 'where = { "/ok" = false }\n' in shapes[0]
    for line in ('request_id = { server = ["x-trace-id"] }', 'app_id = { header = ["x-stockroom-app"] }'):
        assert f"\n{line}\n" in proposed
    for line in ('issued = ["/data/session_token"]', 'created = ["/data/uid"]', 'credentials = { header = ["x-stockroom-key"] }'):
        assert f"\n{line}  # " in proposed
        text = re.sub(rf"^(# )?{line.partition(' = ')[0]} = .*$", line, text, flags=re.M)
    text = re.sub(r"^routes = \[\n[^]]*\]$", f"routes = [{', '.join(routes)}]", text, flags=re.M)
    text = text.replace("[[shape]]\n", "\n".join([*shapes, "[[shape]]\n"]), 1)
    file.write_text(text, "utf-8")

    said = command("catalog", file, "--try", capture)
    assert '\n     7  422 "invalid" POST /api/2/people\n        mail: is not an address\n' in said
    entries = re.findall(r"^\[\[entry\]\]\n(?:.+\n)+", said, re.M)
    file.write_text("\n".join([text, *entries]), "utf-8")

    said = command("catalog", file, "--try", capture)
    errors = re.search(r"^Errors: 31; 30 with an entry, ([0-9]+) with a finding\.$", said, re.M)
    assert errors
    assert int(errors[1]) >= 20
    assert "Codes without an entry" not in said
    assert [line for line in said.splitlines() if len(line) > 80 and not line.startswith(str(file))] == []


def test_the_catalog_of_half_an_hour_names_every_error_and_finds_causes(capture: Path, tmp_path: Path) -> None:
    file = tmp_path / "errors.jsonl"
    command("report", capture, "--catalog", CATALOG, "-o", file)
    records = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    found = [(record["error.type"].partition("/")[2], record.get("baas.finding", "")) for record in records]
    assert found == EXPECTED
    assert all(record["http.request.id"].startswith("tr-") for record in records)
    assert {record["baas.app"] for record in records} == {"shop-7"}
    said = command("catalog", CATALOG, "--try", capture)
    assert "Errors: 31; 30 with an entry, 25 with a finding." in said
    assert re.search(r"^To add to\s", said, re.M) is None
