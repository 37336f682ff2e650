"""Reads files of flows as mitmproxy writes them (`-w`, `save.file`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from mitmproxy import exceptions, http, io

from ..exchange import Exchange
from ..sources.skipped import Skips
from ..text import one_line
from .convert import message_exchange, to_exchange

_DAMAGED = "Invalid data format."


def read_flows(file: BinaryIO, skips: Skips) -> Iterator[Exchange]:
    """The exchanges of a file, with one for each text message that a WebSocket's server sent. Flows that are not HTTP are passed over. A flow that
    this mitmproxy cannot read is noted in `skips`; so is the place where a file breaks off, and what came before is kept."""
    number = 0
    while True:
        flows = io.FlowReader(file).stream()
        position = file.tell()
        try:
            for flow in flows:
                number += 1
                position = file.tell()
                if isinstance(flow, http.HTTPFlow):
                    yield from exchanges(flow)
            return
        except exceptions.FlowReadException as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 - a damaged flow makes mitmproxy raise errors of many kinds
            reason = f"cannot be read ({type(error).__name__})"
        number += 1
        if reason == _DAMAGED or file.tell() <= position:
            skips.add("flow", number, "breaks off or is damaged here; flows after it are lost")
            return
        # The bytes of this flow were read whole: the next one can be read after it.
        skips.add("flow", number, one_line(reason))


def exchanges(flow: http.HTTPFlow) -> Iterator[Exchange]:
    """The exchange in a flow, then its WebSocket's messages from the server."""
    if flow.websocket is None or flow.response is not None:
        yield to_exchange(flow)
    if flow.websocket is None:
        return
    for message in flow.websocket.messages:
        if message.is_text and not message.from_client:
            yield message_exchange(flow, message.content, message.timestamp)
