"""What a reader of captures gets and gives: each format has a module with `read(source)`."""

from __future__ import annotations

from typing import BinaryIO, NamedTuple

from ..exchange import Exchange
from ..record import ErrorRecord
from .har.attached import Attached, nothing_attached
from .skipped import Recorded, Skips

Item = Exchange | ErrorRecord | Recorded


class Source(NamedTuple):
    """A file, seekable and at its start; where its reader tells what it skips; what reads files that it names; how many archives are around it."""

    file: BinaryIO
    skips: Skips
    attached: Attached = nothing_attached
    depth: int = 0
