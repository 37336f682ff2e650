"""Who asks Kinvey: each rule finds its fault, and is silent about the request without it."""

from __future__ import annotations

import base64
from typing import Any

from diagnose.kinvey_talk import (
    APP_SECRET,
    BOOKS,
    KID,
    LIST,
    LOGIN,
    OTHER_KID,
    OTHER_SECRET,
    OTHER_SESSION,
    PASSWORD,
    SECRETS,
    SESSION,
    USER,
    app,
    bare,
    basic,
    refused,
    session,
    signed_in,
    talk,
)
from diagnose.talk import Row, RowTests, findings

LOGGED_OUT: dict[str, Any] = {"method": "POST", "path": f"{USER}/_logout", "status": 204}
ENTITY = f"{BOOKS}/moby-dick"
MIC = 'Error encountered authenticating against kinveyAuth: {"error":"server_error","error_description":"'
INVALID, INSUFFICIENT = "InvalidCredentials", "InsufficientCredentials"


def header(value: str, rule: str, says: str, name: str = INVALID, certain: bool = True, good: str = f"Kinvey {SESSION}", **more: Any) -> Row:
    """An Authorization header at fault, and a good one."""
    return Row(rule, says, refused(name, 401, headers={"Authorization": value}, **more), {"headers": {"Authorization": good}}, certain)


