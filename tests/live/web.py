"""mitmweb with the addon, and a headless Chromium that looks at it: for the tests and for the README's pictures."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from processes import await_port, free_port, stop
from proxy import ADDON

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextlib.contextmanager
def mitmweb(*arguments: str) -> Iterator[str]:
    """mitmweb with the addon, on free loopback ports; gives the URL of its page.

    It is the one beside the Python that runs this. Raises HarnessError if it does not start.
    """
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="baas-errors-web-") as folder:
        command = [
            *(str(Path(sys.executable).with_name("mitmweb")), "-s", str(ADDON), "--set", f"confdir={folder}"),
            *("--web-host", "127.0.0.1", "--web-port", str(port), "--no-web-open-browser", "--set", "web_password=demo"),
            *arguments,
        ]
        # Into a file: a pipe that nobody reads would fill up and stop mitmweb.
        with open(Path(folder, "output.txt"), "wb") as output:
            server = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=dict(os.environ))
        try:
            await_port(port, server, "mitmweb")
            yield f"http://127.0.0.1:{port}/?token=demo"
        finally:
            stop(server)


def reading(capture: Path) -> tuple[str, ...]:
    """Arguments for mitmweb that shows a capture and is no proxy."""
    return ("-n", "-r", str(capture))


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright  # here, so that this module can be read where Playwright is missing

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=BROWSER_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the flow list."""

    path: str
    marker: str
    method: str
    status: str
    comment: str


class Mitmweb:
    """mitmweb's page, used as a person would: by what stands on it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, url: str, *, rows: int) -> None:
        """Opens the page and waits until the list has this many flows. No more than fit on the screen: the rest is not drawn.

        mitmweb asks for its options and its flows at the same time, and draws its own columns until it knows ours: both are waited for.
        """
        self.page.goto(url)
        if rows:
            self._row(rows - 1).locator("td.col-comment").wait_for(state="attached")
        else:
            self.page.get_by_text("established").or_(self.page.locator(".connection-indicator.established")).first.wait_for()

    def _row(self, index: int) -> Locator:
        return self.page.locator(".flow-table tbody tr:has(td)").nth(index)

    def rows(self) -> list[Row]:
        """The flow list, from the top."""
        lines = self.page.locator(".flow-table tbody tr:has(td)").evaluate_all(
            """rows => rows.map(row => {
                const text = what => row.querySelector(what)?.textContent ?? '';
                const marker = text('.marker');
                return [text('td.col-path').slice(marker.length), marker, text('td.col-method'), text('td.col-status'), text('td.col-comment')];
            })"""
        )
        return [Row(*line) for line in lines]

    def await_rows(self, count: int) -> None:
        """Waits until the list has exactly this many flows."""
        self.page.wait_for_function("count => document.querySelectorAll('.flow-table tbody tr:has(td)').length === count", arg=count)

    def show(self, index: int, tab: str = "Response") -> Locator:
        """Opens a tab of the flow in a row, and gives the part of the page that shows it."""
        self._row(index).click()
        self.page.locator(".flow-detail nav a", has_text=tab).click()
        self.page.locator(".flow-detail nav a.active", has_text=tab).wait_for()
        return self.page.locator(".flow-detail section")

    def body(self, index: int, tab: str = "Response") -> tuple[str, str]:
        """The name of the view that mitmweb chose for a message's body, and its text."""
        part = self.show(index, tab)
        part.locator(".contentview pre div").first.wait_for()
        return part.locator(".contentview h5").inner_text(), part.locator(".contentview pre").inner_text()

    def search(self, expression: str) -> None:
        """Types into the list's search field."""
        self.page.locator("header nav a", has_text="Flow List").click()
        self.page.get_by_placeholder("Search").fill(expression)

    def command(self, text: str) -> str:
        """Runs a command in the command bar, and gives what is shown as its result."""
        results = self.page.locator(".command-result > div")
        if not results.count() and not self.page.locator(".command-input").count():
            self.page.locator("header nav a", has_text="Options").click()
            self.page.get_by_label("Display Command Bar").check()
        before = results.count()
        field = self.page.get_by_placeholder("Enter command")
        field.fill(text)
        field.press("Enter")
        results.nth(before).wait_for()
        shown = results.nth(before).inner_text()
        return shown.removeprefix(f"$ {text}").strip()
