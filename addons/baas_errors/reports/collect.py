"""From inputs to occurrences: every file read, every exchange examined, copies dropped. What the command line's report and check stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from ..exchange import Exchange
from ..pipeline import Pipeline
from ..record import ErrorRecord
from ..redact import Redactor
from ..sources import Item, Recorded, Skip, read
from .clean import clean
from .grouping import Occurrence
from .merge import merged
from .searched import Searched


@dataclass(slots=True)
class Tally:
    """What was read: exchanges, those of them with a known backend, and records of earlier runs."""

    exchanges: int = 0
    ours: int = 0
    records: int = 0


Watched = Callable[[str, Iterator[Item]], Iterable[Item]]


def _unwatched(_name: str, items: Iterator[Item]) -> Iterable[Item]:
    return items


def collect(
    inputs: Iterable[str],
    pipeline: Pipeline,
    skips: list[Skip],
    *,
    exchanges: bool = True,
    watched: Watched = _unwatched,
    tally: Tally | None = None,
    stdin: BinaryIO | None = None,
) -> list[Occurrence]:
    """The errors in files (`-` for standard input), oldest first and none twice.

    What could not be read is added to `skips`; raises SourceError for an input that cannot be read at all. Without `exchanges` only records are
    kept. `watched` is given the name of each input and what is read from it, and hands that on: to show progress. `tally` counts.
    """
    tally = tally or Tally()
    searched = Searched(pipeline.redactor)
    return merged(
        occurrence
        for name in inputs
        for item in watched(name, read(name, skips, stdin))
        for occurrence in _occurrences(item, pipeline, tally, exchanges, searched)
    )


def _occurrences(item: Item, pipeline: Pipeline, tally: Tally, exchanges: bool, searched: Searched) -> Iterator[Occurrence]:
    """The errors in one item of an input."""
    if isinstance(item, ErrorRecord):
        tally.records += 1
        yield Occurrence(searched.cleaned(item, cleaned))
        return
    tally.exchanges += 1
    if isinstance(item, Recorded):
        tally.ours += 1
        exchange: Exchange = item.exchange
        records = [searched.cleaned(record, cleaned) for record in item.records]
    else:
        exchange = item
        backend = pipeline.recognizer.of_exchange(exchange)
        tally.ours += backend is not None
        records = pipeline.records(exchange, backend) if backend else []
    shown = clean(exchange, pipeline.redactor) if records and exchanges else None
    for record in records:
        yield Occurrence(record, shown)


def cleaned(record: ErrorRecord, redactor: Redactor) -> ErrorRecord:
    """A record from a file without secrets: it may have been written with redaction switched off. What was replaced before stays as it is."""
    redaction = redactor.session()
    # Of what the server says and the app sends, names decide as well; our own names are searched for forms only.
    text, name = redaction.text, redaction.shaped
    return replace(
        record,
        type=name(record.type),
        code=text(record.code) if isinstance(record.code, str) else record.code,
        message=text(record.message),
        debug=text(record.debug),
        # What was replaced before stays as it is.
        url=text(record.url) if "<" in record.url else redaction.url(record.url),
        url_template=name(record.url_template),
        method=name(record.method),
        address=name(record.address),
        request_id=name(record.request_id),
        client_request_id=name(record.client_request_id),
        app=name(record.app),
        client=text(record.client),
        findings=tuple(replace(found, says=text(found.says), evidence=text(found.evidence)) for found in record.findings),
        redactions=record.redactions + redaction.count,
    )
