"""Why schemas, indexes and pipelines are refused."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

from ..checks import type_name
from ..context import Message, Rule, RuleContext
from .classes import CLASS
from .fields import FIELD
from .request import message_matches, parameters, payload, place

_TYPES = ("Number", "String", "Boolean", "Date", "Object", "Array", "GeoPoint", "File", "Bytes", "Polygon", "Pointer", "Relation", "ACL")
_RESERVED = ("objectId", "createdAt", "updatedAt", "ACL")
_PERMISSIONS = ("find", "count", "get", "create", "update", "delete", "addField", "readUserFields", "writeUserFields", "protectedFields", "ACL")
_WHO = re.compile(r"\*|[A-Za-z0-9]{10}|requiresAuthentication|pointerFields|role:[\w ,.!?@#$%^&*()-]+|userField:\w+|authenticated")
_COLUMN_ENTRIES = (
    "InvalidFieldName",
    "InvalidJSON",
    "ChangedImmutableFieldError",
    "IncorrectType",
    "MissingRequiredFieldError",
    "InvalidClassName",
    "ClassNotEmpty",
)


def schema_class(ctx: RuleContext) -> Message | None:
    """A class that is there already, is not there, or has two names in one request."""
    found = place(ctx)
    if not found.route.startswith("/schemas"):
        return None
    inside, path = payload(ctx).get("className"), found.values.get("class", "")
    name = path or (inside if isinstance(inside, str) else "")
    if message_matches(ctx, r"Class name mismatch"):
        return Message(
            f"The path names the class {ctx.quote(path)}, and `className` in the body {ctx.quote(inside)}.", f"{path} / {inside}", certain=True
        )
    if message_matches(ctx, r"POST .{0,200} needs a class name") and not name:
        return Message("The class has no name: put it into the path, or into `className`.", "no className", certain=True)
    if message_matches(ctx, r"Class .* already exists"):
        return Message(f"There is a class {ctx.quote(name)} already: send PUT to change it.", name, certain=True)
    if message_matches(ctx, r"Class .* does not exist"):
        near = difflib.get_close_matches(name, [other for other, _ in ctx.app_memory.names_of("class")], 1, 0.75)
        hint = f"; did you mean {ctx.quote(near[0])}?" if near and near[0] != name else ": send POST to make it."
        return Message(f"There is no class {ctx.quote(name)}{hint}", name, certain=True)
    if message_matches(ctx, r"Class .* is not empty"):
        return Message(f"The class {ctx.quote(name)} still has objects: delete them first (DELETE /purge/{name[:40]}).", name, certain=True)
    if name.startswith("_") and message_matches(ctx, r"Invalid classname"):
        return Message(f"{ctx.quote(name)} can be no class: names that begin with _ are the server's own.", name, certain=True)
    if name and not CLASS.fullmatch(name):
        return Message(f"{ctx.quote(name)} can be no class: names begin with a letter and hold letters, digits and _ only.", name, certain=True)
    return None


def schema_field(ctx: RuleContext) -> Iterator[Message]:
    """A column whose name, type or default cannot be."""
    if not place(ctx).route.startswith("/schemas"):
        return
    fields = payload(ctx).get("fields")
    items = list(fields.items())[:200] if isinstance(fields, dict) else []
    for name, column in items:
        kind = column.get("type") if isinstance(column, dict) else column
        shown = ctx.quote(name)
        if not isinstance(column, dict) and ctx.name in ("InvalidJSON", "IncorrectType"):
            yield Message(f'{shown} takes an object such as {{"type": "String"}}; it is {type_name(column)}.', name, certain=True)
        elif ctx.name == "InvalidFieldName" and not FIELD.fullmatch(name):
            yield Message(f"{shown} can be no field: names begin with a letter and hold letters, digits and _ only.", name, certain=True)
        elif ctx.name == "ChangedImmutableFieldError" and name in _RESERVED:
            yield Message(f"{shown} is a column that the server keeps itself.", name, certain=True)
        elif ctx.name == "IncorrectType" and message_matches(ctx, r"invalid field type") and kind not in _TYPES:
            near = difflib.get_close_matches(str(kind), _TYPES, 1, 0.6)
            hint = f"; did you mean `{near[0]}`?" if near else f": {', '.join(_TYPES)}."
            yield Message(f"{shown} has the type {ctx.quote(kind)}, which Parse has not{hint}", f"{name}: {kind}", certain=True)
        elif isinstance(column, dict) and kind in ("Pointer", "Relation"):
            target = column.get("targetClass")
            if ctx.name == "MissingRequiredFieldError" and not target:
                yield Message(f"{shown} is a {kind} without `targetClass`.", name, certain=True)
            elif ctx.name == "InvalidClassName" and isinstance(target, str) and not CLASS.fullmatch(target):
                yield Message(f"{shown} points to {ctx.quote(target)}, which can be no class.", f"{name}: {target}", certain=True)
    yield from _schema_words(ctx, items)


def _schema_words(ctx: RuleContext, items: list[tuple[str, Any]]) -> Iterator[Message]:
    if found := re.match(r"Field (\w{1,80}) (exists, cannot update|does not exist, cannot delete)", ctx.message):
        says = "is there already; to change its type delete it first" if found[2].startswith("exists") else "is not there, and cannot be deleted"
        yield Message(f"The column `{found[1]}` {says}.", found[1], certain=True)
    if found := re.match(r"schema mismatch for [\w.]{1,200}?\.?(\w{1,80}) default value; expected (\S{1,60}) but got (\S{1,60})", ctx.message):
        yield Message(f"The default value of `{found[1]}` is of the type {found[3]}, and the column is {found[2]}.", found[1], certain=True)
    places = [name for name, column in items if isinstance(column, dict) and column.get("type") == "GeoPoint"]
    if message_matches(ctx, r"currently, only one GeoPoint"):
        what = f"`fields` has {len(places)}" if len(places) > 1 else "there is one already, and `fields` adds another"
        yield Message(f"A class has one GeoPoint at most, and {what}: {', '.join(ctx.quote(name) for name in places[:3])}.", "GeoPoint", certain=True)


def schema_permissions(ctx: RuleContext) -> Iterator[Message]:
    """Class-level permissions that are none."""
    permissions = payload(ctx).get("classLevelPermissions")
    if not place(ctx).route.startswith("/schemas") or not isinstance(permissions, dict):
        return
    for operation, rights in list(permissions.items())[:50]:
        if operation not in _PERMISSIONS:
            near = difflib.get_close_matches(operation, _PERMISSIONS, 1, 0.6)
            hint = f"; did you mean `{near[0]}`?" if near else f": {', '.join(_PERMISSIONS[:7])}."
            yield Message(f"{ctx.quote(operation)} is no operation of class-level permissions{hint}", operation, certain=True)
        elif operation in _PERMISSIONS[:7]:
            if not isinstance(rights, dict):
                yield Message(f'`{operation}` takes an object such as {{"*": true}}; it is {type_name(rights)}.', operation, certain=True)
                continue
            for who, granted in list(rights.items())[:50]:
                if not _WHO.fullmatch(who):
                    yield Message(
                        f"`{operation}` names {ctx.quote(who)}, which is no user's id, no role (`role:name`) and not `*`.",
                        f"{operation}: {who}",
                        True,
                    )
                elif who != "pointerFields" and granted is not True:
                    yield Message(
                        f"`{operation}` gives {ctx.quote(who)} {ctx.quote(granted)}; it takes true only.", f"{operation}: {who}", certain=True
                    )
    if found := re.match(r"Field '(\w{1,80})' in protectedFields:(\S{1,80}) does not exist", ctx.message):
        yield Message(f"`protectedFields` names {ctx.quote(found[1])}, which the class has not.", found[1], certain=True)


def schema_index(ctx: RuleContext) -> Iterator[Message]:
    """An index on a field that is not there, or that is not there itself."""
    if place(ctx).route.startswith("/schemas") and (found := re.match(r"(Field|Index) (\w{1,80}) (does not exist|exists)", ctx.message)):
        says = "names a field that the class has not" if found[1] == "Field" else "is not there" if "not" in found[3] else "is there already"
        what = f"An index {says}: {ctx.quote(found[2])}." if found[1] == "Field" else f"The index {ctx.quote(found[2])} {says}."
        yield Message(what, found[2], certain=True)


def aggregate_stage(ctx: RuleContext) -> Iterator[Message]:
    """A pipeline whose stages are none."""
    if not place(ctx).route.startswith("/aggregate"):
        return
    pipeline = parameters(ctx).get("pipeline")
    if pipeline is not None and not isinstance(pipeline, (list, dict)):
        yield Message(f"`pipeline` takes a list of stages as JSON; it is {type_name(pipeline)}.", "pipeline", certain=True)
        return
    stages = pipeline if isinstance(pipeline, list) else [{key: value} for key, value in parameters(ctx).items()]
    for number, stage in enumerate(stages[:50]):
        if not isinstance(stage, dict):
            continue
        if len(stage) > 1:
            keys = ", ".join(ctx.quote(key) for key in list(stage)[:3])
            yield Message(f"Stage {number} of the pipeline has {len(stage)} keys ({keys}); each takes one.", str(number), certain=True)
        group = stage.get("$group") or stage.get("group")
        if isinstance(group, dict) and "objectId" in group:
            yield Message("`$group` has `objectId`; what it groups by stands in `_id`.", "$group: objectId", certain=True)
        elif isinstance(group, dict) and "_id" not in group:
            yield Message("`$group` has no `_id`, which says what it groups by (null for all).", f"$group: {list(group)[:5]}", certain=True)


RULES: tuple[Rule, ...] = (
    Rule("schema-class", schema_class, entries=("InvalidClassName", "MissingRequiredFieldError", "ClassNotEmpty")),
    Rule("schema-field", schema_field, entries=_COLUMN_ENTRIES),
    Rule("schema-permissions", schema_permissions, entries=("InvalidJSON",)),
    Rule("schema-index", schema_index, entries=("InvalidQuery",)),
    Rule("aggregate-stage", aggregate_stage, entries=("InvalidQuery",)),
)
