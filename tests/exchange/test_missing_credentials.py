"""HAR files from which a browser has taken the credentials: nothing may follow from their absence."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from baas_errors.diagnose.missing_credentials import LEFT_OUT, REDACTED, finding_for
from baas_errors.exchange import Headers
from baas_errors.exchange.missing_credentials import _PIECE, LackingHeaders, begun_without, creators_in, credentials_left_out, with_redactions
from baas_errors.pipeline import Pipeline
from baas_errors.reports.collect import collect
from matrix import in_one_test

CHROME = {"name": "WebInspector", "version": "537.36"}
FIREFOX = {"name": "Firefox", "version": "145.0"}
CAPTURES = Path(__file__).resolve().parents[1] / "captures" / "har"
JSON = [{"name": "Content-Type", "value": "application/json"}]
KINVEY = ("https://baas.kinvey.com/appdata/kid_x1/books", 401, {"error": "InvalidCredentials", "description": "Invalid credentials.", "debug": ""})
CASES = [
    KINVEY,
    ("https://api.everlive.com/v1/app/Things", 403, {"message": "Access denied", "errorCode": 603}),
    ("https://api.bkend.ai/v1/data/articles", 401, {"success": False, "error": {"code": "common/authentication-required", "message": "x"}}),
]


def har(creator: dict[str, str], url: str, status: int, body: Any, *sent: tuple[str, str]) -> str:
    request = {"method": "GET", "url": url, "headers": [{"name": name, "value": value} for name, value in sent], "cookies": []}
    answer = {"status": status, "headers": JSON, "cookies": [], "content": {"mimeType": "application/json", "text": json.dumps(body)}}
    entry = {"startedDateTime": "2026-11-20T12:00:00.000Z", "time": 1, "request": request, "response": answer}
    return json.dumps({"log": {"version": "1.2", "creator": creator, "entries": [entry]}})


def left_out_of(text: str) -> bool:
    file = io.BytesIO(text.encode())
    return credentials_left_out(creators_in(file), file)


def findings(text: str, pipeline: Pipeline, folder: Path) -> list[str]:
    """The rules that said something of the one error in a HAR file."""
    (folder / "run.har").write_text(text)
    (found,) = collect([str(folder / "run.har")], pipeline, [])
    return [finding.rule for finding in found.record.findings]


@in_one_test(("url", "status", "body"), CASES)
def test_of_chrome_the_absence_proves_nothing(url: str, status: int, body: Any, pipeline: Pipeline, tmp_path: Path) -> None:
    elsewhere = findings(har(FIREFOX, url, status, body, ("X-API-Key", f"pk_{'0' * 64}")), pipeline, tmp_path)
    there = findings(har(CHROME, url, status, body, ("X-API-Key", f"pk_{'0' * 64}")), pipeline, tmp_path)
    assert LEFT_OUT.rule in there
    assert LEFT_OUT.rule not in elsewhere
    # Something was said because of the absence, and is not said any more; all else is.
    assert set(there) - {LEFT_OUT.rule} < set(elsewhere)


def test_of_requests_that_may_differ_in_credentials_none_is_the_very_same(pipeline: Pipeline, tmp_path: Path) -> None:
    rules = []
    for creator in (FIREFOX, CHROME):
        file = json.loads(har(creator, CASES[2][0], 404, {"success": False, "error": {"code": "data/not-found", "message": "x"}}))
        (entry,) = file["log"]["entries"]
        file["log"]["entries"] = [{**entry, "startedDateTime": f"2026-11-20T12:00:0{second}.000Z"} for second in range(5)]
        (tmp_path / "run.har").write_text(json.dumps(file))
        *_, last = collect([str(tmp_path / "run.har")], pipeline, [])
        rules.append([finding.rule for finding in last.record.findings])
    assert "repeats-in-vain" in rules[0]
    assert "repeats-in-vain" not in rules[1]
    assert LEFT_OUT.rule in rules[1]


def test_a_header_that_is_there_is_read_in_a_file_of_chrome(pipeline: Pipeline, tmp_path: Path) -> None:
    url, status, body = KINVEY
    there = findings(har(CHROME, url, status, body, ("Authorization", "Bearer undefined")), pipeline, tmp_path)
    assert there == findings(har(FIREFOX, url, status, body, ("Authorization", "Bearer undefined")), pipeline, tmp_path)
    assert LEFT_OUT.rule not in there


@in_one_test(
    ("text", "left_out"),
    [
        ('{"creator": {"name": "WebInspector", "version": "537.36"}}', True),
        ('{"creator":{"version":"537.36","name":"WebInspector"}}', True),
        ('{"creator": {"name": "WebInspector"}, "headers": [{"name": "authorization", "value": "x"}]}', False),
        ('{"creator": {"name": "WebInspector"}, "headers": [{"name":"Set-Cookie", "value": "x"}]}', False),
        # A body that is JSON itself.
        ('{"creator": {"name": "WebInspector"}, "text": "{\\"name\\": \\"cookie\\"}"}', True),
        ('{"creator": {"name": "mitmproxy"}}', False),
        ('{"text": "WebInspector"}', False),
        ("", False),
    ],
)
def test_a_file_of_this_kind_is_known(text: str, left_out: bool) -> None:
    assert left_out_of(text) == left_out


def test_the_sample_of_chrome_was_exported_with_sensitive_data() -> None:
    assert not left_out_of((CAPTURES / "chrome.har").read_text("utf-8"))


def test_headers_tell_whether_one_was_missed() -> None:
    headers = LackingHeaders([("X-A", "1")])
    assert (headers.get("x-a"), headers.first(["x-b", "x-a"]), "x-a" in headers, headers.missed) == ("1", "1", True, False)
    assert (headers.get("Authorization", "none"), headers.missed) == ("none", True)
    headers.missed = False
    assert ("cookie" in headers, headers.missed) == (False, True)
    headers.missed = False
    assert (headers.first(["authorization", "x-a"]), headers.missed) == ("1", True)
    assert (headers.first(["authorization"]), headers.missed) == ("", True)


@in_one_test(
    ("value", "redacted"),
    [
        ("<session token 34 chars #a41f9c>", True),
        ("Basic <credentials 20 chars #0a1b2c>", True),
        ("Bearer <jwt 812 chars #a41f9c>", True),
        ("r:0123456789abcdef0123456789abcdef", False),
        ("Bearer undefined", False),
        ("<your session token>", False),
        ("", False),
    ],
)
def test_of_what_was_redacted_before_nothing_is_said(value: str, redacted: bool) -> None:
    headers = with_redactions(Headers([("X-Parse-Session-Token", value), ("X-A", "1")]))
    assert headers.get("x-parse-session-token") == value
    assert isinstance(headers, LackingHeaders) == redacted
    if isinstance(headers, LackingHeaders):
        assert headers.missed
        headers.missed = False
        assert (headers.get("x-a"), headers.get("authorization"), headers.missed) == ("1", "", False)
        assert (headers.first(["x-none", "x-parse-session-token"]), headers.missed) == (value, True)
        assert finding_for(headers) is REDACTED


@in_one_test(
    "value",
    [
        "REDACTED",
        "[REDACTED]",
        "Bearer [REDACTED]",
        "[Authorization redacted]",
        "Basic ***",
        "<hidden>",
        "xxxxxxxxxxxx",
        "Kinvey •••••",
        "<jwt 812 chars #a41f9c>",
    ],
)
def test_of_what_others_have_redacted_nothing_is_said(value: str, pipeline: Pipeline, tmp_path: Path) -> None:
    url, status, body = KINVEY
    found = findings(har(FIREFOX, url, status, body, ("Authorization", value)), pipeline, tmp_path)
    assert REDACTED.rule in found
    assert set(found).isdisjoint({"no-token", "basic-unreadable", "unknown-scheme", "no-authorization", "token-lost"})


@in_one_test("value", ["Bearer hidden-treasure-0123", "Kinvey removed.by.none", "Bearer undefined", "Basic YTpi"])
def test_what_only_looks_alike_is_read(value: str) -> None:
    headers = Headers([("Authorization", value)])
    assert with_redactions(headers) is headers


@in_one_test("before", [0, 900, _PIECE - 1_500, _PIECE - 30, _PIECE - 5, _PIECE, 3 * _PIECE - 40])
@in_one_test(
    ("text", "left_out"),
    [
        ('{"creator": {"name": "WebInspector", "version": "537.36"}, "startedDateTime": "2026-11-20T12:00:00.123Z"}', True),
        ('{"creator": {"name": "WebInspector"}, "startedDateTime": "2026-11-20T12:00:00.123Z", "headers": [{"name": "authorization"}]}', False),
        ('{"creator": {"name": "mitmproxy"}, "startedDateTime": "2026-11-20T12:00:00.123Z"}', False),
    ],
)
def test_a_file_is_searched_in_pieces(text: str, left_out: bool, before: int) -> None:
    begun = begun_without(io.BytesIO(b" " * before + text.encode() + b" " * 500))
    assert begun == ({"2026-11-20T12:00:00.123Z"} if left_out else frozenset())
