"""Why a class is refused: its name, its permissions, its fields.

Source: parse-server 9.10.0, SchemaController.js (validatePermission), SharedRest.js, RestQuery.js, RestWrite.js, DatabaseController.js.
"""

from __future__ import annotations

import re

from ...history.app_facts import operation_kind
from ...history.store import LONGEST_KEY
from ..checks import resembling
from ..context import Message, Rule, RuleContext, fault_of
from .request import (
    DENIED,
    LONGEST_QUERY,
    basic_for_login,
    class_name,
    has_all_rights,
    is_graphql,
    is_write,
    keys_in_query,
    message_matches,
    outer,
    payload,
    place,
    session,
)
from .target import SYSTEM, join_role, listed, lost_token, no_token, refused, target

CLASS = re.compile(r"_?[A-Za-z][A-Za-z0-9_]*|_Join:[A-Za-z0-9_]+:[A-Za-z0-9_]+")
_NO_CLASS = r"This user is not allowed to access non-existent class"
_NO_ACTION = r"Permission denied for action (\w{1,30}) on class (\w{1,120})"
# With the method and whether one object is meant, as earlier flows are remembered.
_DONE = {"find": ("GET", False), "get": ("GET", True), "create": ("POST", False), "update": ("PUT", True), "delete": ("DELETE", True)}
# Actions that a request for one of them also asks for.
_TOGETHER = {"count": {"count", "find"}, "get": {"get", "find"}, "find": {"get", "find"}}
# Columns of every server: of all classes, and of these.
_SERVERS_OWN = ("ACL", "objectId", "createdAt", "updatedAt")
_COLUMNS = {"_User": ("username", "password", "email", "emailVerified"), "_Role": ("name", "users", "roles")}


def class_unknown(ctx: RuleContext) -> Message | None:
    """Compares the class with those that earlier flows showed, where the server says that it is not there, or nothing. Other causes: where the server
    only says "Permission denied", the class's permissions."""
    name, method = class_name(ctx), ctx.method
    if not name or name.startswith("_") or not CLASS.fullmatch(name) or ("class", name) in ctx.app_memory.names:
        return None
    proven = message_matches(ctx, _NO_CLASS)
    if not proven and not message_matches(ctx, rf"{DENIED}$"):
        return None
    known = [other for other, _ in ctx.app_memory.names_of("class")]
    near = next((other for other in known if other.lower() == name.lower()), "") or resembling(name, known, 0.8)
    near = f"_{name}" if name in SYSTEM else near
    fix = f"Create {ctx.quote(name)} in the dashboard or with the master key (`POST /schemas/{ctx.quote(name)[1:-1]}`)."
    fix = f"Send {ctx.quote(near)} as the class." if near else fix
    hint = f"; did you mean {ctx.quote(near)}?" if near else "."
    if proven and method == "GET" and not ctx.params and "json" in ctx.headers.get("content-type"):
        # As of `curl -D` instead of `-d`: a create that lost its body, and with it its method.
        says = f"There is no class {ctx.quote(name)}, and a GET makes none{hint}"
        create = f"To create an object send it with POST to `{place(ctx).mount}/classes/{name}` (curl: `-d '{{...}}'`, not `-D`)."
        read = fix if near else f"To read objects, compare {ctx.quote(name)} with the classes in the dashboard (case counts)."
        curl = ctx.headers.get("user-agent").startswith("curl") and not near
        says += " The request says that it has JSON, and has no body." if curl else ""
        fix = f"{create} {read}" if curl else f"{read} {create}"
        return fault_of(says, f"GET, content-type: {ctx.headers.get('content-type')[:80]}", fix)
    if proven:
        says = f"There is no class {ctx.quote(name)}, and clients may not create one here (`allowClientClassCreation` is off){hint}"
        return fault_of(says, name, fix)
    if near:
        return fault_of(f"there is no class {ctx.quote(name)}{hint}", f"{name} / {near}", fix, certain=False)
    action = target(ctx).action
    if not action or not known:
        return None
    hidden = ", or a field that is asked for is hidden" if any(True for _ in keys_in_query(ctx)) else ""
    who, log_in = ("this caller", "") if session(ctx) else ("callers without a session", f"{lost_token(ctx)[1]} ")
    says = f"there is no class {ctx.quote(name)} and clients may not create one here, or its permissions deny `{action}` to {who}{hidden}: no "
    says += f"earlier flow used it, unlike {ctx.quote(known[0])}."
    fix = f"{log_in}Look in the dashboard whether the class is there (case counts), and what its permissions say of `{action}`."
    return refused(says, name, fix)


