"""Secrets that earlier requests to the same host were sent with, known by their hashes alone: servers repeat them in later answers, too."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping

from ..history.store import TwoGenerationLRU

_MOST = 2_048
_DIGIT = re.compile("[0-9]")
# A secret in one piece with a letter and a digit in it, as whole as it was sent: words and numbers are said by chance.
_PIECE = re.compile(r"(?=[^\s\"'`<>()\[\]{},;]{0,80}[0-9])(?=[^\s\"'`<>()\[\]{},;]{0,80}[A-Za-z])[^\s\"'`<>()\[\]{},;]{6,400}+")
_AT_END, _AFTER_NAME = ".:!?", re.compile("[=:]")


class EarlierSecrets:
    """Remembers which values were secrets; the values themselves are not kept."""

    def __init__(self) -> None:
        self._kinds: TwoGenerationLRU[int, str] = TwoGenerationLRU(_MOST)
        self._salt = os.urandom(8)

    def note(self, host: str, values: Mapping[str, str]) -> None:
        """Remembers values that were sent to a host, with their kinds."""
        for value, kind in values.items():
            if _PIECE.fullmatch(value):
                self._kinds.put(hash((self._salt, host, value)), kind)

    def found(self, host: str, text: str) -> Iterable[tuple[int, int, str]]:
        """Where such values stand in a text as they were sent, in order: beginning, end and kind."""
        # Most texts have no digit.
        return self._found(host, text) if _DIGIT.search(text) is not None else ()

    def _found(self, host: str, text: str) -> Iterator[tuple[int, int, str]]:
        for match in _PIECE.finditer(text):
            whole = match[0].rstrip(_AT_END)
            starts = (0, *(sign.end() for sign in _AFTER_NAME.finditer(whole)))
            for start in starts[:3]:
                if kind := self._kinds.get(hash((self._salt, host, whole[start:]))):
                    yield match.start() + start, match.start() + len(whole), kind
                    break
