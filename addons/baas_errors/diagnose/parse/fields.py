"""Why an object's fields are refused: their names, their types, what is done to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..checks import nested_keys, type_name
from ..context import Message, Rule, RuleContext
from .operands import is_date
from .request import class_name, is_write, keys_sent, message_matches, payload, quoted

FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
# In an update dots lead into an object.
_FIELD_PATH = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+){0,20}")
_SESSION_FIELDS = ("ACL", "user", "installationId", "sessionToken", "expiresAt", "createdWith")
_OPERATIONS = ("Increment", "Delete", "Add", "AddUnique", "Remove", "AddRelation", "RemoveRelation", "Batch", "SetOnInsert")
# What a typed object must have, besides its `__type`.
_PARTS: dict[str, tuple[str, ...]] = {
    "Pointer": ("className", "objectId"), "Relation": ("className",), "File": ("name",), "Date": ("iso",), "GeoPoint": ("latitude", "longitude"),
    "Bytes": ("base64",), "Polygon": ("coordinates",), "Object": (),
}  # fmt: skip
_MOST_NODES = 2_000


def field_name(ctx: RuleContext) -> Iterator[Message]:
    """A field whose name cannot be one."""
    if not is_write(ctx) or message_matches(ctx, r"Prohibited keyword"):
        return
    for name in payload(ctx):
        if not (_FIELD_PATH if ctx.method == "PUT" else FIELD).fullmatch(name):
            why = "it begins with a digit" if name[:1].isdigit() else "names that begin with _ are the server's own" if name[:1] == "_" else ""
            more = f": {why}" if why else ""
            yield Message(
                f"{ctx.quote(name)} can be no field{more}. Field names begin with a letter and hold letters, digits and _ only.", name, certain=True
            )
        elif name == "length":
            yield Message("`length` can be no field: the name is reserved.", name, certain=True)


def id_on_create(ctx: RuleContext) -> Iterator[Message]:
    """An object is to be created with an id of its own."""
    for name in ("objectId", "id"):
        if ctx.method == "POST" and is_write(ctx) and payload(ctx).get(name) and message_matches(ctx, rf"{name} is an invalid field name"):
            to_do = " To change an object send PUT to its path." if name == "objectId" else ""
            yield Message(f"The body of a new object has `{name}`; the server gives ids itself (`allowCustomObjectId`).{to_do}", name, certain=True)


def session_field(ctx: RuleContext) -> Iterator[Message]:
    """Fields of a session that only the server sets."""
    if class_name(ctx) == "_Session" and is_write(ctx):
        for name in _SESSION_FIELDS:
            if name in payload(ctx):
                yield Message(f"`{name}` of a session is set by the server only.", name, certain=True)


def prohibited_keyword(ctx: RuleContext) -> Message | None:
    """A key or value that the server lets nobody store."""
    found = re.match(r'Prohibited keyword in request data: \{"key":"([^"]{1,80})"', ctx.message)
    if found is None:
        return None
    where = next((name for name, value in payload(ctx).items() if found[1] == name or found[1] in set(nested_keys({"": value}))), "")
    inside = f" (inside {ctx.quote(where)})" if where and where != found[1] else ""
    return Message(f"The key {ctx.quote(found[1])}{inside} may not be stored (`requestKeywordDenylist`).", found[1], certain=True)


def type_mismatch(ctx: RuleContext) -> Message | None:
    """A field was sent with another type than its column has."""
    found = re.match(r"schema mismatch for ([\w.:]{1,120})\.([\w]{1,120}); expected (\S{1,140}) but got (\S{1,140})$", ctx.message)
    if found is None:
        return None
    field, column, sent = found[2], found[3], found[4]
    value = next((value for key, value in payload(ctx).items() if key.partition(".")[0] == field), None)
    if value is None or _type(value) != sent:
        return None
    shown = f" ({ctx.quote(value, field)})" if isinstance(value, (str, int, float, bool)) else ""
    return Message(
        f"`{field}` was sent as {_column(sent)}{shown}, and the column is {_column(column)}: {_instead(column, value)}.",
        f"{field}: {sent} / {column}",
        True,
    )


def _type(value: Any) -> str:
    """The type that the server takes a value for."""
    if isinstance(value, dict):
        kind, operation = value.get("__type"), value.get("__op")
        if kind in ("Pointer", "Relation"):
            return f"{kind}<{value.get('className')}>"
        if operation in ("AddRelation", "RemoveRelation"):
            objects = value.get("objects")
            first = objects[0] if isinstance(objects, list) and objects and isinstance(objects[0], dict) else {}
            return f"Relation<{first.get('className')}>"
        return str(kind or {"Increment": "Number", "Add": "Array", "AddUnique": "Array", "Remove": "Array"}.get(str(operation), "Object"))
    return {bool: "Boolean", str: "String", int: "Number", float: "Number", list: "Array"}.get(type(value), "")


def _column(name: str) -> str:
    found = re.match(r"(Pointer|Relation)<(\w+)>$", name)
    if found:
        return f"a {found[1]} to {found[2]}"
    return f"a {name}" if name[:1] not in "AEIOU" else f"an {name}"


def _instead(column: str, value: Any) -> str:
    if column == "Number":
        return "send a number without quotes" if isinstance(value, str) else "send a number"
    if column == "Date":
        return 'send {"__type": "Date", "iso": "2024-01-31T12:00:00.000Z"}'
    if found := re.match(r"Pointer<(\w+)>$", column):
        return f'send {{"__type": "Pointer", "className": "{found[1]}", "objectId": "..."}}'
    if found := re.match(r"Relation<(\w+)>$", column):
        return f'send {{"__op": "AddRelation", "objects": [pointers to {found[1]}]}}'
    plain = {"String": "send a text", "Boolean": "send true or false", "Array": "send a list", "Object": "send an object"}
    return plain.get(column, f"send an object with the `__type` {column}")


def _typed(value: Any) -> Iterator[dict[str, Any]]:
    """Every object with a `__type` inside a value."""
    stack = [value]
    for _ in range(_MOST_NODES):
        if not stack:
            return
        item = stack.pop()
        if isinstance(item, dict):
            if isinstance(item.get("__type"), str):
                yield item
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


def typed_object(ctx: RuleContext) -> Iterator[Message]:
    """A date, pointer, place or file that lacks a part, or a type that Parse has not."""
    if not is_write(ctx) or not message_matches(ctx, r"This is not a valid "):
        return
    for field, value in payload(ctx).items():
        for item in _typed(value):
            kind = item["__type"]
            if kind not in _PARTS:
                yield Message(f"{ctx.quote(field)} has the `__type` {ctx.quote(kind)}, which Parse has not.", f"{field}: {kind}", certain=True)
            elif lacks := [part for part in _PARTS[kind] if item.get(part) in (None, "")]:
                yield Message(f"{ctx.quote(field)} is a {kind} without {quoted(lacks)}.", f"{field}: {kind}", certain=True)


def date_invalid(ctx: RuleContext) -> Iterator[Message]:
    """A Date whose `iso` is no date: the database refuses it."""
    if is_write(ctx):
        for field, value in payload(ctx).items():
            for item in _typed(value):
                if item["__type"] == "Date" and item.get("iso") is not None and not is_date(item["iso"]):
                    yield Message(
                        f"{ctx.quote(field)} is a Date whose `iso` is no date: {ctx.quote(item['iso'], field)}; send 2024-01-31T12:00:00.000Z.",
                        f"{field}: iso",
                        certain=True,
                    )


def place_invalid(ctx: RuleContext) -> Iterator[Message]:
    """A place off the globe, or an area of less than three points."""
    if not is_write(ctx):
        return
    for field, value in payload(ctx).items():
        for item in _typed(value):
            if item["__type"] == "GeoPoint":
                for name, most in (("latitude", 90), ("longitude", 180)):
                    given = item.get(name)
                    if isinstance(given, bool) or not isinstance(given, (int, float)) or not -most <= given <= most:
                        yield Message(
                            f"`{name}` of {ctx.quote(field)} is {ctx.quote(given, field)}; it takes a number from -{most} to {most}.", field, True
                        )
            elif item["__type"] == "Polygon" and (not isinstance(points := item.get("coordinates"), list) or len(points) < 3):
                yield Message(f"{ctx.quote(field)} is a Polygon of less than 3 points.", field, certain=True)


def required_column(ctx: RuleContext) -> Message | None:
    """A column that must be there from the start."""
    found = re.match(r"(\w{1,80}) is required\.?$", ctx.message)
    if not found or not is_write(ctx) or payload(ctx).get(found[1]) not in (None, "", {}):
        return None
    name = found[1]
    hint = ' Send {"*": {"read": true}}, or the rights that the role shall have.' if name == "ACL" else ""
    return Message(f"`{name}` is missing in the body, and `{class_name(ctx)}` wants it from the start.{hint}", keys_sent(payload(ctx)), True)


def nested_key(ctx: RuleContext) -> Iterator[Message]:
    """A key inside a field that has `$` or `.` in it."""
    for field, value in payload(ctx).items():
        for key in nested_keys({"": value}):
            if "$" in key or "." in key:
                sign = "$" if "$" in key else "."
                yield Message(
                    f"The key {ctx.quote(key)} inside {ctx.quote(field)} has a `{sign}`, which no key of a stored object may have.", key, True
                )
                return


def acl_form(ctx: RuleContext) -> Iterator[Message]:
    """An ACL that is none."""
    acl = payload(ctx).get("ACL")
    if acl is None or not is_write(ctx):
        return
    if not isinstance(acl, dict):
        yield Message(f'`ACL` takes an object such as {{"*": {{"read": true}}}}; it is {type_name(acl)}.', "ACL", certain=True)
        return
    for who, rights in list(acl.items())[:100]:
        if who == "*unresolved":
            yield Message("`ACL` names `*unresolved`: the ACL was made for a user who was not saved yet. Save the user first.", who, certain=True)
        elif not isinstance(rights, dict) or not all(right in ("read", "write") and isinstance(value, bool) for right, value in rights.items()):
            yield Message(f"`ACL` gives {ctx.quote(who)} {ctx.quote(rights)}; it takes an object with `read` and `write`, true or false.", who, True)


def operation(ctx: RuleContext) -> Iterator[Message]:
    """An `__op` that Parse has not, or with an operand that it does not take."""
    if not is_write(ctx):
        return
    for field, value in payload(ctx).items():
        if not isinstance(value, dict) or "__op" not in value:
            continue
        name = value["__op"]
        if name not in _OPERATIONS:
            yield Message(f"{ctx.quote(field)} has the `__op` {ctx.quote(name)}; Parse knows {quoted(_OPERATIONS[:7], 7)}.", f"{field}: {name}", True)
        elif name == "Increment" and (isinstance(value.get("amount"), bool) or not isinstance(value.get("amount"), (int, float))):
            yield Message(
                f"{ctx.quote(field)} is to be incremented by {ctx.quote(value.get('amount'), field)}; `amount` takes a number.",
                f"{field}: amount",
                True,
            )
        elif name in ("AddRelation", "RemoveRelation") and value.get("objects") == []:
            yield Message(
                f"The `__op` {name} of {ctx.quote(field)} takes at least one pointer in `objects`; the list is empty.", f"{field}: objects", True
            )
        elif name in ("Add", "AddUnique", "Remove", "AddRelation", "RemoveRelation") and not isinstance(value.get("objects"), list):
            yield Message(
                f"The `__op` {name} of {ctx.quote(field)} takes a list in `objects`; it is {type_name(value.get('objects'))}.",
                f"{field}: objects",
                True,
            )


RULES: tuple[Rule, ...] = (
    Rule("id-on-create", id_on_create, entries=("InvalidFieldName",)),
    Rule("session-field", session_field, entries=("InvalidFieldName",)),
    Rule("keyword", prohibited_keyword, entries=("InvalidFieldName",)),
    Rule("field-name", field_name, entries=("InvalidFieldName",)),
    Rule("type-mismatch", type_mismatch, entries=("IncorrectType",)),
    Rule("typed-object", typed_object, entries=("IncorrectType",)),
    Rule("required-column", required_column, entries=("IncorrectType", "ValidationFailed")),
    Rule("nested-key", nested_key, entries=("InvalidNestedKey",)),
    Rule("acl", acl_form, entries=("InvalidACL", "OtherCause", "InternalServerError")),
    Rule("operation", operation, entries=("InternalServerError", "InvalidJSON", "CommandUnavailable")),
    Rule("place", place_invalid, entries=("InternalServerError", "InvalidJSON")),
    Rule("date", date_invalid, entries=("InternalServerError",), statuses=(200, 400, 500)),
)
