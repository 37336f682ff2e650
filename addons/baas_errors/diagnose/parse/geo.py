"""Points and areas in queries and objects: their form, and the range of their numbers."""

from __future__ import annotations

import re
from typing import Any

from ...exchange.json_reader import type_name

POINT = '{"__type": "GeoPoint", "latitude": 40.0, "longitude": -30.0}'


def _point_fault(value: Any, typed: bool) -> str:
    """What is wrong with a point in a query: a GeoPoint (which may lack its `__type` where not `typed`), or [longitude, latitude]; else ""."""
    if isinstance(value, list) and len(value) == 2:
        longitude, latitude = value
    elif isinstance(value, dict) and "latitude" in value and "longitude" in value and (not typed or value.get("__type") == "GeoPoint"):
        longitude, latitude = value["longitude"], value["latitude"]
    else:
        return "is not a GeoPoint"
    faults = (("latitude", off(latitude, 90)), ("longitude", off(longitude, 180)))
    return next((f"has the {name} {fault}" for name, fault in faults if fault), "")


def off(number: Any, most: int) -> str:
    """Why a coordinate is not from -`most` to `most`, as the rest of a sentence, or ""."""
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return f"as {type_name(number)}; it must be a number from -{most} to {most}"
    return "" if -most <= number <= most else f"{number:g}, which is not from -{most} to {most}"


def geo_fault(name: str, given: Any) -> str:
    """What is wrong with the value of `$geoWithin`, `$geoIntersects`, `$nearSphere` or `$within`, as a sentence, or ""."""
    parts = given if isinstance(given, dict) else {}
    points = {"the value of `$nearSphere`": given}
    sphere: Any = parts.get("$centerSphere")
    if name == "$geoIntersects":
        points = {"`$point` of `$geoIntersects`": parts.get("$point")}
    elif name == "$within":
        box = parts.get("$box")
        if not isinstance(box, list) or len(box) != 2:
            return "`$within` takes `$box` with two GeoPoints."
        points = {f"point {number} of `$box`": point for number, point in enumerate(box)}
    elif name == "$geoWithin" and "$polygon" in parts:
        shape = parts["$polygon"]
        corners = shape.get("coordinates") if isinstance(shape, dict) and shape.get("__type") == "Polygon" else shape
        if not isinstance(corners, list):
            return f"`$polygon` takes an array of GeoPoints or a Polygon; it was given {type_name(shape)}."
        if len(corners) < 3:
            return f"`$polygon` takes at least 3 points; it was given {len(corners)}."
        points = {f"point {number} of `$polygon`": point for number, point in enumerate(corners[:500])}
    elif name == "$geoWithin":
        if sphere is None:
            return "`$geoWithin` has neither `$polygon` nor `$centerSphere`."
        if not isinstance(sphere, list) or len(sphere) < 2:
            return "`$centerSphere` takes an array of a GeoPoint and a distance."
        points = {"the point of `$centerSphere`": sphere[0]}
    typed = name.startswith("$geo")
    wrong = next((f"{what} {fault}." for what, point in points.items() if (fault := _point_fault(point, typed))), "")
    if wrong or "$centerSphere" not in parts or "$polygon" in parts or re.fullmatch(r"\s*\d*\.?\d+(e[+-]?\d+)?\s*", str(sphere[1])[:40], re.I):
        return wrong
    return "the second member of `$centerSphere` is not a distance (a number of 0 or more, in radians)."
