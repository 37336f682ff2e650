"""Reads a catalog piece by piece: its head at once, of its tables only those that are asked for.

TOML is read from the first character to the last, so that a text can be cut before a line if what stands before it can be read by itself: a string or
list that went on beyond the cut would have no end. Header lines are looked for in the plain form in which catalogs are written. Where anything else
begins with a bracket, or a text of several lines is not written as `= \"""\\` to `\"""` at the end of a line, the catalog is read whole.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from .entries import Entry, PatternRule, RangeRule, Shape, StatusRule, Tables, TransportRule
from .reader import Fields
from .vocabulary import CatalogError, code_key

KINDS = ("shape", "entry", "range", "pattern", "status", "transport")
_ANY_KIND = "|".join(KINDS)
# A line that begins like a header, but is none of those known to stand after the head.
_ODD = re.compile(rf"\n(?:[ \t]+\[|\[(?!(?:\[(?:{_ANY_KIND})\]|(?:{_ANY_KIND})(?:\.[a-z_]+)+)\][ \t]*(?:[\n#]|\Z)))")
_FIRST_FIELDS = re.compile(r'name = "[^"\\\n]*"\ncode = (?:"(?P<text>[^"\\\n]*)"|(?P<number>-?(?:0|[1-9]\d{0,14})))[ \t]*\n')


def cut(text: str) -> tuple[str, str] | None:
    """A catalog's head and its tables, or None where they cannot be told apart safely.

    The cut is right only if the head can be read by itself.
    """
    text = text.replace("\r\n", "\n")
    at = text.find("\n[[")
    return (text[:at], text[at:]) if at >= 0 and _ODD.search(text, at) is None else None


def _pieces(rest: str) -> dict[str, list[str]] | None:
    """The tables of each kind as they are written, without their first brackets; None where a text of several lines might hold one."""
    if not _strings_are_plain(rest):
        return None
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for piece in rest.split("\n[[")[1:]:
        found[piece.partition("]]")[0]].append(piece)
    return found


def _strings_are_plain(text: str) -> bool:
    r"""Whether no string goes on over a line that begins with a bracket.

    Quotes come in pairs: the first after `= ` and before `\` at a line's end, the second at a line's end. A quote that only looks like the first of a
    pair, as in a comment, would make a true first one the second of a pair, and a true second one the first of the next, where no `\` can follow it.
    """
    if "'''" in text:
        return False
    parts = text.split('"""')
    if len(parts) % 2 == 0:
        return False
    outside, inside = parts[0::2], parts[1::2]
    return (
        all(part.endswith("= ") for part in outside[:-1])
        and all(part.startswith("\n") for part in outside[1:])
        and all(part.startswith("\\\n") and not part.endswith("\\") and "\n[" not in part for part in inside)
    )


class DeferredTables:
    """The tables of one catalog, each read when it is first asked for.

    `whole` reads the tables of the whole catalog; it is called where a piece cannot be used, and says what is wrong with it.
    """

    def __init__(self, rest: str, file: str, whole: Callable[[], Tables | DeferredTables]) -> None:
        self._rest = rest
        self._file = file
        self._read_whole = whole
        self._entries: dict[int, Entry] = {}
        self._found: dict[tuple[str, str], tuple[Entry, ...]] = {}

    def whole(self) -> Tables | DeferredTables:
        """The tables of the catalog when it is read at once; raises CatalogError."""
        return self._whole

    @cached_property
    def _whole(self) -> Tables | DeferredTables:
        return self._read_whole()

    @cached_property
    def _pieces(self) -> Mapping[str, list[str]] | None:
        return _pieces(self._rest)

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """The tables `[[shape]]`."""
        read = self._all("shape")
        return self._whole.shapes if read is None else read

    @cached_property
    def ranges(self) -> tuple[RangeRule, ...]:
        """The tables `[[range]]`."""
        read = self._all("range")
        return self._whole.ranges if read is None else read

    @cached_property
    def patterns(self) -> tuple[PatternRule, ...]:
        """The tables `[[pattern]]`."""
        read = self._all("pattern")
        return self._whole.patterns if read is None else read

    @cached_property
    def statuses(self) -> tuple[StatusRule, ...]:
        """The tables `[[status]]`."""
        read = self._all("status")
        return self._whole.statuses if read is None else read

    @cached_property
    def transports(self) -> tuple[TransportRule, ...]:
        """The tables `[[transport]]`."""
        read = self._all("transport")
        return self._whole.transports if read is None else read

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The tables `[[entry]]`, all of them."""
        if self._by_code is not None:
            assert self._pieces is not None
            read = [self._entry(number) for number in range(len(self._pieces["entry"]))]
            found = tuple(entry for entry in read if entry is not None)
            if len(found) == len(read):
                return found
        return self._whole.entries

    def with_code(self, key: str, space: str) -> tuple[Entry, ...]:
        """The entries whose code has this key, in the order of the catalog; only those with the code are read."""
        if (found := self._found.get((key, space))) is not None:
            return found
        if self._by_code is None:
            return self._whole.with_code(key, space)
        numbers = self._by_code.get(key)
        if numbers is None:
            return ()
        read = [self._entry(number) for number in numbers]
        if None in read:
            return self._whole.with_code(key, space)
        found = self._found[key, space] = tuple(entry for entry in read if entry is not None and entry.space == space)
        return found

    @cached_property
    def _by_code(self) -> Mapping[str, list[int]] | None:
        """The numbers of the entries with a code, by its key; None where one is not written in the usual order."""
        found: dict[str, list[int]] = {}
        if self._pieces is None:
            return None
        for number, piece in enumerate(self._pieces["entry"]):
            fields = _FIRST_FIELDS.match(piece, len("entry]]\n"))
            key = code_key(fields["text"] if fields["number"] is None else int(fields["number"])) if fields else None
            if key is None or not piece.startswith("entry]]\n"):
                return None
            found.setdefault(key, []).append(number)
        return found

    def _entry(self, number: int) -> Entry | None:
        entry = self._entries.get(number)
        if entry is None:
            assert self._pieces is not None
            entry = self._read("entry", number, self._pieces["entry"][number])
            if entry is not None:
                self._entries[number] = entry
        return entry

    def _all(self, kind: str) -> tuple[Any, ...] | None:
        if self._pieces is None:
            return None
        read = tuple(self._read(kind, number, piece) for number, piece in enumerate(self._pieces[kind]))
        return None if None in read else read

    def _read(self, kind: str, number: int, piece: str) -> Any:
        """What one piece describes, or None if it cannot be read by itself."""
        from .read_entries import READERS  # most starts read heads only

        try:
            data = tomllib.loads(f"[[{piece}\n")
            if list(data) != [kind] or len(data[kind]) != 1:
                return None
            return READERS[kind](Fields(data[kind][0], self._file, f"[[{kind}]] {number + 1}", checked=True))
        except (CatalogError, ValueError, RecursionError):
            return None
