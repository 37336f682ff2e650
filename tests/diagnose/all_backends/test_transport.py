"""Requests without an answer: each cause is told in its own words, and what ended on purpose is not told at all."""

from __future__ import annotations

from typing import Any

import pytest
from baas_errors.catalog import Backend
from baas_errors.diagnose.all_backends import transport as rules
from baas_errors.exchange import Exchange
from baas_errors.pipeline import Pipeline
from build import make_request
from diagnose.talk import Talk, garbled
from matrix import in_one_test

LOCAL, GONE = "http://localhost:1337/parse/classes/Post", "https://parse.example.invalid/parse/classes/Post"
APP = {"X-Parse-Application-Id": "app1"}


@pytest.fixture
def talk(backends: dict[str, Backend]) -> Talk:
    return Talk(backends, "parse", "http://localhost:1337/parse", APP)


# The failure as mitmproxy tells it, the kind of record, the rule, what it says, and what is different about the request.
ROWS: list[tuple[str, str, str, str, dict[str, Any]]] = [
    ("[Errno 111] Connect call failed ('127.0.0.1', 1337)", "connection-failed", "failed-refused", "Nothing listens on `localhost:1337`", {}),
    (
        "[Errno 111] Connect call failed ('127.0.0.1', 1337)",
        "connection-failed",
        "failed-refused",
        "the machine that mitmproxy runs on, not the phone",
        {},
    ),
    # In reverse mode the app's URL is the proxy's own.
    ("[Errno 111] Connect call failed ('127.0.0.1', 8378)", "connection-failed", "failed-refused", "Nothing listens on `127.0.0.1:8378`", {}),
    ("[Errno 111] Connect call failed ('::1', 8378, 0, 0)", "connection-failed", "failed-refused", "Nothing listens on `[::1]:8378`", {}),
    ("[Errno 111] Connect call failed ('192.0.2.7', 1337)", "connection-failed", "failed-refused", "Nothing listens on `192.0.2.7:1337`:", {}),
    ("[WinError 1225] The remote computer refused the network connection", "connection-failed", "failed-refused", "Nothing listens on", {}),
    (
        "Multiple exceptions: [Errno 111] Connect call failed ('::1', 1), [Errno 111] Connect call failed ('127.0.0.1', 1)",
        "connection-failed",
        "failed-refused",
        "Nothing listens on",
        {},
    ),
    ("[Errno -2] Name or service not known", "connection-failed", "failed-name", "The name `parse.example.invalid` is not known", {"path": GONE}),
    ("[Errno 8] nodename nor servname provided, or not known", "connection-failed", "failed-name", "is not known", {"path": GONE}),
    ("[Errno 11001] getaddrinfo failed", "connection-failed", "failed-name", "is not known", {"path": GONE}),
    ("[Errno -3] Temporary failure in name resolution", "connection-failed", "failed-resolver", "could not ask any DNS server", {"path": GONE}),
    (
        "[Errno 110] Connect call failed ('192.0.2.1', 1337)",
        "timeout",
        "failed-timeout",
        "did not accept the connection after 2 min 7 s",
        {"took": 127},
    ),
    (
        "timed out: no data for 600 s, so mitmproxy closed the connection",
        "timeout",
        "failed-timeout",
        "gave no answer in time after 10 min.",
        {"took": 600},
    ),
    ("timed out", "timeout", "failed-timeout", "The request writes, and may have been carried out", {"method": "POST", "took": 60}),
    ("[Errno 101] Network is unreachable", "connection-failed", "failed-unreachable", "has no route to `localhost:1337`", {}),
    ("[Errno 113] Connect call failed ('192.0.2.1', 80)", "connection-failed", "failed-unreachable", "has no route to", {}),
    (
        "Certificate verify failed: self-signed certificate",
        "tls-failed",
        "failed-server-certificate",
        "it is self-signed. It is the server's own",
        {},
    ),
    ("Certificate verify failed: certificate has expired", "tls-failed", "failed-server-certificate", "it has expired", {}),
    ("Certificate verify failed: hostname mismatch", "tls-failed", "failed-server-certificate", "it was issued for another name", {}),
    ("Certificate verify failed: unable to get local issuer certificate", "tls-failed", "failed-server-certificate", "its issuer is not known", {}),
    ("The remote server does not speak TLS.", "tls-failed", "failed-no-tls", "does not speak TLS", {}),
    ("connection closed", "tls-failed", "failed-server-handshake", "during the TLS handshake", {}),
    ("Client and mitmproxy cannot agree on a TLS version to use.", "tls-failed", "failed-tls-version", "no version of TLS in common", {}),
    ("Response body exceeds mitmproxy's body_size_limit.", "connection-failed", "failed-by-proxy", "its option `body_size_limit`", {}),
    ("the upstream proxy answered CONNECT with 502 Bad Gateway", "connection-failed", "failed-upstream-proxy", "The proxy behind this one", {}),
    ("Cannot parse HTTP response: Bad HTTP response line: b'hello'", "connection-failed", "failed-no-http", "does not speak HTTP", {}),
    (
        "HTTP/1 protocol error: peer closed connection without sending complete message body (received 3 bytes, expected 100)",
        "connection-failed",
        "failed-cut-off",
        "began its answer and broke it off",
        {},
    ),
    ("Connection reset by peer", "connection-failed", "failed-reset", "reset the connection instead of answering.", {}),
    ("stream reset by client (INTERNAL_ERROR)", "connection-failed", "failed-reset", "reset the connection", {}),
    ("server closed connection", "connection-failed", "failed-closed", "took the request and closed the connection without an answer", {}),
    ("peer closed connection", "connection-failed", "failed-closed", "took the request", {}),
    (
        "server closed connection",
        "connection-failed",
        "failed-closed",
        "on a WebSocket handshake instead of answering, as Node.js does where no WebSocket server (LiveQuery) is attached",
        {"headers": {"Upgrade": "websocket", "Connection": "Upgrade"}},
    ),
    ("HTTP/2 protocol error: Invalid input", "connection-failed", "failed-protocol", "breaks the rules of HTTP", {}),
    # As browsers tell it, in HAR files.
    ("net::ERR_NAME_NOT_RESOLVED (name not resolved)", "connection-failed", "failed-name", "is not known", {}),
    ("net::ERR_CONNECTION_REFUSED (connection refused)", "connection-failed", "failed-refused", "Nothing listens on", {}),
    ("net::ERR_EMPTY_RESPONSE (empty response)", "connection-failed", "failed-closed", "closed the connection without an answer", {}),
    ("net::ERR_CONNECTION_TIMED_OUT (connection timed out)", "timeout", "failed-timeout", "gave no answer in time", {}),
    (
        "net::ERR_CERT_AUTHORITY_INVALID (certificate authority invalid)",
        "tls-failed",
        "failed-browser-certificate",
        "its authority is not trusted",
        {},
    ),
    ("net::ERR_CERT_DATE_INVALID (certificate date invalid)", "tls-failed", "failed-browser-certificate", "it has expired, or", {}),
    ("net::ERR_SSL_PINNED_KEY_NOT_IN_CERT_CHAIN (ssl pinned key)", "tls-failed", "failed-pinned", "was shown another", {}),
    ("net::ERR_SSL_PROTOCOL_ERROR (ssl protocol error)", "tls-failed", "failed-no-tls", "does not speak TLS", {}),
    ("net::ERR_BLOCKED_BY_CLIENT (blocked by client)", "connection-failed", "failed-extension", "such as an ad blocker", {}),
    ("net::ERR_INTERNET_DISCONNECTED (internet disconnected)", "connection-failed", "failed-offline", "was offline", {}),
    ("net::ERR_INCOMPLETE_CHUNKED_ENCODING (incomplete chunked encoding)", "connection-failed", "failed-cut-off", "broke it off", {}),
    ("NS_ERROR_UNKNOWN_HOST (unknown host)", "connection-failed", "failed-name", "is not known", {}),
    ("net::ERR_ADDRESS_UNREACHABLE (address unreachable)", "connection-failed", "failed-unreachable", "has no route to", {}),
    ("net::ERR_QUIC_HANDSHAKE_FAILED (quic handshake failed)", "tls-failed", "failed-server-handshake", "with the browser.", {}),
]
UNKNOWN_CA = "The client does not trust the proxy's certificate for localhost (tlsv1 alert unknown ca)"
BAD = "The client does not trust the proxy's certificate for localhost (ssl/tls alert bad certificate)"
LEFT = (
    "The client disconnected during the handshake. If this happens consistently for localhost, this may indicate that the client does not trust the "
    "proxy's certificate."
)


