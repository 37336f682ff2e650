"""What is wrong with a Kinvey query: its JSON and its geolocations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...exchange.json_reader import parse_json, type_name
from ..checks import operators_in
from ..context import Message, RuleContext
from ..json_faults import json_text_fault

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
