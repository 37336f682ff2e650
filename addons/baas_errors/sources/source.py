"""What a reader of captures gets and gives: each format has a module with `read(source)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple

from ..exchange import Exchange, Request
from ..record import ErrorRecord
from .har.attached import Attached, nothing_attached
from .skipped import Recorded, Skips

# Whether an exchange without a request body is of no backend: see `Recognizer.passes_over`.
PassesOver = Callable[[str, int, str, Any, Any], bool]
# Stands for an exchange that was passed over.
STRANGER = Exchange(id="", request=Request("GET", "http", "", 0, "/"))
Item = Exchange | ErrorRecord | Recorded


class Source(NamedTuple):
    """A file, seekable and at its start; where its reader tells what it skips; what reads files that it names; how many archives are around it;
    what says which exchanges need not be read (STRANGER stands for each)."""

    file: BinaryIO
    skips: Skips
    attached: Attached = nothing_attached
    depth: int = 0
    passes_over: PassesOver | None = None
