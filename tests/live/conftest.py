"""What the live tests share: helpers by their bare names, no process that outlives its module, and one browser a module."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from needs import need
from opened import opener
from processes import nothing_left_behind
from web import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module", autouse=True)
def no_process_left() -> Iterator[None]:
    """Fails a module that leaves a process behind."""
    with nothing_left_behind():
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    need("chromium", "playwright")
    with chromium() as found:
        yield found


@pytest.fixture
def opened(browser: Browser, folder: Path) -> Iterator[Any]:
    """Opens pages of the module's fixture `folder`."""
    with opener(browser, folder) as open_page:
        yield open_page
