"""Real traffic of real servers against what each flow is expected to be: every error found, none invented, names right."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from baas_errors.catalog import load_catalogs
from baas_errors.exchange.json_reader import compact
from baas_errors.mitm.inspector import Inspector
from baas_errors.pipeline import Pipeline
from baas_errors.record import ErrorRecord
from build import as_text
from mitmproxy.http import HTTPFlow
from mitmproxy.io import FlowReader

CAPTURES = Path(__file__).parent / "captures"


class Seen(NamedTuple):
    """A flow, what it is expected to be, and what was found in it: each error with its place, as the expectations give it."""

    expected: dict[str, Any]
    flow: HTTPFlow
    found: Sequence[tuple[int | None, ErrorRecord]]

    @property
    def errors(self) -> Sequence[dict[str, Any]]:
        return self.expected["errors"]


def read(name: str) -> Iterator[Seen]:
    """The flows of a capture in their order, looked at as they passed."""
    lines = [json.loads(line) for line in (CAPTURES / f"{name}.expected.jsonl").read_text(encoding="utf-8").splitlines()]
    # With the secrets kept, what the server said can be compared word for word.
    watch = Inspector(Pipeline(load_catalogs(), keep_secrets=True))
    with open(CAPTURES / f"{name}.mitm", "rb") as file:
        flows = list(FlowReader(file).stream())
    for line, flow in zip(lines, flows, strict=True):
        assert isinstance(flow, HTTPFlow)
        looked = None if flow.websocket else watch.look(flow)
        found = list(messages(watch, flow)) if flow.websocket else [(record.index, record) for record in (looked.records if looked else ())]
        yield Seen(line, flow, found)


def messages(watch: Inspector, flow: HTTPFlow) -> Iterator[tuple[int, ErrorRecord]]:
    """The errors on a WebSocket, message by message, with the place among those that the client received."""
    assert flow.websocket
    passed, flow.websocket.messages = flow.websocket.messages, []
    place = 0
    for message in passed:
        flow.websocket.messages.append(message)
        for record in watch.records_of_message(flow, message):
            yield place, record
        place += not message.from_client


@pytest.fixture(scope="module", params=["demo", "parse-server-8", "parse-server-9"])
def capture(request: pytest.FixtureRequest) -> list[Seen]:
    return list(read(request.param))


def test_expectations_are_of_this_capture(capture: list[Seen]) -> None:
    told = [(seen.expected["method"], seen.expected["path"], seen.expected["status"]) for seen in capture]
    held = [(seen.flow.request.method, seen.flow.request.path, seen.flow.response and seen.flow.response.status_code) for seen in capture]
    assert held == told


def test_every_error_is_found_and_none_invented(capture: list[Seen]) -> None:
    wrong = {
        seen.expected["situation"]: [place for place, _ in seen.found]
        for seen in capture
        if [place for place, _ in seen.found] != [error.get("index") for error in seen.errors]
    }
    assert wrong == {}


def test_codes_and_texts_are_the_servers(capture: list[Seen]) -> None:
    wrong = [
        (seen.expected["situation"], record.code, record.message)
        for seen in capture
        for (_, record), error in zip(seen.found, seen.errors, strict=True)
        if record.code != as_text(error.get("code")) or not is_said(record.message, error, seen.flow)
    ]
    assert wrong == []


def is_said(message: str, error: dict[str, Any], flow: HTTPFlow) -> bool:
    """Whether a message is the server's: text as it is, all else as JSON; what is no JSON at all, as it stands on the page."""
    if "message" in error:
        return message == compact(error["message"]).strip()
    return flow.response is not None and message in (flow.response.text or "")


def test_names_are_right(capture: list[Seen]) -> None:
    wrong = [
        (seen.expected["situation"], record.name, error["names"])
        for seen in capture
        for (_, record), error in zip(seen.found, seen.errors, strict=True)
        if (record.name not in error["names"] if error["names"] else record.name)
    ]
    assert wrong == []


def test_successes_that_look_like_errors_are_among_them(capture: list[Seen]) -> None:
    """A capture without any success would prove nothing about what is invented."""
    assert sum(not seen.errors for seen in capture) >= 3


def test_few_remedies_are_shown(capture: list[Seen]) -> None:
    wrong = [
        (seen.expected["situation"], record.type, len(record.fix))
        for seen in capture
        for _, record in seen.found
        if not 1 <= len(record.fix) <= 7 or len(set(record.fix)) != len(record.fix)
    ]
    assert wrong == []
