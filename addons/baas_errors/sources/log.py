"""Reads logs of records: one JSON object per line."""

from __future__ import annotations

from collections.abc import Iterator

from ..exchange.json_reader import DECODER
from ..record import ErrorRecord
from ..record.log_file import NEW_RUN
from ..record.parse import record_of
from .source import Source

# In bytes; no record comes near this, since its texts are shortened.
LONGEST_LINE = 4 * 1024 * 1024


def read(source: Source) -> Iterator[ErrorRecord]:
    """The records of a log, which may still grow. Lines without a valid record are skipped, and said to be, except blank lines."""
    file, skips, number, run = source.file, source.skips, 0, ""
    while line := file.readline(LONGEST_LINE):
        number += 1
        whole = line.endswith(b"\n")
        if not whole and len(line) >= LONGEST_LINE:
            while (part := file.readline(LONGEST_LINE)) and not part.endswith(b"\n"):
                pass
            skips.add("line", number, f"is longer than {LONGEST_LINE:,} bytes")
            continue
        if not line.strip(b"\xef\xbb\xbf \t\r\n"):
            continue
        try:
            value = DECODER.decode(line.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            skips.add("line", number, "is not valid JSON" if whole else "is incomplete: it was being written, or the file was cut off")
            continue
        try:
            if line.endswith(NEW_RUN) and isinstance(value, dict):
                run = str(value.get("@timestamp"))
            yield record_of(value, run)
        except (ValueError, RecursionError) as error:
            # A subclass is an error of decoding.
            skips.add("line", number, str(error) if type(error) is ValueError else "cannot be read")
