"""Backend Services: version, app id, type and item in the path, the method, and how long it took.

Sources, unless a rule names another: Telerik Backend Services, REST API guide and "Error codes".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...exchange.placeholders import is_placeholder, is_unset
from ..checks import near_name, resembling, retry_after
from ..context import Message, Rule, RuleContext, fault_of
from ..id_history import id_history, made_before, path_unset

# What stands after the app id in addresses of the service's own.
_OWN = ("Users", "Files", "Push", "Functions", "oauth", "Metadata", "Roles", "Invoke")
# The service gives up after 60 seconds, and on cloud functions after 10.
TIME_LIMIT, FUNCTION_LIMIT = 60.0, 10.0
_ADDRESS = "`/v1/{app id}/{type}`"


def segments(ctx: RuleContext) -> list[str]:
    """The parts of the path from its version on; behind a gateway something may stand before that."""
    parts = ctx.path.split("/")[1:]
    versions = [index for index, part in enumerate(parts) if re.fullmatch(r"[vV]\d+", part)]
    return parts[versions[0] :] if versions else parts


def version(ctx: RuleContext) -> Message | None:
    """Looks at the version in the path: there is only `v1`. Other causes: none: the code is for the version."""
    parts = segments(ctx)
    if parts and parts[0] == "v1":
        return None
    if parts and re.fullmatch(r"[vV]\d+", parts[0]):
        return fault_of(f"The path has the version {ctx.quote(parts[0])}; there is only `v1`.", ctx.path, "Write `v1` in the path.")
    fix = f"Write {ctx.quote('/v1' + ctx.path)} instead of {ctx.quote(ctx.path)}."
    return fault_of(f"The path {ctx.quote(ctx.path)} has no version.", ctx.path, fix)


def app_id(ctx: RuleContext) -> Iterable[Message]:
    """Looks at the app id in the path: none, a placeholder, or another than one that worked. Other causes: none where there is no id; an id that
    differs, or looks unusual, is likely only."""
    parts = segments(ctx)
    if not parts or parts[0].lower() != "v1":
        return
    rest = parts[3:] if [part.lower() for part in parts[1:3]] == ["metadata", "applications"] else parts[1:]
    app = rest[0] if rest else ""
    fix = f"Put the App ID from the portal into the base URL: {_ADDRESS}."
    if not app:
        yield fault_of("The path has no app id.", ctx.path, fix)
    elif is_unset(app) or re.search(r"[{}<>$%]", app):
        yield fault_of(f"The path has {ctx.quote(app)} in place of the app id: the app's configuration was not filled in.", ctx.path, fix)
    elif app in _OWN or (len(rest) == 1 and re.fullmatch(r"[A-Z][a-z]+", app)):
        yield fault_of(f"The path has {ctx.quote(app)} in place of the app id.", ctx.path, fix, certain=app in _OWN)
    else:
        others = [other for other in ctx.memory.apps_of(ctx.backend.id) if other != app and "." not in other]
        if near := resembling(app, others, 0.7):
            says = f"{ctx.quote(app)} differs from the app id {ctx.quote(near)}, which other requests use."
            yield fault_of(says, f"{app} / {near}", f"Write {ctx.quote(near)} instead.", certain=False)
        elif not re.fullmatch(r"[A-Za-z0-9]{12,24}", app) and not re.fullmatch(r"[0-9a-fA-F-]{36}", app):
            yield fault_of(f"{ctx.quote(app)} does not look like an app id (about 16 letters and digits).", app, fix, certain=False)


def doubled_type(ctx: RuleContext) -> Message | None:
    """Looks for a type's name in the place of an id. Other causes: none where the name repeats, or worked as a type; the name of a system type is
    likely only."""
    kind, ident = ctx.route.get("type", ""), ctx.route.get("id", "")
    known = dict(ctx.app_memory.names_of("type"))
    if not kind or not ident or not (ident == kind or ident in known or ident in ("Users", "Files")):
        return None
    says = f"The path has the type {ctx.quote(kind)} and then {ctx.quote(ident)}, which is a type as well."
    return fault_of(says, ctx.path, "End the base URL with the app id, not with a type's name.", certain=ident == kind or ident in known)


def type_name_rule(ctx: RuleContext) -> Iterable[Message]:
    """Compares the type in the path with those that worked, and with the system's own. Other causes: the type may be missing in this app, so that a
    resemblance is likely only."""
    kind = ctx.route.get("type", "")
    if not kind:
        return
    near = resembling(kind, _OWN[:4], 0.8)
    if is_placeholder(kind):
        return
    if say := near_name(ctx, kind, ctx.app_memory.names_of("type"), "type"):
        yield say
    elif near and near != kind:
        yield fault_of(f"{ctx.quote(kind)} resembles `{near}`, a type that every app has.", kind, f"Write `{near}` instead.", certain=False)


def method(ctx: RuleContext) -> Message | None:
    """Compares the method with those that the answer allows. Source: RFC 9110, section 10.2.1 (Allow). Other causes: none."""
    if not (allow := ctx.answer_headers.get("allow")):
        return None
    says = f"This address accepts {ctx.quote(allow)}; the request is a {ctx.quote(ctx.method)}."
    return fault_of(says, f"allow: {allow}", f"Send one of {ctx.quote(allow)}.")


def time_limit(ctx: RuleContext) -> Iterable[Message]:
    """Compares how long the request took with the service's limits (60 s, 10 s for cloud functions), and looks at what it asked for. Other causes:
    none: the code says that time ran out. What made it slow is only what the request shows."""
    started, ended = ctx.exchange.started, ctx.exchange.ended
    if started is None or ended is None or ended - started < FUNCTION_LIMIT - 1:
        return
    took = ended - started
    limit = TIME_LIMIT if took > TIME_LIMIT - 5 else FUNCTION_LIMIT
    heavy: dict[str, str] = {}
    if ctx.method == "GET" and ctx.route.get("type") and not ctx.route.get("id"):
        if "x-everlive-take" not in ctx.headers and "take" not in ctx.params:
            heavy["asks for a list without `X-Everlive-Take`"] = "send `X-Everlive-Take: 50` and page"
        if "x-everlive-expand" in ctx.headers or "expand" in ctx.params:
            heavy["expands relations"] = "read the related items separately"
        if "$regex" in ctx.headers.get("x-everlive-filter") + ctx.request.query:
            heavy["filters with `$regex`"] = "filter by equal values, or begin the pattern with `^`"
    elif isinstance(ctx.json, list) and len(ctx.json) > 1:
        heavy[f"creates {len(ctx.json):,} items at once"] = "create fewer items in each request"
    asked, todo = (f" It {' and '.join(heavy)}." if heavy else ""), "; ".join(heavy.values())
    fix = f"{todo[0].upper()}{todo[1:]}." if todo else "Ask for less in one request, or shorten the cloud code that it runs."
    yield Message(f"The answer came after {took:.1f} s; the limit is {limit:.0f} s.{asked}", f"{took:.1f} s", True, fix)


def unique_value(ctx: RuleContext) -> Iterable[Message]:
    """Looks for the field that must be unique: named in the message, or an `Id` in a request that creates. Other causes: none where the message names
    the field. Another field may hold the duplicate, so that `Id` is likely only."""
    for field, value in list(ctx.fields.items())[:50]:
        if isinstance(value, (dict, list)):
            continue
        if field == "Id" and isinstance(value, str) and ctx.method == "POST":
            seen = next((there for (_, ident), there in ctx.app_memory.ids.newest() if ident == value[:120] and there.how != "DELETE"), None)
            known = f", which was there in {ctx.flow_name(seen.flow)}, {ctx.ago(seen.when)}" if seen else ""
            fix = "Leave out `Id`: the service creates one. To change the item, send a PUT with the id in the path."
            yield fault_of(f"the body sets `Id` to {ctx.quote(value)}{known}.", "Id", fix, certain=False)
        elif re.search(rf"(?<!\w){re.escape(field)}(?!\w)", ctx.message[:500]):
            says = f"The message names {ctx.quote(field)}, whose value {ctx.quote(value, field)} another item already has."
            yield fault_of(says, field, f"Choose another value for {ctx.quote(field)}, or change the item that has it.")


RULES: tuple[Rule, ...] = (
    Rule("version", version, ("InvalidApiVersion",), (404,)),
    Rule("app-id", app_id, ("AppIdMissing", "InvalidAppId", "InvalidApiVersion"), (404,)),
    Rule("doubled-type", doubled_type, ("ContentTypeNotFound", "ItemNotFound", "InvalidAppId", "NotFound"), (404,)),
    Rule("type-name", type_name_rule, ("ContentTypeNotFound", "NotFound"), (404,)),
    Rule("method", method, ("MethodNotSupported",), (405,)),
    Rule("time-limit", time_limit, ("RequestTimeout", "CloudCodeTimeout", "CloudCodeDisabled"), (408, 504)),
    Rule("sent-twice", made_before, ("DuplicateKey", "DuplicateValuesInField", "DatabaseError", "UsernameTaken", "EmailTaken")),
    Rule("unique-value", unique_value, ("DuplicateKey", "DuplicateValuesInField", "DatabaseError")),
    Rule("path-unset", path_unset, ("ContentTypeNotFound", "ItemNotFound", "NotFound", "InvalidRequest"), (404,)),
    Rule("id-history", id_history, ("ItemNotFound",), (404,)),
    Rule("retry-after", retry_after, ("MaintenanceMode",), (429, 503)),
)
