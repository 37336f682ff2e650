"""Rules for sign-ups, sign-ins, sessions and providers: each finds its fault, and is silent about the request without it."""

from __future__ import annotations

from typing import Any

from diagnose.parse_talk import (
    ALICE,
    AS_ALICE,
    AS_BOB,
    AS_MASTER,
    BOB,
    DENIED,
    NOTE,
    OTHER_SESSION,
    PASSWORD,
    REST_KEY,
    SECRETS,
    SESSION,
    SIGN_UP,
    bare,
    coded,
    talk,
    worked,
)
from diagnose.talk import START, Row, RowTests, findings, make_jwt

GOOD = {"username": "dave-one", "password": "made-up-pass-9"}
REFUSED = "Invalid username/password."
LOCKED = "Your account is locked due to multiple failed login attempts. Please try again"
NOW = int(START)
ISSUER = "https://accounts.google.com"
FRESH = make_jwt(iss=ISSUER, sub="7", exp=NOW + 3600)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
RESET = "https://parse.example.org/parse/apps/notes-app/request_password_reset"
RENAMED = coded(203, "Account already exists for this email", "PUT", f"/users/{ALICE}", headers=AS_ALICE, body={"email": "al@example.org"})
LOG_OUT = worked("POST", "/logout", {}, headers=AS_ALICE, body={}, status=200)
MFA = {"secret": "MADEUPSECRETMADEUPSECRET", "token": "123456"}


def sent(rule: str, says: str, code: int, message: str, path: str, wrong: Any, right: Any, certain: bool = True, **more: Any) -> Row:
    """A body at fault, and one that is none."""
    before, fix = more.pop("before", ()), more.pop("fix", "")
    return Row(rule, says, coded(code, message, more.pop("method", "POST"), path, body=wrong, **more), {"body": right}, certain, before, fix=fix)


def sign_up(rule: str, says: str, code: int, message: str, wrong: Any, right: Any = GOOD, **more: Any) -> Row:
    return sent(rule, says, code, message, "/users", wrong, right, **more)


def log_in(rule: str, says: str, wrong: Any, right: Any = GOOD, code: int = 101, message: str = REFUSED, **more: Any) -> Row:
    return sent(rule, says, code, message, "/login", wrong, right, **more)


def provider(rule: str, says: str, wrong: Any, right: Any, code: int = 101, message: str = "id token is invalid for this user.", **more: Any) -> Row:
    return sent(rule, says, code, message, "/users", {"authData": wrong}, {"authData": right}, **more)


def unsupported(says: str, wrong: Any, certain: bool = True) -> Row:
    return sent("provider-unknown", says, 252, "This authentication method is unsupported.", "/users", {"authData": wrong}, GOOD, certain)


def token(rule: str, says: str, value: str | None, **more: Any) -> Row:
    """A session token at fault, and a good one."""
    asked = coded(209, "Invalid session token", path="/users/me", headers={"X-Parse-Session-Token": value})
    return Row(rule, says, asked, {"headers": AS_BOB}, **more)


def change(rule: str, says: str, headers: Any, good: Any, path: str = f"/users/{ALICE}", body: Any = None, **more: Any) -> Row:
    """A user changed with the wrong headers, and with those that would have been right."""
    asked = coded(206, DENIED, "PUT", path, headers=headers, body=body or {"nickname": "Al"})
    return Row(rule, says, asked, {"headers": good}, **more)


PAGES = "https://parse.example.org/parse/apps/"


def page(path: str, target: str, body: str) -> dict[str, Any]:
    """A page for people that ends in a redirect to another one."""
    asked = {"method": "POST" if body else "GET", "path": f"{PAGES}notes-app/{path}", "status": 302, "headers": FORM, "body": body}
    return asked | {"answer": "Found.", "answer_headers": {"Location": PAGES + target}}


