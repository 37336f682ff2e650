"""What successes show of single objects and accounts, over single requests, batches and GraphQL."""

from __future__ import annotations

import base64
import gc
import tracemalloc
from typing import Any

import pytest
from baas_errors.decode import decode
from baas_errors.exchange import Exchange, Response
from baas_errors.history import ExchangeFacts, learn
from baas_errors.history.objects import MOST_NAMES, MOST_OBJECTS, collection_of, read_global_id
from baas_errors.history.store import MOST_CLASSES, MOST_ENTRIES, AppMemory, Memory
from build import make_body, make_headers, make_request
from matrix import in_one_test

BASE = "https://parse.example.org/parse"
NOTE = ("Note", "note000001")
OPEN, CLOSED = {"*": {"read": True}}, {"alice00001": {"read": True, "write": True}}
GLOBAL = base64.b64encode(b"Note:note000001").decode()


class Desk:
    """One app of Parse, and what is learnt of it."""

    def __init__(self, backend: Any) -> None:
        self.backend, self.app, self.memory, self.count = backend, AppMemory(), Memory(), 0

    def show(self, method: str, path: str, body: Any = b"", answer: Any = None, status: int = 200, headers: Any = None) -> Desk:
        self.count += 1
        request = make_request(method, BASE + path, headers, body)
        response = Response(status, make_headers({"Content-Type": "application/json"}), make_body({} if answer is None else answer))
        facts = ExchangeFacts(Exchange(f"flow-{self.count}", request, response, 1.0, 2.0), self.backend, self.memory)
        learn(facts, decode(facts), self.app)
        return self


@pytest.fixture
def desk(parse_server) -> Desk:
    return Desk(parse_server)


def test_a_path_names_a_collection_and_perhaps_an_object(parse_server):
    told = {
        "/parse/classes/Note/a1": ("Note", "a1"),
        "/parse/classes/Note": ("Note", ""),
        "/parse/users/a1": ("_User", "a1"),
        "/parse/classes/_User/a1": ("_User", "a1"),
        "/parse/users/me": ("_User", ""),
        "/parse/roles": ("_Role", ""),
        "/parse/functions/Note": ("", ""),
        "/nowhere": ("", ""),
    }
    assert {path: collection_of(parse_server, path, parse_server.match_route(path)) for path in told} == told


def test_an_object_is_remembered_wherever_it_is_shown(parse_server):
    part = {"method": "POST", "path": "/parse/classes/Note", "body": {"ACL": CLOSED}}
    ways: dict[str, tuple[Any, ...]] = {
        "POST": ("POST", "/classes/Note", {"ACL": CLOSED}, {"objectId": NOTE[1]}, 201),
        "PUT": ("PUT", "/classes/Note/note000001", {"ACL": CLOSED}),
        "GET": ("GET", "/classes/Note/note000001", b"", {"objectId": NOTE[1], "ACL": CLOSED}),
        "query": ("GET", "/classes/Note", b"", {"results": [{"objectId": NOTE[1], "ACL": CLOSED}]}),
        "SDK": ("POST", "/classes/Note", {"_method": "GET", "where": {}}, {"results": [{"objectId": NOTE[1], "ACL": CLOSED}]}),
        "batch": ("POST", "/batch", {"requests": [part]}, [{"success": {"objectId": NOTE[1]}}]),
    }
    for name, shown in ways.items():
        known = Desk(parse_server).show(*shown).app.objects.get(NOTE)
        assert known is not None, name
        assert known.acl == {"alice00001": (True, True)}, name


def test_of_a_batch_only_what_succeeded_is_remembered(desk):
    parts = [{"method": "POST", "path": "/parse/classes/Note", "body": {}} for _ in range(2)]
    desk.show("POST", "/batch", {"requests": parts}, [{"error": {"code": 111, "error": "No."}}, {"success": {"objectId": "a1"}}])
    assert [key for key, _ in desk.app.objects.newest()] == [("Note", "a1")]


def test_graphql_names_its_objects_itself(desk):
    desk.show("POST", "/graphql", {"query": "{ notes { edges { node { id } } } }"}, {"data": {"notes": {"edges": [{"node": {"id": GLOBAL}}]}}})
    assert desk.app.objects.get(NOTE).seen.how == "GraphQL"
    desk.show("POST", "/graphql", {"query": "mutation { deleteNote }"}, {"data": {"deleteNote": {"note": {"id": GLOBAL}}}})
    assert desk.app.objects.get(NOTE).seen.how == "DELETE"


@in_one_test("value", [None, 5, "", "note000001", "bm8gY29sb24=", "/w==", GLOBAL[:-3]])
def test_what_is_no_global_id_names_nothing(value):
    assert read_global_id(value) is None


