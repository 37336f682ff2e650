"""Occurrences of several files, machines and runs made one list: in the order of time, and none twice.

The same error can come from the log of a run and from the capture of that run, from a capture that two people have, or from a log to which one
capture was added twice.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..record import ErrorRecord
from .group import Occurrence


def merged(occurrences: Iterable[Occurrence]) -> list[Occurrence]:
    """The occurrences, oldest first. Of several with one record, the first that has its exchange stays, or else the first."""
    found: dict[tuple[object, ...], Occurrence] = {}
    for occurrence in occurrences:
        known = found.setdefault(key(occurrence.record), occurrence)
        if known.exchange is None and occurrence.exchange is not None:
            found[key(occurrence.record)] = Occurrence(known.record, occurrence.exchange)
    return sorted(found.values(), key=lambda occurrence: occurrence.record.timestamp)


def key(record: ErrorRecord) -> tuple[object, ...]:
    """What two copies of one record agree in, although redacted under different keys. Without a flow, where it was met stands in its place."""
    where = (record.flow_id,) if record.flow_id else (record.address, record.port, record.fingerprint)
    return (record.timestamp, *where, record.index, record.type)