LINK = "mutation ($a: JSON) { createUser(input: {fields: {authData: $a}}) { user { id } } }"
ROWS = [
    Row(
        "body-unread",
        "`username` and `password` were sent as they should be, and did not reach Parse Server",
        coded(200, "bad or missing username", "POST", "/users", body=GOOD),
        {"answer": {"code": 200, "error": "username is odd"}},
        False,
        fix="Mount Parse Server before other body parsers",
    ),
    sign_up("username-missing", "`username` is missing", 200, "bad or missing username", {"password": PASSWORD}),
    sign_up("username-missing", "`username` is empty", 200, "bad or missing username", GOOD | {"username": ""}),
    sign_up("username-missing", "`username` is a number, not a string", 200, "bad or missing username", GOOD | {"username": 7}),
    sign_up("username-missing", "`authData` has nothing to sign in with either", 200, "bad or missing username", {"authData": {}}),
    log_in(
        "username-missing", "`username` is missing, and `email` is missing", {"password": PASSWORD}, code=200, message="username/email is required."
    ),
    Row(
        "username-missing",
        "`username` is missing, and `email` is missing",
        coded(200, "username/email is required.", path=f"/login?password={PASSWORD}"),
        {"path": f"/login?email=dave%40example.org&username=dave&password={PASSWORD}"},
    ),
    sign_up("password-missing", "`password` is missing", 201, "password is required", {"username": "dave-one"}),
    log_in("password-missing", "`password` is empty", {"username": "dave-one", "password": ""}, code=201, message="password is required."),
    Row(
        "password-missing",
        "`new_password` is missing",
        coded(201, "Missing password", "POST", RESET, headers=FORM, body="username=dave-one&token=x"),
        {"body": "username=dave-one&token=x&new_password=made-up-pass-8"},
    ),
    log_in("credentials-type", "`password` is an object, not a string", {"username": "dave-one", "password": {"$gt": ""}}),
    log_in(
        "credentials",
        "the password is wrong: this `username` was good in the sign-up 1 s before (flow flow-1), with another password",
        {"username": "alice", "password": "made-up-wrong"},
        certain=False,
        before=[SIGN_UP],
    ),
    log_in(
        "credentials",
        "which was good before, and no flow showed it itself",
        {"username": "alicce", "password": PASSWORD},
        certain=False,
        before=[SIGN_UP],
    ),
    Row(
        "credentials",
        "the password is wrong",
        {
            "method": "POST",
            "path": "https://parse.example.org/graphql",
            "body": {"query": 'mutation { logIn(input: {username: "alice", password: "made-up-wrong"}) { viewer { sessionToken } } }'},
            "answer": {"errors": [{"message": REFUSED, "extensions": {"code": 101}}]},
        },
        {"body": {"query": 'mutation { logIn(input: {username: "somebody", password: "made-up-wrong"}) { viewer { sessionToken } } }'}},
        certain=False,
        before=[SIGN_UP],
    ),
    log_in("credentials", "`username` has white space around it", {"username": "dave-one ", "password": PASSWORD}, certain=False),
    log_in(
        "credentials",
        "this very password was good in the sign-up 1 s before (flow flow-1)",
        {"username": "alice", "password": PASSWORD},
        certain=False,
        before=[SIGN_UP],
    ),
    log_in(
        "credentials",
        "its ACL was emptied in flow flow-2",
        {"username": "alice", "password": PASSWORD},
        certain=False,
        before=[SIGN_UP, worked("PUT", f"/classes/_User/{ALICE}", {}, headers=AS_MASTER, body={"ACL": {}})],
    ),
    log_in(
        "credentials",
        "are not of one account",
        {"username": "bob", "email": "alice@example.org", "password": PASSWORD},
        certain=False,
        before=[SIGN_UP],
    ),
    Row(
        "account-locked",
        "2 failed sign-ins were seen before it, the last in flow flow-2",
        coded(101, f"{LOCKED} after 5 minute(s)", "POST", "/login", body=GOOD),
        {"answer": {"code": 101, "error": REFUSED}},
        before=[coded(101, REFUSED, "POST", "/login", body=GOOD | {"password": word}) for word in ("made-up-1", "made-up-2")],
        fix="or unlock it by a password reset",
    ),
    # Neither a refusal by the lock itself nor a failure before the sign-up counts.
    Row(
        "account-locked",
        ": a failed sign-in was seen before it, the last in flow flow-3",
        coded(101, f"{LOCKED} after 5 minute(s)", "POST", "/login", body=GOOD),
        {"answer": {"code": 101, "error": REFUSED}},
        before=[
            coded(101, REFUSED, "POST", "/login", body=GOOD),
            worked("POST", "/users", {"objectId": "dave000001"}, body=GOOD),
            coded(101, REFUSED, "POST", "/login", body=GOOD | {"password": "made-up-1"}),
            coded(101, f"{LOCKED} after 5 minute(s)", "POST", "/login", body=GOOD | {"password": "made-up-2"}),
        ],
    ),
    Row(
        "account-locked",
        "The account is locked for 5 min after too many failed sign-ins: a failed sign-in was seen before it, the last in flow flow-1",
        coded(101, f"{LOCKED} after 5 minute(s)", "POST", "/login", body=GOOD),
        {"answer": {"code": 101, "error": REFUSED}},
        before=[
            coded(101, REFUSED, "POST", "/login", body=GOOD | {"password": "made-up-1"}),
            page("request_password_reset", "password_reset_success.html", "username=dave-one&token=x&new_password=made-up-pass-9"),
        ],
        fix="the password reset in flow flow-2 did not unlock it",
    ),
    log_in(
        "credentials",
        "the password is wrong: this `username` was set in the change 1 s before (flow flow-1).",
        {"username": "alice-2", "password": PASSWORD},
        certain=False,
        before=[worked("PUT", f"/users/{ALICE}", {}, headers=AS_ALICE, body={"username": "alice-2"})],
    ),
    Row(
        "account-state",
        "older than the server allows",
        coded(101, "Your password has expired. Please reset your password.", "POST", "/login", body=GOOD),
        {"answer": {"code": 101, "error": REFUSED}},
        fix="POST /requestPasswordReset",
    ),
    Row(
        "account-state",
        "address is not verified",
        coded(205, "User email is not verified.", "POST", "/login", body=GOOD),
        {"answer": {"code": 205, "error": "No user found"}},
        fix="verification e-mail",
    ),
    log_in(
        "credentials",
        "`username` has what is the `email` of an account, as flow flow-1 showed 1 s before",
        {"username": "alice@example.org", "password": PASSWORD},
        certain=False,
        before=[SIGN_UP],
    ),
    sign_up(
        "taken",
        "the same sign-up got no answer of the server in flow flow-1, 1 s before, but was carried out",
        202,
        "Account already exists",
        GOOD,
        {},
        certain=False,
        before=[{"method": "POST", "path": "/users", "status": 504, "body": GOOD, "answer": "<html>"}],
    ),
    change("not-own-user", "the session token has no `r:` in front", {"X-Parse-Session-Token": "made-up-token-of-old"}, AS_MASTER, certain=False),
    token(
        "session-ended",
        "a new password ends the user's sessions",
        SESSION,
        certain=False,
        before=[
            SIGN_UP,
            worked("PUT", f"/users/{ALICE}", {"sessionToken": OTHER_SESSION}, headers=AS_ALICE, body={"nickname": "Al", "password": PASSWORD}),
        ],
        fix="Send the `sessionToken` of the answer in flow flow-2 from then on",
    ),
    log_in("credentials", "`email` has no @", {"email": "dave-one", "password": PASSWORD}, certain=False),
    sign_up(
        "taken", "seen in the sign-up in flow flow-1, 1 s before", 202, "Account already exists", GOOD | {"username": "alice"}, {}, before=[SIGN_UP]
    ),
    sign_up("taken", "Another account has the `username`", 202, "Account already exists", GOOD, {"password": PASSWORD}),
    Row(
        "taken",
        "Another account has the `email`",
        coded(203, "Account already exists", "POST", "/users", body=GOOD | {"email": "alice@example.org"}),
        {"path": NOTE},
        before=[SIGN_UP],
        fix="Log in with it",
    ),
    Row(
        "taken",
        "the request sends no `email`",
        coded(203, "Account already exists for this email address.", "POST", "/users", body=GOOD),
        {"path": NOTE},
        certain=False,
        fix="sparse: true",
    ),
    sign_up("email", "`email` is not an e-mail address: it has no @", 125, "Email address format is invalid.", GOOD | {"email": "dave.example.org"}),
    sign_up("email", "it has nothing before the @", 125, "Email address format is invalid.", GOOD | {"email": "@example.org"}),
    sent("email", "`email` is a number, not a string", 125, "you must provide a valid email string", "/requestPasswordReset", {"email": 7}, {}),
    sent(
        "email-missing", "`email` is missing in the body", 204, "you must provide an email", "/requestPasswordReset", {}, {"email": "a@example.org"}
    ),
    sent(
        "email-missing", "A user name is not enough", 204, "you must provide an email", "/verificationEmailRequest", {"username": "a"}, {"email": "a"}
    ),
    sent(
        "email-unknown",
        "No account has the e-mail address",
        101,
        "A user with that email does not exist.",
        "/requestPasswordReset",
        {"email": "n@x.org"},
        {},
    ),
    sent(
        "email-unknown",
        "No account has the e-mail address",
        205,
        "No user found with email n@x.org",
        "/verificationEmailRequest",
        {"email": "n@x.org"},
        {},
        fix="`emailVerifySuccessOnInvalidEmail`",
    ),
    sent(
        "email-unknown",
        "No account has the e-mail address",
        101,
        "A user with that email does not exist.",
        "/requestPasswordReset",
        {"email": "dave-one"},
        {},
        fix="Send the whole e-mail address of the account, with its @.",
    ),
    sent(
        "email-unknown",
        "it is the `username` of one, as flow flow-1 showed 1 s before",
        205,
        "No user found with email n@x.org.",
        "/requestPasswordReset",
        {"email": "n@x.org"},
        {},
        before=[
            worked("POST", "/users", {"objectId": "n000000001", "sessionToken": FRESH}, body={"username": "n@x.org", "password": "made-up-pass-9"})
        ],
        fix="Set the address on the user",
    ),
    sent(
        "email-unknown",
        "earlier flows showed it in another case",
        205,
        "No user found with email n@x.org.",
        "/requestPasswordReset",
        {"email": "n@x.org"},
        {},
        before=[worked("POST", "/users", {"objectId": "n000000001"}, body={"username": "n", "email": "N@x.org", "password": "made-up-pass-9"})],
        fix="as it was registered",
    ),
    sent(
        "email-unknown",
        "the account with this address was changed or deleted since flow flow-1 showed it",
        205,
        "No user found with email n@x.org.",
        "/requestPasswordReset",
        {"email": "n@x.org"},
        {},
        certain=False,
        before=[worked("POST", "/users", {"objectId": "n000000001"}, body={"username": "n", "email": "n@x.org", "password": "made-up-pass-9"})],
    ),
    Row(
        "password-cut",
        "the password has a `&` that is not percent-encoded",
        coded(101, REFUSED, "GET", "/login?username=dave-one&password=made-up&pass"),
        {"path": "/login?username=dave-one&password=made-up%26pass"},
        certain=False,
        fix="`%26`",
    ),
    Row(
        "mail-not-sent",
        "the server could not send the e-mail",
        coded(1, "Internal server error.", "POST", "/requestPasswordReset", body={"email": "n@x.org"}, status=500),
        {"path": "/functions/hello"},
        certain=False,
        fix="Read the adapter's error",
    ),
    Row(
        "path-unknown-to-version",
        "This version of Parse Server has no route `/parse/requestPasswordReset`",
        coded(108, "This path is not implemented yet.", "POST", "/requestPasswordReset", body={"email": "n@x.org"}),
        {"answer": {"code": 108, "error": "constraint is not supported"}},
        fix="Update Parse Server",
    ),
    sent("value", "`userId` is empty", 162, "userId must not be empty", "/loginAs", {"userId": ""}, {"userId": ALICE}, headers=AS_MASTER),
    sent("value", "`token` is a number, not a string", 162, "token must be a string", "/requestPasswordReset", {"token": 7}, {"token": "abc"}),
    sent("user-unknown", "No user has the id `nobody0001`", 101, "user not found", "/loginAs", {"userId": "nobody0001"}, {}, headers=AS_MASTER),
    sign_up(
        "password-holds-username",
        "The password contains the user name",
        142,
        "Password cannot contain your username.",
        {"username": "dave", "password": "dave-12345"},
    ),
    sent(
        "email-verified",
        "The body sets `emailVerified`",
        119,
        DENIED,
        f"/users/{ALICE}",
        {"emailVerified": True},
        {"nickname": "Al"},
        method="PUT",
        headers=AS_ALICE,
    ),
    log_in(
        "one-time-code",
        "The account has a second factor (`mfa`), and `authData` of the request does not have it",
        GOOD,
        GOOD | {"authData": {"mfa": MFA}},
        -1,
        "Missing additional authData mfa",
    ),
    log_in(
        "one-time-code",
        "The server sent a code by SMS",
        GOOD | {"authData": {"mfa": {"token": "request"}}},
        GOOD,
        141,
        "Please enter the token",
        fix="the code in the SMS",
    ),
    log_in(
        "one-time-code",
        "is not the last code that was sent by SMS",
        GOOD | {"authData": {"mfa": MFA}},
        GOOD,
        141,
        "Invalid MFA token 1",
        fix='Send `"token": "request"`',
    ),
    log_in("one-time-code", "is not the code of this moment", GOOD | {"authData": {"mfa": MFA}}, GOOD, 141, "Invalid MFA token", certain=False),
    log_in("one-time-code", "digits only", GOOD | {"authData": {"mfa": {"token": "abc"}}}, GOOD, 141, "Invalid MFA token", certain=False),
    log_in(
        "one-time-code",
        "`token` of `authData.mfa` is a number, not a string",
        GOOD | {"authData": {"mfa": {"token": 1}}},
        GOOD,
        141,
        "Invalid MFA token",
    ),
    sent(
        "one-time-code",
        "shorter than the 20 characters",
        141,
        "Invalid MFA data",
        f"/users/{ALICE}",
        {"authData": {"mfa": {**MFA, "secret": "short"}}},
        {},
        method="PUT",
        headers=AS_ALICE,
    ),
    sent("challenge", "`challengeData` is missing", -1, "Nothing to challenge.", "/challenge", {}, {"challengeData": {"mfa": {}}}),
    sent(
        "challenge",
        "`challengeData` is a string, not an object",
        -1,
        "challengeData should be an object.",
        "/challenge",
        {"challengeData": "x"},
        {"challengeData": {}},
    ),
    sent(
        "challenge",
        "`password` is missing beside the user name",
        -1,
        "You provided username or email, you need to also provide password.",
        "/challenge",
        {"username": "a"},
        GOOD,
    ),
    Row(
        "reset-token",
        "`token` is missing: it is in the link in the e-mail",
        coded(-1, "Missing token", "POST", RESET, headers=FORM, body="username=dave-one&new_password=made-up-pass-8"),
        {"body": "username=dave-one&token=x&new_password=made-up-pass-8"},
    ),
    Row(
        "account-page",
        "The new password was refused: `Password should contain a digit`",
        page("request_password_reset", "choose_password?error=Password%20should%20contain%20a%20digit.", "token=x&new_password=made-up"),
        {"answer_headers": {"Location": PAGES + "password_reset_success.html"}, "answer": {"code": -1, "error": "No."}, "status": 400},
    ),
    Row(
        "page-file",
        "the server has no file for the page `request_password_reset`",
        bare(404, "Not found.", path="/apps/product/request_password_reset?token=made-up-token"),
        {"path": "/apps/product/request_password_reset"},
        certain=False,
        fix="`pages.pagesPath`",
    ),
    Row(
        "account-page",
        "`=` was written as `&#x3D;`",
        page("verify_email?token&", "invalid_link.html", ""),
        {"path": NOTE, "status": 400},
        certain=False,
        fix="`{{{link}}}` in place of `{{link}}`",
    ),
    Row(
        "account-page",
        "what arrived is `amp;id`, since `&` was written as `&amp;`",
        page("request_password_reset?token=x&amp;id=y", "invalid_link.html", ""),
        {"path": NOTE, "status": 400},
        fix="A new e-mail is broken in the same way",
    ),
    Row(
        "account-page", "`token` is missing", page("verify_email", "invalid_verification_link.html?username=alice", ""), {"path": NOTE, "status": 400}
    ),
    Row(
        "account-page",
        "the link of the e-mail was used before",
        page("verify_email?token=x", "invalid_link.html", ""),
        {"path": NOTE, "status": 400},
        certain=False,
        fix="POST /verificationEmailRequest",
    ),
    Row(
        "account-page",
        "this link worked 1 s before (flow flow-1), so the address is verified",
        page("verify_email?token=y", "invalid_link.html", ""),
        {"path": NOTE, "status": 400},
        certain=False,
        before=[page("verify_email?token=y", "verify_email_success.html", "")],
        fix="Log in",
    ),
    Row(
        "account-page",
        "the link of the e-mail is not of this user, has expired, or a newer e-mail was sent since.",
        page("verify_email?token=x&username=dave-one", "invalid_verification_link.html?username=dave-one", ""),
        {"path": NOTE, "status": 400},
        certain=False,
    ),
    Row(
        "account-page",
        "the link of the e-mail was used before",
        {
            "path": PAGES + "notes-app/request_password_reset?token=x",
            "answer": "<html><body><h1>Notes</h1><h1>Invalid password reset link!</h1></body></html>",
            "answer_headers": {"Content-Type": "text/html"},
        },
        {"path": NOTE, "status": 400},
        certain=False,
        fix="POST /requestPasswordReset",
    ),
    Row(
        "session-ended-elsewhere",
        "the session worked until 1 s before (flow flow-2), and no exchange here is known to have ended it",
        coded(209, "Invalid session token", path="/users/me", headers=AS_ALICE),
        {"headers": {}},
        False,
        [SIGN_UP, worked(path="/users/me", headers=AS_ALICE)],
        fix="Log in again",
    ),
    Row(
        "session-missing",
        "GET /parse/users/me needs a session token, and none was sent. The master key does not stand for one.",
        coded(209, "Invalid session token", path="/users/me", headers=AS_MASTER),
        {"headers": AS_ALICE},
    ),
    token("session-missing", "GET /parse/users/me needs a session token, and none was sent", None),
    Row(
        "session-missing",
        "The session token is in Authorization",
        coded(209, DENIED, path="/users/me", headers={"Authorization": f"Bearer {SESSION}"}),
        {"headers": AS_ALICE},
    ),
    Row(
        "session-missing",
        "needs a session token",
        coded(101, "invalid session", "POST", "/upgradeToRevocableSession", body={}),
        {"headers": AS_ALICE},
    ),
    change("session-missing", "Changing or deleting a user needs a session token", {}, AS_ALICE),
    change(
        "session-missing",
        "none was sent. Flow flow-1 gave a token, which this request does not carry",
        {"User-Agent": "node-XMLHttpRequest, Parse/js2.1.0 (NodeJS 8.11.3)"},
        AS_ALICE,
        before=[SIGN_UP],
        fix="Pass the token of flow flow-1 to the call",
    ),
    change(
        "session-missing",
        "The token is in `X-Session`, which the server does not read",
        {"X-Session": SESSION},
        AS_ALICE,
        fix="Send the token as `X-Parse-Session-Token: r:...`",
    ),
    Row(
        "session-lost",
        "only a signed-in user may write `note000009` of `Note`, and the request has no session token. Flow flow-1 gave a token",
        coded(101, "Object not found.", "DELETE", f"{NOTE}/note000009"),
        {"headers": AS_ALICE},
        False,
        before=[SIGN_UP],
        fix="with the `sessionToken` of the answer in flow flow-1",
    ),
    Row(
        "session-lost",
        "for signed-in users only (`requireUser`), and the request has no session token. Flow flow-1 gave a token",
        coded(142, "Validation failed. Please login to continue.", "POST", "/functions/tidy", body={}),
        {"headers": AS_ALICE},
        before=[SIGN_UP],
    ),
    token("session-form", "it has the form of those of the hosted service's first years (legacy)", "aB3" * 8 + "z", fix="Log out and in again"),
    token(
        "session-ended",
        "the session worked until flow flow-3, 1 s before: the attempt to change this user in it was refused (203) and ended it",
        SESSION,
        certain=False,
        before=[SIGN_UP, worked(headers=AS_ALICE), RENAMED],
        mended_before=[SIGN_UP, worked(headers=AS_ALICE), RENAMED, worked(headers=AS_ALICE)],
        fix="Log in again; an anonymous user is lost",
    ),
    Row(
        "not-own-user",
        "the server ended the session while it changed the user, as Parse Server 2.8 does",
        coded(206, "Insufficient auth.", "PUT", f"/users/{BOB}", headers=AS_BOB, body={"authData": {"anonymous": None}, "password": PASSWORD}),
        {"headers": AS_MASTER},
        False,
    ),
    Row(
        "not-own-user",
        "the session is this user's own, and worked 1 s before (flow flow-2): the server ended the session while it changed the user",
        coded(206, "Insufficient auth.", "PUT", f"/users/{ALICE}", headers=AS_ALICE, body={"authData": {"anonymous": None}, "username": "al"}),
        {"headers": AS_MASTER},
        False,
        [SIGN_UP, worked(headers=AS_ALICE)],
        fix="update Parse Server (3.0 or later)",
    ),
    token("session-form", "The session token is `undefined`", "undefined"),
    token("session-form", "the `r:` before it is missing", SESSION[2:]),
    token("session-form", "it has 20 characters; session tokens have 34", SESSION[:20]),
    token("session-form", "it is a JSON Web Token", FRESH),
    token("token-quoted", "quotation marks around it", f'"{SESSION}"'),
    token("session-form", "`r:` and 32 hexadecimal digits", "not-a-session"),
    sent("user-id", "must not begin with `role:`", 119, "Invalid object ID.", "/classes/_User", GOOD | {"objectId": "role:editors"}, GOOD),
    Row(
        "password-history",
        "one of the user's last `5` passwords",
        coded(142, "New password should not be the same as last 5 passwords.", "PUT", f"/users/{ALICE}", headers=AS_ALICE, body={"password": "x"}),
        {"answer": {"code": 142, "error": "Refused."}},
        fix="not used recently",
    ),
    Row(
        "session-expired",
        "The session has reached its end",
        coded(209, "Session token is expired.", path="/users/me", headers=AS_ALICE),
        {"answer": {"code": 209, "error": "Invalid session token"}},
        fix="sessionLength",
    ),
    token("session-ended", "ended by POST /parse/logout in flow flow-2", SESSION, certain=False, before=[SIGN_UP, LOG_OUT]),
    Row(
        "session-ended",
        "ended by POST /parse/logout in flow flow-2",
        coded(209, "Invalid session token", "POST", "/logout", headers=AS_ALICE, body={}),
        {"headers": AS_BOB},
        False,
        [SIGN_UP, LOG_OUT],
        fix="Drop the token from the app's storage, and ignore code 209 at a logout",
    ),
    change(
        "not-own-user",
        f"the session is of the user `{BOB}`, whom the ACL of the user `{ALICE}` does not let write: by default only the user himself may",
        AS_BOB,
        AS_ALICE,
        certain=False,
        before=[SIGN_UP, worked(path="/users/me", answer={"objectId": BOB, "sessionToken": OTHER_SESSION}, headers=AS_BOB)],
    ),
    change(
        "not-own-user",
        "besides the user himself `role:Carers` may, as flow flow-2 showed",
        AS_BOB,
        AS_ALICE,
        certain=False,
        before=[
            SIGN_UP,
            worked(path=f"/users/{ALICE}", answer={"objectId": ALICE, "ACL": {ALICE: {"write": True}, "role:Carers": {"read": True, "write": True}}}),
            worked(path="/users/me", answer={"objectId": BOB, "sessionToken": OTHER_SESSION}, headers=AS_BOB),
        ],
        fix=f'Add the user to the role `Carers` with the master key: `PUT /roles/<id of the role>`, `{{"users": {{"__op": "AddRelation", "objects": '
        f'[{{"__type": "Pointer", "className": "_User", "objectId": "{BOB}"}}]}}}}`',
    ),
    token(
        "session-ended",
        f"ended by DELETE /parse/users/{ALICE} in flow flow-2, 1 s before: the user was deleted",
        SESSION,
        certain=False,
        before=[SIGN_UP, worked("DELETE", f"/users/{ALICE}", {}, headers=AS_MASTER)],
        fix="Drop the token and the local user",
    ),
    Row(
        "server-schema",
        "the server writes `emailVerified` of `_User` itself, as `Boolean`",
        coded(111, "schema mismatch for _User.emailVerified; expected String but got Boolean", "POST", "/users", body=dict(GOOD)),
        {"body": GOOD | {"emailVerified": True}},
        False,
    ),
    Row(
        "server-schema",
        "the server writes `createdWith` of `_Session` itself, as `Object`; the class has the type `String` for it in this database",
        coded(111, "schema mismatch for _Session.createdWith; expected String but got Object", "POST", "/login", body=dict(GOOD)),
        {"path": "/sessions"},
        False,
        fix="correct `createdWith` in the entry of `_Session`",
    ),
    change("not-own-user", f"the session is of another user than `{ALICE}`", AS_BOB, AS_MASTER, certain=False),
    Row("not-own-user", "only GET knows /users/me", coded(206, DENIED, "PUT", "/users/me", headers=AS_ALICE, body={"a": 1}), {"method": "GET"}),
    unsupported("`carrierpigeon`, and it is not one that comes with Parse Server", {"carrierpigeon": {"id": "7"}}),
    unsupported("did you mean `google`?", {"gogle": {"id": "7"}}),
    unsupported("`authData` has no data for `badge`", {"badge": {}}),
    unsupported("`authData` is null", None),
    unsupported("`authData` is a string, not an object", "badge"),
    Row(
        "provider-data",
        "`id_token` of `authData.google` expired 1 h before this request",
        coded(
            101,
            "Google auth is invalid for this user.",
            "PUT",
            f"/users/{ALICE}",
            headers=AS_ALICE,
            body={
                "authData": {"google": {"id": "7", "id_token": make_jwt(iss=ISSUER, sub="7", exp=NOW - 3599)}, "github": {"access_token": "made-up"}}
            },
        ),
        {"body": {"authData": {"github": {"access_token": "made-up"}}}},
        False,
        fix="Send only what is to be linked: `authData` with `github`, without google",
    ),
    unsupported("does not offer `twitter`", {"twitter": {"id": "7"}}),
    unsupported("`authData` has no `id` for `spotify`", {"spotify": {"access_token": "made-up"}}, False),
    unsupported("`spotify` has an object `authData` in it, and no `id`", {"spotify": {"authData": {"id": "7"}}}, False),
    sign_up(
        "provider-unknown",
        "with one, `anonymous` was accepted in flow flow-1",
        252,
        "This authentication method is unsupported.",
        {"authData": {"anonymous": {"device": "d-2"}}},
        before=[worked("POST", "/users", {"objectId": BOB}, body={"authData": {"anonymous": {"id": "d-1"}}})],
        fix='"anonymous": {"id": "<a new UUID>"}',
    ),
    provider("provider-data", "`authData.google` lacks `id_token`", {"google": {"id": "7"}}, {"google": {"id": "7", "id_token": FRESH}}),
    provider(
        "provider-data", "is not a JSON Web Token", {"apple": {"id": "7", "token": "garbage"}}, {}, message="provided token does not decode as JWT"
    ),
    provider(
        "provider-data",
        "expired 1 h",
        {"google": {"id": "7", "id_token": make_jwt(iss=ISSUER, exp=NOW - 3600)}},
        {"google": {"id": "7", "id_token": FRESH}},
        message="jwt expired",
    ),
    provider(
        "provider-data",
        "was issued by `https://evil.example`",
        {"google": {"id_token": make_jwt(iss="https://evil.example")}},
        {"google": {"id_token": FRESH}},
        message="id token not issued by correct provider - expected: accounts.google.com",
    ),
    provider(
        "provider-data",
        "The audience (`aud`) of `token` of `authData.apple` is",
        {"apple": {"id": "7", "token": make_jwt(iss="https://appleid.apple.com", aud="org.example.notes", sub="7")}},
        {},
        message="jwt audience invalid. expected: org.example.web",
    ),
    provider(
        "provider-data",
        "is not the subject (`sub`) of the token",
        {"google": {"id": "dave@example.org", "id_token": FRESH}},
        {"google": {"id": "7", "id_token": FRESH}},
        message="Google auth is invalid for this user.",
    ),
    provider(
        "provider-data",
        "`expiration_date` of `authData.facebook` was",
        {"facebook": {"id": "7", "access_token": "x1y2z3", "expiration_date": "2025-01-01T00:00:00Z"}},
        {"facebook": {"id": "7", "access_token": "x1y2z3"}},
        message="Facebook auth is invalid for this user.",
        certain=False,
    ),
    provider(
        "provider-data",
        "was issued for the client `other`; the server takes `notes`",
        {"keycloak": {"id": "7", "access_token": make_jwt(sub="7", azp="other")}},
        {},
        message="access token is not authorized for this client - expected: notes | from: other",
    ),
    provider(
        "provider-refused",
        "the sign-in with `facebook` has ended since the same `id` and token were accepted 1 s before (flow flow-1)",
        {"facebook": {"id": "7", "access_token": "made-up-token"}},
        {},
        message="Facebook auth is invalid for this user.",
        certain=False,
        before=[worked("POST", "/users", {"objectId": ALICE}, body={"authData": {"facebook": {"id": "7", "access_token": "made-up-token"}}})],
        fix="Sign in with facebook anew",
    ),
    provider(
        "provider-refused",
        "the sign-in with `google` has ended since the same `id` and token were accepted 1 s before (flow flow-1)",
        {"google": {"id": "8", "access_token": "made-up-token"}},
        {},
        message="Google auth is invalid for this user.",
        certain=False,
        before=[worked("PUT", f"/users/{ALICE}", {}, body={"authData": {"google": {"id": "8", "access_token": "made-up-token"}}}, headers=AS_ALICE)],
        fix="Sign in with google anew",
    ),
    provider(
        "provider-refused",
        "has no signing key `abc123`",
        {"apple": {"id": "7", "token": make_jwt(iss="https://appleid.apple.com", sub="7")}},
        {},
        message="Unable to find matching key for Key ID: abc123",
    ),
    provider(
        "provider-ldap",
        "the LDAP server does not accept",
        {"ldap": {"id": "dave", "password": "made-up-7"}},
        {},
        message="LDAP: Wrong username or password",
        certain=False,
    ),
    provider(
        "provider-ldap",
        "does not accept the LDAP server's certificate, so `id` and `password` were not looked at",
        {"ldap": {"id": "dave", "password": "made-up-7"}},
        {"google": {"id": "7"}},
        message="LDAPS: Certificate mismatch",
        fix="auth.ldap.tlsOptions.ca",
    ),
    provider(
        "provider-refused",
        "a code works once",
        {"github": {"code": "made-up-code"}},
        {},
        message="The code passed is incorrect or expired.",
        certain=False,
        fix="send the new code at once",
    ),
    provider(
        "provider-refused",
        "its words are `club card is blocked`",
        {"clubcard": {"id": "7", "token": "made-up"}},
        {},
        message="club card is blocked",
        certain=False,
        fix="`auth.clubcard` on the server",
    ),
    provider(
        "provider-refused",
        "the server's adapter of `twitter` failed without saying why",
        {"twitter": {"id": "7", "auth_token": "made-up", "auth_token_secret": "made-up"}},
        {},
        1,
        "Internal server error.",
        certain=False,
        fix="Set `consumer_key` and `consumer_secret` in `auth.twitter`",
    ),
    provider(
        "provider-data",
        "was issued by `https://securetoken.google.com/notes`",
        {"google": {"id": "7", "id_token": make_jwt(iss="https://securetoken.google.com/notes", sub="7")}},
        {},
        message="Unable to find matching key for Key ID: abc123",
    ),
    Row(
        "provider-unknown",
        "This server does not offer `facebook`",
        {
            "method": "POST",
            "path": "https://parse.example.org/graphql",
            "body": {"query": LINK, "variables": {"a": {"facebook": {"id": "7", "access_token": "made-up"}}}},
            "answer": {"errors": [{"message": "This authentication method is unsupported.", "extensions": {"code": 252}}]},
        },
        {"body": {"query": "{ health }"}},
    ),
    sign_up(
        "username-missing",
        "`username` is missing: `twitter` looks like the data of a sign-in provider, but is not in `authData`",
        200,
        "bad or missing username",
        {"twitter": {"id": "7", "auth_token": "made-up"}},
        fix='Send `"authData": {"twitter": {...}}`',
    ),
    provider(
        "provider-unreachable",
        "The server could not reach `oauth2.example.net`",
        {"google": {"id": "7", "id_token": "abc"}},
        {},
        141,
        "getaddrinfo ENOTFOUND oauth2.example.net",
    ),
    provider(
        "provider-refused",
        "the provider `badge` does not accept",
        {"badge": {"id": "7", "token": "stale"}},
        {},
        message="Badge auth is invalid for this user.",
        certain=False,
    ),
    provider("provider-data", "lacks `auth_token`", {"twitter": {"id": "1"}}, {}, 1, "Internal server error.", certain=False),
    Row(
        "session-upgraded",
        "the session is revocable already",
        coded(1, "Internal server error.", "POST", "/upgradeToRevocableSession", body={}, headers=AS_ALICE),
        {"headers": {"X-Parse-Session-Token": "an-old-one"}},
        certain=False,
    ),
    change(
        "provider-refused",
        "the provider `badge` does not accept",
        AS_ALICE,
        {},
        body={"authData": {"badge": {"id": "7", "token": "x"}}},
        certain=False,
        before=[SIGN_UP],
    ),
    provider(
        "provider-account-taken",
        "linked to a different user and to a second one, or the server's code put the id of another user",
        {"badge": {"id": "7"}},
        {},
        208,
        "this auth is already used",
        certain=False,
        fix="from all users but one",
    ),
    provider(
        "provider-account-taken",
        "linked to a different user",
        {"badge": {"id": "7"}},
        {},
        208,
        "this auth is already used",
        certain=False,
        headers=AS_BOB,
        fix="with this `authData` alone, without a session token)",
    ),
]


