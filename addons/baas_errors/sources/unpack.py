"""Undoes the compression of whole files (gzip, zlib, bzip2, xz, Zstandard) and the encodings UTF-16 and UTF-32, within bounds."""

from __future__ import annotations

import codecs
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from .skipped import SourceError

PIECE = 64 * 1024
# In bytes.
MOST_UNPACKED = 1024**3
# A capture can be compressed, and its text be UTF-16; nobody compresses it often.
_MOST_LAYERS = 3
_BOMS = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_ZSTD = b"\x28\xb5\x2f\xfd"
# Where the first characters of a text, which are ASCII, have zeros.
_ZEROS: dict[tuple[int, ...], str] = {(0, 1, 1, 1): "utf-32-le", (1, 1, 1, 0): "utf-32-be", (0, 1, 0, 1): "utf-16-le", (1, 0, 1, 0): "utf-16-be"}

Pieces = Iterator[bytes]


@contextmanager
def as_plain(file: BinaryIO, name: str, damaged: Callable[[str], None] = lambda _reason: None, layers: int = _MOST_LAYERS) -> Iterator[BinaryIO]:
    """The file, decompressed (mitmproxy writes .zhar with zlib) and converted to UTF-8 (PowerShell writes UTF-16) where needed. Of a file that is cut
    off, as much as there is; `damaged` is told so. Raises SourceError if nothing can be unpacked, or too much."""
    head = file.read(8)
    file.seek(0)
    pieces = _packed(head) or _wide(head)
    if pieces is None or not layers:
        yield file
        return
    with copied(_bounded(pieces(file), name, damaged)) as copy, as_plain(copy, name, damaged, layers - 1) as plain:
        yield plain


@contextmanager
def copied(pieces: Iterable[bytes]) -> Iterator[BinaryIO]:
    """An unnamed file with this content."""
    with tempfile.TemporaryFile() as copy:
        copy.writelines(pieces)
        copy.seek(0)
        yield copy


def _bounded(pieces: Pieces, name: str, damaged: Callable[[str], None]) -> Pieces:
    size = 0
    try:
        for piece in pieces:
            size += len(piece)
            if size > MOST_UNPACKED:
                raise SourceError(f"{name}: is larger than {MOST_UNPACKED:,} bytes after decompression")
            yield piece
    except ImportError:
        raise SourceError(f"{name}: is compressed with Zstandard, for which a package is missing: `pip install backports.zstd`") from None
    except (SourceError, GeneratorExit):
        raise
    except Exception:  # noqa: BLE001 - each codec has errors of its own
        if not size:
            raise SourceError(f"{name}: looks compressed, but cannot be decompressed") from None
        damaged("its compressed data is cut off or damaged; what came before was read")


def _packed(head: bytes) -> Callable[[BinaryIO], Pieces] | None:
    """What decompresses a file with this beginning, piece by piece; None for what is not compressed."""
    if head.startswith(b"\x1f\x8b") or (head[:1] == b"\x78" and len(head) > 1 and int.from_bytes(head[:2]) % 31 == 0):
        # 47 takes zlib and gzip headers.
        return lambda file: _joined(file, lambda: zlib.decompressobj(47), b"\x1f\x8b")
    if head.startswith(b"BZh"):
        import bz2

        return lambda file: pieces_of(bz2.BZ2File(file).read1)
    if head.startswith(b"\xfd7zXZ\0"):
        import lzma

        return lambda file: pieces_of(lzma.LZMAFile(file).read1)
    return _zstandard if head.startswith(_ZSTD) else None


def pieces_of(read: Callable[[int], bytes]) -> Pieces:
    """What a function gives that reads at most so many bytes."""
    while piece := read(PIECE):
        yield piece


def _zstandard(file: BinaryIO) -> Pieces:
    from ..mitm.content_encoding import zstd_decompressor

    return _joined(file, zstd_decompressor, _ZSTD)


def _joined(file: BinaryIO, decompressor: Callable[[], Any], start: bytes) -> Pieces:
    """The content of compressed files that are joined to one, each with this start; anything else behind an end is padding."""
    unpacker = decompressor()
    # Small pieces, so that a bomb is noticed early.
    while packed := file.read(256):
        yield unpacker.decompress(packed)
        if unpacker.eof:
            rest = unpacker.unused_data + file.read(len(start))
            file.seek(-len(rest), 1)
            if not rest.startswith(start):
                return
            unpacker = decompressor()
    if not unpacker.eof:
        raise EOFError


def _wide(head: bytes) -> Callable[[BinaryIO], Pieces] | None:
    """What converts a text with this beginning to UTF-8, or None for any other."""
    codec = next((name for bom, name in _BOMS if head.startswith(bom)), "") or _ZEROS.get(tuple(int(byte == 0) for byte in head[:4]), "")
    if not codec:
        return None

    def pieces(file: BinaryIO) -> Pieces:
        decode = codecs.getincrementaldecoder(codec)("replace").decode
        while piece := file.read(PIECE):
            yield decode(piece).encode("utf-8", "replace")
        yield decode(b"", True).encode("utf-8", "replace")

    return pieces
