"""Credentials taken apart: what they are, and why they cannot be read."""

from __future__ import annotations

import base64

from baas_errors.exchange.auth_header import authorization, basic, jwt
from diagnose.talk import make_jwt
from hypothesis import given
from hypothesis import strategies as st
from matrix import in_one_test


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@in_one_test(
    ("header", "scheme", "value"),
    [
        ("Bearer abc", "bearer", "abc"),
        ("  BEARER   abc ", "bearer", "abc"),
        ("Basic a b", "basic", "a b"),
        ("Bearer", "bearer", ""),
        ("masterkey", "masterkey", ""),
        ("abc", "", "abc"),
    ],
)
def test_takes_a_header_apart(header, scheme, value):
    sent = authorization(header)
    assert sent is not None
    assert (sent.scheme, sent.value) == (scheme, value)


@in_one_test("header", ["", "   "])
def test_no_header_is_none(header):
    assert authorization(header) is None


WORDS = (
    *(
        "undefined",
        "null",
        "none",
        "nil",
        "nan",
        "[object object]",
        "false",
        "true",
        "token",
        "{token}",
        "<token>",
        "%s",
        "{{token}}",
        "${accessToken}",
    ),
    *("your-access-token-here", "your_token", "<access_token>", ":token", "$TOKEN$", "%7Btoken%7D", "api_key", "..."),
)


@in_one_test("word", WORDS)
def test_knows_the_words_for_no_token(word):
    sent = authorization(f'Bearer "{word.upper()}"')
    assert sent is not None
    assert sent.is_empty_word


@in_one_test("token", ["a1b2c3", "pk_0123", "yours", "kid_Token1", "sess-4f1d.0aBcDe", "nothing", "tokens"])
def test_takes_no_token_for_a_placeholder(token):
    sent = authorization(f"Bearer {token}")
    assert sent is not None
    assert not sent.is_empty_word


@in_one_test("value", ["undefined1", "nulla", "0", "abc"])
def test_a_token_is_no_such_word(value):
    sent = authorization(f"Bearer {value}")
    assert sent is not None
    assert not sent.is_empty_word


@in_one_test(
    ("value", "user", "password"),
    [(b64("ann:secret"), "ann", "secret"), (b64("ann:"), "ann", ""), (b64("a:b:c"), "a", "b:c"), (b64("ann:secret").rstrip("="), "ann", "secret")],
)
def test_reads_basic_credentials(value, user, password):
    assert (basic(value).user, basic(value).password, basic(value).fault) == (user, password, "")


@in_one_test(
    ("value", "fault"),
    [
        ("%%%", "it is not base64"),
        ("ann:secret", "it is not base64; `user:password` was sent as plain text"),
        (b64("ann"), "the decoded text has no colon"),
        (base64.b64encode(b"\xff\xfe:").decode(), "it is not base64"),
    ],
)
def test_says_why_basic_credentials_cannot_be_read(value, fault):
    assert basic(value).fault.startswith(fault)


def test_reads_the_claims_of_a_token():
    token = jwt(make_jwt(sub="u1", exp=1_760_000_000))
    assert (token.claims["sub"], token.time("exp"), token.header["alg"], token.fault) == ("u1", 1_760_000_000.0, "HS256", "")


@in_one_test("value", [None, True, "1760000000", -1, 0, 1e18, float("inf"), [1]])
def test_what_is_no_time_is_none(value):
    assert jwt(make_jwt(exp=value)).time("exp") is None


def test_a_time_in_milliseconds_is_kept_for_the_rule_that_tells_it():
    assert jwt(make_jwt(exp=1_760_000_000_000)).time("exp") == 1_760_000_000_000.0


PARTS = make_jwt(a=1).split(".")


@in_one_test(
    ("value", "fault"),
    [
        ("abc", "it has 1 part;"),
        (".".join(PARTS[:2]), "it has 2 parts;"),
        (f"{'.'.join(PARTS)}.x", "it has 4 parts"),
        ("a.b.c", "its first two parts are not base64 of JSON"),
        (f"{PARTS[0]}.W10.c", "its first two parts are not JSON objects"),
        (f"{PARTS[0]}.{'a' * 30_000}.c", "it is too long"),
        ("W" * 9000 + "." + "W" * 9000 + ".c", "its first two parts are not base64 of JSON"),
    ],
    ids=["one part", "two parts", "four parts", "no JSON", "a list", "too long", "nonsense"],
)
def test_says_why_a_token_cannot_be_read(value, fault):
    assert jwt(value).fault.startswith(fault)


@given(st.text(max_size=300))
def test_nothing_is_raised_for_any_text(text):
    authorization(text)
    basic(text)
    jwt(text)
    jwt(f"{text}.{text}.{text}")
