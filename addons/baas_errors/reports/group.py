"""Occurrences of errors, without duplicates, and grouped by fingerprint for the sections of a report."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from ..record import ErrorRecord
from ..text import plural
from .redacted_exchange import CleanExchange

BUCKETS = 40
# A quoted value, or what differs between findings of one cause: earlier flows, lengths of time, counts.
_VARYING = re.compile(r"`[^`]*`|(?i:\bflow [\w-]+)|\d[\d.,]* (?:s|min|h|days)(?: \d+ (?:s|min))?\b|\d+")


class Occurrence(NamedTuple):
    """One error with what is known beside its record: its exchange, the input that it was read from, and the last request of its method and path that
    worked before it."""

    record: ErrorRecord
    exchange: CleanExchange | None = None
    source: str = ""
    worked: CleanExchange | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Occurrences with one fingerprint, oldest first. `sample` is the latest with a request id, or else the latest; `first` and `last` are times;
    `users` counts the pseudonyms of who asked."""

    sample: Occurrence
    record: ErrorRecord
    members: tuple[Occurrence, ...]
    count: int
    first: str
    last: str
    endpoint: str
    users: int = 0


def groups_of(occurrences: Iterable[Occurrence]) -> list[Group]:
    """The groups, largest first, then by type and endpoint."""
    found: dict[str, list[Occurrence]] = {}
    for occurrence in occurrences:
        found.setdefault(occurrence.record.fingerprint, []).append(occurrence)
    groups = []
    for members in found.values():
        members.sort(key=lambda member: member.record.timestamp)
        sample = next((member for member in reversed(members) if member.record.request_id), members[-1])
        endpoint = f"{sample.record.method} {sample.record.url_template}".strip()
        times = members[0].record.timestamp, members[-1].record.timestamp
        users = len({member.record.user for member in members} - {""})
        groups.append(Group(sample, sample.record, tuple(members), len(members), *times, endpoint, users))
    return sorted(groups, key=lambda group: (-group.count, group.record.type, group.endpoint))


def merged(occurrences: Iterable[Occurrence]) -> list[Occurrence]:
    """The occurrences, oldest first, without duplicates; of duplicates the first is kept, with the first exchange among them."""
    found: dict[tuple[object, ...], Occurrence] = {}
    for occurrence in occurrences:
        known = found.setdefault(_copy_key(occurrence.record), occurrence)
        if known.exchange is None and occurrence.exchange is not None:
            found[_copy_key(occurrence.record)] = occurrence._replace(record=known.record)
    return sorted(found.values(), key=lambda occurrence: occurrence.record.timestamp)


def _copy_key(record: ErrorRecord) -> tuple[object, ...]:
    """Equal for copies of one record, even if redacted with different keys."""
    where = (record.flow_id,) if record.flow_id else (record.address, record.port, record.fingerprint)
    return (record.timestamp, *where, record.index, record.type)


def error_id(record: ErrorRecord) -> str:
    """The same 12 hex digits for one error in a capture, a log and a report, whenever they are read."""
    return sha256(repr(_copy_key(record)).encode("utf-8", "replace")).hexdigest()[:12]


def found_in(group: Group, most: int = 5, *, causes: bool = False) -> list[tuple[str, bool, int]]:
    """The findings of a group: text, whether it is certain, and count; most frequent first, secondary findings last. Findings that differ only in
    flows, times and counts are one, with the text of the latest. `causes` leaves the secondary findings out."""
    counts: Counter[tuple[bool, str, bool]] = Counter()
    latest: dict[tuple[bool, str, bool], str] = {}
    for member in group.members:
        said = {(found.secondary, _VARYING.sub(_masked, found.says), found.certain): found.says for found in member.record.findings}
        counts.update(said.keys())
        latest |= said
    ordered = sorted(counts.items(), key=lambda item: (item[0][0], -item[1]))
    return [(latest[key], key[2], count) for key, count in ordered if not (key[0] and causes)][:most]


def _masked(found: re.Match[str]) -> str:
    # What is quoted is the user's own, and stays.
    return found[0] if found[0].startswith("`") else "#"


def how_often(count: int, users: int, first: str, last: str) -> str:
    """`6 times, 4 users, since 12:29 UTC`, from the numbers of errors and users, and the first and the last time; with the date if that changed."""
    who = f", {plural(users, 'user')}" if users else ""
    start = first[11:16] if first[:10] == last[:10] else first[:16].replace("T", " ")
    return f"{plural(count, 'time')}{who}, since {start} UTC" if count > 1 else f"once{who}, at {first[11:19]} UTC"


def cause(says: str, certain: bool) -> str:
    """The text of a finding, with "Likely" in front of an uncertain one."""
    return says if certain or says.lower().startswith("likely") else f"Likely: {says}"


def redactions(occurrences: Iterable[Occurrence]) -> int:
    """The number of values that were redacted, each exchange counted once."""
    exchanges: set[int] = set()
    total = 0
    for record, exchange, *_ in occurrences:
        if exchange is None:
            total += record.redactions
        elif id(exchange) not in exchanges:
            exchanges.add(id(exchange))
            total += exchange.redactions
    return total


def seconds(timestamp: str) -> float:
    """A record's time in seconds since the epoch, 0 if it is invalid."""
    try:
        return datetime.fromisoformat(timestamp).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def time_line(members: Sequence[Occurrence], start: float, end: float, buckets: int = BUCKETS) -> list[int]:
    """The number of occurrences in each of `buckets` equal parts of the time from start to end."""
    counts = [0] * buckets
    span = end - start
    for member in members:
        at = (seconds(member.record.timestamp) - start) / span if span > 0 else 0.5
        counts[min(buckets - 1, max(0, int(at * buckets)))] += 1
    return counts
