"""A HAR file as Chromium's developer tools import it: with their own importer, run in the browser."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from baas_errors.formats import har
from needs import need
from samples import make_clean, make_occurrence
from web import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.once

IMPORT = """async (text) => {
    const { HARFormat, Importer } = await import("devtools://devtools/bundled/models/har/har.js");
    const requests = Importer.Importer.requestsFromHARLog(new HARFormat.HARRoot(JSON.parse(text)).log);
    return requests.map((request) => [request.requestMethod, request.url(), request.statusCode, request.mimeType, request.requestHeaders().length]);
}"""


@pytest.fixture(scope="module")
def tools() -> Iterator[Page]:
    need("chromium", "playwright")
    with chromium() as browser:
        page = browser.new_page()
        page.goto("devtools://devtools/bundled/devtools_app.html", wait_until="commit")
        yield page


def test_the_developer_tools_import_what_is_written(tools: Page) -> None:
    stream = io.StringIO()
    failed = make_clean(status=None, failure="connection refused", response_headers=(), response_body="")
    occurrences = [make_occurrence(make_clean()), make_occurrence(failed, flow_id="2"), make_occurrence(flow_id="3")]
    har.write(occurrences, stream, ["a note"])
    url = "https://api.example/parse/classes/Post/abc?token=%3Csecret%2012%20chars%20%23a41f9c%3E"
    assert tools.evaluate(IMPORT, stream.getvalue()) == [
        ["PUT", url, 404, "application/json", 3],
        ["PUT", url, 0, "text/plain", 3],
        ["GET", "https://toy.example/parse/classes/Post/abc", 404, "text/plain", 0],
    ]
