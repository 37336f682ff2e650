"""Kinvey: a real Flex service behind the addon, and the real client before it, whose errors must be those that the records announce."""

from __future__ import annotations

import http.client
import json
import re
from collections import Counter
from typing import Any, NamedTuple

import pytest
from kinvey.answers import CASES, DOCUMENTED, REQUEST_ID, Case
from kinvey.harness import SHARED_SECRET, flex_service, run_client
from kinvey.stand_in import stand_in
from needs import need
from proxy import mitmdump


class Asked(NamedTuple):
    """A request to the Flex service and the record that must come of it; type "" for none."""

    name: str
    method: str
    path: str
    body: Any  # bytes as they are, all else as JSON
    status: int
    type: str = ""
    message: str = ""
    debug: str = ""
    secret: str = SHARED_SECRET


def function(handler: str, status: int, *expected: str, **more: Any) -> Asked:
    """As Kinvey calls a function of a Flex service."""
    name = more.pop("name", handler)
    body = {"method": "POST", "hookType": "customEndpoint", "body": {"page": 7}, **more}
    return Asked(f"function-{name}", "POST", f"/_flexFunctions/{handler}", body, status, *expected)


def sign_in(password: str, status: int, *expected: str, handler: str = "badge") -> Asked:
    """As Kinvey asks an auth service of Flex."""
    return Asked(f"auth-{password}", "POST", f"/_auth/{handler}", {"username": "alice", "password": password, "options": {}}, status, *expected)


UNABLE = "Unable to understand request"
INVALID = "Invalid credentials. Please retry your request with correct credentials"
ABSENT = "The requested entity or entities were not found in the serviceObject"
FORBIDDEN = "The request is forbidden"
REFUSED = "The request is not allowed"
MISSING = "The request invoked a method that is not implemented"
FAILED = "The Flex Service had a runtime error.  See debug message for details"
NO_HANDLER = "These methods are not implemented"
CLOSED = "The ledger is closed."

# Texts are those of kinvey-flex-sdk, and those of the handlers in flex.js.
FLEX = (
    function("notFound", 404, "NotFound", ABSENT, CLOSED),
    function("badRequest", 400, "BadRequest", UNABLE, CLOSED),
    function("unauthorized", 401, "InvalidCredentials", INVALID, CLOSED),
    function("forbidden", 403, "Forbidden", FORBIDDEN, CLOSED),
    function("notAllowed", 405, "NotAllowed", REFUSED, CLOSED),
    function("notImplemented", 501, "NotImplemented", MISSING, CLOSED),
    function("runtimeError", 550, "FlexRuntimeError", FAILED, CLOSED),
    function("runtimeErrorOfException", 550, "FlexRuntimeError", FAILED, "RangeError: The ledger has no such page."),
    function("bodyAsDebug", 403, "Forbidden", FORBIDDEN, '{"reason":"closed","until":"08:00"}'),
    function("unregistered", 501, "NotImplemented", MISSING, NO_HANDLER),
    function("hello", 400, "BadRequest", "Unable to understand the request", "Request body is not JSON", name="text-as-body", body="page 7"),
    function("throws", 500, "http-500", "TypeError: The ledger was dropped."),
    function("throwsText", 500, "http-500", "The ledger was dropped."),
    function("hello", 200),
    function("hook", 200, hookType="pre"),
    # The app's own result, which only looks like an error.
    function("codedBody", 200),
    Asked(
        "wrong-secret",
        "POST",
        "/_flexFunctions/hello",
        {},
        401,
        "InvalidCredentials",
        INVALID.replace(". ", ".  ") + ".",
        "",
        "another-made-up-secret",
    ),
    Asked("malformed-json", "POST", "/_flexFunctions/hello", b'{"page": 7', 400, "http-400", "SyntaxError"),
    Asked("body-too-large", "POST", "/_flexFunctions/hello", {"body": "x" * 5000}, 413, "http-413", "request entity too large"),
    Asked("data-all", "GET", "/books", None, 200),
    Asked("data-by-id", "GET", "/books/7", None, 404, "NotFound", ABSENT, "There is no book 7."),
    Asked("data-insert", "POST", "/books/", {"pages": 7}, 400, "BadRequest", UNABLE, "Error: A book needs a title."),
    Asked("data-insert-many", "POST", "/books/", [{}, {}], 405, "NotAllowed", REFUSED, "One book at a time."),
    Asked("data-update", "PUT", "/books/7", {"title": "Ledger"}, 403, "Forbidden", FORBIDDEN, "Books are for reading."),
    Asked("data-delete", "DELETE", "/books/7", None, 550, "FlexRuntimeError", FAILED, "Error: The shelf gave way."),
    Asked("data-delete-all", "DELETE", "/books", None, 401, "InvalidCredentials", INVALID, "Only the librarian may."),
    Asked("data-query", "GET", "/books?query=%7B%7D", None, 500, "http-500", "Error: The catalogue is in disorder."),
    Asked("data-count", "GET", "/books/_count", None, 501, "NotImplemented", MISSING, NO_HANDLER),
    Asked("data-other-object", "GET", "/shelves", None, 501, "NotImplemented", MISSING, NO_HANDLER),
    Asked("no-route", "GET", "/books/7/pages", None, 404, "http-404", "Cannot GET /books/7/pages"),
    Asked("discovery", "POST", "/_command/discover", {}, 200),
    Asked("health", "GET", "/healthcheck", None, 200),
    sign_in("fine", 200),
    # The password is part of the code; a known code is no secret.
    sign_in("denied", 401, "access_denied", "The badge is not valid."),
    sign_in("out-of-order", 401, "server_error", "The badge reader is broken."),
    sign_in("busy", 401, "temporarily_unavailable", "The badge reader is being cleaned."),
    sign_in("unregistered", 401, "server_error", MISSING, handler="unregistered"),
)


