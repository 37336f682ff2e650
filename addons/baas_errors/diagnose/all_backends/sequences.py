"""Rules that hold for every backend: what several flows tell together, and what stands in modules of its own."""

from __future__ import annotations

from itertools import pairwise

from ...history import refresh_token, retry_after
from ...history.store import LONGEST_KEY, Repeats
from ..context import Message, Rule, RuleContext, duration, flow_name
from ..credentials import empty_token
from . import cors, signed_uploads, transport

# As many failures of one unchanged request as make a loop, and the rule that tells it.
LOOP, IN_VAIN = 3, "repeats-in-vain"
# Seconds after which the same request is another attempt, of a person perhaps.
LONGEST_PAUSE = 600


def repeats_in_vain(ctx: RuleContext) -> Message | None:
    """The same request again and again although it cannot succeed, or without growing pauses."""
    if ctx.error.index:
        return None
    repeats = ctx.app_memory.repeats.get(ctx.facts.request)
    if repeats is None or repeats.failed_as != _failed_as(ctx):
        return None
    advice = ctx.error.advice
    return in_vain(repeats, advice.retry if advice else "", ctx.exchange.started or ctx.now, ctx.exchange.ended or ctx.now)


def in_vain(repeats: Repeats, retry: str, started: float, ended: float) -> Message | None:
    """What there is to say of a request that fails once more, after these failures, from `started` to `ended`."""
    count = repeats.failures + 1
    if count < LOOP or (repeats.times and started - repeats.times[-1] > LONGEST_PAUSE):
        return None
    since = duration(max(0.0, ended - repeats.first.when))
    if retry in ("never", "after-fix", "after-login"):
        return Message(
            f"The app has sent this very request {count} times in {since}, always with the same result: repeating does not help here, so that the "
            "app should stop at the first.",
            f"{count} failures since {flow_name(repeats.first.flow)}",
            certain=True,
        )
    times = [*repeats.times, started]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    if len(pauses) >= LOOP - 1 and max(pauses) < 2 * min(pauses) + 0.5:
        return Message(
            f"The app repeats this request without growing pauses ({count} times in {since}); double the pause after each failure, and add some "
            "chance.",
            "pauses " + ", ".join(f"{pause:.1f} s" for pause in pauses[-5:]),
            certain=True,
        )
    return None


def _failed_as(ctx: RuleContext) -> str:
    code = ctx.error.code
    return str(code)[:LONGEST_KEY] if code is not None else ctx.kind or str(ctx.status)


def retried_too_early(ctx: RuleContext) -> Message | None:
    """A request before the time that the server had asked to wait for."""
    if not len(ctx.app_memory.waits):
        return None
    wait = ctx.app_memory.waits.get(ctx.facts.caller)
    started = ctx.exchange.started
    if wait is None or started is None or started >= wait[0] or started < wait[1].when:
        return None
    if retry_after(ctx.exchange) is None and ctx.status != 429:
        return None
    return Message(
        f"{ctx.flow_name(wait[1].flow).capitalize()} was told to wait; this request came {duration(wait[0] - started)} too early.",
        f"retry-after of {ctx.flow_name(wait[1].flow)}",
        certain=True,
    )


def _taken_away(ctx: RuleContext) -> bool:
    """Whether the object that the path names was deleted."""
    ident, path = ctx.route.get("id", ""), ctx.raw_path.rstrip("/")
    seen = ctx.app_memory.ids.get((path[: len(path) - len(ident)][:LONGEST_KEY], ident[:LONGEST_KEY])) if ident else None
    return seen is not None and seen.how == "DELETE"


def works_for_others(ctx: RuleContext) -> Message | None:
    """The same request worked for another caller: it is a matter of rights, not of the request."""
    if not ctx.error.advice or ctx.error.advice.fault not in ("permission", "auth", "request"):
        return None
    users = ctx.app_memory.outcomes.get(ctx.facts.outcome) if not ctx.in_batch and ctx.body.data == b"" else None
    if not users:
        # What was sent may differ: then it is not the same request.
        return None
    own = ctx.facts.hashed_token
    for hashed, seen in reversed(users.items()):
        if hashed != own and seen.status < 400:
            if _taken_away(ctx):
                # What was there is gone.
                return None
            who = "with another token" if hashed else "without a token"
            return Message(
                f"the same request worked {who} {ctx.ago(seen.when)} ({ctx.flow_name(seen.flow)}), so it depends on who asks: on this caller's "
                "token "
                "or rights.",
                f"{seen.status} in {ctx.flow_name(seen.flow)}",
                certain=False,
            )
    return None


