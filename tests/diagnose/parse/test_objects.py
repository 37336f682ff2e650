"""Rules for objects, their fields and their classes: each finds its fault, and is silent about the request without it."""

from __future__ import annotations

from typing import Any

from diagnose.parse_talk import ALICE, AS_ALICE, AS_MASTER, DENIED, NOTE, NOTE_ID, STORED, bare, coded, find, talk, worked
from diagnose.talk import Row, RowTests, findings
from matrix import in_one_test

NOTE_PATH = f"{NOTE}/{NOTE_ID}"
GOOD = {"title": "Milk"}
ERROR_500 = "Internal server error."
DATE = {"__type": "Date", "iso": "2024-01-31T12:00:00.000Z"}
PLACE = {"__type": "GeoPoint", "latitude": -90, "longitude": 180}
AREA = {"__type": "Polygon", "coordinates": [[0, 0], [0, 1], [1, 0]]}
SOME_DAY = {"__type": "Date", "iso": "some day"}
ROLE = {"name": "editors", "ACL": {"*": {"read": True}}}
NOT_FOUND = "Object not found."
GONE = worked("DELETE", NOTE_PATH, {})
READ = worked(path=NOTE_PATH, answer={"objectId": NOTE_ID})


def sent(rule: str, says: str, code: int, message: str, wrong: Any, right: Any = None, method: str = "POST", path: str = NOTE, **more: Any) -> Row:
    """A body at fault, and one that is none."""
    asked = coded(code, message, method, path, body=wrong, headers=more.pop("headers", {}))
    return Row(rule, says, asked, {"body": GOOD if right is None else right}, more.pop("certain", True), **more)


def mismatch(says: str, column: str, got: str, wrong: Any, right: Any) -> Row:
    return sent("type-mismatch", says, 111, f"schema mismatch for Note.f; expected {column} but got {got}", {"f": wrong}, {"f": right})


def keyword(says: str, denied: str, wrong: Any, certain: bool = True) -> Row:
    """A body that the server's denylist forbids, and another refusal."""
    asked = coded(105, f"Prohibited keyword in request data: {denied}.", "PUT", NOTE_PATH, body=wrong)
    return Row("keyword", says, asked, {"answer": {"code": 105, "error": "Invalid field name: a-b."}}, certain)


def transaction(*values: Any, **more: Any) -> dict[str, Any]:
    """The body of a batch whose parts save these values in the same field."""
    return {"requests": [{"method": "POST", "path": "/parse/classes/Note", "body": {"likes": value}} for value in values], "transaction": True} | more


def mixed(right: dict[str, Any]) -> Row:
    asked = bare(500, "", "POST", "/batch", body=transaction("many", 1), answer={"code": 1, "message": ERROR_500})
    return Row("transaction-types", "part 1 sends `Number` for `likes` of `Note`, and part 0 `String`", asked, {"body": right}, certain=False)


def denied(rule: str, says: str, path: str, good: str = NOTE, method: str = "GET", message: str = DENIED, certain: bool = True, **more: Any) -> Row:
    """A path that is refused with 119, and one of which nothing can be said."""
    before = more.pop("before", ())
    return Row(rule, says, coded(119, message, method, path, **more), {"path": good}, certain, before)


def lost(
    rule: str, says: str, path: str, before: Any = (), certain: bool = False, method: str = "GET", good: str = "/classes/Other/other00001"
) -> Row:
    return Row(rule, says, coded(101, NOT_FOUND, method, path), {"path": good}, certain, before)


def relation(name: str, kind: str | None) -> dict[str, Any]:
    return {"__op": name, "objects": [{"objectId": "a"} | ({"__type": "Pointer", "className": kind} if kind else {})]}


GUARDED = {"method": "POST", "path": "/parse/classes/Note", "body": {"ACL": {ALICE: {"read": True, "write": True}}}}

