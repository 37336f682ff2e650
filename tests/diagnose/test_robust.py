"""No rule fails, whatever a request holds: rules meet what clients got wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from baas_errors.catalog import Backend
from diagnose.talk import Talk, make_jwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

WORDS = st.sampled_from(
    [
        "", "undefined", "null", "a", "email", "password", "method", "name", "data", "_id", "objectId", "$in", "$gtt", "$or", "refreshToken",
        "Identity",
        "Provider", "Token", "parts", "etag", "partNumber", "jsonrpc", "tools/call", "params", "arguments", "limit", "where", "base64",
        "Recipients",
        "andFilters", "Take", "Fields", "mfaCode", "size", "fileSize", "contentType", "username", "_kmd", "__op", "__type", "requests", "path",
        "body",
        "id", "Id", "order", "error", "field", "\ud800", "\x00", "x" * 500, "é", "%7B", "{", "pk_", "image/jpg", "data:,",
    ]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**70) | st.floats() | WORDS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=12,
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "Authorization", "X-API-Key", "Content-Type", "Accept", "Origin", "X-Everlive-Filter", "X-Everlive-Sort", "X-Everlive-Fields",
            "X-Everlive-Expand", "X-Everlive-Take", "X-Everlive-Single-Field", "X-Environment", "X-Kinvey-API-Version", "X-Parse-Session-Token",
            "X-Parse-Application-Id", "X-Parse-Master-Key", "Mcp-Session-Id", "X-Kinvey-Custom-Request-Properties", "X-Parse-Request-Id",
            "If-Match",
        ]
    ),
    st.sampled_from(
        [
            "", " ", "Bearer", "Bearer undefined", f"Bearer {make_jwt(exp=1)}", f"Bearer {make_jwt(exp=1e308, iss=[1])}", "Basic %", "Basic YTpi",
            "Kinvey x", "masterkey x", "a.b.c", '{"a":', "%7B%7D", "{}", "[1]", "true", "application/json", "multipart/form-data", "*/*", "é", "-1",
            "x" * 500, "https://[", "\x00",
        ]
    ),
    max_size=5,
)  # fmt: skip
ROOTS = {
    "kinvey": ("https://baas.kinvey.com", ["/appdata/kid_x1", "/user/kid_x1", "/blob/kid_x1", "/rpc/kid_x1/custom", "/oauth/token"]),
    "parse": (
        "http://localhost:1337",
        ["/parse/classes", "/parse/users", "/parse/login", "/parse/functions", "/parse/files", "/parse/batch", "/parse"],
    ),
    "bkend": ("https://api-client.bkend.ai", ["/v1/data", "/v1/auth/email/signup", "/v1/auth/refresh", "/v1/files", "/mcp", "/v1", "/data"]),
    "backend-services": (
        "https://api.everlive.com",
        ["/v1/app1", "/v1/app1/Users", "/v1/app1/oauth/token", "/v1", "/v2", "/v1/Metadata/Applications/app1"],
    ),
}
PATHS = st.lists(st.sampled_from(["", "undefined", "Books", "x1", "%", "%5Bobject%20Object%5D", "_users", "..", "é", "x" * 300]), max_size=3)
QUERY = st.lists(
    st.sampled_from(
        ["page=x", "limit=-1", "where={", "where=%257B", "andFilters=[1]", "filter=%7B%22%24in%22%3A1%7D", "a", "=", "&", "order=", "query={", "%"]
    ),
    max_size=3,
)
STATUSES = st.sampled_from([200, 207, 400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429, 500, 503, 550])
METHODS = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])


def as_body(value: Any) -> Any:
    try:
        return json.dumps(value)
    except ValueError:
        return "{"


@pytest.mark.slow
@pytest.mark.parametrize("backend", sorted(ROOTS))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_no_rule_fails(backends: dict[str, Backend], backend: str, data: st.DataObject) -> None:
    base, roots = ROOTS[backend]
    talk = Talk(backends, backend, base, {"X-Parse-Application-Id": "app1"} if backend == "parse" else None)
    entries = [entry for entry in backends[backend].entries if entry.space != "client-only"]
    for _ in range(2):
        entry = data.draw(st.sampled_from(entries))
        value = data.draw(VALUES)
        answer = data.draw(
            st.sampled_from(
                [
                    {"error": entry.name, "description": "title is required", "debug": {}},
                    {"code": entry.code, "error": "Invalid 'a' field", "message": "Object {} \ud800"},
                    {"success": False, "error": {"code": entry.code, "message": "a is missing", "details": value}},
                    {"message": "Field Number.", "errorCode": entry.code},
                    {"jsonrpc": "2.0", "error": {"code": entry.code, "message": "x"}},
                    value,
                ]
            )
        )
        talk.ask(
            data.draw(METHODS),
            data.draw(st.sampled_from(roots)) + "".join(f"/{part}" for part in data.draw(PATHS)) + "?" + "&".join(data.draw(QUERY)),
            headers=data.draw(HEADERS),
            body=data.draw(st.sampled_from([as_body(value), "{'a':1}", b"\xff", "", None, "a=1"])),
            status=data.draw(STATUSES),
            answer=as_body(answer),
            answer_headers={"Retry-After": data.draw(st.sampled_from(["", "x", "5"])), "X-RateLimit-Limit": "x", "Allow": "GET"},
            took=data.draw(st.sampled_from([0.1, 61.0])),
        )
