"""Files written whole or not at all, readable by their owner only: what they hold is about somebody's app."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from ..places import place


def write_whole(path: Path, fill: Callable[[BinaryIO], None]) -> None:
    """Writes a file with what `fill` puts into it.

    The folder is made where needed. A pipe or device is written to as it is. Raises OSError if the file cannot be written; a file that stood
    there before is then as it was.
    """
    # What a link points at is replaced, not the link.
    path = Path(os.path.realpath(place(path)))
    if _is_special(path):
        with open(path, "wb") as target:
            fill(target)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:80]}.", suffix=".tmp")
    try:
        with open(handle, "wb") as target:
            fill(target)
            target.flush()
            os.fsync(target.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    _sync_folder(path.parent)


def write_text(path: Path, text: str) -> None:
    """Writes a text file in UTF-8, with the line ends that the text has; raises OSError like `write_whole`."""

    def fill(target: BinaryIO) -> None:
        target.write(text.encode("utf-8", "replace"))

    write_whole(path, fill)


def _is_special(path: Path) -> bool:
    """Whether something stands there that is no file: a pipe, a terminal, /dev/null. Replacing it would take it from the system."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(f"{str(path)!r} is a folder; give the name of a file in it")
    return not stat.S_ISREG(mode)


def _sync_folder(folder: Path) -> None:
    """Makes the new name last through a crash, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
