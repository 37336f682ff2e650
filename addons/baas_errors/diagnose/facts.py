"""Facts of a request and its error that the conditions of causes ask for, by the names that a catalog has for them (`FACTS`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..catalog.causes import FACTS
from ..detect.routes import is_id
from ..exchange.auth_header import jwt
from ..exchange.json_pointer import MISSING, find
from .context import RuleContext

_OPERATIONS = {"POST": "create", "PATCH": "update", "PUT": "update", "DELETE": "delete"}


def fact(ctx: RuleContext, name: str) -> Any:
    """The fact of this name, or MISSING: a pointer into the JSON request, a field of it or of a form, a query parameter, or `kind:name`."""
    kind, colon, rest = name.partition(":")
    if colon and kind in FACTS:
        return FACT_LOOKS[kind](ctx, rest)
    value = find(ctx.json, name if name[:1] == "/" else f"/{name}")
    return form(ctx).get(name, ctx.params.get(name, MISSING)) if value is MISSING else value


def form(ctx: RuleContext) -> Mapping[str, str]:
    """The fields of a form in the body; none inside a batch."""
    return ctx.body.form if "form-urlencoded" in ctx.body.content_type and not ctx.in_batch else {}


def operation(ctx: RuleContext) -> str:
    """What a request asks of a collection: create, read, update, delete or list; "" for what is no collection of the backend's routes."""
    if not ctx.route.get(ctx.backend.history.fields):
        return ""
    if ctx.method in ("GET", "HEAD"):
        one = any(is_id(name) for name in ctx.route) or ctx.found_route[0].rpartition("}")[2]
        return "read" if one else "list"
    return _OPERATIONS.get(ctx.method, "")


def took(ctx: RuleContext) -> float | None:
    """How long the answer took, in seconds."""
    started, ended = ctx.exchange.started, ctx.exchange.ended
    return ended - started if started is not None and ended is not None else None


def _request_fact(ctx: RuleContext, name: str) -> Any:
    if name == "took":
        return MISSING if (seconds := took(ctx)) is None else f"{seconds:.1f}"
    if name == "count":
        return len(ctx.json) if isinstance(ctx.json, list) else MISSING
    if name == "problem":
        return " ".join(problem.rule for problem in ctx.body.problems) or MISSING
    host = ctx.request.host.lower().removesuffix(".")
    return {"host": host, "path": ctx.path, "query": ctx.request.query, "client": ctx.facts.client, "operation": operation(ctx)}[name]


def _answer_fact(ctx: RuleContext, name: str) -> Any:
    response = ctx.exchange.response
    if name[:1] == "/":
        return find(response.body.json, name) if response else MISSING
    return ctx.facts.server_headers.get(name) if name in ctx.facts.server_headers else MISSING


def _basic_fact(ctx: RuleContext, name: str) -> Any:
    is_sent = ctx.authorization is not None and ctx.authorization.scheme == "basic" and not ctx.basic.fault
    return getattr(ctx.basic, name) if is_sent else MISSING


def _token_fact(ctx: RuleContext, name: str) -> Any:
    sent = ctx.authorization
    if name == "scheme":
        return MISSING if sent is None else sent.scheme
    if name == "sent":
        return MISSING if sent is None or sent.is_empty_word else sent.value
    user = (ctx.known_token.user if ctx.known_token else "") or jwt(ctx.facts.token).claims.get("sub")
    return user or MISSING


def _error_fact(ctx: RuleContext, name: str) -> Any:
    error = ctx.error
    return {"entry": ctx.name, "message": error.message, "debug": error.debug, "code": str(error.code or ""), "status": str(ctx.status or "")}[name]


FACT_LOOKS: Mapping[str, Callable[[RuleContext, str], Any]] = {
    "header": lambda ctx, name: ctx.headers.get(name) if name in ctx.headers else MISSING,
    "answer": _answer_fact,
    "route": lambda ctx, name: ctx.route.get(name, MISSING),
    "query": lambda ctx, name: ctx.params.get(name, MISSING),
    "basic": _basic_fact,
    "claim": lambda ctx, name: jwt(ctx.facts.token).claims.get(name, MISSING),
    "token": _token_fact,
    "request": _request_fact,
    "error": _error_fact,
}
