"""Whatever stands in a request or an answer, no rule for Parse fails, and what is said stays short."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from diagnose.parse_talk import AS_ALICE, AS_JSON, NOTE, NOTE_ID, SIGN_UP, STORED, LiveRow, coded, live_findings, talk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# Keys and values that rules look for, so that what is made up meets them.
KEYS = [
    "where", "limit", "order", "include", "$or", "$in", "$regex", "$options", "$text", "$geoWithin", "$polygon", "$inQuery", "$select", "$relatedTo",
    "__type", "__op", "objects", "amount", "iso", "className", "objectId", "latitude", "ACL", "authData", "mfa", "token", "google", "username",
    "password", "email", "requests", "method", "path", "body", "transaction", "fields", "type", "classLevelPermissions", "get", "indexes", "query",
    "variables", "pipeline", "$group", "deviceToken", "channels", "push_time", "job_schedule", "jobName", "challengeData", "_SessionToken", "op",
    "requestId", "title", "likes", "",
]  # fmt: skip
WORDS = [
    "Pointer",
    "Date",
    "GeoPoint",
    "Polygon",
    "Increment",
    "AddRelation",
    "M[",
    "2 days ago",
    "{",
    "alice",
    "connect",
    "subscribe",
    "/parse/batch",
    "POST",
    "-1",
    "\ud800",
    "\x1b[31m",
]
scalars = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | st.sampled_from(WORDS) | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=5),
    max_leaves=25,
)
paths = st.sampled_from(
    [
        NOTE, f"{NOTE}/{NOTE_ID}", "/users", "/users/alice00001", "/users/me", "/login", "/roles", "/installations", "/installations/x",
        "/sessions/x", "/functions/hello", "/jobs", "/jobs/tidy", "/batch", "/push", "/schemas/Note", "/schemas", "/aggregate/Note",
        "/hooks/functions", "/files/a.txt", "/challenge", "/requestPasswordReset", "/loginAs", "/validate_purchase",
        "/upgradeToRevocableSession", "/../graphql", "/nowhere/else",
    ]
)  # fmt: skip
codes = st.sampled_from(
    [-1, 1, 100, 101, 102, 103, 105, 106, 107, 111, 115, 116, 119, 121, 122, 123, 125, 130, 132, 135, 136, 137, 141, 142, 143, 153, 162]
)
more_codes = st.sampled_from([200, 201, 202, 203, 204, 205, 206, 208, 209, 252, 255, "22007", "BAD_USER_INPUT", "GRAPHQL_PARSE_FAILED", 9001])
messages = st.sampled_from(
    [
        "Permission denied", "Object not found.", "schema mismatch for Note.likes; expected Number but got String", "This is not a valid Date",
        "Invalid username/password.", "Invalid MFA token", "cannot route GET /x", "Postgres doesn't support this query type yet", "Invalid job.",
        "Query condition nesting depth exceeds maximum allowed depth of 8", "title is required",
        "Include depth of 3 exceeds maximum allowed depth of 2",
    ]
)  # fmt: skip
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def check(findings: Any) -> None:
    assert all(finding.says and len(finding.says) <= 700 and "\n" not in finding.says for finding in findings)


@pytest.mark.slow
@given(values, values, paths, st.sampled_from(["GET", "POST", "PUT", "DELETE"]), codes | more_codes, messages)
@quick
def test_no_request_makes_a_rule_fail(backends, body, condition, path, method, code, message):
    conversation = talk(backends)
    conversation.ask(**SIGN_UP)
    conversation.ask(**STORED)
    text = json.dumps(condition)
    asked = coded(code, message, method, f"{path}?where={quote(text)}&limit={quote(text[:20])}&order={quote(text[:20])}", headers=AS_ALICE)
    for record in conversation.ask(**asked, body=json.dumps(body).encode() if method != "GET" else b""):
        check(record.findings)


@pytest.mark.slow
@given(st.lists(values, max_size=4), messages, st.sampled_from([1, 101, 102, 111, 119, 209, None, "22007"]))
@quick
def test_no_part_of_a_batch_makes_a_rule_fail(backends, parts, message, code):
    answer = [{"error": {"code": code, "error": message}} for _ in parts]
    requests = [part if isinstance(part, dict) else {"method": "PUT", "path": f"/parse{NOTE}/{NOTE_ID}", "body": part} for part in parts]
    asked = {"method": "POST", "path": "/batch", "body": {"requests": requests}, "answer": answer, "answer_headers": AS_JSON}
    for record in talk(backends).ask(**asked):
        check(record.findings)


@pytest.mark.slow
@given(st.lists(values, max_size=5), st.sampled_from([1, 2, 3, 4, 101, 102, 119, 209]), messages)
@quick
def test_no_message_makes_a_rule_fail(backends, frames, code, message):
    check(live_findings(backends, LiveRow("", "", [], [], code, message), frames))


@pytest.mark.parametrize(
    "body",
    [
        {"likes": "x" * 1_000_000},
        {f"field{number}": {"$a": number} for number in range(20_000)},
        {"ACL": {"*": {"read": "x" * 1_000_000}}},
        {"meta": [[[[{"__type": "Date", "iso": "x"}]] * 100] * 100]},
    ],
    ids=["long text", "many fields", "long right", "many dates"],
)
@pytest.mark.parametrize(
    ("code", "message"),
    [(111, "schema mismatch for Note.likes; expected Number but got String"), (121, "Nested keys"), (1, "Internal"), (119, "Permission denied")],
)
@pytest.mark.slow
def test_large_requests_are_told_in_few_words(backends, body, code, message):
    conversation = talk(backends)
    conversation.ask(**STORED)
    check(conversation.ask(**coded(code, message, "POST", NOTE, body=body))[0].findings)
