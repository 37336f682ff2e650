"""Reads HAR files, entry by entry.

Entries that this project wrote contain the records of their errors, with findings from the traffic around them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, BinaryIO

from ...exchange import Body, Exchange
from ...exchange.json_reader import as_list, as_object
from ...exchange.missing_credentials import LackingHeaders, UnknownHeaders, creators_in, credentials_left_out, with_redactions
from ...record import ErrorRecord
from ...record.parse import record_of
from ...text import plural, scrub
from ..skipped import Recorded, Skips
from ..source import STRANGER, Item, PassesOver, Source
from .attached import Attached, attach, nothing_attached
from .entry import exchanges, has_network, unanswered
from .passed_over import is_passed_over
from .stream import Unreadable, har_entries

# Insomnia also exports requests that were never sent, without an answer. HTTP Toolkit gives those that wait for one, or that the app ended, status 0.
_MAYBE_UNSENT = re.compile(r'"creator"\s*:\s*\{[^{}]*"(?:Insomnia|HTTP Toolkit)')

# A small archive can hold millions of values that are no entries.
MOST_BAD = 10_000


def read(source: Source) -> Iterator[Item]:
    """The exchanges and records of a HAR file. Raises SourceError if it has no list of entries."""
    file, skips = source.file, source.skips
    creators = creators_in(file)
    maybe_unsent = _MAYBE_UNSENT.search(creators) is not None
    # Each of these begins to read at the start of the file.
    lacking = credentials_left_out(creators, file)
    return read_entries(har_entries(file, skips.file), skips, source.attached, lacking, maybe_unsent, source.passes_over)


def read_entries(
    entries: Iterable[Any],
    skips: Skips,
    attached: Attached = nothing_attached,
    lacking: bool = False,
    maybe_unsent: bool = False,
    passes_over: PassesOver | None = None,
) -> Iterator[Item]:
    """The exchanges of entries in the form of HAR, which the readers of other formats make too. `lacking`: credentials were left out of them.
    `maybe_unsent`: what has no answer may be unsent, so it is no failure."""
    seen: Counter[str] = Counter()
    without = bad = 0
    for number, entry in enumerate(entries, 1):
        if skips.count - bad >= MOST_BAD:
            skips.note(f"after {MOST_BAD:,} entries in a row that cannot be read, the rest was not read")
            return
        if isinstance(entry, Unreadable):
            skips.add("entry" if entry.inside else "entries", number if entry.inside else 0, entry.reason)
            continue
        if passes_over and is_passed_over(entry, passes_over):
            yield STRANGER
            continue
        try:
            attach(entry, attached)
            found = list(exchanges(entry, seen))
            if maybe_unsent:
                found = [exchange for exchange in found if not exchange.failure]
            without += not found and has_network(entry)
        except (ValueError, RecursionError) as error:
            skips.add("entry", number, str(error) if not isinstance(error, RecursionError) else "is nested too deeply")
        except Exception as error:  # noqa: BLE001 - one invalid entry must not stop the others
            skips.add("entry", number, f"cannot be read ({type(error).__name__})")
        else:
            bad = skips.count
            yield from _as_recorded(entry, [_with(exchange, lacking, entry) for exchange in found])
    if without:
        skips.note(f"{plural(without, 'request has', 'requests have')} no answer: still waiting, never sent, or ended by the app or the user")


def _with(exchange: Exchange, lacking: bool, entry: Any) -> Exchange:
    """The exchange with its request headers marked, if credentials in them are missing or redacted, or the request is not in the capture."""
    sent = exchange.request.headers
    headers = LackingHeaders(sent.fields) if lacking else UnknownHeaders() if "_unknownRequest" in entry else with_redactions(sent)
    return exchange if headers is sent else replace(exchange, request=replace(exchange.request, headers=headers))


def _as_recorded(entry: Any, found: list[Exchange]) -> Iterable[Exchange | ErrorRecord | Recorded]:
    """The exchange of an entry with the records in it; the exchanges `found` in it for an entry without valid records."""
    records: tuple[ErrorRecord, ...] = ()
    with suppress(ValueError):
        records = tuple(map(record_of, as_list(entry.get("_baasErrors"))))
    if not records or not found:
        return records or found
    exchange, answer = found[0], as_object(entry.get("response"))
    if exchange.response is None and not answer.get("_error"):
        # A WebSocket message is written as the body of a response without a status.
        text = as_object(answer.get("content")).get("text")
        if isinstance(text, str) and text:
            exchange = replace(exchange, failure="", message=Body.of(scrub(text).encode(), "application/json"))
    return [Recorded(exchange, records)]


def read_unanswered(file: BinaryIO) -> Iterator[tuple[tuple[str, str, int], str]]:
    """The entries without an answer: method, host and start (milliseconds since the epoch); and the failure, or "" if it is not one.

    Raises SourceError if the file has no list of entries.
    """
    maybe_unsent = _MAYBE_UNSENT.search(creators_in(file)) is not None
    for entry in har_entries(file, "the file"):
        if not isinstance(entry, Unreadable) and (found := unanswered(entry)):
            yield found[0], "" if maybe_unsent else found[1]
