"""Rules for Telerik Backend Services: each finds its fault, and is silent about the request without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest
from baas_errors.catalog import Backend
from baas_errors.catalog.causes import Cause
from baas_errors.diagnose import backend_services as rules
from diagnose.talk import Row, RowTests, Talk, findings
from matrix import in_one_test

APP = "a1b2c3d4e5f6g7h8"
BASE = f"/v1/{APP}"
TOKEN = "bearer 0a1b2c3d4e5f6071"
MASTER = "masterkey 0a1b2c3d4e5f60710a1b2c3d4e5f6071"


def talk(backends: Mapping[str, Backend]) -> Talk:
    return Talk(backends, "backend-services", "https://api.everlive.com")


@pytest.fixture
def make(backends: dict[str, Backend]) -> Any:
    return lambda: talk(backends)


def refused(code: int, status: int = 400, message: str = "Refused.", method: str = "GET", path: str = f"{BASE}/Books", **more: Any) -> dict[str, Any]:
    """A request and the documented answer with this code."""
    return {"method": method, "path": path, "status": status, "answer": {"message": message, "errorCode": code}} | more


def bearer(value: str = TOKEN) -> dict[str, str]:
    return {"Authorization": value}


def header(code: int, name: str, wrong: str, right: str, says: str, rule: str, certain: bool = True) -> Row:
    return Row(rule, says, refused(code, headers={name: wrong}), {"headers": {name: right}}, certain)


def body(rule: str, code: int, says: str, path: str, wrong: Any, right: Any, certain: bool = True, status: int = 400) -> Row:
    return Row(rule, says, refused(code, status, method="POST", path=BASE + path, body=wrong), {"body": right}, certain)


def sql(message: str, says: str, fix: str) -> Row:
    """The words of a customer's database, and others."""
    asked = refused(660, message=f"Data Link Server Error: {message}", method="POST", path=f"{BASE}/Invoke/SqlProcedures/usp_Stock", body={"a": 1})
    return Row("data-link-sql", says, asked, {"answer": {"message": "Data Link Server Error: connect ECONNREFUSED", "errorCode": 660}}, fix=fix)


