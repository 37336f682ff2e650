"""Patterns that cannot run away: checked at load time, searched in bounded text only."""

from __future__ import annotations

import re
from dataclasses import InitVar, dataclass
from functools import cached_property

# Longer messages exist, but what tells them apart stands at their beginning.
LONGEST_TEXT = 2_000


@dataclass(frozen=True)
class Pattern:
    """A regular expression that is safe to search in hostile text, of which the first 2,000 characters are searched. Raises ValueError for one that
    cannot be compiled or that hostile text could keep busy. One that was `checked` before, as those that come with this package are by its tests, is
    taken as it is, and compiled when it is first searched for."""

    text: str
    checked: InitVar[bool] = False

    def __post_init__(self, checked: bool) -> None:
        if not checked:
            from . import regex_safety  # not needed where nothing is to be checked, which is at most starts

            regex_safety.check(self.text, LONGEST_TEXT)

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        try:
            return re.compile(self.text)
        except re.error as error:
            raise ValueError(f"is not a regular expression: {error}, in {self.text!r}") from None

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the pattern's groups."""
        return tuple(self._regex.groupindex)

    def found_in(self, text: str) -> bool:
        """Whether the pattern is found."""
        return self._regex.search(text[:LONGEST_TEXT]) is not None

    def all_in(self, text: str) -> frozenset[str]:
        """Every text that the pattern finds, without its groups."""
        return frozenset(found[0] for found in self._regex.finditer(text[:LONGEST_TEXT]))

    def find(self, text: str) -> re.Match[str] | None:
        """Where the pattern is first found."""
        return self._regex.search(text[:LONGEST_TEXT])

    def each_in(self, text: str, group: str) -> list[str]:
        """What a named group holds, wherever the pattern is found."""
        return [found[group] for found in self._regex.finditer(text[:LONGEST_TEXT])]

    def groups_in(self, text: str) -> dict[str, str]:
        """What the named groups hold where the pattern is first found; nothing where it is not found."""
        found = self.find(text)
        return {name: value for name, value in found.groupdict().items() if value is not None} if found else {}


# Headers that must all be there and match; a lone name with `*` stands for any header of that form.
HeaderTest = tuple[tuple[str, Pattern | None], ...]
