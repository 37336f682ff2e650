"""Writes files completely or not at all, readable by their owner only."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from ..text.paths import expand_user, refuse_planted, refuse_planted_links


def write_whole(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """Writes what `fill` writes. Creates the folder if needed; writes to pipes and devices directly.

    Raises OSError if the file cannot be written; an existing file is then unchanged.
    """
    # Replaces the target of a link, not the link.
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
    """Writes a text in UTF-8 with `write_whole`."""
    write_whole(path, lambda target: target.write(text.encode("utf-8", "replace")))


def _followed(path: Path) -> Path:
    """The target of a path with links; raises PermissionError for a link that another user may have created, since its target would be replaced."""
    refuse_planted_links(path.absolute())
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return target


def _is_special(path: Path) -> bool:
    """Whether the path is a pipe or device, such as /dev/null, which must not be replaced."""
    try:
        found = path.stat()
    except OSError:
        return False
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(f"{str(path)!r} is a folder; give the name of a file in it")
    if stat.S_ISFIFO(found.st_mode):
        refuse_planted(path, found, path.parent.stat(), "a pipe")
    return not stat.S_ISREG(found.st_mode)


def _sync_folder(folder: Path) -> None:
    """Writes the folder to disk, so that the new name survives a crash, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
