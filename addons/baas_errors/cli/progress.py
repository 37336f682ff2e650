"""Shows how far reading is: on a terminal one line that is cleared afterwards, elsewhere a line every ten seconds, on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from ..sources import Item, Place
from ..text import one_line, plural


class Progress:
    """Follows what is read. On a terminal the line appears after `delay` seconds and changes `every` so many; without one a line is written every
    `in_pipe` seconds. Nothing with `quiet`."""

    def __init__(self, stream: Any = None, delay: float = 1.0, every: float = 0.2, *, in_pipe: float = 10.0, quiet: bool = False) -> None:
        self._stream, self._quiet = stream or sys.stderr, quiet
        self._delay, self._every, self._in_pipe = delay, every, in_pipe

    def __call__(self, name: str, items: Iterator[Item], place: Place | None = None) -> Iterable[Item]:
        """Passes the items of an input on and tells how far they are."""
        return items if self._quiet else self._followed(name, items, place or Place())

    def _followed(self, name: str, items: Iterator[Item], place: Place) -> Iterator[Item]:
        on_terminal = self._stream.isatty()
        delay, every = (self._delay, self._every) if on_terminal else (self._in_pipe, self._in_pipe)
        started = time.monotonic()
        following, shown = started + delay, False
        try:
            for count, item in enumerate(items, 1):
                yield item
                if (now := time.monotonic()) >= following:
                    following, shown = now + every, on_terminal
                    line = f"{one_line(name, 1_000)[-60:]}: {_state(count, place, now - started)}"
                    self._write(f"\r\x1b[K{line}" if on_terminal else f"{line}\n")
        finally:
            if shown:
                self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(text)
            self._stream.flush()


def _state(count: int, place: Place, seconds: float) -> str:
    """How far reading is after so many seconds: `12.3 of 39.9 MB, 31 %, 4.1 MB/s, 7 s left`; where the size is not known, the number of entries."""
    done, total = place.bytes_read() or (0, 0)
    if not total or not done or seconds <= 0:
        return f"{plural(count, 'entry', 'entries')} read"
    rate = done / seconds
    left = round(max(0, total - done) / rate)
    shown = f"{left // 60} min {left % 60} s" if left >= 60 else f"{left} s"
    return f"{done / 1e6:,.1f} of {total / 1e6:,.1f} MB, {min(100, 100 * done // total)} %, {rate / 1e6:,.1f} MB/s, {shown} left"
