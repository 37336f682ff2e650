"""Takes the README's pictures: mitmweb on the demo capture, in a real browser.

    python tests/live/screenshot.py --out docs

Needs Chromium and Playwright. mitmweb is started from beside the Python that runs this, on loopback and a free port, and stopped at the end.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "tests" / "captures" / "demo.mitm"
COLUMNS = ("icon", "path", "method", "status", "comment")
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def mitmweb(capture: Path) -> Iterator[str]:
    """mitmweb with the addon, reading a capture; gives the URL of its page."""
    port = free_port()
    program = Path(sys.executable).with_name("mitmweb")
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *(str(program), "-s", str(ROOT / "addons" / "errors.py"), "-r", str(capture), "-n"),
            *("--web-port", str(port), "--no-web-open-browser", "--set", "web_password=demo"),
            *(part for column in COLUMNS for part in ("--set", f"web_columns={column}")),
            *("--set", f"confdir={folder}"),
        ]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            wait_for(f"http://127.0.0.1:{port}/")
            yield f"http://127.0.0.1:{port}/?token=demo"
        finally:
            process.terminate()
            process.wait(10)


def wait_for(url: str, seconds: float = 20) -> None:
    """Returns when something answers at a URL; raises TimeoutError if nothing does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(url)


@contextlib.contextmanager
def browser_page(width: int = 1440, height: int = 860) -> Iterator[Page]:
    """A page of a headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=BROWSER_ARGUMENTS)
        try:
            yield browser.new_page(viewport={"width": width, "height": height})
        finally:
            browser.close()


def open_error(page: Page, url: str, text: str) -> None:
    """Opens the answer of the first flow whose row has a text."""
    page.goto(url)
    page.wait_for_selector(".flow-table tbody td")
    page.locator(".flow-table tbody tr", has_text=text).first.click()
    page.get_by_role("link", name="Response").or_(page.locator("a", has_text="Response")).first.click()
    page.wait_for_timeout(1000)


def main() -> None:
    """Takes the pictures."""
    parser = argparse.ArgumentParser(description="Takes the README's pictures of mitmweb.")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="folder for the pictures")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with mitmweb(DEMO) as url, browser_page() as page:
        open_error(page, url, "where parameter is not valid")
        page.screenshot(path=options.out / "mitmweb.png")


if __name__ == "__main__":
    main()
