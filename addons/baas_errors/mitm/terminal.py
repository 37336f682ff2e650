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
import os
import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from mitmproxy import ctx
from mitmproxy.log import ALERT, MitmFormatter

from ..history.store import LOOP, TwoGenerationLRU
from ..record import ErrorRecord
from ..render.record_text import WIDTH, dedupe_key, repeat_line, short_block, terminal_block
from ..text import plural

PAUSE = 0.05
# So many blocks are printed at once though they come thick, in so many seconds.
AT_ONCE, SECOND = 20, 1.0
# For so many seconds an error that was printed in full is told in one line when it comes again, and so many of them are remembered.
FRESH, MOST_FRESH = 10.0, 500
# Of one kind of error so many are printed in full while it is fresh; the others in brief.
IN_FULL = 3
# Where the event loop does not get round to it, as while a file is read.
MOST_WAITING = 100
# Of the errors in one answer so many are printed: each takes a millisecond.
MOST_PRINTED = 5
NARROWEST, WIDEST = 40, 200
# What colours mean: the name, the cause, what to do; all else is dim.
NAME, PLAIN, DIM = "1;33", "0", "2"
COLOURS = {"found": PLAIN, "means": PLAIN, "do": "32", "says": DIM, "debug": DIM, "retry": DIM, "also": DIM, "or it is": DIM, "id": DIM}
_OURS = "baas_errors_block"

logger = logging.getLogger(__name__)


def painted(text: str) -> str:
    """The lines of blocks in colour: a label's colour holds until the next."""
    colour, lines, is_found = NAME, [], False
    for line in text.split("\n"):
        if not line.startswith(" "):
            colour, is_found = NAME, False
        elif line[:2] == "  " and line[2:3] != " ":
            label = line[2:11].strip()
            is_found |= label == "found"
            # Where a cause was found, the general meaning stands back.
            colour = DIM if label == "means" and is_found else COLOURS.get(label, PLAIN)
        lines.append(f"\x1b[{colour}m{line}\x1b[0m" if line else "")
    return "\n".join(lines)


class BlockFormatter(MitmFormatter):
    """As mitmproxy's own, with our blocks in colours that mean something, and none where the user wants none (`NO_COLOR`)."""

    def __init__(self, colours: bool) -> None:
        super().__init__(colours and not os.environ.get("NO_COLOR"))

    def format(self, record: logging.LogRecord) -> str:
        """The line as it is printed; an event log has no part in the colours."""
        if not self.colorize or not hasattr(record, _OURS):
            return super().format(record)
        return self.without_client % (self.formatTime(record), painted(record.getMessage()))


class Terminal:
    """Prints blocks at warning level. `together` says whether they may wait: not where mitmdump prints each flow between them. `always`: also where
    mitmproxy is to be quiet (`-q`)."""

    def __init__(self) -> None:
        self.together = self.always = False
        self._waiting: list[str] = []
        self._again: dict[str, Callable[[], str]] = {}
        self._told: TwoGenerationLRU[Hashable, float] = TwoGenerationLRU(MOST_FRESH)
        self._kinds: TwoGenerationLRU[str, tuple[float, int]] = TwoGenerationLRU(MOST_FRESH)
        # It runs as long as blocks come thick.
        self._timer: asyncio.TimerHandle | None = None
        self._room, self._since = 0, -SECOND
        # What prints mitmproxy's log on the terminal; the console program has none.
        self._handler: Any = None

    def attach(self) -> None:
        """Finds what prints mitmproxy's log, and colours our part of it."""
        addons: Any = ctx.master.addons
        self._handler = getattr(addons.get("termlog"), "logger", None)
        if self._handler is not None:
            self._handler.formatter = BlockFormatter(self._handler.has_vt_codes)

    def detach(self) -> None:
        """Prints what waits, and gives mitmproxy its own format back."""
        self.flush()
        if self._handler is not None:
            self._handler.formatter = MitmFormatter(self._handler.has_vt_codes)

    @property
    def width(self) -> int:
        """In columns: of the terminal, if there is one."""
        try:
            return min(max(os.get_terminal_size(self._handler.file.fileno()).columns, NARROWEST), WIDEST)
        except (AttributeError, OSError, ValueError):
            return WIDTH

    def print(self, text: str, level: int = ALERT) -> None:
        """Prints a text at once."""
        logger.log(level, text, extra={_OURS: True})
        if self.always and self._handler is not None and level < self._handler.level:
            self._handler.handle(logger.makeRecord(logger.name, level, "", 0, text, (), None, extra={_OURS: True}))

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
            self.print(block, logging.WARNING)
            return
        self._waiting.append(block)
        if len(self._waiting) >= MOST_WAITING:
            self._print()

    def tell_errors(self, records: Sequence[ErrorRecord], failures: int) -> None:
        """Prints the errors of one answer; of a request with so many `failures`, what says the same again is printed in short."""
        for record in records[:MOST_PRINTED]:
            if failures > LOOP and self.is_fresh(dedupe_key(record)):
                self.tell_again(record.fingerprint, functools.partial(repeat_line, record, failures))
            elif self.is_one_of_many(record.fingerprint):
                self.tell(short_block(record, self.width))
            else:
                self.tell(terminal_block(record, self.width))
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

    def is_one_of_many(self, kind: str) -> bool:
        """Whether so many of this kind were printed in full a moment ago that this one is told in brief."""
        now = time.monotonic()
        since, count = self._kinds.get(kind) or (now, 0)
        if now - since >= FRESH:
            since, count = now, 0
        self._kinds.put(kind, (since, count + 1))
        return count >= IN_FULL

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
            self.print("\n".join([*waiting, *(line() for line in again.values())]), logging.WARNING)
