"""bkend.ai: what may be asked of which table? Permissions, scopes, names of tables, ids.

Sources, unless a rule names another: the bkend documentation, "Data API", "Permissions" and "Common errors".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...exchange.auth_header import jwt
from ...exchange.placeholders import is_placeholder
from ...history.app_facts import OWNER
from ..checks import near_name, resembling, retry_after
from ..context import Message, Rule, RuleContext, fault_of
from ..id_history import id_history, made_before, path_unset, spent_code
from ..named_fields import named_in_answer
from .keys import FOR_USERS, LEGACY_HOST, SEND_TOKEN, behind_proxy, has_user, key_hash, key_of, takes_key

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

# What follows /v1 without being a table.
_ENDPOINTS = ("users", "files", "auth", "data")
# What a group may do where a table has no permissions of its own; "update" and "delete" are left to admins.
DEFAULT_RIGHTS = {"guest": ("read", "list"), "user": ("create", "read", "list")}
_OWN_ONLY = re.compile(r"(?i)\b(?:author|owne[rd]|owns?|creator|createdby|belongs to|(?:an)?other user|someone else)\b")
_SYSTEM_PATHS = {
    "_users": "/v1/users", "_user": "/v1/users", "_files": "/v1/files", "_file": "/v1/files", "_sessions": "/v1/auth/sessions",
    "_accounts": "/v1/auth/accounts", "_invitations": "/v1/auth/invitations",
}  # fmt: skip


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
    if not key_of(ctx):
        return "user", "a user's token"
    return ("user", "a pk_ key with a user's token") if has_user(ctx) else ("guest", "a pk_ key without a user's token")


def permission(ctx: RuleContext) -> Message | None:
    """Compares who asks (guest, user or admin) and for what with the default permissions of tables. Other causes: the table may have permissions of
    its own, so that only what the defaults refuse is certain; a proxy of the app may add another key."""
    proxied = behind_proxy(ctx) and not key_of(ctx) and has_user(ctx)
    if not proxied and not (takes_key(ctx) and key_of(ctx)):
        return None
    who, by = group(ctx)
    what = operation(ctx)
    if not what:
        if who == "guest" and FOR_USERS.search(ctx.path) and ctx.name != "file/access-denied":
            return Message(f"The request came as guest ({by}).", "no authorization", True, SEND_TOKEN, "after-login")
        return None
    table = ctx.quote(ctx.route["table"])
    says = f"The request came as {who} ({by}) and asked to {what} in {table}"
    grant = f"grant `{what}` to `{who}` in the table's permissions"
    if who == "admin":
        says, fix = (
            f"{says}; table permissions do not apply to admins, so a scope of the key is missing",
            f"Add {ctx.quote(ctx.route['table'] + ':' + what)} to the key's scopes.",
        )
    elif what in DEFAULT_RIGHTS[who]:
        says, fix = f"{says}, which this group may do by default, so the table has permissions of its own", f"{grant.capitalize()} in the console."
        fix = fix if who == "user" else f"Sign in and send `Authorization: Bearer <accessToken>`, or {grant}."
    elif who == "guest":
        grant = f", or {grant}" if what == "create" else ""
        says, fix = f"{says}; by default guests may only read and list", f"Sign in and send `Authorization: Bearer <accessToken>`{grant}."
    elif others_record(ctx):
        return None
    else:
        says = f"{says}; by default users may only create, read and list"
        fix = f"Grant `{what}` to `self` in the table's permissions, for records whose createdBy is this user (`user` would open all records)."
    return Message(f"{says}.", f"{who}: {what}", not proxied and who != "admin" and what not in DEFAULT_RIGHTS[who], fix)


def others_record(ctx: RuleContext) -> Message | None:
    """Compares the user of the token with the `createdBy` that an earlier answer showed of the record, and looks for an author or owner in the
    server's words. Other causes: none where the server says so; else the table may refuse its users every change, so that it is likely only."""
    what, user, by = operation(ctx), ctx.known_token.user if ctx.known_token else "", ctx.app_memory.taken.get((OWNER, ctx.route.get("id") or " "))
    user, told = user or str(jwt(ctx.facts.token).claims.get("sub") or ""), _OWN_ONLY.search(ctx.message) is not None
    if not has_user(ctx) or key_of(ctx).startswith("sk_") or (by and by.how == user) or not (told or (by and user and what in ("update", "delete"))):
        return None
    seen = f": its `createdBy` is {ctx.quote(by.how)} ({ctx.flow_name(by.flow)}), and the token is of {ctx.quote(user)}" if by and user else ""
    fix = f"Offer {what or 'this'} to the author only (compare `createdBy` with the user's id), or do it on your own server with an `sk_` key."
    return Message(
        f"The record belongs to another user{seen}.", f"createdBy {by.how}" if by else ctx.message[:80], told, fix, "after-fix", "permission"
    )


