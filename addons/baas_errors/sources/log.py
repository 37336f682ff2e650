"""Reads records as the log holds them: one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

from ..record import ErrorRecord
from ..record.parse import record_of
from .skipped import Skips

# No record comes near this: messages are cut when it is made.
LONGEST_LINE = 4 * 1024 * 1024


def read_jsonl(file: BinaryIO, skips: Skips) -> Iterator[ErrorRecord]:
    """The records of a file. Lines that hold none are noted in `skips`; blank ones are no lines."""
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        whole = line.endswith(b"\n")
        if not whole and len(line) >= LONGEST_LINE:
            _pass_rest(file)
            skips.add("line", number, f"is longer than {LONGEST_LINE:,} bytes")
            continue
        if not line.strip(b"\xef\xbb\xbf \t\r\n"):
            continue
        try:
            yield _record(line)
        except ValueError as error:
            skips.add("line", number, str(error) if whole else "breaks off: it was being written, or the file was cut")


def _pass_rest(file: BinaryIO) -> None:
    while (part := file.readline(LONGEST_LINE)) and not part.endswith(b"\n"):
        pass


def _record(line: bytes) -> ErrorRecord:
    try:
        value = json.loads(line.decode("utf-8-sig"), strict=False)
    except (ValueError, RecursionError):
        raise ValueError("is no JSON") from None
    return record_of(value)
