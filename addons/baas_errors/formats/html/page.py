"""A report as one HTML page, which uses no network and is useful without scripts.

All elements are written once; most are in `<template>`, which browsers do not lay out. The script moves, filters and searches them.
Texts are escaped; the Content-Security-Policy allows only the page's own script and style.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TextIO

from ...render.record_text import FAULT_WORDS
from ...reports.group import Group, Occurrence, groups_of, how_often, seconds, shares, time_line
from ...reports.overview import Row, by_cause, by_endpoint, by_type
from ...text import one_line, plural, safe
from .. import headline
from .static import FAULT_NAMES, fault_class, group_element, marked, text

# Occurrences with details; the others have only their row, so that the page can be mailed.
MOST_DETAILS = 3_000
# Causes, endpoints and types that are listed.
MOST_ROWS = 50
# Elements outside templates, for readers without scripts.
STATIC_GROUPS = 200
STATIC_OCCURRENCES = 400
STATIC_OF_A_GROUP = 10


def write(occurrences: Sequence[Occurrence], stream: TextIO, notes: Sequence[str]) -> None:
    """Writes the page."""
    style, script = (Path(__file__).with_name(name).read_text("utf-8") for name in ("report.css", "report.js"))
    groups = groups_of(occurrences)
    opens = shares(groups, MOST_DETAILS)
    plain = shares(groups[:STATIC_GROUPS], STATIC_OCCURRENCES)

    real, injected = headline.parted(groups)
    first, last = map(seconds, headline.span(real or groups))
    stream.write(_head(style, script, headline.headline(real)))
    stream.writelines(_top(real, injected, occurrences, notes))
    stream.write('<main id="groups">\n')
    if groups:
        stream.write('<h2 class="away">Kinds of errors</h2>\n')
    for number, group in enumerate(groups):
        if number >= STATIC_GROUPS:
            stream.write("<template>" if number == STATIC_GROUPS else "</template><template>")
        line = time_line(group.members, first, last)
        most = min(plain[number], STATIC_OF_A_GROUP) if number < STATIC_GROUPS else 0
        stream.writelines(group_element(group, number, line, most, opens[number]))
    if len(groups) > STATIC_GROUPS:
        stream.write(f'</template><p class="more">{plural(len(groups) - STATIC_GROUPS, "more kind")}, shown with scripts on</p>\n')
    stream.write("</main>\n")
    stream.writelines(_foot(groups))
    stream.write(f"<script>{script}</script>\n</body>\n</html>\n")


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _head(style: str, script: str, title: str) -> str:
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    policy += "; require-trusted-types-for 'script'; trusted-types 'none'"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<style>{style}</style>
</head>
<body>
"""


def _top(groups: Sequence[Group], injected: Sequence[Group], occurrences: Sequence[Occurrence], notes: Sequence[str]) -> Iterator[str]:
    yield '<header class="top">\n<p class="eyebrow">Backend errors</p>\n'
    yield f"<h1>{escape(headline.headline(groups))}</h1>\n"
    if groups:
        yield f'<p class="when">{text(headline.when_and_where(groups))}</p>\n'
        yield from _faults(groups)
        yield '<div class="verdict">\n'
        causes = by_cause(groups)
        number, name, advice, fix = headline.start_with(groups, causes)
        first = text(safe(groups[number].record.fingerprint))
        to = f'<a href="#g{number}" data-open="{first}">{text(safe(name))}</a>'
        yield f'<p class="start"><b>Start with</b> {to}<span>{marked(safe(advice))}</span>'
        yield f"{f'<span>{marked(safe(fix))}</span>' if fix else ''}</p>\n"
        yield '<ul class="sentences">\n'
        yield from (f"<li>{text(sentence)}</li>\n" for sentence in headline.sentences(groups, occurrences))
        yield "</ul>\n</div>\n"
        if len(groups) > 1:
            yield '<div class="overview">\n'
            numbers = {group.record.fingerprint: number for number, group in enumerate(groups)}
            yield from _rows("By cause", causes, numbers)
            yield from _rows("By endpoint", by_endpoint(groups), numbers, "endpoint")
            yield from _rows("By type", by_type(groups), numbers, "type")
            yield "</div>\n"
    else:
        yield f'<p class="when">The input contains no error of a known backend{" but those on demand" if injected else ""}.</p>\n'
    if injected:
        yield from _reactions(injected, len(groups))
    if notes:
        yield f'<details class="notes" open><summary>{plural(len(notes), "note")}</summary><ul>\n'
        yield from (f"<li>{text(safe(note))}</li>\n" for note in notes)
        yield "</ul></details>\n"
    yield "<noscript><p>Without scripts there is no search and no filter, and only some occurrences of each kind are listed.</p></noscript>\n"
    yield '</header>\n<div id="bar" role="search" hidden></div>\n'


