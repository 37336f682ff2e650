"""Rules that hold for every backend: what several flows tell together, and what stands in modules of its own."""

from __future__ import annotations

from itertools import pairwise

from ...history import refresh_token, retry_after
from ...history.store import LONGEST_KEY, Repeats
from ..context import (
    Case,
    Rule,
    Say,
    duration,
    flow_name,
)
from ..credentials import empty_token
from . import cors, signed_uploads, transport

# As many failures of one unchanged request as make a loop, and the rule that tells it.
LOOP, IN_VAIN = 3, "repeats-in-vain"
# Seconds after which the same request is another attempt, of a person perhaps.
LONGEST_PAUSE = 600


def repeats_in_vain(case: Case) -> Say | None:
    """The same request again and again although it cannot succeed, or without growing pauses."""
    if case.error.index:
        return None
    repeats = case.memory.repeats.get(case.footprint.request)
    if repeats is None or repeats.failed_as != _failed_as(case):
        return None
    advice = case.error.advice
    return in_vain(repeats, advice.retry if advice else "", case.exchange.started or case.now, case.exchange.ended or case.now)


def in_vain(repeats: Repeats, retry: str, started: float, ended: float) -> Say | None:
    """What there is to say of a request that fails once more, after these failures, from `started` to `ended`."""
    count = repeats.failures + 1
    if count < LOOP or (repeats.times and started - repeats.times[-1] > LONGEST_PAUSE):
        return None
    since = duration(max(0.0, ended - repeats.first.when))
    if retry in ("never", "after-fix", "after-login"):
        return Say(
            f"The app has sent this very request {count} times in {since}, always with the same result: repeating does not help here, so that the "
            "app should stop at the first.",
            f"{count} failures since {flow_name(repeats.first.flow)}",
            certain=True,
        )
    times = [*repeats.times, started]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    if len(pauses) >= LOOP - 1 and max(pauses) < 2 * min(pauses) + 0.5:
        return Say(
            f"The app repeats this request without growing pauses ({count} times in {since}); double the pause after each failure, and add some "
            "chance.",
            "pauses " + ", ".join(f"{pause:.1f} s" for pause in pauses[-5:]),
            certain=True,
        )
    return None


def _failed_as(case: Case) -> str:
    code = case.error.code
    return str(code)[:LONGEST_KEY] if code is not None else case.kind or str(case.status)


def retried_too_early(case: Case) -> Say | None:
    """A request before the time that the server had asked to wait for."""
    if not len(case.memory.waits):
        return None
    wait = case.memory.waits.get(case.footprint.caller)
    started = case.exchange.started
    if wait is None or started is None or started >= wait[0] or started < wait[1].when:
        return None
    if retry_after(case.exchange) is None and case.status != 429:
        return None
    return Say(
        f"{case.flow_name(wait[1].flow).capitalize()} was told to wait; this request came {duration(wait[0] - started)} too early.",
        f"retry-after of {case.flow_name(wait[1].flow)}",
        certain=True,
    )


def _taken_away(case: Case) -> bool:
    """Whether the object that the path names was deleted."""
    ident, path = case.route.get("id", ""), case.raw_path.rstrip("/")
    seen = case.memory.ids.get((path[: len(path) - len(ident)][:LONGEST_KEY], ident[:LONGEST_KEY])) if ident else None
    return seen is not None and seen.how == "DELETE"


def works_for_others(case: Case) -> Say | None:
    """The same request worked for another caller: it is a matter of rights, not of the request."""
    if not case.error.advice or case.error.advice.fault not in ("permission", "auth", "request"):
        return None
    users = case.memory.outcomes.get(case.footprint.outcome) if not case.in_batch and case.body.data == b"" else None
    if not users:
        # What was sent may differ: then it is not the same request.
        return None
    own = case.footprint.hashed_token
    for hashed, seen in reversed(users.items()):
        if hashed != own and seen.status < 400:
            if _taken_away(case):
                # What was there is gone.
                return None
            who = "with another token" if hashed else "without a token"
            return Say(
                f"the same request worked {who} {case.ago(seen.when)} ({case.flow_name(seen.flow)}), so it depends on who asks: on this caller's "
                "token "
                "or rights.",
                f"{seen.status} in {case.flow_name(seen.flow)}",
                certain=False,
            )
    return None


