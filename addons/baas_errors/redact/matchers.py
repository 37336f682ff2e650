"""How a secret of a request is looked for: the shorter and plainer the value, the surer must be that it is no word of the server's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import Enum
from typing import NamedTuple

from .comparable import alphanumerics, comparable

SHORTEST = 3
# From here on a word is taken for the secret although the server might have said it by itself; a text, for no words of anybody's.
SURE, _UNMISTAKABLE, _LONG, _LONGEST_SHORT = 6, 12, 16, 40
# So much of a secret that was cut is taken for it: where there is a digit in it, and where there is none.
LEAST, LEAST_PLAIN = 8, 12
DIGIT = re.compile(r"\d")
# What secrets are in one piece of.
_ONE_PIECE = re.compile(r"[A-Za-z0-9._~+/=:-]+|.{1,40}")


# Gives two words of sentences each, in small letters.
Phrases = Callable[[], frozenset[str]]


class Where(Enum):
    """Where a value is taken for the secret."""

    ANYWHERE = 0  # It can be nothing else.
    WORD = 1  # Not inside a longer word.
    EXACT = 2  # As a word, written as it was sent, but not in a phrase of the server's.
    APART = 3  # A number with nothing of a longer one beside it.
    QUOTED = 4  # Between quotation marks.


class SecretMatcher(NamedTuple):
    """A secret of the request, and where it is taken for one.

    `low` is the value as `comparable` gives it, and `stem` its beginning. A text that has neither that nor one of the `pieces` in it does not repeat
    the value, nor enough of it, unless it has its `alphanumerics` in it, or a sign that something was cut off. With a piece goes its place in the
    value.
    """

    value: str
    low: str
    where: Where
    stem: str
    pieces: tuple[tuple[int, str], ...] = ()
    kind: str = "secret"
    alphanumerics: str = ""
    phrases: Phrases = frozenset


def echo_of(
    value: str, vocabulary: Callable[[], frozenset[str]], *, cut: bool = True, kind: str = "secret", phrases: Phrases = frozenset
) -> SecretMatcher | None:
    """How to look for a value of some kind; None for one that cannot be told from ordinary words. `vocabulary` gives those, in small letters.

    With `cut` a part of the value is looked for, too, that lacks the beginning. What is in the `phrases` of servers is said by themselves.
    """
    if len(value) < SHORTEST:
        return None
    low, _ = comparable(value)
    size, letters = len(low), alphanumerics(low)
    if size < SHORTEST:
        return None
    few = len(letters) < LEAST_PLAIN and (DIGIT.search(letters) is None or len(letters) < (SURE - 1 if size > LEAST + 1 else LEAST))
    if len(value) >= _UNMISTAKABLE and (DIGIT.search(value) is not None or (len(value) >= _LONG and not value.isalpha())):
        # Most secrets are long and mixed enough to be no word of anybody's.
        pieces: list[tuple[int, str]] = []
        if cut and "://" not in low and _ONE_PIECE.fullmatch(value):
            places = (*range(SURE, size - SURE, max(SURE + 2, size // 6)), size - SURE)
            # A row of zeros stands in many numbers.
            pieces = [(at, piece) for at in places if (piece := low[at : at + SURE]).count(low[at]) < SURE - 1]
        return SecretMatcher(value, low, Where.ANYWHERE, low[:SURE], tuple(pieces), kind, "" if few else letters)
    where = _where(value, low, vocabulary)
    if where is None:
        return None
    least = LEAST_PLAIN if where is Where.WORD else len(low)
    return SecretMatcher(value, low, where, low[:least], (), kind, "" if few or where is not Where.WORD else letters, phrases)


def _where(value: str, low: str, vocabulary: Callable[[], frozenset[str]]) -> Where | None:
    if value.isdigit():
        return Where.WORD if len(value) >= SURE else Where.APART if len(value) >= 4 else Where.QUOTED
    if not value.isalpha():
        return Where.WORD
    if low not in vocabulary():
        return Where.WORD if len(value) >= SURE or not value.islower() else Where.EXACT
    return Where.EXACT if len(value) >= SURE else None


def without_an_end(echo: SecretMatcher) -> Iterator[SecretMatcher]:
    """How to look for a secret that lacks its first or last character: what is left is looked for if it is no word."""
    size = len(echo.low)
    for part in (echo.low[:-1], echo.low[1:]) if echo.where.value <= Where.WORD.value and SHORTEST < size < _LONGEST_SHORT else ():
        if size > SURE if part.isdigit() else DIGIT.search(part) or (size > LEAST and not part.isalpha()):
            yield echo._replace(low=part, where=Where.WORD, stem=part, pieces=(), alphanumerics="")
