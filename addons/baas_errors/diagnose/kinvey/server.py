"""Faults on Kinvey's side of the wire: scripts, settings, failures of the servers, and whether to try again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any

from ...decode import server_headers
from ...exchange.json_pointer import MISSING, first
from ...history.store import LONGEST_KEY
from ..context import Message, RuleContext, duration

HOOKS = "x-kinvey-executed-collection-hooks"
REQUEST_ID = "x-kinvey-request-id"
# Clocks that differ by less explain nothing.
_SKEW = 60.0
# So long an answer takes only if somebody held the request.
_HELD = 60.0
_STACK_LINE = re.compile(r"\bat [^\n]{1,160}?:\d{1,7}(?::\d{1,7})?\)?|\bline \d{1,7}[^\n]{0,40}", re.I)
# Part of the path, and what is to be switched on.
_SETTINGS = (
    ("/_deltaset", "Delta Set is not switched on for the collection"),
    ("/push/", "push is not configured for this environment: enter the APNS or FCM credentials in the console"),
    ("realtime", "the live service is not switched on for this app"),
    ("/_subscribe", "the live service is not switched on for the collection"),
    ("/_unsubscribe", "the live service is not switched on for the collection"),
    ("/stream/", "the live service, or this stream, is not set up"),
    ("email-verification", "e-mail verification is not set up for this app"),
)


def script(ctx: RuleContext) -> Iterator[Message]:
    """Which script failed, where, and with what words: the request only set it off."""
    hooks = server_headers(ctx.exchange, ctx.backend).get(HOOKS)
    where = _script_name(ctx, hooks)
    line = _stack_line(ctx)
    said = ctx.error.debug or ctx.message
    words = f" It says: {ctx.quote(said[:400])}." if said else ""
    at = f" It stopped {ctx.quote(line)}." if line else ""
    took = _took(ctx)
    time = f" It was given up after {duration(took)}." if ctx.name == "BLTimeoutError" and took is not None and took >= 1 else ""
    evidence = f"{HOOKS}: {hooks[:80]}" if hooks else f"{ctx.error.code or ctx.status} from {ctx.template}"
    yield Message(f"The fault is in {where}, not in the request's form.{words}{at}{time}", evidence, certain=True)


def _script_name(ctx: RuleContext, hooks: str) -> str:
    flex = "service" if str(ctx.error.code).startswith(("Flex", "DataLink", "DLC")) else "script"
    collection = ctx.route.get("collection")
    if function := ctx.route.get("function"):
        return f"the {flex} behind the custom endpoint {ctx.quote(function)}"
    if hooks:
        return f"a hook ({ctx.quote(hooks)}) of {ctx.quote(collection or ctx.template)}"
    if flex == "service":
        return f"the service behind {ctx.quote(collection or ctx.template)}"
    return f"a script of the app: the hooks of {ctx.quote(collection or ctx.template)}"


def _stack_line(ctx: RuleContext) -> str:
    """The first line of a stack that names a place: from the answer's `stack`, or from debug."""
    body: Any = ctx.exchange.response.body.json if ctx.exchange.response else None
    stack = first(body, ("/stack", "/debug/stack", "/result/stack", "/result/debug/stack", "/response/body/stack", "/response/body/debug/stack"))
    text = stack if isinstance(stack, str) else "" if stack is not MISSING else ctx.error.debug
    found = _STACK_LINE.search(text[:4000])
    return found[0] if found else ""


def _took(ctx: RuleContext) -> float | None:
    started, ended = ctx.exchange.started, ctx.exchange.ended
    return ended - started if started is not None and ended is not None else None


def endpoint_refused(ctx: RuleContext) -> Message | None:
    """A Flex handler or an endpoint answered with an error of its own choosing."""
    said = ctx.error.debug or ctx.message
    if not said:
        return None
    collection = ctx.route.get("collection")
    what = (
        f"custom endpoint {ctx.quote(ctx.route['function'])}"
        if "function" in ctx.route
        else f"service behind {ctx.quote(collection or ctx.template)}"
    )
    return Message(f"the {what} gave this answer by its own rules; it says: {ctx.quote(said[:400])}.", f"{ctx.error.code} from {ctx.template}")


def no_handler(ctx: RuleContext) -> Message | None:
    """A Flex service without anything registered for what was asked."""
    if "function" in ctx.route:
        what = f"a function {ctx.quote(ctx.route['function'])}"
    else:
        what = f"{ctx.method} on {ctx.quote(ctx.route.get('collection') or ctx.template)}"
    says = f"the Flex service has no handler for {what}: it is registered under another spelling, not at all, or in a version that is not deployed."
    return Message(says, f"{ctx.error.code} from {ctx.template}")


def cors_disabled(ctx: RuleContext) -> Message | None:
    """A web page asked, and the app is closed to web pages."""
    origin = ctx.headers.get("origin")
    if not origin:
        return None
    says = (
        f"The request comes from a web page, {ctx.quote(origin)} (Origin header), and this app allows none: its owner must "
        "switch CORS on in the console."
    )
    return Message(says, f"origin: {origin[:100]}", certain=True)


def missing_setting(ctx: RuleContext) -> Message | None:
    """Which setting the route needs; the app's owner has it in the console."""
    for part, says in _SETTINGS:
        if part in ctx.raw_path:
            collection = ctx.route.get("collection")
            named = f"{says} {ctx.quote(collection)}" if collection and says.endswith("the collection") else says
            return Message(f"{named}. The app's owner can change it in the console.", ctx.template)
    return None


