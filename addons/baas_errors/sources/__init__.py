"""Reads mitmproxy captures, HAR files of any tool, and logs of records. The format is detected by content, never by name.

Entries that cannot be read are skipped and reported, so that one bad entry does not lose the others.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO

from ..exchange import Exchange
from ..record import ErrorRecord
from ..text.paths import expand_user
from .detect import FLOWS, HAR, JSONL, as_plain, is_log, kind_of
from .har.file import read_har
from .log import read_jsonl
from .skipped import Recorded, Skip, Skips, SourceError

__all__ = ["STDIN", "Item", "Recorded", "Skip", "Skips", "SourceError", "read"]

Item = Exchange | ErrorRecord | Recorded

STDIN = "-"


def read(path: str | Path, skips: list[Skip], stdin: BinaryIO | None = None) -> Iterator[Item]:
    """The items of a file, in order; `-` is standard input.

    Skipped entries are added to `skips`. Raises SourceError if the file cannot be opened, its format is unknown, or nothing in it can be read.
    """
    name = str(path)
    label = "standard input" if name == STDIN else name or "''"
    mine = Skips(label, skips)
    count = 0
    with _opened(name, label, stdin) as file:
        for item in _items(file, mine):
            count += 1
            yield item
    if mine.count and not count:
        raise SourceError(f"{label}: no entry can be read; {mine.first}")


def _items(file: BinaryIO, skips: Skips) -> Iterator[Item]:
    if not file.seekable():
        yield from read_jsonl(file, skips)
        return
    with as_plain(file, skips.file) as plain:
        kind = kind_of(plain, skips.file)
        if kind == FLOWS:
            yield from _flows(plain, skips)
        elif kind == HAR:
            yield from read_har(plain, skips)
        elif kind == JSONL:
            yield from read_jsonl(plain, skips)


def _flows(file: BinaryIO, skips: Skips) -> Iterator[Exchange]:
    try:
        from ..mitm.flow_reader import read_flows
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mitmproxy":
            raise
        raise SourceError(
            f"{skips.file}: is a mitmproxy capture, but mitmproxy is not installed here; install it (`pip install mitmproxy`), "
            "or convert the capture to HAR where it is installed (`mitmdump -nr CAPTURE --set hardump=FILE.har`)"
        ) from None
    return read_flows(file, skips)


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
            with _copied(pipe) as copy:
                yield copy
        else:
            with expand_user(name).open("rb") as file, nullcontext(file) if file.seekable() else _copied(file) as seekable:
                yield seekable
    except OSError as error:
        raise SourceError(f"{label}: cannot be read ({error.strerror or error})") from None


@contextmanager
def _copied(file: BinaryIO) -> Iterator[BinaryIO]:
    """An unnamed file with the content of a pipe."""
    with tempfile.TemporaryFile() as copy:
        copyfileobj(file, copy)
        copy.seek(0)
        yield copy