ROWS = [
    mixed(transaction("many", 1, transaction=False)),
    mixed(transaction("many", "few", None, {"__op": "Delete"})),
    mixed(transaction(1, {"__op": "Increment", "amount": 1})),
    sent("id-on-create", "The body of a new object has `objectId`", 105, "objectId is an invalid field name.", {"objectId": "x", **GOOD}),
    sent("id-on-create", "The body of a new object has `id`", 105, "id is an invalid field name.", {"id": "x", **GOOD}),
    sent(
        "session-field",
        "`sessionToken` of a session",
        105,
        "Invalid key name: sessionToken",
        {"sessionToken": "r:1"},
        {},
        "PUT",
        "/sessions/session001",
    ),
    Row(
        "keyword",
        "The key `meta._bsontype` with its value `Code` matches an entry of the server's denylist",
        coded(105, 'Prohibited keyword in request data: {"key":"_bsontype","value":"Code"}.', "POST", NOTE, body={"meta": {"_bsontype": "Code"}}),
        {"answer": {"code": 105, "error": "Invalid field name: a-b."}},
    ),
    keyword("The key `meta.evilKey` matches", '{"key":"evil[K]ey"}', {"meta": {"evilKey": 1}}),
    keyword("The value of `meta.list.0` matches", '{"value":"bad[0-9]+"}', {"meta": {"list": ["bad42"]}}),
    keyword("The key `a.trap` matches", '"trap"', {"a.trap": {"__op": "Increment", "amount": 1}}),
    keyword("so a trigger such as `beforeSave` added it", '{"key":"trap"}', {"title": "x"}, certain=False),
    sent("fixed-columns", "`colour` is not a column of `_Audience`", 107, "Could not add field colour", {"colour": 1}, path="/classes/_Audience"),
    sent(
        "id-on-create",
        "`objectId` is null",
        104,
        "objectId must not be empty, null or undefined",
        {"objectId": None},
        {"objectId": "a"},
        certain=True,
    ),
    sent("field-name", "`className` is a reserved name", 105, "Invalid field name: className.", {"className": "Post"}),
    sent(
        "field-name",
        "`my-title` is not a valid field name: a field name starts with a letter",
        105,
        "Invalid field name: my-title.",
        {"my-title": "x"},
    ),
    sent("field-name", "`1st` is not a valid field name", 105, "Invalid field name: 1st.", {"1st": "x"}, {"a.b": 1}, "PUT", NOTE_PATH),
    sent("field-name", "`_x` starts with `_`: such names are internal to the server", 105, "Invalid field name: _x.", {"_x": "x"}),
    sent("field-name", "`length` is a reserved name", 105, "Invalid field name: length.", {"length": 3}),
    sent(
        "type-mismatch",
        "`f` was sent as an Array, but the column `f` is a String: flow flow-1 had one in it",
        111,
        "schema mismatch for Note.f; expected String but got Array",
        {"f": ["a"]},
        {"f": "a"},
        before=[worked("POST", NOTE, {"objectId": NOTE_ID}, body={"f": "a"})],
        fix="delete the column in the dashboard (its values are lost)",
    ),
    mismatch("`f` was sent as a String (`three`), but the column `f` is a Number", "Number", "String", "three", 3),
    sent(
        "type-mismatch",
        "`createdAt` is set by the server",
        111,
        "schema mismatch for Note.createdAt; expected Date but got String",
        {"createdAt": "2024-01-31T12:00:00.000Z"},
        method="PUT",
        path=NOTE_PATH,
        fix="Remove `createdAt` from the body",
    ),
    sent(
        "type-mismatch",
        "`meta.size` changes a part of `meta`, but the column `meta` is a String",
        111,
        "schema mismatch for Note.meta; expected String but got Object",
        {"meta.size": 3},
        method="PUT",
        path=NOTE_PATH,
    ),
    mismatch("was sent as an Array, but the column `f` is a String", "String", "Array", ["x"], "x"),
    mismatch("(`2024-01-31`), but the column `f` is a Date", "Date", "String", "2024-01-31", DATE),
    mismatch(
        "(`alice00001`), but the column `f` is a Pointer to _User", "Pointer<_User>", "String", ALICE, {"__type": "Pointer", "className": "_User"}
    ),
    mismatch(
        "a Pointer to Vault",
        "Pointer<_User>",
        "Pointer<Vault>",
        {"__type": "Pointer", "className": "Vault"},
        {"__type": "Pointer", "className": "_User"},
    ),
    sent(
        "type-mismatch",
        "`Add` works on Array columns only, but the column `tags` is a Relation to Tag",
        111,
        "invalid type for key tags, expected relation<Tag>, but got array",
        {"tags": {"__op": "Add", "objects": []}},
        fix='"__op": "AddRelation"',
    ),
    sent(
        "type-mismatch",
        "`likes` was sent as a String (`3`)",
        111,
        "schema mismatch for Note.likes; expected Number but got String",
        b"likes=3",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        fix="the values of a form are strings",
    ),
    sent(
        "duplicate-value",
        "the class `Note` has a unique index on `title`, and `Milk` was stored by flow flow-1, 1 s before",
        137,
        "A duplicate value for a field with unique values was provided",
        {"title": "Milk"},
        {"title": "Bread"},
        certain=False,
        before=[STORED],
    ),
    *(
        sent("duplicate-value", says, 137, f"A duplicate value for a field with unique values was provided{more}", {"code": "SPRING"}, GOOD)
        for says, more in (
            ("has a unique index on `code`, and `SPRING` is in another object", ". Duplicate index: code_1 on collection Note in db prod"),
            ("has a unique index on `code`", ': E11000 index: name_of_it dup key: { code: "SPRING" }'),
        )
    ),
    sent(
        "duplicate-value",
        "`Milk` was stored by flow flow-1",
        1,
        ERROR_500,
        {"title": "Milk"},
        {"title": "Milk", "likes": 2},
        "PUT",
        f"{NOTE}/note000002",
        certain=False,
        before=[STORED],
    ),
    *(
        sent(
            "type-mismatch",
            says,
            111,
            f"schema mismatch for Team.of; expected Relation<Person> but got Relation<{got}>",
            {"of": value},
            {},
            path=path,
            fix=fix,
        )
        for says, got, value, path, fix in (
            (
                "has pointers to the class `Persons`; the column `of` is a Relation to Person",
                "Persons",
                relation("RemoveRelation", "Persons"),
                "/classes/Team",
                '"className": "Person", "objectId": "a"',
            ),
            (
                "takes pointers, and `uDz` is none",
                "undefined",
                {"__op": "AddRelation", "objects": ["uDz"]},
                "/classes/Team",
                '"className": "Person", "objectId": "uDz"',
            ),
            ("takes pointers, and", "undefined", relation("AddRelation", None), "/classes/Team", '"objectId": "a"'),
        )
    ),
    Row(
        "server-schema",
        "the server writes `expiresAt` of `_Session` itself",
        coded(111, "schema mismatch for _Session.expiresAt; expected Number but got Date", "POST", "/users", body={"username": "alice"}),
        {"answer": {"code": 111, "error": "Refused."}},
        False,
    ),
    sent(
        "type-mismatch",
        "`objects` of the `__op` RemoveRelation of `fans` has pointers to the class `Persons`; the column `fans` is a Relation to Person",
        111,
        "schema mismatch for Note.fans; expected Relation<Person> but got Relation<Persons>",
        {"fans": {"__op": "RemoveRelation", "objects": [{"__type": "Pointer", "className": "Persons", "objectId": "person0001"}]}},
        method="PUT",
        path=NOTE_PATH,
        fix='"__op": "RemoveRelation", "objects": [{"__type": "Pointer", "className": "Person", "objectId": "person0001"}]',
    ),
    sent(
        "type-mismatch",
        "takes pointers, and `person0001` is none",
        111,
        "schema mismatch for Note.fans; expected Relation<Person> but got Relation<undefined>",
        {"fans": {"__op": "Batch", "ops": [{"__op": "AddRelation", "objects": ["person0001"]}]}},
        method="PUT",
        path=NOTE_PATH,
        fix='"className": "Person", "objectId": "person0001"',
    ),
    sent(
        "relation-value",
        "this server is older",
        111,
        "This is not a valid Relation",
        {"readers": {"__type": "Relation", "className": "_User"}},
        fix="AddRelation",
    ),
    *(
        Row(
            "made-by-trigger",
            says,
            coded(code, message, method, path, body=body),
            {"answer": {"code": code, "error": "Refused."}},
            False,
            fix="cloud code" if "in order" not in says else "If no trigger sets it, the server did: update Parse Server",
        )
        for says, code, message, body, method, path in (
            ("`total` is not in the request", 111, "schema mismatch for Note.total; expected Number but got String", GOOD, "POST", NOTE),
            ("`title` was sent as `String`", 111, "schema mismatch for Note.title; expected Object but got Number", GOOD, "PUT", NOTE_PATH),
            ("`title` was sent in order", 111, "schema mismatch for Note.title; expected String but got Number", GOOD, "PUT", NOTE_PATH),
            ("the message is about the class `Log`", 111, "schema mismatch for Log.size; expected Number but got String", GOOD, "POST", NOTE),
            ("`first-name` is not in the request", 105, "Invalid field name: first-name.", GOOD, "POST", NOTE),
            ("what the server complains of is not", 121, "Nested keys should not contain the '$' or '.' characters", {"o": {"a": 1}}, "POST", NOTE),
            ("`title` was sent in order", 142, "title is required", GOOD, "POST", NOTE),
            ("the body has plain values only", 1, ERROR_500, {"title": "Milk", "done": True}, "PUT", NOTE_PATH),
        )
    ),
    Row(
        "field-name",
        "`a.b` is not a valid field name",
        coded(105, "Invalid field name: a.b.", "PUT", "/config", body={"params": {"a.b": 1}}, headers=AS_MASTER),
        {"body": {"params": {"ab": 1}}},
        fix="`a_b`",
    ),
    sent(
        "field-name",
        "The body is a pointer to the object",
        105,
        "Invalid field name: __type.",
        {"__type": "Pointer", "className": "Note", "objectId": NOTE_ID},
        method="PUT",
        path=NOTE_PATH,
    ),
    sent("operation", "`ops` of the `__op` Batch of `users` is missing or empty", 1, ERROR_500, {"users": {"__op": "Batch", "ops": []}}),
    sent("session-field", "`user` of a session", 105, "", {"user": {"objectId": "x"}}, {}, "PUT", "/sessions/session001", certain=False),
    mismatch("`Increment` works on Number columns only", "String", "Number", {"__op": "Increment", "amount": 1}, "x"),
    mismatch(
        "`Add` works on Array columns only, but the column `f` is a Relation to _User",
        "Relation<_User>",
        "Array",
        {"__op": "Add", "objects": []},
        {"__op": "AddRelation", "objects": [{"className": "_User"}]},
    ),
    sent("typed-object", "`due` is a Date without `iso`", 111, "This is not a valid Date", {"due": {"__type": "Date"}}, {"due": DATE}),
    sent(
        "typed-object",
        "`place` is a GeoPoint without `longitude`",
        111,
        "This is not a valid GeoPoint",
        {"place": {"__type": "GeoPoint", "latitude": 0}},
    ),
    sent("typed-object", "`Colour`, which is not a Parse type", 111, "This is not a valid Colour", {"meta": [{"__type": "Colour"}]}),
    sent(
        "required-column", "`name` is missing, and objects of the class `_Role` need it", 111, "name is required.", {"ACL": {}}, ROLE, path="/roles"
    ),
    sent("required-column", "`title` is null", 142, "title is required", {"title": None}, GOOD, "PUT", NOTE_PATH),
    sent("required-column", "`title` is empty", 142, "title is required", {"title": ""}, GOOD),
    sent("required-column", "`title` is to be deleted", 142, "title is required", {"title": {"__op": "Delete"}}, GOOD, "PUT", NOTE_PATH),
    sent("required-column", "`title` is missing", 142, "title is required", {}, GOOD, "PUT", NOTE_PATH, certain=False),
    sent("required-column", "`ACL` is missing, and objects of", 111, "ACL is required.", {"name": "editors"}, ROLE, path="/roles"),
    sent("nested-key", "The key `$price` inside `meta` contains `$`", 121, "Nested keys should not", {"meta": {"$price": 1}}, {"meta": {"price": 1}}),
    sent("nested-key", "The key `a.b` inside `meta` contains `.`", 121, "Nested keys should not", {"meta": [{"a.b": 1}]}, {"meta": [{"a": 1}]}),
    sent("acl", "`ACL` names `*unresolved`", 123, "Invalid ACL.", {"ACL": {"*unresolved": {"read": True}}}, ROLE),
    sent("acl", "`ACL` takes an object", -1, "ACL must be a Parse ACL.", {"ACL": "public"}, ROLE),
    sent("acl", "it takes an object with `read` and `write`", -1, "ACL must be a Parse ACL.", {"ACL": {"*": {"read": "yes"}}}, ROLE),
    sent(
        "operation",
        "`likes` has the `__op` `Explode`, which does not exist",
        1,
        ERROR_500,
        {"likes": {"__op": "Explode"}},
        {"likes": {"__op": "Delete"}},
        "PUT",
        NOTE_PATH,
    ),
    sent(
        "operation",
        "`amount` of the `__op` Increment of `likes` is a string, `one`; it takes a number",
        1,
        ERROR_500,
        {"likes": {"__op": "Increment", "amount": "one"}},
        {"likes": {"__op": "Increment", "amount": 1}},
    ),
    sent("operation", "`objects` of the `__op` of `tags` is a ", 107, "objects to add must be an array", {"tags": {"__op": "Add", "objects": "x"}}),
    sent("operation", "`objects` of the `__op` of `readers` is empty", 1, ERROR_500, {"readers": {"__op": "AddRelation", "objects": []}}),
    sent(
        "place",
        "`latitude` of `place` is `100`; it must be a number from -90 to 90",
        1,
        ERROR_500,
        {"place": {**PLACE, "latitude": 100}},
        {"place": PLACE},
    ),
    sent("place", "`longitude` of `place` is `x`", 1, ERROR_500, {"place": {**PLACE, "longitude": "x"}}, {"place": PLACE}),
    sent("place", "has fewer than 3 points", 107, "Polygon must have at least 3 values", {"area": {**AREA, "coordinates": [[0, 0]]}}, {"area": AREA}),
    sent("date", "`due` is a Date whose `iso` is not a date: `some day`", 1, ERROR_500, {"due": SOME_DAY}, {"due": DATE}),
    sent("place", "several GeoPoints, `home` among them", 111, "there can only be one geopoint field in a class", {"home": PLACE, "work": PLACE}),
    sent(
        "place", "`area` has a point that is not two", 1, ERROR_500, {"area": {**AREA, "coordinates": [["x", "y"], [0, 1], [1, 0]]}}, {"area": AREA}
    ),
    sent(
        "date-order",
        "is before `createdAt`",
        142,
        "updatedAt cannot occur before createdAt",
        {"createdAt": DATE, "updatedAt": {**DATE, "iso": "2023-01-31T12:00:00.000Z"}},
    ),
    denied("class-name", "`my-notes` is not a valid class name: it has `-` in it", "/classes/my-notes", certain=False),
    denied(
        "class-name", "`1note` is not a valid class name: it begins with a digit", "/classes/1note", message="schema class name does not revalidate"
    ),
    Row(
        "class-unknown",
        "There is no class `Session`, and clients may not create one here (`allowClientClassCreation` is off); did you mean `_Session`?",
        coded(119, "This user is not allowed to access non-existent class: Session", path="/classes/Session"),
        {"path": "/classes/_Session"},
        fix="Send `_Session` as the class.",
    ),
    denied("system-class", "Objects of `_JobStatus` can be read or changed with the master key only", "/classes/_JobStatus"),
    denied(
        "system-class",
        "This version of Parse Server lets only the master key do this to a `role`.",
        "/roles",
        message="Clients aren't allowed to perform the create operation on the role collection.",
    ),
    denied("system-class", "Objects of `_Installation` can be listed or deleted", "/installations", "/installations/x"),
    denied("class-unknown", "there is no class `Notes`; did you mean `Note`?", "/classes/Notes", certain=False, before=[worked()]),
    denied("class-unknown", "there is no class `Novelty` and clients may not create one here", "/classes/Novelty", certain=False, before=[worked()]),
    denied(
        "class-unknown",
        "There is no class `note`, and clients may not create one here (`allowClientClassCreation` is off); did you mean `Note`?",
        "/classes/note",
        message="This user is not allowed to access non-existent class: note",
        before=[worked()],
    ),
    sent(
        "new-field",
        "takes no new fields from this caller (`addField`), and `colour` is new",
        119,
        "Permission denied for action addField on class Note.",
        {"title": "x", "colour": "red"},
        {},
        before=[STORED],
    ),
    sent(
        "new-field",
        "the request sends no new field: each of `title`, `likes` was stored before, or is a column of every server",
        119,
        "Permission denied for action addField on class Note.",
        {"title": "x", "likes": 3},
        {},
        certain=False,
        before=[worked("POST", NOTE, {"objectId": NOTE_ID}, body={"title": "y", "likes": 4})],
        fix="Look in `beforeSave` of `Note`",
    ),
    sent("new-field", "no earlier flow had `colour`", 119, DENIED, {"title": "x", "colour": "red"}, certain=False, before=[STORED]),
    denied(
        "class-permission",
        "deny `find` to callers without a session",
        "/classes/Note",
        "/batch",
        message="Permission denied for action find on class Note.",
    ),
    Row(
        "class-permission",
        "deny `find` to everybody but the master key (flow flow-1)",
        coded(119, "Permission denied for action find on class Note.", "GET", NOTE),
        {"path": "/batch"},
        before=[worked(path="/schemas/Note", answer={"className": "Note", "classLevelPermissions": {"find": {}, "readUserFields": []}})],
        fix="Use the master key in cloud code",
    ),
    denied("class-permission", "`create` (flow flow-1) worked, but never `find`", NOTE, "/classes/Other", certain=False, before=[STORED]),
    Row(
        "login-required",
        "The class `Note` is for signed-in users",
        coded(101, "Permission denied, user needs to be authenticated."),
        {"headers": AS_ALICE},
    ),
    Row("login-required", "no session token", coded(101, DENIED, path=NOTE_PATH), {"answer": {"code": 101, "error": NOT_FOUND}}, False),
    sent(
        "role-taken",
        "There is a role `editors` already. It was made by flow flow-1",
        137,
        "A duplicate value",
        ROLE,
        {},
        path="/roles",
        before=[worked("POST", "/roles", {}, body=ROLE)],
    ),
    sent("role-taken", "There is a role `editors` already", 137, "A duplicate value", ROLE, {}, path="/roles"),
    lost("id-none", "The path has `undefined` in place of an id", f"{NOTE}/undefined", certain=True),
    lost("id-none", "The path has `[object Object]`", f"{NOTE}/%5Bobject%20Object%5D", certain=True),
    lost("object-deleted", f"`{NOTE_ID}` was deleted 1 s before in flow flow-2", NOTE_PATH, [STORED, GONE], True, "PUT", good=f"{NOTE}/x"),
    lost(
        "object-acl",
        "the object's ACL or the class's pointer permissions do not let a caller without a session write it",
        NOTE_PATH,
        [STORED],
        method="PUT",
    ),
    lost("object-acl", "do not let a caller without a session read it", NOTE_PATH, [STORED]),
    lost("object-acl", "was deleted since, or its ACL was changed: this caller did the same 1 s before (flow flow-1)", NOTE_PATH, [READ]),
    Row(
        "object-acl",
        "the ACL of `note000001` lets only `alice00001` read it, not a caller without a session, as flow flow-1 showed 1 s before",
        coded(101, NOT_FOUND, "GET", NOTE_PATH),
        {"path": f"/classes/Other/{NOTE_ID}"},
        False,
        [worked("POST", "/batch", [{"success": {"objectId": NOTE_ID}}], body={"requests": [GUARDED]})],
        fix="Send the session token",
    ),
    # A query for what an ACL hides gets an empty list: only pointer permissions refuse it.
    Row(
        "object-acl",
        "only to users whom a field of the object points to (pointer permissions)",
        coded(101, NOT_FOUND, "POST", NOTE, body={"_method": "GET", "where": {"objectId": NOTE_ID}, "limit": 1}),
        {"headers": AS_ALICE},
        False,
        fix="send `X-Parse-Session-Token",
    ),
    Row(
        "class-permission",
        "deny `create` to callers without a session. Basic credentials are no login here",
        coded(
            119,
            "Permission denied for action create on class Note.",
            "POST",
            NOTE,
            body=GOOD,
            headers={"Authorization": "Basic YWxpY2U6c2VjcmV0cHc="},
        ),
        {"path": "/batch"},
    ),
    Row(
        "object-acl",
        "only users in `owner` of the object may write it (pointer permissions of the class, flow flow-1)",
        coded(101, NOT_FOUND, "PUT", NOTE_PATH, body=GOOD),
        {"path": "/classes/Other/other00001"},
        False,
        [worked(path="/schemas/Note", answer={"className": "Note", "classLevelPermissions": {"writeUserFields": ["owner"]}}), STORED],
    ),
    lost("object-elsewhere", "it belongs to the class `Note` (flow flow-1)", f"/classes/Other/{NOTE_ID}", [STORED]),
    lost(
        "object-elsewhere",
        "Objects of that class have `Chemistry` in `className`, which was taken for the class",
        f"/classes/Chemistry/{NOTE_ID}",
        [STORED | {"body": {"className": "Chemistry", "room": 4}}],
    ),
    sent(
        "key-not-sent",
        "a `beforeSave` trigger, or the server itself, put it into the object",
        105,
        "Invalid key name: a.b",
        GOOD,
        {"a.b": 1},
        certain=False,
    ),
    lost("object-unknown", "earlier flows showed 1 other id in `Note`, but not `unknown001`", f"{NOTE}/unknown001", [STORED]),
    lost("object-unknown", "`4711` does not have the form of an id", f"{NOTE}/4711", [STORED]),
]


