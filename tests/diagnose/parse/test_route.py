"""Rules for paths, methods and bodies that Parse Server does not take: each finds its fault, and is silent about the request without it."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import Any

from baas_errors.exchange import Body, BodyProblem
from build import make_exchange
from diagnose.parse_talk import BASE, EXPOSED, NOTE, NOTE_ID, bare, coded, talk, unrouted, worked
from diagnose.talk import Row, RowTests
from matrix import in_one_test

HELLO = "/functions/hello"
HOST = BASE.removesuffix("/parse")
JSON = {"Content-Type": "application/json"}
SEEN = [worked(), worked("POST", HELLO, {"result": "Hello!"}, body={})]


def method(fix: str, sent: str, path: str, good: str) -> Row:
    return Row("method", f"Parse Server has no `{sent}` for `/parse", unrouted(sent, path), {"method": good}, fix=fix)


def route(says: str, path: str, certain: bool = True) -> Row:
    return Row("route", says, unrouted("GET", path), {"path": NOTE}, certain, SEEN)


def body(says: str, sent: str | bytes, good: str | bytes = b'{"amount": 3}', kind: str = "application/json", rule: str = "body-json") -> Row:
    """A body at fault, and one that is not, under the same type."""
    asked = bare(400, "Unexpected token in JSON at position 1", "POST", HELLO, body=sent, headers={"Content-Type": kind})
    return Row(rule, says, asked, {"body": good, "headers": JSON})


def too_large(**more: Any) -> dict[str, Any]:
    return bare(413, "request entity too large", "POST", NOTE, body={"title": "x" * 9_000}) | more


def encoding(says: str, message: str, sent: str, status: int = 400) -> Row:
    asked = bare(status, message, "POST", HELLO, body='{"amount": 3}', headers=JSON | {"Content-Encoding": sent})
    return Row("body-encoding", says, asked, {"headers": JSON})


def charset(says: str, kind: str, message: str, status: int) -> Row:
    asked = bare(status, message, "POST", HELLO, body='{"amount": 3}', headers={"Content-Type": kind})
    return Row("body-charset", says, asked, {"headers": {"Content-Type": "application/json; charset=utf-8"}})


def multipart(says: str, kind: str, sent: bytes) -> Row:
    asked = coded(107, "Invalid multipart request: Unexpected end", "POST", HELLO, body=sent, headers={"Content-Type": kind})
    return Row(
        "multipart", says, asked, {"body": b"--part\r\n\r\nx\r\n--part--\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=part"}}
    )


def too_late(path: str, sent: str = "POST", **more: Any) -> dict[str, Any]:
    page = {"answer": "<hr><center>nginx</center>", "answer_headers": {"Content-Type": "text/html"}}
    return {"method": sent, "path": path, "status": 504, "body": {}} | page | more


STORED = "https://notes.s3.eu-west-1.amazonaws.com/files/0a1b_plan.png"
SHOWN = [worked(answer={"results": [{"objectId": NOTE_ID, "plan": {"__type": "File", "name": "0a1b_plan.png", "url": STORED}}]})]


def stored(code: str, status: int = 403) -> dict[str, Any]:
    """A file asked for at the object store, without any header of Parse, and the store's answer."""
    page = {"answer": f"<Error><Code>{code}</Code></Error>", "answer_headers": {"Content-Type": "application/xml"}}
    return {"path": STORED, "status": status, "headers": {"X-Parse-Application-Id": None, "X-Parse-REST-API-Key": None}} | page


