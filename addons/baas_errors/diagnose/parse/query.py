"""Why Parse Server refuses a query: its JSON, its parameters, its fields, its size.

Source: parse-server 9.10.0, ClassesRouter.js, DatabaseController.js, the storage adapters, RestQuery.js, rest.js.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ...catalog.load import rule_tables
from ...exchange.json_reader import type_name
from ...history.app_facts import operation_kind
from ..checks import members, unknown_operator, write_instead
from ..context import Message, Rule, RuleContext, fault_of
from ..json_faults import json_text_fault
from .fields import NAMES
from .request import DENIED, RESERVED, class_name, conditions, is_find, is_get, keys_in_query, master_key, message_matches, parameters, place, where

GET = frozenset({"keys", "include", "excludeKeys", "readPreference", "includeReadPreference", "subqueryReadPreference"})
FIND = GET | {"skip", "limit", "order", "count", "includeAll", "redirectClassNameForKey", "where", "hint", "explain", "comment"}
_OTHER_NAMES: Mapping[str, str] = rule_tables("parse")["other_parameters"]
OPERATORS: Collection[str] = rule_tables("parse")["operators"]["all"]
# What clients call the columns of the database.
_PUBLIC = {"_created_at": "createdAt", "_updated_at": "updatedAt", "_id": "objectId"}
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")


def where_json(ctx: RuleContext) -> Message | None:
    """Reads `where` as JSON; it must be an object. Other causes: none, no version accepts such a `where`."""
    value = where(ctx)
    text = value if ctx.in_batch else ctx.params.get("where", value)
    if isinstance(text, str) and is_find(ctx) and (fault := json_text_fault(ctx, "`where`", text)):
        return fault
    if value is None or isinstance(value, dict):
        return None
    return fault_of(f"`where` must be a JSON object; it is {type_name(value)}.", "where", 'Send an object: `where={"field": value}`.')


def parameter_unknown(ctx: RuleContext) -> Iterator[Message]:
    """Compares the parameters of a query with those that the server takes; it refuses all others. Other causes: none."""
    known = FIND if is_find(ctx) else GET if is_get(ctx) else None
    # Where `where` is not JSON, it was split at `&`, and what follows is its rest.
    if known is None or place(ctx).route.startswith("/aggregate") or isinstance(where(ctx), str):
        return
    # In `where[a]` the server's parser takes the name before the bracket.
    unknown = [name for name in list(parameters(ctx))[:50] if name.partition("[")[0] not in known]
    for name in sorted(unknown, key=lambda name: not ctx.message.endswith(f" {name}")):
        head = re.split(r"=|%3D", name, maxsplit=1, flags=re.I)[0]
        says, fix = f"{ctx.quote(name)} is not a parameter of a query.", f"Remove {ctx.quote(name)}."
        if head != name and head in known:
            says = f"The `=` after `{head}` is percent-encoded, so the server takes the whole text for the name of a parameter."
            fix = f"Encode the value only: `{head}=` followed by the percent-encoded value."
        elif is_get(ctx) and name in FIND:
            says = f"{ctx.quote(name)} is not a parameter of a request for one object by its id."
            fix = f"Remove {ctx.quote(name)}, or query the class without an id in the path."
        else:
            if is_find(ctx) and _FIELD.fullmatch(name):
                fix = f"Remove {ctx.quote(name)}. To search by a field of that name, put it into `where`: `where={{{json.dumps(name[:40])}: value}}`."
            fix = write_instead(ctx, name, known, _OTHER_NAMES, fix)
        yield fault_of(says, name, fix)


def logical_operand(ctx: RuleContext) -> Iterator[Message]:
    """Looks at the values of `$or`, `$and` and `$nor`, which must be lists of conditions. Other causes: none."""
    for key, value, _ in conditions(where(ctx)):
        empty = key == "$nor" and value == []
        if key in ("$or", "$and", "$nor") and (empty or (value and not isinstance(value, list))):
            takes = f"an array of {'at least one condition' if key == '$nor' else 'conditions'}"
            says = f"`{key}` takes {takes}; it was given {'an empty one' if empty else type_name(value)}."
            yield fault_of(says, key, f'Send `"{key}": [{{"field": value}}, ...]`.')


def operator_unknown(ctx: RuleContext) -> Iterator[Message]:
    """Compares the `$` operators in `where` with those that Parse has. Other causes: with 500, and where the message names another operator."""
    if ctx.name == "OperationForbidden" and not message_matches(ctx, r"Postgres doesn't support"):
        return
    named = set(re.findall(r"\$\w+", ctx.message[:300])) & set(OPERATORS)
    for key, value, _ in conditions(where(ctx)):
        for name in (key, *(value if isinstance(value, dict) else ())):
            if name.startswith("$") and name not in OPERATORS and not (named and name not in ctx.message):
                otherwise = f"Rewrite the condition without {ctx.quote(name)}."
                yield unknown_operator(ctx, name, OPERATORS, otherwise=otherwise, certain=ctx.name != "InternalServerError")


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


def operator_misplaced(ctx: RuleContext) -> Iterator[Message]:
    """Looks for an operator where `where` takes the name of a field. Other causes: none."""
    for key, value, _ in conditions(where(ctx)):
        if key in OPERATORS and key not in ("$or", "$and", "$nor", "$relatedTo"):
            term = value.get("$search") if isinstance(value, dict) else value
            shown = f'{{"$search": {{"$term": "{ctx.quote(term)[1:-1] if isinstance(term, str) else "..."}"}}}}' if key == "$text" else "value"
            yield fault_of(f"`{key}` is in the place of a field name.", key, f'Put `{key}` inside a field: `{{"field": {{"{key}": {shown}}}}}`.')


def paging(ctx: RuleContext) -> Iterator[Message]:
    """Reads `limit` and `skip`, which must be whole numbers of 0 or more. Other causes: none but for negative ones, which MongoDB accepts."""
    for name in ("limit", "skip") if is_find(ctx) and not place(ctx).route.startswith("/aggregate") else ():
        value = parameters(ctx).get(name)
        if value not in (None, "", False, True) and not re.fullmatch(r"\d{1,15}(\.0*)?", str(value).strip()[:40]):
            says = f"`{name}` is {ctx.quote(value)}; it takes a whole number of 0 or more."
            fix = f"Send a whole number, for example `{name}={100 if name == 'limit' else 0}`."
            yield fault_of(says, f"{name}={value}"[:100], fix, certain=str(value)[:1] != "-" or "negative" in ctx.message)


def include_denied(ctx: RuleContext) -> Message | None:
    """Looks at `include` where the server refuses a class that is not the one in the path. Other causes: a trigger that queries the class."""
    found = re.match(r"Clients aren't allowed to perform the \w{1,20} operation on the (\w{1,80}) collection", ctx.message)
    include = parameters(ctx).get("include") if is_find(ctx) or is_get(ctx) else None
    if found is None or found[1] == class_name(ctx) or not isinstance(include, str) or not include:
        return None
    says = f"`include` ({ctx.quote(include)}) follows a pointer to the class `{found[1]}`, which only the master key can read."
    return Message(says, f"include: {include}"[:100], False, f"Remove the pointer to `{found[1]}` from `include`.", "after-fix", "permission")


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


RULES: tuple[Rule, ...] = (
    Rule("where-json", where_json, entries=("InvalidJSON", "InternalServerError", "InvalidQuery", "InvalidFieldName")),
    Rule("parameter-unknown", parameter_unknown, entries=("InvalidQuery",)),
    Rule("logical-operand", logical_operand, entries=("InvalidQuery", "InternalServerError")),
    Rule("operator-unknown", operator_unknown, ("InvalidQuery", "InvalidJSON", "OperationForbidden", "InternalServerError", "InvalidFieldName")),
    Rule("operator-misplaced", operator_misplaced, entries=("InvalidFieldName",)),
    Rule("query-key", key_invalid, entries=("InvalidFieldName",)),
    Rule("query-paging", paging, entries=("InternalServerError", "InvalidQuery", "InvalidLimitError", "InvalidSkipError")),
    Rule("query-include", include_denied, entries=("OperationForbidden",)),
    Rule("query-protected", hidden_field, entries=("OperationForbidden",)),
)
