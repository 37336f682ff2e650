"""Errors on demand in a real mitmdump: what the app gets, what the server gets, and what is recorded."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from proxy import Proxy, mitmdump

pytestmark = pytest.mark.live

APP = {"X-Parse-Application-Id": "notes-app"}


@dataclass
class Server:
    """A server that notes what it is asked, and answers it all with success."""

    port: int = 0
    asked: list[tuple[str, str, Any]] = field(default_factory=list)


@contextlib.contextmanager
def noting_server() -> Iterator[Server]:
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            value = json.loads(text) if text else None
            server.asked.append((self.command, self.path, value))
            if self.path == "/parse/batch":
                status, result = 200, [{"success": {"objectId": f"made{number}"}} for number, _ in enumerate(value["requests"])]
            elif isinstance(value, list):
                status, result = 201, {"entities": [{**one, "_id": "x"} for one in value], "errors": []}
            else:
                status, result = 200, {"objectId": "Ed1nuqPvcm"}
            body = json.dumps(result).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else body)

        do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_HEAD = answer  # noqa: N815

        def log_message(self, *arguments: Any) -> None:
            """Keeps the terminal clean."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.port = listening.server_address[1]
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


@contextlib.contextmanager
def injecting(*specs: str, options: tuple[str, ...] = ()) -> Iterator[tuple[Server, Proxy]]:
    """A server behind mitmdump with these specs."""
    with noting_server() as server:
        settings = (*(f"errors_inject={spec}" for spec in specs), "errors_inject_seed=7", *options)
        with mitmdump(f"reverse:http://127.0.0.1:{server.port}", *settings) as proxy:
            yield server, proxy


def ask(proxy: Proxy, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], Any]:
    """Status, headers and JSON (or bytes) of an answer."""
    client = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20)
    try:
        client.request(method, path, None if body is None else json.dumps(body), {**APP, **(headers or {})})
        answer = client.getresponse()
        data = answer.read()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, named, json.loads(data) if data[:1] in (b"{", b"[") else data
    finally:
        client.close()


def records_at_end(proxy: Proxy) -> list[dict[str, Any]]:
    return [json.loads(line) for line in proxy.log.read_text("utf-8").splitlines()]


