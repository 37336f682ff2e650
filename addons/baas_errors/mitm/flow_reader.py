"""Reads files of flows as mitmproxy writes them (`-w`, `save.file`).

mitmproxy's own reader builds whole flows, with connections and certificates, which takes most of the time. Of an ordinary exchange in the format
of today only request, response and id are read here; every other flow goes through mitmproxy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, TypeVar

from mitmproxy import flow, http, version
from mitmproxy.io import compat, tnetstring

from ..exchange import Exchange
from ..sources.skipped import Skips
from ..text import one_line
from .convert import message_exchange, recorded_exchange, to_exchange
from .tnetstrings import read_frame, spans, value_in

_CURRENT = str(version.FLOW_FORMAT_VERSION).encode()
M = TypeVar("M", http.Request, http.Response)


def read_flows(file: BinaryIO, skips: Skips) -> Iterator[Exchange]:
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
            yield from [found] if (found := _ordinary(frame)) else _any(frame)
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


def _ordinary(frame: bytes) -> Exchange | None:
    """The exchange of a flow in today's format that has an answer, no failure and no WebSocket, and is what mitmproxy itself would accept; None for
    any other."""
    try:
        parts = spans(frame)
        if parts["version"] != (b"#", _CURRENT) or parts["type"][1] != b"http" or parts["error"][0] != b"~" or parts["websocket"][0] != b"~":
            return None
        request = _message(http.Request, http.RequestData, value_in(*parts["request"]), _REQUEST)
        response = _message(http.Response, http.ResponseData, value_in(*parts["response"]), _RESPONSE)
        identifier = value_in(*parts["id"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    if not isinstance(identifier, str) or response.data.status_code == 0 or request.data.method.upper() == b"CONNECT":
        return None
    return recorded_exchange(identifier, request, response)


_TIME = (int, float)
_MESSAGE: dict[str, Any] = {"http_version": bytes, "content": (bytes, type(None)), "timestamp_start": _TIME, "timestamp_end": (*_TIME, type(None))}
_REQUEST = {**_MESSAGE, "host": str, "port": int, "method": bytes, "scheme": bytes, "authority": bytes, "path": bytes}
_RESPONSE = {**_MESSAGE, "status_code": int, "reason": bytes}


def _message(kind: type[M], data: type[http.MessageData], state: dict[str, Any], types: dict[str, Any]) -> M:
    """A message as mitmproxy makes it, without its checks, which take as long as all the rest; raises TypeError or KeyError for anything else."""
    for name, wanted in types.items():
        if not isinstance(state[name], wanted):
            raise TypeError
    headers = http.Headers.__new__(http.Headers)
    headers.fields = tuple([(name, value) for name, value in state["headers"]])
    if any(type(part) is not bytes for field in headers.fields for part in field):
        raise TypeError
    made, made_of = kind.__new__(kind), data.__new__(data)
    vars(made_of).update(state, headers=headers)
    vars(made)["data"] = made_of
    return made
