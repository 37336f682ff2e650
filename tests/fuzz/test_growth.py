"""Long hostile texts, wherever one can stand: the time that an answer takes grows with their length and not with its square."""

from __future__ import annotations

import gc
import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache

import fuzz.look
import pytest
from baas_errors.exchange.json_reader import parse_json
from baas_errors.sources.detect import items
from baas_errors.sources.har.file import read as read_har
from baas_errors.sources.skipped import Skips, SourceError
from baas_errors.sources.source import Source
from effort import unit
from fuzz.answers import Answer, flow_of
from fuzz.look import Looker, looking

LONG, SHORT = 60_000, 20_000
# Of one answer with such a text, in units of effort.py; what is quicker than a fifth of it need not be measured twice.
MOST = 50

UNITS = (
    "{", "[", "<", "=", "%", '"', "'", "\\", "1", " ", "\t", "\n", "\r\n", "QUJD", "(", "&", "a=1&", "a;", "-", "@", "a@", "a@a.", ".", "a.", "/",
    "a/", '{"a":', "[x,", '"a":1,', "{},", "[],", "null,", "\u201c", "<script>", "<title", "<!--", "</", "x", "\xe9", "eyJhbGci.",
    "r:0123456789abcdef", "Bearer abcdefgh ", "token: abc ", "password=", 'token="a" ', "-----BEGIN ", "pk_", "1 ", "1-", '\\"', '"\\', "://a:",
    "http://a:b@c ", "%7B", "%25", "%22", 'name="a"\r\n\r\nx\r\n--', "Basic ", "x-token-", ",", ":", "\\u0041", "$", "`", "query{a", '(a:"',
    "... on ", "#\n", "*", "?", "!", "|", "~", "\ud83d\ude00", "\x00", "\x1b[", "a b ",
)  # fmt: skip


