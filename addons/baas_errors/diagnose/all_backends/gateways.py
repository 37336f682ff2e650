"""What stands between the app and the backend, and answers in its place: gateways, CDNs, hosting platforms; and the server's own network faults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit

from ...catalog.load import rule_tables
from ...decode.hidden_failures import failed_handshake, lossy_redirect, sent_to_a_web_site
from ...decode.server_texts import page_title
from ...history.app_facts import SERVER, server_name
from ..context import Message, Rule, RuleContext, once


@cache
def fronts() -> tuple[tuple[re.Pattern[str], Mapping[str, Any]], ...]:
    """The programs in front of backends that are known, each with what its pages or headers have in them; the first that fits counts."""
    return tuple((re.compile(row["seen"], re.I | re.M), row) for row in rule_tables("gateways")["front"])


_LONGEST_PAGE = 20_000
# Seconds for which an answer shows that a server runs.
_SHORTLY = 300
# What web servers answer to a handshake that they do not understand.
_NO_SOCKET = (400, 404, 405, 426)


@once
def front_of(ctx: RuleContext) -> tuple[Mapping[str, Any], str] | None:
    """The program in front of the backend that made this answer, and what it was known by; None for the backend itself."""
    response = ctx.exchange.response
    if response is None or ctx.status is None or ctx.status < 400 or ctx.name or (ctx.error.code is not None and not ctx.error.code_is_status):
        return None
    text = "\n".join(f"{name}: {value[:300]}" for name, value in response.headers.fields[:100]) + "\n\n" + response.body.text[:_LONGEST_PAGE]
    known = ((seen, front) for seen, front in fronts() if front.get("json") or not response.body.looks_like_json)
    own = not ctx.backend.is_vendors(ctx.request.host)
    known = ((seen, front) for seen, front in known if "status" not in front or (own and ctx.status in front["status"]))
    return next(((front, found[0]) for seen, front in known if (found := seen.search(text))), None)


def _answered_before(ctx: RuleContext) -> str:
    """That the server behind a front answered shortly before, as a sentence; or ""."""
    seen, now = ctx.app_memory.names.get((SERVER, server_name(ctx.request))), ctx.exchange.started or 0.0
    if seen is None or str(ctx.status) not in rule_tables("gateways")["alive"] or not 0 <= now - seen.when < _SHORTLY:
        return ""
    return f" That server answered another request {ctx.ago(seen.when)} ({ctx.flow_name(seen.flow)})."


def _unsure(ctx: RuleContext, front: Mapping[str, Any]) -> str:
    """What to do first where a request that creates or starts something may have been carried out although a front gave up; or ""."""
    table = rule_tables("gateways")["unsure"]
    doubtful = ctx.status in (*table["status"], *front.get("unsure", ())) and ctx.method == "POST"
    return str(table["check"]) if doubtful and not re.search(table["harmless"], ctx.path) else ""


def front_page(ctx: RuleContext) -> Message | None:
    """Looks for the page of a gateway, CDN or hosting platform in place of the backend's answer. Source: default error pages of nginx, Apache,
    HAProxy, Envoy, Varnish, IIS; documentation of Heroku, Cloudflare and others. Other causes: none, the backends answer with JSON."""
    found = front_of(ctx)
    if found is None or ctx.status is None:
        return None
    (front, seen), status, tables = found, str(ctx.status), rule_tables("gateways")
    (means, fix), own = tables["means"].get(status, ("it made this error itself", "")), front.get("fix", {}).get(status, "")
    alive, check = _answered_before(ctx), _unsure(ctx, front)
    late = bool(ctx.exchange.started) and (ctx.exchange.ended or 0) - (ctx.exchange.started or 0) >= tables["unsure"]["late"]
    for known in ("means", "alive" if alive else "", "late" if late else ""):
        means = front.get(known, {}).get(status, means)
    what = f" ({len(ctx.body.data):,} bytes)" if ctx.status == 413 and ctx.body.data else ""
    says = f"The answer comes from {front['name']}, not from {ctx.backend.title}: {means}{what}.{alive}"
    better = tables["alive"].get(status, "") if alive or late else ""
    own = own if ctx.status in (504, 524) or not better else ""
    steps = ". ".join(step for step in (better, check, own or (not better and fix), front["look"]) if step)
    if check:
        repeats = ctx.app_memory.repeats.get(ctx.facts.request)
        sent = f"each of the {repeats.failures + 1} times that it was sent, since {ctx.flow_name(repeats.first.flow)}," if repeats else "it"
        says += f" The request writes: {sent} may have been carried out."
    if ctx.backend.is_vendors(ctx.request.host):
        # Nobody but the vendor can change anything there.
        first = "Try again with exponential backoff" if ctx.status >= 500 else "Check the URL, the method and the size of the request"
        steps = f"{check or first}; if it stays so, ask those who run {ctx.quote(ctx.request.host)}"
    elif failed_handshake(ctx.exchange) and ctx.status in (401, 403, 426):
        last = ctx.app_memory.last_answer
        passed = f"; other requests pass ({ctx.flow_name(last.flow)})" if last and last.how == ctx.request.host else ""
        says = f"{says} It was a WebSocket handshake{passed}."
        steps = f"Allow WebSockets (the `Upgrade` header) for this path in {front['name']}, or connect to the server itself past it. {steps}"
    passing = ctx.status in (429, 502, 503, 504, 520, 521, 522, 523, 524)
    evidence = " ".join(re.sub(r"<[^>]*>", " ", seen).split())[:80] or front["name"]
    retry = "backoff" if passing and not check else "after-fix"
    return Message(says, evidence, True, f"{steps}.", retry, "server" if ctx.status >= 500 else "config")


def web_page(ctx: RuleContext) -> Message | None:
    """Looks for a web page with status 200 in place of JSON, for requests of an SDK to a server of the app's own. Source: observed with nginx
    (`try_files`) and single-page apps. Other causes: none, these backends answer such requests with JSON."""
    if ctx.exchange.response is None or not sent_to_a_web_site(ctx.exchange, ctx.backend):
        return None
    title = page_title(ctx.exchange.response.body.text)
    called = f" ({ctx.quote(title)})" if title else ""
    asked, server = ctx.quote(f"{ctx.request.method.upper()} {ctx.raw_path}"), ctx.backend.title
    says = f"The answer to {asked} is a web page{called}: a web server answered, not {server}."
    fix = f"Let the web server pass this path on to {server} before its rule for pages (`try_files`, `index.html`), or correct the server URL."
    text = ctx.exchange.response.body.text[:_LONGEST_PAGE]
    fix = next((row["fix"] for row in rule_tables("gateways")["page"] if row["seen"] in text), fix)
    return Message(says, "text/html with status 200", True, fix, "after-fix", "config")


def moved_to(ctx: RuleContext, target: str) -> tuple[str, str]:
    """The part of a redirect's target that the app's setting needs (the host, where that is another), and the target without its query; or ""."""
    try:
        parts = urlsplit(urljoin(ctx.request.url, target))
    except ValueError:
        return "", ""
    host = f"{parts.scheme}://{parts.netloc}"
    base = f"{host}{parts.path}"
    return (host if not ctx.request.url.startswith(f"{host}/") else base), base


def redirect_loses(ctx: RuleContext) -> Message | None:
    """Looks for a redirect of a writing request, which clients repeat as a GET without a body. Source: RFC 9110, 15.4.2 and 15.4.3; Fetch standard,
    HTTP-redirect fetch. Other causes: none."""
    target = lossy_redirect(ctx.exchange)
    if not target:
        return None
    # Browsers do so with POST only, many libraries with every method.
    clients = "clients" if ctx.request.method.upper() == "POST" else "many clients"
    method, override = ctx.request.method.upper(), ctx.method
    as_query = f" (it carries a {override})" if override != method else ""
    new, base = moved_to(ctx, target)
    says = f"The server answered this {method}{as_query} with a redirect ({ctx.status}): {clients} repeat it as a GET without its body."
    fix = f"Use the new address in the app's server URL: {ctx.quote(new)}. On the server redirect with 308, which keeps method and body."
    return Message(says, f"location: {base[:100]}", True, fix, "after-fix", "config")


def handshake_refused(ctx: RuleContext) -> Message | None:
    """Looks for a WebSocket handshake that got plain HTTP. Source: RFC 6455, 4.2.2. Other causes: none below 400, only 101 opens a WebSocket; a
    server of WebSockets may refuse with 400 or 404."""
    plain = ctx.status is not None and (ctx.status < 400 or ctx.status in _NO_SOCKET)
    if ctx.exchange.message is not None or not failed_handshake(ctx.exchange) or ctx.status is None or not plain:
        return None
    says = f"The WebSocket handshake was answered with plain HTTP ({ctx.status}): nothing at {ctx.quote(ctx.raw_path)} speaks WebSocket."
    fix = "Start the WebSocket server (LiveQuery) on this path, correct its URL in the app, or let the proxy in front pass on `Upgrade`."
    return Message(says, f"upgrade: websocket, status {ctx.status}", ctx.status < 400, fix, "after-fix", "config")


# What one of them has in it, so that most texts are searched once.
_SERVER_FAULT = re.compile(
    r"E(?:NOTFOUND|AI_AGAIN|CONNREFUSED|TIMEDOUT|HOSTUNREACH|NETUNREACH)|no such host|UnknownHost|to connect to server|(?i:certificate|_CERT)"
)


def server_network(ctx: RuleContext) -> Message | None:
    """Looks in the server's text for a DNS, TCP or TLS fault of a connection that the server itself made. Source: Node.js, Errors; Go, net. Other
    causes: none where the server made this text; a script may repeat another server's."""
    text = f"{ctx.message[:2000]} {ctx.error.debug[:2000]}"
    if ctx.kind or not _SERVER_FAULT.search(text):
        return None
    for row in rule_tables("gateways")["server"]:
        if found := re.search(row["seen"], text):
            what = ctx.quote(next(filter(None, found.groups())).rstrip(".:"))
            says, fix = row["says"].format(what=what), row["fix"].format(what=what)
            says = f"the server {says} when it connected itself; the app's request and the app's network are not the cause."
            return Message(says, found[0][:120], False, f"{fix}.", row["retry"], "server")
    return None


RULES: tuple[Rule, ...] = (
    Rule("front-page", front_page),
    Rule("web-page", web_page),
    Rule("redirect-loses-body", redirect_loses),
    Rule("websocket-handshake", handshake_refused),
    Rule("server-network", server_network),
)
