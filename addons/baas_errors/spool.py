"""Occurrences kept on disk until they are written out: a proxy runs for days, and bodies are large.

The file has no name and is readable by nobody else; it is gone when the process ends, however it ends.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from .clean import CleanExchange
from .formats import Occurrence
from .record import ErrorRecord

# Beyond this many bytes, records are kept without the exchanges that they were met in.
MOST_WITH_EXCHANGES = 512 * 1024 * 1024


class Spool:
    """Occurrences in the order in which they came."""

    def __init__(self, most_with_exchanges: int = MOST_WITH_EXCHANGES) -> None:
        """Opens the file. Raises OSError if that cannot be done."""
        self._file = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - closed in `close`, or with the process
        self._most = most_with_exchanges
        self.without_exchange = 0

    def add(self, records: Sequence[ErrorRecord], exchange: CleanExchange | None) -> None:
        """Keeps the records of one exchange. Raises OSError if they cannot be written."""
        self._file.seek(0, 2)
        if exchange is not None and self._file.tell() > self._most:
            exchange = None
            self.without_exchange += len(records)
        line = {"records": [{**record.as_dict(), "part": record.part} for record in records], "exchange": exchange and asdict(exchange)}
        self._file.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        self._file.flush()

    def __iter__(self) -> Iterator[Occurrence]:
        self._file.seek(0)
        for line in self._file:
            try:
                data = json.loads(line)
            except ValueError:
                # The disk was full when this one was written.
                continue
            exchange = _exchange(data["exchange"])
            for values in data["records"]:
                yield Occurrence(replace(ErrorRecord.from_dict(values), part=values["part"]), exchange)

    def close(self) -> None:
        """Lets go of the file, and of what is in it."""
        self._file.close()


def _exchange(values: dict[str, Any] | None) -> CleanExchange | None:
    if values is None:
        return None
    pairs = {name: tuple((key, value) for key, value in values[name]) for name in ("request_headers", "response_headers")}
    return CleanExchange(**{**values, **pairs})
