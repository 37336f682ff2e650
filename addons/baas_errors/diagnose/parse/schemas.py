"""Why schemas are refused. Source: parse-server 9.10.0, SchemasRouter.js, SchemaController.js."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...catalog.load import rule_tables
from ...exchange.json_reader import type_name
from ..checks import resembling, write_instead
from ..context import Message, Rule, RuleContext, fault_of
from .classes import CLASS
from .field_values import TYPES_ELSEWHERE
from .fields import FIELD, KEPT, NAMES, rename
from .request import LONGEST_QUERY, RESERVED, is_graphql, message_matches, outer, payload, place, quoted

_TYPES = ("Number", "String", "Boolean", "Date", "Object", "Array", "GeoPoint", "File", "Bytes", "Polygon", "Pointer", "Relation", "ACL")
_PERMISSIONS = ("find", "count", "get", "create", "update", "delete", "addField", "readUserFields", "writeUserFields", "protectedFields", "ACL")
_COLUMN_ENTRIES = ("InvalidFieldName", "InvalidJSON", "ChangedImmutableFieldError", "IncorrectType", "MissingRequiredFieldError", "InvalidClassName")


def schema_class(ctx: RuleContext) -> Message | None:
    """Looks at the class that a schema request names: not there, or not a valid name. Other causes: none, the message says which."""
    route, inside, path = place(ctx).route, payload(ctx).get("className"), place(ctx).values.get("class", "")
    name = path or (inside if isinstance(inside, str) else "")
    if not route.startswith("/schemas") and not is_graphql(ctx):
        return None
    if (found := re.match(r"Class (\S{1,200}) does not exist", ctx.message)) and found[1] in f"{ctx.path} {outer(ctx)}"[:LONGEST_QUERY]:
        near = resembling(found[1], (other for other, _ in ctx.app_memory.names_of("class") if other != found[1]))
        fix = f"Check the spelling; case counts. {'`createClass`' if is_graphql(ctx) else 'POST'} creates a class."
        fix = f"Write {ctx.quote(near)}, which was seen here." if near else fix
        return fault_of(f"The class {ctx.quote(found[1])} does not exist.", found[1], fix)
    if message_matches(ctx, r"Invalid classname") and name and (name[:1] == "_" or not CLASS.fullmatch(name)):
        why = "names that start with `_` are internal to the server" if name[:1] == "_" else NAMES.replace("field", "class")
        return fault_of(f"{ctx.quote(name)} is not a valid class name: {why}.", name, rename(ctx, name))
    return None


def schema_field(ctx: RuleContext) -> Iterator[Message]:
    """Looks at the columns of a schema request: their names, types, target classes and defaults. Other causes: none."""
    if not place(ctx).route.startswith("/schemas"):
        return
    fields = payload(ctx).get("fields")
    for name, column in list(fields.items())[:200] if isinstance(fields, dict) else ():
        kind, target = (column.get("type"), column.get("targetClass")) if isinstance(column, dict) else (None, None)
        shown, points = ctx.quote(name), kind in ("Pointer", "Relation")
        example = f'Send `"targetClass": "Post"` beside `"type": "{kind}"`.'
        if not isinstance(column, dict) and ctx.name in ("InvalidJSON", "IncorrectType"):
            yield fault_of(f"{shown} is {type_name(column)}; a column takes an object.", name, 'Send an object, for example `{"type": "String"}`.')
        elif ctx.name == "InvalidJSON" and isinstance(column, dict) and message_matches(ctx, r"invalid JSON"):
            key = "targetClass" if points else "type"
            if key in column and not isinstance(column[key], str):
                says = f"`{key}` of {shown} is {type_name(column[key])}; it takes a string."
                yield fault_of(says, name, f'Send `"{key}": "{"Post" if points else "String"}"`.')
        elif ctx.name == "InvalidFieldName" and name in RESERVED:
            yield fault_of(f"{shown} is a reserved name, which no field can have.", name, f"Rename {shown}.")
        elif ctx.name == "InvalidFieldName" and not FIELD.fullmatch(name):
            yield fault_of(f"{shown} is not a valid field name: {NAMES}.", name, rename(ctx, name))
        elif ctx.name == "ChangedImmutableFieldError" and (name in (*KEPT, "ACL") or ctx.message.startswith(f"field {name} cannot be")):
            yield fault_of(f"{shown} is a built-in column of this class; it cannot be changed.", name, f"Remove {shown} from `fields`.")
        elif ctx.name == "IncorrectType" and message_matches(ctx, r"invalid field type") and kind not in _TYPES:
            fix = write_instead(ctx, str(kind), _TYPES, TYPES_ELSEWHERE, f"Use one of {quoted(_TYPES, 13)}.")
            yield fault_of(f"{shown} has the type {ctx.quote(kind)}, which is not a Parse type.", f"{name}: {kind}", fix)
        elif points and ctx.name == "MissingRequiredFieldError" and not target:
            yield fault_of(f"{shown} is a {kind} without `targetClass`.", name, example)
        elif points and ctx.name == "InvalidClassName" and isinstance(target, str) and not CLASS.fullmatch(target):
            yield fault_of(f"{shown} points to {ctx.quote(target)}, which is not a valid class name.", f"{name}: {target}", example)


def schema_operation(ctx: RuleContext) -> Message | None:
    """Compares the operations of class-level permissions with those that the server knows. Other causes: none, the message names the operation."""
    found = re.match(r"(\S{1,80}) is not a valid operation for class level permissions", ctx.message)
    permissions = payload(ctx).get("classLevelPermissions")
    if not found or not place(ctx).route.startswith("/schemas") or not isinstance(permissions, dict) or found[1] not in permissions:
        return None
    fix = write_instead(ctx, found[1], _PERMISSIONS, rule_tables("parse")["other_permissions"], f"Use one of {quoted(_PERMISSIONS[:7], 7)}.")
    return fault_of(f"{ctx.quote(found[1])} is not an operation of class-level permissions.", found[1], fix)


RULES: tuple[Rule, ...] = (
    Rule("schema-class", schema_class, entries=("InvalidClassName",)),
    Rule("schema-field", schema_field, entries=_COLUMN_ENTRIES),
    Rule("schema-operation", schema_operation, entries=("InvalidJSON",)),
)