def lost_user(ctx: RuleContext) -> Message | None:
    """Looks for a guest's request between others that carried a user's token. Source: earlier exchanges. Other causes: the call may be meant for
    guests, so this is likely only."""
    if has_user(ctx) or not key_of(ctx).startswith("pk_"):
        return None
    for _, token in ctx.app_memory.tokens.newest():
        if token.used and not token.ended and token.key in ("", key_hash(ctx)):
            says = f"{ctx.flow_name(token.used.flow)} carried a user's token {ctx.ago(token.used.when)}, but this request carries none."
            return Message(says, "no authorization", False, SEND_TOKEN, "after-fix", "client")
    return None


def scope(ctx: RuleContext) -> Message | None:
    """Names the scope that the operation needs and the key lacks. Other causes: none: the code says that a scope is missing, and each operation needs
    one scope."""
    what, table = operation(ctx), ctx.route.get("table", "")
    if not what:
        return None
    needed, wide = ctx.quote(f"{table}:{what}"), ctx.quote(f"{table}:*")
    even = " Scopes hold sk_ keys too." if key_of(ctx).startswith("sk_") else ""
    fix = f"Add {needed} (or {wide}) to the key's scopes in the console."
    return Message(f"The API key lacks the scope {needed}, which this request needs.{even}", f"{ctx.method} {table}", True, fix, "", "config")


def system_table(ctx: RuleContext) -> Message | None:
    """Looks for a system table (its name begins with an underscore) in a request that does not come as admin. Other causes: none for the code of
    system tables; for a plain permission error the table's own permissions may matter too."""
    table = ctx.route.get("table", "")
    who, by = group(ctx)
    if not table.startswith("_") or who == "admin":
        return None
    path = _SYSTEM_PATHS.get(table.lower())
    fix = f"Use `{path}` instead." if path else "Call the table from your own server with an sk_ key."
    says = f"{ctx.quote(table)} is a system table (its name begins with `_`), which is open to admins only; the request came as {who} ({by})."
    return Message(says, table, True, fix)


def table_name(ctx: RuleContext) -> Iterable[Message]:
    """Looks at the table's name in the path: one of another key, a typing error, or a misspelt endpoint. Other causes: a name is compared with those
    that worked, so this is likely only."""
    table = ctx.route.get("table", "")
    if not table or is_placeholder(table):
        return
    alias = not re.search(r"/data/", ctx.path)
    if alias and table in _ENDPOINTS:
        return  # Not a table: see the cause `endpoint-name` in the catalog.
    own = ctx.app_memory.names_of(f"table@{key_hash(ctx)}")
    known = ctx.app_memory.names_of("table")
    seen = dict(known).get(table)
    if seen is not None and table not in dict(own):
        says = f"{ctx.quote(table)} worked with another X-API-Key in {ctx.flow_name(seen.flow)}, {ctx.ago(seen.when)}."
        fix = "Create the table in this key's environment too, or send the other key: dev, staging and prod have tables of their own."
        yield Message(says, f"{table}, another key", False, fix, "after-fix", "config")
        return
    if say := near_name(ctx, table, own or known, "table"):
        yield say
    if alias:
        near = next((word for word in _ENDPOINTS if word in table or table in word), "")
        if near:
            says = f"{ctx.quote(table)} was read as a table's name; it resembles the endpoint `/v1/{near}`."
            yield fault_of(says, table, f"Write `/v1/{near}` instead of {ctx.quote('/v1/' + table)}.", certain=False)