PAGE = "<!DOCTYPE html><html><head><title>Error</title></head><body><pre>TypeError: a.b is not a function<br> at /app/index.js</pre></body></html>"
AT_DASHBOARD = {"Host": "localhost:4040", "Referer": "http://localhost:4040/apps/notes-app", "Content-Type": "text/plain"}
ROWS = [
    Row(
        "own-route",
        "`/api/pay` is not a path of Parse Server: another route of the web app at this host answered",
        {"method": "POST", "path": f"{HOST}/api/pay", "status": 400, "body": {"a": 1}, "answer": {"error": "No amount"}, "answer_headers": JSON},
        {"answer_headers": JSON | EXPOSED},
        False,
        SEEN[:1],
        fix="Search the web app's code for this route",
    ),
    Row(
        "web-app-failed",
        "the web app that Parse Server is mounted in failed before Parse Server answered: `TypeError: a.b is not a function`",
        {"path": NOTE, "status": 500, "answer": PAGE, "answer_headers": {"Content-Type": "text/html; charset=utf-8"}},
        {"answer": "<pre>Internal Server Error</pre>"},
        False,
        fix="its first line of a file of yours",
    ),
    Row(
        "route-newer",
        "older than 2.7.0, the version that brought `GET /aggregate`; the mount path `/parse` is right (flow flow-1)",
        unrouted("GET", "/aggregate/Note"),
        {"path": NOTE},
        False,
        SEEN[:1],
        fix="Update Parse Server to 2.7.0 or later",
    ),
    Row(
        "route-newer",
        "older than 2.6.4, the version that brought `POST /login`, or it is not mounted at `/parse`",
        unrouted("POST", "/login", body={}),
        {"path": "/classes/Note"},
        False,
        fix="Compare the mount path, too",
    ),
    Row(
        "dashboard-address",
        "Parse Dashboard asks its own address `localhost:4040` for Parse Server",
        unrouted("POST", "http://localhost:4040/serverInfo", body={"_ApplicationId": "notes-app", "_method": "GET"}, headers=AT_DASHBOARD),
        {"headers": {**AT_DASHBOARD, "Referer": "http://localhost:8080/"}},
        fix="in the dashboard's configuration",
    ),
    Row("slow-work", "the cloud function `hello` runs longer", too_late(HELLO), {"path": "/batch"}, False, fix="Make `hello` a job"),
    Row(
        "slow-work",
        "the JavaScript SDK sends a request again",
        too_late(HELLO, body={"_ClientVersion": "js4.1.0"}),
        {"path": "/batch"},
        False,
        fix="REQUEST_ATTEMPT_LIMIT",
    ),
    Row("slow-work", "a trigger of `Note`", too_late(f"{NOTE}/{NOTE_ID}", "PUT"), {"method": "GET"}, False, fix="the triggers of `Note`"),
    Row("slow-work", "a trigger of `_User`", too_late("/users"), {"method": "GET"}, False),
    Row("file-not-public", "is not readable to the public", stored("AccessDenied"), stored("SlowDown"), before=SHOWN, fix="`s3:GetObject`"),
    Row("file-not-public", "The object store has no file of this name", stored("NoSuchKey", 404), stored("SlowDown"), before=SHOWN),
    Row("file-not-public", "The signed URL of the file has expired", stored("ExpiredToken"), stored("SlowDown"), before=SHOWN),
    method("Send PUT: it changes only the fields", "PATCH", f"{NOTE}/{NOTE_ID}", "PUT"),
    method("Put the object's id at the end of the path", "PUT", NOTE, "GET"),
    Row("route", "is the server's root or mount path, for which it has no route", unrouted("GET", "/"), {"path": NOTE}, False, fix="/parse/health`"),
    Row("route", "this 404 is normal, and the server works (flow flow-2)", unrouted("GET", "/"), {"path": NOTE}, before=SEEN),
    method("Put the name at the end of the path: `DELETE /parse/schemas/<name>`", "DELETE", "/schemas", "GET"),
    method("Take the application id out of the path", "DELETE", "/files/notes-app/0a_vase.png", "GET"),
    method('Send PUT with the body `{"__op": "Delete"}`', "DELETE", "/hooks/functions/tax", "PUT"),
    method("to create one leave out the id", "POST", f"{NOTE}/{NOTE_ID}", "PUT"),
    method("Send POST", "GET", HELLO, "POST"),
    Row("mount-path", "it answers under `/parse` here", unrouted("GET", f"{HOST}/1/classes/Note"), {"path": NOTE}, before=SEEN),
    Row("mount-path", "Parse Server is not mounted at `/1` on this host", unrouted("GET", f"{HOST}/1/classes/Note"), {"path": "/nowhere"}),
    route("did you mean `/classes`?", "/clases/Note", certain=False),
    route("The path `/Note` names the class `Note` without `classes`", "/Note"),
    route("`/functions/` lacks a name at its end", "/functions/"),
    route("Parse Server has no path `/nowhere`", "/nowhere"),
    encoding("does not undo the Content-Encoding `snappy`", 'unsupported content encoding "snappy"', "snappy", 415),
    charset("names the charset `latin1`", "application/json; charset=latin1", 'unsupported charset "LATIN1"', 415),
    charset("The body is UTF-8, but the Content-Type names the charset `utf-16`", "application/json; charset=utf-16", "Unexpected token", 400),
    body("trailing comma", '{"amount": 3,}'),
    body("single quotes", "{'amount': 3}"),
    body("ends too early", '{"amount": 3', kind="text/plain"),
    body("an object was converted to a string", "[object Object]"),
    body("The body is form data (key=value)", "amount=3&unit=kg", rule="body-form"),
    body("The body is XML or HTML", "<amount>3</amount>", kind="application/xml", rule="body-form"),
    body("compressed with gzip, and no Content-Encoding says so", gzip.compress(b"{}"), rule="body-form"),
    body("The body is not UTF-8: byte 10 is 0xe9", b'{"name": \xe9}'),
    body("The body is multipart form data", b"--part--", kind="multipart/form-data; boundary=part", rule="body-form"),
    body("The body is JSON, but neither an object nor an array", '"hello"', rule="body-form"),
    body("The body is JSON, but neither", "42", rule="body-form"),
    body("The body is JSON, but neither an object", "null", rule="body-form"),
    Row("route", "The `?` before the query is percent-encoded (`%3F`)", unrouted("GET", "/classes/Note%3Fwhere=%7B%7D"), {"path": "/parse/zebra"}),
    Row("route", "what it may stand for is `POST /users`", unrouted("POST", "/signup", body={"username": "a"}), {"path": "/parse/zebra"}, False),
    Row(
        "method",
        "It was a POST in flow flow-1, which was redirected (301): the redirect made a GET of it.",
        unrouted("GET", "/functions/hello"),
        {"answer": {"error": "No."}},
        before=[{"method": "POST", "path": "/functions/hello", "status": 301, "answer_headers": {"Location": "https://parse.example.org/parse"}}],
        fix="Set `serverURL` to where the redirect leads: `https://parse.example.org/parse`.",
    ),
    Row(
        "path-word",
        "The path ends in `/undefined`, which programs write where they have no value",
        unrouted("DELETE", "/files/0a1b_cover.png/undefined"),
        {"answer": {"error": "No."}},
        fix="Take `/undefined` off: a file is no object",
    ),
    Row("method", "no `DELETE`", unrouted("DELETE", "/files/0a1b_cover.png/1"), {"method": "GET"}, fix="Send GET"),
    Row(
        "mount-path",
        "Parse Server is not mounted at `/parse` on this host",
        unrouted("GET", NOTE),
        {"answer": {"error": "No."}},
        fix="Set the server's `mountPath` (PARSE_MOUNT) to `/parse`",
    ),
    Row(
        "mount-path",
        "Parse Server is not mounted at `/` on this host",
        unrouted("GET", f"https://parse.example.org{NOTE}", headers={"X-Parse-Client-Version": "a1.13.0"}),
        {"answer": {"error": "No."}},
        fix='(`.server("https://parse.example.org/parse/")`)',
    ),
    Row(
        "body-parser-in-front",
        "The Express app refused the body before Parse Server saw it",
        too_large(answer="<pre>PayloadTooLargeError: request entity too large<br> at readStream</pre>", answer_headers={"Content-Type": "text/html"}),
        {"answer": {"error": "request entity too large"}, "answer_headers": JSON},
        fix="`express.json({ limit: '20mb' })`",
    ),
    Row("body-too-large", "The body has 9,013 bytes, more than the server lets in", too_large(), {"body": b""}),
    Row(
        "body-too-large",
        "bytes",
        coded(
            116, "Multipart request exceeds maximum upload size.", "POST", HELLO, body=b"x" * 9_000, headers={"Content-Type": "multipart/form-data"}
        ),
        {"answer": {"code": 116, "error": "The object is too large."}},
    ),
    multipart("its closing boundary is missing", "multipart/form-data; boundary=part", b"--part\r\n\r\nx"),
    multipart("names no boundary", "multipart/form-data", b"x"),
    multipart("is not in the body", "multipart/form-data; boundary=other", b"--part\r\n\r\nx\r\n--part--\r\n"),
]


