"""A table that forgets everything when it is full: for what can be worked out again, at a price."""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class ClearingCache(dict[K, V]):
    """A dict of at most `most` entries. It is read like any other; the entry that finds it full finds it empty.

    Only `memo[key] = value` minds the bound. What must not be forgotten all at once is kept in `memory.Bounded`.
    """

    __slots__ = ("most",)

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def __setitem__(self, key: K, value: V) -> None:
        if len(self) >= self.most:
            self.clear()
        super().__setitem__(key, value)
