"""Bodies and headers sent to Kinvey: each rule finds its fault, and is silent about the request without it."""

from __future__ import annotations

from typing import Any

from diagnose.kinvey_talk import APP_SECRET, BOOKS, KID, LOGIN, PASSWORD, SAVED, app, refused, talk
from diagnose.talk import Row, RowTests
from matrix import in_one_test

JSON = {"Content-Type": "application/json"}
GROUP = {"key": {}, "initial": {}, "reduce": "function(){}"}
E11000 = "E11000 duplicate key error index: db.books.$_id_ dup key: { : 'x' }"


def posted(name: str, wrong: Any, right: Any, rule: str, says: str, path: str = BOOKS, certain: bool = True, **more: Any) -> Row:
    """A body at fault, and a good one."""
    return Row(rule, says, refused(name, method="POST", path=path, body=wrong, **more), {"body": right}, certain)


def text(name: str, wrong: str, rule: str, says: str) -> Row:
    return posted(name, wrong, '{"a":1}', rule, says, headers=JSON)


def inserted(error: dict[str, Any], sent: list[Any], **more: Any) -> dict[str, Any]:
    """A list that was saved but for one."""
    answer = {"entities": [None if n == error["index"] else item for n, item in enumerate(sent)], "errors": [error]}
    return {"method": "POST", "path": BOOKS, "body": sent, "status": 207, "answer": answer} | more


BOOK, SAME = {"_id": "dune", "title": "x"}, {"_id": "dune", "title": "y"}
LOST = {"index": 1, "error": E11000}

