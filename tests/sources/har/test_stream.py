"""Entries read one by one, whatever stands around them."""

from __future__ import annotations

import io
import json
import tracemalloc
from typing import Any

import pytest
from baas_errors.sources.har import stream
from baas_errors.sources.har.stream import Unreadable, har_entries
from baas_errors.sources.skipped import SourceError
from matrix import in_one_test


def entry(path: str, **more: Any) -> dict[str, Any]:
    return {"request": {"method": "GET", "url": f"https://parse.example.org{path}"}, "response": {"status": 404}, **more}


ONE, TWO, THREE = entry("/1"), entry("/2", comment='}] \\" {"entries": ['), entry("/3")


def har(*entries: Any) -> str:
    return json.dumps({"log": {"version": "1.2", "pages": [{"title": "x"}], "entries": list(entries), "comment": "after"}}, indent=1)


def read(text: str) -> list[Any]:
    return list(har_entries(io.BytesIO(text.encode()), "run.har"))


SHAPES = {
    "one HAR": har(ONE, TWO, THREE),
    "HARs one after another": har(ONE, TWO) + har() + "\n" + har(THREE),
    "a HAR a line": "\n".join(json.dumps(json.loads(har(each))) for each in (ONE, TWO, THREE)),
    "HARs in a list": f"[{har(ONE)}, {har(TWO, THREE)}]",
    "a HAR in an object": f'{{"name": "x", "har": {har(ONE, TWO, THREE)}}}',
    "a log without its name": json.dumps({"entries": [ONE, TWO, THREE]}),
    "a list of entries": json.dumps([ONE, TWO, THREE], indent=1),
    "an entry a line": "\n".join(map(json.dumps, (ONE, TWO, THREE))),
    "a script": f"onInputData({har(ONE, TWO, THREE)});",
    "a script with a comment": f"/**/ cb.x[0]({har(ONE, TWO, THREE)})".replace("[0]", "0"),
    "a script of entries": f"cb({json.dumps([ONE, TWO, THREE])});",
    "a variable": f"var har = {har(ONE, TWO, THREE)};",
    "byte order marks": f"\ufeff{har(ONE)}\ufeff{har(TWO, THREE)}",
}


@in_one_test("piece", [1, 7, 64, stream.PIECE])
def test_every_shape_holds_the_same_entries(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PIECE", piece)
    for name, text in SHAPES.items():
        assert read(text) == [ONE, TWO, THREE], name


def test_one_entry_alone() -> None:
    assert read(json.dumps(ONE, indent=2)) == [ONE]


@in_one_test("piece", [1, 7, 64, stream.PIECE])
def test_damage_is_told_with_its_place_wherever_the_pieces_end(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PIECE", piece)
    broken = json.dumps(TWO).replace('"GET"', "GET")
    text = f'{{"log": {{\n "entries": [\n {json.dumps(ONE)},\n {broken},\n "text", null, {json.dumps(THREE)}'
    first, bad, words, nothing, last, cut = read(text)
    assert (first, words, nothing, last) == (ONE, "text", None, THREE)
    column = broken.index("GET") + 2
    assert bad == Unreadable(f"is not valid JSON (Expecting value at line 4, column {column})")
    assert cut == Unreadable("the file is cut off; entries may be missing at its end", inside=False)


def test_an_entry_that_does_not_end_is_told() -> None:
    assert read(har(ONE, TWO)[:-120])[-1] == Unreadable("is incomplete: the file was cut off, or is damaged from here on")


def test_after_a_har_that_does_not_end_the_next_is_read() -> None:
    cut = "is incomplete: the file was cut off, or is damaged from here on"
    found = read(har(ONE, TWO)[:-140] + "\n" + har(THREE))
    assert [found[0], found[-1]] == [ONE, THREE]
    assert [entry.reason for entry in found if isinstance(entry, Unreadable)] == [cut]
    assert len(read('{"log":{' + '"entries":[' * 50_000)) <= 3 * 4


def test_memory_does_not_grow_with_the_file() -> None:
    text = har(*(entry(f"/{number}", comment="x" * 1000) for number in range(16_000))).encode()
    file = io.BytesIO(text)
    tracemalloc.start()
    count = sum(1 for _ in har_entries(file, "run.har"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 16_000
    assert len(text) > 16_000_000
    assert peak < 8 * stream.PIECE


@in_one_test("text", ['{"a": 1}', "[1, 2]", '"x"', "", "[", '{"entries": {}}'])
def test_what_holds_no_entry_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match=r"^run\.har: looks like a HAR file, but has no list `entries`$"):
        read(text)
