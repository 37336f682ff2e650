"""Lists of requests and of results (batches, several inserts): one item left out of the request, and its error put into the answer."""

from __future__ import annotations

import json
from typing import Any

from ..catalog.entries import Shape
from ..exchange import Request
from ..exchange.json_pointer import find


def put(value: Any, pointer: str, item: Any, index: int = 0) -> Any:
    """A JSON value with an item at a pointer. The first `*` stands for the place `index` of a list, whose places before it are null; a number for
    that place; `**` for a field of any name."""
    part, slash, rest = pointer[1:].partition("/")
    if part == "*" or part.isdigit():
        place = index if part == "*" else int(part)
        listed = value if isinstance(value, list) else []
        listed += [None] * (place + 1 - len(listed))
        listed[place] = put(listed[place], slash + rest, item) if rest else item
        return listed
    table = value if isinstance(value, dict) else {}
    name = "field" if part == "**" else part
    table[name] = put(table.get(name), slash + rest, item, index) if rest else item
    return table


def members(request: Request, shape: Shape) -> list[Any]:
    """What a request asks for in a list, of which a shape tells each that failed; empty if it asks for no list."""
    value = find(request.body.json, shape.request_each) if shape.request_each else request.body.json
    return value if isinstance(value, list) else []


def without(request: Request, shape: Shape, item: int) -> Any:
    """The JSON of a request with one item of its list left out."""
    value = json.loads(request.body.text)
    del (find(value, shape.request_each) if shape.request_each else value)[item]
    return value


def merged(answer: Any, made: Any, shape: Shape, item: int, *, left_out: bool) -> Any:
    """The server's answer to a list with the error of one item in it; None for an answer of another form. `left_out`: the item was not sent, so the
    answer tells of the others alone."""
    if not shape.index:
        return [*answer[:item], made[item], *answer[item + (not left_out) :]] if isinstance(answer, list) else None
    if not isinstance(answer, dict):
        return None
    place, own = shape.each[1:].partition("/")[0], shape.index[1:]
    errors = [error for error in answer.get(place) or () if isinstance(error, dict)] if isinstance(answer.get(place), list) else []
    if left_out:
        errors = [{**error, own: error[own] + 1} if type(error.get(own)) is int and error[own] >= item else error for error in errors]
    others = {
        name: [*value[:item], None, *value[item + (not left_out) :]] if isinstance(value, list) else value
        for name, value in answer.items()
        if name != place
    }
    return {**others, place: [*errors, *made[place]]}
