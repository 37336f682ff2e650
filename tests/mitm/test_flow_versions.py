"""Files of flows as every version of mitmproxy wrote them, from 0.11 on."""

from __future__ import annotations

import copy
import io
from typing import Any

import pytest
from baas_errors.exchange import Exchange
from baas_errors.mitm.flow_reader import read_flows
from baas_errors.sources.skipped import Skip, Skips
from mitmproxy.io import compat, tnetstring

PLACE = {b"address": [b"127.0.0.1", 50000], b"use_ipv6": False}
TIMES = {b"timestamp_start": 1448852400.0, b"timestamp_end": 1448852401.0, b"timestamp_ssl_setup": None}
BODY = b'{"code":101,"error":"Object not found."}'
# As 0.11 wrote it: every text is bytes, and names are others.
OLDEST: dict[Any, Any] = {
    b"version": [0, 11],
    b"type": b"http",
    b"id": b"0f0c9f0e-6d1c-4a6e-9c2c-3a1f5f0c0a11",
    b"error": None,
    b"intercepted": False,
    b"client_conn": {b"address": PLACE, b"clientcert": None, b"ssl_established": False, **TIMES},
    b"server_conn": {
        b"address": {b"address": [b"parse.example.org", 443], b"use_ipv6": False},
        b"source_address": PLACE, b"cert": None, b"sni": b"parse.example.org", b"ssl_established": True, b"state": [],
        b"timestamp_tcp_setup": None, **TIMES,
    },
    b"request": {
        b"form_in": b"relative", b"form_out": b"relative", b"httpversion": [1, 1], b"method": b"GET", b"scheme": b"https",
        b"host": b"parse.example.org", b"port": 443, b"path": b"/parse/classes/Note/1", b"headers": [[b"X-Parse-Application-Id", b"madeUp"]],
        b"content": b"", b"is_replay": False, b"stickycookie": False, b"stickyauth": False,
        b"timestamp_start": 1448852400.0, b"timestamp_end": 1448852400.5,
    },
    b"response": {
        b"httpversion": [1, 1], b"code": 404, b"msg": b"Not Found", b"headers": [[b"Content-Type", b"application/json"]], b"content": BODY,
        b"is_replay": False, b"timestamp_start": 1448852400.6, b"timestamp_end": 1448852401.0,
    },
}  # fmt: skip


def versions() -> list[tuple[str, dict[Any, Any]]]:
    """The same flow as each version wrote it, made by mitmproxy's own steps from one version to the next."""
    found, state = [], copy.deepcopy(OLDEST)
    for number, step in compat.converters.items():
        found.append((str(number), copy.deepcopy(state)))
        state = step(state)
    return [*found, ("today", state)]


def read(*states: dict[Any, Any]) -> tuple[list[Exchange], list[Skip]]:
    file = io.BytesIO()
    for state in states:
        tnetstring.dump(state, file)
    file.seek(0)
    skips: list[Skip] = []
    return list(read_flows(file, Skips("run.mitm", skips))), skips


@pytest.mark.parametrize(("version", "state"), versions(), ids=[name for name, _ in versions()])
def test_a_flow_of_each_version_is_read(version: str, state: dict[Any, Any]) -> None:
    (exchange,), skips = read(state)
    assert skips == [], version
    request, response = exchange.request, exchange.response
    assert (request.method, request.scheme, request.host, request.port, request.path) == (
        "GET",
        "https",
        "parse.example.org",
        443,
        "/parse/classes/Note/1",
    )
    assert request.headers.get("X-Parse-Application-Id") == "madeUp"
    assert response
    assert (response.status, response.body.data) == (404, BODY)
    assert (exchange.started, exchange.ended) == (1448852400.0, 1448852401.0)


def test_versions_can_stand_in_one_file() -> None:
    found, skips = read(*(state for _, state in versions()))
    assert (len(found), skips) == (len(versions()), [])


def test_the_text_messages_that_version_7_wrote_as_text_are_read() -> None:
    state = copy.deepcopy(dict(versions())["7"])
    messages = [[1, True, '{"op":"connect","applicationId":"x"}', 1612375501, False], [1, False, '{"op":"error","error":"Grüße"}', 1612375502, False]]
    closed = {"close_sender": "client", "close_code": 1005, "close_message": "", "close_reason": ""}
    state |= {"type": "websocket", "metadata": {"websocket_handshake": "unknown"}, "messages": messages, **closed}
    del state["request"], state["response"]
    found, skips = read(state)
    assert skips == []
    (message,) = [exchange for exchange in found if exchange.message]
    assert message.message
    assert message.message.json == {"op": "error", "error": "Grüße"}
    assert [opening.json["op"] for opening in message.opening] == ["connect"]
    assert [asked.json["op"] for asked in message.asked()] == ["connect"]
