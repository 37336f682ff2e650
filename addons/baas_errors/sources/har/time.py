"""Parses times and durations in HAR files, which tools write in many forms."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from ...exchange.json_reader import as_object

_BEFORE_ZONE = re.compile(r"\s(?=Z$|[+-])")


def moment(value: Any) -> float | None:
    """Seconds since the epoch, or None for an invalid time. A time without an offset is UTC; numbers above 1e11 are milliseconds."""
    if type(value) in (int, float):
        try:
            seconds = float(value)
        except OverflowError:
            return None
        return _plausible(seconds / 1000 if seconds > 1e11 else seconds)
    try:
        return _plausible(_since_epoch(datetime.fromisoformat(_BEFORE_ZONE.sub("", value.strip().upper())))) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def _since_epoch(time: datetime) -> float:
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _plausible(seconds: float) -> float | None:
    # Fiddler writes the year 1 for what has not happened.
    return seconds if math.isfinite(seconds) and 0 < seconds < 2**36 else None


def moment_of_date(value: str) -> float | None:
    """Seconds since the epoch for a Date header, or None."""
    try:
        return _since_epoch(parsedate_to_datetime(value))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def duration(entry: dict[str, Any]) -> float | None:
    """The duration of an entry in seconds: its `time`, or the sum of its timings; None if neither is valid."""
    parts = [_milliseconds(entry.get("time"))]
    if parts == [None]:
        # `ssl` is included in `connect`; -1 means "does not apply".
        timings = as_object(entry.get("timings"))
        parts = [_milliseconds(timings.get(name)) for name in ("blocked", "dns", "connect", "send", "wait", "receive")]
    known = [part for part in parts if part is not None]
    return sum(known) / 1000 if known else None


def _milliseconds(value: Any) -> float | None:
    return float(value) if type(value) in (int, float) and 0 <= value < 1e9 else None
