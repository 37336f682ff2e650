"""Tools that people record with, before a real Parse Server: every planted error is found in what each of them writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from baas_errors.pipeline import Pipeline
from baas_errors.reports.collect import collect
from needs import need
from other_tools.recorders import TOOLS
from parse_server import harness
from planted import planted


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a Parse Server whose clients may make classes."""
    need("node", "npm", "postgresql")
    with harness.postgres() as uri, harness.parse_server(9, uri, {"allowClientClassCreation": True}) as server:
        yield server.port


# What mitmproxy writes is read on each; of the others each version writes the same.
@pytest.mark.parametrize("tool", [tool if tool == "mitmproxy" else pytest.param(tool, marks=pytest.mark.once) for tool in TOOLS])
def test_every_planted_error_is_found(tool: str, port: int, pipeline: Pipeline, tmp_path: Path) -> None:
    name, record, needs = TOOLS[tool]
    need(*needs)
    record(port, tmp_path / name)
    skips: list[object] = []
    found = collect([str(tmp_path / name)], pipeline, skips)  # type: ignore[arg-type]
    # A browser asks for the page's icon by itself, with the headers that it was told to send, and Parse Server has none.
    assert sorted(one.record.type for one in found if one.record.url_template != "/favicon.ico") == sorted(planted(tool))
    assert skips == []
