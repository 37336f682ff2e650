"""Secrets behind an encoding: percent-encoding, HTML's entities, the escapes of JSON, base64. Each is undone to see what comes to light."""

from __future__ import annotations

import html
import re
from binascii import a2b_base64
from collections.abc import Callable
from urllib.parse import unquote, unquote_plus

from .placeholders import Replace

# Gives a text without the secrets in it; the same text if there are none.
Clean = Callable[[str], str]

_PERCENT = re.compile("%[0-9A-Fa-f]{2}")
_PIECE = re.compile(r"[^\s<>\"']+")
# Encoded more often, a text is nobody's by mistake.
_MOST_PERCENT = 3
_ESCAPE = re.compile(r"\\+(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([\"'/\\]))")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});")
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


def parameter_decoded(text: str) -> str:
    """As `percent_decoded`, for a query's or form's value, in which `+` is a space."""
    return percent_decoded(unquote_plus(text, errors="replace")) if "%" in text or "+" in text else text


def unescaped(text: str) -> str:
    """A text with the escapes of JSON undone."""
    return _ESCAPE.sub(lambda match: match[3] or chr(int(match[1] or match[2], 16)), text)


def without_hidden(text: str, clean: Clean, replace: Replace, mixed: object = True) -> str:
    """A text in which no secret is left behind an encoding; `mixed` says whether something in it could be base64."""
    if "%" in text and _PERCENT.search(text):
        text = _PIECE.sub(lambda match: _percent(match[0], clean) if "%" in match[0] else match[0], text)
    if "\\" in text:
        text = _shown(text, unescaped(text), clean)
    if "&" in text and _ENTITY.search(text):
        text = _shown(text, html.unescape(text), clean)
    if mixed and len(text) >= 16:
        text = _RUN.sub(lambda match: replace("encoded", match[0]) if holds_secret(match[0], clean) else match[0], text)
    return text


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
            if "%" not in decoded or (further := unquote(decoded, errors="replace")) == decoded:
                break
            decoded = further
            if (shown := clean(decoded)) != decoded:
                return shown
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
