"""The commands as mitmweb's command bar sends them, in a mitmweb of its own."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

pytestmark = pytest.mark.live

ROOT = Path(__file__).resolve().parent.parent
DEMO = str(ROOT / "tests" / "captures" / "demo.mitm")
PATIENCE = 60
PASSWORD = "made-up-password"
TOKEN = "0123456789abcdef0123456789abcdef"


class Web:
    """mitmweb with the demonstration loaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = folder / "output.txt"
        # mitmweb does not say which port it took: it is given one that was free a moment ago.
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        options = [f"confdir={folder / 'conf'}", "web_open_browser=false", "web_host=127.0.0.1", f"web_port={self.port}"]
        # The page asks for it from 11.1.2 on; before, the option is unknown and has no effect.
        options.append(f"web_password={PASSWORD}")
        program, addon = str(Path(sys.executable).with_name("mitmweb")), str(ROOT / "addons" / "errors.py")
        command = [program, "-s", addon, "-nr", DEMO, *(part for option in options for part in ("--set", option))]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=folder, env={**os.environ, "PYTHONUNBUFFERED": "1"})
        self.cookies = ""

    def connect(self) -> None:
        """Waits for the page, and takes the cookies that it sets."""
        until = time.monotonic() + PATIENCE
        while not self._is_there():
            assert self.process.poll() is None, self.output.read_text("utf-8", "replace")
            assert time.monotonic() < until
            time.sleep(0.05)
        answer, _ = self.request("GET", f"/?token={quote(PASSWORD)}")
        pairs = [value.partition(";")[0] for value in answer.headers.get_all("Set-Cookie", []) if "xsrf" not in value]
        # What shows that a request comes from the page: the same token in a cookie and in a header.
        self.cookies = "; ".join([*pairs, f"_xsrf={TOKEN}", f"_mitmproxy_xsrf={TOKEN}"])

    def _is_there(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE):
                return True
        except OSError:
            return False

    def request(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    def type(self, command: str, *arguments: str) -> Any:
        """Sends a command as the page does; what it gives, or the error in words."""
        body = json.dumps({"arguments": arguments})
        headers = {"Content-Type": "application/json", "Cookie": self.cookies, "X-XSRFToken": TOKEN}
        _, data = self.request("POST", f"/commands/{command}", body, **headers)
        return json.loads(data)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    made = Web(tmp_path_factory.mktemp("web"))
    try:
        made.connect()
        until = time.monotonic() + PATIENCE
        while not made.type("errors.summary")["value"].startswith("14 backend errors of 14 kinds, 3 users: "):
            assert time.monotonic() < until
            time.sleep(0.05)
        yield made
    finally:
        made.end()


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "md", "html", "har"])
def test_export(suffix: str, web: Web) -> None:
    target = web.folder / f"typed.{suffix}"
    assert web.type("errors.export", "@all", str(target)) == {"value": f"Wrote 14 errors to {target}"}
    assert "InvalidSessionToken" in target.read_text("utf-8")


def test_export_of_a_filter(web: Web) -> None:
    target = web.folder / "some.jsonl"
    assert web.type("errors.export", "~meta 'baas.name: ObjectNotFound'", str(target)) == {"value": f"Wrote 4 errors to {target}"}
    assert {json.loads(line)["http.request.method"] for line in target.read_text("utf-8").splitlines()} == {"PUT", "POST"}


def test_ticket(web: Web) -> None:
    target = web.folder / "ticket.md"
    assert web.type("errors.ticket", "@marked", str(target)) == {"value": f"Wrote support tickets for 14 errors to {target}"}
    assert "curl" in target.read_text("utf-8")


@pytest.mark.parametrize(
    ("command", "flows", "name", "said"),
    [
        ("errors.export", "~c 201", "none.md", "No backend error in the "),
        ("errors.ticket", "~c 201", "none.md", "No backend error in the "),
        ("errors.export", "@focus", "none.xlsx", "unknown suffix .xlsx; supported are .jsonl, .csv, .md, .html and .har"),
        ("errors.ticket", "@all", "none.html", "support tickets are Markdown; give a name that ends in .md"),
        ("errors.export", "@hidden", "none.md", "No backend error since no HTTP flow was given; nothing was written"),
    ],
)
def test_what_cannot_be_done_is_said(command: str, flows: str, name: str, said: str, web: Web) -> None:
    assert said in web.type(command, flows, str(web.folder / name))["error"]
    assert not (web.folder / name).exists()


def test_commands_answer_in_words(web: Web) -> None:
    assert "parse/InvalidSessionToken" in web.type("errors.summary")["value"]
    assert web.type("errors.explain", "parse/101")["value"].startswith("parse/UserInvalidLoginParams: code 101")
