"""Rules for objects, their fields and their classes: each finds its fault, and is silent about the request without it."""

from __future__ import annotations

from typing import Any

import pytest
from diagnose.parse_talk import ALICE, AS_ALICE, AS_MASTER, DENIED, NOTE, NOTE_ID, STORED, bare, coded, find, talk, worked
from diagnose.talk import Row, RowTests, findings

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


def denied(rule: str, says: str, path: str, good: str = NOTE, method: str = "GET", message: str = DENIED, certain: bool = True, **more: Any) -> Row:
    """A path that is refused with 119, and one of which nothing can be said."""
    before = more.pop("before", ())
    return Row(rule, says, coded(119, message, method, path, **more), {"path": good}, certain, before)


def lost(
    rule: str, says: str, path: str, before: Any = (), certain: bool = False, method: str = "GET", good: str = "/classes/Other/other00001"
) -> Row:
    return Row(rule, says, coded(101, NOT_FOUND, method, path), {"path": good}, certain, before)


ROWS = [
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
        "The key `_bsontype` (inside `meta`) may not be stored",
        coded(105, 'Prohibited keyword in request data: {"key":"_bsontype","value":"Code"}.', "POST", NOTE, body={"meta": {"_bsontype": "Code"}}),
        {"answer": {"code": 105, "error": "Invalid field name: a-b."}},
    ),
    sent("field-name", "`my-title` can be no field", 105, "Invalid field name: my-title.", {"my-title": "x"}),
    sent("field-name", "it begins with a digit", 105, "Invalid field name: 1st.", {"1st": "x"}, {"a.b": 1}, "PUT", NOTE_PATH),
    sent("field-name", "the server's own", 105, "Invalid field name: _x.", {"_x": "x"}),
    sent("field-name", "`length` can be no field", 105, "Invalid field name: length.", {"length": 3}),
    mismatch("`f` was sent as a String (`three`), and the column is a Number: send a number without quotes", "Number", "String", "three", 3),
    mismatch("was sent as an Array, and the column is a String: send a text", "String", "Array", ["x"], "x"),
    mismatch('send {"__type": "Date"', "Date", "String", "2024-01-31", DATE),
    mismatch('send {"__type": "Pointer", "className": "_User"', "Pointer<_User>", "String", ALICE, {"__type": "Pointer", "className": "_User"}),
    mismatch(
        "a Pointer to Vault",
        "Pointer<_User>",
        "Pointer<Vault>",
        {"__type": "Pointer", "className": "Vault"},
        {"__type": "Pointer", "className": "_User"},
    ),
    mismatch("was sent as a Number", "String", "Number", {"__op": "Increment", "amount": 1}, "x"),
    mismatch("AddRelation", "Relation<_User>", "Array", {"__op": "Add", "objects": []}, {"__op": "AddRelation", "objects": [{"className": "_User"}]}),
    sent("typed-object", "`due` is a Date without `iso`", 111, "This is not a valid Date", {"due": {"__type": "Date"}}, {"due": DATE}),
    sent(
        "typed-object",
        "`place` is a GeoPoint without `longitude`",
        111,
        "This is not a valid GeoPoint",
        {"place": {"__type": "GeoPoint", "latitude": 0}},
    ),
    sent("typed-object", "`Colour`, which Parse has not", 111, "This is not a valid Colour", {"meta": [{"__type": "Colour"}]}),
    sent("required-column", "`name` is missing in the body, and `_Role` wants it", 111, "name is required.", {"ACL": {}}, ROLE, path="/roles"),
    sent("required-column", "Send {", 111, "ACL is required.", {"name": "editors"}, ROLE, path="/roles"),
    sent("nested-key", "The key `$price` inside `meta` has a `$`", 121, "Nested keys should not", {"meta": {"$price": 1}}, {"meta": {"price": 1}}),
    sent("nested-key", "The key `a.b` inside `meta` has a `.`", 121, "Nested keys should not", {"meta": [{"a.b": 1}]}, {"meta": [{"a": 1}]}),
    sent("acl", "`ACL` names `*unresolved`", 123, "Invalid ACL.", {"ACL": {"*unresolved": {"read": True}}}, ROLE),
    sent("acl", "`ACL` takes an object", -1, "ACL must be a Parse ACL.", {"ACL": "public"}, ROLE),
    sent("acl", "it takes an object with `read` and `write`", -1, "ACL must be a Parse ACL.", {"ACL": {"*": {"read": "yes"}}}, ROLE),
    sent(
        "operation",
        "`__op` `Explode`; Parse knows `Increment`",
        1,
        ERROR_500,
        {"likes": {"__op": "Explode"}},
        {"likes": {"__op": "Delete"}},
        "PUT",
        NOTE_PATH,
    ),
    sent(
        "operation",
        "by `one`; `amount` takes a number",
        1,
        ERROR_500,
        {"likes": {"__op": "Increment", "amount": "one"}},
        {"likes": {"__op": "Increment", "amount": 1}},
    ),
    sent("operation", "takes a list in `objects`; it is a string", 107, "objects to add must be an array", {"tags": {"__op": "Add", "objects": "x"}}),
    sent("operation", "takes at least one pointer in `objects`", 1, ERROR_500, {"readers": {"__op": "AddRelation", "objects": []}}),
    sent(
        "place",
        "`latitude` of `place` is `100`; it takes a number from -90 to 90",
        1,
        ERROR_500,
        {"place": {**PLACE, "latitude": 100}},
        {"place": PLACE},
    ),
    sent("place", "`longitude` of `place` is `x`", 1, ERROR_500, {"place": {**PLACE, "longitude": "x"}}, {"place": PLACE}),
    sent(
        "place",
        "a Polygon of less than 3 points",
        107,
        "Polygon must have at least 3 values",
        {"area": {**AREA, "coordinates": [[0, 0]]}},
        {"area": AREA},
    ),
    sent("date", "`due` is a Date whose `iso` is no date: `some day`", 1, ERROR_500, {"due": SOME_DAY}, {"due": DATE}),
    denied("class-name", "`my-notes` can be no class: it has `-` in it", "/classes/my-notes"),
    denied("class-name", "`1note` can be no class: it begins with a digit", "/classes/1note", message="schema class name does not revalidate"),
    denied("system-class", "Objects of `_JobStatus` can be touched with the master key only", "/classes/_JobStatus"),
    denied("system-class", "Objects of `_Installation` can be listed or deleted", "/installations", "/installations/x"),
    denied("class-unknown", "`Notes` resembles the class `Note`", "/classes/Notes", certain=False, before=[worked()]),
    denied("class-unknown", "there is no class `Novelty` and clients may not make one here", "/classes/Novelty", certain=False, before=[worked()]),
    denied(
        "class-unknown",
        "There is no class `note`, and clients may not make one here (`allowClientClassCreation`). Did you mean `Note`?",
        "/classes/note",
        message="This user is not allowed to access non-existent class: note",
        before=[worked()],
    ),
    sent(
        "new-field",
        "takes no new fields from clients (`addField`), and `colour` is new",
        119,
        "Permission denied for action addField on class Note.",
        {"title": "x", "colour": "red"},
        before=[STORED],
    ),
    sent("new-field", "others were stored, but never `colour`", 119, DENIED, {"title": "x", "colour": "red"}, certain=False, before=[STORED]),
    denied(
        "class-permission",
        "deny `find` to callers without a session",
        "/classes/Note",
        "/batch",
        message="Permission denied for action find on class Note.",
    ),
    denied("class-permission", "the class answered POST (flow flow-1), but never `find`", NOTE, "/classes/Other", certain=False, before=[STORED]),
    Row(
        "login-required",
        "The class `Note` is for signed-in users",
        coded(101, "Permission denied, user needs to be authenticated."),
        {"headers": AS_ALICE},
    ),
    Row("login-required", "no session token", coded(101, DENIED, path=NOTE_PATH), {"answer": {"code": 101, "error": NOT_FOUND}}),
    sent(
        "role-taken",
        "There is a role `editors` already: flow flow-1 made it",
        137,
        "A duplicate value",
        ROLE,
        {},
        path="/roles",
        before=[worked("POST", "/roles", {}, body=ROLE)],
    ),
    sent("role-taken", "There is a role `editors` already", 137, "A duplicate value", ROLE, {}, path="/roles"),
    lost("id-none", "The path has `undefined` where an id belongs", f"{NOTE}/undefined", certain=True),
    lost("id-none", "The path has `[object Object]`", f"{NOTE}/%5Bobject%20Object%5D", certain=True),
    lost("object-deleted", f"`{NOTE_ID}` was deleted 1 s before in flow flow-2", NOTE_PATH, [STORED, GONE], True, "PUT", good=f"{NOTE}/x"),
    lost("object-acl", "the object's ACL does not let a caller without a session write it", NOTE_PATH, [STORED], method="PUT"),
    lost("object-acl", "ACL does not let a caller without a session read it", NOTE_PATH, [STORED]),
    lost("object-acl", "was deleted since, or its ACL was changed: this caller did the same 1 s before (flow flow-1)", NOTE_PATH, [READ]),
    lost("object-elsewhere", "it belongs to `/parse/classes/Note/` (flow flow-1)", f"/classes/Other/{NOTE_ID}", [STORED]),
    lost("object-unknown", "`unknown001` was never seen in `Note`, as another was", f"{NOTE}/unknown001", [STORED]),
    lost("object-unknown", "has not the form of an id of `Note`", f"{NOTE}/4711", [STORED]),
]


