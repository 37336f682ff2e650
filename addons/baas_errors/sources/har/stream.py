"""Reads the entries of HAR files one by one, so that a file of any size takes the memory of its largest entry.

What stands around the entries does not matter: a file may hold several HARs, one after another or in a list, a list of entries, entries one a line,
or a script (JSONP). Damaged entries are passed over by their brackets.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO, NamedTuple

from ...exchange.json_reader import DECODER
from ..skipped import SourceError

# In bytes.
PIECE = 1024 * 1024
# An object that is not whole within so many characters is no entry.
LONGEST_ENTRY = 256 * PIECE
# HARs whose end is missing, one after another.
_MOST_CUTS = 3
_SHARED = 256
# What was read and is still held, in characters.
_MOST_READ = 64 * 1024
# Before bare entries: the call of a script, and brackets.
_OPENING = re.compile(r"(?:/\*\*/)?\s*(?:[A-Za-z_$][\w$.]{0,79}+\s*+(?:=|\())?+[\s\[(]*")
_BETWEEN = re.compile(r"[\s,\ufeff]*")
_JUNK = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^{\[\s,][^{}\[\],]*+', re.S)
# Strings match as a whole, so that brackets in them do not count.
_BRACKETS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]]|"', re.S)


# As DECODER, but numbers of too many digits are left to that: an entry has a dozen numbers.
_QUICK = json.JSONDecoder(strict=False, parse_constant=lambda _text: None)


class Unreadable(NamedTuple):
    """Stands for an entry that is not valid JSON; `inside` is False for the rest of a file after its last entry."""

    reason: str
    inside: bool = True


class _Text:
    """A part of a file's text, from `position` on; what was read is let go, and its lines are counted."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
        self.text, self.position, self._ended = "", 0, False
        # Lines are counted on from the place before: there may be thousands of faults.
        self._line, self._begins, self._counted = 1, 0, 0

    def more(self) -> bool:
        """Reads a piece, at least as long as what is held, so that a long entry is not tried often; False at the end of the file."""
        if self._ended:
            return False
        self.let_go()
        piece = self._file.read(max(PIECE, len(self.text)))
        self._ended = not piece
        self.text += self._decode(piece, not piece)
        return True

    def let_go(self) -> None:
        """Lets go what was read."""
        self.place(self.position)
        gone, self.text = self.position, self.text[self.position :]
        self._begins, self._counted, self.position = self._begins - gone, self._counted - gone, 0

    def place(self, position: int) -> str:
        """Line and column in the file of a position in the text, which is not before those asked for earlier."""
        self._line += self.text.count("\n", self._counted, position)
        self._begins = self.text.rfind("\n", self._counted, position) + 1 or self._begins
        self._counted = position
        return f"line {self._line}, column {position - self._begins + 1}"

    def skip(self, pattern: re.Pattern[str]) -> str:
        """Passes over what matches, which may be nothing; the character after it, or "" at the end of the file."""
        while True:
            if match := pattern.match(self.text, self.position):
                self.position = match.end()
            if self.position < len(self.text) or not self.more():
                return self.text[self.position : self.position + 1]


def har_entries(file: BinaryIO, name: str) -> Iterator[Any]:
    """The entries in a file, with Unreadable for each that is damaged. Raises SourceError if there is no list of entries and no entry."""
    if (found := listed(file, "entries")) is not None:
        return found
    file.seek(0)
    values = bare_values(file)
    first = next(values, None)
    if isinstance(first, dict) and "request" in first:
        return chain([first], values)
    raise SourceError(f"{name}: looks like a HAR file, but has no list `entries`")


def listed(file: BinaryIO, key: str) -> Iterator[Any] | None:
    """The values in every list of this name in a file, with Unreadable for each that is damaged; None if there is no such list."""
    text, name = _Text(file), re.compile(rf'"{key}"\s*:\s*\[')
    return _lists(text, name) if _find_list(text, name) else None


def _lists(text: _Text, name: re.Pattern[str]) -> Iterator[Any]:
    cuts = 0
    while True:
        for value in _list(text, closed="]"):
            cuts += value is _CUT
            yield value
        # Each that does not end was looked through to the end of the file.
        if cuts == _MOST_CUTS or not _find_list(text, name):
            return


def bare_values(file: BinaryIO) -> Iterator[Any]:
    """The values in a file that is a list of them or has one after another, with Unreadable for each that is damaged."""
    text = _Text(file)
    while len(text.text) < _SHARED and text.more():
        pass
    text.skip(_OPENING)
    return _list(text, closed="")


def _find_list(text: _Text, name: re.Pattern[str]) -> bool:
    """Goes behind the bracket of the next list of this name."""
    while True:
        if match := name.search(text.text, text.position):
            text.position = match.end()
            return True
        text.position = max(text.position, len(text.text) - _SHARED)
        if not text.more():
            return False


def _list(text: _Text, closed: str) -> Iterator[Any]:
    """The values up to the closing bracket, or to the end of the file."""
    while True:
        following = text.skip(_BETWEEN)
        if following and following == closed:
            text.position += 1
            return
        if not following:
            if closed:
                yield Unreadable("the file is cut off; entries may be missing at its end", inside=False)
            return
        if not closed and following in "])};":
            text.position += 1
            continue
        if following == "{":
            value = _value(text)
        elif (end := _end(text)) is None:
            value = _CUT
        else:
            value = _read(text, end)
        yield value
        if value is _CUT:
            return


_CUT = Unreadable("is incomplete: the file was cut off, or is damaged from here on")


def _value(text: _Text) -> Any:
    """The object at the position, which goes behind it."""
    while True:
        try:
            value, text.position = _QUICK.raw_decode(text.text, text.position)
            return value
        except json.JSONDecodeError as error:
            # More text may follow, unless the fault is well before its end.
            cut = error.pos >= len(text.text) - _SHARED or error.msg.startswith("Unterminated string")
            if cut and len(text.text) < LONGEST_ENTRY and text.more():
                continue
        except (ValueError, RecursionError):
            pass
        if text.position > _MOST_READ:
            # To make an error Python counts the lines of the text before it: the next one is cheaper.
            text.let_go()
        end = _end(text)
        return _CUT if end is None else _read(text, end)


def _read(text: _Text, end: int) -> Any:
    """The value up to `end`, where the position goes."""
    start, text.position = text.position, end
    try:
        # Only the entry: to locate an error Python counts the lines of the whole text before it.
        return DECODER.decode(text.text[start:end])
    except json.JSONDecodeError as error:
        return Unreadable(f"is not valid JSON ({error.msg} at {text.place(start + error.pos)})")
    except (ValueError, RecursionError):
        return Unreadable("is nested too deeply")


def _end(text: _Text) -> int | None:
    """The end of the object or list at the position, by its brackets alone, or None; for anything else, where the next one may begin."""
    if junk := _JUNK.match(text.text, text.position):
        return junk.end()
    depth, position = 0, text.position
    while True:
        for match in _BRACKETS.finditer(text.text, position):
            if match[0] == '"':  # a string that goes on
                break
            closes = match[0] in ("}", "]")
            depth += (match[0] in ("{", "[")) - closes
            position = match.end()
            if depth <= 0:
                return position if closes and depth == 0 else None
        position -= text.position
        if len(text.text) > LONGEST_ENTRY or not text.more():
            return None
