"""Rules for what Parse Server refuses at the door: each finds its fault, and is silent about the request without it."""

from __future__ import annotations

from typing import Any

from diagnose.parse_talk import (
    AS_JSON,
    AS_MASTER,
    DENIED,
    EXPOSED,
    MASTER_KEY,
    NO_KEYS,
    NOTE,
    REST_KEY,
    SECRETS,
    bare,
    coded,
    shut_out,
    talk,
    unrouted,
    worked,
)
from diagnose.talk import Row, RowTests, findings

OTHER_APP = {"X-Parse-Application-Id": "weather"}
WORKED = [worked()]
SOCKET = {"Sec-WebSocket-Key": "bWFkZXVwbWFkZXVwMTIzNA==", "Upgrade": "websocket", "Connection": "Upgrade"}
LIMITED = {"X-RateLimit-Limit": "2", "Retry-After": "600"}


def door(
    rule: str,
    says: str,
    headers: dict[str, Any],
    good: dict[str, Any] | None = None,
    certain: bool = True,
    known: bool = True,
    fix: str = "",
    **more: Any,
) -> Row:
    """Headers at fault, and those that would have been right."""
    before = WORKED if known else []
    asked = shut_out(headers=headers, **more)
    mended = {"headers": good or {}} if known else {"answer": '{"error":"No."}'}
    return Row(rule, says, asked, mended, certain, before, fix=fix)


def master(says: str, headers: dict[str, Any], path: str = "/schemas", message: str = DENIED, method: str = "GET", certain: bool = True) -> Row:
    good = {"path": NOTE, "answer": {"error": "Not yours."}}
    return Row("master-key-missing", says, bare(403, message, method, path, headers=headers), good, certain)


def envelope(key: str, value: Any) -> dict[str, Any]:
    return {"method": "POST", "body": {"_method": "GET", "_ApplicationId": "notes-app", "_JavaScriptKey": REST_KEY, key: value}, "headers": NO_KEYS}


