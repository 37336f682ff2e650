"""Tells random texts, as keys and tokens are, from words, names and ids.

In words and names letters follow on each other in common pairs, and letters, capitals and digits change seldom. In a random text two of three
characters break these habits; in the names of fields, classes and routes of the backends' documentation one of four at most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import ascii_lowercase

# Which letters often follow on a letter in the words of European languages.
_COMMON = dict(
    re.findall(
        "([a-z]):([a-z]+)",
        "a:abcdefghiklmnprstuvwxyz b:abceijlorsuy c:aceghiklmorstuy d:adegilmnorsuwy e:abcdefghiklmnopqrstuvwxyz f:aefgilorstuy g:aeghilmnorstuy "
        "h:aeilmnorstuwy i:abcdefgklmnopqrstuvxz j:aeosu k:aeiklnorstuy l:abcdefgiklmnopstuvy m:abeimnopsuy n:acdefgijklnopqstuvyz "
        "o:abcdefghiklmnoprstuvwxyz p:aehilmoprstuy q:u r:abcdefgiklmnopqrstuvwyz s:acdefghiklmnopqrstuwyz t:acdefhilmnorstuwyz "
        "u:abcdefgiklmnoprstuvxz v:aeioruy w:aehiklnorst x:aceiopty y:acdeilmnopst z:aehiouyz",
    )
)
_ODD = frozenset(a + b for a in ascii_lowercase for b in ascii_lowercase if b not in _COMMON[a])
# A word with its capital, capitals, a number.
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[A-Z]|[0-9]+")
# Few texts have a piece so long, in which nothing ends a word.
RUN = re.compile(r"[A-Za-z0-9_~-]{16,}")
_SPLIT = re.compile("[_~-]+")
_HEX = re.compile("[0-9a-f]+|[0-9A-F]+")
# A longer number than a SHA-1 is a key; shorter ones are ids and hashes.
_LONGEST_HEX = 40
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
# More is not looked at: a text so long is random as a whole, or not.
_LONGEST = 200
_LEAST_DIFFERENT = 8


def strangeness(text: str) -> float:
    """How many of a text's letters and digits break the habits of words: 0 for a word, about 0.6 for a random text."""
    count, odd = 0, -1
    for piece in _PIECE.findall(text[:_LONGEST]):
        count += len(piece)
        odd += 1
        if len(piece) > 1 and not piece[0].isdigit():
            low = piece.lower()
            odd += sum(low[at : at + 2] in _ODD for at in range(len(low) - 1))
    return odd / count if count else 0.0


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
    kinds = (any(map(str.isdigit, whole)), any(map(str.islower, whole)), any(map(str.isupper, whole)))
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
    for run in RUN.finditer(text):
        if run.start() < end or not is_random(run[0]):
            continue
        start, stop = run.span()
        while match := _BEFORE.search(text, max(end, start - _LONGEST), start):
            start = match.start()
        if match := _AFTER.match(text, stop):
            stop = match.end()
        end = stop
        yield start, stop


# What stands beside a random piece and is a part of it: joined by `.`, `+`, `/` or `=`, and with a digit or capitals among small letters.
_MIXED = r"(?:(?=[A-Za-z_-]*[0-9])(?=[A-Z0-9_-]*[a-z])|(?=[a-z0-9_-]+[A-Z]))[A-Za-z0-9_~-]{1,100}"
_BEFORE = re.compile(rf"(?<![A-Za-z0-9_~/-])(?!v[0-9]{{1,2}}\b){_MIXED}[.+]\Z")
_AFTER = re.compile(rf"(?:[.+]{_MIXED}|/(?=[A-Za-z0-9+/]*[+=]){_MIXED}){{0,12}}={{0,3}}")
