"""The table: every situation that a run plays, in order. Add a line to add a situation.

What is expected comes from what the situation provokes, from Parse's table of codes and from Parse Server's source, never
from what the addon says. Lines that prepare (sign-ups, schemas) are successes, and as such are expected to yield no error.
"""

# One situation a line reads as a table; wrapped it would be four times as long.
# ruff: noqa: E501
# fmt: off

from typing import Any

from .codes import NAMES
from .driver import Fault, Situation
from .harness import APP_ID, KEYS

UNKNOWN_ID = "aaaaaaaaaa"
JSON = {"Content-Type": "application/json"}
TEXT = {"Content-Type": "text/plain"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "X-Requested-With": "XMLHttpRequest"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=part"}


def ok(name: str, method: str, path: str, body: Any = None, status: int = 200, **more) -> Situation:
    """A success, or what looks like an error and is none."""
    return Situation(name, method, _under(path), status, body=body, **more)


def err(name: str, method: str, path: str, code: int | str | None, names: str = "", body: Any = None, **more) -> Situation:
    """An answer that as a whole is one error. `names` are the acceptable names, parted by blanks."""
    status = more.pop("status", {1: 500, 101: 404, None: 403}.get(code, 400))
    return Situation(name, method, _under(path), status, (Fault(code, tuple(names.split())),), body=body, **more)


def where(condition: Any, **more) -> dict:
    """The query part of a URL that asks for objects."""
    return {"where": condition, **more}


def batch(name: str, requests: list, faults: tuple[Fault, ...] = (), transaction: bool = False, **more) -> Situation:
    """A batch that is answered with 200; `requests` are method, path and body; faults name their item by index."""
    items = [{"method": method, "path": f"/parse{path}", "body": body} for method, path, body in requests]
    return Situation(name, "POST", "/parse/batch", 200, faults, body={"requests": items, **({"transaction": True} if transaction else {})}, **more)


def graphql(name: str, query: str, faults: tuple[Fault, ...] = (), variables: dict | None = None, status: int = 200, **more) -> Situation:
    """A GraphQL call; faults name their place in the list of errors by index."""
    body = {"query": query, **({"variables": variables} if variables else {})}
    return Situation(name, "POST", "/graphql", status, faults, body=body, **more)


def sdk(name: str, method: str, path: str, body: dict, status: int = 200, code: int | None = None, names: str = "", **more) -> Situation:
    """As the JavaScript SDK speaks: POST, text/plain, and all that matters in the body."""
    envelope = {
        "_method": method,
        "_ApplicationId": APP_ID,
        "_JavaScriptKey": KEYS["javascriptKey"],
        "_ClientVersion": "js8.6.0",
        "_InstallationId": "1d7f3a52-0000-4000-8000-000000000001",
    }
    faults = (Fault(code, tuple(names.split())),) if code is not None else ()
    return Situation(name, "POST", _under(path), status, faults, body=envelope | body, key="none", headers=TEXT, **more)


def live(name: str, frames: list, faults: tuple[Fault, ...] = (), **more) -> Situation:
    """A LiveQuery connection: the messages sent, of which each is answered by one; faults name the answer by index."""
    return Situation(name, "GET", "/parse", 101, faults, frames=tuple(frames), **more)


def _under(path: str) -> str:
    return path if path.startswith(("/graphql", "/welcome", "http")) else f"/parse{path}"


USER = {"session": "${alice_session}"}
OTHER = {"session": "${bob_session}"}
MASTER = {"key": "master"}

OPEN = {"*": True}
COMMON = {"find": OPEN, "get": OPEN, "count": OPEN, "create": OPEN, "update": OPEN, "delete": OPEN, "addField": {}}
NOTE_FIELDS = {
    "title": {"type": "String"},
    "likes": {"type": "Number"},
    "done": {"type": "Boolean"},
    "due": {"type": "Date"},
    "owner": {"type": "Pointer", "targetClass": "_User"},
    "readers": {"type": "Relation", "targetClass": "_User"},
    "place": {"type": "GeoPoint"},
    "area": {"type": "Polygon"},
    "tags": {"type": "Array"},
    "meta": {"type": "Object"},
    "picture": {"type": "File"},
}


def schema(name: str, fields: dict, permissions: dict) -> dict:
    """The body that makes a class, as /schemas takes it."""
    return {"className": name, "fields": fields, "classLevelPermissions": permissions}


TITLE = {"title": {"type": "String"}}

PREPARE = [
    ok("health", "GET", "/health", key="none"),
    ok("schema-note", "POST", "/schemas", schema("Note", NOTE_FIELDS, COMMON), **MASTER),
    ok("schema-vault", "POST", "/schemas", schema("Vault", TITLE, {**COMMON, "find": {}, "get": {}, "delete": {}}), **MASTER),
    ok("schema-members", "POST", "/schemas", schema("Members", TITLE, {**COMMON, "find": {"requiresAuthentication": True}, "get": {"requiresAuthentication": True}}), **MASTER),
    ok("schema-guarded", "POST", "/schemas", schema("Guarded", TITLE, COMMON), **MASTER),
    ok("schema-checked", "POST", "/schemas", schema("Checked", TITLE, COMMON), **MASTER),
    ok("schema-shielded", "POST", "/schemas", schema("Shielded", {**TITLE, "salary": {"type": "Number"}}, {**COMMON, "protectedFields": {"*": ["salary"]}}), **MASTER),
    ok("schema-incident", "POST", "/schemas", schema("Incident", {"code": {"type": "Number"}, "error": {"type": "String"}, "message": {"type": "String"}}, COMMON), **MASTER),
    ok("schema-empty", "POST", "/schemas", schema("Passing", TITLE, COMMON), **MASTER),
    ok("sign-up-alice", "POST", "/users", {"username": "alice", "password": "made-up-pass-1", "email": "alice@example.org"}, 201, keep={"alice_id": "objectId", "alice_session": "sessionToken"}),
    ok("sign-up-bob", "POST", "/users", {"username": "bob", "password": "made-up-pass-2", "email": "bob@example.org"}, 201, keep={"bob_id": "objectId", "bob_session": "sessionToken"}),
    ok("sign-up-carol", "POST", "/users", {"username": "carol", "password": "made-up-pass-3"}, 201, keep={"carol_id": "objectId", "carol_session": "sessionToken"}),
    ok("sign-up-barred", "POST", "/users", {"username": "barred", "password": "made-up-pass-4"}, 201),
    ok("sign-up-unverified", "POST", "/users", {"username": "unverified1", "password": "made-up-pass-5", "email": "unverified@example.org"}, 201),
    ok("create-note", "POST", "/classes/Note", {"title": "Milk", "likes": 1, "tags": ["shop"]}, 201, keep={"note_id": "objectId"}, **USER),
    ok("create-private-note", "POST", "/classes/Note", {"title": "Diary", "ACL": {"${alice_id}": {"read": True, "write": True}}}, 201, keep={"private_id": "objectId"}, **USER),
    ok("create-readable-note", "POST", "/classes/Note", {"title": "Poster", "ACL": {"*": {"read": True}, "${alice_id}": {"read": True, "write": True}}}, 201, keep={"readable_id": "objectId"}, **USER),
    ok("create-vault", "POST", "/classes/Vault", {"title": "Gold"}, 201, keep={"vault_id": "objectId"}),
    ok("create-member", "POST", "/classes/Members", {"title": "First"}, 201, keep={"member_id": "objectId"}),
    ok("create-guarded", "POST", "/classes/Guarded", {"title": "fine"}, 201, keep={"guarded_id": "objectId"}),
]

# Answers without a code: the door of the server.
DOOR = [
    err("no-app-id", "GET", "/classes/Note", None, key="none"),
    err("unknown-app-id", "GET", "/classes/Note", None, key="none", headers={"X-Parse-Application-Id": "another-app", "X-Parse-REST-API-Key": KEYS["restKey"]}),
    err("no-client-key", "GET", "/classes/Note", None, key="app"),
    err("wrong-client-key", "GET", "/classes/Note", None, key="app", headers={"X-Parse-REST-API-Key": "made-up-wrong-key"}, record=False),
    err("app-id-in-basic-authorization-unknown", "GET", "/classes/Note", None, key="none", headers={"Authorization": "Basic YW5vdGhlci1hcHA6bWFkZS11cA=="}, record=False),
    ok("basic-authorization", "GET", "/classes/Note", key="none", query={"limit": 1}, headers={"Authorization": "Basic bm90ZXMtYXBwOm1hZGUtdXAtbWFzdGVyLWtleQ=="}),
    err("master-key-from-foreign-address", "GET", "/classes/Note", None, headers={"X-Forwarded-For": "203.0.113.7"}, **MASTER),
    err("maintenance-key-from-foreign-address", "GET", "/classes/Note", None, headers={"X-Forwarded-For": "203.0.113.7"}, key="maintenance", record=False),
    err("master-only-schemas", "GET", "/schemas", None),
    err("master-only-schemas-wrong-master-key", "GET", "/schemas", None, headers={"X-Parse-Master-Key": "made-up-wrong-key"}),
    err("master-only-config-write", "PUT", "/config", None, "", {"params": {"limit": 3}}),
    err("master-only-push", "POST", "/push", None, "", {"channels": ["news"], "data": {"alert": "Hi"}}),
    err("master-only-job", "POST", "/jobs/tidy", None, "", {}),
    err("master-only-hooks", "GET", "/hooks/functions", None, record=False),
    err("master-only-aggregate", "GET", "/aggregate/Note", None),
    err("master-only-server-info", "GET", "/serverInfo", None, record=False),
    err("master-only-purge", "DELETE", "/purge/Note", None, record=False),
    err("master-only-logs", "GET", "/scriptlog", None, record=False),
    err("master-only-file-deletion", "DELETE", "/files/some.txt", None, record=False),
    err("malformed-json", "POST", "/classes/Note", None, "", b'{"title": "Milk",}', headers=JSON, status=400),
    err("unclosed-json", "POST", "/functions/hello", None, "", b'{"amount": 3', headers=JSON, status=400, record=False),
    err("json-is-a-string", "POST", "/functions/hello", None, "", b'"hello"', headers=JSON, status=400),
    err("body-too-large", "POST", "/classes/Note", None, "", {"title": "x" * 9_000}, status=413),
    err("unsupported-charset", "POST", "/classes/Note", None, "", b'{"title": "Milk"}', headers={"Content-Type": "application/json; charset=klingon"}, status=415),
    err("unsupported-encoding", "POST", "/classes/Note", None, "", b'{"title": "Milk"}', headers={**JSON, "Content-Encoding": "snappy"}, status=415, record=False),
    err("context-is-no-json", "GET", "/classes/Note", 107, "InvalidJSON", headers={"X-Parse-Cloud-Context": "nonsense"}),
    err("context-is-an-array", "GET", "/classes/Note", 107, "InvalidJSON", headers={"X-Parse-Cloud-Context": "[1]"}, record=False),
    err("unknown-route", "GET", "/nowhere", None, status=404),
    err("unknown-method", "PATCH", "/classes/Note/" + UNKNOWN_ID, None, "", {"likes": 1}, status=404),
    ok("preflight", "OPTIONS", "/classes/Note", key="none", headers={"Origin": "https://notes.example.org", "Access-Control-Request-Method": "POST"}),
    ok("html-page", "GET", "/welcome", key="none"),
]

OBJECTS = [
    ok("get-note", "GET", "/classes/Note/${note_id}"),
    ok("update-note", "PUT", "/classes/Note/${note_id}", {"likes": {"__op": "Increment", "amount": 1}}),
    ok("query-notes", "GET", "/classes/Note", query=where({"title": "Milk"})),
    ok("query-unknown-id", "GET", "/classes/Note", query=where({"objectId": UNKNOWN_ID})),
    ok("count-notes", "GET", "/classes/Note", query={"count": "1", "limit": "0"}),
    ok("query-gzipped", "GET", "/classes/Note", query={"limit": 2}, headers={"Accept-Encoding": "gzip"}),
    ok("incident-with-code-and-error", "POST", "/classes/Incident", {"code": 101, "error": "Object not found.", "message": "as told by a user"}, 201, keep={"incident_id": "objectId"}),
    ok("get-incident", "GET", "/classes/Incident/${incident_id}"),
    ok("query-incidents", "GET", "/classes/Incident"),
    err("get-unknown-note", "GET", "/classes/Note/" + UNKNOWN_ID, 101, "ObjectNotFound"),
    err("get-unknown-note-gzipped", "GET", "/classes/Note/" + UNKNOWN_ID, 101, "ObjectNotFound", headers={"Accept-Encoding": "gzip"}),
    err("update-unknown-note", "PUT", "/classes/Note/" + UNKNOWN_ID, 101, "ObjectNotFound", {"likes": 1}),
    err("delete-unknown-note", "DELETE", "/classes/Note/" + UNKNOWN_ID, 101, "ObjectNotFound"),
    err("get-others-private-note", "GET", "/classes/Note/${private_id}", 101, "ObjectNotFound", **OTHER),
    err("update-others-readable-note", "PUT", "/classes/Note/${readable_id}", 101, "ObjectNotFound", {"likes": 1}, **OTHER),
    err("delete-others-readable-note", "DELETE", "/classes/Note/${readable_id}", 101, "ObjectNotFound", **OTHER),
    err("update-with-ended-session", "PUT", "/classes/Note/${note_id}", 209, "InvalidSessionToken", {"likes": 1}, session="r:00000000000000000000000000000000"),
    err("create-with-malformed-session", "POST", "/classes/Note", 209, "InvalidSessionToken", {"title": "x"}, session="not-a-session"),
    err("create-wrong-type", "POST", "/classes/Note", 111, "IncorrectType", {"title": "x", "likes": "three"}),
    err("update-wrong-type", "PUT", "/classes/Note/${note_id}", 111, "IncorrectType", {"title": 3}, record=False),
    err("create-wrong-pointer-class", "POST", "/classes/Note", 111, "IncorrectType", {"owner": {"__type": "Pointer", "className": "Vault", "objectId": UNKNOWN_ID}}),
    err("create-incomplete-date", "POST", "/classes/Note", 111, "IncorrectType", {"due": {"__type": "Date"}}),
    err("create-incomplete-geopoint", "POST", "/classes/Note", 111, "IncorrectType", {"place": {"__type": "GeoPoint", "latitude": 1}}, record=False),
    err("create-unknown-type", "POST", "/classes/Note", 111, "IncorrectType", {"meta": {"__type": "Colour", "red": 1}}, record=False),
    err("create-new-field-refused", "POST", "/classes/Note", 119, "OperationForbidden", {"colour": "red"}),
    err("create-class-refused", "POST", "/classes/Novelty", 119, "OperationForbidden", {"title": "x"}),
    err("create-invalid-class-name", "POST", "/classes/1note", 107, "InvalidJSON", {"title": "x"}, **MASTER),
    err("create-invalid-class-name-as-client", "POST", "/classes/my-notes", 119, "OperationForbidden", {"title": "x"}),
    err("query-invalid-class-name", "GET", "/classes/my-notes", 119, "OperationForbidden"),
    err("query-unknown-class", "GET", "/classes/Novelty", 119, "OperationForbidden"),
    ok("query-unknown-class-as-master", "GET", "/classes/Novelty", **MASTER),
    err("create-with-object-id", "POST", "/classes/Note", 105, "InvalidFieldName", {"objectId": "mynoteid01", "title": "x"}),
    err("create-with-id", "POST", "/classes/Note", 105, "InvalidFieldName", {"id": "mynoteid01", "title": "x"}, record=False),
    err("create-invalid-field-name", "POST", "/classes/Note", 105, "InvalidFieldName", {"my-title": "x"}, **MASTER),
    err("update-invalid-field-name", "PUT", "/classes/Note/${note_id}", 105, "InvalidFieldName", {"my title": "x"}, **MASTER, record=False),
    err("create-prohibited-keyword", "POST", "/classes/Note", 105, "InvalidFieldName", {"meta": {"_bsontype": "Code"}}),
    err("create-nested-dollar", "POST", "/classes/Note", 121, "InvalidNestedKey", {"meta": {"$price": 1}}),
    err("create-nested-dot", "POST", "/classes/Note", 121, "InvalidNestedKey", {"meta": {"a.b": 1}}, record=False),
    err("update-nested-dollar", "PUT", "/classes/Note/${note_id}", 121, "InvalidNestedKey", {"meta": {"$price": 1}}, record=False),
    err("create-invalid-acl", "POST", "/classes/Note", 123, "InvalidACL", {"ACL": {"*unresolved": {"read": True}}}),
    err("update-unknown-operation", "PUT", "/classes/Note/${note_id}", 1, "InternalServerError", {"likes": {"__op": "Explode"}}),
    err("create-unknown-operation", "POST", "/classes/Note", 1, "InternalServerError", {"likes": {"__op": "Explode"}}, record=False),
    err("create-add-no-array", "POST", "/classes/Note", 107, "InvalidJSON", {"tags": {"__op": "Add", "objects": "shop"}}),
    err("update-increment-by-text", "PUT", "/classes/Note/${note_id}", 1, "InternalServerError", {"likes": {"__op": "Increment", "amount": "one"}}),
    err("vault-find", "GET", "/classes/Vault", 119, "OperationForbidden"),
    err("vault-get", "GET", "/classes/Vault/${vault_id}", 119, "OperationForbidden", record=False),
    err("vault-delete", "DELETE", "/classes/Vault/${vault_id}", 119, "OperationForbidden"),
    err("members-find-logged-out", "GET", "/classes/Members", 101, "ObjectNotFound"),
    err("members-get-logged-out", "GET", "/classes/Members/${member_id}", 101, "ObjectNotFound"),
    ok("members-find-logged-in", "GET", "/classes/Members", **USER),
    err("shielded-query-by-protected-field", "GET", "/classes/Shielded", 119, "OperationForbidden", query=where({"salary": {"$gt": 1}})),
    err("shielded-sort-by-protected-field", "GET", "/classes/Shielded", 119, "OperationForbidden", query={"order": "salary"}),
    err("guarded-coded", "POST", "/classes/Guarded", 9004, "", {"title": "coded"}),
    err("guarded-plain", "POST", "/classes/Guarded", 141, "ScriptFailed", {"title": "plain"}),
    err("guarded-broken", "POST", "/classes/Guarded", 141, "ScriptFailed", {"title": "broken"}),
    err("guarded-delete", "DELETE", "/classes/Guarded/${guarded_id}", 119, "OperationForbidden"),
    err("guarded-find", "GET", "/classes/Guarded", 141, "ScriptFailed", query=where({"title": "secret"})),
    err("checked-field-missing", "POST", "/classes/Checked", 142, "ValidationFailed", {}),
    err("system-class-write", "POST", "/classes/_JobStatus", 119, "OperationForbidden", {"title": "x"}),
    err("system-class-read", "GET", "/classes/_GlobalConfig", 119, "OperationForbidden"),
    err("system-class-hooks", "GET", "/classes/_Hooks", 119, "OperationForbidden", record=False),
    err("read-only-master-key-write", "POST", "/classes/Note", 119, "OperationForbidden", {"title": "x"}, key="read-only"),
    err("idempotent-first", "POST", "/classes/Note", 105, "InvalidFieldName", {"id": "x"}, headers={"X-Parse-Request-Id": "4d7e0000-0000-4000-8000-000000000000"}),
    ok("idempotent-create", "POST", "/classes/Note", {"title": "once"}, 201, headers={"X-Parse-Request-Id": "4d7e0000-0000-4000-8000-000000000001"}),
    err("idempotent-create-again", "POST", "/classes/Note", 159, "DuplicateRequest", {"title": "once"}, headers={"X-Parse-Request-Id": "4d7e0000-0000-4000-8000-000000000001"}),
    ok("idempotent-function", "POST", "/functions/hello", {}, headers={"X-Parse-Request-Id": "4d7e0000-0000-4000-8000-000000000002"}, record=False),
    err("idempotent-function-again", "POST", "/functions/hello", 159, "DuplicateRequest", {}, headers={"X-Parse-Request-Id": "4d7e0000-0000-4000-8000-000000000002"}, record=False),
]


def refused_query(name: str, condition: Any, code: int | str, names: str, **more) -> Situation:
    """A query of Note that the server refuses for its condition."""
    return err(f"query-{name}", "GET", "/classes/Note", code, names, query=where(condition), **more)


DEEP: Any = {"title": "x"}
for _ in range(10):
    DEEP = {"$or": [DEEP]}

QUERIES = [
    err("query-where-is-no-json", "GET", "/classes/Note", 107, "InvalidJSON", query={"where": "{title: 'Milk'}"}, versions=(9,)),
    err("query-where-is-no-json", "GET", "/classes/Note", 1, "InternalServerError", query={"where": "{title: 'Milk'}"}, versions=(8,)),
    err("query-unknown-parameter", "GET", "/classes/Note", 102, "InvalidQuery", query={"filter": "{}"}),
    err("get-unknown-parameter", "GET", "/classes/Note/${note_id}", 102, "InvalidQuery", query={"where": "{}"}),
    refused_query("or-no-array", {"$or": {"title": "x"}}, 102, "InvalidQuery"),
    refused_query("and-no-array", {"$and": "x"}, 102, "InvalidQuery", record=False),
    refused_query("nor-empty", {"$nor": []}, 102, "InvalidQuery"),
    refused_query("regex-no-string", {"title": {"$regex": 3}}, 102, "InvalidQuery", versions=(9,)),
    refused_query("regex-no-string", {"title": {"$regex": 3}}, 1, "InternalServerError", versions=(8,)),
    refused_query("regex-bad-options", {"title": {"$regex": "M", "$options": "q"}}, 102, "InvalidQuery"),
    refused_query("regex-broken", {"title": {"$regex": "M["}}, 1, "InternalServerError"),
    refused_query("unknown-operator", {"title": {"$resembles": "M"}}, 119, "OperationForbidden"),
    refused_query("invalid-key", {"my-title": "x"}, 105, "InvalidFieldName"),
    refused_query("in-no-array", {"title": {"$in": "x"}}, 107, "InvalidJSON"),
    refused_query("nin-no-array", {"title": {"$nin": "x"}}, 107, "InvalidJSON", record=False),
    refused_query("contained-by-no-array", {"tags": {"$containedBy": "x"}}, 107, "InvalidJSON"),
    refused_query("text-no-object", {"title": {"$text": {"$search": "x"}}}, 107, "InvalidJSON"),
    refused_query("text-term-no-string", {"title": {"$text": {"$search": {"$term": 3}}}}, 107, "InvalidJSON", record=False),
    refused_query("geo-within-wrong", {"place": {"$geoWithin": {"$polygon": "x"}}}, 107, "InvalidJSON"),
    refused_query("geo-within-two-points", {"place": {"$geoWithin": {"$polygon": [{"__type": "GeoPoint", "latitude": 1, "longitude": 1}]}}}, 107, "InvalidJSON", record=False),
    refused_query("geo-intersects-wrong", {"area": {"$geoIntersects": {"$point": "x"}}}, 107, "InvalidJSON"),
    refused_query("relative-time-wrong", {"due": {"$gt": {"$relativeTime": "soonish"}}}, 107, "InvalidJSON"),
    refused_query("relative-time-equal", {"due": {"$ne": {"$relativeTime": "1 day ago"}}}, 107, "InvalidJSON", record=False),
    refused_query("in-query-improper", {"owner": {"$inQuery": {"where": {}}}}, 102, "InvalidQuery"),
    refused_query("not-in-query-improper", {"owner": {"$notInQuery": {"where": {}}}}, 102, "InvalidQuery", record=False),
    refused_query("select-improper", {"title": {"$select": {"key": "title"}}}, 102, "InvalidQuery"),
    refused_query("dont-select-improper", {"title": {"$dontSelect": {"key": "title"}}}, 102, "InvalidQuery", record=False),
    refused_query("acl", {"ACL": {"*": {"read": True}}}, 102, "InvalidQuery"),
    refused_query("too-deep", DEEP, 102, "InvalidQuery"),
    refused_query("text-for-number", {"likes": "many"}, 1, "InternalServerError"),
    refused_query("bad-date", {"due": {"$gt": {"__type": "Date", "iso": "some day"}}}, 1, "InternalServerError"),
    refused_query("related-to-improper", {"$relatedTo": "x"}, 1, "InternalServerError"),
    err("query-order-invalid", "GET", "/classes/Note", 105, "InvalidFieldName", query={"order": "my-title"}),
    err("query-limit-negative", "GET", "/classes/Note", 1, "InternalServerError", query={"limit": "-1"}),
    err("query-limit-no-number", "GET", "/classes/Note", 1, "InternalServerError", query={"limit": "many"}),
    err("query-skip-negative", "GET", "/classes/Note", 1, "InternalServerError", query={"skip": "-1"}, record=False),
    err("query-include-too-deep", "GET", "/classes/Note", 102, "InvalidQuery", query={"include": "a.b.c.d.e.f.g"}),
    err("query-explain", "GET", "/classes/Note", 102, "InvalidQuery", query={"explain": "true"}, versions=(9,)),
    ok("query-explain", "GET", "/classes/Note", query={"explain": "true"}, versions=(8,)),
    ok("query-include-unknown", "GET", "/classes/Note", query={"include": "nothing", "keys": "title"}),
    ok("aggregate", "GET", "/aggregate/Note", query={"$group": {"_id": "$title"}}, **MASTER),
    err("aggregate-stage-with-two-keys", "GET", "/aggregate/Note", 102, "InvalidQuery", query={"pipeline": [{"$match": {}, "$limit": 1}]}, **MASTER),
    err("aggregate-group-by-object-id", "GET", "/aggregate/Note", 102, "InvalidQuery", query={"pipeline": [{"$group": {"objectId": "$title"}}]}, **MASTER),
    err("aggregate-group-without-id", "GET", "/aggregate/Note", 102, "InvalidQuery", query={"pipeline": [{"$group": {"total": {"$sum": 1}}}]}, **MASTER, record=False),
]

USERS = [
    err("sign-up-no-username", "POST", "/users", 200, "UsernameMissing", {"password": "made-up-pass-9"}),
    err("sign-up-empty-username", "POST", "/users", 200, "UsernameMissing", {"username": "", "password": "made-up-pass-9"}, record=False),
    err("sign-up-no-password", "POST", "/users", 201, "PasswordMissing", {"username": "dave"}),
    err("sign-up-username-taken", "POST", "/users", 202, "UsernameTaken", {"username": "alice", "password": "made-up-pass-9"}),
    err("sign-up-email-taken", "POST", "/users", 203, "UserEmailTaken", {"username": "dave", "password": "made-up-pass-9", "email": "alice@example.org"}),
    err("sign-up-invalid-email", "POST", "/users", 125, "InvalidEmailAddress", {"username": "dave", "password": "made-up-pass-9", "email": "dave.example.org"}),
    err("sign-up-weak-password", "POST", "/users", 142, "ValidationFailed", {"username": "dave", "password": "weak"}),
    err("sign-up-password-holds-username", "POST", "/users", 142, "ValidationFailed", {"username": "dave", "password": "dave-12345"}),
    err("sign-up-unknown-provider", "POST", "/users", 252, "UnsupportedService", {"authData": {"carrierpigeon": {"id": "7"}}}),
    err("sign-up-provider-refuses", "POST", "/users", 101, "UserInvalidLoginParams", {"authData": {"badge": {"id": "7", "token": "stale"}}}),
    err("sign-up-facebook-garbage", "POST", "/users", 101, "UserInvalidLoginParams", {"authData": {"facebook": {"id": "7", "token": "garbage"}}}),
    err("sign-up-google-garbage", "POST", "/users", 101, "UserInvalidLoginParams", {"authData": {"google": {"id": "7", "id_token": "garbage"}}}, record=False),
    err("sign-up-google-no-token", "POST", "/users", 101, "UserInvalidLoginParams", {"authData": {"google": {"id": "7"}}}),
    err("sign-up-apple-garbage", "POST", "/users", 101, "UserInvalidLoginParams", {"authData": {"apple": {"id": "7", "token": "garbage"}}}, record=False),
    ok("sign-up-anonymous", "POST", "/users", {"authData": {"anonymous": {"id": "5f0c1de0-0000-4000-8000-000000000001"}}}, 201, keep={"anonymous_session": "sessionToken"}),
    ok("sign-up-with-badge", "POST", "/users", {"authData": {"badge": {"id": "11", "token": "valid"}}}, 201),
    err("link-badge-of-another", "PUT", "/users/${bob_id}", 208, "AccountAlreadyLinked", {"authData": {"badge": {"id": "11", "token": "valid"}}}, **OTHER),
    # The server turns each 101 of an update of a user into 206.
    err("link-refused-badge", "PUT", "/users/${bob_id}", 206, "SessionMissing", {"authData": {"badge": {"id": "12", "token": "stale"}}}, **OTHER),
    ok("log-in", "GET", "/login", query={"username": "alice", "password": "made-up-pass-1"}),
    ok("log-in-by-post", "POST", "/login", {"username": "carol", "password": "made-up-pass-3"}, keep={"carol_second": "sessionToken"}),
    err("log-in-no-username", "POST", "/login", 200, "UsernameMissing", {"password": "made-up-pass-1"}),
    err("log-in-no-password", "POST", "/login", 201, "PasswordMissing", {"username": "alice"}),
    err("log-in-wrong-password", "POST", "/login", 101, "UserInvalidLoginParams", {"username": "alice", "password": "made-up-wrong"}),
    err("log-in-wrong-password-in-url", "GET", "/login", 101, "UserInvalidLoginParams", query={"username": "alice", "password": "made-up-wrong"}, record=False),
    err("log-in-unknown-user", "POST", "/login", 101, "UserInvalidLoginParams", {"username": "nobody", "password": "made-up-wrong"}),
    err("log-in-password-no-string", "POST", "/login", 101, "UserInvalidLoginParams", {"username": "alice", "password": {"$gt": ""}}),
    err("log-in-unverified", "POST", "/login", 205, "UserWithEmailNotFound", {"username": "unverified1", "password": "made-up-pass-5"}),
    err("log-in-barred", "POST", "/login", 9005, "", {"username": "barred", "password": "made-up-pass-4"}),
    err("log-in-lock-1", "POST", "/login", 101, "UserInvalidLoginParams", {"username": "carol", "password": "made-up-wrong"}, record=False),
    err("log-in-lock-2", "POST", "/login", 101, "UserInvalidLoginParams", {"username": "carol", "password": "made-up-wrong"}, record=False),
    err("log-in-lock-3", "POST", "/login", 101, "UserInvalidLoginParams", {"username": "carol", "password": "made-up-wrong"}),
    err("log-in-locked", "POST", "/login", 101, "UserInvalidLoginParams", {"username": "carol", "password": "made-up-pass-3"}),
    ok("verify-password", "POST", "/verifyPassword", {"username": "alice", "password": "made-up-pass-1"}),
    err("verify-password-wrong", "POST", "/verifyPassword", 101, "UserInvalidLoginParams", {"username": "alice", "password": "made-up-wrong"}),
    err("verify-password-no-password", "GET", "/verifyPassword", 201, "PasswordMissing", query={"username": "alice"}, record=False),
    ok("log-in-as", "POST", "/loginAs", {"userId": "${alice_id}"}, **MASTER),
    err("log-in-as-without-master-key", "POST", "/loginAs", 119, "OperationForbidden", {"userId": "${alice_id}"}),
    err("log-in-as-empty", "POST", "/loginAs", 162, "InvalidValue", {"userId": ""}, **MASTER),
    err("log-in-as-unknown", "POST", "/loginAs", 101, "ObjectNotFound", {"userId": UNKNOWN_ID}, **MASTER),
    ok("users-me", "GET", "/users/me", **USER),
    err("users-me-logged-out", "GET", "/users/me", 209, "InvalidSessionToken"),
    err("users-me-ended-session", "GET", "/users/me", 209, "InvalidSessionToken", session="r:11111111111111111111111111111111"),
    err("get-unknown-user", "GET", "/users/" + UNKNOWN_ID, 101, "ObjectNotFound"),
    err("update-user-logged-out", "PUT", "/users/${alice_id}", 206, "SessionMissing", {"nickname": "Al"}),
    err("update-other-user", "PUT", "/users/${alice_id}", 206, "SessionMissing", {"nickname": "Al"}, **OTHER),
    err("delete-user-logged-out", "DELETE", "/users/${alice_id}", 206, "SessionMissing"),
    err("delete-other-user", "DELETE", "/users/${alice_id}", 206, "SessionMissing", **OTHER),
    err("update-user-email-taken", "PUT", "/users/${bob_id}", 203, "UserEmailTaken", {"email": "alice@example.org"}, **OTHER),
    err("update-user-username-taken", "PUT", "/users/${bob_id}", 202, "UsernameTaken", {"username": "alice"}, **OTHER, record=False),
    err("update-user-invalid-email", "PUT", "/users/${bob_id}", 125, "InvalidEmailAddress", {"email": "bob"}, **OTHER),
    err("update-user-same-password", "PUT", "/users/${bob_id}", 142, "ValidationFailed", {"password": "made-up-pass-2"}, **OTHER),
    err("update-user-email-verified", "PUT", "/users/${bob_id}", 119, "OperationForbidden", {"emailVerified": True}, **OTHER),
    err("password-reset-no-email", "POST", "/requestPasswordReset", 204, "UserEmailMissing", {}),
    err("password-reset-unknown-email", "POST", "/requestPasswordReset", 101, "ObjectNotFound", {"email": "nobody@example.org"}),
    err("password-reset-email-no-string", "POST", "/requestPasswordReset", 125, "InvalidEmailAddress", {"email": 7}),
    err("password-reset-token-no-string", "POST", "/requestPasswordReset", 162, "InvalidValue", {"token": 7}),
    ok("password-reset", "POST", "/requestPasswordReset", {"email": "alice@example.org"}),
    err("verification-email-no-email", "POST", "/verificationEmailRequest", 204, "UserEmailMissing", {}),
    err("verification-email-no-string", "POST", "/verificationEmailRequest", 125, "InvalidEmailAddress", {"email": 7}, record=False),
    err("verification-email-unknown", "POST", "/verificationEmailRequest", 205, "UserWithEmailNotFound", {"email": "nobody@example.org"}),
    err("challenge-nothing", "POST", "/challenge", -1, "OtherCause", {}),
    err("challenge-no-object", "POST", "/challenge", -1, "OtherCause", {"challengeData": "x"}, record=False),
    err("challenge-wrong-password", "POST", "/challenge", 101, "UserInvalidLoginParams", {"username": "alice", "password": "made-up-wrong", "challengeData": {"mfa": {}}}),
    err("mfa-set-up-invalid", "PUT", "/users/${bob_id}", 141, "ScriptFailed", {"authData": {"mfa": {"secret": "short", "token": "000000"}}}, **OTHER),
    ok("mfa-set-up", "PUT", "/users/${bob_id}", {"authData": {"mfa": {"secret": "${totp_secret}", "token": "${totp}"}}}, **OTHER),
    err("mfa-token-missing", "POST", "/login", -1, "OtherCause", {"username": "bob", "password": "made-up-pass-2"}),
    err("mfa-token-wrong", "POST", "/login", 141, "ScriptFailed", {"username": "bob", "password": "made-up-pass-2", "authData": {"mfa": {"token": "000000"}}}),
    ok("mfa-log-in", "POST", "/login", {"username": "bob", "password": "made-up-pass-2", "authData": {"mfa": {"token": "${totp}"}}}),
    ok("session-me", "GET", "/sessions/me", keep={"session_id": "objectId"}, **USER),
    err("session-me-logged-out", "GET", "/sessions/me", 209, "InvalidSessionToken"),
    err("session-me-ended", "GET", "/sessions/me", 209, "InvalidSessionToken", session="r:22222222222222222222222222222222", record=False),
    err("session-create-logged-out", "POST", "/sessions", 209, "InvalidSessionToken", {}),
    err("session-set-token", "PUT", "/sessions/${session_id}", 105, "InvalidFieldName", {"sessionToken": "r:made-up"}, **USER),
    err("session-set-acl", "PUT", "/sessions/${session_id}", 105, "InvalidFieldName", {"ACL": {}}, **USER, record=False),
    err("session-get-unknown", "GET", "/sessions/" + UNKNOWN_ID, 101, "ObjectNotFound", **USER),
    err("session-upgrade-logged-out", "POST", "/upgradeToRevocableSession", 101, "ObjectNotFound", {}),
    ok("log-out", "POST", "/logout", {}, session="${carol_second}"),
    err("query-after-log-out", "GET", "/classes/Note", 209, "InvalidSessionToken", session="${carol_second}"),
    ok("sign-up-dora", "POST", "/users", {"username": "dora", "password": "made-up-pass-6"}, 201, keep={"dora_id": "objectId", "dora_session": "sessionToken"}),
    ok("dora-session", "GET", "/sessions/me", session="${dora_session}", keep={"dora_session_id": "objectId"}),
    ok("session-is-made-old", "PUT", "/sessions/${dora_session_id}", {"expiresAt": {"__type": "Date", "iso": "2020-01-01T00:00:00.000Z"}}, **MASTER),
    err("users-me-expired-session", "GET", "/classes/Note", 209, "InvalidSessionToken", session="${dora_session}"),
    ok("password-is-made-old", "PUT", "/users/${dora_id}", {"_password_changed_at": {"__type": "Date", "iso": "2020-01-01T00:00:00.000Z"}}, key="maintenance"),
    err("log-in-password-expired", "POST", "/login", 101, "UserInvalidLoginParams", {"username": "dora", "password": "made-up-pass-6"}),
    err("reset-page-no-token", "POST", f"/apps/{APP_ID}/request_password_reset", -1, "OtherCause", b"username=alice&new_password=made-up-pass-8", key="none", headers=FORM),
    err("reset-page-no-password", "POST", f"/apps/{APP_ID}/request_password_reset", 201, "PasswordMissing", b"username=alice&token=made-up", key="none", headers=FORM),
    err("reset-page-stale-token", "POST", f"/apps/{APP_ID}/request_password_reset", -1, "OtherCause", b"username=alice&token=made-up&new_password=made-up-pass-8", key="none", headers=FORM),
    err("verify-page-stale-token", "GET", f"/apps/{APP_ID}/verify_email", None, status=200, key="none", query={"token": "made-up"}, versions=(9,)),
    err("verify-page-stale-token", "GET", f"/apps/{APP_ID}/verify_email", None, status=302, key="none", query={"token": "made-up"}, versions=(8,)),
    ok("log-out-logged-out", "POST", "/logout", {}),
    ok("create-role", "POST", "/roles", {"name": "editors", "ACL": {"*": {"read": True}}}, 201),
    err("create-role-again", "POST", "/roles", 137, "DuplicateValue", {"name": "editors", "ACL": {"*": {"read": True}}}),
    err("create-role-no-name", "POST", "/roles", 111, "IncorrectType", {"ACL": {"*": {"read": True}}}),
    err("create-role-no-acl", "POST", "/roles", 111, "IncorrectType", {"name": "authors"}),
    err("get-unknown-role", "GET", "/roles/" + UNKNOWN_ID, 101, "ObjectNotFound"),
]

FUNCTIONS = [
    ok("hello", "POST", "/functions/hello", {}),
    ok("hello-gzipped", "POST", "/functions/hello", {}, headers={"Accept-Encoding": "gzip"}, record=False),
    ok("report-of-an-error", "POST", "/functions/reportOfAnError", {}),
    ok("list-of-errors", "POST", "/functions/listOfErrors", {}),
    err("unknown-function", "POST", "/functions/goodbye", 141, "FunctionNotFound", {}),
    err("fail-plainly", "POST", "/functions/failPlainly", 141, "ScriptFailed", {}),
    err("fail-plainly-gzipped", "POST", "/functions/failPlainly", 141, "ScriptFailed", {}, headers={"Accept-Encoding": "gzip"}),
    err("fail-with-string", "POST", "/functions/failWithString", 141, "ScriptFailed", {}),
    err("fail-with-object", "POST", "/functions/failWithObject", 141, "ScriptFailed", {}),
    err("fail-with-coded-object", "POST", "/functions/failWithCodedObject", 141, "ScriptFailed", {}),
    err("fail-with-number", "POST", "/functions/failWithNumber", 141, "ScriptFailed", {}),
    err("fail-with-nothing", "POST", "/functions/failWithNothing", 141, "ScriptFailed", {}),
    err("fail-on-null", "POST", "/functions/failOnNull", 141, "ScriptFailed", {}),
    err("fail-with-object-message", "POST", "/functions/failWithObjectMessage", 141, "ScriptFailed", {}),
    err("fail-custom-code", "POST", "/functions/fail", 9001, "", {"code": 9001, "message": "The stock is empty."}),
    err("fail-text-code", "POST", "/functions/fail", "9001", "", {"code": "9001", "message": "The stock is empty."}),
    err("fail-word-code", "POST", "/functions/fail", "OUT_OF_STOCK", "", {"code": "OUT_OF_STOCK", "message": "The stock is empty."}),
    err("fail-text-documented-code", "POST", "/functions/fail", "137", "DuplicateValue", {"code": "137", "message": "This number is taken."}),
    err("fail-reserved-range", "POST", "/functions/fail", 5001, "", {"code": 5001, "message": "From a range that is kept free."}),
    err("fail-unicode-message", "POST", "/functions/fail", 9001, "", {"code": 9001, "message": "Kein Käse mehr \U0001f9c0"}),
    err("fail-empty-message", "POST", "/functions/fail", 9001, "", {"code": 9001, "message": ""}),
    err("validator-login-required", "POST", "/functions/membersOnly", 142, "ValidationFailed", {}),
    ok("validator-logged-in", "POST", "/functions/membersOnly", {}, **USER),
    err("validator-master-required", "POST", "/functions/masterOnly", 142, "ValidationFailed", {}),
    err("validator-field-missing", "POST", "/functions/needsAmount", 142, "ValidationFailed", {}),
    err("validator-field-type", "POST", "/functions/needsAmount", 142, "ValidationFailed", {"amount": "three"}, record=False),
    err("validator-field-value", "POST", "/functions/needsAmount", 142, "ValidationFailed", {"amount": -3}),
    err("validator-refuses", "POST", "/functions/validated", 142, "ValidationFailed", {"answer": 41}),
    err("validator-own-code", "POST", "/functions/validatedWithCode", 9003, "", {}),
    ok("limited-1", "POST", "/functions/limited", {}),
    ok("limited-2", "POST", "/functions/limited", {}),
    err("limited-3", "POST", "/functions/limited", 100, "TooManyRequests", {}, status=429),
    ok("limited-kindly-1", "POST", "/functions/limitedKindly", {}, record=False),
    err("limited-kindly-2", "POST", "/functions/limitedKindly", 100, "TooManyRequests", {}, status=429, record=False),
    err("multipart-too-large", "POST", "/functions/hello", 116, "ObjectTooLarge", b'--part\r\nContent-Disposition: form-data; name="text"\r\n\r\n' + b"x" * 9_000 + b"\r\n--part--\r\n", headers=MULTIPART, versions=(9,)),
    err("multipart-cut-short", "POST", "/functions/hello", 107, "InvalidJSON", b'--part\r\nContent-Disposition: form-data; name="text"\r\n\r\nx', headers=MULTIPART, versions=(9,)),
    ok("job", "POST", "/jobs/tidy", {}, **MASTER),
    ok("job-that-fails-later", "POST", "/jobs/breakDown", {}, **MASTER),
    err("unknown-job", "POST", "/jobs/untidy", 141, "JobNotFound", {}, **MASTER),
    err("unknown-job-by-body", "POST", "/jobs", 141, "JobNotFound", {"jobName": "untidy"}, **MASTER, record=False),
    err("schedule-unknown-job", "POST", "/cloud_code/jobs", 1, "InternalServerError", {"job_schedule": {"jobName": "untidy"}}, **MASTER),
]

# A function throws each documented code: what no real condition reaches, a decoder has to know all the same.
THROWN = [
    err(f"throw-{code}", "POST", "/functions/fail", code, " ".join(names), {"code": code, "message": f"Thrown on purpose with code {code}."}, record=False)
    for code, names in NAMES.items()
]

# The same in fewer flows, to keep the captures small.
THROWN_TOGETHER = [
    batch(
        f"throw-{codes[0]}-to-{codes[-1]}",
        [("POST", "/functions/fail", {"code": code, "message": f"Thrown on purpose with code {code}."}) for code in codes],
        tuple(Fault(code, NAMES[code], index) for index, code in enumerate(codes)),
    )
    for codes in (list(NAMES)[first : first + 20] for first in range(0, len(NAMES), 20))
]

FILES = [
    ok("upload", "POST", "/files/hello.txt", b"hello", 201, headers=TEXT, keep={"file_name": "name"}, **USER),
    ok("download", "GET", f"/files/{APP_ID}/${{file_name}}", key="none"),
    err("download-unknown", "GET", f"/files/{APP_ID}/nothing.txt", None, key="none", status=404),
    err("upload-public", "POST", "/files/hello.txt", 130, "FileSaveError", b"hello", headers=TEXT),
    err("upload-anonymous-user", "POST", "/files/hello.txt", 130, "FileSaveError", b"hello", headers=TEXT, session="${anonymous_session}"),
    err("upload-blocked-extension", "POST", "/files/page.html", 130, "FileSaveError", b"<p>hello", headers={"Content-Type": "text/html"}, **USER),
    err("upload-empty", "POST", "/files/empty.txt", 130, "FileSaveError", b"", headers=TEXT, **USER),
    err("upload-no-name", "POST", "/files", 122, "InvalidFileName", b"hello", headers=TEXT, **USER),
    err("upload-long-name", "POST", "/files/" + "n" * 140 + ".txt", 122, "InvalidFileName", b"hello", headers=TEXT, **USER),
    err("upload-forbidden-character", "POST", "/files/hello%24there.txt", 122, "InvalidFileName", b"hello", headers=TEXT, **USER),
    err("upload-too-large", "POST", "/files/large.txt", None, "", b"x" * 9_000, headers=TEXT, status=413, **USER),
    err("upload-refused-by-trigger", "POST", "/files/refused.txt", 9006, "", b"hello", headers=TEXT, **USER),
    err("upload-without-app-id", "POST", "/files/hello.txt", None, "", b"hello", headers=TEXT, key="none"),
    err("delete-unknown-file", "DELETE", "/files/nothing.txt", 153, "FileDeleteError", **MASTER),
    ok("delete-file", "DELETE", "/files/${file_name}", **MASTER),
    ok("file-metadata-unknown", "GET", f"/files/{APP_ID}/metadata/nothing.txt", key="none"),
]

INSTALLATION = {"deviceType": "ios", "installationId": "9a5b0000-0000-4000-8000-000000000001", "deviceToken": "a" * 64}
PUSH = {"data": {"alert": "Hi"}}

DEVICES = [
    ok("installation", "POST", "/installations", INSTALLATION, 201, keep={"installation_id": "objectId"}),
    err("installation-without-ids", "POST", "/installations", 135, "MissingRequiredFieldError", {"deviceType": "ios"}),
    err("installation-without-device-type", "POST", "/installations", 135, "MissingRequiredFieldError", {"installationId": "9a5b0000-0000-4000-8000-000000000002"}),
    err("installation-change-id", "PUT", "/installations/${installation_id}", 136, "ChangedImmutableFieldError", {"installationId": "9a5b0000-0000-4000-8000-000000000003"}),
    err("installation-change-device-type", "PUT", "/installations/${installation_id}", 136, "ChangedImmutableFieldError", {"deviceType": "android"}, record=False),
    err("installation-update-unknown", "PUT", "/installations/" + UNKNOWN_ID, 101, "ObjectNotFound", {"deviceType": "ios"}),
    err("installations-find-as-client", "GET", "/installations", 119, "OperationForbidden"),
    err("installation-delete-as-client", "DELETE", "/installations/${installation_id}", 119, "OperationForbidden"),
    ok("installation-of-one-app", "POST", "/installations", {"deviceType": "ios", "installationId": "9a5b0000-0000-4000-8000-000000000011", "deviceToken": "b" * 64, "appIdentifier": "org.example.one"}, 201),
    ok("installation-of-another-app", "POST", "/installations", {"deviceType": "ios", "installationId": "9a5b0000-0000-4000-8000-000000000012", "deviceToken": "b" * 64, "appIdentifier": "org.example.two"}, 201),
    err("installation-ambiguous", "POST", "/installations", 132, "InvalidInstallationIdError", {"deviceType": "ios", "deviceToken": "b" * 64}),
    ok("push", "POST", "/push", {"channels": ["news"], **PUSH}, **MASTER),
    err("push-channels-and-query", "POST", "/push", 115, "PushWhereAndChannels", {"channels": ["news"], "where": {}, **PUSH}, **MASTER),
    err("push-no-target", "POST", "/push", 115, "PushMissingChannels", PUSH, **MASTER),
    err("push-both-expirations", "POST", "/push", 115, "PushMisconfigured", {"where": {}, "expiration_time": 1, "expiration_interval": 1, **PUSH}, **MASTER),
    err("push-expiration-invalid", "POST", "/push", 115, "PushMisconfigured", {"where": {}, "expiration_time": "soon", **PUSH}, **MASTER),
    err("push-interval-invalid", "POST", "/push", 115, "PushMisconfigured", {"where": {}, "expiration_interval": -1, **PUSH}, **MASTER, record=False),
    err("push-time-invalid", "POST", "/push", 115, "PushMisconfigured", {"where": {}, "push_time": "soon", **PUSH}, **MASTER),
    ok("push-to-nobody", "POST", "/push", {"where": {"deviceType": "fridge"}, **PUSH}, **MASTER),
    err("push-read-only", "POST", "/push", 119, "OperationForbidden", {"channels": ["news"], **PUSH}, key="read-only"),
    ok("event", "POST", "/events/AppOpened", {}),
    err("purchase-no-receipt", "POST", "/validate_purchase", 107, "InvalidJSON", {"productIdentifier": "org.example.more"}),
]

SCHEMAS = [
    ok("schemas", "GET", "/schemas/Note", **MASTER),
    err("schema-exists", "POST", "/schemas/Note", 103, "InvalidClassName", schema("Note", TITLE, COMMON), **MASTER),
    err("schema-unknown", "GET", "/schemas/Novelty", 103, "InvalidClassName", **MASTER),
    err("schema-invalid-name", "POST", "/schemas/9lives", 103, "InvalidClassName", {"className": "9lives"}, **MASTER),
    err("schema-name-mismatch", "POST", "/schemas/Novelty", 103, "InvalidClassName", {"className": "Other"}, **MASTER),
    err("schema-no-name", "POST", "/schemas", 135, "MissingRequiredFieldError", {}, **MASTER),
    err("schema-invalid-type", "POST", "/schemas/Novelty", 111, "IncorrectType", {"fields": {"shade": {"type": "Colour"}}}, **MASTER),
    err("schema-pointer-without-class", "POST", "/schemas/Novelty", 135, "MissingRequiredFieldError", {"fields": {"shade": {"type": "Pointer"}}}, **MASTER),
    err("schema-pointer-to-invalid-class", "POST", "/schemas/Novelty", 103, "InvalidClassName", {"fields": {"shade": {"type": "Pointer", "targetClass": "9lives"}}}, **MASTER, record=False),
    err("schema-invalid-field", "POST", "/schemas/Novelty", 105, "InvalidFieldName", {"fields": {"my-shade": {"type": "String"}}}, **MASTER),
    err("schema-reserved-field", "POST", "/schemas/Novelty", 136, "ChangedImmutableFieldError", {"fields": {"createdAt": {"type": "String"}}}, **MASTER),
    err("schema-two-geopoints", "POST", "/schemas/Novelty", 111, "IncorrectType", {"fields": {"here": {"type": "GeoPoint"}, "there": {"type": "GeoPoint"}}}, **MASTER),
    err("schema-default-of-wrong-type", "POST", "/schemas/Novelty", 111, "IncorrectType", {"fields": {"shade": {"type": "String", "defaultValue": 3}}}, **MASTER),
    err("schema-add-existing-field", "PUT", "/schemas/Note", 255, "ClassNotEmpty", {"fields": {"title": {"type": "Number"}}}, **MASTER),
    err("schema-delete-unknown-field", "PUT", "/schemas/Note", 255, "ClassNotEmpty", {"fields": {"shade": {"__op": "Delete"}}}, **MASTER),
    err("schema-drop-with-objects", "DELETE", "/schemas/Note", 255, "ClassNotEmpty", **MASTER),
    err("schema-update-unknown", "PUT", "/schemas/Novelty", 103, "InvalidClassName", {"fields": TITLE}, **MASTER, record=False),
    err("schema-permission-unknown", "PUT", "/schemas/Note", 107, "InvalidJSON", {"classLevelPermissions": {"peek": OPEN}}, **MASTER),
    err("schema-permission-invalid-key", "PUT", "/schemas/Note", 107, "InvalidJSON", {"classLevelPermissions": {"get": {"some body": True}}}, **MASTER, record=False),
    err("schema-permission-invalid-value", "PUT", "/schemas/Note", 107, "InvalidJSON", {"classLevelPermissions": {"get": "all"}}, **MASTER, record=False),
    err("schema-protected-unknown-field", "PUT", "/schemas/Note", 107, "InvalidJSON", {"classLevelPermissions": {"protectedFields": {"*": ["shade"]}}}, **MASTER),
    err("schema-index-on-unknown-field", "PUT", "/schemas/Note", 102, "InvalidQuery", {"indexes": {"by_shade": {"shade": 1}}}, **MASTER),
    err("schema-delete-unknown-index", "PUT", "/schemas/Note", 102, "InvalidQuery", {"indexes": {"by_shade": {"__op": "Delete"}}}, **MASTER, record=False),
    err("schema-read-only", "POST", "/schemas/Novelty", 119, "OperationForbidden", {"fields": TITLE}, key="read-only"),
    ok("purge-unknown-class", "DELETE", "/purge/Novelty", **MASTER),
    ok("schema-drop-empty", "DELETE", "/schemas/Passing", **MASTER),
    ok("config", "GET", "/config"),
    ok("config-write", "PUT", "/config", {"params": {"limit": 3}}, **MASTER),
    ok("server-info", "GET", "/serverInfo", **MASTER),
    ok("hook", "POST", "/hooks/functions", {"functionName": "faraway", "url": "http://127.0.0.1:9/faraway"}, **MASTER),
    err("hook-again", "POST", "/hooks/functions", 143, "WebhookError", {"functionName": "faraway", "url": "http://127.0.0.1:9/faraway"}, **MASTER),
    err("hook-invalid", "POST", "/hooks/functions", 143, "WebhookError", {"functionName": "faraway"}, **MASTER),
    err("hook-unknown", "GET", "/hooks/functions/nowhere", 143, "WebhookError", **MASTER),
    err("hook-update-unknown", "PUT", "/hooks/functions/nowhere", 143, "WebhookError", {"url": "http://127.0.0.1:9/nowhere"}, **MASTER, record=False),
    err("hook-trigger-unknown-class", "GET", "/hooks/triggers/Novelty/beforeSave", 143, "WebhookError", **MASTER),
    err("hook-trigger-invalid", "POST", "/hooks/triggers", 143, "WebhookError", {"className": "Note"}, **MASTER, record=False),
    err("hook-unreachable", "POST", "/functions/faraway", 141, "ScriptFailed", {}),
    ok("hook-removed", "PUT", "/hooks/functions/faraway", {"__op": "Delete"}, **MASTER),
]

NOTE, MISSING = "/classes/Note", f"/classes/Note/{UNKNOWN_ID}"
GONE = ("ObjectNotFound",)

BATCHES = [
    batch("batch", [("POST", NOTE, {"title": "one"}), ("POST", NOTE, {"title": "two"})]),
    batch(
        "batch-two-failures",
        [("POST", NOTE, {"title": "one"}), ("PUT", MISSING, {"likes": 1}), ("POST", NOTE, {"likes": "three"})],
        (Fault(101, GONE, 1), Fault(111, ("IncorrectType",), 2)),
    ),
    batch("batch-first-fails", [("DELETE", MISSING, None), ("POST", NOTE, {"title": "one"})], (Fault(101, GONE, 0),)),
    batch(
        "batch-many-failures",
        [
            ("POST", "/users", {"username": "alice", "password": "made-up-pass-9"}),
            ("POST", "/login", {"username": "alice", "password": "made-up-wrong"}),
            ("GET", "/classes/Vault", {}),
            ("POST", "/functions/fail", {"code": 9001, "message": "The stock is empty."}),
            ("POST", "/functions/goodbye", {}),
            ("POST", "/functions/fail", {"code": "OUT_OF_STOCK", "message": "The stock is empty."}),
            ("POST", "/functions/hello", {}),
        ],
        (
            Fault(202, ("UsernameTaken",), 0),
            Fault(101, ("UserInvalidLoginParams",), 1),
            Fault(119, ("OperationForbidden",), 2),
            Fault(9001, (), 3),
            Fault(141, ("FunctionNotFound",), 4),
            Fault("OUT_OF_STOCK", (), 5),
        ),
    ),
    batch("batch-item-without-code", [("GET", "/schemas", {}), ("POST", NOTE, {"title": "one"})], (Fault(None, (), 0),)),
    batch("batch-item-sqlstate", [("POST", NOTE, {"due": {"__type": "Date", "iso": "some day"}})], (Fault("22007", (), 0),)),
    batch("batch-lookalike-results", [("POST", "/functions/reportOfAnError", {}), ("GET", "/classes/Incident/${incident_id}", {})]),
    batch("batch-of-none", []),
    batch("transaction", [("POST", NOTE, {"title": "one"}), ("POST", NOTE, {"title": "two"})], transaction=True),
    err("transaction-fails", "POST", "/batch", 1, "InternalServerError", {"transaction": True, "requests": [{"method": "POST", "path": "/parse/classes/Note", "body": {"title": "one"}}, {"method": "PUT", "path": f"/parse{MISSING}", "body": {"likes": 1}}]}),
    err("batch-requests-missing", "POST", "/batch", 107, "InvalidJSON", {}),
    err("batch-path-missing", "POST", "/batch", 107, "InvalidJSON", {"requests": [{"method": "GET"}]}, versions=(9,)),
    err("batch-path-missing", "POST", "/batch", 1, "InternalServerError", {"requests": [{"method": "GET"}]}, versions=(8,)),
    err("batch-wrong-mount-path", "POST", "/batch", 107, "InvalidJSON", {"requests": [{"method": "GET", "path": "/1/classes/Note"}]}),
    err("batch-unknown-route", "POST", "/batch", 107, "InvalidJSON", {"requests": [{"method": "GET", "path": "/parse/classes/Note"}, {"method": "GET", "path": "/parse/nowhere"}]}),
    err("batch-nested", "POST", "/batch", 107, "InvalidJSON", {"requests": [{"method": "POST", "path": "/parse/batch", "body": {"requests": []}}]}, versions=(9,)),
    batch("batch-nested", [("POST", "/batch", {"requests": []})], (Fault(None, (), 0),), versions=(8,)),
    err("batch-too-long", "POST", "/batch", 107, "InvalidJSON", {"requests": [{"method": "GET", "path": "/parse/classes/Note"}] * 21}, versions=(9,)),
    err("batch-rate-limited", "POST", "/batch", 100, "TooManyRequests", {"requests": [{"method": "POST", "path": "/parse/functions/limited", "body": {}}]}, versions=(9,)),
    batch("batch-not-rate-limited", [("POST", "/functions/limited", {})], versions=(8,)),
]

SDK = [
    sdk("sdk-query", "GET", "/classes/Note", {"where": {"title": "Milk"}}),
    sdk("sdk-query-unknown-id", "GET", "/classes/Note", {"where": {"objectId": UNKNOWN_ID}, "limit": 1}),
    sdk("sdk-get-unknown", "GET", MISSING, {}, 404, 101, "ObjectNotFound"),
    sdk("sdk-save", "POST", "/classes/Note", {"title": "from the SDK", "_SessionToken": "${alice_session}"}, 201),
    sdk("sdk-update-unknown", "PUT", MISSING, {"likes": 1}, 404, 101, "ObjectNotFound", record=False),
    sdk("sdk-delete-unknown", "DELETE", MISSING, {}, 404, 101, "ObjectNotFound"),
    sdk("sdk-wrong-type", "POST", "/classes/Note", {"likes": "three"}, 400, 111, "IncorrectType"),
    sdk("sdk-log-in-wrong", "POST", "/login", {"username": "alice", "password": "made-up-wrong"}, 404, 101, "UserInvalidLoginParams"),
    sdk("sdk-ended-session", "GET", "/classes/Note", {"_SessionToken": "r:33333333333333333333333333333333"}, 400, 209, "InvalidSessionToken"),
    sdk("sdk-function", "POST", "/functions/fail", {"code": 9001, "message": "The stock is empty."}, 400, 9001),
    sdk("sdk-find-installations", "GET", "/installations", {}, 400, 119, "OperationForbidden", record=False),
    err("sdk-wrong-javascript-key", "POST", "/classes/Note", None, "", {"_method": "GET", "_ApplicationId": APP_ID, "_JavaScriptKey": "made-up-wrong-key"}, key="none", headers=TEXT),
]

GRAPHQL = [
    graphql("graphql", "{ health }"),
    graphql("graphql-notes", "query { notes { edges { node { title } } } }"),
    graphql("graphql-get-unknown", 'query { note(id: "aaaaaaaaaa") { title } }', (Fault(101, GONE, 0),)),
    graphql("graphql-two-errors", 'mutation { a: updateNote(input: {id: "aaaaaaaaaa", fields: {likes: 2}}) { note { id } } b: deleteNote(input: {id: "bbbbbbbbbb"}) { note { id } } }', (Fault(101, GONE, 0), Fault(101, GONE, 1))),
    graphql("graphql-log-in-wrong", 'mutation { logIn(input: {username: "alice", password: "made-up-wrong"}) { viewer { sessionToken } } }', (Fault(101, ("UserInvalidLoginParams",), 0),)),
    graphql("graphql-sign-up-taken", 'mutation { signUp(input: {fields: {username: "alice", password: "made-up-pass-9"}}) { viewer { sessionToken } } }', (Fault(202, ("UsernameTaken",), 0),)),
    graphql("graphql-viewer-logged-out", "query { viewer { sessionToken } }", (Fault(209, ("InvalidSessionToken",), 0),)),
    graphql("graphql-forbidden", "query { vaults { edges { node { title } } } }", (Fault(119, ("OperationForbidden",), 0),)),
    graphql("graphql-update-unknown", 'mutation { updateNote(input: {id: "aaaaaaaaaa", fields: {likes: 2}}) { note { id } } }', (Fault(101, GONE, 0),)),
    graphql("graphql-function-fails", 'mutation { callCloudCode(input: {functionName: fail, params: {code: 9001, message: "The stock is empty."}}) { result } }', (Fault(9001, (), 0),)),
    graphql("graphql-function-plain-error", "mutation { callCloudCode(input: {functionName: failPlainly}) { result } }", (Fault(141, ("ScriptFailed",), 0),)),
    graphql("graphql-function-lookalike", "mutation { callCloudCode(input: {functionName: reportOfAnError}) { result } }"),
    graphql("graphql-reset-no-email", 'mutation { resetPassword(input: {email: "nobody@example.org"}) { ok } }', (Fault("INTERNAL_SERVER_ERROR", ("GraphQLInternalError",), 0),)),
    graphql("graphql-pointer-without-link", 'mutation { createNote(input: {fields: {title: "x", owner: {}}}) { note { id } } }', (Fault(106, ("InvalidPointer",), 0),)),
    graphql("graphql-negative-skip", "query { notes(skip: -1) { edges { node { id } } } }", (Fault(102, ("InvalidQuery",), 0),)),
    graphql("graphql-syntax", "query { notes { ", (Fault("GRAPHQL_PARSE_FAILED", ("GraphQLParseFailed",), 0),), status=400),
    graphql("graphql-unknown-field", "query { shades { id } }", (Fault("GRAPHQL_VALIDATION_FAILED", ("GraphQLValidationFailed",), 0),), status=400),
    graphql("graphql-bad-variable", "query($id: ID!) { note(id: $id) { title } }", (Fault("BAD_USER_INPUT", ("GraphQLBadUserInput",), 0),), status=400, versions=(9,)),
    graphql("graphql-bad-variable", "query($id: ID!) { note(id: $id) { title } }", (Fault("BAD_USER_INPUT", ("GraphQLBadUserInput",), 0),), versions=(8,)),
    graphql("graphql-introspection", "{ __schema { types { name } } }", (Fault("INTERNAL_SERVER_ERROR", ("GraphQLIntrospectionDenied",), 0),), status=403, versions=(9,)),
    graphql("graphql-introspection", "{ __schema { types { name } } }", (Fault("GRAPHQL_VALIDATION_FAILED", ("GraphQLValidationFailed",), 0),), status=400, versions=(8,)),
    err("graphql-no-app-id", "POST", "/graphql", None, "", {"query": "{ health }"}, key="none"),
    err("graphql-malformed-json", "POST", "/graphql", None, "", b'{"query": ', headers=JSON, status=400),
]

HELLO = {"op": "connect", "applicationId": APP_ID, "restAPIKey": KEYS["restKey"]}
LISTEN = {"op": "subscribe", "requestId": 1, "query": {"className": "Note", "where": {}}}

# LiveQuery has codes of its own, 1 to 4, that mean other things than REST's, and go by names of their own.
LIVE = [
    live("live", [HELLO, LISTEN, {"op": "unsubscribe", "requestId": 1}]),
    live("live-wrong-key", [{**HELLO, "restAPIKey": "made-up-wrong-key"}], (Fault(4, ("LiveQueryInvalidKey",), 0),)),
    live("live-invalid-frame", [{"op": "connect"}], (Fault(1, ("LiveQueryInvalidFrame",), 0),)),
    live("live-unknown-operation", [HELLO, {"op": "dance"}], (Fault(1, ("LiveQueryInvalidFrame",), 1),)),
    live("live-subscribe-too-early", [LISTEN], (Fault(2, ("LiveQueryNotConnected",), 0),)),
    live("live-unsubscribe-unknown", [HELLO, {"op": "unsubscribe", "requestId": 7}], (Fault(2, ("LiveQueryNotConnected",), 1),)),
    live("live-ended-session", [HELLO, {**LISTEN, "sessionToken": "r:44444444444444444444444444444444"}]),
    live("live-sessions-logged-out", [HELLO, {"op": "subscribe", "requestId": 3, "query": {"className": "_Session", "where": {}}}], (Fault(209, ("InvalidSessionToken",), 1),)),
    live("live-forbidden", [HELLO, {"op": "subscribe", "requestId": 4, "query": {"className": "Vault", "where": {}}}], (Fault(119, ("OperationForbidden",), 1),)),
    live("live-regex-broken", [HELLO, {"op": "subscribe", "requestId": 5, "query": {"className": "Note", "where": {"title": {"$regex": "M["}}}}], (Fault(102, ("InvalidQuery",), 1),)),
    live("live-refused-by-trigger", [HELLO, {"op": "subscribe", "requestId": 2, "query": {"className": "Members", "where": {}}}], (Fault(9007, (), 1),)),
]

SITUATIONS: list[Situation] = [
    *PREPARE, *DOOR, *OBJECTS, *QUERIES, *USERS, *FUNCTIONS, *THROWN, *THROWN_TOGETHER, *FILES, *DEVICES, *SCHEMAS, *BATCHES, *SDK, *GRAPHQL, *LIVE,
]  # fmt: skip
