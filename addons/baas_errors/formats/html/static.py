"""The elements of an HTML report; report.js moves and hides them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from ...catalog import FAULTS
from ...render.record_text import FAULT_WORDS, NO_MEANING, RETRY_WORDS
from ...reports.group import Group, Occurrence, found_in
from ...text import one_line, plural, safe
from ..headline import moment
from .details import Detail, Message, detail

LONGEST_MESSAGE = 300
# Rows in one `<template>`.
ROWS_TOGETHER = 100

FAULT_NAMES = {name: fault.label for name, fault in FAULTS.items()}
_CODE = re.compile(r"`([^`]+)`")


def text(plain: str) -> str:
    """The text escaped for HTML and for terminals."""
    return escape(safe(plain), quote=True)


def marked(plain: str) -> str:
    """The text escaped, with `<code>` for text between backticks."""
    return "".join(f"<code>{text(part)}</code>" if number % 2 else text(part) for number, part in enumerate(_CODE.split(plain)))


def fault_class(fault: str) -> str:
    """The CSS class of a fault, for its color."""
    return f"f-{fault}" if fault in FAULTS else "f-none"


def link(address: str) -> str:
    """An https address that may be linked, or ""."""
    return safe(address) if address.startswith("https://") and not any(character in address for character in "\"'<> \n\t") else ""


def group_element(group: Group, number: int, line: Sequence[int], most: int, opens: int) -> Iterator[str]:
    """A collapsed group with all its occurrences, latest first: the first `most` outside templates, the first `opens` with details."""
    record = group.record
    facts = {"id": record.fingerprint, "backend": record.backend, "type": record.type, "fault": record.fault, "count": str(group.count)}
    facts["find"] = " ".join((one_line(record.message, LONGEST_MESSAGE), FAULT_WORDS.get(record.fault, record.fault), *record.candidates))
    data = " ".join(f'data-{name}="{text(value)}"' for name, value in facts.items())
    yield f'<details class="group" id="g{number}" {data}>\n<summary>'
    yield f'<i class="dot {fault_class(record.fault)}"></i>'
    yield f'<span class="name"><b>{text(record.title)}</b>{_status(record.status)}'
    yield f'<span class="type">{text(record.type)}</span><span class="endpoint">{text(one_line(group.endpoint, 300))}</span></span>'
    yield time_line(line)
    yield f'<span class="count">{group.count:,}</span>'
    yield f'<span class="span">{text(moment(group.first))}<br>{text(moment(group.last))}</span></summary>\n<div class="body">\n'
    yield from _explained(group)
    yield f'<h3>{plural(group.count, "occurrence")}</h3>\n<div class="list">\n'
    for position, occurrence in enumerate(reversed(group.members)):
        if position >= most and (position - most) % ROWS_TOGETHER == 0:
            yield "<template>" if position == most else "</template><template>"
        yield from _occurrence(occurrence, detail(group, occurrence) if position < opens else None)
    if most < group.count:
        yield f'</template><p class="more">{plural(group.count - most, "more occurrence")}</p>\n'
    yield "</div>\n</div>\n</details>\n"


def time_line(line: Sequence[int]) -> str:
    """Bars for how many errors fell into each part of the time."""
    top = max(line, default=0) or 1
    bars = "".join(
        f'<rect x="{number * 3}" y="{24 - height}" width="2" height="{height}"/>'
        for number, count in enumerate(line)
        if (height := round(22 * count / top) or (2 if count else 0))
    )
    return f'<svg class="line" viewBox="0 0 {len(line) * 3} 24" preserveAspectRatio="none" aria-hidden="true">{bars}</svg>'


def _status(status: int | str | None) -> str:
    return "" if status in (None, "") else f'<span class="status s{str(status)[:1]}">{status}</span>'


def _explained(group: Group) -> Iterator[str]:
    """Findings, remedies, the server's text and the meaning; beside them retry, fault, SDKs and documentation."""
    record = group.record
    yield '<div class="explained">\n<div>'
    if found := found_in(group):
        yield '<h3>What was found</h3><ul class="found">'
        for says, certain, count in found:
            of = f' <span class="of">{count:,} of {group.count:,}</span>' if group.count > 1 else ""
            yield f"<li{'' if certain else ' class=likely'}>{marked(says)}{of}</li>"
        yield "</ul>"
    if record.fix:
        yield f"<h3>What to do</h3><ol>{''.join(f'<li>{marked(fix)}</li>' for fix in record.fix)}</ol>"
    if record.message:
        yield f"<h3>The server's text</h3><blockquote>{text(one_line(record.message, LONGEST_MESSAGE))}</blockquote>"
    yield f"<h3>What it means</h3><p>{marked(record.meaning or NO_MEANING)}</p>"
    yield "</div>\n<dl>"
    if record.retry:
        yield f"<dt>Retry</dt><dd>{marked(RETRY_WORDS.get(record.retry, record.retry))}</dd>"
    if record.fault:
        yield f"<dt>Fault</dt><dd>{marked(FAULT_WORDS.get(record.fault, record.fault))}</dd>"
    if record.candidates:
        yield f"<dt>Or it is</dt><dd>{text(', '.join(record.candidates))}</dd>"
    yield from (f"<dt>{text(language)}</dt><dd><code>{text(view)}</code></dd>" for language, view in sorted(record.sdk.items()))
    if doc := link(record.doc):
        yield f'<dt>Read</dt><dd><a href="{text(doc)}" rel="noreferrer noopener" target="_blank">{text(doc)}</a></dd>'
    yield "</dl>\n</div>\n"


