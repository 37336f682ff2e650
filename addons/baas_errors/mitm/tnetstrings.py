"""Reads tnetstrings (`LENGTH:DATA` and a character for the type), the form of mitmproxy's flow files, and as little of one as is wanted."""

from __future__ import annotations

from typing import Any, BinaryIO

# More digits than this have no meaning; mitmproxy refuses them too.
_MOST_DIGITS = 12
# In bytes: what a damaged length claims is not taken from memory before it is there.
_PIECE = 16 * 1024 * 1024


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


def spans(data: bytes) -> dict[str, tuple[bytes, bytes]]:
    """The values of a mapping as type and data, not read further. Raises ValueError or IndexError."""
    found = {}
    at, end = 0, len(data)
    while at < end:
        kind, key, at = _next(data, at)
        value_kind, value, at = _next(data, at)
        if kind == b";" or kind == b",":
            found[key.decode("utf-8")] = (value_kind, value)
    return found


def _next(data: bytes, at: int) -> tuple[bytes, bytes, int]:
    """Type and data of the value at a place, and the place after it."""
    start = data.index(b":", at, at + _MOST_DIGITS + 1) + 1
    end = start + int(data[at : start - 1])
    kind = data[end : end + 1]
    if end < start or not kind:
        raise ValueError("not a tnetstring")
    return kind, data[start:end], end + 1


def value_in(kind: bytes, data: bytes) -> Any:
    """The value of this type. Raises ValueError or IndexError for what is none, and TypeError for a mapping whose keys are values of their own."""
    if kind == b",":
        return data
    if kind == b";":
        return data.decode("utf-8")
    if kind == b"]" or kind == b"}":
        values = []
        at, end = 0, len(data)
        while at < end:
            # As in `_next`, which would take a fifth of the time by its call.
            start = data.index(b":", at, at + 13) + 1
            at = start + int(data[at : start - 1])
            inner = data[at : at + 1]
            if at < start or not inner:
                raise ValueError("not a tnetstring")
            values.append(data[start:at] if inner == b"," else value_in(inner, data[start:at]))
            at += 1
        return values if kind == b"]" else dict(zip(values[::2], values[1::2], strict=True))
    if kind == b"#":
        return int(data)
    if kind == b"^":
        return float(data)
    if kind == b"~":
        return None
    if kind == b"!" and data in (b"true", b"false"):
        return data == b"true"
    raise ValueError("unknown type")
