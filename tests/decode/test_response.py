import json

import pytest
from baas_errors.decode.response import LONGEST_TEXT, MOST_ERRORS, decode
from baas_errors.decode.server_texts import page_text, server_text
from build import make_backend, make_exchange, make_facts, make_message
from effort import effort
from matrix import in_one_test

PARSE = "https://api.parse.com/1/classes/Post/abc"
KINVEY = "https://baas.kinvey.com/appdata/kid_1/books"
BKEND = "https://api-client.bkend.ai/v1/data/posts"
EVERLIVE = "https://api.everlive.com/v1/abcdefghijklmnop/Groceries"


def seen(error):
    return (error.entry.name if error.entry else None, error.code, error.message)


def one(backend, *arguments, **more):
    (error,) = decode(make_facts(make_exchange(*arguments, **more), backend))
    return error


# --- Kinvey


@in_one_test(
    ("status", "body", "expected"),
    [
        (404, {"error": "EntityNotFound", "description": "Not here.", "debug": ""}, ("EntityNotFound", "EntityNotFound", "Not here.")),
        (404, {"name": "EntityNotFound", "message": "Not here."}, ("EntityNotFound", "EntityNotFound", "Not here.")),
        (404, {"error": "EntityNotFound", "message": "Not here."}, ("EntityNotFound", "EntityNotFound", "Not here.")),
        (550, {"error": "BLSyntaxError", "description": "No.", "debug": {}}, ("BLSyntaxError", "BLSyntaxError", "No.")),
        (418, {"error": "SomethingNew", "description": "New."}, (None, "SomethingNew", "New.")),
        (500, {"description": "Only words."}, (None, None, "Only words.")),
    ],
    ids=["plain", "both aliases", "one alias", "debug is an object", "unknown name", "no code"],
)
def test_kinvey_plain_and_aliases(kinvey, status, body, expected):
    assert seen(one(kinvey, status, body, url=KINVEY)) == expected


def test_kinvey_debug_of_flex_is_shown_with_name_message_and_stack(kinvey):
    debug = {"name": "TypeError", "message": "x is not a function", "stack": "at handler.js:3"}
    error = one(kinvey, 550, {"error": "BLRuntimeError", "description": "Failed.", "debug": debug, "stack": "outer"}, url=KINVEY)
    assert error.entry.name == "BLRuntimeError"
    assert all(part in error.debug for part in debug.values())


def test_kinvey_the_same_name_at_two_statuses_is_two_entries(kinvey):
    body = {"error": "APIVersionNotAvailable", "description": "No."}
    meanings = {one(kinvey, status, body, url=KINVEY).advice.meaning for status in (400, 501)}
    assert len(meanings) == 2


def test_kinvey_wrapped_answers_are_unwrapped_where_the_request_asked_for_it(kinvey):
    body = {"headers": {"X-Kinvey-Request-Id": "inner-id"}, "result": {"error": "EntityNotFound", "description": "No."}}
    asked = make_exchange(404, body, url=KINVEY, headers={"X-Kinvey-ResponseWrapper": "true"}, response_headers={"X-Kinvey-Request-ID": "outer-id"})
    (error,) = decode(make_facts(asked, kinvey))
    assert seen(error) == ("EntityNotFound", "EntityNotFound", "No.")
    assert make_facts(asked, kinvey).server_headers.first(kinvey.request_id.server) == "inner-id"
    not_asked = make_exchange(404, body, url=KINVEY, response_headers={"X-Kinvey-Request-ID": "outer-id"})
    assert decode(make_facts(not_asked, kinvey))[0].entry is None
    assert make_facts(not_asked, kinvey).server_headers.first(kinvey.request_id.server) == "outer-id"


@in_one_test("more", [{}, {"result": {"error": "AppNotFound"}}])
def test_kinvey_an_answer_that_was_not_wrapped_in_spite_of_the_request_is_read(kinvey, more):
    body = {"error": "EntityNotFound", "description": "No."} | more
    error = one(kinvey, 404, body, url=KINVEY, headers={"X-Kinvey-ResponseWrapper": "true"})
    assert error.entry.name == "EntityNotFound"


@in_one_test(
    ("error", "debug", "name"),
    [
        (
            "InvalidCredentials",
            'Error encountered authenticating against kinveyAuth: {"error":"server_error","error_description":"x"}',
            "server_error",
        ),
        ("InvalidCredentials", 'against kinveyAuth: {"error":"server_error","error_description":"Access Token not found"}', "InvalidCredentials"),
        ("BadRequest", "ResultSetSizeExceeded", "ResultSetSizeExceeded"),
        ("BadRequest", {"error": "ResultSetSizeExceeded"}, "ResultSetSizeExceeded"),
        ("BadRequest", "The words ResultSetSizeExceeded inside a sentence", "BadRequest"),
        ("BadRequest", '{"error":"NobodyKnowsThis"}', "BadRequest"),
        ("BadRequest", "{", "BadRequest"),
        ("BadRequest", '{"error":{"error":"ResultSetSizeExceeded"}}', "ResultSetSizeExceeded"),
    ],
)
def test_kinvey_a_known_cause_inside_debug_is_named(kinvey, error, debug, name):
    found = one(kinvey, 400, {"error": error, "description": "No.", "debug": debug}, url=KINVEY)
    assert (found.entry.name, found.code) == (name, error)


def test_kinvey_multi_insert_gives_one_error_for_each_entity_that_failed(kinvey):
    body = {
        "entities": [{"_id": "1"}, None, None],
        "errors": [
            {"index": 1, "error": "E11000 duplicate key error collection: kdb.books"},
            {"index": 2, "error": "BLRuntimeError", "description": "Hook failed.", "debug": "line 3"},
        ],
    }
    errors = decode(make_facts(make_exchange(207, body, method="POST", url=KINVEY, request_body=[{}, {}, {}]), kinvey))
    assert [error.index for error in errors] == [1, 2]
    assert errors[0].code is None
    assert errors[0].message.startswith("E11000")
    assert "unique" in errors[0].advice.meaning
    assert seen(errors[1]) == ("BLRuntimeError", "BLRuntimeError", "Hook failed.")


