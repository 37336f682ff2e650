"""The command `baas-errors`: one module a command.

Exit status 0 for success, 1 for what was asked after and not found or faulty, 2 for bad usage and for what cannot be read or written.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from ..catalog import CatalogError
from . import catalog, check, explain, path, report
from .common import UsageError, say

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit status; bad usage ends it with SystemExit(2)."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a character must not stop a report.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    options = parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except (CatalogError, UsageError) as error:
        say(f"baas-errors {options.command}: {error}")
        return 2
    except BrokenPipeError:
        # The reader (a pager, `head`) has seen enough; Python must not complain about it at exit.
        sys.stdout = open("/dev/null", "w")  # noqa: SIM115
        return 0
    except KeyboardInterrupt:
        say(f"baas-errors {options.command}: stopped before it was done")
        return 2
    except Exception:  # noqa: BLE001 - 1 would say that errors were found
        traceback.print_exc()
        say(f"baas-errors {options.command}: stopped by a fault of its own; please report this")
        return 2
    return status


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = argparse.ArgumentParser(
        prog="baas-errors",
        description="Names, explains and reports the errors of Kinvey, Parse Platform, bkend.ai and Telerik Backend Services.",
        epilog="Exit status: 0 for success, 1 for errors found (check), or a code not found (explain), or a faulty catalog; 2 for bad usage "
        "and for what cannot be read or written.",
    )
    top.add_argument("--version", action="version", version=f"baas-errors {_version()}")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND", dest="command")
    for command in (explain, report, check, catalog, path):
        command.add(commands)
    return top


def _version() -> str:
    try:
        return version("mitmproxy-baas-errors")
    except PackageNotFoundError:
        return "(not installed)"
