"""Whose a flow is: what is remembered of its kind is what a look at the flow itself would say."""

from __future__ import annotations

import random

import pytest
from baas_errors.catalog import load_catalogs
from baas_errors.detect.backend import parse_hosts_option
from baas_errors.mitm.inspector import Inspector
from baas_errors.mitm.owners import LONGEST, Owners
from baas_errors.pipeline import Pipeline
from mitmproxy import http
from mitmproxy.test import tflow

CATALOGS = load_catalogs()
HOSTS = ("notes.example", "notes.example", "other.example", "baas.kinvey.com", "api.everlive.com", "mine.example", "mine.example:1337")
HEADERS = (
    ("Accept", "*/*"),
    ("User-Agent", "curl/8.0"),
    ("User-Agent", "Kinvey SDK 3.0"),
    ("Authorization", "Bearer x"),
    ("Authorization", "Kinvey abc"),
    ("authorization", "MasterKey abc"),
    ("X-API-Key", "pk_" + "0" * 64),
    ("X-API-Key", "other"),
    ("X-Parse-Application-Id", "app"),
    ("X-Everlive-Custom-Fields", "{}"),
)
ANSWERS = (
    ("Server", "nginx"),
    ("X-Kinvey-Request-Id", "1"),
    ("Access-Control-Expose-Headers", "X-Parse-Job-Status-Id"),
    ("Access-Control-Expose-Headers", "etag"),
)
BODIES = (*[b""] * 12, b"a=1", b'{"_ApplicationId":"app"}', b' {"_ApplicationId":"app"}', b'{"a":1}', b"[1]")


def make(chance: random.Random) -> http.HTTPFlow:
    flow = tflow.tflow(resp=True)
    host = chance.choice(HOSTS)
    flow.request = http.Request.make("POST", f"http://{host}{chance.choice(('/', '/parse/login', '/api/x'))}", chance.choice(BODIES))
    flow.request.headers.update(dict(chance.sample(HEADERS, chance.randint(0, 2))))
    if chance.random() < 0.5:
        flow.request.headers["Host"] = chance.choice(HOSTS)
    flow.response = http.Response.make(200, b"{}", dict(chance.sample(ANSWERS, chance.randint(0, 1))))
    if chance.random() < 0.1:
        flow.response = None
    return flow


@pytest.mark.parametrize("seed", range(20))
def test_the_owner_is_the_one_that_a_look_gives(seed: int) -> None:
    hosts = parse_hosts_option(["parse=mine.example:1337/parse", "kinvey=mine.example/api"], CATALOGS)
    watch, chance, remembered = Inspector(Pipeline(CATALOGS, hosts)), random.Random(seed), 0
    for _ in range(1_500):
        flow = make(chance)
        known = watch._owners.find(watch._owners.kind_of(flow))
        remembered += known is not False
        assert known is False or known is watch.backend_of(flow)
        watch.look(flow)
    assert remembered > 100


def test_of_a_host_with_rules_nothing_is_remembered(watch: Inspector) -> None:
    flow = tflow.tflow(resp=True)
    flow.request = http.Request.make("GET", "https://baas.kinvey.com/", headers={"Host": "baas.kinvey.com"})
    watch.look(flow)
    assert watch._owners.find(watch._owners.kind_of(flow)) is False


def test_once_a_backend_has_issued_urls_elsewhere_each_flow_is_looked_at(watch: Inspector) -> None:
    flow = tflow.tflow(resp=True)
    watch.look(flow)
    assert watch._owners.find(watch._owners.kind_of(flow)) is None
    upload = object()
    watch.pipeline.memory.issue(flow.request.host, flow.request.path, upload)  # type: ignore[arg-type]
    assert watch.pipeline.memory.has_uploads


@pytest.fixture
def watch() -> Inspector:
    return Inspector(Pipeline(CATALOGS))


def test_long_headers_are_not_kept() -> None:
    owners = Owners(lambda name: name == b"authorization")
    flow = tflow.tflow(resp=True)
    flow.request.headers["Authorization"] = "x" * (LONGEST + 1)
    owners.add(owners.kind_of(flow), None)
    assert owners.find(owners.kind_of(flow)) is False


@pytest.mark.parametrize("space", [b"", b" ", b"\n"])
def test_what_json_tells_of_one_flow_holds_for_no_other(watch: Inspector, space: bytes) -> None:
    for content, owner in ((space + b'{"_ApplicationId":"app"}', "parse"), (b"a=1", "")):
        flow = tflow.tflow(resp=True)
        flow.request = http.Request.make("POST", "https://notes.example/x", content)
        flow.request.headers["Content-Length"] = "1"
        watch.look(flow)
        found = watch._owners.find(watch._owners.kind_of(flow)) or watch.backend_of(flow)
        assert (found.id if found else "") == owner


def test_what_a_message_tells_holds_for_that_message(watch: Inspector) -> None:
    """A WebSocket's message in a HAR file is an answer with status 0; only some messages show whose protocol it is."""
    for content, found in ((b'{"op":"connected"}', 0), (b'{"op":"error","code":101,"error":"x","reconnect":true}', 1)):
        flow = tflow.tflow(resp=True)
        flow.request = http.Request.make("GET", "https://notes.example/x", headers={"Upgrade": "websocket"})
        flow.response = http.Response.make(200, content)
        flow.response.status_code = 0
        flow.response.headers.pop("content-length", None)
        assert len(watch.look(flow).records) == found
