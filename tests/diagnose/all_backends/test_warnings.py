"""Warnings: what deserves one, what does not, on answers of every kind."""

from __future__ import annotations

import base64
from typing import Any

from baas_errors.diagnose.all_backends import warnings
from baas_errors.diagnose.all_backends.warnings import CLEAR_TEXT, HIDDEN, OLD_VERSION, RETIRED, SERVER_KEY, is_private
from baas_errors.exchange import Exchange
from build import make_backend, make_exchange, make_facts, make_failure_exchange, make_message
from matrix import in_one_test

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
ORIGIN = {"Origin": "https://shop.example"}
MASTER = {"X-Parse-Master-Key": "master-key-0123"}
SECRET = {"X-API-Key": "sk_" + "00112233445566ff" * 4}
PUBLIC = {"X-API-Key": "pk_" + "00112233445566ff" * 4}
KINVEY = {"X-Kinvey-API-Version": "6"}
APP = {"Authorization": "Basic " + base64.b64encode(b"kid_Toys01:a1b2c3d4e5f6").decode(), **KINVEY}
SESSION = {"Authorization": "Kinvey sess-4f1d.0aBcDeFgHiJk", **KINVEY}
CLEAR, TOKEN = "http://api.toys.example/parse", {"X-Parse-Session-Token": "r:0"}
PARSE_URL, BKEND_URL = "https://api.toys.example/parse/classes/Post", "https://shop.example/v1/data/posts"
BOOKS = "https://baas.kinvey.com/appdata/kid_Toys01/books"
EVERLIVE = "https://stand-in.example/v1/abc/Posts"
MAY_2026 = 1_779_000_000.0


def asked(url: str, headers: dict[str, str], body: Any = b"", status: int = 200, method: str = "GET", ended: float = 0.0) -> Exchange:
    exchange = make_exchange(status, {}, method=method, url=url, headers=headers, request_body=body)
    return Exchange(exchange.id, exchange.request, exchange.response, ended or exchange.started, ended or exchange.ended)


def allows(origins: str, headers: Any = None) -> Exchange:
    """A success for a web page at https://shop.example, whose answer allows these origins."""
    headers = {"Origin": "https://shop.example", **(headers or {})}
    answered = {"Access-Control-Allow-Origin": origins} if origins else {}
    return make_exchange(200, {}, url=PARSE_URL, headers=headers, response_headers=answered)


