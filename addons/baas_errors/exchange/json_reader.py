"""Reads JSON, also if it is hostile, cut off, or copied from a documentation page with curly quotes and missing commas.

Strict JSON is tried first; then an object or list is read as far as possible. No text raises an error.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

# No backend nests deeper; a deeper body is an attack.
DEEPEST = 64
# More values than this, counted by commas and brackets, take longer to read than all that is done with them; 1,000 objects have half as many.
MOST_VALUES = 40_000
# Limits for text that is not strict JSON: each level reads its text again, and for each fault Python counts the lines before it, so that a fault
# counts once, and again for as many characters that follow it. A name or text that has no end is read this far.
_DEEPEST_LOOSE = 8
_MOST_MEMBERS = 1000
_MOST_FAULTS, _FAULT_LENGTH = 200, 2_000
_LONGEST_LOOSE = 20_000
# Curly quotes are replaced only if they enclose the first name: elsewhere they are part of a text.
_CURLY_TEXT = re.compile("[{\\[\\s]*[\u201c\u201d\u201e\u2033]")
_CURLY = str.maketrans({"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2033": '"'})
_SEPARATOR = re.compile(r"[\s,]*+")
_STRING = re.compile(r'"((?:[^"\\]++|\\.)*+)"', re.S)
_KEY = re.compile(rf"{_STRING.pattern}\s*+:\s*+", re.S)
_PLAIN_VALUE = re.compile(r"[^,\s}\]]++")
_TYPES = {type(None): "null", bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}


def json_type(value: Any) -> str:
    """The JSON type of a value: `null`, `boolean`, `number`, `string`, `array` or `object`."""
    return _TYPES.get(type(value), "value of an unknown type")


def type_name(value: Any) -> str:
    """The JSON type of a value with its article: `a string`, `an array`, `null`."""
    return with_article(json_type(value))


def with_article(kind: str) -> str:
    """The name of a type with its article: `a string`, `an integer`; `null` has none."""
    return kind if kind == "null" else f"{'an' if kind[:1].lower() in 'aeio' else 'a'} {kind}"


_CALL = re.compile(r"(?:/\*\*/\s{0,9})?(?:typeof [\w$.]{1,99} ={2,3} 'function' && )?[A-Za-z_$][\w$.]{0,199}\(\s{0,9}(?=[{\[])")
_MOST_EVENTS, _LONGEST_CALL = 200, 600


def carried(text: str, content_type: str) -> str:
    """The JSON text that a script (JSONP: `callback({...});`) or a stream of events (of it the last JSON) carries; other texts as they are."""
    start = text[:200].lstrip()[:1]
    if (start.isalpha() or start in ("_", "$", "/")) and (call := _CALL.match((stripped := text.lstrip())[:_LONGEST_CALL])):
        return stripped[call.end() : max(stripped.rfind(")"), call.end())]
    if "text/event-stream" in content_type.lower():
        for event in reversed(re.split(r"\r?\n\r?\n", text, maxsplit=_MOST_EVENTS)):
            data = "\n".join(line[5:].strip() for line in event.splitlines() if line.startswith("data:"))
            if data[:1] in ("{", "["):
                return data
    return text


def as_object(value: Any) -> dict[str, Any]:
    """A JSON object, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """A JSON list, or an empty one in place of anything else."""
    return value if isinstance(value, list) else []


class Parsed(NamedTuple):
    """The value of a text. `problem` is "" for valid JSON; else it says why `value` may be incomplete or None."""

    value: Any
    problem: str


_NOTHING: Any = object()
# int() refuses more than 4,300 digits, and no code is that long. NaN and Infinity are not JSON.
DECODER = json.JSONDecoder(strict=False, parse_int=lambda text: int(text) if len(text) < 400 else float("inf"), parse_constant=lambda _text: None)


def holds_too_many(text: str) -> bool:
    """Whether a JSON text has more values than are read."""
    return len(text) > MOST_VALUES and text.count(",") + text.count("[") + text.count("{") > MOST_VALUES


