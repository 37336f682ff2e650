"""`baas-errors report`: captures and records made one file for people, spreadsheets or tools."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ..formats import SUFFIXES, Occurrence, format_for, write, write_stream
from ..formats.write_file import write_text
from ..reports.collect import Tally, collect
from ..reports.ticket import ticket
from ..sources import Skip, SourceError
from ..text import one_line, plural
from ..text.paths import expand_user
from .common import LONGEST_SAID, Commands, Progress, UsageError, add_input_options, hint, pipeline_of, say, show, skip_notes

STDOUT = "-"
NAMES = tuple(suffix.removeprefix(".") for suffix in SUFFIXES)


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "report",
        help="make a report or support tickets of captures",
        description="Writes the errors in captures, HAR files and records to one file, without secrets. An error that several inputs hold is "
        "told once.",
        epilog="Exit status: 0 if the file was written, with errors in it or none; 2 for bad usage and for what cannot be read or written.",
    )
    add_input_options(parser)
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="FILE",
        help=f"the file to write; its suffix picks the format: {', '.join(SUFFIXES)}; - for standard output",
    )
    parser.add_argument("--format", choices=NAMES, help="the format, for -o -")
    parser.add_argument("--ticket", action="store_true", help="write support tickets (Markdown) instead of a report")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Writes the report."""
    suffix = _suffix(options)
    _check_output(options.output, options.inputs)
    pipeline = pipeline_of(options)
    skips: list[Skip] = []
    tally = Tally()
    try:
        found = collect(options.inputs, pipeline, skips, watched=Progress(), tally=tally)
    except SourceError as error:
        raise UsageError(pipeline.redactor.session().text(str(error))) from None
    notes = skip_notes(skips, pipeline.redactor)
    for note in notes:
        say(note)
    try:
        _write(options, suffix, found, notes)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"-o: {options.output!r} cannot be written ({error.strerror or error}); what was there before stays as it was") from None
    if options.output != STDOUT:
        kinds = len({occurrence.record.fingerprint for occurrence in found})
        what = f"{plural(len(found), 'error')} of {plural(kinds, 'kind')}" if found else "No backend errors were seen; an empty report"
        show(one_line(f"{what}: {options.output}", LONGEST_SAID))
    if text := hint(tally):
        say(text)
    return 0


def _suffix(options: argparse.Namespace) -> str:
    """The suffix of the format asked for; raises UsageError where options contradict each other."""
    wanted: str = options.format or ""
    if options.ticket:
        if wanted not in ("", "md"):
            raise UsageError(f"--format {wanted}: support tickets are Markdown; leave --format out with --ticket")
        if options.output != STDOUT and Path(options.output).suffix.lower() != ".md":
            raise UsageError(f"-o {options.output!r}: support tickets are Markdown; give a name that ends in .md")
        return ".md"
    if options.output == STDOUT:
        if not wanted:
            raise UsageError(f"-o -: standard output has no suffix to pick the format by; add --format, one of {', '.join(NAMES)}")
        return f".{wanted}"
    if wanted:
        raise UsageError(f"--format {wanted}: goes with -o - only; the suffix of {options.output!r} picks the format")
    try:
        return format_for(options.output).suffix
    except ValueError as error:
        raise UsageError(f"-o {error}") from None


def _check_output(output: str, inputs: Sequence[str]) -> None:
    if output.endswith(("/", os.sep)):
        raise UsageError(f"-o {output!r} is a folder; give the name of a file in it, such as {output + 'errors.html'!r}")
    if output != STDOUT and any(name != "-" and _real(name) == _real(output) for name in inputs):
        raise UsageError(f"-o {output!r} is one of the inputs; write to another file")


def _real(name: str) -> Path:
    return expand_user(name).resolve()


def _write(options: argparse.Namespace, suffix: str, found: Sequence[Occurrence], notes: Sequence[str]) -> None:
    if options.ticket:
        text = ticket(found)
        if options.output == STDOUT:
            # UTF-8 as in the other formats, whatever the terminal's encoding.
            show(f"{text.removesuffix(chr(10))}\n".encode("utf-8", "replace"))
        else:
            write_text(Path(options.output), text)
    elif options.output == STDOUT:
        write_stream(sys.stdout, suffix, found, notes=notes)
    else:
        write(Path(options.output), found, notes=notes)
