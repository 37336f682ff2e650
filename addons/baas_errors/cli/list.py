"""`baas-errors list`: the errors in captures and logs, one a line; for scripts, agents and people."""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime

from ..formats.headline import moment
from ..pipeline import naming
from ..reports.group import Occurrence, error_id, seconds
from ..sources import STDIN
from ..text import inert, one_line, scrub, uncommanded
from .allowlist import parse_type
from .common import Commands, UsageError, add_input_options, pipeline_of, read_inputs, say, show

_AGES = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "list",
        help="list errors, one a line",
        description="Lists the errors in captures, HAR files and logs, one a line, newest last. A log on standard input is listed as it grows: "
        "tail -f errors.jsonl | baas-errors list -",
        epilog="Exit status: 0, with or without errors; 2 bad usage, or an input that cannot be read.",
    )
    add_input_options(parser)
    add_since_option(parser)
    parser.add_argument("--type", action="append", default=[], metavar="TYPE", help="only this type: parse/ObjectNotFound, parse/*; repeatable")
    parser.add_argument("--limit", type=int, metavar="N", help="only the newest N")
    parser.add_argument("--json", action="store_true", help="print each error as one line of JSON (docs/schema/list.json)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Lists the errors. What is read from a pipe is listed at once, unless the newest are asked for."""
    pipeline = pipeline_of(options)
    since = since_of(options.since) if options.since is not None else None
    with naming("--type", UsageError):
        kinds = [parse_type(text.strip(), pipeline.backends) for text in options.type]
    if options.limit is not None and options.limit < 1:
        raise UsageError(f"--limit {options.limit}: give a number from 1")
    line: Callable[[Occurrence], str] = json_line if options.json else text_line
    at_once = options.inputs == [STDIN] and options.limit is None
    listed: set[str] = set()

    def keep(occurrence: Occurrence) -> bool:
        record = occurrence.record
        if (since is not None and seconds(record.timestamp) < since) or (kinds and not any(kind.fullmatch(record.type) for kind in kinds)):
            return False
        if at_once and error_id(record) not in listed:
            listed.add(error_id(record))
            show(line(occurrence))
        return not at_once

    inputs = read_inputs(options, pipeline, exchanges=False, keep=keep)
    for occurrence in inputs.found[-(options.limit or 0) :]:
        show(line(occurrence))
    if inputs.empty:
        say(inputs.empty)
    return 2 if inputs.unreadable else 0


def add_since_option(parser: argparse.ArgumentParser) -> None:
    """Adds `--since`."""
    parser.add_argument("--since", metavar="TIME", help="only later errors: 2026-01-31T12:00:00Z, 2026-01-31 (UTC), or an age: 90s, 15m, 2h, 1d")


def since_of(text: str) -> float:
    """The time that `--since` names, in seconds since the epoch: RFC 3339, a date, or an age. Raises UsageError."""
    if age := re.fullmatch(r"(\d{1,9})([smhd])", text.strip()):
        return time.time() - int(age[1]) * _AGES[age[2]]
    try:
        at = datetime.fromisoformat(text.strip())
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise UsageError(f"--since {text!r}: give a time such as 2026-01-31T12:00:00Z, a date, or an age: 90s, 15m, 2h, 1d") from None


def json_line(occurrence: Occurrence) -> str:
    """The record as one line of JSON, with its id for `show` in front and the input behind."""
    source = {"source": occurrence.source} if occurrence.source else {}
    datum = {"id": error_id(occurrence.record), **occurrence.record.as_dict(), **source}
    return scrub(inert(json.dumps(datum, ensure_ascii=False, separators=(",", ":"))))


def text_line(occurrence: Occurrence) -> str:
    """`2026-01-31 12:00:00 8f14e45fceea parse/ObjectNotFound (101) [404] GET /parse/classes/Note/{id} "Object not found."`"""
    record = occurrence.record
    code = f" ({record.code})" if record.name and record.code is not None else ""
    status = f" [{record.status}]" if record.status is not None else ""
    said = f" \u201c{one_line(record.message, 120)}\u201d" if record.message else ""
    place = f"{record.method} {record.url_template}"
    return uncommanded(one_line(f"{moment(record.timestamp)} {error_id(record)} {record.type}{code}{status} {place}{said}", 400))
