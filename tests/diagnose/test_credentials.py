"""The checks of credentials, each by itself: the fault is told, the same request mended is not."""

from __future__ import annotations

from email.utils import formatdate

from baas_errors.diagnose import credentials
from baas_errors.history.store import Sighting, Token
from diagnose.talk import make_jwt
from diagnose.toy import NOW, said
from matrix import in_one_test


def bearer(value: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {value}"}


@in_one_test("value", ["undefined", "null", '"null"', "[object Object]", ""])
def test_empty_token(desk, value):
    assert len(said(credentials.empty_token(desk.case(headers=bearer(value))))) == 1


@in_one_test("headers", [{}, bearer("abc"), {"Authorization": "Basic dXNlcjpwdw=="}])
def test_empty_token_is_silent(desk, headers):
    assert said(credentials.empty_token(desk.case(headers=headers))) == []


@in_one_test(
    ("header", "says"),
    [("Bearerabc", "no space between"), ("eyJhbGciOiJIUzI1NiJ9.e30.c", "holds the bare token"), ("Bearer Bearer abc", "says `Bearer` twice")],
)
def test_bearer_form(desk, header, says):
    assert [says in text for text in said(credentials.bearer_form(desk.case(headers={"Authorization": header})))] == [True]


@in_one_test("header", ["Bearer abc", "bearer  abc", "Basic abc", "abc", ""])
def test_bearer_form_is_silent(desk, header):
    assert said(credentials.bearer_form(desk.case(headers={"Authorization": header}))) == []


def test_basic_form(desk):
    assert len(said(credentials.basic_form(desk.case(headers={"Authorization": "Basic ann:secret"})))) == 1


@in_one_test("header", ["Basic YW5uOnNlY3JldA==", "Bearer ann:secret", ""])
def test_basic_form_is_silent(desk, header):
    assert said(credentials.basic_form(desk.case(headers={"Authorization": header}))) == []


DATE = {"Date": formatdate(NOW, usegmt=True)}


@in_one_test(
    ("claims", "says"),
    [
        ({"exp": NOW - 192}, "The access token expired 3 min 12 s before this answer, by the answer's Date header."),
        ({"nbf": NOW + 60}, "The access token is not valid yet: its `nbf` is 1 min ahead, by the answer's Date header."),
        ({"iat": NOW + 120}, "the token was issued 2 min in the future, by the answer's Date header, so a clock is wrong."),
        ({"exp": (NOW + 60) * 1000}, "the token's `exp` is in milliseconds."),
    ],
)
def test_jwt_times(desk, claims, says):
    assert said(credentials.jwt_times(desk.case(headers=bearer(make_jwt(**claims)), answer_headers=DATE))) == [says]


@in_one_test("value", [make_jwt(exp=NOW + 60, nbf=NOW - 1, iat=NOW - 1), make_jwt(exp=NOW - 2), make_jwt(), "0a1b2c3d4e5f60718293a4b5", "undefined"])
def test_jwt_times_is_silent(desk, value):
    assert said(credentials.jwt_times(desk.case(headers=bearer(value), answer_headers=DATE))) == []


def test_jwt_times_without_a_date_go_by_this_machines_clock(desk):
    found = said(credentials.jwt_times(desk.case(headers=bearer(make_jwt(exp=NOW - 60)))))
    assert found == ["The access token expired 1 min before this answer, by this machine's clock."]


def test_jwt_that_cannot_be_read(desk):
    assert said(credentials.jwt_times(desk.case(headers=bearer("a.b")))) == [
        "The access token cannot be read: it has 2 parts; a JSON Web Token has three parts with dots between them."
    ]


def test_token_that_was_ended(desk):
    desk.app.tokens.put(desk.keeper.hash("abc"), Token(ended=Sighting("flow-1", NOW - 60), ended_how="POST /logout"))
    assert said(credentials.token_history(desk.case(headers=bearer("abc")))) == ["this token was ended by POST /logout in flow flow-1, 1 min before."]


def test_token_with_a_newer_one(desk):
    desk.app.tokens.put(desk.keeper.hash("abc"), Token(issued=Sighting("flow-1", NOW - 60), user="u1"))
    desk.app.tokens.put("newer", Token(issued=Sighting("flow-2", NOW - 30), user="u1"))
    desk.app.last_issued = ("newer", Sighting("flow-2", NOW - 30))
    assert [text[:49] for text in said(credentials.token_history(desk.case(headers=bearer("abc"))))] == [
        "a newer token was issued in flow flow-2, 30 s bef"
    ]


@in_one_test("newer", [Token(user="u2"), Token(user="u1", used=Sighting("flow-3", NOW))], ids=["of another user", "that is used"])
def test_token_without_a_newer_one(desk, newer):
    desk.app.tokens.put(desk.keeper.hash("abc"), Token(issued=Sighting("flow-1", NOW - 60), user="u1"))
    desk.app.tokens.put("newer", newer)
    desk.app.last_issued = ("newer", Sighting("flow-2", NOW - 30))
    assert said(credentials.token_history(desk.case(headers=bearer("abc")))) == []
