"""Rules that hold for every backend: what several flows tell together, and what browsers do before the request."""

from __future__ import annotations

from collections.abc import Iterable

from ..learn import outcome_key, refresh_token, request_key, retry_after, sent_token
from .case import Case, Rule, Say, duration

# As many failures of one unchanged request as make a loop.
LOOP = 3


def cors_preflight(case: Case) -> Say | None:
    """A browser's question before the request failed: the request itself was never sent."""
    asked = case.headers.get("access-control-request-method")
    if case.request.method.upper() != "OPTIONS" or not asked or case.kind:
        return None
    origin = case.headers.get("origin")
    return Say(
        f"This is the browser's CORS preflight for a {case.quote(asked)} from {case.quote(origin or 'an unknown origin')}, not a request of "
        "the app's own; it was refused, so the browser never sends the request. The server must answer OPTIONS with 2xx and "
        "Access-Control-Allow-Origin.",
        f"OPTIONS, origin: {origin}",
        certain=True,
    )


def cors_blocked(case: Case) -> Say | None:
    """An error answer that a browser hides from the page, since it names no allowed origin."""
    origin = case.headers.get("origin")
    if not origin or case.kind or case.request.method.upper() == "OPTIONS" or case.exchange.message is not None:
        return None
    if case.answer_headers.get("access-control-allow-origin"):
        return None
    return Say(
        "The answer has no Access-Control-Allow-Origin, so the browser hides it: the page sees only a network error, whatever stands here.",
        f"origin: {origin}",
        certain=True,
    )


def repeats_in_vain(case: Case) -> Iterable[Say]:
    """The same request again and again although it cannot succeed, or without growing pauses."""
    token = sent_token(case.backend.lessons, case.request)
    repeats = case.memory.repeats.get(request_key(case.keeper, case.request, case.method, token))
    if repeats is None or repeats.failures + 1 < LOOP:
        return
    count = repeats.failures + 1
    advice = case.error.advice
    since = duration(max(0.0, (case.exchange.ended or case.now) - repeats.first.when))
    if advice and advice.retry in ("never", "after-fix", "after-login"):
        yield Say(
            f"The app has sent this very request {count} times in {since}; unchanged it cannot succeed.",
            f"{count} failures since {case.flow_name(repeats.first.flow)}",
            certain=True,
        )
        return
    pauses = [later - earlier for earlier, later in zip(repeats.times, repeats.times[1:], strict=False)]
    if len(pauses) >= LOOP - 1 and max(pauses) < 2 * min(pauses) + 0.5:
        yield Say(
            f"The app repeats this request without growing pauses ({count} times in {since}); double the pause after each failure, "
            "and add some chance.",
            "pauses " + ", ".join(f"{pause:.1f} s" for pause in pauses[-5:]),
            certain=True,
        )


def retried_too_early(case: Case) -> Say | None:
    """A request before the time that the server had asked to wait for."""
    token = sent_token(case.backend.lessons, case.request)
    wait = case.memory.waits.get(case.keeper.hash(token) if token else case.request.host)
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


def works_for_others(case: Case) -> Say | None:
    """The same request worked for another caller: it is a matter of rights, not of the request."""
    if not case.error.advice or case.error.advice.fault not in ("permission", "auth", "request"):
        return None
    users = case.memory.outcomes.get(outcome_key(case.request, case.method))
    if not users:
        return None
    token = sent_token(case.backend.lessons, case.request)
    own = case.keeper.hash(token) if token else ""
    for hashed, seen in reversed(users.items()):
        if hashed != own and seen.status < 400:
            who = "with another token" if hashed else "without a token"
            return Say(
                f"the same request worked {who} {case.ago(seen.when)} ({case.flow_name(seen.flow)}), so it is a matter of this caller's rights.",
                f"{seen.status} in {case.flow_name(seen.flow)}",
                certain=False,
            )
    return None


def refresh_stories(case: Case) -> Iterable[Say]:
    """A refresh token used twice, or by two requests at once."""
    lessons = case.backend.lessons
    if lessons.refresh_path is None or not lessons.refresh_path.found_in(case.request.path):
        return
    sent = refresh_token(case.request, lessons)
    uses = case.memory.refreshes.get(case.keeper.hash(sent)) if sent else None
    for use in reversed(uses or ()):
        if not use.ok:
            continue
        if case.exchange.started is not None and case.exchange.started < use.ended:
            yield Say(
                f"Two refreshes ran at once: {case.flow_name(use.flow)} had already used this refresh token when this one was sent; let all "
                "callers wait for one refresh.",
                f"{case.flow_name(use.flow)} answered after this request was sent",
                certain=True,
            )
        else:
            yield Say(
                f"This refresh token was used before, {case.ago(use.ended)} in {case.flow_name(use.flow)}; each is good for one use. Keep the "
                "new one that came with that answer.",
                f"first used in {case.flow_name(use.flow)}",
                certain=True,
            )
        return


RULES: tuple[Rule, ...] = (
    Rule("cors-preflight", cors_preflight),
    Rule("refresh-token-reused", refresh_stories),
    Rule("retried-too-early", retried_too_early),
    Rule("repeats-in-vain", repeats_in_vain),
    Rule("works-for-others", works_for_others),
    Rule("cors-blocked", cors_blocked),
)
