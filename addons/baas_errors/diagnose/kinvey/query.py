"""What is wrong with a Kinvey query: its JSON, its operators, its limits and its places on the globe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ...exchange.json_reader import parse_json
from ..checks import integer_parameters, json_text_fault, operators_in, type_name, unknown_operators
from ..context import Message, RuleContext

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
    """`query` is no JSON, or no object; `sort` and `fields` are no JSON where they look like it."""
    for name in ("query", "sort", "fields"):
        text = ctx.params.get(name)
        # `sort=name` and `fields=name,age` are right as they are.
        if text is None or (name != "query" and text.lstrip()[:1] not in "{['\u201c%"):
            continue
        if say := json_text_fault(ctx, f"`{name}`", text, name):
            yield say
        elif name == "query" and not isinstance(value := parse_json(text).value, dict):
            yield Message(f"`query` is {type_name(value)}; it must be an object, as in `{{}}`.", f"query: {type_name(value)}", certain=True)


unknown_operator = unknown_operators(query_of, OPERATORS)


def forbidden_operator(ctx: RuleContext) -> Iterator[Message]:
    """An operator that Kinvey never runs."""
    for key, _ in operators_in(query_of(ctx)):
        if key in FORBIDDEN:
            instead = " with plain comparisons, or move the search into a custom endpoint" if key == "$where" else ": the query itself is enough"
            yield Message(f"The query uses `{key}`, which Kinvey refuses. Do without it{instead}.", key, certain=True)


def operator_value(ctx: RuleContext) -> Iterator[Message]:
    """An operator that takes a list has something else."""
    for key, value in operators_in(query_of(ctx)):
        if key in _LISTS and not isinstance(value, list):
            yield Message(f"`{key}` takes a list; here it has {type_name(value)}.", key, certain=True)


def regex_form(ctx: RuleContext) -> Iterator[Message]:
    """A pattern that Kinvey's SDKs would not send: not anchored, or regardless of case."""
    for key, value in operators_in(query_of(ctx)):
        if key == "$regex" and isinstance(value, str) and not value.startswith("^"):
            yield Message(f"the pattern {ctx.quote(value)} is not anchored; Kinvey takes a `$regex` only if it begins with ^.", key)
        elif key == "$options" and isinstance(value, str) and "i" in value:
            yield Message("`$options` asks to ignore case, which Kinvey does not do; store a lower-case copy of the field and search that.", key)


limits = integer_parameters({"limit": (0, LARGEST_PAGE), "skip": (0, None)})


def no_limit(ctx: RuleContext) -> Message | None:
    """Everything was asked for at once."""
    if ctx.method != "GET" or "limit" in ctx.params:
        return None
    what = "everything that fits the query" if "query" in ctx.params else "the whole collection"
    return Message(
        f"The request has no `limit`, so it asks for {what}; one answer holds {LARGEST_PAGE:,}. Page through it: `limit=1000&skip=0`, then "
        "`skip=1000`, with a `sort`.",
        "no limit in the query",
        certain=True,
    )


def no_query(ctx: RuleContext) -> Message | None:
    """A DELETE that names neither an entity nor a query."""
    if ctx.method != "DELETE" or "query" in ctx.params or "id" in ctx.route:
        return None
    if ctx.raw_path.endswith("/"):
        return Message(
            "The path ends after the collection and a slash: the id that belongs there was empty. Without an id, DELETE needs a `query`.",
            ctx.raw_path,
            certain=True,
        )
    return Message("This DELETE on a whole collection has no `query`; `?query={}` would delete everything.", ctx.raw_path, certain=True)


def geo_points(ctx: RuleContext) -> Iterator[Message]:
    """A place that is none: not two numbers, or out of range, mostly because latitude came first."""
    for where, point in _places(ctx):
        if say := _point_fault(ctx, where, point):
            yield say


def _places(ctx: RuleContext) -> Iterator[tuple[str, Any]]:
    entities = ctx.json if isinstance(ctx.json, list) else [ctx.json]
    for number, entity in enumerate(entities[:_MOST_POINTS]):
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
    form = "it must be [longitude, latitude], two numbers"
    if not isinstance(point, list):
        return Message(f"{where} is {type_name(point)}, {ctx.quote(point)}; {form}.", where, certain=True)
    if len(point) != 2 or not all(_is_number(part) for part in point):
        kinds = ", ".join(type_name(part) for part in point[:4]) or "nothing"
        return Message(f"{where} is a list of {kinds}; {form}.", where, certain=True)
    longitude, latitude = point
    if abs(latitude) <= 90 and abs(longitude) <= 180:
        return None
    fault = f"latitude {latitude} is not within -90 to 90" if abs(latitude) > 90 else f"longitude {longitude} is not within -180 to 180"
    swapped = abs(longitude) <= 90 and abs(latitude) <= 180
    hint = "; latitude came first, the other way round it would be a place" if swapped else ""
    return Message(f"{where} is [{longitude}, {latitude}]: {fault}{hint}. Kinvey takes [longitude, latitude].", where, certain=True)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def empty_geo_query(ctx: RuleContext) -> Iterable[Message]:
    """A distance without a place to measure from."""
    keys = {key for key, _ in operators_in(query_of(ctx))}
    if "$maxDistance" in keys and not keys.intersection(_POINTS):
        yield Message("`$maxDistance` stands without `$nearSphere`: put both into the condition on `_geoloc`.", "$maxDistance", certain=True)
