"""Documented answers of bkend, Backend Services and Kinvey, over real sockets through a regular proxy: every way of framing and encoding them."""

from __future__ import annotations

import json
import ssl
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from processes import free_port
from proxy import Proxy, mitmdump
from replay.cases import ENCODINGS, REPLAYED, VENDOR_HEADERS, Case, cases
from replay.client import PlainClient, ask_by_http2, tunnel
from replay.server import Stub, serve

HERE = Path(__file__).resolve().parent
CASES = {backend: cases(backend) for backend in REPLAYED}
BY_ID = {case.id: case for group in CASES.values() for case in group}
OWN_HOST = "notes.example.org"
# Where nothing told the backend before.
NOBODYS_HOST = "shop.example.org"

# Content-Length with every encoding; then the other ways to frame a body.
FRAMINGS = [("length", encoding) for encoding in ENCODINGS]
FRAMINGS += [("chunked", "plain"), ("chunked", "gzip"), ("chunked", "brotli"), ("close", "plain"), ("close", "zstd")]


@dataclass(slots=True)
class Bench:
    """The stub behind the proxy, and the records by call."""

    stub: Stub
    proxy: Proxy
    calls_log: Path
    call_of: dict[str, str] = field(default_factory=dict)
    read: int = 0

    def new_records(self) -> dict[str, list[dict[str, Any]]]:
        """The records written since this was asked last."""
        records = self.proxy.new_records()
        with open(self.calls_log, encoding="utf-8") as log:
            log.seek(self.read)
            self.call_of |= {flow: call for call, flow in map(json.loads, log.read().splitlines())}
            self.read = log.tell()
        by_call = defaultdict(list)
        for record in records:
            by_call[self.call_of.get(record.get("mitmproxy.flow_id", ""), "")].append(record)
        return by_call


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("replay")
    calls_log = folder / "calls.jsonl"
    calls_log.touch()
    with serve(BY_ID, folder) as stub:
        options = (
            f"calls_log={calls_log}",
            f"plain_port={stub.plain_port}",
            f"tls_port={stub.tls_port}",
            f"closed_port={free_port()}",
            # The stub's certificate is its own.
            "ssl_insecure=true",
        )
        with mitmdump("regular", *options, scripts=(HERE / "note_calls.py", HERE / "replay" / "lead_here.py")) as proxy:
            yield Bench(stub, proxy, calls_log)


@pytest.fixture
def client(bench: Bench) -> Iterator[PlainClient]:
    plain = PlainClient(bench.proxy.port)
    yield plain
    plain.close()


@pytest.mark.parametrize(("framing", "encoding"), FRAMINGS)
@pytest.mark.parametrize("backend", REPLAYED)
def test_every_entry_over_http_1(bench: Bench, client: PlainClient, backend: str, framing: str, encoding: str):
    wrong = []
    for case in CASES[backend]:
        call = f"{framing}/{encoding}/{case.id}"
        answer = client.ask(case, call)
        # What the app gets is what the server sent.
        sent = (case.status, bench.stub.answer(call)[3])
        wrong += [] if answer == sent else [f"{case.id}: the client got {answer!r}, not {sent!r}"]
        wrong += case.wrong(bench.new_records()[call])
    assert wrong == []


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("backend", REPLAYED)
def test_every_entry_over_http_2(bench: Bench, backend: str, encoding: str):
    calls = {f"http2/{encoding}/{case.id}": case for case in CASES[backend]}
    by_host = defaultdict(list)
    for call, case in calls.items():
        by_host[case.host].append((case, call))
    spoken = bench.stub.spoken.get("HTTP/2", 0)
    answers = {}
    for host, asked in by_host.items():
        answers |= ask_by_http2(bench.proxy.port, bench.proxy.authority, host, asked)
    records = bench.new_records()
    assert answers == {call: (case.status, bench.stub.answer(call)[3]) for call, case in calls.items()}
    assert [line for call, case in calls.items() for line in case.wrong(records[call])] == []
    # On both sides of the proxy.
    assert bench.stub.spoken["HTTP/2"] - spoken == len(calls)


@pytest.mark.parametrize("backend", REPLAYED)
def test_a_host_of_the_apps_own_is_known_by_the_vendors_headers(bench: Bench, client: PlainClient, backend: str):
    wrong = []
    for case in CASES[backend]:
        call = f"length/plain/{case.id}"
        client.ask(case, call, host=OWN_HOST, more=VENDOR_HEADERS[backend])
        records = [record | {"server.address": case.host} for record in bench.new_records()[call] if record["server.address"] == OWN_HOST]
        wrong += case.wrong(records)
    assert wrong == []


@pytest.mark.parametrize("backend", REPLAYED)
def test_a_host_of_nobodys_is_passed_by(bench: Bench, client: PlainClient, backend: str):
    calls = [f"length/plain/{case.id}" for case in CASES[backend] if not case.match.header]
    for call, case in zip(calls, (case for case in CASES[backend] if not case.match.header), strict=True):
        client.ask(case, call, host=NOBODYS_HOST)
    assert dict(bench.new_records()) == {}


@pytest.mark.parametrize("backend", REPLAYED)
def test_the_answer_to_head_has_a_status_and_no_code(bench: Bench, client: PlainClient, backend: str):
    wrong = []
    for case in CASES[backend]:
        # A redirect tells its error in a header.
        if case.location:
            continue
        call = f"length/gzip/{case.id}"
        answer = client.ask(case, call, method="HEAD")
        seen = [(record["error.type"], "error.code" in record) for record in bench.new_records()[call]]
        expected = [(f"{backend}/http-{case.status}", False)] if case.status >= 400 else []
        wrong += [] if (answer, seen) == ((case.status, b""), expected) else [f"{case.id}: {answer}, {seen}"]
    assert wrong == []


def first(backend: str) -> Case:
    """Some entry of a backend, answered with an error status."""
    return next(case for case in CASES[backend] if case.status >= 400)


@pytest.mark.parametrize("backend", REPLAYED)
def test_an_answer_that_breaks_off_is_a_failed_connection(bench: Bench, client: PlainClient, backend: str):
    case = first(backend)
    call = f"cut/plain/{case.id}"
    status, _ = client.ask(case, call)
    (record,) = bench.new_records()[call]
    assert (status, record["error.type"]) == (502, f"{backend}/connection-failed")


@pytest.mark.parametrize("name", ["refused", "unknown"])
def test_a_host_that_cannot_be_reached_is_a_failed_connection(bench: Bench, client: PlainClient, name: str):
    case = first("kinvey")
    call = f"length/plain/{case.id}"
    status, _ = client.ask(case, call, host=f"{name}-baas.kinvey.com")
    (record,) = bench.new_records()[call]
    assert (status, record["error.type"], record["server.address"]) == (502, "kinvey/connection-failed", f"{name}-baas.kinvey.com")


@pytest.mark.parametrize("backend", REPLAYED)
def test_an_app_that_does_not_trust_the_proxy_is_reported(bench: Bench, backend: str):
    case = first(backend)
    with pytest.raises(ssl.SSLCertVerificationError):
        tunnel(bench.proxy.port, case.host, None, ["h2"])
    # No answer waits for this record: the client has left.
    deadline = time.monotonic() + 10
    while not (records := bench.new_records()[""]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [(record["error.type"], record["server.address"]) for record in records] == [(f"{backend}/tls-failed", case.host)]


def test_every_code_is_replayed():
    counts = {backend: len({case.entry.code for case in CASES[backend]}) for backend in REPLAYED}
    assert counts["bkend"] >= 110
    assert counts["backend-services"] >= 60
    assert counts["kinvey"] >= 65
