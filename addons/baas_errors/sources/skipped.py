"""What a reader could not read, and what it hands out beside exchanges and records."""

from __future__ import annotations

from typing import NamedTuple

from ..exchange import Exchange
from ..record import ErrorRecord

# Of one file: a file full of junk must not fill the memory with what is wrong with it.
MOST_KEPT = 300


class SourceError(ValueError):
    """An input cannot be read at all; the text names it, and says what would be right."""


class Recorded(NamedTuple):
    """An exchange whose errors were found before: an entry of a HAR file that this project wrote."""

    exchange: Exchange
    records: tuple[ErrorRecord, ...]


class Skip(NamedTuple):
    """Something that was left out: the `number`th (from 1) of its `kind` (entry, line, flow) in a file; number 0 is the file's rest.

    `many` is more than 1 for what is only counted. The reason never quotes what the file holds, since reports carry it.
    """

    file: str
    kind: str
    number: int
    reason: str
    many: int = 1

    def __str__(self) -> str:
        place = f"{self.file}, {self.kind} {self.number}" if self.number else self.file
        return f"{place}: {self.reason}"


class Skips:
    """Collects what is left out of one file: the first few hundred one by one, and those that follow as one that counts them."""

    def __init__(self, file: str, into: list[Skip]) -> None:
        self.file = file
        self.count = 0
        self.first = ""
        self._into = into
        self._counted_at = 0

    def add(self, kind: str, number: int, reason: str) -> None:
        """Notes one thing that was left out."""
        self.count += 1
        self.first = self.first or (f"{kind} {number}: {reason}" if number else reason)
        if self.count <= MOST_KEPT:
            self._into.append(Skip(self.file, kind, number, reason))
            return
        more = self.count - MOST_KEPT
        counted = Skip(self.file, kind, 0, f"{more:,} more could not be read", more)
        if more == 1:
            self._counted_at = len(self._into)
            self._into.append(counted)
        else:
            self._into[self._counted_at] = counted
