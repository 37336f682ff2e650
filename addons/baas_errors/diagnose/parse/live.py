"""Why LiveQuery refuses: a handshake that did not arrive, messages that lack something, come too early, or ask for what is not theirs.

Source: parse-server 9.10.0, ParseLiveQueryServer.js, LiveQuery/RequestSchema.js.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...exchange.json_reader import type_name
from ..checks import resembling
from ..context import Message, Rule, RuleContext, auth_fault, fault_of
from .app_keys import is_socket
from .query import pattern_fault
from .request import conditions, keys_sent, message_matches, state_of

_OPERATIONS = ("connect", "subscribe", "unsubscribe", "update")
_QUERY_KEYS = ("className", "where", "keys", "fields", "watch")
_LIVE_KEYS = ("restAPIKey", "javascriptKey", "clientKey", "windowsKey", "masterKey")
_KEYS = {
    **dict.fromkeys(("subscribe", "update"), ("op", "requestId", "query", "sessionToken")), "unsubscribe": ("op", "requestId"),
    "connect": (*_LIVE_KEYS, "op", "applicationId", "sessionToken", "installationId"),
}  # fmt: skip
_NEEDS = {"connect": ("applicationId",), "subscribe": ("requestId", "query"), "update": ("requestId", "query"), "unsubscribe": ("requestId",)}


def _earlier(ctx: RuleContext, most: int) -> list[dict[str, Any]]:
    """The messages that the client sent before, newest first."""
    return [body.object for _, body in zip(range(most), ctx.exchange.asked(), strict=False)]


def _asked(ctx: RuleContext) -> Mapping[str, Any]:
    """The message that a LiveQuery error answers: that with the same id, else the last one; empty where it is not known."""
    if ctx.exchange.message is None:
        return {}
    ident = ctx.exchange.message.object.get("requestId")
    sent = _earlier(ctx, 20)
    return next((one for one in sent if ident is not None and one.get("requestId") == ident), sent[0] if sent and ident is None else {})


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


def live_operation(ctx: RuleContext) -> Message | None:
    """Looks at the operation of the client's message. Other causes: none; the server knows no others."""
    name = _asked(ctx).get("op")
    if not _asked(ctx) or name in _OPERATIONS:
        return None
    fix = f"Send one of {', '.join(f'`{operation}`' for operation in _OPERATIONS)} as `op`."
    if name is None:
        return fault_of("The message has no `op`.", keys_sent(_asked(ctx)), fix)
    near = resembling(name, _OPERATIONS)
    says = f"{ctx.quote(name)} is not an operation of LiveQuery{f'; did you mean `{near}`?' if near else '.'}"
    return fault_of(says, f"op: {name}", f"Send `{near}`." if near else fix)


def live_message(ctx: RuleContext) -> Iterator[Message]:
    """Compares the client's message with what its operation takes. Other causes: none; the server checks messages by that schema."""
    sent = _asked(ctx)
    operation, query, ident = str(sent.get("op")), sent.get("query"), sent.get("requestId")
    for key in _NEEDS.get(operation, ()):
        if key not in sent:
            yield fault_of(f"The `{operation}` message has no `{key}`.", keys_sent(sent), f"Send `{key}` with `{operation}`.")
    if "requestId" in _NEEDS.get(operation, ()) and ident is not None and (isinstance(ident, bool) or not isinstance(ident, (int, float))):
        yield fault_of(f"`requestId` is {type_name(ident)}, not {type_name(1)}.", "requestId", "Count `requestId` up: 1, 2, 3.")
    if message_matches(ctx, r"Additional properties"):
        inside = list(query) if isinstance(query, dict) else []
        extra = [key for key in sent if key not in _KEYS.get(operation, sent)] + [key for key in inside if key not in _QUERY_KEYS]
        for key in extra[:3]:
            yield fault_of(f"The `{operation}` message has {ctx.quote(key)}, which it does not take.", key[:80], f"Leave {ctx.quote(key)} out.")
    if operation not in ("subscribe", "update") or "query" not in sent:
        return
    if not isinstance(query, dict):
        yield fault_of(f"`query` is {type_name(query)}, not {type_name({})}.", "query", 'Send `"query": {"className": "...", "where": {}}`.')
        return
    shown = f"query: {', '.join(list(query)[:8])}"
    for key, kind in (("className", str), ("where", dict)):
        if (state := state_of(query, key, kind)) and state != "is empty":
            example = '"className": "Note"' if key == "className" else '"where": {}'
            yield fault_of(f"`{key}` of `query` {state}.", shown, f"Send `{example}` in `query`.")
    if "fields" in query:
        yield fault_of("`query` has `fields`, which newer servers call `keys`.", "query: fields", "Send `keys` instead of `fields`.")


