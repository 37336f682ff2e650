"""With which status mitmproxy ends: 1 for errors where that is asked for, its own failures as ever, however it is ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.live

ROOT = Path(__file__).resolve().parent.parent
ADDON = str(ROOT / "addons" / "errors.py")
DEMO = str(ROOT / "tests" / "captures" / "demo.mitm")
PATIENCE = 60
ASKED = ("--set", "errors_exit_code=true")
# mitmdump ends by itself after a file otherwise.
STAYING = ("--set", "keepserving=true")


@pytest.fixture
def taken() -> Iterator[str]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield str(server.getsockname()[1])


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


def command(program: str, folder: Path, *arguments: str, port: str = "0") -> list[str]:
    settings = [f"confdir={folder / 'conf'}", "errors_log=errors.jsonl"]
    if program == "mitmweb":
        settings += ["web_open_browser=false", "web_host=127.0.0.1", f"web_port={free_port()}"]
    options = [part for setting in settings for part in ("--set", setting)]
    return [str(Path(sys.executable).with_name(program)), *options, "-s", ADDON, "--listen-host", "127.0.0.1", "-p", port, *arguments]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("program", "arguments", "status"),
    [
        ("mitmdump", [*ASKED, *STAYING, "-r", DEMO], 1),
        ("mitmdump", [*STAYING, "-r", DEMO], 0),
        ("mitmdump", ASKED, 0),
        ("mitmweb", [*ASKED, "-r", DEMO], 1),
    ],
)
def test_of_one_that_serves(program: str, arguments: list[str], status: int, how: signal.Signals, tmp_path: Path) -> None:
    output = tmp_path / "output.txt"
    with output.open("wb") as out:
        process = subprocess.Popen(
            command(program, tmp_path, *arguments), cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
    try:
        until = time.monotonic() + PATIENCE
        while not (b"listening at" in output.read_bytes() and lines(tmp_path / "errors.jsonl") >= (14 if "-r" in arguments else 0)):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(how)
        assert process.wait(PATIENCE) == status
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    assert "Traceback" not in output.read_text("utf-8", "replace")


def lines(path: Path) -> int:
    return len(path.read_bytes().splitlines()) if path.exists() else 0


@pytest.mark.parametrize("asked", [ASKED, ()])
def test_failures_of_mitmproxys_own_stay_failures(asked: tuple[str, ...], taken: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        command("mitmdump", tmp_path, *asked, port=taken), cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False
    )
    assert ended.returncode == 1


@pytest.mark.parametrize(("filtered", "status"), [("~c 201", 0), ("~c 404", 1)])
def test_only_what_was_read_counts(filtered: str, status: int, tmp_path: Path) -> None:
    ended = subprocess.run(
        command("mitmdump", tmp_path, *ASKED, "-nr", DEMO, "--set", f"readfile_filter={filtered}"),
        cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert ended.returncode == status
