"""Backend Services: version, app id, type and item in the path, the method, and how long it took."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from ..checks import near_name, retry_after
from ..context import Message, Rule, RuleContext
from ..id_history import NO_VALUE, id_history, made_before

# What stands after the app id in addresses of the service's own.
_OWN = ("Users", "Files", "Push", "Functions", "oauth", "Metadata", "Roles", "Invoke")
# The service gives up after 60 seconds, and on cloud functions after 10.
TIME_LIMIT, FUNCTION_LIMIT = 60.0, 10.0
_EVENTS = {"POST": "Create", "PUT": "Update", "DELETE": "Delete", "GET": "Read"}


def segments(ctx: RuleContext) -> list[str]:
    """The parts of the path from its version on; behind a gateway something may stand before that."""
    parts = ctx.path.split("/")[1:]
    versions = [index for index, part in enumerate(parts) if re.fullmatch(r"[vV]\d+", part)]
    return parts[versions[0] :] if versions else parts


def version(ctx: RuleContext) -> Message | None:
    """The version in the path."""
    parts = segments(ctx)
    if parts and parts[0] == "v1":
        return None
    if parts and re.fullmatch(r"[vV]\d+", parts[0]):
        return Message(f"The path has the version {ctx.quote(parts[0])}; there is only `v1`.", ctx.path, certain=True)
    return Message(f"The path {ctx.quote(ctx.path)} has no version; addresses begin `/v1/{{app id}}/`.", ctx.path, certain=True)


def app_id(ctx: RuleContext) -> Iterable[Message]:
    """The app id in the path: none, no id at all, or another than one that worked."""
    parts = segments(ctx)
    if not parts or parts[0].lower() != "v1":
        return
    rest = parts[3:] if [part.lower() for part in parts[1:3]] == ["metadata", "applications"] else parts[1:]
    app = rest[0] if rest else ""
    if not app:
        yield Message("The path ends before the app id; addresses begin `/v1/{app id}/`.", ctx.path, certain=True)
    elif NO_VALUE.fullmatch(app) or re.search(r"(?i)your|app-?id|[{}<>]", app):
        yield Message(f"The path has {ctx.quote(app)} where the app id belongs: the app's configuration was not filled in.", ctx.path, certain=True)
    elif app in _OWN or (len(rest) == 1 and re.fullmatch(r"[A-Z][a-z]+", app)):
        yield Message(f"the path has {ctx.quote(app)} where the app id belongs: the base URL lacks it.", ctx.path, certain=app in _OWN)
    else:
        others = [other for other in ctx.memory.apps_of(ctx.backend.id) if other != app and "." not in other]
        near = next((other for other in others if other.lower() == app.lower()), None) or next(
            iter(difflib.get_close_matches(app[:60], others, 1, 0.7)), None
        )
        if near:
            yield Message(f"{ctx.quote(app)} differs from the app id {ctx.quote(near)}, which other requests use.", f"{app} / {near}", certain=False)
        elif not re.fullmatch(r"[A-Za-z0-9]{12,24}", app) and not re.fullmatch(r"[0-9a-fA-F-]{36}", app):
            yield Message(f"{ctx.quote(app)} does not look like an app id, which is some 16 letters and digits.", app, certain=False)


def doubled_type(ctx: RuleContext) -> Message | None:
    """A type's name where an id belongs: the base URL ends with a type."""
    kind, ident = ctx.route.get("type", ""), ctx.route.get("id", "")
    known = dict(ctx.app_memory.names_of("type"))
    if not kind or not ident or not (ident == kind or ident in known or ident in ("Users", "Files")):
        return None
    return Message(
        f"The path has the type {ctx.quote(kind)} and then {ctx.quote(ident)}, which is a type as well: the base URL ends with a type's name, "
        "and should end with the app id.",
        ctx.path,
        certain=ident == kind or ident in known,
    )


def type_name_rule(ctx: RuleContext) -> Iterable[Message]:
    """The type in the path against those that worked."""
    kind = ctx.route.get("type", "")
    if not kind:
        return
    if NO_VALUE.fullmatch(kind):
        yield Message(f"The path has {ctx.quote(kind)} where the type's name belongs.", ctx.path, certain=True)
    elif say := near_name(ctx, kind, ctx.app_memory.names_of("type"), "type"):
        yield say
    elif (near := next(iter(difflib.get_close_matches(kind[:60], _OWN[:4], 1, 0.8)), kind)) != kind:
        yield Message(f"`{near}` was meant by {ctx.quote(kind)}; it is a type that every app has.", kind, certain=False)


