"""Whole HAR files: one bad entry, or a damaged file, does not lose the rest."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from baas_errors.exchange import Exchange
from baas_errors.record import ErrorRecord
from baas_errors.sources.har.file import read as read_har
from baas_errors.sources.skipped import Recorded, Skip, Skips, SourceError
from baas_errors.sources.source import Source
from build import make_error_record
from matrix import in_one_test


def entry(path: str = "/1", **more: Any) -> dict[str, Any]:
    return {
        "startedDateTime": "2026-11-20T12:00:00Z",
        "time": 1,
        "request": {"method": "GET", "url": f"https://parse.example.org{path}", "headers": []},
        "response": {"status": 404, "headers": [], "content": {"text": '{"code":101,"error":"Object not found."}'}},
        **more,
    }


def har(*entries: Any) -> str:
    return json.dumps({"log": {"version": "1.2", "entries": list(entries)}})


def read(text: str | bytes) -> tuple[list[Any], list[Skip]]:
    skips: list[Skip] = []
    data = text.encode() if isinstance(text, str) else text
    return list(read_har(Source(io.BytesIO(data), Skips("run.har", skips)))), skips


def paths(items: list[Any]) -> list[str]:
    return [item.request.path for item in items]


def test_entries_are_read_in_their_order() -> None:
    items, skips = read(har(entry("/1"), entry("/2")))
    assert paths(items) == ["/1", "/2"]
    assert skips == []


@in_one_test("bad", [None, 7, "text", [], {}, {"request": {}}, {"request": {"method": "GET", "url": "nowhere"}}])
def test_a_bad_entry_is_left_out_and_said(bad: Any) -> None:
    items, skips = read(har(entry("/1"), bad, entry("/3")))
    assert paths(items) == ["/1", "/3"]
    assert [(skip.file, skip.kind, skip.number) for skip in skips] == [("run.har", "entry", 2)]
    assert skips[0].reason


def test_an_oddity_that_nobody_thought_of_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baas_errors.sources.har.file.exchanges", lambda *_: 1 / 0)
    items, skips = read(har(entry()))
    assert items == []
    assert str(skips[0]) == "run.har, entry 1: cannot be read (ZeroDivisionError)"


@in_one_test("text", ['{"log":{}}', '{"log":[]}', '{"log":{"entries":{}}}', '{"log":{"entries":null}}', "[]", "{}", '{"log":{"pages":['])
def test_a_file_without_entries_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match=r"^run\.har: looks like a HAR file, but"):
        read(text)


def test_an_empty_list_of_entries_is_none_of_our_business() -> None:
    assert read(har()) == ([], [])


@in_one_test(
    "text",
    [
        "\ufeff" + har(entry("/1")),
        har(entry("/1")) + "\n\n",
        har(entry("/1")) + " trailing rubbish",
        har(entry("/1", time=float("nan"))),
        har(entry("/1")).replace('"time": 1', f'"time": {"9" * 5000}'),
        har(entry("/1", comment="a raw\ttab")).replace("\\t", "\t"),
        '{"log":{"entries":[' + json.dumps(entry("/1")) + '],"creator":{"name":"Fiddler"},"version":"1.1"}}',
    ],
)
def test_what_json_forbids_and_tools_write(text: str) -> None:
    items, skips = read(text)
    assert paths(items) == ["/1"]
    assert skips == []


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    items, _ = read(har(entry("/1", comment="X")).encode().replace(b'"X"', b'"\xff"'))
    assert paths(items) == ["/1"]


class TestDamage:
    TEXT = har(entry("/1"), entry("/2"), entry("/3"))

    def test_a_file_that_breaks_off_inside_an_entry(self) -> None:
        items, skips = read(self.TEXT[: self.TEXT.index("/3") + 20])
        assert paths(items) == ["/1", "/2"]
        assert str(skips[0]) == "run.har, entry 3: is incomplete: the file was cut off, or is damaged from here on"

    def test_a_file_that_breaks_off_between_entries(self) -> None:
        items, skips = read(self.TEXT[: self.TEXT.index("/3")].rpartition("{")[0].rpartition("{")[0])
        assert paths(items) == ["/1", "/2"]
        assert str(skips[0]) == "run.har: the file is cut off; entries may be missing at its end"

    def test_an_entry_that_is_no_json_is_passed_over(self) -> None:
        items, skips = read(self.TEXT.replace('"https://parse.example.org/2"', "https://parse.example.org/2"))
        assert paths(items) == ["/1", "/3"]
        assert [skip.number for skip in skips] == [2]
        assert skips[0].reason.startswith("is not valid JSON (")

    def test_brackets_in_strings_do_not_count(self) -> None:
        items, skips = read(har(entry("/1"), entry("/2", comment='}] \\" {'), entry("/3")).replace('"time": 1', '"time": 0x1', 2))
        assert paths(items) == ["/3"]
        assert [skip.number for skip in skips] == [1, 2]

    def test_what_stands_after_the_entries_does_not_matter(self) -> None:
        items, skips = read(self.TEXT[:-2] + ', "pages": [{]}}')
        assert paths(items) == ["/1", "/2", "/3"]
        assert skips == []

    def test_an_entry_that_is_nested_without_end_is_passed_over(self) -> None:
        deep = "[" * 100_000 + "]" * 100_000
        items, skips = read(har(entry("/1"), entry("/2", comment="DEEP"), entry("/3")).replace('"DEEP"', deep))
        assert paths(items) == ["/1", "/3"]
        assert str(skips[0]) == "run.har, entry 2: is nested too deeply"


class TestOurOwn:
    RECORD = make_error_record(flow_id="flow-1", timestamp="2026-11-20T12:00:00.000Z")

    def test_records_are_taken_as_they_were_found(self) -> None:
        items, _ = read(har(entry("/1", _baasErrors=[self.RECORD.as_dict(), self.RECORD.as_dict()])))
        assert isinstance(items[0], Recorded)
        assert items[0].records == (self.RECORD, self.RECORD)
        assert items[0].exchange.request.path == "/1"

    @in_one_test("value", [[{"schema": "baas-errors/2"}], [], None, "text", [7]])
    def test_records_that_cannot_be_read_are_looked_for_anew(self, value: Any) -> None:
        items, skips = read(har(entry("/1", _baasErrors=value)))
        assert isinstance(items[0], Exchange)
        assert skips == []

    def test_a_websocket_message_stands_as_the_answers_body(self) -> None:
        answer = {"status": 0, "headers": [], "content": {"text": '{"op":"error"}'}}
        items, _ = read(har(entry("/1", response=answer, _baasErrors=[self.RECORD.as_dict()])))
        assert items[0].exchange.message.json == {"op": "error"}
        assert items[0].exchange.failure == ""

    def test_a_failure_stays_one(self) -> None:
        answer = {"status": 0, "content": {"text": ""}, "_error": "connection refused"}
        items, _ = read(har(entry("/1", response=answer, _baasErrors=[self.RECORD.as_dict()])))
        assert items[0].exchange.failure == "connection refused"

    def test_records_without_a_readable_exchange_are_kept(self) -> None:
        items, _ = read(har(entry("/1", response={}, _baasErrors=[self.RECORD.as_dict()])))
        assert [type(item) for item in items] == [ErrorRecord]
