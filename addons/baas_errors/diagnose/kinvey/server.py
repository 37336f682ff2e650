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
from ..context import Case, Say, duration

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


def script(case: Case) -> Iterator[Say]:
    """Which script failed, where, and with what words: the request only set it off."""
    hooks = server_headers(case.exchange, case.backend).get(HOOKS)
    where = _script_name(case, hooks)
    line = _stack_line(case)
    said = case.error.debug or case.message
    words = f" It says: {case.quote(said[:400])}." if said else ""
    at = f" It stopped {case.quote(line)}." if line else ""
    took = _took(case)
    time = f" It was given up after {duration(took)}." if case.name == "BLTimeoutError" and took is not None and took >= 1 else ""
    evidence = f"{HOOKS}: {hooks[:80]}" if hooks else f"{case.error.code or case.status} from {case.template}"
    yield Say(f"The fault is in {where}, not in the request's form.{words}{at}{time}", evidence, certain=True)


def _script_name(case: Case, hooks: str) -> str:
    flex = "service" if str(case.error.code).startswith(("Flex", "DataLink", "DLC")) else "script"
    collection = case.route.get("collection")
    if function := case.route.get("function"):
        return f"the {flex} behind the custom endpoint {case.quote(function)}"
    if hooks:
        return f"a hook ({case.quote(hooks)}) of {case.quote(collection or case.template)}"
    if flex == "service":
        return f"the service behind {case.quote(collection or case.template)}"
    return f"a script of the app: the hooks of {case.quote(collection or case.template)}"


def _stack_line(case: Case) -> str:
    """The first line of a stack that names a place: from the answer's `stack`, or from debug."""
    body: Any = case.exchange.response.body.json if case.exchange.response else None
    stack = first(body, ("/stack", "/debug/stack", "/result/stack", "/result/debug/stack", "/response/body/stack", "/response/body/debug/stack"))
    text = stack if isinstance(stack, str) else "" if stack is not MISSING else case.error.debug
    found = _STACK_LINE.search(text[:4000])
    return found[0] if found else ""


def _took(case: Case) -> float | None:
    started, ended = case.exchange.started, case.exchange.ended
    return ended - started if started is not None and ended is not None else None


def endpoint_refused(case: Case) -> Say | None:
    """A Flex handler or an endpoint answered with an error of its own choosing."""
    said = case.error.debug or case.message
    if not said:
        return None
    collection = case.route.get("collection")
    what = (
        f"custom endpoint {case.quote(case.route['function'])}"
        if "function" in case.route
        else f"service behind {case.quote(collection or case.template)}"
    )
    return Say(f"the {what} gave this answer by its own rules; it says: {case.quote(said[:400])}.", f"{case.error.code} from {case.template}")


def no_handler(case: Case) -> Say | None:
    """A Flex service without anything registered for what was asked."""
    if "function" in case.route:
        what = f"a function {case.quote(case.route['function'])}"
    else:
        what = f"{case.method} on {case.quote(case.route.get('collection') or case.template)}"
    says = f"the Flex service has no handler for {what}: it is registered under another spelling, not at all, or in a version that is not deployed."
    return Say(says, f"{case.error.code} from {case.template}")


def cors_disabled(case: Case) -> Say | None:
    """A web page asked, and the app is closed to web pages."""
    origin = case.headers.get("origin")
    if not origin:
        return None
    says = (
        f"The request comes from a web page, {case.quote(origin)} (Origin header), and this app allows none: its owner must "
        "switch CORS on in the console."
    )
    return Say(says, f"origin: {origin[:100]}", certain=True)


def missing_setting(case: Case) -> Say | None:
    """Which setting the route needs; the app's owner has it in the console."""
    for part, says in _SETTINGS:
        if part in case.raw_path:
            collection = case.route.get("collection")
            named = f"{says} {case.quote(collection)}" if collection and says.endswith("the collection") else says
            return Say(f"{named}. The app's owner can change it in the console.", case.template)
    return None