def method(ctx: RuleContext) -> Iterable[Message]:
    """What the address does not do."""
    allow = ctx.answer_headers.get("allow")
    if allow:
        yield Message(f"This address takes {ctx.quote(allow)}; this was a {ctx.quote(ctx.method)}.", f"allow: {allow}", certain=True)
    elif re.search(r"/oauth/token/?$", ctx.path) and ctx.method != "POST":
        yield Message(f"Signing in is a POST; this was a {ctx.quote(ctx.method)}.", ctx.method, certain=True)
    elif ctx.method == "PATCH":
        yield Message("There is no PATCH; a PUT changes the fields that it names, and leaves the others.", "PATCH", certain=True)
    elif ctx.method == "POST" and ctx.route.get("id") and ctx.route.get("type"):
        yield Message("A POST creates, and takes no id in the path; to change the item send a PUT.", ctx.path, certain=True)
    elif ctx.method in ("PUT", "DELETE") and ctx.route.get("type") and not ctx.route.get("id") and not _filtered(ctx):
        yield Message(f"A {ctx.method} on a whole type needs a filter (X-Everlive-Filter), on one item its id in the path.", ctx.path, certain=False)


def _filtered(ctx: RuleContext) -> bool:
    return "x-everlive-filter" in ctx.headers or "filter" in ctx.params


def time_limit(ctx: RuleContext) -> Iterable[Message]:
    """How long the request took, and what it asked for."""
    started, ended = ctx.exchange.started, ctx.exchange.ended
    if started is None or ended is None or ended - started < FUNCTION_LIMIT - 1:
        return
    took = ended - started
    limit = TIME_LIMIT if took > TIME_LIMIT - 5 else FUNCTION_LIMIT
    heavy = []
    if ctx.method == "GET" and ctx.route.get("type") and not ctx.route.get("id"):
        if "x-everlive-take" not in ctx.headers and "take" not in ctx.params:
            heavy.append("asks for a list without `X-Everlive-Take`")
        if "x-everlive-expand" in ctx.headers or "expand" in ctx.params:
            heavy.append("expands relations")
        if "$regex" in ctx.headers.get("x-everlive-filter") + ctx.request.query:
            heavy.append("filters with `$regex`")
    elif isinstance(ctx.json, list) and len(ctx.json) > 1:
        heavy.append(f"creates {len(ctx.json):,} items at once")
    asked = f" It {' and '.join(heavy)}." if heavy else ""
    yield Message(f"The answer came after {took:.1f} s; the limit is {limit:.0f} s.{asked}", f"{took:.1f} s", certain=True)


def loop(ctx: RuleContext) -> Message | None:
    """Whose cloud code sets itself off."""
    kind = ctx.route.get("type", "")
    event = _EVENTS.get(ctx.method)
    if not kind or not event:
        return None
    return Message(
        f"the cloud code of {ctx.quote(kind)} for before{event} or after{event} makes a request that ends in the same event of {ctx.quote(kind)}.",
        f"{ctx.method} {ctx.path}",
        certain=False,
    )


def unique_value(ctx: RuleContext) -> Iterable[Message]:
    """The field that must be unique: named in the message, or with a value that an earlier flow has taken."""
    for field, value in list(ctx.fields.items())[:50]:
        if isinstance(value, (dict, list)):
            continue
        if field == "Id" and isinstance(value, str):
            seen = next((there for (_, ident), there in ctx.app_memory.ids.newest() if ident == value[:120] and there.how != "DELETE"), None)
            if seen:
                yield Message(
                    f"An item with the `Id` {ctx.quote(value)} was there in {ctx.flow_name(seen.flow)}, {ctx.ago(seen.when)}.", "Id", certain=True
                )
                continue
        if re.search(rf"(?<!\w){re.escape(field)}(?!\w)", ctx.message[:500]):
            yield Message(
                f"The message names {ctx.quote(field)}, whose value {ctx.quote(value, field)} another item has already.", field, certain=True
            )


RULES: tuple[Rule, ...] = (
    Rule("version", version, ("InvalidApiVersion",), (404,)),
    Rule("app-id", app_id, ("AppIdMissing", "InvalidAppId", "InvalidApiVersion"), (404,)),
    Rule("doubled-type", doubled_type, ("ContentTypeNotFound", "ItemNotFound", "InvalidAppId", "NotFound"), (404,)),
    Rule("type-name", type_name_rule, ("ContentTypeNotFound", "NotFound"), (404,)),
    Rule("method", method, ("MethodNotSupported",), (405,)),
    Rule("time-limit", time_limit, ("RequestTimeout", "CloudCodeTimeout", "CloudCodeDisabled"), (408, 504)),
    Rule("loop", loop, ("LoopDetected",)),
    Rule("sent-twice", made_before, ("DuplicateKey", "DuplicateValuesInField", "DatabaseError", "UsernameTaken", "EmailTaken")),
    Rule("unique-value", unique_value, ("DuplicateKey", "DuplicateValuesInField", "DatabaseError")),
    Rule("id-history", id_history, ("ItemNotFound",), (404,)),
    Rule("retry-after", retry_after, ("MaintenanceMode",), (429, 503)),
)
