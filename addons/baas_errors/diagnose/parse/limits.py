"""Requests that come too often or twice.

Source: parse-server 9.10.0, middlewares.js (`rateLimit`), batch.js.
"""

from __future__ import annotations

from ...history.app_facts import LIMITED
from ...history.store import LONGEST_KEY
from ..checks import retry_after
from ..context import Message, Rule, RuleContext
from .request import message_matches, outer, place


def rate_limit(ctx: RuleContext) -> Message | None:
    """Reads in Retry-After how long the server asks to wait. Other causes: none; the server asks so."""
    found = retry_after(ctx)
    fix = "Wait that long before the next request to this path; look for a loop or timer that calls it."
    return found._replace(fix=found.fix or fix, retry="backoff", fault="quota") if found else None


def rate_limited_part(ctx: RuleContext) -> Message | None:
    """Compares the parts of a refused batch with paths that were over their limit before. Other causes: another part that has a limit, too."""
    if ctx.status != 400 or place(ctx).route != "/batch":
        return None
    parts = outer(ctx).get("requests")
    limited = dict(ctx.app_memory.names_of(LIMITED))
    for number, part in enumerate(parts[:100] if isinstance(parts, list) else ()):
        path = part.get("path") if isinstance(part, dict) else None
        seen = limited.get(path[:LONGEST_KEY]) if isinstance(path, str) else None
        if seen:
            over = f"over its limit {ctx.ago(seen.when)} ({ctx.flow_name(seen.flow)})"
            says, fix = f"part {number} of the batch goes to {ctx.quote(path)}, which was {over}.", "Send that part later or by itself: "
            return Message(says, str(path), False, f"{fix}one part over its limit refuses the whole batch.")
    return None


def duplicate_request(ctx: RuleContext) -> Message | None:
    """Looks for an earlier request with the same X-Parse-Request-Id. Other causes: none; the id is what the server compares."""
    sent = ctx.headers.get("x-parse-request-id")
    if not sent:
        return None
    seen, was = ctx.app_memory.request_ids.get(sent[:LONGEST_KEY]), "before, by a request whose answer no flow shows"
    fix, retry = (
        "Look whether that request was carried out: if so, go on with what it saved. If not, send this one with an id of its own.",
        "after-fix",
    )
    if seen:
        was = f"{ctx.ago(seen.when)} by {ctx.flow_name(seen.flow)}, which {'worked' if seen.status < 400 else f'ended with {seen.status}'}"
        if 400 <= seen.status < 500:
            fix = "Send the request again with a new id: the first try was counted, and failed."
        elif seen.status < 400:
            fix, retry = "Take the result of that request if this one is its retry; else send each request with an id of its own.", "never"
    says = f"X-Parse-Request-Id {ctx.quote(sent)} was used {was}."
    return Message(says, sent, message_matches(ctx, r"Duplicate request"), fix, retry, "request")


RULES: tuple[Rule, ...] = (
    Rule("duplicate-request", duplicate_request, entries=("DuplicateRequest",)),
    Rule("rate-limited-part", rate_limited_part, entries=("TooManyRequests",)),
    Rule("rate-limit", rate_limit, entries=("TooManyRequests",), statuses=(429,)),
)
