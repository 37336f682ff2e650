"""From mitmproxy's flows to exchanges. Nothing is read or decoded before it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mitmproxy import http
from mitmproxy.connection import Client

from ..exchange import EMPTY, NO_HEADERS, Body, BodyProblem, Exchange, Headers, Request, Response
from ..exchange.missing_credentials import LackingHeaders, with_redactions
from ..text import scrub
from .content_encoding import decode
from .failures import INJECTED, failure_of, injected_failure
from .har_input import lacks_credentials
from .host import origin_of

# Files of flows may hold any number as a time: what is none, or lies beyond this many seconds, is not known.
LATEST = 2**36
LONGEST_ID = 100
# A sentence or two; the text of a failure can hold what a server sent.
LONGEST_FAILURE = 2_000
# Client and server introduce themselves at once; of what they say then, so much is read.
OPENING_MESSAGES, LONGEST_OPENING = 3, 20_000
# An error answers what was said a moment ago.
SEARCHED_MESSAGES = 1_000
_NOT_KEPT = BodyProblem(
    "body-not-kept",
    "The body was streamed past or not kept, so it could not be read. mitmproxy 12 keeps streamed bodies with `--set store_streamed_bodies=true`; "
    "else raise its option `stream_large_bodies`.",
)


def to_exchange(flow: http.HTTPFlow) -> Exchange:
    """The exchange in a flow; its failure if it has one and no whole answer."""
    if told := told_message(flow):
        return message_exchange(flow, told, flow.request.timestamp_start)
    response = flow.response
    failure = failure_of(flow)
    ended = flow.error.timestamp if failure and flow.error else response.timestamp_end if response else None
    if failure or flow.request.method == "CONNECT":
        # What came of an answer before it broke off, or what mitmproxy put in its place.
        response = None
    headers = Headers(wire=response.data.headers.fields) if response else NO_HEADERS
    address = flow.server_conn.address if failure and flow.client_conn.proxy_mode.type_name == "reverse" else None
    return Exchange(
        id=flow_id(flow),
        request=to_request(flow.request, flow.client_conn) if flow.live else _as_recorded(flow),
        response=Response(response.status_code, headers, to_body(response, headers)) if response else None,
        started=moment(flow.request.timestamp_start),
        ended=moment(ended) or moment(flow.request.timestamp_end),
        failure=failure[:LONGEST_FAILURE],
        upstream=(address[0], address[1]) if address else None,
        answered=_answered(failure),
        injected=str(flow.metadata.get(INJECTED, "")) if failure and injected_failure(flow) else "",
    )


def _answered(failure: str) -> int | None:
    """The status with which mitmproxy answers when a body is larger than its option allows."""
    return (413 if failure.startswith("Request") else 502) if "body_size_limit" in failure else None


def recorded_exchange(identifier: str, request: http.Request, response: http.Response, client: Client | None) -> Exchange:
    """The exchange of a flow that was read from a file and has a whole answer."""
    made, headers = to_request(request, client), Headers(wire=response.data.headers.fields)
    marked = with_redactions(made.headers)
    return Exchange(
        id=scrub(identifier)[:LONGEST_ID],
        request=made if marked is made.headers else replace(made, headers=marked),
        response=Response(response.status_code, headers, to_body(response, headers)),
        started=moment(request.timestamp_start),
        ended=moment(response.timestamp_end) or moment(request.timestamp_end),
    )


def flow_id(flow: http.HTTPFlow) -> str:
    """The flow's id; mitmproxy reads files of flows in which it is anything."""
    return scrub(flow.id)[:LONGEST_ID] if isinstance(flow.id, str) else ""


def moment(seconds: float | None) -> float | None:
    """A time as it was noted, or None for what is none: in a damaged or made-up file NaN, infinity, or a time before all others."""
    return seconds if seconds is not None and 0 < seconds < LATEST else None


def message_exchange(flow: http.HTTPFlow, content: bytes, timestamp: float, injected: str = "") -> Exchange:
    """The exchange for one message of a WebSocket."""
    at = moment(timestamp)
    # What the client said first: credentials stand there.
    first = flow.websocket.messages[:OPENING_MESSAGES] if flow.websocket else ()
    return Exchange(
        id=flow_id(flow),
        request=to_request(flow.request, flow.client_conn),
        started=at,
        ended=at,
        message=Body.of(content, "application/json"),
        opening=tuple(Body.of(m.content[:LONGEST_OPENING], "application/json") for m in first if m.from_client and m.is_text),
        asked=lambda: _asked(flow, timestamp),
        injected=injected,
    )


def _as_recorded(flow: http.HTTPFlow) -> Request:
    """A request out of a file, which may be one that was redacted, or one from which credentials were left out."""
    made = to_request(flow.request, flow.client_conn)
    headers = LackingHeaders(made.headers.fields) if lacks_credentials(flow) else with_redactions(made.headers)
    return made if headers is made.headers else replace(made, headers=headers)


def told_message(flow: http.HTTPFlow) -> bytes:
    """The WebSocket message that stands as the body of an answer without a status, as in the HAR files that are written here; b"" if none does."""
    response = flow.response
    if response is None or response.status_code != 0 or flow.websocket is not None:
        return b""
    told = flow.request.scheme in ("ws", "wss") or flow.request.headers.get("upgrade", "").lower() == "websocket"
    return response.raw_content or b"" if told else b""


def _asked(flow: http.HTTPFlow, timestamp: float) -> Iterator[Body]:
    """What the client said last before a message that came at this time; of a long conversation its end is searched."""
    messages = flow.websocket.messages[-SEARCHED_MESSAGES:] if flow.websocket else ()
    for message in reversed(messages):
        if message.from_client and message.is_text and message.timestamp <= timestamp:
            yield Body.of(message.content, "application/json")


def to_request(request: http.Request, client: Client | None = None) -> Request:
    """The request, with host and port as the app named them; `client` is the connection that it came by."""
    method, scheme = request.method, request.scheme
    path, _, query = request.path.partition("?")
    if method == "CONNECT":
        scheme, path = "https", ""
    host, port = origin_of(request, client)
    headers = Headers(wire=request.data.headers.fields)
    return Request(method, scheme, host, port, path, query, headers, to_body(request, headers))


def to_body(message: http.Message, headers: Headers) -> Body:
    """The body, to be decoded when first asked for."""
    return EMPTY if message.data.content == b"" else Body(lambda: _load(message), headers)


def _load(message: http.Message) -> tuple[bytes | None, BodyProblem | None]:
    raw = message.raw_content
    if raw is None:
        return None, _NOT_KEPT
    # Several encodings may stand in as many headers.
    encodings = [value for name, value in message.data.headers.fields if len(name) == 16 and name.lower() == b"content-encoding"]
    return decode(raw, b", ".join(encodings).decode("utf-8", "replace")) if encodings else (raw, None)
