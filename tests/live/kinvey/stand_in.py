"""A stand-in for Kinvey over real sockets: it answers by the app key in the path."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .answers import REQUEST_ID, Case

USER = {
    "_id": "cccccccccccccccccccccccc",
    "username": "bob",
    "_kmd": {"authtoken": "made-up-token-of-a-session"},
    "_acl": {"creator": "cccccccccccccccccccccccc"},
}


@contextlib.contextmanager
def stand_in(cases: Iterable[Case]) -> Iterator[int]:
    """Serves the cases on a free loopback port, and yields it. Sign-ins before other calls succeed."""
    by_key = {case.app_key: case for case in cases}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else head and body, written apart, wait for each other

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            sent = self.rfile.read(length).decode()
            place = f"{self.path} {sent}"
            case = next((case for key, case in by_key.items() if f"{key}" in place), None)
            if case is None or (self.path.endswith("/login") and case.call != "login"):
                self.reply(200, json.dumps(USER).encode(), {"X-Kinvey-Request-Id": REQUEST_ID}, "application/json")
            else:
                self.reply(case.status, case.body, case.headers, case.content_type)

        def reply(self, status: int, body: bytes, headers: dict[str, str], content_type: str) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Type": content_type, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the names that the base class looks for

        def log_message(self, *arguments: object) -> None:
            """Keeps the terminal clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
