"""Bodies in another form than the server reads: a query sent by POST, JSON sent as a form. Source: express, as in parse-server 9.10.0."""

from __future__ import annotations

import re

from ..context import Message, Rule, RuleContext, fault_of
from .request import FINDS, place

_AFTER_FORM = ("InvalidFieldName", "InvalidJSON", "InvalidQuery", "IncorrectType", "ValidationFailed", "MissingRequiredFieldError", "OtherCause")


def query_in_body(ctx: RuleContext) -> Message | None:
    """Looks for the parameters of a query as the body of a POST, as `curl --data-urlencode` without `-G` sends them. Other causes: none."""
    found = re.match(rb"(where|limit|skip|order|include|keys|count)=", ctx.body.data or b"")
    if found is None or ctx.in_batch or ctx.method != "POST" or place(ctx).route not in FINDS:
        return None
    says = f"The body is the query string of a GET (`{found[1].decode()}=...`), but it was sent by POST, which creates an object."
    return fault_of(says, f"body: {found[1].decode()}=", "Send GET with the parameters in the URL. With curl, add `-G` to `--data-urlencode`.")


def json_as_form(ctx: RuleContext) -> Message | None:
    """Looks for JSON under the Content-Type of a form, which `curl -d` sends: the server takes the text for a field's name.

    Other causes: without the JSON in the message, what else the entry says."""
    data, kind = ctx.body.data or b"", ctx.body.content_type.lower()
    if ctx.in_batch or "form-urlencoded" not in kind or data.lstrip()[:1] not in (b"{", b"["):
        return None
    says = "The body is JSON, but its Content-Type is `application/x-www-form-urlencoded` (the default of `curl -d`): the server reads it as a form."
    fix = "Send `Content-Type: application/json` (curl: `-H 'Content-Type: application/json'`)."
    return fault_of(says, f"content-type: {kind}", fix, certain=": {" in ctx.message or ": [" in ctx.message)


RULES: tuple[Rule, ...] = (
    Rule("query-in-body", query_in_body, statuses=(400,)),
    Rule("json-as-form", json_as_form, entries=(*_AFTER_FORM, "UsernameMissing", "PasswordMissing", "InvalidValue")),
)
