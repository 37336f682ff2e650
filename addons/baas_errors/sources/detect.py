"""Detects the format of a file by its first bytes, and says how to convert the formats of other tools."""

from __future__ import annotations

import codecs
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from .skipped import SourceError

FLOWS, HAR, JSONL, EMPTY = "flows", "har", "jsonl", "empty"
HEAD = 64 * 1024
# In bytes.
MOST_UNPACKED = 1024**3
# The first match decides: our own HAR files contain records too.
_HAR_OR_JSONL = re.compile(rb'"log"\s*:\s*\{|"schema"\s*:\s*"|"error\.type"\s*:')
_CHARLES = re.compile(rb'"(?:actualPort|charlesVersion|remoteAddress|keptAlive)"\s*:')
# By the first two bytes.
_WIDE = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"{\0": "utf-16-le", b"\0{": "utf-16-be"}
_PCAP = "it contains no decrypted HTTP; capture with mitmproxy, or save a HAR file in the browser"
_OTHER_FORMATS: tuple[tuple[bytes, str], ...] = (
    (
        b"PK\x03\x04",
        "is a ZIP archive, the session format of Fiddler (.saz), Charles (.chlz) and Proxyman: export the sessions as HAR (HTTP Archive)",
    ),
    (b"\xac\xed\x00\x05", "is a session file of Charles (.chls): export it as HAR there (File, Export Session, HTTP Archive)"),
    (b"\x0a\x0d\x0d\x0a", f"is a packet capture (pcapng): {_PCAP}"),
    (b"\xd4\xc3\xb2\xa1", f"is a packet capture (pcap): {_PCAP}"),
    (b"\xa1\xb2\xc3\xd4", f"is a packet capture (pcap): {_PCAP}"),
    (b"<", "is HTML or XML; supported are mitmproxy captures, HAR files and error logs (.jsonl)"),
)


def kind_of(file: BinaryIO, name: str) -> str:
    """FLOWS, HAR, JSONL or EMPTY; the position in the file stays at its start. Raises SourceError for other formats."""
    head = file.read(HEAD)
    file.seek(0)
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if not start:
        return EMPTY
    if re.match(rb"\d{1,12}:", start):  # the length of a netstring
        return FLOWS
    for magic, what in _OTHER_FORMATS:
        if head.startswith(magic) or (magic == b"<" and start.startswith(magic)):
            raise SourceError(f"{name}: {what}")
    if start[:1] == b"{":
        match = _HAR_OR_JSONL.search(start)
        return HAR if match and match[0].startswith(b'"log"') else JSONL
    if start[:1] == b"[" and _CHARLES.search(start):
        raise SourceError(f"{name}: is a JSON session of Charles (.chlsj): export it as HAR there (File, Export Session, HTTP Archive)")
    raise SourceError(f"{name}: is not a mitmproxy capture, a HAR file or an error log (.jsonl)")


def is_log(head: bytes) -> bool:
    """Whether a file that begins so is a log of records; False where that is not sure yet."""
    match = _HAR_OR_JSONL.search(head) if head[:1] == b"{" else None
    return match is not None and not match[0].startswith(b'"log"')


@contextmanager
def as_plain(file: BinaryIO, name: str) -> Iterator[BinaryIO]:
    """The file, decompressed (mitmproxy writes .zhar with zlib) and converted from UTF-16 (PowerShell writes it) where needed."""
    head = file.read(2)
    file.seek(0)
    if head == b"\x1f\x8b" or (head[:1] == b"\x78" and len(head) == 2 and int.from_bytes(head) % 31 == 0):
        yield io.BytesIO(_unpacked(file, name))
    elif codec := _WIDE.get(head):
        yield io.BytesIO(file.read().decode(codec, "replace").encode())
    else:
        yield file


def _unpacked(file: BinaryIO, name: str) -> bytes:
    """The decompressed content; of a file that is cut off, as much as there is."""
    unpacker = zlib.decompressobj(47)
    parts = bytearray()
    try:
        while part := file.read(HEAD):
            parts += unpacker.decompress(part, MOST_UNPACKED - len(parts))
            if unpacker.unconsumed_tail:
                raise SourceError(f"{name}: is larger than {MOST_UNPACKED:,} bytes after decompression")
    except zlib.error:
        if not parts:
            raise SourceError(f"{name}: looks compressed (zlib or gzip), but cannot be decompressed") from None
    return bytes(parts)