@in_one_test(
    ("member", "expected"),
    [
        ({"error": "KinveyInternalErrorRetry", "debug": "_id already exists", "code": 11000}, ("KinveyInternalErrorRetry",) * 3),
        ({"error": "E11000 duplicate key error", "code": 11000}, ("DuplicateKey", 11000, "E11000 duplicate key error")),
        ({"code": 11000, "errmsg": "E11000 duplicate key error"}, ("DuplicateKey", 11000, "E11000 duplicate key error")),
        ({"errmsg": "E11000 duplicate key error"}, (None, None, "E11000 duplicate key error")),
    ],
    ids=["known name and number", "text and number", "number", "text alone"],
)
def test_kinvey_multi_insert_of_what_is_stored_already(kinvey, member, expected):
    (error,) = decode(make_facts(make_exchange(207, {"entities": [None], "errors": [{"index": 0} | member]}, method="POST", url=KINVEY), kinvey))
    assert seen(error) == expected
    assert "already stored" in error.advice.meaning


@in_one_test("status", [301, 302, 303, 307, 308])
def test_kinvey_a_refused_login_is_sent_back_by_any_redirect(kinvey, status):
    headers = {"Location": "myapp://cb?error=access_denied&error_description=No."}
    error = one(kinvey, status, url="https://auth.kinvey.com/v3/oauth/auth", response_headers=headers)
    assert seen(error) == ("access_denied", "access_denied", "No.")


@in_one_test("body", [{"entities": [{"_id": "1"}], "errors": []}, {"entities": []}, b"", [{"error": "EntityNotFound"}]])
def test_kinvey_multi_insert_without_errors_is_a_success(kinvey, body):
    assert decode(make_facts(make_exchange(207, body, method="POST", url=KINVEY), kinvey)) == []


def test_kinvey_a_cut_multi_insert_gives_the_errors_that_can_be_read(kinvey):
    text = '{"entities":[null,null],"errors":[{"index":0,"error":"BLRuntimeError","description":"Hook failed."},{"index":1,"err'
    errors = decode(make_facts(make_exchange(207, text, method="POST", url=KINVEY), kinvey))
    assert seen(errors[0]) == ("BLRuntimeError", "BLRuntimeError", "Hook failed.")
    assert "body-not-json" in [problem.rule for problem in errors[0].problems]


@in_one_test("name", ["invalid_client", "invalid_grant", "server_error", "access_denied", "temporarily_unavailable"])
def test_kinvey_oauth_answers(kinvey, name):
    error = one(kinvey, 400, {"error": name, "error_description": "No.", "debug": "d"}, method="POST", url="https://auth.kinvey.com/v3/oauth/token")
    assert (*seen(error), error.debug) == (name, name, "No.", "d")


@in_one_test(
    ("location", "expected"),
    [
        ("myapp://login?error=access_denied&error_description=The+user+said+no", ("access_denied", "access_denied", "The user said no")),
        ("myapp://login#error=server_error&error_description=x%20y", ("server_error", "server_error", "x y")),
        ("https://a.example/?state=1&error=odd_thing", (None, "odd_thing", "")),
    ],
)
def test_kinvey_oauth_errors_on_a_redirect(kinvey, location, expected):
    error = one(kinvey, 302, b"", url="https://auth.kinvey.com/v3/oauth/auth", response_headers={"Location": location})
    assert seen(error) == expected


@in_one_test("location", ["myapp://login?code=abc", "", "http://[broken", "?" + "a=1&" * 500, "myapp://x?error="])
def test_kinvey_a_redirect_without_an_error_is_a_success(kinvey, location):
    exchange = make_exchange(302, b"", url="https://auth.kinvey.com/v3/oauth/auth", response_headers={"Location": location})
    assert decode(make_facts(exchange, kinvey)) == []


def test_kinvey_the_sample_with_curly_quotes_and_without_commas_is_read_and_said_to_be_broken(kinvey):
    lines = [
        "{",
        "    “error”: “InsufficientCredentials”",
        "    “description”: “You may not, dear user”",
        "    “debug”: “Ask the app’s owner for the right”",
        "}",
    ]
    body = "\n".join(lines)
    error = one(kinvey, 401, body, url=KINVEY, response_headers={"Content-Type": "application/json"})
    assert (*seen(error), error.debug) == (
        "InsufficientCredentials",
        "InsufficientCredentials",
        "You may not, dear user",
        "Ask the app’s owner for the right",
    )
    assert [problem.rule for problem in error.problems] == ["body-not-json"]


@in_one_test(("status", "method"), [(308, "PUT"), (200, "GET"), (201, "POST"), (204, "DELETE"), (304, "GET")])
def test_kinvey_a_resumed_upload_and_other_answers_below_400_are_successes(kinvey, status, method):
    answer = {"error": "EntityNotFound"} if status in (200, 201) else b""
    assert decode(make_facts(make_exchange(status, answer, method=method, url=KINVEY, response_headers={"Range": "bytes=0-9"}), kinvey)) == []


def test_kinvey_a_web_page_of_a_flex_service_is_known_by_status_and_shown_by_its_words(kinvey):
    page = "<!DOCTYPE html><html><head><title>Error</title></head><body><pre>TypeError: x<br> at handler.js</pre></body></html>"
    error = one(kinvey, 500, page, url=KINVEY, response_headers={"Content-Type": "text/html"})
    assert (error.entry, error.code) == (None, None)
    assert error.message == "TypeError: x at handler.js"
    assert "page" in error.advice.meaning


# --- Parse


