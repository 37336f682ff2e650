"""HAR files, read back by mitmproxy itself."""

from __future__ import annotations

import io
import json
import re
from datetime import datetime
from typing import Any

from baas_errors.catalog import Backend
from baas_errors.formats import Occurrence, har
from baas_errors.mitm.convert import to_exchange
from baas_errors.pipeline import Pipeline
from baas_errors.reports.redacted_exchange import clean
from build import make_exchange
from hypothesis import given
from matrix import in_one_test
from mitmproxy.io.har import request_to_flow
from samples import START, harmful_occurrences, make_clean, make_occurrence, patient


def written(occurrences: list[Occurrence], *notes: str) -> dict[str, Any]:
    stream = io.StringIO()
    har.write(occurrences, stream, notes)
    return json.loads(stream.getvalue())["log"]


def entry(exchange_facts: dict[str, Any] | None = None, **facts: Any) -> dict[str, Any]:
    exchange = None if exchange_facts is None else make_clean(**exchange_facts)
    (found,) = written([make_occurrence(exchange, **facts)])["entries"]
    return found


def test_an_empty_log() -> None:
    log = written([])
    assert (log["version"], log["pages"], log["entries"]) == ("1.2", [], [])
    assert set(log["creator"]) == {"name", "version"}


def test_notes_are_the_comment() -> None:
    assert written([], "One.", "Two.")["comment"] == "One. Two."


@in_one_test(
    ("path", "expected"),
    [
        ("startedDateTime", "2023-11-14T22:13:20.000Z"),
        ("time", 250),
        ("request.method", "PUT"),
        ("request.url", "https://api.example/parse/classes/Post/abc?token=%3Csecret%2012%20chars%20%23a41f9c%3E"),
        ("request.httpVersion", "HTTP/1.1"),
        ("request.queryString", [{"name": "token", "value": "<secret 12 chars #a41f9c>"}]),
        ("request.cookies", []),
        ("request.headersSize", -1),
        ("request.bodySize", 54),
        ("request.postData.mimeType", "application/json"),
        ("response.status", 404),
        ("response.statusText", "Not Found"),
        ("response.httpVersion", "HTTP/1.1"),
        ("response.content.mimeType", "application/json"),
        ("response.content.text", '{"code":101,"error":"Object not found."}'),
        ("response.content.size", 40),
        ("response.redirectURL", ""),
        ("response.cookies", []),
        ("response.headersSize", -1),
        ("response.bodySize", 40),
        ("cache", {}),
        ("timings", {"blocked": -1, "dns": -1, "connect": -1, "ssl": -1, "send": 0, "wait": 250, "receive": 0}),
        ("comment", "ObjectNotFound | Look for it. | Object not found. | code 101"),
    ],
)
def test_an_entry(path: str, expected: object) -> None:
    found: Any = entry({})
    for part in path.split("."):
        found = found[part]
    assert found == expected


def test_the_records_are_kept() -> None:
    one = make_occurrence(make_clean())
    assert written([one])["entries"][0]["_baasErrors"] == [one.record.as_dict()]


def test_cookies() -> None:
    found = entry(
        {
            "request_headers": (("Cookie", "sid=<cookie 9 chars #a41f9c>; lang=de"),),
            "response_headers": (("Set-Cookie", "sid=<cookie 9 chars #a41f9c>; Path=/"),),
        }
    )
    mark = {"name": "sid", "value": "<cookie 9 chars #a41f9c>"}
    assert found["request"]["cookies"] == [mark, {"name": "lang", "value": "de"}]
    assert found["response"]["cookies"] == [mark]


def test_a_redirect_says_where_to() -> None:
    assert (
        entry({"status": 302, "response_headers": (("Location", "https://a.example/?error=x"),)})["response"]["redirectURL"]
        == "https://a.example/?error=x"
    )


def test_a_failure_is_an_answer_without_status() -> None:
    found = entry({"status": None, "failure": "connection refused", "response_headers": (), "response_body": ""})["response"]
    assert (found["status"], found["statusText"], found["_error"]) == (0, "", "connection refused")


def test_a_remark_on_an_image_is_not_taken_for_it() -> None:
    content = entry({"response_body": "<5 bytes of image/png>", "response_headers": (("Content-Type", "image/png"),)})["response"]["content"]
    assert content["comment"] == "<5 bytes of image/png>"
    assert "text" not in content


def test_errors_of_one_exchange_share_an_entry() -> None:
    exchange = make_clean()
    entries = written([make_occurrence(exchange, index=0), make_occurrence(exchange, index=1)])["entries"]
    assert [record["baas.index"] for record in entries[0]["_baasErrors"]] == [0, 1]
    assert len(entries) == 1


@in_one_test("flow_id", ["", "flow-1"])
def test_exchanges_that_are_equal_are_not_the_same(flow_id: str) -> None:
    entries = written([make_occurrence(make_clean(started=START + n), flow_id=flow_id) for n in range(2)])["entries"]
    assert len(entries) == 2


def test_entries_are_in_the_order_of_time() -> None:
    late, early = (make_occurrence(make_clean(), timestamp=f"2024-05-01T1{n}:00:00.000Z", flow_id=str(n)) for n in (1, 0))
    entries = written([late, early])["entries"]
    assert [one["_baasErrors"][0]["mitmproxy.flow_id"] for one in entries] == ["0", "1"]


