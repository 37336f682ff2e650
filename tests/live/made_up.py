"""A made-up backend with errors in a form of its own, `{"ok": false, "err": {"type", "hint"}}`, and an app that runs into them.

Notes and tasks below /api/2, with sessions, validation, a limit, a code in a header, one in plain text, and one in an answer with status 200.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

KEY, APP = "stk_5f0c2a9be1d74a33", "shop-7"
BASE = "/api/2"
PASSWORD = "correct horse battery"
WRITING = {"notes": {"title": str, "stars": int}, "tasks": {"title": str, "done": bool}}


class RefusedError(Exception):
    """An error of the backend: status, type and hint."""

    def __init__(self, status: int, kind: str, hint: str) -> None:
        self.answer = (status, {"ok": False, "err": {"type": kind, "hint": hint}})


class Store:
    """What the server knows."""

    def __init__(self) -> None:
        self.people: dict[str, str] = {}
        self.sessions: dict[str, str] = {}
        self.things: dict[str, dict[str, dict[str, Any]]] = {"notes": {}, "tasks": {}}
        self.numbers = count(1)

    def answer(self, method: str, path: str, headers: Any, text: bytes) -> tuple[int, Any]:
        """Status and JSON for a request; raises RefusedError."""
        if headers.get("X-Stockroom-Key") != KEY:
            raise RefusedError(401, "bad_key", "the key is not known")
        parts = path.removeprefix(f"{BASE}/").split("/")
        try:
            body = json.loads(text) if text else {}
        except ValueError as error:
            raise RefusedError(400, "bad_json", f"cannot read the body: {error}") from None
        if parts[0] == "people":
            return self.sign_up(body)
        if parts == ["sessions"] and method == "POST":
            return self.sign_in(body)
        token = headers.get("Authorization", "").removeprefix("Session ")
        if not token:
            raise RefusedError(401, "no_session", "sign in first")
        if token not in self.sessions:
            raise RefusedError(401, "session_over", "the session is not valid any more")
        if parts == ["sessions"]:
            del self.sessions[token]
            return 200, {"ok": True}
        return self.thing(method, parts, body, headers)

    def sign_up(self, body: dict[str, Any]) -> tuple[int, Any]:
        """A new person."""
        mail = body.get("mail")
        if not isinstance(mail, str) or "@" not in mail:
            raise RefusedError(422, "invalid", "mail: is not an address")
        if mail in self.people:
            raise RefusedError(409, "taken", "mail: is in use already")
        self.people[mail] = body.get("pass", "")
        return 201, {"ok": True, "data": {"uid": f"pe_{next(self.numbers):04d}x"}}

    def sign_in(self, body: dict[str, Any]) -> tuple[int, Any]:
        """A session for a person."""
        if not body.get("pass") or self.people.get(body.get("mail", "")) != body["pass"]:
            raise RefusedError(401, "wrong_pass", "mail or pass is wrong")
        token = f"se{next(self.numbers):04d}k9fQ27xLw0ZbTn4Rv81"
        self.sessions[token] = body["mail"]
        return 201, {"ok": True, "data": {"session_token": token, "mail": body["mail"]}}

    def thing(self, method: str, parts: list[str], body: dict[str, Any], headers: Any) -> tuple[int, Any]:
        """Notes and tasks."""
        kind = parts[0]
        if kind not in self.things:
            raise RefusedError(404, "no_such_list", f"{kind} is not a list")
        things = self.things[kind]
        if len(parts) == 1 and method == "GET":
            return 200, {"ok": True, "data": {"items": list(things.values())}}
        if len(parts) == 1 and method == "POST":
            self.check(kind, body)
            uid = f"{kind[:2]}_{next(self.numbers):04d}q"
            things[uid] = {"uid": uid, **body}
            return 201, {"ok": True, "data": things[uid]}
        if len(parts) == 1:
            raise RefusedError(405, "no_method", f"{method} is not for lists")
        if parts[1] not in things:
            raise RefusedError(404, "gone", f"nothing is called {parts[1]}")
        if method == "DELETE":
            del things[parts[1]]
            return 200, {"ok": True}
        if method == "PUT":
            self.check(kind, body)
            things[parts[1]].update(body)
        return 200, {"ok": True, "data": things[parts[1]]}

    def check(self, kind: str, body: dict[str, Any]) -> None:
        """Refuses fields that a list does not have, have another type, or are missing."""
        if not body.get("title"):
            raise RefusedError(422, "invalid", "title: is required")
        for name, value in body.items():
            if name not in WRITING[kind]:
                raise RefusedError(422, "invalid", f"{name}: is not known")
            if type(value) is not WRITING[kind][name]:
                raise RefusedError(422, "invalid", f"{name}: has the wrong type")


@contextlib.contextmanager
def made_up_server() -> Iterator[int]:
    """The backend on a free loopback port, whose number it gives."""
    store, calls = Store(), count(1)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path, headers, body = self.path.partition("?")[0], {}, b""
            if path == f"{BASE}/export":
                status, kind, headers = 403, "", {"X-Stockroom-Error": "plan_too_small", "X-Stockroom-Hint": "exports need a larger plan"}
            elif path == f"{BASE}/search":
                status, kind, body, headers = 429, "text/plain", b"SLOW_DOWN : 3 searches a minute", {"Retry-After": "20"}
            elif path == f"{BASE}/mails":
                status, kind, body = 200, "application/json", b'{"ok": false, "err": {"type": "mail_down", "hint": "no mail was sent"}}'
            elif not path.startswith(f"{BASE}/"):
                status, kind, body = 404, "text/html", b"<html><body><h1>Nothing here</h1></body></html>"
            else:
                kind = "application/json"
                try:
                    status, value = store.answer(self.command, path, self.headers, text)
                except RefusedError as refused:
                    status, value = refused.answer
                body = json.dumps(value).encode()
            self.send_response(status)
            for name, value in {"Content-Type": kind, "X-Trace-Id": f"tr-{next(calls):05d}", **headers}.items():
                if value:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815

        def log_message(self, *arguments: Any) -> None:
            """Keeps the terminal clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class App:
    """An app of the backend, which reaches it at a port: that of a proxy."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.token = ""

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and answer of a request; `body` is JSON, or bytes as they are."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        sent = {"X-Stockroom-Key": KEY, "X-Stockroom-App": APP, "Content-Type": "application/json"}
        sent |= {"Authorization": f"Session {self.token}"} if self.token else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        connection.request(method, BASE + path if path.startswith("/") else f"/{path}", data, {name: value for name, value in sent.items() if value})
        response = connection.getresponse()
        text = response.read()
        connection.close()
        with contextlib.suppress(ValueError):
            return response.status, json.loads(text)
        return response.status, text


def use(port: int) -> int:
    """Does what an app does on an ordinary day, with its faults; the number of requests."""
    app, done = App(port), 0

    def call(*arguments: Any, **headers: str) -> Any:
        nonlocal done
        done += 1
        return app.call(*arguments, **headers)[1]

    call("GET", "/notes")
    call("GET", "/notes", X_Stockroom_Key="")
    call("GET", "/notes", X_Stockroom_Key="stk_5f0c2a9be1d74a3")
    call("POST", "/people", {"mail": "ada@example.com", "pass": PASSWORD})
    call("POST", "/people", {"mail": "ada@example.com", "pass": PASSWORD})
    call("POST", "/people", {"mail": "ada", "pass": PASSWORD})
    call("POST", "/sessions", {"mail": "ada@example.com", "pass": "wrong horse"})
    app.token = call("POST", "/sessions", {"mail": "ada@example.com", "pass": PASSWORD})["data"]["session_token"]
    notes = [call("POST", "/notes", {"title": f"Note {n}", "stars": n})["data"]["uid"] for n in range(4)]
    task = call("POST", "/tasks", {"title": "Sweep", "done": False})["data"]["uid"]
    for note in notes:
        call("GET", f"/notes/{note}")
    call("GET", "/notes")
    call("GET", f"/tasks/{task}")
    call("PUT", f"/notes/{notes[0]}", {"title": "New title", "stars": 5})
    call("POST", "/notes", {"stars": 1})
    call("POST", "/notes", {"title": "", "stars": 1})
    call("POST", "/notes", {"title": "Many", "stars": "five"})
    call("POST", "/notes", {"titel": "Typo", "stars": 1})
    call("POST", "/notes", {"title": "Extra", "starz": 1})
    call("POST", "/tasks", {"title": "Type", "done": "no"})
    call("POST", "/notes", b'{"title": "Comma", "stars": 1,}')
    call("POST", "/notes", b"{'title': 'Quotes'}")
    call("DELETE", f"/notes/{notes[1]}")
    call("GET", f"/notes/{notes[1]}")
    call("PUT", f"/notes/{notes[1]}", {"title": "Too late"})
    call("GET", "/notes/no_9999q")
    call("GET", f"/tasks/{notes[2]}")
    call("GET", "/note")
    call("GET", "/taskz")
    call("PUT", "/notes", {"title": "To the list"})
    call("GET", "/export")
    call("GET", "/search?q=a")
    call("GET", "/search?q=a")
    call("POST", "/mails", {"to": "ada@example.com"})
    call("GET", "favicon.ico")
    call("GET", "/notes", Authorization=f'Session "{app.token}"')
    call("GET", "/notes", Authorization="Session undefined")
    call("DELETE", "/sessions")
    call("GET", "/notes")
    call("GET", "/notes")
    app.token = ""
    call("GET", "/tasks")
    return done
