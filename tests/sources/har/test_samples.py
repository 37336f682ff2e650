"""What is found in the HAR files of many tools, with the oddities of each; and that mitmproxy finds the same in what is written of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from baas_errors.cli import main
from baas_errors.pipeline import Pipeline
from baas_errors.reports.collect import collect
from baas_errors.sources.har.entry import exchanges
from baas_errors.sources.skipped import Skip
from errors import BackendErrors
from matrix import in_one_test
from mitmproxy import http
from mitmproxy.io import FlowReader
from mitmproxy.test import taddons

ROOT = Path(__file__).resolve().parents[3]
HAR = ROOT / "tests" / "captures" / "har"
FOUND = {
    "chrome-sanitized": [("kinvey/InvalidCredentials", "1e1d0c6f3a2e4b5c8d7e9f0a1b2c3d4e")],
    "insomnia": [("parse/FunctionNotFound", "")],
    "playwright": [
        ("kinvey/EntityNotFound", "7b1d0c6f3a2e4b5c8d7e9f0a1b2c3d4e"),
        ("kinvey/connection-failed", ""),
        ("kinvey/http-500", "8c1d0c6f3a2e4b5c8d7e9f0a1b2c3d4e"),
    ],
    "safari": [("kinvey/EntityNotFound", "9d1d0c6f3a2e4b5c8d7e9f0a1b2c3d4e")],
}


NONE = "no answer: still waiting, never sent, or ended by the app or the user"
UNANSWERED = {"insomnia": [f"1 request has {NONE}"], "playwright": [f"1 request has {NONE}"]}


@in_one_test("name", FOUND)
def test_the_errors_of_a_file(name: str, pipeline: Pipeline) -> None:
    skips: list[Skip] = []
    found = collect([str(HAR / f"{name}.har")], pipeline, skips)
    assert [(item.record.type, item.record.request_id) for item in found] == FOUND[name]
    assert [str(skip).partition(".har: ")[2] for skip in skips] == UNANSWERED.get(name, [])
    assert not any(skip.damage for skip in skips)


def test_a_failure_is_told_in_playwrights_words(pipeline: Pipeline) -> None:
    (failed,) = [item.record for item in collect([str(HAR / "playwright.har")], pipeline, []) if item.record.type == "kinvey/connection-failed"]
    assert failed.message == "net::ERR_NAME_NOT_RESOLVED (name not resolved)"


def test_a_body_that_stands_elsewhere_is_told_as_not_kept(pipeline: Pipeline) -> None:
    (bare,) = [item.record for item in collect([str(HAR / "playwright.har")], pipeline, []) if item.record.type == "kinvey/http-500"]
    assert "body-not-kept" in [finding.rule for finding in bare.findings]


@in_one_test(
    ("headers", "cookies", "cookie"),
    [
        ([], [{"name": "sid", "value": "made-up-cookie"}, {"name": "lang", "value": "de"}], "sid=made-up-cookie; lang=de"),
        ([{"name": "Cookie", "value": "sid=as-sent"}], [{"name": "sid", "value": "made-up-cookie"}], "sid=as-sent"),
        ([], [], ""),
        ([], None, ""),
        ([], [None, 7, {"name": 3, "value": "x"}, {"name": "a"}, {"value": "b"}], ""),
    ],
)
def test_cookies_that_stand_in_a_list_of_their_own_only(headers: object, cookies: object, cookie: str) -> None:
    sent = {"method": "GET", "url": "https://baas.kinvey.com/appdata/kid_x1/books", "headers": headers, "cookies": cookies}
    (exchange,) = exchanges({"request": sent, "response": {"status": 404}}, Counter())
    assert exchange.request.headers.get("cookie") == cookie


def test_an_echo_of_such_a_cookie_is_redacted(pipeline: Pipeline, tmp_path: Path) -> None:
    sent = {"method": "GET", "url": "https://baas.kinvey.com/appdata/kid_x1/books", "cookies": [{"name": "sid", "value": "madeUpCookie0123456789"}]}
    body = json.dumps({"error": "EntityNotFound", "description": "nothing for madeUpCookie0123456789", "debug": ""})
    entry = {"request": sent, "response": {"status": 404, "content": {"text": body}}}
    (tmp_path / "run.har").write_text(json.dumps({"log": {"entries": [entry]}}))
    (found,) = collect([str(tmp_path / "run.har")], pipeline, [])
    assert "madeUpCookie0123456789" not in found.record.to_json()


def test_every_sample_is_described() -> None:
    described = (HAR / "README.md").read_text("utf-8")
    assert [path.name for path in HAR.iterdir() if f"`{path.name}`" not in described and path.name != "README.md"] == []


SOURCES = sorted([*HAR.glob("*.har"), *HAR.parent.glob("*.mitm")])


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES, ids=[path.name for path in SOURCES])
def test_mitmproxy_reads_what_is_written_of_a_file_with_the_same_errors(source: Path, tmp_path: Path) -> None:
    written, log, wanted = tmp_path / "errors.har", tmp_path / "errors.jsonl", tmp_path / "wanted.jsonl"
    assert main(["report", str(source), "-o", str(written)]) == 0
    assert main(["report", str(source), "-o", str(wanted)]) == 0
    addon = BackendErrors()
    with taddons.context(addon) as context, written.open("rb") as file:
        context.configure(addon, errors_log=str(log))
        for flow in FlowReader(file).stream():
            assert isinstance(flow, http.HTTPFlow)
            addon.response(flow)
        addon.done()
    assert kinds(wanted)
    assert sorted(kinds(log), key=str) == sorted(kinds(wanted), key=str)


def kinds(path: Path) -> list[tuple[object, ...]]:
    """Type, code, address and request id of each error in a log."""
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    # Of an address that begins with wss: mitmproxy reads port 80 out of a HAR file.
    addresses = [re.sub(r"^(wss://[^/:]+):80/", r"\1/", record["url.full"]) for record in records]
    # Pseudonyms are others in each run.
    addresses = [re.sub(r"#[0-9a-f]{6}>", "#>", address) for address in addresses]
    return [
        (address, *(record.get(key) for key in ("error.type", "error.code", "http.request.id")))
        for address, record in zip(addresses, records, strict=True)
    ]
