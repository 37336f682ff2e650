"""Values after secret names in running text."""

from __future__ import annotations

import pytest
from baas_errors.redact.names import Names
from baas_errors.redact.prose import named_values, replaced

NAMES = Names([])


def shown(text: str) -> str:
    return replaced(text, NAMES, lambda value, named: f"#{named.kind[0]}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password=abc", "password=#s"),
        ('"password": "two words", "a": 1', '"password": "#s", "a": 1'),
        (r"{\"password\":\"a \\\" b\",\"c\":1}", r"{\"password\":\"#s\",\"c\":1}"),
        ("password: 'it is\u2019nt', ok", "password: '#s', ok"),
        ("\u201cpassword\u201d: \u201ctwo words\u201d", "\u201cpassword\u201d: \u201c#s\u201d"),
        ('password="never closed, and so on', 'password="#s closed, and so on'),
        ("<password>two words</password>", "<password>#s</password>"),
        ("a=password=abc", "a=password=#s"),
        ("error: password=abc", "error: password=#s"),
        ("x[password]=abc", "x[password]=#s"),
        ("api key: AbCdEf0123456789", "api key: #s"),
        ("key=AbCdEf0123456789", "key=#s"),
        ("https://a.example/?code=abcdef&key=abcdef&a=b", "https://a.example/?code=abcdef&key=#s&a=b"),
        ("Authorization: Foo abc123, more", "Authorization: #a, more"),
        ('"authorization":"Bearer abc123"', '"authorization":"#a"'),
        ("Cookie: a=1; b=2\nHost: x", "Cookie: #c\nHost: x"),
        ('{"cookie":"a=1; b=2","c":"d"}', '{"cookie":"#c","c":"d"}'),
        ("Set-Cookie: a=1; Path=/", "Set-Cookie: #s"),
    ],
)
def test_what_is_replaced(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        'E11000 duplicate key error: dup key: { : "507f1f77bcf86cd799439011" }',
        "Duplicate key: 507f1f77bcf86cd799439011",
        "key=title",
        "auth: failed",
        "session: closed",
        "errors?code=101",
        "Authorization: missing",
        "Authorization: Bearer token",
        "Cookie: none",
        "no `Token`: the app lost it",
        "{ useMasterKey: true }",
        "token=null",
    ],
)
def test_what_stays(text: str) -> None:
    assert shown(text) == text


def test_where_values_stand() -> None:
    text = 'a password=abc and {"pin": "12"}'
    assert [(text[named.start : named.end], named.name) for named in named_values(text, NAMES)] == [("abc", "password"), ("12", "pin")]
