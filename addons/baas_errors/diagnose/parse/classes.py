"""Why a class is refused: its name, its permissions, its fields."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...history.app_facts import deed
from ...history.store import LONGEST_KEY, Seen
from ..checks import near_name
from ..context import Case, Rule, Say
from .request import (
    DENIED,
    GETS,
    OBJECTS,
    class_name,
    is_find,
    is_write,
    keys_in_query,
    master_key,
    object_id,
    payload,
    place,
    said,
    session,
)

CLASS = re.compile(r"_?[A-Za-z][A-Za-z0-9_]*|_Join:[A-Za-z0-9_]+:[A-Za-z0-9_]+")
_MASTER_CLASSES = frozenset(
    {"_JobStatus", "_PushStatus", "_Hooks", "_GlobalConfig", "_GraphQLConfig", "_JobSchedule", "_Audience", "_Idempotency", "_SCHEMA"}
)
_NO_CLASS = r"This user is not allowed to access non-existent class"
_NO_ACTION = r"Permission denied for action (\w{1,30}) on class"
_ACTIONS = {("GET", False): "find", ("GET", True): "get", ("POST", False): "create", ("PUT", True): "update", ("DELETE", True): "delete"}


def class_name_invalid(case: Case) -> Say | None:
    """A class whose name cannot be one."""
    name = class_name(case)
    if (
        not name
        or CLASS.fullmatch(name)
        or place(case).route not in OBJECTS
        or not said(case, rf"{DENIED}$", _NO_CLASS, r"schema class name", r"[Ii]nvalid class ?[Nn]ame", r"Class ")
    ):
        return None
    if name[0].isdigit():
        why = "it begins with a digit"
    else:
        wrong = "".join(sorted(set(re.sub(r"[A-Za-z0-9_]", "", name))))
        why = f"it has {case.quote(wrong)} in it" if wrong else "it begins with _, as only the server's own do"
    return Say(f"{case.quote(name)} can be no class: {why}. Class names begin with a letter and hold letters, digits and _ only.", name, certain=True)


def system_class(case: Case) -> Say | None:
    """A class that is for the master key."""
    name = class_name(case)
    if not name or master_key(case) or not said(case, rf"{DENIED}$", r"Clients aren't allowed"):
        return None
    closed = name in _MASTER_CLASSES or name.startswith("_Join:")
    if not closed and not (name == "_Installation" and (is_find(case) or case.method == "DELETE")):
        return None
    what = "listed or deleted" if name == "_Installation" else "touched"
    return Say(f"Objects of `{name}` can be {what} with the master key only, whatever the class-level permissions say.", name, certain=True)


def class_unknown(case: Case) -> Say | None:
    """A class that is not there, where clients may not make any."""
    name = class_name(case)
    if not name or name.startswith("_") or not CLASS.fullmatch(name) or ("class", name) in case.memory.names:
        return None
    proven = said(case, _NO_CLASS)
    if not proven and not said(case, rf"{DENIED}$"):
        return None
    known = case.memory.names_of("class")
    near = near_name(case, name, known, "class")
    if proven:
        hint = f" Did you mean {case.quote(near.evidence.rpartition(' / ')[2])}?" if near else ""
        return Say(
            f"There is no class {case.quote(name)}, and clients may not make one here (`allowClientClassCreation`).{hint} Case counts.",
            name,
            certain=True,
        )
    if near:
        return near
    action = _ACTIONS.get((case.method, place(case).route in GETS))
    if not known or action is None or place(case).route not in OBJECTS:
        return None
    hidden = ", or a field that is asked for is hidden" if any(True for _ in keys_in_query(case)) else ""
    return Say(
        f"there is no class {case.quote(name)} and clients may not make one here, or its permissions deny `{action}` to this caller{hidden}: it was "
        f"never seen to work, unlike {case.quote(known[0][0])}.",
        name,
    )


def new_field(case: Case) -> Say | None:
    """Fields that the class has not yet, where clients may not add any."""
    if not is_write(case) or master_key(case):
        return None
    name = class_name(case)
    stored = [field for (of, field), _ in case.memory.fields.newest() if of == name]
    new = [key for key in payload(case) if key not in stored and key not in ("ACL", "objectId", "createdAt", "updatedAt")]
    if not new:
        return None
    shown = ", ".join(case.quote(key) for key in new[:4])
    found = re.match(_NO_ACTION, case.message)
    if found:
        if found[1] != "addField":
            return None
        what = f"one of them is new: {shown}" if len(new) > 1 else f"{shown} is new"
        return Say(f"The class {case.quote(name)} takes no new fields from clients (`addField`), and {what}.", shown, certain=True)
    if said(case, rf"{DENIED}$") and stored and case.memory.names.get((deed(case.method, one=bool(object_id(case))), name)):
        says = f"the class {case.quote(name)} takes no new fields from clients (`addField`): others were stored, but never {shown}."
        return Say(says, f"stored: {stored[:5]}")
    return None


def class_permission(case: Case) -> Say | None:
    """The class's permissions deny this operation to this caller."""
    name, found = class_name(case), place(case).route
    action = _ACTIONS.get((case.method, found in GETS))
    if not name or found not in OBJECTS or action is None or master_key(case):
        return None
    who = "this caller" if session(case) else "callers without a session"
    told = re.match(_NO_ACTION, case.message)
    if told:
        if told[1] == "addField":
            return None
        return Say(f"The class-level permissions of {case.quote(name)} deny `{told[1]}` to {who}.", f"{told[1]} {name}", certain=True)
    seen = case.memory.names.get(("class", name[:LONGEST_KEY]))
    same = case.memory.names.get((deed(case.method, one=found in GETS), name[:LONGEST_KEY]))
    if not said(case, rf"{DENIED}$") or not seen or same:
        return None
    return Say(
        f"the class-level permissions of {case.quote(name)} deny `{action}` to {who}: the class answered {seen.how} ({case.flow_name(seen.flow)}), "
        f"but never `{action}`.",
        f"{action} {name}",
    )


def login_required(case: Case) -> Say | None:
    """The class wants a signed-in user."""
    if session(case) or master_key(case) or place(case).route not in OBJECTS or not said(case, rf"{DENIED}(, user needs to be authenticated\.)?$"):
        return None
    return Say(
        f"The class {case.quote(class_name(case))} is for signed-in users (`requiresAuthentication`), and the request carries no session token: "
        "log in, and send X-Parse-Session-Token.",
        "no session token",
        certain=True,
    )


def duplicate_role(case: Case) -> Iterator[Say]:
    """A role's name is taken."""
    name = payload(case).get("name")
    if place(case).route != "/roles" or not isinstance(name, str) or not name:
        return
    seen: Seen | None = case.memory.taken.get(("/roles#name", name[:LONGEST_KEY]))
    when = f": {case.flow_name(seen.flow)} made it {case.ago(seen.when)}" if seen else ""
    yield Say(f"There is a role {case.quote(name)} already{when}.", "name", certain=True)


RULES: tuple[Rule, ...] = (
    Rule("class-name", class_name_invalid, entries=("InvalidClassName", "InvalidJSON", "OperationForbidden")),
    Rule("system-class", system_class, entries=("OperationForbidden",)),
    Rule("class-unknown", class_unknown, entries=("OperationForbidden",)),
    Rule("new-field", new_field, entries=("OperationForbidden",)),
    Rule("class-permission", class_permission, entries=("OperationForbidden",)),
    Rule("login-required", login_required, entries=("ObjectNotFound",)),
    Rule("role-taken", duplicate_role, entries=("DuplicateValue",)),
)
