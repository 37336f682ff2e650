"""Describes one error: the comment of a flow, the terminal block, the content view. All from the record, so all redacted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from ..catalog.vocabulary import FAULTS, RETRIES
from ..record import ErrorRecord
from ..record.model import IN_VAIN
from ..text import one_line, safe
from ..text.wrap import wrap

WIDTH = 100
# mitmweb's content view is narrower than a terminal.
PAGE_WIDTH = 78
NO_MEANING = "No catalog has an entry for this code; see the server's text."

RETRY_WORDS = RETRIES
FAULT_WORDS = {name: fault.where for name, fault in FAULTS.items()}


def comment(records: Sequence[ErrorRecord]) -> str:
    """One line for a flow: name and code, first finding or fix, server's text, request id; of several errors the first, with the number of others."""
    record = records[0]
    quote = f" | request id {one_line(record.request_id, 80)}" if record.request_id else ""
    more = f" (+{len(records) - 1} more)" if len(records) > 1 else ""
    line = _summary_line(record.title, record.message, first_advice(record))
    asked = f"injected: {one_line(record.reaction, 20)} | " if record.reaction else "injected: " if record.injected else ""
    return f"{asked}{line}{quote}{more}"


@lru_cache(maxsize=256)
def _summary_line(name: str, message: str, advice: str) -> str:
    return " | ".join(part for part in (name, one_line(advice, 160), one_line(message, 120)) if part)


def first_advice(record: ErrorRecord) -> str:
    """The likeliest cause, else the best fix."""
    if causes := _says(record, secondary=False):
        return causes[0]
    return record.fix[0] if record.fix else record.findings[0].says if record.findings else record.meaning


def _says(record: ErrorRecord, *, secondary: bool, most: int = 20) -> list[str]:
    """What the first findings say that are causes or, `secondary`, stand beside the cause, such as a warning."""
    return [finding.says for finding in record.findings[:most] if finding.secondary is secondary]


def terminal_block(record: ErrorRecord) -> str:
    """The error in a few lines for the terminal; the first line is a summary."""
    # With a proven cause the general meaning is left out.
    proved = next((finding.certain for finding in record.findings if not finding.secondary), False)
    parts = {
        "says": [quoted(record.message)] if record.message else [],
        "debug": [one_line(record.debug, 300)],
        "means": [] if proved else [first_sentence(record.meaning)],
        "found": _says(record, secondary=False, most=3),
        "do": record.fix[:1],
        "retry": [RETRY_WORDS.get(record.retry, record.retry)],
        # What is no cause stands after what to do.
        "also": _says(record, secondary=True, most=3),
        "or it is": [_names(record)],
        "id": [_ids(record)],
    }
    return "\n".join([_first_line(record), *rows(parts, WIDTH)])


def dedupe_key(record: ErrorRecord) -> tuple[str, ...]:
    """Equal for errors of which only the first is printed in full; findings about repetition do not count."""
    return (record.fingerprint, record.message, *(finding.says for finding in record.findings if finding.rule != IN_VAIN))


def repeat_line(record: ErrorRecord, times: int) -> str:
    """One line for a repeated error that was printed in full before."""
    ids = _ids(record)
    return f"{_first_line(record)}: the same again, {times:,} times by now{f'; {ids}' if ids else ''}"


def first_sentence(text: str) -> str:
    """The first sentence, of at least 40 characters."""
    match = re.match(r".{40,}?[.;](?=\s)", text)
    return f"{match[0][:-1]}." if match else text


def _first_line(record: ErrorRecord) -> str:
    status = f" [{record.status}]" if record.status is not None else ""
    injected = "injected: " if record.injected else ""
    return f"{injected}{one_line(record.backend, 40)}: {record.title}{status} {_where(record)}"


def _where(record: ErrorRecord) -> str:
    if record.part:
        return f"in item {record.index}, {one_line(record.part, 120)}, of {one_line(record.method, 20)} {one_line(record.url, 160)}"
    item = f", item {record.index}" if record.index is not None else ""
    return f"{one_line(record.method, 20)} {one_line(record.url, 200)}{item}".strip()


def quoted(text: str) -> str:
    """The text on one line, in quotation marks."""
    return f"\u201c{one_line(text, 300)}\u201d"


def _names(record: ErrorRecord) -> str:
    return f"{', '.join(record.candidates)} (same code; the message does not distinguish them)" if record.candidates else ""


def _ids(record: ErrorRecord) -> str:
    if record.request_id:
        return f"request id {one_line(record.request_id, 80)}, to quote to support"
    return f"client request id {one_line(record.client_request_id, 80)}" if record.client_request_id else ""


def rows(parts: Mapping[str, Sequence[str]], width: int) -> Iterator[str]:
    """Labelled paragraphs; the label stands at the first of its texts."""
    for label, texts in parts.items():
        for number, text in enumerate(texts):
            yield from _row("" if number else label, text, width)


@lru_cache(maxsize=256)
def _row(label: str, text: str, width: int) -> tuple[str, ...]:
    """A labelled paragraph, wrapped and indented; nothing for an empty text. Cached, since errors repeat their texts."""
    return tuple(wrap(safe(" ".join(text.split())), width, f"  {label:<9}", " " * 11)) if text else ()


def page(record: ErrorRecord, number: int = 1, count: int = 1) -> str:
    """The full explanation of one error, for the content view."""
    of = f"   ({number} of {count})" if count > 1 else ""
    parts = {
        "Found": _says(record, secondary=False),
        "Do": [f"{step}. {fix}" for step, fix in enumerate(record.fix, 1)] if len(record.fix) > 1 else record.fix,
        "Server": [quoted(record.message)] if record.message else [],
        "Debug": [one_line(record.debug, 1000)],
        "Item": [f"{record.index}: {record.part}"] if record.part else [],
        "Means": [record.meaning or NO_MEANING],
        "Also": _says(record, secondary=True),
        "Seen": [one_line(finding.evidence) for finding in record.findings[:20] if finding.evidence],
        "Retry": [RETRY_WORDS.get(record.retry, record.retry)],
        "Fault": [FAULT_WORDS.get(record.fault, record.fault)],
        "Or it is": [_names(record)],
        "SDK": [f"{language}: {view}" for language, view in sorted(record.sdk.items())],
        "Quote": [_ids(record)],
        "App": [" ".join(part for part in (record.app, record.client and f"(SDK {record.client})") if part)],
        "Read": [record.doc],
    }
    return "\n".join([f"{one_line(record.type, 160)}   {record.title}{of}", *rows(parts, PAGE_WIDTH)])
