"""The elements of an HTML report; report.js moves and hides them."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from html import escape

from ...catalog import FAULTS
from ...record import ErrorRecord, timestamp
from ...render.record_text import FAULT_WORDS, NO_MEANING, RETRY_WORDS, first_advice, text_label
from ...reports.curl import Command, command
from ...reports.group import Found, Group, Occurrence, found_in, how_often, remedies_beside
from ...reports.ticket import ticket_of, when
from ...text import one_line, plural, safe
from ..headline import moment
from ..side_by_side import Side, pretty, side_of

LONGEST_MESSAGE = 300
# In characters and lines: a longer block may scroll on a phone.
LONG, LONG_LINES = 600, 12
DEMAND = '<span class="status">on demand</span>'
# Rows in one `<template>`.
ROWS_TOGETHER = 100

FAULT_NAMES = {name: fault.label for name, fault in FAULTS.items()}
_MARKUP = re.compile("[&<>\"']")
_CODE = re.compile(r"`([^`]+)`")


def text(plain: str) -> str:
    """The text escaped for HTML and for terminals. Most texts have nothing to escape, and a search costs half of five replacements."""
    shown = safe(plain)
    return escape(shown, quote=True) if _MARKUP.search(shown) else shown


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
    facts["endpoint"] = group.endpoint
    facts["find"] = " ".join((one_line(record.message, LONGEST_MESSAGE), FAULT_WORDS.get(record.fault, record.fault), *record.candidates))
    data = " ".join(f'data-{name}="{text(value)}"' for name, value in facts.items())
    yield f'<details class="group" id="g{number}" {data}>\n<summary>'
    yield f'<i class="dot {fault_class(record.fault)}"></i>'
    yield f'<span class="name"><b>{text(record.title)}</b>{_status(record.status)}{DEMAND if record.injected else ""}'
    yield f'<span class="type">{text(record.type)}</span><span class="endpoint">{text(one_line(group.endpoint, 300))}</span>'
    found = found_in(group)
    yield f'<span class="cause">{marked(one_line(found[0].text if found else first_advice(record), 300))}</span></span>'
    yield time_line(line)
    users = f"<small>{plural(group.users, 'user')}</small>" if group.users else ""
    yield f'<span class="count"><b>{group.count:,}</b>{users}</span>'
    last = f"<i> to </i><br>{text(moment(group.last))}" if group.count > 1 else ""
    yield f'<span class="span">{text(moment(group.first))}{last}</span></summary>\n<div class="body">\n'
    yield from _explained(group, found)
    told = {one.says for one in found}
    yield f'<h3>{plural(group.count, "occurrence")}</h3>\n<div class="list">\n'
    for position, occurrence in enumerate(reversed(group.members)):
        if position >= most and (position - most) % ROWS_TOGETHER == 0:
            yield "<template>" if position == most else "</template><template>"
        yield from occurrence_element(occurrence, group if position < opens else None, told)
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


def _status(status: int | None) -> str:
    return "" if status is None else f'<span class="status s{str(status)[:1]}">{status}</span>'


def _explained(group: Group, found: Sequence[Found]) -> Iterator[str]:
    """Findings, remedies, the server's text and the meaning; beside them retry, fault, SDKs and documentation."""
    record, (fixes, several) = group.record, remedies_beside(group, found)
    yield '<div class="explained">\n<div>'
    if found:
        yield '<h3>What was found</h3><ul class="found">'
        for one in found:
            of = f' <span class="of">{one.of(group.count)}</span>' if group.count > 1 else ""
            do = f"<p>{marked(one.fix)}</p>" if one.fix and several else ""
            yield f"<li{'' if one.certain else ' class=likely'}>{marked(one.says)}{of}{do}</li>"
        yield "</ul>"
    if fixes:
        yield f"<h3>What to do{' in general' if several else ''}</h3><ol>{''.join(f'<li>{marked(fix)}</li>' for fix in fixes)}</ol>"
    if record.message:
        yield f"<h3>{text_label(record)}</h3><blockquote>{text(one_line(record.message, LONGEST_MESSAGE))}</blockquote>"
    yield f"<h3>What it means</h3><p>{marked(record.meaning or NO_MEANING)}</p>"
    yield "</div>\n<dl>"
    if record.retry:
        yield f"<dt>Retry</dt><dd>{marked(RETRY_WORDS.get(record.retry, record.retry))}</dd>"
    if record.fault:
        yield f"<dt>Fault</dt><dd>{marked(FAULT_WORDS.get(record.fault, record.fault))}</dd>"
    if record.candidates:
        yield f"<dt>Or it is</dt><dd>{text(', '.join(record.candidates))}</dd>"
    yield from (f"<dt>{text(language)}</dt><dd><code>{text(view)}</code></dd>" for language, view in sorted(record.sdk.items()))
    if group.count > 1:
        yield f"<dt>How often</dt><dd>{text(how_often(group.count, group.users, group.first, group.last))}</dd>"
    if doc := link(record.doc):
        yield f'<dt>Read</dt><dd><a href="{text(doc)}" rel="noreferrer noopener" target="_blank">{text(doc)}</a></dd>'
    yield "</dl>\n</div>\n"


