"""The log: one JSON object a line, appended at once, readable by its owner only.

Each line goes out in one call and under a lock, so that several processes can share the file. A line is in it whole or not at all: what part of one
a full disk still took is taken back, and where a process was killed in the middle of a line, the next one begins on a line of its own. A file that
was moved away or removed (log rotation) is made anew. While it cannot be written, lines wait in memory, within bounds, and are written afterwards.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat as stats
import time
from collections import deque
from itertools import accumulate, islice
from pathlib import Path
from typing import NamedTuple

from ..text import plural
from ..text.paths import is_strangers, refuse_planted_links

try:
    from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock

    _LOCK, _UNLOCK = LOCK_EX | LOCK_NB, LOCK_UN
except ImportError:  # Windows
    flock = None  # type: ignore[assignment]
    _LOCK = _UNLOCK = 0

# How the first line of each run ends: no reader of JSON minds the space, and `--run last` finds where the last run begins.
NEW_RUN = b" \n"
# Lines that wait while the file cannot be written, and the bytes that they may take; what comes beyond is lost, and counted.
MOST_WAITING = 500
MOST_WAITING_BYTES = 1024 * 1024

# Without O_NONBLOCK a pipe that nobody reads would stop the proxy; files do not care.
_FLAGS = os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
# How long a lock is waited for, in seconds: a line takes a small part of this.
_PAUSES = (0, 0, 0, 0, *[0.0001] * 16)
_PATIENCE = 1.0
_OTHERS = 0o077


class Resumed(NamedTuple):
    """The file can be written again: how many lines had to wait for it, and how many more were lost."""

    late: int
    lost: int

    def __str__(self) -> str:
        late = f"{plural(self.late, 'error')} that had to wait {'is' if self.late == 1 else 'are'} in it" if self.late else ""
        lost = f"{plural(self.lost, 'error is', 'errors are')} missing" if self.lost else "none is missing"
        return ", ".join(filter(None, (late, lost)))


class Journal:
    """A file that lines are appended to, by one thread at a time."""

    def __init__(self, path: Path, *, before: bool = False) -> None:
        """Opens the file in a folder that is there. Raises OSError if that cannot be done, unless it could be done `before`: then later, perhaps."""
        self.path = path
        self._name = os.fspath(path)
        self._file = -1
        self._regular = False
        # Where the file ended after our last line; anything else means that somebody else has written.
        self._end = -1
        # Whether part of a line stands at the end of what cannot be read back.
        self._torn = False
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._lost = 0
        # Since when another process has had the lock whenever it was wanted.
        self._refused: float | None = None
        self.note = ""
        try:
            self._open()
        except OSError:
            if not before:
                raise

    def append(self, *lines: str) -> Resumed | None:
        """Appends lines, after those that wait; returns how many there were if any did. Raises OSError if they cannot be written: then they wait, or
        are lost if too many do. Every call tries again."""
        late = len(self._waiting)
        for line in lines:
            self._waiting.append(line.encode("utf-8", "replace") + b"\n")
            self._waiting_bytes += len(self._waiting[-1])
        try:
            # In their order. The first of them tells whether the file is well again.
            self._drain()
        except OSError:
            while len(self._waiting) > MOST_WAITING or self._waiting_bytes > MOST_WAITING_BYTES:
                self._waiting_bytes -= len(self._waiting.pop())
                self._lost += 1
            raise
        if not late and not self._lost:
            return None
        lost, self._lost = self._lost, 0
        return Resumed(late, lost)

    def close(self) -> int:
        """Closes the file; returns how many lines are lost because they could not be written until now."""
        self._refused = None
        with contextlib.suppress(OSError):
            self._drain()
        lost = self._lost + len(self._waiting)
        self._waiting.clear()
        self._waiting_bytes = self._lost = 0
        self._release()
        return lost

    def _drain(self) -> None:
        while self._waiting:
            many = self._as_many_as_go_out_at_once()
            self._write(b"".join(many))
            for line in many:
                self._waiting_bytes -= len(line)
                self._waiting.popleft()

    def _as_many_as_go_out_at_once(self) -> list[bytes]:
        """Of lines that wait the first, and those after it where the file takes them whole or not at all, and has taken the last."""
        if len(self._waiting) > 1 and flock is not None and self._end >= 0:
            self._current()
            if self._regular:
                sizes = accumulate(map(len, self._waiting))
                return list(islice(self._waiting, max(1, sum(1 for size in sizes if size <= MOST_WAITING_BYTES))))
        return [self._waiting[0]]

    def _open(self) -> None:
        self._release()
        self._file = _opened(self._name)
        self._opened = os.fstat(self._file)
        self._regular = stats.S_ISREG(self._opened.st_mode)
        self._end = -1
        self._torn = False
        self.note = self._made_private(self._opened) if self._regular else ""

    def _made_private(self, stat: os.stat_result) -> str:
        """Takes the file from everybody but its owner; returns what there is to say about it."""
        mode = stats.S_IMODE(stat.st_mode)
        if mode == 0o600 or not hasattr(os, "geteuid"):
            return ""
        try:
            os.fchmod(self._file, 0o600)
        except OSError:
            return f"others may open it (mode {mode:o}), and only its owner can change that" if mode & _OTHERS else ""
        return f"others could open it (mode {mode:o}); from now on only its owner can (mode 600)" if mode & _OTHERS else ""

    def _write(self, data: bytes) -> None:
        stat = self._current()
        locked = self._regular and self._lock()
        try:
            # Under the lock nobody is in the middle of a line: what breaks off was left by one who was killed.
            if stat.st_size != self._end and self._regular:
                self._torn = self._breaks_off(os.fstat(self._file).st_size)
            if self._torn:
                data = b"\n" + data
            written = os.write(self._file, data)
            if written != len(data):
                self._write_rest(data, written, locked)
            self._torn = False
            self._end = stat.st_size + len(data)
        finally:
            if locked:
                flock(self._file, _UNLOCK)

    def _current(self) -> os.stat_result:
        """What is known of the file that bears the log's name; one that was taken away is made anew."""
        with contextlib.suppress(OSError):
            stat = os.stat(self._name)  # noqa: PTH116 - Path.stat takes longer, and this is asked for every line
            if self._file >= 0 and os.path.samestat(stat, self._opened):
                return stat
        # The folder was there at the start: somebody has tidied up meanwhile.
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._open()
        return os.fstat(self._file)

    def _write_rest(self, data: bytes, written: int, locked: bool) -> None:
        """Writes what is missing of a line. Raises OSError after it has taken back what is there of it."""
        try:
            # Asked for the rest, the system says what is wrong. Nobody else writes meanwhile.
            while locked and written < len(data):
                written += os.write(self._file, data[written:])
            if written < len(data):
                raise BlockingIOError(errno.EAGAIN, f"only {written} of {len(data)} bytes could be written")
        except OSError:
            self._torn, self._end = True, -1
            with contextlib.suppress(OSError):
                if locked and (end := os.lseek(self._file, 0, os.SEEK_CUR)) == os.fstat(self._file).st_size:
                    os.ftruncate(self._file, end - written)
                    self._torn = False
            raise

    def _lock(self) -> bool:
        """Takes the lock that is held while a line is written; False if there are no locks here. Another process has it for the time of a line. One
        that was stopped in the middle would have it for ever: then raises BlockingIOError."""
        if flock is None:
            return False
        try:
            flock(self._file, _LOCK)
        except BlockingIOError:
            return self._wait_for_lock()
        except OSError:
            return False
        self._refused = None
        return True

    def _wait_for_lock(self) -> bool:
        now = time.monotonic()
        if self._refused is None:
            self._refused = now
        # One that is at work lets go of it time and again; one that has had it for long is not waited for at each line.
        for pause in _PAUSES if now - self._refused < _PATIENCE else ():
            time.sleep(pause)
            with contextlib.suppress(BlockingIOError):
                flock(self._file, _LOCK)
                self._refused = None
                return True
        raise BlockingIOError(errno.EAGAIN, "another process holds it locked")

    def _breaks_off(self, size: int) -> bool:
        """Whether the last line has no end."""
        if not size:
            return False
        try:
            os.lseek(self._file, -1, os.SEEK_END)
            return os.read(self._file, 1) != b"\n"
        except OSError:
            # A log that may be written and not read.
            return self._torn

    def _release(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _opened(name: str) -> int:
    """The file, for reading too where that is allowed: only so can be seen how it ends. Reading a pipe would take from others what is in it. Raises
    PermissionError for what another user has put in its place."""
    is_pipe = False
    with contextlib.suppress(OSError):
        is_pipe = stats.S_ISFIFO(os.stat(name).st_mode)  # noqa: PTH116 - a name is what open takes
    refuse_planted_links(Path(name).absolute())
    # A link that is made after this look is not followed.
    flags = _FLAGS if os.path.islink(name) else _FLAGS | getattr(os, "O_NOFOLLOW", 0)  # noqa: PTH114
    file = -1
    if not is_pipe:
        with contextlib.suppress(PermissionError):
            file = os.open(name, os.O_RDWR | flags, 0o600)
    file = file if file >= 0 else os.open(name, os.O_WRONLY | flags, 0o600)
    stat = os.fstat(file)
    if not stats.S_ISCHR(stat.st_mode) and is_strangers(stat.st_uid):
        os.close(file)
        raise PermissionError(errno.EPERM, f"it belongs to another user, whose id is {stat.st_uid}")
    return file
