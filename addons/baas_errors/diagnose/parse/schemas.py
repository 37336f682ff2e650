"""Why schemas, indexes and pipelines are refused.

Source: parse-server 9.10.0, SchemasRouter.js, SchemaController.js, MongoStorageAdapter.js, PostgresStorageAdapter.js, AggregateRouter.js.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ...exchange.json_reader import type_name
from ..checks import resembling, write_instead
from ..context import Message, Rule, RuleContext, fault_of
from .classes import CLASS
from .field_values import TYPES_ELSEWHERE
from .fields import FIELD, KEPT, NAMES, rename
from .request import LONGEST_QUERY, RESERVED, is_graphql, message_matches, outer, parameters, payload, place, quoted

_TYPES = ("Number", "String", "Boolean", "Date", "Object", "Array", "GeoPoint", "File", "Bytes", "Polygon", "Pointer", "Relation", "ACL")
_PERMISSIONS = ("find", "count", "get", "create", "update", "delete", "addField", "readUserFields", "writeUserFields", "protectedFields", "ACL")
# What other backends call a permission.
_PERMISSIONS_ELSEWHERE = {
    "read": "find`, `get` and `count", "write": "create`, `update` and `delete", **dict.fromkeys(("list", "query", "search"), "find"),
    **dict.fromkeys(("insert", "add", "post"), "create"), **dict.fromkeys(("edit", "modify", "put", "patch"), "update"),
    **dict.fromkeys(("remove", "destroy"), "delete"), **dict.fromkeys(("view", "fetch"), "get"), "addfields": "addField",
}  # fmt: skip
_COLUMN_ENTRIES = (
    "InvalidFieldName",
    "InvalidJSON",
    "ChangedImmutableFieldError",
    "IncorrectType",
    "MissingRequiredFieldError",
    "InvalidClassName",
    "ClassNotEmpty",
)
# What the server says, what is wrong by that, and what to do; {0} and {1} are the parts of the message in brackets, as code.
_Said = tuple[tuple[str, str, str], ...]
_CLASSES: _Said = (
    (r"Class (\S{1,200}) already exists", "The class {0} already exists.", "Send PUT to its path to change it."),
    (
        r"Class (\S{1,200}) is not empty, contains (\d{1,12}) obj",
        "The class {0} still has {1} objects, so it cannot be deleted.",
        "Delete its objects first: `DELETE /purge/` and the name of the class, with the master key. That deletes all of them.",
    ),
)
_COLUMNS: _Said = (
    (
        r"Field (\w{1,80}) exists, cannot update",
        "The column {0} already exists with another type.",
        "Leave {0} out of `fields` to keep the column. Another type needs a new column, or the old one deleted first with its values "
        '(`{{"__op": "Delete"}}`); the objects of the class stay.',
    ),
    (r"Field (\w{1,80}) does not exist, cannot delete", "The column {0} does not exist, so it cannot be deleted.", "Remove {0} from `fields`."),
    (
        r"schema mismatch for [\w.]{1,200}?\.?(\w{1,80}) default value; expected (\S{1,60}) but got (\S{1,60})",
        "The `defaultValue` of {0} is of the type {2}, but the column is of the type {1}.",
        "Send a `defaultValue` of the type {1}.",
    ),
    (
        r"currently, only one GeoPoint field may exist in an object\. Adding (\w{1,80}) when (\w{1,80})",
        "A class can have one GeoPoint column; {1} is one, and `fields` adds {0}.",
        "Remove {0} from `fields`, or store it as an Array or as two Numbers.",
    ),
)
_INDEXES: _Said = (
    (
        r"Field (\w{1,80}) does not exist, cannot add",
        "An index names the column {0}, which does not exist.",
        "Correct the name, or add the column first.",
    ),
    (r"Index (\w{1,80}) does not exist", "The index {0} does not exist, so it cannot be deleted.", "Remove {0} from `indexes`."),
    (r"Index (\w{1,80}) exists", "The index {0} already exists.", "Use another name, or delete the index first."),
)
_VALUES: _Said = (
    (
        r"Field '(\w{1,80})' in protectedFields:(\S{1,80}) does not exist",
        "`protectedFields` names {0}, which is not a column of the class.",
        "Correct the name, or add the column first.",
    ),
    (r"Default field '(\w{1,80})' can not", "`protectedFields` names {0}, which cannot be hidden.", "Remove {0} from `protectedFields`."),
    (
        r"'(.{0,100}?)' is not a valid value for protectedFields\[(.{1,80}?)\]",
        "`protectedFields` gives {1} {0}; it takes an array of field names.",
        'Send an array, for example `["email"]`.',
    ),
    (
        r"'(.{0,100}?)' is not a valid column for class level pointer permissions (\w{0,40})",
        "{0} is not a column of pointers to `_User`, so pointer permissions cannot use it.",
        "Name a column of the type Pointer to `_User`, or an Array of such pointers.",
    ),
    (
        r"'(.{0,100}?)' is not a valid value for class level permissions (\w{1,40}) - must be an array",
        "{1} is {0}; it takes an array of field names.",
        'Send an array, for example `["owner"]`.',
    ),
)


def _said(ctx: RuleContext, table: _Said) -> Iterator[Message]:
    """What the server's own words tell of a name in the request."""
    sent = f"{ctx.path} {json.dumps(payload(ctx))[:LONGEST_QUERY]}"
    for pattern, says, fix in table:
        if (found := re.match(pattern, ctx.message)) and found[1] in sent:
            parts = [ctx.quote(part) for part in found.groups()]
            yield fault_of(says.format(*parts), " / ".join(found.groups()), fix.format(*parts))