@in_one_test(
    ("status", "body", "kind", "expected"),
    [
        (404, {"code": 101, "error": "Object not found."}, "application/json", ("ObjectNotFound", 101, "Object not found.")),
        (400, {"code": "101", "error": "x"}, "application/json", ("ObjectNotFound", "101", "x")),
        (400, {"code": 209.0, "error": "x"}, "application/json", ("InvalidSessionToken", 209.0, "x")),
        (500, {"code": 1, "message": "Internal server error."}, "application/json", ("InternalServerError", 1, "Internal server error.")),
        (400, {"code": 141, "error": {"message": "it broke", "code": 7}}, "application/json", ("ScriptFailed", 141, "it broke")),
        (400, {"code": 141, "error": {"reason": "it broke"}}, "application/json", ("ScriptFailed", 141, '{"reason":"it broke"}')),
        (400, {"code": 141, "error": 42}, "application/json", ("ScriptFailed", 141, "42")),
        (400, {"code": 141, "error": {}}, "application/json", ("ScriptFailed", 141, "")),
        (400, {"code": "MY_CODE", "error": "x"}, "application/json", (None, "MY_CODE", "x")),
        (400, {"code": 9001, "error": "x"}, "application/json", (None, 9001, "x")),
        (400, {"code": -1, "error": "x"}, "application/json", ("OtherCause", -1, "x")),
        (403, '{"error":"unauthorized"}', "", (None, None, "unauthorized")),
        (403, {"error": "Permission denied"}, "application/json", (None, None, "Permission denied")),
        (400, {"error": "Unexpected token } in JSON"}, "application/json", (None, None, "Unexpected token } in JSON")),
        (429, {"code": 100, "error": "Too many requests."}, "application/json", ("TooManyRequests", 100, "Too many requests.")),
        (404, "File not found.", "text/plain", (None, None, "File not found.")),
        (404, "<!DOCTYPE html><html><body><pre>Cannot GET /x</pre></body></html>", "text/html", (None, None, "Cannot GET /x")),
        (400, {"code": True, "error": "x"}, "application/json", (None, None, "x")),
        (400, {"code": None, "error": "x"}, "application/json", (None, None, "x")),
        (400, {"code": [101], "error": "x"}, "application/json", (None, None, "x")),
        (400, {"code": 101.5, "error": "x"}, "application/json", (None, None, "x")),
    ],
)
def test_parse_plain(parse_server, status, body, kind, expected):
    error = one(parse_server, status, body, url=PARSE, response_headers={"Content-Type": kind} if kind else {})
    assert seen(error) == expected
    assert error.advice is not None


@in_one_test(
    ("method", "path", "headers", "request_body", "status", "message", "code", "name"),
    [
        ("POST", "/parse/login", {}, {"username": "a", "password": "b"}, 404, "Permission denied", 101, "UserInvalidLoginParams"),
        ("GET", "/parse/classes/Post/x", {}, b"", 404, "Invalid username/password.", 101, "UserInvalidLoginParams"),
        ("PUT", "/parse/classes/Post/x", {}, {"a": 1}, 404, "Object not found for update.", 101, "ObjectNotFound"),
        (
            "POST",
            "/parse/push",
            {},
            {"where": {}, "channels": ["a"], "data": {}},
            400,
            "Channels and query can not be set at the same time.",
            115,
            "PushWhereAndChannels",
        ),
        ("POST", "/parse/push", {}, {"where": {}}, 400, 'Sending a push requires either "channels" or a "where" query.', 115, "PushMissingChannels"),
        ("PUT", "/parse/config", {}, {"params": {}}, 400, "x", 116, "ExceededConfigParamsError"),
        ("POST", "/parse/classes/Post", {}, {}, 400, "x", 116, "ObjectTooLarge"),
        ("POST", "/parse/roles", {}, {"name": "a b"}, 400, "x", 139, "InvalidRoleName"),
        ("POST", "/parse/functions/hello", {}, {}, 400, 'Invalid function: "hello"', 141, "FunctionNotFound"),
        ("POST", "/parse/jobs/clean", {}, {}, 400, "Invalid job.", 141, "JobNotFound"),
        ("POST", "/parse/classes/Post", {}, {}, 400, "hook says no", 141, "ScriptFailed"),
        ("POST", "/parse/hooks/functions", {}, {}, 400, "function name: a already exists", 143, "WebhookError"),
        ("POST", "/parse/users", {}, {"authData": {"facebook": {"id": "1"}}}, 400, "x", 252, "FacebookSigninDisabled"),
        ("POST", "/parse/users", {}, {"authData": {"anonymous": {"id": "1"}}}, 400, "x", 252, "AnonymousSigninDisabled"),
    ],
)
def test_parse_one_code_with_several_names(parse_server, method, path, headers, request_body, status, message, code, name):
    url = f"https://api.parse.com{path}"
    error = one(parse_server, status, {"code": code, "error": message}, method=method, url=url, headers=headers, request_body=request_body)
    assert (error.entry.name, error.candidates) == (name, ())


def test_parse_judges_by_the_method_that_the_sdk_means(parse_server):
    exchange = make_exchange(404, {}, method="POST", url=PARSE, request_body='{"_method":"GET","_ApplicationId":"a"}')
    assert make_facts(exchange, parse_server).method == "GET"


@in_one_test(
    ("method", "body", "effective"),
    [
        ("POST", {"_method": "put"}, "PUT"),
        ("POST", {"_method": "EVIL"}, "POST"),
        ("POST", {"_method": 3}, "POST"),
        ("PUT", {"_method": "GET"}, "PUT"),
        ("post", b"", "POST"),
    ],
)
def test_effective_method(parse_server, method, body, effective):
    assert make_facts(make_exchange(method=method, request_body=body), parse_server).method == effective


def test_effective_method_by_header():
    backend = make_backend('method_override = { header = "X-HTTP-Method" }')
    assert make_facts(make_exchange(method="POST", headers={"x-http-method": "DELETE"}), backend).method == "DELETE"


def test_parse_batch_gives_an_error_for_each_part_that_failed_with_its_own_request(parse_server):
    requests = [
        {"method": "POST", "path": "/parse/classes/Post", "body": {"a": 1}},
        {"method": "POST", "path": "/parse/roles", "body": {"name": "a b"}},
        {"method": "PUT", "path": "/parse/classes/Post/x", "body": {"a": 2}},
        {"method": "DELETE", "path": "/parse/classes/Post/y"},
    ]
    answer = [
        {"success": {"objectId": "1"}},
        {"error": {"code": 139, "error": "x"}},
        {"error": {}},
        {"error": {"code": "22007", "error": "invalid date"}},
    ]
    errors = decode(
        make_facts(
            make_exchange(200, answer, method="POST", url="https://api.parse.com/parse/batch", request_body={"requests": requests}), parse_server
        )
    )
    assert [(error.index, error.code, error.part) for error in errors] == [
        (1, 139, "POST /parse/roles"),
        (2, None, "PUT /parse/classes/Post/x"),
        (3, "22007", "DELETE /parse/classes/Post/y"),
    ]
    assert errors[0].entry.name == "InvalidRoleName"
    assert errors[0].part_body == {"name": "a b"}
    assert errors[2].entry is None
    assert "PostgreSQL" in errors[2].advice.meaning