class TestRows(RowTests):
    rows = ROWS
    needs_fix = True
    talk = staticmethod(talk)


@in_one_test(("problem", "rules"), [(BodyProblem("body-encoding", "The body is not valid gzip."), ["body-encoding"]), (None, [])])
def test_a_body_that_is_not_compressed_as_it_says(backends, problem, rules):
    exchange = make_exchange(
        400,
        {"error": "incorrect header check"},
        method="POST",
        url=BASE + HELLO,
        headers={"X-Parse-Application-Id": "notes-app", "Content-Encoding": "gzip"},
    )
    exchange = replace(exchange, request=replace(exchange.request, body=Body(lambda: (b"{}", problem))))
    records = talk(backends).pipeline.records(exchange, backends["parse"])
    assert [finding.rule for finding in records[0].findings] == rules


def test_a_byte_order_mark_is_no_fault_for_this_server(backends):
    asked = bare(400, "Unexpected token", "POST", HELLO, body='\ufeff{"amount": 3}', headers=JSON)
    assert talk(backends).ask(**asked)[0].findings == ()


def test_the_page_of_the_server_that_posts_without_the_mount_path(backends):
    page = BASE + "/apps/invalid_verification_link.html?username=x&appId=notes-app"
    asked = unrouted("POST", f"{HOST}/apps/notes-app/resend_verification_email", headers={"Referer": page})
    found = talk(backends).ask(**asked)[0].findings[0]
    assert "(`invalid_verification_link.html`) posts without the mount path `/parse`" in found.says
    assert "`/parse/apps/notes-app/resend_verification_email`" in found.fix


