"""Escapes texts for Markdown: they never become markup, HTML, links or mentions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from .escape import one_line, safe

_BACKTICKS = re.compile("`+")
_CODE = re.compile(r"`([^`]+)`")
# Words that code hosts turn into links and mentions in spite of escapes, except in code.
_LINKED = re.compile(r"@|://|www\.|[#!]\d|\bGH-\d|\b[0-9a-f]{7,64}\b", re.I)
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>|~&$^]|(?<=\w)\.(?=\w)|:(?=\w)")
_AT_START = re.compile(r"(?:[#+=-]|\d+(?=[.)]))")


@lru_cache(maxsize=2048)
def code(text: str, most: int = 300, *, cell: bool = False) -> str:
    """The text as inline code on one line; "" for an empty text. `cell`: for a table cell. Cached, since errors repeat their texts."""
    line = one_line(text, most)
    if not line:
        return ""
    if cell:
        # A bar ends a cell even in code. Parsers disagree about a backslash before a bar, so a space separates them.
        line = re.sub(r"\\(?=\|)", r"\\ ", line).replace("|", r"\|")
        line = f"{line} " if line.endswith("\\") else line
    marks = _marks(line, 1)
    pad = " " if line.startswith("`") or line.endswith(("`", " ")) else ""
    return f"{marks}{pad}{line}{pad}{marks}"


def _marks(text: str, least: int) -> str:
    """A run of backticks that is longer than any in the text."""
    return "`" * max(least, 1 + max(map(len, _BACKTICKS.findall(text)), default=0))


@lru_cache(maxsize=2048)
def prose(text: str, most: int = 2_000, *, cell: bool = False) -> str:
    """The text as escaped prose on one line. Text between backticks, as in catalogs, and what could become a link is set as code."""
    line = ""
    for shown in _pieces(one_line(text, most), most, cell):
        # Without a space two adjacent pieces of code would merge.
        line += f" {shown}" if shown.startswith("`") and line.endswith("`") else shown
    return f"\\{line}" if _AT_START.match(line) and not line[0].isdigit() else re.sub(r"^(\d+)([.)])", r"\1\\\2", line)


def _pieces(line: str, most: int, cell: bool) -> Iterator[str]:
    for number, part in enumerate(_CODE.split(line)):
        if number % 2:
            yield code(part, most, cell=cell)
        elif not _LINKED.search(part):
            yield _SPECIAL.sub(r"\\\g<0>", part)
        else:
            for position, word in enumerate(part.split(" ")):
                yield " " if position else ""
                yield code(word, most, cell=cell) if _LINKED.search(word) else _SPECIAL.sub(r"\\\g<0>", word)


def fence(text: str, language: str = "", most: int = 10_000) -> str:
    """The text as a fenced code block, at most `most` characters long."""
    shown = safe(text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(shown) > most:
        shown = f"{shown[:most]}\n\u2026 ({len(shown) - most:,} more characters)"
    marks = _marks(shown, 3)
    return f"{marks}{language}\n{shown}\n{marks}"


def row(cells: Iterable[str]) -> str:
    """A table row of cells made with `cell=True`."""
    return f"| {' | '.join(cells)} |"