def stale(case: Case) -> Iterator[Say]:
    """A clock that is wrong, a request that was sent before, or one that was held on its way."""
    for name in case.backend.request_id_client:
        value = case.headers.get(name)
        seen = case.memory.request_ids.get(value[:LONGEST_KEY]) if value else None
        if seen and seen.flow != case.exchange.id:
            says = f"This is a replay: {case.flow_name(seen.flow)} was sent with the same {name} {case.ago(seen.when)}. Build the request anew."
            yield Say(says, f"{name} of {case.flow_name(seen.flow)}", certain=True)
            return
    done = case.memory.done.get(case.footprint.request)
    if done and done.flow != case.exchange.id:
        yield Say(f"this is a replay: the same request was carried out {case.ago(done.when)} in {case.flow_name(done.flow)}.", "same request")
    made = _client_time(case)
    if made is not None and case.answer_headers.get("date") and abs(case.now - made) > _SKEW:
        off = duration(abs(case.now - made))
        if made > case.now:
            yield Say(f"The client's clock is {off} ahead of the server's: correct it.", f"date sent {made:.0f}, server {case.now:.0f}", certain=True)
        else:
            says = f"The request is dated {off} before the server's answer: the client's clock is slow, or the request was kept and sent late."
            yield Say(says, f"date sent {made:.0f}, server {case.now:.0f}", certain=True)
    took = _took(case)
    if took is not None and took > _HELD:
        says = f"the request was held on its way: {duration(took)} lie between its beginning and the answer. A breakpoint in the proxy does that."
        yield Say(says, f"{took:.0f} s")


def _client_time(case: Case) -> float | None:
    """When the client says that it made the request; seconds since the epoch."""
    for name in ("date", "x-kinvey-date"):
        if text := case.headers.get(name):
            with suppress(ValueError, TypeError, OverflowError, IndexError):
                return parsedate_to_datetime(text).timestamp()
    text = case.headers.get("x-kinvey-request-start")
    # Milliseconds, as Kinvey's own header has them.
    return int(text) / 1000 if text.isascii() and text.isdigit() and len(text) == 13 else None


def try_again(case: Case) -> Say | None:
    """Whether repeating this very request can do harm."""
    named = bool(case.error.entry)
    if not named and (case.status or 0) < 500:
        return None
    if not named and case.exchange.response is not None and case.exchange.response.body.data:
        return None
    if case.error.advice and case.error.advice.retry not in ("safe", "backoff"):
        return None
    if case.method in ("GET", "HEAD", "PUT", "DELETE"):
        if case.name == "BLTimeoutError":
            return Say(f"a {case.method} is safe to send again in itself; likely the script runs twice then.", case.method)
        return Say(f"This is a {case.method}: sending it again after a pause can do no harm.", case.method, certain=True)
    if case.method != "POST":
        return None
    if "function" in case.route or case.name == "BLTimeoutError":
        return Say("send this POST again only if the script may run twice: it may have done half of its work.", f"POST {case.template}")
    if isinstance(case.fields.get("_id"), str):
        return Say(
            "the entity brings its own `_id`, so sending it again cannot store it twice; `already exists` would mean that it was saved.", "_id sent"
        )
    if case.route.get("collection"):
        return Say("the entity may have been saved before the failure, and another POST would store it twice: look first.", "POST without _id")
    return None


def for_support(case: Case) -> Say | None:
    """Nothing that the app sends will mend it: what to quote to those who can."""
    given = server_headers(case.exchange, case.backend).get(REQUEST_ID)
    if not given:
        return None
    return Say(
        f"Only Kinvey can mend this: write to support and quote the request id {case.quote(given)}.", f"{REQUEST_ID}: {given[:60]}", certain=True
    )


def not_from_kinvey(case: Case) -> Say | None:
    """An answer from Kinvey's host that lacks what each of Kinvey's answers has."""
    host = case.request.host.lower()
    if case.error.entry or case.kind or case.status is None or not host.endswith("baas.kinvey.com") or case.method == "OPTIONS":
        return None
    if server_headers(case.exchange, case.backend).get(REQUEST_ID):
        return None
    server = case.answer_headers.first(("server", "via"))
    by = f" ({case.quote(server)})" if server else ""
    says = (
        f"the answer is not Kinvey's but of something in between{by}: a proxy, a firewall or a gateway. Every answer of "
        "Kinvey's has X-Kinvey-Request-Id."
    )
    return Say(says, f"no {REQUEST_ID}")


def wrapped(case: Case) -> Say | None:
    """The answer is in an envelope that the request has asked for."""
    unwrap = case.backend.unwrap
    if not unwrap or unwrap.when not in case.headers or not case.exchange.response or "result" not in case.exchange.response.body.object:
        return None
    says = (
        f"code that looks for `error` at the top of this answer finds none: the request asked for an envelope ({unwrap.when}), "
        "so it stands in `result`."
    )
    return Say(says, f"{unwrap.when}: {case.headers.get(unwrap.when)[:20]}")