def test_the_first_two_requests_get_the_error_and_the_server_is_not_asked(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    with noting_server() as server:
        spec = "|~u /classes/ & ~m POST|parse/RequestLimitExceeded|first 2 retry-after 30"
        with mitmdump(f"reverse:http://127.0.0.1:{server.port}", f"errors_inject={spec}", log=log) as proxy:
            got = [ask(proxy, "POST", "/parse/classes/Note", {"title": "a"}) for _ in range(3)]
            read = ask(proxy, "GET", "/parse/classes/Note")
            preflight = ask(proxy, "OPTIONS", "/parse/classes/Note")
    assert [status for status, _, _ in got] == [400, 400, 200]
    _, headers, body = got[0]
    assert body == {"code": 155, "error": "Request limit exceeded"}
    assert headers["retry-after"] == "30"
    assert headers["x-baas-errors-injected"] == "parse/RequestLimitExceeded first 2 retry-after 30"
    assert headers["access-control-expose-headers"] == "X-Parse-Job-Status-Id, X-Parse-Push-Status-Id"
    assert (read[0], preflight[0]) == (200, 200)
    assert [method for method, _, _ in server.asked] == ["POST", "GET", "OPTIONS"]
    records = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert [record["baas.reaction"] for record in records] == ["too-early", "too-early"]
    assert {record["error.type"] for record in records} == {"parse/RequestLimitExceeded"}
    assert records[0]["baas.injected"] == "parse/RequestLimitExceeded first 2 retry-after 30"
    assert "Retry-After asked for 30 s" in records[0]["baas.findings"][0]["says"]
    assert records[0]["baas.findings"][0]["evidence"].startswith("flow ")


def kinds(records: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(record["error.type"], record.get("baas.reaction")) for record in records]


def run(specs: list[str], log: Path, talk: Any, options: tuple[str, ...] = ()) -> tuple[Any, Server, list[dict[str, Any]]]:
    """What a talk with the proxy returns, the server, and the records that were written by the end."""
    with noting_server() as server:
        settings = (*(f"errors_inject={spec}" for spec in specs), "errors_inject_seed=7", *options)
        with mitmdump(f"reverse:http://127.0.0.1:{server.port}", *settings, log=log) as proxy:
            told = talk(proxy)
    return told, server, [json.loads(line) for line in log.read_text("utf-8").splitlines()]


def test_an_answer_that_is_lost_afterwards_shows_the_write_that_is_done_twice(tmp_path: Path) -> None:
    def talk(proxy: Proxy) -> list[Any]:
        with pytest.raises((http.client.HTTPException, OSError)):
            ask(proxy, "POST", "/parse/classes/Note", {"title": "a"})
        time.sleep(0.4)
        return [ask(proxy, "POST", "/parse/classes/Note", {"title": "a"})[0]]

    told, server, records = run(["|~m POST|connection-failed|first 1 afterwards"], tmp_path / "log", talk)
    assert told == [200]
    assert len(server.asked) == 2
    assert kinds(records) == [("parse/connection-failed", "duplicate-write")]
    assert records[0]["baas.injected"] == "connection-failed first 1 afterwards"
    assert "http.response.status_code" not in records[0]


def test_an_answer_is_replaced_afterwards_by_the_error(tmp_path: Path) -> None:
    told, server, records = run(
        ["|~m DELETE|parse/101|afterwards"], tmp_path / "log", lambda proxy: ask(proxy, "DELETE", "/parse/classes/Note/Ed1nuqPvcm")
    )
    assert (told[0], told[2]) == (404, {"code": 101, "error": "Object not found for delete."})
    assert len(server.asked) == 1
    assert kinds(records) == [("parse/ObjectNotFound", "gave-up")]


def test_one_item_of_a_batch_fails_and_the_server_does_the_others(tmp_path: Path) -> None:
    requests = [{"method": "POST", "path": "/parse/classes/Note", "body": {"title": str(number)}} for number in range(3)]
    body = {"requests": requests}
    told, server, records = run(["|~u /batch|parse/137|item 2"], tmp_path / "log", lambda proxy: ask(proxy, "POST", "/parse/batch", body))
    error = {"code": 137, "error": "A duplicate value for a field with unique values was provided"}
    assert (told[0], told[2]) == (200, [{"success": {"objectId": "made0"}}, {"error": error}, {"success": {"objectId": "made1"}}])
    assert [one["body"]["title"] for one in server.asked[0][2]["requests"]] == ["0", "2"]
    assert [(record["error.type"], record["baas.index"]) for record in records] == [("parse/DuplicateValue", 1)]


def test_one_item_of_a_batch_fails_afterwards(tmp_path: Path) -> None:
    body = {"requests": [{"method": "POST", "path": "/parse/classes/Note", "body": {}} for _ in range(2)]}
    told, server, _ = run(["|~u /batch|parse/137|item 1 afterwards"], tmp_path / "log", lambda proxy: ask(proxy, "POST", "/parse/batch", body))
    assert [sorted(one) for one in told[2]] == [["error"], ["success"]]
    assert len(server.asked[0][2]["requests"]) == 2


def test_an_entity_of_several_fails_in_kinveys_form(tmp_path: Path) -> None:
    told, server, records = run(
        ["|~m POST|kinvey/KinveyInternalErrorRetry|item 2"],
        tmp_path / "log",
        lambda proxy: ask(proxy, "POST", "/appdata/kid_notes/notes", [{"n": 1}, {"n": 2}, {"n": 3}], {"X-Kinvey-API-Version": "5"}),
        ("errors_hosts=kinvey=127.0.0.1",),
    )
    assert told[0] == 207
    assert [one and one["n"] for one in told[2]["entities"]] == [1, None, 3]
    assert [(one["index"], one["error"]) for one in told[2]["errors"]] == [(1, "KinveyInternalErrorRetry")]
    assert server.asked[0][2] == [{"n": 1}, {"n": 3}]
    assert [record["baas.index"] for record in records] == [1]


def test_a_delay_delays_its_flow_and_no_other(tmp_path: Path) -> None:
    def talk(proxy: Proxy) -> list[str]:
        order: list[str] = []

        def slow() -> None:
            ask(proxy, "GET", "/parse/classes/Slow")
            order.append("slow")

        thread = threading.Thread(target=slow)
        thread.start()
        time.sleep(0.2)
        for _ in range(5):
            ask(proxy, "GET", "/parse/classes/Note")
            order.append("other")
        thread.join()
        return order

    told, server, records = run(["|~u /Slow|none|delay 3s"], tmp_path / "log", talk)
    assert told == ["other"] * 5 + ["slow"]
    assert len(server.asked) == 6
    assert records == []


def test_failures_without_an_answer_are_named(tmp_path: Path) -> None:
    def talk(proxy: Proxy) -> None:
        for path in ("/parse/classes/Gone", "/parse/classes/Late"):
            with pytest.raises((http.client.HTTPException, OSError)):
                ask(proxy, "GET", path)

    _, server, records = run(["|~u Gone|connection-failed", "|~u Late|timeout|delay 200ms"], tmp_path / "log", talk)
    assert [record["error.type"] for record in records] == ["parse/connection-failed", "parse/timeout"]
    assert server.asked == []


def test_an_app_that_loses_patience_is_judged_by_what_it_does_then(tmp_path: Path) -> None:
    def talk(proxy: Proxy) -> int:
        client = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=1)
        client.request("GET", "/parse/classes/Late", headers=APP)
        with pytest.raises(TimeoutError):
            client.getresponse()
        client.close()
        time.sleep(1)
        return ask(proxy, "GET", "/parse/classes/Late")[0]

    told, server, records = run(["|~all|timeout|first 1"], tmp_path / "log", talk)
    assert (told, len(server.asked)) == (200, 1)
    assert kinds(records) == [("parse/timeout", "waited")]


