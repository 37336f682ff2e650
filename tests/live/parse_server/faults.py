"""Faults made on purpose, and what the first finding must say of each; where it can be, the same request mended.

`finding` is the rule that must come first, `says` a pattern for its words. Without a finding the cause is not in the request: it lies in the
server, in its data or in the app's own code, and nothing may be claimed about it. `also` are rules that may follow, being true as well.
"""

# One fault a line reads as a table; wrapped it would be four times as long.
# ruff: noqa: E501
# fmt: off

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from .driver import Situation
from .harness import APP_ID, KEYS
from .situations import (
    COMMON,
    DEEP,
    FORM,
    HELLO,
    INSTALLATION,
    JSON,
    LISTEN,
    MASTER,
    MULTIPART,
    NOTE,
    OTHER,
    PREPARE,
    PUSH,
    TEXT,
    TITLE,
    UNKNOWN_ID,
    USER,
    batch,
    graphql,
    live,
    schema,
    sdk,
    where,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault: the request with it, the rule and words of the first finding, and the request mended."""

    name: str
    faulty: Situation
    finding: str = ""
    says: str = ""
    mended: Situation | None = None
    also: tuple[str, ...] = ()

    @property
    def in_request(self) -> bool:
        """Whether the request, or those before it, show the cause."""
        return bool(self.finding)


def ask(method: str, path: str, body: Any = None, **more: Any) -> Situation:
    """A request. What is answered is the kind's matter."""
    under = path if path.startswith(("/graphql", "//")) else f"/parse{path}"
    return Situation("", method, under.removeprefix("/") if path.startswith("//") else under, 0, body=body, **more)


def get(path: str, **more: Any) -> Situation:
    return ask("GET", path, **more)


def post(path: str, body: Any = None, **more: Any) -> Situation:
    return ask("POST", path, body, **more)


def put(path: str, body: Any = None, **more: Any) -> Situation:
    return ask("PUT", path, body, **more)


def delete(path: str, **more: Any) -> Situation:
    return ask("DELETE", path, **more)


def raw(text: str | bytes, path: str = "/functions/hello", **headers: str) -> Situation:
    """A body sent as it stands; headers with `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return post(path, text if isinstance(text, bytes) else text.encode(), headers=JSON | named)


def query(condition: Any, **more: Any) -> Situation:
    """Notes that fit a condition."""
    return get(NOTE, query=where(condition, **more))


def account(**more: Any) -> dict[str, Any]:
    """What signs a new user up, with changes; None takes a key away."""
    sent = {"username": "erin", "password": "made-up-pass-9", "email": "erin@example.org"} | more
    return {key: value for key, value in sent.items() if value is not None}


def keyed(key: str = "app", **headers: str) -> Situation:
    """Notes, asked for with these headers; `_` stands for `-`."""
    return get(NOTE, key=key, headers={name.replace("_", "-"): value for name, value in headers.items()})


PLAIN = get(NOTE)
REST = {"X_Parse_REST_API_Key": KEYS["restKey"]}
APP = {"X_Parse_Application_Id": APP_ID}

DOOR = [
    Kind("no-app-id", keyed("none"), "app-id-missing", "names no application id", PLAIN),
    Kind("no-app-id-with-file", post("/files/a.txt", b"x", headers=TEXT, key="none"), "app-id-missing", "The request names no application id: a file is sent as it is, so the id cannot be in the b"),
    Kind("unknown-app-id", keyed("none", X_Parse_Application_Id="another-app", **REST), "app-id-wrong", "another-app", PLAIN),
    Kind("misspelt-app-id", keyed("none", X_Parse_Application_Id="note-app", **REST), "app-id-wrong", r"this server does not know the application id `note-app`; did you mean `notes-app`\?", PLAIN),
    Kind("placeholder-for-app-id", keyed("none", X_Parse_Application_Id="YOUR_APP_ID", **REST), "app-id-wrong", "this server does not know the application id `YOUR_APP_ID`; it has answered requests of `n", PLAIN),
    Kind("undefined-app-id", keyed("none", X_Parse_Application_Id="undefined", **REST), "app-id-wrong", "`undefined`", PLAIN),
    Kind("unknown-app-id-in-basic", keyed("none", Authorization="Basic YW5vdGhlci1hcHA6bWFkZS11cA=="), "app-id-wrong", "another-app"),
    Kind("no-client-key", keyed("app"), "client-key", "carries no client key", PLAIN),
    Kind("wrong-client-key", keyed("app", X_Parse_REST_API_Key="made-up-wrong-key"), "client-key", "The application id is right, and the key in X-Parse-REST-API-Key is not one of the server'", PLAIN),
    Kind("undefined-client-key", keyed("app", X_Parse_REST_API_Key="undefined"), "client-key", "`undefined`", PLAIN),
    Kind("client-key-in-another-header", keyed("app", X_Parse_Client_Key=KEYS["restKey"]), "client-key", r"The key in X-Parse-Client-Key was accepted in X-Parse-REST-API-Key before \(", PLAIN),
    Kind("wrong-javascript-key", sdk("", "GET", NOTE, {"_JavaScriptKey": "made-up-wrong-key"}), "client-key", "The application id is right, and the key in _JavaScriptKey is not one of the server's keys", sdk("", "GET", NOTE, {})),
    Kind("session-token-no-text", sdk("", "GET", NOTE, {"_SessionToken": 5}), "envelope-types", "`_SessionToken`.*a number", sdk("", "GET", NOTE, {})),
    Kind("master-key-from-foreign-address", get("/schemas", headers={"X-Forwarded-For": "203.0.113.7"}, **MASTER), "master-key-address", r"The master key is right, but this address may not use it \(X-Forwarded-For says `203\.0\.113\.", get("/schemas", **MASTER)),
    Kind("schemas-without-master-key", get("/schemas"), "master-key-missing", "takes the master key", get("/schemas", **MASTER)),
    Kind("schemas-with-wrong-master-key", get("/schemas", headers={"X-Parse-Master-Key": "made-up-wrong-key"}), "master-key-missing", "`GET /schemas` takes the master key, and the key sent as such is not the server's, or this", get("/schemas", **MASTER)),
    Kind("client-key-for-master-key", get("/schemas", headers={"X-Parse-Master-Key": KEYS["restKey"]}), "master-key-missing", "is a client key", get("/schemas", **MASTER)),
    Kind("maintenance-key-for-master-key", get("/schemas", key="maintenance"), "master-key-missing", "maintenance key is not enough", get("/schemas", **MASTER)),
    Kind("push-without-master-key", post("/push", {"channels": ["news"], **PUSH}), "master-key-missing", "POST /push", post("/push", {"channels": ["news"], **PUSH}, **MASTER)),
    Kind("config-write-without-master-key", put("/config", {"params": {"limit": 3}}), "master-key-missing", "PUT /config", put("/config", {"params": {"limit": 3}}, **MASTER)),
    Kind("log-in-as-without-master-key", post("/loginAs", {"userId": "${alice_id}"}), "master-key-missing", "loginAs", post("/loginAs", {"userId": "${alice_id}"}, **MASTER)),
    Kind("write-with-read-only-key", post(NOTE, {"title": "x"}, key="read-only"), "read-only-key", "read-only", post(NOTE, {"title": "x"}, **MASTER)),
    Kind("schema-with-read-only-key", post("/schemas/Novelty", {"fields": TITLE}, key="read-only"), "read-only-key", "read-only"),
    Kind("context-is-no-json", get(NOTE, headers={"X-Parse-Cloud-Context": "nonsense"}), "cloud-context", "not valid JSON", get(NOTE, headers={"X-Parse-Cloud-Context": "{}"})),
    Kind("context-is-a-list", get(NOTE, headers={"X-Parse-Cloud-Context": "[1]"}), "cloud-context", r"X-Parse-Cloud-Context is JSON, but not an object\."),
]

BODIES = [
    Kind("trailing-comma", raw('{"amount": 3,}'), "body-json", "trailing comma", raw('{"amount": 3}')),
    Kind("single-quotes", raw("{'amount': 3}"), "body-json", "single quotes", raw('{"amount": 3}')),
    Kind("curly-quotes", raw('{\u201camount\u201d: 3}'), "body-json", "The request's body is not valid JSON: expected a key in double quotes at column 2: a typog", raw('{"amount": 3}')),
    Kind("key-without-quotes", raw("{amount: 3}"), "body-json", "key stands without quotes", raw('{"amount": 3}')),
    Kind("missing-comma", raw('{"amount": 3 "unit": "kg"}'), "body-json", "expected ','", raw('{"amount": 3, "unit": "kg"}')),
    Kind("unclosed-json", raw('{"amount": 3'), "body-json", "ends too early", raw('{"amount": 3}')),
    Kind("raw-line-break", raw('{"text": "one\ntwo"}'), "body-json", "control character", raw('{"text": "one\\ntwo"}')),
    Kind("not-a-number", raw('{"amount": NaN}'), "body-json", "The request's body is not valid JSON: expected a value at column 12: `NaN` is not a JSON v", raw('{"amount": null}')),
    Kind("python-literals", raw('{"paid": True}'), "body-json", "The request's body is not valid JSON: expected a value at column 10: `True` is not a JSON", raw('{"paid": true}')),
    Kind("comment-in-json", raw('{"amount": 3 /* kg */}'), "body-json", "no comments", raw('{"amount": 3}')),
    Kind("object-object", raw("[object Object]"), "body-json", "The request's body is not valid JSON: expected a value at column 2: an object was converte", raw("{}")),
    Kind("form-under-json", raw("amount=3&unit=kg"), "body-form", "form data", raw("amount=3&unit=kg", Content_Type=FORM["Content-Type"])),
    Kind("xml", raw("<amount>3</amount>", Content_Type="application/xml"), "body-form", "XML", raw('{"amount": 3}')),
    Kind("json-is-a-text", raw('"hello"'), "body-form", r"The body is JSON, but neither an object nor an array; Parse Server takes an object\.", raw('{"text": "hello"}')),
    Kind("json-is-a-number", raw("42"), "body-form", "neither", raw("{}")),
    Kind("gzip-without-header", raw(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"), "body-form", "compressed with gzip"),
    Kind("not-gzip", raw('{"amount": 3}', Content_Encoding="gzip"), "body-encoding", "not compressed", raw('{"amount": 3}')),
    Kind("unknown-encoding", raw('{"amount": 3}', Content_Encoding="snappy"), "body-encoding", "snappy", raw('{"amount": 3}')),
    Kind("unknown-charset", raw('{"amount": 3}', Content_Type="application/json; charset=latin1"), "body-charset", "latin1", raw('{"amount": 3}')),
    Kind("wrong-charset", raw('{"amount": 3}', Content_Type="application/json; charset=utf-16"), "body-charset", "utf-16", raw('{"amount": 3}')),
    Kind("body-too-large", post(NOTE, {"title": "x" * 9_000}), "body-too-large", r"9,\d\d\d bytes", post(NOTE, {"title": "x"})),
    Kind("multipart-too-large", post("/functions/hello", b'--part\r\nContent-Disposition: form-data; name="text"\r\n\r\n' + b"x" * 9_000 + b"\r\n--part--\r\n", headers=MULTIPART, versions=(9,)), "body-too-large", "bytes"),
    Kind("multipart-cut-short", post("/functions/hello", b'--part\r\nContent-Disposition: form-data; name="text"\r\n\r\nx', headers=MULTIPART, versions=(9,)), "multipart", "breaks off", post("/functions/hello", b'--part\r\nContent-Disposition: form-data; name="text"\r\n\r\nx\r\n--part--\r\n', headers=MULTIPART, versions=(9,))),
    Kind("multipart-without-boundary", post("/functions/hello", b"x", headers={"Content-Type": "multipart/form-data"}, versions=(9,)), "multipart", "no boundary"),
    Kind("multipart-where-json-belongs", post("/functions/hello", b"--part--", headers=MULTIPART, versions=(8,)), "body-form", "multipart"),
]

ROUTES = [
    Kind("patch", ask("PATCH", f"{NOTE}/${{note_id}}", {"likes": 1}), "method", r"Parse Server has no `PATCH` for `/parse/classes/Note/\w+`\.", put(f"{NOTE}/${{note_id}}", {"likes": 1})),
    Kind("put-without-id", put(NOTE, {"likes": 1}), "method", r"Parse Server has no `PUT` for `/parse/classes/Note`\.", put(f"{NOTE}/${{note_id}}", {"likes": 1})),
    Kind("post-with-id", post(f"{NOTE}/${{note_id}}", {"likes": 1}), "method", r"Parse Server has no `POST` for `/parse/classes/Note/\w+`\.", put(f"{NOTE}/${{note_id}}", {"likes": 1})),
    Kind("get-function", get("/functions/hello"), "method", r"Parse Server has no `GET` for `/parse/functions/hello`\.", post("/functions/hello", {})),
    Kind("wrong-mount-path", get("//1/classes/Note"), "mount-path", "answers under `/parse`", PLAIN),
    Kind("no-mount-path", get("//classes/Note"), "mount-path", "answers under `/parse`", PLAIN),
    Kind("misspelt-route", get("/clases/Note"), "route", "did you mean `/classes`", PLAIN),
    Kind("classes-left-out", get("/Note"), "route", r"The path `/Note` names the class `Note` without `classes` before it\.", PLAIN),
    Kind("unknown-route", get("/nowhere"), "route", "no path `/nowhere`"),
]

QUERIES = [
    Kind("where-unquoted", query("{title: 'Milk'}"), "parameter", "column 2", query({"title": "Milk"})),
    Kind("where-cut-off", query('{"title": "Milk"'), "parameter", "ends too early", query({"title": "Milk"})),
    Kind("where-encoded-twice", get(NOTE, query={"where": "%7B%22title%22%3A%22Milk%22%7D"}), "parameter", "percent-encoded twice", query({"title": "Milk"})),
    Kind("where-not-encoded", get(NOTE + '?where={"title":"Salt&Pepper"}'), "parameter", "its value has a raw `&`", query({"title": "Salt&Pepper"})),
    Kind("where-in-sdk-body", sdk("", "GET", NOTE, {"where": "{title: 'Milk'}"}), "parameter", "column 2", sdk("", "GET", NOTE, {"where": {"title": "Milk"}})),
    Kind("parameter-filter", get(NOTE, query={"filter": "{}"}), "parameter", r"`filter` is not a parameter of this request\.", get(NOTE, query={"where": "{}"})),
    Kind("parameter-sort", get(NOTE, query={"sort": "title"}), "parameter", r"`sort` is not a parameter of this request\.", get(NOTE, query={"order": "title"})),
    Kind("parameter-misspelt", get(NOTE, query={"limt": "2"}), "parameter", r"`limt` is not a parameter of this request\.", get(NOTE, query={"limit": "2"})),
    Kind("parameter-on-one-object", get(f"{NOTE}/${{note_id}}", query={"where": "{}"}), "parameter", r"`where` is not a parameter of this request\.", get(f"{NOTE}/${{note_id}}", query={"keys": "title"})),
    Kind("or-no-list", query({"$or": {"title": "x"}}), "logical-operand", r"`\$or` takes an array of conditions; it was given an object\.", query({"$or": [{"title": "x"}]})),
    Kind("and-no-list", query({"$and": "x"}), "logical-operand", r"`\$and` takes an array of conditions; it was given a string\.", query({"$and": [{"title": "x"}]})),
    Kind("nor-empty", query({"$nor": []}), "logical-operand", "empty", query({"$nor": [{"title": "x"}]})),
    Kind("regex-no-text", query({"title": {"$regex": 3}}), "operand", r"`title`: `\$regex` takes a string; it was given a number\.", query({"title": {"$regex": "3"}})),
    Kind("regex-options-unknown", query({"title": {"$regex": "M", "$options": "q"}}), "operand", r"`title`: `\$options` is `q`; it takes the letters i, m, x, s and u only\.", query({"title": {"$regex": "M", "$options": "i"}})),
    Kind("regex-broken", query({"title": {"$regex": "M["}}), "query-regex", r"The `\$regex` for `title` is not a valid regular expression: a `\[` has no `\]`\.", query({"title": {"$regex": "M"}})),
    Kind("regex-unclosed-group", query({"title": {"$regex": "(M"}}), "query-regex", "differs", query({"title": {"$regex": "(M)"}})),
    Kind("operator-misspelt", query({"title": {"$exist": True}}), "query-operator", r"`\$exist` is not a supported query operator", query({"title": {"$exists": True}})),
    Kind("query-operator", query({"title": {"$resembles": "M"}}), "query-operator", r"`\$resembles` is not a supported query operator\.", query({"title": {"$regex": "M"}})),
    Kind("in-no-list", query({"title": {"$in": "x"}}), "operand", r"`title`: `\$in` takes an array; it was given a string\.", query({"title": {"$in": ["x"]}})),
    Kind("contained-by-no-list", query({"tags": {"$containedBy": "x"}}), "operand", r"`tags`: `\$containedBy` takes an array; it was given a string\.", query({"tags": {"$containedBy": ["x"]}})),
    Kind("text-search-form", query({"title": {"$text": {"$search": "x"}}}), "operand", r"\$search", query({"title": {"$text": {"$search": {"$term": "x"}}}})),
    Kind("text-term-no-text", query({"title": {"$text": {"$search": {"$term": 3}}}}), "operand", r"`\$term`", query({"title": {"$text": {"$search": {"$term": "3"}}}})),
    Kind("polygon-no-list", query({"place": {"$geoWithin": {"$polygon": "x"}}}), "operand", r"`\$polygon`"),
    Kind("polygon-of-one-point", query({"place": {"$geoWithin": {"$polygon": [{"__type": "GeoPoint", "latitude": 1, "longitude": 1}]}}}), "operand", "at least 3 points"),
    Kind("intersects-no-point", query({"area": {"$geoIntersects": {"$point": "x"}}}), "operand", r"`area`: a point \(.* is not a GeoPoint\.", query({"area": {"$geoIntersects": {"$point": {"__type": "GeoPoint", "latitude": 1, "longitude": 1}}}})),
    Kind("near-no-point", query({"place": {"$nearSphere": "x"}}), "operand", r"`place`: the value of `\$nearSphere`, or a point of `\$box`, is not a GeoPoint"),
    Kind("box-no-list", query({"place": {"$within": {"$box": "x"}}}), "operand", r"`place`: `\$within` takes `\$box` with two GeoPoints\."),
    Kind("all-no-list", query({"tags": {"$all": "x"}}), "operand", r"`tags`: `\$all` takes an array; it was given a string\.", query({"tags": {"$all": ["x"]}})),
    Kind("greater-than-null", query({"likes": {"$gt": None}}), "operand", "given null", query({"likes": {"$gt": 0}})),
    Kind("number-for-id", query({"objectId": 5}), "query-value", r"`objectId` is compared with a number; ids are strings\.", query({"objectId": "5"})),
    Kind("javascript-in-query", query({"$where": "1==1"}), "query-operator", r"`\$where` is not a supported query operator\."),
    Kind("operator-for-field", query({"$exists": True}), "operator-misplaced", r"`\$exists` is in the place of a field name\.", query({"title": {"$exists": True}})),
    Kind("where-is-a-list", query([1]), "parameter", r"`where` must be a JSON object; it is an array\.", query({})),
    Kind("where-is-a-number", query(5), "parameter", "it is a number", query({})),
    Kind("users-by-email", get("/users", query=where({"email": "alice@example.org"})), "query-protected", "`email`", get("/users", query=where({"username": "alice"})), also=("class-permission",)),
    Kind("limit-beyond-all", get(NOTE, query={"limit": "1e99"}), "parameter", r"1e\+?99", get(NOTE, query={"limit": "100"})),
    Kind("order-with-comma-at-end", get(NOTE, query={"order": "title,"}), "query-key", "`order` has an empty field name", get(NOTE, query={"order": "title"})),
    Kind("pipeline-no-list", get("/aggregate/Note", query={"pipeline": "x"}, **MASTER), "aggregate-stage", r"`pipeline` must be a JSON array of stages; it is `x`\."),
    Kind("relative-time", query({"due": {"$gt": {"$relativeTime": "soonish"}}}), "operand", "soonish", query({"due": {"$gt": {"$relativeTime": "2 days ago"}}})),
    Kind("relative-time-equal", query({"due": {"$ne": {"$relativeTime": "1 day ago"}}}), "operand", "lt, .lte, .gt", query({"due": {"$lt": {"$relativeTime": "1 day ago"}}})),
    Kind("in-query-without-class", query({"owner": {"$inQuery": {"where": {}}}}), "operand", "`className` is missing", query({"owner": {"$inQuery": {"where": {}, "className": "_User"}}})),
    Kind("select-without-query", query({"title": {"$select": {"key": "title"}}}), "operand", "`query` is missing", query({"title": {"$select": {"key": "title", "query": {"className": "Guarded", "where": {}}}}})),
    Kind("query-on-acl", query({"ACL": {"*": {"read": True}}}), "query-acl", "ACL"),
    Kind("query-too-deep", query(DEEP), "query-depth", r"`where` nests `\$or`, `\$and` and `\$nor` deeper than the `8` levels that this server allows\.", query({"$or": [{"title": "x"}]})),
    Kind("include-too-deep", get(NOTE, query={"include": "a.b.c.d.e.f.g"}), "query-depth", "`7` levels", get(NOTE, query={"include": "owner"})),
    Kind("include-too-many", get(NOTE, query={"include": ",".join(f"f{number}" for number in range(12))}), "query-depth", r"`include` names `12` fields, with those on the way to them; this server allows `10`\.", get(NOTE, query={"include": "owner"})),
    Kind("text-for-number", query({"likes": "many"}), "query-type", "`likes` is compared with a string, but", query({"likes": 3})),
    Kind("number-compared-with-text", query({"likes": {"$gt": "many"}}), "query-type", "`likes` is compared with a string, but", query({"likes": {"$gt": 3}})),
    Kind("date-in-query", query({"due": {"$gt": {"__type": "Date", "iso": "some day"}}}), "query-value", r"`due` is compared with a Date whose `iso` is not a date: `some day`\.", query({"due": {"$gt": {"__type": "Date", "iso": "2024-01-01T00:00:00.000Z"}}})),
    Kind("related-to-form", query({"$relatedTo": "x"}), "query-value", r"`\$relatedTo` takes"),
    Kind("field-in-where", query({"my-title": "x"}), "query-key", "my-title", query({"title": "x"})),
    Kind("field-in-order", get(NOTE, query={"order": "my-title"}), "query-key", "my-title", get(NOTE, query={"order": "-title"})),
    Kind("limit-negative", get(NOTE, query={"limit": "-1"}), "parameter", "`limit` is `-1`", get(NOTE, query={"limit": "1"})),
    Kind("limit-no-number", get(NOTE, query={"limit": "many"}), "parameter", "`limit` is `many`", get(NOTE, query={"limit": "1"})),
    Kind("skip-negative", get(NOTE, query={"skip": "-1"}), "parameter", "`skip` is `-1`", get(NOTE, query={"skip": "1"})),
    Kind("explain", get(NOTE, query={"explain": "true"}, versions=(9,)), "query-explain", "master key", PLAIN),
    replace(get("/classes/Shielded"), name="shielded-find"),
    Kind("query-by-protected-field", get("/classes/Shielded", query=where({"salary": {"$gt": 1}})), "query-protected", "`salary`", get("/classes/Shielded", query=where({"title": "x"}))),
    Kind("order-by-protected-field", get("/classes/Shielded", query={"order": "salary"}), "query-protected", "`salary`", get("/classes/Shielded", query={"order": "title"})),
    Kind("pipeline-stage-with-two-keys", get("/aggregate/Note", query={"pipeline": [{"$match": {}, "$limit": 1}]}, **MASTER), "aggregate-stage", r"several keys \(`\$match, \$limit`\)", get("/aggregate/Note", query={"pipeline": [{"$match": {}}, {"$limit": 1}]}, **MASTER)),
    Kind("group-by-object-id", get("/aggregate/Note", query={"pipeline": [{"$group": {"objectId": "$title"}}]}, **MASTER), "aggregate-stage", r"`\$group` has `objectId`, which it does not take\.", get("/aggregate/Note", query={"pipeline": [{"$group": {"_id": "$title"}}]}, **MASTER)),
    Kind("group-without-id", get("/aggregate/Note", query={"pipeline": [{"$group": {"total": {"$sum": 1}}}]}, **MASTER), "aggregate-stage", "no `_id`", get("/aggregate/Note", query={"pipeline": [{"$group": {"_id": None, "total": {"$sum": 1}}}]}, **MASTER)),
]

OBJECTS = [
    Kind("text-in-number-column", post(NOTE, {"title": "x", "likes": "three"}), "type-mismatch", r"`likes` was sent as a String \(`three`\), but the column `likes` is a Number\.", post(NOTE, {"title": "x", "likes": 3})),
    Kind("number-in-text-column", put(f"{NOTE}/${{note_id}}", {"title": 3}), "type-mismatch", "`title` was sent as a Number", put(f"{NOTE}/${{note_id}}", {"title": "3"})),
    Kind("text-in-date-column", post(NOTE, {"due": "2024-01-31"}), "type-mismatch", r"`due` was sent as a String \(`2024-01-31`\), but the column `due` is a Date\.", post(NOTE, {"due": {"__type": "Date", "iso": "2024-01-31T12:00:00.000Z"}})),
    Kind("text-in-pointer-column", post(NOTE, {"owner": "${alice_id}"}), "type-mismatch", "Pointer", post(NOTE, {"owner": {"__type": "Pointer", "className": "_User", "objectId": "${alice_id}"}})),
    Kind("pointer-to-another-class", post(NOTE, {"owner": {"__type": "Pointer", "className": "Vault", "objectId": UNKNOWN_ID}}), "type-mismatch", "Pointer to Vault"),
    Kind("increment-of-text", put(f"{NOTE}/${{note_id}}", {"title": {"__op": "Increment", "amount": 1}}), "type-mismatch", "`title`", put(f"{NOTE}/${{note_id}}", {"likes": {"__op": "Increment", "amount": 1}})),
    Kind("date-without-iso", post(NOTE, {"due": {"__type": "Date"}}), "typed-object", "Date without `iso`"),
    Kind("geopoint-without-longitude", post(NOTE, {"place": {"__type": "GeoPoint", "latitude": 1}}), "typed-object", "without `longitude`", post(NOTE, {"place": {"__type": "GeoPoint", "latitude": 1, "longitude": 2}})),
    Kind("unknown-type", post(NOTE, {"meta": {"__type": "Colour", "red": 1}}), "typed-object", r"`meta` has the `__type` `Colour`, which is not a Parse type\.", post(NOTE, {"meta": {"red": 1}})),
    Kind("date-that-is-none", post(NOTE, {"due": {"__type": "Date", "iso": "some day"}}), "date", "some day"),
    Kind("object-id-on-create", post(NOTE, {"objectId": "mynoteid01", "title": "x"}), "id-on-create", "`objectId`", post(NOTE, {"title": "x"})),
    Kind("id-on-create", post(NOTE, {"id": "mynoteid01", "title": "x"}), "id-on-create", "`id`", post(NOTE, {"title": "x"})),
    Kind("field-with-hyphen", post(NOTE, {"my-title": "x"}, **MASTER), "field-name", "my-title", post(NOTE, {"title": "x"}, **MASTER)),
    Kind("field-with-space", put(f"{NOTE}/${{note_id}}", {"my title": "x"}, **MASTER), "field-name", "my title"),
    Kind("field-with-digit-first", post(NOTE, {"1st": "x"}, **MASTER), "field-name", "`1st` is not a valid field name: a field name starts with a letter and has only letters, d"),
    Kind("prohibited-keyword", post(NOTE, {"meta": {"_bsontype": "Code"}}), "keyword", "_bsontype"),
    Kind("nested-dollar", post(NOTE, {"meta": {"$price": 1}}), "nested-key", r"`\$price` inside `meta`", post(NOTE, {"meta": {"price": 1}})),
    Kind("nested-dot", post(NOTE, {"meta": {"a.b": 1}}), "nested-key", "`a.b`", post(NOTE, {"meta": {"a": {"b": 1}}})),
    Kind("acl-unresolved", post(NOTE, {"ACL": {"*unresolved": {"read": True}}}), "acl", "unresolved", post(NOTE, {"ACL": {"*": {"read": True}}})),
    Kind("unknown-operation", put(f"{NOTE}/${{note_id}}", {"likes": {"__op": "Explode"}}), "operation", "Explode", put(f"{NOTE}/${{note_id}}", {"likes": {"__op": "Increment", "amount": 1}})),
    Kind("increment-by-text", put(f"{NOTE}/${{note_id}}", {"likes": {"__op": "Increment", "amount": "one"}}), "operation", r"`amount` of the `__op` Increment of `likes` is a string, `one`; it takes a number\.", put(f"{NOTE}/${{note_id}}", {"likes": {"__op": "Increment", "amount": 1}})),
    Kind("add-no-list", post(NOTE, {"tags": {"__op": "Add", "objects": "shop"}}), "operation", r"`objects` of the `__op` of `tags` is a string; it takes an array\.", post(NOTE, {"tags": {"__op": "Add", "objects": ["shop"]}})),
    Kind("relation-to-nothing", put(f"{NOTE}/${{note_id}}", {"readers": {"__op": "AddRelation", "objects": []}}), "operation", "at least one pointer", put(f"{NOTE}/${{note_id}}", {"readers": {"__op": "AddRelation", "objects": [{"__type": "Pointer", "className": "_User", "objectId": "${alice_id}"}]}})),
    Kind("relation-to-another-class", put(f"{NOTE}/${{note_id}}", {"readers": {"__op": "AddRelation", "objects": [{"__type": "Pointer", "className": "Note", "objectId": "x"}]}}), "type-mismatch", "has pointers to the class `Note`; the column `readers` is a Relation to _User"),
    Kind("operation-in-small-letters", put(f"{NOTE}/${{note_id}}", {"likes": {"__op": "increment", "amount": 1}}), "operation", "`increment`", put(f"{NOTE}/${{note_id}}", {"likes": {"__op": "Increment", "amount": 1}})),
    Kind("latitude-off-the-globe", post(NOTE, {"place": {"__type": "GeoPoint", "latitude": 100, "longitude": 1}}), "place", "`latitude`.*-90 to 90", post(NOTE, {"place": {"__type": "GeoPoint", "latitude": 10, "longitude": 1}})),
    Kind("polygon-of-one-corner", post(NOTE, {"area": {"__type": "Polygon", "coordinates": [[0, 0]]}}), "place", r"The Polygon `area` has fewer than 3 points\.", post(NOTE, {"area": {"__type": "Polygon", "coordinates": [[0, 0], [0, 1], [1, 0]]}})),
    Kind("acl-is-a-text", post(NOTE, {"ACL": "x"}), "acl", r"`ACL` takes an object; it is a string\.", post(NOTE, {"ACL": {"*": {"read": True}}})),
    Kind("acl-with-text-for-right", post(NOTE, {"ACL": {"*": {"read": "yes"}}}), "acl", "true or false", post(NOTE, {"ACL": {"*": {"read": True}}})),
    Kind("text-in-list-column", post(NOTE, {"tags": "shop"}), "type-mismatch", r"`tags` was sent as a String \(`shop`\), but the column `tags` is an Array\.", post(NOTE, {"tags": ["shop"]})),
    Kind("text-in-boolean-column", post(NOTE, {"done": "true"}), "type-mismatch", r"`done` was sent as a String \(`true`\), but the column `done` is a Boolean\.", post(NOTE, {"done": True})),
    Kind("text-for-created-at", post(NOTE, {"createdAt": "2020"}), "type-mismatch", "`createdAt`"),
    Kind("new-field", post(NOTE, {"title": "x", "colour": "red"}), "new-field", "`colour`", post(NOTE, {"title": "x"})),
    Kind("field-misspelt", post(NOTE, {"titel": "x"}), "new-field", "`titel`", post(NOTE, {"title": "x"})),
    Kind("unknown-class", post("/classes/Novelty", {"title": "x"}), "class-unknown", "no class `Novelty`"),
    Kind("class-misspelt", get("/classes/Notes"), "class-unknown", "`Note`", PLAIN),
    Kind("class-in-other-case", get("/classes/note"), "class-unknown", "`Note`", PLAIN),
    Kind("class-with-hyphen", get("/classes/my-notes"), "class-name", "it has `-` in it"),
    Kind("class-with-digit-first", post("/classes/1note", {"title": "x"}, **MASTER), "class-name", "begins with a digit"),
    Kind("system-class", get("/classes/_JobStatus"), "system-class", "_JobStatus", get("/classes/_JobStatus", **MASTER)),
    Kind("permission-find", get("/classes/Vault"), "class-permission", "deny `find`", get("/classes/Vault", **MASTER)),
    Kind("permission-delete", delete("/classes/Vault/${vault_id}"), "class-permission", "deny `delete`"),
    Kind("class-for-signed-in-users", get("/classes/Members"), "login-required", "signed-in users", get("/classes/Members", **USER)),
    Kind("object-for-signed-in-users", get("/classes/Members/${member_id}"), "login-required", "signed-in users", get("/classes/Members/${member_id}", **USER)),
    Kind("id-undefined", get(f"{NOTE}/undefined"), "id-none", r"The path has `undefined` in place of an id: the app had none when it built the URL\.", get(f"{NOTE}/${{note_id}}")),
    Kind("id-null", put(f"{NOTE}/null", {"likes": 1}), "id-none", "`null`", put(f"{NOTE}/${{note_id}}", {"likes": 1})),
    Kind("id-unknown", get(f"{NOTE}/{UNKNOWN_ID}"), "object-unknown", UNKNOWN_ID, get(f"{NOTE}/${{note_id}}")),
    Kind("id-of-wrong-form", get(f"{NOTE}/4711"), "object-unknown", "10 letters and digits", get(f"{NOTE}/${{note_id}}")),
    Kind("id-of-another-class", get(f"{NOTE}/${{guarded_id}}"), "object-elsewhere", r"is not an id of `Note`: it belongs to the class `Guarded` \(", get("/classes/Guarded/${guarded_id}")),
    replace(post(NOTE, {"title": "short-lived"}, keep={"gone_id": "objectId"}), name="create-short-lived"),
    replace(delete(f"{NOTE}/${{gone_id}}"), name="delete-short-lived"),
    Kind("object-deleted", put(f"{NOTE}/${{gone_id}}", {"likes": 1}), "object-deleted", "was deleted"),
    Kind("acl-hides", get(f"{NOTE}/${{private_id}}", **OTHER), "object-acl", r"the ACL of `\w+` lets only", get(f"{NOTE}/${{private_id}}", **USER)),
    Kind("acl-denies-write", put(f"{NOTE}/${{readable_id}}", {"likes": 1}, **OTHER), "object-acl", r"the ACL of `\w+` lets only", put(f"{NOTE}/${{readable_id}}", {"likes": 1}, **USER)),
    Kind("acl-denies-delete", delete(f"{NOTE}/${{readable_id}}"), "object-acl", "write it, not a caller without a session, as"),
    replace(post("/roles", {"name": "editors", "ACL": {"*": {"read": True}}}), name="create-role"),
    Kind("role-taken", post("/roles", {"name": "editors", "ACL": {"*": {"read": True}}}), "role-taken", "editors", post("/roles", {"name": "authors", "ACL": {"*": {"read": True}}}), also=("repeats-in-vain",)),
    Kind("role-without-name", post("/roles", {"ACL": {"*": {"read": True}}}), "required-column", "`name` is missing", post("/roles", {"name": "readers", "ACL": {"*": {"read": True}}})),
    Kind("role-without-acl", post("/roles", {"name": "guests"}), "required-column", "`ACL` is missing", post("/roles", {"name": "guests", "ACL": {}})),
    replace(post(NOTE, {"title": "once"}, headers={"X-Parse-Request-Id": "4d7e0000-0000-4000-8000-000000000001"}), name="idempotent-create"),
    Kind("request-id-used-twice", post(NOTE, {"title": "once"}, headers={"X-Parse-Request-Id": "4d7e0000-0000-4000-8000-000000000001"}), "duplicate-request", "was used", post(NOTE, {"title": "once"}, headers={"X-Parse-Request-Id": "4d7e0000-0000-4000-8000-000000000002"})),
    Kind("required-by-validator", post("/classes/Checked", {}), "validator", "`title` is missing", post("/classes/Checked", {"title": "x"})),
]

ENDED = "r:00000000000000000000000000000000"
MFA = {"secret": "${totp_secret}", "token": "${totp}"}

USERS = [
    Kind("sign-up-without-username", post("/users", account(username=None)), "username-missing", "is missing"),
    Kind("sign-up-with-empty-username", post("/users", account(username="")), "username-missing", "is empty"),
    Kind("sign-up-with-number-for-username", post("/users", account(username=7)), "username-missing", "a number"),
    Kind("sign-up-with-empty-auth-data", post("/users", {"authData": {}}), "username-missing", "authData"),
    Kind("sign-up-without-password", post("/users", account(password=None)), "password-missing", "is missing"),
    Kind("username-taken", post("/users", account(username="alice")), "taken", "Another account has the `username` `", post("/users", account())),
    Kind("email-taken", post("/users", account(username="dave", email="alice@example.org")), "taken", "Another account has the `email` `", post("/users", account(username="dave", email="dave@example.org"))),
    Kind("email-without-at", post("/users", account(username="frank", email="frank.example.org")), "email", "no @", post("/users", account(username="frank", email="frank@example.org"))),
    Kind("email-of-update-without-at", put("/users/${bob_id}", {"email": "bob"}, **OTHER), "email", "no @", put("/users/${bob_id}", {"email": "bob2@example.org"}, **OTHER)),
    Kind("password-holds-username", post("/users", account(username="grace", email=None, password="grace-12345")), "password-holds-username", r"The password contains the user name, which this server does not allow\.", post("/users", account(username="grace", email=None))),
    Kind("provider-unknown", post("/users", {"authData": {"carrierpigeon": {"id": "7"}}}), "provider-unknown", "carrierpigeon"),
    Kind("provider-misspelt", post("/users", {"authData": {"gogle": {"id": "7", "id_token": "x"}}}), "provider-unknown", "did you mean `google`"),
    Kind("provider-without-token", post("/users", {"authData": {"google": {"id": "7"}}}), "provider-data", "lacks `id_token`"),
    Kind("provider-token-no-jwt", post("/users", {"authData": {"facebook": {"id": "7", "token": "garbage"}}}), "provider-data", r"`token` of `authData\.facebook` is not a JSON Web Token: it has 1 part; a JSON Web Token ha"),
    Kind("provider-refuses", post("/users", {"authData": {"badge": {"id": "7", "token": "stale"}}}), "provider-refused", "the provider `badge` does not accept the token for this `id`: it has ended, or is of anoth", post("/users", {"authData": {"badge": {"id": "7", "token": "valid"}}})),
    Kind("provider-refuses-link", put("/users/${bob_id}", {"authData": {"badge": {"id": "12", "token": "stale"}}}, **OTHER), "provider-refused", "the provider `badge` does not accept the token for this `id`: it has ended, or is of anoth", put("/users/${bob_id}", {"authData": {"badge": {"id": "12", "token": "valid"}}}, **OTHER)),
    Kind("provider-account-of-another", put("/users/${alice_id}", {"authData": {"badge": {"id": "12", "token": "valid"}}}, **USER), "provider-account-taken", r"he account of `badge` in `authData` is linked to a different user already\."),
    Kind("twitter-without-token", post("/users", {"authData": {"twitter": {"id": "1"}}}), "provider-data", "lacks `auth_token`"),
    Kind("auth-data-is-a-text", post("/users", account(username="judy", email=None, authData="x")), "provider-unknown", r"`authData` is a string, not an object\."),
    Kind("log-in-without-username", post("/login", {"password": "made-up-pass-1"}), "username-missing", "is missing"),
    Kind("log-in-without-password", post("/login", {"username": "alice"}), "password-missing", "is missing"),
    Kind("log-in-with-wrong-password", post("/login", {"username": "alice", "password": "made-up-wrong"}), "credentials", "password is wrong", post("/login", {"username": "alice", "password": "made-up-pass-1"})),
    Kind("log-in-with-misspelt-username", post("/login", {"username": "alicce", "password": "made-up-pass-1"}), "credentials", r"`, which was good before, and no flow showed it itself\.", post("/login", {"username": "alice", "password": "made-up-pass-1"})),
    Kind("log-in-with-space-after-username", post("/login", {"username": "carol ", "password": "made-up-pass-3"}), "credentials", "white space", post("/login", {"username": "carol", "password": "made-up-pass-3"}),),
    Kind("log-in-with-username-as-email", post("/login", {"email": "carol", "password": "made-up-pass-3"}), "credentials", r"`email` has no @\.", post("/login", {"username": "carol", "password": "made-up-pass-3"})),
    Kind("log-in-with-number-for-password", post("/login", {"username": "carol", "password": 12345678}), "credentials-type", r"`password` is a number, not a string\."),
    Kind("log-in-as-nobody", post("/loginAs", {"userId": ""}, **MASTER), "value", "`userId` is empty"),
    Kind("log-in-as-unknown", post("/loginAs", {"userId": UNKNOWN_ID}, **MASTER), "user-unknown", UNKNOWN_ID, post("/loginAs", {"userId": "${alice_id}"}, **MASTER)),
    Kind("me-without-session", get("/users/me"), "session-missing", r"GET /parse/users/me needs a session token, and none was sent\.", get("/users/me", **USER), also=("works-for-others",)),
    Kind("session-undefined", get("/users/me", session="undefined"), "session-form", "`undefined`", get("/users/me", **USER), also=("works-for-others",)),
    Kind("session-without-prefix", get("/users/me", session="0" * 32), "session-form", "`r:` before it", get("/users/me", **USER), also=("works-for-others",)),
    Kind("session-cut-off", get("/users/me", session=ENDED[:20]), "session-form", "20 characters", get("/users/me", **USER), also=("works-for-others",)),
    Kind("session-is-a-jwt", get("/users/me", session="eyJhbGciOiJub25lIn0.eyJzdWIiOiI3In0.x"), "session-form", "JSON Web Token", get("/users/me", **USER), also=("works-for-others",)),
    Kind("session-in-authorization", get("/users/me", headers={"Authorization": f"Bearer {ENDED}"}), "session-missing", r"The session token is in Authorization; Parse Server reads it from X-Parse-Session-Token\.", get("/users/me", **USER), also=("works-for-others",)),
    replace(post("/login", {"username": "carol", "password": "made-up-pass-3"}, keep={"carol_second": "sessionToken"}), name="carol-logs-in"),
    replace(post("/logout", {}, session="${carol_second}"), name="carol-logs-out"),
    Kind("session-ended-by-log-out", get("/users/me", session="${carol_second}"), "session-ended", "POST /parse/logout", get("/users/me", session="${carol_session}"), also=("works-for-others",)),
    replace(post("/users", {"username": "henry", "password": "made-up-pass-7"}, keep={"henry_id": "objectId", "henry_session": "sessionToken"}), name="henry-signs-up"),
    replace(put("/users/${henry_id}", {"password": "made-up-pass-8"}, session="${henry_session}"), name="henry-changes-password"),
    Kind("session-ended-by-new-password", get("/users/me", session="${henry_session}"), "session-ended", "PUT /parse/users/", also=("works-for-others",)),
    Kind("session-upgraded-again", post("/upgradeToRevocableSession", {}, **USER), "session-upgraded", "revocable already"),
    Kind("session-of-sessions-missing", post("/sessions", {}), "session-missing", r"POST /parse/sessions needs a session token, and none was sent\."),
    Kind("user-changed-without-session", put("/users/${alice_id}", {"nickname": "Al"}), "session-missing", r"Changing or deleting a user needs a session token, and none was sent\.", put("/users/${alice_id}", {"email": "alice2@example.org"}, **USER)),
    Kind("user-deleted-without-session", delete("/users/${alice_id}"), "session-missing", r"Changing or deleting a user needs a session token, and none was sent\."),
    Kind("user-changed-by-another", put("/users/${alice_id}", {"nickname": "Al"}, **OTHER), "not-own-user", "the session is of the user", put("/users/${alice_id}", {"email": "alice3@example.org"}, **USER)),
    Kind("user-me-changed", put("/users/me", {"nickname": "Al"}, **USER), "not-own-user", "only GET knows /users/me"),
    Kind("email-verified-by-client", put("/users/${bob_id}", {"emailVerified": True}, **OTHER), "email-verified", "`emailVerified`"),
    Kind("session-field-set", put("/sessions/${session_id}", {"sessionToken": "r:made-up"}, **USER), "session-field", "`sessionToken`"),
    Kind("reset-without-email", post("/requestPasswordReset", {}), "email-missing", "`email` is missing", post("/requestPasswordReset", {"email": "alice3@example.org"})),
    Kind("reset-with-username", post("/requestPasswordReset", {"username": "alice"}), "email-missing", "user name is not enough", post("/requestPasswordReset", {"email": "alice3@example.org"})),
    Kind("reset-of-unknown-email", post("/requestPasswordReset", {"email": "nobody@example.org"}), "email-unknown", "No account", post("/requestPasswordReset", {"email": "alice3@example.org"})),
    Kind("reset-with-number-for-email", post("/requestPasswordReset", {"email": 7}), "email", "a number", post("/requestPasswordReset", {"email": "alice3@example.org"})),
    Kind("reset-with-number-for-token", post("/requestPasswordReset", {"token": 7}), "value", r"`token` is a number, not a string\."),
    Kind("letter-to-unknown-email", post("/verificationEmailRequest", {"email": "nobody@example.org"}), "email-unknown", "No account"),
    Kind("reset-page-without-token", post(f"/apps/{APP_ID}/request_password_reset", b"username=alice&new_password=made-up-pass-8", key="none", headers=FORM), "reset-token", "`token` is missing"),
    Kind("reset-page-without-password", post(f"/apps/{APP_ID}/request_password_reset", b"username=alice&token=made-up", key="none", headers=FORM), "password-missing", "`new_password` is missing"),
    Kind("challenge-of-nothing", post("/challenge", {}), "challenge", "`challengeData` is missing"),
    Kind("challenge-no-object", post("/challenge", {"challengeData": "x"}), "challenge", r"`challengeData` is a string, not an object\."),
    Kind("second-factor-with-short-secret", put("/users/${bob_id}", {"authData": {"mfa": {"secret": "short", "token": "000000"}}}, **OTHER), "one-time-code", "shorter", put("/users/${bob_id}", {"authData": {"mfa": MFA}}, **OTHER)),
    Kind("second-factor-missing", post("/login", {"username": "bob", "password": "made-up-pass-2"}), "one-time-code", r"The account has a second factor \(`mfa`\), and `authData` of the request does not have it\.", post("/login", {"username": "bob", "password": "made-up-pass-2", "authData": {"mfa": {"token": "${totp}"}}})),
    Kind("second-factor-wrong", post("/login", {"username": "bob", "password": "made-up-pass-2", "authData": {"mfa": {"token": "000000"}}}), "one-time-code", r"`token` of `authData\.mfa` is not the code of this moment, or of another account: codes liv"),
    Kind("second-factor-no-digits", post("/login", {"username": "bob", "password": "made-up-pass-2", "authData": {"mfa": {"token": "abc"}}}), "one-time-code", "digits only"),
]

CODE = [
    Kind("function-misspelt", post("/functions/helo", {}), "function-unknown", "did you mean `hello`", post("/functions/hello", {})),
    Kind("function-in-other-case", post("/functions/Hello", {}), "function-unknown", "did you mean `hello`", post("/functions/hello", {})),
    Kind("function-unknown", post("/functions/goodbye", {}), "function-unknown", "no cloud function `goodbye`"),
    Kind("validator-wants-login", post("/functions/membersOnly", {}), "session-lost", "signed-in users", post("/functions/membersOnly", {}, **USER)),
    Kind("validator-wants-master-key", post("/functions/masterOnly", {}), "validator-caller", "master key", post("/functions/masterOnly", {}, **MASTER)),
    Kind("validator-wants-field", post("/functions/needsAmount", {}), "validator", "`amount` is missing", post("/functions/needsAmount", {"amount": 3})),
    Kind("validator-wants-number", post("/functions/needsAmount", {"amount": "three"}), "validator", "takes a number", post("/functions/needsAmount", {"amount": 3})),
    replace(post("/jobs/tidy", {}, **MASTER), name="job"),
    Kind("job-unknown", post("/jobs/untidy", {}, **MASTER), "job-unknown", "no job `untidy`", post("/jobs/tidy", {}, **MASTER)),
    Kind("job-without-name", post("/jobs", {}, **MASTER), "job-unknown", "no name"),
    Kind("function-without-name", post("/functions/", {}), "route", "lacks a name", post("/functions/hello", {})),
    Kind("job-scheduled-unknown", post("/cloud_code/jobs", {"job_schedule": {"jobName": "untidy"}}, **MASTER), "job-unknown", "no job `untidy`"),
    replace(post("/functions/limited", {}), name="limited-1"),
    replace(post("/functions/limited", {}), name="limited-2"),
    Kind("rate-limit", post("/functions/limited", {}), "rate-limit", "wait"),
    Kind("rate-limit-in-batch", replace(batch("", [("POST", "/functions/limited", {})]), versions=(9,)), "rate-limited-part", "part 0 of the batch goes to `/parse/functions/limited`, which was over its limit"),
    replace(post("/hooks/functions", {"functionName": "faraway", "url": "http://127.0.0.1:9/faraway"}, **MASTER), name="hook"),
    Kind("hook-again", post("/hooks/functions", {"functionName": "faraway", "url": "http://127.0.0.1:9/faraway"}, **MASTER), "webhook-exists", "already"),
    Kind("hook-without-url", post("/hooks/functions", {"functionName": "nearby"}, **MASTER), "webhook", "lacks `url`", post("/hooks/functions", {"functionName": "nearby", "url": "http://127.0.0.1:9/nearby"}, **MASTER)),
    Kind("hook-unknown", get("/hooks/functions/nowhere", **MASTER), "webhook-exists", "no hook for `nowhere`", get("/hooks/functions/nearby", **MASTER)),
    Kind("purchase-without-receipt", post("/validate_purchase", {"productIdentifier": "org.example.more"}), "receipt", "`receipt`"),
    Kind("batch-without-list", post("/batch", {}), "batch-form", "`requests`", batch("", [("GET", NOTE, {})])),
    Kind("batch-part-without-path", post("/batch", {"requests": [{"method": "GET"}]}), "batch-form", "Part 0 of the batch has no `path`", batch("", [("GET", NOTE, {})])),
    Kind("batch-with-wrong-mount-path", post("/batch", {"requests": [{"method": "GET", "path": "/1/classes/Note"}]}), "batch", r"Part 0 of the batch, `GET /1/classes/Note`, does not begin with the mount path `/parse`\.", batch("", [("GET", NOTE, {})])),
    Kind("batch-without-mount-path", post("/batch", {"requests": [{"method": "GET", "path": "/classes/Note"}]}), "batch", r"Part 0 of the batch, `GET /classes/Note`, does not begin with the mount path `/parse`\.", batch("", [("GET", NOTE, {})])),
    Kind("batch-with-unknown-route", post("/batch", {"requests": [{"method": "GET", "path": "/parse/classes/Note"}, {"method": "GET", "path": "/parse/nowhere"}]}), "batch", r"Part 1 of the batch, `GET /parse/nowhere`, is not a path of Parse Server\."),
    Kind("batch-with-wrong-method", post("/batch", {"requests": [{"method": "PATCH", "path": "/parse/classes/Note/${note_id}", "body": {"likes": 1}}]}), "batch", "Part 0 of the batch, `PATCH /parse/classes/Note", batch("", [("PUT", f"{NOTE}/${{note_id}}", {"likes": 1})])),
    Kind("batch-with-method-in-small-letters", post("/batch", {"requests": [{"method": "get", "path": "/parse/classes/Note"}]}), "batch-form", r"Part 0 of the batch has its method \(`get`\) in lower case\.", batch("", [("GET", NOTE, {})])),
    Kind("batch-without-method", post("/batch", {"requests": [{"path": "/parse/classes/Note"}]}), "batch-form", "no `method`", batch("", [("GET", NOTE, {})])),
    Kind("batch-part-with-bad-where", batch("", [("GET", NOTE, {"where": "{"})], versions=(9,)), "parameter", "not valid JSON", batch("", [("GET", NOTE, {"where": {}})], versions=(9,))),
    Kind("batch-part-with-bad-limit", batch("", [("GET", NOTE, {"limit": -1})]), "parameter", "`limit` is `-1`", batch("", [("GET", NOTE, {"limit": 1})])),
    Kind("batch-in-batch", batch("", [("POST", "/batch", {"requests": []})], versions=(9,)), "batch-form", "batch inside a batch"),
    Kind("batch-in-batch", batch("", [("POST", "/batch", {"requests": []})], versions=(8,)), "batch-in-batch", "batch inside a batch"),
    Kind("batch-too-long", replace(batch("", [("GET", NOTE, {})] * 21), versions=(9,)), "batch-form", "`21` parts", batch("", [("GET", NOTE, {})] * 20)),
    Kind("batch-part-of-wrong-type", batch("", [("POST", NOTE, {"title": "x"}), ("POST", NOTE, {"likes": "three"})]), "type-mismatch", "`likes`", batch("", [("POST", NOTE, {"likes": 3})])),
    Kind("batch-part-with-bad-date", batch("", [("POST", NOTE, {"due": {"__type": "Date", "iso": "some day"}})]), "date", "some day"),
    Kind("batch-part-for-master-key", batch("", [("GET", "/schemas", {})]), "master-key-missing", "takes the master key"),
    Kind("batch-part-with-unknown-id", batch("", [("PUT", f"{NOTE}/{UNKNOWN_ID}", {"likes": 1})]), "object-unknown", UNKNOWN_ID, batch("", [("PUT", f"{NOTE}/${{note_id}}", {"likes": 1})])),
    Kind("transaction-with-a-failing-part", post("/batch", {"transaction": True, "requests": [{"method": "POST", "path": "/parse/classes/Note", "body": {"title": "one"}}, {"method": "PUT", "path": f"/parse{NOTE}/{UNKNOWN_ID}", "body": {"likes": 1}}]}), "transaction", "one of the parts", batch("", [("POST", NOTE, {"title": "one"})], transaction=True)),
]

STORES = [
    Kind("upload-without-session", post("/files/hello.txt", b"hello", headers=TEXT), "upload-session", "signed-in users only", post("/files/hello.txt", b"hello", headers=TEXT, keep={"file_name": "name"}, **USER)),
    Kind("upload-of-html", post("/files/page.html", b"<p>hello", headers={"Content-Type": "text/html"}, **USER), "file-extension", "`html`", post("/files/page.txt", b"<p>hello", headers=TEXT, **USER)),
    Kind("upload-of-nothing", post("/files/empty.txt", b"", headers=TEXT, **USER), "file-body", "no body", post("/files/empty.txt", b"x", headers=TEXT, **USER)),
    Kind("upload-without-name", post("/files", b"hello", headers=TEXT, **USER), "file-name", "no file name", post("/files/a.txt", b"hello", headers=TEXT, **USER)),
    Kind("upload-with-long-name", post("/files/" + "n" * 140 + ".txt", b"hello", headers=TEXT, **USER), "file-name", "128 characters", post("/files/" + "n" * 40 + ".txt", b"hello", headers=TEXT, **USER)),
    Kind("upload-with-sign-in-name", post("/files/hello%24there.txt", b"hello", headers=TEXT, **USER), "file-name", r"`\$` in it", post("/files/hello_there.txt", b"hello", headers=TEXT, **USER)),
    Kind("upload-too-large", post("/files/large.txt", b"x" * 9_000, headers=TEXT, **USER), "body-too-large", "9,000 bytes", post("/files/large.txt", b"x", headers=TEXT, **USER)),
    Kind("file-of-another-app", get("/files/other-app/hello.txt", key="none"), "app-of-path", r"The URL names the application id `other-app`, which this server does not know\.", get(f"/files/{APP_ID}/${{file_name}}", key="none")),
    Kind("upload-of-svg-without-extension", post("/files/picture", b"<svg/>", headers={"Content-Type": "image/svg+xml"}, **USER), "file-extension", "`picture` has no extension"),
    Kind("download-by-own-name", get(f"/files/{APP_ID}/hello.txt", key="none"), "file-unknown", "32 hexadecimal digits", get(f"/files/{APP_ID}/${{file_name}}", key="none")),
    replace(post("/installations", INSTALLATION, keep={"installation_id": "objectId"}), name="installation"),
    Kind("device-without-id", post("/installations", {"deviceType": "ios"}), "installation", "neither `installationId` nor `deviceToken`"),
    Kind("device-without-type", post("/installations", {"installationId": "9a5b0000-0000-4000-8000-000000000002"}), "installation", "`deviceType` is missing", post("/installations", {"deviceType": "ios", "installationId": "9a5b0000-0000-4000-8000-000000000002"})),
    Kind("device-with-another-id", put("/installations/${installation_id}", {"installationId": "9a5b0000-0000-4000-8000-000000000003"}), "installation", "cannot be changed", put("/installations/${installation_id}", {"channels": ["news"]})),
    Kind("device-with-another-type", put("/installations/${installation_id}", {"deviceType": "android"}), "installation", "`deviceType`", put("/installations/${installation_id}", {"deviceType": "ios"})),
    replace(post("/installations", {"deviceType": "ios", "installationId": "9a5b0000-0000-4000-8000-000000000011", "deviceToken": "b" * 64, "appIdentifier": "org.example.one"}), name="installation-one"),
    replace(post("/installations", {"deviceType": "ios", "installationId": "9a5b0000-0000-4000-8000-000000000012", "deviceToken": "b" * 64, "appIdentifier": "org.example.two"}), name="installation-two"),
    Kind("device-token-of-several", post("/installations", {"deviceType": "ios", "deviceToken": "b" * 64}), "installation", "several installations"),
    Kind("devices-listed-by-client", get("/installations"), "system-class", "_Installation", get("/installations", **MASTER)),
    Kind("push-with-channels-and-where", post("/push", {"channels": ["news"], "where": {}, **PUSH}, **MASTER), "push", "`channels` and `where`", post("/push", {"channels": ["news"], **PUSH}, **MASTER)),
    Kind("push-to-nobody", post("/push", PUSH, **MASTER), "push", "nobody is addressed", post("/push", {"where": {}, **PUSH}, **MASTER)),
    Kind("push-with-two-expirations", post("/push", {"where": {}, "expiration_time": 1, "expiration_interval": 1, **PUSH}, **MASTER), "push", "only one of them"),
    Kind("push-with-bad-time", post("/push", {"where": {}, "push_time": "soon", **PUSH}, **MASTER), "push", "`push_time` is `soon`"),
    Kind("push-with-bad-interval", post("/push", {"where": {}, "expiration_interval": -1, **PUSH}, **MASTER), "push", "`expiration_interval` is `-1`", post("/push", {"where": {}, "expiration_interval": 60, **PUSH}, **MASTER)),
    Kind("schema-there-already", post("/schemas/Note", schema("Note", TITLE, COMMON), **MASTER), "schema-state", "`Note` already"),
    Kind("schema-unknown", get("/schemas/Notes", **MASTER), "schema-class", "The class `Notes` does not exist", get("/schemas/Note", **MASTER)),
    Kind("schema-with-invalid-name", post("/schemas/9lives", {"className": "9lives"}, **MASTER), "schema-name", "9lives"),
    Kind("schema-with-two-names", post("/schemas/Novelty", {"className": "Other"}, **MASTER), "schema-state", "`Novelty`.*`Other`"),
    Kind("schema-without-name", post("/schemas", {}, **MASTER), "schema-state", r"The request does not name a class\."),
    Kind("column-of-unknown-type", post("/schemas/Novelty", {"fields": {"shade": {"type": "Sting"}}}, **MASTER), "schema-field", "`Sting`, which is not a Parse type"),
    Kind("column-as-a-word", post("/schemas/Novelty", {"fields": {"shade": "String"}}, **MASTER), "schema-field", "takes an object"),
    Kind("schema-with-underscore", post("/schemas/_Mine", {}, **MASTER), "schema-name", r"`_Mine` is not a valid class name: names that start with `_` are internal to the server\."),
    Kind("column-pointing-nowhere", post("/schemas/Novelty", {"fields": {"shade": {"type": "Pointer"}}}, **MASTER), "schema-field", "without `targetClass`"),
    Kind("column-with-hyphen", post("/schemas/Novelty", {"fields": {"my-shade": {"type": "String"}}}, **MASTER), "schema-field", "my-shade"),
    Kind("column-of-the-server", post("/schemas/Novelty", {"fields": {"createdAt": {"type": "String"}}}, **MASTER), "schema-field", "`createdAt`"),
    Kind("columns-with-two-places", post("/schemas/Novelty", {"fields": {"here": {"type": "GeoPoint"}, "there": {"type": "GeoPoint"}}}, **MASTER), "schema-column", "one GeoPoint"),
    Kind("column-with-wrong-default", post("/schemas/Novelty", {"fields": {"shade": {"type": "String", "defaultValue": 3}}}, **MASTER), "schema-column", "The `defaultValue` of `shade` is of the type `Number`, but the column is of the type `Stri"),
    Kind("column-there-already", put("/schemas/Note", {"fields": {"title": {"type": "Number"}}}, **MASTER), "schema-column", r"The column `title` already exists with another type\."),
    Kind("column-unknown-deleted", put("/schemas/Note", {"fields": {"shade": {"__op": "Delete"}}}, **MASTER), "schema-column", r"The column `shade` does not exist, so it cannot be deleted\."),
    Kind("schema-dropped-with-objects", delete("/schemas/Note", **MASTER), "schema-state", r"The class `Note` still has `33` objects, so it cannot be deleted\."),
    Kind("permission-misspelt", put("/schemas/Note", {"classLevelPermissions": {"udpate": {"*": True}}}, **MASTER), "schema-operation", r"`udpate` is not an operation of class-level permissions\."),
    Kind("permission-for-nobody", put("/schemas/Note", {"classLevelPermissions": {"get": {"some body": True}}}, **MASTER), "schema-permissions", "some body"),
    Kind("permission-no-object", put("/schemas/Note", {"classLevelPermissions": {"get": "all"}}, **MASTER), "schema-permissions", "takes an object"),
    Kind("index-on-unknown-field", put("/schemas/Note", {"indexes": {"by_shade": {"shade": 1}}}, **MASTER), "schema-index", "`shade`"),
]

SOCKETS = [
    Kind("graphql-unclosed", graphql("", "query { notes { "), "graphql-brackets", r"The query has 2 `\{` and 0 `\}`: a `\}` is missing, or one of the other is too many\.", graphql("", "{ notes { edges { node { title } } } }"), also=("graphql-syntax",)),
    Kind("graphql-unknown-field", graphql("", "query { shades { id } }"), "graphql-name", "`shades` is not a field of"),
    Kind("graphql-without-variable", graphql("", "query($id: ID!) { note(id: $id) { title } }"), "graphql-variable", "`$id`".replace("$", r"\$")),
    Kind("graphql-text-for-number", graphql("", 'mutation { createNote(input: {fields: {likes: "x"}}) { note { id } } }'), "graphql-value", "takes `Float`", graphql("", "mutation { createNote(input: {fields: {likes: 1}}) { note { id } } }")),
    Kind("graphql-variable-of-wrong-type", graphql("", "query($n: Int!) { notes(first: $n) { count } }", variables={"n": "x"}), "graphql-variable-type", "takes `Int`", graphql("", "query($n: Int!) { notes(first: $n) { count } }", variables={"n": 1})),
    Kind("graphql-without-argument", graphql("", "mutation { deleteNote { note { id } } }"), "graphql-argument", "lacks the argument `input`"),
    Kind("graphql-without-selection", graphql("", 'query { note(id: "x") }'), "graphql-argument", "none of its fields"),
    Kind("graphql-two-operations", graphql("", "query A { health } query B { health }"), "graphql-operation", "2 operations", graphql("", "query A { health }")),
    Kind("graphql-without-query", post("/graphql", {}), "graphql-no-query", "no `query`", graphql("", "{ health }")),
    Kind("graphql-by-get", ask("GET", "/graphql"), "graphql-no-query", "no `query`", graphql("", "{ health }")),
    Kind("graphql-wrong-password", graphql("", 'mutation { logIn(input: {username: "alice", password: "made-up-wrong"}) { viewer { sessionToken } } }'), "credentials", "password is wrong"),
    Kind("graphql-introspection", graphql("", "{ __schema { types { name } } }"), "graphql-introspection", "__schema"),
    Kind("graphql-negative-skip", graphql("", "query { notes(skip: -1) { edges { node { id } } } }"), "graphql-paging", "`skip` is `-1`", graphql("", "query { notes(skip: 1) { edges { node { id } } } }")),
    Kind("graphql-empty-pointer", graphql("", 'mutation { createNote(input: {fields: {title: "x", owner: {}}}) { note { id } } }'), "graphql-pointer", "`owner` is empty"),
    Kind("graphql-username-taken", graphql("", 'mutation { signUp(input: {fields: {username: "alice", password: "made-up-pass-9"}}) { viewer { sessionToken } } }'), "taken", "`username`"),
    Kind("graphql-without-session", graphql("", "query { viewer { sessionToken } }"), "session-missing", r"`viewer` needs a session token, and none was sent\.", graphql("", "query { viewer { user { id } } }", session="${alice_session}")),
    Kind("graphql-without-app-id", post("/graphql", {"query": "{ health }"}, key="none"), "app-id-missing", "names no application id", graphql("", "{ health }")),
    Kind("graphql-broken-json", post("/graphql", b'{"query": ', headers=JSON), "body-json", "ends too early", graphql("", "{ health }")),
    Kind("live-wrong-key", live("", [{**HELLO, "restAPIKey": "made-up-wrong-key"}]), "live-key", "`restAPIKey`", live("", [HELLO])),
    Kind("live-without-key", live("", [{"op": "connect", "applicationId": APP_ID}]), "live-key", "no key", live("", [HELLO])),
    Kind("live-without-app-id", live("", [{"op": "connect"}]), "live-message", "no `applicationId`", live("", [HELLO])),
    Kind("live-operation-misspelt", live("", [HELLO, {**LISTEN, "op": "subscibe"}]), "live-operation", "is not an operation", live("", [HELLO, LISTEN])),
    Kind("live-without-where", live("", [HELLO, {**LISTEN, "query": {"className": "Note"}}]), "live-message", "`where` of `query` is missing", live("", [HELLO, LISTEN])),
    Kind("live-text-for-request-id", live("", [HELLO, {**LISTEN, "requestId": "x"}]), "live-message", r"`requestId` is a string, not a number\.", live("", [HELLO, LISTEN])),
    Kind("live-key-too-much", live("", [{**HELLO, "extra": 1}]), "live-message", "`extra`", live("", [HELLO])),
    Kind("live-subscribed-too-early", live("", [LISTEN]), "live-order", "before `connect`", live("", [HELLO, LISTEN])),
    Kind("live-left-without-joining", live("", [HELLO, {"op": "unsubscribe", "requestId": 7}]), "live-order", "`7` was never subscribed", live("", [HELLO, LISTEN, {"op": "unsubscribe", "requestId": 1}])),
    Kind("live-broken-regex", live("", [HELLO, {**LISTEN, "query": {"className": "Note", "where": {"title": {"$regex": "M["}}}}]), "query-regex", r"The `\$regex` for `title` is not a valid regular expression: a `\[` has no `\]`\.", live("", [HELLO, {**LISTEN, "query": {"className": "Note", "where": {"title": {"$regex": "M"}}}}])),
    Kind("live-sessions-without-session", live("", [HELLO, {**LISTEN, "query": {"className": "_Session", "where": {}}}]), "live-session", "needs a session"),
    Kind("live-denied", live("", [HELLO, {**LISTEN, "query": {"className": "Vault", "where": {}}}]), "live-permission", "deny `find`"),
]

# What no request can show: the server's settings and data, the app's own code, what somebody did elsewhere.
ELSEWHERE = [
    Kind("weak-password", post("/users", account(username="ivan", email=None, password="weak"))),
    Kind("barred-account", post("/login", {"username": "barred", "password": "made-up-pass-4"}), also=("own-code",)),
    Kind("unverified-email", post("/login", {"username": "unverified1", "password": "made-up-pass-5"}), also=("account-state",)),
    Kind("function-throws", post("/functions/failPlainly", {}), also=("cloud-own-words",)),
    Kind("function-throws-code", post("/functions/fail", {"code": 9001, "message": "The stock is empty."}), also=("own-code",)),
    Kind("function-throws-101", post("/functions/fail", {"code": 101, "message": "Object not found."}), also=("cloud-code",)),
    Kind("function-throws-119", post("/functions/fail", {"code": 119, "message": "Permission denied"}), also=("cloud-code",)),
    Kind("function-throws-209", post("/functions/fail", {"code": 209, "message": "The till is closed."}), also=("cloud-code",)),
    Kind("validator-refuses", post("/functions/validated", {"answer": 41}), also=("own-words",)),
    Kind("trigger-refuses", post("/classes/Guarded", {"title": "plain"}), also=("trigger-own-words",)),
    Kind("trigger-refuses-deletion", delete("/classes/Guarded/${guarded_id}"), also=("own-words",)),
    Kind("trigger-fails", post("/classes/Guarded", {"title": "broken"}), also=("trigger-own-words",)),
    Kind("webhook-unreachable", post("/functions/faraway", {}), also=("server-network",)),
    Kind("unknown-user-logs-in", post("/login", {"username": "zebediah", "password": "made-up-wrong"})),
    Kind("session-unknown", get("/users/me", session=ENDED), also=("works-for-others",)),
    Kind("reset-token-stale", post(f"/apps/{APP_ID}/request_password_reset", b"username=alice&token=made-up&new_password=made-up-pass-8", key="none", headers=FORM), also=("reset-token",)),
]

FAULTS: list[Situation | Kind] = [
    *PREPARE, *DOOR, *BODIES, *ROUTES, *QUERIES, *OBJECTS,
    replace(get("/sessions/me", keep={"session_id": "objectId"}, **USER), name="session-me"),
    *USERS, *CODE, *STORES, *SOCKETS, *ELSEWHERE,
]  # fmt: skip


def requests(version: int) -> Iterator[tuple[Situation, Kind | None]]:
    """All requests for a version in their order, each fault followed by its mended twin; those that only prepare have no kind."""
    for item in FAULTS:
        if isinstance(item, Situation):
            yield item, None
            continue
        if version in item.faulty.versions:
            yield replace(item.faulty, name=item.name), item
            if item.mended is not None:
                yield replace(item.mended, name=f"{item.name}-mended"), item
