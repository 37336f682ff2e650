"""CSV for spreadsheets: one row for each record, one column for each key of the schema, then its input, and the errors and users of its kind.

It starts with a byte order mark, without which spreadsheets do not detect UTF-8. An apostrophe in front of a possible formula disables it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TextIO

from ..record import KEYS, ErrorRecord
from ..reports.group import Occurrence, groups_of
from ..text import safe

# Columns after those of the schema.
MORE = ("source", "times", "users", "since")
# The limit of spreadsheets, in characters.
LONGEST_CELL = 32_000
# Spreadsheets accept full-width, small and superscript forms of the signs, and some skip space before them.
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u207a-\u207c\u208a-\u208c\u2212"
_BEFORE = "[\\s'\"\u00a0\u200b\ufeff]*"
_FORMULA = re.compile(f"{_BEFORE}[{_SIGNS}\\t\\r]")
# In locales that separate cells by semicolons, quotes do not protect the text after one. The possessive quantifier keeps runs of tabs linear.
_INNER = re.compile(f"[;\\t]{_BEFORE}+(?=([{_SIGNS}])?)")
_SEPARATOR = re.compile("[;\\t]")


def write(occurrences: Sequence[Occurrence], stream: TextIO, notes: Sequence[str]) -> None:  # noqa: ARG001 - the interface has notes
    """Writes a heading and the rows; CSV has no place for notes."""
    stream.write("\ufeff")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([*(key if not key.startswith("@") else key[1:] for _, key in KEYS), *MORE])
    kinds = {group.record.fingerprint: (str(group.count), str(group.users or ""), _harmless(group.first)) for group in groups_of(occurrences)}
    for record, _, source, _ in occurrences:
        writer.writerow([*[cell(record, attribute) for attribute, _ in KEYS], _harmless(source), *kinds[record.fingerprint]])


def cell(record: ErrorRecord, attribute: str) -> str:
    """The text of a cell."""
    value = getattr(record, attribute)
    if value is None or value == "":
        return ""
    return _harmless(value if type(value) is str else _plain(attribute, value))


def _plain(attribute: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if attribute == "findings":
        return " | ".join(f"{item.says} (seen: {item.evidence})" if item.evidence else item.says for item in value)
    if attribute == "sdk":
        return " | ".join(f"{language}: {view}" for language, view in value.items())
    return " | ".join(value) if isinstance(value, tuple) else str(value)


@lru_cache(maxsize=8192)
def _harmless(text: str) -> str:
    """The text on one line and without formulas. Cached, since most cells repeat those of other rows."""
    if not text.isprintable():
        text = " \u23ce ".join(safe(text.replace("\r\n", "\n")).splitlines())
    if len(text) > LONGEST_CELL:
        text = f"{text[:LONGEST_CELL]}\u2026"
    if ";" in text or "\t" in text:
        text = _INNER.sub(lambda match: _SEPARATOR.sub(r"\g<0>'", match[0]) if match[1] else match[0], text)
    return f"'{text}" if _FORMULA.match(text) else text