def table_missing(ctx: RuleContext) -> Message | None:
    """Names the table that the environment of the API key does not have, where nothing else is seen. Other causes: none: the code says so. Whether
    the table or its name is wrong cannot be seen."""
    table = ctx.route.get("table", "")
    if not table or is_placeholder(table) or table in _ENDPOINTS or any(True for _ in table_name(ctx)) or wrong_host(ctx) or path_version(ctx):
        return None
    fix = f"Create {ctx.quote(table)} in the console, in the environment of this X-API-Key, or correct the name (case counts)."
    if "/data/" not in ctx.path:
        fix += " Any unknown word after `/v1/` is read as a table's name: check the endpoint too."
    says = f"The environment of this API key has no table with the exact name {ctx.quote(table)}."
    return Message(says, table, True, fix, "after-fix", "config")


_API_PATH = re.compile(r"/(data|auth|users|files)(/|$)")
_OTHER_HOSTS = {
    "api.bkend.ai": "it serves MCP only", "mcp.bkend.ai": "it serves MCP only", "console.bkend.ai": "it is the console",
    "img.bkend.ai": "it serves images", "cdn.bkend.ai": "it serves files", "storage.bkend.ai": "it serves files",
}  # fmt: skip


def wrong_host(ctx: RuleContext) -> Message | None:
    """Looks for a REST path at a host of bkend that serves something else, such as the MCP endpoint. Source: observed: `api.bkend.ai` answers 404
    "Cannot GET ..." to REST paths. Other causes: none for that answer; else likely only."""
    host, path = ctx.request.host.lower().removesuffix("."), ctx.path.removeprefix("/v1")
    rest = _API_PATH.match(path)
    if host not in _OTHER_HOSTS or not (rest or (_unrouted(ctx) and not re.match(r"/(mcp|\.well-known)(/|$)", ctx.path))):
        return None
    table = re.search(r"/tables?/([\w-]+)(?:/records|/rows)?(/[\w-]+)?/?$", path)
    path = path if rest else f"/data/{table[1]}{table[2] or ''}" if table else "/data/{table}"
    fix = f"Send it to {ctx.quote('https://api-client.bkend.ai/v1' + path)}{'' if rest else ' with the header `X-API-Key: pk_...`'}."
    return fault_of(f"`{host}` does not serve the REST API ({_OTHER_HOSTS[host]}).", host, fix, certain=_unrouted(ctx))


def path_version(ctx: RuleContext) -> Message | None:
    """Looks for a path without /v1, or with two. Other causes: none: every path of the REST API begins with /v1, but for the legacy hosts."""
    if re.match(r"/v1/v1/", ctx.path):
        return fault_of("The path has the version twice (`/v1/v1/`).", ctx.path, "Remove `/v1` from the base URL or from the path of the call.")
    if not _API_PATH.match(ctx.path) or LEGACY_HOST.search(ctx.request.host) or behind_proxy(ctx) or wrong_host(ctx):
        return None
    fix = f"Write {ctx.quote('/v1' + ctx.path)} instead of {ctx.quote(ctx.path)}."
    return fault_of(f"The path {ctx.quote(ctx.path)} lacks the version.", ctx.path, fix)


def path_unknown(ctx: RuleContext) -> Message | None:
    """Compares a path that the API does not know with its endpoints. Source: observed: 404 "Cannot GET ...". Other causes: none: the answer says that
    there is no such path. What was meant is likely only."""
    if not _unrouted(ctx) or behind_proxy(ctx) or wrong_host(ctx) or path_version(ctx):
        return None
    inner = re.search(r"/v1/(?:data|auth|users|files)(?:/.*)?$", ctx.path)
    first = re.match(r"/v1/([^/]+)(/.+)$", ctx.path)
    near = resembling(first[1], ("data", "auth", "users", "files")) if first else ""
    if inner and inner.start():
        says, right = f"the path has {ctx.quote(ctx.path[: inner.start()])} before `/v1`.", inner[0]
    elif first and near and near != first[1]:
        says, right = f"the path has {ctx.quote(first[1])}, which resembles the endpoint `{near}`.", f"/v1/{near}{first[2]}"
    else:
        return None
    return fault_of(says, ctx.path, f"Write {ctx.quote(right)} instead of {ctx.quote(ctx.path)}.", certain=False)


