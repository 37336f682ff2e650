"""`baas-errors report`: writes the errors in captures and logs to one file."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ..formats import SUFFIXES, Occurrence, suffix_of, write, write_stream
from ..formats.write_file import write_text
from ..reports.group import seconds
from ..reports.ticket import ticket
from ..text import one_line, plural, uncommanded
from ..text.paths import expand_user
from .common import LONGEST_SAID, Commands, UsageError, add_input_options, pipeline_of, read_inputs, say, show
from .list import add_since_option, since_of

STDOUT = "-"
NAMES = tuple(suffix.removeprefix(".") for suffix in SUFFIXES)


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "report",
        help="write a report or support tickets",
        description="Writes the errors in captures, HAR files and logs to one file, without secrets. An error that is in several inputs is "
        "reported once.",
        epilog="Exit status: 0 the file was written, with or without errors in it; 2 bad usage, or a file that cannot be read or written. "
        "The report is written with what could be read of the other inputs.",
    )
    add_input_options(parser)
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="FILE",
        help=f"the file to write; its suffix selects the format: {', '.join(SUFFIXES)}; - for standard output",
    )
    parser.add_argument("--format", choices=NAMES, help="the format for -o -")
    add_since_option(parser)
    parser.add_argument("--run", dest="of_run", choices=("last",), help="only the errors of the last run of mitmproxy that a log in the inputs is of")
    parser.add_argument("--ticket", action="store_true", help="write support tickets (Markdown)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Writes the report."""
    suffix = _suffix(options)
    _check_output(options.output, options.inputs)
    pipeline = pipeline_of(options)
    since = since_of(options.since) if options.since is not None else None
    found, notes, empty, _, unreadable, _ = read_inputs(options, pipeline, keep=lambda item: since is None or seconds(item.record.timestamp) >= since)
    if options.of_run and found:
        last = max(occurrence.record.run for occurrence in found)
        if not last:
            raise UsageError("--run last: the inputs do not say where a run begins; give the log of errors (errors.jsonl), or use --since")
        found = [occurrence for occurrence in found if occurrence.record.run == last]
    is_new_folder = options.output != STDOUT and not expand_user(options.output).parent.exists()
    try:
        _write(options, suffix, found, notes)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"-o: {options.output!r} cannot be written ({error.strerror or error}); an existing file was not changed") from None
    if options.output != STDOUT:
        kinds, injected = len({occurrence.record.fingerprint for occurrence in found}), sum(bool(one.record.injected) for one in found)
        what = f"{plural(len(found), 'error')} of {plural(kinds, 'kind')}" if found else "No backend errors were seen; the report is empty"
        what += f" ({injected:,} of them on demand)" if injected else ""
        made = " (its folder was not there and was made)" * is_new_folder
        show(one_line(f"{what}: {options.output}{made}", LONGEST_SAID))
    if empty:
        say(empty)
    return 2 if unreadable else 0


def _suffix(options: argparse.Namespace) -> str:
    """The suffix of the output format; raises UsageError for options that contradict each other."""
    wanted: str = options.format or ""
    if options.ticket:
        if wanted not in ("", "md"):
            raise UsageError(f"--format {wanted}: support tickets are Markdown; omit --format with --ticket")
        if options.output != STDOUT and Path(options.output).suffix.lower() != ".md":
            raise UsageError(f"-o {options.output!r}: support tickets are Markdown; give a name that ends in .md")
        return ".md"
    if options.output == STDOUT:
        if not wanted:
            raise UsageError(f"-o -: standard output has no suffix that selects the format; add --format, one of {', '.join(NAMES)}")
        return f".{wanted}"
    if wanted:
        raise UsageError(f"--format {wanted}: only valid with -o -; the suffix of {options.output!r} selects the format")
    try:
        return suffix_of(options.output)
    except ValueError as error:
        raise UsageError(f"-o {error}") from None


def _check_output(output: str, inputs: Sequence[str]) -> None:
    if output.endswith(("/", os.sep)):
        raise UsageError(f"-o {output!r} is a folder; give the name of a file in it, such as {output + 'errors.html'!r}")
    if output != STDOUT and any(name != "-" and expand_user(name).resolve() == expand_user(output).resolve() for name in inputs):
        raise UsageError(f"-o {output!r} is one of the inputs; write to another file")


def _write(options: argparse.Namespace, suffix: str, found: Sequence[Occurrence], notes: Sequence[str]) -> None:
    if options.ticket:
        text = ticket(found)
        if options.output == STDOUT:
            # UTF-8 like the other formats, whatever the terminal's encoding.
            show(f"{uncommanded(text).removesuffix(chr(10))}\n".encode("utf-8", "replace"))
        else:
            write_text(Path(options.output), text)
    elif options.output == STDOUT:
        write_stream(sys.stdout, suffix, found, notes=notes)
    else:
        write(Path(options.output), found, notes=notes)
