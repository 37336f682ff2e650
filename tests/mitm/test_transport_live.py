"""Real failures through a real mitmdump: what is recorded of each, and that nothing is where the app itself left."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from mitm import broken_servers as broken

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
# Version 11 has no option for it.
SHORT = "import mitmproxy.proxy.server as server\nif hasattr(server, 'TCP_TIMEOUT'):\n    server.TCP_TIMEOUT = 2\n"


class Proxy:
    """A running mitmdump with the addon, and its log."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = broken.free_port()
        self.log = folder / "errors.jsonl"
        self.terminal = folder / "terminal.txt"
        self.read = 0
        command = [str(Path(sys.executable).with_name("mitmdump")), "--listen-host", "127.0.0.1", "-p", str(self.port), "-s", "addons/errors.py"]
        for option in (f"confdir={folder}", f"errors_log={self.log}", "errors_hosts=parse=localhost", "errors_hosts=parse=*.invalid"):
            command += ["--set", option]
        with self.terminal.open("wb") as terminal:
            self._process = subprocess.Popen([*command, *options], cwd=ROOT, stdout=terminal, stderr=subprocess.STDOUT)
        self._wait(self._listens)

    def _listens(self) -> bool:
        assert self._process.poll() is None, self.terminal.read_text()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        return False

    def _wait(self, done: Callable[[], Any]) -> None:
        end = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < end, self.terminal.read_text()[-2000:]
            time.sleep(0.02)

    def _lines(self) -> list[str]:
        return self.log.read_text().splitlines()[self.read :]

    def new_records(self) -> list[dict[str, Any]]:
        """What was recorded since the last call; waits for something."""
        self._wait(self._lines)
        lines = self._lines()
        self.read += len(lines)
        return [json.loads(line) for line in lines]

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)

    # What a client does. All of it ends without an exception, whatever the proxy answers.

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)

    def get(self, host: str, port: int) -> None:
        """A plain request; waits for the answer's end."""
        with self.connect() as client:
            client.sendall(f"GET http://{host}:{port}/parse/classes/Post HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
            while client.recv(65535):
                pass

    def tunnel(self, host: str, port: int) -> socket.socket | None:
        """A tunnel, or None if the proxy refuses it."""
        client = self.connect()
        client.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        if client.recv(4096).startswith(b"HTTP/1.1 200"):
            return client
        client.close()
        return None

    def get_in_tls(self, host: str, port: int) -> None:
        """A request in TLS by a client that trusts everybody."""
        if (client := self.tunnel(host, port)) is None:
            return
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(client, server_hostname=host) as wrapped:
            wrapped.sendall(f"GET /parse/classes/Post HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
            while wrapped.recv(65535):
                pass


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    running = Proxy(tmp_path_factory.mktemp("proxy"))
    yield running
    running.end()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return broken.make_certificate(tmp_path_factory.mktemp("certificate") / "localhost.pem")


@pytest.fixture
def serve() -> Iterator[Callable[[broken.Handler], int]]:
    servers: list[broken.Server] = []

    def start(handler: broken.Handler) -> int:
        servers.append(broken.Server(handler))
        return servers[-1].port

    yield start
    for server in servers:
        server.close()


def check(proxy: Proxy, kind: str, rules: set[str], certain: bool = True) -> dict[str, Any]:
    """One new record, of this kind, whose first finding comes of one of these rules."""
    records = proxy.new_records()
    assert [record["error.type"] for record in records] == [f"parse/{kind}"]
    first = records[0]["baas.findings"][0]
    assert first["rule"] in rules, first
    assert first["certain"] is certain
    assert "app-sees" in [finding["rule"] for finding in records[0]["baas.findings"]]
    assert records[0]["baas.sdk"]
    return dict(records[0])


NAME = {"failed-name", "failed-resolver"}


def test_refused(proxy):
    proxy.get("localhost", broken.free_port())
    check(proxy, "connection-failed", {"failed-refused"})


def test_refused_to_a_tunnel(proxy):
    proxy.get_in_tls("localhost", broken.free_port())
    assert check(proxy, "connection-failed", {"failed-refused"})["http.request.method"] == "CONNECT"


def test_unknown_name(proxy):
    proxy.get("parse.example.invalid", 80)
    check(proxy, "connection-failed", NAME)


def test_unknown_name_to_a_tunnel(proxy):
    proxy.get_in_tls("parse.example.invalid", 443)
    check(proxy, "connection-failed", NAME)


@pytest.mark.parametrize(
    ("handler", "rule"),
    [
        (broken.closes, "failed-closed"),
        (broken.resets, "failed-closed"),
        (broken.breaks_off, "failed-cut-off"),
        (broken.speaks_no_http, "failed-no-http"),
    ],
    ids=["closes", "resets", "breaks off", "speaks no HTTP"],
)
def test_server_that_fails(proxy, serve, handler, rule):
    proxy.get("localhost", serve(handler))
    check(proxy, "connection-failed", {rule})


@pytest.mark.parametrize(
    ("handler", "rule"),
    [(broken.closes, "failed-server-handshake"), (broken.resets, "failed-server-handshake"), (broken.speaks_no_http, "failed-no-tls")],
    ids=["closes", "resets", "speaks no TLS"],
)
def test_server_that_fails_in_the_handshake(proxy, serve, handler, rule):
    proxy.get_in_tls("localhost", serve(handler))
    check(proxy, "tls-failed", {rule})


def test_certificate_that_the_proxy_does_not_accept(proxy, serve, certificate):
    proxy.get_in_tls("localhost", serve(broken.over_tls(broken.answers, certificate)))
    record = check(proxy, "tls-failed", {"failed-server-certificate"})
    assert "it is self-signed" in record["baas.findings"][0]["says"]


def test_client_that_does_not_know_the_proxys_authority(proxy, serve):
    client = proxy.tunnel("localhost", serve(broken.answers))
    assert client
    with pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(client, server_hostname="localhost")
    record = check(proxy, "tls-failed", {"proxy-not-trusted"})
    assert [finding["rule"] for finding in record["baas.findings"]].count("install-certificate") == 4


def test_client_that_hangs_up_when_it_sees_the_certificate(proxy, serve):
    client = proxy.tunnel("localhost", serve(broken.answers))
    assert client
    context = ssl.create_default_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    handshake = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        handshake.do_handshake()
    client.sendall(outgoing.read())
    assert client.recv(65535)
    client.close()
    check(proxy, "tls-failed", {"proxy-not-trusted"}, certain=False)


def nothing_is_recorded(proxy: Proxy) -> None:
    """Nothing but what is made to fail now, and so comes after everything else."""
    proxy.get("localhost", broken.free_port())
    check(proxy, "connection-failed", {"failed-refused"})


def test_client_that_gives_up_waiting(proxy, serve):
    with proxy.connect() as client:
        client.sendall(b"GET http://localhost:%d/parse/classes/Post HTTP/1.1\r\nHost: localhost\r\n\r\n" % serve(broken.is_silent))
        time.sleep(0.5)
    nothing_is_recorded(proxy)


def test_client_that_gives_up_during_the_answer(proxy, serve):
    with proxy.connect() as client:
        client.sendall(b"GET http://localhost:%d/parse/classes/Post HTTP/1.1\r\nHost: localhost\r\n\r\n" % serve(broken.goes_on_slowly))
        time.sleep(0.5)
    nothing_is_recorded(proxy)


def test_client_that_leaves_before_the_handshake(proxy, serve):
    client = proxy.tunnel("localhost", serve(broken.answers))
    assert client
    client.close()
    nothing_is_recorded(proxy)


# ---------------------------------------------------------------- HTTP/2


@pytest.fixture(scope="module")
def trusting_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """A proxy that accepts every certificate of servers, and ends connections that are silent for two seconds."""
    folder = tmp_path_factory.mktemp("trusting")
    script = folder / "short.py"
    script.write_text(SHORT)
    running = Proxy(folder, "-s", str(script), "--set", "ssl_insecure=true", "--set", "tcp_timeout=2")
    yield running
    running.end()


def http2_request(proxy: Proxy, port: int) -> tuple[ssl.SSLSocket, H2Connection]:
    client = proxy.tunnel("localhost", port)
    assert client
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    wrapped = context.wrap_socket(client, server_hostname="localhost")
    assert wrapped.selected_alpn_protocol() == "h2"
    connection = H2Connection(H2Configuration())
    connection.initiate_connection()
    fields = {":method": "GET", ":path": "/parse/classes/Post", ":scheme": "https", ":authority": f"localhost:{port}"}
    connection.send_headers(connection.get_next_available_stream_id(), list(fields.items()), end_stream=True)
    wrapped.sendall(connection.data_to_send())
    return wrapped, connection


def test_http2_server_that_closes(trusting_proxy, serve, certificate):
    client, _ = http2_request(trusting_proxy, serve(broken.over_tls(broken.http2_closes, certificate, "h2")))
    check(trusting_proxy, "connection-failed", {"failed-closed"})
    client.close()


def http2_is_silent(client: socket.socket) -> None:
    connection = H2Connection(H2Configuration(client_side=False))
    connection.initiate_connection()
    client.sendall(connection.data_to_send())
    while data := client.recv(65535):
        connection.receive_data(data)
        client.sendall(connection.data_to_send())


def test_http2_client_that_gives_up(trusting_proxy, serve, certificate):
    client, _ = http2_request(trusting_proxy, serve(broken.over_tls(http2_is_silent, certificate, "h2")))
    time.sleep(0.5)
    client.close()
    nothing_is_recorded(trusting_proxy)


def test_http2_client_that_cancels_the_stream(trusting_proxy, serve, certificate):
    client, connection = http2_request(trusting_proxy, serve(broken.over_tls(http2_is_silent, certificate, "h2")))
    time.sleep(0.3)
    connection.reset_stream(1, error_code=8)
    client.sendall(connection.data_to_send())
    time.sleep(0.3)
    nothing_is_recorded(trusting_proxy)
    client.close()


# ---------------------------------------------------------------- no answer at all


def test_server_that_never_answers(trusting_proxy, serve):
    trusting_proxy.get("localhost", serve(broken.is_silent))
    record = check(trusting_proxy, "timeout", {"failed-timeout"})
    assert "gave no answer in time after 2 s" in record["baas.findings"][0]["says"]


def test_http2_server_that_never_answers(trusting_proxy, serve, certificate):
    client, _ = http2_request(trusting_proxy, serve(broken.over_tls(http2_is_silent, certificate, "h2")))
    check(trusting_proxy, "timeout", {"failed-timeout"})
    client.close()


# ---------------------------------------------------------------- what mitmproxy's options, and other scripts, make of an answer

OBJECT = b'{"results":[{"objectId":"Ed1nuqPvcm","title":"Milk"}]}'
NOT_FOUND = b'{"code":101,"error":"Object not found."}'


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Proxy]]:
    """Starts a proxy with more options."""
    running: list[Proxy] = []

    def started(*options: str) -> Proxy:
        running.append(Proxy(tmp_path, *options))
        return running[-1]

    yield started
    for proxy in running:
        proxy.end()


