"""The log: one JSON object a line, appended at once, readable by its owner only."""

from __future__ import annotations

import os
import stat as stats
from pathlib import Path


class Journal:
    """A file that lines are appended to.

    Each line is written in one call, so that several processes can share the file without tearing each other's lines. A file that was
    moved away or removed (log rotation) is made anew.
    """

    def __init__(self, path: Path) -> None:
        """Opens the file in a folder that is there. Raises OSError if that cannot be done."""
        self.path = path
        self._file = -1
        self._torn = False
        self._open()

    def _open(self) -> None:
        self.close()
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        stat = os.fstat(self._file)
        self._identity = (stat.st_dev, stat.st_ino)
        self._torn = _breaks_off(self.path, stat)

    def _is_current(self) -> bool:
        try:
            stat = self.path.stat()
        except OSError:
            return False
        return (stat.st_dev, stat.st_ino) == self._identity

    def append(self, line: str) -> None:
        """Appends one line. Raises OSError if it cannot be written whole; the next call tries again on a line of its own."""
        if self._file < 0 or not self._is_current():
            # The folder was there at the start: somebody has tidied up meanwhile.
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._open()
        data = (b"\n" if self._torn else b"") + line.encode("utf-8", "replace") + b"\n"
        written = os.write(self._file, data)
        self._torn = written != len(data)
        if self._torn:
            raise OSError(f"only {written} of {len(data)} bytes could be written")

    def close(self) -> None:
        """Closes the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _breaks_off(path: Path, stat: os.stat_result) -> bool:
    """Whether a file's last line has no end: whoever wrote it was stopped in the middle."""
    if not stats.S_ISREG(stat.st_mode) or not stat.st_size:
        return False
    try:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
    except OSError:
        # A log that may only be appended to.
        return False