def live_order(ctx: RuleContext) -> Message | None:
    """Compares the message with those that the client sent before on the connection. Other causes: none; the server answers so only then."""
    sent = _asked(ctx)
    if not sent:
        return None
    earlier = _earlier(ctx, 200)
    if not any(one.get("op") == "connect" for one in earlier):
        says = f"The client sent `{str(sent.get('op'))[:20]}` before `connect`."
        return fault_of(says, "no connect before", "Send `connect` first, and wait for the server's `connected`.")
    ident = sent.get("requestId")
    if sent.get("op") == "unsubscribe" and not any(one.get("op") == "subscribe" and one.get("requestId") == ident for one in earlier):
        says = f"`requestId` {ctx.quote(ident)} was never subscribed on this connection."
        return fault_of(says, f"requestId: {ident}", "Send the `requestId` of the `subscribe` message; after a reconnect subscribe again.")
    return None


def live_key(ctx: RuleContext) -> Message | None:
    """Looks at the keys of the `connect` message. Other causes: none; the server answers so only then."""
    sent = _asked(ctx)
    if sent.get("op") != "connect":
        return None
    keys = [key for key in _LIVE_KEYS if sent.get(key)]
    names = " and ".join(f"`{key}`" for key in keys)
    says = f"{names} in the `connect` message is not among" if keys else "The `connect` message has no key, and the LiveQuery server wants one of"
    fix = "Send a key that is in `keyPairs` of the LiveQuery server's options, or leave `keyPairs` out there."
    return auth_fault(f"{says} the keys that the LiveQuery server knows (`keyPairs`).", names or keys_sent(sent), fix)


def live_refused(ctx: RuleContext) -> Iterator[Message]:
    """Looks at what a subscription asks for, and for whom. Other causes: where the server only says "Permission denied", a trigger."""
    sent = _asked(ctx)
    query = sent.get("query")
    if sent.get("op") not in ("subscribe", "update") or not isinstance(query, dict):
        return
    name = query.get("className")
    if ctx.name == "InvalidSessionToken" and not any(one.get("sessionToken") for one in _earlier(ctx, 50)):
        says = f"The subscription to {ctx.quote(name)} needs a session, and none was sent."
        yield Message(says, "no sessionToken", True, "Send `sessionToken` with `subscribe`.", "after-login", "auth")
    elif ctx.name == "OperationForbidden" and message_matches(ctx, r"Permission denied"):
        told = message_matches(ctx, r"Permission denied for action")
        says = f"{'T' if told else 't'}he class-level permissions of {ctx.quote(name)} deny `find` to this connection."
        fix = "Send the `sessionToken` of a user who may, or allow `find` in the dashboard (Security of the class)."
        yield Message(says, f"find {name}"[:100], told, fix, "after-fix", "permission")
    elif ctx.name == "InvalidQuery":
        for key, value, _ in conditions(query.get("where")):
            if isinstance(value, dict) and isinstance(value.get("$regex"), str) and (why := pattern_fault(value["$regex"])):
                says = f"The `$regex` for {ctx.quote(key)} is not a valid regular expression: {why}."
                yield fault_of(says, f"{key}: $regex"[:100], "Correct the pattern; to look for plain text put `\\` before signs.")


RULES: tuple[Rule, ...] = (
    Rule("live-handshake", live_handshake, statuses=(200, 400, 403, 404, 405, 426, 500, 502, 503)),
    Rule("live-operation", live_operation, entries=("LiveQueryInvalidFrame", "LiveQueryUnknownOperation")),
    Rule("live-message", live_message, entries=("LiveQueryInvalidFrame",)),
    Rule("live-order", live_order, entries=("LiveQueryNotConnected",)),
    Rule("live-refused", live_refused, entries=("InvalidSessionToken", "OperationForbidden", "InvalidQuery", "ObjectNotFound")),
    Rule("live-key", live_key, entries=("LiveQueryInvalidKey",)),
)
