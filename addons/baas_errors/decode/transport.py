"""Requests that got no answer: what kind of failure, and what to do about it where the catalog has no word of its own."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from ..catalog import Advice, Backend
from ..catalog.entries import Fix, TransportRule

# mitmproxy's words for an app that went away.
CLIENT_LEFT = "Client disconnected."
# Said of an exchange in a file that has a status of 0 in place of an answer.
NO_ANSWER = "no answer: the capture shows status 0"
# Said when the app itself went away, or somebody stopped the flow on purpose: no failure of the backend's. mitmproxy says "by client" of HTTP/2 and
# HTTP/3 streams whichever side reset them; only clients cancel.
_ENDED_BY_US = re.compile(
    r"^client disconnected\.?$|connection killed|connection cancelled|^connection closed early$|by client \((?:\w*CANCEL\w*|\w*NO_ERROR)\)", re.I
)
# What connect() says without words: Linux, macOS, Windows.
_TIMEOUT = re.compile(r"time[d\s-]*out|\[(?:Errno|WinError) (?:110|60|10060|121)\]", re.I)
_TLS = re.compile(r"\b(?:tls|ssl|certificate|handshake)\b|^connection closed$", re.I)

# The cause in the text of mitmproxy, of the operating system, or of a browser (in its HAR files); the first that fits counts.
_CAUSES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (cause, re.compile(pattern, re.I))
    for cause, pattern in (
        ("proxy-unknown", r"trust the proxy's certificate .*unknown ca"),
        ("proxy-refused", r"trust the proxy's certificate|client disconnected during the handshake"),
        ("pinned", r"ERR_SSL_PINNED"),
        ("browser-certificate", r"ERR_CERT_|SEC_ERROR_|MOZILLA_PKIX_ERROR_|SSL_ERROR_BAD_CERT"),
        ("tls-version", r"cannot agree on a TLS version|alert protocol version|unsupported protocol"),
        ("server-certificate", r"certificate verify failed"),
        ("no-tls", r"does not speak TLS|ERR_SSL_PROTOCOL_ERROR|SSL_ERROR_RX_RECORD_TOO_LONG"),
        ("timeout", _TIMEOUT.pattern),
        ("server-handshake", r"^connection closed$|handshake"),
        ("by-proxy", r"body_size_limit|validate_inbound_headers"),
        ("extension", r"ERR_BLOCKED_BY_CLIENT"),
        ("browser", r"ERR_FAILED\b"),
        ("offline", r"ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|NS_ERROR_OFFLINE"),
        ("upstream-proxy", r"upstream proxy answered|ERR_TUNNEL_CONNECTION_FAILED"),
        ("resolver", r"temporary failure in name resolution|\[Errno -3\]"),
        ("name", r"name or service not known|nodename nor servname|getaddrinfo failed|no address associated|not resolve|unknown host|Errno -[25]\]"),
        ("refused", r"connection refused|actively refused|refused the network|\[(?:Errno|WinError) (?:111|61|10061|1225)\]"),
        ("unreachable", r"unreachable|no route to host|\[(?:Errno|WinError) (?:113|101|65|51|10065|10051)\]"),
        ("no-http", r"cannot parse http response|unexpected server response"),
        ("cut-off", r"without sending complete|incomplete|content length mismatch"),
        ("protocol", r"protocol error"),
        ("reset", r"reset|ConnectionTerminated|\[(?:Errno|WinError) (?:104|54|10054)\]"),
        ("closed", r"closed connection|broken pipe|connection closed|empty response"),
    )
)


def cause_of(failure: str) -> str:
    """What went wrong, as one word of the table above, for a text about a failure; "" for one that nobody knows."""
    return next((cause for cause, pattern in _CAUSES if pattern.search(failure[:1000])), "")


def told_by_browser(failure: str) -> bool:
    """Whether a text about a failure is a browser's own, from its HAR file: Chrome's kin name a failure in one way, Firefox in another."""
    return failure.startswith(("net::ERR_", "NS_ERROR_"))


_DEFAULT = {
    "connection-failed": Advice(
        meaning="No connection to the server: nothing answered, the name is not known, or the connection broke off before an answer was there.",
        fix=(
            Fix("Check host name and port for misspellings, and whether the server is running."),
            Fix("Open the same URL from this machine (`curl -v URL`): if that fails as well, the proxy is not the cause."),
        ),
        retry="backoff",
        fault="server",
    ),
    "tls-failed": Advice(
        meaning="The TLS handshake failed: one side did not accept the other's certificate.",
        fix=(
            Fix("Install mitmproxy's certificate on the device: open http://mitm.it there while the proxy is set."),
            Fix("If the app pins its server's certificate, switch pinning off in a debug build."),
        ),
        retry="after-fix",
        fault="client",
    ),
    "timeout": Advice(
        meaning="The server did not answer in time.",
        fix=(
            Fix("Send the request again by itself: if it is slow there too, ask for less at once or look at the server's load."),
            Fix("Before repeating a request that writes, check whether the first one was carried out."),
        ),
        retry="backoff",
        fault="server",
    ),
}


def kind_of(failure: str) -> str:
    """`connection-failed`, `tls-failed` or `timeout` for mitmproxy's text about a failure; "" if the app or the user ended it."""
    failure = failure[:1000].strip()
    if _ENDED_BY_US.search(failure):
        return ""
    if _TIMEOUT.search(failure):
        return "timeout"
    return "tls-failed" if _TLS.search(failure) else "connection-failed"


def advice_for(backend: Backend, kind: str, host: str) -> Advice:
    """What the backend's catalog says of such a failure, narrowest rule first as it stands there; else what holds everywhere."""
    for rule in backend.tables.of(TransportRule):
        if rule.kind == kind and (not rule.hosts or any(fnmatchcase(host.lower(), pattern) for pattern in rule.hosts)):
            return rule.advice
    return _DEFAULT[kind]
