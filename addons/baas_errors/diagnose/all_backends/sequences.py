"""What several flows tell together, whatever the backend."""

from __future__ import annotations

from itertools import pairwise

from ...exchange.unset_values import is_unset
from ...history import refresh_token, seconds_to_wait
from ...history.store import LONGEST_KEY, LOOP
from ...history.update import result_of
from ..context import Message, Rule, RuleContext, auth_fault, duration
from ..credentials import empty_token, newer_token
from . import gateways, warnings

# Seconds after which the same request is another attempt, of a person perhaps.
LONGEST_PAUSE = 600


def repeats_in_vain(ctx: RuleContext) -> Message | None:
    """Counts how often this very request failed with this same result: in vain, or without growing pauses. Source: earlier flows. Other causes: none,
    it is counted."""
    if ctx.error.index:
        return None
    repeats = ctx.app_memory.repeats.get(ctx.facts.request)
    if repeats is None or (repeats.failed_as, repeats.said) != result_of(ctx.facts, ctx.error, ctx.kind or ctx.status or ""):
        return None
    started, ended = ctx.exchange.started or ctx.now, ctx.exchange.ended or ctx.now
    count = repeats.failures + 1
    if count < LOOP or (repeats.times and started - repeats.times[-1] > LONGEST_PAUSE):
        return None
    since = duration(max(0.0, ended - repeats.first.when))
    if ctx.error.advice and ctx.error.advice.retry in ("never", "after-fix", "after-login"):
        lock = " Several wrong logins can lock the account." if _is_login(ctx) else ""
        says = f"The app has sent this very request {count} times in {since}, always with the same result: repeating does not help.{lock}"
        return Message(says, f"{count} failures since {ctx.flow_name(repeats.first.flow)}", True, "Stop at the first failure.")
    times = [*repeats.times, started]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    if len(pauses) >= LOOP - 1 and max(pauses) < 2 * min(pauses) + 0.5:
        says = f"The app repeats this request without growing pauses ({count} times in {since}): use exponential backoff with jitter."
        return Message(says, "pauses " + ", ".join(f"{pause:.1f} s" for pause in pauses[-5:]), True, "Use exponential backoff with jitter.")
    return None


def _is_login(ctx: RuleContext) -> bool:
    return ctx.facts.method in ("GET", "POST") and ("password" in ctx.fields or "password" in ctx.params) and "login" in f"{ctx.path}signin".lower()


def retried_too_early(ctx: RuleContext) -> Message | None:
    """Compares when the request was sent with the time that the server had asked to wait for. Source: RFC 9110, 10.2.3 (Retry-After). Other causes: a
    limit that would have been hit later too."""
    if not len(ctx.app_memory.waits):
        return None
    wait = ctx.app_memory.waits.get(ctx.facts.caller)
    started = ctx.exchange.started
    if wait is None or started is None or started >= wait[0] or started < wait[1].when:
        return None
    if seconds_to_wait(ctx.exchange) is None and ctx.status != 429:
        return None
    flow, early = ctx.flow_name(wait[1].flow), duration(wait[0] - started)
    says = f"{flow.capitalize()} was told to wait; this request came {early} too early."
    fix = "Wait as long as `Retry-After` says before the next request with these credentials."
    return Message(says, f"retry-after of {flow}", True, fix, "backoff")


def _taken_away(ctx: RuleContext) -> bool:
    """Whether the object that the path names was deleted."""
    ident, path = ctx.route.get("id", ""), ctx.raw_path.rstrip("/")
    seen = ctx.app_memory.ids.get((path[: len(path) - len(ident)][:LONGEST_KEY], ident[:LONGEST_KEY])) if ident else None
    return seen is not None and seen.how == "DELETE"


def works_for_others(ctx: RuleContext) -> Message | None:
    """Looks for the same request of another caller that worked. Source: earlier flows."""
    if not ctx.error.advice or ctx.error.advice.fault not in ("permission", "auth", "request") or (ctx.known_token and ctx.known_token.ended):
        return None
    # With a body, what was sent may differ: then it is not the same request.
    users = ctx.app_memory.outcomes.get(ctx.facts.outcome) if not ctx.in_batch and ctx.body.data == b"" else None
    own = ctx.facts.hashed_token
    for hashed, seen in reversed(users.items()) if users else ():
        if hashed != own and seen.status < 400:
            if _taken_away(ctx):
                return None
            who, flow = "with another token" if hashed else "without a token", ctx.flow_name(seen.flow)
            says = f"the same request worked {who} {ctx.ago(seen.when)} ({flow}), so it depends on this caller's token or rights."
            fix = f"Compare the caller with that of {flow}: sign in as a user who may do this, or give this one the rights."
            return Message(says, f"{seen.status} in {flow}", False, fix)
    return None


