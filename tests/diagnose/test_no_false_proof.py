"""What is certain is proved: a request in order has no fault of its own, whatever error is made up for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from baas_errors.catalog import Backend
from diagnose import test_backend_services as everlive
from diagnose import test_bkend as bkend
from diagnose.talk import Talk

USER = bkend.bearer(bkend.TOKEN)
ADMIN = {"X-API-Key": bkend.SECRET}
LEGACY = {"X-API-Key": None, "X-Project-Id": "p1", "X-Environment": "dev", **USER}
BASE, ITEM, BEARER, MASTER = everlive.BASE, everlive.ITEM, everlive.bearer(), everlive.bearer(everlive.MASTER)
QUERY = {"X-Everlive-Filter": everlive.FILTER, "X-Everlive-Sort": '{"A":1}', "X-Everlive-Expand": '{"L":true}'}
PARTS = '--xx\r\nContent-Disposition: form-data; name="f"\r\n\r\na\r\n--xx--\r\n'
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def asked(method: str, path: str, body: Any = b"", headers: Any = None) -> dict[str, Any]:
    return {"method": method, "path": path, "body": body, "headers": headers}


IN_ORDER = {
    "bkend": [
        asked("GET", "/v1/data/posts?page=2&limit=50&sortDirection=desc"),
        asked("GET", "/v1/data/posts?andFilters=%7B%22status%22%3A%22active%22%7D", headers=USER),
        asked("GET", bkend.POST_1),
        asked("GET", "/v1/posts"),
        asked("POST", "/v1/data/posts", {"title": "a", "likes": 3, "published": "true"}, USER),
        asked("POST", "/v1/data/posts", {"data": {"a": 1}}, USER),
        asked("PATCH", bkend.POST_1, {"title": "b"}, ADMIN),
        asked("DELETE", bkend.POST_1, headers=ADMIN),
        asked("GET", "/v1/data/_users", headers=ADMIN),
        asked("POST", bkend.SIGNIN, {"email": "ann@localhost", "password": "secret-1", "method": "password"}),
        asked("POST", bkend.SIGNUP, bkend.SIGN_UP),
        asked("POST", "/v1/auth/refresh", {"refreshToken": "r1"}),
        asked("POST", "/v1/auth/signout", headers={**USER, "Content-Type": "application/json"}),
        asked("GET", "/v1/auth/me", headers=USER),
        asked("POST", bkend.PRESIGN, bkend.UPLOAD, USER),
        asked("POST", "/v1/files", bkend.META, USER),
        asked("POST", bkend.COMPLETE, bkend.PARTS, USER),
        asked("GET", "https://api-enduser.bkend.ai/data/entries", headers=LEGACY),
        asked("GET", "https://api.bkend.io/data/entries", headers={**LEGACY, "X-API-Key": "ak_0123456789abcdef"}),
        asked("POST", "https://api.bkend.ai/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "get_context"}}, USER),
    ],
    "backend-services": [
        asked("GET", f"{BASE}/Books", headers=QUERY),
        asked("GET", f"{BASE}/Books?filter=%7B%22a%22%3A1%7D&fields=%7B%22a%22%3A1%7D", headers=BEARER),
        asked("GET", ITEM, headers=BEARER),
        asked("POST", f"{BASE}/Books", {"Id": "5b0f9c10-0000-11e4-8000-000000000003", "Title": "a"}, BEARER),
        asked("POST", f"{BASE}/Books", [{"Title": "a"}, {"Title": "b"}], BEARER),
        asked("PUT", ITEM, {"Title": "a"}, BEARER),
        asked("DELETE", f"{BASE}/Books", headers=MASTER),
        asked("POST", f"{BASE}/oauth/token", everlive.SIGN_IN["body"]),
        asked("POST", f"{BASE}/oauth/token", "username=ann&password=secret-1&grant_type=password", FORM),
        asked("POST", f"{BASE}/Users", {**everlive.ANN, "Email": "ann@localhost"}),
        asked("GET", f"{BASE}/Users/Me", headers=BEARER),
        asked("POST", f"{BASE}/Users", {"Identity": {"Provider": "Facebook", "Token": "t"}}),
        asked("POST", f"{BASE}/Files", everlive.FILE, BEARER),
        asked("POST", f"{BASE}/Files", PARTS, {**BEARER, "Content-Type": everlive.MULTIPART}),
        asked("POST", f"{BASE}/Functions/sum", "a=1", FORM),
        asked("GET", f"/v1/Metadata/Applications/{everlive.APP}/Types", headers=MASTER),
    ],
}
# What the code itself says, so that it is proved by the answer: a scope, a table or a field that is missing, and who is not allowed.
SAID_BY_THE_CODE = {
    "bkend": {"scope", "permission", "no-user", "table-missing", "mfa-code", "file-size", "file-too-large"},
    "backend-services": {
        *("caller", "identity", "recipients", "file-type", "file-content"),
        *("username-missing", "password-missing", "email-missing", "reset-code", "verification-code"),
    },
}  # fmt: skip


def false_proofs(backends: Mapping[str, Backend], backend: str) -> Iterator[str]:
    """Each certain finding about a request in order, for every third error of the catalog and for answers without a code."""
    talk_of = bkend.talk if backend == "bkend" else everlive.talk
    said = [(entry.code, status) for entry in backends[backend].entries for status in list(entry.status)[:1] or [400]]
    for number, request in enumerate(IN_ORDER[backend]):
        talk: Talk = talk_of(backends)
        for code, status in [*said[number % 3 :: 3], *((None, status) for status in (400, 401, 403, 404, 405, 409, 415, 422, 500))]:
            error = {"code": code, "message": "Refused."}
            answer: Any = {"message": "Refused."} if code is None else {"success": False, "error": error}
            if code is not None and backend == "backend-services":
                answer = {"message": "Refused.", "errorCode": code}
            for record in talk.ask(**request, status=status, answer=answer, after=1000.0):
                for finding in record.findings:
                    if finding.certain and not finding.secondary and finding.rule not in SAID_BY_THE_CODE[backend]:
                        yield f"{finding.rule} | {code} {status} | {request['method']} {request['path']} | {finding.says}"


@pytest.mark.slow
@pytest.mark.parametrize("backend", sorted(IN_ORDER))
def test_nothing_certain_is_said_of_a_request_in_order(backends: Mapping[str, Backend], backend: str) -> None:
    assert list(false_proofs(backends, backend)) == []
