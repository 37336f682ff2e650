"""Paths against the route templates of a catalog: what varies from object to object, and what names the app."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ..catalog import Backend
from ..exchange import Request

# What is an id by its looks, on routes that no catalog lists: numbers, UUIDs, long hexadecimal, and mixes of letters and digits without words.
_ID = re.compile(
    r"\d+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{16,}|(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{20,}",
)


def is_id(name: str) -> bool:
    """Whether a name in a route template stands for what varies from object to object."""
    return name == "id" or name.endswith("_id")


def template(backend: Backend, path: str) -> str:
    """The path with its ids as `{id}`."""
    if match := match_route(backend, path):
        for name, value in reversed(match.groupdict().items()):
            if is_id(name) and value:
                path = path[: match.start(name)] + "{id}" + path[match.end(name) :]
        return path
    return "/".join("{id}" if _ID.fullmatch(part) else part for part in path.split("/"))


def match_route(backend: Backend, path: str) -> re.Match[str] | None:
    """The match of the first route template that the path fits."""
    return backend.match_route(path)


def route_values(backend: Backend, path: str) -> Mapping[str, str]:
    """What stands for the names of the first route template that the path fits."""
    match = match_route(backend, path)
    return match.groupdict() if match else {}


def _from_body(request: Request, keys: Iterable[str]) -> str:
    values = (request.body.object.get(key) for key in keys)
    return next((value for value in values if isinstance(value, str) and value), "")


def app_id(backend: Backend, request: Request) -> str:
    """The app that a request names, or ""."""
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
    return route_values(backend, request.path).get(where.route, "") if where.route else ""


def client_name(backend: Backend, request: Request) -> str:
    """The SDK and version that a request names, or ""."""
    where = backend.client
    if value := request.headers.first(where.header):
        return value
    if value := _from_body(request, where.body):
        return value
    agent = request.headers.get("user-agent")
    return agent if agent and where.user_agent is not None and where.user_agent.found_in(agent) else ""
