"""Reads tnetstrings (`LENGTH:DATA` and a character for the type), the form of mitmproxy's flow files, and as little of one as is wanted.

Each raises ValueError, LookupError or TypeError for what has not this form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

# More digits than this have no meaning; mitmproxy refuses them too.
_MOST_DIGITS = 12
# In bytes: what a damaged length claims is not taken from memory before it is there.
_PIECE = 16 * 1024 * 1024
_LENGTHS = {b"%d" % number: number for number in range(3_000)}


def read_frame(file: BinaryIO) -> bytes | None:
    """The data of the next mapping in a file, None at its end. Raises ValueError where there is none, or it breaks off."""
    digits = b""
    while (character := file.read(1)).isdigit() and len(digits) < _MOST_DIGITS:
        digits += character
    if not character and not digits:
        return None
    if character != b":" or not digits:
        raise ValueError("not a tnetstring")
    left = int(digits)
    pieces = []
    while left:
        piece = file.read(min(left, _PIECE))
        if not piece:
            raise ValueError("breaks off")
        pieces.append(piece)
        left -= len(piece)
    if file.read(1) != b"}":
        raise ValueError("not a mapping")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _length(digits: bytes) -> int:
    if (length := _LENGTHS.get(digits)) is not None:
        return length
    if not digits.isdigit():
        raise ValueError("no length")
    return int(digits)


def spans(data: bytes) -> dict[bytes, tuple[int, bytes]]:
    """The values of a mapping as type and data, not read further."""
    found = {}
    at, size = 0, len(data)
    while at < size:
        # Most of the time of a file is spent here and in `pairs`: a call for each value would take half as long again.
        key = data.index(b":", at, at + _MOST_DIGITS + 1) + 1
        key_end = key + (_LENGTHS.get(data[at : key - 1]) or _length(data[at : key - 1]))
        value = data.index(b":", key_end + 1, key_end + _MOST_DIGITS + 2) + 1
        end = value + (_LENGTHS.get(data[key_end + 1 : value - 1]) or _length(data[key_end + 1 : value - 1]))
        found[data[key:key_end]] = (data[end], data[value:end])
        at = end + 1
    return found


def pairs(kind: int, data: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """A list of pairs of byte strings, as header fields are."""
    found = []
    at, size = 0, len(data) if kind == 93 else -1
    if size < 0:
        raise TypeError
    while at < size:
        start = data.index(b":", at, at + 13) + 1
        name = data.index(b":", start, start + 13) + 1
        name_end = name + _LENGTHS[data[start : name - 1]]
        value = data.index(b":", name_end, name_end + 14) + 1
        end = value + _length(data[name_end + 1 : value - 1])
        if data[name_end] != 44 or data[end] != 44 or data[end + 1] != 93 or data[at : start - 1] != b"%d" % (end + 1 - start):
            raise ValueError("no pair")
        found.append((data[name:name_end], data[value:end]))
        at = end + 2
    return tuple(found)


# By the character for the type.
_SCALARS: dict[int, Callable[[bytes], Any]] = {
    ord(","): bytes, ord(";"): bytes.decode, ord("^"): float, ord("#"): int, ord("~"): lambda _: None,
}  # fmt: skip


def scalar(kind: int, data: bytes) -> Any:
    """The value of a type that holds no others."""
    return _SCALARS[kind](data)
