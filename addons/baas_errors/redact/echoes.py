"""Where an answer repeats a secret of its request: the shorter and plainer the value, the surer must be that it is no word of the server's own."""

from __future__ import annotations

import base64
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice, pairwise

from .comparable import alphanumerics, any_of, comparable, without_tags
from .matchers import DIGIT, LEAST, LEAST_PLAIN, SURE, SecretMatcher, Where
from .placeholders import MARK, Replace, spliced

_MOST_TRIES = 40
_SHORT_TEXT = 300
# To search a text for a piece takes as long as to cut one piece out of it, and some more.
_PIECES_A_SEARCH = 2
_SHORTEST_ENCODED, _MOST_ENCODED = 4, 2_000
_RUN = re.compile(r"[A-Za-z0-9+/_-]{5,}+={0,2}")
# What stands in the place of what was cut off, or between two halves.
_SIGN = re.compile(r"\.{3,}|[\u2026\u2022*]+|\^|<-+ ?here ?-*>?")
_MOST_SIGNS, _WIDEST_GAP, _LEAST_CUT = 20, 12, 5
# No word of anybody's has a digit before a letter.
_MIXED = re.compile("[0-9][A-Za-z]")
_LETTERS = re.compile("[a-z]{3}", re.I)
# What joins the parts of a longer word; what stands in the place of what was cut off.
_JOINS = frozenset("-_.:/@+")
_HIDDEN = frozenset("*.\u2026\u2022")
Earlier = Callable[[str], Iterable[tuple[int, int, str]]]
_WORD_BEFORE, _WORD_AFTER, _LONGEST_WORD = re.compile(r"\b[A-Za-z]+ \Z"), re.compile(r" [A-Za-z]+\b"), 30
_OPENING = "\"'`\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb\u2039\u203a"


def without_repeats(text: str, echoes: Sequence[SecretMatcher], replace: Replace) -> str:
    """A text with `replace("secret", value)` in the place of every value that it repeats."""
    low, places = comparable(text)
    spans: list[tuple[int, int, SecretMatcher]] = []
    tries, flooded = 0, dict[str, SecretMatcher]()

    def span(start: int, end: int) -> tuple[int, int]:
        return (start, end) if places is None else (places[start], places[end - 1] + 1)

    # In a short text a look-up among all its pieces is quicker than a search for each of many.
    is_quicker = len(low) <= _SHORT_TEXT and len(low) < sum([len(echo.pieces) for echo in echoes]) * _PIECES_A_SEARCH
    shorts = frozenset([low[at : at + SURE] for at in range(len(low) - SURE + 1)]) if is_quicker else None

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
    bare = without_tags(low)
    parts = (*_at_signs(low, echoes), *_across(low, echoes), *(_across(bare, echoes) if bare != low else ()))
    spans += [(*span(start, end), echo) for start, end, echo in parts]
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


def _across(low: str, echoes: Sequence[SecretMatcher]) -> Iterator[tuple[int, int, SecretMatcher]]:
    """Where the letters of a secret stand in a text with other signs between them: `Zq 7x K9`, `"Zq7" + "xK9"`, `Zq-7x.K9`."""
    letters, places = alphanumerics(low), None
    for echo in echoes:
        at = letters.find(echo.alphanumerics) if echo.alphanumerics else -1
        while at >= 0:
            places = places or [place for place, letter in enumerate(low) if letter.isalnum()]
            stands = places[at : at + len(echo.alphanumerics)]
            start, end = stands[0], stands[-1] + 1
            beside = low[start - 1 : start] + low[end : end + 1]
            glued = any(map(str.isdigit, beside)) if echo.alphanumerics.isdigit() else any(map(str.isalnum, beside))
            if not glued and all(after - before <= _WIDEST_GAP for before, after in pairwise(stands)):
                yield start, end, echo
            at = letters.find(echo.alphanumerics, at + len(echo.alphanumerics))