def raw(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def logging_in(name: str = "zelda-fitz", **more: Any) -> dict[str, Any]:
    body = {"username": name, "password": "wrong-horse"}
    return refused(INVALID, 401, method="POST", path=LOGIN, headers=app(), body=body) | more


def social(identity: Any) -> dict[str, Any]:
    return refused(INVALID, 401, method="POST", path=LOGIN, headers=app(), body={"_socialIdentity": identity})


ROWS = [
    header("Kinvey undefined", "token-lost", "carries `kinvey undefined` instead of a token"),
    header("Kinvey", "token-lost", "a scheme but no token", "MalformedAuthenticationHeader"),
    header("Basic a2lkX1RveXMwMTph!!", "basic-unreadable", "it is not base64", "MalformedAuthenticationHeader", good=basic()),
    header(f"Basic {KID}:{APP_SECRET}", "basic-unreadable", "`user:password` was sent as plain text", "MalformedAuthenticationHeader", good=basic()),
    header(raw(KID), "basic-unreadable", "has no colon between user and password", good=basic()),
    header(f"Bearer {SESSION}", "unknown-scheme", "uses the scheme `bearer`."),
    header(SESSION, "unknown-scheme", "holds a bare value without a scheme", "MalformedAuthenticationHeader"),
    header(f"Kinvey {SESSION}%3D%3D", "token-form", "The session token is percent-encoded"),
    Row("unknown-scheme", "uses the scheme `bearer`", bare(401, headers={"Authorization": "Bearer abc.def"}), {"headers": session()}),
    header(raw(f"{KID}:{APP_SECRET}\n"), "basic-user", "The secret of the Basic credentials begins or ends with a line break", good=basic()),
    header(raw(f" {KID}:{APP_SECRET}"), "basic-user", "The user part of the Basic credentials begins or ends with white space", good=basic()),
    header(basic(APP_SECRET, KID), "basic-user", "have the secret before the colon and the key after it", good=basic()),
    header(basic(OTHER_KID), "basic-user", f"are those of the key `{OTHER_KID}`, but the path is that of `{KID}`", good=basic()),
    Row(
        "basic-user",
        f"are those of another name (10 characters), but the path is that of `{KID}`",
        refused(INVALID, 401, method="POST", path=USER, headers=app("zelda-fitz", PASSWORD), body={}),
        {"headers": app()},
    ),
    header(basic("zelda-fitz", PASSWORD), "basic-user", "a user's name and password were sent with Basic, which", good=basic(), certain=False),
    Row(
        "basic-user",
        "Basic credentials are a user's, and name or password is wrong",
        refused(INVALID, 401, headers=app("zelda-fitz", PASSWORD, **{"X-Kinvey-API-Version": "5"})),
        {"headers": app()},
        certain=False,
    ),
    header(basic(KID, ""), "app-secret", "have the key, but no secret after the colon"),
    header(
        basic(KID, OTHER_SECRET),
        "app-secret",
        "the secret in the Basic credentials does not belong to the key, which is the path's own",
        certain=False,
    ),
    Row(
        "app-secret",
        "the key was accepted with another secret 1 s before, in flow flow-1",
        refused(INVALID, 401, method="POST", path=USER, headers=app(KID, OTHER_SECRET), body={}),
        {"headers": app()},
        certain=False,
        before=[signed_in()],
    ),
    Row("login", "the user name begins or ends with white space", logging_in("zelda-fitz "), {"body": {"_socialIdentity": {}}}, certain=False),
    Row(
        "login",
        "the password is wrong: flow flow-1 signed up or in with the same user name 1 s before",
        logging_in(),
        {"body": {"_socialIdentity": {}}},
        certain=False,
        before=[signed_in()],
    ),
    Row(
        "login",
        "flow flow-2 deleted this user 1 s before: without `hard=true` the user is suspended",
        logging_in(),
        {"body": {"_socialIdentity": {}}},
        certain=False,
        before=[signed_in(), {"method": "DELETE", "path": f"{USER}/5f0000000000000000000001", "status": 204}],
        fix="hard=true",
    ),
    Row(
        "login",
        "differs only in white space from one that worked",
        logging_in(),
        {"body": {"_socialIdentity": {}}},
        certain=False,
        before=[signed_in("zelda-fitz ")],
    ),
    header(f'Kinvey "{SESSION}"', "token-quoted", "The token is sent with quotation marks around it"),
    Row(
        "rights",
        "the session's user owns `moby-dick` (flow flow-2), so the permissions of the collection or the user's roles do not allow `PUT`",
        refused(INSUFFICIENT, 401, method="PUT", path=ENTITY, body={"a": 1}),
        {"headers": app("x")},
        certain=False,
        before=[signed_in(), {"path": BOOKS, "answer": [{"_id": "moby-dick", "_acl": {"creator": "5f0000000000000000000001"}}]}],
    ),
    Row(
        "login",
        "differs only in upper and lower case from one that worked 1 s before",
        logging_in("Zelda-Fitz"),
        {"body": {"_socialIdentity": {}}},
        certain=False,
        before=[signed_in()],
    ),
    Row(
        "login",
        "do not belong together in this environment; the app's key and secret were accepted in flow flow-1",
        logging_in("ann"),
        {"body": {"_socialIdentity": {}}},
        certain=False,
        before=[signed_in()],
    ),
    Row(
        "login",
        "the sign-up in flow flow-1 sent this user name as `userName`, not as `username`",
        logging_in(),
        {"body": {"_socialIdentity": {}}},
        certain=False,
        before=[{"method": "POST", "path": USER, "headers": app(), "body": {"userName": "zelda-fitz", "passWord": PASSWORD}, "status": 201}],
        fix='Sign up again with `"username"`',
    ),
    Row(
        "login",
        "sent this user name as `email`, not as `username`",
        logging_in("zelda@fitz.example"),
        {"body": {"_socialIdentity": {}}},
        certain=False,
        before=[{"method": "POST", "path": USER, "headers": app(), "body": {"email": "zelda@fitz.example", "password": PASSWORD}, "status": 201}],
    ),
    Row(
        "login",
        "the sign-up in flow flow-1 sent the password as `PassWord`, not as `password`, so Kinvey invented a password",
        logging_in(),
        {"body": {"_socialIdentity": {}}},
        certain=False,
        before=[{"method": "POST", "path": USER, "headers": app(), "body": {"username": "zelda-fitz", "PassWord": PASSWORD}, "status": 201}],
        fix='Sign up again with `"username"`',
    ),
    Row(
        "login",
        "the sign-up in flow flow-1 sent no `password`",
        logging_in(),
        {"body": {"_socialIdentity": {}}},
        certain=False,
        before=[{"method": "POST", "path": USER, "headers": app(), "body": {"username": "zelda-fitz", "mail": "z@fitz.example"}, "status": 201}],
    ),
    Row("login", "user name and password do not belong together", logging_in(), {"path": BOOKS}, certain=False),
    Row("social-login", "has no access token for `google`", social({"google": {"access_token": ""}}), {"body": {"username": "a", "password": "b"}}),
    Row(
        "social-login",
        "refused the access token of `google`: it has expired, or it was issued for another app",
        social({"google": {"access_token": "ya29.xyz-0123456789"}}),
        {"body": {"username": "a", "password": "b"}},
        certain=False,
    ),
    Row(
        "token-history",
        f"ended by POST {USER}/_logout in flow flow-2, 1 s before",
        refused(INVALID, 401),
        {"headers": app()},
        False,
        before=[LIST, LOGGED_OUT],
    ),
    Row(
        "session",
        f"The session belongs to another app: it was issued for `{OTHER_KID}`",
        refused(INVALID, 401, headers=session(OTHER_SESSION)),
        {"headers": app()},
        before=[signed_in(kid=OTHER_KID, token=OTHER_SESSION)],
    ),
    Row(
        "session",
        "The access token of Mobile Identity Connect (MIC) behind this session has ended",
        refused(INVALID, 401, debug=f"{MIC}Access Token not found" + '"}'),
        {"answer": {"error": INVALID, "description": "x", "debug": ""}, "headers": app()},
        fix="`POST /oauth/token` on the auth host",
    ),
    Row(
        "session",
        "Mobile Identity Connect (MIC) behind this session has ended",
        refused(INVALID, 401, debug=f'{MIC}Access Token not found"}}'),
        {"headers": app()},
        before=[
            {
                "method": "POST",
                "path": "https://auth.kinvey.com/oauth/token",
                "headers": {"Content-Type": "application/x-www-form-urlencoded"},
                "body": "grant_type=refresh_token&refresh_token=r1",
                "answer": {"access_token": "mic-0123456789", "refresh_token": "r2"},
            }
        ],
        fix="Log in with the token that flow flow-1 returned",
    ),
    Row(
        "session",
        "Kinvey cannot read the session token",
        refused(INVALID, 401, debug="Unable to validate the authorization token included in the request"),
        {"headers": app()},
    ),
    Row("session", "it worked 1 s before (flow flow-1)", refused(INVALID, 401), {"headers": app()}, certain=False, before=[LIST]),
    Row(
        "session",
        "flow flow-1 issued a new one 1 s before",
        refused(INVALID, 401),
        {"headers": app()},
        certain=False,
        before=[signed_in(token=OTHER_SESSION)],
    ),
    Row("session", "the user's session has expired or was ended", refused(INVALID, 401), {"headers": app()}, certain=False),
    Row(
        "rights",
        "The request was made with the app's own key and secret, where a signed-in user or the master secret is needed",
        refused(INSUFFICIENT, 401, headers=app(), debug="Please authenticate as an app End User or as the app admin using the Master secret"),
        {"path": f"/appdata/{KID}"},
    ),
    Row(
        "rights",
        "the app's own key and secret, where",
        refused(INSUFFICIENT, 401, headers=app()),
        {"path": f"/appdata/{KID}"},
        certain=False,
        fix=f"by `POST /user/{KID}` with these credentials and the body `{{}}`",
    ),
    Row(
        "rights",
        "the app's own key and secret, where",
        refused(INSUFFICIENT, 401, headers=app()),
        {"path": f"/appdata/{KID}"},
        certain=False,
        before=[{"method": "POST", "path": f"/user/{KID}", "headers": app(), "status": 201, "answer": {"_id": "u1", "_kmd": {"authtoken": "t-1"}}}],
        fix="with the `_kmd.authtoken` of flow flow-1",
    ),
    Row(
        "rights",
        "the permissions of `books` or the user's roles do not allow `POST`",
        refused(INSUFFICIENT, 401, method="POST", body={"a": 1}),
        {"headers": app("zelda-fitz")},
        certain=False,
    ),
    Row(
        "rights",
        "do not let this user change it",
        refused(INSUFFICIENT, 401, method="PUT", path=ENTITY, body={"a": 1}),
        {"headers": app("x")},
        certain=False,
    ),
    Row(
        "rights",
        "`moby-dick` belongs to the user `u-2` (flow flow-2), and this session is of `5f0000000000000000000001`; its `_acl` gives",
        refused(INSUFFICIENT, 401, method="PUT", path=ENTITY, body={"a": 1}),
        {"headers": app("x")},
        certain=False,
        before=[signed_in(), {"path": BOOKS, "answer": [{"_id": "moby-dick", "_acl": {"creator": "u-2"}}]}],
        fix="`_acl.w`",
    ),
    Row(
        "rights",
        "and the path names the user `u-2`; users may change only themselves",
        refused(INSUFFICIENT, 401, method="PUT", path=f"{USER}/u-2", body={"a": 1}),
        {"headers": app("x")},
        certain=False,
        before=[signed_in()],
    ),
    Row(
        "rights",
        "This operation requires the master secret. The request came with a user's session",
        refused(INSUFFICIENT, 401, method="POST", path=f"/roles/{KID}", body={}, debug="Please authenticate using the Master secret"),
        {"answer": {"error": "InsufficientCredentials", "debug": "must be registered for realtime"}},
        fix="<master secret>",
    ),
    Row(
        "rights",
        "the session that was sent is not that of a user of this environment",
        refused(INSUFFICIENT, 401, debug="Please authenticate as an app End User or as the app admin using the Master secret"),
        {"headers": app("x")},
        certain=False,
    ),
    Row("rights", "do not let this user read it", refused(INSUFFICIENT, 401, path=ENTITY), {"headers": app("x")}, certain=False),
    Row("rights", "The server says: `no role fits`", refused(INSUFFICIENT, 401, debug="no role fits"), {"headers": app("x")}, certain=False),
    Row("sdk-after-401", "SDKs treat this 401 as the end of the session", refused(INVALID, 401), {"headers": app()}, certain=False),
    Row(
        "sdk-after-401",
        "the Android SDK now refreshes the session, as after any 401",
        refused(INSUFFICIENT, 401, headers={"User-Agent": "android-kinvey-http/4.3.0"}),
        {"headers": {}},
        certain=False,
    ),
]


class TestRows(RowTests):
    rows = ROWS
    needs_fix = True
    secrets = (*SECRETS, "wrong-horse", "ya29")
    talk = staticmethod(talk)


def test_good_app_credentials_are_not_blamed_for_a_login(backends):
    found = findings(talk(backends), [signed_in()], logging_in())
    assert [f.rule for f in found if f.rule in ("app-secret", "basic-user", "session", "sdk-after-401")] == []


def test_credentials_that_were_accepted_before_are_not_blamed(backends):
    odd = app(OTHER_KID)
    accepted = {"method": "POST", "path": USER, "headers": odd, "body": {"username": "ann", "password": PASSWORD}, "status": 201}
    for before, rules in (([accepted], []), ([], ["basic-user"])):
        found = findings(talk(backends), before, refused(INVALID, 401, method="POST", path=USER, headers=odd, body={"username": "bob"}))
        assert [f.rule for f in found if f.rule == "basic-user"] == rules, before


def test_a_cause_stands_before_what_the_app_does_next(backends):
    found = findings(talk(backends), [], refused(INVALID, 401))
    assert [f.rule for f in found] == ["session", "sdk-after-401"]
