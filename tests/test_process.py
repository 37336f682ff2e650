"""mitmdump itself, as people start it: files written, exit statuses, messages about bad options."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from build import as_text
from mitmproxy import http as mhttp
from mitmproxy.io import FlowReader, FlowWriter

pytestmark = pytest.mark.live

ROOT = Path(__file__).resolve().parent.parent
ADDON = str(ROOT / "addons" / "errors.py")
CAPTURES = ROOT / "tests" / "captures"
DEMO = str(CAPTURES / "demo.mitm")
PATIENCE = 60


def mitmdump() -> str:
    """The program that belongs to the Python that runs the tests."""
    beside = Path(sys.executable).with_name("mitmdump")
    return str(beside) if beside.exists() else shutil.which("mitmdump") or "mitmdump"


class Runner:
    """mitmdump with the addon, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "errors.jsonl"

    def command(self, *arguments: str) -> list[str]:
        # mitmproxy makes its certificates where it is told to; the home folder stays as it is.
        return [mitmdump(), "--set", f"confdir={self.folder / 'conf'}", "-s", ADDON, *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        # Errors of a file are logged only where the log is named.
        named = ("--set", "errors_log=errors.jsonl") if "-nr" in arguments else ()
        return subprocess.run(
            self.command(*arguments, *named), capture_output=True, text=True, encoding="utf-8", cwd=self.folder, timeout=PATIENCE, check=False
        )

    def read(self, capture: str = DEMO, *options: str) -> subprocess.CompletedProcess[str]:
        """Reads a capture and ends."""
        return self.run("-nr", capture, *(part for option in options for part in ("--set", option)))

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]


class Ended(NamedTuple):
    """A run that is over, and what it printed."""

    runner: Runner
    text: str


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def flows_in(path: Path) -> list[mhttp.HTTPFlow]:
    with path.open("rb") as file:
        return [flow for flow in FlowReader(file).stream() if isinstance(flow, mhttp.HTTPFlow)]


SUFFIXES = ("csv", "md", "html", "har", "jsonl")


class TestReading:
    @pytest.fixture(scope="class")
    def demo(self, tmp_path_factory: pytest.TempPathFactory) -> Ended:
        """One reading of the demonstration, with everything written that can be."""
        runner = Runner(tmp_path_factory.mktemp("demo"))
        exports = [part for suffix in SUFFIXES for part in ("--set", f"errors_export=exports/errors.{suffix}")]
        ended = runner.run("-nr", DEMO, "-w", "seen.mitm", *exports)
        assert ended.returncode == 0, ended.stderr
        return Ended(runner, ended.stdout)

    def test_errors_are_printed_and_summed_up(self, demo: Ended) -> None:
        assert "parse: InvalidSessionToken (209) [400] GET http://127.0.0.1:" in demo.text
        assert "  says     “Invalid session token”" in demo.text
        assert "14 backend errors of 14 kinds, 3 users:" in demo.text

    def test_the_log_is_what_was_expected_of_the_capture(self, demo: Ended) -> None:
        expected = [json.loads(line) for line in (CAPTURES / "demo.expected.jsonl").read_text("utf-8").splitlines()]
        codes = [as_text(error.get("code")) for line in expected for error in line["errors"]]
        assert [record.get("error.code") for record in demo.runner.records()] == codes
        assert stat.S_IMODE(demo.runner.log.stat().st_mode) == 0o600

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_every_format_is_exported(self, suffix: str, demo: Ended) -> None:
        target = demo.runner.folder / "exports" / f"errors.{suffix}"
        assert f"errors_export: wrote 14 errors to exports/errors.{suffix}" in demo.text
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert "InvalidSessionToken" in target.read_text("utf-8")

    def test_the_exported_har_file_is_read_with_the_same_errors(self, demo: Ended, runner: Runner) -> None:
        ended = runner.run("-nr", str(demo.runner.folder / "exports" / "errors.har"))
        assert ended.returncode == 0, ended.stderr
        assert [record["error.type"] for record in runner.records()] == [record["error.type"] for record in demo.runner.records()]

    def test_what_is_seen_is_saved_with_the_flows(self, demo: Ended) -> None:
        seen = flows_in(demo.runner.folder / "seen.mitm")
        assert len(seen) == 17
        assert [flow.metadata["baas.type"] for flow in seen if "baas.type" in flow.metadata].count("parse/ObjectNotFound") == 3
        assert all(flow.marked and flow.comment for flow in seen if "baas.type" in flow.metadata)

    def test_reading_that_again_annotates_nothing_twice_and_reports_again(self, demo: Ended, runner: Runner) -> None:
        runner.run("-nr", str(demo.runner.folder / "seen.mitm"), "-w", "again.mitm")
        once, again = flows_in(demo.runner.folder / "seen.mitm"), flows_in(runner.folder / "again.mitm")
        assert [(flow.comment, flow.marked, flow.metadata) for flow in again] == [(flow.comment, flow.marked, flow.metadata) for flow in once]
        assert len(runner.records()) == 14

    def test_har_files_of_other_tools_are_read(self, runner: Runner) -> None:
        ended = runner.run("-nr", str(CAPTURES / "har" / "fiddler.har"), "--set", "errors_exit_code=true")
        assert ended.returncode == 1
        assert [record["error.type"] for record in runner.records()][:2] == ["backend-services/AccessDenied", "backend-services/InvalidCredentials"]


