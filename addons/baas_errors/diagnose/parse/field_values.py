"""Why the values of an object's fields are refused: their types, dates, points, pointers, ACLs, and operations on what is stored.

Source: parse-server 9.10.0, SchemaController.js, DatabaseController.js, RestWrite.js; the SDK's ParseGeoPoint and ParseACL; observed on PostgreSQL.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ...catalog.load import rule_tables
from ...exchange.json_reader import type_name
from ...history.store import LONGEST_KEY
from ..checks import members, write_instead
from ..context import Message, Rule, RuleContext, fault_of
from .fields import KEPT
from .geo import POINT, off
from .operands import DATE, is_date
from .request import class_name, is_form, is_write, message_matches, payload, quoted, state_of

# What a typed object must have, besides its `__type`, and one ready to copy.
PARTS: dict[str, tuple[tuple[str, ...], str]] = {
    "Pointer": (("className", "objectId"), '{"__type": "Pointer", "className": "Post", "objectId": "..."}'),
    "Relation": (("className",), '{"__type": "Relation", "className": "Post"}'), "File": (("name",), '{"__type": "File", "name": "..."}'),
    "Date": (("iso",), DATE), "GeoPoint": (("latitude", "longitude"), POINT), "Bytes": (("base64",), '{"__type": "Bytes", "base64": "..."}'),
    "Polygon": (("coordinates",), '{"__type": "Polygon", "coordinates": [[0, 0], [0, 1], [1, 0]]}'), "Object": ((), "{}"),
}  # fmt: skip
# What each operation needs beside its name, and what other backends call an operation or a type.
_OPERATIONS, _OPERATIONS_ELSEWHERE, TYPES_ELSEWHERE = (rule_tables("parse")[name] for name in ("operations", "other_operations", "other_types"))


def _typed(ctx: RuleContext) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every object with a `__type` in the body of a write: its field, its type and itself."""
    for path, item in members(payload(ctx)) if is_write(ctx) else ():
        if isinstance(item, dict) and isinstance(item.get("__type"), str):
            yield path[0], item["__type"], item


def typed_object(ctx: RuleContext) -> Iterator[Message]:
    """Looks for dates, pointers, points and files without a part that they must have, and for types that do not exist. Other causes: none."""
    said = re.match(r"This is not a valid (\S{0,80})", ctx.message)
    for field, kind, item in _typed(ctx) if said else ():
        lacks = [part for part in PARTS.get(kind, ((), ""))[0] if item.get(part) in (None, "")]
        if kind not in PARTS:
            fix = write_instead(ctx, kind, PARTS, TYPES_ELSEWHERE, f"Use one of {quoted(PARTS, 8)}.")
            if TYPES_ELSEWHERE.get(kind.lower(), kind) in ("Number", "String", "Boolean", "Array"):
                fix = f"Send the value of {ctx.quote(field)} itself, without `__type`."
            yield fault_of(f"{ctx.quote(field)} has the `__type` {ctx.quote(kind)}, which is not a Parse type.", f"{field}: {kind}", fix)
        elif lacks and said and said[1] == kind:
            yield fault_of(f"{ctx.quote(field)} is a {kind} without {quoted(lacks)}.", f"{field}: {kind}", f"Send `{PARTS[kind][1]}`.")


def date_invalid(ctx: RuleContext) -> Iterator[Message]:
    """Reads the `iso` of dates in the body. Other causes: none, the server stores no other text as a date."""
    for field, kind, item in _typed(ctx):
        if kind == "Date" and item.get("iso") is not None and not is_date(item["iso"]):
            says = f"{ctx.quote(field)} is a Date whose `iso` is not a date: {ctx.quote(item['iso'], field)}."
            yield fault_of(says, f"{field}: iso", f"Send `{DATE}`.")


def place_invalid(ctx: RuleContext) -> Iterator[Message]:
    """Looks at coordinates: numbers in their range, polygons of at least 3 points, one GeoPoint for each object. Other causes: none."""
    if message_matches(ctx, r"there can only be one geopoint field"):
        names = [name for name, value in payload(ctx).items() if isinstance(value, dict) and value.get("__type") == "GeoPoint"]
        if is_write(ctx) and len(names) > 1:
            says = f"The body has {len(names)} GeoPoints ({', '.join(ctx.quote(name) for name in names[:4])}); an object can have one."
            fix = f"Keep one GeoPoint, and store the others as arrays or numbers, for example {ctx.quote(f'{names[1][:40]}: [40.0, -30.0]')}."
            yield fault_of(says, "GeoPoint", fix)
        return
    for field, kind, item in _typed(ctx) if ctx.name != "IncorrectType" else ():
        shown = ctx.quote(field)
        for name, most in (("latitude", 90), ("longitude", 180)) if kind == "GeoPoint" else ():
            if off(item.get(name), most):
                says = f"`{name}` of {shown} is {ctx.quote(item.get(name), field)}; it must be a number from -{most} to {most}."
                yield fault_of(says, field, f"Send a `{name}` from -{most} to {most} (a number, no quotes).")
        if kind == "Polygon":
            points = item["coordinates"] if isinstance(item.get("coordinates"), list) else []
            different, says = len({str(point) for point in points}), ""
            pairs = [
                [float(number(part) or "nan") if isinstance(part, str) else part for part in point] if isinstance(point, list) else []
                for point in points[:500]
            ]
            at = next((at for at, pair in enumerate(pairs) if len(pair) != 2 or any(off(part, 180) for part in pair)), None)
            if at is not None:
                says = f"Point {at} of the Polygon {shown} is {ctx.quote(points[at], field)}; it must be two numbers, latitude and longitude."
            elif different < 3:
                says = f"The Polygon {shown} has {different} different point{'s' if different != 1 else ''}; it must have at least 3."
            if says:
                yield fault_of(says, field, f"Send `{PARTS['Polygon'][1]}`.")


