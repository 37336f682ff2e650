"""Writes the log in a thread of its own, in order, so that a slow disk delays no request.

An event loop is never kept: what it hands over it can await, so that an answer goes on when its error is in the file, and others meanwhile.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic

from .log_file import Journal, Resumed

# What waits for the disk, in characters: some ten thousand records. What comes beyond is lost, and counted.
MOST_QUEUED = 16 * 1024 * 1024
# In seconds. Lines are waited for until they are in the file, unless the disk takes longer than this; then they are not until it is quick again.
QUICK = 0.04
# In seconds: how long the end of mitmproxy waits for the disk.
PATIENCE = 30.0
# On a machine so busy that the thread gets no turn, as many times QUICK.
_MOST_TURNS = 5


class LogWriter:
    """Hands lines to a journal in another thread. `failed` is called there with what went wrong when the file cannot be written, for each write, and
    `resumed` when it can be again."""

    def __init__(self, journal: Journal, failed: Callable[[OSError], None], resumed: Callable[[Resumed], None]) -> None:
        self.note = journal.note
        self._journal, self._failed, self._resumed = journal, failed, resumed
        self._lines: deque[str] = deque()
        self._queued = self._lost = 0
        # How many lines the disk is at work on.
        self._writing, self._began = 0, 0.0
        self._ends = self._slow = False
        # What event loops await: each until the lines before it are written.
        self._awaited: list[asyncio.Future[None]] = []
        # Held for moments only, and never while the disk is at work.
        self._lock = threading.Lock()
        self._more, self._idle = threading.Condition(self._lock), threading.Condition(self._lock)
        self._thread: threading.Thread | None = None

    def append(self, *lines: str) -> None:
        """Appends lines in the order of the calls. Returns when they are in the file, or could not be written, or the disk is slow; at once where an
        event loop runs, which can await `written`."""
        with self._lock:
            for line in lines:
                if self._queued + len(line) > MOST_QUEUED:
                    self._lost += 1
                else:
                    self._lines.append(line)
                    self._queued += len(line)
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="baas-errors-log", daemon=True)
                self._thread.start()
            self._more.notify()
            if _running_loop() is not None:
                return
            for _ in range(0 if self._slow else _MOST_TURNS):
                if self._idle.wait_for(lambda: not self._lines and not self._writing, QUICK):
                    return
                if self._writing and monotonic() - self._began > QUICK:
                    break
            self._slow = True

    def written(self) -> asyncio.Future[None] | None:
        """What an event loop awaits until all lines are in the file, or could not be written, or the disk is slow; None where it need not."""
        loop = _running_loop()
        with self._lock:
            if loop is None or self._slow or not (self._lines or self._writing):
                return None
            future = loop.create_future()
            self._awaited.append(future)
        timer = loop.call_later(QUICK, self._give_up, future)
        future.add_done_callback(lambda _: timer.cancel())
        return future

    def _give_up(self, future: asyncio.Future[None]) -> None:
        self._slow = True
        _end([future])

    def close(self) -> int:
        """Waits until everything is written, and closes the file; returns how many lines are lost."""
        with self._lock:
            self._ends = True
            self._more.notify()
        if self._thread is not None:
            self._thread.join(PATIENCE)
            if self._thread.is_alive():
                # The disk hangs: what it has of the file is its own.
                with self._lock:
                    return self._lost + len(self._lines) + self._writing
        return self._lost + self._journal.close()

    def _write(self) -> None:
        awaited: list[asyncio.Future[None]] = []
        while True:
            with self._lock:
                self._writing = 0
                if not self._lines:
                    awaited, self._awaited = awaited + self._awaited, []
                _end_elsewhere(awaited)
                if not self._lines:
                    self._idle.notify_all()
                    self._more.wait_for(lambda: self._lines or self._ends)
                if not self._lines:
                    return
                lines, lost = tuple(self._lines), self._lost
                self._writing, self._began = len(lines), monotonic()
                self._lines.clear()
                self._queued = self._lost = 0
                awaited, self._awaited = self._awaited, []
            try:
                resumed = self._journal.append(*lines)
            except OSError as error:
                with self._lock:
                    self._lost += lost
                self._failed(error)
            else:
                if resumed or lost:
                    self._resumed(Resumed(resumed.late if resumed else 0, (resumed.lost if resumed else 0) + lost))
            self._slow = monotonic() - self._began > QUICK


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _end(awaited: Sequence[asyncio.Future[None]]) -> None:
    for future in awaited:
        if not future.done():
            future.set_result(None)


def _end_elsewhere(awaited: Sequence[asyncio.Future[None]]) -> None:
    """Ends what is awaited, from another thread than that of its event loop."""
    if awaited:
        with suppress(RuntimeError):  # a loop that has ended awaits nothing
            awaited[0].get_loop().call_soon_threadsafe(_end, awaited)
