"""Why an object's fields are refused: their names, their types, what is done to them.

Source: parse-server 9.10.0, SchemaController.js, RestWrite.js, Utils.js, DatabaseController.js, PostgresStorageAdapter.js.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ...catalog.patterns import Pattern
from ...exchange.json_pointer import members
from ...exchange.json_reader import parse_json
from ...history.store import LONGEST_KEY
from ..context import Message, Rule, RuleContext, fault_of
from .request import ENVELOPE, class_name, is_form, is_write, outer, payload, place

NAMES = "a field name starts with a letter and has only letters, digits and `_`"
# What the server sets by itself.
KEPT = ("objectId", "createdAt", "updatedAt")


def rename(ctx: RuleContext, name: str) -> str:
    """What to do about a field name that is not valid, with one that is."""
    valid = re.sub(r"[^A-Za-z0-9_]+", "_", re.sub(r"^[^A-Za-z]+", "", name[:60])).strip("_")
    return f"Rename {ctx.quote(name)}, for example to {ctx.quote(valid)}." if valid else f"Rename {ctx.quote(name)}."


def prohibited_keyword(ctx: RuleContext) -> Message | None:
    """Searches the body for the key, the value or both that the server's denylist (`requestKeywordDenylist`) forbids.

    The message quotes a pattern, not what was sent. Other causes: a trigger added it."""
    found = re.match(r"Prohibited keyword in request data: (.{1,300})\.$", ctx.message)
    denied = parse_json(found[1]).value if found else None
    denied = {"key": denied} if isinstance(denied, str) else denied if isinstance(denied, dict) else {}
    try:
        # The server's patterns are searched in bounded text, if they cannot keep us busy.
        patterns = {part: Pattern(denied[part][:100]) for part in ("key", "value") if isinstance(denied.get(part), str)}
    except ValueError:
        return None
    if not patterns:
        return None
    rule = " and ".join(f"{part} pattern {ctx.quote(denied[part])}" for part in patterns)
    sent = dict(ctx.fields) if ctx.in_batch else {name: part for name, part in outer(ctx).items() if name not in ENVELOPE}
    # Older servers search it too; SDKs send it as an object or as text.
    context = outer(ctx).get("_context")
    sent["_context"] = parse_json(context).value if isinstance(context, str) else context
    for path, value in members(sent):
        text = value if isinstance(value, str) else ""
        for key in str(path[-1]).split(".")[:20]:
            if all(pattern.found_in((key if part == "key" else text)[:200]) for part, pattern in patterns.items()):
                name = ctx.quote(".".join(map(str, path)))
                what = f"The key {name}" if "key" in patterns else f"The value of {name}"
                what += f" with its value {ctx.quote(value, key)}" if len(patterns) == 2 else ""
                fix = f"Rename {ctx.quote(key)}" if "key" in patterns else f"Change the value of {ctx.quote(key)}"
                fix += ", or take the entry out of `requestKeywordDenylist` in the server's configuration."
                # A function's parameters are searched only if its code saves them.
                certain = not place(ctx).route.startswith(("/functions", "/jobs"))
                return fault_of(f"{what} matches an entry of the server's denylist ({rule}).", name.strip("`"), fix, certain=certain)
    says = f"the request has nothing that matches this entry of the denylist ({rule}), so a trigger such as `beforeSave` added it."
    fix = "Look in the trigger of this class for a key or value that matches."
    return Message(says, ctx.message[36:136], False, fix, "after-fix", "script")


def duplicate_value(ctx: RuleContext) -> Message | None:
    """Compares the fields of an object with the index that the message names, other parts of the batch, and what earlier flows stored.

    Older servers answer an update with 500. Other causes: a value that was stored outside of this recording."""
    name, fields, said = class_name(ctx), payload(ctx) if is_write(ctx) else {}, ctx.message[:500]
    if ctx.name == "InternalServerError" and (ctx.method != "PUT" or len(fields) != 1):
        return None
    tried = ctx.app_memory.repeats.get(ctx.facts.request) if ctx.method == "POST" and ctx.name == "DuplicateValue" and fields else None
    if tried and tried.first.status in (0, 502, 503, 504) and not ctx.in_batch:
        says = f"the same create got no answer of the server in {ctx.flow_name(tried.first.flow)}, {ctx.ago(tried.first.when)}, but was carried out."
        fix = "Query for the object, and go on with it: it is the one that was to be created."
        return Message(says, ctx.flow_name(tried.first.flow), False, fix, "never", "request")
    named = {*re.findall(r"(\w+?)_-?1\b", said), *re.findall(r"dup key: \{ ?\"?(\w+)\"?:", said)} & set(fields)
    parts = outer(ctx).get("requests") if ctx.in_batch else None
    deleted = [known.seen.when for (of, _), known in ctx.app_memory.objects.newest() if of == name and known.seen.how == "DELETE"]
    gone = max(deleted, default=0.0)
    for field, value in fields.items():
        seen = ctx.app_memory.taken.get((f"{name}.{field}"[:LONGEST_KEY], value[:LONGEST_KEY])) if isinstance(value, str) else None
        seen = seen if seen and seen.when > gone else None
        twins = [number for number, part in enumerate(parts[:50]) if number != ctx.error.index and _creates(part, ctx, field, value)] if parts else []
        if not (seen or twins or field in named) or (named and field not in named):
            continue
        stored = f" was stored by {ctx.flow_name(seen.flow)}, {ctx.ago(seen.when)}" if seen else " is in another object"
        stored = f" is in part {twins[0]} of this batch, too" if twins and not seen else stored
        says = f"The class {ctx.quote(name)} has a unique index on {ctx.quote(field)}, and {ctx.quote(value, field)}{stored}."
        fix = f"Send another value for {ctx.quote(field)}, or update the object that has it."
        return fault_of(says, f"{field} in {ctx.flow_name(seen.flow)}" if seen else field, fix, certain=bool(named))
    return None


def _creates(part: Any, ctx: RuleContext, field: str, value: Any) -> bool:
    """Whether a part of a batch creates another object of the class with the same value in a field."""
    body = part.get("body") if isinstance(part, dict) and part.get("method") == ctx.method == "POST" else None
    return isinstance(body, dict) and bool(value) and body.get(field) == value and str(part.get("path")).endswith(f"/{class_name(ctx)}")


_MISMATCH = re.compile(
    r"(?:schema mismatch for (?P<of>[\w.:]{1,120})\.|invalid type for key )(?P<field>\w{1,120})[;,] expected "
    r"(?P<column>[\w<>:*]{1,140}|\[object Object\]),? but got (?P<sent>[\w<>:*]{1,140})$"
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
    unnamed = column.startswith("[")  # as Parse Server 2.2 wrote most types
    is_a = f"the column `{field}` has another type, which this server does not name" if unnamed else is_a
    if unnamed and field not in KEPT:
        says, fix = f"`{field}` was sent as {_column(sent)}, but {is_a}.", f"Look up the type of `{field}` in the dashboard, and send that."
    elif key != field:
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
    "File": ("", "", '{{"__type": "File", "name": "..."}}'), "GeoPoint": ("", "", '{{"__type": "GeoPoint", "latitude": 40.0, "longitude": -30.0}}'),
    "Bytes": ("", "", '{{"__type": "Bytes", "base64": "..."}}'),
    "Polygon": ("", "", '{{"__type": "Polygon", "coordinates": [[0, 0], [0, 1], [1, 0]]}}'),
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


# What the server says of an object that is about to be saved, with the field that it names.
_SAID = re.compile(
    r"schema mismatch for (?P<of>[\w:]{1,120})\.(?P<typed>(?!_)\w{1,120}); expected (?P<column>\S{1,140})|"
    r"Invalid field name(?: for update)?: (?P<named>(?!_auth).{1,120}?)\.?$|"
    r"(?P<needed>\w{1,80}) (?:is required|must be specified in this)|Nested keys should not|Filename contains|Email address format|"
    r"(?P<failed>(?:an )?internal server error)",
    re.I,
)


def made_by_trigger(ctx: RuleContext) -> Message | None:
    """Looks at an object of which no other rule has found what the server complains of: a trigger changed the object, or failed itself.

    Other causes: of an internal error, the database."""
    if ctx.body.data is None:
        return None
    said, sent, file = _SAID.match(ctx.message), payload(ctx), place(ctx).route == "/files/{file_id}" and ctx.method == "POST"
    if not said or not (file or (is_write(ctx) and ctx.sends_object)) or (said["named"] and said["named"].partition(".")[0] in sent):
        return None
    other = said["of"] if said["of"] != class_name(ctx) else None
    if (other or "")[:1] == "_":
        return None
    if said["failed"] and (file or any(isinstance(value, (dict, list)) for value in sent.values())):
        return None
    name, whose = said["typed"] or said["named"] or said["needed"], f"a trigger of {ctx.quote(class_name(ctx))}" if class_name(ctx) else "a trigger"
    fix = f"Look at the triggers in cloud code ({'`beforeSave`, `afterSave`' if not file else '`beforeSave` of files'}) and at the server's log."
    if said["failed"]:
        says = f"the body has plain values only, so the error came from {whose} (`beforeSave`, `afterSave`), or from the database."
        fix += " After an error in `afterSave` the object is saved all the same."
    elif other:
        says = f"the message is about the class {ctx.quote(other)}, which this request does not write, so cloud code such as {whose} saves it."
    elif name:
        was = type_sent(sent[name]) if said["of"] and name in sent else ""
        if was and ctx.message.endswith(f"but got {was}"):
            return None
        how = f"was sent as `{was}`" if was not in ("", said["column"]) else "was sent in order" if name in sent else "is not in the request"
        says = f"{ctx.quote(name)} {how}, so {whose} such as `beforeSave` changed it."
        fix += " If no trigger sets it, the server did: update Parse Server." if name in sent else ""
    else:
        says = f"what the server complains of is not in the request, so {whose} such as `beforeSave` set it."
    return Message(says, ctx.message[:100], False, fix, "after-fix", "script")


_BY_TRIGGERS = ("IncorrectType", "InvalidFieldName", "InvalidNestedKey", "InvalidFileName", "InvalidEmailAddress", "MissingRequiredFieldError")
RULES: tuple[Rule, ...] = (
    Rule("type-mismatch", type_mismatch, entries=("IncorrectType",)),
    Rule("keyword", prohibited_keyword, entries=("InvalidFieldName",)),
    Rule("duplicate-value", duplicate_value, entries=("DuplicateValue", "InternalServerError")),
    Rule("made-by-trigger", made_by_trigger, entries=(*_BY_TRIGGERS, "ValidationFailed", "InternalServerError"), otherwise=True),
)
