"""Why a class is refused: its name, its permissions, its fields."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...history.app_facts import operation_kind
from ...history.store import LONGEST_KEY, Sighting
from ..checks import near_name
from ..context import Message, Rule, RuleContext
from .request import (
    DENIED,
    GETS,
    OBJECTS,
    class_name,
    is_find,
    is_write,
    keys_in_query,
    master_key,
    message_matches,
    object_id,
    payload,
    place,
    session,
)

CLASS = re.compile(r"_?[A-Za-z][A-Za-z0-9_]*|_Join:[A-Za-z0-9_]+:[A-Za-z0-9_]+")
_MASTER_CLASSES = frozenset(
    {"_JobStatus", "_PushStatus", "_Hooks", "_GlobalConfig", "_GraphQLConfig", "_JobSchedule", "_Audience", "_Idempotency", "_SCHEMA"}
)
_NO_CLASS = r"This user is not allowed to access non-existent class"
_NO_ACTION = r"Permission denied for action (\w{1,30}) on class"
_ACTIONS = {("GET", False): "find", ("GET", True): "get", ("POST", False): "create", ("PUT", True): "update", ("DELETE", True): "delete"}


def class_name_invalid(ctx: RuleContext) -> Message | None:
    """A class whose name cannot be one."""
    name = class_name(ctx)
    if (
        not name
        or CLASS.fullmatch(name)
        or place(ctx).route not in OBJECTS
        or not message_matches(ctx, rf"{DENIED}$", _NO_CLASS, r"schema class name", r"[Ii]nvalid class ?[Nn]ame", r"Class ")
    ):
        return None
    if name[0].isdigit():
        why = "it begins with a digit"
    else:
        wrong = "".join(sorted(set(re.sub(r"[A-Za-z0-9_]", "", name))))
        why = f"it has {ctx.quote(wrong)} in it" if wrong else "it begins with _, as only the server's own do"
    return Message(
        f"{ctx.quote(name)} can be no class: {why}. Class names begin with a letter and hold letters, digits and _ only.", name, certain=True
    )


def system_class(ctx: RuleContext) -> Message | None:
    """A class that is for the master key."""
    name = class_name(ctx)
    if not name or master_key(ctx) or not message_matches(ctx, rf"{DENIED}$", r"Clients aren't allowed"):
        return None
    closed = name in _MASTER_CLASSES or name.startswith("_Join:")
    if not closed and not (name == "_Installation" and (is_find(ctx) or ctx.method == "DELETE")):
        return None
    what = "listed or deleted" if name == "_Installation" else "touched"
    return Message(f"Objects of `{name}` can be {what} with the master key only, whatever the class-level permissions say.", name, certain=True)


def class_unknown(ctx: RuleContext) -> Message | None:
    """A class that is not there, where clients may not make any."""
    name = class_name(ctx)
    if not name or name.startswith("_") or not CLASS.fullmatch(name) or ("class", name) in ctx.app_memory.names:
        return None
    proven = message_matches(ctx, _NO_CLASS)
    if not proven and not message_matches(ctx, rf"{DENIED}$"):
        return None
    known = ctx.app_memory.names_of("class")
    near = near_name(ctx, name, known, "class")
    if proven:
        hint = f" Did you mean {ctx.quote(near.evidence.rpartition(' / ')[2])}?" if near else ""
        return Message(
            f"There is no class {ctx.quote(name)}, and clients may not make one here (`allowClientClassCreation`).{hint} Case counts.",
            name,
            certain=True,
        )
    if near:
        return near
    action = _ACTIONS.get((ctx.method, place(ctx).route in GETS))
    if not known or action is None or place(ctx).route not in OBJECTS:
        return None
    hidden = ", or a field that is asked for is hidden" if any(True for _ in keys_in_query(ctx)) else ""
    return Message(
        f"there is no class {ctx.quote(name)} and clients may not make one here, or its permissions deny `{action}` to this caller{hidden}: it was "
        f"never seen to work, unlike {ctx.quote(known[0][0])}.",
        name,
    )


def new_field(ctx: RuleContext) -> Message | None:
    """Fields that the class has not yet, where clients may not add any."""
    if not is_write(ctx) or master_key(ctx):
        return None
    name = class_name(ctx)
    stored = [field for (of, field), _ in ctx.app_memory.fields.newest() if of == name]
    new = [key for key in payload(ctx) if key not in stored and key not in ("ACL", "objectId", "createdAt", "updatedAt")]
    if not new:
        return None
    shown = ", ".join(ctx.quote(key) for key in new[:4])
    found = re.match(_NO_ACTION, ctx.message)
    if found:
        if found[1] != "addField":
            return None
        what = f"one of them is new: {shown}" if len(new) > 1 else f"{shown} is new"
        return Message(f"The class {ctx.quote(name)} takes no new fields from clients (`addField`), and {what}.", shown, certain=True)
    if message_matches(ctx, rf"{DENIED}$") and stored and ctx.app_memory.names.get((operation_kind(ctx.method, one=bool(object_id(ctx))), name)):
        says = f"the class {ctx.quote(name)} takes no new fields from clients (`addField`): others were stored, but never {shown}."
        return Message(says, f"stored: {stored[:5]}")
    return None


def class_permission(ctx: RuleContext) -> Message | None:
    """The class's permissions deny this operation to this caller."""
    name, found = class_name(ctx), place(ctx).route
    action = _ACTIONS.get((ctx.method, found in GETS))
    if not name or found not in OBJECTS or action is None or master_key(ctx):
        return None
    who = "this caller" if session(ctx) else "callers without a session"
    told = re.match(_NO_ACTION, ctx.message)
    if told:
        if told[1] == "addField":
            return None
        return Message(f"The class-level permissions of {ctx.quote(name)} deny `{told[1]}` to {who}.", f"{told[1]} {name}", certain=True)
    seen = ctx.app_memory.names.get(("class", name[:LONGEST_KEY]))
    same = ctx.app_memory.names.get((operation_kind(ctx.method, one=found in GETS), name[:LONGEST_KEY]))
    if not message_matches(ctx, rf"{DENIED}$") or not seen or same:
        return None
    return Message(
        f"the class-level permissions of {ctx.quote(name)} deny `{action}` to {who}: the class answered {seen.how} ({ctx.flow_name(seen.flow)}), "
        f"but never `{action}`.",
        f"{action} {name}",
    )