@in_one_test(("failure", "kind", "rule", "says", "more"), ROWS, ids=[f"{row[2]}: {row[0][:40]}" for row in ROWS])
def test_tells_the_cause(talk, failure, kind, rule, says, more):
    record = talk.ask(**{"path": LOCAL, "failure": failure} | more)[0]
    assert record.type == f"parse/{kind}"
    first = record.findings[0]
    assert (first.rule, first.certain) == (rule, True)
    assert says in first.says
    assert "{" not in first.says + first.fix
    assert first.fix == record.fix[0]
    assert garbled(record.findings) == []


@in_one_test(
    ("failure", "machine"),
    [
        ("[Errno -2] Name or service not known", "the DNS of the machine that the proxy runs on"),
        ("net::ERR_NAME_NOT_RESOLVED (name not resolved)", "the DNS of the machine that the browser ran on"),
        ("NS_ERROR_UNKNOWN_HOST (unknown host)", "the DNS of the machine that the browser ran on"),
        ("[Errno -3] Temporary failure in name resolution", "The machine that the proxy runs on could not ask"),
        ("[Errno 101] Network is unreachable", "The machine that the proxy runs on has no route"),
        ("net::ERR_ADDRESS_UNREACHABLE (address unreachable)", "The machine that the browser ran on has no route"),
        ("[Errno 111] Connect call failed ('127.0.0.1', 1337)", "For the proxy this is the machine that mitmproxy runs on"),
        ("net::ERR_CONNECTION_REFUSED (connection refused)", "For the browser this is the machine that it ran on"),
    ],
)
def test_tells_on_which_machine_to_look(talk, failure, machine):
    assert machine in talk.ask(path=LOCAL, failure=failure)[0].findings[0].says


