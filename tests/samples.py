"""Occurrences for tests of what is written: ordinary ones, and such as mean harm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from baas_errors.formats import Occurrence
from baas_errors.record import ErrorRecord, Finding, fingerprint, timestamp
from baas_errors.reports.redacted_exchange import CleanExchange
from build import make_error_record
from hypothesis import settings
from hypothesis import strategies as st

START = 1_700_000_000.0

# Whole documents take their time on a busy machine.
patient = settings(deadline=None, max_examples=60)

# What acts on a terminal, a browser, a spreadsheet, a Markdown reader or a shell; put together at random.
_HARMFUL = [
    *"ab1 `*_[]()<>#+-.!|~&@:$^\"'/\\=w{};,%?",
    *("\n", "\r", "\t", "\x00", "\x1b", "\x9b", "\u202e", "\u2028", "\ufeff", "\ud800", "\U0001f511", "ü"),
    *("</script>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!--", "]]>", "javascript:alert(1)", "&lt;"),
    *("=cmd|' /C calc'!A0", "\uff1d1+1", "\uff0b", "\uff0d", "\uff20", "@SUM(1)", "+1", "-1", ";=1", "\t=1"),
    *("```", "~~~", "http://a.example", "www.", "@me", "![x](y)", "#12", "---", "| a |", "a@b.cc", "mailto:"),
    *("$(id)", "`id`", "${HOME}", "'; id #", "<secret 12 chars #a41f9c>", "<path 3 chars #a41f9c>"),
]
harmful = st.lists(st.sampled_from(_HARMFUL), max_size=5).map("".join)
_scrubbed = harmful.map(lambda text: text.replace("\ud800", "\ufffd"))

_TEXTS = (
    *("backend", "type", "fingerprint", "name", "message", "debug", "meaning", "retry", "fault", "doc", "request_id", "client_request_id"),
    *("method", "url", "url_template", "address", "app", "client", "flow_id", "part"),
)
harmful_records = st.builds(
    ErrorRecord,
    timestamp=st.sampled_from(["2024-05-01T10:00:00.000Z", "2024-05-01T10:00:01.000Z"]),
    known=st.booleans(),
    code=st.one_of(_scrubbed, st.integers(-40_000, 40_000).map(str), st.none()),
    candidates=st.lists(_scrubbed, max_size=2).map(tuple),
    fix=st.lists(_scrubbed, max_size=2).map(tuple),
    sdk=st.dictionaries(_scrubbed, _scrubbed, max_size=2),
    findings=st.lists(st.builds(Finding, _scrubbed, _scrubbed, _scrubbed, st.booleans()), max_size=2).map(tuple),
    status=st.sampled_from([None, 200, 404, 500]),
    **dict.fromkeys(_TEXTS, _scrubbed),
)
_pairs = st.lists(st.tuples(_scrubbed, _scrubbed), max_size=2).map(tuple)
harmful_exchanges = st.builds(
    CleanExchange,
    method=st.one_of(st.sampled_from(["GET", "POST"]), _scrubbed),
    url=st.one_of(_scrubbed, _scrubbed.map("https://a.example/".__add__), _scrubbed.map("http://".__add__)),
    request_headers=_pairs,
    request_body=_scrubbed,
    status=st.sampled_from([None, 0, 404, 999]),
    response_headers=_pairs,
    response_body=_scrubbed,
    started=st.sampled_from([None, START]),
    duration_ms=st.sampled_from([None, 12]),
    failure=_scrubbed,
)
_exchanges = st.one_of(st.none(), harmful_exchanges)
harmful_occurrences = st.lists(st.builds(Occurrence, harmful_records, _exchanges, _scrubbed, _exchanges), max_size=3)


def make_clean(**facts: Any) -> CleanExchange:
    """A clean exchange with made-up facts, those given instead where given."""
    values: dict[str, Any] = {
        "method": "PUT",
        "url": "https://api.example/parse/classes/Post/abc?token=<secret 12 chars #a41f9c>",
        "request_headers": (
            ("Host", "api.example"),
            ("X-Parse-Session-Token", "<session token 34 chars #b52fad>"),
            ("Content-Type", "application/json"),
        ),
        "request_body": '{"title":"It\'s","password":"<secret 8 chars #c63fbe>"}',
        "status": 404,
        "response_headers": (("Content-Type", "application/json"), ("X-Request-Id", "req-1")),
        "response_body": '{"code":101,"error":"Object not found."}',
        "started": START,
        "duration_ms": 250,
    }
    return CleanExchange(**(values | facts))


def make_occurrence(exchange: CleanExchange | None = None, **facts: Any) -> Occurrence:
    """An occurrence with made-up facts in its record."""
    values = {"message": "Object not found.", "meaning": "No such object.", "fault": "request", "retry": "never", "fix": ("Look for it.",)}
    return Occurrence(make_error_record(**(values | facts)), exchange)


def many_occurrences(count: int, kinds: int = 200) -> Iterator[Occurrence]:
    """Occurrences of so many kinds, a second apart, each with an exchange, a message and a request id of its own."""
    like, exchange = make_occurrence(debug="at line 7"), make_clean()
    faults = ("request", "auth", "permission", "server")
    for number in range(count):
        kind = number % kinds
        template = f"/parse/classes/C{kind}/{{id}}"
        record = replace(
            like.record,
            timestamp=timestamp(START + number),
            url=f"https://api.example/parse/classes/C{kind}/{number}",
            url_template=template,
            message=f"Object {number} not found.",
            request_id=f"req-{number:08d}",
            flow_id=f"flow-{number}",
            fault=faults[kind % len(faults)],
            fingerprint=fingerprint(like.record.type, like.record.method, template),
        )
        yield Occurrence(record, replace(exchange, url=record.url, started=START + number))


def outside_code(line: str) -> str:
    """What of a line of Markdown is neither code nor escaped; those show as `x`."""
    shown = ""
    at = 0
    while at < len(line):
        if line[at] == "\\" and at + 1 < len(line) and line[at + 1] in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~":
            shown += "x"
            at += 2
        elif line[at] == "`":
            run = re.compile("`+").match(line, at)
            end = next((other.end() for other in re.compile("`+").finditer(line, run.end()) if other[0] == run[0]), None)
            assert end is not None, f"code that does not end in {line!r}"
            shown += "x"
            at = end
        else:
            shown += line[at]
            at += 1
    return shown


def outside_blocks(text: str) -> list[str]:
    """The lines of a Markdown text that are in no block of code; every block must end."""
    shown = []
    closing = ""
    for line in text.splitlines():
        if closing:
            closing = "" if line == closing else closing
        elif fence := re.fullmatch("(`{3,})[^`]*", line):
            closing = fence[1]
        else:
            shown.append(line)
    assert closing == ""
    return shown
