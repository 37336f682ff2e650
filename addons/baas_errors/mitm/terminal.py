"""Blocks for the terminal and the event log, several in one go where they come thick.

Each call of mitmproxy's logging wakes the event loop and is passed on to every addon, which costs more than finding out what the error means. Yet
only what is printed by a call of its own bears its time. So the first twenty blocks of a second are printed at once; beyond that, those that
follow each other within a twentieth of a second are printed together. Of one error that comes again and again meanwhile only the last is printed,
which says how often it came.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections.abc import Callable, Hashable, Sequence

from ..history.store import LOOP, TwoGenerationLRU
from ..record import ErrorRecord
from ..render.record_text import dedupe_key, repeat_line, terminal_block
from ..text import plural

PAUSE = 0.05
# So many blocks are printed at once though they come thick, in so many seconds.
AT_ONCE, SECOND = 20, 1.0
# For so many seconds an error that was printed in full is told in one line when it comes again, and so many of them are remembered.
FRESH, MOST_FRESH = 10.0, 500
# Where the event loop does not get round to it, as while a file is read.
MOST_WAITING = 100
# Of the errors in one answer so many are printed: each takes a millisecond.
MOST_PRINTED = 5

logger = logging.getLogger(__name__)


class Terminal:
    """Prints blocks at warning level. `together` says whether they may wait: not where mitmdump prints each flow between them."""

    def __init__(self) -> None:
        self.together = False
        self._waiting: list[str] = []
        self._again: dict[str, Callable[[], str]] = {}
        self._told: TwoGenerationLRU[Hashable, float] = TwoGenerationLRU(MOST_FRESH)
        # It runs as long as blocks come thick.
        self._timer: asyncio.TimerHandle | None = None
        self._room, self._since = 0, -SECOND

    def tell(self, block: str) -> None:
        """Prints a block, at once or with the next."""
        if self._timer is None:
            # After a pause one is printed at once: a flood is never given more room while it lasts.
            now = time.monotonic()
            if now - self._since >= SECOND:
                self._room, self._since = AT_ONCE, now
            self._room = max(self._room, 1)
            if self.together:
                self._wait()
        if self._room > 0 and not self._waiting and not self._again:
            self._room -= 1
            logger.warning(block)
            return
        self._waiting.append(block)
        if len(self._waiting) >= MOST_WAITING:
            self._print()

    def tell_errors(self, records: Sequence[ErrorRecord], failures: int) -> None:
        """Prints the errors of one answer; of a request with so many `failures`, what says the same again is printed in short."""
        for record in records[:MOST_PRINTED]:
            if failures > LOOP and self.is_fresh(dedupe_key(record)):
                self.tell_again(record.fingerprint, functools.partial(repeat_line, record, failures))
            else:
                self.tell(terminal_block(record))
        if (more := len(records) - MOST_PRINTED) > 0:
            self.tell(f"{plural(more, 'more error')} in this answer: see the log")

    def is_fresh(self, kind: Hashable) -> bool:
        """Whether an error of this kind was printed in full a moment ago; if not, it counts as printed now."""
        now = time.monotonic()
        told = self._told.get(kind)
        if told is not None and now - told < FRESH:
            return True
        self._told.put(kind, now)
        return False

    def tell_again(self, kind: str, line: Callable[[], str]) -> None:
        """Prints a line about one more error of a kind that was printed before, at once or, unless yet another comes, with the next."""
        if self._timer is None:
            self.tell(line())
            return
        if len(self._again) >= MOST_WAITING and kind not in self._again:
            self._print()
        self._again[kind] = line

    def flush(self) -> None:
        """Prints what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._print()

    def _wait(self) -> None:
        try:
            self._timer = asyncio.get_running_loop().call_later(PAUSE, self._after_pause)
        except RuntimeError:
            # No event loop runs, so that nothing would print what waits.
            self._timer = None

    def _after_pause(self) -> None:
        self._timer = None
        if self._waiting or self._again:
            self._print()
            self._wait()

    def _print(self) -> None:
        waiting, again = self._waiting, self._again
        self._waiting, self._again = [], {}
        if waiting or again:
            logger.warning("\n".join([*waiting, *(line() for line in again.values())]))
