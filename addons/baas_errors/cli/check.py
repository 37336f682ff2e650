"""`baas-errors check`: reports by its exit status whether captures contain errors; for continuous integration."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from ..catalog import Backend
from ..formats import ci
from ..formats.write_file import write_text
from ..inject.reactions import BAD, rows_of
from ..pipeline import naming
from ..reports.group import Group, Occurrence, groups_of
from ..reports.verdict import DAMAGED, EMPTY, Verdict
from ..text.paths import expand_user
from .allowlist import Allowed, parse_allowed, parse_file
from .common import Commands, UsageError, add_input_options, pipeline_of, read_inputs, say, show


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "check",
        help="find errors in captures; for CI",
        description="Says of each kind of error in captures, HAR files and logs: the server's words, the cause, the fix, how often, where first.",
        epilog="Exit status: 0 no errors, or only allowed ones; 1 other errors; 2 bad usage, or an input that cannot be read, or not completely; "
        "5 no exchange with a known backend and no record in the inputs.",
    )
    add_input_options(parser)
    add_check_options(parser)
    parser.set_defaults(run=run)


def add_check_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options on what is accepted and how the result is printed."""
    parser.add_argument("--format", choices=tuple(ci.FORMATS), default="text", help="what is printed (default: text)")
    parser.add_argument("-o", "--output", metavar="FILE", help="the file to write that to; the text is printed then")
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="TYPE",
        help="an error type that is accepted: parse/ObjectNotFound, parse/http-429 or parse/*; only at one place: 'parse/ObjectNotFound GET "
        "/parse/classes/Draft/*'; with a reason: 'parse/ObjectNotFound # drafts are optional'; repeatable",
    )
    parser.add_argument("--allow-file", action="append", default=[], metavar="FILE", help="a file with such types, one a line; repeatable")
    parser.add_argument("--injected", action="store_true", help="count errors on demand (errors_inject) like others")
    parser.add_argument("--reactions", action="store_true", help="count those after which the app did something bad, such as repeats-in-vain")
    parser.add_argument("--allow-damaged", action="store_true", help="accept inputs that cannot be read completely (no exit status 2)")
    parser.add_argument("--allow-empty", action="store_true", help="accept inputs without any exchange with a known backend (no exit status 5)")


def run(options: argparse.Namespace) -> int:
    """Prints the result and returns the exit status. Damage comes first: the errors that were read may not be all."""
    verdict = judge(options)
    print_result(options, verdict)
    return verdict.status


def print_result(options: argparse.Namespace, verdict: Verdict) -> None:
    """Prints the result, or writes it to the file that `-o` names and prints it as text. Raises UsageError if it cannot be written."""
    text = ci.FORMATS[options.format](verdict)
    if options.output:
        try:
            write_text(expand_user(options.output), f"{text}\n")
        except OSError as error:
            raise UsageError(f"-o {options.output!r} cannot be written ({error.strerror or error})") from None
        text = ci.as_text(verdict)
    show(text)
    if "--allow" in verdict.problem:  # the reasons for others are told already
        say(verdict.problem)


def judge(options: argparse.Namespace, source: str = "") -> Verdict:
    """Reads the inputs and decides. `source` is shown instead of their names. Raises UsageError for options that are invalid and inputs that cannot
    be read at all."""
    pipeline = pipeline_of(options)
    allowances = allowances_of(options, pipeline.backends)
    found, notes, empty, damaged, unreadable, tally = read_inputs(options, pipeline, exchanges=False)
    kinds: list[Group] = []
    allowed: list[tuple[Group, str]] = []
    needed: set[Allowed] = set()
    counted = _counted(found, options)
    for group in groups_of(one._replace(source=source or one.source) for one in counted):
        by = [allowance for allowance in allowances if allowance.covers(group.record)]
        needed.update(by)
        if by:
            allowed.append((group, next((one.reason for one in by if one.reason), "")))
        else:
            kinds.append(group)
    status, problem = (1 if kinds else 0), ""
    if unreadable:
        status, problem = DAMAGED, "An input could not be read."
    elif damaged and not options.allow_damaged:
        status, problem = DAMAGED, "An input could not be read completely. To accept that, add --allow-damaged."
    elif empty and not options.allow_empty:
        status, problem = EMPTY, f"{empty} To accept that, add --allow-empty."
    elif empty:
        say(empty)
    unused = [allowance.text for allowance in allowances if allowance not in needed]
    return Verdict(kinds, allowed, unused, notes, tally, status, problem)


def _counted(found: Sequence[Occurrence], options: argparse.Namespace) -> Iterator[Occurrence]:
    """The errors that count: real ones, and those on demand that were asked for. Prints what apps did after these."""
    for occurrence in found:
        if not occurrence.record.injected or options.injected or (options.reactions and occurrence.record.reaction in BAD):
            yield occurrence
    for row in rows_of(one.record for one in found) if options.reactions else ():
        say(f"On demand: {row.count:,} \u00d7 {row.type}: {row.reaction} ({row.verdict}). {row.says}")


def allowances_of(options: argparse.Namespace, backends: dict[str, Backend]) -> list[Allowed]:
    """What `--allow` and `--allow-file` name; raises UsageError."""
    with naming("--allow", UsageError):
        found = [parse_allowed(text, backends) for text in options.allow]
    for name in options.allow_file:
        try:
            with naming(f"--allow-file {name!r}", UsageError):
                found += parse_file(expand_user(name).read_text("utf-8-sig"), backends)
        except OSError as error:
            raise UsageError(f"--allow-file: {name!r} cannot be read ({error.strerror or error})") from None
    return list(dict.fromkeys(found))
