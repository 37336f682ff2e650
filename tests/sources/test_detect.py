"""What a file is, by its first bytes."""

from __future__ import annotations

import gzip
import io
import json
import zlib

import pytest
from baas_errors.sources.detect import EMPTY, FLOWS, HAR, JSONL, as_plain, kind_of
from baas_errors.sources.skipped import SourceError

HAR_TEXT = b'{"log":{"entries":[]}}'


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", EMPTY),
        (b"\xef\xbb\xbf \r\n", EMPTY),
        (b"5912:9:websocket;0:~", FLOWS),
        (HAR_TEXT, HAR),
        (b"\xef\xbb\xbf" + HAR_TEXT, HAR),
        (b'{\n  "log" : {\n "version": "1.1"}}', HAR),
        (b'{"@timestamp":"2026-01-01T00:00:00.000Z","schema":"baas-errors/1"}\n', JSONL),
        (b'\n\n{"schema":"baas-errors/1"}\n', JSONL),
        (b'{"@timestamp":"2026-0', JSONL),
        (b'{"some":"other object"}\n{"more":1}\n', JSONL),
        # A record can quote a HAR file, and our HAR files hold records.
        (b'{"schema":"baas-errors/1","error.message":"{\\"log\\": {}}"}', JSONL),
        (b'{"log": {"entries": [{"_baasErrors": [{"schema":"baas-errors/1"}]}]}}', HAR),
    ],
)
def test_kind(data: bytes, kind: str) -> None:
    file = io.BytesIO(data)
    assert kind_of(file, "x") == kind
    assert file.tell() == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04rest", "Fiddler (.saz)"),
        (b"\xac\xed\x00\x05sr", "Charles (.chls)"),
        (json.dumps([{"status": "COMPLETE", "host": "x", "actualPort": 443}]).encode(), "Charles (.chlsj)"),
        (b"\x0a\x0d\x0d\x0aetc", "pcapng"),
        (b"\xd4\xc3\xb2\xa1etc", "packet capture"),
        (b"\xa1\xb2\xc3\xd4etc", "packet capture"),
        (b"<!doctype html>", "HTML or XML"),
        (b"[1, 2, 3]", "is not a mitmproxy capture"),
        (b"hello", "is not a mitmproxy capture"),
        (b"\x89PNG\r\n", "is not a mitmproxy capture"),
    ],
)
def test_files_of_other_tools_are_refused_with_what_to_do(data: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=r"^some/file: ") as raised:
        kind_of(io.BytesIO(data), "some/file")
    assert words in str(raised.value)


@pytest.mark.parametrize(
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
    packed = zlib.compress(noise)
    with as_plain(io.BytesIO(packed[: len(packed) // 2]), "x") as plain:
        kept = plain.read()
    assert 1000 < len(kept) < len(noise)
    assert noise.startswith(kept)


def test_what_looks_packed_and_is_not_is_refused() -> None:
    with pytest.raises(SourceError, match=r"^x: looks compressed"), as_plain(io.BytesIO(b"\x1f\x8bnothing of the kind"), "x"):
        pass


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baas_errors.sources.detect.MOST_UNPACKED", 10_000)
    with pytest.raises(SourceError, match="is larger than 10,000 bytes"), as_plain(io.BytesIO(zlib.compress(b" " * 1_000_000)), "x"):
        pass
