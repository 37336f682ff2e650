"""A backend that is one catalog file, without rules in code: what is found by itself, and what its `[[request]]` and `[[field_named]]` tables add."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from baas_errors.catalog import Backend, CatalogError, parse
from diagnose.talk import Talk, make_jwt
from matrix import in_one_test

HEAD = """
format = 1
[backend]
id = "acme"
title = "Acme"
hosts = ["api.acme.example"]
routes = ["/data/{collection}/{id}", "/data/{collection}", "/login", "/{path_id}"]
details = ["/why"]
[backend.memory]
token = { header = ["authorization"] }
issued = ["/token"]
created = ["/id"]
unique = ["email"]
fields = "collection"
credentials = { header = ["x-app-key", "x-app-secret"] }
[[shape]]
name = "standard"
code = "/code"
message = "/message"
[[request]]
source = "made up"
route = ["/data/{collection}"]
method = ["POST"]
where = { collection = '^(?!boxes$)' }
required = ["title"]
types = { count = "integer", tags = "array" }
choices = { state = ["open", "closed"] }
kept = ["created"]
known = ["title", "count", "tags", "state"]
reserved = { collection = '^_', field = '^\\$' }
[[request]]
source = "made up"
entries = ["Refused"]
method = ["PUT"]
headers = { X-Version = "2" }
required = ["rev"]
[[request]]
source = "made up"
route = ["/data/{collection}"]
methods = ["GET", "POST"]
[[request]]
source = "made up"
route = ["/data/{collection}"]
method = ["GET"]
only = true
queries = ["where"]
operators = ["$gt", "$lt", "$in"]
[request.parameters]
limit = { type = "integer", from = 1, to = 100 }
sort = { values = ["asc", "desc"] }
full = { type = "boolean" }
where = { type = "json" }
[[field_named]]
message = '^Bad thing: (?P<field>\\w{1,40})$'
fault = "missing"
"""
ENTRY = """
[[entry]]
name = "%s"
code = "%s"
meaning = "The backend refused the request."
fix = ["Correct the request."]
retry = "after-fix"
fault = "%s"
origin = "documented"
"""
CATALOG = HEAD + ENTRY % ("Broke", "broke", "script") + ENTRY % ("Refused", "refused", "request") + ENTRY % ("NotYou", "not_you", "auth")
KEYS = {"X-App-Key": "k-4711", "X-App-Secret": "s-0815", "Authorization": "Bearer tok-1"}


@pytest.fixture(scope="module")
def acme() -> Mapping[str, Backend]:
    return {"acme": parse(CATALOG)}


def said(
    acme: Mapping[str, Backend], asked: dict[str, Any], *before: dict[str, Any], code: str = "refused", message: str = "no"
) -> list[tuple[str, bool]]:
    """Rule and certainty of what is found for a refused request, the causes alone."""
    talk = Talk(acme, "acme", "https://api.acme.example", KEYS)
    for earlier in before:
        assert not talk.ask(**earlier)
    status = 401 if code == "not_you" else 400
    (record,) = talk.ask(**{"status": status, "answer": {"code": code, "message": message}, **asked})
    assert all(finding.fix for finding in record.findings if not finding.secondary)
    return [(finding.rule, finding.certain) for finding in record.findings if not finding.secondary]


def post(body: Any, path: str = "/data/notes", **more: Any) -> dict[str, Any]:
    return {"method": "POST", "path": path, "body": body, **more}


NOTE = {"title": "x"}
STORED = post({"title": "x", "count": 1, "email": "a@b.example"}, answer={"id": "n1"}, status=201)
READ = {"path": "/data/notes/n1", "answer": {"id": "n1"}}
DETAILS = {"code": "refused", "why": {"owner": {"message": "required"}}}
LOGIN = {"email": "a@b.example", "password": "wrong"}
SIGNED_UP = post({"email": "a@b.example", "password": "right", "title": "x"}, answer={"id": "u1"}, status=201)
# What is wrong, what earlier requests showed, code and message of the answer, and what is found first.
FOUND: dict[str, tuple[dict[str, Any], tuple[dict[str, Any], ...], str, str, tuple[str, bool]]] = {
    "JSON that breaks": (post('{"title": "x",}'), (), "refused", "no", ("json-body", True)),
    "JSON parameter that breaks": ({"path": "/data/notes?q=%7B%22a%22%3A%7D"}, (), "refused", "no", ("json-parameter", False)),
    "header that breaks": ({**READ, "headers": {"X-Context": "{'a': 1}"}}, (), "refused", "no", ("json-parameter", False)),
    "own code": (post(NOTE), (), "broke", "undefined is not a function", ("script-failed", False)),
    "no value in the path": ({"path": "/data/undefined/n1"}, (), "refused", "no", ("path-unset", True)),
    "required": (post({"count": 1}), (), "refused", "something is missing", ("required-field", True)),
    "required, unsaid": (post({"count": 1}), (), "refused", "no", ("required-field", False)),
    "header": ({"method": "PUT", "path": "/data/notes/n1", "body": {"rev": 1}}, (), "refused", "no", ("required-header", True)),
    "required by the entry": ({"method": "PUT", "path": "/data/notes/n1", "body": {}}, (), "refused", "no", ("required-field", True)),
    "type": (post({**NOTE, "count": "3"}), (), "refused", "count is bad", ("field-type", True)),
    "whole number": (post({**NOTE, "count": 1.5}), (), "refused", "no", ("field-type", False)),
    "choice": (post({**NOTE, "state": "opn"}), (), "refused", "no", ("field-choice", False)),
    "server's field": (post({**NOTE, "created": "x"}), (), "refused", "`created` cannot be set", ("server-field", True)),
    "near field": (post({"titel": "x"}), (), "refused", "no", ("required-field", False)),
    "reserved name": (post(NOTE, "/data/_x"), (), "refused", "no", ("reserved-name", False)),
    "limit": ({"path": "/data/notes?limit=1000"}, (), "refused", "limit is too large", ("parameter", True)),
    "values of a parameter": ({"path": "/data/notes?sort=up"}, (), "refused", "no", ("parameter", False)),
    "flag": ({"path": "/data/notes?full=yes"}, (), "refused", "no", ("parameter", False)),
    "unknown parameter": ({"path": "/data/notes?limt=5"}, (), "refused", "no", ("parameter", False)),
    "operator": ({"path": "/data/notes?where=%7B%22a%22%3A%7B%22%24gtt%22%3A1%7D%7D"}, (), "refused", "no", ("query-operator", False)),
    "method": ({"method": "DELETE", "path": "/data/notes", "status": 405}, (), "refused", "no", ("route-method", True)),
    "field that a message names": (post({"text": "y", **NOTE}), (), "refused", "Bad thing: owner", ("named-field", True)),
    "field that the details name": (post(NOTE, answer=DETAILS), (), "refused", "", ("named-field", True)),
    "deleted id": (READ, (STORED, {"method": "DELETE", "path": "/data/notes/n1"}), "refused", "not found", ("id-history", True)),
    "id of another collection": ({"path": "/data/books/n1"}, (STORED, READ), "refused", "not found", ("id-history", False)),
    "id never seen": ({"path": "/data/notes/n7"}, (STORED, READ), "refused", "not found", ("id-history", False)),
    "near name": ({"path": "/data/note/n1"}, (STORED, READ), "refused", "no", ("name-in-path", False)),
    "taken": (post({**NOTE, "email": "a@b.example"}), (STORED,), "refused", "already in use", ("value-taken", False)),
    "sent twice": (post({"title": "x", "count": 1, "email": "a@b.example"}), (STORED,), "refused", "already there", ("sent-twice", False)),
    "stored as another type": (post({**NOTE, "email": 7}), (STORED,), "refused", "no", ("stored-field", False)),
    "token expired": (READ, (), "not_you", "no", ("token-time", True)),
    "no token": (READ, (), "not_you", "no", ("token-missing", False)),
    "password": (post(LOGIN, "/login"), (SIGNED_UP,), "not_you", "no", ("sign-in", False)),
    "name with another case": (post({**LOGIN, "email": "A@B.example"}, "/login"), (SIGNED_UP,), "not_you", "no", ("sign-in", False)),
    "no key": (READ, (STORED,), "not_you", "invalid application key", ("app-key", False)),
    "no key, and none before": (READ, (), "not_you", "The app key is unknown.", ("app-key", False)),
    "keys swapped": (READ, (STORED,), "not_you", "no", ("app-key", False)),
    "key is a placeholder": (READ, (), "not_you", "no", ("app-key", True)),
}  # fmt: skip
HEADERS: dict[str, dict[str, str | None]] = {
    "token expired": {"Authorization": f"Bearer {make_jwt(exp=1_700_000_000)}"},
    "no token": {"Authorization": None},
    "no key": {"X-App-Key": None},
    "no key, and none before": {"X-App-Key": None, "X-App-Secret": None, "Authorization": None},
    "keys swapped": {"X-App-Key": "s-0815x", "X-App-Secret": "k-4711x"},
    "key is a placeholder": {"X-App-Key": "undefined"},
}


@in_one_test("case", FOUND)
def test_a_fault_is_found_by_the_catalog_alone(case: str, acme: Mapping[str, Backend]) -> None:
    asked, before, code, message, wanted = FOUND[case]
    asked = {"headers": HEADERS.get(case), **asked, "dated": True}
    asked = {name: value for name, value in asked.items() if not (name == "answer" and value == {"id": "n1"})}
    found = said(acme, asked, *before, code=code, message=message)
    assert wanted in found, found
    assert found[0][1] == wanted[1] or wanted == found[0], found


SILENT: dict[str, tuple[dict[str, Any], tuple[dict[str, Any], ...], str]] = {
    "a right request": (post({**NOTE, "count": 2, "state": "open", "tags": []}), (), "refused"),
    "another collection": (post({"size": 1}, "/data/boxes"), (), "refused"),
    "a right list": ({"path": "/data/notes?limit=10&sort=asc&full=true&where=%7B%22a%22%3A%7B%22%24gt%22%3A1%7D%7D"}, (), "refused"),
    "a field that the server sets, unnamed": (post({**NOTE, "created": "x"}), (), "refused"),
    "a value that is taken, unsaid": (post({"title": "x", "email": "a@b.example"}), (STORED,), "refused"),
    "an id, for another reason": ({"path": "/data/notes/n7"}, (STORED, READ), "refused"),
    "a password that was right": (post({**LOGIN, "password": "right"}, "/login"), (SIGNED_UP,), "not_you"),
    "a key that is not spoken of": ({**READ, "headers": {"X-App-Key": None}}, (STORED,), "not_you"),
    "a key that worked alone": ({**READ, "headers": {"X-App-Key": None}}, (STORED, {**READ, "headers": {"X-App-Key": None}}), "not_you"),
    "a token that still works": (READ, (STORED, READ), "not_you"),
    "null where a type is known": (post({**NOTE, "count": None}), (), "refused"),
    "an id that nobody could have seen": ({"path": "/data/notes/n7"}, (), "refused"),
}


@in_one_test("case", SILENT)
def test_nothing_is_said_of_what_is_right(case: str, acme: Mapping[str, Backend]) -> None:
    asked, before, code = SILENT[case]
    assert said(acme, {name: value for name, value in asked.items() if name != "answer"}, *before, code=code) == []


ODD = {
    'route = ["/date/{collection}"]': "did you mean `/data/{collection}`?",
    'types = { a = "int" }': "is none of string, number, integer",
    "choices = { a = [] }": "takes a table of lists of values",
    'queries = ["where"]': "goes together with `queries`",
    'parameters = { limit = { from = 1 } }': 'goes with `type = "integer"`',
    'parameters = { limit = { typ = "integer" } }': "did you mean `type`?",
    "reserved = { field = '(a+)+' }": "reserved",
}  # fmt: skip


def test_a_sign_in_needs_no_token(acme: Mapping[str, Backend]) -> None:
    for body in ({"mail": "a", "pass": "b"}, {"user": "a", "PWD": "b"}, {"user": "a", "login_pin": 1234}):
        asked = {**post(body, "/login"), "headers": {"Authorization": None}}
        assert said(acme, asked, code="not_you") == [], body
    assert said(acme, {**READ, "headers": {"Authorization": None}}, code="not_you", message="key or token is missing") == [("token-missing", False)]


def test_a_token_can_be_a_cookie() -> None:
    catalog = CATALOG.replace('token = { header = ["authorization"] }', "token = { cookie = [\"sid\"] }\nends = [{ path = '/logout$' }]")
    talk = Talk({"acme": parse(catalog)}, "acme", "https://api.acme.example", {"Cookie": 'theme=dark; sid="s-4711x"; sid=other'})
    refused: dict[str, Any] = {"path": "/data/notes", "status": 401, "answer": {"code": "not_you", "message": "no"}}
    talk.ask(path="/data/notes")
    talk.ask(path="/logout", method="POST")
    (ended,), (missing,) = talk.ask(**refused), talk.ask(**refused, headers={"Cookie": "theme=dark"})
    assert [record.finding for record in (ended, missing)] == ["token-history", "token-missing"]
    assert "POST /logout" in ended.findings[0].says
    assert "the cookie `sid` is absent" in missing.findings[0].says
    assert "s-4711x" not in ended.to_json()


@in_one_test("line", ODD)
def test_what_cannot_be_used_is_refused_with_its_place(line: str) -> None:
    with pytest.raises(CatalogError) as error:
        parse(f'{CATALOG}[[request]]\nsource = "made up"\n{line}\n')
    assert ODD[line] in str(error.value)
    assert "[[request]] 5" in str(error.value)


def test_a_message_that_names_a_field_has_a_group_and_known_entries() -> None:
    for line, reason in (
        ("message = 'x'", "needs a group"),
        ("message = '(?P<field>x)'\nentries = [\"Refuse\"]", "names 'Refuse', which is no entry"),
    ):
        with pytest.raises(CatalogError, match=r"field_named\]\] 2") as error:
            parse(f"{CATALOG}[[field_named]]\n{line}\n")
        assert reason in str(error.value)


def test_a_word_for_nothing_in_a_token_header_of_the_apis_own() -> None:
    backend = parse(CATALOG.replace('token = { header = ["authorization"] }', 'token = { header = ["x-pass"] }'))
    asked = {**READ, "headers": {"X-Pass": "undefined", "Authorization": None}}
    found = said({"acme": backend}, {name: value for name, value in asked.items() if name != "answer"}, code="not_you")
    assert found[0] == ("token-unset", True)
