"""The marks that stand in the place of secrets: found again, so that a URL can be completed or a command filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# Written by redact: `<jwt 812 chars exp 1793188800 #a41f9c>`. Nothing else is a mark: a server could write one around a secret.
KINDS = ("secret", "cookie", "credentials", "user", "jwt", "key", "session token", "email", "card", "pem", "userinfo", "encoded")
_FACTS = r"(?: alg [A-Za-z0-9]{1,10})?(?: exp \d{1,12})?"
MARK = re.compile(rf"<(?P<kind>{'|'.join(KINDS)}) (?P<size>\d{{1,9}} chars)(?P<facts>{_FACTS}) #(?P<pseudonym>[0-9a-f]{{6}})>")
_WHOLE = re.compile(rf"(?:kid_[A-Za-z0-9_-]{{1,30}}:|{MARK.pattern.replace('?P<', '?P<user_')}:)?{MARK.pattern}")


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


def is_marked(text: str) -> bool:
    """Whether a value was taken out before: it is a mark, with a user's name or an app id before it at most."""
    return text.startswith(("<", "k")) and _WHOLE.fullmatch(text) is not None
