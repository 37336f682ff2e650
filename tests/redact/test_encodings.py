"""Secrets behind encodings."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable
from urllib.parse import quote, quote_plus

from baas_errors.redact.encodings import parameter_decoded, percent_decoded, plain_base64, without_hidden
from matrix import in_one_test

SECRET = "hunter22/and more"
ENCODINGS: dict[str, Callable[[str], str]] = {
    "percent": lambda text: quote(text, safe=""),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "percent and plus": quote_plus,
    "HTML": lambda text: html.escape(text).replace("u", "&#117;"),
    "HTML in hexadecimal": lambda text: "".join(f"&#x{ord(character):x};" for character in text),
    "escapes of JSON": lambda text: "".join(f"\\u{ord(character):04x}" for character in text),
    "escapes in escapes": lambda text: "".join(f"\\\\u{ord(character):04x}" for character in text),
    "escapes of bytes": lambda text: "".join(f"\\x{ord(character):02x}" for character in text),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64, one aside": lambda text: base64.b64encode(b"x" + text.encode()).decode(),
    "base64, two aside": lambda text: base64.b64encode(b"\xffx" + text.encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode(),
    "base64 after other letters": lambda text: "data/" + base64.b64encode(text.encode()).decode(),
}


def clean(text: str) -> str:
    return text.replace(SECRET, "#")


@in_one_test("encoding", ENCODINGS)
@in_one_test("text", [f"say {SECRET} now", SECRET])
def test_a_secret_is_found(encoding: str, text: str) -> None:
    shown = without_hidden(f"it was {ENCODINGS[encoding](text)}, sorry", clean, lambda kind, value: f"<{kind}>")
    assert "#" in shown or "<encoded>" in shown
    assert shown.startswith("it was ")
    assert shown.endswith(", sorry")


@in_one_test("encoding", ENCODINGS)
def test_what_holds_none_stays_to_the_letter(encoding: str) -> None:
    text = f"it was {ENCODINGS[encoding]('nothing of any worth to anybody')}, sorry"
    assert without_hidden(text, clean, lambda kind, value: f"<{kind}>") == text


@in_one_test(
    "text",
    [
        "100 % of it",
        "a & b",
        "C:\\new\\x",
        "507f1f77bcf86cd799439011",
        "/parse/classes/NoteWithLongName/abcDEF1234",
        "ÄÖÜ%E4",
        "%",
        "&#0;",
        "\\ud800",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert without_hidden(text, clean, lambda kind, value: f"<{kind}>") == text


def test_percent_is_undone_as_often_as_it_was_done() -> None:
    assert percent_decoded("a%252520b") == "a b"
    assert parameter_decoded("a+b%2520c") == "a b c"
    assert percent_decoded("a+b") == "a+b"


@in_one_test(
    ("value", "plain"),
    [(base64.b64encode(b'{"password":"x"}').decode(), '{"password":"x"}'), ("507f1f77bcf86cd799439011", ""), ("short", ""), ("", "")],
)
def test_plain_base64(value: str, plain: str) -> None:
    assert plain_base64(value) == plain
