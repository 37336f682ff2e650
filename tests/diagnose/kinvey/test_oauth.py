"""Kinvey's auth hosts: each rule finds its fault, and is silent about the request without it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from diagnose.kinvey_talk import KID, LIST, OTHER_KID, SECRETS, TOKEN, app, talk
from diagnose.talk import Row, RowTests, findings

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CODE = {"grant_type": "authorization_code", "code": "code-0123456789", "redirect_uri": "toys://in", "client_id": KID}
REFRESH = {"grant_type": "refresh_token", "refresh_token": "refresh-0123456789", "client_id": KID}
TOKENS = {"access_token": "access-0123456789", "refresh_token": "refresh-9876543210", "expires_in": 3600}


def exchanged(form: dict[str, str], error: str = "", user: str = KID, **more: Any) -> dict[str, Any]:
    """A request for a token, and what came back."""
    answer = {"error": error, "error_description": "Refused", "debug": ""} if error else TOKENS
    asked = {
        "method": "POST",
        "path": TOKEN,
        "headers": app(user, **FORM),
        "body": urlencode(form),
        "answer": answer,
        "status": 400 if error else 200,
    }
    return asked | more


def form(**fields: str) -> dict[str, Any]:
    return {"body": urlencode(fields)}


ROWS = [
    Row(
        "code-used-twice",
        "This code was exchanged before, 1 s before in flow flow-1: each code works once",
        exchanged(CODE, "invalid_grant"),
        form(**{**CODE, "code": "code-9876543210"}),
        before=[exchanged(CODE)],
    ),
    Row(
        "redirect-differs",
        "`redirect_uri` is `toys://in`, but flow flow-1 began the login with `toys://in/`",
        exchanged(CODE, "invalid_grant"),
        form(**{**CODE, "redirect_uri": "toys://in/"}),
        before=[
            {"path": "https://auth.kinvey.com/v3/oauth/auth?client_id=kid_Toys01&redirect_uri=toys%3A%2F%2Fin%2F&response_type=code", "status": 302}
        ],
        fix="Send `toys://in/` as `redirect_uri`",
    ),
    Row("grant", "`code` is `undefined`: the app had none", exchanged({**CODE, "code": "undefined"}, "invalid_grant"), form(**CODE)),
    Row(
        "grant",
        "The grant type is `refresh_token`, but `refresh_token` is missing",
        exchanged({"grant_type": "refresh_token"}, "invalid_grant"),
        form(**REFRESH),
    ),
    Row(
        "grant",
        "the body is JSON; this path reads a form",
        exchanged({}, "invalid_grant", body=CODE, headers=app()),
        form(**CODE),
        certain=False,
        fix="Content-Type: application/x-www-form-urlencoded",
    ),
    Row("grant", "The request has no `grant_type`", exchanged({"code": "code-0123456789"}, "invalid_grant"), form(**CODE)),
    Row("grant", "`redirect_uri` is missing", exchanged({**CODE, "redirect_uri": ""}, "invalid_grant"), form(**CODE), certain=False),
    Row(
        "refresh-ended", "the refresh token has expired, or a newer one replaced it", exchanged(REFRESH, "invalid_grant"), form(**CODE), certain=False
    ),
    Row("client", "has no `client_id`", exchanged({"grant_type": "x"}, "invalid_client", headers={"Authorization": None, **FORM}), form(**CODE)),
    Row("client", "`client_id` begins or ends with white space", exchanged({**CODE, "client_id": f"{KID} "}, "invalid_client"), form(**CODE)),
    Row(
        "client",
        f"the auth host knows no client `{KID}`, or its auth service does not allow the redirect URI `toys://in`",
        {
            "path": f"https://auth.kinvey.com/v3/oauth/auth?client_id={KID}&redirect_uri=toys%3A%2F%2Fin&response_type=code",
            "status": 200,
            "answer": {"error": "invalid_client", "error_description": "Client authentication failed."},
        },
        {"path": TOKEN, "method": "POST", **form(**CODE), "headers": app(KID, **FORM), "status": 400},
        certain=False,
    ),
    Row(
        "mic-login",
        "the identity provider did not accept this login: name and password do not fit",
        {
            "method": "POST",
            "path": f"https://auth.kinvey.com/v3/oauth/auth?client_id={KID}",
            "headers": {"Authorization": None, **FORM},
            "body": "username=ann&password=x1",
            "status": 302,
            "answer_headers": {"Location": "toys://in?error=access_denied&error_description=No"},
        },
        {"method": "GET", "body": b""},
        certain=False,
    ),
    Row(
        "client",
        f"`client_id` is `{KID}`, but the Basic credentials are those of `{OTHER_KID}`",
        exchanged(CODE, "invalid_client", OTHER_KID),
        {"headers": app(KID, **FORM)},
    ),
    Row(
        "client-name",
        f"resembles the app key `{KID}`",
        exchanged({**CODE, "client_id": "kid_Tyos01"}, "invalid_client", "kid_Tyos01"),
        exchanged({**CODE, "client_id": f"{KID}.0a1b"}, "invalid_client", f"{KID}.0a1b"),
        certain=False,
        before=[LIST],
    ),
]


class TestRows(RowTests):
    rows = ROWS
    needs_fix = True
    secrets = SECRETS
    talk = staticmethod(talk)


def test_a_refresh_token_that_was_used_before_is_told_as_that(backends):
    found = findings(talk(backends), [exchanged(REFRESH)], exchanged(REFRESH, "invalid_grant"))
    assert found[0].says.startswith("This refresh token was used before")
    assert "refresh-ended" not in [f.rule for f in found]


def test_a_refusal_elsewhere_is_no_matter_of_grants(backends):
    asked = {"method": "POST", "path": f"/appdata/{KID}/books", "body": {"a": 1}, "status": 400}
    assert "grant" not in [f.rule for f in talk(backends).ask(**asked)[0].findings]
