"""JSON Lines: one record per line, as in the log, with the input that it was read from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TextIO

from ..reports.group import Occurrence


def write(occurrences: Sequence[Occurrence], stream: TextIO, notes: Sequence[str]) -> None:  # noqa: ARG001 - the interface has notes
    """Writes each record; JSON Lines has no place for notes."""
    for occurrence in occurrences:
        line = occurrence.record.to_json()
        source = f',"source":{json.dumps(occurrence.source)}}}' if occurrence.source else ""
        stream.write(f"{line[:-1]}{source}\n" if source else f"{line}\n")
