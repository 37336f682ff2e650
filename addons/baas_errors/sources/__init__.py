"""Reads captures of mitmproxy and of other tools, and logs of records. The format is detected by content, never by name (`detect.FORMATS`).

Entries that cannot be read are skipped and reported, so that one bad entry does not lose the others.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

from ..text.paths import expand_user
from .detect import is_log, items
from .har.attached import beside, nothing_attached
from .skipped import Recorded, Skip, Skips, SourceError
from .source import STRANGER, Item, PassesOver, Source
from .unpack import copied, pieces_of

__all__ = ["STDIN", "STRANGER", "Item", "Place", "Recorded", "Skip", "Skips", "SourceError", "read"]

STDIN = "-"


class Place:
    """Where reading stands in an input."""

    def __init__(self) -> None:
        self.file: BinaryIO | None = None

    def bytes_read(self) -> tuple[int, int] | None:
        """How many bytes were read, of how many; None where that is not known."""
        try:
            handle = self.file.fileno() if self.file else -1
            return os.lseek(handle, 0, os.SEEK_CUR), os.fstat(handle).st_size
        except (OSError, ValueError):
            return None


def read(
    path: str | Path, skips: list[Skip], stdin: BinaryIO | None = None, place: Place | None = None, passes_over: PassesOver | None = None
) -> Iterator[Item]:
    """The items of a file, in order; `-` is standard input. `place` follows the reading. `passes_over` says which exchanges need not be read.

    Skipped entries are added to `skips`. Raises SourceError if the file cannot be opened, its format is unknown, or nothing in it can be read.
    """
    name = str(path)
    label = "standard input" if name == STDIN else name or "''"
    mine = Skips(label, skips)
    count = 0
    with _opened(name, label, stdin) as file:
        if place:
            place.file = file
        attached = nothing_attached if name == STDIN else beside(expand_user(name))
        for item in items(Source(file, mine, attached, passes_over=passes_over)):
            count += 1
            yield item
    if mine.count and not count:
        raise SourceError(f"{label}: is {mine.format}, but no entry can be read; {mine.first}")


@contextmanager
def _opened(name: str, label: str, stdin: BinaryIO | None) -> Iterator[BinaryIO]:
    """The file, seekable: standard input and pipes (`<(...)`) are copied to an unnamed file first, unless a log comes in."""
    try:
        if name == STDIN:
            if stdin is None and sys.stdin is None:
                raise SourceError(f"{label}: is closed; name a file, or pipe a capture into the command")
            pipe = stdin or sys.stdin.buffer
            # A log is read as it grows (`tail -f errors.jsonl |`); other formats are read with jumps.
            if isinstance(pipe, io.BufferedReader) and is_log(pipe.peek(1)):
                yield pipe
                return
            with copied(pieces_of(pipe.read)) as copy:
                yield copy
        else:
            with expand_user(name).open("rb") as file, nullcontext(file) if file.seekable() else copied(pieces_of(file.read)) as seekable:
                yield seekable
    except OSError as error:
        raise SourceError(f"{label}: cannot be read ({error.strerror or error})") from None
