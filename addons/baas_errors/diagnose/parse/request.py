"""A request in Parse's own terms: route, class and id, the keys it carries, what it asks for. Worked out once a case."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from ...catalog.load import rule_tables
from ...exchange.json_pointer import find, first
from ...exchange.json_reader import type_name
from ..context import RuleContext, once

# What SDKs put beside the payload into a body.
ENVELOPE = frozenset(rule_tables("parse")["envelope"]["keys"])
CLIENT_KEYS = ("x-parse-rest-api-key", "x-parse-client-key", "x-parse-javascript-key", "x-parse-windows-key")
SPECIAL_CLASSES = {"/users": "_User", "/roles": "_Role", "/installations": "_Installation", "/sessions": "_Session"}
# SDKs call /classes/_User where REST has /users: the same rules hold.
_OWN_ROUTES = {name: route for route, name in SPECIAL_CLASSES.items()}
FINDS = frozenset({"/classes/{class}", "/users", "/roles", "/installations", "/sessions", "/aggregate/{class}"})
GETS = frozenset({"/classes/{class}/{id}", "/users/{id}", "/roles/{id}", "/installations/{id}", "/sessions/{id}"})
OBJECTS = FINDS | GETS
# A query nested deeper or longer than this is not looked at to its end.
MOST_CONDITIONS = 500
LONGEST_QUERY = 50_000
DENIED = "Permission denied"
# The end of a path; a class or a function may have that name too.
_GRAPHQL = re.compile(r"(?i)(?!.*/(?:classes|functions|jobs|files|schemas)/).*graphql(?:/\w*)?")
# Names that the server refuses for any field.
RESERVED = ("length", "className")


class Place(NamedTuple):
    """The route that a path fits, what stands before it, and what stands for its names; the path itself as mount where none fits.

    The route of `/classes/_User` is `/users`, and so for the other classes that have a route of their own."""

    route: str
    mount: str
    values: Mapping[str, str]


@once
def place(ctx: RuleContext) -> Place:
    """Where the request went."""
    route, match = ctx.found_route
    if match is None:
        return Place("", ctx.raw_path, {})
    if (own := _OWN_ROUTES.get(ctx.route.get("class", ""))) and route.startswith("/classes/"):
        route = own + route.removeprefix("/classes/{class}")
    return Place(route, ctx.raw_path[: match.start()], ctx.route)


def class_name(ctx: RuleContext) -> str:
    """The class that the path is about, or ""."""
    found = place(ctx)
    return found.values.get("class") or SPECIAL_CLASSES.get("/" + found.route.split("/")[1] if found.route else "", "")


def object_id(ctx: RuleContext) -> str:
    """The id in the path of an object, or ""."""
    found = place(ctx)
    return found.values.get("id", "") if found.route in GETS else ""


def outer(ctx: RuleContext) -> Mapping[str, Any]:
    """The body of the request as it was sent, with what SDKs put beside the payload; for a file it is not read."""
    return ctx.body.object


def session(ctx: RuleContext) -> str:
    """The session token, from header or body, or ""."""
    return ctx.facts.token


@once
def basic_credentials(ctx: RuleContext) -> tuple[str, str]:
    """App id and key in Basic credentials; those that name another app than the header are none (a password for a proxy, or a login)."""
    found = ctx.basic
    if found.fault or ctx.headers.get("x-parse-application-id") not in ("", found.user):
        return "", ""
    return found.user, found.password


def app_id(ctx: RuleContext) -> str:
    """The application id, from header, Basic credentials or body, or ""."""
    value = outer(ctx).get("_ApplicationId")
    return ctx.headers.get("x-parse-application-id") or basic_credentials(ctx)[0] or (value if isinstance(value, str) else "")


def master_key(ctx: RuleContext) -> str:
    """The master key as sent, or ""; whether it is right is not known."""
    password = basic_credentials(ctx)[1]
    in_basic = "" if password.startswith("javascript-key=") else password
    value = outer(ctx).get("_MasterKey")
    return ctx.headers.get("x-parse-master-key") or in_basic or (value if isinstance(value, str) else "")


def origin(ctx: RuleContext) -> str:
    """Scheme, host and port of the request's URL."""
    return "/".join(ctx.request.url.split("/", 3)[:3])


