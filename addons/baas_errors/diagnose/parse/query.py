"""Why Parse Server refuses a query: its fields, its patterns, what it compares.

Source: parse-server 9.10.0, ClassesRouter.js, DatabaseController.js, the storage adapters, RestQuery.js, rest.js.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...exchange.json_pointer import find, members
from ...exchange.json_reader import json_type, type_name
from ...history.app_facts import operation_kind
from ..context import Message, Rule, RuleContext, fault_of
from .fields import NAMES
from .request import DENIED, RESERVED, class_name, conditions, keys_in_query, master_key, message_matches, outer, parameters, place, where

# What clients call the columns of the database.
_PUBLIC = {"_created_at": "createdAt", "_updated_at": "updatedAt", "_id": "objectId"}
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")
_COMPARED = ("$lt", "$lte", "$gt", "$gte", "$ne", "$eq")
# JSON types that compare by value.
_SCALARS = ("string", "number", "boolean")


def key_invalid(ctx: RuleContext) -> Iterator[Message]:
    """Looks for names in `where` and `order` that cannot be fields, or that are internal to the server. Other causes: none."""
    said = re.match(r"Invalid (?:key|field) name:\s*(.{0,200}?)\.?$", ctx.message)
    named = [(f"`{parameter}`", key) for parameter, key in keys_in_query(ctx) if not said or said[1] == key]
    if said and not named and said[1] in (path[-1] for path, _ in members(where(ctx))):
        named = [("A subquery in `where`", said[1])]
    for part, key in named:
        shown, fix = ctx.quote(key), f"Replace {ctx.quote(key)} with the name of a field." if key else "Remove the empty name, or fill it in."
        if key[:1] == "_" and not master_key(ctx):
            public = _PUBLIC.get(key, key[3:] if key[:3] == "_p_" else "")
            fix = f"Remove {shown} from the query, or run it in cloud code with the master key."
            fix = f"Write {ctx.quote(public)} instead of {shown}." if public else fix
            says = f"{part} names {shown}: names that start with `_` are internal, and clients cannot query them."
            yield fault_of(says, f"{part}: {key}", fix)
        elif key[:1] not in ("_", "$") and (not _FIELD.fullmatch(key) or (part == "`order`" and key in RESERVED)):
            why = "a reserved name and not a field" if key in RESERVED else f"not a valid field name: {NAMES}"
            says = f"{part} names {shown}, which is {why}." if key else f"{part} has an empty field name."
            if part == "`order`":
                order, good = parameters(ctx)["order"], _order(parameters(ctx)["order"])
                fix = f"Send {ctx.quote(f'order={good}')}." if good else "Leave `order` out, or send the name of a field."
                says = "`order` is an object; it takes names of fields, `-` before each to sort downwards." if isinstance(order, dict) else says
            yield fault_of(says, f"{part}: {key}", fix)


def _order(order: Any) -> str:
    """A sort order as the server takes it, from one in another form: `title desc`, `+title`, `{"title": -1}`; empty names are left out."""
    members = [f"{key} {way}" for key, way in order.items()] if isinstance(order, dict) else str(order).split(",")
    found = [re.fullmatch(r"\s*([+-]?)\s*([A-Za-z][\w.]*)(?:[\s:]+(?i:(-1|desc\w*)|1|asc\w*))?\s*", member[:200]) for member in members[:50]]
    return ",".join(f"{'-' if member[1] == '-' or member[3] else ''}{member[2]}" for member in found if member and member[2] not in RESERVED)


def hidden_field(ctx: RuleContext) -> Message | None:
    """Looks at the fields that a refused query searches or sorts by: hidden fields cannot be used for that.

    Source: parse-server 9.10.0, RestQuery.js (denyProtectedFields). Other causes of a bare denial: class-level permissions."""
    fields, fix = list(dict.fromkeys(key for _, key in keys_in_query(ctx))), "Leave {} out of the query, or run it in cloud code with the master key."
    found = re.match(r"This user is not allowed to (?:query|sort by) (\S{1,100}) on class", ctx.message)
    if found and found[1] in (*fields, *(part for path, value in members(where(ctx)) for part in (path[-1], value) if isinstance(part, str))):
        says = f"The query uses {ctx.quote(found[1])}, which its class hides from the caller (`protectedFields`)."
        return Message(says, found[1], True, fix.replace("{}", ctx.quote(found[1])), "after-fix", "permission")
    if not message_matches(ctx, rf"{DENIED}$") or master_key(ctx) or not fields:
        return None
    seen, name = ctx.app_memory.names.get((operation_kind("GET", one=False), class_name(ctx))), ctx.quote(class_name(ctx))
    names = ", ".join(ctx.quote(field) for field in fields[:3])
    if class_name(ctx) == "_User" and "email" in fields:
        names, fields = "`email`", ["email"]
        says = "the server hides `email` of users from others by default (`protectedFields`), and what is hidden cannot be searched or sorted by."
    elif seen:
        worked = f"a query of the class without them worked in {ctx.flow_name(seen.flow)}, {ctx.ago(seen.when)}"
        says = f"the class {name} hides {names} from this caller (`protectedFields`): {worked}."
    else:
        return None
    return Message(says, f"fields: {', '.join(fields[:5])}", False, fix.replace("{}", names), "after-fix", "permission")


def regex(ctx: RuleContext) -> Iterator[Message]:
    """Looks for regular expressions in `where`, or in the query of a subscription, that no dialect accepts. Other causes: none."""
    condition = outer(ctx).get("where") if place(ctx).route == "/push" else where(ctx) or find(ctx.json, "/query/where")
    for key, value, _ in conditions(condition):
        if isinstance(value, dict) and isinstance(pattern := value.get("$regex"), str) and (why := pattern_fault(pattern)):
            says = f"The `$regex` for {ctx.quote(key)} is not a valid regular expression: {why}."
            yield fault_of(says, f"{key}: $regex", "Correct the pattern, or put a backslash before characters to match literally.")


def other_types(ctx: RuleContext) -> Iterator[Message]:
    """Compares the types of values in `where` with those that earlier flows stored. Other causes: the type may have changed."""
    for key, value, _ in conditions(where(ctx)):
        known = ctx.app_memory.fields.get((class_name(ctx), key))
        for given in [value[name] for name in _COMPARED if name in value] if isinstance(value, dict) else [value]:
            kind = json_type(given)
            if known and known[0] != kind and kind in _SCALARS and known[0] in _SCALARS:
                says = f"{ctx.quote(key)} is compared with {type_name(given)}, but {ctx.flow_name(known[1].flow)} had a {known[0]} in it."
                yield fault_of(says, f"{key}: {kind} / {known[0]}", f"Compare {ctx.quote(key)} with a {known[0]}.", certain=False)


def pattern_fault(pattern: str) -> str:
    """What is wrong with a regular expression in every dialect: brackets without their partners; "" where nothing is seen."""
    text = re.sub(r"\\.", "", pattern[:2_000], flags=re.S)
    if text.endswith("\\"):
        return "it ends with a backslash"
    text, classes = re.subn(r"\[\^?\]?[^\]]*\]", "", text)
    if "[" in text:
        return "a `[` has no `]`"
    if text.count("(") != text.count(")"):
        return "the number of `(` and `)` differs"
    return "it begins with a repetition" if re.match(r"[*+?]", text) and not classes else ""


RULES: tuple[Rule, ...] = (
    Rule("query-key", key_invalid, entries=("InvalidFieldName",)),
    Rule("query-regex", regex, entries=("InternalServerError", "InvalidQuery", "InvalidJSON")),
    Rule("query-type", other_types, entries=("InternalServerError", "InvalidQuery", "InvalidJSON")),
    Rule("query-protected", hidden_field, entries=("OperationForbidden",)),
)
