"""What the client said before a message of a WebSocket: the latest first, nothing of what came after."""

from __future__ import annotations

import pytest
from baas_errors.mitm import convert as flows
from baas_errors.mitm.convert import message_exchange
from mitmproxy.test import tflow
from mitmproxy.websocket import WebSocketMessage
from wsproto.frame_protocol import Opcode


def talked(*messages: tuple[bool, bytes]):
    """A WebSocket flow with these messages, one a second."""
    flow = tflow.twebsocketflow()
    flow.websocket.messages = [
        WebSocketMessage(Opcode.TEXT, from_client, content, timestamp=float(second)) for second, (from_client, content) in enumerate(messages, 1)
    ]
    return flow


def asked(flow, second: float) -> list[bytes | None]:
    return [body.data for body in message_exchange(flow, b"{}", second).asked()]


def test_the_latest_comes_first():
    assert asked(talked((True, b"one"), (False, b"answer"), (True, b"two"), (False, b"refusal")), 4.0) == [b"two", b"one"]


def test_what_was_said_afterwards_does_not_count():
    assert asked(talked((True, b"one"), (False, b"refusal"), (True, b"two")), 2.0) == [b"one"]


def test_bytes_are_no_message_to_be_read():
    flow = talked((True, b"one"), (False, b"refusal"))
    flow.websocket.messages[0].type = Opcode.BINARY
    assert asked(flow, 2.0) == []


def test_of_a_long_conversation_its_end_is_searched(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(flows, "SEARCHED_MESSAGES", 2)
    assert asked(talked((True, b"one"), (True, b"two"), (False, b"refusal")), 3.0) == [b"two"]


def test_a_flow_without_websocket_has_none():
    assert asked(tflow.tflow(), 1.0) == []
