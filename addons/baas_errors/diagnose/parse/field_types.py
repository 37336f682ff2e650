"""Why a field's type is refused: what was sent against the type of its column."""

from __future__ import annotations

import json
import re
from typing import Any

from ..context import Message, Rule, RuleContext, fault_of
from .field_values import PARTS
from .fields import KEPT
from .request import class_name, is_form, payload


def type_mismatch(ctx: RuleContext) -> Message | None:
    """Compares the type of a field as sent with the type of its column, which the message names.

    Source: parse-server 9.10.0, SchemaController.js (enforceFieldExists). Other causes: none where class, field and type are those of the request."""
    found = re.match(r"schema mismatch for ([\w.:]{1,120})\.([\w]{1,120}); expected ([\w<>:*]{1,140}) but got ([\w<>:*]{1,140})$", ctx.message)
    hosted = re.match(r"invalid type for key (\w{1,120}), expected ([\w<>*]{1,140}), but got ([\w<>*]{1,140})$", ctx.message)
    if (found is None and hosted is None) or (found is not None and found[1] != class_name(ctx)):
        return None
    field, column, sent = found.groups()[1:] if found else (hosted[1], *(_modern(name) for name in hosted.groups()[1:])) if hosted else ("", "", "")
    key, value = next(((key, value) for key, value in payload(ctx).items() if key.partition(".")[0] == field), ("", None))
    name = value.get("__op") if isinstance(value, dict) else None
    evidence, is_a = f"{field}: {sent} / {column}", f"the column `{field}` is {_column(column)}"
    if key != field and key:
        return fault_of(
            f"{ctx.quote(key)} changes a part of `{field}`, but {is_a}.", evidence, f"Set `{field}` as a whole. {_instead(ctx, field, column, None)}"
        )
    if not key or _type(value) != sent:
        return None
    if field in KEPT:
        return fault_of(f"`{field}` is set by the server, and the body sends it as {_column(sent)}.", evidence, f"Remove `{field}` from the body.")
    if name:
        return fault_of(
            f"`{name}` works on {sent.partition('<')[0]} columns only, but {is_a}.", evidence, _other_operation(ctx, field, column, str(name))
        )
    shown = f" ({ctx.quote(value, field)})" if isinstance(value, (str, int, float, bool)) else ""
    form = "Send the body as JSON (`Content-Type: application/json`): the values of a form are strings. " if is_form(ctx) else ""
    return fault_of(f"`{field}` was sent as {_column(sent)}{shown}, but {is_a}.", evidence, form + _instead(ctx, field, column, value))


def _modern(name: str) -> str:
    """The name of a type as Parse Server writes it, from that of the hosted service: `number`, `*_User`, `relation<Post>`."""
    return f"Pointer<{name[1:]}>" if name[:1] == "*" else {"bool": "Boolean", "geopoint": "GeoPoint"}.get(name, name[:1].upper() + name[1:])


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
        if operation == "Batch" and isinstance(ops := value.get("ops"), list) and ops:
            return _type(ops[0])
        return str(kind or {"Increment": "Number", "Add": "Array", "AddUnique": "Array", "Remove": "Array"}.get(str(operation), "Object"))
    return {bool: "Boolean", str: "String", int: "Number", float: "Number", list: "Array"}.get(type(value), "")


def _column(name: str) -> str:
    found = re.match(r"(Pointer|Relation)<(\w+)>$", name)
    return f"a {found[1]} to {found[2]}" if found else f"{'an' if name[:1] in 'AEIOU' else 'a'} {name}"


# For each column: which values sent as text can be kept, what stands for others, and how it is sent.
_FORMS: dict[str, tuple[str, str, str]] = {
    "Number": (r"-?\d{1,15}(?:\.\d{1,15})?", "3", "{0}"), "Boolean": ("true|false", "true", "{0}"), "String": (r"[\w.-]{1,40}", "...", '"{0}"'),
    "Date": (r"\d{4}-\d\d-\d\dT[\d:.]{5,12}Z", "2024-01-31T12:00:00.000Z", '{{"__type": "Date", "iso": "{0}"}}'),
    "Pointer": (r"\w{1,40}", "...", '{{"__type": "Pointer", "className": "{1}", "objectId": "{0}"}}'), "Array": ("", "...", "[{0}]"),
    "Relation": ("", "...", '{{"__op": "AddRelation", "objects": [{0}]}}` with pointers to `{1}'), "Object": ("", "...", "{{{0}}}"),
    **{kind: ("", "", re.sub("([{}])", r"\1\1", PARTS[kind][1])) for kind in ("File", "GeoPoint", "Bytes", "Polygon")},
}  # fmt: skip


def _instead(ctx: RuleContext, field: str, column: str, value: Any) -> str:
    """What to send for a column, with the value that was sent where it can be kept."""
    kind, _, target = column.rstrip(">").partition("<")
    keep, example, form = _FORMS.get(kind, ("", "...", "{0}"))
    text = value.strip() if isinstance(value, str) else json.dumps(value) if isinstance(value, (bool, int, float)) else ""
    own = ctx.quote(text, field).strip("`") if re.fullmatch(keep, text) else ""
    note = " (no quotes)" if kind in ("Number", "Boolean") else " (in quotes)" if kind == "String" else ""
    return f'Send `"{field}": {form.format(own or example, target)}`{note}.'


def _other_operation(ctx: RuleContext, field: str, column: str, name: str) -> str:
    """What to send in place of an `__op` that a column does not take."""
    if column.startswith("Relation<") and name in ("Add", "AddUnique", "Remove"):
        instead = "RemoveRelation" if name == "Remove" else "AddRelation"
    elif column == "Array" and name in ("AddRelation", "RemoveRelation"):
        instead = "Remove" if name == "RemoveRelation" else "AddUnique"
    else:
        count = "To count, use a Number column. " if name == "Increment" else ""
        return f"{count}Set the new value as a whole: {_instead(ctx, field, column, None).removeprefix('Send ')}"
    return f'Send `"{field}": {{"__op": "{instead}", "objects": [...]}}`.'


RULES: tuple[Rule, ...] = (Rule("type-mismatch", type_mismatch, entries=("IncorrectType",)),)
