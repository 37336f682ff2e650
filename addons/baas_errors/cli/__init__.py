"""The command `baas-errors`: one module a command.

Exit status 0 for success, 1 for what was asked after and not found or faulty, 2 for bad usage and for what cannot be read or written.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from ..catalog import CatalogError
from ..text import safe
from . import catalog, check, explain, path, report
from .common import Parser, UsageError, let_go, say, show

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit status; bad usage ends it with SystemExit(2)."""
    _prepare_streams()
    options = parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        show()
    except (CatalogError, UsageError) as error:
        say(f"baas-errors {options.command}: {error}")
        return 2
    except BrokenPipeError:
        # The reader of a report (a pager, `head`) has seen enough.
        let_go()
        return 0
    except KeyboardInterrupt:
        say(f"baas-errors {options.command}: stopped before it was done")
        return 2
    except Exception:  # noqa: BLE001 - 1 would say that errors were found
        with contextlib.suppress(OSError):
            print(safe(traceback.format_exc()), file=sys.stderr, end="")
        say(f"baas-errors {options.command}: stopped by a fault of its own; please report this")
        return 2
    return status


def _prepare_streams() -> None:
    """A terminal that lacks a character must not stop a report; what is closed (`>&-`) is written to nowhere."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = Parser(
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
