"""Rules for bkend.ai: each finds its fault, and is silent about the request without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from baas_errors.catalog import Backend
from baas_errors.catalog.causes import Cause
from baas_errors.diagnose import bkend as rules
from diagnose.talk import START, Row, RowTests, Talk, findings, make_jwt
from matrix import in_one_test

KEY = "pk_" + "0123456789abcdef" * 4
OTHER_KEY = "pk_" + "fedcba9876543210" * 4
SECRET = "sk_" + "00112233445566ff" * 4
NOW = int(START)
TOKEN = make_jwt(sub="u1", iat=NOW - 60, exp=NOW + 3600)
OTHER_TOKEN = make_jwt(sub="u1", iat=NOW - 50, exp=NOW + 3600)
OLD = make_jwt(sub="u1", iat=NOW - 7200, exp=NOW - 3600)
SIGNED = "https://files.example.net/p1/cat.png?X-Amz-Date=20251009T085320Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=00ff00"


def talk(backends: Mapping[str, Backend]) -> Talk:
    return Talk(backends, "bkend", "https://api-client.bkend.ai", {"X-API-Key": KEY})


@pytest.fixture
def make(backends: dict[str, Backend]) -> Any:
    return lambda: talk(backends)


def refused(code: str | int, status: int, message: str = "Refused", method: str = "GET", path: str = "/v1/data/posts", **more: Any) -> dict[str, Any]:
    """A request and the documented answer with this code."""
    details = more.pop("details", None)
    error = {"code": code, "message": message} | ({"details": details} if details else {})
    return {"method": method, "path": path, "status": status, "answer": {"success": False, "error": error}} | more


def upper(code: str, status: int, message: str = "Refused", **more: Any) -> dict[str, Any]:
    return refused(code, status, **more) | {"answer": {"statusCode": status, "error": code, "message": message}}


def rpc(code: int, message: str = "Refused", **more: Any) -> dict[str, Any]:
    answer = {"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message}}
    return {"method": "POST", "path": "https://api.bkend.ai/mcp", "status": 200, "answer": answer} | more


def bearer(token: str, **more: str | None) -> dict[str, str | None]:
    return {"Authorization": f"Bearer {token}", **more}


def cannot_get(path: str, method: str = "GET") -> dict[str, Any]:
    message = f"Cannot {method} {path.partition('.ai')[2] or path}"
    return {"method": method, "path": path, "status": 404, "answer": {"message": message, "error": "Not Found", "statusCode": 404}}


def cannot(method: str, path: str, says: str, right: str, fix: str) -> Row:
    """A path that the API does not have, and one that it has."""
    return Row("endpoint-name", says, cannot_get(path, method), cannot_get(right, method), fix=fix)


def method_of(method: str, path: str, says: str, right: str) -> Row:
    """A path that the API has, with another method."""
    return Row("method", says, cannot_get(path, method), cannot_get(path, right), fix=f"Send the request as {right}")


def pkce(body: str, says: str) -> Row:
    """A form for the OAuth server whose verifier is at fault, and one whose code is."""
    form = {"Content-Type": "application/x-www-form-urlencoded", "X-API-Key": None}
    asked = {"method": "POST", "path": "https://api.bkend.ai/mcp/oauth/token", "status": 400, "headers": form, "body": body}
    answer = {"error": "invalid_grant", "error_description": "PKCE verification failed"}
    return Row("pkce", says, {**asked, "answer": answer}, {"answer": {**answer, "error_description": "Code has expired"}})


def sort(value: str, fix: str) -> Row:
    asked = refused(400, 400, "Invalid sort field", path=f"/v1/data/posts?sortBy={quote(value)}")
    return Row("sort-direction", "is not the bare name of a field", asked, {"path": "/v1/data/posts?sortBy=size"}, fix=fix)


def unknown(name: str, method: str, says: str, fix: str, message: str = "") -> Row:
    asked = refused("common/invalid-parameters", 400, message or f"property {name} should not exist", method)
    return Row("parameter-unknown", says, asked, refused("common/invalid-parameters", 400, "page must not be less than 1", method), fix=fix)


LIST = {"path": "/v1/data/posts", "answer": {"items": []}}
SIGN_IN: dict[str, Any] = {
    "method": "POST",
    "path": "/v1/auth/email/signin",
    "body": {"email": "ann@example.com", "password": "secret-1", "method": "password"},
    "answer": {"accessToken": TOKEN, "refreshToken": "refresh-one", "user": {"id": "u1"}},
}
REFRESH: dict[str, Any] = {
    "method": "POST",
    "path": "/v1/auth/refresh",
    "body": {"refreshToken": "refresh-one"},
    "answer": {"accessToken": OTHER_TOKEN, "refreshToken": "refresh-two"},
}
NO_KEY = {"X-API-Key": None}
POST_1 = "/v1/data/posts/0b5e2f9a11"
SPEC = {"name": "rooms", "type": "Number", "required": True}
CALLBACK = {"code": "c1", "redirectUri": "https://app.example.net/cb", "state": "s"}
SIGN_UP = {"email": "ann@example.com", "password": "secret-1", "method": "password", "name": "Ann"}


def key(value: str | None, says: str, rule: str = "api-key", **more: Any) -> Row:
    """A key at fault, and the same request with a good one."""
    asked = upper("UNAUTHORIZED", 401, headers={"X-API-Key": value, **more})
    return Row(rule, says, asked, {"headers": {"Authorization": f"Bearer {TOKEN}"}})


def token(value: str, says: str, rule: str, certain: bool = True, **more: Any) -> Row:
    asked = refused("auth/invalid-access-token", 401, headers={"Authorization": value}, **more)
    return Row(rule, says, asked, {"headers": bearer(TOKEN)}, certain)


def query(text: str, says: str, rule: str, good: str) -> Row:
    asked = refused("common/invalid-parameters", 400, path=f"/v1/data/posts?{text}")
    return Row(rule, says, asked, {"path": f"/v1/data/posts?{good}"})


def body(rule: str, says: str, path: str, wrong: Any, right: Any, code: str = "auth/invalid-request", certain: bool = True, status: int = 400) -> Row:
    return Row(rule, says, refused(code, status, method="POST", path=path, body=wrong), {"body": right}, certain)


KEYS = [
    key(None, "The request has no X-API-Key header"),
    key("", "The X-API-Key header is empty"),
    key("undefined", "is the word `undefined`"),
    key("{pk_publishable_key}", "holds a placeholder instead of a key"),
    key("ak_0123456789abcdef", "holds a legacy `ak_` key"),
    key(TOKEN, "holds a JSON Web Token"),
    key(f"Bearer {KEY}", "begins with `Bearer`"),
    key(f'"{KEY}"', "has quotes around the key"),
    key("rk_" + "0" * 64, "does not begin with `pk_` or `sk_`."),
    key("0" * 64, "the prefix is missing"),
    key("pk_" + "g" * 64, "not hexadecimal digits"),
    key(KEY[:-1], "has fewer than 64 hexadecimal digits after `pk_` or `sk_`: it is 66 characters long, and a key has 67"),
    key(f"{KEY}ff", "has more than 64 hexadecimal digits after `pk_` or `sk_`: it is 69 characters long, and a key has 67"),
    key(None, "is in the Authorization header", Authorization=f"Bearer {KEY}"),
    key(KEY, "The Authorization header carries an API key", Authorization=f"Bearer {SECRET}"),
    Row("api-key", "no X-API-Key header", refused("data/invalid-header", 400, headers=NO_KEY), {"headers": {}}),
    Row(
        "key-refused",
        "has the right form, and no token was sent, so the key itself is unknown, revoked or expired",
        upper("UNAUTHORIZED", 401),
        {"headers": bearer(TOKEN)},
        certain=False,
    ),
    Row(
        "key-refused",
        "this `pk_` key worked 2 s before in flow flow-1, so it was revoked or has expired since",
        upper("TOKEN_REVOKED", 401, after=2.0),
        {"headers": bearer(TOKEN)},
        certain=False,
        before=[LIST],
    ),
    Row(
        "other-key",
        "This token was issued under another X-API-Key in flow flow-1",
        refused("data/project-access-denied", 403, headers=bearer(TOKEN, **{"X-API-Key": OTHER_KEY})),
        {"headers": bearer(TOKEN)},
        before=[SIGN_IN],
    ),
    Row(
        "environment",
        "X-Project-Id is `YOUR_PROJECT_ID`, which stands for an id that was not filled in",
        upper("PROJECT_NOT_FOUND", 404, path="https://api.bkend.io/data/posts", headers={**NO_KEY, "X-Project-Id": "YOUR_PROJECT_ID"}),
        {"headers": {**NO_KEY, "X-Project-Id": "p1"}},
        fix="in `X-Project-Id`",
    ),
    Row(
        "environment",
        "X-Environment is `production`, which is not `dev`, `staging` or `prod`",
        upper("ENVIRONMENT_NOT_FOUND", 404, headers={"X-Environment": "production"}),
        {"headers": {"X-Environment": "prod"}},
    ),
    Row(
        "environment-of-key",
        "another X-API-Key worked in flow flow-1",
        refused("data/environment-not-found", 404, headers={"X-API-Key": OTHER_KEY}),
        {"headers": {}},
        certain=False,
        before=[LIST],
    ),
]
KEYS += [
    Row(
        "secret-key",
        "carries a secret key (`sk_`), which bkend refuses there",
        refused("auth/unauthorized", 401, "Invalid API key", "POST", SIGN_IN["path"], body=SIGN_IN["body"], headers={"X-API-Key": SECRET}),
        {"headers": {}},
        fix="Send the publishable key (`X-API-Key: pk_...`) from the app.",
    ),
    Row(
        "secret-key",
        "which bkend refuses there",
        refused("auth/unauthorized", 401, "No access", "POST", "/v1/auth/refresh", headers={"X-API-Key": SECRET}),
        {"headers": {}},
        certain=False,
    ),
]
TOKENS = [
    token("Bearer undefined", "carries `bearer undefined` instead of a token", "token-lost"),
    token("Bearer null", "carries `bearer null` instead of a token", "token-lost"),
    token(f"Bearer{TOKEN}", "no space between `Bearer` and the token", "bearer-form"),
    token(TOKEN, "holds the bare token", "bearer-form"),
    token("Basic {{credentials}}", "carries `basic {{credentials}}` instead of user and password", "token-lost"),
    token("Bearer ${input:bkend-token}", "carries `bearer` and a placeholder that was never replaced, instead of a token", "token-lost"),
    token("Basic %%%", "cannot be read: it is not base64", "basic-form"),
    token("Bearer a.b", "it has 2 parts", "token-time"),
    token(f"Bearer {OLD}", "The access token expired 1 h before this answer", "token-time", dated=True),
    token(f"Bearer {make_jwt(nbf=NOW + 600)}", "is not valid yet: its `nbf` is 9 min 59 s ahead", "token-time", dated=True),
    token(f"Bearer {make_jwt(iat=NOW + 600)}", "was issued 9 min 59 s in the future", "token-time", certain=False, dated=True),
    token(f"Bearer {make_jwt(exp=(NOW + 60) * 1000)}", "is in milliseconds", "token-time", certain=False),
    token(f"Bearer {make_jwt(iss='https://accounts.google.com')}", "issued by `https://accounts.google.com`", "token-issuer", certain=False),
    Row(
        "no-user",
        "it came without a user, and `/v1/files/{id}` requires one",
        refused("common/authentication-required", 401, path="/v1/files/f1"),
        {"headers": bearer(TOKEN)},
    ),
    Row(
        "no-user",
        "it came without a user, and the answer asks for one",
        refused("auth/unauthorized", 401, message="Authentication required"),
        {"headers": bearer(TOKEN)},
        False,
        fix="in addition to X-API-Key",
    ),
    Row(
        "no-user",
        "Earlier, flow flow-2 carried one (1 s before).",
        refused("auth/missing-authorization-header", 401),
        {"headers": bearer(TOKEN)},
        before=[SIGN_IN, {**LIST, "headers": bearer(TOKEN)}],
    ),
    Row(
        "refresh-token-as-access",
        "carries a refresh token",
        refused("auth/invalid-access-token", 401, headers=bearer("refresh-one")),
        {"headers": bearer(TOKEN)},
        before=[SIGN_IN],
    ),
    Row(
        "token-history",
        "this token was ended by POST /v1/auth/signout in flow flow-2, 1 s before.",
        refused("auth/invalid-token", 401, headers=bearer(TOKEN)),
        {},
        certain=False,
        before=[SIGN_IN, {"method": "POST", "path": "/v1/auth/signout", "headers": bearer(TOKEN), "answer": {"message": "ok"}}],
        mended_before=[SIGN_IN],
    ),
    Row(
        "sessions-revoked",
        "was used again in flow flow-3",
        refused("auth/session-expired", 401, headers=bearer(OTHER_TOKEN)),
        {},
        certain=False,
        before=[SIGN_IN, REFRESH, {**REFRESH, **refused("auth/invalid-refresh-token", 401, method="POST", path="/v1/auth/refresh")}],
        mended_before=[SIGN_IN, REFRESH],
    ),
    body(
        "refresh-body",
        "`refreshToken` is missing",
        "/v1/auth/refresh",
        {"refresh_token": "x"},
        REFRESH["body"],
        "auth/invalid-refresh-token",
        status=401,
    ),
    body(
        "refresh-body",
        "is the word `undefined`",
        "/v1/auth/refresh",
        {"refreshToken": "undefined"},
        REFRESH["body"],
        "auth/invalid-refresh-token",
        status=401,
    ),
    Row(
        "access-token-as-refresh",
        "`refreshToken` holds an access token",
        refused("auth/invalid-refresh-token", 401, method="POST", path="/v1/auth/refresh", body={"refreshToken": TOKEN}),
        {"body": REFRESH["body"]},
        before=[SIGN_IN],
    ),
    Row(
        "refresh-expired",
        "The refresh token expired 1 h before this answer",
        refused("auth/token-expired", 401, method="POST", path="/v1/auth/refresh", body={"refreshToken": OLD}, dated=True),
        {"body": {"refreshToken": TOKEN}},
    ),
]
DATA = [
    Row(
        "permission",
        "came as guest (a pk_ key without a user's token) and asked to create in `posts`; by default guests may only read and list",
        refused("data/permission-denied", 403, method="POST", body={"title": "a"}),
        {"headers": NO_KEY},
    ),
    Row(
        "permission",
        "came as user (a user's token) and asked to delete in `posts`; by default users may only create, read and list",
        upper("PERMISSION_DENIED", 403, method="DELETE", path=POST_1, headers=bearer(TOKEN)),
        {"headers": NO_KEY},
    ),
    Row(
        "permission",
        "asked to list in `posts`, which this group may do by default",
        refused("data/permission-denied", 403),
        {"headers": NO_KEY},
        False,
    ),
    Row(
        "permission",
        "came as admin (an sk_ key)",
        refused("data/permission-denied", 403, headers={"X-API-Key": SECRET}),
        {"headers": NO_KEY},
        certain=False,
    ),
    Row(
        "others-record",
        "belongs to another user: its `createdBy` is `u-9` (flow flow-1), and the token is of `u-2`",
        refused("common/forbidden", 403, method="PATCH", path="/v1/data/notes/n7", headers=bearer(make_jwt(sub="u-2")), body={"a": 1})
        | {"answer": {"success": False, "error": {"code": "common/forbidden", "message": "Only the owner can edit this note"}}},
        {"headers": bearer(make_jwt(sub="u-9"))},
        before=[{"path": "/v1/data/notes", "answer": {"items": [{"id": "n7", "createdBy": "u-9"}]}}],
        fix="`createdBy`",
    ),
    Row("permission", "The request came as guest", refused("user/forbidden", 403, path="/v1/users/u1"), {"headers": bearer(TOKEN)}),
    Row(
        "user-left-out",
        "flow flow-2 carried a user's token 1 s before, but this request carries none",
        refused("data/permission-denied", 403, method="POST", body={"title": "a"}),
        {"headers": bearer(TOKEN)},
        certain=False,
        before=[SIGN_IN, {**LIST, "headers": bearer(TOKEN)}],
    ),
    Row(
        "scope",
        "lacks the scope `posts:delete`, which this request needs. Scopes hold sk_ keys too.",
        upper("SCOPE_INSUFFICIENT", 403, method="DELETE", path=POST_1, headers={"X-API-Key": SECRET}),
        {"path": "/v1/auth/me"},
    ),
    Row(
        "system-table",
        "open to admins only; the request came as guest",
        refused("data/system-table-access", 403, path="/v1/data/_users"),
        {"path": "/v1/data/users"},
    ),
    Row("table-name", "`Posts` resembles the table `posts`", refused("data/table-not-found", 404, path="/v1/data/Posts"), LIST, False, [LIST]),
    Row(
        "path-unset", "has `:user` in place of the user id", refused("user/not-found", 404, path="/v1/users/:user/profile"), {"path": "/v1/users/u1"}
    ),
    Row("path-unset", "has `undefined` in place of the table's name", refused("data/table-not-found", 404, path="/v1/data/undefined"), LIST),
    Row("endpoint-name", "without a table after it", refused("data/table-not-found", 404, path="/v1/data"), LIST),
    cannot("POST", "/v1/auth/Login", "no endpoint `/v1/auth/Login`", "/v1/auth/email/signin", "`POST /v1/auth/email/signin`"),
    cannot("POST", "/v1/users/register", "no endpoint `/v1/users/register`", "/v1/auth/email/signup", "`POST /v1/auth/email/signup`"),
    cannot("GET", "/v1/auth/login/google", "no endpoint `/v1/auth/login/google`", "/v1/auth/google/authorize", "here with `google`"),
    cannot("GET", "/v1/files/f1/download", "no endpoint `/v1/files/f1/download`", "/v1/files/f1/download-url", "/download-url"),
    Row(
        "endpoint-name",
        "the path `/v1/login` was meant for an endpoint of `/v1/auth`",
        refused("data/table-not-found", 404, method="POST", path="/v1/login"),
        {"path": "/v1/logs"},
        certain=False,
    ),
    Row(
        "image-type",
        "`contentType` is `image/tiff`, and images are accepted as",
        refused(415, 415, "Unsupported Media Type", "POST", "/v1/files/presigned-url", body={"filename": "a.tif", "contentType": "image/tiff"}),
        {"body": {"filename": "a.png", "contentType": "image/png"}},
        certain=False,
        fix="Convert the image",
    ),
    method_of("GET", "/v1/auth/refresh", "takes POST only", "POST"),
    method_of("POST", "/v1/auth/me", "takes GET only", "GET"),
    method_of("PUT", "/v1/users/u1", "with PATCH", "PATCH"),
    cannot("GET", "/v1/p1/dev/tables/cats", "stands for project and environment", "/v1/data/cats", "here `cats`"),
    cannot("DELETE", "/v1/auth/session/s1", "no endpoint `/v1/auth/session/s1`", "/v1/auth/sessions/s1", "`/v1/auth/sessions`"),
    Row(
        "parameter-unset",
        "has `undefined` in place of a value for `sortBy`",
        refused(400, 400, "Invalid sort field", path="/v1/data/posts?sortBy=undefined"),
        {"path": "/v1/data/posts?sortBy=size&search=null&andFilters=%7B%7D&orFilters=%7Ba%7D"},
        fix="Set the variable that holds `sortBy`",
    ),
    cannot("GET", "/v1/users/me", "no endpoint `/v1/users/me`", "/v1/users/u1", "`GET /v1/auth/me`"),
    cannot("GET", "/v1/collections/songs", "no endpoint `/v1/collections/songs`", "/v1/data/songs", "table's name, here `songs`"),
    Row(
        "required-column",
        "The schema in flow flow-1 requires `rooms`, missing in the body",
        refused(400, 400, "Missing required fields", "POST", "/v1/data/flats", body={"street": "a"}),
        {"body": {"street": "a", "rooms": 3}},
        before=[
            {"path": "/v1/data/flats/spec", "answer": {"data": {"fields": [SPEC, {**SPEC, "name": "street"}, {"name": "lift", "required": False}]}}}
        ],
        fix="Send `rooms` with a value",
    ),
    Row(
        "required-column",
        "a record that flow flow-1 created has `rooms`, missing here",
        refused("data/validation-error", 400, "A required field is missing", "POST", "/v1/data/flats", body={"street": "a"}),
        {"body": {"street": "a", "rooms": 3}},
        certain=False,
        before=[{"method": "POST", "path": "/v1/data/flats", "body": {"street": "b", "rooms": 2}, "status": 201, "answer": {"id": "f1"}}],
    ),
    sort("-created", "`sortBy=created&sortDirection=desc`"),
    sort("+created", "`sortBy=created&sortDirection=asc`"),
    sort("size desc", "`sortBy=size&sortDirection=desc`"),
    sort("size:asc", "`sortBy=size&sortDirection=asc`"),
    sort('{"size":-1}', "`sortBy=size&sortDirection=desc`"),
    Row(
        "permission",
        "came as user (a user's token) and asked to delete in `notes`",
        refused(
            "data/permission-denied", 403, method="DELETE", path="https://notes.example.net/api/bkend/data/notes/n1", headers=bearer(TOKEN, **NO_KEY)
        ),
        {"method": "PUT", "path": "https://notes.example.net/api/bkend/auth/email/signin"},
        certain=False,
    ),
    Row(
        "api-key",
        "is the word `null`",
        refused("auth/invalid-token-format", 401, path="https://notes.example.net/v1/auth/me", headers={"X-API-Key": "null"}),
        {"headers": bearer(TOKEN)},
    ),
    Row(
        "code-used-twice",
        "was exchanged before, 1 s before in flow flow-1",
        refused("auth/invalid-oauth-code", 401, method="POST", path="/v1/auth/github/callback", body=CALLBACK),
        {"body": {**CALLBACK, "code": "c2"}},
        before=[{"method": "POST", "path": "/v1/auth/github/callback", "body": CALLBACK, "answer": {"accessToken": TOKEN}}],
        fix="Exchange each code once",
    ),
    Row(
        "wrong-host",
        "`mcp.bkend.ai` does not serve the REST API",
        cannot_get("https://mcp.bkend.ai/v1/p1/environments/e1/tables/songs/records"),
        cannot_get("https://api-client.bkend.ai/v1/p1/environments/e1/tables/songs/records"),
        fix="`https://api-client.bkend.ai/v1/data/songs` with the header",
    ),
    Row("table-endpoint", "resembles the endpoint `/v1/users`", upper("TABLE_NOT_FOUND", 404, path="/v1/user"), {"path": "/v1/posts"}, False),
    Row(
        "table-of-other-key",
        "`posts` worked with another X-API-Key in flow flow-1",
        refused("data/table-not-found", 404, headers={"X-API-Key": OTHER_KEY}),
        {"headers": {}},
        False,
        [LIST],
    ),
    Row(
        "table-missing",
        "has no table with the exact name `recipes`",
        refused("data/table-not-found", 404, path="/v1/data/recipes"),
        {"path": "/v1/data/undefined"},
        fix="Create `recipes` in the console, in the environment of this X-API-Key, or correct the name (case counts).",
    ),
    Row(
        "duplicate-value",
        "a unique index on it: `slug` `first-post`, `year` `2024`.",
        refused("x", 409, method="POST", body={"slug": "first-post", "year": 2024, "text": "a" * 50})
        | {"answer": {"error": {"message": "Duplicate"}}},
        {"body": {"tags": ["a"]}},
        certain=False,
        fix="Find the record with `GET /v1/data/posts?andFilters=...`",
    ),
    Row(
        "wrong-host",
        "`api.bkend.ai` does not serve the REST API (it serves MCP only)",
        {"path": "https://api.bkend.ai/v1/data/posts", "status": 404, "answer": {"statusCode": 404, "message": "Cannot GET /v1/data/posts"}},
        {"path": "/v1/data/posts"},
        fix="Send it to `https://api-client.bkend.ai/v1/data/posts`, as long as bkend.ai runs: it announced its end for 15 May 2026.",
    ),
    Row(
        "path-unknown",
        "the path has `dta`, which resembles the endpoint `data`",
        {"path": "/v1/dta/posts", "status": 404, "answer": {"statusCode": 404, "message": "Cannot GET /v1/dta/posts"}},
        {"path": "/v1/data/posts"},
        certain=False,
        fix="Write `/v1/data/posts` instead of `/v1/dta/posts`.",
    ),
    Row(
        "path-unknown",
        "the path has `/api` before `/v1`",
        {"path": "/api/v1/users/u1", "status": 404, "answer": {"statusCode": 404, "message": "Cannot GET /api/v1/users/u1"}},
        {"path": "/v1/users/u1"},
        certain=False,
        fix="Write `/v1/users/u1`",
    ),
    Row(
        "path-version",
        "The path `/data/posts` lacks the version",
        {"path": "/data/posts", "status": 404, "answer": {"message": "Not Found"}},
        {"path": "/v1/data/posts"},
    ),
    Row("path-version", "has the version twice", refused("data/table-not-found", 404, path="/v1/v1/data/posts"), {"path": "/v1/data/posts"}),
    Row(
        "method",
        "the request is a PUT, and bkend changes records with PATCH",
        {"method": "PUT", "path": POST_1, "status": 404},
        {"method": "PATCH"},
        False,
    ),
    Row("method", "needs a record's id", refused("NOT_FOUND", 404, method="DELETE"), {"path": POST_1}),
    Row("path-unset", "has `undefined` in place of the id", refused("data/not-found", 404, path="/v1/data/posts/undefined"), {"path": POST_1}),
    Row(
        "id-history",
        "was deleted in flow flow-1, 1 s before",
        refused("data/not-found", 404, path=POST_1),
        {"path": POST_1 + "0"},
        before=[{"method": "DELETE", "path": POST_1, "answer": {"success": True}}],
    ),
    Row(
        "id-history",
        "was read under `/v1/data/posts/` in flow flow-1",
        refused("data/not-found", 404, path="/v1/data/comments/0b5e2f9a11"),
        {"path": "/v1/data/comments/0b5e2f9a12"},
        certain=False,
        before=[{"path": POST_1, "answer": {"id": "0b5e2f9a11"}}],
    ),
    query("page=0", "`page` is `0`", "parameter", "page=1"),
    query("limit=500", "`limit` is `500`, which is outside the limits", "parameter", "limit=100"),
    query("limit=ten", "`limit` is `ten`, which is not a whole number", "parameter", "limit=10"),
    Row(
        "sort-field",
        "`created_at` is not a field of the table",
        refused("data/validation-error", 400, "Invalid sort field: created_at", path="/v1/data/posts?sortBy=created_at"),
        {"answer": {"success": False, "error": {"code": "data/validation-error", "message": "Invalid sort field: size"}}},
        fix="`sortBy=createdAt`",
    ),
    query("sortDirection=DESC", "`sortDirection` is `DESC`, which is not `asc` or `desc`", "sort-direction", "sortDirection=desc"),
    query("andFilters=%7B%22a%22%3A1", "`andFilters` is not valid JSON", "parameter", "andFilters=%7B%22a%22%3A1%7D"),
    query("orFilters=%257B%2522a%2522%253A1%257D", "percent-encoded twice", "parameter", "orFilters=%7B%22a%22%3A1%7D"),
    query("orFilters=%5B1%5D", "`orFilters` is `[1]`, which is not an object", "filter-kind", "orFilters=%7B%7D"),
    query(
        "andFilters=%7B%22a%22%3A%7B%22%24gtt%22%3A1%7D%7D",
        "`$gtt` is not a supported query operator",
        "query-operator",
        "andFilters=%7B%22a%22%3A%7B%22%24gt%22%3A1%7D%7D",
    ),
    body("record-is-object", "The body is an array, and each request", "/v1/data/posts", [{"a": 1}, {"a": 2}], {"a": 1}, "data/validation-error"),
    body("wrapped-record", "wraps the record in `data`", "/v1/data/posts", {"data": {"a": 1}}, {"a": 1}, "data/validation-error", certain=False),
    body(
        "managed-fields",
        "sets `createdBy`, which the server sets itself",
        "/v1/data/posts",
        {"createdBy": "u1", "a": 1},
        {"a": 1},
        "data/validation-error",
        False,
    ),
    body(
        "text-values",
        "`published` was sent as a string, `true`",
        "/v1/data/posts",
        {"title": "a", "published": "true"},
        {"title": "a", "published": True},
        "data/validation-error",
        False,
    ),
    Row(
        "named-field",
        "requires `title`, which is missing: the body has `titel`.",
        refused("data/validation-error", 400, "title is required", "POST", body={"titel": "a"}),
        {"body": {"title": "a"}, "answer": {"success": False, "error": {"code": "data/validation-error", "message": "Validation failed"}}},
    ),
    Row(
        "named-field",
        "is about `price`, which was sent as a string, `12`; the server says `must be a number`",
        refused(
            "data/validation-error",
            400,
            "Validation failed",
            "POST",
            body={"price": "12"},
            details=[{"field": "price", "reason": "must be a number"}],
        ),
        {"answer": {"success": False, "error": {"code": "data/validation-error", "message": "Validation failed"}}},
    ),
    Row(
        "named-field",
        "The server says that the value of `slug` is taken; it was sent as a string, `first-post`.",
        refused("x", 409, method="POST", body={"slug": "first-post"}) | {"answer": {"message": "slug already exists"}},
        {"answer": {"message": "Conflict"}},
        fix="Send another value for `slug`, or use the record that has this one.",
    ),
    Row(
        "named-field",
        "`title` is inside `data`",
        refused("data/validation-error", 400, "Missing required field: title", "POST", body={"data": {"title": "a"}}),
        {"answer": {"success": False, "error": {"code": "data/validation-error", "message": "Validation failed"}}},
    ),
    Row(
        "value-stored",
        "the value of `slug` was stored by flow flow-1 in the record `p1`",
        refused("data/duplicate-value", 409, method="POST", body={"slug": "a", "text": "more"}),
        {"body": {"tags": []}},
        certain=False,
        before=[{"method": "POST", "path": "/v1/data/posts", "body": {"slug": "a", "text": "less"}, "status": 201, "answer": {"id": "p1"}}],
        fix="change the record `p1` with PATCH",
    ),
    Row(
        "sent-twice",
        "the same request, body included, succeeded 1 s before in flow flow-1",
        refused("data/duplicate-value", 409, method="POST", body={"slug": "a"}),
        {"body": {"slug": "b"}},
        certain=False,
        before=[{"method": "POST", "path": "/v1/data/posts", "body": {"slug": "a"}, "status": 201, "answer": {"id": "p1"}}],
    ),
    Row("retry-after", "asks to wait 30 s", refused("data/rate-limit-exceeded", 429, answer_headers={"Retry-After": "30"}), {"answer_headers": {}}),
    Row(
        "rate-limit",
        "The limit is `100` calls, of which `0` are left; all callers with this key share it.",
        refused("data/rate-limit-exceeded", 429, answer_headers={"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0"}),
        {"answer_headers": {}},
    ),
]
SIGNUP, SIGNIN, PRESIGN = "/v1/auth/email/signup", "/v1/auth/email/signin", "/v1/files/presigned-url"
UPLOAD = {"filename": "a.png", "contentType": "image/png", "fileSize": 10}
META = {"s3Key": "p1/a.png", "originalName": "a.png", "mimeType": "image/png", "size": 10}
PARTS = {"key": "p1/a.png", "uploadId": "u", "parts": [{"partNumber": 1, "etag": "e"}]}
COMPLETE = "/v1/files/multipart/complete"
FORMS = [
    body("body-json", "is not valid JSON", "/v1/data/posts", '{"a": 1,}', '{"a": 1}', "data/validation-error"),
    Row(
        "content-type",
        "the body is JSON, but its Content-Type is `text/plain`.",
        refused("common/invalid-parameters", 400, method="POST", body='{"a":1}', headers={"Content-Type": "text/plain"}),
        {"headers": {"Content-Type": "application/json"}},
        certain=False,
    ),
    body("sign-in-field", "`method` is missing in the body", SIGNUP, {k: v for k, v in SIGN_UP.items() if k != "method"}, SIGN_UP),
    body("sign-in-field", "`name` is empty in the body", SIGNUP, {**SIGN_UP, "name": ""}, SIGN_UP),
    body("sign-in-field", "`callbackUrl` is missing", SIGNIN, {"email": "a@b.example", "method": "magiclink"}, SIGN_UP),
    body("required-field", "`s3Key` is missing", "/v1/files", {k: v for k, v in META.items() if k != "s3Key"}, META, "common/invalid-parameters"),
    body("sign-method", "`method` is `email`, which is not a way to sign in", SIGNIN, {**SIGN_UP, "method": "email"}, SIGN_UP),
    body(
        "email",
        "`email` is not an e-mail address: it has no @",
        SIGNUP,
        {**SIGN_UP, "email": "ann.example.com"},
        SIGN_UP,
        "auth/invalid-email-format",
    ),
    body(
        "password",
        "`password` has fewer than 6 characters",
        SIGNUP,
        {**SIGN_UP, "password": "abcde"},
        {**SIGN_UP, "password": "Secret-1"},
        "auth/weak-password",
    ),
    body(
        "password",
        "`password` has more than 128 characters",
        SIGNUP,
        {**SIGN_UP, "password": "a" * 129},
        {**SIGN_UP, "password": "Secret-1"},
        "auth/weak-password",
    ),
    body(
        "password",
        "`password` is a number, not a string",
        SIGNUP,
        {**SIGN_UP, "password": 12345678},
        {**SIGN_UP, "password": "Secret-1"},
        "auth/weak-password",
    ),
    body(
        "password-policy",
        "lacks an upper-case letter",
        SIGNUP,
        {**SIGN_UP, "password": "secret12"},
        {**SIGN_UP, "password": "Secret-1"},
        "auth/weak-password",
        False,
    ),
    body("mfa-code", "carries no `mfaCode`", SIGNIN, SIGN_IN["body"], {**SIGN_IN["body"], "mfaCode": "012345"}, "auth/mfa-required", status=403),
    body(
        "mfa-code",
        "is not six digits: it has another length",
        SIGNIN,
        {**SIGN_IN["body"], "mfaCode": "12345"},
        {**SIGN_IN["body"], "mfaCode": "012345"},
        "auth/invalid-mfa-code",
        status=401,
    ),
    body(
        "mfa-code",
        "was sent as a number",
        SIGNIN,
        {**SIGN_IN["body"], "mfaCode": 12345},
        {**SIGN_IN["body"], "mfaCode": "012345"},
        "auth/invalid-mfa-code",
        status=401,
    ),
    Row(
        "oauth-callback",
        "`redirectUri` is missing",
        refused("auth/invalid-oauth-code", 401, path="/v1/auth/google/callback?code=c1&state=s1"),
        {"path": "/v1/auth/google/callback?code=c1&state=s1&redirectUri=https%3A%2F%2Fapp.example"},
    ),
    Row(
        "email-taken",
        "was registered 1 s before by flow flow-1",
        refused("auth/email-already-exists", 409, method="POST", path=SIGNUP, body=SIGN_UP),
        {"body": {**SIGN_UP, "email": "ben@example.com"}},
        certain=False,
        before=[{"method": "POST", "path": SIGNUP, "body": SIGN_UP, "status": 201, "answer": {"user": {"id": "u1"}}}],
    ),
]
FILES = [
    Row(
        "file-size",
        "`size` is a string, not a number",
        refused("VALIDATION_ERROR", 400, method="POST", path="/v1/files", body={**META, "size": "10"}),
        {"path": "/v1/data/shirts", "body": {"size": "L"}},
    ),
    body("file-size", "`fileSize` is `0`, not a whole number of bytes from 1 up", PRESIGN, {**UPLOAD, "fileSize": 0}, UPLOAD, "file/file-too-small"),
    body("file-size", "`size` is `-1`", "/v1/files", {**META, "size": -1}, META, "file/size-negative"),
    body(
        "file-too-large",
        "`fileSize` is `99999999999` bytes, more than the project accepts",
        PRESIGN,
        {**UPLOAD, "fileSize": 99999999999},
        {"filename": "a"},
        "file/file-too-large",
    ),
    body("file-name", "`a/b.png`, which contains a path", PRESIGN, {**UPLOAD, "filename": "a/b.png"}, UPLOAD, "file/invalid-name"),
    body("file-name", "has more than 200 characters", "/v1/files", {**META, "originalName": "a" * 300}, META, "file/original-name-too-long"),
    body(
        "file-type",
        "`image/jpg`, which is not a registered media type",
        PRESIGN,
        {**UPLOAD, "contentType": "image/jpg"},
        UPLOAD,
        "file/invalid-format",
    ),
    body("file-type", "`contentType` is empty", PRESIGN, {**UPLOAD, "contentType": ""}, UPLOAD, "file/invalid-format"),
    body("file-type", "which has parameters", PRESIGN, {**UPLOAD, "contentType": "text/plain; charset=utf-8"}, UPLOAD, "file/invalid-format"),
    body("file-type", "holds a whole data URL", "/v1/files", {**META, "mimeType": "data:image/png;base64,AAAA"}, META, "file/mime-type-too-long"),
    body(
        "upload-parts",
        "`partNumber` is `0`",
        "/v1/files/multipart/presigned-url",
        {**PARTS, "partNumber": 0},
        PARTS,
        "file/invalid-part-number-range",
    ),
    body(
        "upload-parts",
        "The first member of `parts` has `ETag` instead of `etag`",
        COMPLETE,
        {**PARTS, "parts": [{"partNumber": 1, "ETag": "e"}]},
        PARTS,
        "file/invalid-parts-array",
    ),
    body("upload-parts", "an empty array or no array", COMPLETE, {**PARTS, "parts": []}, PARTS, "file/invalid-parts-array"),
    body("file-key", "a URL, a path with a leading", "/v1/files", {**META, "s3Key": "https://files.example/p1/a.png"}, META, "file/invalid-path"),
]
MCP = [
    Row("json-rpc", "`jsonrpc` is missing", rpc(-32600, body={"id": 1, "method": "ping"}), {"body": {"jsonrpc": "2.0", "id": 1, "method": "ping"}}),
    Row(
        "json-rpc",
        "is not a string: it is missing",
        rpc(-32600, body={"jsonrpc": "2.0", "id": 1}),
        {"body": {"jsonrpc": "2.0", "id": 1, "method": "ping"}},
    ),
    Row(
        "json-rpc-method",
        "There is no method `tool/list`",
        rpc(-32601, body={"jsonrpc": "2.0", "id": 1, "method": "tool/list"}),
        {"body": {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}},
    ),
    Row(
        "json-rpc",
        "`params.name`, the tool's name, is missing",
        rpc(-32602, body={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {}}),
        {"body": {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "get_context"}}},
    ),
    Row(
        "json-rpc",
        "There is no tool `list_tables`",
        rpc(-32602, body={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_tables"}})
        | {"answer": {"jsonrpc": "2.0", "id": 1, "error": {"code": -32602, "message": "Tool list_tables not found"}}},
        {"answer": {"jsonrpc": "2.0", "id": 1, "error": {"code": -32602, "message": "Wrong arguments"}}},
        fix="Call `tools/list`",
    ),
    Row("body-json", "is not valid JSON", rpc(-32700, body="{'jsonrpc': '2.0'}"), {"body": '{"jsonrpc": "2.0"}'}),
    Row(
        "mcp-session-likely",
        "the session in `Mcp-Session-Id` has ended",
        rpc(-32002, headers={"Mcp-Session-Id": "s1"}, body={"jsonrpc": "2.0", "id": 1, "method": "tools/list"}),
        {"body": {"jsonrpc": "2.0", "id": 1, "method": "initialize"}},
        certain=False,
    ),
    Row(
        "mcp-session",
        "carries no `Mcp-Session-Id`",
        rpc(-32000, "Bad Request: Mcp-Session-Id header is required", status=400, body={"jsonrpc": "2.0", "id": 7, "method": "tools/call"}),
        {"body": {"jsonrpc": "2.0", "id": 1, "method": "initialize"}},
        fix="Send `initialize` first",
    ),
    Row(
        "mcp-session",
        "does not know the session",
        rpc(-32001, "Session not found", status=404, headers={"Mcp-Session-Id": "s9"}, body={"jsonrpc": "2.0", "id": 7, "method": "ping"}),
        rpc(-32001, "Authentication failed", status=401),
        fix="Send `initialize` again",
    ),
    Row(
        "mcp-login",
        "takes the access token of its own OAuth login",
        rpc(-32001, "Authentication failed", status=401, headers=bearer(KEY)),
        {"headers": {}},
        certain=False,
        fix="Remove keys from the MCP settings",
    ),
    pkce("grant_type=authorization_code&code=c1", "has no `code_verifier`"),
    pkce("code=c1&code_verifier=tooshort&grant_type=authorization_code", "fewer than the 43 characters"),
    pkce(f"code_verifier={'v' * 43}&code=c1", "when this login began"),
    unknown("where", "GET", "no parameter `where`", "`andFilters="),
    unknown("offset", "GET", "no parameter `offset`", "`page=`"),
    unknown("fields", "GET", "no parameter `fields` here", "otherwise leave `fields` out"),
    unknown("per_page", "GET", "no parameter `per_page`", "`limit=`", "per_page is not allowed"),
    unknown("filter[a]", "GET", "no parameter `filter`", "`andFilters=", "Unknown query parameter: filter[a]"),
    unknown("orderBy", "GET", "no parameter `orderBy`", "`sortBy=`", "Unrecognized key(s) in object: 'orderBy'"),
    unknown("nick", "POST", "does not take the field `nick`", "Leave `nick` out"),
]
ROWS = [*KEYS, *TOKENS, *DATA, *FORMS, *FILES, *MCP]


SECRETS = (KEY[3:], SECRET[3:], TOKEN, OLD, "secret-1", "refresh-one")


class TestRows(RowTests):
    rows = ROWS
    needs_fix = True
    secrets = SECRETS
    talk = staticmethod(talk)


def test_every_rule_has_a_row(backends):
    # Those of the shared rules hold for every backend.
    shared = {"token-lost", "parameter", "query-operator", "required-field"}
    causes = {cause.name for cause in backends["bkend"].tables.of(Cause)}
    assert causes | {rule.name for rule in rules.RULES} == {row.rule for row in ROWS} - shared


@in_one_test("host", ["https://api-enduser.bkend.ai", "https://api.bkend.io", "https://proxy.example.net"])
def test_a_key_is_not_missed_where_none_is_needed(backends, host):
    """Legacy hosts know the project by other headers, and an app's own proxy may add the key."""
    headers = {"X-API-Key": None, "X-Project-Id": "p1", "X-Environment": "dev", "Authorization": f"Bearer {OLD}"}
    here = {**backends, "bkend": replace(backends["bkend"], hosts=(*backends["bkend"].hosts, "proxy.example.net"))}
    asked = refused("auth/access-token-expired", 401, path=f"{host}/data/posts", headers=headers, dated=True)
    assert [f.rule for f in findings(talk(here), (), asked)] == ["token-time"]


@in_one_test("path", ["/v1/auth/refresh", "/v1/auth/invitations/accept"])
def test_an_old_access_token_does_not_matter_where_another_token_is_in_question(make, path):
    asked = refused("auth/invalid-token", 401, method="POST", path=path, headers=bearer(OLD), body={"refreshToken": "r", "token": "t"}, dated=True)
    assert [f for f in findings(make(), (), asked) if f.rule == "token-time"] == []


def test_what_worked_before_is_not_called_wrong(make):
    """A key of another form and an opaque token were accepted earlier in the recording."""
    headers = {"X-API-Key": "rk_0123", "Authorization": "Bearer a.b"}
    assert [f.rule for f in findings(make(), [{**LIST, "headers": headers}], refused("auth/unauthorized", 401, headers=headers))] == []


def test_legacy_hosts_take_legacy_keys(make):
    headers = {"X-API-Key": "ak_0123456789abcdef", "X-Project-Id": "p1", "X-Environment": "dev"}
    asked = upper("UNAUTHORIZED", 401, path="https://api.bkend.io/data/posts", headers=headers)
    assert [f for f in findings(make(), (), asked) if f.rule == "api-key"] == []
