"""Regular expressions as small trees, of which it can be asked what a text must look like to be matched.

A set of characters is an integer with a bit for each ASCII character and one more, `OTHERS`, for all the rest. Sets are never too small: where a
character class cannot be told exactly, more is in its set than it takes.
"""

from __future__ import annotations

import re
from enum import Enum

# Private since Python 3.11, and the only parser of this syntax there is: `sre_parse`, its public name, is deprecated.
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

OTHERS = 1 << 128
ALL = (OTHERS << 1) - 1
_CATEGORIES = {
    ops.CATEGORY_DIGIT: r"\d",
    ops.CATEGORY_NOT_DIGIT: r"\D",
    ops.CATEGORY_SPACE: r"\s",
    ops.CATEGORY_NOT_SPACE: r"\S",
    ops.CATEGORY_WORD: r"\w",
    ops.CATEGORY_NOT_WORD: r"\W",
}


class Kind(Enum):
    """What a node stands for: a character, its items in a row, one of them, one repeated, a look ahead or behind, the beginning of the text."""

    CHAR, SEQUENCE, CHOICE, REPEAT, LOOK, BEGIN = range(6)


class Node(NamedTuple):
    """Part of a pattern. A look and the beginning take no text. `chars` are all characters that a text matched by it can hold, `head` those that one
    can begin with, `nullable` is whether the empty text is matched, `letters` are the sets of a node that matches texts of one length by their
    characters alone."""

    kind: Kind
    items: tuple[Any, ...] = ()
    chars: int = 0
    head: int = 0
    nullable: bool = True
    letters: tuple[int, ...] | None = None
    least: int = 1
    most: int = 1

    def first(self, after: int) -> int:
        """The characters that a text matched by the node can begin with; `after` are those that can follow on an empty one."""
        return self.head | (after if self.nullable else 0)


def _sequence(items: tuple[Node, ...]) -> Node:
    chars, head = 0, 0
    letters: tuple[int, ...] | None = ()
    for item in reversed(items):
        chars, head = chars | item.chars, item.first(head)
        letters = None if letters is None or item.letters is None else item.letters + letters
    return Node(Kind.SEQUENCE, items, chars, head, all(item.nullable for item in items), letters)


def _choice(options: tuple[Node, ...]) -> Node:
    chars = head = 0
    for option in options:
        chars, head = chars | option.chars, head | option.head
    return Node(Kind.CHOICE, options, chars, head, any(option.nullable for option in options))


def _repeat(body: Node, least: int, most: int) -> Node:
    letters = body.letters * least if body.letters is not None and least == most <= 64 else None
    return Node(Kind.REPEAT, (body,), body.chars, body.head, least == 0 or body.nullable, letters, least, most)


NOTHING = _sequence(())


def tree(text: str) -> Node:
    """The tree of a pattern. Raises re.error, RecursionError or OverflowError for what is no pattern, ValueError for what is not known here."""
    parsed = _parser.parse(text)
    return _Reader(parsed.state.flags).sequence(parsed)


class _Reader:
    def __init__(self, flags: int) -> None:
        self._lines = bool(flags & re.MULTILINE)
        self._fold = bool(flags & re.IGNORECASE)

    def sequence(self, parsed: Any) -> Node:
        items = tuple(self._node(op, argument) for op, argument in parsed)
        return items[0] if len(items) == 1 else _sequence(items)

    def _node(self, op: Any, argument: Any) -> Node:
        if op in (ops.LITERAL, ops.NOT_LITERAL, ops.ANY, ops.IN):
            chars = self._folded(_chars(op, argument))
            return Node(Kind.CHAR, (), chars, chars, False, (chars,))
        if op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            least, most, body = argument
            return _repeat(self.sequence(body), int(least), int(most))
        if op is ops.SUBPATTERN:
            _, added, removed, body = argument
            before = self._fold, self._lines
            self._fold = (self._fold or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE
            self._lines = (self._lines or bool(added & re.MULTILINE)) and not removed & re.MULTILINE
            inner = self.sequence(body)
            self._fold, self._lines = before
            return inner
        if op is ops.BRANCH:
            return _choice(tuple(self.sequence(option) for option in argument[1]))
        if op is ops.ATOMIC_GROUP:
            return self.sequence(argument)
        if op in (ops.ASSERT, ops.ASSERT_NOT):
            return Node(Kind.LOOK, (self.sequence(argument[1]),))
        if op is ops.AT:
            whole = argument is ops.AT_BEGINNING_STRING or (argument is ops.AT_BEGINNING and not self._lines)
            return Node(Kind.BEGIN) if whole else NOTHING
        if op in (ops.GROUPREF, ops.GROUPREF_EXISTS):
            raise ValueError("refers back to a group, which cannot be foreseen: write out what may stand there")
        if op is ops.FAILURE:
            return Node(Kind.LOOK, (NOTHING,))
        raise ValueError(f"has a part that is not known here ({op})")

    def _folded(self, chars: int) -> int:
        if not self._fold:
            return chars
        upper, lower = (chars >> 65) & 0x3FFFFFF, (chars >> 97) & 0x3FFFFFF
        letters = upper | lower
        # A few characters beyond ASCII are lower or upper forms of letters in it.
        return chars | letters << 65 | letters << 97 | (OTHERS if letters else 0)


def _chars(op: Any, argument: Any) -> int:
    if op is ops.LITERAL:
        return 1 << argument if argument < 128 else OTHERS
    if op is ops.NOT_LITERAL:
        return ALL & ~(1 << argument) if argument < 128 else ALL
    if op is ops.ANY:
        return ALL
    if op is ops.RANGE:
        first, last = argument
        ascii_part = ((1 << (min(last, 127) + 1)) - 1) & ~((1 << first) - 1) if first < 128 else 0
        return ascii_part | (OTHERS if last > 127 else 0)
    if op is ops.CATEGORY:
        named = re.compile(_CATEGORIES[argument])
        return sum(1 << n for n in range(128) if named.match(chr(n))) | OTHERS
    assert op is ops.IN
    negated = argument[0][0] is ops.NEGATE
    chars = 0
    for inner, value in argument[negated:]:
        chars |= _chars(inner, value)
    # Of the characters beyond ASCII some are always left out, and some are not.
    return ALL & ~chars | OTHERS if negated else chars