class TestExitStatus:
    @pytest.mark.parametrize(("option", "status"), [("errors_exit_code=false", 0), ("errors_exit_code", 1)])
    def test_errors_make_it_1_where_asked_for(self, option: str, status: int, runner: Runner) -> None:
        ended = runner.read(DEMO, option)
        assert ended.returncode == status
        assert "Traceback" not in ended.stdout + ended.stderr

    def test_without_errors_it_is_0(self, runner: Runner) -> None:
        with (runner.folder / "clean.mitm").open("wb") as file:
            for flow in flows_in(Path(DEMO)):
                if flow.response and flow.response.status_code < 300 and "batch" not in flow.request.path and "graphql" not in flow.request.path:
                    FlowWriter(file).add(flow)
        ended = runner.read("clean.mitm", "errors_exit_code=true")
        assert ended.returncode == 0
        assert "No backend errors were seen." in ended.stdout

    def test_other_addons_end_first(self, runner: Runner) -> None:
        ended = runner.read(DEMO, "errors_exit_code=true", "hardump=all.har", "errors_export=errors.md")
        assert ended.returncode == 1
        assert len(json.loads((runner.folder / "all.har").read_text("utf-8"))["log"]["entries"]) == 17
        assert (runner.folder / "errors.md").is_file()

    def test_an_export_that_cannot_be_written_makes_it_1(self, runner: Runner) -> None:
        (runner.folder / "file").touch()
        ended = runner.read(DEMO, "errors_export=file/errors.md")
        assert ended.returncode == 1
        assert "errors_export: 'file/errors.md' cannot be written" in ended.stdout