ROWS = [
    text("JSONParseError", '{"a":1,\n "b":2,}', "body-json", "is not valid JSON: expected a key in double quotes at line 2, column 7"),
    text("JSONParseError", "{'a':1}", "body-json", "single quotes are used"),
    text("JSONParseError", '{"a":undefined}', "body-json", "`undefined` is not a JSON value"),
    text("JSONParseError", '{"a":1,}', "body-json", "(trailing comma)"),
    text("IncompleteRequestBody", '{"a":1', "body-json", "the text ends too early"),
    posted("IncompleteRequestBody", "", '{"a":1}', "body-json", "JSON, but the request body is empty", headers=JSON, description="Body missing"),
    text("BadRequest", "title=Dune&year=1965", "body-json", "this is form data (key=value), not JSON"),
    Row("body-json", "is not valid JSON", {**refused("x", method="POST", body="{a", headers=JSON), "answer": "Bad Request"}, {"body": '{"a":1}'}),
    Row(
        "body-type",
        "The body is form data (`application/x-www-form-urlencoded`), and this endpoint expects JSON",
        refused(
            "MissingRequestParameter",
            method="POST",
            path=LOGIN,
            description="A required parameter is missing from the request",
            body="username=a",
            headers=app(**{"Content-Type": "application/x-www-form-urlencoded"}),
        ),
        {"body": {"username": "a", "password": PASSWORD}, "headers": app()},
    ),
    Row("body-json", "The POST has no body.", refused("IncompleteRequestBody", method="POST"), {"body": "{}", "headers": JSON}),
    Row("header-missing", "no X-Kinvey-API-Version header", refused("MissingRequestHeader", headers={"X-Kinvey-API-Version": None}), {"headers": {}}),
    Row("header-missing", "no Authorization header", refused("MissingRequestHeader", headers={"Authorization": None}), {"headers": {}}),
    Row(
        "header-missing",
        "no Content-Type header.",
        refused("MissingRequestHeader", method="POST", body="{}", headers={"Content-Type": None}),
        {"headers": JSON},
    ),
    Row(
        "header-missing",
        "no X-Kinvey-Content-Type header",
        refused("MissingRequestHeader", method="POST", path=f"/blob/{KID}", body="{}", headers=JSON),
        {"headers": {**JSON, "X-Kinvey-Content-Type": "image/png"}},
    ),
    Row(
        "body-type",
        "the body is JSON, but its Content-Type is `text/plain`",
        refused("BadRequest", method="POST", body="{}", headers={"Content-Type": "text/plain"}),
        {"headers": JSON},
        certain=False,
    ),
    posted("MissingRequestParameter", {"username": "a"}, {"username": "a", "password": PASSWORD}, "login-field", "`password` is missing", LOGIN),
    posted(
        "MissingRequestParameter",
        {"amount": 3},
        {"currency": "EUR"},
        "parameter-missing",
        "`currency` is missing, and this route requires it",
        f"/rpc/{KID}/custom/pay",
        debug="The currency parameter is required",
    ),
    Row(
        "parameter-missing",
        "The PUT names no entity",
        refused("MissingRequestParameter", method="PUT", path=BOOKS, body={"a": 1}, debug="Missing request parameter: _id"),
        {"body": {"_id": "dune"}},
        fix="at the end of the path",
    ),
    Row(
        "parameter-missing",
        "The query has no `since`",
        refused("MissingRequestParameter", path=f"{BOOKS}/_deltaset", debug="Missing parameter: since"),
        {"path": f"{BOOKS}/_deltaset?since=2026-01-01T00:00:00.000Z"},
        fix="Add `since=...` to the query",
    ),
    posted("MissingRequestParameter", {"username": "", "password": PASSWORD}, {"_socialIdentity": {"x": {}}}, "login-field", "is empty", LOGIN),
    posted(
        "IncompleteRequestBody", {"email": "a", "password": "x"}, {"username": "a", "password": "x"}, "login-field", "`username` is missing", LOGIN
    ),
    posted("IncompleteRequestBody", {"username": "", "password": "x"}, {"username": "a", "password": "x"}, "login-field", "is empty", LOGIN),
    posted("IncompleteRequestBody", {"username": "a", "password": None}, {"_socialIdentity": {"x": {}}}, "login-field", "is empty", LOGIN),
    posted(
        "MissingRequestParameter",
        {"userName": "a", "password": PASSWORD},
        {"username": "a", "password": PASSWORD},
        "login-field",
        "`username` is missing in the body",
        LOGIN,
    ),
    posted(
        "MissingRequestParameter",
        {"key": {"a": 1}, "initial": {"n": 0}},
        GROUP | {"key": {"a": 1}, "initial": {"n": 0}},
        "required-field",
        "`reduce` is missing in the body",
        f"{BOOKS}/_group",
    ),
    posted(
        "MissingRequestParameter", [1], GROUP | {"key": {"a": 1}, "initial": {"n": 0}}, "required-field", "The body is an array", f"{BOOKS}/_group"
    ),
    posted(
        "MissingRequestParameter",
        {"x": 1},
        {"email": "a@b.example"},
        "required-field",
        "`email` is missing",
        f"/rpc/{KID}/user-forgot-username",
        False,
    ),
    Row(
        "named-field",
        "`name`, which is missing",
        {
            "method": "POST",
            "path": "https://manage.kinvey.com/v3/apps",
            "body": {"nam": "x"},
            "status": 422,
            "answer": {"code": "ValidationError", "description": "Invalid", "errors": [{"field": "name", "message": "is required"}]},
        },
        {"body": [1]},
    ),
    posted("InvalidIdentifier", {"a": {"$set": 1}}, {"a": {"set": 1}}, "field-name", "The field name `$set` begins with `$`"),
    posted("InvalidIdentifier", {"a.b": 1}, {"a_b": 1}, "field-name", "The field name `a.b` has a dot in it"),
    posted("InvalidIdentifier", {"": 1}, {"a": 1}, "field-name", "A field has an empty name"),
    posted("InvalidIdentifier", {"_mine": 1}, {"_acl": {}}, "field-name", "`_mine` begins with an underscore", certain=False),
    posted("InvalidIdentifier", [{"a": 1}, {"a.b": 1}], [{"a": 1}], "field-name", "The field name `a.b` has a dot in it."),
    Row(
        "field-name",
        "the collection's name `my books!`",
        refused("InvalidIdentifier", path=f"/appdata/{KID}/my%20books!"),
        {"path": BOOKS},
        certain=False,
    ),
    Row(
        "duplicate-id",
        "The `_id` `moby-dick` that the request sends was stored 1 s before by flow flow-1.",
        refused("KinveyInternalErrorRetry", 500, method="POST", body=SAVED["body"], debug="an entity with that _id already exists"),
        {"answer": {"error": "KinveyInternalErrorRetry", "description": "x", "debug": "fail-over"}},
        before=[SAVED],
    ),
    Row(
        "duplicate-id",
        "The `_id` `dune` that the request sends was stored already",
        refused("KinveyInternalErrorRetry", 500, method="POST", body=BOOK, debug="an entity with that _id already exists"),
        {"body": {"title": "x"}},
    ),
    Row(
        "duplicate-id",
        "Another entity has the same `isbn`, which must be unique in this collection",
        refused(
            "KinveyInternalErrorRetry",
            500,
            method="POST",
            body={"isbn": "1"},
            debug="E11000 duplicate key error index: db.books.$isbn_1 dup key: { : '1' }",
        ),
        {"answer": {"error": "KinveyInternalErrorRetry", "description": "x", "debug": "fail-over"}},
    ),
    Row(
        "duplicate-id", "`dune` stands twice as `_id` in the list sent: at 0 and at 1", inserted(LOST, [BOOK, SAME]), {"body": [BOOK, {"title": "y"}]}
    ),
    Row("duplicate-id", "The `_id` `dune` that the request sends", inserted(LOST, [{"title": "x"}, SAME]), {"body": [BOOK, {"title": "y"}]}),
    Row(
        "entity-refused",
        "Entity 1 of the 3 sent was refused: `_id` `dune`. Each entity is saved or refused by itself",
        inserted({"index": 1, "error": "hook said no"}, [{"a": 1}, SAME, {"a": 2}]),
        {"answer": {"entities": [None], "errors": [{"index": 7, "error": "hook said no"}]}},
    ),
    Row(
        "entity-refused",
        'Entity 0 of the 1 sent was refused: `{"year":1965}`',
        inserted({"index": 0, "error": "hook said no"}, [{"year": 1965}]),
        {"body": {"year": 1965}},
    ),
    Row(
        "duplicate-id",
        "The `_id` `dune` that the request sends was stored already",
        inserted(LOST | {"description": "Not saved"}, [{"title": "x"}, SAME], status=200),
        {"body": [BOOK, {"title": "y"}]},
    ),
    Row(
        "entity-refused",
        "Entity 1 of the 2 sent was refused",
        inserted({"index": 1, "error": "hook said no"}, [{"a": 1}, SAME], status=200),
        {"answer": {"entities": [], "errors": []}, "status": 400},
    ),
    Row(
        "list-too-long",
        "the list has 130 entities; Kinvey takes at most 100",
        {"method": "POST", "path": BOOKS, "body": [{"n": n} for n in range(130)], "status": 413, "answer": "Payload too large"},
        {"body": [{"n": 1}]},
        certain=False,
    ),
    Row("no-authorization", "no Authorization header", refused("InsufficientCredentials", 401, headers={"Authorization": None}), {"headers": {}}),
]


