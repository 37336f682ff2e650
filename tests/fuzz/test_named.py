"""What hostile or broken servers are known to send, each by its name, through the addon's own hooks: no fault, no lost flow, and the right record."""

from __future__ import annotations

import gzip
import json
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import brotli
import pytest
from baas_errors.mitm.convert import to_exchange
from baas_errors.reports.redacted_exchange import clean
from fuzz.answers import START, Answer, flow_of
from fuzz.look import Looker, looking, view_of
from mitmproxy.net.encoding import encode_zstd

JSON = ((b"content-type", b"application/json"),)
OBJECT_NOT_FOUND = b'{"code":101,"error":"Object not found."}'
DEEP = 100_000


@pytest.fixture(scope="module")
def looker() -> Iterator[Looker]:
    with looking() as one:
        yield one


def parse_answer(body: bytes | None = OBJECT_NOT_FOUND, **facts: Any) -> Answer:
    """A refusal of a Parse Server, with facts of its own."""
    values: dict[str, Any] = {
        "host": "api.parse.com",
        "target": b"/parse/classes/Post/x1",
        "response_headers": JSON,
        "response_body": body,
        "status": 404,
        "request_headers": ((b"x-parse-application-id", b"app1"), *JSON),
    }
    return Answer(**(values | facts))


def one(looker: Looker, answer: Answer) -> dict[str, Any]:
    """The one record of an answer."""
    (record,) = looker.look(answer)
    return record


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"code":101,"error":"a\\ud800b"}', "a\ufffdb"),
        (b'{"code":101,"error":"\\udc00\\ud800"}', "\ufffd\ufffd"),
        (b'{"code":101,"error":"a\xed\xa0\x80b"}', "a\ufffd\ufffd\ufffdb"),
        (b'{"code":101,"error":"\xff"}', "\ufffd"),
        (b'{"code":101,"error":"\\u0000\\u001b[31m\x1b[2J"}', "\x00\x1b[31m\x1b[2J"),
        (b'{"code":101,"error":"\xc2\x9b31m\x7f"}', "\x9b31m\x7f"),
        (b'{"code":101,"error":"\xe2\x80\xaemoc.live\xe2\x81\xa6"}', "\u202emoc.live\u2066"),
        (b'{"code":101,"error":"NaN","more":NaN}', "NaN"),
        (b'{"code":101,"error":"x","more":[Infinity,-Infinity,1e999]}', "x"),
        (b'{"code":101,"error":"x","more":' + b"7" * 10_000 + b"}", "x"),
        (b'{"code":101,"error":"x","more":0.' + b"7" * 10_000 + b"}", "x"),
        (b'{"code":209,"code":101,"error":"first","error":"last"}', "last"),
        (b'\xef\xbb\xbf{"code":101,"error":"BOM"}', "BOM"),
        (b'{"code":101,"error":"cut', "cut\u2026"),
    ],
    ids=[
        *("lone surrogate", "surrogates the wrong way round", "surrogate as bytes", "no UTF-8", "control characters", "C1 and DEL", "bidi overrides"),
        *("NaN", "infinities", "10,000 digits", "10,000 decimals", "duplicate keys", "byte order mark", "cut off"),
    ],
)
def test_a_body_with_something_odd_in_it_is_read(looker: Looker, body: bytes, message: str) -> None:
    record = one(looker, parse_answer(body))
    assert (record["baas.name"], record["error.message"]) == ("ObjectNotFound", message)


@pytest.mark.parametrize(
    "code", [b"NaN", b"Infinity", b"7" * 10_000, b"-" + b"7" * 5_000, b"1e999", b"true", b"[]", b'""', b'"' + b"x" * 5_000 + b'"']
)
def test_what_can_be_no_code_is_none(looker: Looker, code: bytes) -> None:
    record = one(looker, parse_answer(b'{"code":' + code + b',"error":"What it says."}'))
    assert record["error.type"] == "parse/http-404"
    assert "error.code" not in record
    assert "What it says." in record["error.message"]


def nested(opening: bytes, inner: bytes, closing: bytes) -> bytes:
    return opening * DEEP + inner + closing * DEEP


