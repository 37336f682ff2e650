"""`baas-errors catalog`: checks catalogs."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..catalog import CatalogError, load_file
from ..text import one_line, plural
from .common import LONGEST_SAID, Commands, say, show


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser("catalog", help="check catalogs", description="Checks catalogs and names file, entry and field of what is wrong.")
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Checks each file; 1 if any is faulty."""
    faulty = 0
    for name in options.files:
        try:
            backend = load_file(Path(name))
        except CatalogError as error:
            faulty += 1
            say(f"baas-errors: {error}")
        else:
            entries, shapes = plural(len(backend.entries), "entry", "entries"), plural(len(backend.shapes), "shape")
            show(one_line(f"{name}: {backend.title}, {entries}, {shapes}: ok", LONGEST_SAID))
    return 1 if faulty else 0
