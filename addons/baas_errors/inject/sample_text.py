"""A short text that a pattern is found in: what a server might send, where a catalog knows only how to recognise it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

# Private since Python 3.11, and the only parser of this syntax there is (see catalog/regex_tree.py).
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from ..catalog.patterns import Pattern

MOST_TRIED = 200
# Tried in this order for a class of characters: letters read best.
_CHARACTERS = "xX7 _.-/'\"({[:;,!?@#$%&*+=<>]})|~^`\\"


def texts_of(pattern: Pattern) -> Iterator[str]:
    """Texts that the pattern is found in, simplest first."""
    return (text for text in islice(_texts(list(_parser.parse(pattern.text))), MOST_TRIED) if pattern.found_in(text))


def _texts(items: list[Any]) -> Iterator[str]:
    if not items:
        yield ""
        return
    for head in islice(_item(*items[0]), 8):
        for tail in islice(_texts(items[1:]), 8):
            yield head + tail


def _item(op: Any, argument: Any) -> Iterator[str]:
    if op is ops.LITERAL:
        yield chr(argument)
    elif op in (ops.ANY, ops.NOT_LITERAL):
        yield "x" if argument != ord("x") else "y"
    elif op is ops.IN:
        negated = argument[0][0] is ops.NEGATE
        yield from (one for one in _CHARACTERS if any(_takes(one, *member) for member in argument[negated:]) != negated)
        yield from (chr(value) for kind, value in argument if kind is ops.LITERAL)
        yield from (chr(value[0]) for kind, value in argument if kind is ops.RANGE)
    elif op is ops.BRANCH:
        for branch in argument[1]:
            yield from islice(_texts(list(branch)), 4)
    elif op in (ops.SUBPATTERN, ops.ATOMIC_GROUP):
        yield from _texts(list(argument[-1] if op is ops.SUBPATTERN else argument))
    elif op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
        least, most, body = argument
        for count in dict.fromkeys((min(max(least, 1), most), least)):
            yield from (text * count for text in islice(_texts(list(body)), 4))
    else:
        # Anchors and what is looked for around a place: the whole pattern is tried on the text afterwards.
        yield ""


def _takes(character: str, op: Any, argument: Any) -> bool:
    if op is ops.LITERAL:
        return bool(ord(character) == argument)
    if op is ops.RANGE:
        return bool(argument[0] <= ord(character) <= argument[1])
    name = str(argument).rpartition("CATEGORY_")[2]
    plain = name.removeprefix("NOT_")
    inside = character.isdigit() if plain == "DIGIT" else character.isspace() if plain == "SPACE" else character.isalnum() or character == "_"
    return inside != name.startswith("NOT_")
