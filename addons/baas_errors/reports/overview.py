"""The errors of a report counted by cause, by endpoint and by type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ..record import ErrorRecord
from .group import Group, Occurrence, cause, same_cause

NO_CAUSE = "No cause was found in the request itself."


@dataclass(slots=True)
class Row:
    """One cause, endpoint or type: its text, how many errors, whose and when; `kinds` are the fingerprints of its groups, largest first."""

    text: str
    count: int = 0
    first: str = ""
    last: str = ""
    users: set[str] = field(default_factory=set)
    kinds: list[str] = field(default_factory=list)

    def add(self, text: str, record: ErrorRecord) -> None:
        """Counts an error; the text is that of the latest."""
        self.count += 1
        if record.timestamp >= self.last:
            self.text, self.last = text, record.timestamp
        self.first = min(self.first or record.timestamp, record.timestamp)
        if record.user:
            self.users.add(record.user)


def by_cause(groups: Sequence[Group]) -> list[Row]:
    """A row for each cause; of an error with several the first counts. Errors without one share the last row."""
    rows = _rows(groups, _cause)
    return sorted(rows, key=lambda row: row.text == NO_CAUSE)


def by_endpoint(groups: Sequence[Group]) -> list[Row]:
    """A row for each method and path template."""
    return _rows(groups, lambda member: (f"{member.record.method} {member.record.url_template}".strip(),) * 2)


def by_type(groups: Sequence[Group]) -> list[Row]:
    """A row for each type."""
    return _rows(groups, lambda member: (member.record.type,) * 2)


def _rows(groups: Iterable[Group], key_of: Callable[[Occurrence], tuple[object, str]]) -> list[Row]:
    rows: dict[object, Row] = {}
    for group in groups:
        for member in group.members:
            key, text = key_of(member)
            row = rows.setdefault(key, Row(text))
            row.add(text, member.record)
            if not row.kinds or row.kinds[-1] != group.record.fingerprint:
                row.kinds.append(group.record.fingerprint)
    return sorted(rows.values(), key=lambda row: -row.count)


def _cause(member: Occurrence) -> tuple[object, str]:
    first = next((found for found in member.record.findings if not found.secondary), None)
    return ((first.rule, same_cause(first.says), first.certain), cause(first.says, first.certain)) if first else (None, NO_CAUSE)
