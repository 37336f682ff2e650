"""Entries that this project wrote: the errors found at the time stand in them, with the findings that the traffic around them allowed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from ...exchange import Body, Exchange
from ...record import ErrorRecord
from ...record.parse import record_of
from ...text import scrub
from ..skipped import Recorded

FIELD = "_baasErrors"


def as_recorded(entry: Any, found: Sequence[Exchange]) -> Iterable[Exchange | ErrorRecord | Recorded]:
    """What stands for an entry: its exchange with the errors in it, or what was `found` in an entry of another tool's."""
    records = _records(entry)
    if not records:
        return found
    if not found:
        return records
    exchange = found[0]
    if exchange.response is None and (message := _message(entry)):
        exchange = replace(exchange, failure="", message=Body.of(message.encode(), "application/json"))
    return [Recorded(exchange, records)]


def _records(entry: Any) -> tuple[ErrorRecord, ...]:
    """The records in an entry; none if any of them cannot be read: then the errors are looked for anew."""
    values = entry.get(FIELD) if isinstance(entry, dict) else None
    try:
        return tuple(record_of(value) for value in values) if isinstance(values, list) else ()
    except ValueError:
        return ()


def _message(entry: dict[str, Any]) -> str:
    """The WebSocket message that stands as the body of an answer without a status, or ""."""
    answer = entry.get("response")
    content = answer.get("content") if isinstance(answer, dict) and not answer.get("_error") else None
    text = content.get("text") if isinstance(content, dict) else None
    return scrub(text) if isinstance(text, str) else ""
