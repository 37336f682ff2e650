"""Where an answer repeats a secret of its request: the shorter and plainer the value, the surer must be that it is no word of the server's own."""

from __future__ import annotations

import base64
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from .placeholders import MARK, Replace, spliced

SHORTEST = 3
# From here on a word is taken for the secret although the server might have said it by itself.
_SURE = 6
_UNMISTAKABLE = 12
# So much of a secret that was cut is taken for it: where there is a digit in it, and where there is none.
_LEAST, _LEAST_PLAIN = 8, 12
_MOST_TRIES = 40
_SHORT_TEXT = 300
# To search a text for a piece takes as long as to cut one piece out of it, and some more.
_PIECES_A_SEARCH = 2
_SHORTEST_ENCODED, _MOST_ENCODED = 5, 2_000
_RUN = re.compile(r"[A-Za-z0-9+/_-]{5,}+={0,2}")
_DIGIT = re.compile(r"\d")
# No word of anybody's has a digit before a letter.
_MIXED = re.compile("[0-9][A-Za-z]")
# What secrets are in one piece of; what joins the parts of a longer word; what stands in the place of what was cut off.
_ONE_PIECE = re.compile(r"[A-Za-z0-9._~+/=:-]+|.{1,40}")
_JOINS = frozenset("-_.:/@+")
_HIDDEN = frozenset("*.\u2026\u2022")
# What is written in another way by somebody who repeats a text, or cannot be seen in it.
_ODD = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u17b4\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+"
    r"|(?P<one>[\"'])(?P=one)|(?P<space>[\s\u00a0]{2,}|[^\S ])|(?P<i>\u0130)"
)
_OPENING = "\"'`\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb\u2039\u203a"


class Where(Enum):
    """Where a value is taken for the secret."""

    ANYWHERE = 0  # It can be nothing else.
    WORD = 1  # Not inside a longer word.
    EXACT = 2  # As a word, written as it was sent.
    APART = 3  # A number with nothing of a longer one beside it.
    QUOTED = 4  # Between quotation marks.


class SecretMatcher(NamedTuple):
    """A secret of the request, and where it is taken for one.

    `low` is the value as `comparable` gives it, and `stem` its beginning. A text that has neither that nor one of the `pieces` in it does not repeat
    the value, nor enough of it. With a piece goes its place in the value.
    """

    value: str
    low: str
    where: Where
    stem: str
    pieces: tuple[tuple[int, str], ...] = ()
    kind: str = "secret"


