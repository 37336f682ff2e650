"""JSON Lines: one record per line, as in the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from ..reports.group import Occurrence


def write(occurrences: Sequence[Occurrence], stream: TextIO, notes: Sequence[str]) -> None:  # noqa: ARG001 - the interface has notes
    """Writes each record; JSON Lines has no place for notes."""
    for occurrence in occurrences:
        stream.write(occurrence.record.to_json() + "\n")
