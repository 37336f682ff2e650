"""Rules for cloud code, batches, files, devices, pushes and schemas: each finds its fault, and is silent about the request without it."""

from __future__ import annotations

import re
from typing import Any

from diagnose.parse_talk import AS_ALICE, AS_JSON, AS_MASTER, DENIED, EXPOSED, NOTE, NOTE_ID, bare, coded, talk, worked
from diagnose.talk import Row, RowTests, findings

HELLO = "/functions/hello"
CALLED = worked("POST", HELLO, {"result": "Hello!"}, body={})
TEXT = {"Content-Type": "text/plain"}
PUSH = {"data": {"alert": "Hi"}}
LONG = "n" * 140
STORED_NAME = f"{'0123456789abcdef' * 2}_hello.txt"
MISMATCH = "schema mismatch for Note.owner; expected Pointer<Vault> but got Pointer<_User>"
PIGGYBACK: dict[str, Any] = {"title": {"type": "String"}}


def sent(rule: str, says: str, code: int, message: str, path: str, wrong: Any, right: Any = None, method: str = "POST", **more: Any) -> Row:
    """A body at fault, and one that is none."""
    certain, before = more.pop("certain", True), more.pop("before", ())
    return Row(rule, says, coded(code, message, method, path, body=wrong, **more), {"body": {} if right is None else right}, certain, before)


def call(rule: str, says: str, code: int, message: str, path: str, good: dict[str, Any], **more: Any) -> Row:
    """A call at fault; `good` is what makes it one of which nothing can be said."""
    before, fix = more.pop("before", ()), more.pop("fix", "")
    return Row(rule, says, coded(code, message, "POST", path, body=more.pop("body", {}), **more), good, True, before, fix=fix)


def inside(says: str, code: int, message: Any, certain: bool = True, fix: str = "") -> Row:
    """An error that came out of cloud code."""
    asked = coded(code, message, "POST", HELLO, body={"title": "x"})
    return Row("cloud-code", says, asked, {"path": NOTE, "answer": {"code": 142, "error": "No."}}, certain, fix=fix)


def hook(says: str, message: str, path: str, wrong: Any, good: dict[str, Any], method: str = "POST") -> Row:
    rule = "webhook-exists" if says.startswith("There is") else "webhook"
    return Row(rule, says, coded(143, message, method, path, body=wrong, headers=AS_MASTER), good)


def batch(says: str, message: str, parts: Any, right: Any = ({"method": "GET", "path": "/parse/classes/Note"},), code: int = 107) -> Row:
    body = {"requests": parts} if parts is not None else {}
    form = re.search("takes an array|no `|lower case|`method` that|inside a batch|query string", says)
    return sent("batch-form" if form else "batch", says, code, message, "/batch", body, {"requests": list(right)})


def upload(rule: str, says: str, path: str, code: int, message: str, good: dict[str, Any], body: bytes = b"hello", kind: str = "text/plain") -> Row:
    return Row(rule, says, coded(code, message, "POST", path, body=body, headers=AS_ALICE | {"Content-Type": kind}), good)


def device(says: str, code: int, message: str, wrong: Any, right: Any, method: str = "POST", path: str = "/installations") -> Row:
    return sent("installation", says, code, message, path, wrong, right, method)


def push(says: str, message: str, wrong: Any, right: Any) -> Row:
    return sent("push", says, 115, message, "/push", wrong, right, headers=AS_MASTER)


def schema(
    rule: str, says: str, code: int, message: str, wrong: Any, right: Any = None, path: str = "/schemas/Novelty", method: str = "POST", **more: Any
) -> Row:
    good = {"body": right} if right is not None else {"answer": {"code": code, "error": "Refused."}}
    return Row(rule, says, coded(code, message, method, path, body=wrong, headers=AS_MASTER), good, **more)


def columns(says: str, code: int, message: str, fields: Any, right: Any = PIGGYBACK, **more: Any) -> Row:
    return schema("schema-field", says, code, message, {"fields": fields}, None if right is None else {"fields": right}, **more)


def column(says: str, code: int, message: str, fields: Any, right: Any = PIGGYBACK) -> Row:
    return schema("schema-column", says, code, message, {"fields": fields}, None)