@in_one_test("failure", [row[0] for row in ROWS if "_ERR" in row[0]])
def test_of_what_a_browser_tells_no_proxy_is_blamed(talk, failure):
    says = talk.ask(path=LOCAL, failure=failure)[0].findings[0].says
    assert "the proxy runs on" not in says
    assert "with the proxy." not in says


@in_one_test("failure", [row[0] for row in ROWS])
def test_tells_one_cause_only(talk, failure):
    found = talk.ask(path=LOCAL, failure=failure)[0].findings
    assert len([finding for finding in found if finding.rule.startswith("failed-")]) == 1


@in_one_test("failure", ["Server closed connection", "[Errno 104] Connection reset by peer", "timed out"])
def test_in_reverse_mode_the_server_behind_the_proxy_is_named(backends, failure):
    request = make_request("GET", "https://notes.example.org/parse/classes/Post", APP)
    exchange = Exchange("flow-1", request, None, 1.0, 2.0, failure, upstream=("10.0.0.5", 1337))
    finding = Pipeline(backends).records(exchange, backends["parse"])[0].findings[0]
    assert finding.says.startswith("`10.0.0.5:1337` ")
    assert "notes.example.org" not in finding.says + finding.fix


def test_every_cause_has_a_row():
    named = {rule.name for rule in rules.RULES if rule.name.startswith("failed-")}
    assert named == {*(row[2] for row in ROWS), "failed-browser"}


def test_what_a_browser_does_not_tell_is_likely_cors(talk):
    first = talk.ask(path=LOCAL, failure="net::ERR_FAILED (failed)")[0].findings[0]
    assert (first.rule, first.certain) == ("failed-browser", False)
    assert first.says.startswith("Likely: the browser hid the answer")


@in_one_test(("failure", "certain"), [(UNKNOWN_CA, True), (BAD, False), (LEFT, False)])
def test_tells_that_the_app_does_not_trust_the_proxy_and_what_to_do(talk, failure, certain):
    record = talk.ask(path=LOCAL, failure=failure)[0]
    assert record.type == "parse/tls-failed"
    assert (record.findings[0].rule, record.findings[0].certain) == ("proxy-not-trusted", certain)
    how = " ".join(finding.says for finding in record.findings if finding.rule == "install-certificate")
    assert [
        name for name in ("iOS", "Android", "simulator", "macOS", "Windows", "Debian", "Firefox", "NODE_EXTRA_CA_CERTS", "keytool") if name not in how
    ] == []
    assert "--ignore-hosts" in how
    assert not any(finding.rule.startswith("failed-") for finding in record.findings)