def answer(status: int, body: bytes) -> broken.Handler:
    def handler(client: socket.socket) -> None:
        while client.recv(65535):
            client.sendall(b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))

    return handler


def ask(proxy: Proxy, origin: str, host: str, body: bytes = b"") -> bytes:
    """The first line of the answer to a request of an app of Parse; `origin` is empty where the proxy stands in the server's place."""
    method = b"POST" if body else b"GET"
    head = f"{origin}/parse/classes/Note HTTP/1.1\r\nHost: {host}\r\nX-Parse-Application-Id: a\r\nContent-Length: {len(body)}\r\n"
    with proxy.connect() as client:
        client.sendall(method + f" {head}Connection: close\r\n\r\n".encode() + body)
        data = b""
        while part := client.recv(65535):
            data += part
    return data.split(b"\r\n")[0]


@pytest.mark.parametrize(("body", "status"), [(b"", 502), (b"x" * 200, 413)])
def test_a_body_that_is_larger_than_the_proxys_limit(start, serve, body, status):
    port, proxy = serve(answer(200, OBJECT)), start("--set", "body_size_limit=20")
    assert str(status).encode() in ask(proxy, f"http://localhost:{port}", f"localhost:{port}", body)
    record = check(proxy, "connection-failed", {"failed-by-proxy"})
    assert record["http.response.status_code"] == status
    assert f"`body_size_limit`, and answered the app with {status}." in record["baas.findings"][0]["says"]
    assert record["message"].startswith("No connection (")


