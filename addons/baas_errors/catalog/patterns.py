"""Patterns that cannot run away: checked at load time, searched in bounded text only."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

# Longer messages exist, but what tells them apart stands at their beginning.
LONGEST_TEXT = 2_000


class Pattern:
    """A regular expression that is safe to search in hostile text.

    Raises ValueError for one that cannot be compiled or that hostile text could keep busy. One that was `checked` before, as those that come with
    this package are by its tests, is taken as it is, and compiled when it is first searched for.
    """

    __slots__ = ("_search", "text")

    def __init__(self, text: str, *, checked: bool = False) -> None:
        self.text = text
        self._search: Callable[[str], re.Match[str] | None] = self._first_search
        if not checked:
            from . import regex_safety  # not needed where nothing is to be checked, which is at most starts

            regex_safety.check(text, LONGEST_TEXT)
            self._search = re.compile(text).search

    def _first_search(self, text: str) -> re.Match[str] | None:
        try:
            self._search = re.compile(self.text).search
        except re.error as error:
            raise ValueError(f"is not a regular expression: {error}, in {self.text!r}") from None
        return self._search(text)

    def found_in(self, text: str) -> bool:
        """Whether the pattern is found in the first 2,000 characters."""
        return self._search(text[:LONGEST_TEXT]) is not None

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the pattern's groups."""
        return tuple(re.compile(self.text).groupindex)

    def groups_in(self, text: str) -> dict[str, str]:
        """What the named groups hold where the pattern is first found in the first 2,000 characters; nothing where it is not found."""
        found = self._search(text[:LONGEST_TEXT])
        return {name: value for name, value in found.groupdict().items() if value is not None} if found else {}

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)


class HeaderTest(NamedTuple):
    """Headers that must all be there and match; a lone name with `*` stands for any header of that form."""

    headers: tuple[tuple[str, Pattern | None], ...]