def test_a_form_for_an_app_that_a_link_has_named_is_known_without_headers(backends):
    with_nothing = talk(backends)
    with_nothing.headers = {}
    link = {"path": "/apps/a-1/verify_email?token=x", "status": 302, "answer_headers": {**EXPOSED, "Location": BASE + "/apps/invalid_link.html"}}
    with_nothing.ask(**link)
    asked = unrouted("POST", f"{HOST}/apps/a-1/resend_verification_email", answer_headers={"Content-Type": "text/html"})
    assert [finding.rule for finding in with_nothing.ask(**asked)[0].findings] == ["mount-path"]


def test_only_files_are_taken_for_the_servers(backends):
    said = talk(backends)
    said.ask(**worked(answer={"results": [{"objectId": NOTE_ID, "plan": {"name": "0a1b_plan.png", "url": STORED}}]}))
    host, _, path = STORED.removeprefix("https://").partition("/")
    assert said.pipeline.memory.owner(host, "/" + path) == ""


def test_a_form_that_says_so_is_no_fault(backends):
    asked = bare(400, "Unexpected token", "POST", HELLO, body="amount=3", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert talk(backends).ask(**asked)[0].findings == ()


def test_a_file_need_not_be_json(backends):
    asked = bare(400, "Bad Request", "POST", "/files/a.txt", body="{'a': 1}", headers={"Content-Type": "text/plain"})
    assert talk(backends).ask(**asked)[0].findings == ()