def ask(asked: Asked, port: int) -> tuple[int, bytes]:
    """Status and body of the answer."""
    body = asked.body if isinstance(asked.body, bytes) or asked.body is None else json.dumps(asked.body)
    headers = {"X-Auth-Key": asked.secret, **({"Content-Type": "application/json"} if body is not None else {})}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(asked.method, asked.path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def flex() -> dict[str, tuple[int, bytes, list[dict[str, Any]]]]:
    """Status, body and records by name of what was asked. Nothing in Flex's own headers says Kinvey, so the host is named to the addon."""
    need("node", "npm")
    with flex_service() as port, mitmdump(f"reverse:http://127.0.0.1:{port}", f"errors_hosts=kinvey=127.0.0.1:{port}") as proxy:
        return {asked.name: (*ask(asked, proxy.port), proxy.new_records()) for asked in FLEX}


@pytest.mark.parametrize("asked", [pytest.param(asked, id=asked.name) for asked in FLEX if asked.type])
def test_an_error_of_a_flex_service_is_recorded(flex: dict[str, Any], asked: Asked):
    status, body, records = flex[asked.name]
    assert status == asked.status, body
    (record,) = records
    assert record["error.type"] == f"kinvey/{asked.type}"
    assert record.get("error.code") == (None if asked.type.startswith("http-") else asked.type)
    assert asked.message in record["error.message"]
    assert asked.debug in re.sub(r"\s+", " ", record.get("error.debug", ""))
    assert record["http.response.status_code"] == asked.status


@pytest.mark.parametrize("asked", [pytest.param(asked, id=asked.name) for asked in FLEX if not asked.type])
def test_a_success_of_a_flex_service_leaves_no_record(flex: dict[str, Any], asked: Asked):
    status, body, records = flex[asked.name]
    assert (status, records) == (asked.status, []), body


class Seen(NamedTuple):
    """What the SDK saw, and what was recorded of the same answer."""

    thrown: dict[str, Any]
    records: list[dict[str, Any]]


@pytest.fixture(scope="module")
def client() -> dict[str, Seen]:
    """By app key."""
    need("node", "npm")
    with stand_in(CASES) as port, mitmdump(f"reverse:http://127.0.0.1:{port}") as proxy:
        thrown = run_client(CASES, proxy.port)
        records = proxy.new_records()
    return {key: Seen(line, [record for record in records if record["baas.app"] == key]) for key, line in thrown.items()}


# These entries say nothing of the JavaScript SDK.
UNANNOUNCED = {"access_denied"}
EVERY = [pytest.param(case, id=case.app_key) for case in CASES]
ANNOUNCED = [pytest.param(case, id=case.app_key) for case in CASES if case.type not in UNANNOUNCED]


def announced(said: str, status: int, is_object: bool) -> str:
    """The class that a record's `baas.sdk` announces for SDK 3, a status and a body that is a JSON object or not."""
    clauses = [clause.partition(": ") for clause in said.split("; ")]
    fitting = [rest for kind, colon, rest in clauses if colon and (kind == "JSON object") == is_object]
    said = (fitting or [said])[0]
    if earlier := re.search(r"(\w+) (?:before$|\(SDK 3\))", said):
        return earlier[1]
    by_status = {int(number): name for name, number in re.findall(r"(\w+Error) on (\d{3})\b", said)}
    otherwise = re.search(r"\belse (\w+)$", said)
    return by_status.get(status, otherwise[1] if otherwise else re.findall(r"\w+", said)[0])


@pytest.mark.parametrize("case", EVERY)
def test_an_answer_is_recorded(client: dict[str, Seen], case: Case):
    (record,) = client[case.app_key].records
    assert record["error.type"] == f"kinvey/{case.type}"
    assert record["http.response.status_code"] == case.status
    assert record["http.request.id"] == REQUEST_ID


@pytest.mark.parametrize("case", ANNOUNCED)
def test_the_sdk_throws_what_was_announced(client: dict[str, Seen], case: Case):
    thrown, (record,) = client[case.app_key]
    assert thrown["name"] == announced(record["baas.sdk"]["js"], case.status, isinstance(case.json(), dict))


@pytest.mark.parametrize("case", EVERY)
def test_the_sdk_and_the_record_agree(client: dict[str, Seen], case: Case):
    thrown, (record,) = client[case.app_key]
    assert (thrown["reached"], thrown["code"], thrown["kinveyRequestId"]) == (True, record["http.response.status_code"], record["http.request.id"])
    said = case.json() or {}
    # Where the answer has no words that the SDK knows, it uses its own.
    if words := said.get("message") or said.get("description"):
        assert thrown["message"] == record["error.message"] == words
    if said.get("debug"):
        assert thrown["debug"] == record["error.debug"]


@pytest.mark.parametrize(("name", "status", "call"), DOCUMENTED)
def test_a_documented_name_is_known_with_its_status(client: dict[str, Seen], name: str, status: int, call: str):
    (record,) = client[f"kid_{name}_{status}_{call}"].records
    assert (record["baas.known"], record["baas.name"], "baas.candidates" in record) == (True, name, False)


def test_all_documented_names_are_there():
    assert (len(DOCUMENTED), len(set(DOCUMENTED))) == (34, 34)
    assert Counter(name for name, _, _ in DOCUMENTED).most_common(1) == [("APIVersionNotAvailable", 2)]


def test_no_sign_in_or_session_is_recorded(client: dict[str, Seen]):
    written = json.dumps([seen.records for seen in client.values()])
    assert [secret for secret in ("made-up-pass", "made-up-token", "made-up-app-secret") if secret in written] == []