def basic_for_login(ctx: RuleContext) -> str:
    """What to say of Basic credentials that are no application id and key, or ""."""
    sent = ctx.headers.get("authorization").lower().startswith("basic ") and not basic_credentials(ctx)[0]
    return " Basic credentials are no login here: Parse Server reads them as application id and key." if sent else ""


def has_all_rights(ctx: RuleContext) -> bool:
    """Whether the request carries the master key or the maintenance key, for which permissions do not count."""
    return bool(master_key(ctx)) or "x-parse-maintenance-key" in ctx.headers


def in_script(ctx: RuleContext) -> bool:
    """Whether the request calls a cloud function or job, whose code may send any error."""
    return place(ctx).route.startswith(("/functions/", "/jobs"))


def client_keys(ctx: RuleContext) -> dict[str, str]:
    """The client keys, each under the name of its header or body key."""
    found = {name: ctx.headers.get(name) for name in CLIENT_KEYS if ctx.headers.get(name)}
    password = basic_credentials(ctx)[1]
    if password.startswith("javascript-key="):
        found["authorization"] = password.partition("=")[2]
    value = outer(ctx).get("_JavaScriptKey")
    if isinstance(value, str) and value:
        found["_JavaScriptKey"] = value
    return found


def is_form(ctx: RuleContext) -> bool:
    """Whether the body is form data (key=value)."""
    data = (ctx.body.data or b"")[:1]
    return not ctx.in_batch and "form-urlencoded" in ctx.body.content_type.lower() and data not in (b"{", b"[", b"")


@once
def payload(ctx: RuleContext) -> dict[str, Any]:
    """The request's JSON object without what SDKs put beside it; of a form its fields, whose values are strings."""
    if place(ctx).route == "/files/{file_id}":
        return {}
    fields = ctx.fields
    if is_form(ctx):
        # The server reads forms for every route.
        with suppress(ValueError):
            fields = dict(parse_qsl((ctx.body.data or b"")[:LONGEST_QUERY].decode("utf-8", "replace"), True, max_num_fields=MOST_CONDITIONS))
    return {key: value for key, value in fields.items() if key not in ENVELOPE}


def is_find(ctx: RuleContext) -> bool:
    """Whether objects are asked for by a query."""
    return ctx.method == "GET" and place(ctx).route in FINDS


def is_write(ctx: RuleContext) -> bool:
    """Whether an object is created or changed."""
    found = place(ctx).route
    return (ctx.method == "POST" and found in FINDS) or (ctx.method == "PUT" and found in GETS)


@once
def parameters(ctx: RuleContext) -> dict[str, Any]:
    """The parameters of a query as the server takes them: from the URL as JSON where they are JSON, else from the body."""
    found = dict(payload(ctx)) if ctx.method == "GET" or ctx.in_batch else {}
    if not ctx.in_batch:
        for name, text in ctx.params.items():
            found[name] = text
            with suppress(ValueError, RecursionError):
                found[name] = json.loads(text)
    return found


def where(ctx: RuleContext) -> Any:
    """The condition of a query, or None; a text where it is not JSON."""
    return parameters(ctx).get("where") if is_find(ctx) else None


def conditions(query: Any, depth: int = 0) -> Iterator[tuple[str, Any, int]]:
    """Each key of a condition with its value and depth, and those of the conditions inside `$or`, `$and` and `$nor`."""
    stack = [(query, depth)]
    for _ in range(MOST_CONDITIONS):
        if not stack:
            return
        item, depth = stack.pop()
        if isinstance(item, dict):
            for key, value in item.items():
                yield key, value, depth
                if key in ("$or", "$and", "$nor") and isinstance(value, list):
                    stack.extend((inner, depth + 1) for inner in value)


