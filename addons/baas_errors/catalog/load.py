"""From TOML files to backends. Whatever is wrong is a CatalogError that names file, entry, field and reason."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from ..text.paths import expand_user
from .backend import Backend
from .causes import Cause, refuse_odd_causes
from .entries import Entry, PatternRule, RangeRule, Shape, StatusRule, Tables, TransportRule
from .reader import Place, read_table, read_tables, refuse_unknown
from .requests import Expected, FieldNamed, refuse_odd_requests
from .secret_rules import SecretRules, read_rules
from .vocabulary import CatalogError, code_key, quoted, shown

T = TypeVar("T")
FORMAT = 1
# What is secret for every backend; it describes none.
SECRETS = "secrets.toml"
# The tables of a catalog after its head, by name.
KINDS: dict[str, Any] = {
    "shape": Shape, "entry": Entry, "cause": Cause, "request": Expected, "field_named": FieldNamed,
    "range": RangeRule, "pattern": PatternRule, "status": StatusRule, "transport": TransportRule,
}  # fmt: skip
# A line that begins like a header, but is none of those of tables after the head.
_ODD = re.compile(
    rf"\n(?:[ \t]+\[|\[(?!(?:\[(?:{'|'.join(KINDS)}|cause\.case(?:\.more)?)\]|(?:{'|'.join(KINDS)})(?:\.[a-z_]+)+)\][ \t]*(?:[\n#]|\Z)))"
)
# The lines of an entry that are read by people.
_PROSE = re.compile(r"(?m)^(?:(?:name|meaning|fix|match) =| ).*$")
_CODE = re.compile(r'\ncode = (?:"([^"\\\s]+)"|(-?(?:0|[1-9]\d{0,14})))[ \t]*\n')


def shipped_folder() -> Path:
    """The folder of the catalogs that come with this package: inside it when installed, beside `addons/` in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "catalogs"
    return inside if inside.is_dir() else package.parent.parent / "catalogs"


@cache
def rule_tables(name: str) -> dict[str, Any]:
    """The tables of one file in `catalogs/rules/`: data of rules that are code."""
    return tomllib.loads((shipped_folder() / "rules" / f"{name}.toml").read_text("utf-8"))


def load_catalogs(extra: Iterable[str | Path] = ()) -> dict[str, Backend]:
    """The shipped catalogs and those of the files and folders in `extra`, by id; a later file replaces an earlier one with the same id. The files in
    `extra` are read and checked whole. Of the shipped ones, which the tests check, only the heads are; the rest is read when it is needed. Raises
    CatalogError if a file cannot be read or used."""
    shipped = (load_shipped(file) for file in _files(shipped_folder()) if file.name != SECRETS)
    own = [load_any(file) for name in extra for file in _files(expand_user(name))]
    backends = {backend.id: backend for backend in chain(shipped, (found for found in own if isinstance(found, Backend)))}
    rules = tuple(found for found in own if isinstance(found, SecretRules))
    return {name: replace(backend, more_secrets=rules) for name, backend in backends.items()} if rules else backends


def _files(found: Path) -> list[Path]:
    files = sorted(found.glob("*.toml")) if found.is_dir() else [found]
    if not files:
        raise CatalogError("holds no catalog (*.toml)", file=str(found))
    return files


def load_file(path: Path) -> Backend:
    """The backend that one catalog file describes; raises CatalogError if it cannot be read or used."""
    return parse(_text_of(path), str(path))


def load_any(path: Path) -> Backend | SecretRules:
    """What a file describes: a backend, or names and forms of secrets that hold for all; raises CatalogError."""
    data = toml_of(path)
    if "secrets" not in data or "backend" in data:
        return load_file(path)
    _refuse_other_formats(data, Place(str(path)))
    return read_rules(data, Place(str(path)))


def load_shipped(path: Path) -> Backend:
    """The same backend of a file that the tests have checked: only its head is read now (see `ShippedTables`); raises CatalogError."""
    text, file = _text_of(path).replace("\r\n", "\n"), str(path)
    end = text.find("\n[[")
    if end < 0 or _ODD.search(text, end):
        return parse(text, file)
    head = _toml(text[:end], file)
    return _backend(head, ShippedTables(text, file), Place(file, checked=True))


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CatalogError(f"cannot be read: {error.strerror or error}", file=str(path)) from None
    except UnicodeDecodeError as error:
        raise CatalogError(f"is not UTF-8: {error.reason} at byte {error.start}", file=str(path)) from None


def toml_of(path: Path) -> dict[str, Any]:
    """What a TOML file holds; raises CatalogError if it cannot be read."""
    return _toml(_text_of(path), str(path))


