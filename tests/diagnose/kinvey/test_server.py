"""Kinvey's side: each rule finds its fault, and is silent about the exchange without it."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

from diagnose.kinvey_talk import BOOKS, KID, SAVED, SECRETS, SESSION, bare, refused, talk
from diagnose.talk import START, Row, RowTests

ID = "0123456789abcdef0123456789abcdef"
ENDPOINT = f"/rpc/{KID}/custom/sendMail"
STACK = "TypeError: x is undefined\n    at onRequest (/scripts/sendMail.js:12:5)"
HOOK = {"X-Kinvey-Request-Id": ID, "X-Kinvey-Executed-Collection-Hooks": "PreSave"}
WRAPPER = {"X-Kinvey-ResponseWrapper": "true"}


def called(name: str, status: int = 550, debug: Any = "x is undefined", **more: Any) -> dict[str, Any]:
    return refused(name, status, method="POST", path=ENDPOINT, body={}, debug=debug, **more)


def plain(answer: Any = "", status: int = 500, method: str = "GET", **more: Any) -> dict[str, Any]:
    return bare(status, method=method) | {"answer": answer} | more


MENDED = {"answer": {"error": "EntityNotFound", "description": "x", "debug": ""}, "status": 404}
OTHER = {"answer": {"error": "KinveyInternalErrorStop", "description": "x", "debug": ""}}
CLOCK = {"X-Kinvey-Request-Id": None}

ROWS = [
    Row(
        "script",
        "The error comes from the script behind the custom endpoint `sendMail`. It says: `x is undefined`.",
        called("BLRuntimeError", 400),
        MENDED,
    ),
    Row(
        "script",
        "It stopped `at onRequest (/scripts/sendMail.js:12:5)`",
        called("BLRuntimeError", 400) | {"answer": {"error": "BLRuntimeError", "description": "x", "debug": "y", "stack": STACK}},
        MENDED,
    ),
    Row("script", "The error comes from a hook (`PreSave`) of `books`", refused("BLSyntaxError", 550, answer_headers=HOOK), MENDED),
    Row("script", "The error comes from the script of a hook of `books`", refused("BLViolationError", 550), MENDED),
    Row("script", "It was stopped after 12 s", refused("BLTimeoutError", 550, took=12.0), MENDED),
    Row(
        "script",
        "The error comes from the service behind the custom endpoint `sendMail`",
        called("FlexRuntimeError", debug={"message": "no", "stack": STACK}),
        MENDED,
    ),
    Row(
        "script", "It stopped `at onRequest (/scripts/sendMail.js:12:5)`", called("FlexRuntimeError", debug={"message": "no", "stack": STACK}), MENDED
    ),
    Row("script", "The error comes from the service behind `books`", refused("DataLinkRuntimeError", 550, debug="source is down"), MENDED),
    Row("script", "The error comes from the script behind the custom endpoint `sendMail`", called("MyOwnError"), {"status": 400}),
    Row("script", "It says: `UserDefinedError: no`", called("BLRuntimeError", 400, debug="UserDefinedError: no"), MENDED, fix="Handle this answer"),
    Row(
        "service-says-no",
        "the service behind `books` gave this answer; it says: `not for you`",
        refused("Forbidden", 403, debug="not for you"),
        MENDED,
        certain=False,
    ),
    Row("service-says-no", "the custom endpoint `sendMail` gave this answer", called("NotFound", 404), MENDED, certain=False),
    Row(
        "endpoint-refuses",
        "the custom endpoint `sendMail` chose this answer; it says: `Only editors may mail.`",
        called("InvalidCredentials", 401, debug="Only editors may mail."),
        {"answer": {"error": "InvalidCredentials", "description": "x", "debug": "Unable to validate session"}},
        certain=False,
    ),
    Row("no-handler", "the Flex service has no handler for a function `sendMail`", called("NotImplemented", 501), MENDED, certain=False),
    Row("no-handler", "no handler for `GET` on `books`", refused("NotImplemented", 501), MENDED, certain=False),
    Row(
        "cors-disabled",
        "The request comes from a web page (it has an Origin header)",
        refused("CORSDisabled", headers={"Origin": "https://shop.example"}),
        {"headers": {}},
    ),
    Row(
        "missing-setting",
        "Delta Set is not turned on for the collection `books`.",
        refused("MissingConfiguration", 403, path=f"{BOOKS}/_deltaset"),
        {"path": BOOKS},
    ),
    Row(
        "missing-setting",
        "Push is not configured",
        refused("MissingConfiguration", 403, method="POST", path=f"/push/{KID}/register-device"),
        {"path": BOOKS},
    ),
    Row(
        "clock-differs",
        "The client's clock is 10 min ahead of the server's",
        refused("StaleRequest", 409, headers={"Date": formatdate(START + 601, usegmt=True)}, dated=True),
        {"headers": {"Date": formatdate(START, usegmt=True)}},
    ),
    Row(
        "clock-differs",
        "The request is dated 10 min before the server's answer.",
        refused("StaleRequest", 409, headers={"Date": formatdate(START - 599, usegmt=True)}, dated=True),
        {"headers": {}},
    ),
    Row(
        "stale",
        "This is a replay: flow flow-1 was sent with the same `x-kinvey-request-id` 1 s before",
        refused("StaleRequest", 409, headers={"X-Kinvey-Request-Id": "4f1d0c9e"}),
        {"headers": {"X-Kinvey-Request-Id": "77aa0c9e"}},
        before=[{"path": BOOKS, "headers": {"X-Kinvey-Request-Id": "4f1d0c9e"}, "answer": []}],
    ),
    Row(
        "stale",
        "this is a replay: the same request was carried out 1 s before in flow flow-1",
        refused("StaleRequest", 409, method="POST", body=SAVED["body"]),
        {"body": {"title": "another"}},
        certain=False,
        before=[SAVED],
    ),
    Row("stale", "the request was held on its way: 300.0 s passed between", refused("StaleRequest", 409, took=300.0), {"took": 0.1}, certain=False),
    Row(
        "not-from-kinvey",
        "so a proxy, firewall or gateway in between sent it (`nginx`)",
        plain("Bad Gateway", 502, answer_headers={"Server": "nginx"}),
        {"answer_headers": {"X-Kinvey-Request-Id": ID}},
        certain=False,
    ),
    Row(
        "not-from-kinvey",
        "the answer is not Kinvey's: it has no X-Kinvey-Request-Id",
        plain("no", 403, answer_headers={}),
        {"answer_headers": {"X-Kinvey-Request-Id": ID}},
        certain=False,
    ),
    Row("try-again", "This is a `GET`: it can be sent again after a pause without harm", refused("KinveyInternalErrorRetry", 500), OTHER),
    Row("empty-again", "This is a `DELETE`: it can be sent again", plain(method="DELETE"), {"status": 400}),
    Row("script-again", "a `GET` can be sent again; likely the script then runs twice", refused("BLTimeoutError", 550), OTHER, certain=False),
    Row("script-again", "send this POST again only if it may run twice", called("BLTimeoutError"), OTHER, certain=False),
    Row(
        "try-again",
        "the entity may have been saved before the failure",
        refused("KinveyInternalErrorRetry", 500, method="POST", body={"a": 1}),
        OTHER,
        certain=False,
    ),
    Row(
        "try-again", "the entity has its own `_id`", refused("KinveyInternalErrorRetry", 500, method="POST", body={"_id": "x1"}), OTHER, certain=False
    ),
    Row(
        "for-support", f"Only Kinvey can fix this: write to support and quote the request id `{ID}`", refused("KinveyInternalErrorStop", 500), MENDED
    ),
    Row("for-support", "write to support", refused("AppProblem", 403), {"answer_headers": {"Server": "x"}}),
    Row(
        "wrapped",
        "so `error` is in `result`",
        refused("EntityNotFound", 404)
        | {"headers": WRAPPER, "answer": {"headers": {}, "result": {"error": "EntityNotFound", "description": "x", "debug": ""}}},
        MENDED,
        certain=False,
    ),
]


class TestRows(RowTests):
    rows = ROWS
    needs_fix = True
    secrets = (*SECRETS, SESSION)
    talk = staticmethod(talk)


def test_a_duplicate_is_not_to_be_tried_again(backends):
    asked = refused("KinveyInternalErrorRetry", 500, method="POST", body={"_id": "dune"}, debug="_id already exists")
    assert [f.rule for f in talk(backends).ask(**asked)[0].findings] == ["duplicate-id"]


def test_an_empty_server_error_is_safe_to_repeat_only_if_empty(backends):
    assert [f.rule for f in talk(backends).ask(**plain())[0].findings] == ["empty-again"]
    assert [f.rule for f in talk(backends).ask(**plain("Error: boom"))[0].findings] == []
