"""Undoes content encodings within bounds: a few kilobytes can unpack to gigabytes, and mitmproxy's own decoding has no limit.

Only what mitmproxy itself depends on is used; Brotli and Zstandard come with it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from ..exchange import LARGEST_BODY, BodyProblem

# As much as is unpacked at once.
_STEP = 256 * 1024


class BombError(ValueError):
    """The unpacked body is larger than the limit."""


def decode(data: bytes, encoding: str, limit: int = LARGEST_BODY) -> tuple[bytes | None, BodyProblem | None]:
    """The bytes with their content encodings undone, and the problem if they cannot be, or not wholly.

    A body that breaks off, or whose end is damaged, is returned as far as it goes.
    """
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
                    raise BombError
        except BombError:
            says = f"The body unpacks to more than {limit:,} bytes ({len(data):,} as sent); it was not read."
            return None, BodyProblem("body-too-large", says, f"content-encoding: {encoding[:40]}")
        except Exception as error:  # noqa: BLE001 - each codec has errors of its own
            says = f"The body is not valid {name}, though its Content-Encoding says so"
            says += ", or it was cut off; what could be unpacked was read." if parts else "."
            problem = BodyProblem("body-encoding", says, f"content-encoding: {encoding[:40]}; {type(error).__name__}")
            return (bytes(parts), problem) if parts else (_plain(data), problem)
        data = bytes(parts)
    return data, None


def _plain(data: bytes) -> bytes | None:
    """A body that was never encoded, although a header says so: servers behind careless proxies send such."""
    return data if data.lstrip()[:1] in (b"{", b"[", b"<") else None


def _zlib(data: bytes) -> Iterator[bytes]:
    # 47 takes zlib and gzip headers; servers also send deflate without any.
    for window in (47, -15):
        unpacker = zlib.decompressobj(window)
        try:
            first = unpacker.decompress(data, _STEP)
        except zlib.error:
            if window < 0:
                raise
            continue
        yield first
        while unpacker.unconsumed_tail:
            part = unpacker.decompress(unpacker.unconsumed_tail, _STEP)
            yield part
        if not unpacker.eof:
            yield unpacker.flush()
            raise EOFError
        return


def _brotli(data: bytes) -> Iterator[bytes]:
    import brotli  # type: ignore[import-untyped]

    unpacker = brotli.Decompressor()
    # Fed in small pieces, so that a bomb is noticed before it is unpacked whole: Brotli expands a piece a few thousand times at most.
    for start in range(0, len(data), 256):
        yield unpacker.process(data[start : start + 256])
    if not unpacker.is_finished():
        raise EOFError


def _zstandard(data: bytes) -> Iterator[bytes]:
    import zstandard

    with zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(data, read_across_frames=True) as reader:
        while part := reader.read(_STEP):
            yield part
