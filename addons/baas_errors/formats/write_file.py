"""Files written whole or not at all, readable by their owner only: what they hold is about somebody's app."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from ..text.paths import expand_user

# As many as Linux follows.
_MOST_LINKS = 40


def write_whole(path: Path, fill: Callable[[BinaryIO], None]) -> None:
    """Writes a file with what `fill` puts into it.

    The folder is made where needed. A pipe or device is written to as it is. Raises OSError if the file cannot be written; a file that stood
    there before is then as it was.
    """
    # What a link points at is replaced, not the link.
    path = _followed(expand_user(path))
    if _is_special(path):
        with open(path, "wb") as target:
            fill(target)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:80]}.", suffix=".tmp")
    try:
        with open(handle, "wb") as target:
            if hasattr(os, "fchmod"):
                os.fchmod(handle, 0o600)
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


def _followed(path: Path) -> Path:
    """Where a path leads over its links; raises PermissionError at one that a stranger may have laid, since what it points at would be replaced."""
    at = path
    for _ in range(_MOST_LINKS):
        link = next((part for part in (*reversed(at.parents), at) if part.is_symlink()), None)
        if link is None:
            return Path(os.path.realpath(path))
        _refuse_strangers(link, link.lstat().st_uid, "a link")
        at = link.parent / link.readlink() / at.relative_to(link)
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))


def _refuse_strangers(path: Path, owner: int, what: str) -> None:
    """The rule that Linux has for links and pipes in /tmp, wherever this runs."""
    if not hasattr(os, "geteuid"):
        return
    folder = path.parent.stat()
    if folder.st_mode & stat.S_IWOTH and owner not in (os.geteuid(), folder.st_uid):
        says = f"{path.name!r} is {what} that somebody else has put into a folder open to all; give another name"
        raise PermissionError(errno.EACCES, says, str(path))


def _is_special(path: Path) -> bool:
    """Whether something stands there that is no file: a pipe, a terminal, /dev/null. Replacing it would take it from the system."""
    try:
        found = path.stat()
    except OSError:
        return False
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(f"{str(path)!r} is a folder; give the name of a file in it")
    if stat.S_ISFIFO(found.st_mode):
        _refuse_strangers(path, found.st_uid, "a pipe")
    return not stat.S_ISREG(found.st_mode)


def _sync_folder(folder: Path) -> None:
    """Makes the new name last through a crash, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
