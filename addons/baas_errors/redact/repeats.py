"""Where an answer repeats a secret of its request: the shorter and plainer the value, the surer must be that it is no word of the server's own."""

from __future__ import annotations

import base64
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from enum import Enum
from typing import NamedTuple

from .marks import MARK

SHORTEST = 3
# From here on a word is taken for the secret although the server might have said it by itself.
_SURE = 6
_UNMISTAKABLE = 12
_SHORTEST_ENCODED = 5
_DIGIT = re.compile(r"\d")
_OPENING = "\"'`\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb\u2039\u203a"


class Where(Enum):
    """Where a value is taken for the secret."""

    ANYWHERE = 0  # It can be nothing else.
    WORD = 1  # Not inside a longer word.
    EXACT = 2  # As a word, written as it was sent.
    APART = 3  # A number with nothing of a longer one beside it.
    QUOTED = 4  # Between quotation marks.


class Echo(NamedTuple):
    """A secret of the request, and where it is taken for one. `low` is the value in small letters."""

    value: str
    low: str
    where: Where


def echo_of(value: str, vocabulary: Callable[[], frozenset[str]]) -> Echo | None:
    """How to look for a value; None for one that cannot be told from ordinary words. `vocabulary` gives those, in small letters."""
    if len(value) < SHORTEST:
        return None
    low = value.lower()
    if is_unmistakable(value):
        return Echo(value, low, Where.ANYWHERE)
    if value.isdigit():
        return Echo(value, low, Where.WORD if len(value) >= _SURE else Where.APART if len(value) >= 4 else Where.QUOTED)
    if not value.isalpha():
        return Echo(value, low, Where.WORD)
    if low not in vocabulary():
        return Echo(value, low, Where.WORD if len(value) >= _SURE or not value.islower() else Where.EXACT)
    return Echo(value, low, Where.EXACT) if len(value) >= _SURE else None


def is_unmistakable(value: str) -> bool:
    """Whether a value is long and mixed enough to be no word of anybody's."""
    return len(value) >= _UNMISTAKABLE and _DIGIT.search(value) is not None


def without_repeats(text: str, echoes: Iterable[Echo], replace: Callable[[str, str], str]) -> str:
    """A text with `replace("secret", value)` in the place of every value that it repeats."""
    low = text.lower()
    # A few letters become two in small: then only what is written as it was sent is found.
    folds = len(low) == len(text)
    spans: list[tuple[int, int, str]] = []
    for echo in echoes:
        sought, searched = (echo.low, low) if folds else (echo.value, text)
        at = searched.find(sought)
        while at >= 0:
            if _fits(echo, text, at, at + len(sought)):
                spans.append((at, at + len(sought), echo.value))
            at = searched.find(sought, at + 1)
    if not spans:
        return text
    # What stands in for another secret is no place for this one.
    marks = [match.span() for match in MARK.finditer(text)] if "<" in text else []
    spans.sort(key=lambda span: (span[0], -span[1]))
    pieces: list[str] = []
    end = 0
    for start, stop, value in spans:
        mark = bisect_right(marks, (stop - 1, len(text))) - 1
        if mark >= 0 and marks[mark][1] > start:
            continue
        if start >= end:
            pieces += (text[end:start], replace("secret", value))
        # Where two overlap, nothing of either is left.
        end = max(end, stop)
    return "".join((*pieces, text[end:]))


def without_beginning(text: str, echoes: Iterable[Echo], replace: Callable[[str, str], str]) -> str:
    """A text that was cut ends, it may be, with the beginning of a secret: it goes too."""
    for echo in echoes:
        if echo.where is Where.ANYWHERE and (at := text.rfind(echo.value[:_SURE], -len(echo.value))) >= 0 and echo.value.startswith(text[at:]):
            return text[:at] + replace("secret", echo.value)
    return text


def _fits(echo: Echo, text: str, start: int, end: int) -> bool:
    if echo.where is Where.ANYWHERE:
        return True
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    if (_is_alnum(before) and _is_alnum(text[start])) or (_is_alnum(after) and _is_alnum(text[end - 1])):
        return False
    if echo.where is Where.WORD:
        return True
    if before and before in _OPENING and after and after in _OPENING + "\\":
        return True
    if echo.where is Where.EXACT:
        return text[start:end] == echo.value
    if echo.where is Where.APART:
        return before not in ("-", ".", ":", "/", "_", "#", ",") and not (
            after in ("-", ".", ":", "/", "_", ",") and _is_alnum(text[end + 1 : end + 2])
        )
    return False


def _is_alnum(character: str) -> bool:
    return character.isascii() and character.isalnum()


class Encoded:
    """The base64 of secrets, in whatever text they are part of: worked out when first asked for."""

    def __init__(self, echoes: Iterable[Echo]) -> None:
        self._echoes = tuple(echoes)
        self._found: tuple[str, ...] | None = None

    def are_in(self, text: str) -> bool:
        """Whether a text holds one of them. Ask only of texts in which something could be base64: others have none."""
        if self._found is None:
            self._found = tuple({part for echo in self._echoes if len(echo.value) >= _SHORTEST_ENCODED for part in _parts(echo.value)})
        return any(part in text for part in self._found)

    def replaced(self, text: str, replace: Callable[[str, str], str]) -> str:
        """A text without the runs of base64 that hold a secret."""
        if not self.are_in(text):
            return text
        parts = self._found or ()
        return _RUN.sub(lambda match: replace("encoded", match[0]) if any(part in match[0] for part in parts) else match[0], text)


_RUN = re.compile(r"[A-Za-z0-9+/_-]{5,}+={0,2}")


def _parts(value: str) -> Iterable[str]:
    """What base64 makes of a value after no, one or two other bytes, without the letters that its neighbours have a part in; for URLs as well."""
    data = value.encode("utf-8", "surrogatepass")[:3000]
    for shift in range(3):
        letters = base64.b64encode(b"\0" * shift + data).decode().rstrip("=")
        part = letters[(0, 2, 3)[shift] : (len(data) + shift) * 8 // 6]
        if len(part) >= _SHORTEST_ENCODED:
            yield part
            if "+" in part or "/" in part:
                yield part.translate(str.maketrans("+/", "-_"))
