"""The API version that a Kinvey request asks for, and what it lacks."""

from __future__ import annotations

from ...decode import server_headers
from ..context import Case, Say

HEADER = "X-Kinvey-API-Version"
# Entities in a list, all stored by one POST, and errors with a name and a fixed form.
MULTI_INSERT, NAMED_ERRORS = 5, 1


def version_number(case: Case) -> int | None:
    """The version asked for; None if there is none or it is no whole number."""
    text = case.headers.get(HEADER).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def version(case: Case) -> Say | None:
    """A version that is absent, no number, or beyond what is known."""
    text = case.headers.get(HEADER).strip()
    known = case.backend.hygiene.api_version
    newest = known.newest if known else 0
    send = f"; send a whole number, such as {newest}." if newest else "; send a whole number."
    if not text:
        state = "is empty" if HEADER in case.headers else "is missing"
        return Say(f"The {HEADER} header {state}{send}", f"{HEADER}: {state}", certain=True)
    number = version_number(case)
    if number is None:
        return Say(f"{HEADER} is {case.quote(text)}, which is no whole number{send}", f"{HEADER}: {text[:40]}", certain=True)
    if known and number > newest:
        return Say(f"{HEADER} is {number}, which is too high: the newest version known is {newest}.", f"{HEADER}: {number}", certain=False)
    if known and number < known.oldest:
        return Say(f"{HEADER} is {number}, which is likely no longer served; send {newest}.", f"{HEADER}: {number}", certain=False)
    return None


def list_too_early(case: Case) -> Say | None:
    """A list of entities under a version that takes one at a time."""
    number = version_number(case)
    if case.method != "POST" or not isinstance(case.json, list) or (number is not None and number >= MULTI_INSERT):
        return None
    asked = f"the request asks for version {number}" if number is not None else f"the request names no version ({HEADER})"
    return Say(
        f"The body is a list of {len(case.json)}, which Kinvey takes from API version {MULTI_INSERT} on; {asked}. Send "
        f"`{HEADER}: {MULTI_INSERT}` or more, or one entity at a time.",
        f"{HEADER}: {number if number is not None else 'absent'}",
        certain=True,
    )


def unnamed_error(case: Case) -> Say | None:
    """An error without a name, asked for under a version that has none."""
    number = version_number(case)
    if case.error.code is not None or (number is not None and number >= NAMED_ERRORS) or "kid" not in case.route:
        return None
    if not server_headers(case.exchange, case.backend).first(case.backend.request_id_server):
        return None  # It may not be Kinvey's at all.
    sent = f"{HEADER} is {number}" if number is not None else f"the request names no API version ({HEADER})"
    return Say(f"{sent}, which is likely why the error has no name: from version {NAMED_ERRORS} on errors come with name and debug text.", HEADER)
