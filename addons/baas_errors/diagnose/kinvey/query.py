"""What is wrong with a Kinvey query: its JSON, its operators, its limits and its geolocations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

from ...exchange.json_reader import compact, parse_json, type_name
from ..checks import integer_parameters, operators_in, unknown_operators
from ..context import Message, RuleContext
from ..json_faults import json_text_fault

# One answer holds no more.
LARGEST_PAGE = 10_000
# MongoDB's operators as far as Kinvey may know them: wide, since what is not here is called unknown.
OPERATORS = frozenset({
    "$all", "$and", "$box", "$center", "$centerSphere", "$comment", "$elemMatch", "$eq", "$exists", "$geoIntersects", "$geoWithin",
    "$geometry", "$gt", "$gte", "$in", "$lt", "$lte", "$maxDistance", "$minDistance", "$mod", "$ne", "$near", "$nearSphere", "$nin",
    "$nor", "$not", "$options", "$or", "$polygon", "$query", "$regex", "$size", "$type", "$uniqueDocs", "$where", "$within",
})  # fmt: skip
# Kinvey refuses these two wherever they stand in a query.
FORBIDDEN = ("$where", "$query")
_LISTS = ("$in", "$nin", "$all", "$and", "$or", "$nor")
_POINTS = ("$near", "$nearSphere")
_SHAPES = ("$box", "$polygon")
_MOST_POINTS = 200


def query_of(ctx: RuleContext) -> Any:
    """The query that a request makes: the `query` parameter, or `condition` in the body of a _group; None for none, or one that is no JSON."""
    text = ctx.params.get("query")
    if text is not None:
        parsed = parse_json(text)
        return None if parsed.problem else parsed.value
    return ctx.fields.get("condition") if "_group" in ctx.raw_path else None


def query_json(ctx: RuleContext) -> Iterator[Message]:
    """Looks at `query`, `sort` and `fields`: whether each is JSON where it must be, and `query` an object. Source: Kinvey REST guide, Querying. Other
    causes: none, Kinvey parses all three before anything else."""
    for name in ("query", "sort", "fields"):
        text = ctx.params.get(name)
        # `sort=name` and `fields=name,age` are right as they are.
        if text is None or (name != "query" and text.lstrip()[:1] not in "{['\u201c%"):
            continue
        if say := json_text_fault(ctx, f"`{name}`", text, name):
            fix = "Build the value with a JSON library and percent-encode it once: `JSON.stringify`, then `encodeURIComponent`."
            yield say._replace(fix=say.fix or fix, retry="after-fix", fault="request")
        elif name == "query" and not isinstance(value := parse_json(text).value, dict):
            says = f"`query` is {type_name(value)}; it must be an object."
            yield Message(says, f"query: {type_name(value)}", True, 'Send an object, such as `query={"title":"Dune"}`; `query={}` for everything.')


unknown_operator = unknown_operators(query_of, OPERATORS)


def forbidden_operator(ctx: RuleContext) -> Iterator[Message]:
    """Looks for operators that Kinvey never runs. Source: Kinvey REST guide, Querying. Other causes: none."""
    for key, _ in operators_in(query_of(ctx)):
        if key in FORBIDDEN:
            fix = (
                "Use plain comparisons, or move the search into a custom endpoint."
                if key == "$where"
                else "Send what is inside `$query` as the query."
            )
            yield Message(f"The query uses `{key}`, which Kinvey refuses.", key, True, fix)


def operator_value(ctx: RuleContext) -> Iterator[Message]:
    """Looks at operators that take a list. Source: MongoDB manual, Query operators. Other causes: none."""
    for key, value in operators_in(query_of(ctx)):
        if key in _LISTS and not isinstance(value, list):
            shown = f'"{key}":[{compact(value) if len(str(value)) < 40 else "..."}]'
            yield Message(f"`{key}` takes a list; it was sent {type_name(value)}.", key, True, f"Send a list: {ctx.quote(shown)}.")


def regex_form(ctx: RuleContext) -> Iterator[Message]:
    """Looks at patterns: whether they are anchored and heed case, as Kinvey wants them. Source: kinvey-js-sdk 7.0.0, query.js (`matches` refuses both
    on the device)."""
    for key, value in operators_in(query_of(ctx)):
        if key == "$regex" and isinstance(value, str) and not value.startswith("^"):
            says = f"the pattern {ctx.quote(value)} is not anchored, and Kinvey takes a `$regex` only if it begins with `^`."
            anchored = ctx.quote(f'"$regex":"^{value}"')
            yield Message(says, key, False, f"Send {anchored}; to search inside texts, use a custom endpoint.")
        elif key == "$options" and isinstance(value, str) and "i" in value:
            fix = "Store a lower-case copy of the field and search that without `$options`."
            yield Message("`$options` asks to ignore case, which Kinvey does not support.", key, False, fix)


_integers = integer_parameters({"limit": (0, LARGEST_PAGE), "skip": (0, None)})


def limits(ctx: RuleContext) -> Iterator[Message]:
    """Looks at `limit` and `skip`: whole numbers, from 0, `limit` to 10,000. Source: Kinvey REST guide, Querying. Other causes: another parameter out
    of range, where the server's text does not name this one."""
    said = f"{ctx.name} {ctx.message} {ctx.error.debug}".lower()
    for say in cast(Iterable[Message], _integers(ctx)):
        name = say.evidence.partition("=")[0]
        plain = ctx.params.get(name, "").strip().isdigit()
        certain = ctx.name == "ResultSetSizeExceeded" or name in said or (ctx.name == "ParameterValueOutOfRange" and not plain)
        yield say._replace(certain=certain)