def texts(size: int) -> Iterator[tuple[str, str]]:
    """Hostile texts of about this length, with what they are made of."""
    for word in UNITS:
        yield word, (word * (size // len(word) + 1))[:size]
    yield "nested", "[" * (size // 2) + "]" * (size // 2)
    yield "lists of what is none", "[" + ("[" + "x," * 500 + "]," * 1) * (size // 1_004)
    yield "objects that are none", "[" + "{x}," * (size // 4)
    yield "members that are none", "{" + "".join(f'"a{number}":[{"x," * 400}],' for number in range(size // 812))
    yield "codes", "[" + ",".join(['{"code":101,"error":"x"}'] * (size // 25)) + "]"
    yield "errors", '{"errors":[' + ",".join(['{"message":"x"}'] * (size // 16)) + "]}"
    yield "keys", "{" + ",".join(f'"k{number}":1' for number in range(size // 10)) + ',"code":101,"error":"x"}'
    yield "a long key", '{"' + "k" * size + '":1,"code":101,"error":"x"}'
    yield "a message of names", '{"code":101,"error":"' + "token: abcdefgh " * (size // 16) + '"}'
    yield "JSON in JSON", '{"code":101,"error":"' + '{\\"a\\":' * (size // 7) + '"}'


JSON = (b"content-type", b"application/json")
KEY = (b"x-parse-application-id", b"app1")


def answer(**facts: object) -> Answer:
    values = {
        "method": b"POST",
        "host": "api.parse.com",
        "target": b"/parse/classes/Post?limit=1",
        "request_headers": (KEY, JSON),
        "request_body": b'{"a":1}',
        "response_headers": (JSON,),
        "response_body": b'{"code":101,"error":"Object not found."}',
    }
    return Answer(**(values | facts))  # type: ignore[arg-type]


def in_graphql(text: str) -> Answer:
    said = b'{"errors":[{"message":"Cannot query field \\"x\\"","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}'
    return answer(target=b"/graphql", request_body=json.dumps({"query": text}).encode(), response_body=said)


def in_kinvey(text: str) -> Answer:
    said = json.dumps({"error": "BLRuntimeError", "description": text[: len(text) // 2], "debug": text}).encode()
    return answer(host="baas.kinvey.com", target=b"/rpc/kid_x/custom/a", response_body=said)


def raw(text: str) -> bytes:
    return text.encode("utf-8", "replace")


PLACES: dict[str, tuple[int, Callable[[str], Answer]]] = {
    "answer": (LONG, lambda text: answer(response_body=raw(text))),
    "page": (LONG, lambda text: answer(response_body=raw(text), response_headers=((b"content-type", b"text/html"),))),
    "success": (LONG, lambda text: answer(response_body=raw(text), status=200)),
    "request": (LONG, lambda text: answer(request_body=raw(text), response_body=b'{"code":107,"error":"bad JSON"}')),
    "form": (LONG, lambda text: answer(request_body=raw(text), request_headers=(KEY, (b"content-type", b"application/x-www-form-urlencoded")))),
    "multipart": (LONG, lambda text: answer(request_body=raw(text), request_headers=(KEY, (b"content-type", b"multipart/form-data; boundary=--")))),
    "graphql": (LONG, in_graphql),
    "debug": (LONG, in_kinvey),
    "message": (
        LONG,
        lambda text: answer(status=101, messages=((True, 1, b'{"op":"connect","applicationId":"x"}'), (True, 1, raw(text)), (False, 1, raw(text)))),
    ),
    "path": (SHORT, lambda text: answer(target=b"/parse/classes/" + raw(text))),
    "query": (SHORT, lambda text: answer(target=b"/parse/classes/Post?where=" + raw(text), response_body=b'{"code":107,"error":"Improper encode"}')),
    "header": (SHORT, lambda text: answer(request_headers=(KEY, JSON, (b"x-parse-session-token", raw(text)), (b"cookie", raw(text))))),
    "app": (SHORT, lambda text: answer(request_headers=((KEY[0], raw(text)), JSON), status=403, response_body=b'{"error":"unauthorized"}')),
    "credentials": (SHORT, lambda text: answer(request_headers=(KEY, JSON, (b"authorization", b"Basic " + raw(text))), host="baas.kinvey.com")),
    "header of the answer": (SHORT, lambda text: answer(status=302, response_headers=(JSON, (b"x-odd", raw(text)), (b"location", raw(text))))),
    "type": (SHORT, lambda text: answer(request_headers=(KEY, (b"content-type", b"multipart/form-data; boundary=" + raw(text))))),
}


@pytest.fixture(scope="module")
def looker() -> Iterator[Looker]:
    with pytest.MonkeyPatch.context() as patch, looking() as one:
        # Here the time is measured, and exports are not.
        patch.setattr(fuzz.look, "EVERY", 10**9)
        patch.setattr(fuzz.look, "LONGEST", 10**9)
        yield one


@lru_cache(maxsize=1)
def _unit() -> float:
    return unit()


def units(act: Callable[[], object]) -> float:
    """Processor time in units of effort.py, without what collecting the garbage of all the tests before would take."""
    gc.disable()
    started = time.thread_time()
    try:
        act()
        return (time.thread_time() - started) / _unit()
    finally:
        gc.enable()


@pytest.mark.parametrize("place", PLACES)
def test_time_grows_with_the_length(looker: Looker, place: str) -> None:
    size, made = PLACES[place]
    for (word, text), (_, longer) in zip(texts(size), texts(2 * size), strict=True):
        once = units(lambda text=text: looker.look(made(text)))
        assert once < MOST, word
        if once > MOST / 5:
            twice = min(units(lambda text=longer: looker.look(made(text))) for _ in range(2))
            assert twice < 3 * once, word


def test_the_view_too(looker: Looker) -> None:
    for word, text in texts(LONG):
        item = flow_of(answer(response_body=raw(text)))
        looker.addon.response(item)
        assert units(lambda item=item: fuzz.look.view_of(looker.addon, item, item.response.raw_content, None)) < MOST, word


@pytest.mark.twice
def test_what_is_no_json_is_read_in_time() -> None:
    for word, text in texts(1_000_000):
        assert units(lambda text=text: parse_json(text)) < 100, word


@pytest.mark.twice
@pytest.mark.parametrize("entry", ["x,", "{x},", "1,", '"a",', "}", "[],", '"', '{"request":}\n,', '"entries":['])
def test_a_har_file_full_of_damage_is_read_in_time(entry: str) -> None:
    def read(count: int) -> None:
        text = '{"log":{"entries":[' + entry * count
        list(read_har(Source(_file(text), Skips("a.har", []))))

    once = units(lambda: read(10_000))
    assert once < 200
    assert units(lambda: read(20_000)) < 3 * once + 30


_SESSION, _NOCK = "<charles-session>", '[{"scope":"http://a","method":"GET","path":"/","status":200,"response":["'
# The beginning of a file of another tool, and what follows in it again and again.
EXPORTS = (
    ("", "GET / HTTP/1.1\n"), ("", "GET / HTTP/1.1\n\n"), ("", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"), ("GET / HTTP/1.1\n\n", "\r"),
    ("GET / HTTP/1.1\n", " a: b\n"), ("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n", "1\na\n"), ("> GET / HTTP/1.1\n", "< HTTP/1.1 200 OK\n"),
    ("> GET / HTTP/1.1\n", "* SSL "), ("=" * 40 + "\nFollow: http,ascii\n", "1\na\n"), ("=" * 40 + "\nFollow: http,ascii\n", "Node 1: \n"),
    (_SESSION, "<transaction/>"), (f"{_SESSION}<transaction>", "<header/>"), (f"{_SESSION}<transaction>", "x"), (f"{_SESSION}<transaction a='", "x"),
    (_NOCK, 'ab","'), ('{"run":{"executions":[', '{"request":{},"response":{}},'), ('{"log":{', '"entries":['), ("a(", "["), ("", "error: x\n"),
)  # fmt: skip


@pytest.mark.twice
def test_files_of_other_tools_are_read_or_refused_in_time() -> None:
    def read(start: str, again: str, count: int) -> None:
        with suppress(SourceError):
            list(items(Source(_file(start + again * (count // len(again))), Skips("a", []))))

    for start, again in EXPORTS:
        once = units(lambda start=start, again=again: read(start, again, 150_000))
        assert once < 150, (start, again)
        if once > 10:
            assert units(lambda start=start, again=again: read(start, again, 300_000)) < 3 * once + 30, (start, again)


def _file(text: str) -> io.BytesIO:

    return io.BytesIO(text.encode())


def test_as_many_lists_as_a_body_that_is_read_can_hold(looker: Looker) -> None:
    body = b'{"a":[' + b",".join([b"[" * 60 + b"]" * 60] * 33_000) + b"]}"
    assert 3_900_000 < len(body) < 4_194_304
    assert units(lambda: looker.look(answer(request_body=body, host="api.everlive.com", response_body=b""))) < 50