class TestRows(RowTests):
    rows = ROWS
    needs_fix = True
    secrets = (*SECRETS, "made-up", FRESH)
    talk = staticmethod(talk)


def test_an_account_that_was_deleted_is_not_the_one_that_has_the_name(backends):
    gone = worked("DELETE", f"/users/{ALICE}", {}, headers=AS_ALICE)
    asked = coded(202, "Account already exists for this username.", "POST", "/users", body=GOOD)
    taken = next(found for found in findings(talk(backends), [SIGN_UP, gone], asked) if found.rule == "taken")
    assert "seen in" not in taken.says


def test_a_sign_in_that_a_redirect_made_a_get_of_is_told(backends):
    moved = {
        "method": "POST",
        "path": "/login",
        "status": 301,
        "answer": "",
        "body": GOOD,
        "answer_headers": {"Location": "https://x.example/parse/login"},
    }
    asked = coded(200, "username/email is required.", path="/login")
    found = next(found for found in findings(talk(backends), [moved], asked) if found.rule == "username-missing")
    assert "It was a POST in flow flow-1, which was redirected (301)" in found.says
    assert found.fix.startswith("Set `serverURL` to where the redirect leads")


def test_a_token_that_still_works_was_not_ended(backends):
    """Another session may be deleted with a token that lives on."""
    deleted = worked("DELETE", "/sessions/other00001", {}, headers=AS_ALICE)
    asked = coded(209, "Invalid session token", path="/users/me", headers=AS_ALICE)
    before = [SIGN_UP, deleted, worked(headers=AS_ALICE)]
    assert [finding.rule for finding in findings(talk(backends), before, asked)] == ["session-ended-elsewhere"]


