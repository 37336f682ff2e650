"""From inputs to occurrences: every file read, every exchange examined, copies dropped. What the command line's report and check stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from ..exchange import Exchange
from ..pipeline import Pipeline
from ..record import ErrorRecord
from ..record_builder import code_text
from ..redact import Redactor
from ..sources import Item, Recorded, Skip, read
from .dedupe import merged
from .group import Occurrence
from .redacted_exchange import clean
from .searched import Searched


@dataclass(slots=True)
class Tally:
    """What was read: exchanges, those of them with a known backend, and records of earlier runs."""

    exchanges: int = 0
    ours: int = 0
    records: int = 0


# In characters; what a catalog says of one error is shorter.
_LONGEST_ADVICE = 6_000

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
    """A record from a file without secrets: anybody may have written it, or we with redaction switched off."""
    redaction = redactor.session()
    # Of what the server says and the app sends, names decide as well; our own names are searched for forms only.
    text, name = redaction.text, redaction.redact_format
    code = text(record.code) if record.code else record.code
    return replace(
        record,
        backend=name(record.backend),
        type=_type(record, code, name),
        code=code,
        message=text(record.message),
        debug=text(record.debug),
        # What was replaced before stays as it is.
        url=text(record.url) if "<" in record.url else redaction.url(record.url),
        url_template=redaction.path(record.url_template),
        method=name(record.method),
        address=name(record.address),
        request_id=name(record.request_id),
        client_request_id=name(record.client_request_id),
        app=name(record.app),
        client=text(record.client),
        user=name(record.user),
        trace_id=name(record.trace_id),
        span_id=name(record.span_id),
        fingerprint=name(record.fingerprint),
        findings=tuple(replace(found, rule=name(found.rule), says=text(found.says), evidence=text(found.evidence)) for found in record.findings),
        flow_id=name(record.flow_id),
        **_advice(record, redactor, text),
        redactions=record.redactions + redaction.count,
    )


def _type(record: ErrorRecord, code: str | None, name: Callable[[str], str]) -> str:
    """The type ends with a code that has no name: where something was taken out of the one, so it is out of the other."""
    return name(record.type) if code == record.code or record.name else f"{name(record.backend)}/{code_text(code or '')}"


def _advice(record: ErrorRecord, redactor: Redactor, text: Callable[[str], str]) -> dict[str, Any]:
    """What stands in the place of a catalog's words and is to be replaced. Where it is a catalog's, or holds nothing, it stays."""
    known = redactor.shared.harmless.advice
    told = (record.name, record.candidates, record.meaning, record.fix, record.retry, record.fault, record.doc, *record.sdk.items())
    if told in known:
        return {}

    def ours(said: str) -> str:
        return said if not said or redactor.session().text(said) == said or redactor.is_ours(said) else text(said)

    clean = {
        **{fact: ours(getattr(record, fact)) for fact in ("name", "meaning", "retry", "fault", "doc")},
        **{fact: tuple(map(ours, getattr(record, fact))) for fact in ("candidates", "fix")},
        "sdk": {ours(key): ours(value) for key, value in record.sdk.items()},
    }
    if all(clean[fact] == getattr(record, fact) for fact in clean):
        if len(repr(told)) <= _LONGEST_ADVICE:
            known[told] = None
        return {}
    return clean
