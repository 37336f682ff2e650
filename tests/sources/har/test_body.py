"""Bodies in HAR files, as tools really write them."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any

import brotli
from baas_errors.exchange import Headers
from baas_errors.sources.har.body import request_body, response_body
from matrix import in_one_test

ERROR = '{"code":101,"error":"Object not found."}'
LONG = f'{{"message":"{"x" * 300}"}}'
TEXT = '{"error":"Grüße ☃"}'
JSON = Headers([("Content-Type", "application/json")])
NONE = Headers()


def base64_of(data: str | bytes) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def packed(*pairs: tuple[str, str]) -> Headers:
    return Headers([("Content-Type", "application/json"), *pairs])


@in_one_test(
    ("content", "headers", "text"),
    [
        ({"text": ERROR, "mimeType": "application/json", "size": len(ERROR)}, JSON, ERROR),
        ({"text": TEXT, "mimeType": "application/json"}, JSON, TEXT),
        # Text in a HAR file is Unicode, whatever charset it was sent in.
        ({"text": TEXT}, Headers([("content-type", "application/json; charset=iso-8859-1")]), TEXT),
        # Charles: no type, unpacked, the header stays.
        ({"text": ERROR, "mimeType": None, "size": -1}, packed(("Content-Encoding", "gzip")), ERROR),
        ({"text": ERROR, "size": 12}, packed(("content-encoding", "br")), ERROR),
        ({"text": base64_of(ERROR), "encoding": "base64"}, JSON, ERROR),
        ({"text": base64_of(ERROR), "encoding": "BASE64"}, packed(("content-encoding", "gzip")), ERROR),
        ({"text": base64_of(ERROR), "encoding": "base64"}, packed(("content-encoding", "br")), ERROR),
        ({"text": base64_of(ERROR).rstrip("="), "encoding": "base64"}, JSON, ERROR),
        ({"text": "\r\n".join(base64_of(LONG)[n : n + 76] for n in range(0, 500, 76)), "encoding": "base64"}, JSON, LONG),
        ({"text": base64_of("Grüße".encode("latin-1")), "encoding": "base64"}, Headers([("content-type", "text/plain; charset=latin-1")]), "Grüße"),
        # Firefox marks texts as base64 that are none.
        ({"text": ERROR, "encoding": "base64"}, JSON, ERROR),
        ({"text": "not base64, either!", "encoding": "base64"}, NONE, "not base64, either!"),
        # BrowserMob: base64 of what is still packed.
        ({"text": base64_of(gzip.compress(ERROR.encode())), "encoding": "base64"}, packed(("content-encoding", "gzip")), ERROR),
        ({"text": base64_of(brotli.compress(ERROR.encode())), "encoding": "base64"}, packed(("content-encoding", "br")), ERROR),
        ({"text": base64_of(zlib.compress(ERROR.encode())), "encoding": "base64"}, packed(("content-encoding", "deflate")), ERROR),
        # ... or packed bytes, each made a character.
        ({"text": gzip.compress(ERROR.encode()).decode("latin-1")}, packed(("content-encoding", "gzip")), ERROR),
        ({"text": "half a \ud800 pair"}, NONE, "half a \ufffd pair"),
        ({"text": ERROR, "encoding": 7}, JSON, ERROR),
    ],
)
def test_response_text(content: dict[str, Any], headers: Headers, text: str) -> None:
    body = response_body({"content": content, "status": 404}, headers, 404, "GET")
    assert body.text == text
    assert body.problems == ()


@in_one_test(
    ("answer", "status", "method"),
    [
        ({"content": {"size": 0, "mimeType": "x-unknown"}}, 404, "GET"),
        ({"content": {"text": "", "size": -1}}, 404, "GET"),
        ({"content": {"text": "", "size": 0}}, 404, "GET"),
        ({"content": {}, "bodySize": 0}, 404, "GET"),
        ({"content": {"size": 5}}, 404, "HEAD"),
        ({"content": {"size": 5}}, 204, "GET"),
        ({"content": {"size": 5}}, 304, "GET"),
        ({"content": {}}, 101, "GET"),
    ],
)
def test_an_empty_body_is_no_problem(answer: dict[str, Any], status: int, method: str) -> None:
    body = response_body(answer, JSON, status, method)
    assert body.data == b""
    assert body.problems == ()


@in_one_test(
    ("answer", "evidence"),
    [
        ({"content": {"size": 97, "mimeType": "application/json"}}, "97 bytes were received"),
        ({"content": {"text": "", "size": 97}}, "97 bytes were received"),
        ({"content": {"size": 77300, "comment": "Response bodies are not included."}}, "Response bodies are not included."),
        ({"content": {"text": None}}, ""),
        ({"content": None, "bodySize": -1}, ""),
        ({}, ""),
    ],
)
def test_a_body_that_the_capture_lacks_is_told_from_an_empty_one(answer: dict[str, Any], evidence: str) -> None:
    body = response_body(answer, JSON, 500, "GET")
    assert body.data is None
    assert [(problem.rule, problem.evidence) for problem in body.problems] == [("body-not-kept", evidence)]


def test_a_body_that_the_browser_cut_off_is_read_as_far_as_it_goes() -> None:
    body = response_body({"content": {"text": '{"code":101,"error":"Obj', "size": 1_300_000}}, JSON, 404, "GET")
    assert body.object["code"] == 101
    assert body.problems[0].rule == "body-truncated"
    assert "24 of 1,300,000 bytes" in body.problems[0].says


def test_a_few_bytes_more_than_the_text_are_no_cut() -> None:
    assert response_body({"content": {"text": ERROR, "size": len(ERROR) + 3}}, JSON, 404, "GET").problems == ()


@in_one_test(
    ("data", "text"),
    [
        ({"text": '{"title":"Milk"}', "mimeType": "application/json"}, '{"title":"Milk"}'),
        ({"text": '{"title":"Milk"}', "params": [{"name": "x", "value": "y"}]}, '{"title":"Milk"}'),
        ('{"title":"Milk"}', '{"title":"Milk"}'),
        ({"text": base64_of('{"title":"Milk"}'), "encoding": "base64"}, '{"title":"Milk"}'),
        ({"text": base64_of('{"_id":1}'), "mimeType": "application/json"}, '{"_id":1}'),
        ({"text": base64_of("[1, 2]"), "mimeType": "application/json"}, "[1, 2]"),
        ({"text": "eyes", "mimeType": "application/json"}, "eyes"),
        ({"text": base64_of('{"a":1}'), "mimeType": "text/plain"}, base64_of('{"a":1}')),
        # Charles and Fiddler give the fields of a form in the place of its text.
        (
            {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "user", "value": "a b"}, {"name": "p", "value": "&="}]},
            "user=a+b&p=%26%3D",
        ),
        ({"text": "", "mimeType": "", "params": [{"name": "a", "value": "1"}]}, "a=1"),
        # JSON that was sent as a form stands as a name without a value.
        ({"mimeType": "application/x-www-form-urlencoded", "params": [{"name": '{"amount":3}', "value": ""}]}, '{"amount":3}'),
        ({"params": [{"name": "file", "fileName": "cat.png", "value": "bytes"}, {"name": "n", "value": 3}]}, "file=&n=3"),
        ({"params": [{"value": "no name"}, None, 7]}, ""),
        ({"text": "", "mimeType": ""}, ""),
        ({"text": None}, ""),
        ({"params": {"a": "1"}}, ""),
        (None, ""),
        ([], ""),
    ],
)
def test_request_text(data: Any, text: str) -> None:
    assert request_body({"postData": data}, NONE).text == text


def test_a_request_without_a_body_has_none() -> None:
    assert request_body({}, NONE).data == b""


@in_one_test("name", ["base64", "hex", "hex, without a mark", "one chunk"])
def test_chunks_of_polly_are_joined(name: str) -> None:
    data = gzip.compress(ERROR.encode(), mtime=0)
    cut = len(data) if name == "one chunk" else 10
    chunks = [data[:cut], data[cut:]] if cut < len(data) else [data]
    written = [base64_of(chunk) if name in ("base64", "one chunk") else chunk.hex() for chunk in chunks]
    mark = {"base64": {"encoding": "base64"}, "one chunk": {"encoding": "base64"}, "hex": {"_isBinary": True}}.get(name, {})
    content = {"text": json.dumps(written), "size": 2 * len(data), **mark}
    assert response_body({"content": content}, packed(("content-encoding", "gzip")), 404, "GET").text == ERROR


def test_a_list_of_texts_that_is_no_chunks_stays() -> None:
    compressed = packed(("content-encoding", "gzip"))
    for text, headers in (('["abcd"]', JSON), ('["no chunk!", "1"]', compressed), ('["', compressed)):
        assert response_body({"content": {"text": text}}, headers, 200, "GET").text == text


def test_complete_json_was_not_cut_whatever_its_size_says() -> None:
    for text, cut in ((ERROR, False), (LONG, False), (LONG[:-5], True), ("x" * 50, True)):
        body = response_body({"content": {"text": text, "size": 2 * len(text) + 50}}, JSON, 404, "GET")
        assert ("body-truncated" in [problem.rule for problem in body.problems]) == cut, text


def test_a_request_body_that_the_capture_lacks_is_not_taken_for_an_empty_one() -> None:
    for sent, length, lacks in (({"bodySize": 5}, "", True), ({}, "13", True), ({"bodySize": -1}, "0", False), ({"bodySize": 0}, "", False)):
        headers = Headers([("Content-Length", length)] if length else [])
        assert (request_body(sent, headers).data is None) == lacks, (sent, length)
