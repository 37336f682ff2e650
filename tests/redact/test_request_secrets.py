"""The secrets of a request that its answer may repeat, wherever they were sent."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from baas_errors.exchange import Exchange
from baas_errors.redact import Redactor
from baas_errors.redact.request_secrets import Collector
from baas_errors.redact.walk import _MOST_DOCUMENTS
from build import make_request
from matrix import in_one_test

# Too short to be found by its randomness alone.
SECRET = "Zq7xK9-Ab55cd"
GRAPHQL = 'mutation($p: String = "%s") { logIn(input: {password: $p}) { id } }'


def told(body: str, content_type: str, url: str = "https://a.example/parse/login", **headers: str) -> str:
    """What becomes of an answer that repeats the secret."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = make_request("POST", url, names | ({"Content-Type": content_type} if content_type else {}), body)
    return Redactor(key=b"k" * 32).for_exchange(Exchange("1", request)).text(f"no {SECRET} here")


@in_one_test("content_type", ["", "application/x-ndjson", "text/plain", "application/yaml", "application/unknown", "application/json-seq"])
@in_one_test(
    "body",
    [
        '{"a":1}\n{"password":"%s"}\n',
        '{"a":1}{"password":"%s"}',
        '\x1e{"a":1}\n\x1e{"b":[{"password":"%s"}]}\n',
        '{"a":1}\n{"b": broken}\n{"password":"%s"}\n',
        "user: ann\npassword: %s\n",
        "user: ann\n- password: '%s'\n",
        "USER=ann\nDB_PASSWORD=%s\n",
        "password=%s",
        "<login password='%s'/>",
        "<password><![CDATA[%s]]></password>",
    ],
)
def test_bodies_of_any_type(body: str, content_type: str) -> None:
    assert SECRET not in told(body % SECRET, content_type)


@in_one_test(
    "body",
    [
        json.dumps({"query": '{ logIn(password: """%s""") }'}),
        json.dumps({"query": '{ logIn(password: """\n  %s\n  """) }'}),
        json.dumps({"query": 'mutation($password: String! = "%s") { a }'}),
        json.dumps({"query": GRAPHQL}),
        json.dumps({"query": '{ verifyToken(value: "%s") }'}),
    ],
)
def test_graphql(body: str) -> None:
    assert SECRET not in told(body % SECRET, "application/json")


def test_graphql_by_itself() -> None:
    assert SECRET not in told(GRAPHQL % SECRET, "application/graphql")


GIVEN = f"query={quote('mutation($p: String!) { logIn(input: {password: $p}) { id } }')}&variables={quote(json.dumps({'p': SECRET}))}"


@in_one_test(("body", "content_type", "query"), [("", "", f"?{GIVEN}"), (GIVEN, "application/x-www-form-urlencoded", "")], ids=["query", "form"])
def test_graphql_by_fields(body: str, content_type: str, query: str) -> None:
    assert SECRET not in told(body, content_type, f"https://a.example/parse/graphql{query}")


@in_one_test("boundary", ["B", '"B"', "B; charset=utf-8"])
@in_one_test(
    "part",
    [
        'Content-Disposition: form-data; name="password"\r\n\r\n%s\r\n--B--\r\n',
        'Content-Disposition: form-data; name="password"\n\n%s\n--B--\n',
        "Content-Disposition: form-data; name=password\r\n\r\n%s\r\n--B--\r\n",
        "Content-Disposition: form-data; name='password'\r\n\r\n%s\r\n--B--\r\n",
        'content-disposition:form-data;NAME = "password"\r\n\r\n%s\r\n--B--\r\n',
        'Content-Disposition: form-data; name="meta"\r\n\r\n{\n "password": "%s"\n}\r\n--B--\r\n',
        'Content-Type: application/json\r\n\r\n{"password": "%s"}\r\n--B--\r\n',
        'Content-Disposition: form-data; name="password"\r\n\r\n%s',
        "Content-Type: text/plain\r\n\r\nplain\r\n--B\r\nContent-Type: text/plain\r\n\r\npassword: %s\r\n--B--\r\n",
    ],
)
def test_parts(part: str, boundary: str) -> None:
    assert SECRET not in told(f"--B\r\n{part % SECRET}", f"multipart/form-data; boundary={boundary}")


