"""Reads HAR files. A file that is not valid JSON (cut off, or damaged in one place) is read entry by entry.

Entries that this project wrote contain the records of their errors, with findings from the traffic around them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, BinaryIO, NamedTuple

from ...exchange import Body, Exchange
from ...exchange.json_reader import DECODER
from ...exchange.missing_credentials import LackingHeaders, credentials_left_out, with_redactions
from ...record import ErrorRecord
from ...record.parse import record_of
from ...text import scrub
from ..skipped import Recorded, Skips, SourceError
from .entry import exchanges, unanswered

_ENTRIES = re.compile(r'"entries"\s*:\s*\[')
# Insomnia also exports requests that were never sent, without an answer.
_INSOMNIA = re.compile(r'"creator"\s*:\s*\{[^{}]*"Insomnia')
_BETWEEN = re.compile(r"[\s,]*")
_JUNK = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^{\[\s,][^{}\[\],]*+', re.S)
# Strings match as a whole, so that brackets in them do not count.
_BRACKETS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]]', re.S)


def read_har(file: BinaryIO, skips: Skips) -> Iterator[Exchange | ErrorRecord | Recorded]:
    """The exchanges of a HAR file; skipped entries are added to `skips`. Raises SourceError if the file has no list of entries."""
    text = file.read().decode("utf-8-sig", "replace")
    seen: Counter[str] = Counter()
    lacking, maybe_unsent = credentials_left_out(text), _INSOMNIA.search(text) is not None
    for number, entry in enumerate(_entries(text, skips.file), 1):
        if isinstance(entry, _Unreadable):
            skips.add("entry" if entry.inside else "entries", number if entry.inside else 0, entry.reason)
            continue
        try:
            found = [exchange for exchange in exchanges(entry, seen) if not (maybe_unsent and exchange.failure)]
        except (ValueError, RecursionError) as error:
            skips.add("entry", number, str(error) if not isinstance(error, RecursionError) else "is nested too deeply")
        except Exception as error:  # noqa: BLE001 - one invalid entry must not stop the others
            skips.add("entry", number, f"cannot be read ({type(error).__name__})")
        else:
            yield from _as_recorded(entry, [_with(exchange, lacking) for exchange in found])


def _with(exchange: Exchange, lacking: bool) -> Exchange:
    """The exchange with its request headers marked, if credentials in them are missing or redacted."""
    sent = exchange.request.headers
    headers = LackingHeaders(sent.fields) if lacking else with_redactions(sent)
    return exchange if headers is sent else replace(exchange, request=replace(exchange.request, headers=headers))


def _as_recorded(entry: Any, found: list[Exchange]) -> Iterable[Exchange | ErrorRecord | Recorded]:
    """The exchange of an entry with the records in it; the exchanges `found` in it for an entry without valid records."""
    values = entry.get("_baasErrors") if isinstance(entry, dict) else None
    records: tuple[ErrorRecord, ...] = ()
    with suppress(ValueError):
        records = tuple(record_of(value) for value in values) if isinstance(values, list) else ()
    if not records or not found:
        return records or found
    exchange, answer = found[0], entry.get("response")
    if exchange.response is None and isinstance(answer, dict) and not answer.get("_error"):
        # A WebSocket message is written as the body of a response without a status.
        text = content.get("text") if isinstance(content := answer.get("content"), dict) else None
        if isinstance(text, str) and text:
            exchange = replace(exchange, failure="", message=Body.of(scrub(text).encode(), "application/json"))
    return [Recorded(exchange, records)]


def read_unanswered(file: BinaryIO) -> Iterator[tuple[tuple[str, str, int], str]]:
    """The entries without an answer: method, host and start (milliseconds since the epoch); and the failure, or "" if it is not one.

    Raises SourceError if the file has no list of entries.
    """
    for entry in _entries(file.read().decode("utf-8-sig", "replace"), "the file"):
        if not isinstance(entry, _Unreadable) and (found := unanswered(entry)):
            yield found


class _Unreadable(NamedTuple):
    """Stands for an entry that is not valid JSON; `inside` is False for the rest of a file after its last entry."""

    reason: str
    inside: bool = True


def _entries(text: str, name: str) -> Iterator[Any]:
    try:
        har = DECODER.decode(text)
    except (ValueError, RecursionError):
        return _salvaged(text, name)
    log = har.get("log") if isinstance(har, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        raise SourceError(f"{name}: looks like a HAR file, but has no list `log.entries`")
    return iter(entries)


def _salvaged(text: str, name: str) -> Iterator[Any]:
    start = _ENTRIES.search(text)
    if start is None:
        raise SourceError(f"{name}: looks like a HAR file, but is not valid JSON and has no list `entries`")
    position, line, begins, counted = start.end(), 1, 0, 0
    while True:
        if between := _BETWEEN.match(text, position):
            position = between.end()
        if text[position : position + 1] == "]":
            return
        if position >= len(text):
            yield _Unreadable("the file is cut off; entries may be missing at its end", inside=False)
            return
        end = _end(text, position)
        if end is None:
            yield _Unreadable("is incomplete: the file was cut off, or is damaged from here on")
            return
        try:
            # Only the entry: to locate an error Python counts the lines of the whole text before it.
            yield DECODER.decode(text[position:end])
        except json.JSONDecodeError as error:
            # Lines are counted on from the fault before: there may be thousands.
            at = position + error.pos
            line += text.count("\n", counted, at)
            begins = text.rfind("\n", counted, at) + 1 or begins
            counted = at
            yield _Unreadable(f"is not valid JSON ({error.msg} at line {line}, column {at - begins + 1})")
        except (ValueError, RecursionError):
            yield _Unreadable("is nested too deeply")
        position = end


def _end(text: str, position: int) -> int | None:
    """The end of the object or list at a position, by its brackets alone, or None; for anything else, where the next one may begin."""
    if junk := _JUNK.match(text, position):
        return junk.end()
    depth = 0
    for match in _BRACKETS.finditer(text, position):
        closes = match[0] in ("}", "]")
        depth += (match[0] in ("{", "[")) - closes
        if depth <= 0:
            return match.end() if closes and depth == 0 else None
    return None
