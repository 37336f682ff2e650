"""Texts in Markdown that stay texts: no markup, no HTML, no links, no mentions come of what a server or an app says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from .escape import one_line, safe

_BACKTICKS = re.compile("`+")
_CODE = re.compile(r"`([^`]+)`")
# Words that sites make links and mentions of after all escapes are gone; only code is left alone.
_LINKED = re.compile(r"@|://|www\.|[#!]\d|\bGH-\d|\b[0-9a-f]{7,64}\b", re.I)
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>|~&$^]|(?<=\w)\.(?=\w)|:(?=\w)")
_AT_START = re.compile(r"(?:[#+=-]|\d+(?=[.)]))")


# Reports say much the same of many errors: the last texts are remembered.
@lru_cache(maxsize=2048)
def code(text: str, most: int = 300, *, cell: bool = False) -> str:
    """A text as it is, on one line, as code; "" for an empty one. `cell` says that it stands in a table."""
    line = one_line(text, most)
    if not line:
        return ""
    if cell:
        # A bar ends a cell even in code. Behind a backslash readers differ about it, so the two are kept apart.
        line = re.sub(r"\\(?=\|)", r"\\ ", line).replace("|", r"\|")
        line = f"{line} " if line.endswith("\\") else line
    longest = max((len(run) for run in _BACKTICKS.findall(line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if line.startswith("`") or line.endswith(("`", " ")) else ""
    return f"{fence}{pad}{line}{pad}{fence}"


@lru_cache(maxsize=2048)
def prose(text: str, most: int = 2_000, *, cell: bool = False) -> str:
    """A sentence on one line. What stands between backticks, as in the catalogs, stays code; so does what could become a link."""
    line = ""
    for shown in _pieces(one_line(text, most), most, cell):
        # Two pieces of code side by side would run together.
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
    """A text of several lines as a block of code."""
    shown = safe(text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(shown) > most:
        shown = f"{shown[:most]}\n\u2026 ({len(shown) - most:,} more characters)"
    longest = max((len(run) for run in _BACKTICKS.findall(shown)), default=0)
    marks = "`" * max(3, longest + 1)
    return f"{marks}{language}\n{shown}\n{marks}"


def row(cells: Iterable[str]) -> str:
    """One row of a table, of cells that were made with `cell`."""
    return f"| {' | '.join(cells)} |"
