"""`baas-errors catalog`: checks catalogs."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..catalog import CatalogError, load_file
from ..text import one_line, plural
from .common import LONGEST_SAID, Commands, say, show


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "catalog",
        help="check catalogs",
        description="Checks catalogs and reports file, entry and field of each mistake.",
        epilog="Exit status: 0 all catalogs are valid, 1 a catalog is invalid, 2 bad usage, or a file that cannot be read.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a catalog, or a folder of catalogs")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Checks each file and returns the exit status."""
    status = 0
    for path in [file for name in options.files for file in _files(Path(name))]:
        try:
            path.read_bytes()
            backend = load_file(path)
        except OSError as error:
            status = 2
            say(f"baas-errors: {path}: cannot be read ({error.strerror or error}); give a TOML file, or a folder of TOML files")
        except CatalogError as error:
            status = max(status, 1)
            say(f"baas-errors: {error}")
        else:
            entries, shapes = plural(len(backend.entries), "entry", "entries"), plural(len(backend.shapes), "shape")
            show(one_line(f"{path}: {backend.title}, {entries}, {shapes}: ok", LONGEST_SAID))
    return status


def _files(path: Path) -> list[Path]:
    """The catalogs in a folder by name; the path itself for a file, and for a folder without catalogs, so that it is reported."""
    return (sorted(path.glob("*.toml")) if path.is_dir() else []) or [path]
