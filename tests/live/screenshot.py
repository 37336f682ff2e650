"""Takes the README's pictures: mitmweb on the demo capture in a real browser, what mitmdump prints for it, and the
HTML report.

    python tests/live/screenshot.py --out docs

Needs Chromium and Playwright. mitmweb and mitmdump are those beside the Python that runs this.
"""

from __future__ import annotations

import argparse
import contextlib
import html
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import time
from fcntl import ioctl
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from demo import DEMO, ROOT, named
from playwright.sync_api import Browser
from processes import free_port
from stub import stub_server
from web import Mitmweb, chromium, mitmweb, reading

# What the README's first command starts, and the same without a server, so that it ends after the recording.
COMMAND = "mitmdump -q -s addons/errors.py --set errors_print=true -r tests/captures/demo.mitm --set keepserving=true"
ENDING = [*COMMAND.split()[:-2], "--no-server"]
# A common laptop; the README shows the picture at some 900 pixels.
WIDTH, HEIGHT = 1366, 768
# The errors whose blocks are in the picture of the terminal.
SHOWN = ("Refused before", "IncorrectType (111) [400]", "InvalidJSON", "UsernameTaken")

COLUMNS = 112
# What the terminal's colours look like, by their codes (see `baas_errors.mitm.terminal`).
LOOKS = {"1;33": "color: #f0c674; font-weight: bold", "32": "color: #b5bd68", "2": "color: #8a8d8c", "36": "color: #5f8d8a"}
TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: #1d1f21; }}
pre {{ margin: 0; padding: 18px 22px; display: inline-block; color: #e0e2e0; font: 14px/1.35 "DejaVu Sans Mono", monospace; }}
</style><pre>{}</pre>"""


def picture_of_mitmweb(browser: Browser, url: str, path: Path) -> None:
    """The flow list with its comments, and beside it the view of an error whose cause was found."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1.5)
    web = Mitmweb(page)
    web.open(url, rows=1)
    (flow,) = named("InvalidJSON")
    web.body(flow.index)
    # The headers stand above; what is to be seen is below them.
    page.locator(".contentview").evaluate("part => part.scrollIntoView()")
    page.locator("body").click(position={"x": WIDTH // 4, "y": HEIGHT - 60})  # takes the focus off the tab
    page.mouse.move(0, HEIGHT - 1)
    page.wait_for_timeout(3000)  # until the word "connected" has faded
    page.screenshot(path=path)
    page.close()


def picture_of_injected_errors(browser: Browser, path: Path) -> None:
    """An app that waits, one that does not, and one that asks in vain, each after an error on demand."""
    with stub_server({}) as server:
        port = free_port()
        specs = ("|~u Note|parse/TooManyRequests|first 2 retry-after 1", "|~u Task|parse/OperationForbidden|first 1")
        settings = [part for spec in specs for part in ("--set", f"errors_inject={spec}")]
        with mitmweb("--mode", f"reverse:http://127.0.0.1:{server}", "--listen-host", "127.0.0.1", "-p", str(port), *settings) as url:
            page = browser.new_page(viewport={"width": WIDTH, "height": 560}, device_scale_factor=1.5)
            web = Mitmweb(page)
            for place, pause in (("Note", 1.3), ("Note", 0.1), ("Note", 0.1), ("Task", 0.2), ("Task", 0.5)):
                asked = Request(f"http://127.0.0.1:{port}/parse/classes/{place}", headers={"X-Parse-Application-Id": "notes-app"})
                with contextlib.suppress(HTTPError):
                    urlopen(asked, timeout=20).close()
                time.sleep(pause)
            web.open(url, rows=5)
            web.body(3)
            page.locator(".contentview").evaluate("part => part.scrollIntoView()")
            page.wait_for_timeout(3000)
            page.screenshot(path=path)
            page.close()


def terminal_text() -> str:
    """What mitmdump prints for the demo capture on a terminal, with its colours."""
    program = Path(sys.executable).with_name(ENDING[0])
    with tempfile.TemporaryDirectory(prefix="baas-errors-picture-") as folder:
        ours, theirs = pty.openpty()
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
        mitmdump = subprocess.Popen([str(program), *ENDING[1:], "--set", f"confdir={folder}"], cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        printed = b""
        with contextlib.suppress(OSError):  # so Linux says that the other end is closed
            while read := os.read(ours, 65_536):
                printed += read
        os.close(ours)
        assert mitmdump.wait(60) == 0
    return printed.decode("utf-8").replace("\r\n", "\n")


def terminal_page(text: str) -> str:
    """The output as a page in a terminal's colours: some of the blocks, and the table at the end."""
    blocks = re.split(r"(?m)^(?=\x1b\[36m\x1b\[2m\[|\x1b\[1;33m\S)", text)
    shown, left_out = [f"$ {COMMAND}\n"], False
    for block in blocks:
        if block is blocks[-1] or any(name in block.partition("\n")[0] for name in SHOWN):
            shown += ["...\n"] * left_out + [block]
            left_out = False
        else:
            left_out = "parse: " in block
    lines = html.escape("".join(shown).replace("\x1b[36m\x1b[2m", "\x1b[36m"), quote=False)
    return TERMINAL.format(
        re.sub(r"\x1b\[([\d;]*)m([^\x1b]*)\x1b\[0m", lambda part: f'<span style="{LOOKS.get(part[1], "")}">{part[2]}</span>', lines)
    )


def picture_of_terminal(browser: Browser, path: Path) -> None:
    """What the README's first command prints, shortened."""
    page = browser.new_page(viewport={"width": 1100, "height": 800}, device_scale_factor=1.5)
    page.set_content(terminal_page(terminal_text()))
    page.locator("pre").screenshot(path=path)
    page.close()


def picture_of_report(browser: Browser, path: Path) -> None:
    """The HTML report of the demo capture: an error with its cause, what to do, and its request beside the last one that worked."""
    with tempfile.TemporaryDirectory(prefix="baas-errors-picture-") as folder:
        command = [sys.executable, "-m", "baas_errors", "report", str(DEMO.relative_to(ROOT)), "-o", f"{folder}/report.html"]
        subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT / "addons")}, capture_output=True, check=True)
        page = browser.new_page(viewport={"width": 1200, "height": 1180}, device_scale_factor=1.5)
        page.goto(f"file://{folder}/report.html")
        group = page.locator(".group", has=page.get_by_text("POST /parse/classes/Note", exact=True)).filter(has_text="IncorrectType (111)")
        group.locator("summary").first.click()
        group.locator(".occ > summary").click()
        group.evaluate("part => part.scrollIntoView({block: 'start', behavior: 'instant'})")
        page.mouse.move(5, 5)
        page.wait_for_timeout(500)
        page.screenshot(path=path)
        page.close()


def main() -> None:
    """Takes the pictures."""
    parser = argparse.ArgumentParser(description="Takes the README's pictures.")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="folder for the pictures")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        with mitmweb(*reading(DEMO)) as url:
            picture_of_mitmweb(browser, url, options.out / "mitmweb.png")
        picture_of_terminal(browser, options.out / "terminal.png")
        picture_of_report(browser, options.out / "report.png")
        picture_of_injected_errors(browser, options.out / "errors-on-demand.png")


if __name__ == "__main__":
    main()