def test_a_server_with_a_bad_certificate_is_no_reason_to_install_the_proxys(talk):
    found = talk.ask(path=LOCAL, failure="Certificate verify failed: self-signed certificate")[0].findings
    assert [finding for finding in found if finding.rule in ("proxy-not-trusted", "install-certificate")] == []


@in_one_test(
    "failure", ["Client disconnected.", "Connection killed.", "connection cancelled", "connection closed early", "stream reset by client (CANCEL)"]
)
def test_what_the_app_or_the_user_ended_is_no_failure(talk, failure):
    assert talk.ask(path=LOCAL, failure=failure) == []


def test_says_when_the_server_was_last_there(talk):
    talk.ask(path="/classes/Post", answer={"results": []})
    first = talk.ask(path="/classes/Post", failure="server closed connection", after=5)[0].findings[0]
    assert "It answered 5 s before in flow flow-1." in first.says


def test_a_server_that_answered_before_has_stopped_and_its_port_is_right(talk):
    failure = "[Errno 111] Connect call failed ('127.0.0.1', 1338)"
    (unknown,) = talk.ask(path="/classes/Post", failure=failure)
    assert "correct the port in mitmproxy's option" in unknown.fix[0]
    talk.ask(path="/classes/Post", answer={"results": []})
    (stopped,) = talk.ask(path="/classes/Post", failure=failure, after=4)
    assert "It answered 4 s before" in stopped.findings[0].says
    assert "which has stopped since" in stopped.fix[0]
    assert "port" not in stopped.fix[0]


def test_another_host_that_answered_says_nothing(talk):
    talk.ask(path="http://other.example:1337/parse/classes/Post", answer={"results": []})
    first = talk.ask(path="/classes/Post", failure="server closed connection")[0].findings[0]
    assert "answered" not in first.says.replace("without an answer", "")


def test_the_certificate_was_accepted_elsewhere(talk):
    talk.ask(path="/classes/Post", answer={"results": []})
    first = talk.ask(path="/classes/Post", failure=BAD)[0].findings[0]
    assert "It was accepted in flow flow-1" in first.says


HOSTS = {
    "kinvey": "https://baas.kinvey.com/appdata/kid_x1/books",
    "parse": LOCAL,
    "bkend": "https://api-client.bkend.ai/v1/data/posts",
    "backend-services": "https://api.everlive.com/v1/a1b2c3d4e5f6g7h8/Books",
}


@in_one_test("failure", ["server closed connection", "timed out", UNKNOWN_CA], ids=["closed", "timeout", "tls"])
@in_one_test("backend", sorted(HOSTS))
def test_says_what_the_app_sees(backends, backend, failure):
    record = Talk(backends, backend, "", APP if backend == "parse" else None).ask(path=HOSTS[backend], failure=failure)[0]
    shown = [finding for finding in record.findings if finding.rule == "app-sees"]
    assert record.sdk
    assert len(shown) == 1
    assert next(iter(record.sdk.values())) in shown[0].says
    assert record.findings[0].rule != "app-sees"


def test_retries_without_growing_pauses_are_told_of_failures_too(talk):
    for _ in range(3):
        talk.ask(path=LOCAL, failure="server closed connection", after=1.0)
    found = talk.ask(path=LOCAL, failure="server closed connection", after=1.0)[0].findings
    assert [finding.says[:70] for finding in found if finding.rule == "repeats-in-vain"] == [
        "The app repeats this request without growing pauses (4 times in 3 s): "
    ]


def test_growing_pauses_are_as_it_should_be(talk):
    for pause in (1.0, 2.0, 4.0, 8.0):
        record = talk.ask(path=LOCAL, failure="server closed connection", after=pause)[0]
    assert [finding for finding in record.findings if finding.rule == "repeats-in-vain"] == []


@in_one_test("failure", ["[Errno -2] Name or service not known", "[Errno 111] Connect call failed ('192.0.2.1', 443)"])
def test_a_host_that_was_switched_off_is_no_fault_of_the_network(backends: dict[str, Backend], failure: str) -> None:
    (record,) = Talk(backends, "backend-services", "https://api.everlive.com").ask(path="/v1/a1b2c3d4e5f6g7h8/Books", failure=failure)
    assert record.findings[0].says.endswith(" `api.everlive.com` was announced to be switched off in May 2018: retries will not help.")
    assert [finding.rule for finding in record.findings if finding.rule == "retired-host"] == []
    assert (record.fix, record.retry) == (("Move the app to the backend that replaced it.",), "never")