class TestRows(RowTests):
    rows = ROWS
    needs_fix = True
    talk = staticmethod(talk)


@in_one_test("text", ["Guarded objects stay.", "Nobody may do that."])
def test_a_refusal_in_the_words_of_the_app_is_no_matter_of_permissions(backends, text):
    asked = coded(119, text, "DELETE", NOTE_PATH)
    assert [found.rule for found in findings(talk(backends), [STORED, worked(path="/classes/Other")], asked)] == ["own-words"]


def test_to_the_master_key_nothing_is_hidden(backends):
    asked = coded(101, NOT_FOUND, "PUT", NOTE_PATH, headers=AS_MASTER, body=GOOD)
    assert findings(talk(backends), [STORED], asked) == ()


def test_a_value_whose_object_may_be_deleted_is_not_called_taken(backends):
    assert findings(talk(backends), [STORED, GONE], coded(137, "A duplicate value was provided", "POST", NOTE, body=GOOD)) == ()


def test_a_create_that_a_gateway_lost_may_have_been_carried_out(backends):
    lost = {
        "method": "POST",
        "path": NOTE,
        "status": 502,
        "answer": "<center>nginx</center>",
        "body": GOOD,
        "answer_headers": {"Content-Type": "text/html"},
    }
    found = findings(talk(backends), [lost], coded(137, "A duplicate value was provided", "POST", NOTE, body=GOOD))
    assert [one.rule for one in found][:1] == ["duplicate-value"]
    assert "got no answer of the server in flow flow-1, 1 s before, but was carried out" in found[0].says