def _rows(name: str, rows: Sequence[Row], numbers: Mapping[str, int], key: str = "") -> Iterator[str]:
    """A list of counted rows. Each links to its largest group; with scripts, those of a `key` filter by it."""
    yield f'<details{"" if key else " open"}><summary><h2>{name}</h2> <span class="of">{len(rows):,}</span></summary>\n<ol class="rows">\n'
    for row in rows[:MOST_ROWS]:
        to = f'data-filter="{key}" data-value="{text(row.text)}"' if key else f'data-open="{text(row.kinds[0])}"'
        shown = f"<code>{text(one_line(row.text, 300))}</code>" if key else marked(safe(row.text))
        kinds = f", {len(row.kinds):,} kinds" if len(row.kinds) > 1 else ""
        # The number stands before it.
        often = how_often(row.count, len(row.users), row.first, row.last).partition(", ")[2]
        yield f'<li><b>{row.count:,}</b><div><a href="#g{numbers[row.kinds[0]]}" {to}>{shown}</a><small>{text(often)}{kinds}</small></div></li>\n'
    yield "</ol>"
    if len(rows) > MOST_ROWS:
        yield f'<p class="of">and {len(rows) - MOST_ROWS:,} more</p>'
    yield "</details>\n"


def _reactions(injected: Sequence[Group], before: int) -> Iterator[str]:
    """What apps did after errors on demand, whose groups stand after so many others."""
    said, rows = headline.reactions(injected)
    numbers = {group.record.type: number for number, group in enumerate(injected, before)}
    yield '<div class="overview">\n<details open><summary><h2>On demand</h2> '
    yield f'<span class="of">{text(said)}</span></summary>\n<ol class="rows">\n'
    for row in rows[:MOST_ROWS]:
        to = f'href="#g{numbers[row.type]}" data-open="{text(safe(injected[numbers[row.type] - before].record.fingerprint))}"'
        verdict = f'<span class="status s{"5" if row.verdict == "bad" else "2"}">{row.verdict}</span>'
        yield f"<li><b>{row.count:,}</b><div><a {to}><code>{text(row.type)}</code></a> {text(row.reaction)} {verdict}"
        yield f"<small>{text(f'{row.says} {row.flow}'.strip())}</small></div></li>\n"
    yield "</ol></details>\n</div>\n"


def _faults(groups: Sequence[Group]) -> Iterator[str]:
    """The shares of the faults, as a bar and its legend."""
    found = headline.counted(groups, "fault")
    total = sum(count for _, count in found)
    yield '<svg class="share" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">'
    at = 0.0
    for fault, count in found:
        length = 1000 * count / total
        yield f'<rect class="{fault_class(fault)}" x="{at:.2f}" y="0" width="{length:.2f}" height="10"/>'
        at += length
    yield '</svg>\n<ul class="legend" id="legend">\n'
    for fault, count in found:
        name = FAULT_NAMES.get(fault, fault) or "Unknown"
        words = f"The fault lies {FAULT_WORDS.get(fault, fault)}" if fault else "No catalog says where the fault lies"
        yield f'<li class="chip" data-fault="{text(safe(fault))}" title="{text(safe(words))}">'
        yield f'<i class="dot {fault_class(fault)}"></i>{text(safe(name))} <b>{count:,}</b></li>\n'
    yield "</ul>\n"


def _foot(groups: Sequence[Group]) -> Iterator[str]:
    yield '<footer class="foot">'
    left_out = sum(group.count for group in groups) - MOST_DETAILS
    if left_out > 0:
        yield f"<p>Of {plural(left_out, 'occurrence')} only the row is shown, to keep the page fast: "
        yield "findings, request, answer and ticket are left out. A .har report has them all, and so does a page of fewer inputs.</p>"
    yield "<p>This page loads nothing and sends nothing. Times are in UTC.</p></footer>\n"
