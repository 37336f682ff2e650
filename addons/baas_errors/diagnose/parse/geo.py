"""Points and areas in queries and objects: their form, and the range of their numbers."""

from __future__ import annotations

from typing import Any

from ...exchange.json_reader import type_name

POINT = '{"__type": "GeoPoint", "latitude": 40.0, "longitude": -30.0}'


def _point_fault(value: Any, typed: bool = True) -> str:
    """What is wrong with a point in a query: a GeoPoint (which may lack its `__type` where not `typed`), or [longitude, latitude]; else ""."""
    if isinstance(value, list) and len(value) == 2:
        longitude, latitude = value
    elif isinstance(value, dict) and "latitude" in value and "longitude" in value and (not typed or value.get("__type") == "GeoPoint"):
        longitude, latitude = value["longitude"], value["latitude"]
    else:
        return "is not a GeoPoint"
    for name, number, most in (("latitude", latitude, 90), ("longitude", longitude, 180)):
        if fault := off(number, most):
            return f"has the {name} {fault}"
    return ""


def off(number: Any, most: int) -> str:
    """Why a coordinate is not from -`most` to `most`, as the rest of a sentence, or ""."""
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return f"as {type_name(number)}; it must be a number from -{most} to {most}"
    return "" if -most <= number <= most else f"{number:g}, which is not from -{most} to {most}"


def geo_within_fault(given: Any) -> str:
    """What is wrong with the value of `$geoWithin`, as a sentence, or ""."""
    if not isinstance(given, dict):
        return f"`$geoWithin` takes an object; it was given {type_name(given)}."
    if "$polygon" in given:
        shape = given["$polygon"]
        points = shape.get("coordinates") if isinstance(shape, dict) and shape.get("__type") == "Polygon" else shape
        if not isinstance(points, list):
            return f"`$polygon` takes an array of GeoPoints or a Polygon; it was given {type_name(shape)}."
        if len(points) < 3:
            return f"`$polygon` takes at least 3 points; it was given {len(points)}."
        return next((f"point {number} of `$polygon` {fault}." for number, point in enumerate(points[:500]) if (fault := _point_fault(point))), "")
    if "$centerSphere" in given:
        sphere = given["$centerSphere"]
        if not isinstance(sphere, list) or len(sphere) < 2:
            return "`$centerSphere` takes an array of a GeoPoint and a distance."
        if fault := _point_fault(sphere[0]):
            return f"the point of `$centerSphere` {fault}."
        try:
            distance = float(sphere[1]) >= 0
        except (TypeError, ValueError, OverflowError):
            distance = False
        return "" if distance else "the second member of `$centerSphere` is not a distance (a number of 0 or more, in radians)."
    return "`$geoWithin` has neither `$polygon` nor `$centerSphere`."


def geo_intersects_fault(given: Any) -> str:
    """The same of `$geoIntersects`."""
    fault = _point_fault(given.get("$point") if isinstance(given, dict) else None)
    return f"`$point` of `$geoIntersects` {fault}." if fault else ""


def near_fault(given: Any) -> str:
    """The same of `$nearSphere`."""
    fault = _point_fault(given, typed=False)
    return f"the value of `$nearSphere` {fault}." if fault else ""


def within_fault(given: Any) -> str:
    """The same of `$within`."""
    box = given.get("$box") if isinstance(given, dict) else None
    if isinstance(box, list) and len(box) == 2:
        return next((f"point {number} of `$box` {fault}." for number, point in enumerate(box) if (fault := _point_fault(point, typed=False))), "")
    return "`$within` takes `$box` with two GeoPoints."
