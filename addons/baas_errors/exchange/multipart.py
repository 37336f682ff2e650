"""Multipart bodies (RFC 2046): boundary, parts, names of form fields."""

from __future__ import annotations

import quopri
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import NamedTuple

MOST_PARTS = 100
_BEGINS = re.compile(rb"\s{0,9}--([^\s-][^\r\n]{0,200}|-{2,60}[^\r\n]{1,200})\r?\n[A-Za-z-]{1,40}:")
_BLANK_LINE = re.compile(rb"(?:\A|\r?\n)\r?\n")
_ENDS_LINE = re.compile(rb"--|\s|\Z")
_BOUNDARY = re.compile(r"boundary\s{0,9}=\s{0,9}(?:\"([^\"\r\n]{1,200})\"|([^\s;\"]{1,200}))", re.I)
_NAME = re.compile(
    r"(?<![A-Za-z*])name(?:\s{0,9}=\s{0,9}|\*\s{0,9}=\s{0,9}[A-Za-z0-9-]{0,20}'[A-Za-z-]{0,20}')"
    r"(?:\"((?:[^\"\\\r\n]|\\.){0,1000})\"|'([^'\r\n]{0,1000})'|([^\s;\"]{1,1000}))",
    re.I,
)


def boundary(content_type: str) -> bytes:
    """The boundary in a Content-Type, or b""."""
    found = _BOUNDARY.search(content_type)
    return (found[1] or found[2]).encode("utf-8", "replace") if found else b""


def mark_of(content_type: str, data: bytes) -> bytes:
    """The boundary between the parts of a body: the one that its Content-Type names, or else that with which it begins; b"" if it has no parts."""
    mark = boundary(content_type) if content_type[:10].lower() == "multipart/" else b""
    begins = None if mark and b"--" + mark in data else _BEGINS.match(data)
    return begins[1] if begins else mark


def parts(data: bytes, mark: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The head and content of each part, at most `MOST_PARTS` + 1; the last one may lack its end."""
    # Only at the beginning of a line: elsewhere the same characters are text.
    line = b"\n--" + mark
    start = len(line) - 1 if data.startswith(line[1:]) else _after(data, line, 0)[1]
    for _ in range(MOST_PARTS + 1):
        if start < 0 or data.startswith(b"--", start):
            return
        end, following = _after(data, line, start)
        piece = data[start:end].removeprefix(b"\r").removeprefix(b"\n")
        head, *content = _BLANK_LINE.split(piece, 1)
        yield head, (content[0] if content else b"").removesuffix(b"\n").removesuffix(b"\r")
        start = following


def _after(data: bytes, line: bytes, start: int) -> tuple[int, int]:
    """Where the next boundary line begins and where it ends: the end of the data, and -1, if there is none."""
    at = data.find(line, start)
    while at >= 0 and not _ENDS_LINE.match(data, at + len(line)):
        at = data.find(line, at + 1)
    if at < 0:
        return len(data), -1
    return at - (data[at - 1 : at] == b"\r"), at + len(line)


def part_name(head: str) -> str:
    """The name of the form field in the head of a part, or ""."""
    found = _NAME.search(head)
    return (found[1] or found[2] or found[3] or "") if found else ""


class Part(NamedTuple):
    """A part of a multipart body: its headers, the name of its field or "", its media type, its content without transfer encoding."""

    fields: tuple[tuple[str, str], ...]
    name: str
    content_type: str
    content: bytes

    @classmethod
    def of(cls, head: bytes, content: bytes) -> Part:
        """The part with this head and content, as `parts` gives them."""
        text = head[:2_000].decode("utf-8", "replace")
        lines = (line.partition(":") for line in text.splitlines() if line.strip())
        fields = tuple((name.strip(), value.strip()) for name, _, value in lines)
        named = {name.lower(): value for name, value in fields}
        encoding = named.get("content-transfer-encoding", "").lower()
        if encoding == "quoted-printable":
            content = quopri.decodestring(content)
        elif encoding == "base64":
            letters = re.sub(rb"[^A-Za-z0-9+/_-]+", b"", content)
            content = b64decode(
                letters[: len(letters) - (len(letters) % 4 == 1)] + b"=" * (-len(letters) % 4), b"+/" if b"-" not in letters else b"-_"
            )
        return cls(fields, part_name(text), named.get("content-type", ""), content)
