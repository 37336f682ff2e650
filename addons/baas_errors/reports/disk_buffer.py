"""Stores occurrences on disk until they are exported, since a proxy runs for days and bodies are large.

The file is unnamed and private, and disappears with the process.
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
from .group import Occurrence, occurrences_of
from .redacted_exchange import CleanExchange

# In bytes; beyond it records are stored without their exchanges, since the export holds all of them in memory.
MOST_WITH_EXCHANGES = 128 * 1024 * 1024
# Beyond it no record is stored; the log has them all.
MOST_RECORDS = 100_000


_Made = Callable[[], CleanExchange | None]


class DiskBuffer:
    """Occurrences in order of arrival. `without_exchange` counts those stored without their exchange, `left_out` those not stored."""

    def __init__(self, most_with_exchanges: int = MOST_WITH_EXCHANGES, most_records: int = MOST_RECORDS) -> None:
        """Opens the file; raises OSError."""
        # Unbuffered: data that a full disk has refused must not be written later.
        self._file = tempfile.TemporaryFile("w+b", buffering=0)  # noqa: SIM115 - closed in `close`, or with the process
        self._most = most_with_exchanges
        self._most_records = most_records
        self._end = 0
        self._count = 0
        self.without_exchange = 0
        self.left_out = 0

    def add(self, records: Sequence[ErrorRecord], exchange: _Made, worked: _Made = lambda: None) -> None:
        """Stores the records of one exchange, and the last one like it that worked; both are called only if there is room. Raises OSError."""
        room = max(0, self._most_records - self._count)
        self.left_out += len(records[room:])
        records = records[:room]
        if not records:
            return
        is_room = self._end <= self._most
        shown, beside = (exchange(), worked()) if is_room else (None, None)
        line = {"records": [{**record.as_dict(), "part": record.part} for record in records], "exchange": shown and asdict(shown)}
        if beside:
            line["worked"] = asdict(beside)
        try:
            self._write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        except OSError:
            self.left_out += len(records)
            raise
        self._count += len(records)
        self.without_exchange += 0 if is_room else len(records)

    def _write(self, data: bytes) -> None:
        """Writes a line after the last complete one, over any incomplete one."""
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
                if left < 0:  # an incomplete line
                    return
                data = json.loads(line)
                exchange, worked = _exchange(data["exchange"]), _exchange(data.get("worked"))
                records = (replace(record_of(values), part=values["part"]) for values in data["records"])
                yield from occurrences_of(records, exchange, worked=worked)

    def close(self) -> None:
        """Closes and thereby deletes the file."""
        with suppress(OSError):
            self._file.close()


def _exchange(values: dict[str, Any] | None) -> CleanExchange | None:
    if values is None:
        return None
    pairs = {name: tuple((key, value) for key, value in values[name]) for name in ("request_headers", "response_headers")}
    return CleanExchange(**{**values, **pairs})