def login_required(ctx: RuleContext) -> Message | None:
    """The class wants a signed-in user."""
    if (
        session(ctx)
        or master_key(ctx)
        or place(ctx).route not in OBJECTS
        or not message_matches(ctx, rf"{DENIED}(, user needs to be authenticated\.)?$")
    ):
        return None
    return Message(
        f"The class {ctx.quote(class_name(ctx))} is for signed-in users (`requiresAuthentication`), and the request carries no session token: "
        "log in, and send X-Parse-Session-Token.",
        "no session token",
        certain=True,
    )


def duplicate_role(ctx: RuleContext) -> Iterator[Message]:
    """A role's name is taken."""
    name = payload(ctx).get("name")
    if place(ctx).route != "/roles" or not isinstance(name, str) or not name:
        return
    seen: Sighting | None = ctx.app_memory.taken.get(("/roles#name", name[:LONGEST_KEY]))
    when = f": {ctx.flow_name(seen.flow)} made it {ctx.ago(seen.when)}" if seen else ""
    yield Message(f"There is a role {ctx.quote(name)} already{when}.", "name", certain=True)


RULES: tuple[Rule, ...] = (
    Rule("class-name", class_name_invalid, entries=("InvalidClassName", "InvalidJSON", "OperationForbidden")),
    Rule("system-class", system_class, entries=("OperationForbidden",)),
    Rule("class-unknown", class_unknown, entries=("OperationForbidden",)),
    Rule("new-field", new_field, entries=("OperationForbidden",)),
    Rule("class-permission", class_permission, entries=("OperationForbidden",)),
    Rule("login-required", login_required, entries=("ObjectNotFound",)),
    Rule("role-taken", duplicate_role, entries=("DuplicateValue",)),
)
