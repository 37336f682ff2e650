"""Servers that fail in one way each, and clients that leave: what a real proxy says of them is what the addon has to understand."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived

Handler = Callable[[socket.socket], None]


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """Listens on a port of its own, and gives each connection to a handler."""

    def __init__(self, handler: Handler) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(20)
        self._open: list[socket.socket] = []
        self._handler = handler
        self.port = int(self._socket.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError):
            self._handler(client)

    def close(self) -> None:
        """Ends the server and all that is connected to it."""
        for item in (self._socket, *self._open):
            with suppress(OSError):
                item.shutdown(socket.SHUT_RDWR)
            item.close()


def closes(client: socket.socket) -> None:
    client.recv(4096)
    client.close()


def resets(client: socket.socket) -> None:
    client.recv(4096)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def breaks_off(client: socket.socket) -> None:
    client.recv(4096)
    client.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"results"')
    client.close()


def goes_on_slowly(client: socket.socket) -> None:
    client.recv(4096)
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    client.recv(4096)


def speaks_no_http(client: socket.socket) -> None:
    client.recv(4096)
    client.sendall(b"220 mail.example ESMTP\r\n")
    client.close()


def is_silent(client: socket.socket) -> None:
    while client.recv(4096):
        pass


def answers(client: socket.socket) -> None:
    client.recv(4096)
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
    client.close()


def over_tls(handler: Handler, certificate: Path, protocol: str = "http/1.1") -> Handler:
    """The same in TLS, with a certificate that nobody knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols([protocol])

    def handle(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as wrapped:
            handler(wrapped)

    return handle


def http2_closes(client: socket.socket) -> None:
    """Speaks HTTP/2 until the first request is there."""
    server = H2Connection(H2Configuration(client_side=False))
    server.initiate_connection()
    client.sendall(server.data_to_send())
    while data := client.recv(65535):
        events = server.receive_data(data)
        client.sendall(server.data_to_send())
        if any(isinstance(event, RequestReceived) for event in events):
            return


def make_certificate(file: Path) -> Path:
    """A self-signed certificate for localhost, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file
