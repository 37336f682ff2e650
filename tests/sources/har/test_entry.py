"""Entries of HAR files made exchanges."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from typing import Any

import pytest
from baas_errors.decode import transport
from baas_errors.exchange import Exchange
from baas_errors.sources.har.entry import exchanges
from hypothesis import given
from hypothesis import strategies as st
from matrix import in_one_test

ENTRY: dict[str, Any] = {
    "startedDateTime": "2026-11-20T12:00:00.000Z",
    "time": 250,
    "request": {
        "method": "POST",
        "url": "https://parse.example.org:1337/parse/classes/Note?limit=1&limit=2#top",
        "headers": [{"name": "X-Parse-Application-Id", "value": "app"}, {"name": "Accept", "value": "a"}, {"name": "Accept", "value": "b"}],
        "postData": {"mimeType": "application/json", "text": '{"title":"Milk"}'},
    },
    "response": {
        "status": 400,
        "headers": [{"name": "Content-Type", "value": "application/json"}],
        "content": {"text": '{"code":111,"error":"schema mismatch"}', "mimeType": "application/json"},
    },
}


def changed(**changes: Any) -> dict[str, Any]:
    """The entry with other values at `request__url` and the like; None takes a field away."""
    entry = deepcopy(ENTRY)
    for name, value in changes.items():
        at, field = entry, name
        while "__" in field:
            part, _, field = field.partition("__")
            at = at[part]
        if value is None:
            at.pop(field, None)
        else:
            at[field] = value
    return entry


def one(entry: dict[str, Any]) -> Exchange:
    (exchange,) = exchanges(entry, Counter())
    return exchange


def test_an_entry_becomes_an_exchange() -> None:
    exchange = one(ENTRY)
    request, response = exchange.request, exchange.response
    assert (request.method, request.scheme, request.host, request.port) == ("POST", "https", "parse.example.org", 1337)
    assert (request.path, request.query) == ("/parse/classes/Note", "limit=1&limit=2")
    assert request.headers.fields == (("X-Parse-Application-Id", "app"), ("Accept", "a"), ("Accept", "b"))
    assert request.body.object == {"title": "Milk"}
    assert response is not None
    assert response.status == 400
    assert response.body.object["code"] == 111
    assert exchange.ended == (exchange.started or 0) + 0.25


@in_one_test(
    ("url", "parts"),
    [
        ("http://baas.kinvey.com", ("http", "baas.kinvey.com", 80, "/", "")),
        ("https://BAAS.Kinvey.com/a?b#c", ("https", "baas.kinvey.com", 443, "/a", "b")),
        ("https://user:word@example.org/a", ("https", "example.org", 443, "/a", "")),
        ("https://[2001:db8::1]:8443/a", ("https", "2001:db8::1", 8443, "/a", "")),
        ("wss://live.example.org/parse", ("wss", "live.example.org", 443, "/parse", "")),
        ("ws://live.example.org:1337", ("ws", "live.example.org", 1337, "/", "")),
    ],
)
def test_url(url: str, parts: tuple[Any, ...]) -> None:
    request = one(changed(request__url=url)).request
    assert (request.scheme, request.host, request.port, request.path, request.query) == parts


@in_one_test("url", ["data:image/png;base64,iVBORw0KGgo=", "blob:https://x/1", "file:///etc/hosts", "chrome-extension://abc/x.js", "about:blank"])
def test_what_went_over_no_network_is_passed_over(url: str) -> None:
    assert list(exchanges(changed(request__url=url), Counter())) == []


def test_the_target_of_connect_needs_no_scheme() -> None:
    request = one(changed(request__method="CONNECT", request__url="baas.kinvey.com:443")).request
    assert (request.host, request.port) == ("baas.kinvey.com", 443)


@in_one_test(
    ("entry", "reason"),
    [
        (None, "is not an object"),
        ([1], "is not an object"),
        ({}, "has no request"),
        (changed(request__method=None), "without a method"),
        (changed(request__url=None), "without a URL"),
        (changed(request__url="/parse/classes"), "without a scheme"),
        (changed(request__url="https://"), "without a host"),
        (changed(request__url="https://[::1"), "an invalid URL"),
        (changed(request__url="https://example.org:99999/"), "an invalid URL"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said(entry: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        list(exchanges(entry, Counter()))


def test_a_reason_does_not_quote_the_entry() -> None:
    with pytest.raises(ValueError, match="URL") as raised:
        list(exchanges(changed(request__url="https://[secret-token"), Counter()))
    assert "secret" not in str(raised.value)


@in_one_test(
    ("value", "fields"),
    [
        ([{"name": "A", "value": "1"}, {"name": "a", "value": "2"}], (("A", "1"), ("a", "2"))),
        # Chrome gives the pseudo headers of HTTP/2.
        ([{"name": ":authority", "value": "x"}, {"name": ":method", "value": "GET"}, {"name": "b", "value": "1"}], (("b", "1"),)),
        ([["A", "1"], ["B", "2"], ["C"], []], (("A", "1"), ("B", "2"))),
        ({"A": "1"}, (("A", "1"),)),
        ([{"name": "A", "value": None}, {"name": "B", "value": 7}, {"name": None, "value": "x"}, {"value": "y"}, 3], (("A", ""), ("B", "7"))),
        ([{"name": "Set-Cookie", "value": "a=1\nb=2"}], (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))),
        ([{"name": "A", "value": "\ud800"}], (("A", "\ufffd"),)),
        (None, ()),
        ("A: 1", ()),
    ],
)
def test_headers(value: Any, fields: tuple[tuple[str, str], ...]) -> None:
    assert one(changed(request__headers=value)).request.headers.fields == fields


@in_one_test(("value", "status"), [(404, 404), ("404", 404), (404.0, 404), (999, 999)])
def test_status(value: Any, status: int) -> None:
    assert one(changed(response__status=value)).status == status


@in_one_test("value", [0, -1, "0", ""])
def test_without_a_status_there_was_no_answer(value: Any) -> None:
    exchange = one(changed(response__status=value))
    assert exchange.response is None
    assert exchange.failure == "no answer: the capture shows status 0"


@in_one_test("value", ["OK", True, [], None, 10**30, 99, 1000, float("nan"), float("inf")])
def test_an_answer_with_headers_and_an_invalid_status_is_no_failed_connection(value: Any) -> None:
    with pytest.raises(ValueError, match="has an answer without a valid status"):
        one(changed(response__status=value))
    assert one(changed(response__status=value, response__headers=[])).failure == "no answer: the capture shows status 0"


@in_one_test(
    ("error", "failure", "kind"),
    [
        ("net::ERR_CONNECTION_REFUSED", "net::ERR_CONNECTION_REFUSED (connection refused)", "connection-failed"),
        ("net::ERR_NAME_NOT_RESOLVED", "net::ERR_NAME_NOT_RESOLVED (name not resolved)", "connection-failed"),
        ("net::ERR_BLOCKED_BY_CLIENT", "net::ERR_BLOCKED_BY_CLIENT (blocked by client)", "connection-failed"),
        ("net::ERR_CONNECTION_TIMED_OUT", "net::ERR_CONNECTION_TIMED_OUT (connection timed out)", "timeout"),
        ("net::ERR_TIMED_OUT", "net::ERR_TIMED_OUT (timed out)", "timeout"),
        ("net::ERR_CERT_AUTHORITY_INVALID", "net::ERR_CERT_AUTHORITY_INVALID (certificate authority invalid)", "tls-failed"),
        ("net::ERR_SSL_PROTOCOL_ERROR", "net::ERR_SSL_PROTOCOL_ERROR (ssl protocol error)", "tls-failed"),
        ("NS_ERROR_NET_TIMEOUT", "NS_ERROR_NET_TIMEOUT (net timeout)", "timeout"),
        ("[Errno 111] Connect call failed", "[Errno 111] Connect call failed", "connection-failed"),
        ("net::ERR_TIMED_OUT (timed out)", "net::ERR_TIMED_OUT (timed out)", "timeout"),
    ],
)
def test_a_failure_is_said_in_words_that_tell_its_kind(error: str, failure: str, kind: str) -> None:
    exchange = one(changed(response={"status": 0, "_error": error}))
    assert exchange.failure == failure
    assert transport.kind_of(exchange.failure) == kind


def test_charles_says_what_became_of_a_request() -> None:
    assert one(changed(response={"status": 0, "_charlesStatus": "FAILED"})).failure == "no answer (Charles: FAILED)"


@in_one_test(
    "response", [{"status": 0, "_error": None}, {"status": 0, "_error": "net::ERR_ABORTED"}, {"status": 0, "_error": "NS_BINDING_ABORTED"}, {}]
)
def test_what_had_not_ended_or_was_stopped_is_no_failure(response: dict[str, Any]) -> None:
    assert list(exchanges(changed(response=response), Counter())) == []


def test_without_a_start_the_date_of_the_answer_counts() -> None:
    entry = changed(startedDateTime="a moment ago", response__headers=[{"name": "Date", "value": "Fri, 20 Nov 2026 12:00:00 GMT"}])
    assert one(entry).started == 1_795_176_000.0


def test_without_any_time_there_is_none() -> None:
    exchange = one(changed(startedDateTime={}, time=-1))
    assert (exchange.started, exchange.ended) == (None, None)


def test_a_negative_duration_is_unknown() -> None:
    exchange = one(changed(time=-1))
    assert exchange.ended == exchange.started


class TestIds:
    def test_the_same_entry_has_the_same_id_in_every_file(self) -> None:
        assert one(ENTRY).id == one(deepcopy(ENTRY)).id

    @in_one_test("change", [{"time": 251}, {"request__method": "PUT"}, {"request__url": "https://x.example/"}, {"startedDateTime": "2026"}])
    def test_other_entries_have_others(self, change: dict[str, Any]) -> None:
        assert one(changed(**change)).id != one(ENTRY).id

    def test_they_are_made_of_nothing_secret(self) -> None:
        assert one(changed(request__url="https://parse.example.org/parse/x?password=other")).id == one(ENTRY).id

    def test_entries_that_look_alike_are_told_apart(self) -> None:
        seen: Counter[str] = Counter()
        first, second = [next(iter(exchanges(ENTRY, seen))).id for _ in range(2)]
        assert second == f"{first}-2"


class TestWebSocket:
    MESSAGES: tuple[dict[str, Any], ...] = (
        {"type": "send", "time": 1_795_176_001.0, "opcode": 1, "data": '{"op":"connect","applicationId":"app"}'},
        {"type": "receive", "time": 1_795_176_002.5, "opcode": 1, "data": '{"op":"error","code":119}'},
        {"type": "receive", "time": 1_795_176_003.0, "opcode": 2, "data": "AAE="},
        {"type": "receive", "time": -1, "opcode": 1, "data": '{"op":"connected"}'},
        {"type": "receive", "opcode": 1, "data": None},
    )

    def test_each_text_message_of_the_server_is_an_exchange(self) -> None:
        handshake, *messages = exchanges(changed(response__status=101, _webSocketMessages=[*self.MESSAGES, "junk"]), Counter())
        assert handshake.status == 101
        assert [message.message.json for message in messages if message.message] == [{"op": "error", "code": 119}, {"op": "connected"}]
        assert [message.ended for message in messages] == [1_795_176_002.5, handshake.started]
        assert {message.id for message in messages} == {handshake.id}

    def test_what_the_client_said_first_goes_with_them(self) -> None:
        _, message, *_ = exchanges(changed(response__status=101, _webSocketMessages=list(self.MESSAGES)), Counter())
        assert [opening.object["op"] for opening in message.opening] == ["connect"]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
FIELDS = [
    "startedDateTime", "time", "timings", "request", "response", "request__headers", "request__postData", "request__method", "request__url",
    "response__status", "response__headers", "response__content", "response___error", "response__bodySize", "_webSocketMessages",
]  # fmt: skip


@given(st.sampled_from(FIELDS), JSON_VALUES)
def test_whatever_stands_in_a_field_the_entry_is_read_or_refused(field: str, value: Any) -> None:
    try:
        found = list(exchanges(changed(**{field: value}), Counter()))
    except ValueError:
        return
    for exchange in found:
        assert isinstance(exchange.request.body.text, str)
        assert exchange.response is None or isinstance(exchange.response.body.text, str)
