"""Rules that hold for all backends. Their patterns and texts are in `catalogs/shared/`."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from ...catalog.load import shipped_folder


@cache
def shared(name: str) -> dict[str, Any]:
    """The tables of one file in `catalogs/shared/`."""
    return tomllib.loads((shipped_folder() / "shared" / f"{name}.toml").read_text("utf-8"))
