"""Secrets behind an encoding: percent-encoding, HTML's entities, the escapes of JSON, base64. Each is undone to see what comes to light."""

from __future__ import annotations

import html
import re
from binascii import a2b_base64
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any
from urllib.parse import unquote, unquote_plus

from .comparable import INVISIBLE
from .placeholders import Replace

# Gives a text without the secrets in it; the same text if there are none.
Clean = Callable[[str], str]

_PERCENT = re.compile("%(?:u[0-9A-Fa-f]{2})?[0-9A-Fa-f]{2}")
_UNICODE = re.compile("%u([0-9A-Fa-f]{4})")
_PIECE = re.compile(r"[^\s<>\"']+")
# Encoded more often, a text is nobody's by mistake.
_MOST_PERCENT = 3
_LAST_CHARACTER, _LAST_CODE, _FEWEST_CODES = 0x10FFFF, 255, 4
_NUMBER = re.compile("[0-9]+")
_CODES = re.compile(r"\[\s?[0-9]{1,3}(?:\s?,\s?[0-9]{1,3}){3,2000}+\s?\]")
_ESCAPE = re.compile(r"\\+(?:u\{?([0-9A-Fa-f]{4}|(?<=\{)[0-9A-Fa-f]{1,6})\}?|x([0-9A-Fa-f]{2})|([0-3][0-7]{2})|([\"'/\\]))")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7};?|#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z]{2,8};)")
# Quoted-printable; and bytes of UTF-8 that were read as Latin-1.
_PRINTABLE = re.compile("=([0-9A-F]{2})")
_PRINTABLES = re.compile("(?:=[0-9A-F]{2}){2}|[A-Za-z]=[A-F][0-9A-F](?![A-Za-z0-9])|[A-Za-z0-9]=40[A-Za-z0-9-]+[.]")
_BYTES = re.compile("[\xc2-\xf4][\x80-\xbf]+")
_RUN = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}+={0,2}")
_WHOLE = re.compile(r"[A-Za-z0-9+/_-]{16,}+={0,2}")
_ORDINARY = str.maketrans("-_", "+/")
_READABLE = re.compile(rb"(?:[\t\n\r\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}){8,}+")
# What base64 makes of ordinary text has a capital after a small letter or a digit; or it is of capitals alone.
_MIXED = re.compile("[A-Z](?:(?<=[a-z0-9][A-Z])|[A-Z]{6})")
# True in a condition if any part of a text could be base64 at all.
may_be_base64 = _MIXED.search


def plain_base64(value: str) -> str:
    """The readable text that a value is the base64 of; "" if it is no such."""
    if not _WHOLE.fullmatch(value) or not may_be_base64(value):
        return ""
    letters = value.rstrip("=").translate(_ORDINARY)
    try:
        text = a2b_base64(letters + "=" * (-len(letters) % 4)).decode("utf-8")
    except ValueError:
        return ""
    return text if text.isprintable() else ""


def percent_decoded(text: str) -> str:
    """A text with percent-encoding undone, however often it was done."""
    for _ in range(_MOST_PERCENT):
        if "%" not in text or (plain := unquote(text, errors="replace")) == text:
            break
        text = plain
    return text


def _readings(piece: str) -> Iterator[str]:
    """What a piece of a text is with percent-encoding undone once: of UTF-8, and of Latin-1 if it is none."""
    if "%u" in piece:
        piece = _UNICODE.sub(lambda match: chr(int(match[1], 16)), piece)
    yield (plain := unquote(piece, errors="replace"))
    if "\ufffd" in plain:
        yield unquote(piece, "latin-1")


def parameter_decoded(text: str) -> str:
    """As `percent_decoded`, for a query's or form's value, in which `+` is a space."""
    return percent_decoded(unquote_plus(text, errors="replace")) if "%" in text or "+" in text else text


def unescaped(text: str) -> str:
    """A text with the escapes of JSON, C and JavaScript undone."""

    def plain(match: re.Match[str]) -> str:
        number = int(match[3], 8) if match[3] else int(match[1] or match[2] or "0", 16)
        return match[4] or (chr(number) if number <= _LAST_CHARACTER else match[0])

    return _as_utf8(_ESCAPE.sub(plain, text))


def of_codes(codes: Sequence[Any]) -> str:
    """The text that a list of numbers is, as Node.js writes a buffer; "" if it is none."""
    are = len(codes) >= _FEWEST_CODES and all(type(code) is int and 0 <= code <= _LAST_CODE for code in codes)
    return bytes(codes).decode("utf-8", "replace") if are else ""


def _as_utf8(text: str) -> str:
    """A text with the bytes of UTF-8 that were read as Latin-1 read as what they are."""
    return text if text.isascii() else _BYTES.sub(lambda match: match[0].encode("latin-1").decode("utf-8", "replace"), text)


def without_hidden(text: str, clean: Clean, replace: Replace, mixed: object = True) -> str:
    """A text in which no secret is left behind an encoding; `mixed` says whether something in it could be base64."""
    if "%" in text and _PERCENT.search(text):
        text = _PIECE.sub(lambda match: _percent(match[0], clean) if "%" in match[0] else match[0], text)
    for sign, has, plain in _DECODED:
        if sign in text and has.search(text):
            text = _shown(text, plain(text), clean)
    if "[" in text:
        text = _CODES.sub(lambda match: _hidden(match[0], of_codes([*map(int, _NUMBER.findall(match[0]))]), clean, replace), text)
    if mixed and len(text) >= 16:
        text = _RUN.sub(lambda match: replace("encoded", match[0]) if holds_secret(match[0], clean) else match[0], text)
    return text


def _printable(text: str) -> str:
    """A text with quoted-printable undone."""
    return _as_utf8(_PRINTABLE.sub(lambda match: chr(int(match[1], 16)), text))


# The sign without which a text has no such encoding, what it looks like, and what undoes it.
_DECODED: tuple[tuple[str, re.Pattern[str], Clean], ...] = (
    ("", INVISIBLE, partial(INVISIBLE.sub, "")), ("\\", _ESCAPE, unescaped),
    ("&", _ENTITY, html.unescape), ("=", _PRINTABLES, _printable), ("", _BYTES, _as_utf8),
)  # fmt: skip


def _hidden(text: str, plain: str, clean: Clean, replace: Replace) -> str:
    return text if clean(plain) == plain else replace("encoded", text)


def _shown(text: str, plain: str, clean: Clean) -> str:
    """The text itself, unless something was found in what it stands for."""
    if plain == text or (shown := clean(plain)) == plain:
        return text
    return shown


def _percent(piece: str, clean: Clean) -> str:
    """A piece of a text, looked at after each time that percent-encoding is undone: a secret may have a percent sign of its own."""
    for plain in (piece, piece.replace("+", " ")) if "+" in piece else (piece,):
        decoded = plain
        for _ in range(_MOST_PERCENT):
            if "%" not in decoded:
                break
            for further in (readings := [*_readings(decoded)]):
                if further != decoded and (shown := clean(further)) != further:
                    return shown
            decoded = readings[0]
    return piece


def holds_secret(run: str, clean: Clean) -> bool:
    """Whether a run of letters that could be base64 holds something that `clean` would replace. Where it begins is not known: all four are tried."""
    if run in (run.lower(), run.upper()):
        return False
    plain = run.rstrip("=").translate(_ORDINARY)
    for shift in range(4):
        letters = plain[shift:]
        # One letter over is no byte.
        letters = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
        for readable in _READABLE.findall(a2b_base64(letters + "=" * (-len(letters) % 4))):
            text = readable.decode("utf-8", "replace")
            if clean(text) != text:
                return True
    return False