def _occurrence(occurrence: Occurrence, shown: Detail | None) -> Iterator[str]:
    """A row, with details if they are given. `data-find` has the searchable ids that have no column."""
    record = occurrence.record
    find = one_line(" ".join(filter(None, (record.client_request_id, record.app, record.client, record.flow_id))), 400)
    row = (
        f"<time>{text(moment(record.timestamp))}</time>{_status(record.status) or '<span class=status>–</span>'}"
        f'<span class="url"><b>{text(one_line(record.method, 20))}</b> {text(one_line(record.url, 500))}</span>'
        f'<span class="msg">{text(one_line(record.message, LONGEST_MESSAGE))}</span><span class="rid">{text(one_line(record.request_id))}</span>'
    )
    if shown is None:
        yield f'<div class="occ plain" data-find="{text(find)}" title="Its details were left out to keep the page fast">{row}</div>\n'
        return
    yield f'<details class="occ" data-find="{text(find)}"><summary>{row}</summary>\n<div class="body">'
    yield f'<dl class="facts">{"".join(f"<dt>{text(label)}</dt><dd>{text(value)}</dd>" for label, value in shown.facts)}</dl>'
    if shown.findings:
        yield '<h4>Findings</h4><ul class="found">'
        for says, evidence, certain in shown.findings:
            seen = f' <span class="seen">seen: <code>{text(evidence)}</code></span>' if evidence else ""
            yield f"<li{'' if certain else ' class=likely'}>{marked(says)}{seen}</li>"
        yield "</ul>"
    yield f'<div class="sides">{_side("Request", shown.request)}{_side("Answer", shown.answer)}</div>'
    yield _raw("curl", "curl, for a POSIX shell", shown.curl)
    yield _raw("ticket", "Support ticket", shown.ticket)
    yield "</div></details>\n"


def _side(name: str, message: Message | None) -> str:
    if message is None:
        return ""
    headers = "".join(f"<dt>{text(header)}</dt><dd>{text(value)}</dd>" for header, value in message.headers)
    body = f"<pre>{text(message.body)}</pre>" if message.body else '<p class="empty">No body</p>'
    count = plural(len(message.headers), "header")
    fields = f'<details class="headers" open><summary>{count}</summary><dl>{headers}</dl></details>' if headers else ""
    return f'<section><h4>{name}</h4><p class="first">{text(message.line)}</p>{fields}{body}</section>'


def _raw(copy: str, name: str, content: str) -> str:
    return f'<details class="raw" data-copy="{copy}"><summary>{name}</summary><pre>{text(content)}</pre></details>' if content else ""
