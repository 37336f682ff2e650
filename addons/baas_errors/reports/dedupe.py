"""Removes duplicate occurrences: one error can come from the log of a run, from its capture, and from a copy of either."""

from __future__ import annotations

from collections.abc import Iterable

from ..record import ErrorRecord
from .group import Occurrence


def merged(occurrences: Iterable[Occurrence]) -> list[Occurrence]:
    """The occurrences, oldest first, without duplicates; of duplicates the first is kept, with the first exchange among them."""
    found: dict[tuple[object, ...], Occurrence] = {}
    for occurrence in occurrences:
        known = found.setdefault(key(occurrence.record), occurrence)
        if known.exchange is None and occurrence.exchange is not None:
            found[key(occurrence.record)] = Occurrence(known.record, occurrence.exchange)
    return sorted(found.values(), key=lambda occurrence: occurrence.record.timestamp)


def key(record: ErrorRecord) -> tuple[object, ...]:
    """Equal for copies of one record, even if redacted with different keys."""
    where = (record.flow_id,) if record.flow_id else (record.address, record.port, record.fingerprint)
    return (record.timestamp, *where, record.index, record.type)
