"""The details of an occurrence in the HTML report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ...record import ErrorRecord
from ...reports.curl import Command, command
from ...reports.group import Group, Occurrence
from ...reports.redacted_exchange import CleanExchange
from ...reports.ticket import ticket_of, when
from ...text import safe

Pairs = tuple[tuple[str, str], ...]
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\Z)|[{}\[\],:]|[^\s{}\[\],:"]+', re.S)


class Message(NamedTuple):
    """A request or a response: first line, headers, body."""

    line: str
    headers: Pairs
    body: str


class Detail(NamedTuple):
    """The details of an occurrence. A finding is its text, its evidence, and "yes" if it is certain."""

    facts: Pairs
    findings: tuple[tuple[str, str, str], ...]
    request: Message | None
    answer: Message | None
    curl: str
    ticket: str


def detail(group: Group, occurrence: Occurrence) -> Detail:
    """The details of an occurrence, escaped for terminals."""
    record, exchange = occurrence
    repeated = command(exchange) if exchange else Command("")
    return Detail(
        tuple((label, safe(value)) for label, value in _facts(record) if value),
        tuple((safe(found.says), safe(found.evidence), "yes" if found.certain else "") for found in record.findings),
        _message(f"{exchange.method} {exchange.url}", exchange.request_headers, exchange.request_body) if exchange else None,
        _message(_status_line(exchange), exchange.response_headers, exchange.response_body) if exchange else None,
        repeated.text,
        ticket_of(group, occurrence, repeated),
    )


def _facts(record: ErrorRecord) -> Iterator[tuple[str, str]]:
    yield "Server says", record.message
    yield "Debug", record.debug
    yield "Time", when(record.timestamp)
    yield "Request id", record.request_id
    yield "Client request id", record.client_request_id
    yield "URL", record.url
    yield "Status", "" if record.status is None else str(record.status)
    yield "Position in the batch", "" if record.index is None else str(record.index)
    yield "App", record.app
    yield "SDK", record.client
    yield "Took", "" if record.duration_ms is None else f"{record.duration_ms:,} ms"
    yield "Flow", record.flow_id


def _status_line(exchange: CleanExchange) -> str:
    return exchange.failure or ("WebSocket message" if exchange.status is None else f"Status {exchange.status}")


def _message(line: str, headers: Pairs, body: str) -> Message:
    return Message(safe(line), tuple((safe(name), safe(value)) for name, value in headers), pretty(body))


def pretty(body: str) -> str:
    """The body with JSON indented."""
    body = body.replace("\r\n", "\n")
    return safe(_indented(body) if body.lstrip()[:1] in ("{", "[") else body)


def _indented(text: str) -> str:
    """Indents JSON without parsing it: numbers, repeated keys and syntax errors stay as they were sent."""
    shown: list[str] = []
    depth = 0
    previous = ""
    for part in _TOKENS.findall(text):
        closes, opened = part in ("}", "]"), previous in ("{", "[")
        depth = max(0, depth - closes)
        if previous == "," or closes != opened:
            shown.append("\n" + "  " * min(depth, 20))
        elif previous == ":":
            shown.append(" ")
        shown.append(part)
        depth += part in ("{", "[")
        previous = part
    return "".join(shown)
