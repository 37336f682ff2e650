"""bkend.ai: what may be asked of which table? Permissions, scopes, names of tables, ids, list parameters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from ..checks import integer_parameters, json_parameters, near_name, retry_after, type_name, unknown_operators
from ..context import Message, Rule, RuleContext
from ..id_history import NO_VALUE, id_history, made_before
from ..named_fields import named_field
from .keys import has_user, key_hash, key_of, takes_key

PERMISSION = ("data/permission-denied", "PERMISSION_DENIED")
FORBIDDEN = (*PERMISSION, "auth/forbidden", "common/forbidden", "user/forbidden", "file/access-denied")
SCOPE = ("data/scope-insufficient", "SCOPE_INSUFFICIENT")
SYSTEM = ("data/system-table-access", "SYSTEM_TABLE_ACCESS")
NO_TABLE = ("data/table-not-found", "TABLE_NOT_FOUND")
NOT_FOUND = ("data/not-found", "RECORD_NOT_FOUND", "NOT_FOUND", "file/not-found", "user/not-found")
INVALID = (
    "data/validation-error", "VALIDATION_ERROR", "common/invalid-parameters", "auth/invalid-request", "auth/validation-error", "data/invalid-header",
)  # fmt: skip
DUPLICATE = ("data/duplicate-value", "DUPLICATE_VALUE")
TOO_MANY = (
    "data/rate-limit-exceeded", "RATE_LIMIT_EXCEEDED", "auth/rate-limit", "auth/too-many-requests", "auth/too-many-login-attempts",
    "auth/too-many-code-requests", "auth/account-locked",
)  # fmt: skip

# What a group may do where a table has no permissions of its own; "update" and "delete" are left to admins.
DEFAULT_RIGHTS = {"guest": ("read", "list"), "user": ("create", "read", "list")}
_SYSTEM_WAYS = {
    "_users": "/v1/users", "_user": "/v1/users", "_files": "/v1/files", "_file": "/v1/files", "_sessions": "/v1/auth/sessions",
    "_accounts": "/v1/auth/accounts", "_invitations": "/v1/auth/invitations",
}  # fmt: skip
_OPERATORS = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$regex", "$options", "$exists", "$and", "$or", "$nor", "$not")
_FILTERS = ("andFilters", "orFilters")


def operation(ctx: RuleContext) -> str:
    """What a request asks of a table: create, read, update, delete or list; "" for what is no table."""
    if not ctx.route.get("table"):
        return ""
    if ctx.method in ("GET", "HEAD"):
        return "read" if ctx.route.get("id") or ctx.path.rstrip("/").endswith(("/spec", "/openapi")) else "list"
    return {"POST": "create", "PATCH": "update", "PUT": "update", "DELETE": "delete"}.get(ctx.method, "")


def group(ctx: RuleContext) -> tuple[str, str]:
    """The group that a request's caller belongs to, and by what."""
    if key_of(ctx).startswith("sk_"):
        return "admin", "an sk_ key"
    return ("user", "a pk_ key with a user's token") if has_user(ctx) else ("guest", "a pk_ key without a user's token")


def permission(ctx: RuleContext) -> Message | None:
    """Who asked for what, and whether that group may do so by default."""
    if not takes_key(ctx) or not key_of(ctx):
        return None
    who, by = group(ctx)
    what = operation(ctx)
    if not what:
        if who == "guest" and ctx.name != "file/access-denied":
            return Message(
                f"The request came as guest ({by}). If somebody is signed in, send `Authorization: Bearer <accessToken>`.", "no authorization", True
            )
        return None
    table = ctx.quote(ctx.route["table"])
    asked = f"The request came as {who} ({by}) and asked to {what} in {table}"
    if who == "admin":
        return Message(f"{asked}; admins pass the permissions of tables, so look at the key's scopes.".lower(), f"{who}: {what}", certain=False)
    if what in DEFAULT_RIGHTS[who]:
        return Message(
            f"{asked}, which this group may do by default: so the table has narrower permissions of its own.", f"{who}: {what}", certain=True
        )
    if who == "guest":
        advice = f"Send the user's token as `Authorization: Bearer ...`, or grant {what} to guests in the table's permissions."
        return Message(f"{asked}; by default guests may only read and list. {advice}", f"{who}: {what}", certain=True)
    advice = f"Grant {what} to `user`, or to `self` for people's own records; with `self`, the record's createdBy is somebody else."
    return Message(f"{asked}; by default users may create, read and list only. {advice}", f"{who}: {what}", certain=True)


