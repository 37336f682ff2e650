"""Texts of a server whose request held too much to be searched for secrets: they may repeat one that nobody knows."""

from __future__ import annotations

import re

from .placeholders import MARK

# Stands in the place of words that may be secrets.
NOT_SHOWN = "<not shown>"
_MANY = re.compile(rf"{NOT_SHOWN}(?:\s{{1,9}}{NOT_SHOWN})+")
_MARK_OR_WORD = re.compile(rf"{MARK.pattern}|\S+")
_PLAIN = re.compile(
    r"(?:(?<![A-Za-z])(?:[A-Z]?[a-z]+|[A-Z]+)(?![A-Za-z])|(?<![0-9])[0-9]{1,3}(?![0-9])|(?<![^\w\s])[\"'`(\[.,:;!?)\]/<>={}-]{1,3}(?![^\w\s]))+"
)
_LETTERS = re.compile("[A-Za-z]+")


def known_words(text: str, known: frozenset[str]) -> str:
    """The words of a text that are known, in small letters, short numbers and marks; what stands for all others says that they are not shown."""

    def shown(word: re.Match[str]) -> str:
        plain = _PLAIN.fullmatch(word[0]) and all(part.lower() in known for part in _LETTERS.findall(word[0]))
        return word[0] if plain or MARK.fullmatch(word[0]) else NOT_SHOWN

    return _MANY.sub(NOT_SHOWN, _MARK_OR_WORD.sub(shown, text))