def new_field(ctx: RuleContext) -> Message | None:
    """Compares the fields sent with those of the class that earlier flows showed. Other causes: none where the server names `addField`; else another
    permission."""
    if not is_write(ctx) or has_all_rights(ctx):
        return None
    name, told = class_name(ctx), re.match(_NO_ACTION, ctx.message)
    stored = [field for (of, field), _ in ctx.app_memory.fields.newest() if of == name]
    new = [key for key in payload(ctx) if key not in stored and key not in _SERVERS_OWN and key not in _COLUMNS.get(name, ())]
    if (told and (told[1], told[2]) != ("addField", name)) or not (new or (told and payload(ctx))):
        return None
    if not new:
        says = f"the request sends no new field: each of {', '.join(ctx.quote(key) for key in list(payload(ctx))[:6])} was stored before, or is a "
        says += f"column of every server. So cloud code (`beforeSave` of {ctx.quote(name)}) sets a field that has no column yet."
        fix = f"Look in `beforeSave` of {ctx.quote(name)} for the fields that it sets, and add their columns in the dashboard once, or allow "
        return Message(says, ctx.message[:80], False, f"{fix}`addField` in the permissions of the class.", "after-fix", "config")
    shown = ", ".join(ctx.quote(key) for key in new[:4])
    fix = f"Compare the spelling with the columns of {ctx.quote(name)}; add a new one in the dashboard, or allow `addField` in its permissions."
    if told:
        what = f"one of these is new: {shown}" if len(new) > 1 else f"{shown} is new"
        return refused(f"The class {ctx.quote(name)} takes no new fields from this caller (`addField`), and {what}.", shown, fix, True)
    if message_matches(ctx, rf"{DENIED}$") and stored and ctx.app_memory.names.get((operation_kind(ctx.method, one=bool(target(ctx).ident)), name)):
        says = f"the class {ctx.quote(name)} takes no new fields from this caller (`addField`): no earlier flow had {shown}."
        return refused(says, f"seen: {stored[:5]}", fix)
    return None


