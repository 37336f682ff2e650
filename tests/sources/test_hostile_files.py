"""Files made to do harm: bounded, and refused with a reason."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from baas_errors.exchange import Exchange
from baas_errors.sources import Skip, SourceError, read, unpack, xml_items, zip_archive
from matrix import in_one_test
from tool_exports import burp, chlsj, chlsx, entry, har, newman, nock, proxymanlogv2, saz, zipped

ENTITIES = '<!DOCTYPE x [<!ENTITY a "boom"><!ENTITY b "&a;&a;&a;">]>'
FETCHED = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
PARAMETER = '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://192.0.2.1/x.dtd"> %a;]>'


def refusal(data: bytes, folder: Path, skips: list[Skip] | None = None) -> str:
    (folder / "capture").write_bytes(data)
    with pytest.raises(SourceError) as raised:
        list(read(folder / "capture", [] if skips is None else skips))
    return str(raised.value).removeprefix(f"{folder / 'capture'}: ")


def taken(data: bytes, folder: Path) -> tuple[list[Any], list[str]]:
    (folder / "capture").write_bytes(data)
    skips: list[Skip] = []
    return list(read(folder / "capture", skips)), [str(skip).removeprefix(f"{folder / 'capture'}") for skip in skips]


@in_one_test("pack", [gzip.compress, zlib.compress, bz2.compress, lzma.compress])
def test_a_bomb_is_not_unpacked(pack: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "MOST_UNPACKED", 200_000)
    assert refusal(pack(b" " * 5_000_000), tmp_path) == "is larger than 200,000 bytes after decompression"


def test_layers_of_compression_are_bounded(tmp_path: Path) -> None:
    data = har().encode()
    for _ in range(4):
        data = gzip.compress(data)
    assert refusal(data, tmp_path).startswith("is not a capture of a known kind")


def test_a_bomb_in_an_archive_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_archive, "MOST_UNPACKED", 200_000)
    said = "is in an archive that unpacks to more than 200,000 bytes"
    assert said in refusal(zipped({"a.har": b" " * 5_000_000}), tmp_path)
    # Many files that share a limit.
    items, skips = taken(zipped({f"{number}.har": har(entry(0, text="x" * 60_000)) for number in range(5)}), tmp_path)
    assert len(items) == 3
    assert skips == [f", {number}.har: {said}" for number in (3, 4)]


def test_a_file_of_a_session_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert zip_archive.Archive.read.__defaults__ == (67_108_864,)
    monkeypatch.setattr(zip_archive.Archive.read, "__defaults__", (1_000_000,))
    monkeypatch.setattr(zip_archive, "LARGEST_BODY", 10)
    large = zipped({"raw/1_c.txt": b"GET / HTTP/1.1\r\n\r\n" + b" " * 2_000_000, "raw/1_s.txt": b"HTTP/1.1 200 OK\r\n\r\n"})
    assert refusal(large, tmp_path).endswith("no entry can be read; entry 1: is larger than 1,000,000 bytes")


def test_names_that_lead_out_of_an_archive_are_told_and_nothing_is_written(tmp_path: Path) -> None:
    names = ["../out.har", "a/../../out.har", "/tmp/out.har", "C:\\out.har", "..\\other.har"]
    (tmp_path / "in").mkdir()
    items, skips = taken(zipped({**dict.fromkeys(names, har()), "run.har": har(entry(0))}), tmp_path / "in")
    assert len(items) == 1
    assert len(skips) == 5
    assert all("a name that leads out of it; it was not read" in skip for skip in skips)
    assert [path.name for path in tmp_path.rglob("*.har")] == []


def test_archives_in_archives_are_bounded(tmp_path: Path) -> None:
    data = zipped({"run.har": har()})
    for _ in range(3):
        data = zipped({"inner.zip": data})
    assert "is an archive in an archive in an archive; unpack it first" in refusal(data, tmp_path)


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_archive, "MOST_FILES", 3)
    assert refusal(zipped({f"{number}.har": "" for number in range(4)}), tmp_path) == "is a ZIP archive of 4 files; up to 3 are read"


def test_a_damaged_or_encrypted_archive_is_told(tmp_path: Path) -> None:
    assert refusal(saz()[:-200], tmp_path) == "is a ZIP archive that is cut off or damaged"
    held = io.BytesIO(zipped({"run.har": har()}))
    data = bytearray(held.getvalue())
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + place] |= 1
    assert "is encrypted; unpack the archive with its password first" in refusal(bytes(data), tmp_path)
    broken = bytearray(zipped({"run.har": har(), "b.har": har(entry(0))}))
    broken[60:70] = b"\xff" * 10
    items, skips = taken(bytes(broken), tmp_path)
    assert len(items) == 1
    assert skips[0].startswith(", run.har: cannot be unpacked (")


def test_one_damaged_session_does_not_lose_the_others(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(proxymanlogv2())) as archive:
        files: dict[str, bytes | str] = {name: archive.read(name) for name in archive.namelist()}
    files["request_1_id-1"] = "{"
    files["request_2_id-2"] = "[" * 100_000
    items, skips = taken(zipped(files), tmp_path)
    assert len(items) == 2
    assert skips == [", entry 2: is not valid JSON", ", entry 3: is nested too deeply"]


@in_one_test("declared", [ENTITIES, FETCHED, PARAMETER])
def test_entities_are_neither_expanded_nor_fetched(declared: str, tmp_path: Path) -> None:
    for name, data in (
        ("Charles", f"<?xml version='1.0'?>{declared}<charles-session><transaction method='&b;'/></charles-session>"),
        ("Burp", f"<?xml version='1.0'?>{declared}<items burpVersion='1'><item><url>&a;</url></item></items>"),
    ):
        assert "declares entities" in refusal(data.encode(), tmp_path), name


def test_xml_that_is_deep_or_cut_off_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = "<charles-session><transaction>" + "<a>" * 10_000
    assert "nested deeper than 30 levels" in refusal(deep.encode(), tmp_path)
    items, skips = taken(chlsx()[:-300], tmp_path)
    assert len(items) == 2
    assert skips[0].startswith(": the XML is cut off or damaged at line 2 (")
    monkeypatch.setattr(xml_items, "_LARGEST_ITEM", 1_000)
    large = f"<charles-session><transaction method='{'x' * 2_000}'/></charles-session>"
    assert "is larger than 1,000 characters" in refusal(large.encode(), tmp_path)


NUMBERS = ["9" * 5_000, "1e999", "-1", "NaN", '"x"', "[]", "{}", "null", "true", '""']


@in_one_test("number", NUMBERS)
def test_strange_numbers_raise_nothing(number: str, tmp_path: Path) -> None:
    plain = number.strip('"')
    for made, changes in (
        (chlsj(), {'"actualPort": 443': f'"actualPort": {number}', '"status": 403': f'"status": {number}'}),
        (newman(), {'"code": 403': f'"code": {number}', "[123, ": f"[{number}, ", '"https"': number}),
        (nock(), {'"status": 403': f'"status": {number}', '"rawHeaders": [': f'"rawHeaders": [{number}, '}),
        (har().encode(), {'"time": 5': f'"time": {number}', '"status": 403': f'"status": {number}', '"size": ': f'"size": {number}, "x": '}),
        (har().encode(), {'"time": 5': f'"_ended": {number}', '"startedDateTime": "': f'"startedDateTime": {number}, "x": "'}),
        (chlsx(), {"443": plain, 'status="403"': f'status="{plain}"', 'startTimeMillis="': f'startTimeMillis="{plain}'}),
        (burp(base64=False), {"443": plain, "Content-Length: ": f"Content-Length: {plain}", "HTTP/1.1 403": f"HTTP/1.1 {plain}"}),
    ):
        text = made.decode()
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "capture").write_text(text)
        with suppress(SourceError):
            for item in read(tmp_path / "capture", []):
                assert isinstance(item, Exchange)
                assert item.request.port < 65_536
                assert item.response is None or item.response.body.text is not None


@in_one_test("made", [saz, chlsj, chlsx, burp, proxymanlogv2, newman, nock, lambda: har().encode()])
def test_a_file_that_is_cut_off_anywhere_is_read_as_far_as_it_goes_or_refused(made: Any, tmp_path: Path) -> None:
    data = made()
    for end in range(1, len(data), max(1, len(data) // 150)):
        (tmp_path / "capture").write_bytes(data[:end])
        with suppress(SourceError):
            list(read(tmp_path / "capture", []))


def test_a_reader_that_fails_loses_nothing_that_came_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_file: Any) -> Any:
        yield entry(0)
        raise ZeroDivisionError

    monkeypatch.setattr("baas_errors.sources.nock.bare_values", failing)
    monkeypatch.setattr("baas_errors.sources.nock._entry", lambda each: each)
    items, skips = taken(nock(), tmp_path)
    assert len(items) == 1
    assert skips == [": cannot be read from here on (ZeroDivisionError)"]


def test_values_without_number_that_are_no_entries_are_not_all_read(tmp_path: Path) -> None:
    file, skips = tmp_path / "run.har", list[Skip]()
    file.write_text('{"log": {"entries": [' + json.dumps(entry(0)) + ",0" * 50_000 + "," + json.dumps(entry(1)) + "]}}")
    assert len(list(read(file, skips))) == 1
    assert "after 10,000 entries in a row that cannot be read, the rest was not read" in [skip.reason for skip in skips]