def schema_class(ctx: RuleContext) -> Iterator[Message]:
    """Looks at the class that a schema request names: there already, not there, not empty, or not a valid name.

    Source: parse-server 9.10.0, Routers/SchemasRouter.js, SchemaController.js. Other causes: none, the message says which."""
    route, inside, path = place(ctx).route, payload(ctx).get("className"), place(ctx).values.get("class", "")
    if not route.startswith("/schemas") and not is_graphql(ctx):
        return
    name = path or (inside if isinstance(inside, str) else "")
    yield from _said(ctx, _CLASSES)
    if (found := re.match(r"Class (\S{1,200}) does not exist", ctx.message)) and found[1] in f"{ctx.path} {outer(ctx)}"[:LONGEST_QUERY]:
        near = resembling(found[1], (other for other, _ in ctx.app_memory.names_of("class") if other != found[1]), 0.75)
        fix = (
            f"Write {ctx.quote(near)}, which was seen here."
            if near
            else f"Check the spelling; case counts. {'`createClass`' if is_graphql(ctx) else 'POST'} creates a class."
        )
        yield fault_of(f"The class {ctx.quote(found[1])} does not exist{f'; did you mean {ctx.quote(near)}?' if near else '.'}", found[1], fix)
    elif message_matches(ctx, r"Class name mismatch"):
        says = f"The path names the class {ctx.quote(path)}, but `className` in the body is {ctx.quote(inside)}."
        yield fault_of(says, f"{path} / {inside}", f"Send `className` {ctx.quote(path)}, or leave it out.")
    elif message_matches(ctx, r"POST .{0,200} needs a class name") and not name:
        yield fault_of("The request does not name a class.", "no className", "Put the name into the path, or into `className` of the body.")
    elif message_matches(ctx, r"Invalid classname") and name and (name[:1] == "_" or not CLASS.fullmatch(name)):
        why = "names that start with `_` are internal to the server" if name[:1] == "_" else NAMES.replace("field", "class")
        yield fault_of(f"{ctx.quote(name)} is not a valid class name: {why}.", name, rename(ctx, name))


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
    yield from _said(ctx, _COLUMNS)


