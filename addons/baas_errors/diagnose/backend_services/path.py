"""Backend Services: app id, type and item in the path, values that are taken, and how long it took.

Sources, unless a rule names another: Telerik Backend Services, REST API guide and "Error codes".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...exchange.unset_values import is_unset
from ..checks import name_seen_before, resembling, retry_after
from ..context import Message, Rule, RuleContext, fault_of
from ..facts import took
from ..id_history import id_history, made_before, path_unset

# The service gives up after 60 seconds, and on cloud functions after 10.
TIME_LIMIT, FUNCTION_LIMIT = 60.0, 10.0


def app_id(ctx: RuleContext) -> Message | None:
    """Compares the app id in the path with those that other requests use. Source: earlier exchanges. Other causes: both apps may exist, so this is
    likely only."""
    app = ctx.route.get("app", "")
    near = resembling(app, [other for other in ctx.memory.apps_of(ctx.backend.id) if other != app and "." not in other], 0.7)
    if not near or not app or is_unset(app):
        return None
    says = f"{ctx.quote(app)} differs from the app id {ctx.quote(near)}, which other requests use."
    return fault_of(says, f"{app} / {near}", f"Write {ctx.quote(near)} instead.", certain=False)


def doubled_type(ctx: RuleContext) -> Message | None:
    """Looks for a type's name in the place of an id. Other causes: none where the name repeats, or worked as a type; the name of a system type is
    likely only."""
    kind, ident = ctx.route.get("type", ""), ctx.route.get("id", "")
    known = dict(ctx.app_memory.names_of("type"))
    if not kind or not ident or not (ident == kind or ident in known or ident in ("Users", "Files")):
        return None
    says = f"The path has the type {ctx.quote(kind)} and then {ctx.quote(ident)}, which is a type as well."
    return fault_of(says, ctx.path, "End the base URL with the app id, not with a type's name.", certain=ident == kind or ident in known)


def time_limit(ctx: RuleContext) -> Iterable[Message]:
    """Compares how long the request took with the service's limits (60 s, 10 s for cloud functions), and looks at what it asked for. Other causes:
    none: the code says that time ran out. What made it slow is only what the request shows."""
    seconds = took(ctx)
    if seconds is None or seconds < FUNCTION_LIMIT - 1:
        return
    limit = TIME_LIMIT if seconds > TIME_LIMIT - 5 else FUNCTION_LIMIT
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
    yield Message(f"The answer came after {seconds:.1f} s; the limit is {limit:.0f} s.{asked}", f"{seconds:.1f} s", True, fix)


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
    Rule("other-app-id", app_id, ("AppIdMissing", "InvalidAppId", "InvalidApiVersion"), (404,)),
    Rule("doubled-type", doubled_type, ("ContentTypeNotFound", "ItemNotFound", "InvalidAppId", "NotFound"), (404,)),
    Rule("type-name", name_seen_before("type", "type"), ("ContentTypeNotFound", "NotFound"), (404,)),
    Rule("time-limit", time_limit, ("RequestTimeout", "CloudCodeTimeout", "CloudCodeDisabled"), (408, 504)),
    Rule("sent-twice", made_before, ("DuplicateKey", "DuplicateValuesInField", "DatabaseError", "UsernameTaken", "EmailTaken")),
    Rule("unique-value", unique_value, ("DuplicateKey", "DuplicateValuesInField", "DatabaseError")),
    Rule("path-unset", path_unset, ("ContentTypeNotFound", "ItemNotFound", "NotFound", "InvalidRequest"), (404,)),
    Rule("id-history", id_history, ("ItemNotFound",), (404,)),
    Rule("retry-after", retry_after, ("MaintenanceMode",), (429, 503)),
)
