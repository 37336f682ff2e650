import re

import pytest
from baas_errors.catalog import parse
from baas_errors.detect.backend import Recognizer, holds, parse_host, parse_hosts_option
from build import make_backend, make_body, make_exchange, make_message
from matrix import in_one_test

TOY = make_backend("""
hosts = ["toy.example", "*.toys.example/api", "ported.example:8080"]
request_headers = ["x-toy-*", "x-plain", { x-key = '^toy_', x-env = '.' }]
response_headers = [{ x-powered-by = '^Toy/' }]
request_body_keys = ["_toy"]
websocket = [{ "/op" = '^connect$', "/version" = 2 }]
""")
OTHER = parse('format = 1\n[backend]\nid = "other"\ntitle = "Other"\nhosts = ["other.example"]\nrequest_headers = ["x-other"]\n')
BACKENDS = {"toy": TOY, "other": OTHER}


def recognised(exchange, hosts=()):
    backend = Recognizer(BACKENDS, parse_hosts_option(hosts, BACKENDS)).of_exchange(exchange)
    return backend.id if backend else None


@in_one_test(
    ("url", "backend"),
    [
        ("https://toy.example/x", "toy"),
        ("http://TOY.example:8000/x", "toy"),
        ("https://toy.example./x", "toy"),
        ("https://toy.example../x", None),
        ("https://eu.toys.example/api", "toy"),
        ("https://eu.toys.example/api/x", "toy"),
        ("https://a.b.toys.example/api/x", "toy"),
        ("http://ported.example:8080/", "toy"),
        ("https://other.example/", "other"),
        ("https://eu.toys.example/apis", None),
        ("https://eu.toys.example/", None),
        ("https://toys.example/api", None),
        ("https://nottoy.example/x", None),
        ("https://toy.example.evil.example/x", None),
        ("https://sub.toy.example/x", None),
        ("https://toy-example/x", None),
        ("http://ported.example/", None),
    ],
)
def test_by_host(url, backend):
    assert recognised(make_exchange(url=url)) == backend


@in_one_test(
    ("headers", "backend"),
    [
        ({"X-Toy-Session": "1"}, "toy"),
        ({"X-TOY-": ""}, "toy"),
        ({"x-plain": ""}, "toy"),
        ({"x-other": "1"}, "other"),
        ({"x-key": "toy_1", "x-env": "dev"}, "toy"),
        ({"x-env": "dev", "x-key": "toy_1"}, "toy"),
        ({"x-key": "toy_1"}, None),
        ({"x-key": "cat_1", "x-env": "dev"}, None),
        ({"x-toy": "1"}, None),
        ({"x-plainer": "1"}, None),
        ({"x-powered-by": "Toy/1"}, None),
    ],
)
def test_by_request_headers(headers, backend):
    assert recognised(make_exchange(url="https://app.example/", headers=headers)) == backend


@in_one_test(("headers", "backend"), [({"X-Powered-By": "Toy/2"}, "toy"), ({"X-Powered-By": "Express"}, None), ({"X-Toy-Id": "1"}, None)])
def test_by_response_headers(headers, backend):
    assert recognised(make_exchange(url="https://app.example/", response_headers=headers)) == backend


@in_one_test(
    ("body", "backend"),
    [
        ({"_toy": 1}, "toy"),
        ('  {"x": "' + "y" * 200_000 + '", "_toy": 1}', "toy"),
        ({"nested": {"_toy": 1}}, None),
        ({"text": 'a "_toy" in a text'}, None),
        (["_toy"], None),
        ('"_toy"', None),
        ("_toy=1", None),
        (None, None),
        (b"", None),
    ],
    ids=["key", "key behind a large value", "nested", "in a text", "list", "string", "form", "streamed", "empty"],
)
def test_by_keys_of_the_request_body(body, backend):
    assert recognised(make_exchange(method="POST", url="https://app.example/", request_body=body)) == backend


def test_the_answer_body_alone_recognises_nothing():
    assert recognised(make_exchange(400, {"_toy": 1, "code": 101, "error": "Object not found."}, url="https://app.example/")) is None