def test_what_is_replaced_is_not_learnt_and_a_head_has_no_body(tmp_path: Path) -> None:
    def talk(proxy: Proxy) -> Any:
        answers = [ask(proxy, "HEAD", "/parse/classes/Note"), ask(proxy, "GET", "/parse/classes/Note")]
        return [(status, body) for status, _, body in answers]

    told, _, _ = run(["|~all|kinvey/EntityNotFound", "|~all|parse/http-403"], tmp_path / "log", talk)
    assert told == [(403, b""), (403, {"error": "unauthorized"})]


def test_a_test_asks_for_its_own_error_by_a_header(tmp_path: Path) -> None:
    def talk(proxy: Proxy) -> list[Any]:
        asking = {"Baas-Errors-Inject": "parse/209|first 1"}
        return [ask(proxy, "GET", "/parse/users/me", None, headers)[2] for headers in (asking, asking, {})]

    told, server, _ = run([], tmp_path / "log", talk, ("errors_inject_header=true",))
    assert told == [{"code": 209, "error": "Invalid session token"}, {"objectId": "Ed1nuqPvcm"}, {"objectId": "Ed1nuqPvcm"}]
    assert len(server.asked) == 2


def test_the_header_is_nothing_without_the_option(tmp_path: Path) -> None:
    told, _, _ = run([], tmp_path / "log", lambda proxy: ask(proxy, "GET", "/parse/users/me", None, {"Baas-Errors-Inject": "parse/209"}))
    assert told[2] == {"objectId": "Ed1nuqPvcm"}


def test_the_same_seed_makes_the_same_choices(tmp_path: Path) -> None:
    def talk(proxy: Proxy) -> list[int]:
        return [ask(proxy, "GET", "/parse/classes/Note")[0] for _ in range(30)]

    runs = [run(["|~all|parse/http-503|50%"], tmp_path / str(number), talk)[0] for number in range(2)]
    assert runs[0] == runs[1]
    assert {200, 503} == set(runs[0])
