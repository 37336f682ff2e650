"""What browsers do before and after a request: the preflight that asks whether it is allowed (CORS), and the answers that they hide."""

from __future__ import annotations

from urllib.parse import urlsplit

from ...decode.hidden_failures import Refusal, hidden_from_page, listed, preflight_refusal
from ...decode.hidden_failures import is_preflight as asks_before
from ..context import Message, Rule, RuleContext
from .gateways import front_of, front_page, moved_to
from .warnings import HIDDEN, hides


def is_preflight(ctx: RuleContext) -> bool:
    """Whether this is a browser's question before the request, which carries nothing of the app's."""
    return asks_before(ctx.request) and not ctx.in_batch


def cors_preflight(ctx: RuleContext) -> Message | None:
    """Compares what a browser's preflight asked for with what its answer allows. Source: Fetch standard, CORS-preflight fetch. Other causes: none, a
    browser sends the request only if all of it is allowed."""
    if not is_preflight(ctx):
        return None
    if ctx.kind:
        fix = "Make the server reachable from the browser's machine; CORS settings do not matter until it answers."
        return Message("This was the browser's CORS preflight; the request itself was never sent.", "OPTIONS", True, fix, "after-fix", "config")
    lacks = preflight_refusal(ctx.exchange)
    if lacks is None:
        return None
    front = front_page(ctx)
    if front is not None:
        says = f"The browser's CORS preflight was answered with {ctx.status}, so it never sends the request. {front.says}"
        return front._replace(says=says, fix=f"{front.fix} The CORS settings of the backend do not matter until it answers.")
    asked, origin = ctx.headers.get("access-control-request-method"), ctx.headers.get("origin") or "*"
    new, target = moved_to(ctx, ctx.answer_headers.get("location")[:2000])
    if lacks.status in (301, 302, 303, 307, 308) and urlsplit(target).path.rstrip("/").lower() == ctx.request.path.rstrip("/").lower():
        says = f"The browser never sends the {ctx.quote(asked)} that this preflight (CORS) asks for: no preflight may be redirected, and this one was"
        fix = f"Use the new address in the app's server URL: {ctx.quote(new)}."
        fix = fix if new != target else f"Take that redirect (about the `/` at the end) out of the web server, or ask for {ctx.quote(target)} itself."
        return Message(f"{says} ({ctx.status}, to {ctx.quote(target)}).", f"location: {target[:100]}", True, fix, "after-fix", "config")
    why, send = _what_lacks(ctx, lacks, origin)
    says = f"The browser never sends the {ctx.quote(asked)} that this preflight (CORS) asks for: {', '.join(why)}."
    begin = "Answer OPTIONS with 2xx, before any check of credentials, with" if lacks.status else "Add to the server's answer to OPTIONS:"
    fix = f"{begin} {', '.join(send) or 'the headers that it has'}{_option(ctx, lacks, origin)}."
    if ctx.backend.is_vendors(ctx.request.host):
        # Few but the vendor can change that answer.
        title, other = ctx.backend.title, lacks.status or lacks.origin or lacks.method or any(_is_apis(ctx, name) for name in lacks.headers)
        names = ctx.quote(", ".join(lacks.headers))
        fix = ctx.backend.cors_options.hosted or f"Call {title} from your own server: only its operator can change this answer."
        fix = fix if other else f"Do not send {names} from the browser (an interceptor may add it), or call {title} from your own server."
    return Message(says, f"OPTIONS, origin: {origin}", True, fix, "after-fix", "config")


def _what_lacks(ctx: RuleContext, lacks: Refusal, origin: str) -> tuple[list[str], list[str]]:
    """What keeps the browser from sending the request, in words, and the headers that would let it."""
    why, send = [], []
    if lacks.status:
        why.append(f"it was answered with {lacks.status}")
    if lacks.origin:
        allowed = _allowed(ctx)
        if "," in allowed:
            why.append(f"Access-Control-Allow-Origin has several values, {ctx.quote(allowed)}, and browsers take one only")
        else:
            why.append(f"the origin {ctx.quote(origin)} is not allowed" + (f" (only {ctx.quote(allowed)} is)" if allowed else ""))
        send.append(f"`Access-Control-Allow-Origin: {origin[:100]}`")
    if lacks.method:
        why.append(f"the method {ctx.quote(lacks.method)} is not allowed")
        send.append(f"`Access-Control-Allow-Methods: {lacks.method[:20]}`")
    if lacks.headers:
        names, many = ", ".join(lacks.headers), len(lacks.headers) > 1
        why.append(f"the header{'s' * many} {ctx.quote(names)} {'are' if many else 'is'} not allowed")
        send.append(f"`Access-Control-Allow-Headers: {names[:200]}`")
    return why, send


def _option(ctx: RuleContext, lacks: Refusal, origin: str) -> str:
    """The server's own options for it, where it has some; elsewhere it is the web server's code or settings."""
    names_of = ctx.backend.cors_options
    options = [f"{names_of.headers}: [{', '.join(repr(name) for name in lacks.headers[:8])}]"] if lacks.headers else []
    options += [f"{names_of.origin}: {[name for name in (_allowed(ctx), origin[:100]) if name and ',' not in name]}"] if lacks.origin else []
    return f" ({names_of.server}: `{', '.join(options)}`)" if options and not lacks.status and names_of.server else ""


def _is_apis(ctx: RuleContext, header: str) -> bool:
    """Whether a header is one that the API itself takes, by the headers that the backend is known by."""
    own = {"-".join(name.split("-")[:2]) for test in ctx.backend.request_headers for name, _ in test}
    return header.lower().startswith(("authorization", "content-type", "x-api-key", *own))


def cors_blocked(ctx: RuleContext) -> Message | None:
    """Looks for an answer that a browser hides from the page, since it does not allow the page's origin; of a success it is a warning.
    WebSockets need no such leave. Source: Fetch standard, CORS check. Other causes: none."""
    if (allowed := hidden_from_page(ctx.exchange)) is None:
        return None
    origin = ctx.headers.get("origin")
    says = hides(ctx.quote(", ".join(allowed)), ctx.quote(origin), len(allowed))
    cause = " The CORS settings of the backend are not the cause: it did not make this answer." if front_of(ctx) else ""
    return Message(f"{says}{cause}", f"origin: {origin}", certain=True)


def _allowed(ctx: RuleContext) -> str:
    """The origins that the answer allows; browsers refuse more than one."""
    return ", ".join(listed(ctx.answer_headers, "access-control-allow-origin"))


PREFLIGHT: tuple[Rule, ...] = (Rule("cors-preflight", cors_preflight),)
RULES: tuple[Rule, ...] = (*PREFLIGHT, Rule(HIDDEN, cors_blocked, secondary=True))
