"""Files of flows, whole and damaged."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from baas_errors.exchange import Exchange
from baas_errors.mitm import flow_reader
from baas_errors.mitm.flow_reader import read_flows
from baas_errors.mitm.tnetstrings import pairs, read_frame
from baas_errors.sources.skipped import Skip, Skips
from mitmproxy import flow, http
from mitmproxy.io import FlowWriter, tnetstring
from mitmproxy.proxy.mode_specs import ProxyMode
from mitmproxy.test import tflow, tutils
from mitmproxy.websocket import WebSocketMessage
from wsproto.frame_protocol import Opcode

CAPTURES = Path(__file__).resolve().parent.parent / "captures"


def written(*flows: flow.Flow) -> bytes:
    file = io.BytesIO()
    for item in flows:
        FlowWriter(file).add(item)
    return file.getvalue()


def read(data: bytes) -> tuple[list[Exchange], list[Skip]]:
    skips: list[Skip] = []
    return list(read_flows(io.BytesIO(data), Skips("run.mitm", skips))), skips


def answered(path: str) -> http.HTTPFlow:
    return tflow.tflow(req=tutils.treq(path=path.encode()), resp=tutils.tresp(status_code=404))


def paths(found: list[Exchange]) -> list[str]:
    return [exchange.request.path for exchange in found]


def test_flows_are_read_in_their_order() -> None:
    found, skips = read(written(answered("/1"), answered("/2")))
    assert paths(found) == ["/1", "/2"]
    assert [exchange.status for exchange in found] == [404, 404]
    assert skips == []


def test_the_id_is_the_flows() -> None:
    item = answered("/1")
    assert read(written(item))[0][0].id == item.id


def test_flows_without_http_are_passed_over() -> None:
    found, skips = read(written(tflow.ttcpflow(), answered("/1"), tflow.tdnsflow(), tflow.tudpflow()))
    assert paths(found) == ["/1"]
    assert skips == []


def test_a_failure_is_an_exchange_too() -> None:
    found, _ = read(written(tflow.tflow(err=True)))
    assert found[0].failure == "error"


def websocket(*messages: tuple[bool, bytes, Opcode]) -> http.HTTPFlow:
    item = tflow.twebsocketflow()
    assert item.websocket
    item.websocket.messages = [WebSocketMessage(kind, from_client, data, 946681204.0) for from_client, data, kind in messages]
    return item


def test_each_text_message_of_the_server_is_an_exchange() -> None:
    item = websocket(
        (True, b'{"op":"connect","applicationId":"x"}', Opcode.TEXT),
        (False, b'{"op":"error"}', Opcode.TEXT),
        (False, b"\x00", Opcode.BINARY),
        (True, b"{}", Opcode.TEXT),
        (False, b'{"op":"connected"}', Opcode.TEXT),
    )
    handshake, *messages = read(written(item))[0]
    assert handshake.status == 101
    assert [exchange.message.json for exchange in messages if exchange.message] == [{"op": "error"}, {"op": "connected"}]
    assert [opening.object["op"] for opening in messages[0].opening] == ["connect"]


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_a_file_that_breaks_off_keeps_what_came_before(kept: float) -> None:
    data = (CAPTURES / "demo.mitm").read_bytes()
    everything, _ = read(data)
    found, skips = read(data[: int(len(data) * kept)])
    assert paths(found) == paths(everything)[: len(found)]
    assert 0 < len(found) < len(everything)
    assert str(skips[0]) == f"run.mitm, flow {len(found) + 1}: breaks off or is damaged here; flows after it are lost"
    assert len(skips) == 1


@pytest.mark.parametrize("tail", [b"rubbish", b"12:short", b"99999999999:x", b"9999999999999:x,", b"3:abc,", b"0:}", b"5:0:~0:}"])
def test_rubbish_at_the_end_is_said_and_loses_nothing(tail: bytes) -> None:
    found, skips = read(written(answered("/1")) + tail)
    assert paths(found) == ["/1"]
    assert skips[0].number == 2


def test_what_is_read_quickly_is_what_mitmproxys_own_reader_gives() -> None:
    quick = whole = 0
    for capture in sorted(CAPTURES.glob("*.mitm")):
        file = io.BytesIO(capture.read_bytes())
        while frame := read_frame(file):
            (expected, *_), found = flow_reader._any(frame) or [None], flow_reader._ordinary(frame)
            whole += 1
            if found:
                quick += 1
                assert same(found) == same(expected), f"{capture.name}, flow {whole}"
    assert quick > whole * 0.8 > 100


def test_a_flow_of_reverse_mode_names_the_server() -> None:
    item = answered("/1")
    item.client_conn.sockname, item.client_conn.proxy_mode = ("127.0.0.1", 8080), ProxyMode.parse("reverse:http://10.0.0.1:1337")
    item.request.headers["host"], item.request.data.host, item.request.data.port = "localhost:8080", "10.0.0.1", 1337
    request = read(written(item))[0][0].request
    assert (request.host, request.port) == ("10.0.0.1", 1337)


def same(exchange: Exchange | None) -> Any:
    """All that an exchange holds, to be compared."""
    assert exchange
    parts = [(message.headers.fields, type(message.headers), message.body.data) for message in (exchange.request, exchange.response) if message]
    request = exchange.request
    return exchange.id, exchange.started, exchange.ended, exchange.status, request.url, request.method, request.scheme, request.port, parts


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("host as a number", lambda state: state["request"].update(host=5)),
        ("a header of three parts", lambda state: state["request"].update(headers=((b"a", b"b", b"c"),))),
        ("a header as text", lambda state: state["response"].update(headers=(("a", "b"),))),
        ("port as text", lambda state: state["request"].update(port="80")),
        ("no status", lambda state: state["response"].pop("status_code")),
        ("time as text", lambda state: state["response"].update(timestamp_end="soon")),
        ("response as a list", lambda state: state.update(response=[1])),
    ],
)
def test_what_mitmproxy_refuses_is_refused(name: str, change: Any) -> None:
    found, skips = read(written(answered("/1")) + damaged(change) + written(answered("/3")))
    assert paths(found) == ["/1", "/3"], name
    assert [skip.number for skip in skips] == [2], name


def test_lengths_that_lead_back_or_nowhere_end() -> None:
    for inner in (b"-9:a,", b"+1:a,", b" 1:a,", b"1_0:aaaaaaaaaa,", b"999:a,", b":,", b"3:a", b"1:", b"7:version;2:21#" * 3, b"4:type;" * 2000):
        frame = b"%d:%s}" % (len(inner), inner)
        found, skips = read(frame + written(answered("/2")))
        assert paths(found) == ["/2"], inner
        assert skips[0].number == 1, inner


@pytest.mark.parametrize("header", [b"1:a,-5:bcd,", b"1:a,+1:b,", b"-1:a,1:b,", b"1:a,1:b;", b"1:a,1:b,1:c,", b"1:a,", b""])
def test_a_header_of_another_form_is_none(header: bytes) -> None:
    for length in (len(header), -3, 0, 1, 99):
        with pytest.raises((ValueError, LookupError)):
            pairs(ord("]"), b"%d:%s]" % (length, header))


def damaged(change: Any) -> bytes:
    state = answered("/2").get_state()
    change(state)
    file = io.BytesIO()
    tnetstring.dump(state, file)
    return file.getvalue()


def test_a_flow_of_a_later_mitmproxy_is_passed_over() -> None:
    later = damaged(lambda state: state.update(version=9999))
    found, skips = read(written(answered("/1")) + later + written(answered("/3")))
    assert paths(found) == ["/1", "/3"]
    assert skips[0].number == 2
    assert "flow format version 9999" in skips[0].reason


def test_a_flow_that_lacks_its_parts_is_passed_over() -> None:
    broken = damaged(lambda state: state.pop("request"))
    found, skips = read(written(answered("/1")) + broken + written(answered("/3")))
    assert paths(found) == ["/1", "/3"]
    assert [skip.number for skip in skips] == [2]
