"""A flow that is replayed or reverted: what is said is about the answer that it has now."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from errors import BackendErrors
from mitmproxy import http
from mitmproxy.test import taddons, tflow

KINVEY = {"X-Kinvey-API-Version": "6", "Authorization": "Kinvey abc"}


def answered(status: int, when: float, flow: http.HTTPFlow | None = None, **headers: str) -> http.HTTPFlow:
    """A flow, or the same one replayed, with an answer that ended at this time."""
    item = flow or tflow.tflow()
    item.request = http.Request.make("GET", "https://baas.kinvey.com/appdata/kid_x1/books/1", headers=headers or KINVEY)
    body = {"_id": "1"} if status == 200 else {"error": "EntityNotFound", "description": "This entity not found in the collection", "debug": ""}
    item.response = http.Response.make(status, json.dumps(body), {"Content-Type": "application/json"})
    item.request.timestamp_start = item.request.timestamp_end = 1_780_000_000.0 + when
    item.response.timestamp_start = item.response.timestamp_end = 1_780_000_000.1 + when
    return item


@pytest.fixture
def addon() -> Iterator[BackendErrors]:
    made = BackendErrors()
    with taddons.context() as context:
        context.master.addons.add(made)
        context.configure(made, errors_log="")
        made.context = context  # type: ignore[attr-defined]
        yield made
        made.done()


def shown(addon: BackendErrors, flow: http.HTTPFlow) -> list[str]:
    assert addon._watch
    return [record.type for record in addon._watch.records_again(flow, None)]


def test_of_two_that_were_mended_neither_has_an_error_any_more(addon: BackendErrors) -> None:
    flows = [answered(404, number) for number in range(2)]
    for flow in flows:
        addon.response(flow)
    for number, flow in enumerate(flows):
        addon.response(answered(200, 5 + number, flow))
    assert [shown(addon, flow) for flow in flows] == [[], []]


def test_one_that_is_reverted_has_its_error_again(addon: BackendErrors) -> None:
    flow = answered(404, 0)
    addon.response(flow)
    before = copy.deepcopy(flow.response)
    addon.response(answered(200, 5, flow))
    flow.response = before
    assert shown(addon, flow) == ["kinvey/EntityNotFound"]


def test_a_warning_of_ours_gives_way_to_an_error(addon: BackendErrors) -> None:
    flow = answered(200, 0, Authorization="Kinvey abc")
    addon.response(flow)
    assert flow.marked == ":warning:"
    addon.response(answered(404, 5, flow, Authorization="Kinvey abc"))
    assert flow.marked != ":warning:"
    assert flow.comment.startswith("EntityNotFound")


def test_a_refused_option_leaves_what_is_remembered(addon: BackendErrors) -> None:
    before: Any = addon._watch
    with pytest.raises(Exception, match="errors_hosts"):
        addon.context.configure(addon, errors_hosts=["foo=bar"])  # type: ignore[attr-defined]
    addon.context.configure(addon, errors_hosts=[])  # type: ignore[attr-defined]
    assert addon._watch is before


def test_what_is_found_in_full_again_is_printed_in_short(addon: BackendErrors, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(12):
        addon.response(answered(404, number))
        other = answered(200, number + 0.5)
        other.request.path += "2"
        addon.response(other)
    full = [line for line in caplog.messages if "\n" in line and "EntityNotFound" in line]
    short = [line for line in caplog.messages if "the same again" in line]
    assert len(full) <= 5
    assert len(full) + len(short) == 12
