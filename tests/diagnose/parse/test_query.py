"""Rules for queries that Parse Server refuses: each finds its fault, and is silent about the request without it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from diagnose.parse_talk import AS_MASTER, DENIED, NO_KEYS, NOTE, NOTE_ID, REST_KEY, STORED, bare, coded, encoded, find, talk, where, worked
from diagnose.talk import Row, RowTests
from matrix import in_one_test

GOOD = {"title": "Milk"}
POINT = {"__type": "GeoPoint", "latitude": 1, "longitude": 1}
DEEP: Any = GOOD
for _ in range(10):
    DEEP = {"$or": [DEEP]}
AS_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
HIDDEN = "This user is not allowed to query salary on class Note"


def row(rule: str, says: str, wrong: Any, right: Any = GOOD, code: int = 102, message: str = "Bad query", certain: bool = True, **more: Any) -> Row:
    """A condition at fault, and one that is none."""
    return Row(rule, says, find(wrong, code, message), where(right), certain, **more)


def operand(says: str, wrong: Any, right: Any, field: str = "title", code: int = 107) -> Row:
    return row("operand", says, {field: wrong}, {field: right}, code)


def value(says: str, wrong: Any, right: Any = GOOD, certain: bool = True, rule: str = "query-value") -> Row:
    return row(rule, says, wrong, right, 1, "An internal server error occurred", certain, before=[STORED])


def asked(rule: str, says: str, query: str, good: str, code: int = 102, message: str = "Bad query", path: str = NOTE, fix: str = "") -> Row:
    """A query string at fault, and one that is none."""
    return Row(rule, says, coded(code, message, path=f"{path}?{query}"), {"path": f"{path}?{good}"}, fix=fix)


def in_body(condition: Any) -> dict[str, Any]:
    """As the JavaScript SDK asks."""
    sent = {"_method": "GET", "_ApplicationId": "notes-app", "_JavaScriptKey": REST_KEY, "where": condition}
    return {"method": "POST", "body": sent, "headers": NO_KEYS}


ROWS = [
    asked("parameter", "at column 2: a key stands without quotes", "where=%7Btitle%3A1%7D", "where=%7B%22title%22%3A1%7D", 107),
    Row(
        "nothing-asked",
        "the request has no condition, order or other value that could be at fault",
        coded(1, "Internal server error.", path=NOTE),
        {"path": f"{NOTE}?where=%7B%22a%22%3A1%7D"},
        False,
        fix="Read the server's log at this time",
    ),
    asked("parameter", "percent-encoded twice", "where=%257B%2522a%2522%253A1%257D", "where=%7B%22a%22%3A1%7D", 1, "Internal server error."),
    asked("parameter", "`where` must be a JSON object; it is a", "where=%5B1%5D", "where=%7B%7D", 107),
    Row(
        "null-in-list",
        "`$in` or `$nin` in `where` has null in its list",
        coded(1, "Internal server error.", path=NOTE + "?where=" + quote('{"title":{"$in":["a",null]}}')),
        {"path": NOTE + "?where=" + quote('{"title":{"$in":["a","null"]}}')},
        certain=False,
        fix="Leave null out of the list",
    ),
    Row(
        "center-sphere-newer",
        "knows only `$polygon` in `$geoWithin`",
        coded(
            107,
            "bad $geoWithin value; $polygon should contain at least 3 GeoPoints",
            path=NOTE + "?where=" + quote('{"place":{"$geoWithin":{"$centerSphere":[[13,52],0.1]}}}'),
        ),
        {"path": NOTE + "?where=" + quote('{"place":{"$geoWithin":{"$polygon":[]}}}')},
        fix="Update Parse Server",
    ),
    Row("parameter", "its value has a raw `&`", coded(107, path=NOTE + '?where={"a":"b&c"}'), {"path": NOTE + "?where=%7B%22a%22%3A%22b%26c%22%7D"}),
    Row(
        "parameter",
        "was not percent-encoded; a `&`, `+` or `#` in it cut it off",
        coded(107, path=NOTE + '?where={"a":"b'),
        {"path": NOTE + "?where=%7B%22a%22%3A%22b%26c%22%7D"},
        False,
    ),
    Row("parameter", "a key stands without quotes", coded(107, **in_body("{title: 1}")), in_body({"title": 1})),
    asked("parameter", "`filter` is not a parameter of this request", "filter=1", "where=%7B%7D"),
    asked("parameter", "`limt` is not a parameter of this request", "limt=1", "limit=1"),
    asked(
        "parameter",
        "`where` is not a parameter of this request",
        "where=%7B%7D",
        "keys=title",
        path=f"{NOTE}/{NOTE_ID}",
        fix="which `/classes/{class}` takes",
    ),
    Row(
        "query-in-body",
        "The body is the query string of a GET (`where=...`)",
        bare(400, "Unexpected token w in JSON at position 0", "POST", NOTE, body=b"where=%7B%7D", headers={"Content-Type": "application/json"}),
        {"body": b'{"where": '},
        fix="add `-G`",
    ),
    Row(
        "json-as-form",
        "The body is JSON, but its Content-Type is `application/x-www-form-urlencoded`",
        coded(105, 'Invalid field name: {"title":"Milk"}.', "POST", body=b'{"title":"Milk"}', headers=AS_FORM),
        {"headers": {"Content-Type": "application/json"}},
    ),
    Row(
        "json-as-form",
        "the body is JSON, but its Content-Type",
        coded(200, "username/email is required.", "POST", "/login", body=b'{"username":"alice"}', headers=AS_FORM),
        {"body": b"username=alice"},
        False,
    ),
    asked(
        "query-key", "`order` names `className`, which is a reserved name", "order=className", "order=title", 105, "Invalid field name: className."
    ),
    row(
        "operand",
        "`$in` has a value that is not a string (`7`)",
        {"title": {"$in": ["a", 7]}},
        {"title": {"$in": ["a"]}},
        102,
        '$in element type mismatch: expected string for field "title"',
    ),
    Row(
        "query-include",
        "`include` (`device`) follows a pointer to the class `_Installation`",
        coded(119, "Clients aren't allowed to perform the get operation on the _Installation collection.", path=f"{NOTE}?include=device"),
        {"path": NOTE},
        False,
    ),
    asked("parameter", "The `=` after `where` is percent-encoded", "where%3D%7B%22a%22%3A1%7D=&limit=1", "where=%7B%22a%22%3A1%7D&limit=1"),
    row(
        "query-key",
        "A subquery in `where` names `_hidden`",
        {"owner": {"$inQuery": {"className": "_User", "where": {"_hidden": 1}}}},
        code=105,
        message="Invalid key name: _hidden",
    ),
    row("logical-operand", "`$or` takes an array of conditions; it was given an object", {"$or": GOOD}, {"$or": [GOOD]}),
    row("logical-operand", "`$nor` takes an array of at least one condition; it was given an empty one", {"$nor": []}, {"$nor": [GOOD]}),
    row("logical-operand", "`$and` takes an array", {"$or": [{"$and": "x"}]}, {"$or": [{"$and": [GOOD]}]}),
    row("query-operator", "`$exist` is not a supported query operator.", {"a": {"$exist": True}}, {"a": {"$exists": True}}, fix="Write `$exists`"),
    row(
        "query-operator",
        "`$resembles` is not a supported query operator",
        {"a": {"$resembles": 1}},
        code=119,
        message="Postgres doesn't support this query type yet",
    ),
    asked(
        "query-key",
        "`order` names `my-title`, which is not a valid field name",
        "order=-my-title",
        "order=-title",
        105,
        "Invalid field name: my-title.",
    ),
    row("query-key", "`where` names `my-title`", {"my-title": 1}, code=105, message="Invalid key name: my-title"),
    row("query-key", "names that start with `_` are internal", {"_hidden": 1}, code=105, message="Invalid key name: _hidden"),
    row("query-operator", "`$where` is not a supported query operator", {"$where": "1"}, code=105, message="Invalid key name: $where"),
    row("operator-misplaced", "`$in` is in the place of a field name", {"$in": [1]}, code=105, message="Invalid key name: $in"),
    asked("parameter", "`where` must be a JSON object", "where=[1]", "where={}", 105, "Invalid key name: 0"),
    asked("parameter", "`limit` is `1e99`, which is not a whole number", "limit=1e99", "limit=100", 1, "Internal server error."),
    Row(
        "query-protected",
        "the server hides `email` of users from others",
        coded(119, DENIED, path=f"/users?where={encoded({'email': 'x'})}"),
        {"path": f"/users?where={encoded({'username': 'x'})}"},
        certain=False,
    ),
    row("query-acl", "`where` contains `ACL`", {"ACL": {"*": {"read": True}}}, message="Cannot query on ACL."),
    row(
        "query-depth",
        "deeper than the `8` levels that this server allows",
        DEEP,
        message="Query condition nesting depth exceeds maximum allowed depth of 8",
    ),
    asked(
        "query-depth",
        "`include` is `a.b.c`: its deepest path has `3` levels; this server allows `2`",
        "include=a.b.c",
        "limit=1",
        102,
        "Include depth of 3 exceeds maximum allowed depth of 2",
    ),
    row(
        "related-to",
        "`$relatedTo` stands inside `$and`, `$or` or a subquery",
        {"$or": [{"$relatedTo": {"object": {}, "key": "fans"}}]},
        {"likes": 1},
        105,
        "Invalid key name: $relatedTo",
        False,
        fix="at the top of `where`",
    ),
    Row(
        "related-to",
        "`$relatedTo` stands beside `$or`, `$and` or `$nor`",
        coded(105, "Invalid key name: $relatedTo", **in_body({"$or": [{"likes": 1}], "$relatedTo": {"object": {}, "key": "fans"}})),
        {"answer": {"code": 105, "error": "Refused."}},
        False,
        fix="Put both into one `$and`",
    ),
    asked("query-depth", "`include` names `3` fields", "include=a,b,c", "limit=1", 102, "Number of include fields (3) exceeds maximum allowed (2)"),
    asked(
        "query-explain",
        "`explain` asks for the query plan",
        "explain=true",
        "limit=1",
        102,
        "Using the explain query parameter requires the master key",
    ),
    asked("parameter", "`limit` is `-1`, which is outside the limits", "limit=-1", "limit=1", 1, "LIMIT must not be negative"),
    asked("parameter", "`skip` is `many`", "skip=many", "skip=0", 1, "Internal server error."),
    asked("parameter", "`limit` is `1.5`", "limit=1.5", "limit=15", 1, "Internal server error."),
    Row(
        "query-protected",
        "The query uses `salary`, which its class hides",
        find({"salary": 1}, 119, HIDDEN),
        {"answer": {"code": 119, "error": DENIED}},
    ),
    row(
        "conditions-nested",
        "the query is in order: servers before 2.2.16 do not read",
        {"$and": [{"a": 1}, {"$or": [{"b": 1}, {"b": 2}]}]},
        {"$and": [{"a": 1}]},
        105,
        "Invalid key name: 1",
        False,
        fix="flatten the condition",
    ),
    row("key-not-sent", "`_wperms` is nowhere in this request", {"a": 1}, {"_wperms": 1}, 105, "Invalid key name: _wperms", False),
    Row("query-protected", "hides `salary` from this caller", find({"salary": 1}, 119, DENIED), {"path": NOTE}, certain=False, before=[worked()]),
    operand("`$in` takes an array; it was given a", {"$in": "x"}, {"$in": ["x"]}),
    row(
        "operand",
        "`age`: `$in` takes an array; it was given a number",
        {"owner": {"$inQuery": {"className": "_User", "where": {"age": {"$in": 3}}}}},
        {"owner": {"$inQuery": {"className": "_User", "where": {"age": {"$in": [3]}}}}},
        107,
        "bad $in value",
    ),
    operand("`$nin` takes an array", {"$nin": {}}, {"$nin": []}),
    operand("`$containedBy` takes an array", {"$containedBy": 3}, {"$containedBy": [3]}),
    operand("`$regex` takes a string; it was given a number", {"$regex": 3}, {"$regex": "3"}, code=102),
    operand(
        "`$options` is `iq`; it takes the letters i, m, x, s and u only",
        {"$regex": "M", "$options": "iq"},
        {"$regex": "M", "$options": "i"},
        code=102,
    ),
    operand("`$options` takes a string", {"$regex": "M", "$options": 1}, {"$regex": "M"}, code=102),
    operand("`className` is missing", {"$inQuery": {"where": {}}}, {"$inQuery": {"where": {}, "className": "Note"}}, code=102),
    operand("`where` is missing", {"$inQuery": {"className": "Team"}}, {"$inQuery": {"where": {}, "className": "Team"}}, code=102),
    operand("`$notInQuery` takes an object", {"$notInQuery": "Note"}, {"$notInQuery": {"where": {}, "className": "Note"}}, code=102),
    operand("`query` is missing", {"$select": {"key": "a"}}, {"$select": {"key": "a", "query": {"className": "Note"}}}, code=102),
    operand("`query.className` is missing", {"$dontSelect": {"key": "a", "query": {"where": {}}}}, {"$exists": True}, code=102),
    operand("`$search` of `$text` takes an object; it was given a string", {"$text": {"$search": "x"}}, {"$text": {"$search": {"$term": "x"}}}),
    operand("`$search` of `$text` is missing", {"$text": {}}, {"$text": {"$search": {"$term": "x"}}}),
    operand("`$term` of `$text` takes a string; it was given a number", {"$text": {"$search": {"$term": 3}}}, {"$text": {"$search": {"$term": "3"}}}),
    operand("`$language` of `$text` takes a", {"$text": {"$search": {"$term": "x", "$language": 3}}}, {"$text": {"$search": {"$term": "x"}}}),
    *(
        row(
            "operand",
            says,
            {"t": {"$text": part}},
            {"t": {"$text": {"$search": {"$term": "x"}}}},
            107,
            f"bad $text: {name}, should be {kind}",
            fix=fix,
        )
        for name, kind, part, says, fix in (
            ("$language", "string", {"$search": {"$term": "x", "$language": True}}, "takes a string; it was", 'Send `"$language": "english"`.'),
            ("$language", "string", {"$search": {"$term": "x", "$language": ["sv"]}}, "it was given an array", 'Send `"$language": "english"`.'),
            ("$caseSensitive", "boolean", {"$search": {"$term": "x", "$caseSensitive": "no"}}, "takes a boolean", 'Send `"$caseSensitive": false`.'),
            ("$diacriticSensitive", "boolean", {"$search": {"$term": "x", "$diacriticSensitive": 1}}, "a number", '"$diacriticSensitive": true`.'),
            ("$search", "object", {"$search": "milk"}, "takes an object; it was given a string", 'Send `"$search": {"$term": "milk"}`.'),
            ("$search", "object", "milk", "`$text` takes an object", 'Send `"$text": {"$search": {"$term": "milk"}}`.'),
            ("$term", "string", {"$search": {"$term": ""}}, "`$term` of `$text` is empty", 'Send `"$term": "coffee"`.'),
        )
    ),
    *(
        row("query-operator", f"`{name}` is not a supported", {"a": {name: 1}}, {"a": 1}, 107, f"bad constraint: {name}", fix=fix)
        for name, fix in (
            ("$like", "Write `$regex`"),
            ("$startsWith", "Write `$regex`"),
            ("$not", "Write `$ne`"),
            ("$notIn", "Write `$nin`"),
            ("$greaterThan", "Write `$gt`"),
            ("$containsAll", "Write `$all`"),
            ("$zzz", "Rewrite the condition without"),
        )
    ),
    *(
        asked("query-key", "names that start with `_` are internal", wrong, good, 105, f"Invalid field name: {name}.", fix=fix)
        for wrong, name, good, fix in (
            ("order=-_updated_at", "_updated_at", "order=-updatedAt", "Write `updatedAt` instead of `_updated_at`."),
            ("order=_p_owner", "_p_owner", "order=owner", "Write `owner` instead of `_p_owner`."),
            ("order=_tombstone", "_tombstone", "order=a", "Remove `_tombstone`"),
        )
    ),
    Row(
        "parameter",
        "`where` was cut off at column 9: its value has a raw `&`",
        coded(102, 'Invalid parameter for query: Sons"}', path=NOTE + '?where={"shop":"Smith%20&Sons"}&limit=2'),
        {"path": NOTE + "?where=" + encoded({"shop": "Smith &Sons"})},
        fix="`%26`",
    ),
    value("the column `title` has no text index", {"title": {"$text": {"$search": {"$term": "x"}}}}, GOOD, certain=False, rule="geo-query"),
    *(
        Row("query-key", says, coded(105, message, path=f"{NOTE}?order={sent}"), {"path": f"{NOTE}?order=-title"}, fix=fix)
        for sent, message, says, fix in (
            ("title,", "Invalid field name: .", "`order` has an empty field name", "Send `order=title`."),
            ("-title,,likes", "Invalid field name: .", "`order` has an empty field name", "Send `order=-title,likes`."),
            ("-", "Invalid field name: .", "`order` has an empty field name", "Leave `order` out"),
            ("%20", "Invalid field name: .", "`order` has an empty field name", "Leave `order` out"),
            ("title%20desc", "Invalid field name: title desc.", "`order` names `title desc`", "Send `order=-title`."),
            ("likes:asc,%2Btitle", "Invalid field name: likes:asc.", "`order` names `likes:asc`", "Send `order=likes,title`."),
            ("%7B%22likes%22:-1%7D", "Invalid field name: [object Object].", "`order` is an object", "Send `order=-likes`."),
        )
    ),
    row(
        "operand",
        "`meta` is compared with an object",
        {"meta": {"size": 3}},
        {"meta.size": 3},
        119,
        'Postgres doesn\'t support this query type yet {"size":3}',
        fix="`meta.size`",
    ),
    row(
        "relative-time",
        "works with Date columns only",
        {"n": {"$gt": {"$relativeTime": "now"}}},
        {"n": 1},
        107,
        "$relativeTime can only be used with Date field",
    ),
    operand("`$polygon` takes an array of GeoPoints", {"$geoWithin": {"$polygon": "x"}}, {"$geoWithin": {"$polygon": [POINT] * 3}}, "place"),
    operand("at least 3 points; it was given 1", {"$geoWithin": {"$polygon": [POINT]}}, {"$geoWithin": {"$polygon": [POINT] * 3}}, "place"),
    operand("a point (`3`) is not a GeoPoint", {"$geoWithin": {"$polygon": [POINT, POINT, 3]}}, {"$geoWithin": {"$polygon": [[1, 2]] * 3}}, "place"),
    operand("is not a distance", {"$geoWithin": {"$centerSphere": [POINT, -1]}}, {"$geoWithin": {"$centerSphere": [POINT, 1]}}, "place"),
    operand("has neither", {"$geoWithin": {}}, {"$geoWithin": {"$centerSphere": [POINT, 0.5]}}, "place"),
    operand("a point (`x`) is not a GeoPoint", {"$geoIntersects": {"$point": "x"}}, {"$geoIntersects": {"$point": POINT}}, "area"),
    operand("it was given `soonish`", {"$gt": {"$relativeTime": "soonish"}}, {"$gt": {"$relativeTime": "2 days 3 hours ago"}}, "due"),
    operand("works with $lt, $lte, $gt and $gte only", {"$ne": {"$relativeTime": "now"}}, {"$lt": {"$relativeTime": "now"}}, "due"),
    operand("is not a GeoPoint: `x`", {"$nearSphere": "x"}, {"$nearSphere": POINT}, "place", 1),
    operand("`$within` takes", {"$within": {"$box": [POINT]}}, {"$within": {"$box": [POINT, POINT]}}, "place", 1),
    row("operand", "`$all` takes an array", {"a": {"$all": "x"}}, {"a": {"$all": ["x"]}}, 119, "Postgres doesn't support this query type yet"),
    row(
        "operand",
        "`$gt` takes a value; it was given null",
        {"a": {"$gt": None}},
        {"a": {"$gt": 0}},
        119,
        "Postgres doesn't support this query type yet",
    ),
    operand(
        "`place`: a point has the latitude `-95`, which is not from -90 to 90",
        {"$geoWithin": {"$centerSphere": [[10, -95], 1]}},
        {"$exists": True},
        "place",
        1,
    ),
    row(
        "operand",
        "`tags` is compared with an array, which the database does not support",
        {"tags": ["a"]},
        {"tags": {"$in": ["a"]}},
        119,
        'Postgres doesn\'t support this query type yet ["a"]',
    ),
    row(
        "text-option",
        "`$caseSensitive` of `$text` is not supported on PostgreSQL",
        {"a": {"$text": {"$search": {"$term": "x", "$caseSensitive": True}}}},
        {"a": {"$text": {"$search": {"$term": "x"}}}},
        107,
        "bad $text: $caseSensitive not supported, please use $regex or create a separate lower case column.",
    ),
    Row(
        "operand",
        "`user`: `$inQuery` takes an object with `where` (an object) and `className`; `where` and `className` are missing",
        coded(102, "improper usage of $inQuery", "POST", "/push", body={"where": {"user": {"$inQuery": {"age": 3}}}}, headers=AS_MASTER),
        {"body": {"where": {"user": {"$inQuery": {"where": {"age": 3}, "className": "_User"}}}}},
    ),
    Row(
        "geo-query",
        "in which MongoDB takes no `$nearSphere`",
        coded(1, "Internal server error.", path=f"{NOTE}?count=1&where={encoded({'at': {'$nearSphere': POINT}})}"),
        {"path": f"{NOTE}?count=1&where={encoded(GOOD)}"},
        False,
    ),
    value("the column `at` has no geo index", {"at": {"$nearSphere": POINT}}, GOOD, certain=False, rule="geo-query"),
    value(
        "the database does not support `$exists` beside `$nearSphere`",
        {"at": {"$nearSphere": POINT, "$exists": True}},
        GOOD,
        certain=False,
        rule="geo-query",
    ),
    value("`$nearSphere` inside `$or`", {"$or": [{"at": {"$nearSphere": POINT}}]}, GOOD, certain=False, rule="geo-query"),
    value("`$maxDistance` without `$nearSphere`", {"at": {"$maxDistance": 3}}, GOOD, certain=False, rule="geo-query"),
    value("`objectId` is compared with a number; ids are strings", {"objectId": 5}, {"objectId": "5"}),
    value("not a valid regular expression: a `[` has no `]`", {"title": {"$regex": "M["}}, {"title": {"$regex": "[M]"}}, rule="query-regex"),
    value("the number of `(` and `)` differs", {"title": {"$regex": "(M"}}, {"title": {"$regex": r"\(M"}}, rule="query-regex"),
    value("it ends with a backslash", {"title": {"$regex": "M\\"}}, {"title": {"$regex": "M\\\\"}}, rule="query-regex"),
    value("it begins with a repetition", {"title": {"$regex": "*M"}}, {"title": {"$regex": ".*M"}}, rule="query-regex"),
    value(
        "whose `iso` is not a date: `some day`",
        {"due": {"$gt": {"__type": "Date", "iso": "some day"}}},
        {"due": {"__type": "Date", "iso": "2024-01-31"}},
    ),
    value("`$relatedTo` takes an object", {"$relatedTo": "x"}, {"$relatedTo": {"object": {"__type": "Pointer"}, "key": "a"}}),
    value("but flow flow-1 had a number in it", {"likes": "many"}, {"likes": 3}, certain=False, rule="query-type"),
    value("`likes` is compared with a boolean", {"likes": {"$lt": True}}, {"likes": {"$lt": 3}}, certain=False, rule="query-type"),
    *(
        Row(
            "aggregate-stage",
            says,
            coded(102, message, path=f"/aggregate/Note?pipeline={encoded(wrong)}", headers=AS_MASTER),
            {"answer": {"code": 102, "error": "Refused."}},
            fix=fix,
        )
        for says, message, wrong, fix in (
            (
                "(`$match, $limit`); each",
                "Pipeline stages should only have one key but found $match, $limit.",
                [{"$match": {}, "$limit": 1}],
                "of its own",
            ),
            ("`$group` has `objectId`", "Cannot use 'objectId' in aggregation stage $group.", [{"$group": {"objectId": "$a"}}], "Write `_id`"),
            ("`$group` has no `_id`", "Invalid parameter for query: group. Missing key _id", [{"$group": {}}], 'Add `"_id": "$field"`'),
            ("A stage of the pipeline is `match`", "Invalid aggregate stage 'match'.", [{"match": {}}], "Write `$` in front of `match`"),
            ('must be a JSON array of stages; it is `"x"`', "Invalid aggregate stage '0'.", "x", 'Send `[{"$match": {...}}]`'),
        )
    ),
    asked(
        "aggregate-parameter",
        "`distinct` is a parameter of `/aggregate/`",
        "distinct=a",
        "limit=1",
        102,
        "Invalid parameter for query: distinct",
        NOTE,
        "GET to",
    ),
    row(
        "operator-bare",
        "`options` stands among the operators of a query without the `$`",
        {"title": {"$regex": "a", "options": "i"}},
        {"title": {"$regex": "a", "$options": "i"}},
        102,
        "bad special key: options",
        fix="Write `$` in front of `options`",
    ),
    row(
        "text-in-or",
        "runs that only if every part of the `$or` has an index",
        {"$or": [{"a": 1}, {"title": {"$text": {"$search": {"$term": "Milk"}}}}]},
        {"title": {"$text": {"$search": {"$term": "Milk"}}}},
        1,
        "Internal server error.",
        False,
        fix="Add an index",
    ),
    Row(
        "operator-newer",
        "this version of Parse Server does not know `$geoWithin`",
        find({"p": {"$geoWithin": {"$polygon": [POINT] * 3}}}, 107, "bad constraint: $geoWithin"),
        {"answer": {"code": 107, "error": "Refused."}},
        False,
    ),
    asked("query-option", "one of these columns is not a pointer", "include=owner,images", "limit=1", 102, "can only include pointer fields"),
    row(
        "related-to",
        "`$relatedTo` stands inside `$and`",
        {"$and": [{"$relatedTo": {"object": {"__type": "Pointer"}, "key": "a"}}]},
        {"$and": [{"a": 1}]},
        105,
        "Invalid key name: $relatedTo",
        False,
    ),
    operand("not with `$ne`", {"$ne": {"$relativeTime": "in 2 days"}}, {"$gt": {"$relativeTime": "in 2 days"}}, "due"),
    asked("query-option", "`explain` is `everything`", "explain=everything", "explain=true", 102, "Invalid value for explain"),
    asked("query-option", "`order` names `authData.ldap.id`", "order=authData.ldap.id", "order=a", 105, "Cannot sort by authData.ldap.id"),
    row("query-option", "takes `$regex` with the master key only", {"a": {"$regex": "b"}}, {"a": "b"}, 102, "$regex operator is not allowed"),
    row(
        "query-option",
        "`$all` has patterns",
        {"a": {"$all": [{"$regex": "^b"}, "c"]}},
        {"a": "b"},
        107,
        "All $all values must be of regex type or none: /^b/,c",
    ),
    Row(
        "query-option",
        'compares with `{"b":1}`',
        find({"a": {"$gt": {"b": 1}}}, 107, 'bad atom: {"b":1}'),
        {"answer": {"code": 107, "error": "Refused."}},
    ),
    row("operand", "`a` is compared with an object", {"a": {"b": 1}}, {"a.b": 1}, 107, "You cannot use [object Object] as a query parameter."),
    asked(
        "read-preference", "`readPreference` is `LATEST`", "readPreference=LATEST", "readPreference=nearest", 102, "Not supported read preference."
    ),
]


class TestRows(RowTests):
    rows = ROWS
    needs_fix = True
    talk = staticmethod(talk)


@in_one_test("code", [102, 107, 119, 1, 105])
def test_a_query_without_a_fault_in_sight_has_no_finding(backends, code):
    condition = {"$or": [{"title": {"$in": ["a", "b"]}}, {"due": {"$gte": {"__type": "Date", "iso": "2024-01-31T00:00:00.000Z"}}}]}
    asked = coded(code, DENIED, path=f"{NOTE}?where={encoded(condition)}&order=-title,likes&limit=10&skip=0&include=owner.team&keys=title&count=1")
    assert talk(backends).ask(**asked)[0].findings == ()


def test_a_condition_without_end_is_not_searched_to_its_end(backends):
    asked = find({"$or": [{"$or": [GOOD] * 120}] * 120}, 102, "Bad query")
    assert [finding.rule for finding in talk(backends).ask(**asked)[0].findings] == ["request-not-searched"]
