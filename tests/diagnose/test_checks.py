"""The checks that several backends share, each by itself: the fault is told, the same request mended is not."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from baas_errors.decode import Error
from baas_errors.diagnose import checks
from baas_errors.diagnose.all_backends import expected
from baas_errors.diagnose.context import duration
from baas_errors.diagnose.json_faults import json_text_fault
from baas_errors.exchange.json_pointer import members
from baas_errors.history.store import Sighting
from build import make_backend
from diagnose.toy import NOW, Desk, said
from matrix import in_one_test

JSON = {"Content-Type": "application/json"}


QUERIES = make_backend("""
routes = ["/things/{collection}"]
[[request]]
source = "made up"
queries = ["where"]
operators = ["$gt", "$gte"]
hints = { "$gt" = "with a number" }
status = [400]
[request.parameters]
where = { type = "json" }
limit = { type = "integer", from = 1, to = 1000 }
skip = { type = "integer", from = 0 }
""")


def operators(value: Any) -> Any:
    """What is said of the operators in a query."""
    return expected.query_operator(Desk(QUERIES).case(**query(f"where={quote(json.dumps(value))}")))


def parameters(text: str, status: int = 400) -> Any:
    case = Desk(QUERIES).case(**query(text))
    case.status = status
    return expected.parameter(case)


def query(text: str) -> dict[str, Any]:
    return {"method": "GET", "url": f"https://toy.example/things/books?{text}"}


# ---------------------------------------------------------------- bodies


@in_one_test(
    ("body", "says"),
    [
        ('{"a":1,}', "The request body is not valid JSON: expected a key in double quotes at column 7: a comma stands before the closing bracket"),
        ("", "The Content-Type says JSON, but the request body is empty."),
        (b'{"a":"\xff"}', "The request body is not UTF-8: byte 7 is 0xff."),
        ('"{\\"a\\":1}"', "The request body is a JSON string that contains JSON: it was serialized twice."),
        ('{"a":1 "b":2}', 'It reads `{"a":1 "b":2}` there.'),
    ],
)
def test_json_body(desk, body, says):
    assert [says in text for text in said(checks.json_body(desk.case(body, headers=JSON)))] == [True]


@in_one_test(
    ("body", "headers"),
    [
        ('{"a":1}', JSON),
        ("", {}),
        ("a=1", {"Content-Type": "application/x-www-form-urlencoded"}),
        ("--x", {"Content-Type": "multipart/form-data; boundary=x"}),
        ("<a/>", {"Content-Type": "text/xml"}),
        (None, JSON),
    ],
    ids=["JSON", "nothing", "a form", "multipart", "XML", "streamed"],
)
def test_json_body_is_silent(desk, body, headers):
    assert said(checks.json_body(desk.case(body, headers=headers))) == []


def test_json_body_of_a_batch_is_the_batchs(desk):
    assert said(checks.json_body(desk.case("{", headers=JSON, error=Error(part="POST /things/books")))) == []


@in_one_test(
    "body", ['{"password":"correct-horse-battery-staple",}', '{"password":"' + "x1" * 300 + '" "a":1}'], ids=["near the fault", "far before it"]
)
def test_json_body_shows_no_part_of_a_secret(desk, body):
    shown = " ".join(said(checks.json_body(desk.case(body, headers=JSON))))
    assert shown
    assert "staple" not in shown
    assert "x1x1" not in shown


@in_one_test(
    ("body", "kind", "says"),
    [
        ('{"a":1}', "text/plain", "the body is JSON, but its Content-Type is `text/plain`."),
        ('{"a":1}', "", "the body is JSON, but the request has no Content-Type."),
        ("a=1&b=2", "application/json", "The body is form data (key=value), but its Content-Type says JSON."),
    ],
)
def test_wrong_content_type(desk, body, kind, says):
    check = checks.wrong_content_type("application/json")
    assert [says in text for text in said(check(desk.case(body, headers={"Content-Type": kind} if kind else {})))] == [True]


@in_one_test("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=B"])
def test_forms_where_none_are_taken(desk, kind):
    case = desk.case("a=1", headers={"Content-Type": kind}, error=Error(message="a is required"))
    message = checks.wrong_content_type("application/json", forms=False)(case)
    assert message is not None
    assert message.certain
    assert message.says == f"The body is form data (`{kind.partition(';')[0]}`), and this endpoint expects JSON."


@in_one_test(("body", "kind"), [('{"a":1}', "Application/JSON; charset=utf-8"), ("a=1", "application/x-www-form-urlencoded"), ("", "text/plain")])
def test_wrong_content_type_is_silent(desk, body, kind):
    assert said(checks.wrong_content_type("application/json")(desk.case(body, headers={"Content-Type": kind}))) == []


@in_one_test(
    ("body", "says"), [({"a": 1}, "`name` is missing in the body."), ({"name": ""}, "`name` is empty in the body."), ({"name": None}, "is empty")]
)
def test_missing_fields(desk, body, says):
    assert [says in text for text in said(checks.missing_fields("name")(desk.case(body)))] == [True]


@in_one_test("value", ["a", 0, False, [0], {"a": 1}])
def test_missing_fields_is_silent(desk, value):
    assert said(checks.missing_fields("name")(desk.case({"name": value}))) == []


@in_one_test(
    ("value", "why"),
    [
        ("ann.example.com", "it has no @"),
        ("ann @example.com", "it contains white space"),
        ("ann@example", "the part before the @ or the domain is incomplete"),
        ("@", "is incomplete"),
    ],
)
def test_email_shape(desk, value, why):
    assert [why in text for text in said(checks.email_shape("email")(desk.case({"email": value})))] == [True]


def test_email_must_be_a_string(desk):
    assert said(checks.email_shape("email")(desk.case({"email": 7}))) == ["`email` is a number, not a string."]


@in_one_test("body", [{"email": "ann@example.com"}, {"email": ""}, {"email": None}, {}])
def test_email_shape_is_silent(desk, body):
    assert said(checks.email_shape("email")(desk.case(body))) == []


def test_members_with_their_paths_level_by_level():
    assert [path for path, _ in members({"a": {"b": [{"c": 1}]}, "d": 2})] == [("a",), ("d",), ("a", "b"), ("a", "b", 0), ("a", "b", 0, "c")]


# ---------------------------------------------------------------- parameters


@in_one_test(
    ("text", "says"),
    [
        ("where=%7B%22a%22%3A1", "`where` is not valid JSON: expected ',' at column 7: the text ends too early"),
        ("where=%257B%2522a%2522%253A1%257D", "`where` is percent-encoded twice: decoded once, it still begins `%7B%22a%22%3`."),
        ('where={"a":"b', "was not percent-encoded; a `&`, `+` or `#` in it cut it off"),
        ('where={"a":"b&c"}&limit=1', "was cut off at column 6: its value has a raw `&`, and what follows was read as another parameter."),
        ("where=%7B%22a%22%3A1%20%22b%22%3A2%7D", 'It reads `{"a":1 "b":2}` there.'),
    ],
    ids=["cut off", "encoded twice", "not encoded", "a raw ampersand", "a fault within"],
)
def test_json_parameters(text, says):
    assert [says in found for found in said(parameters(text))] == [True]


@in_one_test("text", ["where=%7B%22a%22%3A1%7D", "limit=1", "where=%7B%7D&where=x"])
def test_json_parameters_is_silent(text):
    assert said(parameters(text)) == []


def test_json_text_of_a_secret_is_not_shown(desk):
    say = json_text_fault(desk.case(), "The header", '{"password":"correct-horse-battery"')
    assert say is not None
    assert "horse" not in say.says + say.evidence


@in_one_test(
    ("value", "says"),
    [
        ({"a": {"$gtt": 1}}, "`$gtt` is not a supported query operator."),
        ({"a": [{"$GTE": 1}]}, "`$GTE` is not a supported query operator."),
        ({"$zzzz": 1}, "`$zzzz` is not a supported query operator."),
    ],
)
def test_unknown_operators(value, says):
    assert [says in text for text in said(operators(value))] == [True]


@in_one_test("value", [{"a": {"$gt": 1}}, {"a": "$gtt"}, None, [], "x"])
def test_unknown_operators_is_silent(value):
    assert said(operators(value)) == []


def test_operators_are_searched_with_a_limit():
    deep: Any = {"$in": []}
    for _ in range(5000):
        deep = [deep]
    assert list(checks.operators_in(deep)) == []


@in_one_test(
    ("text", "says"),
    [
        ("limit=0", "`limit` is `0`, which is outside the limits."),
        ("limit=1001", "`limit` is `1001`, which is outside the limits."),
        ("limit=ten", "`limit` is `ten`, which is not a whole number."),
        ("limit=1.5", "which is not a whole number."),
        ("limit=", "`limit` is empty."),
        ("skip=-1", "`skip` is `-1`, which is outside the limits."),
        ("skip=" + "9" * 5000, "which is not a whole number."),
    ],
)
def test_integer_parameters(text, says):
    assert [says in found for found in said(parameters(text))] == [True]


@in_one_test("text", ["limit=1", "limit=1000", "skip=0&limit=+5", "page=x"])
def test_integer_parameters_is_silent(text):
    assert said(parameters(text)) == []


@in_one_test(
    ("check", "asked", "fix"),
    [
        (checks.json_body, {"body": '{"a":1,}', "headers": JSON}, "Remove the comma before the closing bracket."),
        (checks.wrong_content_type("application/json"), {"body": '{"a":1}'}, "Send `Content-Type: application/json`."),
        (checks.missing_fields("name"), {"body": {"nam": "x"}}, "Rename `nam` to `name`."),
        (checks.missing_fields("name"), {"body": {"x": "y"}}, "Add `name` to the body, with a value."),
        (
            checks.email_shape("email"),
            {"body": {"email": "ann"}},
            "Send the whole address in `email`: a name, `@`, and a domain such as `example.com`.",
        ),
        (checks.retry_after, {"answer_headers": {"Retry-After": "90"}}, "Wait 1 min 30 s, then resend the request."),
    ],
)
def test_the_remedy_of_each(desk, check, asked, fix):
    found = check(desk.case(**asked))
    assert (found if isinstance(found, checks.Message) else next(iter(found))).fix == fix


@in_one_test(
    ("found", "fix"),
    [
        (operators({"$GTT": 1}), "Write `$gt` instead of `$GTT`, with a number."),
        (operators({"$zzzz": 1}), "Rewrite the condition without `$zzzz`, with operators such as $gt, $gte."),
        (parameters("limit=ten"), "Send `limit` as a whole number from 1 to 1,000, or leave it out."),
        (parameters("skip=-1"), "Send `skip` as a whole number from 0, or leave it out."),
    ],
    ids=["a misspelt operator", "an unknown operator", "a number in limits", "a number from a least one"],
)
def test_the_remedy_of_parameters(found, fix):
    assert next(iter(found)).fix == fix


def test_a_status_of_the_table_proves_what_is_found():
    assert [say.certain for say in parameters("limit=ten")] == [True]
    assert [say.certain for say in parameters("limit=ten", 422)] == [False]
    assert list(parameters("limit=ten", 404)) == []


# ---------------------------------------------------------------- names and values seen before


@in_one_test("name", ["Books", "book", "boosk"])
def test_name_seen_before(desk, name):
    desk.app.names.put(("collection", "books"), Sighting("flow-1", NOW - 60, 200))
    found = said(checks.name_seen_before("collection", "collection")(desk.case(url=f"https://toy.example/things/{name}")))
    assert found == [f"`{name}` resembles the collection `books`, which answered 200 1 min before (flow flow-1)."]


@in_one_test("name", ["books", "authors"])
def test_name_seen_before_is_silent(desk, name):
    desk.app.names.put(("collection", "books"), Sighting("flow-1", NOW - 60, 200))
    assert said(checks.name_seen_before("collection", "collection")(desk.case(url=f"https://toy.example/things/{name}"))) == []


def test_value_taken(desk):
    desk.app.taken.put(("name", "ann"), Sighting("flow-1", NOW - 60, 201))
    assert [text.partition(" was ")[2] for text in said(checks.value_taken("name")(desk.case({"name": "ann"})))] == [
        "registered 1 min before by flow flow-1."
    ]


@in_one_test("body", [{"name": "ben"}, {"name": ""}, {"name": 1}, {"other": "ann"}])
def test_value_taken_is_silent(desk, body):
    desk.app.taken.put(("name", "ann"), Sighting("flow-1", NOW - 60, 201))
    assert said(checks.value_taken("name")(desk.case(body))) == []


# ---------------------------------------------------------------- pauses


@in_one_test(
    ("value", "says"),
    [("90", "asks to wait 1 min 30 s before"), ("Fri, 31 Dec 1999 23:59:59 GMT", "asks to wait until `Fri, 31 Dec 1999 23:59:59 GMT`")],
)
def test_retry_after(desk, value, says):
    assert [says in text for text in said(checks.retry_after(desk.case(answer_headers={"Retry-After": value})))] == [True]


def test_retry_after_is_silent(desk):
    assert said(checks.retry_after(desk.case())) == []


@in_one_test(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (192, "3 min 12 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (172_800, "2 days"),
        (600_000, "6 days 22 h"),
        (777_600, "9 days"),
    ],
)
def test_durations_in_words(seconds, words):
    assert duration(seconds) == words


def test_a_name_resembles_no_name_with_another_word_in_it():
    for name, known, near in (
        ("deviceType", "deviceToken", ""), ("lastName", "fastName", "fastName"), ("lastName", "fullName", ""), ("user_id", "user_ids", "user_ids"),
        ("deviceTypes", "deviceType", "deviceType"), ("devicetype", "deviceType", "deviceType"), ("createdOn", "createdAt", "createdAt"),
        ("$greaterThan", "$greater", "$greater"), ("Titel", "title", "title"), ("emailAdress", "emailAddress", "emailAddress"),
    ):  # fmt: skip
        assert checks.resembling(name, [known]) == near, (name, known)
