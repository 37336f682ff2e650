"""From TOML files to backends. Whatever is wrong is a CatalogError that names file, entry, field and reason."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..text.paths import expand_user
from .backend import Backend, Tables
from .pieces import DeferredTables, cut
from .read_backend import read_backend
from .reader import Fields
from .vocabulary import CatalogError, quoted

FORMAT = 1


def shipped_folder() -> Path:
    """The folder of the catalogs that come with this package: inside it when installed, beside `addons/` in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "catalogs"
    return inside if inside.is_dir() else package.parent.parent / "catalogs"


def load_catalogs(extra: Iterable[str | Path] = ()) -> dict[str, Backend]:
    """The shipped catalogs and those of the files and folders in `extra`, by id; a later file replaces an earlier one with the same id.

    The files in `extra` are read and checked whole. Of the shipped ones, which the tests check, only the heads are; the rest is read piece by piece
    when it is needed. Raises CatalogError if a file cannot be read or used.
    """
    backends = {backend.id: backend for file in _files(shipped_folder()) for backend in [load_deferred(file)]}
    for name in extra:
        for file in _files(expand_user(name)):
            backend = load_file(file)
            backends[backend.id] = backend
    return backends


def _files(found: Path) -> list[Path]:
    files = sorted(found.glob("*.toml")) if found.is_dir() else [found]
    if not files:
        raise CatalogError("holds no catalog (*.toml)", file=str(found))
    return files


def load_file(path: Path) -> Backend:
    """The backend that one catalog file describes; raises CatalogError if it cannot be read or used."""
    return parse(_text_of(path), str(path))


def load_deferred(path: Path) -> Backend:
    """The same backend, of which only the head is read now; raises CatalogError if the file cannot be read or its head cannot be used."""
    return parse_deferred(_text_of(path), str(path))


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CatalogError(f"cannot be read: {error.strerror or error}", file=str(path)) from None
    except UnicodeDecodeError as error:
        raise CatalogError(f"is not UTF-8: {error.reason} at byte {error.start}", file=str(path)) from None


def parse(text: str, file: str = "<text>") -> Backend:
    """The backend that a catalog's text describes; raises CatalogError with `file` in its message."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise CatalogError(f"is not TOML: {error}", file=file) from None
    top = Fields(data, file, "")
    values = _head(top)
    tables = _tables(top)
    top.done()
    return Backend(file=file, tables=tables, **values)


def _tables(top: Fields) -> Tables:
    from .read_entries import read_tables  # most starts read heads only

    return read_tables(top)


def parse_deferred(text: str, file: str = "<text>") -> Backend:
    """As `parse`, but tables and patterns are read when they are first needed, and believed to be without fault.

    A text that cannot be cut safely is read whole at once. A fault in a piece that is read later is a CatalogError then.
    """
    pieces = cut(text)
    if pieces is None:
        return parse(text, file)
    head, rest = pieces
    try:
        data = tomllib.loads(head)
    except (ValueError, RecursionError):
        return parse(text, file)
    top = Fields(data, file, "", checked=True)
    values = _head(top)
    top.done()
    return Backend(file=file, tables=DeferredTables(rest, file, lambda: parse(head + rest, file).tables), **values)


def _head(top: Fields) -> dict[str, Any]:
    version = top.number("format")
    if version != FORMAT:
        raise top.error("format", f"is {quoted(version)}; this version reads format {FORMAT}: write `format = {FORMAT}` at the top")
    backend = top.table("backend")
    if backend is None:
        raise top.error("backend", "is missing; a catalog begins with a [backend] table")
    backend.where = "[backend]"
    return read_backend(backend)
