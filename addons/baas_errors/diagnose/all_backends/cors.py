"""What browsers do before and after a request: the question whether it is allowed (CORS), and the answers that they hide."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..context import Message, Rule, RuleContext

# What a page may always send.
_SIMPLE = frozenset({"accept", "accept-language", "content-language", "content-type", "range"})


def is_preflight(ctx: RuleContext) -> bool:
    """Whether this is a browser's question before the request, which carries nothing of the app's."""
    return ctx.request.method.upper() == "OPTIONS" and "access-control-request-method" in ctx.headers and not ctx.in_batch


def cors_preflight(ctx: RuleContext) -> Message | None:
    """A browser's question before the request failed: the request itself was never sent."""
    if not is_preflight(ctx):
        return None
    asked, origin = ctx.headers.get("access-control-request-method"), ctx.headers.get("origin")
    if ctx.kind:
        return Message("This was the browser's CORS preflight; the request itself was never sent.", "OPTIONS", certain=True)
    wanted = [name for part in ctx.headers.get("access-control-request-headers").split(",") if (name := part.strip().lower()) and name not in _SIMPLE]
    headers = f" Access-Control-Allow-Headers must name {ctx.quote(', '.join(wanted))}." if wanted else ""
    return Message(
        f"This is the browser's CORS preflight for a {ctx.quote(asked)} from {ctx.quote(origin or 'an unknown origin')}, no request of the app's "
        "own; it "
        f"was refused, so the browser never sends the request. The server must answer OPTIONS with 2xx and Access-Control-Allow-Origin.{headers}",
        f"OPTIONS, origin: {origin}",
        certain=True,
    )


def cors_blocked(ctx: RuleContext) -> Message | None:
    """An error answer that a browser hides from the page, since it does not name the page's origin as allowed."""
    origin = ctx.headers.get("origin")
    if not origin or ctx.kind or ctx.request.method.upper() == "OPTIONS" or ctx.exchange.message is not None:
        return None
    if _same_origin(ctx, origin):
        return None
    allowed = ctx.answer_headers.get("access-control-allow-origin").strip()
    if allowed in ("*", origin):
        return None
    names = f"names {ctx.quote(allowed)} as Access-Control-Allow-Origin, not {ctx.quote(origin)}" if allowed else "has no Access-Control-Allow-Origin"
    return Message(
        f"The answer {names}, so the browser hides it: the page sees only a network error, whatever stands here.", f"origin: {origin}", certain=True
    )


def _same_origin(ctx: RuleContext, origin: str) -> bool:
    try:
        parts = urlsplit(origin)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return False
    return (parts.scheme, parts.hostname, port) == (ctx.request.scheme, ctx.request.host.lower(), ctx.request.port)


PREFLIGHT: tuple[Rule, ...] = (Rule("cors-preflight", cors_preflight),)
RULES: tuple[Rule, ...] = (*PREFLIGHT, Rule("cors-blocked", cors_blocked, secondary=True))
