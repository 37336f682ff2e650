"""A report in a browser, and what goes wrong in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


# In seconds: how long a busy machine is waited for.
PATIENCE = 60


class Opened:
    """A page that was opened, and what went wrong in it."""

    def __init__(self, page: Page, path: Path, state: str = "") -> None:
        self.page = page
        self.wrong: list[str] = []
        self.requested: list[str] = []
        page.on("console", lambda message: self.wrong.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("dialog", lambda dialog: (self.wrong.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: self.requested.append(request.url))
        page.goto(path.as_uri() + state)

    def until(self, expression: str, argument: Any = None) -> None:
        """Waits until an expression of the page is true. Playwright's own way to wait evaluates text, which the page's policy forbids."""
        deadline = time.monotonic() + PATIENCE
        while not self.page.evaluate(expression, argument):
            assert time.monotonic() < deadline, f"never true: {expression}"
            self.page.wait_for_timeout(20)

    def counter(self) -> str:
        return self.page.locator(".counter").inner_text()

    def titles(self) -> list[str]:
        return self.page.locator(".group > summary .name > b").all_inner_texts()

    def search(self, text: str) -> None:
        before = self.counter()
        self.page.locator("input[type=search]").fill(text)
        self.until("before => document.querySelector('.counter').textContent !== before", before)

    def open_first(self) -> None:
        self.page.locator(".group > summary").first.click()
        self.page.locator(".group .occ > summary").first.click()
        self.page.locator(".group .occ .sides, .group .occ .facts").first.wait_for()


@contextmanager
def opener(browser: Browser, folder: Path) -> Iterator[Callable[..., Opened]]:
    """Opens pages of a folder, each in a context of its own with the options given; `init` is run in it before the page."""
    contexts = []

    def open_page(name: str, state: str = "", init: str = "", **options: Any) -> Opened:
        contexts.append(browser.new_context(**options))
        if init:
            contexts[-1].add_init_script(init)
        return Opened(contexts[-1].new_page(), folder / name, state)

    yield open_page
    for context in contexts:
        context.close()
