"""Errors on demand in mitmweb, in a real browser: the syringe, the comment, and the reaction once it is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from needs import need
from processes import free_port
from stub import stub_server
from web import Mitmweb, mitmweb

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.live


def test_an_injected_error_is_told_from_a_real_one_and_shows_what_the_app_did(browser: Browser) -> None:
    need("chromium", "playwright")
    real = {"/parse/classes/Task": (400, {"code": 119, "error": "Permission denied"})}
    port = free_port()
    with (
        stub_server(real) as server,
        mitmweb(
            *("--mode", f"reverse:http://127.0.0.1:{server}", "--listen-host", "127.0.0.1", "-p", str(port)),
            *("--set", "errors_inject=|~u Note|parse/OperationForbidden|first 1"),
        ) as url,
    ):
        bodies = []
        for path in ("Note", "Note", "Task"):
            asked = Request(f"http://127.0.0.1:{port}/parse/classes/{path}", headers={"X-Parse-Application-Id": "notes-app"})
            try:
                with urlopen(asked, timeout=20) as answer:
                    bodies.append(json.load(answer))
            except HTTPError as error:
                bodies.append(json.load(error))
        assert bodies == [real["/parse/classes/Task"][1], {}, real["/parse/classes/Task"][1]]
        page = browser.new_page()
        web = Mitmweb(page)
        web.open(url, rows=3)
        page.locator("td.col-comment", has_text="injected: repeats-in-vain").wait_for()
        rows = web.rows()
        page.close()
    assert [row.marker for row in rows] == ["\U0001f489", "", "\U0001f512"]
    assert rows[0].comment.startswith("injected: repeats-in-vain | OperationForbidden | The app repeated the same request")
    assert not rows[2].comment.startswith("injected")
