"""Secrets of the request in what the server says."""

from __future__ import annotations

import base64

import pytest
from baas_errors.redact.encoded import may_be_base64
from baas_errors.redact.repeats import Encoded, Where, echo_of, without_beginning, without_repeats
from hypothesis import assume, given
from hypothesis import strategies as st

WORDS = frozenset(("user", "invalid", "session"))


def shown(secret: str, text: str) -> str:
    echo = echo_of(secret, lambda: WORDS)
    return without_repeats(text, [echo] if echo else [], lambda kind, value: f"<{kind}>")


@pytest.mark.parametrize(
    ("secret", "where"),
    [
        ("is", None),
        ("cat", Where.EXACT),
        ("Cat", Where.WORD),
        ("user", None),
        ("invalid", Where.EXACT),
        ("summer", Where.WORD),
        ("abc12", Where.WORD),
        ("482", Where.QUOTED),
        ("4821", Where.APART),
        ("482190", Where.WORD),
        ("correct-horse", Where.WORD),
        ("correct-horse-1", Where.ANYWHERE),
    ],
)
def test_the_shorter_and_plainer_the_surer(secret: str, where: Where | None) -> None:
    echo = echo_of(secret, lambda: WORDS)
    assert (echo and echo.where) == where


@pytest.mark.parametrize(
    ("secret", "text", "expected"),
    [
        ("abc12", "password 'abc12' is bad", "password '<secret>' is bad"),
        ("abc12", "ABC12 is bad", "<secret> is bad"),
        ("abc12", "abc123 and xabc12 stay", "abc123 and xabc12 stay"),
        ("cat", "a cat, no Cat and no category", "a <secret>, no Cat and no category"),
        ("cat", 'is "Cat" yours', 'is "<secret>" yours'),
        ("user", "the user 'user' is unknown", "the user 'user' is unknown"),
        ("invalid", "Invalid session, invalid id", "Invalid session, <secret> id"),
        ("summer", "Summer, SUMMER, midsummer", "<secret>, <secret>, midsummer"),
        ("4821", "pin 4821 is wrong: 4821.", "pin <secret> is wrong: <secret>."),
        ("4821", "at a:4821, 2024-4821, 4821-05, 1.4821, 14821", "at a:4821, 2024-4821, 4821-05, 1.4821, 14821"),
        ("482", "line 482 of '482'", "line 482 of '<secret>'"),
        ("denied", "access_denied", "access_<secret>"),
        ("a.b+c9", "x a.b+c9 y", "x <secret> y"),
        ("abc12", "<secret 5 chars #abc12a> <email 9 abc12", "<secret 5 chars #abc12a> <email 9 <secret>"),
        ("chars", "<secret 5 chars #a41f9c>", "<secret 5 chars #a41f9c>"),
        ("hunter22-and-MORE", "HUNTER22-AND-more!", "<secret>!"),
        ("straße9", "İ straße9", "İ <secret>"),
    ],
)
def test_what_is_replaced(secret: str, text: str, expected: str) -> None:
    assert shown(secret, text) == expected


def test_where_two_overlap_nothing_of_either_is_left() -> None:
    echoes = [echo for value in ("abc-123-def-456", "def-456-ghi-789") if (echo := echo_of(value, frozenset))]
    assert without_repeats("x abc-123-def-456-ghi-789 y", echoes, lambda kind, value: "#") == "x # y"


@pytest.mark.parametrize(
    ("text", "expected"), [("it was hunter22-an", "it was #"), ("it was hunt", "it was hunt"), ("hunter22-an is it", "hunter22-an is it")]
)
def test_the_beginning_of_a_secret_at_the_end_of_a_text(text: str, expected: str) -> None:
    echo = echo_of("hunter22-and-more", frozenset)
    assert echo
    assert without_beginning(text, [echo], lambda kind, value: "#") == expected


@given(st.text("abcXYZ019-._~ é", min_size=6, max_size=30), st.binary(max_size=5), st.binary(max_size=5), st.booleans())
def test_base64_of_a_secret_is_found_whatever_stands_beside_it(secret: str, before: bytes, after: bytes, for_url: bool) -> None:
    text = (base64.urlsafe_b64encode if for_url else base64.b64encode)(before + secret.encode() + after).decode()
    assume(may_be_base64(text))
    echo = echo_of(secret, frozenset)
    assert echo
    assert Encoded([echo]).replaced(f"got {text} here", lambda kind, value: f"<{kind}>") == "got <encoded> here"
