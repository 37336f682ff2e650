"""Exchanges as they may be shown."""

from __future__ import annotations

import json

import pytest
from baas_errors.pipeline import Pipeline
from baas_errors.reports.curl import command
from baas_errors.reports.redacted_exchange import LONGEST_BODY, clean, is_whole
from build import make_exchange, make_failure_exchange, make_message
from effort import effort
from matrix import in_one_test

JSON = {"Content-Type": "application/json"}


def shown(pipeline: Pipeline, body: object, content_type: str) -> str:
    """What becomes of the body of a request."""
    exchange = make_exchange(method="POST", headers={"Content-Type": content_type}, request_body=body)
    return clean(exchange, pipeline.redactor).request_body


def test_facts_of_an_exchange(pipeline: Pipeline) -> None:
    exchange = make_exchange(
        404, {"code": 101}, method="GET", url="https://toy.example/a?x=1", headers={"Accept": "*/*"}, response_headers={"Server": "s"}
    )
    assert clean(exchange, pipeline.redactor).method == "GET"
    assert clean(exchange, pipeline.redactor).url == "https://toy.example/a?x=1"
    assert clean(exchange, pipeline.redactor).request_headers == (("Accept", "*/*"),)
    assert clean(exchange, pipeline.redactor).status == 404
    assert clean(exchange, pipeline.redactor).response_headers == (("Server", "s"),)
    assert clean(exchange, pipeline.redactor).response_body == '{"code": 101}'
    assert clean(exchange, pipeline.redactor).started == 1_700_000_000.0
    assert clean(exchange, pipeline.redactor).duration_ms == 250
    assert clean(exchange, pipeline.redactor).redactions == 0


