"""Writes docs/rules.md, the list of all rules, from their docstrings: `python docs/make_rules.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent / "addons"))

from baas_errors.catalog import load_catalogs  # noqa: E402 - the path is set above
from baas_errors.render.rule_text import EVERY, all_rules  # noqa: E402

HEAD = """\
# Rules

A rule looks for one cause of an error in the request at hand, in its answer, or in earlier exchanges of the same recording. What it finds stands in
`baas.findings` with the rule's name, what is wrong, the evidence and the remedy. A finding is certain where the request proves it; every other one
begins with "Likely:". "Other causes" says what else could have given the same answer.

`baas-errors explain RULE` prints one of these entries. This page is written by `python docs/make_rules.py` from the rules' docstrings.
"""


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    backends = load_catalogs()
    yield HEAD
    for backend, rules in groupby(all_rules(backends), lambda rule: rule.backend):
        yield f"## {'Every backend' if backend == EVERY else backends[backend].title}\n"
        for rule in rules:
            yield f"### `{rule.name}`\n\n{_escaped(rule.looks_at)}\n"
            yield from (f"- {label}: {_escaped(text)}" for label, text in rule.parts())
            yield ""


def _escaped(text: str) -> str:
    """Outside code marks, what Markdown would take for markup or HTML."""
    parts = text.split("`")
    return "`".join(part if number % 2 else part.replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_") for number, part in enumerate(parts))


if __name__ == "__main__":
    (DOCS / "rules.md").write_text(page(), encoding="utf-8")
