"""What kind of file this is, by its first bytes; and what to do instead with the files of other tools."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from .skipped import SourceError

FLOWS, HAR, JSONL, EMPTY = "flows", "har", "jsonl", "empty"
HEAD = 64 * 1024
# A capture that unpacks to more than this is no capture.
MOST_UNPACKED = 1024**3

_UTF8_BOM = b"\xef\xbb\xbf"
# mitmproxy writes netstrings: a length, a colon.
_FLOWS = re.compile(rb"\d{1,12}:")
# Whichever comes first decides: our own HAR files hold records too.
_HAR_OR_JSONL = re.compile(rb'"log"\s*:\s*\{|"schema"\s*:\s*"|"error\.type"\s*:')
_CHARLES = re.compile(rb'"(?:actualPort|charlesVersion|remoteAddress|keptAlive)"\s*:')

_ELSEWHERE: tuple[tuple[bytes, str], ...] = (
    (
        b"PK\x03\x04",
        "is a ZIP archive, as Fiddler (.saz), Charles (.chlz) and Proxyman write sessions: export the sessions as HAR (HTTP Archive) there",
    ),
    (b"\xac\xed\x00\x05", "is a session file of Charles (.chls): export it as HAR there (File, Export Session, HTTP Archive)"),
    (b"\x0a\x0d\x0d\x0a", "is a packet capture (pcapng): it holds no decrypted HTTP; capture with mitmproxy, or save a HAR file in the browser"),
    (b"\xd4\xc3\xb2\xa1", "is a packet capture (pcap): it holds no decrypted HTTP; capture with mitmproxy, or save a HAR file in the browser"),
    (b"\xa1\xb2\xc3\xd4", "is a packet capture (pcap): it holds no decrypted HTTP; capture with mitmproxy, or save a HAR file in the browser"),
    (b"<", "is HTML or XML; it takes captures of mitmproxy, HAR files, or records (.jsonl)"),
)


def kind_of(file: BinaryIO, name: str) -> str:
    """FLOWS, HAR, JSONL or EMPTY. The file stands at its start before and after. Raises SourceError for other files."""
    head = file.read(HEAD)
    file.seek(0)
    start = head.removeprefix(_UTF8_BOM).lstrip()
    if not start:
        return EMPTY
    if _FLOWS.match(start):
        return FLOWS
    for magic, what in _ELSEWHERE:
        if head.startswith(magic) or (magic == b"<" and start.startswith(magic)):
            raise SourceError(f"{name}: {what}")
    if start[:1] == b"{":
        match = _HAR_OR_JSONL.search(start)
        return HAR if match and match[0].startswith(b'"log"') else JSONL
    if start[:1] == b"[" and _CHARLES.search(start):
        raise SourceError(f"{name}: is a JSON session of Charles (.chlsj), not HAR: export it as HAR there (File, Export Session, HTTP Archive)")
    raise SourceError(f"{name}: is neither a capture of mitmproxy, nor a HAR file, nor records of baas-errors (.jsonl)")


@contextmanager
def as_plain(file: BinaryIO, name: str) -> Iterator[BinaryIO]:
    """The file itself, or what is packed in it: mitmproxy packs HAR files (.zhar) with zlib, people with gzip; PowerShell writes UTF-16."""
    head = file.read(2)
    file.seek(0)
    if head == b"\x1f\x8b" or (head[:1] == b"\x78" and len(head) == 2 and int.from_bytes(head) % 31 == 0):
        yield io.BytesIO(_unpacked(file, name))
    elif head in (b"\xff\xfe", b"\xfe\xff"):
        yield io.BytesIO(file.read().decode("utf-16", "replace").encode())
    elif head in (b"{\0", b"\0{"):
        yield io.BytesIO(file.read().decode("utf-16-le" if head == b"{\0" else "utf-16-be", "replace").encode())
    else:
        yield file


def _unpacked(file: BinaryIO, name: str) -> bytes:
    """All that is packed in a file; of one that breaks off, what came before."""
    unpacker = zlib.decompressobj(47)
    parts = bytearray()
    try:
        while part := file.read(HEAD):
            parts += unpacker.decompress(part, MOST_UNPACKED - len(parts))
            if unpacker.unconsumed_tail:
                raise SourceError(f"{name}: unpacks to more than {MOST_UNPACKED:,} bytes")
    except zlib.error:
        if not parts:
            raise SourceError(f"{name}: looks packed (zlib or gzip), and cannot be unpacked") from None
    return bytes(parts)
