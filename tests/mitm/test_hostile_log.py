"""mitmdump with the addon, reading a capture whose servers mean harm: nothing in the terminal acts, and each error is one line of the log."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hostile import HTML, MARKDOWN, SHELL, TERMINAL, active_in
from mitmproxy import http
from mitmproxy.io import FlowWriter
from mitmproxy.test import tflow

ADDON = Path(__file__).resolve().parents[2] / "addons" / "errors.py"
FORGED = "x\nparse: Forged (1) [500] GET /y\r\n  do       run this\u2028  id       request id 0"
TEXTS = (*TERMINAL, *HTML, *MARKDOWN, *SHELL, FORGED, "\ud800", "\udc00\ud800")


def flow(text: str) -> http.HTTPFlow:
    """A Parse error whose every part says this, as far as HTTP lets it."""
    item = tflow.tflow()
    item.comment = item.marked = ""
    item.metadata.clear()
    line = text.replace("\n", " ").replace("\r", " ").replace("\0", " ").encode("utf-8", "surrogatepass")
    item.request = http.Request.make(
        "POST",
        "http://notes.example:1337/parse/classes/Note",
        json.dumps({"title": text, text: text}),
        {b"X-Parse-Application-Id": b"app " + line, b"X-Parse-Client-Version": line, b"Content-Type": b"application/json"},
    )
    item.request.path_components = ("parse", "classes", text.encode("utf-8", "replace").decode())
    body = {"code": 141, "error": text, text: text, "debug": text}
    item.response = http.Response.make(
        400, json.dumps(body), {b"Content-Type": b"application/json", b"X-Parse-Request-Id": line, b"X-Request-Id": line}
    )
    return item


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("hostile")
    with (folder / "a.mitm").open("wb") as file:
        for text in TEXTS:
            FlowWriter(file).add(flow(text))
    command = [
        str(Path(sys.executable).with_name("mitmdump")),
        "-s",
        str(ADDON),
        "--set",
        f"confdir={folder / 'conf'}",
        "--set",
        "flow_detail=0",
        "--set",
        "errors_log=errors.jsonl",
    ]
    exports = [part for form in ("html", "md", "csv", "har") for part in ("--set", f"errors_export=out.{form}")]
    done = subprocess.run([*command, "-nr", "a.mitm", *exports], cwd=folder, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return (done.stdout + done.stderr).decode("utf-8"), folder


def test_nothing_that_is_printed_acts(told: tuple[str, Path]) -> None:
    assert active_in(told[0]) == []


def test_no_error_begins_a_line_but_with_its_own_head(told: tuple[str, Path]) -> None:
    # mitmdump puts the time in front of what it prints; the lines of a block after its head are indented.
    heads = [line for line in told[0].split("\n") if "Forged (1)" in line]
    assert heads
    assert all(line.startswith("  ") or " [400] POST http://notes.example" in line for line in heads)


def test_each_error_is_one_line_of_the_log(told: tuple[str, Path]) -> None:
    log = (told[1] / "errors.jsonl").read_text("utf-8")
    assert len(log.splitlines()) == len(TEXTS)
    assert active_in(log) == []
    assert [json.loads(line)["baas.backend"] for line in log.splitlines()] == ["parse"] * len(TEXTS)


@pytest.mark.parametrize("form", ["html", "md", "csv", "har"])
def test_no_export_acts_on_a_terminal(told: tuple[str, Path], form: str) -> None:
    text = (told[1] / f"out.{form}").read_bytes().decode("utf-8").removeprefix("\ufeff")
    assert active_in(text, "\r\n\t" if form == "csv" else "\n\t") == []
