"""The formats of reports: `FORMATS` has for each suffix of file names the function that writes occurrences to a stream.

The stream must not translate line ends. `notes` are sentences for the reader, for example about skipped input.
Occurrences are redacted before; each format escapes their texts.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TextIO

from ..reports.group import Occurrence
from ..text import uncommanded
from . import csv, har, jsonl, markdown
from .html import page
from .write_file import write_whole

__all__ = ["FORMATS", "SUFFIXES", "Occurrence", "suffix_of", "write", "write_stream"]


FORMATS: dict[str, Callable[[Sequence[Occurrence], TextIO, Sequence[str]], None]] = {
    ".jsonl": jsonl.write, ".csv": csv.write, ".md": markdown.write, ".html": page.write, ".har": har.write,
}  # fmt: skip
SUFFIXES = tuple(FORMATS)


def suffix_of(path: Path | str) -> str:
    """The suffix of a file name, in lower case; raises ValueError that names the supported ones."""
    suffix = Path(path).suffix.lower()
    if suffix in FORMATS:
        return suffix
    found = f"unknown suffix {suffix}" if suffix else "no suffix"
    raise ValueError(f"{str(path)!r}: {found}; supported are {', '.join(SUFFIXES[:-1])} and {SUFFIXES[-1]}")


def write(path: Path, occurrences: Sequence[Occurrence], *, notes: Sequence[str] = ()) -> None:
    """Writes a report with `write_whole`; raises ValueError for an unknown suffix, OSError if the file cannot be written."""
    suffix = suffix_of(path)
    write_whole(path, lambda target: _write_to(target, suffix, occurrences, notes))


def write_stream(stream: TextIO, suffix: str, occurrences: Sequence[Occurrence], *, notes: Sequence[str] = ()) -> None:
    """Writes to a stream such as standard output, in UTF-8 if it has a buffer of bytes."""
    if (below := getattr(stream, "buffer", None)) is None:
        FORMATS[suffix](occurrences, stream, notes)
        return
    stream.flush()
    _write_to(below, suffix, occurrences, notes, _CiLog if suffix in (".md", ".csv") else io.TextIOWrapper)
    below.flush()


class _CiLog(io.TextIOWrapper):
    """Standard output may be the log of a CI service: what is written to it holds no commands for that. JSON has none either (`inert`)."""

    def write(self, text: str) -> int:
        return super().write(uncommanded(text))


def _write_to(
    target: BinaryIO, suffix: str, occurrences: Sequence[Occurrence], notes: Sequence[str], kind: type[io.TextIOWrapper] = io.TextIOWrapper
) -> None:
    text = kind(target, "utf-8", errors="replace", newline="")
    try:
        FORMATS[suffix](occurrences, text, notes)
        text.flush()
    finally:
        # The caller closes the target.
        with suppress(ValueError, OSError):
            text.detach()
