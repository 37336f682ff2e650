"""Requests that got no answer: what kind of failure, and what to do about it where the catalog has no word of its own."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from .catalog import Advice, Backend

# Said by mitmproxy when the app itself went away, or somebody stopped the flow on purpose: no failure of the backend's.
_ENDED_BY_US = re.compile(r"client disconnected|connection killed|client closed|peer closed connection by client", re.I)
_TIMEOUT = re.compile(r"time[d\s-]*out", re.I)
_TLS = re.compile(r"\b(?:tls|ssl|certificate|handshake)\b", re.I)

_DEFAULT = {
    "connection-failed": Advice(
        meaning="No connection to the server: nothing answered, the name is not known, or the connection broke off before an answer was there.",
        fix=(
            "Check host name and port for misspellings, and whether the server is running.",
            "Open the same URL from this machine (`curl -v URL`): if that fails as well, the proxy is not the cause.",
        ),
        retry="backoff",
        fault="server",
    ),
    "tls-failed": Advice(
        meaning="The TLS handshake failed: one side did not accept the other's certificate.",
        fix=(
            "Install mitmproxy's certificate on the device: open http://mitm.it there while the proxy is set.",
            "If the app pins its server's certificate, switch pinning off in a debug build.",
        ),
        retry="after-fix",
        fault="client",
    ),
    "timeout": Advice(
        meaning="The server did not answer in time.",
        fix=(
            "Send the request again by itself: if it is slow there too, ask for less at once or look at the server's load.",
            "Before repeating a request that writes, check whether the first one was carried out.",
        ),
        retry="backoff",
        fault="server",
    ),
}


def kind_of(failure: str) -> str:
    """`connection-failed`, `tls-failed` or `timeout` for mitmproxy's text about a failure; "" if the app or the user ended it."""
    if _ENDED_BY_US.search(failure):
        return ""
    if _TIMEOUT.search(failure):
        return "timeout"
    return "tls-failed" if _TLS.search(failure) else "connection-failed"


def advice_for(backend: Backend, kind: str, host: str) -> Advice:
    """What the backend's catalog says of such a failure, narrowest rule first as it stands there; else what holds everywhere."""
    for rule in backend.transports:
        if rule.kind == kind and (not rule.hosts or any(fnmatchcase(host.lower(), pattern) for pattern in rule.hosts)):
            return rule.advice
    return _DEFAULT[kind]
