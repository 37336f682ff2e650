"""The command `baas-errors`: one module per command."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import traceback
from collections.abc import Sequence

from .. import program_version
from ..catalog import CatalogError
from ..text import safe
from . import catalog, check, explain, path, report, run
from . import list as list_errors
from . import show as show_error
from .common import Parser, UsageError, discard_stdout, say, show

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit status; bad usage raises SystemExit(2)."""
    _prepare_streams()
    options = parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        show()
    except (CatalogError, UsageError) as error:
        say(f"baas-errors {options.command}: {error}")
        return 2
    except BrokenPipeError:  # `head` or a pager has closed the pipe
        discard_stdout()
        return 0
    except KeyboardInterrupt:
        say(f"baas-errors {options.command}: interrupted")
        return 2
    except Exception:  # noqa: BLE001 - Python's own status 1 would mean "errors were found"
        with contextlib.suppress(OSError):
            print(safe(traceback.format_exc()), file=sys.stderr, end="")
        say(f"baas-errors {options.command}: internal error; please report it")
        return 2
    return status


def _prepare_streams() -> None:
    """Replaces characters that the terminal's encoding lacks, and closed streams (`>&-`) by the null device."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def parser() -> argparse.ArgumentParser:
    """The parser with all commands."""
    top = Parser(
        prog="baas-errors",
        description="Names, explains and reports the errors of Kinvey, Parse Platform, bkend.ai and Telerik Backend Services.",
        epilog="Exit status: 0 success; 1 errors found (check), unknown code (explain) or invalid catalog (catalog); 2 bad usage, or a file that "
        "cannot be read or written; 5 no exchange with a known backend (check).",
    )
    top.add_argument("--version", action="version", version=f"baas-errors {program_version() or '(not installed)'}")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND", dest="command")
    for command in (explain, report, check, run, list_errors, show_error, catalog, path):
        command.add(commands)
    return top
