"""`baas-errors check`: reports by its exit status whether captures contain errors; for continuous integration."""

from __future__ import annotations

import argparse
from collections import Counter

from ..record.summary import Summary
from ..text import one_line, plural, safe
from .allowlist import parse_allowed
from .common import Commands, UsageError, add_input_options, pipeline_of, read_inputs, say, show

MOST_SHOWN = 5


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "check",
        help="find errors in captures; for CI",
        description="Summarizes the errors in captures, HAR files and logs.",
        epilog="Exit status: 0 no errors, or only allowed ones; 1 other errors; 2 bad usage, or an input that cannot be read, or not completely; "
        "5 no exchange with a known backend and no record in the inputs.",
    )
    add_input_options(parser)
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="TYPE",
        help="an error type that is accepted, for example parse/ObjectNotFound, parse/http-429 or parse/*; repeatable",
    )
    parser.add_argument("--allow-damaged", action="store_true", help="accept inputs that cannot be read completely (no exit status 2)")
    parser.add_argument("--allow-empty", action="store_true", help="accept inputs without any exchange with a known backend (no exit status 5)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints the summary and returns the exit status. Damage comes first: the errors that were read may not be all."""
    pipeline = pipeline_of(options)
    try:
        allowed = [parse_allowed(text, pipeline.backends) for text in options.allow]
    except ValueError as error:
        raise UsageError(f"--allow: {error}") from None
    found, _, empty, damaged, unreadable = read_inputs(options, pipeline, exchanges=False)
    summary = Summary()
    passed: Counter[str] = Counter()
    for record in (occurrence.record for occurrence in found):
        if any(pattern.fullmatch(record.type) for pattern in allowed):
            passed[record.type] += 1
        else:
            summary.add(record)
    lines = [summary.table()] if summary.total or not passed else []
    if passed:
        types = ", ".join(f"{one_line(kind, 160)} ({count:,})" for kind, count in passed.most_common(MOST_SHOWN))
        more = f" and {plural(len(passed) - MOST_SHOWN, 'more type')}" if len(passed) > MOST_SHOWN else ""
        lines.append(f"Allowed: {plural(passed.total(), 'error')}: {types}{more}.")
    show(safe("\n".join(lines)))
    if empty:
        say(empty)
    if damaged and not options.allow_damaged:
        say("An input could not be read completely. To accept that, add --allow-damaged.")
    if unreadable or (damaged and not options.allow_damaged):
        return 2
    if empty and not options.allow_empty:
        say("To accept that, add --allow-empty.")
        return 5
    return 1 if summary.total else 0
