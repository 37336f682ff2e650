"""Occurrences kept on disk until they are written out: a proxy runs for days, and bodies are large.

The file has no name and is readable by nobody else; it is gone when the process ends, however it ends.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

from ..record import ErrorRecord
from ..record.parse import record_of
from .group import Occurrence
from .redacted_exchange import CleanExchange

# Beyond this many bytes, records are kept without the exchanges that they were met in: all are held in memory when they are written out.
MOST_WITH_EXCHANGES = 128 * 1024 * 1024
# Beyond this many records, none is kept: the log has them all.
MOST_RECORDS = 100_000


class DiskBuffer:
    """Occurrences in the order in which they came.

    `without_exchange` counts those whose exchange was too much to keep, `left_out` those that were not kept at all.
    """

    def __init__(self, most_with_exchanges: int = MOST_WITH_EXCHANGES, most_records: int = MOST_RECORDS) -> None:
        """Opens the file. Raises OSError if that cannot be done."""
        # Without a buffer: what a full disk did not take must not come back later in the middle of something else.
        self._file = tempfile.TemporaryFile("w+b", buffering=0)  # noqa: SIM115 - closed in `close`, or with the process
        self._most = most_with_exchanges
        self._most_records = most_records
        self._end = 0
        self._count = 0
        self.without_exchange = 0
        self.left_out = 0

    def add(self, records: Sequence[ErrorRecord], exchange: Callable[[], CleanExchange | None]) -> None:
        """Keeps the records of one exchange, which is asked for if there is room for it. Raises OSError if they cannot be written."""
        room = max(0, self._most_records - self._count)
        self.left_out += len(records[room:])
        records = records[:room]
        if not records:
            return
        is_room = self._end <= self._most
        shown = exchange() if is_room else None
        line = {"records": [{**record.as_dict(), "part": record.part} for record in records], "exchange": shown and asdict(shown)}
        try:
            self._write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        except OSError:
            self.left_out += len(records)
            raise
        self._count += len(records)
        self.without_exchange += 0 if is_room else len(records)

    def _write(self, data: bytes) -> None:
        """Writes a line whole, where the last one ended: over what is there of one that was not."""
        self._file.seek(self._end)
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._end += len(data)

    def __iter__(self) -> Iterator[Occurrence]:
        self._file.seek(0)
        with os.fdopen(os.dup(self._file.fileno()), "rb") as lines:
            left = self._end
            for line in lines:
                left -= len(line)
                if left < 0:
                    # Of this one the disk took a part only.
                    return
                data = json.loads(line)
                exchange = _exchange(data["exchange"])
                for values in data["records"]:
                    yield Occurrence(replace(record_of(values), part=values["part"]), exchange)

    def close(self) -> None:
        """Lets go of the file, and of what is in it."""
        with suppress(OSError):
            self._file.close()


def _exchange(values: dict[str, Any] | None) -> CleanExchange | None:
    if values is None:
        return None
    pairs = {name: tuple((key, value) for key, value in values[name]) for name in ("request_headers", "response_headers")}
    return CleanExchange(**{**values, **pairs})