def test_hosts_of_the_user_come_first():
    exchange = make_exchange(url="https://toy.example/x", headers={"x-toy-a": "1"})
    assert recognised(exchange, ["other=toy.example"]) == "other"
    assert recognised(exchange, ["other=toy.example/y"]) == "toy"
    assert recognised(exchange, ["other=toy.example:444"]) == "toy"


def test_hosts_come_before_headers_and_headers_before_keys():
    assert recognised(make_exchange(url="https://other.example/", headers={"x-toy-a": "1"})) == "other"
    assert recognised(make_exchange(url="https://app.example/", headers={"x-other": "1"}, method="POST", request_body={"_toy": 1})) == "other"


@in_one_test(
    ("value", "backend"),
    [
        ({"op": "connect", "version": 2}, "toy"),
        ({"op": "connect", "version": "2"}, None),
        ({"op": "connect"}, None),
        (["connect"], None),
        (None, None),
    ],
)
def test_by_message(value, backend):
    found = Recognizer(BACKENDS).by_message(value)
    assert (found.id if found else None) == backend


def test_a_message_is_recognised_by_what_the_client_said_first():
    message = make_message({"op": "error"}, "wss://app.example/")
    assert recognised(message) is None
    object.__setattr__(message, "opening", (make_body({"op": "hello"}), make_body({"op": "connect", "version": 2})))
    assert recognised(message) == "toy"


def test_a_host_is_judged_anew_for_each_port_and_path():
    recognizer = Recognizer(BACKENDS)
    assert recognizer.by_host("ported.example", 80, "/") is None
    assert recognizer.by_host("ported.example", 8080, "/") is TOY
    assert recognizer.by_host("x.toys.example", 443, "/") is None
    assert recognizer.by_host("x.toys.example", 443, "/api") is TOY


def test_remembers_a_bounded_number_of_hosts():
    recognizer = Recognizer(BACKENDS)
    for number in range(2500):
        recognizer.by_host(f"h{number}.example", 443, "/")
    assert len(recognizer._seen_hosts) <= 1000


@in_one_test(
    ("text", "host", "port", "path"),
    [
        ("localhost", "localhost", None, ""),
        ("localhost:1337/parse", "localhost", 1337, "/parse"),
        ("127.0.0.1:*/parse/", "127.0.0.1", None, "/parse"),
        ("[::1]:1337", "::1", 1337, ""),
        (" API.Example.com ", "api.example.com", None, ""),
    ],
)
def test_parse_host(text, host, port, path):
    rule = parse_host("toy", text)
    assert rule.fits(host)
    assert (rule.port, rule.path) == (port, path)


@in_one_test(
    ("text", "hint"),
    [
        ("https://a.example", "leave out the scheme"),
        ("a.example:99999", "1 to 65535"),
        ("a.example:0", "1 to 65535"),
        ("", "host[:port][/path]"),
        ("a b", "host[:port][/path]"),
        ("a.example/p?q", "host[:port][/path]"),
        (":1337", "host[:port][/path]"),
    ],
)
def test_parse_host_refuses_and_quotes(text, hint):
    with pytest.raises(ValueError, match=re.escape(hint)) as caught:
        parse_host("toy", text)
    assert repr(text) in str(caught.value)


@in_one_test(
    ("value", "hint"),
    [
        ("localhost:1337", "backend=host[:port][/path], for example"),
        ("toy=", "backend=host[:port][/path], for example"),
        ("tony=localhost", "unknown backend 'tony'; known backends: other, toy"),
        ("toy=http://localhost", "leave out the scheme"),
    ],
)
def test_the_option_refuses_and_quotes(value, hint):
    with pytest.raises(ValueError, match=re.escape(hint)) as caught:
        parse_hosts_option([value], BACKENDS)
    assert repr(value) in str(caught.value)


@in_one_test(
    ("value", "fits"),
    [
        ({"a": True, "b": 1, "c": "xyz"}, True),
        ({"a": True, "b": 1, "c": 900}, False),
        ({"a": 1, "b": 1, "c": "xyz"}, False),
        ({"a": True, "b": True, "c": "xyz"}, False),
        ({"a": True, "b": 1, "c": None}, False),
        ({"a": True, "b": 1}, False),
        ([], False),
        (None, False),
    ],
)
def test_holds_wants_every_condition_and_tells_true_from_one(value, fits):
    conditions = make_backend('websocket = [{ "/a" = true, "/b" = 1, "/c" = "^x" }]').websocket[0]
    assert holds(value, conditions) is fits


