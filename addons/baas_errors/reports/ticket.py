"""Support tickets in Markdown: the facts that a vendor's support asks for, also readable as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from ..record import ErrorRecord
from ..render.record_text import RETRY_WORDS
from ..text.markdown import code, fence, prose
from .curl import Command, command
from .group import Group, Occurrence, cause, groups_of

MOST_IDS = 10


def ticket(occurrences: Iterable[Occurrence]) -> str:
    """One ticket for each group, largest first; "" without occurrences."""
    return "\n---\n\n".join(ticket_of(group) for group in groups_of(occurrences))


def ticket_of(group: Group, about: Occurrence | None = None, repeated: Command | None = None) -> str:
    """The ticket of a group, about one occurrence (default: its sample). `repeated`: the curl command, if the caller has made it already."""
    occurrence = about or group.sample
    made = repeated or (command(occurrence.exchange) if occurrence.exchange else Command(""))
    return "\n\n".join(_parts(group, occurrence.record, made)) + "\n"


def _parts(group: Group, record: ErrorRecord, made: Command) -> Iterator[str]:
    yield f"# {prose(record.backend)}: {prose(record.title)}"
    yield "\n".join(_facts(group, record))
    yield "## What the server said"
    yield fence(record.message or "(nothing)", "text")
    if record.debug:
        yield "Debug:"
        yield fence(record.debug, "text")
    yield "## What we found"
    yield "\n".join(_found(record))
    if made.text:
        yield "## How to repeat the request"
        yield "In a POSIX shell (sh, bash, zsh; on Windows Git Bash or WSL, because PowerShell and cmd quote differently):"
        yield fence(made.text, "sh", most=100_000)
        if made.variables:
            yield "Set these variables first; their values were removed from this ticket:"
            yield "\n".join(f"- {code(name)}: {prose(what)}" for name, what in made.variables)
        if "@request-body" in made.text:
            yield "The request body is too long for this ticket, or is not text. Save it as `request-body`."


def _facts(group: Group, record: ErrorRecord) -> Iterator[str]:
    yield f"- **Request id:** {code(record.request_id) or 'none (the server sent none)'}"
    if record.client_request_id:
        yield f"- **Client request id:** {code(record.client_request_id)}"
    yield f"- **Time:** {when(record.timestamp)}"
    yield f"- **App id:** {code(record.app) or 'not named in the request'}"
    yield f"- **Endpoint:** {code(f'{record.method} {record.url_template}'.strip()) or 'unknown'}"
    if record.url:
        yield f"- **URL:** {code(record.url, 2_000)}"
    yield f"- **Status:** {record.status if record.status is not None else 'no answer' if not record.code else 'none'}"
    shown = code(record.code) if record.code is not None else "none"
    yield f"- **Code:** {shown}" + (f" ({prose(record.name)})" if record.name and record.name != record.code else "")
    if record.index is not None:
        yield f"- **Position in the batch:** {record.index}"
    yield f"- **SDK and version:** {code(record.client) or 'not named in the request'}"
    often = f"once, at {when(group.first)}" if group.count == 1 else f"{group.count:,} times since {when(group.first)}, last at {when(group.last)}"
    yield f"- **How often:** {often}"
    # Many may have no id or the same one; limits the search, since there is a ticket for each occurrence of a group.
    ids = dict.fromkeys(member.record.request_id for member in islice(reversed(group.members), 20 * MOST_IDS))
    if others := [ident for ident in ids if ident not in ("", record.request_id)][:MOST_IDS]:
        yield f"- **More request ids, latest first:** {', '.join(map(code, others))}"


def when(timestamp: str) -> str:
    """A record's time: `2026-01-31 12:00:00.000 UTC`."""
    return timestamp.replace("T", " ").removesuffix("Z") + " UTC"


def _found(record: ErrorRecord) -> Iterator[str]:
    for finding in record.findings:
        yield f"- {prose(cause(finding.says, finding.certain))}" + (f" Seen: {code(finding.evidence)}." if finding.evidence else "")
    if not record.findings:
        yield "- No cause was found in the request itself."
    if record.meaning:
        yield f"- What the error means: {prose(record.meaning)}"
    if record.retry:
        yield f"- Does a retry help? {prose(RETRY_WORDS.get(record.retry, record.retry))}."