def test_a_body_that_was_streamed_past(start, serve):
    port, proxy = serve(answer(404, NOT_FOUND)), start("--set", "stream_large_bodies=10")
    ask(proxy, f"http://localhost:{port}", f"localhost:{port}")
    found = [finding for record in proxy.new_records() for finding in record["baas.findings"] if finding["rule"] == "body-not-kept"]
    assert "`--set store_streamed_bodies=true`" in found[0]["says"]


REPLACES = """from mitmproxy import http
def response(flow):
    if "kept" not in flow.request.path:
        flow.response = http.Response.make(503, b'{"error":"made here"}', {"content-type": "application/json"})
"""


def test_an_answer_that_a_later_script_replaced(start, serve, tmp_path):
    script = tmp_path / "replaces.py"
    script.write_text(REPLACES)
    port, proxy = serve(answer(200, OBJECT)), start("-s", str(script))
    assert b"503" in ask(proxy, f"http://localhost:{port}", f"localhost:{port}")
    (record,) = proxy.new_records()
    first = record["baas.findings"][0]
    assert (record["error.type"], record["http.response.status_code"], record["baas.fault"]) == ("parse/http-503", 503, "config")
    assert (first["rule"], first["certain"]) == ("replaced-answer", True)
    assert "replaced the server's answer (HTTP 200)" in first["says"]


