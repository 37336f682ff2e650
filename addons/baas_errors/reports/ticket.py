"""Support tickets in Markdown, also readable as plain text: first what every vendor's support asks for (request id, app, time, SDK), then what shows
the error, and nothing that the vendor knows better."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from ..record import ErrorRecord
from ..record.model import DIFFERS
from ..text import plural
from ..text.markdown import code, fence, prose
from .curl import Command, command
from .group import Group, Occurrence, cause, groups_of

MOST_IDS = 10


def ticket(occurrences: Iterable[Occurrence]) -> str:
    """One ticket for each group, largest first; "" without occurrences. Errors on demand are nothing for support."""
    return "\n---\n\n".join(ticket_of(group) for group in groups_of(one for one in occurrences if not one.record.injected))


def ticket_of(group: Group, about: Occurrence | None = None, repeated: Command | None = None) -> str:
    """The ticket of a group, about one occurrence (default: its sample). `repeated`: the curl command, if the caller has made it already."""
    occurrence = about or group.sample
    made = repeated or (command(occurrence.exchange) if occurrence.exchange else Command(""))
    other = None if made.text else group.repeatable
    if other and other.exchange:
        made = command(other.exchange)
    return "\n\n".join(_parts(group, occurrence.record, made, other.record if other else None)) + "\n"


def _parts(group: Group, record: ErrorRecord, made: Command, other: ErrorRecord | None) -> Iterator[str]:
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
        if other:
            ident = f", request id {code(other.request_id)}" if other.request_id else ""
            yield f"This is the request of {when(other.timestamp)}{ident}; that of the time above is not known."
        yield "In a POSIX shell (sh, bash, zsh; on Windows Git Bash or WSL, because PowerShell and cmd quote differently):"
        yield fence(made.text, "sh", most=100_000)
        if made.variables:
            yield "Set these variables first; their values were removed from this ticket:"
            yield "\n".join(f"- {code(name)}: {prose(what)}" for name, what in made.variables)
        if "@request-body" in made.text:
            yield "The request body is too long for this ticket, or is not text. Save it as `request-body`."


def _facts(group: Group, record: ErrorRecord) -> Iterator[str]:
    yield f"- **Request id:** {code(record.request_id) or 'none (the server sent none)'}"
    if record.client_request_id and not record.request_id:
        # Support finds the server's id; the client's own is of use only without it.
        yield f"- **Client request id:** {code(record.client_request_id)}"
    yield f"- **App key or id:** {code(record.app) or 'not named in the request'}"
    yield f"- **Time:** {when(record.timestamp)}"
    yield f"- **SDK and version:** {code(record.client) or 'not named in the request'}"
    yield f"- **Request:** {code(f'{record.method} {record.url or record.url_template}'.strip(), 2_000) or 'unknown'}"
    yield f"- **Status:** {record.status if record.status is not None else 'no answer' if not record.code else 'none'}"
    shown = code(record.code) if record.code is not None else "none"
    yield f"- **Code:** {shown}" + (f" ({prose(record.name)})" if record.name and record.name != record.code else "")
    if record.index is not None:
        yield f"- **Position in the batch:** {record.index}"
    if group.count == 1:
        yield "- **How often:** once"
    else:
        users = f", {plural(group.users, 'user')}" if group.users else ""
        yield f"- **How often:** {group.count:,} times{users}, since {when(group.first)}, last at {when(group.last)}"
    # Many may have no id or the same one; limits the search, since there is a ticket for each occurrence of a group.
    ids = dict.fromkeys(member.record.request_id for member in islice(reversed(group.members), 20 * MOST_IDS))
    if others := [ident for ident in ids if ident not in ("", record.request_id)][:MOST_IDS]:
        yield f"- **More request ids, latest first:** {', '.join(map(code, others))}"


def when(timestamp: str) -> str:
    """A record's time: `2026-01-31 12:00:00.000 UTC`."""
    return timestamp.replace("T", " ").removesuffix("Z") + " UTC"


def _found(record: ErrorRecord) -> Iterator[str]:
    # Warnings are for the app's developers.
    found = [finding for finding in record.findings if not finding.secondary or finding.rule == DIFFERS]
    for finding in found:
        yield f"- {prose(cause(finding.says, finding.certain))}" + (f" Seen: {code(finding.evidence)}." if finding.evidence else "")
    if not found:
        yield "- No cause was found in the request itself."