def test_a_part_of_two_lines_is_one_secret() -> None:
    body = "--B\r\nContent-Disposition: form-data; name=password\r\n\r\n%s\r\nsecond line\r\n--B--\r\n"
    request = make_request("POST", "https://a.example/", {"Content-Type": "multipart/form-data; boundary=B"}, body % SECRET)
    shown = Redactor(key=b"k" * 32).for_exchange(Exchange("1", request)).text(f"no {SECRET}\nsecond line here")
    assert shown.startswith("no <secret ")
    assert shown.endswith("> here")


@in_one_test(
    ("name", "value"),
    [
        ("Referer", f"https://a.example/?token={SECRET}"),
        ("Origin", f"https://a.example/?a=1&api_key={SECRET}"),
        ("X-Data", f"user=ann; password={SECRET}"),
        ("X-Data", f'{{"password": "{SECRET}"}}'),
        ("X-User-Agent", f"app/1.0 token={SECRET}"),
        ("Cookie", f"sid={SECRET}"),
        ("Cookie", f"theme=dark; {'n' * 150}={SECRET}"),
    ],
)
def test_headers_that_are_no_secret_by_name(name: str, value: str) -> None:
    assert SECRET not in told("", "", **{name: value})


@in_one_test("protocol", [f"access_token, {SECRET}", f"Bearer.{SECRET}", "base64url.bearer.authorization.k8s.io.%s"])
def test_protocols_of_a_socket(protocol: str) -> None:
    encoded = base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("=")
    assert SECRET not in told("", "", Sec_WebSocket_Protocol=protocol.replace("%s", encoded))


def test_a_token_in_the_path() -> None:
    assert SECRET not in told("", "", f"https://a.example/api/reset/{SECRET}")


def test_bytes_are_no_text() -> None:
    assert SECRET in told(f"\0\1password: {SECRET}", "application/octet-stream")


def test_documents_in_a_row_are_read_up_to_a_number() -> None:
    assert SECRET not in told('{"a":1}\n' * (_MOST_DOCUMENTS - 1) + f'{{"password":"{SECRET}"}}', "application/x-ndjson")


def test_what_one_request_holds_makes_no_difference_to_another() -> None:
    redactor = Redactor(key=b"k" * 32)
    for body in ({"title": "Milk"}, {"password": SECRET}):
        for query in ("a=1", f"token={SECRET}"):
            exchange = Exchange("1", make_request("POST", f"https://a.example/x?{query}", {"Content-Type": "application/json"}, body))
            shown = redactor.for_exchange(exchange).text(f"no {SECRET} here")
            assert (SECRET in shown) == ("title" in body and query == "a=1")


@in_one_test("text", [f'{{"pin":"{SECRET}"}}', f"p%69n={quote(SECRET)}"])
@in_one_test(("query", "content_type", "body"), [("?{}", "", ""), ("", "-", "{}"), ("", "x-y/z", "{}")])
def test_the_same_text_in_another_place_is_another(text: str, query: str, content_type: str, body: str) -> None:
    redactor = Redactor(key=b"k" * 32)
    headers = {"Content-Type": content_type} if content_type else {}
    earlier = Exchange("1", make_request("POST", f"https://a.example/{query.replace('{}', text)}", headers, body.replace("{}", text)))
    redactor.for_exchange(earlier)
    assert SECRET not in redactor.for_exchange(Exchange("2", make_request("POST", "https://a.example/", {}, text))).text(f"no {SECRET} here")


def test_headers_of_every_request_are_searched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[str] = []
    monkeypatch.setattr(Collector, "text", lambda self, text: searched.append(text) or text)
    headers = {"Accept": "text/html;q=0.9", "X-Note": "a=1", "X-Session-Token": SECRET}
    redactor = Redactor()
    for number in range(3):
        exchange = Exchange("1", make_request("GET", f"https://a.example/{number}", headers))
        assert SECRET not in redactor.for_exchange(exchange).text(f"no {SECRET} here")
    assert searched == ["text/html;q=0.9", "a=1", "/0", "/1", "/2"]
