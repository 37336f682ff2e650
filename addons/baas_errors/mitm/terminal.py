"""Blocks for the terminal and the event log, several in one go where they come thick.

Each call of mitmproxy's logging wakes the event loop and is passed on to every addon, which costs more than finding out what the error means. So the
first twenty blocks of a second are printed at once; beyond that, those that follow each other within a twentieth of a second are printed together. Of
one error that comes again and again meanwhile only the last is printed, which says how often it came. A block begins with the time of the answer in
UTC, as logs, reports and texts have it, not with the time at which it is printed.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import re
import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from mitmproxy import ctx
from mitmproxy.log import ALERT, MitmFormatter

from ..history.store import LOOP, TwoGenerationLRU
from ..record import ErrorRecord
from ..render.record_text import TIME, WIDTH, dedupe_key, repeat_line, short_block, terminal_block
from ..text import plural

PAUSE = 0.05
# So many blocks are printed at once though they come thick, in so many seconds.
AT_ONCE, SECOND = 20, 1.0
# For so many seconds an error that was printed in full is told in one line when it comes again, and so many of them are remembered.
FRESH, MOST_FRESH = 10.0, 500
# Of one kind of error with one remedy so many are printed in full while it is fresh; the others in brief.
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
_TIME = re.compile(r"\[\d\d:\d\d:\d\d UTC\] ")

logger = logging.getLogger(__name__)


def timed(text: str, times: Sequence[str]) -> str:
    """The blocks, each with its time in front."""
    left = iter(times)
    return "\n".join(f"[{time} UTC] {line}" if line[:1] != " " and (time := next(left, "")) else line for line in text.split("\n"))


def painted(text: str) -> str:
    """The lines of blocks in colour: a label's colour holds until the next."""
    colour, lines, is_found = NAME, [], False
    for whole in text.split("\n"):
        clock, line = (f"\x1b[36m\x1b[2m{whole[: TIME - 1]}\x1b[0m ", whole[TIME:]) if _TIME.match(whole) else ("", whole)
        if not line.startswith(" "):
            colour, is_found = NAME, False
        elif line[:2] == "  " and line[2:3] != " ":
            label = line[2:11].strip()
            is_found |= label == "found"
            # Where a cause was found, the general meaning stands back.
            colour = DIM if label == "means" and is_found else COLOURS.get(label, PLAIN)
        lines.append(f"{clock}\x1b[{colour}m{line}\x1b[0m" if line else "")
    return "\n".join(lines)


class BlockFormatter(MitmFormatter):
    """As mitmproxy's own, with our blocks in colours that mean something, and none where the user wants none (`NO_COLOR`)."""

    def __init__(self, colours: bool) -> None:
        super().__init__(colours and not os.environ.get("NO_COLOR"))

    def format(self, record: logging.LogRecord) -> str:
        """The line as it is printed; an event log has no part in the colours."""
        times = getattr(record, _OURS, None)
        if times is None:
            return super().format(record)
        text = timed(record.getMessage(), times)
        return painted(text) if self.colorize else text


class Terminal:
    """Prints blocks at warning level. `together` says whether they may wait: not where mitmdump prints each flow between them. `always`: also where
    mitmproxy is to be quiet (`-q`)."""

    def __init__(self) -> None:
        self.together = self.always = False
        # Blocks with their times.
        self._waiting: list[tuple[str, str]] = []
        self._again: dict[str, tuple[Callable[[], str], str]] = {}
        # Of each kind of error: since when it is fresh, and how many were printed since.
        self._fresh: TwoGenerationLRU[Hashable, tuple[float, int]] = TwoGenerationLRU(2 * MOST_FRESH)
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

    def print(self, text: str, level: int = ALERT, times: Sequence[str] = ()) -> None:
        """Prints a text at once, its blocks with these times (`12:29:07`, UTC)."""
        logger.log(level, text, extra={_OURS: times})
        if self.always and self._handler is not None and level < self._handler.level:
            self._handler.handle(logger.makeRecord(logger.name, level, "", 0, text, (), None, extra={_OURS: times}))

    def tell(self, block: str, time_of: str = "") -> None:
        """Prints a block with its time, at once or with the next."""
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
            self.print(block, logging.WARNING, (time_of,))
            return
        self._waiting.append((block, time_of))
        if len(self._waiting) >= MOST_WAITING:
            self._print()

    def tell_errors(self, records: Sequence[ErrorRecord], failures: int) -> None:
        """Prints the errors of one answer; of a request with so many `failures`, what says the same again is printed in short."""
        for record in records[:MOST_PRINTED]:
            time_of = record.timestamp[11:19]
            if failures > LOOP and self._is_fresh(dedupe_key(record), 1):
                self.tell_again(record.fingerprint, functools.partial(repeat_line, record, failures), time_of)
            elif self._is_fresh((record.fingerprint, record.finding, record.fix[:1]), IN_FULL):
                self.tell(short_block(record, self.width), time_of)
            else:
                self.tell(terminal_block(record, self.width), time_of)
        if (more := len(records) - MOST_PRINTED) > 0:
            self.tell(f"{plural(more, 'more error')} in this answer: see the log", records[0].timestamp[11:19])

    def _is_fresh(self, kind: Hashable, printed: int) -> bool:
        """Whether so many errors of this kind were printed in full a moment ago; one more counts as printed now."""
        now = time.monotonic()
        since, count = self._fresh.get(kind) or (now, 0)
        if now - since >= FRESH:
            since, count = now, 0
        self._fresh.put(kind, (since, count + 1))
        return count >= printed

    def tell_again(self, kind: str, line: Callable[[], str], time_of: str = "") -> None:
        """Prints a line about one more error of a kind that was printed before, at once or, unless yet another comes, with the next."""
        if self._timer is None:
            self.tell(line(), time_of)
            return
        if len(self._again) >= MOST_WAITING and kind not in self._again:
            self._print()
        self._again[kind] = line, time_of

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
            blocks = [*waiting, *((line(), time_of) for line, time_of in again.values())]
            self.print("\n".join(block for block, _ in blocks), logging.WARNING, [time_of for _, time_of in blocks])
