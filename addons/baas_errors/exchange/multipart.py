"""Multipart bodies (RFC 2046): boundary, parts, names of form fields."""

from __future__ import annotations

import re
from collections.abc import Iterator

MOST_PARTS = 100
_BLANK_LINE = re.compile(rb"(?:\A|\r?\n)\r?\n")
_BOUNDARY = re.compile(r"boundary\s{0,9}=\s{0,9}(?:\"([^\"\r\n]{1,200})\"|([^\s;\"]{1,200}))", re.I)
_NAME = re.compile(r"(?<![A-Za-z*])name\s{0,9}=\s{0,9}(?:\"((?:[^\"\\\r\n]|\\.){0,1000})\"|'([^'\r\n]{0,1000})'|([^\s;\"]{1,1000}))", re.I)


def boundary(content_type: str) -> bytes:
    """The boundary in a Content-Type, or b""."""
    found = _BOUNDARY.search(content_type)
    return (found[1] or found[2]).encode("utf-8", "replace") if found else b""


def parts(data: bytes, mark: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The head and content of each part, at most `MOST_PARTS` + 1; the last one may lack its end."""
    # Only at the beginning of a line: elsewhere the same characters are text.
    between = re.compile(rb"(?:\A|\r?\n)--" + re.escape(mark) + rb"(?=--|\s|\Z)")
    for piece in between.split(data, MOST_PARTS + 2)[1 : MOST_PARTS + 2]:
        if piece.startswith(b"--"):
            return
        piece = piece.removeprefix(b"\r").removeprefix(b"\n")
        head, *content = _BLANK_LINE.split(piece, 1)
        yield head, (content[0] if content else b"").removesuffix(b"\n").removesuffix(b"\r")


def part_name(head: str) -> str:
    """The name of the form field in the head of a part, or ""."""
    found = _NAME.search(head)
    return (found[1] or found[2] or found[3] or "") if found else ""