def acl_form(ctx: RuleContext) -> Iterator[Message]:
    """Looks at the form of an ACL: `read` and `write`, true or false. Other causes: servers without triggers accept other values of rights."""
    acl, certain = payload(ctx).get("ACL") if is_write(ctx) else None, "ACL" in ctx.message
    if acl is not None and not isinstance(acl, dict):
        yield fault_of(f"`ACL` takes an object; it is {type_name(acl)}.", "ACL", 'Send `"ACL": {"*": {"read": true}}`.', certain=certain)
    for who, rights in list(acl.items())[:100] if isinstance(acl, dict) else ():
        if who == "*unresolved":
            says = "`ACL` names `*unresolved`: it was made for a user who was not saved yet."
            yield fault_of(says, who, "Save the user first, then make the ACL and save the object.")
        elif not isinstance(rights, dict) or not all(right in ("read", "write") and isinstance(value, bool) for right, value in rights.items()):
            says = f"`ACL` gives {ctx.quote(who)} {ctx.quote(rights)}; it takes an object with `read` and `write`, each true or false."
            yield fault_of(says, who, f"Send {ctx.quote(json.dumps({who: {'read': True, 'write': True}}))}.", certain=certain)


def operation(ctx: RuleContext) -> Iterator[Message]:
    """Looks at operations (`__op`): names and operands. Other causes: none but for Increment by PUT, where PostgreSQL accepts text."""
    for field, value in payload(ctx).items() if is_write(ctx) else ():
        if not isinstance(value, dict) or "__op" not in value:
            continue
        name, shown, certain = value["__op"], ctx.quote(field), True
        if not isinstance(name, str) or name not in _OPERATIONS:
            fix = write_instead(ctx, str(name), _OPERATIONS, _OPERATIONS_ELSEWHERE, f"Use one of {quoted(list(_OPERATIONS)[:7], 7)}.")
            yield fault_of(f"{shown} has the `__op` {ctx.quote(name)}, which does not exist.", f"{field}: {name}", fix)
            continue
        part, linked = _OPERATIONS[name], "Relation" in name
        given, takes, fix = value.get(part), "an array", f'Send `{{"__op": "{name}", "objects": [...]}}`.'
        good = isinstance(given, list) and (bool(given) or not linked)
        if part == "amount":
            good, takes = isinstance(given, (int, float)) and not isinstance(given, bool), "a number"
            fix = f'Send `{{"__op": "Increment", "amount": {number(given) or 1}}}`.'
            certain = ctx.method == "POST" or (isinstance(given, str) and not number(given))
        elif part == "ops":
            good, takes, fix = bool(given), "at least one operation", f"Leave {shown} out of the body when nothing changes in it."
        elif linked:
            takes = "at least one pointer" if given == [] else takes
            fix = f'Send `{{"__op": "{name}", "objects": [{PARTS["Pointer"][1]}]}}`, or leave the field out.'
        if part and not good:
            is_now = state_of(value, part, type(given)) or f"is {type_name(given)}, {ctx.quote(given, field)}"
            yield fault_of(f"`{part}` of the `__op` {name} of {shown} {is_now}; it takes {takes}.", f"{field}: {part}", fix, certain=certain)


def number(text: Any) -> str:
    """The number that a text holds, as it is sent in JSON, or ""."""
    found = re.fullmatch(r"\s*(-?\d{1,15}(?:\.\d{1,15})?)\s*", text) if isinstance(text, str) else None
    return found[1] if found else ""


_MISMATCH = re.compile(
    r"(?:schema mismatch for (?P<of>[\w.:]{1,120})\.|invalid type for key )(?P<field>\w{1,120})[;,] expected (?P<column>[\w<>:*]{1,140}),? but got "
    r"(?P<sent>[\w<>:*]{1,140})$"
)


