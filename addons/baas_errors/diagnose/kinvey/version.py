"""The API version that a Kinvey request asks for, and what it lacks."""

from __future__ import annotations

from ...decode import server_headers
from ..context import Message, RuleContext

HEADER = "X-Kinvey-API-Version"
# Entities in a list, all stored by one POST, and errors with a name and a fixed form.
MULTI_INSERT, NAMED_ERRORS = 5, 1


def version_number(ctx: RuleContext) -> int | None:
    """The version asked for; None if there is none or it is no whole number."""
    text = ctx.headers.get(HEADER).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def version(ctx: RuleContext) -> Message | None:
    """A version that is absent, no number, or beyond what is known."""
    text = ctx.headers.get(HEADER).strip()
    known = ctx.backend.hygiene.api_version
    newest = known.newest if known else 0
    send = f"; send a whole number, such as {newest}." if newest else "; send a whole number."
    if not text:
        state = "is empty" if HEADER in ctx.headers else "is missing"
        return Message(f"The {HEADER} header {state}{send}", f"{HEADER}: {state}", certain=True)
    number = version_number(ctx)
    if number is None:
        return Message(f"{HEADER} is {ctx.quote(text)}, which is no whole number{send}", f"{HEADER}: {text[:40]}", certain=True)
    if known and number > newest:
        return Message(f"{HEADER} is {number}, which is too high: the newest version known is {newest}.", f"{HEADER}: {number}", certain=False)
    if known and number < known.oldest:
        return Message(f"{HEADER} is {number}, which is likely no longer served; send {newest}.", f"{HEADER}: {number}", certain=False)
    return None


def list_too_early(ctx: RuleContext) -> Message | None:
    """A list of entities under a version that takes one at a time."""
    number = version_number(ctx)
    if ctx.method != "POST" or not isinstance(ctx.json, list) or (number is not None and number >= MULTI_INSERT):
        return None
    asked = f"the request asks for version {number}" if number is not None else f"the request names no version ({HEADER})"
    return Message(
        f"The body is a list of {len(ctx.json)}, which Kinvey takes from API version {MULTI_INSERT} on; {asked}. Send "
        f"`{HEADER}: {MULTI_INSERT}` or more, or one entity at a time.",
        f"{HEADER}: {number if number is not None else 'absent'}",
        certain=True,
    )


def unnamed_error(ctx: RuleContext) -> Message | None:
    """An error without a name, asked for under a version that has none."""
    number = version_number(ctx)
    if ctx.error.code is not None or (number is not None and number >= NAMED_ERRORS) or "kid" not in ctx.route:
        return None
    if not server_headers(ctx.exchange, ctx.backend).first(ctx.backend.request_id_server):
        return None  # It may not be Kinvey's at all.
    sent = f"{HEADER} is {number}" if number is not None else f"the request names no API version ({HEADER})"
    return Message(f"{sent}, which is likely why the error has no name: from version {NAMED_ERRORS} on errors come with name and debug text.", HEADER)