def _toml(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise CatalogError(f"is not TOML: {error}", file=file) from None


def parse(text: str, file: str = "<text>") -> Backend:
    """The backend that a catalog's text describes; raises CatalogError with `file` in its message."""
    data, at = _toml(text, file), Place(file)
    backend = _backend(data, Tables(), at)
    tables = Tables(*(read_tables(kind, name, data.get(name, []), at) for name, kind in KINDS.items()))
    known = ["format", "backend", *KINDS]
    refuse_unknown([key for key in data if key not in known], known, at)
    _refuse_repeats(tables.of(Entry), at)
    refuse_odd_causes(tables.of(Cause), tables.of(Entry), (name for route in backend.routes for name in route.parts), at)
    templates, entries = (route.template for route in backend.routes), (entry.name for entry in tables.of(Entry))
    refuse_odd_requests(tables.of(Expected), tables.of(FieldNamed), templates, entries, at)
    return replace(backend, tables=tables)


def _backend(data: Mapping[str, Any], tables: Tables, at: Place) -> Backend:
    _refuse_other_formats(data, at)
    if not isinstance(head := data.get("backend"), dict):
        raise at.error("is missing; a catalog begins with a [backend] table" if head is None else f"takes a table, not {quoted(head)}", "backend")
    return read_table(Backend, head, at._replace(where="[backend]"), file=at.file, tables=tables, more_secrets=())


def _refuse_other_formats(data: Mapping[str, Any], at: Place) -> None:
    version = data.get("format")
    if version is not None and type(version) is not int:
        raise at.error(f"takes a whole number, not {quoted(version)}", "format")
    if version != FORMAT:
        raise at.error(f"is {quoted(version)}; this version reads format {FORMAT}: write `format = {FORMAT}` at the top", "format")


def _refuse_repeats(entries: Iterable[Entry], at: Place) -> None:
    """Refuses entries that no answer could ever reach."""
    seen: dict[tuple[object, ...], str] = {}
    for number, entry in enumerate(entries, 1):
        where = f"[[entry]] {number} `{shown(entry.name)}`"
        key = (entry.space, code_key(entry.code), entry.name, entry.status, entry.match)
        if key in seen:
            raise at._replace(where=where).error(f"is the same as {seen[key]}: same code, name, status and match", "name")
        seen[key] = where


class ShippedTables(Tables):
    """The tables of a catalog that the tests have checked: the text is cut at `[[`, and a piece is read when it is first asked for. The first error
    of a backend needs its shapes and a few entries, which takes 5 ms; the whole of the largest catalog would take 60 ms. A text that was changed so
    that a piece cannot be read by itself is read whole."""

    def __init__(self, text: str, file: str) -> None:
        super().__init__()
        self._text, self._file = text, file
        self._coded: dict[str, tuple[Entry, ...]] = {}
        self._causes: dict[int, Cause] = {}

    def of(self, kind: type[T]) -> tuple[T, ...]:
        """All tables of one type, in the order of the catalog."""
        if kind not in self._tables:
            name = next(name for name, known in KINDS.items() if known is kind)
            try:
                self._tables[kind] = self._read(name, self._pieces(name))
            except ValueError:
                self._tables[kind] = self._whole.of(kind)
        return self._tables[kind]

    def names(self) -> Collection[str]:
        """As of all tables, without reading them."""
        found = [re.search(r'\nname = "([^"]+)"', piece) for piece in self._pieces("entry") if piece.startswith("entry]]")]
        return [name[1] for name in found if name] if all(found) else super().names()

    def prose(self) -> str:
        """As of all tables, and some more, without reading them: that would take a fifth of a second, this takes an eighth of it."""
        return "\n".join(line for piece in self._pieces("entry") for line in _PROSE.findall(piece))

    def with_code(self, key: str, space: str) -> tuple[Entry, ...]:
        """The entries whose code has this key, in the order of the catalog; only those with the code are read."""
        try:
            if key in self._by_key and key not in self._coded:
                self._coded[key] = self._read("entry", self._by_key[key])
        except ValueError:
            return self._whole.with_code(key, space)
        return tuple(entry for entry in self._coded.get(key, ()) if entry.space == space)

    def causes(self, names: Collection[str], status: int | None) -> tuple[Cause, ...]:
        """The causes that are asked for an error with these names, or for an answer without any and with this status; only those are read."""
        try:
            for number, (text, entries, statuses) in enumerate(self._cause_texts):
                asked = any(f'"{name}"' in entries for name in names) or (not names and str(status) in statuses) or not (entries or statuses)
                if asked and number not in self._causes:
                    (self._causes[number],) = self._read("cause", text.split("\n[["))
        except ValueError:
            return self._whole.causes(names, status)
        return tuple(cause for _, cause in sorted(self._causes.items()) if cause.is_for(names, status))

    @cached_property
    def cause_names(self) -> frozenset[str]:
        """The names of all causes."""
        found = [re.search(r'\nname = "([^"]+)"', text) for text, _, _ in self._cause_texts]
        return frozenset(name[1] for name in found if name) if all(found) else frozenset(cause.name for cause in self.of(Cause))

    @cached_property
    def _cause_texts(self) -> list[tuple[str, str, str]]:
        """The text of each cause with its cases, and the entries and the statuses that it names."""
        found: list[tuple[str, str, str]] = []
        for group in re.split(r"\n\[\[(?=cause\]\])", "".join(f"\n[[{piece}" for piece in self._pieces("cause")))[1:]:
            lists = dict(re.findall(r"\n(entries|status) = (\[[^\]]*\]|[^\n]*)", group.partition("\n[[")[0]))
            found.append((group, lists.get("entries", ""), lists.get("status", "")))
        return found

    @cached_property
    def _whole(self) -> Tables:
        return parse(self._text, self._file).tables

    @cached_property
    def _by_key(self) -> dict[str, list[str]]:
        """The pieces of the entries with a code, by its key; raises ValueError if a code is not written plainly."""
        found: dict[str, list[str]] = {}
        for piece in self._pieces("entry"):
            code = _CODE.search(piece)
            if not code and re.search(r"\n[ \t]*[\"']?code\b", piece):
                raise ValueError(piece)
            found.setdefault((code[1] or code[2]) if code else "", []).append(piece)
        return found

    def _pieces(self, name: str) -> list[str]:
        return [piece for piece in self._text.split("\n[[")[1:] if piece.startswith((f"{name}]]", f"{name}."))]

    def _read(self, name: str, pieces: list[str]) -> tuple[Any, ...]:
        data = tomllib.loads("".join(f"\n[[{piece}" for piece in pieces))
        if len(data.get(name, ())) != sum(piece.startswith(f"{name}]]") for piece in pieces) or data.keys() - {name}:
            raise ValueError(name)
        return read_tables(KINDS[name], name, data.get(name, []), Place(self._file, checked=True))
