"""Reads captures and records, whatever tool wrote them: mitmproxy flows, HAR files, and the records of earlier runs.

The content says what a file is, never its name. What cannot be read is left out and said, so that one bad entry does not lose the rest.
"""

from __future__ import annotations

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
from .detect import FLOWS, HAR, JSONL, as_plain, kind_of
from .har.file import read_har
from .log import read_jsonl
from .skipped import Recorded, Skip, Skips, SourceError

__all__ = ["Item", "Recorded", "Skip", "Skips", "SourceError", "read"]

Item = Exchange | ErrorRecord | Recorded

STDIN = "-"


def read(path: str | Path, skips: list[Skip], stdin: BinaryIO | None = None) -> Iterator[Item]:
    """What a file holds, in its order; `-` is standard input.

    What is left out is added to `skips`. Raises SourceError if the file cannot be opened, is of no known kind, or if nothing in it can be read.
    """
    name = str(path)
    label = "standard input" if name == STDIN else name
    mine = Skips(label, skips)
    count = 0
    with _opened(name, stdin) as file:
        for item in _items(file, mine):
            count += 1
            yield item
    if mine.count and not count:
        raise SourceError(f"{label}: nothing in it can be read; {mine.first}")


def _items(file: BinaryIO, skips: Skips) -> Iterator[Item]:
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
            f"{skips.file}: is a capture of mitmproxy, and mitmproxy is not installed here: install it (`pip install mitmproxy`), "
            "or save the flows as HAR where it is (`mitmdump -nr CAPTURE --set hardump=FILE.har`)"
        ) from None
    return read_flows(file, skips)


@contextmanager
def _opened(name: str, stdin: BinaryIO | None) -> Iterator[BinaryIO]:
    """The file, which can be gone back in: standard input, and what a pipe holds (`<(...)`), is copied to an unnamed file first."""
    try:
        if name == STDIN:
            if stdin is None and sys.stdin is None:
                raise SourceError("standard input: is closed; name a file, or pipe a capture into the command")
            with _copied(stdin or sys.stdin.buffer) as copy:
                yield copy
        else:
            with expand_user(name).open("rb") as file, nullcontext(file) if file.seekable() else _copied(file) as seekable:
                yield seekable
    except OSError as error:
        label = "standard input" if name == STDIN else name or "''"
        raise SourceError(f"{label}: cannot be read ({error.strerror or error})") from None


@contextmanager
def _copied(file: BinaryIO) -> Iterator[BinaryIO]:
    """An unnamed file with what a pipe holds."""
    with tempfile.TemporaryFile() as copy:
        copyfileobj(file, copy)
        copy.seek(0)
        yield copy
