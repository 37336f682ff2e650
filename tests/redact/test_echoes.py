"""Secrets of the request in what the server says."""

from __future__ import annotations

import base64

import pytest
from baas_errors.redact.echoes import SecretMatchers, without_repeats
from baas_errors.redact.encodings import may_be_base64
from baas_errors.redact.matchers import Where, echo_of
from effort import effort
from hypothesis import assume, given
from hypothesis import strategies as st
from matrix import in_one_test

WORDS = frozenset(("user", "invalid", "session"))


def shown(secret: str, text: str) -> str:
    echo = echo_of(secret, lambda: WORDS)
    return without_repeats(text, [echo] if echo else [], lambda kind, value: f"<{kind}>")


@in_one_test(
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


@in_one_test(
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


@in_one_test(
    ("secret", "text", "expected"),
    [
        ("invalid", "this is an invalid session", "this is an invalid session"),
        ("invalid", "this is an 'invalid' session", "this is an '<secret>' session"),
        ("invalid", "the password invalid is too short", "the password <secret> is too short"),
        ("invalid", "invalid", "<secret>"),
        ("invalid", "got: invalid", "got: <secret>"),
        ("invalid", "Session: an INVALID one", "Session: an INVALID one"),
    ],
)
def test_a_word_of_a_known_sentence_stays(secret: str, text: str, expected: str) -> None:
    echo = echo_of(secret, lambda: WORDS, phrases=lambda: frozenset(("invalid session",)))
    assert echo
    assert without_repeats(text, [echo], lambda kind, value: f"<{kind}>") == expected


SESSION = "r:c0ffee5ec2e7Zq7xK9vWj3aabb"


@in_one_test(
    ("secret", "text", "expected"),
    [
        (SESSION, "invalid token r:c0ffee5ec2e7Zq of ann", "invalid token <secret> of ann"),
        (SESSION, "invalid token 'R:C0FFEE5E'", "invalid token '<secret>'"),
        (SESSION, "r:c0ffee5ec2..., r:c0ffee5ec2e7…, r:c0ffee5.", "<secret>..., <secret>…, <secret>."),
        (SESSION, "r:c0ffe is too short", "r:c0ffe is too short"),
        (SESSION, "r:c0ffee5ec2XX and r:c0ffee5ec2-1 and xr:c0ffee5ec2 are others", "r:c0ffee5ec2XX and r:c0ffee5ec2-1 and xr:c0ffee5ec2 are others"),
        # With what is invisible the beginning takes more characters than the secret has.
        (SESSION, "no r:c0ffee5ec2" + "\u200b" * 40 + "e7Z, sorry", "no <secret>, sorry"),
        ("correct-horse-battery", "it was correct-horse-bat, I say", "it was <secret>, I say"),
        ("correct-horse-battery", "the correct-horse is a word", "the correct-horse is a word"),
        ("administrator1", "an administrator is needed", "an administrator is needed"),
        ("password12345", "password123 is too plain", "<secret> is too plain"),
        ("Zq7xK9vWj3-Ab55cd", "no Zq7xK9vWj3, sorry", "no <secret>, sorry"),
        ("2024-05-01-secret-1", "on 2024-05-01, sorry", "on 2024-05-01, sorry"),
        ("hunter22-made-up", "no nter22-made-up here", "no <secret> here"),
        ("hunter22-made-up", "a made-up story", "a made-up story"),
        ("secret-on-2024-05-01", "on 2024-05-01, sorry", "on 2024-05-01, sorry"),
        ("secrets-2024-05-01-10", "at 2024-05-01-10, sorry", "at 2024-05-01-10, sorry"),
        ("https://s3.example/a?X=c0ffee5ec2e7", "no https://s3.example/a?X=c0f here", "no https://s3.example/a?X=c0f here"),
        ("https://s3.example/a?X=c0ffee5ec2e7", "no https://s3.example/a?X=c0ffee5 here", "no <secret> here"),
        ("https://s3.example/a1/b2/c3", "no https://s3.example/a1 here", "no https://s3.example/a1 here"),
    ],
)
def test_a_secret_that_was_cut(secret: str, text: str, expected: str) -> None:
    assert shown(secret, text) == expected


@given(st.text("abc01-. ", min_size=3, max_size=24), st.text("abc01-. ", max_size=40))
def test_what_has_nothing_of_it_in_it_repeats_nothing(secret: str, text: str) -> None:
    echo = echo_of(secret, lambda: WORDS)
    if echo and "..." not in text and not SecretMatchers([echo]).may_be_in(text.lower()):
        assert without_repeats(text, [echo], lambda kind, value: "#") == text


@pytest.mark.slow
def test_many_beginnings_take_no_long_time() -> None:
    secrets = [echo for number in range(64) if (echo := echo_of("a1" * 1_000 + f"{number:02}", frozenset))]
    assert effort(lambda: without_repeats("a1" * 40_000, secrets, lambda kind, value: "#")) < 200


def test_where_two_overlap_nothing_of_either_is_left() -> None:
    echoes = [echo for value in ("abc-123-def-456", "def-456-ghi-789") if (echo := echo_of(value, frozenset))]
    assert without_repeats("x abc-123-def-456-ghi-789 y", echoes, lambda kind, value: "#") == "x # y"


@in_one_test(("text", "expected"), [("it was hunter22-an", "it was #"), ("it was hunt", "it was hunt"), ("hunt is it", "hunt is it")])
def test_the_beginning_of_a_secret_at_the_end_of_a_text(text: str, expected: str) -> None:
    echo = echo_of("hunter22-and-more", frozenset)
    assert echo
    assert without_repeats(text, [echo], lambda kind, value: "#") == expected


@given(st.text("abcXYZ019-._~ é", min_size=6, max_size=30), st.binary(max_size=5), st.binary(max_size=5), st.booleans())
def test_base64_of_a_secret_is_found_whatever_stands_beside_it(secret: str, before: bytes, after: bytes, for_url: bool) -> None:
    text = (base64.urlsafe_b64encode if for_url else base64.b64encode)(before + secret.encode() + after).decode()
    assume(may_be_base64(text))
    echo = echo_of(secret, frozenset)
    assert echo
    assert SecretMatchers([echo]).without_encoded(f"got {text} here", lambda kind, value: f"<{kind}>") == "got <encoded> here"
