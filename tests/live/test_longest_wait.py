"""How long other requests wait in a real mitmdump: for the longest step of its event loop while a hostile exchange passes, against the same bytes to
a path that the addon does not look at; and while errors are written to a disk that takes 300 ms for each write."""

from __future__ import annotations

import contextlib
import http.client
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from effort import unit
from many import Client, failing_server, name_of
from proxy import HERE, mitmdump

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from fuzz.answers import Answer
from fuzz.slow_inputs import table

pytestmark = [pytest.mark.live, pytest.mark.slow]

# Those that took longest before work was bounded, of each kind one.
HOSTILE = (
    "parse: query of 5000 unknown operators",
    "parse: request of 100000 keys",
    "parse: request of 5000 tokens",
    "a batch of 2000 long errors",
    "GraphQL with 2000 errors",
    "64 secrets repeated in 1,000 errors",
    "200 long errors of names and values",
)
# In units of effort.py, of which one is some 10 ms: 60 ms, and as much again, since a unit is less on a machine that does nothing else.
MOST = 12


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    answer: Answer | None = None


@contextlib.contextmanager
def hostile_server() -> Iterator[_Server]:
    """A server that gives the answer that it is told to any POST, and a short one to any GET."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._send(200, b"{}")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            told = server.answer
            assert told
            self._send(told.status or 200, told.response_body or b"")

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def waits(proxy: int, server: int, act: Callable[[], object]) -> list[float]:
    """The seconds that each of many short requests by somebody else takes while something is done."""
    found: list[float] = []
    over = threading.Event()

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", proxy, timeout=30)
        while not over.is_set():
            began = time.monotonic()
            connection.request("GET", f"http://127.0.0.1:{server}/else")
            connection.getresponse().read()
            found.append(time.monotonic() - began)
        connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        time.sleep(0.05)
        act()
    finally:
        over.set()
        thread.join()
    return found


def send(proxy: int, server: _Server, answer: Answer, path: str) -> None:
    """Sends the request of an answer of the table to another path; the server gives the answer."""
    server.answer = answer
    connection = http.client.HTTPConnection("127.0.0.1", proxy, timeout=60)
    headers = {name.decode(): value.decode() for name, value in answer.request_headers if not name.lower().startswith(b"x-parse")}
    url = f"http://127.0.0.1:{server.server_address[1]}/{path}{answer.target.decode().removeprefix('/parse')}"
    connection.request("POST", url, body=answer.request_body, headers=headers)
    connection.getresponse().read()
    connection.close()


def longest_step(proxy: int, server: int) -> float:
    """The processor time in seconds of the longest step of the event loop since this was asked last."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy, timeout=60)
    connection.request("GET", f"http://127.0.0.1:{server}/longest-step")
    found = float(connection.getresponse().read())
    connection.close()
    return found


def test_no_hostile_exchange_keeps_others_waiting(tmp_path: Path) -> None:
    slow = {}
    with hostile_server() as server:
        port = server.server_address[1]
        log = tmp_path / "errors.jsonl"
        with mitmdump(
            "regular", f"errors_hosts=parse=127.0.0.1:{port}/parse", log=log, scripts=(HERE / "longest_step.py",), waits_for_log=False
        ) as proxy:
            for name in HOSTILE:
                answer = table()[name]()
                steps: dict[str, list[float]] = {"parse": [], "else": []}
                # What is read only once has been read by then.
                send(proxy.port, server, answer, "parse")
                for _ in range(3):
                    for path, found in steps.items():
                        longest_step(proxy.port, port)
                        send(proxy.port, server, answer, path)
                        found.append(longest_step(proxy.port, port))
                more = (min(steps["parse"]) - min(steps["else"])) / unit()
                print(f"{name}: {min(steps['parse']) * 1e3:.0f} ms, without {min(steps['else']) * 1e3:.0f} ms, {more:.1f} units")
                if more > MOST:
                    slow[name] = round(more, 1)
        # It has ended: all is written.
        assert {json.loads(line)["url.full"].split("/")[3] for line in log.read_text("utf-8").splitlines()} == {"parse"}
    assert not slow


SLOW_DISK = """
import os, threading, time
write = os.write
def slowly(file, data):
    if data.startswith(b'{"@timestamp"'):
        time.sleep(0.3)
    return write(file, data)
os.write = slowly
"""


def test_a_slow_disk_delays_nobody(tmp_path: Path) -> None:
    script, log = tmp_path / "slow_disk.py", tmp_path / "errors.jsonl"
    script.write_text(SLOW_DISK)
    count = 20
    with failing_server() as port:
        with mitmdump("regular", f"errors_hosts=parse=127.0.0.1:{port}/parse", log=log, scripts=(script,), waits_for_log=False) as proxy:
            client = Client(proxy.port, port)

            def ask(start: int) -> None:
                for number in range(start, start + count):
                    client.ask(f"n{number}")

            ask(0)
            # Nothing waits for the disk any more, neither these errors nor anybody else.
            longest = [max(waits(proxy.port, port, lambda start=start: ask(start))) for start in range(count, 5 * count, count)]
            client.close()
            print(f"longest waits: {[round(seconds * 1e3) for seconds in longest]} ms")
            # Who waited for the disk would have waited for 300 ms.
            assert min(longest) < 0.28
        # All of them were written before mitmdump ended, in their order.
        assert [name_of(json.loads(line)) for line in log.read_text("utf-8").splitlines() if "Note/n" in line] == [f"n{n}" for n in range(5 * count)]
