"""Reads ZIP archives: sessions of Fiddler and Proxyman, traces of Playwright, its HAR files with bodies beside them, and any other captures."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from ..exchange import LARGEST_BODY
from ..text import one_line
from . import detect, fiddler, playwright_trace, proxyman
from .har.file import read_entries
from .other_tools import sentence
from .skipped import Skips, SourceError
from .source import Item, Source
from .unpack import PIECE, as_plain, copied

# In bytes, of all files in an archive together: what a small archive unpacks to has no limit of its own.
MOST_UNPACKED = 2 * 1024**3
MOST_FILES = 200_000
# Archives in archives.
_DEEPEST = 2
# Of an archive without HAR files so many are looked at.
_MOST_LOOKED_AT = 1_000
_LEAVES = re.compile(r"(?:^|/)\.\.(?:/|$)|^/|^[A-Za-z]:")
_KINDS = ((fiddler.SESSION, fiddler.entries), (proxyman.SESSION, proxyman.entries), (playwright_trace.SESSION, playwright_trace.entries))


class Archive:
    """The files in a ZIP archive by their names, which are unpacked within bounds and never written to a path of their own."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        """Raises SourceError for a damaged archive."""
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, OverflowError):
            raise SourceError(f"{name}: is a ZIP archive that is cut off or damaged") from None
        infos = [info for info in self._zip.infolist() if not info.is_dir()]
        if len(infos) > MOST_FILES:
            raise SourceError(f"{name}: is a ZIP archive of {len(infos):,} files; up to {MOST_FILES:,} are read")
        self._infos = {info.filename.replace("\\", "/"): info for info in infos}
        self.names = tuple(name for name in self._infos if not _LEAVES.search(name))
        self.unsafe = tuple(name for name in self._infos if _LEAVES.search(name))
        self._left = MOST_UNPACKED

    def read(self, name: str, most: int = 16 * LARGEST_BODY) -> bytes:
        """The content of a file; raises ValueError that says why it cannot be read."""
        parts = bytearray()
        for piece in self.pieces(name):
            parts += piece
            if len(parts) > most:
                raise ValueError(f"is larger than {most:,} bytes")
        return bytes(parts)

    def pieces(self, name: str) -> Iterator[bytes]:
        """The content of a file; raises ValueError that says why it cannot be read."""
        info = self._infos[name]
        if info.flag_bits & 1:
            raise ValueError("is encrypted; unpack the archive with its password first")
        try:
            with self._zip.open(info) as file:
                while piece := file.read(PIECE):
                    self._left -= len(piece)
                    if self._left < 0:
                        raise ValueError(f"is in an archive that unpacks to more than {MOST_UNPACKED:,} bytes")
                    yield piece
        except (ValueError, GeneratorExit):
            raise
        except Exception as error:  # noqa: BLE001 - each codec has errors of its own
            raise ValueError(f"cannot be unpacked ({one_line(str(error) or type(error).__name__, 80)})") from None

    def attached(self, name: str) -> bytes | None:
        """The content of a file that an entry of a capture in this archive names, or None."""
        try:
            return self.read(name, LARGEST_BODY) if name in self.names else None
        except ValueError:
            return None


def read(source: Source) -> Iterator[Item]:
    """What is in the captures of an archive."""
    skips = source.skips
    if source.depth >= _DEEPEST:
        raise SourceError(f"{skips.file}: is an archive in an archive in an archive; unpack it first")
    archive = Archive(source.file, skips.file)
    for name in archive.unsafe[:10]:
        skips.add("file", 0, f"the archive holds {one_line(name, 100)!r}, a name that leads out of it; it was not read")
    for session, entries in _KINDS:
        if any(map(session.fullmatch, archive.names)):
            yield from read_entries(entries(archive), skips, archive.attached)
            return
    if any(name.endswith("-meta.json") for name in archive.names):
        raise SourceError(f"{skips.file}: {sentence('charles_zip')}")
    hars = [name for name in archive.names if name.lower().endswith(".har")]
    found = False
    for name in hars or list(islice(archive.names, _MOST_LOOKED_AT)):
        inside = skips.inside(name)
        try:
            with copied(archive.pieces(name)) as file:
                if hars or _is_capture(file, inside):
                    found = True
                    yield from detect.items(Source(file, inside, archive.attached, source.depth + 1))
        except (ValueError, OSError) as error:
            found = True
            inside.add("file", 0, str(error).removeprefix(f"{inside.file}: "))
    if not found:
        names = ", ".join(one_line(name, 60) for name in archive.names[:5])
        raise SourceError(f"{skips.file}: is a ZIP archive without a capture in it" + (f"; it holds {names}" if names else ""))


def _is_capture(file: BinaryIO, skips: Skips) -> bool:
    try:
        with as_plain(file, skips.file) as plain:
            found = detect.format_of(plain, skips.file).module != ""
    except SourceError:
        return False
    finally:
        file.seek(0)
    return found
