"""Why an object's fields are refused: their names, their types, what is done to them.

Source: parse-server 9.10.0, SchemaController.js, RestWrite.js, Utils.js, DatabaseController.js, PostgresStorageAdapter.js.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...catalog import regex_safety
from ...exchange.json_reader import parse_json
from ...history.store import LONGEST_KEY
from ..checks import members
from ..context import Message, Rule, RuleContext, fault_of
from .request import ENVELOPE, RESERVED, class_name, has_all_rights, is_write, keys_sent, message_matches, outer, payload, place, state_of

FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
NAMES = "a field name starts with a letter and has only letters, digits and `_`"
# What the server sets by itself.
KEPT = ("objectId", "createdAt", "updatedAt")


def field_name(ctx: RuleContext) -> Iterator[Message]:
    """Looks for field names that the server does not accept: other characters, internal and reserved names. Other causes: none."""
    said = re.match(r"Invalid field name(?: for update)?: (.{1,200}?)\.?$", ctx.message)
    config = place(ctx).route == "/config" and ctx.method == "PUT"
    sent: Any = payload(ctx).get("params") if config else payload(ctx)
    for name in sent if (config or is_write(ctx)) and isinstance(sent, dict) and not message_matches(ctx, r"Prohibited keyword") else ():
        # In an update, dots lead into an object.
        root = name.partition(".")[0] if ctx.method == "PUT" and not config else name
        shown = ctx.quote(name)
        if said and said[1] not in (name, root):
            continue
        if name == "__type" and sent[name] == "Pointer":
            fix = "Send the fields that change, without `__type`, `className` and `objectId`; update the SDK if it makes the body."
            yield fault_of("The body is a pointer to the object instead of the fields that change.", "__type: Pointer", fix)
        elif root in RESERVED:
            hint = " The class is in the path." if root == "className" else ""
            yield fault_of(f"`{root}` is a reserved name, which no field can have.", name, f"Remove `{root}`, or rename it.{hint}")
        elif root[:1] == "_" and not has_all_rights(ctx):
            yield fault_of(f"{shown} starts with `_`: such names are internal to the server.", name, f"Remove {shown} from the body.")
        elif root[:1] != "_" and not FIELD.fullmatch(root):
            yield fault_of(f"{shown} is not a valid field name: {NAMES}.", name, rename(ctx, name))


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
    patterns = {part: _pattern(denied[part]) for part in ("key", "value") if isinstance(denied.get(part), str)}
    if not patterns or None in patterns.values():
        return None
    rule = " and ".join(f"{part} pattern {ctx.quote(denied[part])}" for part in patterns)
    sent = dict(ctx.fields) if ctx.in_batch else {name: part for name, part in outer(ctx).items() if name not in ENVELOPE}
    # Older servers search it too; SDKs send it as an object or as text.
    context = outer(ctx).get("_context")
    sent["_context"] = parse_json(context).value if isinstance(context, str) else context
    for path, value in members(sent):
        text = value if isinstance(value, str) else ""
        for key in str(path[-1]).split(".")[:20]:
            if all(pattern and pattern.search((key if part == "key" else text)[:200]) for part, pattern in patterns.items()):
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


def _pattern(text: str) -> re.Pattern[str] | None:
    """A pattern of the server's, or None for one that could keep us busy."""
    try:
        regex_safety.check(text[:100], 200)
        return re.compile(text[:100])
    except ValueError:
        return None


def required_column(ctx: RuleContext) -> Message | None:
    """Looks for the column that the server says is required: missing, null, empty, or to be deleted.

    Other causes: a trigger removed the value, or saved another object."""
    found = re.match(r"(\w{1,80}) is required\.?$", ctx.message)
    if not found or not is_write(ctx):
        return None
    name, fields, example = found[1], payload(ctx), f'`"{found[1]}": "..."`'
    value = fields.get(name)
    gone = "is to be deleted (`__op` Delete)" if isinstance(value, dict) and value.get("__op") == "Delete" else state_of(fields, name, type(value))
    if not gone or value in (0, False):
        return None
    if class_name(ctx) == "_Role":
        example = '`"name": "editors"` (letters, digits, spaces, `_` and `-` only; SDKs drop a name with other characters)'
        example = '`"ACL": {"*": {"read": true}}`, or the permissions that the role should have' if name == "ACL" else example
    fix = f"Send {example}." if ctx.method == "POST" else f"Send a value for `{name}`, or leave it out to keep what is stored."
    says = f"`{name}` {gone}, but the class {ctx.quote(class_name(ctx))} requires it."
    return fault_of(says, keys_sent(fields), fix, certain=ctx.method == "POST" or name in fields)


def duplicate_value(ctx: RuleContext) -> Message | None:
    """Compares the fields of an object with the index that the message names, other parts of the batch, and what earlier flows stored.

    Older servers answer an update with 500. Other causes: a value that was stored outside of this recording."""
    name, fields, said = class_name(ctx), payload(ctx) if is_write(ctx) else {}, ctx.message[:500]
    if ctx.name == "InternalServerError" and (ctx.method != "PUT" or len(fields) != 1):
        return None
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


def nested_key(ctx: RuleContext) -> Message | None:
    """Looks for keys inside fields that contain `$` or `.`. Other causes: none."""
    for path, _ in members(payload(ctx) if ctx.method != "GET" else None):
        key = str(path[-1])
        if len(path) > 1 and (sign := re.search(r"[$.]", key)):
            says = f"The key {ctx.quote(key)} inside {ctx.quote(path[0])} contains `{sign[0]}`, which is not allowed in the keys of stored objects."
            return fault_of(says, key, f"Rename {ctx.quote(key)}, for example to {ctx.quote(re.sub(r'[$.]+', '_', key).strip('_') or 'key')}.")
    return None


RULES: tuple[Rule, ...] = (
    Rule("keyword", prohibited_keyword, entries=("InvalidFieldName",)),
    Rule("field-name", field_name, entries=("InvalidFieldName",)),
    Rule("required-column", required_column, entries=("IncorrectType", "ValidationFailed")),
    Rule("duplicate-value", duplicate_value, entries=("DuplicateValue", "InternalServerError")),
    Rule("nested-key", nested_key, entries=("InvalidNestedKey",)),
)
