"""What was found while a request was searched for secrets, and how much work is left to find more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..exchange.json_reader import DEEPEST

# What searching a request may cost, in units of about a microsecond: a value costs one or two.
MOST_WORK = 12_000


class Found(set[str]):
    """The secrets that were found, and how much work is left to find more."""

    left = MOST_WORK

    def spend(self, cost: int) -> bool:
        """Whether there is work left for something that costs so much."""
        self.left -= cost
        return self.left > 0

    def keep(self, value: Any) -> None:
        """Adds the texts and numbers in a value."""
        for text in _texts(value, 0):
            if not self.spend(1 + len(text) // 200):
                return
            self.add(text)


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif type(value) is int:
        yield str(value)
    elif isinstance(value, (dict, list)) and depth < DEEPEST:
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item, depth + 1)


class Sent(NamedTuple):
    """The secret values of a request, longest first; `whole` says whether all of it was searched, and none is left out."""

    values: list[str]
    whole: bool
