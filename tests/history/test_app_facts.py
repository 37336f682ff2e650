"""What a success shows of the app itself, as later findings use it."""

from __future__ import annotations

from baas_errors.catalog.backend import HistoryConfig, SentIn
from baas_errors.exchange import Request
from baas_errors.history.app_facts import LIMITED, MOUNT, SERVER, credentials, learn_app, learn_fields, operation_kind, server_name
from baas_errors.history.store import AppMemory, Memory, Sighting
from build import make_request
from matrix import in_one_test

LESSONS = HistoryConfig(credentials=SentIn(("x-toy-key", "x-toy-other-key"), ("_ToyKey",)), fields="class")
SEEN = Sighting("flow-1", 1.0, 200, "GET")


def learned(backend, url: str = "https://toy.example:8443/app/classes/Note", headers=None, body=b"") -> tuple[AppMemory, Memory]:
    """The memory after one success."""
    app, memory = AppMemory(), Memory()
    request = make_request("GET", url, headers, body)
    learn_app(app, memory, request, LESSONS, backend.match_route(request.path), SEEN)
    return app, memory


def stored(backend, body, url: str = "https://toy.example/classes/Note", history: HistoryConfig = LESSONS) -> dict[tuple[str, str], str]:
    app, request = AppMemory(), make_request("POST", url, None, body)
    route = backend.match_route(request.path)
    learn_fields(app, (route.groupdict().get(history.fields) if route else "") or "", request.body.object, SEEN)
    return {key: kind for key, (kind, _) in app.fields.newest()}


@in_one_test(
    ("kind", "name", "how"),
    [(SERVER, "toy.example:8443", "toy.example"), (MOUNT, "/app", SEEN.how), (operation_kind("GET", one=False), "Note", SEEN.how)],
)
def test_a_success_shows_where_and_what(parse_server, kind, name, how):
    app, _ = learned(parse_server)
    assert app.names.get((kind, name)) == SEEN._replace(how=how)


def test_this_machine_and_both_schemes_of_a_host_are_one_server():
    same = [
        ("http://localhost:1337", "http://10.0.2.2:1337", "http://127.0.0.1:1337", "http://[::1]:1337", "http://192.168.1.20:1337"),
        ("https://Toy.example", "http://toy.example", "https://toy.example:443"),
    ]
    for urls in same:
        assert len({server_name(make_request("GET", f"{url}/x", None, b"")) for url in urls}) == 1, urls
    other = ("http://localhost:1337", "http://localhost:1338", "http://toy.example:1337", "http://10.0.2.20:1337", "http://localhost.example:1337")
    assert len({server_name(make_request("GET", f"{url}/x", None, b"")) for url in other}) == len(other)


def test_what_is_done_with_one_object_is_told_from_what_is_done_with_all(parse_server):
    app, _ = learned(parse_server, "https://toy.example/classes/Note/abc")
    assert (app.names.get((operation_kind("GET", one=True), "Note")), app.names.get((operation_kind("GET", one=False), "Note"))) == (SEEN, None)


def test_a_path_that_is_no_route_shows_no_mount(parse_server):
    app, _ = learned(parse_server, "https://toy.example/somewhere")
    assert app.names_of(MOUNT) == []


def test_keys_are_remembered_as_hashes_with_their_place(parse_server):
    app, memory = learned(parse_server, headers={"X-Toy-Key": "made-up"})
    assert [(hashed, seen.how) for hashed, seen in app.credentials.newest()] == [(memory.hash("made-up"), "x-toy-key")]


@in_one_test(
    ("headers", "body", "found"),
    [
        ({"X-Toy-Key": "a", "X-Toy-Other-Key": "b"}, {}, {"x-toy-key": "a", "x-toy-other-key": "b"}),
        ({}, {"_ToyKey": "c"}, {"_ToyKey": "c"}),
        ({"X-Toy-Key": "a"}, {"_ToyKey": "c"}, {"x-toy-key": "a"}),
        ({}, {"_ToyKey": 3}, {}),
        ({}, {}, {}),
    ],
)
def test_credentials(headers, body, found):
    request: Request = make_request("POST", "https://toy.example/", headers, body)
    assert credentials(LESSONS, request) == found


def test_fields_are_remembered_with_their_types(parse_server):
    body = {"title": "x", "likes": 1, "price": 1.5, "done": True, "tags": [], "meta": {}, "gone": None, "_ApplicationId": "a"}
    assert stored(parse_server, body) == {
        ("Note", "title"): "string",
        ("Note", "likes"): "number",
        ("Note", "price"): "number",
        ("Note", "done"): "boolean",
        ("Note", "tags"): "array",
        ("Note", "meta"): "object",
    }


def test_of_a_huge_object_only_some_fields_are_remembered(parse_server):
    assert len(stored(parse_server, {f"field{number}": 1 for number in range(1_000)})) == 40


@in_one_test(("url", "history"), [("https://toy.example/login", LESSONS), ("https://toy.example/classes/Note", HistoryConfig())])
def test_fields_of_no_collection_are_not_remembered(parse_server, url, history):
    assert stored(parse_server, {"title": "x"}, url, history) == {}


def test_kinds_of_the_memory_can_be_no_names_in_a_route():
    assert all(kind.startswith(" ") for kind in (SERVER, MOUNT, LIMITED, operation_kind("GET", one=True)))
