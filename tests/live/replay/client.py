"""Clients that go through a regular proxy: HTTP/1.1 in the clear, and HTTP/2 over TLS with the proxy's certificate."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

import h2.config
import h2.connection
import h2.events

from .cases import Case
from .server import CALL

# As many requests of one connection are under way at a time.
AT_ONCE = 16


def fields_of(case: Case, call: str) -> dict[str, str]:
    """The header fields of a case's request."""
    return {**dict(case.exchange.request.headers), CALL: call}


def path_of(case: Case) -> str:
    """Path and query of a case's request."""
    request = case.exchange.request
    return f"{request.path}?{request.query}" if request.query else request.path


class PlainClient:
    """HTTP/1.1 through a proxy, on one connection as long as it is kept open."""

    def __init__(self, proxy_port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", proxy_port, timeout=30)

    def ask(self, case: Case, call: str, method: str = "", host: str = "", more: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        """Status and body of the answer, the body as it came."""
        url = f"http://{host or case.host}{path_of(case)}"
        fields = {**fields_of(case, call), **(more or {}), "Host": host or case.host}
        self._connection.request(method or case.exchange.request.method, url, case.exchange.request.body.data or None, fields)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()


def tunnel(proxy_port: int, host: str, authority: Path | None, protocols: list[str]) -> ssl.SSLSocket:
    """TLS to a host through the proxy. The certificate must be the host's and signed by `authority`, or by one that the system trusts."""
    plain = socket.create_connection(("127.0.0.1", proxy_port), timeout=30)
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
        said = b""
        while b"\r\n\r\n" not in said:
            part = plain.recv(4096)
            if not part:
                raise OSError(f"the proxy ended the connection to {host}")
            said += part
        if b" 200 " not in said.splitlines()[0]:
            raise OSError(said.decode(errors="replace"))
        context = ssl.create_default_context(cafile=authority)
        context.set_alpn_protocols(protocols)
        return context.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def ask_by_http2(proxy_port: int, authority: Path, host: str, calls: Iterable[tuple[Case, str]]) -> dict[str, tuple[int, bytes]]:
    """Asks for all cases of one host on one connection, many at a time; status and body as it came, by call."""
    with tunnel(proxy_port, host, authority, ["h2", "http/1.1"]) as connection:
        if connection.selected_alpn_protocol() != "h2":
            raise OSError("the proxy does not speak HTTP/2")
        protocol = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        protocol.initiate_connection()
        rest = iter(calls)
        under_way: dict[int, str] = {}
        statuses: dict[int, int] = {}
        bodies: dict[int, bytes] = {}
        answers: dict[str, tuple[int, bytes]] = {}
        while True:
            for case, call in islice(rest, AT_ONCE - len(under_way)):
                under_way[_send(protocol, case, call)] = call
            connection.sendall(protocol.data_to_send())
            if not under_way:
                return answers
            data = connection.recv(65536)
            if not data:
                raise OSError("the connection ended before all answers had come")
            for event in protocol.receive_data(data):
                if isinstance(event, h2.events.ResponseReceived):
                    statuses[event.stream_id], bodies[event.stream_id] = int(dict(event.headers)[":status"]), b""
                elif isinstance(event, h2.events.DataReceived):
                    bodies[event.stream_id] += event.data
                    protocol.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    answers[under_way.pop(event.stream_id)] = statuses[event.stream_id], bodies[event.stream_id]
                elif isinstance(event, (h2.events.StreamReset, h2.events.ConnectionTerminated)):
                    raise OSError(f"the proxy gave up: {event}")


def _send(protocol: h2.connection.H2Connection, case: Case, call: str) -> int:
    request = case.exchange.request
    body = request.body.data or b""
    stream = protocol.get_next_available_stream_id()
    fields = [(name.lower(), value) for name, value in fields_of(case, call).items()]
    head = [(":method", request.method), (":scheme", "https"), (":authority", case.host), (":path", path_of(case)), *fields]
    protocol.send_headers(stream, head, end_stream=not body)
    if body:
        protocol.send_data(stream, body, end_stream=True)
    return stream
