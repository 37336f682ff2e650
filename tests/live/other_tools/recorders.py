"""Records the same conversation with a real Parse Server, errors among it, through tools that people record with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from parse_server.harness import APP_ID, BESIDE, KEYS, mitmdump
from planted import REQUESTS
from processes import await_port, free_port, npm_install, run, stop

HERE = Path(__file__).resolve().parent
HEADERS = {"X-Parse-Application-Id": APP_ID, "X-Parse-REST-API-Key": KEYS["restKey"], "Content-Type": "application/json"}


def ask(port: int) -> None:
    """Sends all requests."""
    for request in REQUESTS:
        data = json.dumps(request["body"]).encode() if request["body"] is not None else None
        asked = urllib.request.Request(f"http://127.0.0.1:{port}{request['path']}", data, HEADERS, method=str(request["method"]))
        try:
            urllib.request.urlopen(asked).read()
        except urllib.error.HTTPError as error:
            error.read()


def with_node(tool: str, port: int, out: Path, debugging: int = 0) -> None:
    """Records with a tool that runs on Node."""
    modules = npm_install("other-tools", HERE / "package.json")
    said = {"tool": tool, "port": port, "requests": REQUESTS, "headers": HEADERS, "out": str(out), "debugging": debugging}
    run(["node", HERE / "record.cjs"], input=json.dumps(said), env={**os.environ, "NODE_PATH": str(modules)}, timeout=120)


def with_chrome(port: int, out: Path) -> None:
    """Records with chrome-har-capturer, which asks a browser."""
    debugging = free_port()
    profile = out.with_suffix(".profile")
    options = [f"--remote-debugging-port={debugging}", "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "about:blank"]
    program = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
    browser = subprocess.Popen([program, *options], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await_port(debugging, browser, "chromium")
        with_node("chrome-har-capturer", port, out, debugging)
    finally:
        stop(browser)
        shutil.rmtree(profile, ignore_errors=True)


def with_playwright(port: int, out: Path, *, trace: bool = False) -> None:
    """Records with Playwright, with bodies in files: in the archive for a name that ends in .zip, else beside the HAR. `trace`: a trace, no HAR."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(**({} if trace else {"record_har_path": out, "record_har_content": "attach"}))
        if trace:
            context.tracing.start(snapshots=True)
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}{REQUESTS[0]['path']}")
        for request in REQUESTS[1:]:
            page.evaluate(
                "async ([way, method, body, headers]) => (await fetch(way, {method, headers, ...(body ? {body: JSON.stringify(body)} : {})})).text()",
                [request["path"], request["method"], request["body"], HEADERS],
            )
        if trace:
            context.tracing.stop(path=out)
        context.close()
        browser.close()


def with_curl(port: int, out: Path) -> None:
    """Records with curl -v, one request after another, into one file."""
    with out.open("wb") as file:
        for request in REQUESTS:
            command = ["curl", "-v", "-s", "-X", str(request["method"]), f"http://127.0.0.1:{port}{request['path']}"]
            command += [part for name, value in HEADERS.items() for part in ("-H", f"{name}: {value}")]
            command += ["-d", json.dumps(request["body"])] if request["body"] is not None else []
            file.write(subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True).stdout)


def with_mitmdump(port: int, out: Path, program: str | Path = BESIDE) -> None:
    """Records with mitmproxy."""
    with mitmdump(port, "-w", str(out), program=program) as proxy:
        ask(proxy)


# By tool: the name of its recording, what makes it, and the programs that it needs beside those of Parse Server.
TOOLS: dict[str, tuple[str, Callable[[int, Path], None], tuple[str, ...]]] = {
    **{name: (f"{name}.har", lambda port, out, name=name: with_node(name, port, out), ()) for name in ("polly5", "polly6")},
    "nock": ("nock.json", lambda port, out: with_node("nock", port, out), ()),
    "newman": ("newman.json", lambda port, out: with_node("newman", port, out), ()),
    "chrome-har-capturer": ("chrome-har-capturer.har", with_chrome, ("chromium",)),
    "playwright": ("playwright.har.zip", with_playwright, ("chromium", "playwright")),
    "playwright-trace": ("trace.zip", lambda port, out: with_playwright(port, out, trace=True), ("chromium", "playwright")),
    "curl": ("curl.txt", with_curl, ("curl",)),
    "mitmproxy": ("mitmproxy.mitm", with_mitmdump, ()),
}
