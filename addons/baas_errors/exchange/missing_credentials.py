"""Headers that a capture lacks although the app may have sent them, so that their absence proves nothing.

Since 2024 Chrome, Edge and related browsers export HAR files without Authorization, Cookie and Set-Cookie, unless the setting "Allow to generate HAR
with sensitive data" is on. The file does not say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import BinaryIO

from . import Headers

NAMES = frozenset({"authorization", "cookie"})
_BROWSER = re.compile(r'"creator"\s*:\s*\{[^{}]*"WebInspector"')
# A listed header or cookie; in a text that contains JSON the quotes are escaped.
_CREDENTIAL = re.compile(r'"name"(?<!\\"name")\s*:\s*"(?i:authorization|cookie|set-cookie)"')
_CREATOR = b'"creator"'
_BEGUN = re.compile(r'"startedDateTime"\s*:\s*"([0-9T:.Z+-]{10,40})"')
# Files are searched in pieces, which overlap by more than the length of what is searched. In bytes.
_PIECE, _SHARED = 1 << 20, 1 << 10
# In bytes; names that are longer together are not remembered.
_USUAL = 2_000
_MAY_BEAR = re.compile(rb"authorization|cookie|token|key|secret|session|passw", re.I)
# Our own pseudonyms, `<session token 34 chars #a41f9c>`, and the marks of other tools: `[REDACTED]`, `Bearer ***`.
_PSEUDONYM = re.compile(r"<[^<>]{1,60} chars #[0-9a-f]{6}>")
_BY_OTHERS = re.compile(
    r"(?:[a-z]{3,12} +)?"
    r"(?:[\[<({*]{0,3} ?(?:[a-z]{1,20} )?(?:redacted|removed|filtered|masked|hidden|sanitized)[\])>}*]{0,3}|[*\u2022]{3,}|x{8,})",
    re.I,
)


def creators_in(file: BinaryIO) -> str:
    """What stands behind each `"creator"` in a HAR file, from its start; the position goes back there. Only a piece is in memory at a time."""
    found, tail = "", b""
    file.seek(0)
    while piece := file.read(_PIECE):
        text = tail + piece
        place = text.find(_CREATOR)
        while place >= 0 and len(found) < _PIECE:
            found += text[place : place + _SHARED].decode("utf-8", "replace")
            place = text.find(_CREATOR, place + 1)
        tail = text[-_SHARED:]
    file.seek(0)
    return found


def credentials_left_out(creators: str, file: BinaryIO) -> bool:
    """Whether a HAR file is from such a browser and lists no credentials. `creators`: what `creators_in` found; the position goes to the start."""
    if not _BROWSER.search(creators):
        return False
    lists = any(_CREDENTIAL.search(text) for text in _pieces(file))
    file.seek(0)
    return not lists


def begun_without(file: BinaryIO) -> frozenset[str]:
    """The start times of the requests in such a HAR file, as written; empty for any other file."""
    if not credentials_left_out(creators_in(file), file):
        return frozenset()
    return frozenset(begun for text in _pieces(file) for begun in _BEGUN.findall(text))


def _pieces(file: BinaryIO) -> Iterator[str]:
    tail = ""
    while piece := file.read(_PIECE):
        text = tail + piece.decode("latin-1")
        yield text
        tail = text[-_SHARED:]


class LackingHeaders(Headers):
    """The headers of such a request. `missed` is set once a possibly missing header was looked up; `redacted`: values were replaced, not left out."""

    def __init__(self, fields: Iterable[tuple[str, str]] = (), lacks: frozenset[str] = NAMES, *, redacted: bool = False) -> None:
        super().__init__(fields)
        self.lacks, self.redacted, self.missed = lacks, redacted, False

    def get(self, name: str, default: str = "") -> str:
        """The first value of a header, or the default."""
        self._note(name)
        return super().get(name, default)

    def first(self, names: Iterable[str]) -> str:
        """The value of the first of several headers that is not empty, or ""."""
        return next((value for name in names if (value := self.get(name).strip())), "")

    def __contains__(self, name: str) -> bool:
        self._note(name)
        return super().__contains__(name)

    def _note(self, name: str) -> None:
        self.missed = self.missed or name.lower() in self.lacks


class UnknownHeaders(LackingHeaders):
    """Stands for the headers of a request that is not in the capture, which has its answer alone."""


@lru_cache(maxsize=1024)
def _may_bear(names: tuple[bytes, ...]) -> tuple[int, ...]:
    """Where among these header names those stand that may bear credentials. Every exchange of a file is asked, and apps repeat their names."""
    return tuple(place for place, name in enumerate(names) if _MAY_BEAR.search(name[:100]))


def with_redactions(headers: Headers) -> Headers:
    """The headers, as LackingHeaders if credentials in them were redacted by this or another tool."""
    names = tuple([name for name, _ in headers.wire])
    places = (_may_bear if sum(map(len, names)) <= _USUAL else _may_bear.__wrapped__)(names)
    if not places:
        return headers
    told = [headers.fields[place] for place in places]
    lacks = frozenset(name.lower() for name, value in told if _PSEUDONYM.search(value) or _BY_OTHERS.fullmatch(value.strip()))
    return LackingHeaders(headers.fields, lacks, redacted=True) if lacks else headers
