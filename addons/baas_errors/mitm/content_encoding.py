"""Undoes content encodings within bounds: a few kilobytes can unpack to gigabytes, and mitmproxy's own decoding has no limit.

Only what mitmproxy itself depends on is used; Brotli and Zstandard come with it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from ..exchange import LARGEST_BODY, BodyProblem

# As much as is unpacked at once.
_STEP = 256 * 1024
# The largest window a Zstandard body may ask for: 128 MB.
_ZSTD_WINDOW_LOG = 27
# What to install where a decoder is missing.
_PACKAGES = {"br": "brotli", "zstd": "backports.zstd"}
# gzip and Zstandard allow one compressed part after the other. Nobody sends more; each one more would copy what follows it.
_MOST_PARTS = 100


def decode(data: bytes, encoding: str, limit: int = LARGEST_BODY) -> tuple[bytes | None, BodyProblem | None]:
    """The bytes with their content encodings undone, and the problem if they cannot be, or not wholly. A body that breaks off, or whose end is
    damaged, is returned as far as it goes."""
    sent = len(data)
    for name in reversed([part.strip().lower() for part in encoding.split(",") if part.strip()]):
        if name == "identity":
            continue
        unpack = {"gzip": _zlib, "x-gzip": _zlib, "deflate": _zlib, "br": _brotli, "zstd": _zstandard}.get(name)
        if unpack is None:
            return None, BodyProblem("body-encoding", f"The body has the content encoding {name[:40]!r}, which is not known.", encoding[:60])
        parts = bytearray()
        try:
            for part in unpack(data):
                parts += part
                if len(parts) > limit:
                    says = f"The body unpacks to more than {limit:,} bytes ({sent:,} as sent); it was not read."
                    return None, BodyProblem("body-too-large", says, f"content-encoding: {encoding[:40]}")
        except ImportError:
            says = f"This installation of mitmproxy has no decoder for {name}, so the body was not read: `pip install {_PACKAGES[name]}`."
            return None, BodyProblem("body-encoding", says, f"content-encoding: {encoding[:40]}")
        except Exception as error:  # noqa: BLE001 - each codec has errors of its own
            if plain := _plain(data):
                parts = bytearray()
            says = f"The body is not valid {name}, though its Content-Encoding says so"
            says += ", or it was cut off; what could be unpacked was read." if parts else "."
            problem = BodyProblem("body-encoding", says, f"content-encoding: {encoding[:40]}; {type(error).__name__}")
            return plain or bytes(parts) or None, problem
        data = bytes(parts)
    return data, None


def _plain(data: bytes) -> bytes | None:
    """A body that was never encoded, although a header says so: servers behind careless proxies send such."""
    if data.lstrip()[:1] not in (b"{", b"[", b"<") or len(data) > LARGEST_BODY:
        return None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return data


def _zlib(data: bytes) -> Iterator[bytes]:
    # 47 takes zlib and gzip headers; servers also send deflate without any.
    for window in (47, -15):
        started = False
        try:
            for part in _inflate(data, window):
                started = True
                yield part
        except zlib.error:
            if started or window < 0:
                raise
        else:
            return


def _inflate(data: bytes, window: int) -> Iterator[bytes]:
    """The members of a compressed body, one after the other; raises zlib.error or EOFError where it is damaged or breaks off."""
    for _ in range(_MOST_PARTS):
        unpacker = zlib.decompressobj(window)
        rest = data
        while rest:
            before = unpacker.copy()
            try:
                yield unpacker.decompress(rest, _STEP)
            except zlib.error:
                if window > 0:
                    # There was a proper header, so this is no other format taken for deflate.
                    yield from _bytewise(before, rest[:_STEP])
                raise
            rest = unpacker.unconsumed_tail
        if not unpacker.eof:
            yield unpacker.flush()
        if not unpacker.eof:
            raise EOFError
        # What follows and is no gzip is padding.
        data = unpacker.unused_data
        if not data.startswith(b"\x1f\x8b"):
            return


def _bytewise(unpacker: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """What can be had before the damage: zlib drops the output of the call that meets it, so the calls are made small."""
    for position in range(len(data)):
        try:
            part = unpacker.decompress(data[position : position + 1])
        except zlib.error:
            return
        if part:
            yield part


def _brotli(data: bytes) -> Iterator[bytes]:
    import brotli  # type: ignore[import-untyped]

    unpacker = brotli.Decompressor()
    # Fed in small pieces, so that a bomb is noticed before it is unpacked whole: a block of 16 MB takes some twelve bytes.
    for start in range(0, len(data), 16):
        yield unpacker.process(data[start : start + 16])
    if not unpacker.is_finished():
        raise EOFError


def zstd_decompressor() -> Any:
    """A new decompressor of whichever package is installed. Python 3.14 has one, mitmproxy 12.3 brings a backport of it, and 11 to 12.2 bring
    `zstandard`. Each has `decompress`, `eof` and `unused_data`. Raises ImportError where none is installed."""
    for package in ("compression.zstd", "backports.zstd"):
        try:
            zstd = import_module(package)
        except ImportError:
            continue
        return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG})
    return import_module("zstandard").ZstdDecompressor(max_window_size=2**_ZSTD_WINDOW_LOG).decompressobj()


def _zstandard(data: bytes) -> Iterator[bytes]:
    # Small pieces again: a block of 128 KB can be a repetition that takes four bytes. A stream reader would bound its output, but says nothing of a
    # body that breaks off.
    for _ in range(_MOST_PARTS):
        if not data:
            return
        unpacker = zstd_decompressor()
        rest = b""
        for start in range(0, len(data), 256):
            yield unpacker.decompress(data[start : start + 256])
            if unpacker.eof:
                rest = unpacker.unused_data + data[start + 256 :]
                break
        if not unpacker.eof:
            raise EOFError
        data = rest
