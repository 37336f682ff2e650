"""A report in Markdown: a table of the groups, then a section for each, with all texts escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TextIO

from ..record import timestamp
from ..render.record_text import FAULT_WORDS, NO_MEANING, RETRY_WORDS, text_label
from ..reports.group import Group, Occurrence, found_in, groups_of, remedies_beside, shares
from ..reports.overview import Row, by_cause, by_endpoint, by_type
from ..reports.redacted_exchange import CleanExchange
from ..reports.ticket import when
from ..text import plural
from ..text.markdown import code, fence, prose, row
from . import headline
from .side_by_side import changes

# Occurrences listed in a section.
MOST_LISTED = 20
MOST_SECTIONS = 500
# Requests with their answers, over all sections; and causes, endpoints and types that are listed.
MOST_EXAMPLES = 200
MOST_ROWS = 50
LONGEST_BODY = 4_000


def write(occurrences: Sequence[Occurrence], stream: TextIO, notes: Sequence[str]) -> None:
    """Writes the report."""
    groups = groups_of(occurrences)
    stream.writelines(f"{line}\n" for line in _head(occurrences, groups, notes))
    examples = shares(groups[:MOST_SECTIONS], MOST_EXAMPLES)
    for number, group in enumerate(groups[:MOST_SECTIONS], 1):
        stream.writelines(f"{line}\n" for line in _section(number, group, examples[number - 1]))


def _head(occurrences: Sequence[Occurrence], groups: Sequence[Group], notes: Sequence[str]) -> Iterator[str]:
    everything = groups
    groups, injected = headline.parted(groups)
    yield "# Backend errors\n"
    if not groups:
        yield f"No backend errors were recorded{' but those on demand' if injected else ''}."
    else:
        yield f"**{headline.headline(groups)}**, {_span(*headline.span(groups))}.\n"
        _, name, advice, fix = headline.start_with(groups, by_cause(groups))
        yield f"Start with {prose(name)}: {prose(advice)}{f' {prose(fix)}' if fix else ''}\n"
        yield from map(prose, headline.sentences(groups, occurrences))
    yield ""
    if notes:
        yield from (f"- {prose(note)}" for note in notes)
        yield ""
    if len(groups) > 1:
        yield from _counted("Cause", by_cause(groups), partial(prose, cell=True))
        yield from _counted("Endpoint", by_endpoint(groups), partial(code, most=300, cell=True))
        yield from _counted("Type", by_type(groups), partial(code, cell=True))
        yield "" if injected else "## All kinds\n"
    if injected:
        yield from _reactions(injected)
    if everything:
        yield row(("Count", "Users", "Error", "Code", "Status", "Request", "First (UTC)", "Last (UTC)"))
        yield "|--:|--:|---|---|---|---|---|---|"
        yield from map(_row, everything)
    if len(everything) > MOST_SECTIONS:
        yield f"\nSections follow for the {MOST_SECTIONS} most frequent kinds."


def _reactions(injected: Sequence[Group]) -> Iterator[str]:
    said, rows = headline.reactions(injected)
    yield f"## On demand\n\n{prose(said)}.\n"
    if rows:
        yield row(("Error", "Times", "Reaction", "Verdict", "Seen"))
        yield "|---|--:|---|---|---|"
        for one in rows[:MOST_ROWS]:
            seen = prose(f"{one.says} {one.flow}".strip(), cell=True)
            yield row((code(one.type, cell=True), f"{one.count:,}", prose(one.reaction, cell=True), one.verdict, seen))
    yield "\n## All kinds\n"


def _counted(name: str, rows: Sequence[Row], shown: Callable[[str], str]) -> Iterator[str]:
    yield f"## By {name.lower()}\n"
    yield row(("Count", "Users", name, "First (UTC)", "Last (UTC)"))
    yield "|--:|--:|---|---|---|"
    for one in rows[:MOST_ROWS]:
        yield row((f"{one.count:,}", str(len(one.users) or ""), shown(one.text), headline.moment(one.first), headline.moment(one.last)))
    yield f"\nand {len(rows) - MOST_ROWS:,} more\n" if len(rows) > MOST_ROWS else ""


def _row(group: Group) -> str:
    record = group.record
    return row(
        (
            f"{group.count:,}",
            str(group.users or ""),
            code(record.type, cell=True),
            code(record.code, 60, cell=True) if record.code is not None else "",
            str(record.status) if record.status is not None else "",
            code(group.endpoint, 200, cell=True),
            headline.moment(group.first),
            headline.moment(group.last),
        )
    )


def _span(first: str, last: str) -> str:
    return f"at {when(first)}" if first == last else f"{when(first)} to {when(last)}"


def _section(number: int, group: Group, examples: int) -> Iterator[str]:
    record = group.record
    yield f"\n## {number}. {prose(record.title)}{', on demand' if record.injected else ''}, {plural(group.count, 'time')}\n"
    users = f", {plural(group.users, 'user')}" if group.users else ""
    yield f"{code(record.type)} from {code(group.endpoint) or 'an unknown request'}{users}, {_span(group.first, group.last)}\n"
    if record.message:
        yield f"{text_label(record)}:\n\n{fence(record.message, 'text', LONGEST_BODY)}\n"
    yield f"{prose(record.meaning) or NO_MEANING}\n"
    found = found_in(group)
    fixes, several = remedies_beside(group, found)
    if found:
        yield "What was found:\n"
        for one in found:
            do = f" To do: {prose(one.fix)}" if one.fix and several else ""
            yield f"- {prose(one.text)}" + (f" ({one.of(group.count)})" if group.count > 1 else "") + do
        yield ""
    if fixes:
        yield f"What to do{' in general' if several else ''}:\n"
        yield from (f"{step}. {prose(fix)}" for step, fix in enumerate(fixes, 1))
        yield ""
    if record.retry:
        yield f"- Does a retry help? {prose(RETRY_WORDS.get(record.retry, record.retry))}"
    if record.fault:
        yield f"- Where the fault lies: {prose(FAULT_WORDS.get(record.fault, record.fault))}"
    if record.candidates:
        yield f"- The same code also stands for: {', '.join(map(code, record.candidates))}"
    yield from (f"- SDK, {prose(language)}: {code(view)}" for language, view in sorted(record.sdk.items()))
    if record.doc:
        yield f"- Documentation: {code(record.doc)}"
    yield from _listed(group)
    known = [(member, member.exchange) for member in reversed(group.members) if member.exchange][:examples]
    for member, exchange in known:
        yield from _exchange(member, exchange)
    if 0 < len(known) < sum(member.exchange is not None for member in group.members):
        yield "\nRequests and answers of the others are left out; a .html report has more, a .har report all."


def _listed(group: Group) -> Iterator[str]:
    shown = group.members[-MOST_LISTED:]
    yield "\n### When" + ("\n" if len(shown) == group.count else f": the latest {len(shown)} of {group.count:,}\n")
    read = any(member.source for member in shown)
    yield row(("Time (UTC)", "Status", "URL", "Request id", *(["Input"] if read else [])))
    yield "|---|---|---|---|" + ("---|" if read else "")
    for record, _, source, _ in reversed(shown):
        status = str(record.status) if record.status is not None else ""
        cells = (code(text, most, cell=True) for text, most in ((record.url, 300), (record.request_id, 100), (source, 200))[: 2 + read])
        yield row((headline.moment(record.timestamp), status, *cells))


def _exchange(sample: Occurrence, exchange: CleanExchange) -> Iterator[str]:
    yield f"\n### {when(sample.record.timestamp)}\n\nRequest:\n"
    yield fence("\n".join([*exchange.request_head, "", exchange.request_body]).rstrip(), "http", LONGEST_BODY)
    first = f"Status {exchange.status}" if exchange.status is not None else exchange.failure or "WebSocket message"
    yield "\nAnswer:\n"
    yield fence("\n".join([first, *exchange.answer_head, "", exchange.response_body]).rstrip(), "http", LONGEST_BODY)
    if (worked := sample.worked) is not None:
        at = f" ({when(timestamp(worked.started))}, status {worked.status})" if worked.started is not None else ""
        yield f"\nBeside the last one that worked{at}: `-` only in this request, `+` only in that one.\n"
        yield fence("\n".join(changes(exchange, worked)), "diff", LONGEST_BODY)
