"""Queries to Kinvey: each rule finds its fault, and is silent about the request without it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from diagnose.kinvey_talk import BOOKS, KID, refused, talk
from diagnose.talk import Row, RowTests
from matrix import in_one_test

DELTA = f"{BOOKS}/_deltaset"
GOOD = {"path": f"{BOOKS}?query=%7B%22a%22%3A1%7D"}


def asks(rule: str, says: str, query: str, good: str = '{"a":1}', name: str = "InvalidQuerySyntax", certain: bool = True, **more: Any) -> Row:
    """A query at fault, encoded once, and a good one."""
    return Row(rule, says, refused(name, path=f"{BOOKS}?query={quote(query)}", **more), {"path": f"{BOOKS}?query={quote(good)}"}, certain)


def params(rule: str, says: str, text: str, good: str, name: str = "InvalidQuerySyntax", certain: bool = True) -> Row:
    return Row(rule, says, refused(name, path=f"{BOOKS}?{text}"), {"path": f"{BOOKS}?{good}"}, certain)


def placed(says: str, point: Any) -> Row:
    """An entity at a place that is none, and one in Athens."""
    asked = refused("ParameterValueOutOfRange", method="POST", body={"name": "x", "_geoloc": point})
    return Row("geolocation", says, asked, {"body": {"name": "x", "_geoloc": [23.7, 37.9]}})


ROWS = [
    asks("query-json", "`query` is not valid JSON: expected ',' at column 12", '{"score":1 "a":2}'),
    asks("query-json", 'It reads `{"score":1 "a":2}` there', '{"score":1 "a":2}'),
    asks("query-json", "single quotes are used", "{'score':1}"),
    asks("query-json", "single quotes are used", "{'score':1}", name="JSONParseError"),
    asks("query-json", "the text is empty", ""),
    asks("query-json", "is percent-encoded twice: decoded once, it still begins `%7B%22score%`", quote('{"score":1}')),
    asks("query-json", "`query` is an array; it must be an object", '[{"a":1}]'),
    asks("query-json", "`query` is a string; it must be an object", '"title"', name="BadRequest"),
    asks("query-json", "a comma stands before the closing bracket", '{"a":1,}', name="BadRequest"),
    params("query-json", "`sort` is not valid JSON", "sort=%7Bname:-1%7D", "sort=name"),
    params("query-json", "`fields` is not valid JSON", "fields=[%22a%22,", "fields=a,b"),
    Row("query-json", "`query` is not valid JSON", {**refused("x", path=f"{BOOKS}?query=%7Ba"), "answer": "Bad Request"}, GOOD),
    asks("query-forbidden", "The query uses `$where`, which Kinvey refuses", '{"$where":"this.a"}', name="DisallowedQuerySyntax"),
    asks("query-forbidden", "The query uses `$query`, which Kinvey refuses", '{"$query":{"a":1}}', name="DisallowedQuerySyntax"),
    asks("query-operator", "`$greater` is not a supported query operator", '{"a":{"$greater":1}}'),
    asks("query-operator", "`$GT` is not a supported query operator", '{"a":{"$GT":1}}'),
    asks("query-operator", "`$nearsphere` is not a supported query operator", '{"_geoloc":{"$nearsphere":[1,2]}}'),
    Row(
        "query-operator",
        "`$inn` is not a supported query operator",
        refused("InvalidQuerySyntax", path=f"{BOOKS}/_group", method="POST", body={"condition": {"a": {"$inn": [1]}}}),
        {"body": {"condition": {"a": {"$in": [1]}}}},
    ),
    asks("query-operator", "`$in` takes a list; it was sent a string", '{"a":{"$in":"x"}}', '{"a":{"$in":["x"]}}'),
    asks("query-regex", "a pattern in `query` is not anchored", '{"a":{"$regex":"whale"}}', '{"a":{"$regex":"^whale"}}', certain=False),
    asks("query-regex", "is not anchored", '{"a":{"$regex":"whale","$options":"i"}}', '{"a":{"$regex":"^whale"}}', certain=False),
    asks("query-case", "`$options` asks to ignore case", '{"a":{"$regex":"^w","$options":"i"}}', '{"a":{"$regex":"^w"}}', certain=False),
    asks(
        "query-distance",
        "`$maxDistance` is used without `$nearSphere`",
        '{"_geoloc":{"$maxDistance":9}}',
        '{"_geoloc":{"$nearSphere":[1,2],"$maxDistance":9}}',
    ),
    params("parameter", "`limit` is `ten`, which is not a whole number", "limit=ten", "limit=10", "ParameterValueOutOfRange"),
    params("parameter", "`limit` is `-5`", "limit=-5", "limit=5", "ParameterValueOutOfRange"),
    params("parameter", "`limit` is `20000`, which is outside the limits", "limit=20000", "limit=10000", "ParameterValueOutOfRange", certain=False),
    params("parameter", "`skip` is `1.5`, which is not a whole number", "skip=1.5", "skip=20000", "ParameterValueOutOfRange"),
    params("parameter", "`limit` is `20000`", "limit=20000", "limit=10000", "ResultSetSizeExceeded"),
    placed("latitude -122.4 is not within -90 to 90; latitude came first", [37.8, -122.4]),
    placed("longitude 200 is not within -180 to 180.", [200, 10]),
    placed("`_geoloc` is an object, ", {"lat": 37.8, "lng": -122.4}),
    placed("`_geoloc` is a list of a string, a string", ["37.8", "-122.4"]),
    placed("`_geoloc` is a list of a number.", [37.8]),
    placed("`_geoloc` is an empty list.", []),
    Row(
        "geolocation",
        "`_geoloc` of entity 1 is [37.8, -122.4]",
        refused("ParameterValueOutOfRange", method="POST", body=[{"_geoloc": [1, 2]}, {"_geoloc": [37.8, -122.4]}]),
        {"body": [{"_geoloc": [1, 2]}, {"_geoloc": [-122.4, 37.8]}]},
    ),
    Row(
        "geolocation",
        "`_geoloc` of entity 1 is [200, 10]",
        {
            "method": "POST",
            "path": BOOKS,
            "body": [{"_geoloc": [300, 1]}, {"_geoloc": [200, 10]}],
            "status": 207,
            "answer": {"entities": [{}, None], "errors": [{"index": 1, "error": "Geolocation points must be in the form [longitude, latitude]"}]},
        },
        {"body": [{"_geoloc": [300, 1]}, {"_geoloc": [20, 10]}]},
    ),
    asks("geolocation", "`$nearSphere` is [37.8, -122.4]", '{"_geoloc":{"$nearSphere":[37.8,-122.4]}}', name="ParameterValueOutOfRange"),
    asks("geolocation", "`$near` is [37.8, -122.4]", '{"g":{"$near":{"$geometry":{"coordinates":[37.8,-122.4]}}}}', name="ParameterValueOutOfRange"),
    asks("geolocation", "`$box` is [10, 99]", '{"_geoloc":{"$within":{"$box":[[1,2],[10,99]]}}}', name="ParameterValueOutOfRange"),
    Row(
        "delta-set",
        "`since` is `2019-01-01T00:00:00.000Z`, before the time for which Kinvey keeps changes",
        refused("ParameterValueOutOfRange", path=f"{DELTA}?since=2019-01-01T00:00:00.000Z", debug="'since' is too early"),
        {"path": BOOKS},
        fix="Forget the stored `since`",
    ),
    Row(
        "delta-set",
        "`since` is `yesterday`, which Kinvey does not accept",
        refused("ParameterValueOutOfRange", path=f"{DELTA}?since=yesterday", debug="since must be an ISO 8601 date"),
        {"path": BOOKS},
    ),
    params("parameter", "`limit` is `20000`", "limit=20000", "limit=10000", "InvalidQuerySyntax", certain=False),
    Row(
        "no-limit", "too many changes", refused("ResultSetSizeExceeded", path=f"{DELTA}?since=2019-01-01T00:00:00.000Z"), {"path": f"{BOOKS}?limit=9"}
    ),
    Row(
        "no-limit",
        "asks for everything that matches; one answer holds at most 10,000",
        refused("ResultSetSizeExceeded"),
        {"path": f"{BOOKS}?limit=1000"},
    ),
    Row("no-limit", "asks for everything that matches", refused("ResultSetSizeExceeded", **GOOD), {"path": f"{BOOKS}?query=%7B%7D&limit=9"}),
    Row("no-limit", "has no `limit`", refused("BadRequest", debug="ResultSetSizeExceeded"), {"path": f"{BOOKS}?limit=1000"}),
    Row("no-query", "The DELETE on a whole collection has no `query`", refused("MissingQuery", method="DELETE"), {"path": f"{BOOKS}?query=%7B%7D"}),
    Row("no-query", "the id that belongs there was empty", refused("MissingQuery", method="DELETE", path=f"{BOOKS}/"), {"path": f"{BOOKS}/1"}),
]


class TestRows(RowTests):
    rows = ROWS
    needs_fix = True
    talk = staticmethod(talk)


@in_one_test("text", ["sort=name", "fields=name,age", "sort=-1", "limit=0", "skip=50000", "limit=10000"])
def test_right_parameters_are_not_blamed(backends, text):
    asked = refused("ParameterValueOutOfRange", path=f"/appdata/{KID}/books?{text}")
    assert [f.rule for f in talk(backends).ask(**asked)[0].findings] == []


def test_a_secret_near_a_fault_is_not_shown(backends):
    query = quote('{"username":"zelda-fitz" "a":1}')
    asked = refused("InvalidQuerySyntax", path=f"{BOOKS}?query={query}")
    finding = talk(backends).ask(**asked)[0].findings[0]
    assert finding.says.startswith("`query` is not valid JSON: expected ',' at column 26")
    assert "zelda" not in f"{finding.says} {finding.evidence}"
    assert "fitz" not in f"{finding.says} {finding.evidence}"