def occurrence_element(occurrence: Occurrence, group: Group | None, told: Container[str] = ()) -> Iterator[str]:
    """A row; with details if its group is given, but for the findings that are `told` of the group. `data-find` has the searchable ids that have no
    column."""
    record, exchange, source, worked = occurrence
    find = one_line(" ".join(filter(None, (record.client_request_id, record.app, record.client, record.flow_id))), 400)
    row = (
        f"<time>{text(moment(record.timestamp))}</time>{_status(record.status) or '<span class=status>–</span>'}"
        f'<span class="url"><b>{text(one_line(record.method, 20))}</b> {text(one_line(record.url, 500))}</span>'
        f'<span class="msg">{text(one_line(record.message, LONGEST_MESSAGE))}</span><span class="rid">{text(one_line(record.request_id))}</span>'
    )
    if group is None:
        yield f'<div class="occ plain" data-find="{text(find)}" title="Its details were left out to keep the page fast">{row}</div>\n'
        return
    yield f'<details class="occ" data-find="{text(find)}"><summary>{row}</summary>\n<div class="body">'
    facts = _facts(record, source, whole=exchange is None, message=record.message != group.record.message)
    yield f'<dl class="facts">{"".join(f"<dt>{text(label)}</dt><dd>{text(value)}</dd>" for label, value in facts if value)}</dl>'
    if own := [finding for finding in record.findings if finding.says not in told]:
        yield '<h4>Found here</h4><ul class="found">'
        yield from (f"<li{'' if finding.certain else ' class=likely'}>{marked(finding.says)}</li>" for finding in own)
        yield "</ul>"
    repeated = Command("")
    if exchange:
        repeated = command(exchange)
        yield f'<div class="sides">{_request("Request", side_of(exchange, worked or exchange))}'
        if worked:
            at = when(timestamp(worked.started)) if worked.started is not None else "an unknown time"
            note = f"{at}, status {worked.status}; what differs is marked in both"
            yield _request("The last one that worked", side_of(worked, exchange), note)
        status = "WebSocket message" if exchange.status is None else f"Status {exchange.status}"
        body = _pre(text(pretty(exchange.response_body)))
        headers = tuple((pair, False) for pair in exchange.response_headers)
        yield f"{_side('Answer', text(exchange.failure or status), headers, body)}</div>"
    else:
        yield '<p class="empty">The request and the answer are not here: the input is a log, or there was too much to keep.</p>'
    yield _raw("curl", "curl, for a POSIX shell", repeated.text)
    if not record.injected:
        yield _raw("ticket", "Support ticket", ticket_of(group, occurrence, repeated))
    yield "</div></details>\n"


def _facts(record: ErrorRecord, source: str, *, whole: bool, message: bool) -> Iterator[tuple[str, str]]:
    """What is known of one occurrence; `whole`: also what its request and answer would show, `message`: also the server's text."""
    yield "Server says", record.message * message
    yield "Debug", record.debug
    yield "Time", when(record.timestamp)
    yield "Request id", record.request_id
    yield "Client request id", record.client_request_id
    yield "URL", record.url * whole
    yield "Status", "" if record.status is None or not whole else str(record.status)
    yield "Position in the batch", "" if record.index is None else str(record.index)
    yield "App", record.app
    yield "SDK", record.client
    yield "Took", "" if record.duration_ms is None else f"{record.duration_ms:,} ms"
    yield "Flow", record.flow_id
    yield "Seen", ", ".join(found.evidence for found in record.findings if found.evidence and found.evidence not in found.says)
    yield "Input", source


def _request(name: str, side: Side, note: str = "") -> str:
    lines = "\n".join(_mark(line, differs) for line, differs in side.body)
    line = "".join(_mark(part, differs) for part, differs in side.line)
    return _side(name, line, side.headers, _pre(lines), note)


def _pre(escaped: str) -> str:
    """A block of text, "" for none. One that may be long enough to scroll can be focused, so that the keyboard scrolls it."""
    focus = ' tabindex="0"' if len(escaped) > LONG or escaped.count("\n") > LONG_LINES else ""
    return f"<pre{focus}>{escaped}</pre>" if escaped else ""


def _mark(plain: str, differs: bool) -> str:
    shown = plain.lstrip(" ")
    return f"{' ' * (len(plain) - len(shown))}<mark>{text(shown)}</mark>" if differs else text(plain)


def _side(name: str, line: str, headers: Sequence[tuple[tuple[str, str], bool]], body: str, note: str = "") -> str:
    count = plural(len(headers), "header")
    pairs = "".join(f"<dt>{text(header)}</dt><dd>{_mark(value, differs)}</dd>" for (header, value), differs in headers)
    # The body tells more than headers, unless one of these differs.
    unfolded = " open" if any(differs for _, differs in headers) else ""
    fields = f'<details class="headers"{unfolded}><summary>{count}</summary><dl>{pairs}</dl></details>' if headers else ""
    said = f'<p class="seen">{text(note)}</p>' if note else ""
    return f'<section><h4>{name}</h4>{said}<p class="first">{line}</p>{fields}{body or """<p class="empty">No body</p>"""}</section>'


def _raw(copy: str, name: str, content: str) -> str:
    return f'<details class="raw" data-copy="{copy}"><summary>{name}</summary>{_pre(text(content))}</details>' if content else ""
