"""Requests that got no answer: what kind of failure, and what to do about it where the catalog has no word of its own."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cache

from ..catalog import Advice, Backend
from ..catalog.entries import TransportRule
from ..catalog.load import rule_tables
from ..catalog.reader import Place, read_table

# mitmproxy's words for an app that went away.
CLIENT_LEFT = "Client disconnected."
# Said of an exchange in a file that has a status of 0 in place of an answer.
NO_ANSWER = "no answer: the capture shows status 0"
# Said when the app itself went away, or somebody stopped the flow on purpose: no failure of the backend's. mitmproxy says "by client" of HTTP/2 and
# HTTP/3 streams whichever side reset them; only clients cancel.
_ENDED_BY_US = re.compile(
    r"^client disconnected\.?$|connection killed|connection cancelled|^connection closed early$|by client \((?:\w*CANCEL\w*|\w*NO_ERROR)\)", re.I
)
_TLS = re.compile(r"\b(?:tls|ssl|certificate|handshake)\b|^connection closed$", re.I)


@cache
def _causes() -> dict[str, re.Pattern[str]]:
    return {cause: re.compile(pattern, re.I) for cause, pattern in rule_tables("failures")["seen"].items()}


def cause_of(failure: str) -> str:
    """What went wrong, as one word of the table `seen`, for a text about a failure; "" for one that nobody knows."""
    return next((cause for cause, pattern in _causes().items() if pattern.search(failure[:1000])), "")


def told_by_browser(failure: str) -> bool:
    """Whether a text about a failure is a browser's own, from its HAR file: Chrome's kin name a failure in one way, Firefox in another."""
    return failure.startswith(("net::ERR_", "NS_ERROR_"))


def kind_of(failure: str) -> str:
    """`connection-failed`, `tls-failed` or `timeout` for mitmproxy's text about a failure; "" if the app or the user ended it."""
    failure = failure[:1000].strip()
    if _ENDED_BY_US.search(failure):
        return ""
    if _causes()["timeout"].search(failure):
        return "timeout"
    return "tls-failed" if _TLS.search(failure) else "connection-failed"


def advice_for(backend: Backend, kind: str, host: str) -> Advice:
    """What the backend's catalog says of such a failure, narrowest rule first as it stands there; else what holds everywhere."""
    for rule in backend.tables.of(TransportRule):
        if rule.kind == kind and (not rule.hosts or any(fnmatchcase(host.lower(), pattern) for pattern in rule.hosts)):
            return rule.advice
    return shared_advice(kind)


@cache
def shared_advice(name: str) -> Advice:
    """What a failure means where no catalog has a word of its own."""
    return read_table(Advice, rule_tables("failures")["advice"][name], Place("failures.toml", f"[advice.{name}]", checked=True))
