"""The data of an HTML report, as JSON for its script: groups, then a row for each occurrence, then what is shown when one is opened.

Captures repeat themselves: headers, lines of tickets and commands are kept once a block, and numbers stand for them. A block holds so many
occurrences that reading it is not noticed, so that a large report opens as quickly as a small one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...render.record_text import FAULT_WORDS, RETRY_WORDS, title
from ...reports.group import Group, Occurrence, found_in, seconds, time_line
from ...text import inert, one_line, safe
from ..headline import span
from .details import Detail, Message, detail

ROWS = 1_000
DETAILS = 100
# Beyond this many occurrences a page would grow past what can be mailed; the others are listed with time, URL, message and request id.
MOST_DETAILS = 10_000
LONGEST_MESSAGE = 300


def as_json(value: Any) -> str:
    """A value as JSON that cannot end the element it stands in."""
    return inert(json.dumps(value, ensure_ascii=False, separators=(",", ":"))).replace("<", "\\u003c")


def shares(groups: Sequence[Group], most: int) -> list[int]:
    """How many occurrences of each group may take part where `most` may in all: the small groups whole, what is left for the large ones."""
    allowed = [0] * len(groups)
    left = most
    by_size = sorted(range(len(groups)), key=lambda number: groups[number].count)
    for position, number in enumerate(by_size):
        allowed[number] = min(groups[number].count, left // (len(groups) - position))
        left -= allowed[number]
    return allowed


def group_data(group: Group, start: int, line: Sequence[int]) -> dict[str, Any]:
    """A group; `start` is the number of its first row. Facts that it need not have are left out where they are absent."""
    record = group.record
    data = {
        "id": safe(record.fingerprint),
        "type": safe(record.type),
        "backend": safe(record.backend),
        "title": title(record),
        "endpoint": one_line(group.endpoint, 300),
        "count": group.count,
        "start": start,
        "first": safe(group.first),
        "last": safe(group.last),
        "line": list(line),
    }
    more = {
        "status": record.status,
        "fault": safe(record.fault),
        "faultWords": safe(FAULT_WORDS.get(record.fault, record.fault)),
        "message": one_line(record.message, LONGEST_MESSAGE),
        "meaning": safe(record.meaning),
        "found": [[safe(says), certain, count] for says, certain, count in found_in(group)],
        "fix": [safe(fix) for fix in record.fix],
        "retry": safe(RETRY_WORDS.get(record.retry, record.retry)),
        "candidates": [safe(name) for name in record.candidates],
        "sdk": [[safe(language), safe(view)] for language, view in sorted(record.sdk.items())],
        "doc": link(record.doc),
    }
    return data | {key: value for key, value in more.items() if value not in ("", None, [])}


def link(address: str) -> str:
    """An address that may be followed, or ""."""
    return safe(address) if address.startswith("https://") and not any(character in address for character in "\"'<> \n\t") else ""


def time_lines(groups: Sequence[Group]) -> list[list[int]]:
    """The time line of each group, over the time of all."""
    first, last = span(groups)
    return [time_line(group.members, seconds(first), seconds(last)) for group in groups]


def row_data(occurrence: Occurrence, *, opens: bool) -> list[Any]:
    """A row: time, status, method, URL, message, request id, other ids to search for, and whether it can be opened."""
    record = occurrence.record
    others = " ".join(filter(None, (record.client_request_id, record.app, record.client, record.flow_id)))
    return [
        safe(record.timestamp),
        record.status if record.status is not None else "",
        one_line(record.method, 20),
        one_line(record.url, 500),
        one_line(record.message, LONGEST_MESSAGE),
        one_line(record.request_id),
        one_line(others, 400),
        1 if opens else 0,
    ]


def row_blocks(groups: Sequence[Group], allowed: Sequence[int]) -> Iterator[list[Any]]:
    """The rows of all groups, latest first within each, in blocks of ROWS."""
    block: list[Any] = []
    for group, most in zip(groups, allowed, strict=True):
        for number, occurrence in enumerate(reversed(group.members)):
            block.append(row_data(occurrence, opens=number < most))
            if len(block) == ROWS:
                yield block
                block = []
    if block:
        yield block


def detail_blocks(groups: Sequence[Group], allowed: Sequence[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """What is shown of the rows that can be opened: the number of a block of DETAILS rows, its texts, and its details by row."""
    number, texts, found = 0, _Texts(), dict[int, Any]()
    row = 0
    for group, most in zip(groups, allowed, strict=True):
        for position, occurrence in enumerate(reversed(group.members)):
            if position < most:
                if row // DETAILS != number:
                    if found:
                        yield number, _block(texts, found)
                    number, texts, found = row // DETAILS, _Texts(), {}
                found[row] = texts.of(detail(group, occurrence))
            row += 1
    if found:
        yield number, _block(texts, found)


def _block(texts: _Texts, found: Mapping[int, Any]) -> dict[str, Any]:
    return {"texts": list(texts.numbers), "details": found}


class _Texts:
    """The texts of one block, each once."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def _number(self, text: str) -> int:
        return self.numbers.setdefault(text, len(self.numbers))

    def of(self, shown: Detail) -> list[Any]:
        """A detail with numbers for its texts; commands and tickets go line by line, since most of their lines are those of others."""
        number = self._number
        return [
            [[number(label), number(value)] for label, value in shown.facts],
            [[number(part) for part in finding] for finding in shown.findings],
            self._message(shown.request),
            self._message(shown.answer),
            [number(line) for line in shown.curl.split("\n")] if shown.curl else [],
            [number(line) for line in shown.ticket.split("\n")],
        ]

    def _message(self, message: Message | None) -> list[Any]:
        if message is None:
            return []
        number = self._number
        return [number(message.line), [[number(name), number(value)] for name, value in message.headers], number(message.body)]