OTHER = {"answer": {"code": 141, "error": "No."}}
ROWS = [
    call("function-unknown", "did you mean `hello`, which worked?", 141, 'Invalid function: "helo"', "/functions/helo", OTHER, before=[CALLED]),
    call("function-unknown", "no cloud function `goodbye`", 141, 'Invalid function: "goodbye"', "/functions/goodbye", OTHER),
    call("job-unknown", "no job `untidy`", 141, "Invalid job.", "/jobs/untidy", {"path": NOTE}, headers=AS_MASTER),
    call("job-unknown", "no job `untidy`", 141, "Invalid job.", "/jobs", {"body": {}}, body={"jobName": "untidy"}, headers=AS_MASTER),
    call(
        "job-unknown",
        "no job `untidy`",
        1,
        "Cannot Schedule a job that is not deployed",
        "/cloud_code/jobs",
        {"body": {}},
        body={"job_schedule": {"jobName": "untidy"}},
        headers=AS_MASTER,
    ),
    call("job-unknown", "The job has no name", 1, "Internal server error.", "/jobs", {"body": {"jobName": "tidy"}}, headers=AS_MASTER),
    inside(
        "called `/api`, where no Parse Server is mounted, while the app uses `/parse`",
        107,
        "Received an error with invalid JSON from Parse: Cannot POST /api/classes/Note",
        fix="Set `serverURL`",
    ),
    inside("handles an object whose File has no URL", 141, "Tried to encode an unsaved file.", False, fix="update Parse Server"),
    inside("refers to an object that is not saved yet", 141, "Cannot create a pointer to an unsaved ParseObject", fix="`await other.save("),
    Row(
        "file-value",
        "`scan` holds a File without its `url`",
        coded(141, "Tried to encode an unsaved file.", "POST", NOTE, body={"scan": {"__type": "File", "name": "a_scan.pdf"}}),
        {"body": {"scan": {"__type": "File", "name": "a_scan.pdf", "url": "https://files.example.org/a_scan.pdf"}}},
        False,
        fix='"url": "https://..."',
    ),
    Row(
        "adapter-incomplete",
        "a sign-in adapter in the server's `auth` option has a wrong `policy` or lacks methods",
        coded(-1, "Adapter is not configured. Implement either validateAuthData or all", "POST", "/users", body={"authData": {"badge": {"id": "7"}}}),
        {"answer": {"code": -1, "error": "Missing additional authData badge"}},
        False,
        fix="it has `validateAuthData`",
    ),
    Row(
        "error-page",
        "wrote the error as a page, which SDKs cannot read: `The pantry is shut.`",
        bare(400, "", "POST", NOTE, body={})
        | {
            "answer": "<html><body><pre>Error: The pantry is shut.<br> at open</pre></body></html>",
            "answer_headers": EXPOSED | {"Content-Type": "text/html"},
        },
        {"answer": {"error": "The pantry is shut."}, "answer_headers": AS_JSON},
        False,
        fix="enableExpressErrorHandler",
    ),
    Row(
        "live-subdomain",
        "Back4App serves LiveQuery at a subdomain of the app",
        bare(
            401,
            "unauthorized",
            "GET",
            "https://parseapi.back4app.com/",
            headers={"Sec-WebSocket-Key": "bWFkZXVwbWFkZXVwMTIzNA==", "Upgrade": "websocket"},
        ),
        {"headers": {}},
        False,
        fix="`wss://<subdomain>.b4a.io`",
    ),
    Row(
        "error-without-text",
        "the cloud code of `hello` gave no text as its error: nothing, an empty text, or an Error object, which JSON makes `{}`",
        coded(141, "", "POST", HELLO, body={}),
        {"answer": {"code": 141, "error": "Sold out."}},
        fix="pass `error.message`",
    ),
    inside(
        "the Parse SDK in the server's process has no master key", 141, "Cannot use the Master Key, it has not been provided.", fix="Parse.masterKey"
    ),
    inside("uses `Parse.query`, which the Parse SDK does not have", 141, "Parse.query is not a constructor", fix="`new Parse.Query('Note')`"),
    inside("calls `new` with `Mailer`", 141, "Mailer is not a constructor", fix="Correct `Mailer` in the code"),
    inside("calls `cart.total`, which is not a function there", 141, "cart.total is not a function"),
    inside("uses the name `lodash`, which is not defined there", 141, "lodash is not defined", False),
    inside(
        "takes `id` of a value that is undefined or null",
        141,
        "Cannot read properties of undefined (reading 'id')",
        fix="`request.user` is undefined",
    ),
    inside("takes `id` of a value", 141, "Cannot destructure property 'id' of 'request.user' as it is undefined."),
    inside("uses `Parse.Promise` (`as`)", 141, "Cannot read property 'as' of undefined", False, fix="`Promise.resolve(x)`"),
    inside("in the words of the JavaScript engine: `Assignment to constant variable`", 141, "Assignment to constant variable."),
    inside("has no push configuration", 141, "Missing push configuration", fix="Add a `push` option"),
    inside("is not set up for that", 141, "An appName, publicServerURL, and emailAdapter are required", fix="Set `appName`"),
    inside("an error that the server does not show", 141, "Internal server error.", False, fix="stack trace of the server's log"),
    inside("got no user name or no password", 200, "bad or missing username", False),
    inside("calls `Parse.User.current()`", 141, "There is no current user on a node.js server environment.", fix="Use `request.user`"),
    inside("a login inside cloud code", 141, "Invalid username/password.", False, fix="Have the user type both again"),
    inside("another account has this `username`", 141, "Account already exists for this username.", False, fix="Log in with it"),
    inside("another object has the same value", 141, "A duplicate value for a field with unique values was provided", False),
    inside("names the field `first name`", 141, "Invalid field name: first name.", fix="Correct `first name` in the code"),
    inside("an object with `$` or `.` in one of its keys", 141, "Nested keys should not contain the '$' or '.' characters"),
    inside("refused by the server: `bad $in value`", 141, "bad $in value", fix="`containedIn` takes an array"),
    inside("refused by the server: `Invalid ACL`", 141, "Invalid ACL.", False),
    inside("got no user name or no password", 141, "bad or missing username", False, fix="`request.params`"),
    inside("uses a session that is not valid", 141, "Invalid session token", False, fix="Log in again"),
    inside("to another server failed: `timeout of 10000ms exceeded`", 141, "timeout of 10000ms exceeded", False, fix="its calls to other servers"),
    inside("gives nothing but `Forbidden`", 141, "Forbidden", False, fix="Search the code for `Forbidden`"),
    inside("did not end in the time", 141, "success/error was not called", False, fix="Let every branch of the code answer"),
    inside("opens the file `./key.p12`", 141, "ENOENT: no such file or directory, open './key.p12'", fix="path.join(__dirname"),
    *(
        Row(
            "own-words",
            "the app's own cloud code (" + whose,
            coded(code, message, method, path, body=b"" if method == "GET" else {"title": "x"}),
            {"answer": {"code": code, "error": server}},
            False,
            fix="Do what these words ask for",
        )
        for code, message, method, path, whose, server in (
            (119, "You must be an admin", "GET", NOTE, "`beforeFind` of `Note`) threw 119", "Permission denied"),
            (105, "A title is wanted", "POST", NOTE, "`beforeSave` of `Note`) threw 105", "Invalid field name: a b."),
            (137, "Slug is taken", "PUT", f"{NOTE}/{NOTE_ID}", "`beforeSave` of `Note`) threw 137", "A duplicate value for a field"),
            (142, "Verify your phone first", "POST", "/login", "`beforeLogin`) threw 142", "Validation failed. Please login to continue."),
            (100, "The card service is away", "POST", HELLO, "`hello`) threw 100", "Too many requests."),
            (202, "That name is gone", "POST", HELLO, "`hello`) threw 202", "Account already exists for this username."),
        )
    ),
    Row(
        "own-words",
        "a call inside a trigger of `Note` has no rights to the object that it asks for",
        coded(101, "Object not found.", "POST", NOTE, body={"title": "x"}),
        {"method": "PUT", "path": f"{NOTE}/{NOTE_ID}"},
        False,
        fix="useMasterKey",
    ),
    Row(
        "function-unknown",
        "The cloud code (`hello`) calls the function `helo`, which this server does not have",
        coded(141, 'Invalid function: "helo"', "POST", HELLO, body={}),
        {"answer": {"code": 141, "error": "No."}},
        fix="Parse.Cloud.run",
    ),
    Row(
        "installation-unknown",
        "The server has no installation with the id `dEvIcE0001`",
        coded(101, "Object not found for update.", "PUT", "/installations/dEvIcE0001", body={"channels": ["a"]}),
        {"answer": {"code": 101, "error": "Object not found."}},
        fix="Drop the installation that the app keeps",
    ),
    Row(
        "cloud-own-words",
        "is another server's answer, with the HTTP status `402`",
        coded(141, {"status": 402, "headers": {}, "text": "{}"}, "POST", HELLO, body={}),
        {"answer": {"code": 141, "error": ""}},
        fix="Read that server's reason in `text` or `data`",
    ),
    inside("needs the module `stripe`", 141, "Cannot find module 'stripe'", fix="Add `stripe` to the `dependencies`"),
    inside("reached `nginx`", 107, "Received an error with invalid JSON from Parse: <html><hr>nginx/1.2</html>", False, fix="Set `serverURL`"),
    inside("with a page of the host or proxy, `Bad Gateway`", 107, "Received an error with invalid JSON from Parse: <h1>502 Bad Gateway</h1>nginx"),
    inside(
        "sends more than the proxy", 107, "Received an error with invalid JSON from Parse: <h1>413 Request Entity Too Large</h1>nginx", fix="raise"
    ),
    inside("could not reach the server's own `serverURL`", 100, 'XMLHttpRequest failed: "Unable to connect to the Parse API"'),
    inside("the server has client keys, and its own SDK sends none of them", 141, {"message": "unauthorized"}, False, fix="Set `javascriptKey`"),
    inside("The app's own id and keys are right", 141, "Error: undefined unauthorized", False, fix="Set `javascriptKey`"),
    Row(
        "cloud-own-words",
        'The code of `hello` answered this itself, with `{"otp":"expired","tries":3}` as its error',
        coded(141, {"otp": "expired", "tries": 3}, "POST", HELLO, body={}),
        {"answer": {"code": 141, "error": ""}},
        fix="If it is no failure, return it as the result",
    ),
    Row(
        "cloud-own-words",
        "the code of `hello` refused this itself, in words that the server does not have",
        coded(141, "No member of this club", "POST", HELLO, body={}),
        {"answer": {"code": 141, "error": "TypeError: a.b is not a function"}},
        False,
        fix="`Parse.Cloud.useMasterKey()` does nothing on Parse Server",
    ),
    Row(
        "cloud-own-words",
        "In flow flow-1 `Club.slug` had the value that the app sends: look whether the query inside may read that",
        coded(141, "No member of this club", "POST", HELLO, body={"club": "chess-north"}),
        {"body": {"club": "chess-south"}, "answer": {"code": 141, "error": ""}},
        False,
        [worked("POST", "/classes/Club", {"objectId": "cLuB000001"}, body={"slug": "chess-north"})],
    ),
    Row(
        "cloud-own-words",
        "the code of `hello`, or a library or service that it uses, gave this error: the text is not one of Parse Server's",
        coded(141, "Come back tomorrow", "POST", HELLO, body={}),
        {"answer": {"code": 141, "error": "getaddrinfo ENOTFOUND mail.example"}},
        False,
        fix="Search `hello` for this text",
    ),
    *(
        Row(
            "trigger-own-words",
            says,
            coded(141, "Come back tomorrow", method, path, body=body),
            {"answer": {"code": 141, "error": "getaddrinfo ENOTFOUND mail.example"}},
            False,
            fix="for this text",
        )
        for says, method, path, body in (
            ("`beforeSave` of `Note`", "PUT", f"{NOTE}/{NOTE_ID}", {"title": "Milk"}),
            ("`beforeDelete` of `Note`", "DELETE", f"{NOTE}/{NOTE_ID}", b""),
            ("a trigger of `Note` (`beforeFind`, `afterFind`)", "GET", NOTE, b""),
            ("the sign-in adapter of `authData`, or a trigger of `_User`", "POST", "/users", {"authData": {"guild": {"id": "7"}}}),
            ("a trigger of `_User` (`beforeLogin`, `afterLogin`)", "POST", "/login", {"username": "kim", "password": "Secret-77"}),
        )
    ),
    inside("runs without rights", 141, {"code": 206, "message": "cannot modify user dave000001"}, False, fix="useMasterKey: true"),
    inside("does not fit parse-server", 102, "Invalid parameter for query: pipeline", False, fix="Update parse-server and its `parse` package"),
    inside("called `/`, where no Parse Server is mounted", 141, "Received an error with invalid JSON from Parse: Cannot POST /classes/Note"),
    Row(
        "cloud-code",
        "the session was ended since it worked 1 s before (flow flow-1), or a call inside cloud code (`hello`) uses a session that is not valid",
        coded(209, "Invalid session token", "POST", HELLO, body={"title": "x"}, headers=AS_ALICE),
        {"path": NOTE},
        False,
        [worked("POST", HELLO, {"result": 1}, body={"title": "y"}, headers=AS_ALICE)],
        fix="look at the calls in `hello` that pass a `sessionToken`",
    ),
    Row(
        "cloud-code",
        "takes `id` of a value that is undefined or null. This request has no session token, so `request.user` is undefined; the call in flow flow-1",
        coded(141, "Cannot read properties of undefined (reading 'id')", "POST", HELLO, body={"title": "x"}),
        {"answer": {"code": 142, "error": "No."}},
        before=[worked("POST", HELLO, {"result": 1}, body={"title": "x"}, headers=AS_ALICE)],
        fix="Log in before the call, and send `X-Parse-Session-Token`",
    ),
    inside("gives nothing but `404` as its error", 141, "404", False, fix="Look in the code for its calls to other servers"),
    inside("was answered with the HTTP status `503`", 141, "Request failed with status code 503", fix="log address, status and body"),
    inside("calls `linkWith`", 141, "Cannot read properties of undefined (reading 'authenticate')", False, fix="{ authData: {"),
    inside("refused this by a rule of the app's own", 141, "A cabin with this number is already taken", False, fix="Take what is there"),
    inside("answers with `response.success`, as Parse Server 2", 141, "response.success is not a function", fix="Return the result"),
    inside("answers with `response.success`", 141, "Cannot read properties of undefined (reading 'success')", False, fix="Return the result"),
    inside("answers with `response.success`", 141, "Cannot read property 'success' of undefined", False, fix="Return the result"),
    inside("it has no master key", 141, "unauthorized: master key is required", fix="useMasterKey"),
    inside("or the object is gone", 101, "Object not found.", certain=False, fix="useMasterKey"),
    inside("`owner` of `Note` to a Pointer<_User>, and the column is a Pointer<Vault>", 111, MISMATCH),
    Row("own-code", "(`hello`) threw `4711`", coded(4711, "No.", "POST", HELLO, body={}), {"answer": {"code": 142, "error": "x"}}, certain=False),
    Row(
        "own-code",
        "(a trigger of `Note`) threw `999`",
        coded(999, "No credit.", "POST", NOTE, body={}),
        {"answer": {"code": 142, "error": "x"}},
        certain=False,
    ),
    Row(
        "cloud-code",
        "(a trigger of `Note`) runs without rights",
        coded(141, {"code": 119, "message": "unauthorized: master key is required"}, "POST", NOTE, body={"title": "x"}),
        {"answer": {"code": 141, "error": "No."}},
        fix="useMasterKey",
    ),
    Row(
        "upload-session",
        "serves no files without a session (`fileDownload.enableForPublic`)",
        coded(119, "File download by public is disabled.", path="/files/notes-app/a.txt", headers={"X-Parse-REST-API-Key": None}),
        {"answer": {"code": 119, "error": "No."}},
    ),
    inside("threw 136", 141, {"code": 136, "message": "installationId may not be changed in this operation"}, certain=False),
    call("session-lost", "signed-in users only", 142, "Validation failed. Please login to continue.", HELLO, {"headers": AS_ALICE}),
    call(
        "validator-caller",
        "for the master key only",
        142,
        "Validation failed. Master key is required to complete this request.",
        HELLO,
        {"headers": AS_MASTER},
    ),
    call(
        "validator",
        "`amount` is missing in the body",
        142,
        "Validation failed. Please specify data for amount.",
        HELLO,
        {"answer": {"code": 142, "error": "No."}},
    ),
    call(
        "validator",
        "`unitPrice` is missing in the body, which has `unitprice`",
        142,
        "Validation failed. Please specify data for unitPrice.",
        HELLO,
        {"answer": {"code": 142, "error": "No."}},
        body={"unitprice": 3},
        fix="not `unitprice`: case counts",
    ),
    call(
        "validator",
        "`amount` is `three`; the function takes a number",
        142,
        "Validation failed. Invalid type for amount. Expected: number",
        HELLO,
        {"answer": {"code": 142, "error": "No."}},
        body={"amount": "three"},
    ),
    hook(
        "The hook lacks `url`",
        "invalid hook declaration",
        "/hooks/functions",
        {"functionName": "a"},
        {"body": {"functionName": "a", "url": "http://a"}},
    ),
    hook("lacks `url` and `triggerName`", "invalid hook declaration", "/hooks/triggers", {"className": "Note"}, {"path": NOTE}),
    hook("There is a hook for `a` already", "function name: a already exists", "/hooks/functions", {"functionName": "a", "url": "u"}, {"path": NOTE}),
    hook("There is no hook for `a`", "no function named: a is defined", "/hooks/functions/a", b"", {"path": NOTE}, "GET"),
    hook(
        "`beforeTea` is not a trigger",
        "invalid hook declaration",
        "/hooks/triggers",
        {"className": "Note", "triggerName": "beforeTea", "url": "u"},
        {"path": NOTE},
    ),
    sent(
        "receipt",
        "`receipt` is missing",
        107,
        "missing receipt or productIdentifier",
        "/validate_purchase",
        {"productIdentifier": "a"},
        {"productIdentifier": "a", "receipt": "x"},
    ),
    batch("`requests` takes an array; it is missing", "requests must be an array", None),
    batch("`requests` takes an array; it is an object", "requests must be an array", {}),
    batch("Part 0 of the batch has no `path`", "batch request path must be a string", [{"method": "GET"}]),
    batch("does not begin with the mount path `/parse`", "cannot route batch path /1/classes/Note", [{"path": "/1/classes/Note"}]),
    batch("has a URL in `path`", "cannot route batch path", [{"path": "https://parse.example.org/parse/classes/Note"}]),
    batch(
        "`GET /parse/clases/Note`, is not a path of Parse Server", "cannot route GET /clases/Note", [{"method": "GET", "path": "/parse/clases/Note"}]
    ),
    batch("has a method that its path does not take", "cannot route PATCH /classes/Note/a", [{"method": "PATCH", "path": "/parse/classes/Note/a"}]),
    batch("has no `method`", "cannot route undefined /classes/Note", [{"path": "/parse/classes/Note"}]),
    batch("has `/parse` between the mount path", "cannot route GET /parse/classes/Note", [{"method": "GET", "path": "/parse/parse/classes/Note"}]),
    batch("has `/1` between the mount path", "cannot route GET /1/classes/Note", [{"method": "GET", "path": "/parse/1/classes/Note"}]),
    batch("in lower case", "cannot route post /classes/Note", [{"method": "post", "path": "/parse/classes/Note"}]),
    batch("a `method` that is a number", "Internal server error.", [{"method": 5, "path": "/parse/classes/Note"}], code=1),
    batch("is a batch inside a batch", "nested batch requests are not allowed", [{"method": "POST", "path": "/parse/batch"}]),
    batch("has a query string in its path", "cannot route GET /classes/Note?limit=1", [{"method": "GET", "path": "/parse/classes/Note?limit=1"}]),
    Row(
        "batch-form",
        "The batch has `21` parts; this server allows `20`",
        coded(
            107,
            "Batch request contains 21 sub-requests, which exceeds the limit of 20.",
            "POST",
            "/batch",
            body={"requests": [{"method": "GET", "path": "/parse/config"}] * 21},
        ),
        {"answer": {"code": 107, "error": "bad $in value"}},
    ),
    Row(
        "batch-in-batch",
        "This part is a batch inside a batch",
        bare(
            200, "", "POST", "/batch", body={"requests": [{"method": "POST", "path": "/parse/batch"}]}, answer=[{"error": {"error": "Cannot read"}}]
        ),
        {"body": {"requests": [{"method": "GET", "path": "/parse/config"}]}},
    ),
    sent(
        "transaction",
        "one of the parts failed",
        1,
        "Internal server error.",
        "/batch",
        {"transaction": True, "requests": [{}, {}]},
        {"requests": [{}, {}]},
        certain=False,
    ),
    Row(
        "upload-session",
        "this server takes files from signed-in users only",
        coded(130, "File upload by public is disabled.", "POST", "/files/a.txt", body=b"x"),
        {"headers": AS_ALICE},
    ),
    upload("file-name", "The file name is longer than 128 characters", f"/files/{LONG}.txt", 122, "Filename too long.", {"path": "/files/a.txt"}),
    upload(
        "file-name",
        "`hello$there.txt` is not a valid file name: it has `$` in it",
        "/files/hello%24there.txt",
        122,
        "Filename contains",
        {"path": "/files/a.txt"},
    ),
    upload("file-name", "The path has no file name", "/files", 122, "Filename not provided.", {"path": "/files/a.txt"}),
    *(
        Row(
            "file-storage",
            says,
            coded(130, message, "POST", "/files/a.txt", body=b"hello", headers=AS_ALICE | {"Content-Type": "text/plain"}),
            {"answer": {"code": 130, "error": "No."}},
            "the server" in says and "itself" not in says,
        )
        for says, message in (
            ("refused the server itself (`Access Denied`)", "Access Denied"),
            (
                "refused the server (`specified container does not exist`): the name, the region or the endpoint",
                "The specified container does not exist",
            ),
            ("does not accept the server's own credentials (`SignatureDoesNotMatch`)", "SignatureDoesNotMatch"),
            ("is full (`ENOSPC`)", "ENOSPC: no space left on device, write"),
            ("cannot write to the folder of its files (`EACCES`)", "EACCES: permission denied, open 'files/a.txt'"),
        )
    ),
    upload("file-body", "The request has no body", "/files/a.txt", 130, "Invalid file upload.", {"body": b"x"}, b""),
    upload(
        "file-extension",
        "Files of the kind `html` are not accepted here",
        "/files/page.html",
        130,
        "File upload of extension html is disabled.",
        {"path": NOTE},
    ),
    upload(
        "file-extension",
        "The file name `page` has no extension",
        "/files/page",
        130,
        "File upload of extension html is disabled.",
        {"path": NOTE},
        kind="text/html",
    ),
    Row(
        "file-unknown",
        "`hello.txt` is not the name that the server gave",
        {
            "path": "/files/notes-app/hello.txt",
            "status": 404,
            "answer": "File not found.",
            "answer_headers": {**AS_JSON, "Content-Type": "text/plain"},
        },
        {"path": f"/files/notes-app/{STORED_NAME}"},
        certain=False,
    ),
    Row(
        "file-unknown",
        "is not the name",
        coded(153, "ENOENT", "DELETE", "/files/hello.txt", headers=AS_MASTER),
        {"path": f"/files/{STORED_NAME}"},
        False,
    ),
    device(
        "neither `installationId` nor `deviceToken`",
        135,
        "at least one ID field",
        {"deviceType": "ios"},
        {"deviceType": "ios", "installationId": "a"},
    ),
    Row(
        "installation",
        "the SDK, which sets `deviceType` itself when it makes an installation, sent only what changed",
        coded(
            135,
            "deviceType must be specified in this operation",
            "POST",
            "/classes/_Installation",
            headers={"X-Parse-Client-Version": "i1.19.2"},
            body={"badge": 0, "installationId": "a"},
        ),
        {"answer": {"code": 135, "error": "at least one ID field (deviceToken, installationId) must be specified"}},
        False,
        fix="Clear the app's data or reinstall it",
    ),
    device("`deviceType` is missing", 135, "deviceType must be specified", {"installationId": "a"}, {"deviceType": "ios", "installationId": "a"}),
    device(
        "`installationId` of a device cannot be changed",
        136,
        "installationId may not be changed",
        {"installationId": "b"},
        {},
        "PUT",
        "/installations/a",
    ),
    device(
        "a `deviceToken` that several installations share",
        132,
        "Must specify installationId",
        {"deviceToken": "t"},
        {"deviceToken": "t", "installationId": "a"},
    ),
    push(
        "The body has `channels` and `where`",
        "Channels and query can not be set at the same time.",
        {"channels": ["a"], "where": {}},
        {"channels": ["a"]},
    ),
    push("nobody is addressed", 'Sending a push requires either "channels" or a "where" query.', PUSH, {"where": {}, **PUSH}),
    push("`deviceToken` stands beside `data`", 'Sending a push requires either "channels"', {"deviceToken": "ab12", **PUSH}, {"where": {}, **PUSH}),
    push("`channels` stands inside `data`", 'Sending a push requires either "channels"', {"data": {"channels": ["a"]}}, {"where": {}, **PUSH}),
    push("`userId` stands beside `data`", 'Sending a push requires either "channels"', {"userId": "u1", **PUSH}, {"where": {}, **PUSH}),
    push(
        "has `channel`, which the server does not read", 'Sending a push requires either "channels"', {"channel": "a", **PUSH}, {"where": {}, **PUSH}
    ),
    push("has `query`, which the server does not read", 'Sending a push requires either "channels"', {"query": {}, **PUSH}, {"where": {}, **PUSH}),
    push("only one of them may be set", "Both expiration_time", {"where": {}, "expiration_time": 1, "expiration_interval": 1}, {"where": {}}),
    push("`push_time` is `soon`", "soon is not valid time.", {"where": {}, "push_time": "soon"}, {"where": {}, "push_time": "2030-01-01T00:00:00Z"}),
    push(
        "`expiration_interval` is `-1`",
        "expiration_interval must be",
        {"where": {}, "expiration_interval": -1},
        {"where": {}, "expiration_interval": 60},
    ),
    schema("schema-state", "The class `Note` already exists", 103, "Class Note already exists.", {}, path="/schemas/Note"),
    schema("schema-name", "names that start with `_` are internal to the server", 103, "Invalid classname: _Mine", {}, path="/schemas/_Mine"),
    schema(
        "schema-class",
        "The class `Notes` does not exist",
        103,
        "Class Notes does not exist.",
        b"",
        path="/schemas/Notes",
        method="GET",
        before=[worked()],
        fix="Write `Note`",
    ),
    schema("schema-class", "The class `Novelty` does not exist.", 103, "Class Novelty does not exist.", b"", method="GET"),
    Row(
        "schema-name",
        "`9lives` is not a valid class name",
        coded(103, "Invalid classname: 9lives", "POST", "/schemas/9lives", body={}, headers=AS_MASTER),
        {"path": "/schemas/Lives"},
    ),
    schema(
        "schema-state",
        "names the class `Novelty`, but `className` in the body is `Other`",
        103,
        "Class name mismatch between Other and Novelty.",
        {"className": "Other"},
    ),
    schema(
        "schema-state", "The request does not name a class", 135, "POST /schemas needs a class name.", {}, {"className": "Novelty"}, path="/schemas"
    ),
    schema(
        "schema-state",
        "The class `Note` still has `4` objects",
        255,
        "Class Note is not empty, contains 4 objects",
        b"",
        path="/schemas/Note",
        method="DELETE",
    ),
    Row(
        "file-body",
        "the Content-Type of the file is not a media type",
        coded(130, "Could not store file.", "POST", "/files/a.png", body=b"x", headers=AS_ALICE | {"Content-Type": "image"}),
        {"headers": AS_ALICE | {"Content-Type": "image/png"}},
        False,
        fix="image/jpeg",
    ),
    Row(
        "file-storage",
        "refused the server itself (`Access Denied`)",
        coded(130, "Access Denied", "POST", "/files/a.png", body=b"x"),
        {"answer": {"code": 130, "error": "Refused."}},
        False,
        fix="`filesAdapter`",
    ),
    Row(
        "file-storage",
        "refused the server (`specified bucket does not exist`): the name",
        coded(130, "The specified bucket does not exist", "POST", "/files/a.png", body=b"x"),
        {"answer": {"code": 130, "error": "Refused."}},
    ),
    Row(
        "schema-duplicate",
        "`schemaFields` adds `shade`",
        bare(
            200,
            "",
            "POST",
            "/graphql",
            body={"query": 'mutation { updateClass(input: {name: "Note", schemaFields: {addStrings: [{name: "shade"}]}}) { clientMutationId } }'},
            answer={"errors": [{"message": "Duplicated field name: shade", "path": ["updateClass"], "extensions": {"code": 105}}]},
        ),
        {"answer": {"errors": [{"message": "Refused.", "path": ["updateClass"], "extensions": {"code": 105}}]}},
    ),
    column(
        "The `defaultValue` of `due` is of the type `String`",
        111,
        "schema mismatch for Novelty.due default value; expected Date but got String",
        {"due": {"type": "Date", "defaultValue": "2026-03-01"}},
    ),
    *(
        columns("is not a Parse type", 111, f"invalid field type: {name}", {"shade": {"type": name}}, fix=fix)
        for name, fix in (
            ("Integer", "Write `Number`"),
            ("Varchar", "Write `String`"),
            ("Bool", "Write `Boolean`"),
            ("Widget", "Use one of `Number`, `String`"),
        )
    ),
    *(
        schema(
            "schema-operation",
            f"`{name}` is not an op",
            107,
            f"{name} is not a valid operation for class level permissions",
            {"classLevelPermissions": {name: {"*": True}}},
            {},
            fix=fix,
        )
        for name, fix in (("read", "Write `find`, `get` and `count`"), ("remove", "Write `delete`"), ("widget", "Use one of `find`, `count`"))
    ),
    columns("the type `Sting`, which is not a Parse type.", 111, "invalid field type: Sting", {"shade": {"type": "Sting"}}),
    columns("`shade` is a ", 107, "invalid JSON", {"shade": "String"}),
    columns("`shade` is a Pointer or Relation without `targetClass`", 135, "type Pointer needs a class name", {"shade": {"type": "Pointer"}}),
    columns("`shade` points to `9lives`", 103, "Invalid classname: 9lives", {"shade": {"type": "Pointer", "targetClass": "9lives"}}),
    columns("`my-shade` is not a valid field name", 105, "invalid field name: my-shade", {"my-shade": {"type": "String"}}),
    columns("`type` of `shade` is an array; it takes a string", 107, "invalid JSON", {"shade": {"type": ["String"]}}),
    columns("`targetClass` of `shade` is a number", 107, "invalid JSON", {"shade": {"type": "Pointer", "targetClass": 5}}),
    columns("`length` is a reserved name", 105, "invalid field name: length", {"length": {"type": "String"}}),
    columns("`username` is a built-in column", 136, "field username cannot be changed", {"username": {"__op": "Delete"}}),
    columns("`createdAt` is a built-in column of this class", 136, "field createdAt cannot be added", {"createdAt": {"type": "String"}}),
    column("The column `title` already exists", 255, "Field title exists, cannot update.", {"title": {"type": "Number"}}, None),
    column(
        "The column `shade` does not exist, so it cannot be deleted",
        255,
        "Field shade does not exist, cannot delete.",
        {"shade": {"__op": "Delete"}},
        None,
    ),
    column(
        "A class can have one GeoPoint column; `here` is one, and `fields` adds `there`",
        111,
        "currently, only one GeoPoint field may exist in an object. Adding there when here already exists.",
        {"here": {"type": "GeoPoint"}, "there": {"type": "GeoPoint"}},
        None,
    ),
    column(
        "The `defaultValue` of `shade` is of the type `Number`, but the column is of the type `String`",
        111,
        "schema mismatch for Novelty.shade default value; expected String but got Number",
        {"shade": {"type": "String", "defaultValue": 3}},
        None,
    ),
    schema(
        "schema-operation",
        "`udpate` is not an operation",
        107,
        "udpate is not a valid operation for class level permissions",
        {"classLevelPermissions": {"udpate": {}}},
        {"classLevelPermissions": {"update": {}}},
    ),
    schema(
        "schema-permissions",
        "have the key `some body`, which is not valid",
        107,
        "'some body' is not a valid key for class level permissions",
        {"classLevelPermissions": {"get": {"some body": True}}},
        {"classLevelPermissions": {"get": {"role:a": True}}},
    ),
    schema(
        "schema-permissions",
        "`get` of the class-level permissions is `all`; it takes an object",
        107,
        "'all' is not a valid value for class level permissions get - must be an object",
        {"classLevelPermissions": {"get": "all"}},
        {"classLevelPermissions": {"get": {"*": True}}},
    ),
    schema(
        "schema-permissions",
        "`get` gives `*` the value `false`",
        107,
        "'false' is not a valid value for class level permissions acl get:*",
        {"classLevelPermissions": {"get": {"*": False}}},
        {"classLevelPermissions": {"get": {"*": True}}},
    ),
    schema(
        "schema-permissions",
        "`protectedFields` names `shade`",
        107,
        "Field 'shade' in protectedFields:* does not exist",
        {"classLevelPermissions": {"protectedFields": {"*": ["shade"]}}},
    ),
    schema(
        "schema-index",
        "An index names the column `shade`, which does not exist",
        102,
        "Field shade does not exist, cannot add index.",
        {"indexes": {"a": {"shade": 1}}},
        path="/schemas/Note",
    ),
    schema(
        "schema-index",
        "The index `a` does not exist, so it cannot be deleted",
        102,
        "Index a does not exist, cannot delete.",
        {"indexes": {"a": {"__op": "Delete"}}},
        path="/schemas/Note",
    ),
]


class TestRows(RowTests):
    rows = ROWS
    needs_fix = True
    talk = staticmethod(talk)


def test_a_function_known_only_as_a_hook_is_not_suggested(backends):
    before = [worked("PUT", "/hooks/functions/hello", {}, headers=AS_MASTER, body={"url": "u"})]
    found = findings(talk(backends), before, coded(141, 'Invalid function: "helo"', "POST", "/functions/helo", body={}))
    assert "hello" not in found[0].says


def test_a_batch_with_a_fault_elsewhere_is_not_blamed(backends):
    parts = [{"method": "POST", "path": "/parse/classes/Note", "body": {}}, {"method": "GET", "path": "/parse/users/me"}]
    assert findings(talk(backends), (), coded(107, DENIED, "POST", "/batch", body={"requests": parts})) == ()
