"""Reads the traffic in traces of Playwright (trace.zip): each line of a `.network` file has an entry of HAR, whose bodies are in `resources/`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..exchange.json_reader import DECODER, as_object
from .har.stream import Unreadable

if TYPE_CHECKING:
    from .zip_archive import Archive

SESSION = re.compile(r"(?:.*/)?[\w-]{1,40}\.network")


def entries(archive: Archive) -> Iterator[Any]:
    """The HAR entries of the traces, in their order."""
    for name in archive.names:
        if not SESSION.fullmatch(name):
            continue
        try:
            for line in archive.read(name).splitlines():
                told = as_object(DECODER.decode(line.decode("utf-8", "replace")))
                if told.get("type") == "resource-snapshot":
                    yield told.get("snapshot")
        except (ValueError, RecursionError):
            yield Unreadable("is incomplete or cannot be unpacked; what follows in the trace is lost")
