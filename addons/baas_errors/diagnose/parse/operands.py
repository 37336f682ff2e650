"""Why Parse Server, or its database, refuses the values in a query: what operators take, and what fields can be compared with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from ...exchange.json_reader import json_type, type_name
from ..context import Message, Rule, RuleContext, fault_of
from .geo import POINT, geo_intersects_fault, geo_within_fault, near_fault, within_fault
from .request import class_name, conditions, message_matches, outer, parameters, place, quoted, where

_COMPARED = ("$lt", "$lte", "$gt", "$gte", "$ne", "$eq")
_LISTS = ("$in", "$nin", "$all", "$containedBy")
_UNITS = r"(?:yrs?|years?|wks?|weeks?|d|days?|hrs?|hours?|mins?|minutes?|secs?|seconds?)"
_RELATIVE = re.compile(rf" *(?:now|in(?: +-?\d+ +{_UNITS}){{1,9}}|(?:-?\d+ +{_UNITS} +){{1,9}}ago) *", re.I)
DATE = '{"__type": "Date", "iso": "2024-01-31T12:00:00.000Z"}'
# What each operator takes, ready to copy.
_EXAMPLES = {
    "$in": '["a", "b"]', "$nin": '["a", "b"]', "$all": '["a", "b"]', "$containedBy": '["a", "b"]', "$regex": '"^Mi"', "$options": '"i"',
    "$inQuery": '{"where": {}, "className": "Post"}', "$notInQuery": '{"where": {}, "className": "Post"}',
    "$select": '{"query": {"className": "Team", "where": {}}, "key": "city"}',
    "$dontSelect": '{"query": {"className": "Team", "where": {}}, "key": "city"}', "$text": '{"$search": {"$term": "coffee"}}',
    "$geoWithin": '{"$centerSphere": [[longitude, latitude], radians]}', "$geoIntersects": f'{{"$point": {POINT}}}', "$nearSphere": POINT,
    "$within": '{"$box": [southwest, northeast]}',
}  # fmt: skip


def searched(ctx: RuleContext) -> Any:
    """The condition of a query, or that which addresses a push."""
    return outer(ctx).get("where") if place(ctx).route == "/push" else where(ctx)


def operand(ctx: RuleContext) -> Iterator[Message]:
    """Compares the values in `where` with what their operators take.

    Source: parse-server 9.10.0, RestQuery.js, MongoTransform.js, PostgresStorageAdapter.js. Other causes: the message names another operator.
    """
    unsupported = message_matches(ctx, r"Postgres doesn't support")
    if ctx.name == "OperationForbidden" and not unsupported:
        return
    named = set(re.findall(r"\$[A-Za-z]+", ctx.message[:300]))
    lacking = re.match(r"bad \$text: (\$\w{1,40}) (?:- false )?not supported", ctx.message)
    strings = re.match(r'(\$n?in) element type mismatch: expected string for field "([\w.]{1,120})"', ctx.message)
    for key, value in _with_subqueries(searched(ctx)):
        if unsupported and isinstance(value, list) and key[:1] != "$":
            says = f"{ctx.quote(key)} is compared with an array, which PostgreSQL does not support."
            yield fault_of(says, key, 'Use `{"$in": [...]}` to match one of several values, `{"$all": [...]}` to match all of them.')
        for name, given in list(value.items())[:100] if isinstance(value, dict) else ():
            fix = f'Send `"{name}": {_EXAMPLES.get(name, "...")}`.'
            if unsupported and given is None and name in _COMPARED:
                says, fix = f"`{name}` takes a value; it was given null.", f'Send a value, or `{{"$exists": false}}` instead of `{name}`.'
            elif strings and (key, name) == (strings[2], strings[1]):
                others = [item for item in given if item is not None and not isinstance(item, str)] if isinstance(given, list) else []
                says = f"`{name}` has a value that is not a string ({ctx.quote(others[0], key)}), but the column is a String." if others else ""
                fix = f'Send strings: `"{name}": ["..."]`.'
            elif lacking and lacking[1] in _names_in(given):
                says, fix = f"`{lacking[1]}` of `$text` is not supported on PostgreSQL.", f"Remove `{lacking[1]}`, or search with `$regex`."
            else:
                says = _operand_fault(ctx, name, given) if not named or named & {name, *_names_in(given)} else ""
                if "$relativeTime" in says:
                    fix = f'Send `"{name if name in _COMPARED[:4] else "$gt"}": {{"$relativeTime": "2 weeks ago"}}`.'
            if not says:
                continue
            if "which is not from" in says:
                fix = "Send a latitude from -90 to 90 and a longitude from -180 to 180; as an array a point is `[longitude, latitude]`."
            # PostgreSQL takes any numbers for these two.
            certain = name not in ("$nearSphere", "$within") or "which is not from" not in says
            yield fault_of(f"{ctx.quote(key)}: {says}", f"{key} {name}", fix, certain=certain)


def _with_subqueries(query: Any) -> Iterator[tuple[str, Any]]:
    """Each key of a condition with its value, and those of the conditions of its subqueries."""
    queries = [query]
    for _ in range(20):
        for key, value, _ in conditions(queries.pop()) if queries else ():
            yield key, value
            for name in ("$inQuery", "$notInQuery", "$select", "$dontSelect") if isinstance(value, dict) else ():
                inner = value.get(name)
                inner = inner.get("query", inner) if isinstance(inner, dict) else None
                queries += [inner.get("where")] if isinstance(inner, dict) else []


def _names_in(value: Any) -> set[str]:
    """The operators inside the value of one."""
    inner = value.get("$search") if isinstance(value, dict) else None
    return {name for part in (value, inner) if isinstance(part, dict) for name in part}


def _operand_fault(ctx: RuleContext, name: str, given: Any) -> str:
    if name in _LISTS and not isinstance(given, list):
        return f"`{name}` takes an array; it was given {type_name(given)}."
    if name in ("$regex", "$options") and not isinstance(given, str):
        return f"`{name}` takes a string; it was given {type_name(given)}."
    if name == "$options":
        if not given:
            return "`$options` is empty."
        return "" if set(given) <= set("imxsu") else f"`$options` is {ctx.quote(given)}; it takes the letters i, m, x, s and u only."
    if name in ("$inQuery", "$notInQuery"):
        return _lacks(name, given, "an object with `where` (an object) and `className`", ("where", "className"))
    if name in ("$select", "$dontSelect"):
        takes = "an object with `query` (with `className`) and `key`"
        if says := _lacks(name, given, takes, ("query", "key")):
            return says
        if not isinstance(given["query"], dict) or not given["query"].get("className"):
            return f"`{name}` takes {takes}; `className` is missing in `query`."
        return f"`{name}` takes {takes}, and nothing else." if len(given) != 2 else ""
    check = _VALUES.get(name)
    if check is None and name in _COMPARED and isinstance(given, dict) and "$relativeTime" in given:
        if name in ("$ne", "$eq"):
            return f"`$relativeTime` works with $lt, $lte, $gt and $gte only, not with `{name}`."
        text = given["$relativeTime"]
        if not isinstance(text, str) or not _RELATIVE.fullmatch(text[:200]):
            return f"`$relativeTime` takes a string such as `2 weeks ago`, `in 1 day` or `now`; it was given {ctx.quote(text)}."
    return check(given) if check else ""


def _lacks(name: str, given: Any, takes: str, parts: tuple[str, ...]) -> str:
    if not isinstance(given, dict):
        return f"`{name}` takes {takes}; it was given {type_name(given)}."
    lacks = [part for part in parts if given.get(part) in (None, "", 0, False)]
    return f"`{name}` takes {takes}; {quoted(lacks)} {'is' if len(lacks) == 1 else 'are'} missing." if lacks else ""


def _text_fault(given: Any) -> str:
    search = given.get("$search") if isinstance(given, dict) else None
    if not isinstance(search, dict):
        found = f"`$search` is {type_name(search)}" if isinstance(given, dict) and "$search" in given else "`$search` is missing"
        return f'`$text` takes `{{"$search": {{"$term": "..."}}}}`; {found}.'
    term = search.get("$term")
    if not isinstance(term, str) or not term:
        return "`$term` of `$text` is empty." if term == "" else f"`$term` of `$text` takes a string; it was given {type_name(term)}."
    for key, kind in (("$language", str), ("$caseSensitive", bool), ("$diacriticSensitive", bool)):
        if search.get(key) and not isinstance(search[key], kind):
            return f"`{key}` of `$text` takes {type_name(kind())}; it was given {type_name(search[key])}."
    return ""


_VALUES: dict[str, Callable[[Any], str]] = {
    "$text": _text_fault,
    "$geoWithin": geo_within_fault,
    "$geoIntersects": geo_intersects_fault,
    "$nearSphere": near_fault,
    "$within": within_fault,
}


def value_invalid(ctx: RuleContext) -> Iterator[Message]:
    """Looks for values in `where` that the database cannot take: broken dates and patterns, and types that the field does not have.

    Source: observed on Parse Server 9.10.0 (PostgreSQL). Other causes: none for dates, patterns and `$relatedTo`; a stored type may have changed.
    """
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
    """Combinations of geo operators that MongoDB refuses; PostgreSQL accepts some of them."""
    near, seen, wrong, mixed = 0, "", "", False
    for key, value, depth in conditions(searched(ctx)) if ctx.name == "InternalServerError" else ():
        names = set(value) if isinstance(value, dict) else set()
        far = sorted(name for name in names if name.startswith("$maxDistance"))
        says = fix = ""
        if "$nearSphere" in names:
            near, seen, wrong = near + 1, key, near_fault(value["$nearSphere"])
            unit = next((name for name in far if name in ("$maxDistanceInMiles", "$maxDistanceInKilometers")), "")
            if "$exists" in names:
                says, fix = "`$exists` beside `$nearSphere` on one field", "Remove `$exists`: `$nearSphere` finds only objects that have the field."
            elif unit and parameters(ctx).get("count"):
                says, fix = (
                    f"`count` with `$nearSphere` and `{unit}`",
                    "Use `$maxDistance` in radians (miles / 3958.8, kilometres / 6371), or remove `count`.",
                )
            elif depth:
                says, fix = (
                    "`$nearSphere` inside `$or`, `$and` or `$nor`",
                    "Move `$nearSphere` to the top level of `where`, or use `$geoWithin` with `$centerSphere`.",
                )
            elif near > 1:
                says, fix = "more than one `$nearSphere`", "Keep one `$nearSphere`, and use `$geoWithin` with `$centerSphere` for the others."
        elif far:
            says, fix = f"`{far[0]}` without `$nearSphere`", f'Put `"$nearSphere": {POINT}` beside `{far[0]}`.'
        if says:
            mixed = True
            yield fault_of(f"{ctx.quote(key)}: the database does not support {says}.", key, fix, certain=False)

    if seen and not mixed and not wrong:
        says = f"the column {ctx.quote(seen)} has no geo index, which `$nearSphere` needs on MongoDB."
        command = f'db.getCollection("{class_name(ctx)[:60]}").createIndex({{ {seen[:60]}: "2dsphere" }})'
        fix = f"Create one in the database: {ctx.quote(command)}."
        yield Message(says, f"{seen}: $nearSphere", False, fix, "after-fix", "config")


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
