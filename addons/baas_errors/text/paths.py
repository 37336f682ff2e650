"""File names given by users."""

from __future__ import annotations

import os
from pathlib import Path


def expand_user(name: str | Path) -> Path:
    """The path with `~` expanded to the home folder; `~name` of an unknown user stays as it is."""
    return Path(os.path.expanduser(name))  # noqa: PTH111 - Path.expanduser raises RuntimeError for `~nobody`