def delta_set(ctx: RuleContext) -> Message | None:
    """Looks at a delta set that was refused: its `since` is too old, or too much has changed. Source: Kinvey/swift-sdk, DeltaSetCacheTestCase.swift;
    kinvey-js-sdk 7.0.0, datastore/cachestore.js. Other causes: none where debug names `since`."""
    if not ctx.raw_path.rstrip("/").endswith("/_deltaset"):
        return None
    since = ctx.params.get("since", "")
    fix = (
        "Forget the stored `since` of this query and fetch everything once without `_deltaset` (the SDK does so by itself); store the answer's "
        "`X-Kinvey-Request-Start` as the next `since`."
    )
    if ctx.name == "ParameterValueOutOfRange":
        text = f"{ctx.error.debug} {ctx.message}".lower()
        named, early = "since" in text, re.search(r"earl|before|prior|old|enabled", text)
        why = "before the time for which Kinvey keeps changes of this collection" if early or not named else "which Kinvey does not accept"
        says = f"`since` is {ctx.quote(since)}, {why}."
        return Message(says, f"since={since[:40]}", named, fix, "after-fix", "request") if since else None
    return Message("The delta set holds too many changes for one answer.", "_deltaset", True, fix, "after-fix", "request")


def no_limit(ctx: RuleContext) -> Message | None:
    """Looks for a read of everything at once. Source: Kinvey REST guide, Data store (at most 10,000 entities an answer). Other causes: none."""
    if ctx.method != "GET" or "limit" in ctx.params or re.search(r"/_deltaset/?$|^/appdata/[^/]+/?$", ctx.raw_path):
        return None
    what = "everything that matches the query" if "query" in ctx.params else "the whole collection"
    says = f"The request has no `limit`, so it asks for {what}; one answer holds at most {LARGEST_PAGE:,} entities."
    return Message(says, "no limit in the query", True, "Page through it with a `sort`: `limit=1000&skip=0`, then `limit=1000&skip=1000`.")


def no_query(ctx: RuleContext) -> Message | None:
    """Looks for a DELETE that names neither an entity nor a query. Source: Kinvey REST guide, Data store. Other causes: none."""
    if ctx.method != "DELETE" or "query" in ctx.params or "id" in ctx.route:
        return None
    if ctx.raw_path.endswith("/"):
        says = "The path ends with a slash after the collection: the id that belongs there was empty."
        return Message(says, ctx.raw_path, True, "Put the entity's `_id` after the slash, and send nothing while the app has none.")
    fix = 'Add a query, such as `?query={"done":true}` (percent-encoded). `?query={}` deletes everything.'
    return Message("The DELETE on a whole collection has no `query`.", ctx.raw_path, True, fix)


def geo_points(ctx: RuleContext) -> Iterator[Message]:
    """Looks at each geolocation: two numbers, in range, longitude first. Source: Kinvey REST guide, Location. Other causes: none, such a place cannot
    be stored or searched."""
    for where, point in _places(ctx):
        if say := _point_fault(ctx, where, point):
            yield say


def _places(ctx: RuleContext) -> Iterator[tuple[str, Any]]:
    entities = ctx.json if isinstance(ctx.json, list) else [ctx.json]
    for number, entity in enumerate(entities[:_MOST_POINTS]):
        if ctx.error.index not in (None, number):
            continue  # The others were saved.
        if isinstance(entity, dict) and entity.get("_geoloc") is not None:
            yield "`_geoloc`" if len(entities) == 1 else f"`_geoloc` of entity {number}", entity["_geoloc"]
    for key, value in operators_in(query_of(ctx)):
        if key in _POINTS:
            yield f"`{key}`", _coordinates(value)
        elif key in _SHAPES and isinstance(value, list):
            yield from ((f"`{key}`", point) for point in value[:_MOST_POINTS])


def _coordinates(value: Any) -> Any:
    """A point as such, or that of GeoJSON."""
    geometry = value.get("$geometry") if isinstance(value, dict) else None
    return geometry.get("coordinates") if isinstance(geometry, dict) else value


def _point_fault(ctx: RuleContext, where: str, point: Any) -> Message | None:
    fix = "Send [longitude, latitude], two numbers, such as `[-122.4, 37.8]`."
    if not isinstance(point, list):
        return Message(f"{where} is {type_name(point)}, {ctx.quote(point)}.", where, True, fix)
    if len(point) != 2 or not all(isinstance(part, (int, float)) and not isinstance(part, bool) for part in point):
        kinds = f"a list of {', '.join(type_name(part) for part in point[:4])}" if point else "an empty list"
        return Message(f"{where} is {kinds}.", where, True, fix)
    longitude, latitude = point
    if abs(latitude) <= 90 and abs(longitude) <= 180:
        return None
    fault = f"latitude {latitude} is not within -90 to 90" if abs(latitude) > 90 else f"longitude {longitude} is not within -180 to 180"
    if abs(longitude) <= 90 and abs(latitude) <= 180:
        fault, fix = f"{fault}; latitude came first", f"Send `[{latitude}, {longitude}]`: longitude comes first."
    return Message(f"{where} is [{longitude}, {latitude}]: {fault}.", where, True, fix)


def empty_geo_query(ctx: RuleContext) -> Iterable[Message]:
    """Looks for a distance without a place to measure from. Source: MongoDB manual, Geospatial queries. Other causes: none."""
    keys = {key for key, _ in operators_in(query_of(ctx))}
    if "$maxDistance" in keys and not keys.intersection(_POINTS):
        fix = 'Put both into one condition: `{"_geoloc":{"$nearSphere":[-122.4,37.8],"$maxDistance":5}}`.'
        yield Message("`$maxDistance` is used without `$nearSphere`.", "$maxDistance", True, fix)
