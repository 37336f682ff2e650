"""docs/captures.md names each format that is read, and each file that is refused with advice."""

from __future__ import annotations

import pytest
from baas_errors.catalog.load import rule_tables
from baas_errors.sources.detect import FORMATS
from documents import ROOT

PAGE = (ROOT / "docs" / "captures.md").read_text("utf-8")
# How the page calls a format whose name says more.
CALLED = {
    "an empty file": "",
    "an error log": "",
    "a mitmproxy capture": "mitmproxy",
    "a ZIP archive": "ZIP",
    "a session of Charles (XML)": "XML Session File (.chlsx)",
    "a JSON session of Charles": "JSON Session File (.chlsj)",
    "items of Burp (XML)": "Burp",
    "a run of newman": "newman",
    "a recording of nock": "nock",
    "a HAR file": "HAR",
    "raw HTTP": "curl -v",
}


@pytest.mark.parametrize("name", [each.name for each in FORMATS])
def test_each_format_is_named(name: str) -> None:
    assert CALLED[name] in PAGE


TOOLS = "Charles", "chrome://net-export", "Postman", "Insomnia", "Requestly", "WireMock", "VCR", "nock", "Sentry", "Wireshark", "Parse Server"


@pytest.mark.parametrize("tool", TOOLS)
def test_each_tool_whose_files_are_refused_is_named(tool: str) -> None:
    assert any(tool in each["says"] for each in rule_tables("other_tools")["tool"])
    assert tool in PAGE.partition("## Files that cannot be read")[2]