class TestRows(RowTests):
    rows = ROWS
    needs_fix = True
    secrets = (PASSWORD, APP_SECRET)
    talk = staticmethod(talk)


def test_of_several_absent_headers_the_one_that_the_server_names_is_told(backends):
    headers = {"X-Kinvey-API-Version": None, "Authorization": None}
    asked = refused("MissingRequestHeader", headers=headers, debug="The header 'Authorization' is missing")
    found = [f.says for f in talk(backends).ask(**asked)[0].findings if f.rule == "header-missing"]
    assert len(found) == 1
    assert found[0].startswith("The request has no Authorization header")


@in_one_test("body", ['{"password":"correct-horse-9" "a":1}', '{"a":1,"username":"zelda-fitz",}', '{"x":"zelda@fitz.example",}'])
def test_a_secret_near_a_fault_is_not_shown(backends, body):
    found = talk(backends).ask(**refused("JSONParseError", method="POST", body=body, headers=JSON))[0].findings
    shown = " ".join(f"{f.says} {f.evidence}" for f in found)
    assert found[0].says.startswith("The request body is not valid JSON")
    assert not any(part in shown for part in ("horse", "zelda", "fitz"))


@in_one_test(
    ("index", "field"),
    [
        ("kid_1.books.$_id_", "_id"),
        ("kid_1.books.$isbn_1", "isbn"),
        ("isbn_1", "isbn"),
        ("_id_", "_id"),
        ("kid_1.books.$author_1_title_-1", "author"),
        ("kid_1.books.$author.name_1", "author.name"),
    ],
)
def test_the_index_tells_the_field(backends, index, field):
    asked = refused(
        "KinveyInternalErrorRetry", 500, method="POST", body={"_id": "x"}, debug=f"E11000 duplicate key error index: {index} dup key: {{ : 1 }}"
    )
    finding = talk(backends).ask(**asked)[0].findings[0]
    assert finding.rule == "duplicate-id"
    assert f"`{field}`" in finding.says
