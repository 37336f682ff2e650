"""`baas-errors path`: prints where the addon is."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from .common import Commands, show


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser("path", help="print where the addon is", description='Prints the path for: mitmdump -s "$(baas-errors path)"')
    parser.set_defaults(run=run)


def addon_file() -> Path:
    """The path of errors.py: beside this package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "addon" / "errors.py"
    return inside if inside.is_file() else package.parent / "errors.py"


def run(_options: argparse.Namespace) -> int:
    """Prints the path as bytes, since its name may not be valid in the terminal's encoding."""
    show(os.fsencode(addon_file()) + os.linesep.encode())
    return 0
