"""Why LiveQuery refuses: a handshake that did not arrive, messages that lack something, come too early, or ask for what is not theirs.

Source: parse-server 9.10.0, ParseLiveQueryServer.js, LiveQuery/RequestSchema.js.
"""

from __future__ import annotations

from itertools import islice

from ...exchange.json_pointer import find
from ..context import Message, Rule, RuleContext, fault_of
from .app_keys import is_socket
from .request import message_matches


def live_handshake(ctx: RuleContext) -> Message | None:
    """Looks for the headers of a WebSocket handshake in a request that got an ordinary answer. Source: RFC 6455; parse-server 9.10.0,
    ParseLiveQueryServer.js. Other causes: a proxy that refuses WebSockets on purpose."""
    if not is_socket(ctx) or ctx.exchange.message is not None:
        return None
    root = f"{'wss' if ctx.request.scheme in ('https', 'wss') else 'ws'}://{ctx.request.host}"
    if "upgrade" not in ctx.headers or "upgrade" not in ctx.headers.get("connection").lower():
        says = "The WebSocket handshake arrived without `Upgrade` and `Connection: Upgrade`: a proxy in front dropped them, which makes it a GET."
        fix = "Let the proxy pass them on (nginx: `proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; "
        fix += 'proxy_set_header Connection "upgrade";`).'
        return Message(says, "sec-websocket-key, no upgrade", True, fix, "after-fix", "config")
    if not message_matches(ctx, r"unauthorized$", r"Cannot GET"):
        return None
    says = f"Parse Server's REST API answered the WebSocket handshake ({ctx.status}): no LiveQuery server runs at {ctx.quote(ctx.path)}, or a proxy "
    says += "in front dropped the `Upgrade` header."
    fix = "Start one (`startLiveQueryServer: true`, or `ParseServer.createLiveQueryServer(httpServer)`), and set `liveQueryServerURL` to it, "
    fix += f"as in `{root}/parse`; let proxies pass `Upgrade` and `Connection` on."
    return Message(says, f"upgrade, status {ctx.status}", True, fix, "after-fix", "config")


def live_order(ctx: RuleContext) -> Message | None:
    """Compares the message with those that the client sent before on the connection. Other causes: none; the server answers so only then."""
    sent, earlier = ctx.fields, [body.object for body in islice(ctx.exchange.asked(), 200)]
    if not sent:
        return None
    if not any(one.get("op") == "connect" for one in earlier):
        says = f"The client sent `{str(sent.get('op'))[:20]}` before `connect`."
        return fault_of(says, "no connect before", "Send `connect` first, and wait for the server's `connected`.")
    ident = sent.get("requestId")
    if sent.get("op") == "unsubscribe" and not any(one.get("op") == "subscribe" and one.get("requestId") == ident for one in earlier):
        says = f"`requestId` {ctx.quote(ident)} was never subscribed on this connection."
        return fault_of(says, f"requestId: {ident}", "Send the `requestId` of the `subscribe` message; after a reconnect subscribe again.")
    return None


def live_session(ctx: RuleContext) -> Message | None:
    """Looks for a session in what the client sent before a subscription. Other causes: none; the server asks for one."""
    name = find(ctx.json, "/query/className")
    if ctx.fields.get("op") not in ("subscribe", "update") or any(body.object.get("sessionToken") for body in islice(ctx.exchange.asked(), 50)):
        return None
    says = f"The subscription to {ctx.quote(name)} needs a session, and none was sent."
    if ctx.name == "ObjectNotFound" and not message_matches(ctx, r"Permission denied, user needs to be"):
        return None
    return Message(says, "no sessionToken", True, "Send `sessionToken` with `subscribe`.", "after-login", "auth")


RULES: tuple[Rule, ...] = (
    Rule("live-handshake", live_handshake, statuses=(200, 400, 403, 404, 405, 426, 500, 502, 503)),
    Rule("live-order", live_order, entries=("LiveQueryNotConnected",)),
    Rule("live-session", live_session, entries=("InvalidSessionToken", "ObjectNotFound")),
)