def stale(ctx: RuleContext) -> Iterator[Message]:
    """A clock that is wrong, a request that was sent before, or one that was held on its way."""
    for name in ctx.backend.request_id_client:
        value = ctx.headers.get(name)
        seen = ctx.app_memory.request_ids.get(value[:LONGEST_KEY]) if value else None
        if seen and seen.flow != ctx.exchange.id:
            says = f"This is a replay: {ctx.flow_name(seen.flow)} was sent with the same {name} {ctx.ago(seen.when)}. Build the request anew."
            yield Message(says, f"{name} of {ctx.flow_name(seen.flow)}", certain=True)
            return
    done = ctx.app_memory.done.get(ctx.facts.request)
    if done and done.flow != ctx.exchange.id:
        yield Message(f"this is a replay: the same request was carried out {ctx.ago(done.when)} in {ctx.flow_name(done.flow)}.", "same request")
    made = _client_time(ctx)
    if made is not None and ctx.answer_headers.get("date") and abs(ctx.now - made) > _SKEW:
        off = duration(abs(ctx.now - made))
        if made > ctx.now:
            yield Message(
                f"The client's clock is {off} ahead of the server's: correct it.", f"date sent {made:.0f}, server {ctx.now:.0f}", certain=True
            )
        else:
            says = f"The request is dated {off} before the server's answer: the client's clock is slow, or the request was kept and sent late."
            yield Message(says, f"date sent {made:.0f}, server {ctx.now:.0f}", certain=True)
    took = _took(ctx)
    if took is not None and took > _HELD:
        says = f"the request was held on its way: {duration(took)} lie between its beginning and the answer. A breakpoint in the proxy does that."
        yield Message(says, f"{took:.0f} s")


def _client_time(ctx: RuleContext) -> float | None:
    """When the client says that it made the request; seconds since the epoch."""
    for name in ("date", "x-kinvey-date"):
        if text := ctx.headers.get(name):
            with suppress(ValueError, TypeError, OverflowError, IndexError):
                return parsedate_to_datetime(text).timestamp()
    text = ctx.headers.get("x-kinvey-request-start")
    # Milliseconds, as Kinvey's own header has them.
    return int(text) / 1000 if text.isascii() and text.isdigit() and len(text) == 13 else None


def try_again(ctx: RuleContext) -> Message | None:
    """Whether repeating this very request can do harm."""
    named = bool(ctx.error.entry)
    if not named and (ctx.status or 0) < 500:
        return None
    if not named and ctx.exchange.response is not None and ctx.exchange.response.body.data:
        return None
    if ctx.error.advice and ctx.error.advice.retry not in ("safe", "backoff"):
        return None
    if ctx.method in ("GET", "HEAD", "PUT", "DELETE"):
        if ctx.name == "BLTimeoutError":
            return Message(f"a {ctx.method} is safe to send again in itself; likely the script runs twice then.", ctx.method)
        return Message(f"This is a {ctx.method}: sending it again after a pause can do no harm.", ctx.method, certain=True)
    if ctx.method != "POST":
        return None
    if "function" in ctx.route or ctx.name == "BLTimeoutError":
        return Message("send this POST again only if the script may run twice: it may have done half of its work.", f"POST {ctx.template}")
    if isinstance(ctx.fields.get("_id"), str):
        return Message(
            "the entity brings its own `_id`, so sending it again cannot store it twice; `already exists` would mean that it was saved.", "_id sent"
        )
    if ctx.route.get("collection"):
        return Message("the entity may have been saved before the failure, and another POST would store it twice: look first.", "POST without _id")
    return None


def for_support(ctx: RuleContext) -> Message | None:
    """Nothing that the app sends will mend it: what to quote to those who can."""
    given = server_headers(ctx.exchange, ctx.backend).get(REQUEST_ID)
    if not given:
        return None
    return Message(
        f"Only Kinvey can mend this: write to support and quote the request id {ctx.quote(given)}.", f"{REQUEST_ID}: {given[:60]}", certain=True
    )


def not_from_kinvey(ctx: RuleContext) -> Message | None:
    """An answer from Kinvey's host that lacks what each of Kinvey's answers has."""
    host = ctx.request.host.lower()
    if ctx.error.entry or ctx.kind or ctx.status is None or not host.endswith("baas.kinvey.com") or ctx.method == "OPTIONS":
        return None
    if server_headers(ctx.exchange, ctx.backend).get(REQUEST_ID):
        return None
    server = ctx.answer_headers.first(("server", "via"))
    by = f" ({ctx.quote(server)})" if server else ""
    says = (
        f"the answer is not Kinvey's but of something in between{by}: a proxy, a firewall or a gateway. Every answer of "
        "Kinvey's has X-Kinvey-Request-Id."
    )
    return Message(says, f"no {REQUEST_ID}")


def wrapped(ctx: RuleContext) -> Message | None:
    """The answer is in an envelope that the request has asked for."""
    unwrap = ctx.backend.unwrap
    if not unwrap or unwrap.when not in ctx.headers or not ctx.exchange.response or "result" not in ctx.exchange.response.body.object:
        return None
    says = (
        f"code that looks for `error` at the top of this answer finds none: the request asked for an envelope ({unwrap.when}), "
        "so it stands in `result`."
    )
    return Message(says, f"{unwrap.when}: {ctx.headers.get(unwrap.when)[:20]}")
