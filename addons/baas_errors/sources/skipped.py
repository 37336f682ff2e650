"""What readers skip, and exchanges with recorded errors."""

from __future__ import annotations

from typing import NamedTuple

from ..exchange import Exchange
from ..record import ErrorRecord

# Per file, so that a file full of junk does not fill the memory.
MOST_KEPT = 300


class SourceError(ValueError):
    """An input cannot be read at all; the text names the input and the remedy."""


class Recorded(NamedTuple):
    """An exchange with the errors recorded for it: an entry of a HAR file that this project wrote."""

    exchange: Exchange
    records: tuple[ErrorRecord, ...]


class Skip(NamedTuple):
    """A skipped item: the `number`th (from 1) of its `kind` (entry, line, flow) in a file; number 0 is the rest of the file.

    `many` counts the items that it stands for. Reports show the reason. Without `damage` the input is whole, and the rest is told for information.
    """

    file: str
    kind: str
    number: int
    reason: str
    many: int = 1
    damage: bool = True

    def __str__(self) -> str:
        place = f"{self.file}, {self.kind} {self.number}" if self.number else self.file
        return f"{place}: {self.reason}"


class Skips:
    """Collects what is skipped in one file: the first few hundred items one by one, all later ones as one count. `format` names what the file is."""

    def __init__(self, file: str, into: list[Skip], around: Skips | None = None) -> None:
        self.file, self.format = file, ""
        self.count = 0
        self.first = ""
        self._into = into
        self._counted_at = 0
        self._around = around

    def inside(self, name: str) -> Skips:
        """Collects what is skipped in a file that is in this one."""
        return Skips(f"{self.file}, {name}", self._into, self)

    def note(self, text: str) -> None:
        """Adds what is worth knowing of the file, and is no damage."""
        self._into.append(Skip(self.file, "", 0, text, damage=False))

    def add(self, kind: str, number: int, reason: str) -> None:
        """Adds a skipped item."""
        self._count(f"{kind} {number}: {reason}" if number else reason)
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

    def _count(self, reason: str) -> None:
        self.count += 1
        self.first = self.first or reason
        if self._around:
            self._around._count(reason)