@pytest.mark.parametrize(
    "facts",
    [
        {"body": nested(b"[", b"", b"]")},
        {"body": nested(b"[", b"", b"")},
        {"body": nested(b'{"error":', b"101", b"}")},
        {"body": b'{"code":101,"error":' + nested(b"[", b"", b"]") + b"}"},
        {"body": b'{"code":101,"error":"x","debug":' + json.dumps(nested(b'{"a":', b"1", b"}").decode()).encode() + b"}"},
        {"request_body": nested(b"[", b"", b"]")},
        {"request_body": nested(b'{"a":', b"1", b"}"), "method": b"POST"},
        {"target": b"/parse/classes/Post?where=" + nested(b"[", b"", b"]")},
        {"target": b"/parse/classes/Post?where=" + nested(b"%7B%22a%22:", b"1", b"%7D")},
        {"request_headers": ((b"x-parse-application-id", b"app1"), (b"x-parse-cloud-context", nested(b"[", b"", b"]")))},
        {"request_headers": ((b"x-parse-application-id", b"app1"), (b"x-parse-session-token", nested(b'{"a":', b"", b"")))},
        {"response_headers": (*JSON, (b"x-parse-odd", nested(b"{", b"", b"}")))},
        {"target": b"/graphql", "method": b"POST", "request_body": json.dumps({"query": "{a" * DEEP}).encode()},
        {"target": b"/graphql", "method": b"POST", "request_body": json.dumps({"query": '{a(b:"\\"' * DEEP}).encode()},
        {
            "target": b"/parse/files/a",
            "method": b"POST",
            "request_headers": ((b"x-parse-application-id", b"app1"), (b"content-type", b"multipart/form-data; boundary=b")),
            "request_body": b'--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n' * 20_000 + b"--b--",
        },
        {"request_headers": ((b"x-parse-application-id", b"app1"), (b"content-type", b"text/x" + b"; a=(" * 10_000))},
    ],
    ids=[
        *("lists", "lists that never end", "objects", "lists for a message", "JSON in debug", "lists sent", "objects sent", "lists in a parameter"),
        *(
            "objects in a parameter",
            "lists in a header",
            "objects for a token",
            "objects in a header of the answer",
            "GraphQL",
            "GraphQL with quotes",
        ),
        *("parts of a form", "parameters of a type"),
    ],
)
def test_100_000_levels_are_an_error_like_any_other(looker: Looker, facts: dict[str, Any]) -> None:
    body = facts.pop("body", OBJECT_NOT_FOUND)
    record = one(looker, parse_answer(body, **facts))
    assert record["http.response.status_code"] == 404
    assert record["baas.backend"] == "parse"


HUGE = 200 * 1024 * 1024


def measured(act: Callable[[], Any]) -> tuple[Any, float, int]:
    """What an act gives, the seconds that it took of this thread, and the bytes that it took at most."""
    tracemalloc.start()
    started = time.thread_time()
    try:
        return act(), time.thread_time() - started, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_body_of_200_mb_is_not_read_and_costs_nothing(looker: Looker) -> None:
    body = b'{"code":101,"error":"' + b"x" * HUGE + b'"}'
    answer = parse_answer(body, request_body=body, method=b"POST")
    # Not one that is saved and exported as well: mitmproxy's own writing of the flow takes its time.
    looker.count = 0
    record, taken, most = measured(lambda: one(looker, answer))
    assert record["error.type"] == "parse/http-404"
    (finding,) = [found for found in record["baas.findings"] if found["rule"] == "body-too-large"]
    assert "209,715,223 bytes" in finding["says"]
    assert taken < 1
    assert most < 8 * 1024 * 1024


def test_of_a_body_of_200_mb_the_view_shows_the_beginning_and_exports_say_that_there_is_one(looker: Looker) -> None:
    item = flow_of(parse_answer(b"[" * HUGE))
    looker.addon.response(item)
    text, taken, most = measured(lambda: view_of(looker.addon, item, item.response.raw_content, None))
    assert text.startswith("No such address at Parse (404)")
    assert text.rstrip().endswith("<cut: 262,144 of 209,715,200 bytes are shown>")
    assert taken < 1
    assert most < 16 * 1024 * 1024
    shown, taken, most = measured(lambda: clean(to_exchange(item), looker.addon._watch.pipeline.redactor))
    assert "209,715,200 bytes" in shown.response_body
    assert taken < 1
    assert most < 8 * 1024 * 1024


_BOMB = b" " * (64 * 1024 * 1024)
BOMBS = {
    b"gzip": lambda: gzip.compress(_BOMB, 9),
    b"deflate": lambda: zlib.compress(_BOMB, 9),
    b"br": lambda: brotli.compress(_BOMB, quality=5),
    b"zstd": lambda: encode_zstd(_BOMB),
    b"gzip, gzip": lambda: gzip.compress(gzip.compress(_BOMB, 9), 9),
}


@pytest.mark.parametrize("encoding", BOMBS, ids=[name.decode() for name in BOMBS])
def test_a_bomb_is_bounded_and_said(looker: Looker, encoding: bytes) -> None:
    headers = (*JSON, (b"content-encoding", encoding))
    bomb = BOMBS[encoding]()
    answer = parse_answer(bomb, response_headers=headers)
    # All the ways that a body takes: log, annotation, content view, exports.
    looker.count = -1
    record, _, most = measured(lambda: one(looker, answer))
    (finding,) = [found for found in record["baas.findings"] if found["rule"] == "body-too-large"]
    assert "unpacks to more than 4,194,304 bytes" in finding["says"]
    assert f"({len(bomb):,} as sent)" in finding["says"]
    assert most < 48 * 1024 * 1024


