"""Writes the table of the log's keys in docs/log.md from the record's own description of them: `python docs/make_log.py`."""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent / "addons"))

from baas_errors.record import FACTS  # noqa: E402 - the path is set above

PAGE = DOCS / "log.md"
BEGIN, END = "<!-- keys: python docs/make_log.py -->", "<!-- end of keys -->"
HEAD = f"""\
# The log

`errors.jsonl` holds one JSON object a line, UTF-8, with flat keys in the order of this table. What is not known is left out, never `null` or "".

{BEGIN}
{END}
"""


def table() -> str:
    """The table of all keys as Markdown."""
    rows = (f"| `{fact.key}` | {fact.type} | {fact.meaning} |" for fact in FACTS)
    return "\n".join(("| key | type | meaning |", "|---|---|---|", *rows))


def page(text: str) -> str:
    """The text of docs/log.md with the table between its two marks. Raises ValueError where they are missing."""
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"docs/log.md has no place for the table: it should stand between {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD), encoding="utf-8")
