"""File names as people write them."""

from __future__ import annotations

import os
from pathlib import Path


def expand_user(name: str | Path) -> Path:
    """The path that a name stands for, `~` made the home folder; a `~name` of nobody stays as it is, and is then not found."""
    return Path(os.path.expanduser(name))  # noqa: PTH111 - Path.expanduser raises RuntimeError for `~nobody`