SEC = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "cross-site"}
BODY = {"_method": "GET", "_ApplicationId": "toys", "_MasterKey": "master-key-0123"}
# What is warned of, by rule: backend, exchange, words, certainty.
BAD: list[tuple[str, str, Exchange, str, bool]] = [
    (SERVER_KEY, "parse", asked(PARSE_URL, {**MASTER, **ORIGIN}), "was sent by a web page (the x-parse-master-key header)", True),
    (SERVER_KEY, "parse", asked(PARSE_URL, {**MASTER, "User-Agent": PHONE}), "was sent by an app on a phone", True),
    (SERVER_KEY, "parse", asked(PARSE_URL, {**MASTER, "User-Agent": BROWSER}), "was sent by a browser", True),
    (SERVER_KEY, "parse", asked(PARSE_URL, {**MASTER, "User-Agent": "Parse Android SDK API Level 33"}), "by an app on a phone", True),
    (SERVER_KEY, "parse", asked(PARSE_URL, {**MASTER, "User-Agent": "okhttp/4.12.0"}), "Likely a key that belongs on servers only", False),
    (SERVER_KEY, "parse", asked(PARSE_URL, {**MASTER, "Sec-Fetch-Mode": "cors"}), "was sent by a browser", True),
    (SERVER_KEY, "parse", asked(PARSE_URL, ORIGIN, BODY, method="POST"), "by a web page (`_MasterKey` in the body)", True),
    (SERVER_KEY, "parse", asked(PARSE_URL, {**MASTER, **ORIGIN}, status=403), "was sent by a web page", True),
    (SERVER_KEY, "bkend", asked(BKEND_URL, {**SECRET, **ORIGIN}), "by a web page (the x-api-key header)", True),
    (SERVER_KEY, "bkend", asked(BKEND_URL, {**SECRET, "User-Agent": "Dalvik/2.1.0 (Linux; U; Android 14)"}), "by an app on a phone", True),
    (SERVER_KEY, "backend-services", asked(EVERLIVE, {"Authorization": "MasterKey abcdef", **ORIGIN}), "the authorization header", True),
    (SERVER_KEY, "kinvey", asked(BOOKS, {**APP, **ORIGIN}), "With the app's public secret this request would have been refused", False),
    (CLEAR_TEXT, "parse", asked(f"{CLEAR}/users/me", TOKEN), "(the x-parse-session-token header)", True),
    (CLEAR_TEXT, "parse", asked("http://8.8.8.8/parse/login", {}, {"password": "b"}, method="POST"), "(`password` in the body)", True),
    (CLEAR_TEXT, "kinvey", asked("http://baas.kinvey.com/appdata/kid_Toys01/books", SESSION), "were sent to `baas.kinvey.com` over plain http", True),
    (CLEAR_TEXT, "bkend", asked("http://shop.example/v1/auth/me", {"Cookie": "a=1; accessToken=x"}), "(the cookie `accessToken`)", True),
    (CLEAR_TEXT, "backend-services", asked("http://stand-in.example/v1/abc/Posts?access_token=x", {}), "(`access_token` in the URL)", True),
    (OLD_VERSION, "kinvey", asked(BOOKS, {"Authorization": "Kinvey x"}), "names no version of the API (no X-Kinvey-API-Version header)", True),
    (OLD_VERSION, "kinvey", asked(BOOKS, {"X-Kinvey-API-Version": "0"}), "the versions known are 1 to 6", True),
    (OLD_VERSION, "kinvey", asked(BOOKS, {"X-Kinvey-API-Version": "0"}, status=404), "asks for version 0", True),
    (HIDDEN, "parse", allows("https://www.toys.example", SEC), "The answer names `https://www.toys.example` as Access", True),
    (HIDDEN, "parse", allows("https://www.toys.example"), "Likely: the answer names `https://www.toys.example`", False),
    (HIDDEN, "parse", allows("*, https://shop.example", SEC), "has several values of Access-Control-Allow-Origin", True),
    (HIDDEN, "kinvey", allows("", SEC), "has no Access-Control-Allow-Origin, so the browser hides it", True),
    (RETIRED, "parse", asked("https://api.parse.com/1/classes/Post", {}), "2017: unless it still runs, what answered is likely", False),
    (RETIRED, "backend-services", asked("https://api.everlive.com/v1/abc/Posts", {}, status=404), "switched off in May 2018", False),
    (RETIRED, "bkend", asked("https://api-client.bkend.ai/v1/data/posts", PUBLIC, ended=MAY_2026), "switched off on 15 May 2026", False),
    (RETIRED, "parse", make_failure_exchange("peer closed connection", "https://api.parse.com/1/classes/Post"), "retries will not help", True),
]  # fmt: skip
GOOD: list[tuple[str, str, Exchange]] = [
    ("a master key from a server", "parse", asked(PARSE_URL, {**MASTER, "User-Agent": "python-requests/2.32"})),
    ("a master key from Parse Dashboard", "parse", asked(PARSE_URL, {**MASTER, "Origin": "http://10.0.0.9:4040"})),
    (
        "a master key from Parse Dashboard on another port",
        "parse",
        asked(PARSE_URL, {**ORIGIN, "Referer": "https://admin.toys.example/apps/Toys/browser/Post"}, BODY, method="POST"),
    ),
    ("a master key in the body from Node", "parse", asked(PARSE_URL, {"User-Agent": "node"}, BODY, method="POST")),
    ("a client key from a phone", "parse", asked(PARSE_URL, {"X-Parse-Client-Key": "c", "User-Agent": PHONE})),
    ("a body that talks of a master key", "parse", asked(PARSE_URL, ORIGIN, {"title": "_MasterKey"}, method="POST")),
    ("a body that is no JSON", "parse", asked(PARSE_URL, ORIGIN, b"\x89PNG", method="POST")),
    ("a public key from a browser", "bkend", asked(BKEND_URL, {**PUBLIC, **ORIGIN})),
    ("a user's token from a browser", "backend-services", asked(EVERLIVE, {"Authorization": "Bearer x", **ORIGIN})),
    ("the app secret at sign-up", "kinvey", asked("https://baas.kinvey.com/user/kid_Toys01", {**APP, **ORIGIN}, {}, 201, "POST")),
    ("the app secret at login", "kinvey", asked("https://baas.kinvey.com/user/kid_Toys01/login", {**APP, **ORIGIN}, {}, 200, "POST")),
    ("the app secret, refused", "kinvey", asked(BOOKS, {**APP, **ORIGIN}, status=401)),
    ("a session from a browser", "kinvey", asked(BOOKS, {**SESSION, **ORIGIN})),
    ("credentials to this machine", "parse", asked("http://localhost:1337/parse/users/me", {"X-Parse-Session-Token": "r:0"})),
    ("credentials from an emulator to its host", "parse", asked("http://10.0.2.2:1337/parse/users/me", {"X-Parse-Session-Token": "r:0"})),
    ("credentials behind a gateway that ends TLS", "parse", asked("http://api.toys.example/parse", {**MASTER, "X-Forwarded-Proto": "https"})),
    ("nothing secret over http", "parse", asked("http://api.toys.example/parse/config", {"X-Parse-Application-Id": "toys"})),
    ("the current version", "kinvey", asked(BOOKS, SESSION)),
    ("the version of the last native SDKs", "kinvey", asked(BOOKS, {"X-Kinvey-API-Version": "5"})),
    ("a version that is no number", "kinvey", asked(BOOKS, {"X-Kinvey-API-Version": "six"})),
    ("a preflight", "kinvey", asked(BOOKS, ORIGIN, method="OPTIONS")),
    ("a login without a version", "kinvey", asked("https://auth.kinvey.com/oauth/token", {}, method="POST")),
    ("a self-hosted server", "parse", asked(PARSE_URL, {})),
    ("a recording from before the end", "bkend", asked("https://api-client.bkend.ai/v1/data/posts", PUBLIC, ended=MAY_2026 - 10_000_000)),
    ("a failure elsewhere", "parse", make_failure_exchange("connection refused", PARSE_URL)),
    ("a failure that sent nothing", "kinvey", make_failure_exchange("connection refused", "http://baas.kinvey.com/appdata/kid_Toys01/books")),
    ("an answer for any page", "parse", allows("*", SEC)),
    ("an answer for this page", "parse", allows("https://shop.example", SEC)),
    ("an answer that allows no page, to who may be none", "parse", allows("")),
    ("a page of the same origin, behind a proxy of its own", "parse", allows("", {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"})),
    ("an image, which any page may show", "parse", allows("", {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Site": "cross-site"})),
    ("a message of a WebSocket", "parse", make_message({"op": "error"}, "wss://api.toys.example/parse")),
]  # fmt: skip


def warned(pipeline: Any, backend: str, exchange: Exchange) -> tuple[Any, ...]:
    return pipeline.warnings(make_facts(exchange, pipeline.backends[backend]))


@in_one_test(("rule", "backend", "exchange", "says", "certain"), BAD, ids=lambda value: value if isinstance(value, str) else "")
def test_warns(pipeline, rule, backend, exchange, says, certain):
    found = [w for w in warned(pipeline, backend, exchange) if w.rule == rule]
    assert len(found) == 1
    assert says in found[0].says
    assert found[0].certain is certain
    assert certain or "likely" in found[0].says.lower()


@in_one_test(("backend", "exchange"), [row[1:] for row in GOOD], ids=[row[0] for row in GOOD])
def test_is_silent_about(pipeline, backend, exchange):
    assert warned(pipeline, backend, exchange) == ()


@in_one_test(("backend", "exchange"), [(row[1], row[2]) for row in BAD], ids=[row[3] for row in BAD])
def test_no_warning_shows_a_key(pipeline, backend, exchange):
    shown = " ".join(f"{w.says} {w.evidence}" for w in warned(pipeline, backend, exchange))
    assert not any(key in shown for key in ("master-key-0123", "00112233", "sess-4f1d", "a1b2c3d4", "abcdef"))


def test_every_kind_of_warning_has_a_row():
    assert {row[0] for row in BAD} == {SERVER_KEY, CLEAR_TEXT, OLD_VERSION, RETIRED, HIDDEN}


def test_errors_have_their_warnings_after_the_causes(pipeline):
    exchange = make_exchange(
        400, {"error": "MissingQuery", "description": "x", "debug": ""}, method="DELETE", url=BOOKS, headers={"Authorization": "Kinvey x"}
    )
    found = pipeline.records(exchange, pipeline.backends["kinvey"])[0].findings
    assert [f.rule for f in found] == ["no-query", OLD_VERSION]


def test_a_cause_that_names_the_header_is_enough(pipeline):
    exchange = make_exchange(
        400, {"error": "MissingRequestHeader", "description": "x", "debug": ""}, url=BOOKS, headers={"Authorization": "Kinvey x"}
    )
    found = pipeline.records(exchange, pipeline.backends["kinvey"])[0].findings
    assert [f.rule for f in found] == ["header-missing"]


@in_one_test("failure", ["connection refused", "peer closed connection"])
def test_a_connection_that_failed_is_told_of_the_host_that_is_gone_once(pipeline, failure):
    exchange = make_failure_exchange(failure, "https://api.everlive.com/v1/abc/Posts")
    found = pipeline.records(exchange, pipeline.backends["backend-services"])[0].findings
    assert [f.says.count("was announced to be switched off in May 2018") for f in found if "switched off" in f.says] == [1]


@in_one_test(
    "host",
    ["localhost", "127.0.0.1", "127.9.9.9", "10.0.2.2", "192.168.1.20", "172.16.0.5", "169.254.1.1", "::1", "[::1]", "fd00::1", "parse", "mac.local",
     "Mac.LOCAL", "api.localhost", "host.docker.internal", "nas.home.arpa"],
)  # fmt: skip
def test_private(host):
    assert is_private(host)


@in_one_test("host", ["baas.kinvey.com", "8.8.8.8", "172.32.0.1", "api.toys.example", "2606:4700::1", "local.example.com", "10.0.2.2.example.com"])
def test_public(host):
    assert not is_private(host)


def test_a_backend_without_hygiene_has_only_the_check_for_all(pipeline):
    exchange = make_exchange(200, {}, url="http://toy.example/things/1", headers={"Authorization": "Bearer x"})
    found = warnings.warnings(exchange, make_backend(), pipeline.redactor.session())
    assert [w.rule for w in found] == [CLEAR_TEXT]
