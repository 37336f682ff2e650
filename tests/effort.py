"""How much work something is, as a multiple of a fixed loop measured in the same run: the same on a slow or busy machine as on a fast one."""

from __future__ import annotations

import time
from collections.abc import Callable

# Rounds of the loop: about 10 ms on a machine of 2024.
_ROUNDS = 60_000


def _loop() -> None:
    table: dict[int, str] = {}
    for number in range(_ROUNDS):
        table[number % 97] = str(number)


def processor_time(work: Callable[[], object]) -> float:
    """Seconds of this process on a processor."""
    start = time.process_time()
    work()
    return time.process_time() - start


def unit() -> float:
    """The processor time of the loop now, the least of three, in seconds."""
    return min(processor_time(_loop) for _ in range(3))


def effort(work: Callable[[], object], enough: float = 0.0) -> float:
    """The processor time of some work in units of the loop: the least of three runs, of one if that took less than `enough`."""
    best = float("inf")
    for _ in range(3):
        best = min(best, processor_time(work) / unit())
        if best < enough:
            break
    return best