@in_one_test("answer", [[{"success": {"code": 101, "error": "x"}}], [], {"error": {"code": 101}}, [None, 1, "error"]])
def test_parse_batch_without_errors_is_a_success(parse_server, answer):
    exchange = make_exchange(200, answer, method="POST", url="https://api.parse.com/parse/batch", request_body={"requests": []})
    assert [error.code for error in decode(make_facts(exchange, parse_server))] in ([], [101])[: 1 + isinstance(answer, dict)]


def test_parse_batch_with_a_request_that_fits_the_answer_badly_is_read(parse_server):
    answer = [{"error": {"code": 101, "error": "x"}}] * 3
    body = {"requests": [{"method": 5, "path": []}, "text"]}
    errors = decode(make_facts(make_exchange(200, answer, method="POST", url="https://api.parse.com/parse/batch", request_body=body), parse_server))
    assert [error.code for error in errors] == [101, 101, 101]


def test_a_batch_is_bounded(parse_server):
    answer = [{"error": {"code": 101, "error": "x"}}] * (MOST_ERRORS + 50)
    assert len(decode(make_facts(make_exchange(200, answer, method="POST", url="https://api.parse.com/parse/batch"), parse_server))) == MOST_ERRORS


@in_one_test(
    ("status", "errors", "expected"),
    [
        (200, [{"message": "Object not found.", "extensions": {"code": 101}}], [("ObjectNotFound", 101)]),
        (200, [{"message": "a", "extensions": {"code": 209}}, {"message": "b"}], [("InvalidSessionToken", 209), (None, None)]),
        (400, [{"message": "Syntax Error", "extensions": {"code": "GRAPHQL_PARSE_FAILED"}}], [("GraphQLParseFailed", "GRAPHQL_PARSE_FAILED")]),
        (200, [], []),
    ],
)
def test_parse_graphql(parse_server, status, errors, expected):
    exchange = make_exchange(status, {"data": None, "errors": errors}, method="POST", url="https://api.parse.com/graphql")
    assert [(error.entry.name if error.entry else None, error.code) for error in decode(make_facts(exchange, parse_server))] == expected


@in_one_test(
    ("message", "expected"),
    [
        ({"op": "error", "error": "no such op", "code": 3, "reconnect": True}, ("LiveQueryUnknownOperation", 3, "no such op")),
        ({"op": "error", "error": "x", "code": 1}, ("LiveQueryInvalidFrame", 1, "x")),
        ({"op": "error", "error": "x", "code": 209}, ("InvalidSessionToken", 209, "x")),
        ({"op": "error", "error": "x"}, (None, None, "x")),
    ],
)
def test_parse_livequery_has_a_numbering_of_its_own(parse_server, message, expected):
    (error,) = decode(make_facts(make_message(message), parse_server))
    assert seen(error) == expected


def test_parse_livequery_words_without_a_code_are_explained(parse_server):
    (error,) = decode(make_facts(make_message({"op": "error", "error": "no code"}), parse_server))
    assert error.advice is not None
    assert (error.advice.retry, error.advice.fault) == ("after-fix", "script")


@in_one_test("message", [{"op": "create", "object": {"code": 101, "error": "x"}}, {"op": "connected"}, "text", [], None, b"\xff"])
def test_parse_livequery_events_are_no_errors(parse_server, message):
    assert decode(make_facts(make_message(message), parse_server)) == []


@in_one_test(
    ("path", "body"),
    [
        ("/parse/classes/Log/1", {"objectId": "1", "code": 101, "error": "stored by the app"}),
        ("/parse/functions/check", {"result": {"code": 101, "error": "x"}}),
        ("/parse/functions/batch", [{"error": {"code": 101, "error": "x"}}]),
        ("/parse/classes/Post", {"results": []}),
        ("/parse/files/a.html", "<html><body>Object not found. code 101</body></html>"),
        ("/parse/classes/Log", {"results": [{"error": {"code": 101}}], "errors": [{"message": "x"}]}),
        ("/parse/jobs/x", {"error": "x", "code": 141}),
    ],
)
def test_parse_successes_that_look_like_errors_are_none(parse_server, path, body):
    assert decode(make_facts(make_exchange(200, body, method="POST", url=f"https://api.parse.com{path}"), parse_server)) == []


def test_parse_a_refused_receipt_comes_as_a_success(parse_server):
    error = one(parse_server, 200, {"status": 21003, "error": "x"}, method="POST", url="https://api.parse.com/parse/validate_purchase")
    assert error.entry.name == "AppStoreReceiptNotAuthentic"


# --- bkend.ai