def test_a_value_that_another_part_of_the_batch_has_too_is_told(backends):
    parts = [{"method": "POST", "path": "/parse/classes/Note", "body": {"title": title}} for title in ("Milk", "Milk")]
    answer = [{"success": {"objectId": NOTE_ID}}, {"error": {"code": 137, "error": "A duplicate value for a field with unique values was provided"}}]
    found = findings(talk(backends), (), bare(200, "", "POST", "/batch", body={"requests": parts}, answer=answer))
    assert [(finding.rule, finding.certain) for finding in found] == [("duplicate-value", False)]
    assert "`Milk` is in part 0 of this batch, too" in found[0].says


def test_a_date_in_a_part_of_a_batch_is_found_without_a_code_of_its_own(backends):
    parts = [{"method": "POST", "path": "/parse/classes/Note", "body": body} for body in (GOOD, {"due": SOME_DAY})]
    answer = [{"success": {}}, {"error": {"code": "22007", "error": "invalid input syntax"}}]
    asked = bare(200, "", "POST", "/batch", body={"requests": parts}, answer=answer)
    assert [finding.rule for finding in findings(talk(backends), (), asked)] == ["date"]


def test_a_query_by_a_field_of_another_class_is_no_comparison_of_types(backends):
    stored = worked("POST", "/classes/Other", {"objectId": "o"}, body={"likes": 1})
    assert findings(talk(backends), [stored], find({"likes": "many"}, 1, ERROR_500)) == ()
