"""File names given by users, and who has put what there."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_ALL_WRITE = 0o022


def expand_user(name: str | Path) -> Path:
    """The path with `~` expanded to the home folder; `~name` of an unknown user stays as it is."""
    return Path(os.path.expanduser(name))  # noqa: PTH111 - Path.expanduser raises RuntimeError for `~nobody`


def is_strangers(user: int) -> bool:
    """Whether a file of this user is neither ours nor the system's, nor that of the person who runs this by `sudo`."""
    return hasattr(os, "geteuid") and user not in (os.geteuid(), 0) and not (os.geteuid() == 0 and str(user) == os.environ.get("SUDO_UID"))


def refuse_planted(path: Path, found: os.stat_result, folder: os.stat_result, what: str) -> None:
    """Raises PermissionError for what a stranger has put into a folder that others may write to: the rule of Linux (fs.protected_symlinks and
    fs.protected_fifos), on every system."""
    if folder.st_mode & _ALL_WRITE and is_strangers(found.st_uid) and found.st_uid != folder.st_uid:
        why = f"{str(path)!r} is {what} that another user, whose id is {found.st_uid}, made in a folder that others may write to"
        raise PermissionError(errno.EPERM, why)


def refuse_planted_links(path: Path, left: int = 8) -> None:
    """Raises PermissionError where an absolute path, or a folder on the way, is a link that a stranger has put there."""
    for part in (*reversed(path.parents), path):
        try:
            found, folder = part.lstat(), part.parent.stat()
            target = part.parent / part.readlink() if stat.S_ISLNK(found.st_mode) else None
        except OSError:
            # What is not there is nobody's; what else is wrong is said when it is opened.
            return
        if target is not None:
            refuse_planted(part, found, folder, "a link")
            if left:
                refuse_planted_links(target, left - 1)