READ = {"path": f"{BASE}/Books", "answer": {"Result": [], "Count": 0}}
ITEM = f"{BASE}/Books/5b0f9c10-0000-11e4-8000-000000000001"
SIGN_IN = {
    "method": "POST",
    "path": f"{BASE}/oauth/token",
    "body": {"username": "ann", "password": "secret-1", "grant_type": "password"},
    "answer": {"Result": {"access_token": TOKEN[7:], "token_type": "bearer", "principal_id": "5b0f9c10-0000-11e4-8000-0000000000aa"}},
}
ANN = {"Username": "ann", "Password": "secret-1", "Email": "ann@example.com"}
FILTER = '{"Author":{"$eq":"Sam"}}'
PATHS = [
    Row("version", "has the version `v2`; there is only `v1`", refused(605, path=f"/v2/{APP}/Books"), {"path": f"{BASE}/Books"}),
    Row(
        "type-in-base-url",
        "has `Books` between the app id and `oauth/token`",
        refused(600, 404, method="POST", path=f"{BASE}/Books/oauth/token", body={}),
        {"path": f"{BASE}/oauth/token"},
        fix="Leave `Books` out of the base URL",
    ),
    Row("type-in-base-url", "has `Songs`", refused(600, 404, path=f"{BASE}/Songs/Functions/sum"), {"path": f"{BASE}/Functions/sum"}),
    Row(
        "unknown-user",
        "No user of the app in the path has the `Username`",
        refused(206, method="POST", path=f"{BASE}/Users/resetpassword", body={"Username": "tess"}),
        {"body": {}},
        fix="Look for it in the portal's list of users",
    ),
    header(608, "X-Everlive-Filter", '{"Name":"Zoë"}', '{"Name":"Zoe"}', "characters outside ASCII, such as `ë`", "filter", certain=False),
    Row("version", "has no version", refused(605, path=f"/{APP}/Books"), {"path": f"{BASE}/Books"}),
    Row("app-id", "The path has no app id", refused(606, path="/v1/"), {"path": f"{BASE}/Books"}),
    Row("app-id", "`undefined` in place of the app id", refused(607, path="/v1/undefined/Books"), {"path": f"{BASE}/Books"}),
    Row("app-id", "`Users` in place of the app id", refused(606, path="/v1/Users/Me"), {"path": f"{BASE}/Users/Me"}),
    Row("other-app-id", f"differs from the app id `{APP}`", refused(607, path=f"/v1/{APP.upper()}/Books"), {"path": f"{BASE}/Books"}, False, [READ]),
    Row("app-id", "does not look like an app id", refused(607, path="/v1/abc/Books"), {"path": f"{BASE}/Books"}, False),
    Row(
        "doubled-type",
        "has the type `Books` and then `Books`, which is a type as well",
        refused(801, 404, path=f"{BASE}/Books/Books"),
        {"path": ITEM},
    ),
    Row("type-name", "`books` resembles the type `Books`", refused(611, path=f"{BASE}/books"), {"path": f"{BASE}/Books"}, False, [READ]),
    Row("path-unset", "`undefined` in place of the type's name", refused(611, path=f"{BASE}/undefined"), {"path": f"{BASE}/Books"}),
    Row("own-type", "`User` resembles `Users`, a type that every app has", refused(611, path=f"{BASE}/User"), {"path": f"{BASE}/Users"}, False),
    Row("method-of-path", "The request is a PATCH, which the API does not have", refused(602, 405, method="PATCH", path=ITEM), {"method": "PUT"}),
    Row(
        "route-method",
        "takes `GET` or `PUT`; the request is a `POST`",
        refused(602, 405, method="POST", answer_headers={"Allow": "GET, PUT"}),
        {"answer_headers": {}},
    ),
    Row("method-of-path", "The request is a `GET`, and signing in is a POST", refused(602, 405, path=f"{BASE}/oauth/token"), {"method": "POST"}),
    Row(
        "method-of-path",
        "a POST with an id in the path; a POST creates an item",
        refused(602, 405, method="POST", path=ITEM),
        {"path": f"{BASE}/Books"},
    ),
    Row("method-of-path", "names a whole type without an id", refused(602, 405, method="DELETE"), {"headers": {"X-Everlive-Filter": FILTER}}, False),
    Row(
        "time-limit",
        "The answer came after 60.2 s; the limit is 60 s. It asks for a list without `X-Everlive-Take` and filters with `$regex`.",
        refused(650, 408, took=60.2, headers={"X-Everlive-Filter": '{"Author":{"$regex":"a"}}'}),
        {"took": 1.0},
    ),
    Row("time-limit", "The answer came after 10.1 s; the limit is 10 s.", refused(902, 500, took=10.1, path=f"{BASE}/Functions/sum"), {"took": 1.0}),
    Row(
        "exception",
        "The cloud code threw `ReferenceError: total is not defined`",
        refused(901, 500, "An error occurred during execution. ReferenceError: total is not defined.", path=f"{BASE}/Functions/sum"),
        {"answer": {"errorCode": 901, "message": "An error occurred during execution."}},
        fix="Declare `total` in the script, or correct its spelling.",
    ),
    Row(
        "exception",
        "The cloud code threw `TypeError: Cannot read property 'Id' of undefined`",
        refused(901, 500, "TypeError: Cannot read property 'Id' of undefined", method="POST", body={"a": 1}),
        {"answer": {"errorCode": 901, "message": "An error occurred during execution."}},
        fix="Check that the object exists before the script uses its `Id`.",
    ),
    Row("loop", "the cloud code of `Books` for beforeCreate or afterCreate", refused(617, method="POST"), {"path": f"{BASE}/Functions/sum"}, False),
    Row(
        "sent-twice",
        "the same request, body included, succeeded 1 s before in flow flow-1",
        refused(107, message="The operation results in a duplicate key for a unique index.", method="POST", body={"Number": 7}),
        {"body": {"Number": 8}},
        certain=False,
        before=[{"method": "POST", "path": f"{BASE}/Books", "body": {"Number": 7}, "status": 201, "answer": {"Result": {"Id": "x"}}}],
    ),
    Row(
        "unique-value",
        "The message names `Number`, whose value `7` another item already has",
        refused(107, message="Duplicate key for field Number.", method="POST", body={"Number": 7}),
        {"body": {"Title": "a"}},
    ),
    Row(
        "unique-value",
        "the body sets `Id` to `x1`, which was there in flow flow-1",
        refused(107, message="The operation results in a duplicate key for a unique index.", method="POST", body={"Id": "x1"}),
        {"body": {"Title": "a"}},
        certain=False,
        before=[{"path": f"{BASE}/Books/x1", "answer": {"Result": {}}}],
    ),
    Row("id-history", "was deleted in flow flow-1", refused(801, 404, path=ITEM), {"path": ITEM + "0"}, before=[{"method": "DELETE", "path": ITEM}]),
    Row(
        "path-unset",
        "`your_function` in place of the function's name",
        refused(600, 404, path=f"{BASE}/Functions/your_function"),
        {"path": f"{BASE}/Functions/sum"},
        certain=False,
    ),
    Row("path-unset", "`undefined` in place of the id", refused(801, 404, path=f"{BASE}/Books/undefined"), {"path": ITEM}),
    Row("retry-after", "asks to wait 2 min", refused(670, 503, answer_headers={"Retry-After": "120"}), {"answer_headers": {}}),
]
QUERIES = [
    header(608, "X-Everlive-Filter", "{'Author':'Sam'}", FILTER, "single quotes are used", "filter"),
    header(608, "X-Everlive-Filter", '{"Author":"Sam",}', FILTER, "at column 16: a comma stands before the closing bracket", "filter"),
    header(608, "X-Everlive-Filter", quote('{"Author":}'), quote(FILTER), "is not valid JSON: expected a value at column 11", "filter"),
    header(608, "X-Everlive-Filter", quote(quote(FILTER)), quote(FILTER), "is percent-encoded twice", "filter"),
    header(608, "X-Everlive-Filter", "", FILTER, "is empty", "filter"),
    header(608, "X-Everlive-Filter", '["a"]', FILTER, "is an array, not an object", "filter"),
    header(608, "X-Everlive-Filter", '{"A":{"$gtr":1}}', FILTER, "`$gtr` in the header `X-Everlive-Filter` is not", "filter"),
    header(608, "X-Everlive-Filter", '{"A":{"$in":1}}', FILTER, "`$in` in the header `X-Everlive-Filter` has a number, not an array", "filter"),
    Row(
        "filter",
        "`filter` is not valid JSON",
        refused(608, path=f"{BASE}/Books?filter=%7B%22A%22%3A1"),
        {"path": f"{BASE}/Books?filter=%7B%22A%22%3A1%7D"},
    ),
    Row("filter", "percent-encoded twice", refused(608, path=f"{BASE}/Books?filter=%257B%257D"), {"path": f"{BASE}/Books?filter=%7B%7D"}),
    header(609, "X-Everlive-Sort", '{"Author":"asc"}', '{"Author":1}', "is `asc`, which is not 1 or -1", "sort"),
    header(609, "X-Everlive-Sort", "Author desc", '{"Author":-1}', "is `Author desc`, which is not a JSON object", "sort"),
    header(609, "X-Everlive-Sort", "Author", '{"Author":1}', "is `Author`, which is not a JSON object", "sort"),
    header(616, "X-Everlive-Fields", "Author,Text", '{"Author":1}', "is `Author,Text`, which is not a JSON object", "fields"),
    header(616, "X-Everlive-Fields", '{"Author":1,"Text":0}', '{"Author":1,"Id":0}', "mixes 1 and 0", "fields"),
    header(616, "X-Everlive-Fields", '{"Author":"yes"}', '{"Author":true}', "is `yes`, which is not 1 or 0", "fields"),
    header(618, "X-Everlive-Expand", '{"Likes":{"Field":{}}}', '{"Likes":{"Fields":{}}}', "`Field` is not an option of `Likes`", "expand"),
    header(618, "X-Everlive-Expand", '{"Likes":{"Fields":{"A":1},"SingleField":"A"}}', '{"Likes":true}', "both `Fields` and `SingleField`", "expand"),
    header(618, "X-Everlive-Expand", '{"Likes":{"Take":100}}', '{"Likes":{"Take":50}}', "`Take` of `Likes` is 100", "expand", certain=False),
    header(618, "X-Everlive-Expand", '{"Likes":1}', '{"Likes":true}', "is a number, not true or an object", "expand"),
    header(
        612, "X-Everlive-Power-Fields", '{"Full":"Name"}', '{"Full":{"$concat":[]}}', "is `Name`, not an object with a definition", "power-fields"
    ),
    header(614, "X-Everlive-Custom-Parameters", "5", '{"value":5}', "is a number, not an object", "custom-parameters"),
    header(619, "X-Everlive-Single-Field", "", "UserId", "`X-Everlive-Single-Field` is empty", "single-field"),
    header(619, "X-Everlive-Single-Field", '"UserId"', "UserId", "which is not a field's bare name", "single-field"),
    header(619, "X-Everlive-Single-Field", "UserId,Name", "UserId", "names several fields", "single-field"),
]
USERS = [
    Row("token-lost", "carries `bearer undefined` instead of a token", refused(301, 403, headers=bearer("bearer undefined")), {"headers": bearer()}),
    Row(
        "caller",
        "it came as anonymous user and asked to read `Books`",
        refused(603, 403, "READ access on type 'Books' denied for anonymous user."),
        {"headers": bearer("bearer undefined")},
    ),
    Row(
        "caller",
        "it came as anonymous user",
        refused(603, 403, "READ access on type 'Books' denied for anonymous user."),
        {"headers": bearer("bearer undefined")},
        before=[SIGN_IN],
        fix="the `Result.access_token` that flow flow-1 returned",
    ),
    Row(
        "caller",
        "The request came as a signed-in user and asked to delete `Books`",
        refused(603, 403, method="DELETE", headers=bearer()),
        {"headers": bearer("bearer undefined")},
    ),
    Row(
        "caller",
        "it counted the caller as an anonymous user and asked to read `Books`. It worked 1 s before",
        refused(603, 403, "READ access on type 'Books' denied for anonymous user.", headers=bearer()),
        {"headers": bearer("bearer undefined")},
        before=[{"path": f"/v1/{APP}/Books", "headers": bearer(), "answer": {"Count": 0, "Result": []}}],
        fix="Sign in again",
    ),
    Row(
        "function-acts-as-anonymous",
        "the cloud function `sumUp` asks for `Books` as an anonymous user, although the app sent its token",
        refused(603, 403, "READ access on type 'Books' denied for anonymous user.", path=f"/v1/{APP}/Functions/sumUp", headers=bearer()),
        {"path": f"/v1/{APP}/Books"},
        certain=False,
        fix="`Everlive.Sdk.fromContext()`",
    ),
    Row("caller", "has the scheme `token`", refused(604, 401, headers=bearer("Token 0a1b2c3d")), {"headers": bearer("bearer undefined")}),
    Row("caller", "the master key passes all permissions", refused(603, 403, headers=bearer(MASTER)), {"headers": bearer("bearer undefined")}, False),
    Row(
        "master-key",
        "This administration route requires the master key, and the request came with the scheme `bearer`",
        refused(604, 401, path=f"/v1/Metadata/Applications/{APP}/Types", headers=bearer()),
        {"headers": bearer(MASTER)},
        fix="Send `Authorization: masterkey KEY` from your own server.",
    ),
    Row(
        "token-history",
        f"this token was ended by GET {BASE}/oauth/logout in flow flow-2",
        refused(301, 403, headers=bearer()),
        {},
        certain=False,
        before=[SIGN_IN, {"path": f"{BASE}/oauth/logout", "headers": bearer()}],
        mended_before=[SIGN_IN],
    ),
    Row(
        "other-app",
        f"This token was issued for the app `{APP}` in flow flow-1; the path names `b1b2c3d4e5f6g7h8`",
        refused(301, 403, path="/v1/b1b2c3d4e5f6g7h8/Books", headers=bearer()),
        {"path": f"{BASE}/Books"},
        before=[SIGN_IN],
    ),
    Row(
        "token-age",
        "The token was issued 1 h before in flow flow-1",
        refused(302, 403, headers=bearer(), after=3600.0),
        {"headers": bearer(TOKEN + "0")},
        before=[SIGN_IN],
    ),
    Row(
        "deleted-user",
        "The user of this token was deleted in flow flow-2",
        refused(601, path=f"{BASE}/Users/Me", headers=bearer()),
        {"path": f"{BASE}/Books"},
        before=[SIGN_IN, {"method": "DELETE", "path": f"{BASE}/Users/5b0f9c10-0000-11e4-8000-0000000000aa", "headers": bearer(MASTER)}],
    ),
    Row("users-me", "the token's user was deleted", refused(601, path=f"{BASE}/Users/Me", headers=bearer()), {"path": f"{BASE}/Users"}, False),
    Row("users-me", "`Users/Me` is the user of the token", refused(601, path=f"{BASE}/Users/Me"), {"path": f"{BASE}/Users"}),
    Row(
        "password-differs",
        "the password differs only in upper and lower case from the one that flow flow-1 registered the user with",
        refused(205, 403, method="POST", path=f"{BASE}/oauth/token", body={**SIGN_IN["body"], "password": "Secret-1"}),
        {"body": SIGN_IN["body"]},
        certain=False,
        before=[{"method": "POST", "path": f"{BASE}/Users", "body": ANN, "answer": {"Result": {"Id": "a1"}}, "status": 201}],
        fix="Type it as in the registration",
    ),
    body(
        "sign-in-body",
        205,
        "`grant_type` is missing in the sign-in",
        "/oauth/token",
        {"username": "ann", "password": "secret-1"},
        SIGN_IN["body"],
        status=403,
    ),
    body(
        "sign-in-body",
        205,
        "was sent as `Username`, and case counts",
        "/oauth/token",
        {**SIGN_IN["body"], "username": None, "Username": "ann"},
        SIGN_IN["body"],
        status=403,
    ),
    body(
        "username-spaces",
        205,
        "white space around it",
        "/oauth/token",
        {**SIGN_IN["body"], "username": "ann "},
        SIGN_IN["body"],
        certain=False,
        status=403,
    ),
    Row(
        "username-taken",
        "was registered 1 s before by flow flow-1",
        refused(201, method="POST", path=f"{BASE}/Users", body=ANN),
        {"body": {**ANN, "Username": "ben"}},
        certain=False,
        before=[
            {"method": "POST", "path": f"{BASE}/Users", "body": {**ANN, "Email": "x@example.com"}, "status": 201, "answer": {"Result": {"Id": "u1"}}}
        ],
    ),
    Row(
        "email-taken",
        "was registered 1 s before by flow flow-1",
        refused(211, method="POST", path=f"{BASE}/Users", body=ANN),
        {"body": {**ANN, "Email": "ben@example.com"}},
        certain=False,
        before=[{"method": "POST", "path": f"{BASE}/Users", "body": {**ANN, "Username": "x"}, "status": 201, "answer": {"Result": {"Id": "u1"}}}],
    ),
    body("username-missing", 203, "`Username` is missing", "/Users", {"Password": "secret-1"}, ANN),
    Row(
        "username-missing",
        "`Username` is missing",
        refused(203, method="POST", path=f"{BASE}/Users", body={"user_name": "ann", "password": "secret-1"}),
        {"body": ANN},
        fix="Rename `user_name` to `Username`, `password` to `Password`.",
    ),
    Row(
        "parameter-unset",
        "`skip` is the word `null` instead of a number",
        refused(601, message="The value of skip is not a valid number.", path=f"{BASE}/Books?skip=null"),
        {"path": f"{BASE}/Books?skip=10"},
        fix="leave the parameter out",
    ),
    Row(
        "parameter-unset",
        "`X-Everlive-Take` is the word `undefined`",
        refused(601, message="The value of take is not a valid number.", headers={"X-Everlive-Take": "undefined"}),
        {"headers": {"X-Everlive-Take": "5"}},
    ),
    Row("fields", "not a JSON object", refused(616, headers={"X-Everlive-Fields": "Password,Age"}), {"headers": {}}, fix='{"Password":1,"Age":1}'),
    body("password-missing", 202, "`Password` is empty", "/Users", {**ANN, "Password": ""}, ANN),
    body("email-missing", 213, "`Email` is missing", "/Users", {"Username": "ann"}, ANN),
    Row(
        "account-without-email",
        "has no e-mail address",
        refused(213, method="POST", path=f"{BASE}/Users/resetpassword", body={"Username": "ann"}),
        {"path": f"{BASE}/Users", "body": {"Username": "ann"}},
        fix="Set `Email` of the account first",
    ),
    body("email", 207, "it has no @", "/Users", {**ANN, "Email": "ann.example.com"}, ANN),
    body("password", 204, "`Password` is a number, not a string", "/Users", {**ANN, "Password": 12345678}, ANN),
    body(
        "reset-code",
        208,
        "`ResetCode` is missing",
        "/Users/setpassword",
        {"NewPassword": "secret-1"},
        {"ResetCode": "r1", "NewPassword": "secret-1"},
        status=403,
    ),
    body("verification-code", 209, "`VerificationCode` is missing", "/Users/verify", {"a": 1}, {"VerificationCode": "v1"}),
    body(
        "identity",
        214,
        "There is no provider `facebook`",
        "/Users",
        {"Identity": {"Provider": "facebook", "Token": "t"}},
        {"Identity": {"Provider": "Facebook", "Token": "t"}},
    ),
    body(
        "identity",
        215,
        "`Identity` has no `Token`",
        "/Users",
        {"Identity": {"Provider": "Google"}},
        {"Identity": {"Provider": "Google", "Token": "t"}},
    ),
    body("identity", 216, "`Identity` is missing", "/Users", {"Username": "ann"}, {"Identity": {"Provider": "Google", "Token": "t"}}),
]
FILE = {"Filename": "a.png", "ContentType": "image/png", "base64": "iVBORw0KGgo="}
MULTIPART = "multipart/form-data; boundary=xx"
BODIES = [
    Row(
        "content-type",
        "The request has a body but no Content-Type",
        refused(610, method="POST", body='{"a":1}'),
        {"headers": {"Content-Type": "application/json"}},
    ),
    Row(
        "content-type",
        "`json` is not a media type",
        refused(610, method="POST", body='{"a":1}', headers={"Content-Type": "json"}),
        {"headers": {"Content-Type": "application/json"}},
    ),
    Row(
        "content-type",
        "The body is form data (`application/x-www-form-urlencoded`), and this endpoint expects JSON",
        refused(610, method="POST", body="Title=Emma&Year=1815", headers={"Content-Type": "application/x-www-form-urlencoded"}),
        {"headers": {"Content-Type": "application/json"}},
        fix='Send `Content-Type: application/json` and the body as JSON: `{"Title": ..., "Year": ...}`.',
    ),
    Row(
        "content-type",
        "The body is form data (`multipart/form-data`), and this endpoint expects JSON",
        refused(
            615,
            method="POST",
            body='--xx\r\nContent-Disposition: form-data; name="Title"\r\n\r\nEmma\r\n--xx--\r\n',
            headers={"Content-Type": "multipart/form-data; boundary=xx"},
        ),
        {"path": f"{BASE}/Files"},
        fix='`{"Title": ...}`.',
    ),
    Row(
        "content-type",
        "the body is form data (`application/x-www-form-urlencoded`), and this endpoint expects JSON",
        refused(203, method="POST", path=f"{BASE}/Users", body="Username=ann", headers={"Content-Type": "application/x-www-form-urlencoded"}),
        {"headers": {"Content-Type": "application/json"}},
        certain=False,
    ),
    Row(
        "content-type",
        "`text/plain` is not accepted here",
        refused(613, method="PUT", path=f"/v1/Metadata/Applications/{APP}/CloudFunctions/f1", body="a()", headers={"Content-Type": "text/plain"}),
        {"body": b""},
    ),
    Row(
        "multipart-boundary",
        "has no boundary",
        refused(615, method="POST", body="--xx\r\n", headers={"Content-Type": "multipart/form-data"}),
        {"headers": {"Content-Type": MULTIPART}},
    ),
    Row(
        "multipart",
        "does not occur in the body",
        refused(615, method="POST", body="--yy\r\n", headers={"Content-Type": MULTIPART}),
        {"body": "--xx\r\n"},
    ),
    Row(
        "body-json",
        "single quotes are used",
        refused(615, method="POST", body="{'a':1}", headers={"Content-Type": "application/json"}),
        {"body": '{"a":1}'},
    ),
    Row(
        "body-type",
        "its Content-Type is `text/xml`.",
        refused(615, method="POST", body='{"a":1}', headers={"Content-Type": "text/xml"}),
        {"headers": {"Content-Type": "application/json"}},
        certain=False,
    ),
    Row(
        "named-field",
        "requires `Title`, which is missing",
        refused(601, message="Field 'Title' is required.", method="POST", body={"Text": "a"}),
        {"body": b""},
    ),
    Row(
        "accept",
        "asks for `text/xml`, and the service writes JSON only",
        refused(640, 406, headers={"Accept": "text/xml"}),
        {"headers": {"Accept": "*/*"}},
    ),
    body("file-type", 701, "`ContentType` is missing", "/Files", {"Filename": "a.png", "base64": "AA=="}, FILE),
    body("file-content", 702, "was sent as `Base64`", "/Files", {"Filename": "a.png", "Base64": "AA=="}, FILE),
    body("file-content", 702, "holds a data URL with its prefix", "/Files", {**FILE, "base64": "data:image/png;base64,AA=="}, FILE),
    body("file-content", 702, "characters that are not base64", "/Files", {**FILE, "base64": "<png>"}, FILE),
    body("metadata-name", 630, "`Name` is `My Type`, which is not a valid name", "/Types", {"Name": "My Type"}, {"Name": "MyType"}, certain=False),
    Row(
        "file-content-missing",
        "was sent as `content`",
        refused(601, message="Invalid request. No file content was specified.", method="POST", path=f"{BASE}/Files", body={"content": "aGk="}),
        {"body": FILE},
        fix="Rename `content` to `base64`",
    ),
    Row(
        "template-value",
        "The template uses `OrderNo`, and `Context` has `Name`, `orderNo`",
        refused(1000, message="Error: OrderNo is not defined", method="POST", path="/t1/send", body={"Context": {"Name": "n", "orderNo": 4}}),
        {"answer": {"message": "Error processing email template.", "errorCode": 1000}},
        fix="Rename `orderNo` to `OrderNo`",
    ),
    sql("Could not find stored procedure 'dbo.usp_Stock'.", "no stored procedure `dbo.usp_Stock`", "grant EXECUTE"),
    sql("Procedure or function 'usp_Stock' expects parameter '@Depot', which was not supplied.", "needs the parameter `Depot`", "Add `Depot`"),
    sql("Invalid column name 'Colour'.", "has no column `Colour`", "Correct the field's name"),
    sql("Login failed for user 'link'.", "refused the login", "connection string"),
    body("recipients", 1000, "`Recipients` is a string, not an array", "/EmailTemplates/t1/send", {"Recipients": "a"}, {"Recipients": ["a"]}),
]
ROWS = [*PATHS, *QUERIES, *USERS, *BODIES]
SECRETS = (TOKEN[7:], MASTER[10:], "secret-1", "ann@example.com")


class TestRows(RowTests):
    rows = ROWS
    needs_fix = True
    secrets = SECRETS
    talk = staticmethod(talk)


def test_every_rule_has_a_row(backends):
    # Those of lost tokens and of methods hold for every backend.
    causes = {cause.name for cause in backends["backend-services"].tables.of(Cause)}
    assert causes | {rule.name for rule in rules.RULES} == {row.rule for row in ROWS} - {"token-lost", "route-method"}


@in_one_test("text", [FILTER, quote(FILTER), quote(FILTER, safe="")], ids=["raw", "encoded", "encoded wholly"])
def test_a_header_may_be_encoded_or_raw(make, text):
    assert [f for f in findings(make(), (), refused(608, headers={"X-Everlive-Filter": text})) if f.rule == "filter"] == []


def test_words_about_the_form_of_the_request_are_not_taken_for_a_refusal_of_the_caller(backends):
    asked = refused(603, 400, "Malformed request. Invalid sort expression.", headers=bearer())
    assert [finding.rule for finding in findings(talk(backends), (), asked) if finding.certain and not finding.secondary] == []
