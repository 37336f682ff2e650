"""Why Parse Server, or its database, refuses the values in a query: what operators take, and what fields can be compared with.

Source: parse-server 9.10.0, RestQuery.js, MongoTransform.js, PostgresStorageAdapter.js; observed on PostgreSQL.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ...catalog.load import rule_tables
from ...exchange.json_reader import json_type, type_name
from ..checks import members
from ..context import Message, Rule, RuleContext, fault_of
from .geo import POINT, geo_fault
from .request import MOST_CONDITIONS, class_name, conditions, message_matches, outer, parameters, place, quoted, where

_COMPARED = ("$lt", "$lte", "$gt", "$gte", "$ne", "$eq")
_UNITS = r"(?:yrs?|years?|wks?|weeks?|d|days?|hrs?|hours?|mins?|minutes?|secs?|seconds?)"
_RELATIVE = re.compile(rf" *(?:now|in(?: +-?\d+ +{_UNITS}){{1,9}}|(?:-?\d+ +{_UNITS} +){{1,9}}ago) *", re.I)
DATE = '{"__type": "Date", "iso": "2024-01-31T12:00:00.000Z"}'
# The type that an operator, or a part of `$text`, takes, how a value is sent, and one for an example.
_TAKES: dict[str, tuple[type, str, str]] = {
    **dict.fromkeys(("$in", "$nin", "$all", "$containedBy"), (list, "[{}]", '"a", "b"')),
    "$regex": (str, "{}", '"^Mi"'), "$options": (str, "{}", '"i"'), "$text": (dict, '{{"$search": {{"$term": {}}}}}', '"coffee"'),
    "$search": (dict, '{{"$term": {}}}', '"coffee"'), "$term": (str, "{}", '"coffee"'), "$language": (str, "{}", '"english"'),
    "$caseSensitive": (bool, "{}", "false"), "$diacriticSensitive": (bool, "{}", "true"),
}  # fmt: skip
_TEXT_PARTS = list(_TAKES)[-5:]
_GEO: dict[str, str] = rule_tables("parse")["geo_operands"]
_IN, _SELECT = '{"where": {}, "className": "Post"}', '{"query": {"className": "Team", "where": {}}, "key": "city"}'
_CIRCLE = "use `$geoWithin` with `$centerSphere`"
# The index of MongoDB that an operator needs.
_INDEXED = {"$nearSphere": ("geo index", "2dsphere"), "$text": ("text index", "text")}
# The parts that a subquery must have, how they are called, and one ready to copy.
_SUBQUERIES = {
    **dict.fromkeys(("$inQuery", "$notInQuery"), (("where", "className"), "`where` (an object) and `className`", _IN)),
    **dict.fromkeys(("$select", "$dontSelect"), (("query", "key"), "`query` (with `className`) and `key`", _SELECT)),
}


def searched(ctx: RuleContext) -> Any:
    """The condition of a query, or that which addresses a push."""
    return outer(ctx).get("where") if place(ctx).route == "/push" else where(ctx)


def operand(ctx: RuleContext) -> Iterator[Message]:
    """Compares the values in `where` with what their operators take. Other causes: none, the message names no other operator."""
    unsupported = message_matches(ctx, r"Postgres doesn't support", r"You cannot use .{0,200} as a query parameter")
    if ctx.name == "OperationForbidden" and not unsupported:
        return
    named = set(re.findall(r"\$[A-Za-z]+", ctx.message[:300]))
    for path, value in members(searched(ctx), MOST_CONDITIONS):
        key, inside = str(path[-1]), value if isinstance(value, dict) else {}
        if unsupported and (len(path) == 1 or isinstance(path[-2], int)) and key[:1] != "$":
            fix = 'Use `{"$in": [...]}` to match one of several values, `{"$all": [...]}` to match all of them.'
            fix = f"Name the part to compare: {ctx.quote('.'.join([key, *list(inside)[:1]]))}." if inside else fix
            if isinstance(value, list) or (inside and not any(name[:1] in ("$", "_") for name in inside)):
                yield fault_of(f"{ctx.quote(key)} is compared with {type_name(value)}, which the database does not support.", key, fix)
        for name, given in _operators(inside) if isinstance(path[-1], str) and key not in ("$text", "$search") else ():
            says, fix = _postgres_fault(ctx, key, name, given)
            if not says and (not named or named & {name, *(given if isinstance(given, dict) else ())}):
                says, fix = _operand_fault(ctx, key, name, given)
            if says:
                # PostgreSQL takes any numbers for these two.
                certain = name not in ("$nearSphere", "$within") or "which is not from" not in says
                yield fault_of(f"{ctx.quote(key)}: {says}", f"{key} {name}", fix, certain=certain)


def _operators(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each operator with its value, and the parts of `$text`: those that it must have, and others that have a value."""
    for name, given in list(value.items())[:100]:
        yield name, given
        if name == "$text" and isinstance(given, dict):
            yield "$search", given.get("$search")
            if isinstance(search := given.get("$search"), dict):
                yield "$term", search.get("$term")
                yield from ((part, search[part]) for part in _TEXT_PARTS[2:] if part in search)


