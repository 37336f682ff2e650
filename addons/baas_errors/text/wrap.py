"""Paragraphs for terminals. `textwrap` takes ten times as long, which counts where every error of a flood is printed."""

from __future__ import annotations


def wrap(text: str, width: int, first: str, rest: str) -> list[str]:
    """The words of a text on lines of at most `width` characters, the first line after `first`, the others after `rest`.

    What is longer than a line is broken. An empty text has no lines.
    """
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
    """A line as it is, or in pieces where one word is longer than a line has room for."""
    if len(line) <= width:
        return [line]
    pieces = [line[:width]]
    room = max(1, width - len(rest))
    pieces.extend(rest + line[at : at + room] for at in range(width, len(line), room))
    return pieces
