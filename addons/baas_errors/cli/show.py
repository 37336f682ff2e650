"""`baas-errors show`: the whole story of one error: record, request and answer, earlier exchanges that its findings cite, and what differs from the
last request of its method and path that worked."""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from shutil import copyfileobj
from typing import Any, BinaryIO, cast

from ..exchange import Exchange
from ..formats.headline import moment
from ..pipeline import Pipeline
from ..record import ErrorRecord, timestamp
from ..render.record_text import page
from ..reports.differences import differences
from ..reports.group import Occurrence, error_id
from ..reports.redacted_exchange import CleanExchange, clean
from ..sources import STDIN, Recorded, SourceError, read
from ..text import json_text, one_line, plural, safe, uncommanded
from .common import Commands, UsageError, add_input_options, pipeline_of, read_inputs, say, show

SCHEMA = "baas-errors-show/1"
MOST_EARLIER = 10
# How texts name an earlier flow: by the first eight characters of its id.
_CITED = re.compile(r"\bflow ([\w-]{1,8})")


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "show",
        help="show one error's whole story",
        description="Shows one error: its record, the request and answer without secrets, the earlier exchanges that its findings cite, and what "
        "differs from the last request of its method and path that worked.",
        epilog="Exit status: 0; 1 no such error in the inputs; 2 bad usage, or an input that cannot be read.",
    )
    add_input_options(parser)
    parser.add_argument(
        "id", metavar="ID", help="the error's id as `list` and `check` print it, or its beginning; a flow id or request id is taken too"
    )
    parser.add_argument("--json", action="store_true", help="print JSON (docs/schema/show.json)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Shows the error with this id."""
    wanted = options.id.strip()
    if len(wanted) < 4:
        raise UsageError(f"ID {wanted!r}: give at least four characters of it; `baas-errors list` prints the ids")
    pipeline = pipeline_of(options)

    def is_wanted(record: ErrorRecord) -> bool:
        return error_id(record).startswith(wanted.lower()) or wanted in (record.flow_id, record.request_id)

    with ExitStack() as opened:
        pipe = opened.enter_context(_kept_stdin()) if STDIN in options.inputs else None
        found = read_inputs(options, pipeline, exchanges=is_wanted, keep=lambda occurrence: is_wanted(occurrence.record), stdin=pipe).found
        if not found:
            say(f"baas-errors show: the inputs hold no error with the id {one_line(wanted, 80)}; `baas-errors list` prints the ids")
            return 1
        if len(found) > 1:
            ids = ", ".join(error_id(occurrence.record) for occurrence in found[:10])
            raise UsageError(f"ID {wanted!r} is that of {plural(len(found), 'error')}; use one of: {ids}")
        (occurrence,) = found
        earlier = list(_earlier(options.inputs, pipeline, occurrence.record, pipe))[-MOST_EARLIER:]
    show(json_text(as_data(occurrence, earlier)) if options.json else as_text(occurrence, earlier))
    return 0


def _kept_stdin() -> BinaryIO:
    """What comes in, in a file: it is read twice."""
    copy: Any = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    if sys.stdin is not None:
        copyfileobj(sys.stdin.buffer, copy)
        copy.seek(0)
    return cast(BinaryIO, copy)


def _earlier(inputs: list[str], pipeline: Pipeline, record: ErrorRecord, pipe: BinaryIO | None) -> Iterator[tuple[str, CleanExchange]]:
    """The exchanges that the findings cite, with their ids, in the order of the inputs."""
    cited = {name for finding in record.findings for text in (finding.says, finding.evidence) for name in _CITED.findall(text)}
    if not cited:
        return
    for name in inputs:
        if pipe:
            pipe.seek(0)
        try:
            for item in read(name, [], pipe):
                exchange = item.exchange if isinstance(item, Recorded) else item
                if isinstance(exchange, Exchange) and exchange.id[:8] in cited and exchange.id != record.flow_id:
                    yield exchange.id, clean(exchange, pipeline.redactor)
        except SourceError:
            # It was told when it was read first.
            continue


def as_data(occurrence: Occurrence, earlier: list[tuple[str, CleanExchange]]) -> dict[str, Any]:
    """The story as a JSON value: docs/schema/show.json. `earlier` holds the cited exchanges with their ids."""
    record, exchange, source, worked = occurrence
    datum: dict[str, Any] = {"schema": SCHEMA, "id": error_id(record), "source": source, "record": record.as_dict()}
    if exchange:
        datum["exchange"] = _exchange(exchange)
    datum["earlier"] = [{"flow_id": name} | _exchange(one) for name, one in earlier]
    if exchange and worked:
        datum["worked"] = _exchange(worked)
        datum["differences"] = [one._asdict() for one in differences(exchange, worked)]
    return datum


def _exchange(exchange: CleanExchange) -> dict[str, Any]:
    told: dict[str, Any] = {"method": exchange.method, "url": exchange.url}
    told |= {"started": timestamp(exchange.started)} if exchange.started is not None else {}
    told |= {"duration_ms": exchange.duration_ms} if exchange.duration_ms is not None else {}
    told["request"] = {"headers": [list(pair) for pair in exchange.request_headers], "body": exchange.request_body}
    if exchange.status is not None or exchange.response_body:
        status = {"status": exchange.status} if exchange.status is not None else {}
        told["response"] = status | {"headers": [list(pair) for pair in exchange.response_headers], "body": exchange.response_body}
    return told | ({"failure": exchange.failure} if exchange.failure else {})


def as_text(occurrence: Occurrence, earlier: list[tuple[str, CleanExchange]]) -> str:
    """The story for people."""
    record, exchange, source, worked = occurrence
    parts = [f"{page(record)}\n  {'Seen in':<9} {source}, {moment(record.timestamp)} UTC, id {error_id(record)}"]
    if exchange is None:
        parts.append("The input is a log, which has no requests. To see them, name the capture too.")
    else:
        parts.append(f"Request and answer:\n{_http(exchange)}")
    parts += [f"Cited, flow {name[:8]}:\n{_http(one)}" for name, one in earlier]
    if exchange and worked:
        listed = "\n".join(f"  {one.where} {one.name}: {_brief(one.now)} (before: {_brief(one.before)})" for one in differences(exchange, worked))
        parts.append(f"Compared with the last one that worked:\n{listed or '  no difference'}\n{_http(worked)}")
    return uncommanded(safe("\n\n".join(parts)))


def _brief(value: str | None) -> str:
    return "missing" if value is None else one_line(value, 120) or "empty"


def _http(exchange: CleanExchange) -> str:
    """An exchange as on the wire, indented."""
    lines = exchange.request_head
    lines += ["", *exchange.request_body.splitlines()] if exchange.request_body else []
    lines += ["", f"HTTP {exchange.status}"] if exchange.status is not None else [""]
    lines += exchange.answer_head
    lines += ["", *exchange.response_body.splitlines()] if exchange.response_body else []
    lines += [exchange.failure] if exchange.failure else []
    return "\n".join(f"  {line}".rstrip() for line in lines)