class TestRows(RowTests):
    rows = ROWS
    talk = staticmethod(talk)


@pytest.mark.parametrize("text", ["Guarded objects stay.", "Nobody may do that."])
def test_a_refusal_in_the_words_of_the_app_is_no_matter_of_permissions(backends, text):
    asked = coded(119, text, "DELETE", NOTE_PATH)
    assert findings(talk(backends), [STORED, worked(path="/classes/Other")], asked) == ()


def test_to_the_master_key_nothing_is_hidden(backends):
    asked = coded(101, NOT_FOUND, "PUT", NOTE_PATH, headers=AS_MASTER, body=GOOD)
    assert findings(talk(backends), [STORED], asked) == ()


def test_a_date_in_a_part_of_a_batch_is_found_without_a_code_of_its_own(backends):
    parts = [{"method": "POST", "path": "/parse/classes/Note", "body": body} for body in (GOOD, {"due": SOME_DAY})]
    answer = [{"success": {}}, {"error": {"code": "22007", "error": "invalid input syntax"}}]
    asked = bare(200, "", "POST", "/batch", body={"requests": parts}, answer=answer)
    assert [finding.rule for finding in findings(talk(backends), (), asked)] == ["date"]


def test_a_query_by_a_field_of_another_class_is_no_comparison_of_types(backends):
    stored = worked("POST", "/classes/Other", {"objectId": "o"}, body={"likes": 1})
    assert findings(talk(backends), [stored], find({"likes": "many"}, 1, ERROR_500)) == ()
