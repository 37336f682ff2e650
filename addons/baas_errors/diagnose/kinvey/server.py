"""Faults on Kinvey's side: scripts, clocks, and answers that are not its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any

from ...exchange.json_pointer import MISSING, first
from ...exchange.json_reader import parse_json
from ..all_backends.gateways import front_of
from ..context import Message, RuleContext, duration
from ..facts import took

HOOKS = "x-kinvey-executed-collection-hooks"
REQUEST_ID = "x-kinvey-request-id"
# Clocks that differ by less explain nothing.
_SKEW = 60.0
_STACK_LINE = re.compile(r"\bat [^\n]{1,160}?:\d{1,7}(?::\d{1,7})?\)?|\bline \d{1,7}[^\n]{0,40}", re.I)


def script(ctx: RuleContext) -> Iterator[Message]:
    """Looks up which script failed, where, and with what words. Source: Kinvey REST guide, Error handling and Business logic; kinvey-flex-sdk 3.3.0.
    Other causes: none, only a script's failure has these names or the status 550."""
    hooks = ctx.facts.server_headers.get(HOOKS)
    where, line = _script_name(ctx, hooks), _stack_line(ctx)
    said = ctx.error.debug or ctx.message
    thrown = parse_json(said).value if said[:1] == "{" else None
    if isinstance(thrown, dict) and isinstance(thrown.get("message"), str):
        said = f"{thrown['name']}: {thrown['message']}" if isinstance(thrown.get("name"), str) else thrown["message"]
    words = f" It says: {ctx.quote(said[:400])}." if said else ""
    at = f" It stopped {'' if line.startswith('at ') else 'at '}{ctx.quote(line)}." if line else ""
    seconds = took(ctx)
    late = ctx.name == "BLTimeoutError"
    time = f" It was stopped after {duration(seconds)}." if late and seconds is not None and seconds >= 1 else ""
    evidence = f"{HOOKS}: {hooks[:80]}" if hooks else f"{ctx.error.code or ctx.status} from {ctx.template}"
    fix = f"Look into the log of {where} in the console, and correct its code."
    if not ctx.error.debug and "See debug message" in said:
        # JSON writes an Error object as `{}`.
        words, fix = " It sent no text of its own.", f"{fix[:-1]}; let it send `error.message`, since an Error as such becomes `{{}}`."
    if re.search(r"\bE(?:CONN|NOTFOUND|TIMEDOUT|HOSTUN|AI_AGAIN)", said):
        fix = ""  # What was not reached is named by `server-network`.
    if late:
        fix = "End every branch of the script by `response.complete()`, `.continue()` or `.error()`; move long work into a scheduled job."
    if "UserDefinedError" in said[:60]:
        fix = "Handle this answer in the app: the script ends with it on purpose. Look into the script for the condition."
    yield Message(f"The error comes from {where}.{words}{at}{time}", evidence, True, fix, "", "script")


def _script_name(ctx: RuleContext, hooks: str) -> str:
    flex = "service" if str(ctx.error.code).startswith(("Flex", "DataLink", "DLC")) else "script"
    collection = ctx.route.get("collection")
    if function := ctx.route.get("function"):
        return f"the {flex} behind the custom endpoint {ctx.quote(function)}"
    if hooks:
        return f"a hook ({ctx.quote(hooks)}) of {ctx.quote(collection or ctx.template)}"
    if flex == "service":
        return f"the service behind {ctx.quote(collection or ctx.template)}"
    return f"the script of a hook of {ctx.quote(collection or ctx.template)}"


def _stack_line(ctx: RuleContext) -> str:
    """The first line of a stack that names a place: from the answer's `stack`, or from debug."""
    body: Any = ctx.exchange.response.body.json if ctx.exchange.response else None
    stack = first(body, ("/stack", "/debug/stack", "/result/stack", "/result/debug/stack", "/response/body/stack", "/response/body/debug/stack"))
    text = stack if isinstance(stack, str) else "" if stack is not MISSING else ctx.error.debug
    found = _STACK_LINE.search(text[:4000])
    return found[0] if found else ""


def clock(ctx: RuleContext) -> Message | None:
    """Compares the clocks of client and server. Source: Kinvey REST guide, Error handling (StaleRequest). Other causes: none for other dates."""
    made = _client_time(ctx)
    if made is None or not ctx.answer_headers.get("date") or abs(ctx.now - made) <= _SKEW:
        return None
    off, fix = duration(abs(ctx.now - made)), "Set the device's clock from the network."
    says = f"The client's clock is {off} ahead of the server's." if made > ctx.now else f"The request is dated {off} before the server's answer."
    fix = fix if made > ctx.now else f"{fix} Build a new request, with a new id and the current date, instead of resending this one."
    return Message(says, f"date sent {made:.0f}, server {ctx.now:.0f}", True, fix)


def _client_time(ctx: RuleContext) -> float | None:
    """When the client says that it made the request; seconds since the epoch."""
    for name in ("date", "x-kinvey-date"):
        if text := ctx.headers.get(name):
            with suppress(ValueError, TypeError, OverflowError, IndexError):
                return parsedate_to_datetime(text).timestamp()
    text = ctx.headers.get("x-kinvey-request-start")
    # Milliseconds, as Kinvey's own header has them.
    return int(text) / 1000 if text.isascii() and text.isdigit() and len(text) == 13 else None


def not_from_kinvey(ctx: RuleContext) -> Message | None:
    """Looks for the request id that each of Kinvey's answers has. Source: Kinvey REST guide, Error handling (all responses include it)."""
    host = ctx.request.host.lower()
    if ctx.error.entry or ctx.kind or ctx.status is None or not host.endswith("baas.kinvey.com") or ctx.method == "OPTIONS":
        return None
    if ctx.facts.server_headers.get(REQUEST_ID) or front_of(ctx):
        return None
    server = ctx.answer_headers.first(("server", "via"))
    by = f" ({ctx.quote(server)})" if server else ""
    says = f"the answer is not Kinvey's: it has no X-Kinvey-Request-Id, so a proxy, firewall or gateway in between sent it{by}."
    fix = "Try again from another network; if that changes nothing, ask whoever runs the proxy or firewall in between."
    if ctx.status in (502, 503, 504):
        fix = "Try again with exponential backoff, after checking whether a write was done; if it stays so, make the script or the query faster."
    return Message(says, f"no {REQUEST_ID}", False, fix)