def _postgres_fault(ctx: RuleContext, key: str, name: str, given: Any) -> tuple[str, str]:
    """What PostgreSQL refuses of an operator that is right in itself, and what to send instead; "" for nothing."""
    if message_matches(ctx, r"Postgres doesn't support"):
        if name in _COMPARED[:4] and (given is None or given is False or given == ""):
            shown = {None: "null", False: "false"}.get(given, "an empty string")
            return f"`{name}` takes a value; it was given {shown}.", f'Send a value, or `{{"$exists": false}}` instead of `{name}`.'
        if name == "$all" and isinstance(given, list) and len(given) != 1:
            fix = "Send one value in `$all`, or use `$in` to match one of several values."
            return f"`$all` with {len(given)} values works on Array columns only.", fix
    strings = re.match(r'(\$n?in) element type mismatch: expected string for field "([\w.]{1,120})"', ctx.message)
    if strings and strings[1] == name and strings[2] == key and isinstance(given, list):
        others = [item for item in given if item is not None and not isinstance(item, str)]
        if others:
            says = f"`{name}` has a value that is not a string ({ctx.quote(others[0], key)}), but the column is a String."
            return says, f'Send strings: `"{name}": ["..."]`.'
    return "", ""


def _operand_fault(ctx: RuleContext, key: str, name: str, given: Any) -> tuple[str, str]:
    """What is wrong with the value of an operator, as a sentence, and what to send instead; "" for nothing."""
    says = fix = ""
    if name in _TAKES:
        kind, form, example = _TAKES[name]
        fix, of = f'Send `"{name}": {form.format(example)}`.', " of `$text`" if name in _TEXT_PARTS else ""
        if given in ("", None) and name in ("$options", "$search", "$term"):
            says = f"`{name}`{of} is {'empty' if given == '' else 'missing'}."
        elif not isinstance(given, kind) and (given or not of):
            says = f"`{name}`{of} takes {type_name(kind())}; it was given {type_name(given)}."
            plain = isinstance(given, (str, int, float)) and kind is not bool and (kind is list or not isinstance(given, bool))
            own = f'"{name}": {form.format(json.dumps(given if kind is list else str(given)))}' if plain else ""
            if own and ctx.quote(own, key) == f"`{own}`":
                fix = f"Send `{own}`."
        elif name == "$options" and not re.fullmatch("[imxsu]+", str(given)):
            says = f"`$options` is {ctx.quote(given)}; it takes the letters i, m, x, s and u only."
    elif name in _GEO:
        says, fix = geo_fault(name, given), f'Send `"{name}": {_GEO[name]}`.'
        if "which is not from" in says:
            fix = "Send a latitude from -90 to 90 and a longitude from -180 to 180; as an array a point is `[longitude, latitude]`."
    elif name in _SUBQUERIES:
        needs, parts, example = _SUBQUERIES[name]
        inner = given if isinstance(given, dict) else {}
        lacks = [part for part in needs if inner.get(part) in (None, "", 0, False)]
        if not lacks and name in ("$select", "$dontSelect") and not (isinstance(inner["query"], dict) and inner["query"].get("className")):
            lacks = ["query.className"]
        named = next((of["className"] for of in (inner, inner.get("query")) if isinstance(of, dict) and isinstance(of.get("className"), str)), "")
        example = re.sub("Post|Team", ctx.quote(named)[1:-1], example) if re.fullmatch(r"\w{1,80}", named) else example
        why = f"; {quoted(lacks)} {'is' if len(lacks) == 1 else 'are'} missing" if given is inner else f"; it was given {type_name(given)}"
        why = why if lacks else ", and nothing else" if name in ("$select", "$dontSelect") and len(inner) != 2 else ""
        says, fix = f"`{name}` takes an object with {parts}{why}." if why else "", f'Send `"{name}": {example}`.'
    elif name in _COMPARED and isinstance(given, dict) and "$relativeTime" in given:
        text, right = given["$relativeTime"], name if name in _COMPARED[:4] else "$gt"
        valid = isinstance(text, str) and _RELATIVE.fullmatch(text[:200])
        fix = f'Send `"{right}": {{"$relativeTime": "{text if valid else "2 weeks ago"}"}}`.'
        if right != name:
            says = f"`$relativeTime` works with $lt, $lte, $gt and $gte only, not with `{name}`."
        elif not valid:
            says = f"`$relativeTime` takes a string such as `2 weeks ago`, `in 1 day` or `now`; it was given {ctx.quote(text)}."
    return says, fix


