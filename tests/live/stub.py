"""A small HTTP server that answers as it is told."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@contextlib.contextmanager
def stub_server(answers: Mapping[str, tuple[int, Any]], certificate: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server on a free loopback port, whose number it gives. `answers` holds status and JSON by path; other paths answer 200 and {}. With a
    certificate it speaks HTTPS."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body are two packets: the second must not wait until the first is acknowledged.
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            status, value = answers.get(self.path, (200, {}))
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *arguments: Any) -> None:
            """Keeps the terminal clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate:
        server.socket = certificate.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
