"""The formats of reports: a format is a module with a `suffix` and a function `write`; `FORMATS` lists them.

Occurrences are redacted before; each format escapes their texts.
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
    """Writes occurrences to a file. `notes` are sentences for the reader, for example about skipped input."""

    @property
    def suffix(self) -> str:
        """The suffix of file names that selects this format, with its dot."""

    def write(self, occurrences: Sequence[Occurrence], stream: TextIO, notes: Sequence[str]) -> None:
        """Writes a report to a stream that does not translate line ends."""


FORMATS: tuple[Format, ...] = (jsonl, csv, markdown, page, har)
SUFFIXES = tuple(one.suffix for one in FORMATS)


def format_for(path: Path | str) -> Format:
    """The format for the suffix of a file name; raises ValueError that names the supported suffixes."""
    suffix = Path(path).suffix.lower()
    if suffix in SUFFIXES:
        return FORMATS[SUFFIXES.index(suffix)]
    found = f"unknown suffix {suffix}" if suffix else "no suffix"
    raise ValueError(f"{str(path)!r}: {found}; supported are {', '.join(SUFFIXES[:-1])} and {SUFFIXES[-1]}")


def write(path: Path, occurrences: Sequence[Occurrence], *, notes: Sequence[str] = ()) -> None:
    """Writes a report with `write_whole`; raises ValueError for an unknown suffix, OSError if the file cannot be written."""
    chosen = format_for(path)
    write_whole(path, lambda target: _write_to(target, chosen, occurrences, notes))


def write_stream(stream: TextIO, suffix: str, occurrences: Sequence[Occurrence], *, notes: Sequence[str] = ()) -> None:
    """Writes to a stream such as standard output, in UTF-8 if it has a buffer of bytes. Raises ValueError for an unknown suffix."""
    chosen = format_for(f"-{suffix}")
    below = getattr(stream, "buffer", None)
    if below is None:
        chosen.write(occurrences, stream, notes)
        return
    stream.flush()
    _write_to(below, chosen, occurrences, notes)
    below.flush()


def _write_to(target: BinaryIO, chosen: Format, occurrences: Sequence[Occurrence], notes: Sequence[str]) -> None:
    text = io.TextIOWrapper(target, "utf-8", errors="replace", newline="")
    try:
        chosen.write(occurrences, text, notes)
        text.flush()
    finally:
        # The caller closes the target.
        with suppress(ValueError, OSError):
            text.detach()