def test_a_server_that_is_down_in_reverse_mode_is_told_once(start, serve):
    port = broken.free_port()
    proxy = start("--mode", f"reverse:http://localhost:{port}", "--set", f"errors_hosts=parse=localhost:{port}/parse")
    for _ in range(3):
        assert ask(proxy, "", f"localhost:{proxy.port}") == b""
    record = check(proxy, "connection-failed", {"failed-refused"})
    assert (record["server.port"], record["url.full"]) == (port, f"http://localhost:{port}")
    assert f"Start the server on `localhost:{port}`" in record["baas.findings"][0]["fix"]
    time.sleep(0.3)
    assert proxy.log.read_text().count("\n") == 1


def test_a_server_that_goes_down_later_in_reverse_mode_is_told_by_its_flow_alone(start, serve):
    """mitmproxy keeps the app's connection, and the next request on it has a flow."""
    server = broken.Server(answer(404, NOT_FOUND))
    proxy = start("--mode", f"reverse:http://localhost:{server.port}")
    request = b"GET /parse/classes/Note HTTP/1.1\r\nHost: localhost\r\nX-Parse-Application-Id: a\r\n\r\n"
    with proxy.connect() as client:
        client.sendall(request)
        data = b""
        while not data.endswith(NOT_FOUND):
            data += client.recv(65535)
        server.close()
        time.sleep(0.3)
        client.sendall(request)
        assert client.recv(65535)
    proxy._wait(lambda: len(proxy._lines()) > 1)
    time.sleep(0.3)
    assert [record["error.type"] for record in proxy.new_records()] == ["parse/ObjectNotFound", "parse/connection-failed"]


@pytest.mark.parametrize("handler", [answer(404, NOT_FOUND), answer(502, b"<html>Bad Gateway</html>"), broken.closes, broken.speaks_no_http])
def test_the_proxys_own_address_is_never_blamed(start, serve, handler):
    port = serve(handler)
    proxy = start("--mode", f"reverse:http://localhost:{port}", "--set", "keep_host_header=true")
    ask(proxy, "", f"127.0.0.1:{proxy.port}")
    for record in proxy.new_records():
        assert (record["server.address"], record["server.port"]) == ("localhost", port)
        assert str(proxy.port) not in json.dumps(record)