def test_what_a_browser_left_out_of_its_file_proves_nothing(runner: Runner) -> None:
    url, error = "https://baas.kinvey.com/appdata/kid_x1/books", {"error": "InvalidCredentials", "description": "Invalid credentials.", "debug": ""}
    entry = {
        "startedDateTime": "2026-11-20T12:00:00.123Z",
        "time": 1,
        "request": {"method": "GET", "url": url, "httpVersion": "HTTP/1.1", "headers": []},
        "response": {"status": 401, "httpVersion": "HTTP/1.1", "headers": [], "content": {"text": json.dumps(error)}},
    }
    rules = []
    for creator in ("Firefox", "WebInspector"):
        (runner.folder / f"{creator}.har").write_text(json.dumps({"log": {"creator": {"name": creator}, "entries": [entry]}}))
        runner.read(f"{creator}.har")
        rules.append([finding["rule"] for finding in runner.records()[-1]["baas.findings"]])
    assert rules[0][0] == "no-authorization"
    assert rules[1][0] == "credentials-left-out"


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("errors_exit_code=maybe", "errors_exit_code: 'maybe' is neither true nor false; give --set errors_exit_code=true or"),
        ("errors_keep_secrets=maybe", "errors_keep_secrets: 'maybe' is neither true nor false; give --set errors_keep_secrets=true or"),
        ("errors_export=errors.xlsx", "errors_export: 'errors.xlsx': unknown suffix .xlsx; supported are .jsonl, .csv, .md, .html and .har"),
        ("errors_export=.", "errors_export: '.' is a folder; give the name of a file in it, such as 'errors.html'"),
        ("errors_hosts=localhost", "errors_hosts: 'localhost' is not backend=host[:port][/path], for example parse=localhost:1337/parse"),
        (
            "errors_hosts=pars=localhost",
            "errors_hosts: 'pars=localhost': unknown backend 'pars'; known backends: backend-services, bkend, kinvey, parse, pocketbase",
        ),
        ("errors_catalogs=missing.toml", "errors_catalogs: missing.toml: cannot be read"),
        (
            "errors_pseudonym_key=missing.key",
            "errors_pseudonym_key: 'missing.key' cannot be read (No such file or directory); give a file that holds",
        ),
        ("errors_export=errors.jsonl", "errors_export: 'errors.jsonl' is the log (errors_log), which is written all the time; give another name"),
        ("errors_log=/dev/null/errors.jsonl", "errors_log: '/dev/null/errors.jsonl' cannot be opened for appending"),
    ],
)
def test_a_bad_option_ends_it_with_1_and_says_what_would_be_right(option: str, said: str, runner: Runner) -> None:
    ended = runner.run("--listen-host", "127.0.0.1", "-p", "0", "--set", option)
    assert ended.returncode == 1
    assert said in ended.stdout


class TestCaptures:
    def test_the_users_comment_and_marker_stay(self, runner: Runner) -> None:
        with (runner.folder / "mine.mitm").open("wb") as file:
            for flow in flows_in(Path(DEMO)):
                flow.comment, flow.marked = "my own words", ":grapes:"
                FlowWriter(file).add(flow)
        runner.run("-nr", "mine.mitm", "-w", "seen.mitm")
        seen = flows_in(runner.folder / "seen.mitm")
        assert {(flow.comment, flow.marked) for flow in seen} == {("my own words", ":grapes:")}
        assert sum("baas.type" in flow.metadata for flow in seen) == 13

    def test_a_capture_that_breaks_off_is_reported_as_far_as_it_goes(self, runner: Runner) -> None:
        (runner.folder / "torn.mitm").write_bytes(Path(DEMO).read_bytes()[:30_000])
        ended = runner.read("torn.mitm", "errors_export=all.jsonl")
        assert "Traceback" not in ended.stderr
        assert len(runner.records()) == len((runner.folder / "all.jsonl").read_text("utf-8").splitlines()) > 5


NOT_FOUND = b'{"error":"EntityNotFound","description":"This entity not found in the collection","debug":""}'


class Stub(BaseHTTPRequestHandler):
    """A server that answers like Kinvey, by the path."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        status, body = (
            (200, b"[]") if self.path.endswith("/fine") else (404, b'{"error":"EntityNotFound","description":"This entity not found","debug":""}')
        )
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Kinvey-Request-Id", "0123456789abcdef0123456789abcdef")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def backend() -> Iterator[int]:
    """The port of a stub server on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join(PATIENCE)


