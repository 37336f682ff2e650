"""The errors of a report counted by cause, by endpoint and by type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from .group import Group, Occurrence, cause, same_cause

NO_CAUSE = "No cause was found in the request itself."

# Members of a group, oldest first, that share a key, and the text that shows it.
_Part = tuple[object, str, Sequence[Occurrence]]


@dataclass(slots=True)
class Row:
    """One cause, endpoint or type: its text, how many errors, whose and when; `kinds` are the fingerprints of its groups, largest first."""

    text: str
    count: int = 0
    first: str = ""
    last: str = ""
    users: set[str] = field(default_factory=set)
    kinds: list[str] = field(default_factory=list)

    def add(self, text: str, members: Sequence[Occurrence], kind: str) -> None:
        """Counts errors of one kind, oldest first; the text is that of the latest."""
        first, last = members[0].record.timestamp, members[-1].record.timestamp
        self.count += len(members)
        if last >= self.last:
            self.text, self.last = text, last
        self.first = min(self.first or first, first)
        self.users |= {member.record.user for member in members} - {""}
        self.kinds.append(kind)


def by_cause(groups: Sequence[Group]) -> list[Row]:
    """A row for each cause; of an error with several the first counts. Errors without one share the last row."""
    return sorted(_rows(groups, _causes), key=lambda row: row.text == NO_CAUSE)


def by_endpoint(groups: Sequence[Group]) -> list[Row]:
    """A row for each method and path template."""
    return _rows(groups, lambda group: [(group.endpoint, group.endpoint, group.members)])


def by_type(groups: Sequence[Group]) -> list[Row]:
    """A row for each type."""
    return _rows(groups, lambda group: [(group.record.type, group.record.type, group.members)])


def _rows(groups: Iterable[Group], parts_of: Callable[[Group], Iterable[_Part]]) -> list[Row]:
    rows: dict[object, Row] = {}
    for group in groups:
        for key, text, members in parts_of(group):
            rows.setdefault(key, Row(text)).add(text, members, group.record.fingerprint)
    return sorted(rows.values(), key=lambda row: -row.count)


def _causes(group: Group) -> Iterable[_Part]:
    found: dict[object, list[Occurrence]] = {}
    texts: dict[object, str] = {}
    for member in group.members:
        first = next((one for one in member.record.findings if not one.secondary), None)
        key = (first.rule, same_cause(first.says), first.certain) if first else None
        found.setdefault(key, []).append(member)
        texts[key] = cause(first.says, first.certain) if first else NO_CAUSE
    return ((key, texts[key], members) for key, members in found.items())