def class_permission(ctx: RuleContext) -> Message | None:
    """Reads the class-level permission that the server names or earlier flows showed, and what the caller is. Other causes: none where the server
    names action and class."""
    asked, told = target(ctx), re.match(_NO_ACTION, ctx.message)
    action, name = (told[1], told[2]) if told else (asked.action, asked.name)
    if not name or not action or action == "addField" or has_all_rights(ctx) or not (asked.name or is_graphql(ctx)):
        return None
    # A pointer that is included, or cloud code, may ask for something else than the request itself.
    proven = bool(told) and (is_graphql(ctx) or (name == asked.name and {action, asked.action} <= _TOGETHER.get(action, {action})))
    who = "this caller" if session(ctx) else "callers without a session"
    permissions, shown = ctx.app_memory.permissions.get(name[:LONGEST_KEY]) or ({}, None)
    allowed = permissions.get(action)
    says = f"{'T' if proven else 't'}he class-level permissions of {ctx.quote(name)} deny `{action}`"
    # Pointer permissions let users in beside those of the list.
    if allowed == {} and shown and not any(value and key.endswith("UserFields") for key, value in permissions.items()):
        says = f"{says} to everybody but the master key ({ctx.flow_name(shown.flow)})."
        fix = f"Use the master key in cloud code (`{{ useMasterKey: true }}`) or on a server of yours, or allow `{action}` in the dashboard "
        return refused(says, f"{action} {name}", f"{fix}(Security of {ctx.quote(name)}).", certain=proven)
    says = f"{says} to {who}"
    fix = f"Allow `{action}` in the dashboard (Security of {ctx.quote(name)}) to all, to signed-in users (`requiresAuthentication`), or to a role."
    lost, send = lost_token(ctx) if not session(ctx) else ("", "")
    first = send if lost else ""
    owners = [ctx.quote(key) for key, value in payload(ctx).items() if isinstance(value, dict) and value.get("className") == "_User"]
    if owners and action == "create":
        says += f"; pointer permissions ({', '.join(owners[:3])}) never cover `create`"
        fix += " Check the owner in `beforeSave`."
    elif action == "count":
        says += "; `count` has a permission of its own beside `find`"
    elif name == "_User" and action in ("get", "update", "delete"):
        says += "; the user's own ACL does not override them"
    else:
        first = send
    fix = f"{first} If it is denied still: {fix[:1].lower()}{fix[1:]}" if first else fix
    if isinstance(allowed, dict) and shown and not allowed.get("*"):
        says = f"{says}: it is for {listed(ctx, allowed) or 'nobody'} ({ctx.flow_name(shown.flow)})."
        return refused(says, f"{action} {name}", join_role(ctx, allowed, fix), certain=proven)
    # Before mid-2016 the server named neither.
    if told or message_matches(ctx, rf"{DENIED} for this action"):
        return refused(f"{says}.{lost}{'' if session(ctx) else basic_for_login(ctx)}", f"{action} {name}", fix, certain=proven)
    done = {key: seen for key, kind in _DONE.items() if (seen := ctx.app_memory.names.get((operation_kind(*kind), name)))}
    if not message_matches(ctx, rf"{DENIED}$") or not done or action in done:
        return None
    worked = ", ".join(f"`{key}` ({ctx.flow_name(seen.flow)})" for key, seen in done.items())
    return refused(f"{says}: {worked} worked, but never `{action}`.", f"{action} {name}", fix)


def login_required(ctx: RuleContext) -> Message | None:
    """Looks for a session, where the class is for signed-in users. Other causes: none with the long words; the bare denial is likely this."""
    if session(ctx) or has_all_rights(ctx) or not target(ctx).name or not message_matches(ctx, rf"{DENIED}(, user needs to be authenticated\.)?$"):
        return None
    says = f"The class {ctx.quote(target(ctx).name)} is for signed-in users (`requiresAuthentication`), and the request carries no session token."
    return no_token(ctx, says, not message_matches(ctx, rf"{DENIED}$"))


def schema_class(ctx: RuleContext) -> Message | None:
    """Looks at the class that a schema request names. Other causes: none, the message says that it is not there."""
    if not place(ctx).route.startswith("/schemas") and not is_graphql(ctx):
        return None
    if (found := re.match(r"Class (\S{1,200}) does not exist", ctx.message)) and found[1] in f"{ctx.path} {outer(ctx)}"[:LONGEST_QUERY]:
        near = resembling(found[1], (other for other, _ in ctx.app_memory.names_of("class") if other != found[1]))
        fix = f"Check the spelling; case counts. {'`createClass`' if is_graphql(ctx) else 'POST'} creates a class."
        fix = f"Write {ctx.quote(near)}, which was seen here." if near else fix
        return fault_of(f"The class {ctx.quote(found[1])} does not exist.", found[1], fix)
    return None


RULES: tuple[Rule, ...] = (
    Rule("class-unknown", class_unknown, entries=("OperationForbidden",)),
    Rule("new-field", new_field, entries=("OperationForbidden",)),
    Rule("class-permission", class_permission, entries=("OperationForbidden",)),
    Rule("login-required", login_required, entries=("ObjectNotFound",)),
    Rule("schema-class", schema_class, entries=("InvalidClassName",)),
)
