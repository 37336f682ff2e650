"""The secrets of a request that its answer may repeat, wherever they were sent."""

from __future__ import annotations

import base64
import gc
import json

import pytest
from baas_errors.exchange import Exchange
from baas_errors.redact import Redactor
from baas_errors.redact.sent import _MOST_DOCUMENTS
from build import make_request

SECRET = "Zq7xK9vWj3-Ab55cd"
GRAPHQL = 'mutation($p: String = "%s") { logIn(input: {password: $p}) { id } }'


def told(body: str, content_type: str, url: str = "https://a.example/parse/login", **headers: str) -> str:
    """What becomes of an answer that repeats the secret."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = make_request("POST", url, names | ({"Content-Type": content_type} if content_type else {}), body)
    return Redactor(key=b"k" * 32).for_exchange(Exchange("1", request)).text(f"no {SECRET} here")


@pytest.mark.parametrize(
    "content_type", ["", "application/x-ndjson", "text/plain", "application/yaml", "application/unknown", "application/json-seq"]
)
@pytest.mark.parametrize(
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


@pytest.mark.parametrize(
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


@pytest.mark.parametrize("protocol", [f"access_token, {SECRET}", f"Bearer.{SECRET}", "base64url.bearer.authorization.k8s.io.%s"])
def test_protocols_of_a_socket(protocol: str) -> None:
    encoded = base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("=")
    assert SECRET not in told("", "", Sec_WebSocket_Protocol=protocol.replace("%s", encoded))


def test_a_token_in_the_path() -> None:
    assert SECRET not in told("", "", f"https://a.example/api/reset/{SECRET}")


def test_bytes_are_no_text() -> None:
    assert SECRET in told(f"\0\1password: {SECRET}", "application/octet-stream")


def test_documents_in_a_row_are_read_up_to_a_number() -> None:
    assert SECRET not in told('{"a":1}\n' * (_MOST_DOCUMENTS - 1) + f'{{"password":"{SECRET}"}}', "application/x-ndjson")


def test_a_request_in_which_nothing_is_found_is_not_searched_again_and_others_are_not_kept() -> None:
    redactor = Redactor(key=b"k" * 32)
    for body in ({"title": "Milk"}, {"password": SECRET}):
        for query in ("a=1", f"token={SECRET}"):
            exchange = Exchange("1", make_request("POST", f"https://a.example/x?{query}", {"Content-Type": "application/json"}, body))
            shown = redactor.for_exchange(exchange).text(f"no {SECRET} here")
            assert (SECRET in shown) == ("title" in body and query == "a=1")
    del exchange
    gc.collect()
    assert set(redactor._barren) == {("", "a=1"), ("application/json", '{"title": "Milk"}')}
