"""Paths against the route templates of a catalog: what varies from object to object, and what names the app."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..catalog import Backend
from ..exchange import Request

# What is an id by its looks, on routes that no catalog lists: numbers, UUIDs, long hexadecimal, and mixes of letters and digits without words.
_ID = re.compile(r"\d+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{16,}|(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{20,}")


def is_id(name: str) -> bool:
    """Whether a name in a route template stands for what varies from object to object."""
    return name == "id" or name.endswith("_id")


def template(path: str, route: re.Match[str] | None) -> str:
    """The path with its ids as `{id}`: those that its route names, or what looks like one where it fits no route."""
    if route is not None:
        for name, value in reversed(route.groupdict().items()):
            if is_id(name) and value:
                path = path[: route.start(name)] + "{id}" + path[route.end(name) :]
        return path
    return "/".join("{id}" if _ID.fullmatch(part) else part for part in path.split("/"))


def _from_body(request: Request, keys: Iterable[str]) -> str:
    values = (request.body.object.get(key) for key in keys)
    return next((value for value in values if isinstance(value, str) and value), "")


def app_id(backend: Backend, request: Request, route: re.Match[str] | None) -> str:
    """The app that a request names, in a header, its body, its query or its route; or ""."""
    where = backend.app_id
    if value := request.headers.first(where.header):
        return value
    if value := _from_body(request, where.body):
        return value
    # OAuth's parameters stand in the query or in a form.
    form = request.body.form if where.query and "x-www-form-urlencoded" in request.body.content_type.lower() else {}
    for key in where.query:
        if value := request.params.get(key, "") or form.get(key, ""):
            return value
    return route.groupdict().get(where.route) or "" if where.route and route is not None else ""


def client_name(backend: Backend, request: Request) -> str:
    """The SDK and version that a request names, or ""."""
    where = backend.client
    if value := request.headers.first(where.header):
        return value
    if value := _from_body(request, where.body):
        return value
    agent = request.headers.get("user-agent")
    return agent if agent and where.user_agent is not None and where.user_agent.found_in(agent) else ""