def refresh_stories(ctx: RuleContext) -> Message | None:
    """A refresh token used twice, or by two requests at once, or after its session was ended."""
    history = ctx.backend.history
    if history.refresh is None or not history.refresh.path.found_in(ctx.request.path):
        return None
    sent = refresh_token(ctx.request, history)
    hashed = ctx.memory.hash(sent) if sent else ""
    use = next((use for use in ctx.app_memory.refreshes.get(hashed) or () if use.ok), None)
    if use is None:
        return _session_ended(ctx, hashed)
    if ctx.exchange.started is not None and ctx.exchange.started < use.ended:
        return Message(
            f"Two refreshes ran at once with one refresh token: {ctx.flow_name(use.flow)} had not been answered when this one was sent. Let all "
            "callers wait for one refresh.",
            f"{ctx.flow_name(use.flow)} answered after this request was sent",
            certain=True,
        )
    return Message(
        f"This refresh token was used before, {ctx.ago(use.ended)} in {ctx.flow_name(use.flow)}; each is good for one use. Keep the new one that "
        "came "
        "with that answer.",
        f"first used in {ctx.flow_name(use.flow)}",
        certain=True,
    )


def _session_ended(ctx: RuleContext, refresh: str) -> Message | None:
    chain = ctx.app_memory.chains.get(refresh)
    newest = ctx.app_memory.newest.get(chain) if chain else None
    token = ctx.app_memory.tokens.get(newest[0]) if newest else None
    if token is None or token.ended is None:
        return None
    return Message(
        f"The session of this refresh token was ended by {token.ended_how} in {ctx.flow_name(token.ended.flow)}, {ctx.ago(token.ended.when)}.",
        token.ended_how,
        certain=True,
    )


def _about_caller(ctx: RuleContext) -> bool:
    return ctx.status == 401 or (ctx.error.advice is not None and ctx.error.advice.fault == "auth")


def new_token_unused(ctx: RuleContext) -> Message | None:
    """A refresh brought a new token, and the request still carries an older one."""
    hashed = ctx.facts.hashed_token if _about_caller(ctx) else ""
    token = ctx.app_memory.tokens.get(hashed) if hashed else None
    newest = ctx.app_memory.newest.get(token.chain) if token and token.chain else None
    if newest is None or newest[0] == hashed:
        return None
    seen = newest[1]
    if ctx.exchange.started is not None and ctx.exchange.started < seen.when:
        return None
    new = ctx.app_memory.tokens.get(newest[0])
    unused = "" if new and new.used else " No request has used the new one yet: was it stored?"
    return Message(
        f"{ctx.flow_name(seen.flow).capitalize()} brought a new token for this sign-in, {ctx.ago(seen.when)}; this request still carries an older "
        f"one.{unused}",
        f"new token in {ctx.flow_name(seen.flow)}",
        certain=True,
    )


def token_lost(ctx: RuleContext) -> Message | None:
    """The client sent what its program writes for a token that it does not have."""
    return empty_token(ctx) if _about_caller(ctx) or ctx.status == 403 else None


def token_wrapped(ctx: RuleContext) -> Message | None:
    """The client has no token although one was issued, at another place in the answer than the documented one."""
    issued = ctx.app_memory.last_issued
    if issued is None or not token_lost(ctx):
        return None
    place, plain = issued[1].how, f"/{issued[1].how.rpartition('/')[2]}"
    if place == plain or plain not in ctx.backend.history.issued:
        return None
    named = place.strip("/").replace("/", ".")
    return Message(
        f"the answer in {ctx.flow_name(issued[1].flow)} has its token at `{named}`, and the app looks for `{plain[1:]}`: that is how the token got "
        "lost.",
        f"{named} in {ctx.flow_name(issued[1].flow)}",
        certain=False,
    )


RULES: tuple[Rule, ...] = (
    *cors.RULES,
    *transport.RULES,
    Rule("upload-expired", signed_uploads.upload_expired),
    Rule("upload-content-type", signed_uploads.upload_content_type),
    Rule("upload-extras", signed_uploads.upload_extras),
    Rule("refresh-token-reused", refresh_stories),
    Rule("retried-too-early", retried_too_early),
    Rule("token-lost", token_lost),
    Rule("token-wrapped", token_wrapped),
    Rule("new-token-unused", new_token_unused),
    Rule("works-for-others", works_for_others),
    Rule(IN_VAIN, repeats_in_vain, secondary=True),
)
