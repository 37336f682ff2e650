"""Describes one error: the comment of a flow, the terminal block, the content view. All from the record, so all redacted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from ..catalog.vocabulary import FAULTS, RETRIES
from ..record import ErrorRecord, Finding
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
    return f"{_summary_line(record.title, record.message, first_advice(record))}{quote}{more}"


@lru_cache(maxsize=256)
def _summary_line(name: str, message: str, advice: str) -> str:
    return " | ".join(part for part in (name, one_line(advice, 160), one_line(message, 120)) if part)


def first_advice(record: ErrorRecord) -> str:
    """The likeliest cause, else the best fix."""
    if cause := _cause(record):
        return cause.says
    return record.fix[0] if record.fix else record.findings[0].says if record.findings else record.meaning


def _cause(record: ErrorRecord) -> Finding | None:
    """The first finding that is not secondary, such as a warning."""
    return next((finding for finding in record.findings if not finding.secondary), None)


def terminal_block(record: ErrorRecord) -> str:
    """The error in a few lines for the terminal; the first line is a summary."""
    lines = [_first_line(record)]
    lines += _row("says", quoted(record.message) if record.message else "")
    lines += _row("debug", one_line(record.debug, 300))
    cause = _cause(record)
    proved = cause is not None and cause.certain
    # With a proven cause the general meaning is left out.
    lines += _row("means", "" if proved else first_sentence(record.meaning))
    shown = record.findings[:3]
    for label, finding in zip(("found", "", ""), (finding for finding in shown if not finding.secondary), strict=False):
        lines += _row(label, finding.says)
    lines += _row("do", record.fix[0] if record.fix else "")
    lines += _row("retry", RETRY_WORDS.get(record.retry, record.retry))
    # What is no cause stands after what to do.
    for label, finding in zip(("also", "", ""), (finding for finding in shown if finding.secondary), strict=False):
        lines += _row(label, finding.says)
    lines += _row("or it is", _names(record))
    lines += _row("id", _ids(record))
    return "\n".join(lines)


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
    return f"{one_line(record.backend, 40)}: {record.title}{status} {_where(record)}"


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


@lru_cache(maxsize=256)
def _row(label: str, text: str, width: int = WIDTH) -> tuple[str, ...]:
    """A labelled paragraph, wrapped and indented; nothing for an empty text. Cached, since errors repeat their texts."""
    return tuple(wrap(safe(" ".join(text.split())), width, f"  {label:<9}", " " * 11)) if text else ()


def page(record: ErrorRecord, number: int = 1, count: int = 1) -> str:
    """The full explanation of one error, for the content view."""
    return "\n".join(_page(record, number, count))


def _page(record: ErrorRecord, number: int, count: int) -> Iterator[str]:
    of = f"   ({number} of {count})" if count > 1 else ""
    yield f"{one_line(record.type, 160)}   {record.title}{of}"
    for label, finding in zip(["Found", *[""] * 20], (finding for finding in record.findings if not finding.secondary), strict=False):
        yield from _paragraph(label, finding.says)
    for step, fix in enumerate(record.fix, 1):
        yield from _paragraph("Do" if step == 1 else "", f"{step}. {fix}" if len(record.fix) > 1 else fix)
    if record.message:
        yield from _paragraph("Server", quoted(record.message))
    yield from _paragraph("Debug", one_line(record.debug, 1000))
    if record.part:
        yield from _paragraph("Item", f"{record.index}: {record.part}")
    yield from _paragraph("Means", record.meaning or NO_MEANING)
    for label, finding in zip(["Also", *[""] * 20], (finding for finding in record.findings if finding.secondary), strict=False):
        yield from _paragraph(label, finding.says)
    for label, finding in zip(["Seen", *[""] * 20], (finding for finding in record.findings if finding.evidence), strict=False):
        yield from _paragraph(label, one_line(finding.evidence))
    yield from _paragraph("Retry", RETRY_WORDS.get(record.retry, record.retry))
    yield from _paragraph("Fault", FAULT_WORDS.get(record.fault, record.fault))
    yield from _paragraph("Or it is", _names(record))
    for label, (language, view) in zip(["SDK", *[""] * 20], sorted(record.sdk.items()), strict=False):
        yield from _paragraph(label, f"{language}: {view}")
    yield from _paragraph("Quote", _ids(record))
    yield from _paragraph("App", " ".join(part for part in (record.app, record.client and f"(SDK {record.client})") if part))
    yield from _paragraph("Read", record.doc)


def _paragraph(label: str, text: str) -> tuple[str, ...]:
    return _row(label, text, PAGE_WIDTH)
