"""CSV for spreadsheets: one row a record, one column a key of the record, always all of them.

It starts with a byte order mark, without which spreadsheets take UTF-8 for something else. A cell never starts a formula: in front of what
could, stands an apostrophe. A row is one line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TextIO

from ..grouping import Occurrence
from ..record import KEYS, ErrorRecord
from ..text import safe

suffix = ".csv"

# As many characters as a spreadsheet puts in one cell.
LONGEST_CELL = 32_000
# Spreadsheets take the full-width forms for the signs themselves, and some pass over space in front of them.
_FORMULA = re.compile(r"[\s'\"\u00a0\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212\t\r]")
# Where lists are separated by semicolons, cells are too, and a quoted comma does not protect what follows them.
_INNER_FORMULA = re.compile(r"(?<=[;\t])(\s*)(?=[=+@\-\uff1d\uff0b\uff0d\uff20])")


def write(occurrences: Sequence[Occurrence], stream: TextIO, notes: Sequence[str]) -> None:  # noqa: ARG001 - the interface has notes
    """Writes a heading and the rows; there is no place for notes."""
    stream.write("\ufeff")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(key if not key.startswith("@") else key[1:] for _, key in KEYS)
    writer.writerows([cell(occurrence.record, attribute) for attribute, _ in KEYS] for occurrence in occurrences)


def cell(record: ErrorRecord, attribute: str) -> str:
    """A fact of a record as the text of a cell."""
    value = getattr(record, attribute)
    if value is None or value == "":
        return ""
    return _harmless(_plain(attribute, value))


def _plain(attribute: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if attribute == "findings":
        return " | ".join(f"{item.says} (seen: {item.evidence})" if item.evidence else item.says for item in value)
    if attribute == "sdk":
        return " | ".join(f"{language}: {view}" for language, view in value.items())
    return " | ".join(value) if isinstance(value, tuple) else str(value)


@lru_cache(maxsize=1024)
def _harmless(text: str) -> str:
    """A text as one line that starts no formula. Most cells repeat what other rows say, so the last ones are remembered."""
    if len(text) < 100 and text.isalnum() and text.isascii():
        return text
    lines = text if text.isprintable() else " \u23ce ".join(safe(text.replace("\r\n", "\n")).splitlines())
    if len(lines) > LONGEST_CELL:
        lines = f"{lines[:LONGEST_CELL]}\u2026"
    lines = _INNER_FORMULA.sub(r"\1'", lines)
    return f"'{lines}" if _FORMULA.match(lines) else lines
