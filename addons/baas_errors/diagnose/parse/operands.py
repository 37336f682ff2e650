"""Why Parse Server, or its database, refuses the values in a query: what operators take, and what fields can be compared with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from ...exchange.json_reader import json_type
from ..checks import type_name
from ..context import Message, Rule, RuleContext
from .request import class_name, conditions, message_matches, quoted, where

_COMPARED = ("$lt", "$lte", "$gt", "$gte", "$ne", "$eq")
_LISTS = ("$in", "$nin", "$all", "$containedBy")
_UNITS = r"(?:yrs?|years?|wks?|weeks?|d|days?|hrs?|hours?|mins?|minutes?|secs?|seconds?)"
_RELATIVE = re.compile(rf" *(?:now|in(?: +-?\d+ +{_UNITS}){{1,9}}|(?:-?\d+ +{_UNITS} +){{1,9}}ago) *", re.I)


def operand(ctx: RuleContext) -> Iterator[Message]:
    """An operator was given what it does not take."""
    unsupported = message_matches(ctx, r"Postgres doesn't support")
    if ctx.name == "OperationForbidden" and not unsupported:
        return
    for key, value, _ in conditions(where(ctx)):
        if isinstance(value, dict):
            for name, given in value.items():
                if unsupported and given is None and name in _COMPARED:
                    yield Message(f"{ctx.quote(key)}: `{name}` takes a value; it was given null.", f"{key} {name}", certain=True)
                elif says := _operand_fault(ctx, name, given):
                    yield Message(f"{ctx.quote(key)}: {says}", f"{key} {name}", certain=True)


def _operand_fault(ctx: RuleContext, name: str, given: Any) -> str:
    if name in _LISTS and not isinstance(given, list):
        return f"`{name}` takes a list; it was given {type_name(given)}."
    if name == "$regex" and not isinstance(given, str):
        return f"`$regex` takes a text; it was given {type_name(given)}."
    if name == "$options":
        if not isinstance(given, str):
            return f"`$options` takes a text; it was given {type_name(given)}."
        wrong = "".join(sorted(set(given) - set("imxsu")))
        return f"`$options` knows i, m, x, s and u, not {ctx.quote(wrong)}." if wrong else "" if given else "`$options` is empty."
    if name in ("$inQuery", "$notInQuery"):
        return _subquery_fault(name, given)
    if name in ("$select", "$dontSelect"):
        return _select_fault(name, given)
    check = _VALUES.get(name)
    if check is None and name in _COMPARED and isinstance(given, dict):
        check = _date_fault
        if "$relativeTime" in given and name in ("$ne", "$eq"):
            return f"`$relativeTime` goes with $lt, $lte, $gt and $gte only, not with `{name}`."
    return check(ctx, given) if check else ""


def _subquery_fault(name: str, given: Any) -> str:
    takes = f"`{name}` takes an object with `where` (an object) and `className`"
    if not isinstance(given, dict):
        return f"{takes}; it was given {type_name(given)}."
    lacks = [key for key in ("where", "className") if given.get(key) in (None, "", 0, False)]
    if lacks:
        return f"{takes}; {quoted(lacks)} {'is' if len(lacks) == 1 else 'are'} missing."
    return ""


def _select_fault(name: str, given: Any) -> str:
    takes = f"`{name}` takes an object with `query` (with `className` and `where`) and `key`"
    if not isinstance(given, dict):
        return f"{takes}; it was given {type_name(given)}."
    lacks = [key for key in ("query", "key") if not given.get(key)]
    if lacks:
        return f"{takes}; {quoted(lacks)} {'is' if len(lacks) == 1 else 'are'} missing."
    query = given["query"]
    if not isinstance(query, dict) or not query.get("className"):
        return f"{takes}; `className` is missing in `query`."
    return f"{takes}, and nothing else." if len(given) != 2 else ""


def _text_fault(_: RuleContext, given: Any) -> str:
    search = given.get("$search") if isinstance(given, dict) else None
    if not isinstance(search, dict):
        found = f"`$search` is {type_name(search)}" if isinstance(given, dict) and "$search" in given else "it has no `$search`"
        return f'`$text` takes {{"$search": {{"$term": "..."}}}}; {found}.'
    term = search.get("$term")
    if not isinstance(term, str) or not term:
        return f"`$term` of `$text` takes a text; it was given {type_name(term) if term != '' else 'an empty one'}."
    for key, kind in (("$language", str), ("$caseSensitive", bool), ("$diacriticSensitive", bool)):
        if key in search and not isinstance(search[key], kind):
            return f"`{key}` of `$text` takes {type_name(kind())}; it was given {type_name(search[key])}."
    return ""


def _is_point(value: Any) -> bool:
    if isinstance(value, list):
        return len(value) == 2 and all(isinstance(part, (int, float)) and not isinstance(part, bool) for part in value)
    return isinstance(value, dict) and value.get("__type") == "GeoPoint" and "latitude" in value and "longitude" in value


def _geo_within_fault(_: RuleContext, given: Any) -> str:
    if not isinstance(given, dict):
        return f"`$geoWithin` takes an object; it was given {type_name(given)}."
    if "$polygon" in given:
        shape = given["$polygon"]
        points = shape.get("coordinates") if isinstance(shape, dict) and shape.get("__type") == "Polygon" else shape
        if not isinstance(points, list):
            return f"`$polygon` takes a list of GeoPoints or a Polygon; it was given {type_name(shape)}."
        if len(points) < 3:
            return f"`$polygon` takes at least 3 points; it was given {len(points)}."
        return "" if all(_is_point(point) for point in points) else "a point of `$polygon` is no GeoPoint."
    if "$centerSphere" in given:
        sphere = given["$centerSphere"]
        if not isinstance(sphere, list) or len(sphere) < 2:
            return "`$centerSphere` takes a list of a GeoPoint and a distance."
        if not _is_point(sphere[0]):
            return "the first member of `$centerSphere` is no GeoPoint."
        number = isinstance(sphere[1], (int, float)) and not isinstance(sphere[1], bool) and sphere[1] >= 0
        return "" if number else "the second member of `$centerSphere` is no distance (a number of 0 or more, in radians)."
    return "`$geoWithin` takes `$polygon` or `$centerSphere`, and has neither."


def _geo_intersects_fault(_: RuleContext, given: Any) -> str:
    point = given.get("$point") if isinstance(given, dict) else None
    return "" if _is_point(point) else f"`$geoIntersects` takes a GeoPoint in `$point`; it was given {type_name(point)}."


def _date_fault(ctx: RuleContext, given: Any) -> str:
    if isinstance(given, dict) and "$relativeTime" in given:
        text = given["$relativeTime"]
        if not isinstance(text, str) or not _RELATIVE.fullmatch(text[:200]):
            return f"`$relativeTime` takes a text such as `2 weeks ago`, `in 1 day` or `now`; it was given {ctx.quote(text)}."
    return ""


def _near_fault(_: RuleContext, given: Any) -> str:
    return "" if _is_point(given) else f"`$nearSphere` takes a GeoPoint; it was given {type_name(given)}."


def _within_fault(_: RuleContext, given: Any) -> str:
    box = given.get("$box") if isinstance(given, dict) else None
    if isinstance(box, list) and len(box) == 2 and all(_is_point(point) for point in box):
        return ""
    return '`$within` takes {"$box": [southwest, northeast]} with two GeoPoints.'


_VALUES: dict[str, Callable[[RuleContext, Any], str]] = {
    "$text": _text_fault,
    "$geoWithin": _geo_within_fault,
    "$geoIntersects": _geo_intersects_fault,
    "$nearSphere": _near_fault,
    "$within": _within_fault,
}


def value_invalid(ctx: RuleContext) -> Iterator[Message]:
    """Values in `where` that the database cannot take: broken dates and patterns, and types that the field has not."""
    for key, value, _ in conditions(where(ctx)):
        if key == "$relatedTo" and not (isinstance(value, dict) and isinstance(value.get("object"), dict) and value.get("key")):
            yield Message("`$relatedTo` takes an object with `object` (a pointer) and `key`.", "$relatedTo", certain=True)
        for inner in (value, *(value.values() if isinstance(value, dict) else ())):
            if isinstance(inner, dict) and inner.get("__type") == "Date" and not is_date(inner.get("iso")):
                yield Message(
                    f"{ctx.quote(key)} is compared with a Date whose `iso` is no date: {ctx.quote(inner.get('iso'), key)}.", f"{key}: iso", True
                )
        if isinstance(value, dict) and isinstance(value.get("$regex"), str) and (why := pattern_fault(value["$regex"])):
            yield Message(f"The `$regex` for {ctx.quote(key)} is no regular expression: {why}.", f"{key}: $regex", certain=True)
    yield from _other_types(ctx)


def _other_types(ctx: RuleContext) -> Iterator[Message]:
    """Comparisons with another type than the field was stored with."""
    for key, value, _ in conditions(where(ctx)):
        known = ctx.app_memory.fields.get((class_name(ctx), key))
        operands = [value]
        if isinstance(value, dict):
            operands = [value[name] for name in _COMPARED if name in value]
        for given in operands:
            kind = json_type(given)
            if key == "objectId" and kind not in ("null", "string", "object"):
                yield Message(f"`objectId` is compared with {type_name(given)}; ids are strings.", f"objectId: {kind}", certain=True)
            elif known and known[0] in ("number", "string", "boolean") and kind in ("number", "string", "boolean") and kind != known[0]:
                yield Message(
                    f"{ctx.quote(key)} is compared with {type_name(given)}, and was stored as a {known[0]} in {ctx.flow_name(known[1].flow)}.",
                    f"{key}: {kind} / {known[0]}",
                )


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?")


def is_date(value: Any) -> bool:
    """Whether a text is a date in ISO 8601."""
    return isinstance(value, str) and _DATE.fullmatch(value.strip()) is not None


def pattern_fault(pattern: str) -> str:
    """What is wrong with a regular expression in every dialect: brackets without their partners; "" where nothing is seen."""
    text = re.sub(r"\\.", "", pattern[:2_000], flags=re.S)
    if text.endswith("\\"):
        return "it ends with a backslash"
    text, classes = re.subn(r"\[\^?\]?[^\]]*\]", "", text)
    if "[" in text:
        return "a [ has no ]"
    if text.count("(") != text.count(")"):
        return "the number of ( and ) differs"
    return "it begins with a repetition" if re.match(r"[*+?]", text) and not classes else ""


RULES: tuple[Rule, ...] = (
    Rule("operand", operand, entries=("InvalidQuery", "InvalidJSON", "InternalServerError", "OperationForbidden")),
    Rule("query-value", value_invalid, entries=("InternalServerError", "InvalidQuery", "InvalidJSON")),
)
