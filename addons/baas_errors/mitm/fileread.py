"""The file that this mitmproxy was started to read, for what mitmproxy's reader of HAR files passes over."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import NamedTuple

from mitmproxy import ctx

from ..text.paths import expand_user


class FileRead(NamedTuple):
    """A file as it stands now: read anew if it has changed."""

    path: Path
    size: int
    changed: int


def file_read() -> FileRead | None:
    """The file, or None where there is none at hand: nothing was read, or standard input or a pipe was."""
    try:
        named = ctx.options.rfile
        if not named or named == "-":
            return None
        path = expand_user(named)
        state = path.stat()
    except (AttributeError, OSError, ValueError):
        return None
    # A pipe was read to its end, and to open it again would wait for another writer, and all traffic with it.
    if not stat.S_ISREG(state.st_mode):
        return None
    return FileRead(path, state.st_size, state.st_mtime_ns)