def lost_user(ctx: RuleContext) -> Message | None:
    """A guest's request between others that carried a user's token."""
    if has_user(ctx) or not key_of(ctx).startswith("pk_"):
        return None
    for _, token in ctx.app_memory.tokens.newest():
        if token.used and not token.ended and token.key in ("", key_hash(ctx)):
            return Message(
                f"{ctx.flow_name(token.used.flow)} carried a user's token {ctx.ago(token.used.when)}, this request none: the call leaves it out.",
                "no authorization",
                certain=False,
            )
    return None


def scope(ctx: RuleContext) -> Message | None:
    """The scope that the key lacks."""
    what, table = operation(ctx), ctx.route.get("table", "")
    if not what:
        return None
    kind = key_of(ctx)[:3]
    even = " Scopes are checked before permissions, so that even an sk_ key, which acts as admin, is held by them." if kind == "sk_" else ""
    return Message(
        f"The API key's scopes lack {ctx.quote(f'{table}:{what}')}, which this request needs ({ctx.quote(f'{table}:*')} would do as well).{even}",
        f"{ctx.method} {table}",
        certain=True,
    )


def system_table(ctx: RuleContext) -> Message | None:
    """A system table, whose names begin with an underscore."""
    table = ctx.route.get("table", "")
    if not table.startswith("_"):
        return None
    way = _SYSTEM_WAYS.get(table.lower())
    instead = f" What it holds is served by `{way}`." if way else ""
    who, by = group(ctx)
    return Message(
        f"{ctx.quote(table)} is a system table (its name begins with `_`), and the request came as {who} ({by}): only admins get in, with an "
        f"sk_ key from your own server.{instead}",
        table,
        certain=True,
    )


def table_name(ctx: RuleContext) -> Iterable[Message]:
    """The table's name: none at all, one of another key, a slip, or a mistyped endpoint."""
    table = ctx.route.get("table", "")
    if not table:
        return
    if NO_VALUE.fullmatch(table):
        yield Message(f"The path has {ctx.quote(table)} where the table's name belongs.", ctx.raw_path, certain=True)
        return
    alias = not re.search(r"/data/", ctx.path)
    if alias and table in ("data", "auth"):
        yield Message(
            f"The path ends with `/{table}`; the table's name is missing after it." if table == "data" else "The path ends with `/auth`.", table, True
        )
        return
    own = ctx.app_memory.names_of(f"table@{key_hash(ctx)}")
    known = ctx.app_memory.names_of("table")
    seen = dict(known).get(table)
    if seen is not None and table not in dict(own):
        yield Message(
            f"{ctx.quote(table)} worked with another X-API-Key in {ctx.flow_name(seen.flow)}, {ctx.ago(seen.when)}: each environment (dev, "
            "staging, prod) has tables of its own, and this key's has no such table.",
            f"{table}, another key",
            certain=False,
        )
        return
    if say := near_name(ctx, table, own or known, "table"):
        yield say
    if alias:
        near = next((word for word in ("users", "files", "auth", "data") if word != table and (word in table or table in word)), "")
        if near:
            yield Message(f"`/v1/{near}` was meant; every unknown word after /v1/ is taken for a table.", table, certain=False)


def path_version(ctx: RuleContext) -> Message | None:
    """A path without /v1, or with two."""
    host = ctx.request.host.lower()
    if re.match(r"/(data|auth|users|files)(/|$)", ctx.path) and not host.endswith("bkend.io"):
        return Message(
            f"The path lacks the version: {ctx.quote(ctx.path)} should be {ctx.quote('/v1' + ctx.path)}.", ctx.path, host.endswith(".bkend.ai")
        )
    if re.match(r"/v1/v1/", ctx.path):
        return Message("The path has the version twice (`/v1/v1/`): it stands in the base URL and in the call.", ctx.path, certain=True)
    return None


def wrong_method(ctx: RuleContext) -> Message | None:
    """A method that the API does not have for this."""
    if ctx.method == "PUT" and ctx.route.get("id"):
        return Message("bkend changes records with PATCH; this was a PUT.", "PUT", certain=False)
    if ctx.method in ("PATCH", "DELETE") and ctx.route.get("table") and not ctx.route.get("id"):
        return Message(
            f"A {ctx.method} needs the record's id at the end of the path; {ctx.quote(ctx.path)} names the whole table.", ctx.path, certain=True
        )
    return None


