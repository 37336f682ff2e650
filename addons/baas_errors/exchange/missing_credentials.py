"""Headers that a capture lacks though the app may have sent them: Chrome, Edge and related browsers leave credentials out of HAR files.

Since 2024 their export has no Authorization, Cookie or Set-Cookie unless the setting "Allow to generate HAR with sensitive data" is on. Nothing in
the file says so. What follows from the absence of such a header follows from nothing then, and must not be said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import BinaryIO

from . import Headers

NAMES = frozenset({"authorization", "cookie"})
_BROWSER = re.compile(r'"creator"\s*:\s*\{[^{}]*"WebInspector"')
# A header or cookie that is listed; a text that holds JSON has its quotes escaped.
_CREDENTIAL = re.compile(r'"name"(?<!\\"name")\s*:\s*"(?i:authorization|cookie|set-cookie)"')
_BEGUN = re.compile(r'"startedDateTime"\s*:\s*"([0-9T:.Z+-]{10,40})"')
# A file is searched in pieces; what is looked for is shorter than what they share.
_PIECE, _SHARED = 1 << 20, 1 << 10

# `<session token 34 chars #a41f9c>`, as it is written here; others write `[REDACTED]`, `Bearer ***` and the like.
_PSEUDONYM = re.compile(r"<[^<>]{1,60} chars #[0-9a-f]{6}>")
_BY_OTHERS = re.compile(
    r"(?:(?:bearer|basic|kinvey|token|masterkey) +)?"
    r"(?:[\[<({*]{0,3} ?(?:[a-z]{1,20} )?(?:redacted|removed|filtered|masked|hidden|sanitized)[\])>}*]{0,3}|[*\u2022]{3,}|x{8,})",
    re.I,
)
_OF_CREDENTIALS = re.compile(r"authorization|cookie|token|key|secret|session|passw", re.I)


def credentials_left_out(text: str) -> bool:
    """Whether a HAR file, given as text, is one from which a browser has taken the credentials, or could be."""
    return bool(_BROWSER.search(text)) and not _CREDENTIAL.search(text)


def begun_without(file: BinaryIO) -> frozenset[str]:
    """When the requests in such a HAR file began, as it says so; none for any other file. Only a piece of it is in memory at a time."""
    browser, tail = False, ""
    begun: set[str] = set()
    while piece := file.read(_PIECE):
        # All that is looked for is ASCII.
        text = tail + piece.decode("latin-1")
        if _CREDENTIAL.search(text):
            return frozenset()
        browser = browser or bool(_BROWSER.search(text))
        begun.update(_BEGUN.findall(text))
        tail = text[-_SHARED:]
    return frozenset(begun) if browser else frozenset()


class LackingHeaders(Headers):
    """The headers of such a request. `missed` is set once a header is asked for that may have been left out; `redacted` says that it was replaced."""

    __slots__ = ("_lacks", "missed", "redacted")

    def __init__(self, fields: Iterable[tuple[str, str]] = (), lacks: frozenset[str] = NAMES, *, redacted: bool = False) -> None:
        super().__init__(fields)
        self._lacks, self.redacted = lacks, redacted
        self.missed = False

    def get(self, name: str, default: str = "") -> str:
        """The first value of a header, or the default."""
        self._note(name)
        return super().get(name, default)

    def first(self, names: Iterable[str]) -> str:
        """The value of the first of several headers that is there and not empty, or ""."""
        for name in names:
            if value := self.get(name).strip():
                return value
        return ""

    def __contains__(self, name: object) -> bool:
        self._note(name)
        return super().__contains__(name)

    def _note(self, name: object) -> None:
        if isinstance(name, str) and name.lower() in self._lacks:
            self.missed = True


def with_redactions(headers: Headers) -> Headers:
    """The headers; if secrets in them were replaced before, here or by others, as ones of which nothing can be said."""
    lacks = frozenset(name.lower() for name, value in headers.fields if _may_bear_credentials(name[:100]) and _is_redacted(value))
    return LackingHeaders(headers.fields, lacks, redacted=True) if lacks else headers


@lru_cache(maxsize=1024)
def _may_bear_credentials(name: str) -> bool:
    """Whether a header's name speaks of credentials."""
    return _OF_CREDENTIALS.search(name) is not None


def _is_redacted(value: str) -> bool:
    """Whether something else stands in the place of a header's value."""
    return _PSEUDONYM.search(value) is not None or _BY_OTHERS.fullmatch(value.strip()) is not None
