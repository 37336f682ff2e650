"""Occurrences of errors, without duplicates, and grouped by fingerprint for the sections of a report."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import islice
from typing import NamedTuple

from ..record import ErrorRecord, Finding
from ..record.summary import how_often as how_often
from .curl import command
from .redacted_exchange import CleanExchange

BUCKETS = 40
MOST_TRIED = 20
# What differs between findings of one cause: ids and values in what they quote; outside of it earlier flows, lengths of time, counts.
_VARYING = re.compile(r"`[^`]*`|(?i:\bflow [\w-]+(?: \[[^\]]*\])?)|\bjust(?= before\b)|\d[\d.,]* (?:s|min|h|days)(?: \d+ (?:s|min))?\b|\d+")
_QUOTED = re.compile(r"`[^`]*`")
# In a quotation: the value of a JSON key, a pseudonym, a word with digits or with many capitals, a number. Names of fields, classes and paths stay.
_VALUE = re.compile(r':\s*"[^"`]*"?|#[0-9a-f]{6}\b|\b(?=\w*\d)\w{6,}\b|\b(?=(?:\w*[A-Z]){3})(?=\w*[a-z])\w{8,}\b|\d+')


class Occurrence(NamedTuple):
    """One error with what is known beside its record: its exchange, the input that it was read from, and the last request of its method and path that
    worked before it."""

    record: ErrorRecord
    exchange: CleanExchange | None = None
    source: str = ""
    worked: CleanExchange | None = None


def occurrences_of(
    records: Iterable[ErrorRecord], exchange: CleanExchange | None, source: str = "", worked: CleanExchange | None = None
) -> Iterator[Occurrence]:
    """The errors of one exchange. Beside that of a part of it the last request that worked is not shown."""
    return (Occurrence(record, exchange, source, worked if record.index is None else None) for record in records)


@dataclass(frozen=True)
class Group:
    """Occurrences with one fingerprint, oldest first. `sample` is the latest with a request id, or else the latest, of those with the most frequent
    cause; `first` and `last` are times; `users` counts the pseudonyms of who asked."""

    sample: Occurrence
    record: ErrorRecord
    members: tuple[Occurrence, ...]
    count: int
    first: str
    last: str
    endpoint: str
    users: int = 0

    @cached_property
    def repeatable(self) -> Occurrence | None:
        """The latest occurrence whose request curl can repeat; of those with an exchange the latest are tried."""
        known = (member for member in reversed(self.members) if member.exchange)
        return next((member for member in islice(known, MOST_TRIED) if member.exchange and command(member.exchange).text), None)


def groups_of(occurrences: Iterable[Occurrence]) -> list[Group]:
    """The groups, largest first, then by type and endpoint; those of errors on demand last."""
    found: dict[str, list[Occurrence]] = {}
    for occurrence in occurrences:
        found.setdefault(occurrence.record.fingerprint, []).append(occurrence)
    groups = []
    for members in found.values():
        members.sort(key=lambda member: member.record.timestamp)
        usual = _with_usual_cause(members)
        sample = next((member for member in reversed(usual) if member.record.request_id), usual[-1])
        endpoint = f"{sample.record.method} {sample.record.url_template}".strip()
        times = members[0].record.timestamp, members[-1].record.timestamp
        users = len({member.record.user for member in members} - {""})
        groups.append(Group(sample, sample.record, tuple(members), len(members), *times, endpoint, users))
    return sorted(groups, key=lambda group: (bool(group.record.injected), -group.count, group.record.type, group.endpoint))


def _with_usual_cause(members: list[Occurrence]) -> list[Occurrence]:
    """Those of a group's members that have the most frequent cause; all where none was found."""
    if len(members) == 1:
        return members
    causes = [dict.fromkeys(_key(found) for found in member.record.findings if not found.secondary) for member in members]
    counts = Counter(key for keys in causes for key in keys)
    top = max(counts, key=counts.__getitem__, default=None)
    return [member for member, keys in zip(members, causes, strict=True) if top in keys] if top else members


def _key(found: Finding) -> tuple[bool, str, str, bool]:
    """Equal for findings of one cause."""
    return found.secondary, found.rule, same_cause(found.says), found.certain


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


class Found(NamedTuple):
    """A finding of several errors: the text of the latest, whether it is certain, how many errors have it, how many values it quotes in them, and the
    remedy of the latest, "" for what is no cause."""

    says: str
    certain: bool
    times: int
    values: int = 1
    fix: str = ""

    @property
    def text(self) -> str:
        """The text, with "Likely" in front of an uncertain one."""
        return cause(self.says, self.certain)

    def of(self, count: int) -> str:
        """`3 of 6`, and how many values the finding quotes."""
        return f"{self.times:,} of {count:,}" + (f", {self.values:,} values" if self.values > 1 else "")


def found_in(group: Group, most: int = 5, *, causes: bool = False) -> list[Found]:
    """The findings of a group, most frequent first, secondary findings last. Findings of one rule that differ only in flows, times, counts, ids and
    values are one. `causes` leaves the secondary findings out."""
    alike: dict[tuple[bool, str, str, bool], list[Finding]] = {}
    for member in group.members:
        for key, found in {_key(found): found for found in member.record.findings if not (found.secondary and causes)}.items():
            alike.setdefault(key, []).append(found)
    shown = []
    for same in sorted(alike.values(), key=lambda same: (same[0].secondary, -len(same)))[:most]:
        latest, values = same[-1], {"".join(_QUOTED.findall(one.says)) for one in same}
        shown.append(Found(latest.says, latest.certain, len(same), len(values), "" if latest.secondary else latest.fix))
    return shown


def remedies(group: Group, found: Iterable[Found]) -> list[str]:
    """What to do about these findings of a group, in their order, then what the catalog says."""
    own = {one.fix for one in group.record.findings}
    return list(dict.fromkeys([*(one.fix for one in found if one.fix), *(fix for fix in group.record.fix if fix not in own)]))


def remedies_beside(group: Group, found: Iterable[Found]) -> tuple[list[str], bool]:
    """What to do about a group that is shown with these findings, and whether each remedy of theirs is to stand beside its finding: so where there
    are several; what is left is what to do in general."""
    several = sum(bool(one.fix) for one in found) > 1
    return remedies(group, [] if several else found), several


@lru_cache(maxsize=4096)
def same_cause(says: str) -> str:
    """The text of a finding without what varies between errors of one cause."""
    shown = _VARYING.sub(lambda part: _VALUE.sub("#", part[0]) if part[0].startswith("`") else "#", says)
    return shown.replace("other ids", "other id")


def cause(says: str, certain: bool) -> str:
    """The text of a finding, with "Likely" in front of an uncertain one."""
    return says if certain or says.lower().startswith("likely") else f"Likely: {says}"


def shares(groups: Sequence[Group], most: int) -> list[int]:
    """Distributes `most` occurrences over the groups: small groups get all of theirs, large ones share the rest."""
    allowed = [0] * len(groups)
    left = most
    by_size = sorted(range(len(groups)), key=lambda number: groups[number].count)
    for position, number in enumerate(by_size):
        allowed[number] = min(groups[number].count, left // (len(groups) - position))
        left -= allowed[number]
    return allowed


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
