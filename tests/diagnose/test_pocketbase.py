"""PocketBase, one answer at a time: what its catalog and the shared checks say, and what they leave unsaid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from baas_errors.catalog import Backend
from baas_errors.record import ErrorRecord
from diagnose.talk import START, Talk, make_jwt
from matrix import in_one_test

RECORDS = "/api/collections/posts/records"
POST = {"id": "abcdefghijklmno", "collectionId": "pbc_1", "collectionName": "posts", "title": "First", "owner": "alice0000000001", "rating": 3}
LIST = {"page": 1, "perPage": 30, "totalItems": 1, "totalPages": 1, "items": [POST]}
TOKEN = make_jwt(id="alice0000000001", collectionId="_pb_users_auth_", exp=START + 500_000)
SIGN_IN: dict[str, Any] = {
    "method": "POST", "path": "/api/collections/users/auth-with-password", "body": {"identity": "alice@example.org", "password": "made-up-pass-9"},
    "answer": {"token": TOKEN, "record": {"id": "alice0000000001", "collectionId": "_pb_users_auth_", "collectionName": "users"}},
}  # fmt: skip
CREATE_REFUSED = {"data": {}, "message": "Failed to create record.", "status": 400}
NOT_PROCESSED = {"data": {}, "message": "Something went wrong while processing your request.", "status": 400}


@pytest.fixture
def talk(backends: Mapping[str, Backend]) -> Talk:
    return Talk(backends, "pocketbase", "https://app.pockethost.io")


def refused(**fields: tuple[str, str]) -> dict[str, Any]:
    data = {name: {"code": code, "message": message} for name, (code, message) in fields.items()}
    return {"data": data, "message": "Failed to create record.", "status": 400}


def create(talk: Talk, body: Any, answer: Any, token: str = TOKEN, status: int = 400) -> list[ErrorRecord]:
    return talk.ask("POST", RECORDS, body=body, headers={"Authorization": token or None}, status=status, answer=answer)


def told(records: list[ErrorRecord]) -> list[tuple[str, bool]]:
    return [(finding.rule, finding.certain) for finding in records[0].findings if not finding.secondary]


def listed(talk: Talk, query: str) -> ErrorRecord:
    (record,) = talk.ask(path=f"{RECORDS}?{query}", headers={"Authorization": TOKEN}, status=400, answer=NOT_PROCESSED)
    return record


def test_a_refused_value_is_quoted_with_the_servers_words(talk: Talk) -> None:
    (record,) = create(talk, {"title": "A", "rating": 9}, refused(rating=("validation_max_number_constraint", "Must be less or equal than 5.")))
    assert told([record]) == [("named-field", True)]
    assert "`rating`, which was sent as a number, `9`; the server says `Must be less or equal than 5`" in record.findings[0].says


@in_one_test(("sent", "value"), [("rating+", "100"), ("+rating", "100"), ("rating-", "100")])
def test_a_field_with_a_modifier_is_the_field(talk: Talk, sent: str, value: str) -> None:
    (record,) = create(talk, {sent: 100}, refused(rating=("validation_max_number_constraint", "Must be less or equal than 5.")))
    assert f"`{value}`" in record.findings[0].says


def test_a_new_address_that_was_taken_in_the_meantime_is_not_a_fault_of_the_token(talk: Talk) -> None:
    told_so = {"token": {"code": "validation_existing_token_email", "message": "The new email address is already registered: ida@lake.example"}}
    answer = {"code": 400, "message": "Failed to confirm email change.", "data": told_so}
    body = {"token": "abc", "password": "lake-12345"}
    (record,) = talk.ask("POST", "/api/collections/users/confirm-email-change", body=body, status=400, answer=answer)
    assert told([record])[0] == ("new-email-taken", True)
    assert record.fix[0].startswith("Request the change again")


def test_what_users_of_pockethost_can_do_about_cors(talk: Talk) -> None:
    asks = {"Origin": "https://app.example", "Access-Control-Request-Method": "PUT"}
    (record,) = talk.ask("OPTIONS", "/api/collections/import", headers=asks, status=404)
    assert record.findings[0].rule == "cors-preflight"
    assert record.fix[0].startswith("Look in the PocketHost dashboard")


def test_a_field_that_the_apps_own_code_names_is_not_called_missing(talk: Talk) -> None:
    (record,) = talk.ask("POST", "/api/app/order", body={"x": 1}, status=400, answer=refused(shop=("shop_closed", "Closed.")))
    assert not record.known
    assert [finding.rule for finding in record.findings if finding.rule == "named-field"] == []


def test_a_number_as_text_is_converted_and_an_object_is_not(talk: Talk) -> None:
    talk.ask(path=RECORDS, answer=LIST)
    (record,) = create(talk, {"rating": "7"}, refused(rating=("validation_max_number_constraint", "Must be less or equal than 5.")))
    assert told([record]) == [("named-field", True)]
    assert "number" not in record.findings[0].says + record.findings[0].fix
    (record,) = create(talk, {"title": {"en": "A"}}, refused(title=("validation_required", "Cannot be blank.")))
    assert told([record]) == [("stored-field", False)]


def test_an_upsert_in_a_batch_is_not_called_a_wrong_method(talk: Talk) -> None:
    inner = {"response": refused(title=("validation_min_text_constraint", "Must be at least 3 character(s).")), "code": "batch_request_failed"}
    answer = {"data": {"requests": {"0": inner}}, "message": "Batch transaction failed.", "status": 400}
    body = {"requests": [{"method": "PUT", "url": RECORDS, "body": {"id": "abcdefghijklmno", "title": "A"}}]}
    (record,) = talk.ask("POST", "/api/batch", body=body, status=400, answer=answer)
    assert told([record]) == [("named-field", True)]


def test_a_taken_value_names_the_answer_that_showed_it(talk: Talk) -> None:
    talk.ask(path=RECORDS, answer=LIST)
    (record,) = create(talk, {"title": "First"}, refused(title=("validation_not_unique", "Value must be unique.")))
    assert "flow flow-1 showed an object with it" in record.findings[0].says


def test_a_relation_to_what_was_deleted_or_stands_elsewhere(talk: Talk) -> None:
    talk.ask("DELETE", "/api/collections/authors/records/deleted00000001", status=204, answer=b"")
    talk.ask(path="/api/collections/notes/records/note00000000001", answer=POST | {"id": "note00000000001", "collectionName": "notes"})
    missing = refused(author=("validation_missing_rel_records", "Failed to find all relation records with the provided ids."))
    for ident, words in (("deleted00000001", "was deleted"), ("note00000000001", "belongs to `/api/collections/notes/records/`")):
        (record,) = create(talk, {"author": ident}, missing)
        assert f"`{ident}` {words}" in record.findings[0].says


def test_types_are_those_of_answers_since_the_server_converts(talk: Talk) -> None:
    create(talk, {"title": "A", "rating": "many"}, POST, status=200)
    (record,) = create(talk, {"titel": "A", "rating": 3}, refused(title=("validation_required", "Cannot be blank.")))
    assert [finding.says for finding in record.findings if "rating` is" in finding.says] == []
    assert any("Rename `titel` to `title`" in finding.fix for finding in record.findings)


@in_one_test(
    ("query", "rule", "words"),
    [
        ("filter=titel%20=%20'x'", "parameter", "`filter` names `titel`"),
        ("sort=-created", "parameter", "`sort` names `created`, which no object of `posts` had in earlier answers"),
        ("filter=title%20=%20'titel%20=%201'%20AND%20rating%20%3E%201", "filter-syntax", "the word `AND`"),
        ("filter=title%20==%20'x'", "filter-syntax", "`==`"),
        ("filter=(title%20=%20'x'", "filter-syntax", "parenthesis"),
        ("filter=title%20=%20x", "filter-syntax", "the text `x` in `filter` has no quotes"),
        ("page=next", "parameter", "`page` is `next`"),
    ],
)
def test_what_is_wrong_in_a_query(talk: Talk, query: str, rule: str, words: str) -> None:
    talk.ask(path=RECORDS, answer=LIST)
    record = listed(talk, query)
    assert record.name == "ListQueryInvalid"
    first = record.findings[0]
    assert (first.rule, first.certain) == (rule, False)
    assert words in first.says


@in_one_test("query", ["filter=title%20~%20'a%20==%20b'%20%26%26%20rating%20%3E=%201", "filter=tags:each%20?=%20'a'", "sort=-rating,title,@random"])
def test_a_query_that_is_well_formed_is_not_blamed(talk: Talk, query: str) -> None:
    talk.ask(path=RECORDS, answer={**LIST, "items": [POST | {"tags": ["a"]}]})
    assert [finding.rule for finding in listed(talk, query).findings if not finding.secondary] == []


def test_a_token_needs_no_scheme(talk: Talk) -> None:
    talk.ask(**SIGN_IN)
    for token in (TOKEN, f"Bearer {TOKEN}"):
        assert told(create(talk, {"title": "A"}, CREATE_REFUSED, token)) == []
    assert told(create(talk, {"title": "A"}, CREATE_REFUSED, f"Token {TOKEN}")) == [("bearer-form", True)]


def test_tokens_that_are_expired_unknown_lost_or_absent(talk: Talk) -> None:
    talk.ask(**SIGN_IN)
    old = make_jwt(id="alice0000000001", exp=START - 100)
    (record,) = talk.ask("POST", RECORDS, body={"title": "A"}, headers={"Authorization": old}, status=400, answer=CREATE_REFUSED, dated=True)
    assert told([record])[0] == ("token-time", True)
    assert ("token-unknown", False) in told(create(talk, {"title": "A"}, CREATE_REFUSED, f"{TOKEN}x"))
    assert told(create(talk, {"title": "A"}, CREATE_REFUSED, "undefined"))[0] == ("token-lost", True)
    assert told(create(talk, {"title": "A"}, CREATE_REFUSED, f'"{TOKEN}"'))[0] == ("token-quoted", True)
    assert told(create(talk, {"title": "A"}, CREATE_REFUSED, ""))[0] == ("create-refused", False)


def test_a_token_is_not_called_unknown_where_no_answer_issued_one(talk: Talk) -> None:
    assert "token-unknown" not in dict(told(create(talk, {"title": "A"}, CREATE_REFUSED)))


def test_a_session_token_in_place_of_that_of_an_e_mail(talk: Talk) -> None:
    talk.ask(**SIGN_IN)
    answer = refused(token=("validation_invalid_token_claims", "Missing email token claim."))
    (record,) = talk.ask("POST", "/api/collections/users/confirm-verification", body={"token": TOKEN}, status=400, answer=answer)
    assert told([record]) == [("session-token", True)]
    assert TOKEN not in record.to_json()


@in_one_test(("owner", "rules"), [("bob000000000001", [("create-refused", False)]), ("alice0000000001", [])])
def test_an_owner_that_is_not_the_caller(talk: Talk, owner: str, rules: list[tuple[str, bool]]) -> None:
    talk.ask(**SIGN_IN)
    assert told(create(talk, {"owner": owner}, CREATE_REFUSED)) == rules
