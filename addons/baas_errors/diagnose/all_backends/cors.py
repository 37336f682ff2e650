"""What browsers do before and after a request: the question whether it is allowed (CORS), and the answers that they hide."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..context import Case, Rule, Say

# What a page may always send.
_SIMPLE = frozenset({"accept", "accept-language", "content-language", "content-type", "range"})


def is_preflight(case: Case) -> bool:
    """Whether this is a browser's question before the request, which carries nothing of the app's."""
    return case.request.method.upper() == "OPTIONS" and "access-control-request-method" in case.headers and not case.in_batch


def cors_preflight(case: Case) -> Say | None:
    """A browser's question before the request failed: the request itself was never sent."""
    if not is_preflight(case):
        return None
    asked, origin = case.headers.get("access-control-request-method"), case.headers.get("origin")
    if case.kind:
        return Say("This was the browser's CORS preflight; the request itself was never sent.", "OPTIONS", certain=True)
    wanted = [
        name for part in case.headers.get("access-control-request-headers").split(",") if (name := part.strip().lower()) and name not in _SIMPLE
    ]
    headers = f" Access-Control-Allow-Headers must name {case.quote(', '.join(wanted))}." if wanted else ""
    return Say(
        f"This is the browser's CORS preflight for a {case.quote(asked)} from {case.quote(origin or 'an unknown origin')}, no request of the app's "
        "own; it "
        f"was refused, so the browser never sends the request. The server must answer OPTIONS with 2xx and Access-Control-Allow-Origin.{headers}",
        f"OPTIONS, origin: {origin}",
        certain=True,
    )


def cors_blocked(case: Case) -> Say | None:
    """An error answer that a browser hides from the page, since it does not name the page's origin as allowed."""
    origin = case.headers.get("origin")
    if not origin or case.kind or case.request.method.upper() == "OPTIONS" or case.exchange.message is not None:
        return None
    if _same_origin(case, origin):
        return None
    allowed = case.answer_headers.get("access-control-allow-origin").strip()
    if allowed in ("*", origin):
        return None
    names = (
        f"names {case.quote(allowed)} as Access-Control-Allow-Origin, not {case.quote(origin)}" if allowed else "has no Access-Control-Allow-Origin"
    )
    return Say(
        f"The answer {names}, so the browser hides it: the page sees only a network error, whatever stands here.", f"origin: {origin}", certain=True
    )


def _same_origin(case: Case, origin: str) -> bool:
    try:
        parts = urlsplit(origin)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return False
    return (parts.scheme, parts.hostname, port) == (case.request.scheme, case.request.host.lower(), case.request.port)


PREFLIGHT: tuple[Rule, ...] = (Rule("cors-preflight", cors_preflight),)
RULES: tuple[Rule, ...] = (*PREFLIGHT, Rule("cors-blocked", cors_blocked, aside=True))