def type_mismatch(ctx: RuleContext) -> Message | None:
    """Compares the type of a field as sent with that of its column, which the message names. Other causes: none."""
    found = _MISMATCH.match(ctx.message)
    if found is None or (found["of"] or class_name(ctx)) != class_name(ctx):
        return None
    field, column, sent = found["field"], _modern(found["column"]), _modern(found["sent"])
    key, value = next(((key, value) for key, value in payload(ctx).items() if key.partition(".")[0] == field), ("", None))
    if not key or (key == field and type_sent(value) != sent):
        return None
    is_a, name, fix = f"the column `{field}` is {_column(column)}", value.get("__op") if isinstance(value, dict) else None, ""
    if key != field:
        says, fix = f"{ctx.quote(key)} changes a part of `{field}`, but {is_a}.", f"Set `{field}` as a whole. {_instead(ctx, field, column, None)}"
    elif field in KEPT:
        says, fix = f"`{field}` is set by the server, and the body sends it as {_column(sent)}.", f"Remove `{field}` from the body."
    elif name and sent.startswith("Relation") and column.startswith("Relation"):
        step, given = _first_step(value)
        ident = str(given.get("objectId") if isinstance(given, dict) else given)
        pointer = _FORMS["Pointer"][2].format(ctx.quote(ident, field)[1:-1] if re.fullmatch(r"\w{1,40}", ident) else "...", column[9:-1])
        wrong = f"has pointers to the class `{sent[9:-1]}`" if "undefined" not in sent else f"takes pointers, and {ctx.quote(given, field)} is none"
        says = f"`objects` of the `__op` {step.get('__op')} of `{field}` {wrong}; {is_a}."
        fix = f'Send `"{field}": {{"__op": "{step.get("__op")}", "objects": [{pointer}]}}`.'
    elif name:
        says, fix = f"`{name}` works on {sent.partition('<')[0]} columns only, but {is_a}.", _other_operation(ctx, field, column, str(name))
    else:
        shown = f" ({ctx.quote(value, field)})" if isinstance(value, (str, int, float, bool)) else ""
        fix = "Send the body as JSON (`Content-Type: application/json`): the values of a form are strings. " if is_form(ctx) else ""
        says, fix = f"`{field}` was sent as {_column(sent)}{shown}, but {is_a}.", fix + _instead(ctx, field, column, value)
        if isinstance(value, (dict, list)) and name is None and column in ("String", "Number", "Boolean"):
            kind, seen = ctx.app_memory.fields.get((class_name(ctx)[:LONGEST_KEY], field[:LONGEST_KEY])) or ("", None)
            says = f"{says[:-1]}: {ctx.flow_name(seen.flow)} had one in it, {ctx.ago(seen.when)}." if seen and kind == column.lower() else says
            fix = f"If `{field}` is to hold {_column(sent)}, delete the column in the dashboard (its values are lost) and save such an object anew, "
            fix += f"or use another name for the field. Else send {_instead(ctx, field, column, value).removeprefix('Send ')}"
    return fault_of(says, f"{field}: {sent} / {column}", fix)


def _modern(name: str) -> str:
    """The name of a type as Parse Server writes it, from that of the hosted service: `number`, `*_User`, `relation<Post>`."""
    return f"Pointer<{name[1:]}>" if name[:1] == "*" else {"bool": "Boolean", "geopoint": "GeoPoint"}.get(name, name[:1].upper() + name[1:])


def type_sent(value: Any) -> str:
    """The type that the server takes a value for."""
    if isinstance(value, dict):
        kind, operation = value.get("__type"), value.get("__op")
        if kind in ("Pointer", "Relation"):
            return f"{kind}<{value.get('className')}>"
        if operation in ("AddRelation", "RemoveRelation"):
            given = _first_step(value)[1]
            return f"Relation<{given.get('className') or 'undefined'}>" if isinstance(given, dict) else "Relation<undefined>"
        if operation == "Batch" and isinstance(ops := value.get("ops"), list) and ops:
            return type_sent(ops[0])
        return str(kind or {"Increment": "Number", "Add": "Array", "AddUnique": "Array", "Remove": "Array"}.get(str(operation), "Object"))
    return {bool: "Boolean", str: "String", int: "Number", float: "Number", list: "Array"}.get(type(value), "")


def _first_step(value: Any) -> tuple[dict[str, Any], Any]:
    """The operation, of several in one the first, and the first of its `objects`, by which the server goes."""
    ops = value.get("ops")
    step = ops[0] if isinstance(ops, list) and ops and isinstance(ops[0], dict) else value
    given = step.get("objects")
    return step, given[0] if isinstance(given, list) and given else None


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


RULES: tuple[Rule, ...] = (
    Rule("type-mismatch", type_mismatch, entries=("IncorrectType",)),
    Rule("typed-object", typed_object, entries=("IncorrectType",)),
    Rule("acl", acl_form, entries=("InvalidACL", "OtherCause", "InternalServerError")),
    Rule("operation", operation, entries=("InternalServerError", "InvalidJSON", "CommandUnavailable")),
    Rule("place", place_invalid, entries=("InternalServerError", "InvalidJSON", "IncorrectType")),
    Rule("date", date_invalid, entries=("InternalServerError",), statuses=(200, 400, 500)),
)
