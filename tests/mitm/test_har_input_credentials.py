"""HAR files from which a browser has left out the credentials: `mitmdump -nr` and `baas-errors report` tell the same of one file."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from baas_errors.diagnose.missing_credentials import LEFT_OUT
from baas_errors.mitm.inspector import Inspector
from baas_errors.pipeline import Pipeline
from baas_errors.reports.collect import collect
from mitmproxy import http
from mitmproxy.addons.readfile import ReadFile
from mitmproxy.io import FlowReader
from mitmproxy.test import taddons

CHROME, FIREFOX = "WebInspector", "Firefox"
AUTHORIZATION = ("Authorization", "Bearer undefined")


def har(creator: str, *sent: tuple[str, str]) -> str:
    """A file with one request, refused by Kinvey since it has no credentials, or bad ones."""
    answer = {"error": "InvalidCredentials", "description": "Invalid credentials.", "debug": ""}
    fields = [{"name": "Content-Type", "value": "application/json"}]
    url = "https://baas.kinvey.com/appdata/kid_x1/books"
    entry = {
        "startedDateTime": "2026-11-20T12:00:00.000Z",
        "time": 1,
        "request": {"method": "GET", "url": url, "httpVersion": "HTTP/1.1", "headers": [{"name": name, "value": value} for name, value in sent]},
        "response": {"status": 401, "httpVersion": "HTTP/1.1", "headers": fields, "content": {"text": json.dumps(answer)}},
    }
    return json.dumps({"log": {"version": "1.2", "creator": {"name": creator, "version": "1"}, "entries": [entry]}})


@pytest.fixture
def bed() -> Iterator[Any]:
    with taddons.context(ReadFile()) as context:
        yield context


@pytest.fixture
def chrome(tmp_path: Path, bed: Any) -> Path:
    """A file of Chrome's without credentials, which this mitmproxy was started to read."""
    path = tmp_path / "a.har"
    path.write_text(har(CHROME))
    bed.options.update(rfile=str(path))
    return path


def flow_in(path: Path) -> http.HTTPFlow:
    """The one flow that mitmproxy reads in a file."""
    with path.open("rb") as file:
        (flow,) = FlowReader(file).stream()
    assert isinstance(flow, http.HTTPFlow)
    return flow


def rules_of(flow: http.HTTPFlow, pipeline: Pipeline) -> list[str]:
    """The rules that said something of the one error in a flow."""
    (record,) = Inspector(pipeline).look(flow).records
    return [finding.rule for finding in record.findings]


@pytest.mark.parametrize(
    ("creator", "sent", "lacks"), [(CHROME, (), True), (FIREFOX, (), False), (CHROME, (AUTHORIZATION,), False), (CHROME, (("cookie", "a=b"),), False)]
)
def test_both_say_the_same(creator: str, sent: tuple[tuple[str, str], ...], lacks: bool, tmp_path: Path, pipeline: Pipeline, bed: Any) -> None:
    path = tmp_path / "a.har"
    path.write_text(har(creator, *sent))
    bed.options.update(rfile=str(path))
    said = rules_of(flow_in(path), pipeline)
    assert (LEFT_OUT.rule in said) == lacks
    (found,) = collect([str(path)], pipeline, [])
    assert said == [finding.rule for finding in found.record.findings]


@pytest.mark.parametrize("rfile", [None, "-", "/nowhere/a.har"])
def test_without_the_file_nothing_is_known(rfile: str | None, chrome: Path, pipeline: Pipeline, bed: Any) -> None:
    bed.options.update(rfile=rfile)
    assert LEFT_OUT.rule not in rules_of(flow_in(chrome), pipeline)


def test_a_file_that_cannot_be_opened_any_more_says_nothing(chrome: Path, pipeline: Pipeline, bed: Any) -> None:
    bed.options.update(rfile=str(chrome.parent))
    assert LEFT_OUT.rule not in rules_of(flow_in(chrome), pipeline)


def test_a_file_that_has_changed_is_looked_at_anew(chrome: Path, pipeline: Pipeline) -> None:
    for creator, lacks in ((CHROME, True), (FIREFOX, False), (CHROME, True)):
        chrome.write_text(har(creator))
        assert (LEFT_OUT.rule in rules_of(flow_in(chrome), pipeline)) == lacks


def test_a_file_that_is_opened_later_is_another(chrome: Path, tmp_path: Path, pipeline: Pipeline) -> None:
    other = tmp_path / "other.har"
    other.write_text(har(FIREFOX).replace("12:00:00.000", "12:00:00.001"))
    assert LEFT_OUT.rule not in rules_of(flow_in(other), pipeline)


def test_a_pipe_is_not_opened_again(chrome: Path, tmp_path: Path, pipeline: Pipeline, bed: Any) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    bed.options.update(rfile=str(pipe))
    said: list[str] = []
    looking = threading.Thread(target=lambda: said.extend(rules_of(flow_in(chrome), pipeline)), daemon=True)
    looking.start()
    looking.join(20)
    assert said
    assert LEFT_OUT.rule not in said


def test_what_mitmproxy_sent_itself_lacks_nothing(chrome: Path, pipeline: Pipeline) -> None:
    flow = flow_in(chrome)
    flow.is_replay = "request"
    assert LEFT_OUT.rule not in rules_of(flow, pipeline)


def test_a_header_that_was_added_by_hand_is_read(chrome: Path, pipeline: Pipeline) -> None:
    flow = flow_in(chrome)
    flow.request.headers["authorization"] = "Bearer undefined"
    assert LEFT_OUT.rule not in rules_of(flow, pipeline)


def test_flows_of_an_app_lack_nothing_whatever_file_is_read(chrome: Path, pipeline: Pipeline) -> None:
    flow = flow_in(chrome)
    flow.client_conn.peername = ("127.0.0.1", 50_123)
    assert LEFT_OUT.rule not in rules_of(flow, pipeline)
