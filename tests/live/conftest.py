"""What the live tests share: their helpers are imported by their bare names, and no module may leave a process behind."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from processes import nothing_left_behind


@pytest.fixture(scope="module", autouse=True)
def no_process_left() -> Iterator[None]:
    """Fails a module that leaves a process behind."""
    with nothing_left_behind():
        yield
