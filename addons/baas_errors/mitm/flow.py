"""From mitmproxy's flows to exchanges. Nothing is read or decoded before it is asked for."""

from __future__ import annotations

from collections.abc import Iterator

from mitmproxy import http

from ..exchange import EMPTY, Body, BodyProblem, Exchange, Headers, Request, Response
from .encodings import decode
from .failures import failure_of

# An error answers what was said a moment ago.
SEARCHED_MESSAGES = 1_000


def to_exchange(flow: http.HTTPFlow) -> Exchange:
    """The exchange in a flow; its failure if it has one and no whole answer."""
    response = flow.response
    failure = failure_of(flow)
    ended = flow.error.timestamp if failure and flow.error else response.timestamp_end if response else None
    if failure or flow.request.method == "CONNECT":
        # What came of an answer before it broke off, or what mitmproxy put in its place.
        response = None
    return Exchange(
        id=flow.id,
        request=to_request(flow.request),
        response=Response(response.status_code, to_headers(response), to_body(response)) if response else None,
        started=flow.request.timestamp_start,
        ended=ended or flow.request.timestamp_end,
        failure=failure,
    )


def message_exchange(flow: http.HTTPFlow, content: bytes, timestamp: float) -> Exchange:
    """The exchange for one message of a WebSocket."""
    return Exchange(
        id=flow.id,
        request=to_request(flow.request),
        started=timestamp,
        ended=timestamp,
        message=Body.of(content, "application/json"),
        asked=lambda: _asked(flow, timestamp),
    )


def _asked(flow: http.HTTPFlow, timestamp: float) -> Iterator[Body]:
    """What the client said last before a message that came at this time; of a long conversation its end is searched."""
    messages = flow.websocket.messages[-SEARCHED_MESSAGES:] if flow.websocket else ()
    for message in reversed(messages):
        if message.from_client and message.is_text and message.timestamp <= timestamp:
            yield Body.of(message.content, "application/json")


def to_request(request: http.Request) -> Request:
    """The request. Host and port are those that the app named: behind a transparent proxy the connection's are others."""
    scheme = request.scheme
    path, _, query = request.path.partition("?")
    if request.method == "CONNECT":
        scheme, path = "https", ""
    return Request(
        method=request.method,
        scheme=scheme,
        host=request.pretty_host,
        port=pretty_port(request),
        path=path,
        query=query,
        headers=to_headers(request),
        body=to_body(request),
    )


def pretty_port(request: http.Request) -> int:
    """The port that the app named; of a Host header without one, the scheme's own, since HAR files are read with 443 whatever they say."""
    authority = request.host_header
    if not authority:
        return request.port
    text = authority.rpartition("]")[2].rpartition(":")[2] if ":" in authority.rpartition("]")[2] else ""
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    return {"http": 80, "https": 443}.get(request.scheme, request.port)


def to_headers(message: http.Message) -> Headers:
    """The header fields as text."""
    return Headers((name.decode("utf-8", "replace"), value.decode("utf-8", "replace")) for name, value in message.headers.fields)


def to_body(message: http.Message) -> Body:
    """The body, to be decoded when first asked for."""
    raw = message.raw_content
    if raw == b"":
        return EMPTY
    return Body(lambda: _load(message), message.headers.get("content-type", ""))


def _load(message: http.Message) -> tuple[bytes | None, BodyProblem | None]:
    raw = message.raw_content
    if raw is None:
        return None, BodyProblem("body-not-kept", "The body was streamed past or not kept, so it could not be read.", "")
    return decode(raw, message.headers.get("content-encoding", ""))