def refresh_stories(case: Case) -> Say | None:
    """A refresh token used twice, or by two requests at once, or after its session was ended."""
    lessons = case.backend.lessons
    if lessons.refresh_path is None or not lessons.refresh_path.found_in(case.request.path):
        return None
    sent = refresh_token(case.request, lessons)
    hashed = case.keeper.hash(sent) if sent else ""
    use = next((use for use in case.memory.refreshes.get(hashed) or () if use.ok), None)
    if use is None:
        return _session_ended(case, hashed)
    if case.exchange.started is not None and case.exchange.started < use.ended:
        return Say(
            f"Two refreshes ran at once with one refresh token: {case.flow_name(use.flow)} had not been answered when this one was sent. Let all "
            "callers wait for one refresh.",
            f"{case.flow_name(use.flow)} answered after this request was sent",
            certain=True,
        )
    return Say(
        f"This refresh token was used before, {case.ago(use.ended)} in {case.flow_name(use.flow)}; each is good for one use. Keep the new one that "
        "came "
        "with that answer.",
        f"first used in {case.flow_name(use.flow)}",
        certain=True,
    )


def _session_ended(case: Case, refresh: str) -> Say | None:
    chain = case.memory.chains.get(refresh)
    newest = case.memory.newest.get(chain) if chain else None
    token = case.memory.tokens.get(newest[0]) if newest else None
    if token is None or token.ended is None:
        return None
    return Say(
        f"The session of this refresh token was ended by {token.ended_how} in {case.flow_name(token.ended.flow)}, {case.ago(token.ended.when)}.",
        token.ended_how,
        certain=True,
    )


def _about_caller(case: Case) -> bool:
    return case.status == 401 or (case.error.advice is not None and case.error.advice.fault == "auth")


def new_token_unused(case: Case) -> Say | None:
    """A refresh brought a new token, and the request still carries an older one."""
    hashed = case.footprint.hashed_token if _about_caller(case) else ""
    token = case.memory.tokens.get(hashed) if hashed else None
    newest = case.memory.newest.get(token.chain) if token and token.chain else None
    if newest is None or newest[0] == hashed:
        return None
    seen = newest[1]
    if case.exchange.started is not None and case.exchange.started < seen.when:
        return None
    new = case.memory.tokens.get(newest[0])
    unused = "" if new and new.used else " No request has used the new one yet: was it stored?"
    return Say(
        f"{case.flow_name(seen.flow).capitalize()} brought a new token for this sign-in, {case.ago(seen.when)}; this request still carries an older "
        f"one.{unused}",
        f"new token in {case.flow_name(seen.flow)}",
        certain=True,
    )


def token_lost(case: Case) -> Say | None:
    """The client sent what its program writes for a token that it does not have."""
    return empty_token(case) if _about_caller(case) or case.status == 403 else None


def token_wrapped(case: Case) -> Say | None:
    """The client has no token although one was issued, at another place in the answer than the documented one."""
    issued = case.memory.last_issued
    if issued is None or not token_lost(case):
        return None
    place, plain = issued[1].how, f"/{issued[1].how.rpartition('/')[2]}"
    if place == plain or plain not in case.backend.lessons.issued:
        return None
    named = place.strip("/").replace("/", ".")
    return Say(
        f"the answer in {case.flow_name(issued[1].flow)} has its token at `{named}`, and the app looks for `{plain[1:]}`: that is how the token got "
        "lost.",
        f"{named} in {case.flow_name(issued[1].flow)}",
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
    Rule(IN_VAIN, repeats_in_vain, aside=True),
)