def echo_of(value: str, vocabulary: Callable[[], frozenset[str]], *, cut: bool = True, kind: str = "secret") -> SecretMatcher | None:
    """How to look for a value of some kind; None for one that cannot be told from ordinary words. `vocabulary` gives those, in small letters.

    With `cut` a part of the value is looked for, too, that lacks the beginning.
    """
    if len(value) < SHORTEST:
        return None
    low, _ = comparable(value)
    if len(value) >= _UNMISTAKABLE and _DIGIT.search(value) is not None:
        # Most secrets are long and mixed enough to be no word of anybody's.
        pieces: list[tuple[int, str]] = []
        if cut and "://" not in low and _ONE_PIECE.fullmatch(value):
            size = len(low)
            places = (*range(_SURE, size - _SURE, max(_SURE + 2, size // 6)), size - _SURE)
            # A row of zeros stands in many numbers.
            pieces = [(at, piece) for at in places if (piece := low[at : at + _SURE]).count(low[at]) < _SURE - 1]
        return SecretMatcher(value, low, Where.ANYWHERE, low[:_SURE], tuple(pieces), kind)
    where = _where(value, low, vocabulary)
    if where is None:
        return None
    least = _LEAST_PLAIN if where is Where.WORD else len(low)
    return SecretMatcher(value, low, where, low[:least], (), kind)


def comparable(text: str) -> tuple[str, list[int] | None]:
    """A text as it is compared: in small letters, a space for each `+` and for white space, doubled quotation marks once, nothing that is invisible.

    With it, the place in the text of each of its characters, and of its end; None if all stand where they stood.
    """
    low = text.lower().replace("+", " ")
    if text.isascii() and text.isprintable():
        # Most texts: a quick test.
        if '""' not in text and "''" not in text and "  " not in text:
            return low, None
    elif _ODD.search(text) is None:
        return low, None
    parts: list[str] = []
    places: list[int] = []
    at = 0
    for match in _ODD.finditer(text):
        parts.append(text[at : match.start()].lower().replace("+", " "))
        places.extend(range(at, match.start()))
        at = match.end()
        if match["one"] or match["space"] or match["i"]:
            parts.append(match["one"] or (match["i"] and "i") or " ")
            places.append(match.start())
    parts.append(text[at:].lower().replace("+", " "))
    places.extend(range(at, len(text) + 1))
    return "".join(parts), places


def _where(value: str, low: str, vocabulary: Callable[[], frozenset[str]]) -> Where | None:
    if value.isdigit():
        return Where.WORD if len(value) >= _SURE else Where.APART if len(value) >= 4 else Where.QUOTED
    if not value.isalpha():
        return Where.WORD
    if low not in vocabulary():
        return Where.WORD if len(value) >= _SURE or not value.islower() else Where.EXACT
    return Where.EXACT if len(value) >= _SURE else None


def without_repeats(text: str, echoes: Collection[SecretMatcher], replace: Replace) -> str:
    """A text with `replace("secret", value)` in the place of every value that it repeats."""
    low, places = comparable(text)
    spans: list[tuple[int, int, SecretMatcher]] = []
    tries, flooded = 0, dict[str, SecretMatcher]()

    def span(start: int, end: int) -> tuple[int, int]:
        return (start, end) if places is None else (places[start], places[end - 1] + 1)

    # In a short text a look-up among all its pieces is quicker than a search for each of many.
    is_quicker = len(low) <= _SHORT_TEXT and len(low) < sum([len(echo.pieces) for echo in echoes]) * _PIECES_A_SEARCH
    shorts = frozenset([low[at : at + _SURE] for at in range(len(low) - _SURE + 1)]) if is_quicker else None

    for echo in echoes:
        sought, stem, size = echo.low, echo.stem, len(echo.low)
        stem = sought if stem in flooded else stem
        at = low.find(stem)
        while at >= 0:
            if low.startswith(sought, at):
                if _fits(echo, text, *span(at, at + size)):
                    spans.append((*span(at, at + size), echo))
            elif _is_cut(sought, text, *span(at, end := at + _common(low, at, sought, len(stem))), end - at) or (
                # A text that was cut ends, it may be, with the beginning of a secret.
                end == len(low) and echo.where is Where.ANYWHERE
            ):
                spans.append((*span(at, end), echo))
            elif (tries := tries + 1) > _MOST_TRIES:
                # Whoever writes the same beginnings so often does it to take time: each is taken for a part of the secret.
                flooded.setdefault(stem, echo)
                stem = sought
            at = low.find(stem, at + 1)
        for offset, piece in echo.pieces if shorts is None or shorts else ():
            if (shorts is not None and piece not in shorts) or (at := low.find(piece)) < 0:
                continue
            while at >= 0 and tries <= _MOST_TRIES:
                end = at + _common(low, at, sought[offset:], len(piece))
                start = at - _common(low[max(0, at - offset) : at][::-1], 0, sought[:offset][::-1], 0)
                # With its beginning it was found above.
                if start > at - offset and _is_piece(sought[offset - (at - start) :][: end - start], text, *span(start, end)):
                    spans.append((*span(start, end), echo))
                else:
                    tries += 1
                at = low.find(piece, end)
    spans += [(*span(*match.span()), echo) for stem, echo in flooded.items() for match in re.finditer(re.escape(stem), low)]
    if not spans:
        return text
    # What stands in for another secret is no place for this one.
    marks = [match.span() for match in MARK.finditer(text)] if "<" in text else []
    spans.sort(key=lambda span: (span[0], -span[1]))
    found: list[tuple[int, int, str]] = []
    for start, stop, echo in spans:
        mark = bisect_right(marks, (stop - 1, len(text))) - 1
        if mark >= 0 and marks[mark][1] > start:
            continue
        if found and start < found[-1][1]:
            # Where two overlap, nothing of either is left.
            found[-1] = (found[-1][0], max(found[-1][1], stop), found[-1][2])
        else:
            found.append((start, stop, replace(echo.kind, echo.value)))
    return spliced(text, found)


def _common(text: str, at: int, value: str, least: int) -> int:
    """How much of a value's beginning stands in a text, of which `least` characters are known to."""
    most = min(len(value), len(text) - at)
    while least < most:
        middle = (least + most + 1) // 2
        if text.startswith(value[least:middle], at + least):
            least = middle
        else:
            most = middle - 1
    return least


def _is_cut(value: str, text: str, start: int, end: int, size: int) -> bool:
    """Whether the beginning of a secret in a text, so many characters of it, is the secret, cut: `invalid token r:c0ffee12...`. Words and addresses
    may begin alike. In the text invisible characters may stand between them."""
    after, goes_on = text[end : end + 1], _is_alnum(text[end + 1 : end + 2])
    if (start and _is_alnum(text[start - 1]) and _is_alnum(text[start])) or _is_alnum(after) or (after in _JOINS and goes_on):
        # It stands in a longer word, name or address.
        return False
    if "://" in value and size < _LEAST + (value.find("?") + 1 or len(value)):
        return False
    within_word = _is_alnum(value[size - 1]) and _is_alnum(value[size])
    if _DIGIT.search(value, 0, size):
        return size >= (_LEAST if within_word or _MIXED.search(value, 0, size) else _LEAST_PLAIN)
    return within_word and size >= _LEAST_PLAIN and not value[:size].isalpha()


def _is_piece(piece: str, text: str, start: int, end: int) -> bool:
    """Whether a part of a secret, without its beginning, is the secret, cut: `no session ...7890abcd`."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    hidden = before[-1:] in _HIDDEN and (before[-1:] != "." or before == "..")
    if not hidden and (_is_alnum(before[-1:]) or (before[-1:] in _JOINS and _is_alnum(before[:1]))):
        return False
    if _is_alnum(after[:1]) or (after[:1] in _JOINS and _is_alnum(after[1:])):
        return False
    return len(piece) >= _LEAST and (_MIXED.search(piece) is not None or (hidden and _DIGIT.search(piece) is not None))


def _fits(echo: SecretMatcher, text: str, start: int, end: int) -> bool:
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
    if echo.where is Where.QUOTED or (before and before in "-.:/_#,"):
        return False
    return not (after and after in "-.:/_," and _is_alnum(text[end + 1 : end + 2]))


def _is_alnum(character: str) -> bool:
    return character.isascii() and character.isalnum()


class SecretMatchers:
    """The secrets of one request, to be looked for in many texts. A plain text that has none of the `stems` in it repeats none of them. They are
    `whole` if the request has no other."""

    def __init__(self, echoes: Iterable[SecretMatcher] = (), *, whole: bool = True) -> None:
        self.echoes = tuple(echoes)
        self.whole = whole
        self.stems = tuple([stem for echo in self.echoes for stem in (echo.stem, *(piece for _, piece in echo.pieces))])

    def sure(self) -> SecretMatchers:
        """Those of the secrets that can be nothing else."""
        sure = [echo for echo in self.echoes if echo.where is Where.ANYWHERE]
        return self if self.whole and len(sure) == len(self.echoes) else SecretMatchers(sure)

    @cached_property
    def _encoded(self) -> frozenset[str]:
        return frozenset(part for echo in self.echoes if len(echo.value) >= _SHORTEST_ENCODED for part in _parts(echo.value))

    def without_encoded(self, text: str, replace: Replace) -> str:
        """A text without the runs of base64 that hold a secret. Ask only of texts in which something could be base64: others have none."""
        places: list[int] = []
        for part in self._encoded:
            at = text.find(part)
            while at >= 0 and len(places) < _MOST_ENCODED:
                places.append(at)
                at = text.find(part, at + len(part))
        if not places:
            return text
        places.sort()

        def shown(run: re.Match[str]) -> str:
            at = bisect_left(places, run.start())
            # Who repeats secrets so often has no other run that is worth to be seen.
            held = len(places) >= _MOST_ENCODED or (at < len(places) and places[at] < run.end())
            return replace("encoded", run[0]) if held else run[0]

        return _RUN.sub(shown, text)


NOTHING = SecretMatchers()


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
