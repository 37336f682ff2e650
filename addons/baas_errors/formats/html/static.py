"""The elements of an HTML report that are written out, for readers without scripts. report.js builds the same ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from ...catalog import FAULTS
from ...reports.group import Group
from ...text import plural, safe
from .data import row_data
from .details import Detail, Message, detail

FAULT_NAMES = {
    "request": "Request",
    "auth": "Credentials",
    "permission": "Permissions",
    "quota": "Limits",
    "config": "App settings",
    "server": "Server",
    "script": "Server-side code",
    "client": "App or device",
}
_CODE = re.compile(r"`([^`]+)`")


def text(plain: str) -> str:
    """A text for the page, which may be printed to a terminal as well."""
    return escape(safe(plain), quote=True)


def marked(plain: str) -> str:
    """A sentence for the page; what stands between backticks becomes code."""
    return "".join(f"<code>{text(part)}</code>" if number % 2 else text(part) for number, part in enumerate(_CODE.split(plain)))


def fault_class(fault: str) -> str:
    """The class that gives a fault its colour."""
    return f"f-{fault}" if fault in FAULTS else "f-none"


def group_element(facts: Mapping[str, Any], group: Group, most: int) -> Iterator[str]:
    """A group, folded, with at most so many of its occurrences."""
    yield f'<details class="group" id="g{facts["start"]}">\n<summary>'
    yield f'<i class="dot {fault_class(facts.get("fault", ""))}"></i>'
    yield f'<span class="name"><b>{text(facts["title"])}</b>{_status(facts.get("status"))}'
    yield f'<span class="type">{text(facts["type"])}</span><span class="endpoint">{text(facts["endpoint"])}</span></span>'
    yield time_line(facts["line"])
    yield f'<span class="count">{facts["count"]:,}</span>'
    yield f'<span class="span">{moment(facts["first"])}<br>{moment(facts["last"])}</span></summary>\n<div class="body">\n'
    yield from _explained(facts)
    yield f'<h3>{plural(group.count, "occurrence")}</h3>\n<div class="list">\n'
    for occurrence in list(reversed(group.members))[:most]:
        yield from _occurrence(row_data(occurrence, opens=True), detail(group, occurrence))
    if most < group.count:
        yield f'<p class="more">{plural(group.count - most, "more occurrence")}</p>\n'
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


def moment(timestamp: str) -> str:
    """`2026-01-31 12:00:00`."""
    return text(timestamp[:19].replace("T", " "))


def _status(status: int | str | None) -> str:
    return "" if status in (None, "") else f'<span class="status s{str(status)[:1]}">{status}</span>'


def _explained(facts: Mapping[str, Any]) -> Iterator[str]:
    """What the error means, what was found, what to do; beside it retry, fault, SDKs and page."""
    yield '<div class="explained">\n<div>'
    if "message" in facts:
        yield f"<blockquote>{text(facts['message'])}</blockquote>"
    yield f"<p>{marked(facts.get('meaning', 'No catalog knows this code; the server’s own text is all there is.'))}</p>"
    if "found" in facts:
        yield '<h3>What was found</h3><ul class="found">'
        for says, certain, count in facts["found"]:
            of = f' <span class="of">{count:,} of {facts["count"]:,}</span>' if count < facts["count"] else ""
            yield f"<li{'' if certain else ' class=likely'}>{marked(says)}{of}</li>"
        yield "</ul>"
    if "fix" in facts:
        yield f"<h3>What to do</h3><ol>{''.join(f'<li>{marked(fix)}</li>' for fix in facts['fix'])}</ol>"
    yield "</div>\n<dl>"
    if "retry" in facts:
        yield f"<dt>Retry</dt><dd>{marked(facts['retry'])}</dd>"
    if "faultWords" in facts:
        yield f"<dt>Fault</dt><dd>{marked(facts['faultWords'])}</dd>"
    if "candidates" in facts:
        yield f"<dt>Or it is</dt><dd>{text(', '.join(facts['candidates']))}</dd>"
    yield from (f"<dt>{text(language)}</dt><dd><code>{text(view)}</code></dd>" for language, view in facts.get("sdk", ()))
    if "doc" in facts:
        yield f'<dt>Read</dt><dd><a href="{text(facts["doc"])}" rel="noreferrer noopener" target="_blank">{text(facts["doc"])}</a></dd>'
    yield "</dl>\n</div>\n"


def _occurrence(row: Sequence[Any], shown: Detail) -> Iterator[str]:
    time, status, method, url, message, request_id = row[:6]
    yield f'<details class="occ"><summary><time>{moment(time)}</time>{_status(status) or "<span class=status>–</span>"}'
    yield f'<span class="url"><b>{text(method)}</b> {text(url)}</span><span class="msg">{text(message)}</span>'
    yield f'<span class="rid">{text(request_id)}</span></summary>\n<div class="body">'
    yield f'<dl class="facts">{"".join(f"<dt>{text(label)}</dt><dd>{text(value)}</dd>" for label, value in shown.facts)}</dl>'
    if shown.findings:
        yield '<h4>Findings</h4><ul class="found">'
        for says, evidence, certain in shown.findings:
            seen = f' <span class="seen">seen: <code>{text(evidence)}</code></span>' if evidence else ""
            yield f"<li{'' if certain else ' class=likely'}>{marked(says)}{seen}</li>"
        yield "</ul>"
    yield '<div class="sides">'
    yield _side("Request", shown.request)
    yield _side("Answer", shown.answer)
    yield "</div>"
    yield _raw("curl, for a POSIX shell", shown.curl)
    yield _raw("Support ticket", shown.ticket)
    yield "</div></details>\n"


def _side(name: str, message: Message | None) -> str:
    if message is None:
        return ""
    headers = "".join(f"<dt>{text(header)}</dt><dd>{text(value)}</dd>" for header, value in message.headers)
    body = f"<pre>{text(message.body)}</pre>" if message.body else '<p class="empty">No body</p>'
    count = plural(len(message.headers), "header")
    fields = f'<details class="headers" open><summary>{count}</summary><dl>{headers}</dl></details>' if headers else ""
    return f'<section><h4>{name}</h4><p class="first">{text(message.line)}</p>{fields}{body}</section>'


def _raw(name: str, content: str) -> str:
    return f'<details class="raw"><summary>{name}</summary><pre>{text(content)}</pre></details>' if content else ""
