"""From inputs to occurrences: every file read, every exchange examined, copies dropped. What the command line's report and check stand on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from typing import Any, BinaryIO

from ..exchange import Exchange
from ..exchange.clearing_cache import ClearingCache
from ..inject.reactions import Reactions, key_of
from ..pipeline import Pipeline
from ..record import FACTS, ErrorRecord
from ..record.model import DERIVED
from ..record.parse import keep_once
from ..record_builder import code_text
from ..redact import Redactor
from ..sources import STDIN, STRANGER, Item, Place, Recorded, Skip, SourceError, read
from ..text import scrub
from .group import Occurrence, merged, occurrences_of
from .redacted_exchange import clean


@dataclass(slots=True)
class Tally:
    """What was read: exchanges, those of them with a known backend, and records of earlier runs. `unreadable` tells which inputs could not be read,
    and why."""

    exchanges: int = 0
    ours: int = 0
    records: int = 0
    unreadable: list[str] = field(default_factory=list)


# Records, and texts of advice: beyond so many the search costs what it costs.
MOST_KNOWN = 5_000
# In characters; a catalog's texts are shorter.
_LONGEST_ADVICE = 2_000
# What sets one repeat apart from the next, and can hold no secret; the identifier of a flow is looked at.
_OWN = {"timestamp", "flow_id", "sdk", "known", "index", "port", "status", "duration_ms", "redactions"}
_facts = attrgetter(*(field.name for field in fields(ErrorRecord) if field.name not in _OWN))
_FLOW_ID = re.compile(r"[0-9a-f-]{0,36}")
# Of what the server says and the app sends, names decide as well; our own names are searched for forms only.
_TEXTS = ("message", "debug", "client")
_ADVICE = ("name", "meaning", "retry", "fault", "doc")
# What has a form of its own, or is searched in a way of its own.
_APART = ("timestamp", "schema", "type", "code", "url", "url_template", *DERIVED)
_NAMES = tuple(fact.attribute for fact in FACTS if fact.type == "text" and fact.attribute not in (*_TEXTS, *_ADVICE, *_APART))

Watched = Callable[[str, Iterator[Item], Place], Iterable[Item]]


def collect(
    inputs: Iterable[str],
    pipeline: Pipeline,
    skips: list[Skip],
    *,
    exchanges: bool | Callable[[ErrorRecord], bool] = True,
    keep: Callable[[Occurrence], bool] = lambda _occurrence: True,
    watched: Watched = lambda _name, items, _place: items,
    tally: Tally | None = None,
    stdin: BinaryIO | None = None,
) -> list[Occurrence]:
    """The errors in files (`-` for standard input), oldest first and none twice. What could not be read is added to `skips`; an input that cannot be
    read does not stop the others, and is told in `tally`, which counts. `exchanges` decides, for all or for each record, whether its exchange is
    kept; `keep` is asked for each occurrence as soon as it is read. `watched` is given the name of each input and what is read from it, and hands
    that on: to show progress. It is given the place in the input, too. Errors on demand have what the app did then."""
    inputs, tally = list(inputs), tally or Tally()
    cleaner, passes_over = RecordCleaner(pipeline.redactor), pipeline.recognizer.passes_over
    pipeline.keep_worked(bool(exchanges))
    judged: dict[str, ErrorRecord] = {}
    reactions = pipeline.reactions = Reactions(lambda record: judged.update({key_of(record): record}))
    wanted = exchanges if callable(exchanges) else lambda _record: bool(exchanges)

    def found() -> Iterator[Occurrence]:
        for name in inputs:
            source, before = pipeline.redactor.session().text("standard input" if name == STDIN else scrub(name)), len(skips)
            try:
                place = Place()
                for item in watched(name, read(name, skips, stdin, place, passes_over), place):
                    yield from _occurrences(item, pipeline, tally, wanted, cleaner, source)
            except SourceError as error:
                # Its reason stands for all that was skipped.
                del skips[before:]
                tally.unreadable.append(str(error))

    occurrences = merged(filter(keep, found()))
    reactions.finish()
    # What a log says of a reaction stays.
    return [
        one._replace(record=judged.get(key_of(one.record), one.record)) if one.record.injected and not one.record.reaction else one
        for one in occurrences
    ]


def _occurrences(
    item: Item, pipeline: Pipeline, tally: Tally, wanted: Callable[[ErrorRecord], bool], cleaner: RecordCleaner, source: str
) -> Iterator[Occurrence]:
    """The errors in one item of an input, which is named `source`."""
    if isinstance(item, ErrorRecord):
        tally.records += 1
        yield Occurrence(cleaner.cleaned(item), source=source)
        return
    tally.exchanges += 1
    if item is STRANGER:
        return
    worked = None
    if isinstance(item, Recorded):
        tally.ours += 1
        exchange: Exchange = item.exchange
        records = [cleaner.cleaned(record) for record in item.records]
    else:
        exchange = item
        backend = pipeline.recognizer.of_exchange(exchange)
        tally.ours += backend is not None
        looked = pipeline.look(exchange, backend) if backend else None
        records, worked = (list(map(keep_once, looked.records)), looked.worked) if looked else ([], None)
    shown = clean(exchange, pipeline.redactor) if any(map(wanted, records)) else None
    beside = clean(worked, pipeline.redactor) if worked and shown else None
    yield from occurrences_of(records, shown, source, beside)


class RecordCleaner:
    """Takes the secrets out of records from files: anybody may have written these, or this addon with redaction switched off. The records of a file
    repeat each other. What came out as it went in is remembered, by what a record says and by each text of its advice: 20,000 records of 300 kinds
    take 2.4 s of processor time, and 18 s without this."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self.known: ClearingCache[object, None] = ClearingCache(MOST_KNOWN)

    def cleaned(self, record: ErrorRecord) -> ErrorRecord:
        """The record without secrets; itself, if there are none."""
        flow = "" if _FLOW_ID.fullmatch(record.flow_id) else record.flow_id
        facts = (_facts(record), tuple(record.sdk.items()), flow)
        if facts in self.known:
            return record
        shown = self._search(record)
        if shown == record:
            self.known[facts] = None
        return shown

    def _search(self, record: ErrorRecord) -> ErrorRecord:
        redaction = self._redactor.session()
        text, name = redaction.text, redaction.redact_format
        code = text(record.code) if record.code else record.code

        def advice(said: str) -> str:
            """A catalog's own text, or what stands in its place. Where it is a catalog's, or holds nothing, it stays."""
            if not said or said in self.known:
                return said
            if self._redactor.session().text(said) != said and not self._redactor.is_ours(said):
                return text(said)
            if len(said) <= _LONGEST_ADVICE:
                self.known[said] = None
            return said

        searched: dict[str, Any] = {
            field: search(getattr(record, field)) for fields, search in ((_TEXTS, text), (_NAMES, name), (_ADVICE, advice)) for field in fields
        }
        return replace(
            record,
            **searched,
            # The type ends with a code that has no name: where something was taken out of the one, so it is out of the other.
            type=name(record.type) if code == record.code or record.name else f"{name(record.backend)}/{code_text(code or '')}",
            code=code,
            # What was replaced before stays as it is.
            url=text(record.url) if "<" in record.url else redaction.url(record.url),
            url_template=redaction.path(record.url_template),
            findings=tuple(
                replace(found, rule=name(found.rule), says=text(found.says), evidence=text(found.evidence), fix=text(found.fix))
                for found in record.findings
            ),
            candidates=tuple(map(advice, record.candidates)),
            fix=tuple(map(advice, record.fix)),
            sdk={advice(key): advice(value) for key, value in record.sdk.items()},
            redactions=record.redactions + redaction.added,
        )