@in_one_test(
    ("facts", "url"),
    [
        ({}, "https://toy.example/parse/classes/Post/abc"),
        ({"url": "", "address": "toy.example", "port": 1337, "url_template": "/a/{id}"}, "https://toy.example:1337/a/%7Bid%7D"),
        ({"url": "", "url_template": ""}, "https://unknown.invalid/https%3A%2F%2F%2F"),
    ],
)
def test_a_record_alone_makes_an_entry(facts: dict[str, Any], url: str) -> None:
    found = entry(**facts)
    assert found["request"]["url"].replace("{id}", "%7Bid%7D") == url
    assert found["response"]["status"] == 404
    assert found["comment"].endswith("(made from the record, without the exchange)")


@in_one_test(
    ("url", "expected"),
    [
        ("http://a.example:80/x?y=1#z", "http://a.example:80/x?y=1#z"),
        ("https://a.example", "https://a.example/"),
        ("https://a.example:99999/", "https://a.example/"),
        ("https://münchen.example/ü", "https://xn--mnchen-3ya.example/%C3%BC"),
        ("https://[::1]:8080/", "https://[::1]:8080/"),
        ("https://[::zz]/", "https://unknown.invalid/https%3A%2F%2F%5B%3A%3Azz%5D%2F"),
        ("https://<userinfo 9 chars #a41f9c>@a.example/", "https://a.example/"),
        ("https://a b/c", "https://unknown.invalid/c"),
        ("https://a.example/100%", "https://a.example/100%25"),
        ("wss://a.example/parse", "wss://a.example/parse"),
        ("file:///etc/passwd", "https://unknown.invalid/file%3A%2F%2F%2Fetc%2Fpasswd"),
    ],
)
def test_urls_are_made_valid(url: str, expected: str) -> None:
    assert entry({"url": url})["request"]["url"] == expected


@in_one_test(
    ("name", "value", "expected"),
    [
        ("Content-Type", "text/html; charset=utf-8", "text/html; charset=utf-8"),
        ("Content-Type", "text/html; charset=rot13; q=1", "text/html; q=1"),
        ("Content-Type", 'text/html; charset="gzip"', "text/html"),
        ("Content-Type", "text/html; charset=no-such", "text/html"),
        ("Content-Encoding", "gzip", "gzip"),
    ],
)
def test_headers_that_mitmproxy_would_stumble_over(name: str, value: str, expected: str) -> None:
    headers = entry({"response_headers": ((name, value),)})["response"]["headers"]
    assert headers == [{"name": name, "value": expected}]


@in_one_test("value", ["rot13", "gzip, br", "x"])
def test_encodings_that_are_none_are_left_out(value: str) -> None:
    assert entry({"response_headers": (("Content-Encoding", value),)})["response"]["headers"] == []


@patient
@given(harmful_occurrences)
def test_mitmproxy_reads_whatever_is_written(occurrences: list[Occurrence]) -> None:
    for one in written(occurrences)["entries"]:
        request_to_flow(one).get_state()


@patient
@given(harmful_occurrences)
def test_entries_have_all_that_browsers_ask_for(occurrences: list[Occurrence]) -> None:
    for one in written(occurrences)["entries"]:
        datetime.fromisoformat(one["startedDateTime"])
        assert re.match(r"(?:https?|wss?)://[A-Za-z0-9._-]+(?::\d+)?[/?#]|(?:https?|wss?)://\[", one["request"]["url"])
        assert set(one["request"]) >= {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"}
        assert set(one["response"]) >= {
            "status",
            "statusText",
            "httpVersion",
            "cookies",
            "headers",
            "content",
            "redirectURL",
            "headersSize",
            "bodySize",
        }
        assert set(one["response"]["content"]) >= {"size", "mimeType"}
        assert set(one["timings"]) >= {"send", "wait", "receive"}


SITUATIONS = {
    "object not found": {"status": 404, "body": {"code": 101, "error": "Object not found."}},
    "secrets everywhere": {
        "status": 400,
        "body": {"code": 209, "error": "invalid session token r:0123456789abcdef0123456789abcdef"},
        "method": "POST",
        "url": "https://api.example/parse/classes/Post?token=hunter22-and-more&where={%22a%22:1}",
        "headers": {"X-Parse-Session-Token": "r:0123456789abcdef0123456789abcdef", "Content-Type": "application/json"},
        "request_body": {"password": "hunter22-and-more"},
    },
    "a page": {"status": 502, "body": "<html><title>Bad gateway</title></html>", "response_headers": {"Content-Type": "text/html; charset=rot13"}},
    "compressed": {"status": 404, "body": {"code": 101, "error": "Object not found."}, "response_headers": {"Content-Encoding": "gzip"}},
}


@in_one_test("name", SITUATIONS)
def test_mitmproxy_reads_the_same_errors_back(pipeline: Pipeline, parse_server: Backend, name: str) -> None:
    facts = {"response_headers": {"Content-Type": "application/json"}, "url": "https://api.example/parse/classes/Post/abc"} | SITUATIONS[name]
    exchange = make_exchange(**facts)
    records = pipeline.records(exchange, parse_server)
    shown = clean(exchange, pipeline.redactor)
    (one,) = written([Occurrence(record, shown) for record in records])["entries"]
    again = pipeline.records(to_exchange(request_to_flow(one)), parse_server)

    def facts_of(found: list[Any]) -> list[tuple[Any, ...]]:
        return [(record.type, record.code, record.message, record.status, record.method, record.url_template, record.fingerprint) for record in found]

    assert facts_of(again) == facts_of(records)
