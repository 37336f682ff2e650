"""JSON Lines: one record a line, as in the log. What it was made from is left out; for that there is HAR."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from ..reports.group import Occurrence

suffix = ".jsonl"


def write(occurrences: Sequence[Occurrence], stream: TextIO, notes: Sequence[str]) -> None:  # noqa: ARG001 - the interface has notes
    """Writes each record under its keys; there is no place for notes."""
    for occurrence in occurrences:
        stream.write(occurrence.record.to_json() + "\n")
