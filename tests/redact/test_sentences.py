"""Secrets in sentences, lists and commands; and what looks like one there and is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from baas_errors.catalog import Backend
from baas_errors.exchange import Exchange
from baas_errors.redact import Redactor
from build import make_request
from matrix import in_one_test

SECRET = "Kolibri-Nest9"


@pytest.fixture(scope="module")
def redactor(backends: dict[str, Backend]) -> Redactor:
    return Redactor(backends.values(), key=b"k" * 32)


SAID = [
    'password "X" is wrong',
    "the password X is wrong",
    "password is: X",
    "password was 'X'",
    "password (X)",
    "Wrong password [X]",
    "password -> X",
    "password := 'X'",
    "password == X",
    "password for user ann is X",
    "field password has value 'X'",
    "Kennwort \u201eX\u201c ist falsch",
    "contrase\u00f1a \u00abX\u00bb incorrecta",
    "invalid token 'X'",
    "invalid token X",
    "session token X has expired",
    "api key X is revoked",
    "api key \u201cX\u201d unknown",
    "X is not a valid token",
    "'X' is not a valid password",
    "Value 'X' for field 'password' is too short",
    'Got "X" for "token"',
    'Cast to string failed for value "X" at path "password"',
    'Variable "$password" got invalid value "X"',
    "Validation failed: password: Path `password` (`X`) is shorter than the minimum",
    "Key (password)=(X) already exists.",
    "Key (email, token)=(a, X) already exists.",
    "INSERT INTO users (name, password) VALUES ('ann', 'X')",
    "CREATE USER ann IDENTIFIED BY 'X'",
    "SET PASSWORD FOR ann = 'X'",
    "password eq 'X'",
    "curl -u ann:X https://a.example",
    "mysql -u root -pX",
    "app --token X --verbose",
    "net use /p:X",
    "ann:X@db:5432/app",
    "app:X@tcp(db:3306)/app",
    "machine a.example login ann password X",
    "<b>password</b>: X",
    "**password**: X",
    "<tr><td>password</td><td>X</td></tr>",
    '<meta name="csrf-token" content="X">',
    "<password><value>X</value></password>",
    "password: |\n  X\n",
    'mutation { f(password: {new: "X"}) { id } }',
    'mutation { f(fields: [{name: "password", value: "X"}]) { id } }',
    "Authorization: Bearer:X",
]


@in_one_test("text", SAID)
def test_what_is_said_beside_a_name_is_replaced(redactor: Redactor, text: str) -> None:
    shown = redactor.session().text(text.replace("X", SECRET))
    assert SECRET not in shown, shown
    assert " #" in shown


CODES = ["PIN 4829 is wrong", "OTP 482913 expired", "CVV 482 is invalid", "verification code: 482913"]


@in_one_test("text", CODES)
def test_codes_are_digits(redactor: Redactor, text: str) -> None:
    assert " #" in redactor.session().text(text)


STAYS = [
    "password 2024-11-03 was the last one that was changed",
    "the password is too short: 4 of 8 characters",
    'password "too short"',
    'Unexpected token "<", "<!DOCTYPE " is not valid JSON',
    "Field token of type String expected, got Number",
    "token version 1.2.3-beta4 is not supported",
    'the index "email_1" is not unique',
    "Invalid key name: foo.bar2",
    "PIN must have 4 digits",
    "Error code 4012 of 5000",
    "user 17 of 30 has no session",
    "password=[object Object]",
    "password: [FILTERED]",
    "token: %s",
    "password: $password",
    "Send `Username` or `Email`, spelled like this",
    "Treat it like an expired token: `POST /v1/auth/refresh`",
    "line 4: npm:left-pad@1.2.3 has no token",
    "(a, b) = (1, 2)",
]


@in_one_test("text", STAYS)
def test_what_is_no_secret_stays(redactor: Redactor, text: str) -> None:
    assert redactor.session().text(text) == text


LISTS: dict[str, Any] = {
    "id and text": [{"id": "password", "text": SECRET}],
    "attribute and data": [{"attribute": "password", "data": SECRET}],
    "capitals": [{"Key": "password", "Value": SECRET}],
    "columns and rows": {"columns": ["user", "password"], "rows": [["ann", SECRET], ["bob", SECRET]]},
    "names and values": {"values": [SECRET], "names": ["password"]},
    "JSON Patch": [{"op": "replace", "path": "/user/password", "value": SECRET}],
    "JSON Patch, in a list": [{"op": "test", "path": "/accessCode/0", "value": SECRET}],
}
FORMS = {
    "name and value": f"name=password&value={SECRET}",
    "name and value, by number": f"f[0][name]=user&f[0][value]=ann&f[1][name]=password&f[1][value]={SECRET}",
    "filter": f"filter=password%20eq%20'{SECRET}'",
}


@in_one_test("case", [*LISTS, *FORMS])
def test_names_and_values_in_lists(redactor: Redactor, case: str) -> None:
    kind = "application/json" if case in LISTS else "application/x-www-form-urlencoded"
    body = json.dumps(LISTS[case]) if case in LISTS else FORMS[case]
    exchange = Exchange("1", make_request("POST", "https://a.example/parse/classes/A", {"Content-Type": kind}, body))
    redaction = redactor.for_exchange(exchange)
    assert SECRET not in redaction.text(f"no {SECRET} here")
    assert SECRET not in redaction.of_sent(exchange.request).document(body, kind)


@in_one_test(
    "value",
    [
        {"columns": ["user", "password"], "rows": []},
        {"id": "password", "text": "Please choose a password", "label": "Password"},
        {"state": "active", "data": {"state": "waiting_for_payment_2"}},
        {"names": ["a", "b"], "values": [1, 2]},
        {"items": [{"id": "token", "data": {"type": "String"}}]},
        {"state": "iPhone15"},
    ],
)
def test_lists_that_hold_no_secret_stay(redactor: Redactor, value: Any) -> None:
    assert redactor.session().value(value) == value


CARDS = [
    "4111\u00a01111\u00a01111\u00a01111",
    "4012.8888.8888.1881",
    "4111\u20091111\u20091111\u20091111",
    "4111/1111/1111/1111",
    "\uff14\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11",
    "4111 1111 1111 1111 12/28 123",
    "3782 822463 10005",
    "NL91-ABNA-0417-1643-00",
    "fr1420041010050500013m02606",
    "GB29\u00a0NWBK\u00a06016\u00a01331\u00a09268\u00a019",
    "4111\u200b111111111111",
]
ADDRESSES = [
    "ann\uff20a.example.com",
    "ann=40a.example.com",
    "ann(at)a.example.com",
    "ann [at] a.example.com",
    "ann @ a.example.com",
    '"a@b"@a.example.com',
]


@in_one_test("value", [*CARDS, *ADDRESSES])
def test_cards_accounts_and_addresses_in_other_forms(redactor: Redactor, value: str) -> None:
    shown = redactor.session().text(f"no {value} here")
    assert shown.startswith("no <"), shown
    assert value[-6:] not in shown.removesuffix("12/28 123 here")


NUMBERS = [
    "4111.1111.1111.1112",
    "DE99 3704 0044 0532 0130 00",
    "de12ab34ef56ab78cd90ef12",
    "10.20.30.40 5060.7080",
    "at 10:15 (a t) b.example.com",
    "1700000000000 1700000001000",
]


@in_one_test("value", NUMBERS)
def test_numbers_that_are_none_stay(redactor: Redactor, value: str) -> None:
    assert redactor.session().text(f"no {value} here") == f"no {value} here"


NAMES = [
    *("appKey", "sshKey", "rsaKey", "doorCode", "joinCode", "p4ssw0rd", "mothersMaidenName", "otc", "presharedKey", "resetHash"),
    *("geheimzahl", "lykilor\u00f0", "wagwoord", "chave_acesso", "sms_kod", "unsubscribeHash"),
]


@in_one_test("name", NAMES)
def test_more_names(redactor: Redactor, name: str) -> None:
    assert SECRET not in str(redactor.session().value({name: SECRET}))


KEYS = [
    "waka_8b0e7153-bf7c-4706-a85c-524e44006651",
    "e2b_9a6656c90bd5482a90a29b9fa5ff5180bc0d1234",
    "zpka_fcb447fc135c396aff26c035c0a09cfc_e1a2b3c4",
    "RGAPI-6e54a91f-0582-4018-af57-4a4200aff201",
    "xaat-5b6096c0-4e84-4ea5-a6e6-bfe248242321",
    "pk_38c230a9e44b982dd0ef9f3927d338c230",
    "pk.a1c426b58525a2247b45b6e512c9175f",
    "115b040ace2b2658c04b608436325ba0af",
    "f0ad466b-3e9a-4e38-a80b-74e556f0b38f:fx",
]


@in_one_test("key", KEYS)
def test_keys_of_more_services(redactor: Redactor, key: str) -> None:
    assert key[-12:] not in redactor.session().text(f"Upstream refused {key} just now")


IDS = ["5f1e2d3c4b5a69788796a5b4", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "6e54a91f-0582-4018-af57-4a4200aff201", "d41d8cd98f00b204e9800998ecf8427e"]


@in_one_test("ident", IDS)
def test_ids_stay(redactor: Redactor, ident: str) -> None:
    assert redactor.session().value({"objectId": ident, "error": f"Object {ident[:24]} not found"})["objectId"] == ident
