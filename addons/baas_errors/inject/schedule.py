"""Decides which requests get an error, and after what delay. The same seed and the same order of requests give the same choices."""

from __future__ import annotations

import random

from ..history.store import TwoGenerationLRU
from .spec import How


class Schedule:
    """Counts the requests that one spec is for, of each client by itself where it says `per client`."""

    def __init__(self, text: str, how: How, seed: str) -> None:
        self._how, self._seed = how, f"{seed}|{text}"
        self._counts: TwoGenerationLRU[str, tuple[int, float]] = TwoGenerationLRU()
        self.given = 0

    def take(self, client: str, now: float) -> float | None:
        """Counts one more request, at `now` (seconds since the epoch): the delay of its error in seconds, or None if it gets none."""
        how, key = self._how, client if self._how.per_client else ""
        count, since = self._counts.get(key) or (0, now)
        count += 1
        self._counts.put(key, (count, since))
        number = count - how.after
        if number <= 0 or (how.lasts is not None and now - since > how.lasts):
            return None
        if (how.first is not None and number > how.first) or (how.nth is not None and number != how.nth) or (how.every and number % how.every):
            return None
        # Each request has chances of its own: what other clients do meanwhile does not change them.
        chance = random.Random(f"{self._seed}|{key}|{count}")  # noqa: S311
        if how.percent is not None and chance.random() * 100 >= how.percent:
            return None
        self.given += 1
        return chance.uniform(*how.delay)
