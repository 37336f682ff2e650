"""An answer as plain values that can be changed one by one, and the real mitmproxy flow made of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

from baas_errors.catalog import Backend
from baas_errors.exchange import Exchange
from entry_samples import samples
from mitmproxy import flow, http
from mitmproxy.io import FlowReader
from mitmproxy.test import tflow
from mitmproxy.websocket import WebSocketData, WebSocketMessage
from wsproto.frame_protocol import Opcode

CAPTURES = Path(__file__).resolve().parents[1] / "captures"
START = 1_700_000_000.0

Fields = tuple[tuple[bytes, bytes], ...]


@dataclass(slots=True)
class Answer:
    """One request with its answer. `names` are those that the catalog allows for it, if nothing is changed."""

    method: bytes = b"GET"
    scheme: bytes = b"https"
    host: str = "baas.kinvey.com"
    port: int = 443
    authority: bytes = b""
    target: bytes = b"/"
    version: bytes = b"HTTP/1.1"
    request_headers: Fields = ()
    request_body: bytes | None = b""
    status: int | None = 400
    response_headers: Fields = ()
    response_body: bytes | None = b""
    trailers: Fields = ()
    times: tuple[float | None, ...] = (START, START + 0.1, START + 0.2, START + 0.3)
    error: str = ""
    messages: tuple[tuple[bool, int, bytes], ...] = ()
    replayed: bool = False
    names: frozenset[str] = frozenset()
    backend: str = ""
    changes: list[str] = field(default_factory=list)

    def copy(self) -> Answer:
        """The same answer, to be changed."""
        return replace(self, changes=[])


_CLIENT, _SERVER = tflow.tclient_conn(), tflow.tserver_conn()


def flow_of(answer: Answer) -> http.HTTPFlow:
    """The flow, as the proxy would hand it to an addon. The messages of a WebSocket are left to be added one by one."""
    item = http.HTTPFlow(_CLIENT, _SERVER, live=True)
    sent, end_sent, begun, ended = answer.times
    item.request = http.Request(
        answer.host, answer.port, answer.method, answer.scheme, answer.authority, answer.target, answer.version,
        http.Headers(answer.request_headers), answer.request_body, None, sent or 0.0, end_sent,
    )  # fmt: skip
    if answer.status is not None:
        trailers = http.Headers(answer.trailers) if answer.trailers else None
        item.response = http.Response(
            answer.version, answer.status, b"", http.Headers(answer.response_headers), answer.response_body, trailers, begun or 0.0, ended
        )
    if answer.error:
        item.error = flow.Error(answer.error, ended or 0.0)
    if answer.messages:
        item.websocket = WebSocketData()
    if answer.replayed:
        item.is_replay = "request"
    return item


def messages_of(answer: Answer) -> Iterator[WebSocketMessage]:
    """The messages of a WebSocket, in their order."""
    for number, (from_client, opcode, content) in enumerate(answer.messages):
        yield WebSocketMessage(Opcode(opcode), from_client, content, START + number)


def of_flow(item: http.HTTPFlow) -> Answer:
    """The answer in a flow."""
    request, response = item.request, item.response
    return Answer(
        method=request.data.method,
        scheme=request.data.scheme,
        host=request.host,
        port=request.port,
        authority=request.data.authority,
        target=request.data.path,
        version=request.data.http_version,
        request_headers=tuple(request.headers.fields),
        request_body=request.raw_content,
        status=response.status_code if response else None,
        response_headers=tuple(response.headers.fields) if response else (),
        response_body=response.raw_content if response else b"",
        times=(
            request.timestamp_start,
            request.timestamp_end,
            response.timestamp_start if response else None,
            response.timestamp_end if response else None,
        ),
        error=item.error.msg if item.error else "",
        messages=tuple((m.from_client, int(m.type), m.content) for m in item.websocket.messages[:12]) if item.websocket else (),
    )


def of_exchange(exchange: Exchange) -> Answer:
    """The answer that an exchange describes."""
    request, response = exchange.request, exchange.response
    made = Answer(
        method=request.method.encode(),
        scheme=request.scheme.encode(),
        host=request.host,
        port=request.port,
        target=(quote(request.path, safe="/:@!$&'()*+,;=%") + (f"?{request.query}" if request.query else "")).encode(),
        request_headers=tuple((name.encode(), value.encode()) for name, value in request.headers),
        request_body=request.body.data or b"",
        status=101,
    )
    if exchange.message is not None:
        made.messages = ((False, int(Opcode.TEXT), exchange.message.data or b""),)
    elif response is not None:
        made.status = response.status
        made.response_headers = tuple((name.encode(), value.encode()) for name, value in response.headers)
        made.response_body = response.body.data
        if not any(name.lower() == b"content-type" for name, _ in made.response_headers):
            made.response_headers += ((b"content-type", b"application/json"),)
    return made


def of_entries(backends: dict[str, Backend]) -> Iterator[Answer]:
    """An answer or more for each entry that can cross the wire, with the names that the catalog allows for it."""
    for backend in backends.values():
        for entry in backend.entries:
            if entry.origin == "client-only":
                continue
            for _, exchange in samples(backend, entry, entry.status[0] if entry.status else None)[:3]:
                made = of_exchange(exchange)
                made.names = frozenset({entry.name})
                made.backend = backend.id
                yield made


def of_captures() -> Iterator[Answer]:
    """The answers of real servers."""
    for path in sorted(CAPTURES.glob("*.mitm")):
        with path.open("rb") as file:
            for item in FlowReader(file).stream():
                if isinstance(item, http.HTTPFlow) and len(item.response.raw_content or b"" if item.response else b"") < 20_000:
                    yield of_flow(item)


def seeds(backends: dict[str, Backend]) -> list[Answer]:
    """Everything that mutations start from."""
    return [*of_entries(backends), *of_captures()]