def keys_in_query(ctx: RuleContext) -> Iterator[tuple[str, str]]:
    """Each field that a query names, with the parameter that names it."""
    for key, _, _ in conditions(where(ctx)):
        if not key.startswith("$"):
            yield "where", key
    order = parameters(ctx).get("order") if is_find(ctx) else None
    # The server makes a text of a list or an object, as JavaScript does.
    text = ",".join(map(str, order)) if isinstance(order, list) else "[object Object]" if isinstance(order, dict) else str(order or "")
    for key in text.split(",")[:MOST_CONDITIONS] if order else ():
        # What a text search found is sorted by its score.
        if (name := key.strip().removeprefix("-")) != "$score":
            yield "order", name


def is_graphql(ctx: RuleContext) -> bool:
    """Whether the request went to GraphQL."""
    return ctx.exchange.message is None and not ctx.in_batch and _GRAPHQL.fullmatch(ctx.request.path[-200:]) is not None


def graphql_argument(ctx: RuleContext, name: str) -> str:
    """A text that a GraphQL query gives to an argument, by itself or as a variable, or a variable of that name, or ""."""
    text = outer(ctx).get("query") if is_graphql(ctx) else None
    if not isinstance(text, str):
        return ""
    found = re.search(rf'\b{re.escape(name)}\s*:\s*(?:"([^"\n]{{1,200}})"|\$(\w{{1,80}}))', text[:LONGEST_QUERY])
    variable = (found and found[2]) or name
    value = found[1] if found and found[1] else first(outer(ctx), (f"/variables/{variable}", f"/variables/input/{name}"))
    return value if isinstance(value, str) else ""


def graphql_field(ctx: RuleContext) -> str:
    """The field of a GraphQL query or mutation that failed, by the `path` in the answer, or ""."""
    answer = ctx.exchange.response.body.json if is_graphql(ctx) and ctx.exchange.response else None
    found = find(answer, f"/errors/{ctx.error.index or 0}/path/0")
    text = outer(ctx).get("query")
    if not isinstance(found, str) or not isinstance(text, str):
        return found if isinstance(found, str) else ""
    # The path has the alias, if there is one.
    alias = re.search(rf"\b{re.escape(found)}\s*:\s*(\w{{1,80}})\s*[({{]", text[:LONGEST_QUERY])
    return alias[1] if alias else found


def state_of(sent: Mapping[str, Any], key: str, kind: type = str) -> str:
    """What is wrong with a value that must be there: "is missing", "is null", "is empty", "is a number, not a string"; "" for a good one."""
    value = sent.get(key)
    if value is None:
        return "is null" if key in sent else "is missing"
    if not isinstance(value, kind):
        return f"is {type_name(value)}, not {type_name(kind())}"
    return "is empty" if value in ("", [], {}) else ""


def keys_sent(sent: Iterable[str]) -> str:
    """The keys of a body or query as evidence, cut."""
    names = list(sent)
    return f"keys sent: {', '.join(names[:8])}"[:150] if names else "no keys sent"


def redirected_post(ctx: RuleContext) -> tuple[str, str]:
    """Where this GET without a body was a POST that was redirected: that as a sentence to append, and what to do; else two empty texts."""
    asked = ctx.app_memory.outcomes.get(ctx.memory.hash(f"POST {ctx.request.path}?{ctx.request.query}")) or {}
    moved = next((seen for seen in asked.values() if seen.status in (301, 302, 303)), None)
    if moved is None or ctx.request.method.upper() != "GET" or ctx.body.data or ctx.in_batch:
        return "", ""
    says = f" It was a POST in {ctx.flow_name(moved.flow)}, which was redirected ({moved.status}): the redirect made a GET of it."
    return says, f"Set `serverURL` to where the redirect leads: `{origin(ctx)}{place(ctx).mount}`."


def message_matches(ctx: RuleContext, *patterns: str) -> bool:
    """Whether the server's text begins with one of these."""
    return re.match("|".join(patterns), ctx.message) is not None
