"""Times in HAR files: ISO 8601 as every tool understands it, and durations that can be anything."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

# Offsets with and without a colon, any number of fractional digits (Fiddler writes seven), no seconds, a blank in the place of the T.
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,20}))?)?\s*([Zz]|[+-]\d\d(?::?\d\d)?)?")


def moment(value: Any) -> float | None:
    """Seconds since the epoch, or None for what is no time. A time without an offset is taken for UTC; numbers may be milliseconds."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            seconds = float(value)
        except OverflowError:
            return None
        seconds = seconds / 1000 if seconds > 1e11 else seconds
        return seconds if math.isfinite(seconds) and 0 < seconds < 2**36 else None
    if not isinstance(value, str) or (match := _TIME.fullmatch(value.strip())) is None:
        return None
    day, clock, second, fraction, offset = match.groups()
    offset = "+00:00" if offset in (None, "Z", "z") else f"{offset[:3]}:{offset[-2:] if len(offset) > 3 else '00'}"
    try:
        return datetime.fromisoformat(f"{day}T{clock}:{second or '00'}.{(fraction or '0')[:6]:0<6}{offset}").timestamp()
    except (ValueError, OverflowError):
        return None


def moment_of_date(value: str) -> float | None:
    """Seconds since the epoch for a Date header, or None."""
    try:
        parsed = parsedate_to_datetime(value)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def duration(entry: dict[str, Any]) -> float | None:
    """How many seconds an entry took: `time`, or the sum of its timings where that is absent or negative; None if neither is known."""
    lasted = _milliseconds(entry.get("time"))
    if lasted is None:
        timings = entry.get("timings")
        # `ssl` is part of `connect`; -1 stands for what did not happen.
        names = ("blocked", "dns", "connect", "send", "wait", "receive")
        parts = [_milliseconds(timings.get(name)) for name in names] if isinstance(timings, dict) else []
        known = [part for part in parts if part is not None]
        lasted = sum(known) if known else None
    return None if lasted is None else lasted / 1000


def _milliseconds(value: Any) -> float | None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    return float(value) if 0 <= value < 1e9 and math.isfinite(value) else None
