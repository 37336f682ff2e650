"""The API version that a Kinvey request asks for, and what it lacks."""

from __future__ import annotations

from ..context import Message, RuleContext

HEADER = "X-Kinvey-API-Version"
# Entities in a list, all stored by one POST, and errors with a name and a fixed form.
MULTI_INSERT, NAMED_ERRORS = 5, 1


def version_number(ctx: RuleContext) -> int | None:
    """The version asked for; None if there is none or it is not a whole number."""
    text = ctx.headers.get(HEADER).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def version(ctx: RuleContext) -> Message | None:
    """Looks at the version header: absent, not a number, or another than the newest known. Source: Kinvey REST guide, Error handling. Other causes:
    none where the header is absent or not a number."""
    text, known = ctx.headers.get(HEADER).strip(), ctx.backend.hygiene.api_version
    newest = known.newest if known else MULTI_INSERT
    fix = f"Send `{HEADER}: {newest}`."
    if not text:
        state = "is empty" if HEADER in ctx.headers else "is missing"
        return Message(f"The {HEADER} header {state}.", f"{HEADER}: {state}", True, fix)
    number = version_number(ctx)
    if number is None:
        return Message(f"{HEADER} is {ctx.quote(text)}, which is not a whole number.", f"{HEADER}: {text[:40]}", True, fix)
    if number == newest:
        return None
    return Message(f"{HEADER} is {number}, and the server does not offer this request in that version.", f"{HEADER}: {number}", False, fix)


def list_too_early(ctx: RuleContext) -> Message | None:
    """Looks for a list of entities sent under a version that takes one at a time. Source: Kinvey REST guide, Data store (multi-insert from version 5
    on). Other causes: none."""
    number = version_number(ctx)
    if ctx.method != "POST" or not isinstance(ctx.json, list) or (number is not None and number >= MULTI_INSERT):
        return None
    asked = f"the request asks for version {number}" if number is not None else f"the request names no version ({HEADER})"
    says = f"The body is a list of {len(ctx.json)}, which Kinvey takes from API version {MULTI_INSERT} on; {asked}."
    evidence = f"{HEADER}: {number if number is not None else 'absent'}"
    return Message(says, evidence, True, f"Send `{HEADER}: {MULTI_INSERT}` or higher, or send one entity per request.")


def unnamed_error(ctx: RuleContext) -> Message | None:
    """Looks for an error without a name, asked for under a version that has none. Source: Kinvey REST guide, Error handling."""
    number = version_number(ctx)
    if ctx.error.code is not None or (number is not None and number >= NAMED_ERRORS) or "kid" not in ctx.route:
        return None
    if not ctx.facts.server_headers.first(ctx.backend.request_id.server):
        return None  # It may not be Kinvey's at all.
    sent = f"{HEADER} is {number}" if number is not None else f"the request names no API version ({HEADER})"
    return Message(f"{sent}, which is likely why the error has no name: errors have names from version {NAMED_ERRORS} on.", HEADER)
