"""Reads JSON as servers really send it: hostile, cut off, or pasted from a documentation page.

Strict JSON is tried first. What is left is read as far as it goes: an object or list whose text ends too early, the curly quotes and missing
commas of samples that people paste into stubs. Nothing here raises for any text.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

# No backend nests its answers deeper; a body that does is an attack on the reader.
DEEPEST = 64
# Nor do they hold so many lists and objects; to make them, and for Python to look through them for garbage, takes seconds.
MOST_CONTAINERS = 200_000
# So deep does the reading of what is no strict JSON go: each level reads its text once more.
_DEEPEST_LOOSE = 8
_MOST_MEMBERS = 1000
# Of values that are no strict JSON so many are read, in all: Python looks through the whole text before a fault for the number of its line.
_MOST_FAULTS = 200
# Only where the first name is quoted so: in a proper text, curly quotes are part of what is said.
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
    kind = json_type(value)
    return kind if kind == "null" else f"{'an' if kind[0] in 'ao' else 'a'} {kind}"


_CALL = re.compile(r"(?:/\*\*/\s{0,9})?(?:typeof [\w$.]{1,99} ={2,3} 'function' && )?[A-Za-z_$][\w$.]{0,199}\(\s{0,9}(?=[{\[])")
_MOST_EVENTS = 200


def carried(text: str, content_type: str) -> str:
    """The JSON text that a script (JSONP: `callback({...});`) or a stream of events (of it the last JSON) carries; other texts as they are."""
    start = text[:200].lstrip()[:1]
    if (start.isalpha() or start in ("_", "$", "/")) and (call := _CALL.match(stripped := text.lstrip())):
        return stripped[call.end() : max(stripped.rfind(")"), call.end())]
    if "text/event-stream" in content_type.lower():
        for event in reversed(re.split(r"\r?\n\r?\n", text, maxsplit=_MOST_EVENTS)):
            data = "\n".join(line[5:].strip() for line in event.splitlines() if line.startswith("data:"))
            if data[:1] in ("{", "["):
                return data
    return text


class Parsed(NamedTuple):
    """What a text holds. `problem` is "" for JSON; else it says why `value` may be incomplete or absent (None)."""

    value: Any
    problem: str


def _number(text: str) -> int | float:
    # int() refuses more than 4,300 digits; such a number is no code, and its magnitude is all that can matter.
    return int(text) if len(text) < 400 else float("inf")


def _no_constant(_text: str) -> None:
    """NaN and Infinity are no JSON; what they stood for is unknown."""


_NOTHING: Any = object()
_decoder = json.JSONDecoder(strict=False, parse_int=_number, parse_constant=_no_constant)


def parse_json(text: str) -> Parsed:
    """The value in a text, as far as it can be read."""
    stripped = text.lstrip("\ufeff \t\r\n")
    if not stripped:
        return Parsed(None, "is empty")
    if len(stripped) > MOST_CONTAINERS and stripped.count("[") + stripped.count("{") > MOST_CONTAINERS:
        return Parsed(None, f"holds more than {MOST_CONTAINERS:,} lists and objects")
    try:
        value, end = _decoder.raw_decode(stripped)
    except (ValueError, RecursionError) as error:
        problem = _why(error)
    else:
        rest = stripped[end:].strip()
        return Parsed(value, "" if not rest else f"is followed by other text: {rest[:40]!r}")
    if stripped[0] in "{[":
        value, _ = _salvage(stripped.translate(_CURLY) if _CURLY_TEXT.match(stripped) else stripped, 0, 0, [_MOST_FAULTS])
        if value:
            return Parsed(value, problem)
    return Parsed(None, problem)


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}"
    return "is nested too deeply" if isinstance(error, RecursionError) else "is not valid JSON"


def _salvage(text: str, position: int, depth: int, left: list[int]) -> tuple[Any, int]:
    """The object or list that begins at a position, as far as it can be read, and its end; -1 for the end if it was not reached.

    `left` counts down how many more values that are no strict JSON may be tried.
    """
    opening = text[position]
    members: dict[str, Any] = {}
    position += 1
    for number in range(_MOST_MEMBERS):
        position = _end(_SEPARATOR, text, position)
        if text[position : position + 1] in ("}", "]"):
            return _collected(opening, members), position + 1
        name = str(number)
        if opening == "{":
            key = _KEY.match(text, position)
            if key is None:
                break
            name, position = key[1], key.end()
        value, end = _loose_value(text, position, depth, left)
        if value is not _NOTHING:
            members[name] = value
        if end < 0:
            break
        position = end
    return _collected(opening, members), -1


def _collected(opening: str, members: dict[str, Any]) -> Any:
    return members if opening == "{" else list(members.values())


def _loose_value(text: str, position: int, depth: int, left: list[int]) -> tuple[Any, int]:
    """The value that begins at a position, and its end; -1 for the end where nothing more can be read after it."""
    if not left[0]:
        return _NOTHING, -1
    try:
        value, end = _decoder.raw_decode(text, position)
    except (ValueError, RecursionError):
        left[0] -= 1
    else:
        # A number at the very end may lack digits: of 101 and 10 one is no code.
        cut = end == len(text) and type(value) in (int, float)
        return (_NOTHING, -1) if cut else (value, end)
    if text[position : position + 1] in ("{", "[") and depth < _DEEPEST_LOOSE:
        return _salvage(text, position, depth + 1, left)
    if text.startswith('"', position):
        if whole := _STRING.match(text, position):
            return whole[1], whole.end()
        # The mark at its end keeps half a code from being taken for a code.
        return f"{text[position + 1 :].rstrip().rstrip('}').rstrip()}\u2026", -1
    plain = _PLAIN_VALUE.match(text, position)
    if plain is None or plain.end() == len(text):
        return _NOTHING, -1
    return plain[0], plain.end()


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


_CONTAINERS = frozenset((dict, list))


def is_deep(value: Any, limit: int = DEEPEST) -> bool:
    """Whether lists and objects in a value are nested more than `limit` levels."""
    level = [value] if type(value) in _CONTAINERS else []
    for _ in range(limit):
        level = [inner for item in level for inner in (item.values() if type(item) is dict else item) if type(inner) in _CONTAINERS]
        if not level:
            return False
    return True


def compact(value: Any) -> str:
    """A value as one line of JSON; for text, the text itself."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError, TypeError):
        return ""
