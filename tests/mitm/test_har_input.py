"""What a HAR file says of requests without an answer: `mitmdump -nr` and `baas-errors check` tell the same of one file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from baas_errors.cli import main
from baas_errors.mitm.inspector import Inspector
from baas_errors.pipeline import Pipeline
from mitmproxy import http
from mitmproxy.addons.readfile import ReadFile
from mitmproxy.io import FlowReader
from mitmproxy.test import taddons


def entry(number: int, **response: Any) -> dict[str, Any]:
    """One of Chrome's entries with status 0."""
    answer = {
        "status": 0,
        "statusText": "",
        "httpVersion": "",
        "headers": [],
        "cookies": [],
        "content": {"size": 0},
        "redirectURL": "",
        "bodySize": 0,
    }
    return {
        "startedDateTime": f"2026-01-01T10:00:{number:02d}.250Z",
        "time": 12.5,
        "request": {"method": "GET", "url": f"https://baas.kinvey.com/appdata/kid_x/b{number}", "httpVersion": "HTTP/1.1", "headers": []},
        "response": answer | response,
    }


@pytest.fixture
def bed() -> Iterator[Any]:
    with taddons.context(ReadFile()) as context:
        yield context


def types_of(path: Path, pipeline: Pipeline) -> list[str]:
    """The errors that the addon finds in a file that mitmproxy reads."""
    watch = Inspector(pipeline)
    with path.open("rb") as file:
        flows = [flow for flow in FlowReader(file).stream() if isinstance(flow, http.HTTPFlow)]
    return [record.type for flow in flows if (looked := watch.look(flow)) for record in looked.records]


CASES = [
    ({"_error": "net::ERR_CONNECTION_REFUSED"}, ["kinvey/connection-failed"]),
    ({"_error": "net::ERR_TIMED_OUT"}, ["kinvey/timeout"]),
    ({"_error": "net::ERR_CERT_DATE_INVALID"}, ["kinvey/tls-failed"]),
    ({"_error": "net::ERR_ABORTED"}, []),
    ({"_error": "NS_BINDING_ABORTED"}, []),
    ({"_error": ""}, []),
    ({"_error": None}, []),
    ({}, ["kinvey/connection-failed"]),
]


@pytest.mark.parametrize(("response", "expected"), CASES, ids=[str(response.get("_error", "no word")) or "empty" for response, _ in CASES])
def test_both_say_the_same(
    tmp_path: Path, pipeline: Pipeline, bed: Any, capsys: pytest.CaptureFixture[str], response: dict[str, Any], expected: list[str]
) -> None:
    path = tmp_path / "a.har"
    path.write_text(json.dumps({"log": {"entries": [entry(1, **response), entry(2, status=404)]}}))
    bed.options.update(rfile=str(path))
    assert types_of(path, pipeline) == [*expected, "kinvey/http-404"]
    assert main(["check", str(path)]) == 1
    shown = capsys.readouterr().out
    assert [kind for kind in ("connection-failed", "timeout", "tls-failed") if f"kinvey/{kind}" in shown] == [
        one.partition("/")[2] for one in expected
    ]


@pytest.mark.parametrize("creator", ["HTTP Toolkit", "Insomnia"])
def test_both_pass_over_what_a_tool_had_not_sent_or_still_waits_for(
    tmp_path: Path, pipeline: Pipeline, bed: Any, capsys: pytest.CaptureFixture[str], creator: str
) -> None:
    path = tmp_path / "a.har"
    path.write_text(json.dumps({"log": {"creator": {"name": creator}, "entries": [entry(1), entry(2, status=404)]}}))
    bed.options.update(rfile=str(path))
    assert types_of(path, pipeline) == ["kinvey/http-404"]
    assert main(["check", str(path)]) == 1
    assert "connection-failed" not in capsys.readouterr().out


@pytest.mark.parametrize("rfile", [None, "-", "/nowhere/a.har"])
def test_without_the_file_only_the_status_is_known(tmp_path: Path, pipeline: Pipeline, bed: Any, rfile: str | None) -> None:
    path = tmp_path / "a.har"
    path.write_text(json.dumps({"log": {"entries": [entry(1, _error="")]}}))
    bed.options.update(rfile=rfile)
    assert types_of(path, pipeline) == ["kinvey/connection-failed"]


def test_a_file_that_has_changed_is_looked_up_anew(tmp_path: Path, pipeline: Pipeline, bed: Any) -> None:
    path = tmp_path / "a.har"
    bed.options.update(rfile=str(path))
    for error, expected in (("net::ERR_FAILED", ["kinvey/connection-failed"]), ("net::ERR_ABORTED", [])):
        path.write_text(json.dumps({"log": {"entries": [entry(1, _error=error)]}}))
        assert types_of(path, pipeline) == expected