def test_holds_reads_numbers_as_text_for_patterns():
    conditions = make_backend('websocket = [{ "/code" = "^[45]..$" }]').websocket[0]
    assert holds({"code": 404}, conditions)
    assert holds({"code": 404.0}, conditions)
    assert not holds({"code": 1404}, conditions)


PROXIED = {"x-project-id": "p1", "x-environment": "dev"}
CODED = {"success": False, "error": {"code": "auth/invalid-credentials", "message": "No"}}


@in_one_test(
    ("headers", "answer", "found"),
    [
        (PROXIED, CODED, "bkend"),
        (PROXIED | {"x-environment": "production"}, CODED, None),
        ({"x-project-id": "p1"}, CODED, None),
        ({}, CODED, None),
        (PROXIED, {"error": {"code": 401, "message": "The request you have made requires authentication."}}, None),
        (PROXIED, {"items": []}, None),
    ],
    ids=["both", "another environment", "one header", "no headers", "another code", "a success"],
)
def test_behind_a_proxy_of_the_app_headers_and_answer_together_tell(backends, headers, answer, found):
    exchange = make_exchange(401, answer, method="POST", url="https://app.example/api/login", headers=headers)
    backend = Recognizer(backends).of_exchange(exchange)
    assert (backend.id if backend else None) == found


def test_a_webhook_to_an_early_server_is_known_by_all_of_path_answer_and_both_headers(backends):
    early = {"Access-Control-Allow-Methods": "GET,PUT,POST,DELETE,OPTIONS", "Access-Control-Allow-Headers": "*"}
    right = {"path": "/api/functions/paid", "headers": early, "answer": {"error": "unauthorized"}, "sent": "Basic eDp5"}
    for change, found in (
        ({}, True),
        ({"path": "/api/paid"}, False),
        ({"headers": early | {"Access-Control-Allow-Headers": "Content-Type, Authorization"}}, False),
        ({"headers": early | {"Access-Control-Allow-Methods": "GET, POST"}}, False),
        ({"answer": {"error": "Unauthorized"}}, False),
        ({"sent": "Bearer x"}, False),
    ):
        case = right | change
        url = f"https://hooks.example{case['path']}"
        exchange = make_exchange(
            403, case["answer"], method="POST", url=url, headers={"Authorization": case["sent"]}, response_headers=case["headers"]
        )
        backend = Recognizer(backends).of_exchange(exchange)
        assert (backend.id if backend else None) == ("parse" if found else None), change


def test_a_link_to_this_machine_is_known_under_its_other_names(backends):
    recognizer = Recognizer(backends)
    recognizer.of_exchange(make_exchange(200, {}, url="http://10.0.2.2:1337/parse/classes/A", headers={"X-Parse-Application-Id": "a"}))
    for host, found in (("localhost:1337", "parse"), ("192.168.1.7:1337", "parse"), ("localhost:1338", None), ("toys.example:1337", None)):
        backend = recognizer.of_exchange(make_exchange(404, {}, url=f"http://{host}/parse/files/a/x.png"))
        assert (backend.id if backend else None) == found, host


def test_behind_a_proxy_a_path_or_an_unset_key_tells_together_with_the_answer(backends):
    for path, key, found in (
        ("/api/bkend/v1/auth/me", None, "bkend"),
        ("/my-bkend-proxy/data/cats", None, "bkend"),
        ("/backend/data/cats", None, None),
        ("/api/auth/email/signin", "undefined", "bkend"),
        ("/api/data/cats", "{PUBLIC_KEY}", "bkend"),
        ("/api/data/cats", "live-0123456789", None),
        ("/api/login", "undefined", None),
    ):
        exchange = make_exchange(401, CODED, method="POST", url=f"https://app.example{path}", headers={"x-api-key": key} if key else {})
        backend = Recognizer(backends).of_exchange(exchange)
        assert (backend.id if backend else None) == found, (path, key)
        assert Recognizer(backends).of_exchange(make_exchange(401, {"error": "No"}, url=f"https://app.example{path}")) is None, path