@pytest.mark.parametrize(
    "facts",
    [
        {"request_headers": ((b"\xff\xfe", b"\x80"), (b"X-Parse-Application-Id", b"\xff\xfe"))},
        {"request_headers": ((b"", b""), (b"x-parse-application-id", b""))},
        {"response_headers": ((b"content-type", b"application/json; charset=\xff"), (b"x-\x1b", b"\x9b\xe2\x80\xae"))},
        {"response_headers": ((b"content-type", b"application/json; charset=unicode_escape"), (b"retry-after", "²".encode()))},
        {"target": b"/parse/classes/%zz%/%ff%00?where=%&=&%&&"},
        {"target": b"/\xff\xfe\x00 \xe2\x80\xae"},
        {"target": b"*"},
        {"target": b"https://[bad/x?y"},
        {"host": "::1", "request_headers": ((b"host", b"[::1]:0"), (b"x-parse-application-id", b"a"))},
        {"host": "xn--bcher-kva.example"},
        {"host": "b\u00fccher.example"},
        {"port": 0},
        {"request_headers": ((b"host", b"api.parse.com:" + b"9" * 5_000), (b"x-parse-application-id", b"a"))},
        {"request_headers": ((b":authority", b"api.parse.com"), (b":path", b"/x"), (b"x-parse-application-id", b"a")), "version": b"HTTP/2.0"},
        {"authority": b"\xff[", "version": b"HTTP/2.0"},
        {"times": (START, None, None, None)},
        {"times": (START + 9, START + 8, START + 7, START)},
        {"times": (float("nan"), float("inf"), float("-inf"), float("inf"))},
        {"times": (1e300, -1e300, 0.0, 1e300)},
        {"body": None},
        {"body": None, "request_body": None},
        {"trailers": ((b"x-parse-odd", b"\xff"),)},
        {"replayed": True},
        {"method": "P\u202eT".encode()},
        {"method": b"G" * 10_000},
    ],
    ids=[
        *(
            "bytes in headers",
            "empty headers",
            "an unknown charset",
            "a charset that acts",
            "percent signs",
            "bytes in the path",
            "asterisk",
            "no URL",
        ),
        *("IPv6", "punycode", "IDN", "port 0", "a port of 5,000 digits", "pseudo headers", "a broken authority", "times that are missing"),
        *(
            "a negative duration",
            "times that are none",
            "times beyond all",
            "no body",
            "no bodies",
            "trailers",
            "a replayed flow",
            "a method that acts",
        ),
        "a method of 10,000 characters",
    ],
)
def test_an_odd_exchange_has_its_record(looker: Looker, facts: dict[str, Any]) -> None:
    answer = parse_answer(facts.pop("body", OBJECT_NOT_FOUND), **facts)
    if not any(name.lower() == b"x-parse-application-id" for name, _ in answer.request_headers):
        answer.request_headers += ((b"x-parse-application-id", b"app1"),)
    looker.count = -1
    record = one(looker, answer)
    assert record["http.response.status_code"] == 404
    assert record.get("baas.duration_ms", 0) >= 0


@pytest.mark.parametrize("status", [-1, 0, 99, 100, 199, 600, 999, 1000, 2**31])
def test_a_status_that_is_no_error_is_none(looker: Looker, status: int) -> None:
    answer = parse_answer(status=status)
    # 0 stands for no answer at all.
    assert [record["error.type"] for record in looker.look(answer)] == (["parse/connection-failed"] if status == 0 else [])


class TestMessages:
    CONNECT = (True, 1, b'{"op":"connect","applicationId":"app1"}')
    ERROR = (False, 1, b'{"op":"error","code":1,"error":"Invalid.","reconnect":false}')

    def answer(self, *messages: tuple[bool, int, bytes]) -> Answer:
        return parse_answer(b"", status=101, messages=messages)

    def test_a_binary_message_is_passed_by(self, looker: Looker) -> None:
        said = looker.look(self.answer(self.CONNECT, (False, 2, b"\x00\xff"), (False, 2, self.ERROR[2]), self.ERROR))
        assert [record["error.message"] for record in said] == ["Invalid."]

    @pytest.mark.parametrize(
        "content", [b"", b"\xff", b"{", b"[" * DEEP, b'{"op":"error","code":NaN}', b'{"op":"\xed\xa0\x80"}', b"null", b"7" * 5_000]
    )
    def test_a_broken_message_loses_no_other(self, looker: Looker, content: bytes) -> None:
        looker.count = -1
        said = looker.look(self.answer(self.CONNECT, (False, 1, content), (True, 1, content), self.ERROR))
        assert said[-1]["error.message"] == "Invalid."