SECRET = "hunter22-and-more"
PLACES = {
    "query": {"url": f"https://toy.example/a?password={SECRET}"},
    "header": {"headers": {"X-Parse-Session-Token": SECRET}},
    "bearer": {"headers": {"Authorization": f"Bearer {SECRET}"}},
    "cookie": {"headers": {"Cookie": f"sid={SECRET}"}},
    "protocol of a socket": {"headers": {"Sec-WebSocket-Protocol": f"access_token, {SECRET}"}},
    "name of a header": {"headers": {f"X-{SECRET}-0123456789abcdefg": "1"}},
    "path": {"url": f"https://toy.example/reset/{SECRET}-1"},
    "documents": {"request_body": '{"a":1}\n' + json.dumps({"password": SECRET}), "headers": {"Content-Type": "application/x-ndjson"}},
    "lines": {"request_body": f"user: ann\npassword: {SECRET}", "headers": {"Content-Type": "application/yaml"}},
    "attribute": {"request_body": f"<user password='{SECRET}'/>", "headers": {"Content-Type": "application/xml"}},
    "json": {"request_body": {"user": {"password": SECRET}}, "headers": JSON},
    "json with a byte order mark": {"request_body": "\ufeff" + json.dumps({"password": SECRET}), "headers": JSON},
    "json with the key twice": {"request_body": f'{{"password":"{SECRET}","password":null}}', "headers": JSON},
    "json that breaks off": {"request_body": f'{{"password":"{SECRET}","a":', "headers": JSON},
    "form": {"request_body": f"a=1&password={SECRET}", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
    "json in a form": {"request_body": f'a={{"password":"{SECRET}"}}', "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
    "text": {"request_body": f"the password: {SECRET}", "headers": {"Content-Type": "text/plain"}},
    "json sent as text": {"request_body": json.dumps({"password": SECRET}), "headers": {"Content-Type": "text/plain"}},
    "echo": {"request_body": {"password": SECRET}, "headers": JSON, "body": f"no such user with {SECRET}"},
    "answer": {"body": {"sessionToken": SECRET}, "response_headers": JSON},
    "cookie of the answer": {"response_headers": {"Set-Cookie": f"sid={SECRET}; Path=/"}},
}


@in_one_test("place", PLACES)
def test_no_secret_stays(pipeline: Pipeline, place: str) -> None:
    assert SECRET not in repr(clean(make_exchange(method="POST", **PLACES[place]), pipeline.redactor))


@in_one_test("place", PLACES)
def test_what_is_replaced_is_counted(pipeline: Pipeline, place: str) -> None:
    assert clean(make_exchange(method="POST", **PLACES[place]), pipeline.redactor).redactions >= 1


def test_secrets_stay_where_that_was_asked_for(backends: dict) -> None:
    exchange = make_exchange(**PLACES["header"])
    assert SECRET in repr(clean(exchange, Pipeline(backends, keep_secrets=True).redactor))


@in_one_test(
    ("data", "content_type", "expected"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "image/png", "<10 bytes of image/png>"),
        (b"plain", "application/octet-stream", "<5 bytes of application/octet-stream>"),
        (b"a\x00b", "text/plain", "<3 bytes of text/plain>"),
        (b"\xff\xfe\xfd\xfc", "", "<4 bytes of an unknown type>"),
        (b"<svg/>", "image/svg+xml", "<svg/>"),
        (b"caf\xe9 is closed today", "text/plain", "caf\ufffd is closed today"),
        (b"", "image/png", ""),
    ],
)
def test_bytes_that_are_no_text_are_only_named(pipeline: Pipeline, data: bytes, content_type: str, expected: str) -> None:
    assert shown(pipeline, data, content_type) == expected


def test_a_body_that_was_not_kept_is_said_to_be(pipeline: Pipeline) -> None:
    assert shown(pipeline, None, "") == "<body not shown: The body was streamed past.>"


MULTIPART = (
    "preamble\r\n--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter22-and-more\r\n"
    '--B\r\nContent-Disposition: form-data; name="note"\r\n\r\nplain words\r\n'
    '--B\r\nContent-Disposition: form-data; name="meta"\r\nContent-Type: application/json\r\n\r\n{"password":"hunter22-and-more","a":1}\r\n'
    '--B\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--B--\r\n'
)  # fmt: skip


def multipart(pipeline: Pipeline) -> str:
    return shown(pipeline, MULTIPART.encode("latin-1"), 'multipart/form-data; boundary="B"')


@in_one_test("kept", ['name="password"', "plain words", '"a":1', "<4 bytes of image/png>", 'filename="a.png"', "--B--"])
def test_parts_stay_readable(pipeline: Pipeline, kept: str) -> None:
    assert kept in multipart(pipeline)


def test_a_boundary_stands_at_the_beginning_of_a_line(pipeline: Pipeline) -> None:
    body = '--B\r\nContent-Disposition: form-data; name="note"\r\n\r\n-----BEGIN KEY-----\nabc\n-----END KEY-----\r\n--B--\r\n'
    text = shown(pipeline, body, "multipart/form-data; boundary=B")
    assert text.count("--B") == 2
    assert "<pem " in text


def test_a_long_url_is_cut_and_no_command_is_made_of_it(pipeline: Pipeline) -> None:
    exchange = clean(make_exchange(url=f"https://toy.example/a?{'x=1&' * 10_000}"), pipeline.redactor)
    assert len(exchange.url) < 10_000
    assert not is_whole(exchange.url)
    assert command(exchange).text == ""


LONG_PLACES = {
    "header": lambda text: {"headers": {"X-Note": text}},
    "cookie": lambda text: {"headers": {"Cookie": text}},
    "protocol": lambda text: {"headers": {"Sec-WebSocket-Protocol": text}},
    "member": lambda text: {"headers": JSON, "request_body": json.dumps({"a": text})},
    "part": lambda text, name="a": {
        "headers": {"Content-Type": "multipart/form-data; boundary=B"},
        "request_body": f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n--B--\r\n',
    },
}
LONG = "word " * 60_000
# Shorter once it is cleaned.
TOKENS = f"eyJhbGciOi.eyJz{'a' * 80}.c2ln " * 4_000


@in_one_test(
    ("sent", "said"),
    [
        ({"headers": {"X-Note": LONG}}, " <cut: 65,536 of 300,000 characters are shown>"),
        ({"headers": {"X-Auth-Token": LONG}}, "> <cut: 28 of 300,000 characters are shown>"),
        ({"headers": {"Cookie": f"a={LONG}"}}, " characters are shown>"),
        ({"headers": JSON, "request_body": {"a": LONG, "b": 1}}, "of 300,"),
        ({"headers": JSON, "request_body": {"a": TOKENS, "b": 1}}, ' of 404,000 characters are shown>"}\n<cut: '),
        (LONG_PLACES["part"](LONG), "<cut: 65,536 of 300,058 characters are shown>"),
        (LONG_PLACES["part"](TOKENS), " of 404,000 characters are shown>\r\n--B--"),
        (LONG_PLACES["part"](LONG, "password"), " of 300,000 characters are shown>\r\n--B--"),
    ],
)
def test_what_is_cut_says_so_and_is_not_sent_as_if_it_were_whole(pipeline: Pipeline, sent: dict, said: str) -> None:
    exchange = clean(make_exchange(method="POST", **sent), pipeline.redactor)
    values = [value for _, value in exchange.request_headers if len(value) > 40]
    assert any(said in text for text in (*values, exchange.request_body))
    assert "<cut: " in "".join((*values, exchange.request_body))
    text = command(exchange).text
    assert not text or "@request-body" in text


def test_names_of_headers_stay_whatever_the_secrets(pipeline: Pipeline) -> None:
    exchange = make_exchange(method="POST", request_body={"password": "accept"}, headers=JSON | {"Accept": "*/*"})
    assert clean(exchange, pipeline.redactor).request_headers[1] == ("Accept", "*/*")


@in_one_test("name", ["X-Amz-Checksum-SHA256", "Content-MD5", "X-Kinvey-API-Version", "X-B3-TraceId", "Sec-CH-UA-Platform-Version", "HTTP2-Settings"])
def test_names_of_headers_with_numbers_stay(pipeline: Pipeline, name: str) -> None:
    assert clean(make_exchange(headers={name: "1"}), pipeline.redactor).request_headers == ((name, "1"),)


def test_secrets_in_parts_are_replaced(pipeline: Pipeline) -> None:
    assert SECRET not in multipart(pipeline)


@in_one_test("body", ["--B", "--B\r\n", "no part at all", "--B\r\npassword: hunter22-and-more", "--B--"])
def test_broken_multipart_bodies_are_shown_without_secrets(pipeline: Pipeline, body: str) -> None:
    assert SECRET not in shown(pipeline, body, "multipart/form-data; boundary=B")


@in_one_test(
    ("body", "content_type"),
    [
        ("word " * 200_000, "text/plain"),
        ({"list": [{"name": f"thing {number}"} for number in range(20_000)]}, "application/json"),
        ("{" + "x" * 200_000, "application/json"),
        ("a=1&" * 50_000, "application/x-www-form-urlencoded"),
    ],
)
def test_long_bodies_are_cut(pipeline: Pipeline, body: object, content_type: str) -> None:
    text = shown(pipeline, body, content_type)
    assert LONGEST_BODY <= len(text) <= LONGEST_BODY + 100
    assert text.endswith(" characters are shown>")


def test_the_mark_of_a_cut_says_how_long_the_body_was(pipeline: Pipeline) -> None:
    assert shown(pipeline, "x" * 300_000, "text/plain").endswith("\n<cut: 65,536 of 300,000 characters are shown>")


@pytest.mark.slow
@pytest.mark.twice
@in_one_test("unit", ["%40", 'name="password" ', "https://a@", "a", "a=1;", "a.b, ", "token, "])
@in_one_test("place", LONG_PLACES)
def test_what_is_sent_at_any_length_takes_no_long_time(pipeline: Pipeline, place: str, unit: str) -> None:
    def took(length: int) -> float:
        exchange = make_exchange(400, {"code": 101, "error": "x"}, method="POST", **LONG_PLACES[place](unit * (length // len(unit))))

        def look() -> None:
            pipeline.records(exchange, pipeline.backends["parse"], remember=False)
            clean(exchange, pipeline.redactor)

        return effort(look, enough=25)

    # Ten times as much is looked at no further.
    assert took(2_000_000) < 4 * took(200_000) + 25


@in_one_test("at", [LONGEST_BODY - 40, LONGEST_BODY - 8, LONGEST_BODY + 8])
def test_no_part_of_a_secret_stays_at_the_cut(pipeline: Pipeline, at: int) -> None:
    text = shown(pipeline, "x" * at + " password: hunter22-and-more " + "y" * 100_000, "text/plain")
    assert "hunter" not in text


def test_secrets_in_long_json_are_replaced(pipeline: Pipeline) -> None:
    assert SECRET not in shown(pipeline, {"password": SECRET, "list": ["word"] * 100_000}, "application/json")


def test_a_message_stands_as_the_answer(pipeline: Pipeline) -> None:
    exchange = clean(make_message({"op": "error", "code": 1}), pipeline.redactor)
    assert exchange.response_body == '{"op": "error", "code": 1}'
    assert exchange.status is None


def test_a_failure_is_kept_without_secrets(pipeline: Pipeline) -> None:
    assert clean(make_failure_exchange("no route, password=hunter22-and-more"), pipeline.redactor).failure.startswith("no route, password=<secret")


def test_lone_surrogates_are_replaced(pipeline: Pipeline) -> None:
    text = repr(clean(make_exchange(400, '{"error":"\\ud800 password=hunter22-and-more"}', response_headers=JSON), pipeline.redactor).response_body)
    text.encode()
    assert SECRET not in text


@in_one_test(
    ("body", "whole"),
    [
        ("", True),
        ("{}", True),
        ("<5 bytes of image/png>", False),
        ("<body not shown: It was not kept.>", False),
        ("abc\n<cut: 65,536 of 300,000 characters are shown>", False),
        ("--B\r\n\r\n<4 bytes of image/png>\r\n--B--", False),
    ],
)
def test_is_whole(body: str, whole: bool) -> None:
    assert is_whole(body) is whole
