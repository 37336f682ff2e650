"""Tells random texts, as keys and tokens are, from words, names and ids.

In words and names letters follow on each other in common pairs, and letters, capitals and digits change seldom. In a random text two of three
characters break these habits; in the names of fields, classes and routes of the backends' documentation one of four at most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from operator import add

# Which letters often follow on a letter in the words of European languages.
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_COMMON = dict(
    re.findall(
        "([a-z]):([a-z]+)",
        "a:abcdefghiklmnprstuvwxyz b:abceijlorsuy c:aceghiklmorstuy d:adegilmnorsuwy e:abcdefghiklmnopqrstuvwxyz f:aefgilorstuy g:aeghilmnorstuy "
        "h:aeilmnorstuwy i:abcdefgklmnopqrstuvxz j:aeosu k:aeiklnorstuy l:abcdefgiklmnopstuvy m:abeimnopsuy n:acdefgijklnopqstuvyz "
        "o:abcdefghiklmnoprstuvwxyz p:aehilmoprstuy q:u r:abcdefgiklmnopqrstuvwyz s:acdefghiklmnopqrstuwyz t:acdefhilmnorstuwyz "
        "u:abcdefgiklmnoprstuvxz v:aeioruy w:aehiklnorst x:aceiopty y:acdeilmnopst z:aehiouyz",
    )
)
# Pairs of letters that no word has, in small letters, in capitals, and at the beginning of a word.
_ODD = frozenset(
    pair for a in _LETTERS for b in _LETTERS if b not in _COMMON[a] for pair in (a + b, a.upper() + b, a.upper() + b.upper())
).__contains__
# A word with its capital, capitals, a number.
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[A-Z]|[0-9]+")
_SMALL, _CAPITAL, _DIGIT = re.compile("[a-z]"), re.compile("[A-Z]"), re.compile("[0-9]")
# Few texts have a piece so long, in which nothing ends a word.
RUN = re.compile(r"[A-Za-z0-9_~-]{16,}")
_SPLIT = re.compile("[_~-]+")
_HEX = re.compile("[0-9a-f]+|[0-9A-F]+")
# A longer number than a SHA-1 is a key; shorter ones are ids and hashes.
_LONGEST_HEX = 40
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
_ESCAPED = re.compile("%[0-9A-Fa-f]{2}")
# More is not looked at: a text so long is random as a whole, or not.
_LONGEST = 200
_LEAST_DIFFERENT = 8


def strangeness(text: str) -> float:
    """How many of a text's letters and digits break the habits of words: 0 for a word, about 0.6 for a random text."""
    text = text[:_LONGEST]
    pieces = _PIECE.findall(text)
    return (len(pieces) - 1 + sum(map(_ODD, map(add, text, text[1:])))) / sum(map(len, pieces)) if pieces else 0.0


def is_hexadecimal(text: str) -> bool:
    """Whether a text consists of hexadecimal digits, in one case, and of more than a few."""
    return len(set(text)) >= _LEAST_DIFFERENT // 2 and _HEX.fullmatch(text) is not None


def is_random(run: str) -> bool:
    """Whether a piece of a text is long, mixed and random, and no id in hexadecimal: UUIDs, ObjectIDs, hashes up to SHA-1."""
    if len(set(run)) < _LEAST_DIFFERENT or _UUID.fullmatch(run):
        return False
    parts = _SPLIT.split(run[:_LONGEST])
    if any(len(part) > _LONGEST_HEX and _HEX.fullmatch(part) for part in parts):
        return True
    # Ids in hexadecimal, with a name before or after them.
    rest = [part for part in parts if not (len(part) >= 8 and _HEX.fullmatch(part))]
    whole = "".join(rest)
    if len(whole) < 16:
        return False
    kinds = tuple(kind.search(whole) is not None for kind in (_DIGIT, _SMALL, _CAPITAL))
    if all(kinds):
        return strangeness(whole) >= (0.4 if len(rest) == 1 else 0.45)
    # Of two kinds of characters one piece must be long: dates, versions and names have short ones.
    longest = max(rest, key=len)
    if kinds[0]:
        return (len(longest) >= 20 and strangeness(longest) >= 0.36) or (len(longest) >= 16 and kinds[2] and strangeness(longest) >= 0.5)
    if kinds[1] and kinds[2]:
        return len(longest) >= 16 and strangeness(longest) >= (0.38 if len(longest) >= 24 else 0.5)
    return len(longest) >= 24 and strangeness(longest) >= 0.22


def random_parts(text: str) -> Iterator[tuple[int, int]]:
    """Where random pieces stand in a text, in order: beginning and end. Pieces of base64 that a `+`, `/` or `=` parts belong together."""
    end = 0
    runs = (RUN.finditer(text), _BASE64.finditer(text) if "+" in text or "=" in text else ())
    for run in sorted(chain(*runs), key=lambda run: (run.start(), -run.end())) if runs[1] else runs[0]:
        # Behind a percent-encoded character it is found with that decoded.
        if (
            run.start() < end
            or _ESCAPED.match(text, max(0, run.start() - 1))
            or not (is_random(run[0]) or (run.re is _BASE64 and _is_base64(run[0])))
        ):
            continue
        start, stop = run.span()
        while start > end and text[start - 1] in ".+" and (match := _BEFORE.search(text, max(end, start - _LONGEST), start)):
            start = match.start()
        if match := _AFTER.match(text, stop):
            stop = match.end()
        end = stop
        yield start, stop


def _is_base64(run: str) -> bool:
    """Whether all kinds of characters are in a run, mixed as they are in base64 of random bytes."""
    return strangeness(run) >= 0.45 and all(kind.search(run) for kind in (_DIGIT, _SMALL, _CAPITAL))


# A run with a sign in it that is none of a path's.
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/])(?=[A-Za-z0-9/]{0,200}[+=])[A-Za-z0-9+/]{24,}={0,2}")
# What stands beside a random piece and is a part of it: joined by `.`, `+`, `/` or `=`, and with a digit or capitals among small letters.
_MIXED = r"(?:(?=[A-Za-z_-]*[0-9])(?=[A-Z0-9_-]*[a-z])|(?=[a-z0-9_-]+[A-Z]))[A-Za-z0-9_~-]{1,100}"
_BEFORE = re.compile(rf"(?<![A-Za-z0-9_~/-])(?!v[0-9]{{1,2}}\b){_MIXED}[.+]\Z")
_AFTER = re.compile(rf"(?:[.+]{_MIXED}|/(?=[A-Za-z0-9+/]*[+=]){_MIXED}){{0,12}}={{0,3}}")