def wait_for(met: Callable[[], Any], what: str) -> Any:
    """What a condition gives once it is met."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if value := met():
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited for {what} in vain")


class Proxy:
    """mitmdump while it serves."""

    def __init__(self, runner: Runner, *arguments: str) -> None:
        self.output = runner.folder / "output.txt"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                runner.command("--listen-host", "127.0.0.1", "-p", "0", *arguments), stdout=output, stderr=subprocess.STDOUT, cwd=runner.folder,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )  # fmt: skip
        self.port = int(wait_for(self._listening, "the proxy")[1])

    def _listening(self) -> re.Match[str] | None:
        assert self.process.poll() is None, self.text()
        return re.search(r"listening at (?:\S*:)?(\d+)", self.text())

    def text(self) -> str:
        return self.output.read_text("utf-8", "replace")

    def get(self, url: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", url, headers={"Authorization": "Kinvey made-up-session-token-0123456789"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def end(self) -> int:
        """Ends it as Ctrl-C does; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


@pytest.fixture
def serving(runner: Runner) -> Iterator[Callable[..., Proxy]]:
    started: list[Proxy] = []

    def start(*arguments: str) -> Proxy:
        started.append(Proxy(runner, *arguments))
        return started[-1]

    yield start
    for proxy in started:
        proxy.end()


class TestServing:
    def test_live_traffic(self, runner: Runner, backend: int, serving: Callable[..., Proxy]) -> None:
        options = ["errors_exit_code=true", "errors_export=errors.html", "errors_export=errors.har"]
        proxy = serving("-w", "live.mitm", *(part for option in options for part in ("--set", option)))
        base = f"http://127.0.0.1:{backend}/appdata/kid_x1/books"
        assert proxy.get(f"{base}/fine") == (200, b"[]")
        assert proxy.get(f"{base}/5f1")[0] == 404
        assert proxy.get(f"{base}/5f2")[0] == 404
        # The log is there while the proxy runs, the exports when it has ended.
        wait_for(lambda: runner.log.exists() and len(runner.records()) == 2, "two records")
        assert not (runner.folder / "errors.html").exists()
        assert proxy.end() == 1
        text = proxy.text()
        assert "kinvey: EntityNotFound [404] GET" in text
        assert "id       request id 0123456789abcdef0123456789abcdef, to quote to support" in text
        assert re.search(
            r"2 backend errors of 1 kind(, 1 user)?:\n  how often .*\n  2 times,( 1 user,)? since \d\d:\d\d UTC  kinvey/EntityNotFound ", text
        )
        assert "errors_export: wrote 2 errors to errors.html" in text
        har = (runner.folder / "errors.har").read_text("utf-8")
        assert len(json.loads(har)["log"]["entries"]) == 2
        for written in (har, text, runner.log.read_text("utf-8"), (runner.folder / "errors.html").read_text("utf-8")):
            assert "made-up-session-token" not in written
        assert [flow.metadata.get("baas.name") for flow in flows_in(runner.folder / "live.mitm")] == [None, "EntityNotFound", "EntityNotFound"]

    def test_a_server_that_is_not_there(self, runner: Runner, serving: Callable[..., Proxy]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            port = nobody.getsockname()[1]
        proxy = serving("--set", f"errors_hosts=parse=127.0.0.1:{port}/parse")
        assert proxy.get(f"http://127.0.0.1:{port}/parse/classes/Note")[0] == 502
        wait_for(lambda: runner.log.exists() and runner.records(), "a record")
        assert proxy.end() == 0
        assert [record["error.type"] for record in runner.records()] == ["parse/connection-failed"]

    def test_strangers_pass_unseen(self, runner: Runner, serving: Callable[..., Proxy]) -> None:
        class Stranger(Stub):
            def do_GET(self) -> None:
                self.send_response(500)
                self.send_header("Content-Length", "0")
                self.end_headers()

        server = ThreadingHTTPServer(("127.0.0.1", 0), Stranger)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            proxy = serving("--set", "errors_exit_code=true")
            connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=PATIENCE)
            connection.request("GET", f"http://127.0.0.1:{server.server_port}/")
            assert connection.getresponse().status == 500
            connection.close()
            assert proxy.end() == 0
        finally:
            server.shutdown()
            server.server_close()
        assert "No backend errors were seen." in proxy.text()
        assert runner.log.read_text() == ""
