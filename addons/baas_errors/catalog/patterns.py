"""Patterns that cannot run away: compiled and checked at load time, searched in bounded text only."""

from __future__ import annotations

import re

# Private since Python 3.11, and the only parser of this syntax there is: `sre_parse`, its public name, is deprecated.
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

# Longer messages exist, but what tells them apart stands at their beginning.
LONGEST_TEXT = 2_000


class Pattern:
    """A regular expression that was found safe to search in hostile text.

    Raises ValueError for one that cannot be compiled or that repeats a repetition without end, as `(a+)+` does: such a pattern can take
    time that doubles with each further character.
    """

    __slots__ = ("_search", "text")

    def __init__(self, text: str) -> None:
        try:
            parsed = _parser.parse(text)
            compiled = re.compile(text)
        except (re.error, RecursionError, OverflowError) as error:
            raise ValueError(f"is not a regular expression: {error}, in {text!r}") from None
        if _repeats_a_repetition(parsed, inside=False):
            raise ValueError(f"repeats a repetition without end, which can take forever on hostile text: {text!r}")
        self.text = text
        self._search = compiled.search

    def found_in(self, text: str) -> bool:
        """Whether the pattern is found in the first 2,000 characters."""
        return self._search(text[:LONGEST_TEXT]) is not None

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)


def _repeats_a_repetition(parsed: Any, inside: bool) -> bool:
    """Whether an unbounded repetition stands inside another one."""
    for op, argument in parsed:
        if op in (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT):
            _, most, body = argument
            endless = most > 16
            if (endless and inside) or _repeats_a_repetition(body, inside or endless):
                return True
        elif op is _constants.SUBPATTERN:
            if _repeats_a_repetition(argument[-1], inside):
                return True
        elif op is _constants.BRANCH:
            if any(_repeats_a_repetition(branch, inside) for branch in argument[1]):
                return True
        elif op in (_constants.ASSERT, _constants.ASSERT_NOT):
            if _repeats_a_repetition(argument[1], inside):
                return True
        elif op is _constants.ATOMIC_GROUP and _repeats_a_repetition(argument, inside):
            return True
    return False