def _unrouted(ctx: RuleContext) -> bool:
    return re.match(r"Cannot [A-Z]+ ", ctx.message) is not None


def duplicate_value(ctx: RuleContext) -> Message | None:
    """Lists the values that a unique index may hold already, where the answer names no field. Other causes: which of the fields has the index cannot
    be seen, so this is likely only."""
    if not ctx.route.get("table") or any(named.name in ctx.fields for named in named_in_answer(ctx)):
        return None
    values = {name: value for name, value in ctx.fields.items() if type(value) in (int, float) or (isinstance(value, str) and 0 < len(value) <= 40)}
    short = dict(list(values.items())[:3])
    if not short:
        return None
    shown = ", ".join(f"{ctx.quote(name)} {ctx.quote(value, name)}" for name, value in short.items())
    where = ctx.path.rstrip("/").removesuffix(f"/{ctx.route.get('id') or ' '}")
    fix = f"Find the record with {ctx.quote(f'GET {where}?andFilters=...')} on the unique field, and PATCH it, or send another value."
    return fault_of(
        f"a record with one of these values exists, and the table has a unique index on it: {shown}.", ", ".join(short), fix, certain=False
    )


def rate(ctx: RuleContext) -> Message | None:
    """Reads the limit that the answer tells (X-RateLimit-Limit, X-RateLimit-Remaining). Other causes: none: the server says so."""
    limit, left = ctx.answer_headers.get("x-ratelimit-limit"), ctx.answer_headers.get("x-ratelimit-remaining")
    if not re.fullmatch(r"\d{1,9}", limit):
        return None
    rest = f", of which {left} are left" if re.fullmatch(r"\d{1,9}", left) else ""
    fix = "Send fewer requests: cache answers, and read lists with `limit=100` instead of record by record."
    return Message(f"The limit is {limit} calls{rest}; all callers with this key share it.", f"x-ratelimit-limit: {limit}", True, fix)


RULES: tuple[Rule, ...] = (
    Rule("system-table", system_table, (*SYSTEM, *PERMISSION)),
    Rule("scope", scope, SCOPE),
    Rule("others-record", others_record, FORBIDDEN[:4], (403,)),
    Rule("permission", permission, FORBIDDEN, (403,)),
    Rule("user-left-out", lost_user, (*PERMISSION, "auth/forbidden"), (403,)),
    Rule("wrong-host", wrong_host, (*NO_TABLE, *NOT_FOUND), (404,)),
    Rule("path-version", path_version, (*NO_TABLE, *NOT_FOUND), (404,)),
    Rule("path-unknown", path_unknown, (), (404,)),
    Rule("table-name", table_name, NO_TABLE, (404,)),
    Rule("table-missing", table_missing, NO_TABLE),
    Rule("path-unset", path_unset, (*NOT_FOUND, *NO_TABLE, "common/invalid-parameters", "auth/session-not-found", "auth/user-not-found"), (400, 404)),
    Rule("id-history", id_history, NOT_FOUND, (404,)),
    Rule("code-used-twice", spent_code, ("auth/invalid-oauth-code", "auth/oauth-callback-failed"), (400, 401)),
    Rule("sent-twice", made_before, (*DUPLICATE, "auth/email-already-exists", "EMAIL_ALREADY_EXISTS", "file/s3-key-already-exists"), (409,)),
    Rule("duplicate-value", duplicate_value, DUPLICATE, (409,)),
    Rule("retry-after", retry_after, TOO_MANY, (429, 503)),
    Rule("rate-limit", rate, TOO_MANY, (429,)),
)