def value_invalid(ctx: RuleContext) -> Iterator[Message]:
    """Looks for values in `where` that the database cannot take: broken dates and patterns, types that the field does not have.

    Other causes: none for dates, patterns and `$relatedTo`; a stored type may have changed."""
    for key, value, _ in conditions(searched(ctx)):
        shown = ctx.quote(key)
        if key == "$relatedTo" and not (isinstance(value, dict) and isinstance(value.get("object"), dict) and value.get("key")):
            fix = 'Send `"$relatedTo": {"object": {"__type": "Pointer", "className": "Post", "objectId": "..."}, "key": "likes"}`.'
            yield fault_of("`$relatedTo` takes an object with `object` (a pointer) and `key`.", "$relatedTo", fix)
        for inner in (value, *(value.values() if isinstance(value, dict) else ())):
            if isinstance(inner, dict) and inner.get("__type") == "Date" and not is_date(iso := inner.get("iso")):
                given = f"is not a date: {ctx.quote(iso, key)}" if iso else "is empty" if iso == "" else "is missing"
                yield fault_of(f"{shown} is compared with a Date whose `iso` {given}.", f"{key}: iso", f"Send `{DATE}`.")
        if isinstance(value, dict) and isinstance(pattern := value.get("$regex"), str) and (why := pattern_fault(pattern)):
            says = f"The `$regex` for {shown} is not a valid regular expression: {why}."
            yield fault_of(says, f"{key}: $regex", "Correct the pattern, or put a backslash before characters to match literally.")
    yield from _geo_mixes(ctx)
    yield from _other_types(ctx)


def _geo_mixes(ctx: RuleContext) -> Iterator[Message]:
    """Combinations of geo operators that MongoDB refuses and PostgreSQL in part accepts; operators that need an index on MongoDB."""
    asked = [found for found in conditions(searched(ctx)) if isinstance(found[1], dict)] if ctx.name == "InternalServerError" else []
    near, refused = [value for _, value, _ in asked if "$nearSphere" in value], False
    for key, value, depth in asked:
        far, has = next(iter(sorted(name for name in value if name.startswith("$maxDistance"))), ""), "$nearSphere" in value
        counts = far in ("$maxDistanceInMiles", "$maxDistanceInKilometers") and parameters(ctx).get("count")
        mixes = (
            (far and not has, f"`{far}` without `$nearSphere`", f'Put `"$nearSphere": {POINT}` beside `{far}`.'),
            (
                has and "$exists" in value,
                "`$exists` beside `$nearSphere` on one field",
                "Remove `$exists`: `$nearSphere` finds only objects that have it.",
            ),
            (
                has and counts,
                f"`count` with `$nearSphere` and `{far}`",
                "Use `$maxDistance` in radians (miles / 3958.8, kilometres / 6371), or no `count`.",
            ),
            (has and depth, "`$nearSphere` inside `$or`, `$and` or `$nor`", f"Move `$nearSphere` to the top level of `where`, or {_CIRCLE}."),
            (has and value is not near[0], "more than one `$nearSphere`", f"Keep one `$nearSphere`, and {_CIRCLE} for the others."),
        )
        if found := next(((says, fix) for holds, says, fix in mixes if holds), None):
            refused = True
            yield fault_of(f"{ctx.quote(key)}: the database does not support {found[0]}.", key, found[1], certain=False)
    for key, value, _ in asked if not refused else ():
        name = next((name for name in _INDEXED if name in value), "")
        if name and not any(_operand_fault(ctx, key, part, given)[0] for part, given in _operators(value)):
            says = f"the column {ctx.quote(key)} has no {_INDEXED[name][0]}, which `{name}` needs on MongoDB."
            command = f'db.getCollection("{class_name(ctx)[:60]}").createIndex({{ {key[:60]}: "{_INDEXED[name][1]}" }})'
            yield Message(says, f"{key}: {name}", False, f"Create one in the database: {ctx.quote(command)}.", "after-fix", "config")


def _other_types(ctx: RuleContext) -> Iterator[Message]:
    """Comparisons with another type than the field was stored with."""
    for key, value, _ in conditions(where(ctx)):
        known = ctx.app_memory.fields.get((class_name(ctx), key))
        for given in [value[name] for name in _COMPARED if name in value] if isinstance(value, dict) else [value]:
            kind = json_type(given)
            if key == "objectId" and isinstance(given, (bool, int, float, list)):
                fix = f'Send `"objectId": "{given if isinstance(given, (int, float)) else "..."}"` (in quotes).'
                yield fault_of(f"`objectId` is compared with {type_name(given)}; ids are strings.", f"objectId: {kind}", fix)
            elif known and known[0] != kind and isinstance(given, (str, bool, int, float)) and known[0] in _SCALARS:
                says = f"{ctx.quote(key)} is compared with {type_name(given)}, but {ctx.flow_name(known[1].flow)} stored a {known[0]} in it."
                yield fault_of(says, f"{key}: {kind} / {known[0]}", f"Compare {ctx.quote(key)} with a {known[0]}.", certain=False)


# The names of JSON types that compare by value.
_SCALARS = {json_type(value) for value in ("", 0, True)}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?")


def is_date(value: Any) -> bool:
    """Whether a value is a date in ISO 8601, as text."""
    return isinstance(value, str) and _DATE.fullmatch(value.strip()) is not None


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
    Rule("operand", operand, entries=("InvalidQuery", "InvalidJSON", "InternalServerError", "OperationForbidden")),
    Rule("query-value", value_invalid, entries=("InternalServerError", "InvalidQuery", "InvalidJSON")),
)
