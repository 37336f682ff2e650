"""Why LiveQuery refuses: messages that lack something, come too early, or ask for what is not theirs."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from ..checks import type_name
from ..context import Message, Rule, RuleContext
from .operands import pattern_fault
from .request import conditions, keys_sent, message_matches

_OPERATIONS = ("connect", "subscribe", "unsubscribe", "update")
_QUERY_KEYS = ("className", "where", "keys", "fields", "watch")
_KEYS = {
    "connect": (*("op", "applicationId", "javascriptKey", "masterKey", "clientKey", "windowsKey", "restAPIKey", "sessionToken", "installationId"),),
    "subscribe": ("op", "requestId", "query", "sessionToken"),
    "update": ("op", "requestId", "query", "sessionToken"),
    "unsubscribe": ("op", "requestId"),
}
_LIVE_KEYS = ("restAPIKey", "javascriptKey", "clientKey", "windowsKey", "masterKey")


def _asked(ctx: RuleContext) -> Mapping[str, Any]:
    """The message that a LiveQuery error answers: that with the same id, else the last one; empty where it is not known."""
    if ctx.exchange.message is None:
        return {}
    ident = ctx.exchange.message.object.get("requestId")
    said_last = [body.object for _, body in zip(range(20), ctx.exchange.asked(), strict=False)]
    return next(
        (sent for sent in said_last if ident is not None and sent.get("requestId") == ident), said_last[0] if said_last and ident is None else {}
    )


def live_operation(ctx: RuleContext) -> Message | None:
    """An operation that LiveQuery has not."""
    name = _asked(ctx).get("op")
    if not _asked(ctx) or name in _OPERATIONS:
        return None
    if name is None:
        return Message("The message has no `op`.", keys_sent(_asked(ctx)), certain=True)
    near = difflib.get_close_matches(str(name), _OPERATIONS, 1, 0.6)
    hint = f"; did you mean `{near[0]}`?" if near else f": it knows {', '.join(_OPERATIONS)}."
    return Message(f"{ctx.quote(name)} is no operation of LiveQuery{hint}", f"op: {name}", certain=True)


def live_message(ctx: RuleContext) -> Iterator[Message]:
    """A message that lacks what its operation takes."""
    sent = _asked(ctx)
    needs = {"connect": ("applicationId",), "subscribe": ("requestId", "query"), "update": ("requestId", "query"), "unsubscribe": ("requestId",)}
    operation = sent.get("op")
    for key in needs.get(operation, ()) if isinstance(operation, str) else ():
        if key not in sent:
            yield Message(f"The `{operation}` message has no `{key}`.", keys_sent(sent), certain=True)
    ident = sent.get("requestId")
    if operation in ("subscribe", "unsubscribe", "update") and ident is not None and (isinstance(ident, bool) or not isinstance(ident, (int, float))):
        yield Message(f"`requestId` takes a number; it is {type_name(ident)}.", "requestId", certain=True)
    query = sent.get("query")
    if message_matches(ctx, r"Additional properties") and isinstance(operation, str):
        inside = list(query) if isinstance(query, dict) else []
        extra = [key for key in sent if key not in _KEYS.get(operation, sent)] + [key for key in inside if key not in _QUERY_KEYS]
        for key in extra[:3]:
            yield Message(f"The `{operation}` message has {ctx.quote(key)}, which it does not take.", key[:80], certain=True)
    if operation in ("subscribe", "update") and "query" in sent:
        if not isinstance(query, dict):
            yield Message(f"`query` takes an object; it is {type_name(query)}.", "query", certain=True)
            return
        for key, kind in (("className", str), ("where", dict)):
            if not isinstance(query.get(key), kind):
                state = f"takes {type_name(kind())}; it is {type_name(query[key])}" if key in query else "is missing"
                yield Message(f"`{key}` of `query` {state}.", f"query: {', '.join(list(query)[:8])}", certain=True)
        if "fields" in query:
            yield Message("`query` has `fields`, which newer servers call `keys`.", "query: fields", certain=True)


def live_order(ctx: RuleContext) -> Iterator[Message]:
    """Subscribed before connected, or left what was never joined."""
    sent = _asked(ctx)
    if not sent:
        return
    earlier = [body.object for _, body in zip(range(200), ctx.exchange.asked(), strict=False)]
    if not any(one.get("op") == "connect" for one in earlier):
        yield Message(
            f"The client sent `{str(sent.get('op'))[:20]}` before `connect`, or did not wait for `connected`.", "no connect before", certain=True
        )
        return
    ident = sent.get("requestId")
    if sent.get("op") == "unsubscribe" and not any(one.get("op") == "subscribe" and one.get("requestId") == ident for one in earlier):
        yield Message(f"`requestId` {ctx.quote(ident)} was never subscribed on this connection.", f"requestId: {ident}", certain=True)


def live_key(ctx: RuleContext) -> Message | None:
    """The keys of the `connect` message open nothing."""
    sent = _asked(ctx)
    if sent.get("op") != "connect":
        return None
    keys = [key for key in _LIVE_KEYS if sent.get(key)]
    if not keys:
        return Message("The `connect` message carries no key, and the LiveQuery server wants one (`keyPairs`).", keys_sent(sent), certain=True)
    names = " and ".join(f"`{key}`" for key in keys)
    return Message(f"{names} in the `connect` message is none of the keys that the LiveQuery server knows (`keyPairs`).", names, certain=True)


def live_refused(ctx: RuleContext) -> Iterator[Message]:
    """A subscription that the class, or its condition, does not allow."""
    sent = _asked(ctx)
    query = sent.get("query")
    if sent.get("op") not in ("subscribe", "update") or not isinstance(query, dict):
        return
    name = query.get("className")
    if ctx.name == "InvalidSessionToken" and not any(
        body.object.get("sessionToken") for _, body in zip(range(50), ctx.exchange.asked(), strict=False)
    ):
        yield Message(
            f"The subscription to {ctx.quote(name)} needs a session: send `sessionToken` with `subscribe`.", "no sessionToken", certain=True
        )
    elif ctx.name == "OperationForbidden" and message_matches(ctx, r"Permission denied"):
        told = message_matches(ctx, r"Permission denied for action")
        yield Message(f"the class-level permissions of {ctx.quote(name)} deny `find` to this connection.", f"find {name}"[:100], certain=told)
    elif ctx.name == "InvalidQuery":
        for key, value, _ in conditions(query.get("where")):
            if isinstance(value, dict) and isinstance(value.get("$regex"), str) and (why := pattern_fault(value["$regex"])):
                yield Message(f"The `$regex` for {ctx.quote(key)} is no regular expression: {why}.", f"{key}: $regex"[:100], certain=True)


RULES: tuple[Rule, ...] = (
    Rule("live-operation", live_operation, entries=("LiveQueryInvalidFrame", "LiveQueryUnknownOperation")),
    Rule("live-message", live_message, entries=("LiveQueryInvalidFrame",)),
    Rule("live-order", live_order, entries=("LiveQueryNotConnected",)),
    Rule("live-refused", live_refused, entries=("InvalidSessionToken", "OperationForbidden", "InvalidQuery", "ObjectNotFound")),
    Rule("live-key", live_key, entries=("LiveQueryInvalidKey",)),
)
