"""Double entry: code, status, retry, fault and origin of every entry stand in `entries.tsv` as well too: no slip changes one unnoticed.

After a change that is meant, write the file anew: `python tests/catalog/test_double_entry.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2] / "addons"))

from baas_errors.catalog import load_catalogs

FILE = Path(__file__).with_name("entries.tsv")


def lines() -> list[str]:
    """One line an entry, in the order of the catalogs."""
    found = []
    for backend in load_catalogs().values():
        for entry in backend.entries:
            facts = (backend.id, entry.name, entry.code, entry.space, ",".join(map(str, entry.status)), entry.advice.retry, entry.advice.fault)
            counts = (entry.origin, len(entry.match), len(entry.advice.fix), sum(bool(fix.when) for fix in entry.advice.fix))
            found.append("\t".join(map(str, (*facts, *counts))))
    return found


def test_every_entry_is_as_it_was_written_down() -> None:
    written, now = FILE.read_text("utf-8").splitlines(), lines()
    changed = [f"- {line}" for line in written if line not in now] + [f"+ {line}" for line in now if line not in written]
    assert not changed, "\n".join(changed)
    assert written == now


if __name__ == "__main__":
    FILE.write_text("\n".join(lines()) + "\n", "utf-8")