def schema_permissions(ctx: RuleContext) -> Iterator[Message]:
    """Finds the class-level permission that the message refuses: an operation, a key or a value. Other causes: none, the message quotes it."""
    permissions = payload(ctx).get("classLevelPermissions")
    if not place(ctx).route.startswith("/schemas") or not isinstance(permissions, dict):
        return
    yield from _said(ctx, _VALUES)
    for operation, rights in list(permissions.items())[:50]:
        if operation not in _PERMISSIONS and ctx.message.startswith(operation):
            fix = write_instead(ctx, operation, _PERMISSIONS, _PERMISSIONS_ELSEWHERE, f"Use one of {quoted(_PERMISSIONS[:7], 7)}.")
            yield fault_of(f"{ctx.quote(operation)} is not an operation of class-level permissions.", operation, fix)
        elif operation in _PERMISSIONS[:7] and not isinstance(rights, dict):
            if f"permissions {operation} - must be" in ctx.message:
                yield fault_of(f"`{operation}` takes an object; it is {type_name(rights)}.", operation, f'Send `"{operation}": {{"*": true}}`.')
        elif operation in _PERMISSIONS[:7]:
            for who, granted in list(rights.items())[:50]:
                if ctx.message.startswith(f"'{who}' is not a valid key"):
                    blank = " with a space before or after it" if who != who.strip() else ""
                    fix = f"Write {ctx.quote(who.strip())} without the space." if blank else _KEYS
                    says = f"`{operation}` has the key {ctx.quote(who)}{blank}, which is not valid."
                    yield fault_of(says, f"{operation}: {who}", fix)
                elif who != "pointerFields" and granted is not True and ctx.message.endswith(f" {operation}:{who}"):
                    says = f"`{operation}` gives {ctx.quote(who)} the value {ctx.quote(granted)}; the only value is true."
                    yield fault_of(says, f"{operation}: {who}", f"Remove {ctx.quote(who)} from `{operation}` to deny it, or send `true` to allow it.")


_KEYS = "Use `*`, `requiresAuthentication`, `pointerFields`, the id of a user, or `role:` with the name of a role."


def schema_index(ctx: RuleContext) -> Iterator[Message]:
    """Looks at what the server says of an index. Other causes: none."""
    if place(ctx).route.startswith("/schemas"):
        yield from _said(ctx, _INDEXES)


def aggregate_stage(ctx: RuleContext) -> Iterator[Message]:
    """Looks at the stages of a pipeline: one key each, which begins with `$`, and `_id` in `$group`.

    Source: parse-server 9.10.0, Routers/AggregateRouter.js. Other causes: the message names another stage."""
    if not place(ctx).route.startswith("/aggregate"):
        return
    sent = {
        name: value for name, value in parameters(ctx).items() if name not in ("hint", "explain", "comment", "readPreference", "distinct", "where")
    }
    pipeline = sent.get("pipeline", sent)
    if not isinstance(pipeline, (list, dict)):
        yield fault_of(f"`pipeline` must be a JSON array of stages; it is {type_name(pipeline)}.", "pipeline", 'Send `[{"$match": {...}}]`.')
        return
    for number, stage in enumerate(pipeline[:50] if isinstance(pipeline, list) else [{key: value} for key, value in pipeline.items()][:50]):
        if not isinstance(stage, dict):
            continue
        name = next(iter(stage), "")
        group = stage.get("$group", stage.get("group"))
        if len(stage) > 1:
            keys = ", ".join(ctx.quote(key) for key in list(stage)[:3])
            says = f"Stage {number} of the pipeline has {len(stage)} keys ({keys}); each stage takes one."
            yield fault_of(says, str(number), "Put each key into a stage of its own: `[{...}, {...}]`.")
        elif name[:1] != "$" and message_matches(ctx, r"Invalid aggregate stage"):
            yield fault_of(f"Stage {number} is {ctx.quote(name)}, but stages begin with `$`.", name, f"Write {ctx.quote('$' + name)}.")
        elif isinstance(group, dict) and "objectId" in group:
            yield fault_of("`$group` has `objectId`, which it does not take.", "$group: objectId", "Write `_id` instead of `objectId`.")
        elif isinstance(group, dict) and "_id" not in group:
            says = "`$group` has no `_id`, which says what to group by."
            yield fault_of(says, f"$group: {list(group)[:5]}", 'Add `"_id": "$field"`, or `"_id": null` to put all objects into one group.')


RULES: tuple[Rule, ...] = (
    Rule("schema-class", schema_class, entries=("InvalidClassName", "MissingRequiredFieldError", "ClassNotEmpty")),
    Rule("schema-field", schema_field, entries=_COLUMN_ENTRIES),
    Rule("schema-permissions", schema_permissions, entries=("InvalidJSON",)),
    Rule("schema-index", schema_index, entries=("InvalidQuery",)),
    Rule("aggregate-stage", aggregate_stage, entries=("InvalidQuery",)),
)
