"""Fields that an answer names, against those that were sent."""

from __future__ import annotations

from typing import Any

import pytest
from baas_errors.catalog import Backend
from baas_errors.record import Finding
from diagnose.talk import Talk, garbled
from matrix import in_one_test

KEY = "pk_" + "0123456789abcdef" * 4


@pytest.fixture
def talk(backends: dict[str, Backend]) -> Talk:
    return Talk(backends, "bkend", "https://api-client.bkend.ai", {"X-API-Key": KEY})


def found(talk: Talk, body: Any, message: str = "Validation failed", details: Any = None, method: str = "POST") -> list[Finding]:
    error = {"code": "data/validation-error", "message": message} | ({} if details is None else {"details": details})
    records = talk.ask(method, "/v1/data/posts", body=body, status=400, answer={"success": False, "error": error})
    assert garbled(records[0].findings) == []
    return [finding for finding in records[0].findings if finding.rule == "named-field"]


def said(talk: Talk, *asked: Any, **more: Any) -> list[str]:
    return [finding.says for finding in found(talk, *asked, **more)]


MISSING = "The server requires `title`, which is missing: "


@in_one_test(
    "message",
    [
        "title is required",
        "`title` is required",
        "Missing required field: title",
        'field "title" is missing',
        "Required fields: title",
        "title must be given",
    ],
)
def test_a_field_that_the_message_says_is_missing(talk, message):
    assert said(talk, {"text": "a"}, message) == [f"{MISSING}the body has `text`."]


@in_one_test(
    "details",
    [
        [{"field": "title", "reason": "required"}],
        [{"path": ["title"], "message": "required"}],
        [{"property": "title", "msg": "required"}],
        {"title": "required"},
        {"title": ["required", "and more"]},
    ],
)
def test_a_field_that_the_details_name(talk, details):
    assert said(talk, {"text": "a"}, details=details) == [f"{MISSING}the body has `text`."]


@in_one_test(
    ("body", "hint"),
    [
        ({"titel": "a"}, "Rename `titel` to `title`."),
        ({"data": {"title": "a"}}, "Move the fields out of `data` to the top level of the body."),
        ({"x": 1}, "Add `title` to the body."),
    ],
)
def test_where_the_missing_field_may_be(talk, body, hint):
    assert found(talk, body, "title is required")[0].fix == hint


def test_an_empty_object(talk):
    assert said(talk, {}, "title is required") == [f"{MISSING}the body is an empty object."]


@in_one_test(
    ("body", "details", "says"),
    [
        ({"price": "12"}, [{"field": "price", "reason": "must be a number"}], "sent as a string, `12`; the server says `must be a number`."),
        ({"price": None}, [{"field": "price"}], "sent as null."),
        ({"price": ""}, [{"field": "price"}], "sent as an empty string."),
        ({"price": [1]}, [{"field": "price"}], "sent as an array, `[1]`."),
        ({"a": {"b": 1}}, [{"field": "a.b"}], "`a.b`, which was sent as a number, `1`."),
        ({"a": [{"b": 1}]}, [{"field": "a[0].b"}], "`a[0].b`, which was sent as a number, `1`."),
    ],
)
def test_a_field_that_was_sent(talk, body, details, says):
    assert [says in text for text in said(talk, body, details=details)] == [True]


@in_one_test(
    ("value", "reason", "fix"),
    [
        ("12", "must be a number", 'Send `"price": 12` (a number, no quotes).'),
        ("true", "must be a boolean", 'Send `"price": true` (a boolean, no quotes).'),
        (12, "must be a string", 'Send `"price": "12"` (a string, in quotes).'),
        ("twelve", "must be a number", "Correct the value of `price` as the server says."),
    ],
)
def test_a_value_of_the_wrong_type_is_shown_as_it_should_be(talk, value, reason, fix):
    assert found(talk, {"price": value}, details=[{"field": "price", "reason": reason}])[0].fix == fix


def test_a_field_that_the_message_names_and_that_was_sent(talk):
    assert said(talk, {"price": "x"}, "price must be a number") == ["The answer is about `price`, which was sent as a string, `x`."]


def test_a_capital_at_the_beginning_of_a_sentence(talk):
    assert said(talk, {"title": 7}, "Title must be a text") == ["The answer is about `Title`, which was sent as a number, `7`."]


@in_one_test("name", ["password", "email", "accessToken"])
def test_a_secret_is_not_shown(talk, name):
    shown = said(talk, {name: "correct-horse"}, f"{name} must be longer")
    assert shown
    assert "horse" not in shown[0]


@in_one_test(
    ("body", "message"),
    [
        ({"title": "a"}, "Validation failed"),
        ({"text": "a"}, "The request is invalid"),
        ({"text": "a"}, "It is required to sign in"),
        ({"text": "a"}, "title must be a text"),
        ({"title": "a"}, "title is required"),
        ("{", "title is required"),
        ([{"text": "a"}], "title is required"),
        (b"", "title is required"),
    ],
    ids=["no name", "prose", "more prose", "a name that is neither sent nor required", "what is sent was not read", "no JSON", "a list", "no body"],
)
def test_is_silent(talk, body, message):
    assert said(talk, body, message) == []


def test_a_query_has_no_fields(talk):
    assert said(talk, {"text": "a"}, "title is required", method="GET") == []


@in_one_test("details", ["title", [1, None, "title"], [{"x": "title"}], [{"field": 7}], {"title": 7}, [], {}])
def test_details_of_other_forms_are_passed_over(talk, details):
    assert said(talk, {"text": "a"}, details=details) == []


def test_of_many_fields_the_first_few(talk):
    assert len(said(talk, {"x": 1}, details=[{"field": f"field{number}"} for number in range(100)])) <= 5


@in_one_test("text", ["'" * 5000, "field " * 1000, "a, " * 2000, "required fields: " + "x," * 3000, "\x00`" * 2000])
def test_hostile_messages_cost_little(talk, text):
    said(talk, {"text": "a"}, text)


@in_one_test(
    "message",
    [
        'E11000 duplicate key error collection: x.books index: isbn_1 dup key: { isbn: "978" }',
        "E11000 duplicate key error index: x.books.$isbn_1",
        "isbn already exists",
    ],
)
def test_a_value_that_is_taken(talk, message):
    (finding,) = found(talk, {"isbn": "978", "title": "a"}, message)
    assert finding.says == "The server says that the value of `isbn` is taken; it was sent as a string, `978`."


def test_an_address_that_is_taken(talk):
    assert found(talk, {"email": "ann@example.com"}, "Email already exists")[0].fix == "Sign in with this address, or offer the password reset."


def test_a_field_that_the_server_does_not_take_is_not_to_be_corrected(talk):
    assert found(talk, {"shade": "x"}, "shade is not allowed") == []
    (finding,) = found(talk, {"shade": "x"}, details=[{"field": "shade", "message": "property shade should not exist"}])
    assert finding.fix == "Leave `shade` out of the body."


def test_a_list_where_the_server_wants_text(talk):
    (finding,) = found(talk, {"lines": [1, 2]}, "lines must be a string")
    assert finding.fix == "Send `lines` as text: `lines: JSON.stringify(lines)`."