@in_one_test(
    ("status", "body", "path", "expected"),
    [
        (404, {"success": False, "error": {"code": "data/not-found", "message": "m"}}, "/v1/data/a", ("data/not-found", "data/not-found", "m")),
        (401, {"error": {"code": "auth/unauthorized", "message": "m"}}, "/v1/data/a", ("auth/unauthorized", "auth/unauthorized", "m")),
        (403, {"statusCode": 403, "error": "PERMISSION_DENIED", "message": "m"}, "/v1/data/a", ("PERMISSION_DENIED", "PERMISSION_DENIED", "m")),
        (404, {"statusCode": 404, "message": "m"}, "/v1/data/a", (None, None, "m")),
        (404, {"error": {"code": 404, "message": "m"}}, "/v1/data/a", (None, 404, "m")),
        (200, {"success": False, "error": {"code": "data/table-not-found"}}, "/v1/data/a", ("data/table-not-found", "data/table-not-found", "")),
        (
            400,
            {"error": {"code": "data/validation-error", "message": "m", "details": [{"field": "t", "reason": "r"}]}},
            "/v1/data/a",
            ("data/validation-error",) * 2 + ("m",),
        ),
        (200, {"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "m"}}, "/mcp", ("MethodNotFound", -32601, "m")),
        (404, {"success": False, "error": {"code": "data/odd-not-found", "message": "m"}}, "/v1/data/a", (None, "data/odd-not-found", "m")),
    ],
    ids=[
        "documented",
        "without success",
        "upper snake",
        "status and message",
        "status for a code",
        "under a success",
        "details",
        "JSON-RPC",
        "unknown code",
    ],
)
def test_bkend_every_shape(bkend, status, body, path, expected):
    error = one(bkend, status, body, url=f"https://api.bkend.ai{path}")
    assert seen(error) == expected
    assert error.advice is not None


@in_one_test("code", [401, "401"])
def test_bkend_a_status_in_place_of_a_code_is_kept_and_explained_as_a_status(bkend, code):
    error = one(bkend, 401, {"error": {"code": code, "message": "m"}}, url=BKEND)
    assert (error.code, error.code_is_status, error.entry) == (code, True, None)
    assert error.advice == one(bkend, 401, {"message": "m"}, url=BKEND).advice


def test_bkend_details_are_kept(bkend):
    body = {"error": {"code": "data/validation-error", "message": "m", "details": [{"field": "title", "reason": "missing"}]}}
    assert one(bkend, 400, body, url=BKEND).debug == '[{"field":"title","reason":"missing"}]'


def test_bkend_matches_by_code_whatever_the_status(bkend):
    body = {"success": False, "error": {"code": "auth/email-already-exists", "message": "m"}}
    assert {one(bkend, status, body, url=BKEND).entry.name for status in (400, 409)} == {"auth/email-already-exists"}


@in_one_test(
    ("status", "page", "word"),
    [
        (403, '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>', "15 minutes"),
        (404, "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>", "object store"),
    ],
)
def test_bkend_answers_of_the_object_store_get_their_own_advice(bkend, status, page, word):
    error = one(
        bkend, status, page, method="PUT", url="https://storage.bkend.ai/b/k?X-Amz-Signature=1", response_headers={"Content-Type": "application/xml"}
    )
    assert word in error.advice.meaning


@in_one_test("body", [{"success": True, "data": {"error": {"code": "data/not-found"}}}, {"id": "1", "error": "NOT_FOUND"}, {"code": "A_B"}])
def test_bkend_successes_that_look_like_errors_are_none(bkend, body):
    assert decode(make_facts(make_exchange(200, body, url=BKEND), bkend)) == []


# --- Backend Services


@in_one_test(
    ("status", "body", "expected"),
    [
        (403, {"message": "m", "errorCode": 603}, ("AccessDenied", 603, "m")),
        (403, {"message": "m", "errorCode": "603"}, ("AccessDenied", "603", "m")),
        (400, {"message": "E11000 duplicate key", "errorCode": 107}, ("DuplicateKey", 107, "E11000 duplicate key")),
        (
            400,
            {"message": 'Duplicate values already exist for field N of content type "T".', "errorCode": 107},
            ("DuplicateValuesInField", 107, None),
        ),
        (400, {"message": "something else", "errorCode": 107}, ("DatabaseError", 107, "something else")),
        (400, {"message": "m", "errorCode": 99999}, (None, 99999, "m")),
        (502, "Bad Gateway", (None, None, "Bad Gateway")),
    ],
)
def test_backend_services(everlive, status, body, expected):
    error = one(everlive, status, body, url=EVERLIVE)
    assert seen(error)[:2] == expected[:2]
    assert expected[2] in (None, error.message)
    assert error.advice is not None


def test_backend_services_codes_of_the_sdk_are_not_named_on_the_wire(everlive):
    assert one(everlive, 400, {"message": "m", "errorCode": 10001}, url=EVERLIVE).entry is None


# --- Bodies that are hard to read, for every backend


HARD = {
    "empty": b"",
    "streamed": None,
    "not UTF-8": b"\xc3\x28\xa0\xff",
    "UTF-16": b"\xff\xfe\x00\x81",
    "white space": b" \r\n ",
    "half an object": b'{"code":10',
    "ten thousand digits": b'{"code":' + b"9" * 10_000 + b',"errorCode":' + b"9" * 10_000 + b',"error":' + b"9" * 10_000 + b"}",
    "deep object": b'{"error":' * 100_000,
    "deep list": b"[" * 100_000 + b"]" * 100_000,
    "NaN": b'{"code":NaN,"error":Infinity,"errorCode":-Infinity,"message":NaN}',
    "lone surrogate": b'{"code":"\\ud800","error":"\\udfff\\ud800","errorCode":"\\ud800","message":"\\ud800"}',
    "duplicate keys": b'{"code":1,"code":2,"error":"a","error":"b","errorCode":1,"errorCode":2,"message":"a","message":"b"}',
    "control characters": b'{"code":"\x1b[2J","error":"a\x00b\x1b[31m","errorCode":"\x07","message":"\x9b"}',
    "numbers for texts": b'{"code":1e400,"error":1e400,"message":1.5,"errorCode":1e400,"name":2}',
    "lists for texts": b'{"code":[1],"error":[2],"message":[3],"errorCode":[4],"description":[5],"debug":[6]}',
    "a number": b"404",
    "a string": b'"Not found"',
    "null": b"null",
    "list of errors": b'[{"error":{"code":101}}]',
    "page": b"<html><head><title>502 Bad Gateway</title></head><body></body></html>",
    "huge text": b'{"error":"' + b"x" * 200_000 + b'"}',
    "PNG": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
}


@pytest.mark.slow
@in_one_test("backend", ["kinvey", "parse", "bkend", "backend-services"])
@in_one_test("name", HARD)
def test_an_error_status_is_an_error_whatever_the_body(backends, backend, name):
    for kind in ("application/json", "text/html", ""):
        exchange = make_exchange(404, HARD[name], url=f"https://{backends[backend].hosts[0]}/x", response_headers={"Content-Type": kind})
        (error,) = decode(make_facts(exchange, backends[backend]))
        assert error.advice is not None
        assert len(error.message) <= LONGEST_TEXT + 1
        assert len(error.debug) <= LONGEST_TEXT + 1
        json.dumps([error.code, error.message, error.debug], allow_nan=False)


@in_one_test(
    ("name", "rule"),
    [("streamed", "body-not-kept"), ("not UTF-8", "body-not-text"), ("half an object", "body-not-json"), ("deep list", "body-not-json")],
)
def test_what_kept_a_body_from_being_read_is_said(parse_server, name, rule):
    error = one(parse_server, 404, HARD[name], url=PARSE, response_headers={"Content-Type": "application/json"})
    assert rule in [problem.rule for problem in error.problems]


@in_one_test("name", HARD)
def test_a_success_stays_one_whatever_the_body(backends, name):
    for backend in backends.values():
        assert decode(make_facts(make_exchange(200, HARD[name], url=f"https://{backend.hosts[0]}/x"), backend)) == []


def test_a_request_without_an_answer_has_no_errors(parse_server):
    exchange = make_exchange()
    object.__setattr__(exchange, "response", None)
    assert decode(make_facts(exchange, parse_server)) == []


# --- Shapes, in small


SMALL = """
[[shape]]
name = "only-posts"
method = ["POST"]
path = '^/things'
where = { "/kind" = '^post' }
code = "/post"
[[shape]]
name = "patterned"
code = ["/a", "/b"]
code_pattern = '^[A-Z]+$'
message = "/text"
[[shape]]
name = "list"
status = [299]
each = "/list/*"
index = "/at"
code = "/code"
message = "/text"
[[entry]]
name = "Known"
code = "KNOWN"
origin = "observed"
ADVICE
"""


@in_one_test(
    ("status", "method", "url", "body", "expected"),
    [
        (400, "POST", "/things", {"kind": "poster", "post": 1, "a": "KNOWN"}, (None, 1, "")),
        (400, "GET", "/things", {"kind": "poster", "post": 1, "a": "KNOWN"}, ("Known", "KNOWN", "")),
        (400, "POST", "/other", {"kind": "poster", "post": 1, "a": "KNOWN"}, ("Known", "KNOWN", "")),
        (400, "POST", "/things", {"kind": "get", "post": 1, "a": "KNOWN"}, ("Known", "KNOWN", "")),
        (400, "GET", "/x", {"a": "some words", "b": "KNOWN"}, ("Known", "KNOWN", "some words")),
        (400, "GET", "/x", {"a": "some words", "b": "KNOWN", "text": "t"}, ("Known", "KNOWN", "t")),
        (400, "GET", "/x", {"a": "some words"}, (None, None, '{"a":"some words"}')),
        (299, "GET", "/x", {"list": [{"code": "KNOWN", "text": "t"}]}, ("Known", "KNOWN", "t")),
        (299, "GET", "/x", {"list": ["text alone"]}, (None, None, "text alone")),
        (599, "GET", "/x", {"a": "KNOWN"}, ("Known", "KNOWN", "")),
    ],
)
def test_the_first_shape_that_fits_reads_the_answer(status, method, url, body, expected):
    assert seen(one(make_backend(SMALL), status, body, method=method, url=f"https://toy.example{url}")) == expected


@in_one_test("status", [200, 207, 400, 500])
def test_a_list_of_errors_is_read_under_a_success_too_where_the_shape_names_no_status(status):
    backend = make_backend('[[shape]]\nname = "list"\neach = "/*/error"\ncode = "/code"\n')
    assert [error.code for error in decode(make_facts(make_exchange(status, [{"success": {}}, {"error": {"code": 7}}]), backend))] == [7]


@in_one_test(("count", "problems"), [(MOST_ERRORS, []), (MOST_ERRORS + 50, ["Only the first 50 errors of 100 are listed."])])
def test_errors_that_are_not_listed_are_told_of_in_the_last(count, problems):
    listed = decode(make_facts(make_exchange(299, {"list": [{"code": "KNOWN"}] * count}), make_backend(SMALL)))
    assert [problem.says for error in listed for problem in error.problems] == problems
    assert [problem.says for problem in listed[-1].problems] == problems


def test_a_numbering_of_its_own_stands_beside_the_usual_one():
    backend = make_backend(
        '[[shape]]\nname = "s"\ncode = "/code"\nspace = "own"\n'
        '[[entry]]\nname = "Own"\ncode = 1\nspace = "own"\norigin = "observed"\nADVICE'
        '[[entry]]\nname = "Usual"\ncode = 1\norigin = "observed"\nADVICE'
        '[[entry]]\nname = "Two"\ncode = 2\norigin = "observed"\nADVICE'
    )
    assert [one(backend, 400, {"code": code}).entry.name for code in (1, 2)] == ["Own", "Two"]


@in_one_test(("at", "index"), [(7, 7), ("7", 0), (-1, 0), (10**12, 0), (True, 0), (None, 0)])
def test_a_position_that_the_server_says_is_believed_if_it_can_be_one(at, index):
    assert one(make_backend(SMALL), 299, {"list": [{"at": at, "code": "KNOWN"}]}).index == index


@in_one_test(
    ("text", "shown"),
    [
        ("<html><head><title>Not used</title></head><body><h1>404</h1> <p>Not&nbsp;found &lt;x&gt;</p></body></html>", "404 Not found <x>"),
        ("<title>Only a title</title>", "Only a title"),
        ("<html><head><title>Only a head</title></head></html>", "Only a head"),
        ("<style>p { color: red }</style><script>alert(1)</script>words", "words"),
        ("plain\n text", "plain text"),
        ("&amp;lt;", "&amp;lt;"),
        ("<b>&amp;lt;</b>", "&lt;"),
        ("x" * 400, "x" * 200 + "…"),
        ("a " * 200, "a " * 150 + "…"),
        ("", ""),
    ],
)
def test_page_text(text, shown):
    assert page_text(text) == shown


@in_one_test("text", ["<script>" * 4000, "<style>a" * 3000, "<" * 40_000, "<head " * 7000, "<title" * 5000, "&" * 40_000])
def test_page_text_of_a_hostile_page_takes_no_long_time(text):
    assert effort(lambda: page_text(text)) < 50


@pytest.mark.slow
@in_one_test("name", HARD)
def test_a_body_that_is_hard_to_read_takes_no_long_time(parse_server, name):
    exchange = make_exchange(404, HARD[name], url=PARSE, response_headers={"Content-Type": "application/json"})
    assert effort(lambda: decode(make_facts(exchange, parse_server)), enough=20) < 200


@in_one_test("status", [200, 403])
def test_jsonp_answers_are_read_whatever_their_status(everlive, status):
    body = 'jQuery1_2({"message":"READ access on type \'Groceries\' denied.","errorCode":603});'
    error = one(everlive, status, body, url=f"{EVERLIVE}?callback=jQuery1_2", response_headers={"Content-Type": "application/javascript"})
    assert seen(error) == ("AccessDenied", 603, "READ access on type 'Groceries' denied.")


def test_a_successful_jsonp_answer_is_none(everlive):
    exchange = make_exchange(200, 'f({"Result":[],"Count":0});', url=EVERLIVE, response_headers={"Content-Type": "application/javascript"})
    assert decode(make_facts(exchange, everlive)) == []


def test_answers_of_mcp_may_come_as_events(bkend):
    body = 'event: message\ndata: {"jsonrpc":"2.0","id":3,"error":{"code":-32601,"message":"Method not found"}}\n\n'
    error = one(bkend, 200, body, url="https://api.bkend.ai/mcp", response_headers={"Content-Type": "text/event-stream"})
    assert seen(error) == ("MethodNotFound", -32601, "Method not found")


def test_a_flag_may_be_written_as_text(bkend):
    body = {"success": "false", "error": {"code": "data/not-found", "message": "No such record"}}
    assert seen(one(bkend, 200, body, url=BKEND))[:2] == ("data/not-found", "data/not-found")


# --- Codes within a text, and in headers

SPLIT = '[[shape]]\nname = "s"\ncode = "/message"\nCODE\n[[entry]]\nname = "Weak"\ncode = "WEAK_PASSWORD"\norigin = "observed"\nADVICE'
BEGINS = r"code_pattern = '^(?P<code>[A-Z][A-Z_]{2,60}) ?:\s?'"
INSIDE = r"code_pattern = '\[(?P<code>[A-Z_]{3,60})\]'"
PARTS = r"code_pattern = '^(?P<message>[^(]{0,200}) \((?P<code>[A-Z_]{3,60})\)$'"


@in_one_test(
    ("form", "text", "expected"),
    [
        (BEGINS, "WEAK_PASSWORD : Use 6 letters.", ("Weak", "WEAK_PASSWORD", "Use 6 letters.")),
        (BEGINS, "WEAK_PASSWORD:", ("Weak", "WEAK_PASSWORD", "WEAK_PASSWORD:")),
        (BEGINS, f"WEAK_PASSWORD : {'long ' * 700}end", ("Weak", "WEAK_PASSWORD", f"{'long ' * 700}end")),
        (BEGINS, "NEW_CODE : Words.", (None, "NEW_CODE", "Words.")),
        (BEGINS, "Words alone.", (None, None, "Words alone.")),
        (BEGINS, 17, (None, None, "17")),
        (INSIDE, "It was refused [WEAK_PASSWORD], sorry.", ("Weak", "WEAK_PASSWORD", "It was refused [WEAK_PASSWORD], sorry.")),
        (PARTS, "Too short (WEAK_PASSWORD)", ("Weak", "WEAK_PASSWORD", "Too short")),
    ],
)
def test_a_code_can_be_a_part_of_a_text(form, text, expected):
    error = one(make_backend(SPLIT.replace("CODE", form)), 400, {"message": text}, url="https://toy.example/x")
    # A number in place of the text is no message either: the answer is shown as it is.
    assert seen(error) == (expected if text != 17 else (None, None, '{"message":17}'))


def test_the_text_around_a_code_is_the_message_only_where_no_pointer_finds_one():
    """The code of RFC 9457 is the last part of a URL."""
    form = "code_pattern = '/(?P<code>[A-Z_]{3,60})$'\nmessage = \"/detail\""
    backend, url = make_backend(SPLIT.replace("CODE", form)), "https://errors.example/WEAK_PASSWORD"
    for body, message in (({"message": url, "detail": "Use 6."}, "Use 6."), ({"message": url}, url)):
        assert seen(one(backend, 400, body, url="https://toy.example/x")) == ("Weak", "WEAK_PASSWORD", message)
    assert seen(one(backend, 400, {"message": "about:blank", "detail": "Words."}, url="https://toy.example/x"))[:2] == (None, None)


def test_what_is_left_of_the_text_comes_before_other_messages():
    backend = make_backend(SPLIT.replace("CODE", f'{BEGINS}\nmessage = ["/message", "/hint"]'))
    assert seen(one(backend, 400, {"message": "WEAK_PASSWORD: Use 6.", "hint": "h"}, url="https://toy.example/x")) == (
        "Weak",
        "WEAK_PASSWORD",
        "Use 6.",
    )


HEADED = """
[[shape]]
name = "headers"
where = { "header:X-Kind" = '^toy$' }
code = ["header:X-Error-Code", "/code"]
message = ["header:X-Error-Message", "/message"]
debug = "header:x-trace"
[[shape]]
name = "text"
source = "text"
code = "/text"
code_pattern = '^(?P<code>E[0-9]{2,4}) '
[[entry]]
name = "Known"
code = 17
origin = "observed"
ADVICE
"""
KIND = {"X-Kind": "toy"}


@in_one_test(
    ("headers", "body", "expected", "debug"),
    [
        ({**KIND, "x-error-code": " 17 ", "X-Error-Message": "Full.", "X-Trace": "abc"}, b"", ("Known", "17", "Full."), "abc"),
        ({**KIND, "x-error-code": "17"}, b"<html>Bad</html>", ("Known", "17", ""), ""),
        ({**KIND, "x-error-code": ""}, {"code": 17, "message": "In the body."}, ("Known", 17, "In the body."), ""),
        ({**KIND, "X-Error-Message": "Only words."}, {"code": 18}, (None, 18, "Only words."), ""),
        ({"X-Error-Code": "17"}, b"", (None, None, ""), ""),
        ({}, b"E17 Disk full", (None, "E17", "Disk full"), ""),
        ({}, {"text": "E17 Disk full"}, (None, None, '{"text":"E17 Disk full"}'), ""),
    ],
)
def test_code_and_message_can_stand_in_headers_and_in_plain_text(headers, body, expected, debug):
    error = one(make_backend(HEADED), 503, body, url="https://toy.example/x", response_headers=headers)
    assert (seen(error), error.debug) == (expected, debug)


def test_a_message_of_a_socket_has_no_headers():
    backend = make_backend('[[shape]]\nname = "s"\nsource = "websocket"\ncode = "header:X-Code"\nmessage = "header:X-Message"\n')
    assert decode(make_facts(make_message("17", "wss://toy.example/"), backend)) == []


def test_an_error_names_the_shape_that_read_it():
    backend = make_backend(HEADED)
    shapes = [one(backend, 503, body, url="https://toy.example/x", response_headers=KIND).shape for body in ({"code": 1}, b"E17 Full", b"words")]
    assert shapes == ["headers", "text", ""]


# --- PocketBase

POCKETBASE = "https://app.pockethost.io/api/collections/posts/records"
BLANK = {"code": "validation_required", "message": "Cannot be blank."}


def pocketbase_answer(data, message="Failed to create record.", status=400):
    return {"data": data, "message": message, "status": status}


@in_one_test(
    ("data", "expected"),
    [
        ({"title": BLANK}, [("ValueRequired", "validation_required", "title: Cannot be blank.")]),
        (
            {"title": BLANK, "slug": {"code": "validation_not_unique", "message": "Value must be unique."}},
            [
                ("ValueRequired", "validation_required", "title: Cannot be blank."),
                ("ValueNotUnique", "validation_not_unique", "slug: Value must be unique."),
            ],
        ),
        ({"fields": {"1": {"name": BLANK}}}, [("ValueRequired", "validation_required", "fields.1.name: Cannot be blank.")]),
        ({"shop": {"code": "shop_closed", "message": "Closed."}}, [(None, "shop_closed", "shop: Closed.")]),
        ({}, [("CreateRefused", None, "Failed to create record.")]),
        (None, [("CreateRefused", None, "Failed to create record.")]),
        ({"title": "text", "n": 1, "list": [1, {"code": None}]}, [("CreateRefused", None, "Failed to create record.")]),
    ],
)
def test_pocketbase_each_field_is_an_error_and_a_sentence_is_one_without_a_code(pocketbase, data, expected):
    errors = decode(make_facts(make_exchange(400, pocketbase_answer(data), method="POST", url=POCKETBASE), pocketbase))
    assert [seen(error) for error in errors] == expected


def test_pocketbase_a_batch_tells_the_request_that_failed(pocketbase):
    requests = [
        {"method": "POST", "url": "/api/collections/posts/records", "body": {"title": "First"}},
        {"method": "DELETE", "url": "/api/collections/posts/records/abc?x=1"},
    ]
    url = "https://app.pockethost.io/api/batch"
    for inner, name, message in (
        (pocketbase_answer({}, "The requested resource wasn't found.", 404), "RecordNotFound", "The requested resource wasn't found."),
        (pocketbase_answer({"title": BLANK}), "ValueRequired", "title: Cannot be blank."),
    ):
        failed = {"requests": {"1": {"code": "batch_request_failed", "message": "Batch request failed.", "response": inner}}}
        error = one(
            pocketbase, 400, pocketbase_answer(failed, "Batch transaction failed."), method="POST", url=url, request_body={"requests": requests}
        )
        assert (error.entry.name, error.message, error.index, error.part) == (name, message, 1, "DELETE /api/collections/posts/records/abc?x=1")


def test_pocketbase_one_sentence_is_told_apart_by_path_and_method(pocketbase):
    sentence = pocketbase_answer({}, "Something went wrong while processing your request.")
    assert one(pocketbase, 400, sentence, url=f"{POCKETBASE}?filter=x").entry.name == "ListQueryInvalid"
    assert one(pocketbase, 400, sentence, method="POST", url=POCKETBASE).entry.name == "RequestFailed"


def test_pocketbase_a_sentence_of_the_app_has_no_entry_and_advice_by_its_status(pocketbase):
    error = one(pocketbase, 403, pocketbase_answer({}, "The shop is closed.", 403), url=POCKETBASE)
    assert (error.entry, error.message, error.advice.fault) == (None, "The shop is closed.", "permission")


@in_one_test("answer", [{"data": {"title": BLANK}, "message": "Fine.", "status": 400}, {"mfaId": "x"}, []])
def test_pocketbase_a_success_has_no_error_whatever_it_holds(pocketbase, answer):
    assert decode(make_facts(make_exchange(200, answer, url=POCKETBASE), pocketbase)) == []


def test_errors_at_any_depth_are_bounded(pocketbase):
    deep = BLANK
    for _ in range(300):
        deep = {"a": deep}
    wide = {str(number): BLANK for number in range(5_000)}
    empty = {str(number): {} for number in range(5_000)}
    assert len(decode(make_facts(make_exchange(400, pocketbase_answer(wide), url=POCKETBASE), pocketbase))) <= MOST_ERRORS
    for data in (deep, empty, {"a": [empty] * 50}):
        for error in decode(make_facts(make_exchange(400, pocketbase_answer(data), url=POCKETBASE), pocketbase)):
            # One that was cut ends with an ellipsis.
            assert len(error.message) <= LONGEST_TEXT + 1


def test_no_half_of_a_word_or_number_stands_at_a_cut():
    for last in ("bob.miller@example.com", "4111 1111 1111 1111", "postgres://app:Tr0ub4dor-77@db/x", "DE89 3704 0044 0532 0130 00"):
        for at in range(1, len(last)):
            text = "w" * (LONGEST_TEXT - at - 1) + " " + last + " more"
            said = server_text(text)
            assert len(said) <= LONGEST_TEXT + 1
            assert said.endswith("w \u2026"), (last, at)
    assert len(server_text("w" * 5_000)) == LONGEST_TEXT - 300 + 1