def refresh_stories(ctx: RuleContext) -> Message | None:
    """Looks for an earlier use of the refresh token, at once with this one or before, and for the end of its session. Source: RFC 6749, 10.4
    (rotation); earlier flows. Other causes: none where it worked before and is refused now."""
    history = ctx.backend.history
    if history.refresh is None or not history.refresh.path.found_in(ctx.request.path):
        return None
    sent = refresh_token(ctx.request, history)
    hashed = ctx.memory.hash(sent) if sent else ""
    use = next((use for use in ctx.app_memory.refreshes.get(hashed) or () if use.ok), None)
    if use is None:
        return _session_ended(ctx, hashed)
    flow = ctx.flow_name(use.flow)
    if ctx.exchange.started is not None and ctx.exchange.started < use.ended:
        says = f"Two refreshes ran at once with one refresh token: {flow} had not been answered when this one was sent."
        fix = "Let all callers wait for one refresh, and share its result."
        return Message(says, f"{flow} answered after this request was sent", True, fix, "after-fix", "client")
    says = f"This refresh token was used before, {ctx.ago(use.ended)} in {flow}; each works once."
    fix = f"Store the new refresh token that came with the answer in {flow}, and send that one."
    return Message(says, f"first used in {flow}", True, fix, "after-fix", "client")


def _session_ended(ctx: RuleContext, refresh: str) -> Message | None:
    chain = ctx.app_memory.chains.get(refresh)
    newest = ctx.app_memory.newest.get(chain) if chain else None
    token = ctx.app_memory.tokens.get(newest[0]) if newest else None
    if token is None or token.ended is None:
        return None
    says = f"The session of this refresh token was ended by {token.ended_how} in {ctx.flow_name(token.ended.flow)}, {ctx.ago(token.ended.when)}."
    return Message(says, token.ended_how, True, "Sign the user in again, and delete the stored tokens when signing out.", "after-login", "auth")


def _about_caller(ctx: RuleContext) -> bool:
    return ctx.status == 401 or (ctx.error.advice is not None and ctx.error.advice.fault in ("auth", "permission"))


def new_token_unused(ctx: RuleContext) -> Message | None:
    """Looks for a newer token of the same sign-in than the one sent. Source: earlier flows. Other causes: the older token may still be valid where
    the server keeps both."""
    found = newer_token(ctx) if ctx.facts.token and _about_caller(ctx) else None
    if found is None:
        return None
    (hashed, seen), proved = found
    new, flow = ctx.app_memory.tokens.get(hashed), ctx.flow_name(seen.flow)
    unused = "" if new and new.used else " No request has used the new one yet."
    begin = f"{flow.capitalize()} brought a new token for this sign-in" if proved else f"{flow} refreshed the token"
    says = f"{begin}, {ctx.ago(seen.when)}; this request still carries an older one.{unused}"
    fix = f"Store the token that {flow} returned before the next request, and send it."
    return Message(says, f"new token in {flow}", proved, fix, "after-fix", "client")


def token_lost(ctx: RuleContext) -> Message | None:
    """Looks for what programs write for a token that they do not have. Source: JavaScript and others write `undefined`, `null`. Other causes: none,
    no server issues such a token."""
    return empty_token(ctx) if _about_caller(ctx) or ctx.status == 403 else None


def token_quoted(ctx: RuleContext) -> Message | None:
    """Looks for quotes around the token. Source: JavaScript, `JSON.stringify` of a text. Other causes: none, no server issues a token with quotes
    around it."""
    token = ctx.facts.token
    if not token or token == ctx.facts.sent_token or is_unset(token) or not (_about_caller(ctx) or ctx.status == 403):
        return None
    says = "The token is sent with quotation marks around it: the app stored it with `JSON.stringify` and read it without `JSON.parse`."
    return auth_fault(
        says, "quotes around the token", "Send the token without the quotes: read the stored one with `JSON.parse`, or store it as it is."
    )


def retired_host(ctx: RuleContext) -> Message | None:
    """Looks for a host that was switched off, where the answer is no error of an API. Source: the catalog (`retired`). Other causes: a server
    of one's own under that name."""
    # An answer in JSON is some API's, and a gateway has a server behind it: then the host is a remark, not the cause.
    here = f"//{ctx.request.host}" in ctx.answer_headers.get("location")
    api = here or ctx.name or ctx.error.code is not None or (ctx.exchange.response and ctx.exchange.response.body.object)
    gone = "" if ctx.kind or api or ctx.status in (502, 503, 504) or gateways.front_of(ctx) else warnings.switched_off(ctx.exchange, ctx.backend)
    if not gone:
        return None
    says = f"{gone}: the answer is not from {ctx.backend.title}."
    fix = "Set the app's server URL to the server that replaced this host: an SDK without a server URL asks its old default."
    return Message(says, f"host: {ctx.request.host.lower()}", False, fix, "never", "config")


RULES: tuple[Rule, ...] = (
    Rule("refresh-token-reused", refresh_stories),
    Rule("retried-too-early", retried_too_early),
    Rule("token-quoted", token_quoted),
    Rule("token-lost", token_lost),
    Rule("new-token-unused", new_token_unused),
    Rule("works-for-others", works_for_others),
)