def _at_signs(low: str, echoes: Sequence[SecretMatcher]) -> Iterator[tuple[int, int, SecretMatcher]]:
    """Where a part of a secret stands beside the sign that the rest was cut off: `Zq7x...`, `...K9vW`, `Zq7…9vW`."""
    signs = [match.span() for match in islice(_SIGN.finditer(low), _MOST_SIGNS)]
    for (start, end), (following, _) in zip(signs, [*signs[1:], (len(low), 0)], strict=False):
        between = low[end:following].strip()
        for echo in echoes:
            sought, size = echo.low, len(echo.low)
            least = max(_LEAST_CUT, size // 3)
            if echo.where.value > Where.WORD.value or size <= least:
                continue
            at = low.find(sought[:_LEAST_CUT], max(0, start - size), start)
            if at >= 0 and start - at >= least and sought.startswith(low[at:start]) and not (at and _is_alnum(low[at - 1])):
                yield at, start, echo
            at = low.find(sought[-_LEAST_CUT:], end, end + size) + _LEAST_CUT
            if at >= end + least and sought.endswith(low[end:at]) and not _is_alnum(low[at : at + 1]):
                yield end, at, echo
            elif least <= len(between) < size and between in sought:
                at = low.index(between, end)
                yield at, at + len(between), echo


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
    if "://" in value and size < LEAST + (value.find("?") + 1 or len(value)):
        return False
    within_word = _is_alnum(value[size - 1]) and _is_alnum(value[size])
    if DIGIT.search(value, 0, size):
        return size >= (LEAST if within_word or _MIXED.search(value, 0, size) else LEAST_PLAIN)
    return within_word and size >= LEAST_PLAIN and not value[:size].isalpha()


def _is_piece(piece: str, text: str, start: int, end: int) -> bool:
    """Whether a part of a secret, without its beginning, is the secret, cut: `no session ...7890abcd`."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    hidden = before[-1:] in _HIDDEN and (before[-1:] != "." or before == "..")
    if not hidden and (_is_alnum(before[-1:]) or (before[-1:] in _JOINS and _is_alnum(before[:1]))):
        return False
    if _is_alnum(after[:1]) or (after[:1] in _JOINS and _is_alnum(after[1:])):
        return False
    if len(piece) < LEAST or DIGIT.search(piece) is None:
        return False
    # Without a sign of the cut, a date or number at the end of the secret may be said by itself.
    return hidden or _MIXED.search(piece) is not None or (len(piece) >= LEAST_PLAIN and _LETTERS.search(piece) is not None)


def _fits(echo: SecretMatcher, text: str, start: int, end: int) -> bool:
    if echo.where is Where.ANYWHERE:
        return True
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    if echo.where is Where.WORD and echo.low.isdigit():
        # Letters beside a number are none of it.
        return not (before.isdigit() or after.isdigit())
    if (_is_alnum(before) and _is_alnum(text[start])) or (_is_alnum(after) and _is_alnum(text[end - 1])):
        return False
    if echo.where is Where.WORD:
        return True
    if before and before in _OPENING and after and after in _OPENING + "\\":
        return True
    if echo.where is Where.EXACT:
        return text[start:end] == echo.value and not any(phrase in echo.phrases() for phrase in _phrases_at(text, start, end))
    if echo.where is Where.QUOTED or (before and before in "-.:/_#,"):
        return False
    return not (after and after in "-.:/_," and _is_alnum(text[end + 1 : end + 2]))


def _phrases_at(text: str, start: int, end: int) -> Iterator[str]:
    """A word with the one before it, and with the one after it."""
    if before := _WORD_BEFORE.search(text, max(0, start - _LONGEST_WORD), start):
        yield (before[0] + text[start:end]).lower()
    if after := _WORD_AFTER.match(text, end):
        yield (text[start:end] + after[0]).lower()


def _is_alnum(character: str) -> bool:
    return character.isascii() and character.isalnum()


def nowhere(_text: str) -> Iterable[tuple[int, int, str]]:
    """Where no request was before: in no place of a text."""
    return ()


class SecretMatchers:
    """The secrets of one request, to be looked for in many texts. They are `whole` if the request has no other. `earlier` finds in a text those of
    earlier requests: beginning, end and kind of each."""

    def __init__(self, echoes: Iterable[SecretMatcher] = (), *, whole: bool = True, earlier: Earlier = nowhere) -> None:
        self.echoes = tuple(echoes)
        self.whole, self.earlier = whole, earlier
        self._stems = tuple([stem for echo in self.echoes for stem in (echo.stem, *(piece for _, piece in echo.pieces))])
        self._alphanumerics = tuple([echo.alphanumerics for echo in self.echoes if echo.alphanumerics])

    def may_be_in(self, text: str) -> bool:
        """Whether one of the secrets may be in a plain text."""
        if any(True for _ in self.earlier(text)):
            return True
        low = comparable(text)[0] if self.echoes else ""
        return bool(low) and (any_of(self._stems, low) or (bool(self._alphanumerics) and any_of(self._alphanumerics, alphanumerics(low))))

    def sure(self) -> SecretMatchers:
        """Those of the secrets that can be nothing else."""
        sure = [echo for echo in self.echoes if echo.where is Where.ANYWHERE]
        return self if self.whole and len(sure) == len(self.echoes) else SecretMatchers(sure, earlier=self.earlier)

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
