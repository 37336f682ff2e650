"""`baas-errors check`: are there errors in these captures? For continuous integration."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence

from ..record.summary import Summary
from ..reports.collect import Tally, collect
from ..sources import Skip, SourceError
from ..text import one_line, plural, safe
from .allowlist import parse_allowed
from .common import Commands, Progress, UsageError, add_input_options, hint, pipeline_of, say, show, skip_notes

MOST_SHOWN = 5


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "check",
        help="find errors in captures; for CI",
        description="Sums up the errors in captures, HAR files and records.",
        epilog="Exit status: 0 if there is no error but those allowed, 1 if there are others, 2 for bad usage and for an input that cannot be read.",
    )
    add_input_options(parser)
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="TYPE",
        help="a type of error that is no failure, such as parse/ObjectNotFound, parse/http-429 or parse/*; repeatable",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints the summary; 1 if there are errors that are not allowed."""
    pipeline = pipeline_of(options)
    try:
        allowed = [parse_allowed(text, pipeline.backends) for text in options.allow]
    except ValueError as error:
        raise UsageError(f"--allow: {error}") from None
    skips: list[Skip] = []
    tally = Tally()
    try:
        found = collect(options.inputs, pipeline, skips, exchanges=False, watched=Progress(), tally=tally)
    except SourceError as error:
        raise UsageError(pipeline.redactor.session().text(str(error))) from None
    for note in skip_notes(skips, pipeline.redactor):
        say(note)
    summary = Summary()
    passed: Counter[str] = Counter()
    for occurrence in found:
        if any(pattern.fullmatch(occurrence.record.type) for pattern in allowed):
            passed[occurrence.record.type] += 1
        else:
            summary.add(occurrence.record)
    show(safe(_told(summary, passed)))
    if text := hint(tally):
        say(text)
    return 1 if summary.total else 0


def _told(summary: Summary, passed: Counter[str]) -> str:
    lines: Sequence[str] = [summary.table()]
    if passed:
        which = ", ".join(f"{one_line(kind, 160)} ({count:,})" for kind, count in passed.most_common(MOST_SHOWN))
        which += f" and {plural(len(passed) - MOST_SHOWN, 'more type')}" if len(passed) > MOST_SHOWN else ""
        said = f"Allowed: {plural(passed.total(), 'error')}: {which}."
        lines = [said] if not summary.total else [*lines, said]
    return "\n".join(lines)
