"""What records are written as: one file a format, behind one interface.

A format is a module with a `suffix` and a function `write`; `FORMATS` lists them. Everything that comes here is redacted already; a format sees to it
that no text in a record can act as anything but text.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol, TextIO

from ..reports.group import Occurrence
from . import csv, har, jsonl, markdown
from .html import page
from .write_file import write_whole

__all__ = ["FORMATS", "SUFFIXES", "Format", "Occurrence", "format_for", "write", "write_stream"]


class Format(Protocol):
    """How occurrences become a file. `notes` are sentences for the reader, about what was skipped for example."""

    @property
    def suffix(self) -> str:
        """The end of the file name that asks for this format, with its dot."""

    def write(self, occurrences: Sequence[Occurrence], stream: TextIO, notes: Sequence[str]) -> None:
        """Writes everything to a stream that leaves line ends as they are."""


FORMATS: tuple[Format, ...] = (jsonl, csv, markdown, page, har)
SUFFIXES = tuple(one.suffix for one in FORMATS)


def format_for(path: Path | str) -> Format:
    """The format that a file name asks for by its suffix. Raises ValueError that names the suffix and those that are known."""
    suffix = Path(path).suffix.lower()
    for one in FORMATS:
        if one.suffix == suffix:
            return one
    known = f"{', '.join(SUFFIXES[:-1])} and {SUFFIXES[-1]}"
    found = f"{suffix} is no format that can be written" if suffix else "it has no suffix that names a format"
    raise ValueError(f"{str(path)!r}: {found}; known are {known}")


def write(path: Path, occurrences: Sequence[Occurrence], *, notes: Sequence[str] = ()) -> None:
    """Writes a file whole or not at all, readable by its owner only.

    The folder is made where needed. A pipe or device is written to as it is. Raises ValueError for an unknown suffix, OSError if the file
    cannot be written; a file that stood there before is then as it was.
    """
    chosen = format_for(path)
    write_whole(path, lambda target: _write_to(target, chosen, occurrences, notes))


def write_stream(stream: TextIO, suffix: str, occurrences: Sequence[Occurrence], *, notes: Sequence[str] = ()) -> None:
    """Writes to a stream such as standard output, as UTF-8 where the stream has bytes below it. Raises ValueError for an unknown suffix."""
    chosen = format_for(f"-{suffix}")
    below = getattr(stream, "buffer", None)
    if below is None:
        chosen.write(occurrences, stream, notes)
        return
    stream.flush()
    _write_to(below, chosen, occurrences, notes)
    below.flush()


def _write_to(target: BinaryIO, chosen: Format, occurrences: Sequence[Occurrence], notes: Sequence[str]) -> None:
    text = io.TextIOWrapper(target, "utf-8", errors="replace", newline="", write_through=False)
    try:
        chosen.write(occurrences, text, notes)
        text.flush()
    finally:
        # The bytes below belong to the caller, who closes them.
        with suppress(ValueError, OSError):
            text.detach()
