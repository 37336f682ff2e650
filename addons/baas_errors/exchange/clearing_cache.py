"""A cache with a size limit that is cleared when it is full."""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class ClearingCache(dict[K, V]):
    """A dict of at most `most` entries, cleared before one more is added. Only `cache[key] = value` checks the limit."""

    __slots__ = ("most",)

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def __setitem__(self, key: K, value: V) -> None:
        if len(self) >= self.most:
            self.clear()
        super().__setitem__(key, value)
