"""What a reader could not read, and what it hands out beside exchanges and records."""

from __future__ import annotations

from typing import NamedTuple

from ..exchange import Exchange
from ..record import ErrorRecord


class SourceError(ValueError):
    """An input cannot be read at all; the text names it, and says what would be right."""


class Recorded(NamedTuple):
    """An exchange whose errors were found before: an entry of a HAR file that this project wrote."""

    exchange: Exchange
    records: tuple[ErrorRecord, ...]


class Skip(NamedTuple):
    """Something that was left out: the `number`th (from 1) of its `kind` (entry, line, flow) in a file; number 0 is the file's rest.

    The reason never quotes what the file holds, since reports carry it.
    """

    file: str
    kind: str
    number: int
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}, {self.kind} {self.number}" if self.number else self.file
        return f"{place}: {self.reason}"


class Skips:
    """Collects what is left out of one file."""

    def __init__(self, file: str, into: list[Skip]) -> None:
        self.file = file
        self.count = 0
        self.first = ""
        self._into = into

    def add(self, kind: str, number: int, reason: str) -> None:
        """Notes one thing that was left out."""
        skip = Skip(self.file, kind, number, reason)
        self.count += 1
        self.first = self.first or (f"{kind} {number}: {reason}" if number else reason)
        self._into.append(skip)
