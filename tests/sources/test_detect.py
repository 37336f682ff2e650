"""What a file is, by its first bytes; and what is packed is unpacked."""

from __future__ import annotations

import gzip
import io
import json
import zlib

import pytest
from baas_errors.sources.detect import FORMATS, HAR, format_of, outline
from baas_errors.sources.skipped import SourceError
from baas_errors.sources.unpack import as_plain
from matrix import in_one_test

HAR_TEXT = b'{"log":{"entries":[]}}'
FLOWS, LOG, EMPTY = "a mitmproxy capture", "an error log", "an empty file"


@in_one_test(
    ("data", "kind"),
    [
        (b"", EMPTY),
        (b"\xef\xbb\xbf \r\n", EMPTY),
        (b"5912:9:websocket;0:~", FLOWS),
        (HAR_TEXT, HAR),
        (b"\xef\xbb\xbf" + HAR_TEXT, HAR),
        (b'{\n  "log" : {\n "version": "1.1"}}', HAR),
        (b'{"@timestamp":"2026-01-01T00:00:00.000Z","schema":"baas-errors/1"}\n', LOG),
        (b'\n\n{"schema":"baas-errors/1"}\n', LOG),
        (b'{"@timestamp":"2026-0', LOG),
        (b'{"cut off\n{"schema":"baas-errors/1"}\n', LOG),
        # A record can quote a HAR file, and our HAR files hold records.
        (b'{"schema":"baas-errors/1","error.message":"{\\"log\\": {}}"}', LOG),
        (b'{"log": {"entries": [{"_baasErrors": [{"schema":"baas-errors/1"}]}]}}', HAR),
    ],
)
def test_kind(data: bytes, kind: str) -> None:
    file = io.BytesIO(data)
    assert format_of(file, "x").name == kind
    assert file.tell() == 0


@in_one_test("data", [b"hello", b"\x89PNG\r\n", b'{"some":"other object"}\n{"more":1}\n', b'{"error":{"type":"x"}}'])
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(SourceError, match=r"^some/file: is "):
        format_of(io.BytesIO(data), "some/file")


def test_every_format_has_its_own_name() -> None:
    assert len({each.name for each in FORMATS}) == len(FORMATS)


@in_one_test(
    ("text", "paths"),
    [
        ('{"log": {"entries": [{"request": {"url": "x"}}, {"time": 1}], "x": 1}}', "log log/entries log/entries/request log/entries/time log/x"),
        ('[{"a": "b: {"}, {"c": [[{"d": 1}]]}]', "a c c/d"),
        ('{"a": {"b": {"c": {"d": {"e": 1}}, "f": 1}}}', "a a/b a/b/c a/b/f"),
        ('{"a": 1}\n{"b": 1}\n{"cut', "a b"),
        ("]]}{", ""),
        ("x", ""),
    ],
)
def test_outline(text: str, paths: str) -> None:
    assert outline(text) == frozenset(paths.split())


def test_an_outline_takes_no_long_time_and_no_memory() -> None:
    for text in ('{"a":' * 20_000, "[" * 60_000, '{"' + "k" * 60_000, '"a":' * 20_000, '{"a":"' + '\\"' * 30_000):
        assert len(outline(text)) < 10


@in_one_test(
    "data",
    [
        HAR_TEXT,
        zlib.compress(HAR_TEXT, 9),
        zlib.compress(HAR_TEXT, 1),
        gzip.compress(HAR_TEXT, mtime=0),
        HAR_TEXT.decode().encode("utf-16"),
        b"\xfe\xff" + HAR_TEXT.decode().encode("utf-16-be"),
    ],
)
def test_what_is_packed_is_unpacked(data: bytes) -> None:
    with as_plain(io.BytesIO(data), "x") as plain:
        assert plain.read() == HAR_TEXT


def test_of_a_packed_file_that_breaks_off_what_came_before_is_kept() -> None:
    noise = json.dumps({"log": {"entries": [{"n": n, "s": f"{n * 7919 % 1009}"} for n in range(2000)]}}).encode()
    for packed in (zlib.compress(noise), gzip.compress(noise)):
        told: list[str] = []
        with as_plain(io.BytesIO(packed[: len(packed) // 2]), "x", told.append) as plain:
            kept = plain.read()
        assert 1000 < len(kept) < len(noise)
        assert noise.startswith(kept)
        assert told == ["its compressed data is cut off or damaged; what came before was read"]


@in_one_test("magic", [b"\x1f\x8b", b"BZh9", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"])
def test_what_looks_packed_and_is_not_is_refused(magic: bytes) -> None:
    with pytest.raises(SourceError, match=r"^x: looks compressed"), as_plain(io.BytesIO(magic + b"nothing of the kind"), "x"):
        pass
