"""HAR entries that this project wrote: they contain the records of their errors, with findings from the traffic around them."""

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
    """The exchange of an entry with the records in it; the exchanges `found` in it for an entry without records."""
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
    """The records in an entry; none if one of them is invalid: then the exchange is analyzed again."""
    values = entry.get(FIELD) if isinstance(entry, dict) else None
    try:
        return tuple(record_of(value) for value in values) if isinstance(values, list) else ()
    except ValueError:
        return ()


def _message(entry: dict[str, Any]) -> str:
    """The WebSocket message, which is written as the body of a response without a status, or ""."""
    answer = entry.get("response")
    content = answer.get("content") if isinstance(answer, dict) and not answer.get("_error") else None
    text = content.get("text") if isinstance(content, dict) else None
    return scrub(text) if isinstance(text, str) else ""
