"""Texts as they are compared: whoever repeats a text may write it with other letters, quotation marks, line breaks, colours and tags in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# What cannot be seen in a text, or is no part of it; what is written in another way; and letters that look like others.
INVISIBLE = re.compile(
    r"(?:\x1b\[[0-9;?]{0,20}[A-Za-z]"
    r"|[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u0300-\u036f\u061c\u115f\u17b4\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f])+"
)
_ODD = re.compile(
    rf"{INVISIBLE.pattern}"
    r"|(?P<one>[\"'])(?P=one)|(?P<space>[\s\u00a0]{2,}|[^\S ])"
    r"|(?P<letter>[\u00a1-\u052f\u1e00-\u214f\u2460-\u24ff\uff00-\uffef\U0001d400-\U0001d7ff])"
)
_TAG = re.compile(r"</?[a-z]{1,10}>|<!--[^<>]{0,40}-->")
_ALPHANUMERIC = re.compile(r"[^\W_]+")


def comparable(text: str) -> tuple[str, list[int] | None]:
    """A text as it is compared: in small letters without accents, a space for each `+` and for white space, doubled quotation marks once, nothing
    that is invisible.

    With it, the place in the text of each of its characters, and of its end; None if all stand where they stood.
    """
    low = text.lower().replace("+", " ")
    plain = text.isascii() and text.isprintable() and '""' not in text and "''" not in text and "  " not in text
    # Most texts: a quick test.
    if plain or _ODD.search(text) is None:
        return low, None
    parts: list[str] = []
    places: list[int] = []
    at = 0
    for match in _ODD.finditer(text):
        start = match.start()
        parts.append(text[at:start].lower().replace("+", " "))
        places.extend(range(at, start))
        at = match.end()
        if match.lastgroup:
            parts.append(" " if match["space"] else unaccented(match[0][0]).lower())
            places.extend([start] * len(parts[-1]))
    parts.append(text[at:].lower().replace("+", " "))
    places.extend(range(at, len(text) + 1))
    return "".join(parts), places


def any_of(parts: Iterable[str], text: str) -> bool:
    """Whether a text has one of some parts in it."""
    # One look for each is faster than one pattern for all, and than a generator.
    for part in parts:  # noqa: SIM110
        if part in text:
            return True
    return False


@lru_cache(1024)
def unaccented(letters: str) -> str:
    """Letters without their accents, and those of other widths and styles as plain ones: `é` as `e`."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", letters.translate(_STROKES)) if not unicodedata.combining(letter))


# Letters that no decomposition takes apart.
_STROKES = str.maketrans("\u0131\u0142\u00f8\u0141\u00d8\u0130", "iloLOI")


def alphanumerics(low: str) -> str:
    """The letters and digits of a text, without anything that stands between them."""
    return "".join(_ALPHANUMERIC.findall(low))


def without_tags(low: str) -> str:
    """A text with spaces for the tags in it."""
    return _TAG.sub(lambda match: " " * len(match[0]), low) if "<" in low else low
