"""Regular expressions as small trees, of which it can be asked what a text must look like to be matched.

A set of characters is an integer with a bit for each ASCII character and one more, `OTHERS`, for all the rest. Sets are never too small: where a
character class cannot be told exactly, more is in its set than it takes.
"""

from __future__ import annotations

import re

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
_BEGINNINGS = (ops.AT_BEGINNING, ops.AT_BEGINNING_STRING)


class Char(NamedTuple):
    """One character out of a set."""

    chars: int


class Sequence(NamedTuple):
    """One after the other; none of them matches the empty text."""

    items: tuple[Any, ...]


class Choice(NamedTuple):
    """One of several."""

    options: tuple[Any, ...]


class Repeat(NamedTuple):
    """The same again, from `least` to `most` times."""

    body: Any
    least: int
    most: int


class Look(NamedTuple):
    """What must, or must not, stand here; it takes no text."""

    body: Any


class Begin(NamedTuple):
    """The beginning of the whole text."""


Tree = Char | Sequence | Choice | Repeat | Look | Begin
NOTHING = Sequence(())


def tree(text: str) -> Tree:
    """The tree of a pattern. Raises re.error, RecursionError or OverflowError for what is no pattern, ValueError for what is not known here."""
    parsed = _parser.parse(text)
    return _Reader(parsed.state.flags).sequence(parsed)


class _Reader:
    def __init__(self, flags: int) -> None:
        self._lines = bool(flags & re.MULTILINE)
        self._fold = bool(flags & re.IGNORECASE)

    def sequence(self, parsed: Any) -> Tree:
        items = tuple(self._node(op, argument) for op, argument in parsed)
        return items[0] if len(items) == 1 else Sequence(items)

    def _node(self, op: Any, argument: Any) -> Tree:
        if op in (ops.LITERAL, ops.NOT_LITERAL, ops.ANY, ops.IN):
            return Char(self._folded(_chars(op, argument)))
        if op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            least, most, body = argument
            return Repeat(self.sequence(body), int(least), int(most))
        if op is ops.SUBPATTERN:
            _, added, removed, body = argument
            before = self._fold, self._lines
            self._fold = (self._fold or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE
            self._lines = (self._lines or bool(added & re.MULTILINE)) and not removed & re.MULTILINE
            inner = self.sequence(body)
            self._fold, self._lines = before
            return inner
        if op is ops.BRANCH:
            return Choice(tuple(self.sequence(option) for option in argument[1]))
        if op is ops.ATOMIC_GROUP:
            return self.sequence(argument)
        if op in (ops.ASSERT, ops.ASSERT_NOT):
            return Look(self.sequence(argument[1]))
        if op is ops.AT:
            whole = argument is ops.AT_BEGINNING_STRING or (argument is ops.AT_BEGINNING and not self._lines)
            return Begin() if whole else NOTHING
        if op in (ops.GROUPREF, ops.GROUPREF_EXISTS):
            raise ValueError("refers back to a group, which cannot be foreseen: write out what may stand there")
        if op is ops.FAILURE:
            return Look(NOTHING)
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


def chars_in(node: Tree) -> int:
    """All characters that a text matched by the node can hold."""
    if isinstance(node, Char):
        return node.chars
    if isinstance(node, Repeat):
        return chars_in(node.body)
    found = 0
    if isinstance(node, Sequence):
        for item in node.items:
            found |= chars_in(item)
    elif isinstance(node, Choice):
        for option in node.options:
            found |= chars_in(option)
    return found


def nullable(node: Tree) -> bool:
    """Whether the node matches the empty text."""
    if isinstance(node, Char):
        return False
    if isinstance(node, Repeat):
        return node.least == 0 or nullable(node.body)
    if isinstance(node, Sequence):
        return all(nullable(item) for item in node.items)
    return not isinstance(node, Choice) or any(nullable(option) for option in node.options)


def first(node: Tree, after: int = 0) -> int:
    """The characters that a text matched by the node can begin with; `after` are those that can follow on an empty one."""
    if isinstance(node, Char):
        return node.chars
    if isinstance(node, Repeat):
        return first(node.body) | (after if nullable(node) else 0)
    if isinstance(node, Sequence):
        for item in reversed(node.items):
            after = first(item, after)
        return after
    if isinstance(node, Choice):
        found = 0
        for option in node.options:
            found |= first(option, after)
        return found
    return after


def letters(node: Tree) -> tuple[int, ...] | None:
    """The sets of a node that matches texts of one length by their characters alone, or None for others."""
    if isinstance(node, Char):
        return (node.chars,)
    if isinstance(node, Repeat) and node.least == node.most <= 64:
        inner = letters(node.body)
        return None if inner is None else inner * node.least
    if isinstance(node, Sequence):
        found: tuple[int, ...] = ()
        for item in node.items:
            inner = letters(item)
            if inner is None:
                return None
            found += inner
        return found
    return None
