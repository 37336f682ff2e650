"""The stub: HTTP/1.1 on one port, framed as a test asks, and HTTP/2 over TLS on another."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import h2.config
import h2.connection
import h2.events
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .cases import ENCODINGS, Case

# A call is named "<framing>/<encoding>/<id of the case>".
CALL = "x-test-call"
CHUNK = 7


@dataclass(slots=True)
class Stub:
    """The running stub. `spoken` counts answers by protocol, so that a test knows what it has proved."""

    cases: Mapping[str, Case]
    certificate: ssl.SSLContext
    plain_port: int = 0
    tls_port: int = 0
    spoken: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, protocol: str) -> None:
        """Notes one answer."""
        with self.lock:
            self.spoken[protocol] = self.spoken.get(protocol, 0) + 1

    def answer(self, call: str) -> tuple[str, int, list[tuple[str, str]], bytes]:
        """Framing, status, header fields and encoded body of the answer to a call."""
        framing, encoding, name = call.split("/", 2)
        case = self.cases[name]
        token, encode = ENCODINGS[encoding]
        fields = [("Content-Type", "application/json; charset=utf-8")]
        if token:
            fields.append(("Content-Encoding", token))
        if case.location:
            fields.append(("Location", case.location))
        # One that breaks off is a success otherwise: an error status would be an error by itself.
        return framing, 200 if framing == "cut" else case.status, fields, encode(case.body) if case.body else b""


class _Plain(socketserver.StreamRequestHandler):
    """One connection of HTTP/1.1."""

    wbufsize = 1 << 16

    def handle(self) -> None:
        while self._exchange():
            self.wfile.flush()

    def _exchange(self) -> bool:
        """Answers one request; False if none came, or the connection is to end."""
        first = self.rfile.readline()
        if not first.strip():
            return False
        method = first.split()[0].decode()
        fields = {}
        while line := self.rfile.readline().strip():
            name, _, value = line.decode().partition(":")
            fields[name.lower()] = value.strip()
        self.rfile.read(int(fields.get("content-length", 0)))
        stub: Stub = self.server.stub  # type: ignore[attr-defined]
        framing, status, answer, body = stub.answer(fields[CALL])
        ends = framing in ("close", "cut")
        head = [f"HTTP/1.1 {status} As Told", *(f"{name}: {value}" for name, value in answer)]
        if framing == "chunked":
            head.append("Transfer-Encoding: chunked")
        elif framing == "cut":
            head.append(f"Content-Length: {len(body) + 100}")
        elif framing != "close":
            head.append(f"Content-Length: {len(body)}")
        if ends:
            head.append("Connection: close")
        self.wfile.write(("\r\n".join(head) + "\r\n\r\n").encode())
        if method != "HEAD":
            self.wfile.write(_chunked(body) if framing == "chunked" else body)
        stub.count("HTTP/1.1")
        return not ends


def _chunked(body: bytes) -> bytes:
    """Small chunks with extensions. No trailer: mitmproxy does not take them."""
    parts = [body[start : start + CHUNK] for start in range(0, len(body), CHUNK)]
    return b"".join(b"%x;part=%d\r\n%s\r\n" % (len(part), number, part) for number, part in enumerate(parts)) + b"0\r\n\r\n"


class _Tls(socketserver.BaseRequestHandler):
    """One connection of HTTP/2 over TLS. What is asked at one time is answered last first, heads before bodies."""

    def handle(self) -> None:
        stub: Stub = self.server.stub  # type: ignore[attr-defined]
        try:
            connection = stub.certificate.wrap_socket(self.request, server_side=True)
        except (OSError, ssl.SSLError):
            return  # the proxy looked at the certificate and went away
        with connection, contextlib.suppress(OSError):
            if connection.selected_alpn_protocol() == "h2":
                self._speak(connection, stub)

    def _speak(self, connection: ssl.SSLSocket, stub: Stub) -> None:
        protocol = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        protocol.initiate_connection()
        connection.sendall(protocol.data_to_send())
        calls: dict[int, str] = {}
        waiting: dict[int, bytes] = {}
        while data := connection.recv(65536):
            asked = []
            for event in protocol.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    calls[event.stream_id] = dict(event.headers)[CALL]
                elif isinstance(event, h2.events.DataReceived):
                    protocol.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    asked.append(event.stream_id)
            for stream in reversed(asked):
                _, status, fields, body = stub.answer(calls.pop(stream))
                protocol.send_headers(stream, [(":status", str(status)), *((name.lower(), value) for name, value in fields)], end_stream=not body)
                if body:
                    waiting[stream] = body
                stub.count("HTTP/2")
            self._send_waiting(protocol, waiting)
            connection.sendall(protocol.data_to_send())

    @staticmethod
    def _send_waiting(protocol: h2.connection.H2Connection, waiting: dict[int, bytes]) -> None:
        """Sends as much of the bodies as the other side has room for, a piece of each in turn."""
        while waiting:
            before = sum(map(len, waiting.values()))
            for stream, body in list(waiting.items()):
                room = min(protocol.local_flow_control_window(stream), 40)
                if room > 0:
                    protocol.send_data(stream, body[:room], end_stream=len(body) <= room)
                    waiting[stream] = body[room:]
                    if not waiting[stream]:
                        del waiting[stream]
            if sum(map(len, waiting.values())) == before:
                return


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, handler: type[socketserver.BaseRequestHandler], stub: Stub) -> None:
        self.stub = stub
        super().__init__(("127.0.0.1", 0), handler)

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address


def certificate(folder: Path) -> ssl.SSLContext:
    """A certificate that nobody trusts, made for this run."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stub.example.org")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "stub.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context.set_alpn_protocols(["h2"])
    return context


@contextlib.contextmanager
def serve(cases: Mapping[str, Case], folder: Path) -> Iterator[Stub]:
    """The stub on two free loopback ports. `folder` is for its certificate."""
    stub = Stub(cases, certificate(folder))
    servers = [_Server(_Plain, stub), _Server(_Tls, stub)]
    stub.plain_port, stub.tls_port = (int(server.server_address[1]) for server in servers)
    threads = [threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield stub
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()
