"""The marks that stand in the place of secrets: found again, so that a URL can be completed or a command filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

# Gives the placeholder for a kind and a value.
Replace = Callable[[str, str], str]
# Written by redact: `<jwt 812 chars exp 1793188800 #a41f9c>`. Nothing else is a mark: a server could write one around a secret.
KINDS = ("secret", "cookie", "credentials", "user", "jwt", "key", "session token", "email", "card", "iban", "pem", "userinfo", "encoded")
_FACTS = r"(?: alg [A-Za-z0-9]{1,10})?(?: exp \d{1,12})?"
MARK = re.compile(rf"<(?P<kind>{'|'.join(KINDS)}) (?P<size>\d{{1,9}} chars)(?P<facts>{_FACTS}) #(?P<pseudonym>[0-9a-f]{{6}})>")
_WHOLE = re.compile(rf"(?:(?P<app>[A-Za-z0-9_-]{{1,60}}):|{MARK.pattern.replace('?P<', '?P<user_')}:)?{MARK.pattern}")


class Mark(NamedTuple):
    """One mark: what kind of value it stands for, its size as `12 chars`, and the pseudonym."""

    kind: str
    size: str
    pseudonym: str


def pieces(text: str) -> Iterator[str | Mark]:
    """A text as its plain parts and its marks, in order."""
    end = 0
    for match in MARK.finditer(text):
        if match.start() > end:
            yield text[end : match.start()]
        yield Mark(match["kind"], match["size"], match["pseudonym"])
        end = match.end()
    if end < len(text):
        yield text[end:]


def without_marks(text: str, instead: str) -> str:
    """A text with the same words in the place of every mark."""
    return MARK.sub(instead, text) if "<" in text else text


def is_marked(text: str, is_app: Callable[[str], bool]) -> bool:
    """Whether a value was replaced before: it is a mark, with at most the mark of a user or an app's id before it."""
    match = _WHOLE.fullmatch(text) if text.endswith(">") else None
    return match is not None and (match["app"] is None or is_app(match["app"]))


def spliced(text: str, spans: Iterable[tuple[int, int, str]]) -> str:
    """A text with other text in the place of some spans: `(start, end, instead)`, in order and without overlaps."""
    end = 0
    parts: list[str] = []
    for start, stop, instead in spans:
        parts += (text[end:start], instead)
        end = stop
    return "".join((*parts, text[end:])) if parts else text