def parse_json(text: str) -> Parsed:
    """The value of a text, as far as it can be read."""
    stripped = text.lstrip("\ufeff \t\r\n")
    if not stripped:
        return Parsed(None, "is empty")
    if holds_too_many(stripped):
        start = stripped[:_LONGEST_LOOSE]
        value = _salvage(start, 0, 0, [_MOST_FAULTS])[0] if start[0] in "{[" else None
        return Parsed(value or None, f"holds more than {MOST_VALUES:,} values, so only its beginning was read")
    try:
        value, end = DECODER.raw_decode(stripped)
        rest = stripped[end:].strip()
        return Parsed(value, "" if not rest else f"is followed by other text: {rest[:40]!r}")
    except json.JSONDecodeError as error:
        problem = f"is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}"
    except (ValueError, RecursionError) as error:
        problem = "is nested too deeply" if isinstance(error, RecursionError) else "is not valid JSON"
    if stripped[0] in "{[":
        if len(stripped) > 50 * _LONGEST_LOOSE or _CURLY_TEXT.match(stripped):
            stripped = stripped[: 10 * _LONGEST_LOOSE]
        value, _ = _salvage(stripped.translate(_CURLY) if _CURLY_TEXT.match(stripped) else stripped, 0, 0, [_MOST_FAULTS])
        if value:
            return Parsed(value, problem)
    return Parsed(None, problem)


def _salvage(text: str, position: int, depth: int, left: list[int]) -> tuple[Any, int]:
    """The object or list at a position, as far as it can be read, and its end, or -1 if the end was not reached.

    `left` counts down how many more faults are tolerated.
    """
    opening = text[position]
    members: dict[str, Any] = {}
    position, closed = position + 1, -1
    for number in range(_MOST_MEMBERS):
        if separator := _SEPARATOR.match(text, position, position + _LONGEST_LOOSE):
            position = separator.end()
        if text[position : position + 1] in ("}", "]"):
            closed = position + 1
            break
        name = str(number)
        if opening == "{":
            key = _KEY.match(text, position, position + _LONGEST_LOOSE)
            if key is None:
                break
            name, position = key[1], key.end()
        value, end = _loose_value(text, position, depth, left)
        if value is not _NOTHING:
            members[name] = value
        if end < 0:
            break
        position = end
    return members if opening == "{" else list(members.values()), closed


def _loose_value(text: str, position: int, depth: int, left: list[int]) -> tuple[Any, int]:
    """The value at a position and its end, or -1 if nothing can be read after it."""
    if left[0] <= 0:
        return _NOTHING, -1
    try:
        value, end = DECODER.raw_decode(text, position)
    except (ValueError, RecursionError):
        left[0] -= 1 + (len(text) - position) // _FAULT_LENGTH + position // (40 * _FAULT_LENGTH)
    else:
        # A number at the end of the text may lack digits: 10 may be a part of 101.
        cut = end == len(text) and type(value) in (int, float)
        return (_NOTHING, -1) if cut else (value, end)
    if text[position : position + 1] in ("{", "[") and depth < _DEEPEST_LOOSE:
        return _salvage(text, position, depth + 1, left)
    if text.startswith('"', position):
        if whole := _STRING.match(text, position, position + _LONGEST_LOOSE):
            return whole[1], whole.end()
        # The ellipsis keeps a part of a code from being taken for a code.
        return f"{text[position + 1 : position + _LONGEST_LOOSE].rstrip().rstrip('}').rstrip()}\u2026", -1
    plain = _PLAIN_VALUE.match(text, position)
    if plain is None or plain.end() == len(text):
        return _NOTHING, -1
    return plain[0], plain.end()


_CONTAINERS = frozenset((dict, list))


def is_deep(value: Any, limit: int = DEEPEST) -> bool:
    """Whether lists and objects are nested deeper than `limit` levels."""
    level = [value] if type(value) in _CONTAINERS else []
    for _ in range(limit):
        level = [inner for item in level for inner in (item.values() if type(item) is dict else item) if type(inner) in _CONTAINERS]
        if not level:
            return False
    return True


def compact(value: Any) -> str:
    """The value as JSON on one line; a string as it is."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError, TypeError):
        return ""
