"""Reads files of flows as mitmproxy writes them (`-w`, `save.file`).

mitmproxy's own reader builds whole flows, with connections and certificates, which takes most of the time. Of an ordinary exchange in the format
of today only request, response and id are read here; every other flow goes through mitmproxy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, TypeVar

from mitmproxy import flow, http, version
from mitmproxy.connection import Client
from mitmproxy.io import compat, tnetstring
from mitmproxy.proxy.mode_specs import ProxyMode

from ..exchange import Exchange
from ..sources.skipped import Skips
from ..sources.source import STRANGER, PassesOver
from ..text import one_line
from .convert import message_exchange, recorded_exchange, to_exchange
from .host import origin_of
from .tnetstrings import pairs, read_frame, scalar, spans

_CURRENT, _HTTP, _NONE = (ord("#"), str(version.FLOW_FORMAT_VERSION).encode()), (ord(";"), b"http"), (ord("~"), b"")
_REVERSE = ProxyMode.parse("reverse:http://localhost")
M = TypeVar("M", http.Request, http.Response)


def read_flows(file: BinaryIO, skips: Skips, passes_over: PassesOver | None = None) -> Iterator[Exchange]:
    """The exchanges of a file, with one for each text message that a WebSocket's server sent. Flows that are not HTTP are passed over. A flow that
    this mitmproxy cannot read is noted in `skips`; so is the place where a file breaks off, and what came before is kept."""
    number = 0
    while True:
        number += 1
        try:
            frame = read_frame(file)
        except ValueError:
            skips.add("flow", number, "breaks off or is damaged here; flows after it are lost")
            return
        if frame is None:
            return
        try:
            yield from [found] if (found := _ordinary(frame, passes_over)) else _any(frame)
        except ValueError as error:
            skips.add("flow", number, one_line(str(error)))
        except Exception as error:  # noqa: BLE001 - a damaged flow makes mitmproxy raise errors of many kinds
            skips.add("flow", number, f"cannot be read ({type(error).__name__})")


def exchanges(item: http.HTTPFlow) -> Iterator[Exchange]:
    """The exchange in a flow, then its WebSocket's messages from the server."""
    if item.websocket is None or item.response is not None:
        yield to_exchange(item)
    if item.websocket is None:
        return
    for message in item.websocket.messages:
        if message.is_text and not message.from_client:
            yield message_exchange(item, message.content, message.timestamp)


def _any(frame: bytes) -> list[Exchange]:
    """What is in a flow of any kind and version; raises what mitmproxy raises."""
    state: Any = tnetstring.parse(ord("}"), memoryview(frame))
    item = flow.Flow.from_state(compat.migrate_flow(state))
    return list(exchanges(item)) if isinstance(item, http.HTTPFlow) else []


def _ordinary(frame: bytes, passes_over: PassesOver | None = None) -> Exchange | None:
    """The exchange of a flow in today's format that has an answer, no failure and no WebSocket, and is what mitmproxy itself would accept; None for
    any other."""
    try:
        parts = spans(frame)
        if parts[b"version"] != _CURRENT or parts[b"type"] != _HTTP or parts[b"error"] != _NONE or parts[b"websocket"] != _NONE:
            return None
        request = _message(http.Request, http.RequestData, parts[b"request"], _REQUEST)
        response = _message(http.Response, http.ResponseData, parts[b"response"], _RESPONSE)
        identifier, client = scalar(*parts[b"id"]), _reverse_client(parts[b"client_conn"][1])
    except (ValueError, LookupError, TypeError):
        return None
    if not isinstance(identifier, str) or response.data.status_code == 0 or request.data.method.upper() == b"CONNECT":
        return None
    if passes_over and request.data.content == b"" and response.data.status_code >= 200:
        host, port = origin_of(request, client)
        fields = (request.data.headers.fields, response.data.headers.fields)
        names = tuple([tuple([name for name, _ in one]) for one in fields])
        if passes_over(host, port, request.path.partition("?")[0], names, fields):
            return STRANGER
    return recorded_exchange(identifier, request, response, client)


def _reverse_client(part: bytes) -> Client | None:
    """The client's connection where the proxy stood in the server's place; None for any other mode."""
    if b"reverse" not in part or not (fields := spans(part))[b"proxy_mode"][1].startswith(b"reverse"):
        return None
    # A list of host and port reads like a mapping.
    host, (_, port) = next(iter(spans(fields[b"sockname"][1]).items()))
    return Client(peername=("", 0), sockname=(host.decode(), int(port)), proxy_mode=_REVERSE)


# By the types of tnetstrings.
_BYTES, _TEXT, _INTEGER = b",", b";", b"#"
_NUMBER, _BYTES_OR_NONE, _NUMBER_OR_NONE = b"^#", b",~", b"^#~"
_MESSAGE = {b"http_version": _BYTES, b"content": _BYTES_OR_NONE, b"timestamp_start": _NUMBER, b"timestamp_end": _NUMBER_OR_NONE}
_REQUEST = {**_MESSAGE, b"host": _TEXT, b"port": _INTEGER, b"method": _BYTES, b"scheme": _BYTES, b"authority": _BYTES, b"path": _BYTES}
_RESPONSE = {**_MESSAGE, b"status_code": _INTEGER, b"reason": _BYTES}


def _message(kind: type[M], data: type[http.MessageData], part: tuple[int, bytes], types: dict[bytes, bytes]) -> M:
    """A message as mitmproxy makes it, without its checks, which take as long as all the rest; raises TypeError or LookupError for anything else."""
    found = spans(part[1])
    state: dict[str, Any] = {}
    for name, wanted in types.items():
        value = found[name]
        if value[0] not in wanted:
            raise TypeError
        state[name.decode()] = scalar(*value)
    headers = http.Headers.__new__(http.Headers)
    headers.fields = pairs(*found[b"headers"])
    made, made_of = kind.__new__(kind), data.__new__(data)
    vars(made_of).update(state, headers=headers)
    vars(made)["data"] = made_of
    return made