# What a server of early 2016 answers to all requests.
EARLY = {"Access-Control-Allow-Methods": "GET,PUT,POST,DELETE,OPTIONS", "Access-Control-Allow-Headers": "*"}
HOOK = NO_KEYS | {"Authorization": "Basic bm90ZXMtYXBwOmphdmFzY3JpcHQta2V5PWs="}
ROWS = [
    Row(
        "client-key",
        "it allows all headers by `*`), and reads no Basic credentials: no application id arrived",
        shut_out(method="POST", path="/functions/paid", body={"id": 1}, headers=HOOK, answer_headers=EARLY),
        {"headers": {}, "answer": '{"error":"No."}'},
        False,
        fix="For a webhook, which cannot send them, add a route of your own",
    ),
    Row(
        "keys-changed",
        "the server runs with other settings than 1 s before, when it accepted this application id and key (flow flow-1)",
        shut_out(),
        {"headers": {"X-Parse-REST-API-Key": "another-key"}},
        False,
        WORKED,
        fix="Compare `appId` and `restAPIKey` of the server that runs now",
    ),
    Row(
        "app-id-wrong",
        "did you mean `'notes'`? It worked in flow flow-1",
        shut_out(path="http://10.0.2.2:1337/parse/classes/Note", headers={"X-Parse-Application-Id": "notes"}),
        {"path": NOTE},
        False,
        [worked(path="http://localhost:1337/parse/classes/Note", headers={"X-Parse-Application-Id": "'notes'"})],
        fix="Take the quotes out of the server's `appId`",
    ),
    Row(
        "app-id-missing",
        "`/parse/functions/hello` was opened as a page in a browser",
        shut_out(path="/functions/hello", headers={**NO_KEYS, "Accept": "text/html,*/*"}),
        {"headers": {}},
        fix="`curl -X POST -d {} -H",
    ),
    Row(
        "master-key-missing",
        "this very master key was accepted 1 s before (flow flow-1)",
        bare(403, "unauthorized: master key is required", path="/schemas", headers=AS_MASTER),
        {"path": NOTE, "answer": {"error": "Not yours."}},
        False,
        [worked(path="/schemas", headers=AS_MASTER)],
        fix="masterKeyIps",
    ),
    door("app-id-missing", "The request names no application id.", NO_KEYS, fix="Send `X-Parse-Application-Id: "),
    door("app-id-missing", "a file is sent as it is", NO_KEYS, method="POST", path="/files/a.txt", body=b"x"),
    door(
        "app-id-wrong",
        "application id `note-app`; did you mean `notes-app`?",
        {"X-Parse-Application-Id": "note-app"},
        certain=False,
        fix="X-Parse-Application-Id: notes-app",
    ),
    door("app-id-wrong", "does not know the application id `weather`; it has answered requests of `notes-app`", OTHER_APP, certain=False),
    door(
        "app-id-wrong",
        "the server takes `front`, the user of the Basic credentials, for the application id, though the request names `notes-app` too",
        {"Authorization": "Basic ZnJvbnQ6bWFkZS11cA=="},
        certain=False,
        fix="Send no `Authorization: Basic ...`",
    ),
    door(
        "client-key",
        "this server does not read application id and key from Basic credentials",
        NO_KEYS | {"Authorization": "Basic bm90ZXMtYXBwOmphdmFzY3JpcHQta2V5PW1hZGUtdXAta2V5"},
        certain=False,
        fix="For a webhook, which cannot send them, add a route of your own",
    ),
    door("app-id-wrong", "placeholder", {"X-Parse-Application-Id": "YOUR_APP_ID"}, certain=False, known=False),
    door("app-id-wrong", "The application id is `undefined`", {"X-Parse-Application-Id": "undefined"}),
    door("app-id-wrong", "another-app", NO_KEYS | {"Authorization": "Basic YW5vdGhlci1hcHA6bWFkZS11cA=="}, certain=False),
    Row(
        "app-of-path",
        "The URL names the application id `other-app`",
        bare(403, DENIED, path="/files/other-app/a.txt", headers=NO_KEYS),
        {"path": NOTE},
    ),
    Row(
        "app-of-path",
        "The URL names the application id `other-app`",
        bare(403, "unauthorized", path="/apps/choose_password?id=other-app", headers=NO_KEYS),
        {"path": NOTE},
    ),
    door("client-key", "The request carries no client key", {"X-Parse-REST-API-Key": None}),
    door(
        "client-key", "`notes-app`, or it wants a key, and none was sent", {"X-Parse-REST-API-Key": None}, certain=False, known=False, fix="`appId`"
    ),
    door("client-key", "is not one of the server's keys", {"X-Parse-REST-API-Key": "made-up-wrong-key"}),
    door("client-key", "The key in X-Parse-REST-API-Key is `null`", {"X-Parse-REST-API-Key": "null"}),
    door("client-key", "was accepted in X-Parse-REST-API-Key before", {"X-Parse-REST-API-Key": None, "X-Parse-Client-Key": REST_KEY}),
    door(
        "client-key",
        "`X-Parse-Rest-Key` is not read",
        {"X-Parse-REST-API-Key": None, "X-Parse-Rest-Key": REST_KEY},
        fix="Rename `X-Parse-Rest-Key` to `X-Parse-REST-API-Key`",
    ),
    door(
        "client-key",
        "`notes-app`, or what was sent as the master key is not its `masterKey`",
        {"X-Parse-REST-API-Key": None, "X-Parse-Master-Key": "made-up-key-1"},
        certain=False,
        known=False,
        fix="compare the master key",
    ),
    door("client-key", "The maintenance key is not this app's", {"X-Parse-REST-API-Key": None, "X-Parse-Maintenance-Key": "made-up-key-2"}),
    door("client-key", "What was sent as the master key is not this app's", {"X-Parse-REST-API-Key": None, "X-Parse-Master-Key": "made-up-key-1"}),
    Row("envelope-types", "`_SessionToken` in the body is a number, not a string", shut_out(**envelope("_SessionToken", 5)), envelope("x", 1)),
    Row("envelope-types", "`_InstallationId` in the body is an object", shut_out(**envelope("_InstallationId", {})), envelope("x", 1)),
    Row("envelope-types", "`_SessionToken`", coded(209, "Invalid session token", **envelope("_SessionToken", 5)), envelope("_SessionToken", "r:0")),
    Row(
        "master-key-address",
        "The master key is right, but this address may not use it (X-Forwarded-For says `203.0.113.7`)",
        shut_out(headers=AS_MASTER | {"X-Forwarded-For": "203.0.113.7"}, answer_headers=AS_JSON),
        {"headers": {}},
    ),
    Row(
        "master-key-address",
        "The maintenance key is right",
        shut_out(headers={"X-Parse-Maintenance-Key": "made-up"}, answer_headers=AS_JSON),
        {"answer_headers": EXPOSED},
    ),
    master("`GET /schemas` takes the master key, and the request carries a client key only", {}),
    master("`POST /push` takes the master key", {}, "/push", method="POST"),
    master("`PUT /config` takes the master key", {}, "/config", "unauthorized: master key is required", "PUT"),
    master("and the key sent as such is not the server's, or this address", {"X-Parse-Master-Key": "made-up-wrong"}, certain=False),
    master("What was sent as the master key is a client key", {"X-Parse-Master-Key": REST_KEY}),
    master("the maintenance key is not enough", {"X-Parse-REST-API-Key": None, "X-Parse-Maintenance-Key": "made-up"}),
    Row(
        "master-key-missing",
        "`POST /push` takes the master key, and the request carries a client key only",
        coded(115, "Master key is invalid, you should only use master key to send push", "POST", "/push", body={"data": {"alert": "Tea!"}}),
        {"answer": {"code": 115, "error": "Missing push configuration"}},
        fix="Send the push from a cloud function",
    ),
    Row("master-key-missing", "POST /loginAs", coded(119, DENIED, "POST", "/loginAs", body={"userId": "u1"}), {"path": "/login"}),
    Row(
        "read-only-key",
        "The key sent as the master key is the read-only one: it cannot write",
        coded(119, "read-only masterKey isn't allowed to perform the create operation.", "POST", NOTE, headers=AS_MASTER, body={"title": "x"}),
        {"headers": {}},
    ),
    Row(
        "read-only-key",
        "the read-only one, or is not the master key at all",
        coded(119, DENIED, "POST", NOTE, headers=AS_MASTER, body={"title": "x"}),
        {"headers": {}},
        certain=False,
    ),
    Row("read-only-key", "it opens this path", coded(119, DENIED, "POST", "/schemas/Note", headers=AS_MASTER, body={}), {"headers": {}}, False),
    Row(
        "live-handshake",
        "arrived without `Upgrade`",
        shut_out(path="", headers=NO_KEYS | {"Sec-WebSocket-Key": "bWFkZXVwbWFkZXVwMTIzNA==", "Sec-WebSocket-Version": "13"}),
        {"headers": {}},
        fix="proxy_set_header Upgrade",
    ),
    Row(
        "live-handshake",
        "no LiveQuery server runs at `/parse/live`",
        unrouted("GET", "/live", headers=SOCKET),
        {"headers": {}},
        fix="startLiveQueryServer",
    ),
    Row(
        "cloud-context",
        "X-Parse-Cloud-Context is not valid JSON",
        coded(107, "Invalid object for context.", headers={"X-Parse-Cloud-Context": "nonsense"}),
        {"headers": {"X-Parse-Cloud-Context": "{}"}, "answer": {"code": 107, "error": "bad $in value"}},
    ),
    Row(
        "cloud-context",
        "is JSON, but not an object",
        coded(107, "Invalid object for context.", headers={"X-Parse-Cloud-Context": "[1]"}),
        {"answer": {"code": 107, "error": "bad $in value"}},
    ),
    Row(
        "duplicate-request",
        "was used 1 s before by flow flow-1, which worked",
        coded(159, "Duplicate request", "POST", NOTE, headers={"X-Parse-Request-Id": "4d7e-1"}, body={"title": "x"}),
        {"headers": {}},
        before=[worked("POST", NOTE, {"objectId": "n1"}, headers={"X-Parse-Request-Id": "4d7e-1"}, body={"title": "x"})],
    ),
    Row(
        "duplicate-request",
        "was used before",
        coded(159, "Duplicate request", "POST", NOTE, headers={"X-Parse-Request-Id": "4d7e-2"}, body={"title": "x"}),
        {"headers": {}},
    ),
    Row(
        "rate-limited-part",
        "part 1 of the batch goes to `/parse/functions/limited`, which was over its limit",
        coded(100, "Too many requests.", "POST", "/batch", body={"requests": [{"path": "/parse/health"}, {"path": "/parse/functions/limited"}]}),
        {"body": {"requests": [{"method": "POST", "path": "/parse/functions/hello"}]}},
        before=[coded(100, "Too many requests.", "POST", "/functions/limited", status=429, answer_headers={**AS_JSON, **LIMITED}, body={})],
        certain=False,
    ),
    Row(
        "database-missing",
        "the server has no database, or cannot reach it",
        coded(1, "Internal server error.", "POST", NOTE, body={"title": "x"}),
        {"body": {"title": {"__op": "Explode"}}},
        certain=False,
        fix="databaseURI",
    ),
    Row(
        "database-missing",
        "and 2 other requests failed with 500 too",
        coded(1, "Internal server error.", path="/config"),
        {"answer": {"code": 1, "error": "Not so."}},
        certain=False,
        before=[coded(1, "Internal server error."), coded(1, "Internal server error.", path="/users?limit=1")],
        fix="databaseURI",
    ),
    Row(
        "rate-limit",
        "The server asks to wait 10 min",
        coded(100, "Too many requests.", "POST", "/functions/limited", status=429, answer_headers={**AS_JSON, **LIMITED}, body={}),
        {"answer_headers": AS_JSON},
    ),
]


class TestRows(RowTests):
    rows = ROWS
    needs_fix = True
    secrets = (*SECRETS, MASTER_KEY)
    talk = staticmethod(talk)


def test_a_key_with_blanks_around_it_is_told_from_a_wrong_one(backends):
    found = findings(talk(backends), WORKED, shut_out(headers={"X-Parse-REST-API-Key": f"{REST_KEY} "}))
    assert [finding.rule for finding in found][:1] == ["client-key"]
    assert "white space" in found[0].says


def test_the_app_of_another_server_is_not_suggested(backends):
    elsewhere = worked(path="https://other.example.org/parse/classes/Note")
    found = findings(talk(backends), [elsewhere], shut_out(headers=OTHER_APP))
    assert [(finding.rule, finding.certain) for finding in found] == [("client-key", False)]
    assert "notes-app" not in found[0].says + found[0].fix
