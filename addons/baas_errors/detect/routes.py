"""Reads the path template, the app id and the client's name from a request, by the routes and fields of a catalog."""

from __future__ import annotations

import re

from ..catalog import Backend
from ..catalog.backend import AppId, Client
from ..exchange import Request

# What looks like an id on routes that no catalog lists: numbers, UUIDs, long hexadecimal, long mixes of letters and digits.
_ID = re.compile(r"\d+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{16,}|(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{20,}")


def is_id(name: str) -> bool:
    """Whether a name in a route template stands for an id."""
    return name == "id" or name.endswith("_id")


def template(path: str, route: re.Match[str] | None) -> str:
    """The path with `{id}` for the ids that its route names, or, without a route, for what looks like an id."""
    if route is not None:
        for name, value in reversed(route.groupdict().items()):
            if is_id(name) and value:
                path = path[: route.start(name)] + "{id}" + path[route.end(name) :]
        return path
    return "/".join("{id}" if _ID.fullmatch(part) else part for part in path.split("/"))


def _named(request: Request, where: AppId | Client) -> str:
    """What a header, or a key of the JSON body, names; or ""."""
    in_body = (value for key in where.body if isinstance(value := request.body.object.get(key), str))
    return request.headers.first(where.header) or next(filter(None, in_body), "")


def app_id(backend: Backend, request: Request, route: re.Match[str] | None) -> str:
    """The app id in a request's headers, body, query, form or route, or ""."""
    where = backend.app_id
    if value := _named(request, where):
        return value
    # OAuth parameters are in the query or in a form.
    form = request.body.form if where.query and "x-www-form-urlencoded" in request.body.content_type.lower() else {}
    for key in where.query:
        if value := request.params.get(key, "") or form.get(key, ""):
            return value
    return route.groupdict().get(where.route) or "" if where.route and route is not None else ""


def client_name(backend: Backend, request: Request) -> str:
    """The SDK and version in a request, or ""."""
    where = backend.client
    if value := _named(request, where):
        return value
    agent = request.headers.get("user-agent")
    return agent if agent and where.user_agent is not None and where.user_agent.found_in(agent) else ""
