"""Where decisions come from: a random generator with a fixed seed, or the bytes that a coverage-guided fuzzer hands in."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")


class Chance(Protocol):
    """A source of decisions."""

    def below(self, most: int) -> int:
        """A number from 0 to `most` - 1."""

    def raw(self, most: int) -> bytes:
        """At most so many bytes."""


class RandomChance:
    """The same decisions for the same seed."""

    def __init__(self, seed: int | str) -> None:
        self._next = random.Random(seed).random
        self._bytes = random.Random(f"{seed} bytes").randbytes

    def below(self, most: int) -> int:
        return int(self._next() * most)

    def raw(self, most: int) -> bytes:
        return self._bytes(self.below(most) + 1)


class ByteChance:
    """Decisions read off a text of bytes; 0 for all that come after its end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def below(self, most: int) -> int:
        width = 1 if most <= 256 else 2
        part = self._data[self._at : self._at + width]
        self._at += width
        return int.from_bytes(part) % most

    def raw(self, most: int) -> bytes:
        size = self.below(most) + 1
        part = self._data[self._at : self._at + size]
        self._at += size
        return part


def pick(chance: Chance, choices: Sequence[T]) -> T:
    """One of several things, the first of them where there is nothing left to decide by."""
    return choices[chance.below(len(choices))]
