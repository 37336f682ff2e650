"""Reads JSON as servers really send it: hostile, cut off, or pasted from a documentation page.

Strict JSON is tried first. What is left is read as far as it goes: an object whose text ends too early, the curly quotes and missing commas of
samples that people paste into stubs. Nothing here raises for any text.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

# No backend nests its answers deeper; a body that does is an attack on the reader.
DEEPEST = 64
_CURLY = str.maketrans({"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2033": '"'})
_SEPARATOR = re.compile(r"[\s,]*")
_KEY = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:\s*')
_PLAIN_VALUE = re.compile(r"[^,\s}\]]+")


class Parsed(NamedTuple):
    """What a text holds. `problem` is "" for JSON; else it says why `value` may be incomplete or absent (None)."""

    value: Any
    problem: str


def _number(text: str) -> int | float:
    # int() refuses more than 4,300 digits; such a number is no code, and its magnitude is all that can matter.
    return int(text) if len(text) < 400 else float("inf")


def _no_constant(_text: str) -> None:
    """NaN and Infinity are no JSON; what they stood for is unknown."""


_decoder = json.JSONDecoder(strict=False, parse_int=_number, parse_constant=_no_constant)


def parse_json(text: str) -> Parsed:
    """The value in a text, as far as it can be read."""
    stripped = text.lstrip("\ufeff \t\r\n")
    if not stripped:
        return Parsed(None, "is empty")
    try:
        value, end = _decoder.raw_decode(stripped)
    except (ValueError, RecursionError) as error:
        problem = _why(error)
    else:
        rest = stripped[end:].strip()
        return Parsed(value, "" if not rest else f"is followed by other text: {rest[:40]!r}")
    if stripped[0] == "{":
        value = _salvage(stripped.translate(_CURLY))
        if value:
            return Parsed(value, problem)
    return Parsed(None, problem)


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}"
    return "is nested too deeply" if isinstance(error, RecursionError) else "is not valid JSON"


def _salvage(text: str, depth: int = 0) -> dict[str, Any]:
    """The members of an object that can be read before its text breaks off; commas may be missing."""
    result: dict[str, Any] = {}
    position = 1
    for _ in range(1000):
        position = _end(_SEPARATOR, text, position)
        key = _KEY.match(text, position)
        if key is None:
            return result
        position = key.end()
        try:
            result[key[1]], position = _decoder.raw_decode(text, position)
            continue
        except (ValueError, RecursionError):
            pass
        rest = text[position:]
        if rest.startswith('"'):
            result[key[1]] = _loose_string(rest[1:])
        elif rest.startswith("{") and depth < DEEPEST:
            result[key[1]] = _salvage(rest, depth + 1)
        elif plain := _PLAIN_VALUE.match(rest):
            result[key[1]] = plain[0]
        return result
    return result


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _loose_string(text: str) -> str:
    """A string whose closing quote is missing."""
    return text.rstrip().rstrip("}").rstrip()


def is_deep(value: Any, limit: int = DEEPEST) -> bool:
    """Whether lists and objects in a value are nested more than `limit` levels."""
    level = [value]
    for _ in range(limit):
        following: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                following.extend(v for v in item.values() if isinstance(v, (dict, list)))
            elif isinstance(item, list):
                following.extend(v for v in item if isinstance(v, (dict, list)))
        if not following:
            return False
        level = following
    return True


def compact(value: Any) -> str:
    """A value as one line of JSON; for text, the text itself."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError, TypeError):
        return ""