def test_the_users_of_sessions_are_told_from_the_sessions(backends):
    """GET /sessions/me answers with the session's id beside the token."""
    me = worked(path="/sessions/me", answer={"objectId": "session001", "sessionToken": SESSION, "user": {"objectId": ALICE}}, headers=AS_ALICE)
    asked = coded(206, DENIED, "PUT", f"/users/{ALICE}", headers=AS_ALICE, body={"nickname": "Al"})
    assert findings(talk(backends), [me], asked) == ()


def test_a_code_that_cloud_code_throws_says_nothing_of_the_caller(backends):
    for code in (101, 119, 125, 200, 201, 202, 203, 204, 205, 206, 208, 209, 252, -1, 141, 142):
        asked = coded(code, "Thrown on purpose.", "POST", "/functions/fail", body={"code": code})
        found = findings(talk(backends), (), asked)
        assert {(finding.rule, finding.certain) for finding in found} <= {("cloud-code", False), ("cloud-own-words", False), ("own-words", False)}, (
            code
        )


def test_an_ordinary_refusal_of_a_query_is_no_matter_of_the_session(backends):
    asked = coded(209, "Invalid session token", path=NOTE, headers={"X-Parse-Session-Token": SESSION, "X-Parse-REST-API-Key": REST_KEY})
    assert findings(talk(backends), (), asked) == ()


def test_beside_a_proved_cause_no_other_refusal_is_guessed(backends):
    """Newer servers say "Permission denied" for most refusals."""
    change = coded(119, DENIED, "PUT", f"/users/{ALICE}", headers=AS_ALICE, body={"emailVerified": True})
    found = findings(talk(backends), [SIGN_UP, worked(path="/users", headers=AS_ALICE)], change)
    assert [(finding.rule, finding.certain) for finding in found] == [("email-verified", True)]