RECORD = {"id": "abc", "collectionId": "pbc_1", "collectionName": "posts", "title": "First"}
REFUSED = {"data": {}, "message": "Failed to create record.", "status": 400}


@in_one_test(
    ("path", "status", "answer", "found"),
    [
        ("/api/collections/posts/records", 400, REFUSED, "pocketbase"),
        ("/mounted/api/collections/posts/records", 400, {"data": {}, "message": "No.", "code": 400}, "pocketbase"),
        ("/api/collections/posts/records/abc", 200, RECORD, "pocketbase"),
        ("/api/collections/posts/records", 200, {"page": 1, "perPage": 30, "totalItems": -1, "totalPages": -1, "items": []}, "pocketbase"),
        ("/api/collections/users/auth-with-password", 200, {"token": "made-up", "record": RECORD}, "pocketbase"),
        ("/api/collections/posts/records", 200, {"items": []}, None),
        ("/api/collections/posts/records", 400, {"error": "No."}, None),
        ("/api/collections/posts/records", 400, {"message": "No.", "status": "error"}, None),
        ("/api/collections/posts", 400, REFUSED, None),
        ("/api/posts", 400, REFUSED, None),
        ("/api/collections/posts/records/abc", 204, b"", None),
    ],
)
def test_pocketbase_is_known_by_path_and_form_of_its_answers(backends, path, status, answer, found):
    backend = Recognizer(backends).of_exchange(make_exchange(status, answer, url=f"https://app.example{path}"))
    assert (backend.id if backend else None) == found


def test_an_answer_that_proves_a_host_makes_its_other_paths_known(backends):
    recognizer = Recognizer(backends)

    def known(url, status=204, answer=b""):
        backend = recognizer.of_exchange(make_exchange(status, answer, url=url))
        return backend.id if backend else None

    paths = ("/api/batch", "/api/shop/order", "/api/collections/posts/records/abc", "/_/")
    assert [known(f"https://app.example{path}") for path in paths] == [None] * 4
    assert known("https://app.example/api/collections/posts/records", 400, REFUSED) == "pocketbase"
    assert [known(f"https://app.example{path}") for path in paths] == ["pocketbase"] * 4
    assert [known(url) for url in ("https://app.example/", "https://app.example/apis", "https://app.example:8443/api/batch")] == [None] * 3
    assert known("https://many.example/pb/api/collections/posts/records", 400, REFUSED) == "pocketbase"
    assert [known(f"https://many.example{path}") for path in ("/pb/api/batch", "/api/batch", "/x/api/batch")] == ["pocketbase", None, None]
    for number in range(20):
        known(f"https://many.example/{number}/api/collections/posts/records", 400, REFUSED)
    assert len(recognizer._mounts["many.example", 443]) <= 8


def test_links_and_handshakes_are_recognised_where_the_host_has_shown_its_mount_path(backends):
    recognizer = Recognizer(backends)
    key = {"x-parse-application-id": "app1"}
    socket = {"Upgrade": "websocket", "Connection": "Upgrade"}

    def found(path, headers=None, host="notes.example"):
        backend = recognizer.of_exchange(make_exchange(404, url=f"https://{host}{path}", headers=headers or {}))
        return backend.id if backend else None

    assert found("/apps/app1/verify_email") is None
    assert found("/api/classes/Note", key) == "parse"
    assert [found(path) for path in ("/api/users", "/apps/app1/verify_email", "/api/apps/app1/verify_email")] == ["parse"] * 3
    assert found("/api", socket) == "parse"
    assert [found("/users"), found("/about"), found("/api/about"), found("/live", socket), found("/api/users", host="other.example")] == [None] * 5


@in_one_test(("asked", "found"), [("x-parse-application-id,content-type", "parse"), ("content-type", None)])
def test_a_preflight_is_recognised_by_what_it_asks_for(backends, asked, found):
    headers = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": asked}
    backend = Recognizer(backends).of_exchange(make_exchange(502, method="OPTIONS", url="https://notes.example/api/x", headers=headers))
    assert (backend.id if backend else None) == found