def sort_direction(ctx: RuleContext) -> Message | None:
    """A direction other than asc and desc."""
    value = ctx.params.get("sortDirection")
    if value is None or value in ("asc", "desc"):
        return None
    near = {"ascending": "asc", "descending": "desc", "1": "asc", "-1": "desc"}.get(value.lower(), value.lower())
    hint = f"; write `{near}`" if near in ("asc", "desc") else ""
    return Message(f"`sortDirection` is {ctx.quote(value)}; it takes `asc` or `desc`{hint}.", f"sortDirection={value}", certain=True)


def filter_kind(ctx: RuleContext) -> Iterable[Message]:
    """A filter that is JSON, but no object."""
    for name in _FILTERS:
        value = _parsed(ctx.params.get(name))
        if value is not None and not isinstance(value, dict):
            yield Message(f'`{name}` is {type_name(value)}; it takes an object such as {{"status": "active"}}.', name, certain=True)


def _parsed(text: str | None) -> object:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None


def wrapped_record(ctx: RuleContext) -> Message | None:
    """The record's fields stand inside a member, instead of at the top of the body."""
    if operation(ctx) not in ("create", "update") or len(ctx.fields) != 1:
        return None
    key, value = next(iter(ctx.fields.items()))
    if key in ("data", "record", "item", "body", "attributes", "fields") and isinstance(value, dict):
        return Message(f"the body wraps the record in {ctx.quote(key)}; put its fields at the top level.", f"keys sent: {key}", certain=False)
    return None


def record_is_object(ctx: RuleContext) -> Message | None:
    """A list of records, where one is taken at a time."""
    if operation(ctx) in ("create", "update") and isinstance(ctx.json, list):
        return Message(f"The body is a list of {len(ctx.json)} records; each request takes one object.", "body: list", certain=True)
    return None


def managed_fields(ctx: RuleContext) -> Message | None:
    """Fields that the server writes itself."""
    if operation(ctx) not in ("create", "update"):
        return None
    sent = [key for key in ("id", "_id", "createdBy", "createdAt", "updatedAt") if key in ctx.fields]
    if not sent:
        return None
    return Message(f"the body sets {', '.join(map(ctx.quote, sent))}, which the server writes itself; leave it out.", ", ".join(sent), certain=False)


def rate(ctx: RuleContext) -> Message | None:
    """The limit, where the answer tells it."""
    limit, left = ctx.answer_headers.get("x-ratelimit-limit"), ctx.answer_headers.get("x-ratelimit-remaining")
    if not re.fullmatch(r"\d{1,9}", limit):
        return None
    rest = f", {left} of them left" if re.fullmatch(r"\d{1,9}", left) else ""
    return Message(f"The limit is {limit} calls{rest}; all callers with this key share it.", f"x-ratelimit-limit: {limit}", certain=True)


RULES: tuple[Rule, ...] = (
    Rule("system-table", system_table, (*SYSTEM, *PERMISSION)),
    Rule("scope", scope, SCOPE),
    Rule("permission", permission, FORBIDDEN, (403,)),
    Rule("user-left-out", lost_user, (*PERMISSION, "auth/forbidden"), (403,)),
    Rule("path-version", path_version, (*NO_TABLE, *NOT_FOUND), (404,)),
    Rule("table-name", table_name, NO_TABLE, (404,)),
    Rule("method", wrong_method, (*NOT_FOUND, *NO_TABLE), (404, 405)),
    Rule("id-history", id_history, NOT_FOUND, (404,)),
    Rule("paging", integer_parameters({"page": (1, None), "limit": (1, 100)}), INVALID, (400,)),
    Rule("sort-direction", sort_direction, INVALID, (400,)),
    Rule("filter-json", json_parameters(*_FILTERS), INVALID, (400,)),
    Rule("filter-kind", filter_kind, INVALID, (400,)),
    Rule("filter-operator", unknown_operators(lambda ctx: [_parsed(ctx.params.get(name)) for name in _FILTERS], _OPERATORS), INVALID, (400,)),
    Rule("record-is-object", record_is_object, INVALID, (400,)),
    Rule("named-field", named_field, (*INVALID, *DUPLICATE, "user/invalid-role", "user/invalid-name", "user/invalid-nickname"), (400, 409, 422)),
    Rule("wrapped-record", wrapped_record, INVALID, (400,)),
    Rule("managed-fields", managed_fields, INVALID, (400,)),
    Rule("sent-twice", made_before, (*DUPLICATE, "auth/email-already-exists", "EMAIL_ALREADY_EXISTS", "file/s3-key-already-exists"), (409,)),
    Rule("retry-after", retry_after, TOO_MANY, (429, 503)),
    Rule("rate-limit", rate, TOO_MANY, (429,)),
)