def test_an_access_list_stays_until_another_is_seen(desk):
    desk.show("POST", "/classes/Note", {"ACL": CLOSED}, {"objectId": NOTE[1]}, 201).show("PUT", "/classes/Note/note000001", {"title": "x"})
    assert desk.app.objects.get(NOTE).acl == {"alice00001": (True, True)}
    desk.show("PUT", "/classes/Note/note000001", {"ACL": OPEN})
    assert desk.app.objects.get(NOTE).acl == {"*": (True, False)}
    desk.show("DELETE", "/classes/Note/note000001")
    assert (desk.app.objects.get(NOTE).seen.how, desk.app.objects.get(NOTE).acl) == ("DELETE", None)


def test_permissions_of_classes_are_remembered_as_they_are_shown(desk):
    desk.show("GET", "/schemas", b"", {"results": [{"className": "Note", "classLevelPermissions": {"find": {}}}]})
    desk.show("POST", "/schemas/Vault", {}, {"className": "Vault", "classLevelPermissions": {"get": {"role:a": True}}})
    assert {name: shown for name, (shown, _) in desk.app.permissions.newest()} == {"Vault": {"get": {"role:a": True}}, "Note": {"find": {}}}


def test_an_account_is_known_by_its_names_and_its_password_by_a_hash(desk):
    sent = {"username": "alice", "email": "alice@example.org", "password": "made-up-pass-1"}
    desk.show("POST", "/users", sent, {"objectId": "alice00001", "sessionToken": "r:1"}, 201)
    hashed = desk.memory.hash("made-up-pass-1")
    assert desk.app.taken.get(("_User#email", "alice@example.org")).how == f"sign-up alice00001 {hashed}"
    desk.show("GET", "/login?username=alice&password=made-up-pass-2", b"", {"objectId": "alice00001"})
    assert desk.app.taken.get(("_User#username", "alice")).how == f"log-in alice00001 {desk.memory.hash('made-up-pass-2')}"
    assert "made-up" not in repr(desk.app)


def test_failed_sign_ins_are_counted_until_one_works(desk):
    sent = {"username": "alice", "password": "made-up-pass-1"}
    refused = {"code": 101, "error": "Invalid username/password."}
    desk.show("POST", "/login", sent, refused, 404).show("POST", "/login", sent, refused, 404)
    assert desk.app.taken.get(("failed username", "alice")).how == "2"
    desk.show("POST", "/login", sent, {"objectId": "alice00001"})
    assert desk.app.taken.get(("failed username", "alice")).how == "0"


def test_a_new_password_ends_the_users_sessions(desk):
    desk.show("POST", "/login", {"username": "a", "password": "b"}, {"objectId": "alice00001", "sessionToken": "r:1"})
    desk.show("PUT", "/classes/_User/alice00001", {"password": "c"}, {"updatedAt": "x"}, headers={"X-Parse-Master-Key": "made-up"})
    assert desk.app.tokens.get(desk.memory.hash("r:1")).ended_how == "PUT /parse/classes/_User/alice00001"


def test_an_app_that_needs_no_key_is_known_as_such(desk):
    desk.show("GET", "/classes/Note", b"", {"results": []}, headers={"X-Parse-Application-Id": "notes"})
    assert desk.app.credentials.get(desk.memory.hash("")) is not None


@pytest.mark.slow
def test_what_is_remembered_of_objects_is_bounded(desk):
    many = {"results": [{"objectId": f"{n}", "ACL": {f"{n}" * 200: {"read": True} for n in range(100)}} for n in range(3 * MOST_OBJECTS)]}
    desk.show("GET", "/classes/Note", b"", {"results": many["results"][:10]})
    desk.show("GET", "/classes/Many", b"", {"results": [{"objectId": f"{n}"} for n in range(3 * MOST_OBJECTS)]})
    assert sum(name == "Many" for (name, _), _ in desk.app.objects.newest()) == MOST_OBJECTS
    assert max(len(known.acl or ()) for _, known in desk.app.objects.newest()) <= MOST_NAMES
    gc.collect()
    tracemalloc.start()
    for number in range(MOST_ENTRIES + 5):
        acl = {f"{number} {n}".ljust(200, "x"): {"read": True, "write": True} for n in range(2 * MOST_NAMES)}
        desk.show("PUT", f"/classes/{'C' * 120}/{number}", {"ACL": acl})
        schema = {"className": f"C{number}", "classLevelPermissions": {f"{n}" * 10: {} for n in range(60)}}
        desk.show("GET", f"/schemas/C{number}", b"", schema)
    gc.collect()
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(desk.app.objects), len(desk.app.permissions)) == (MOST_ENTRIES, MOST_CLASSES)
    assert used < 3_500_000
