"""Parses what `check --allow` accepts: `parse/ObjectNotFound`, `parse/9001`, `kinvey/http-503`, `parse/*`; also with a place and a reason:
`parse/ObjectNotFound GET /parse/classes/Draft/* # drafts are optional`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase, translate

from ..catalog import Backend
from ..catalog.entries import PatternRule
from ..catalog.vocabulary import TRANSPORT_KINDS
from ..record import ErrorRecord
from ..render.catalog_text import near_misses


@dataclass(frozen=True)
class Allowed:
    """One allowance: its text without the reason, the reason or "", and the patterns of type, method and path."""

    text: str
    reason: str
    kind: re.Pattern[str]
    method: str = "*"
    path: re.Pattern[str] | None = None

    def covers(self, record: ErrorRecord) -> bool:
        """Whether an error is allowed by it."""
        return bool(
            self.kind.fullmatch(record.type)
            and self.method in ("*", record.method.upper())
            and (self.path is None or self.path.fullmatch(record.url_template))
        )


def parse_allowed(text: str, backends: Mapping[str, Backend]) -> Allowed:
    """One allowance: `TYPE`, `TYPE PATH` or `TYPE METHOD PATH`, and a reason after `#`. Raises ValueError with suggestions for a type that no error
    can have."""
    said, _, reason = text.partition("#")
    kind, *place = said.split() or [""]
    if len(place) > 2 or (place and not place[-1].startswith(("/", "*"))):
        raise ValueError(f"{said.strip()!r}: after the type stands METHOD PATH, or PATH, for example {kind} GET /parse/classes/Draft/*")
    path = _glob(place[-1]) if place else None
    return Allowed(" ".join([kind, *place]), reason.strip(), parse_type(kind, backends), place[0].upper() if len(place) > 1 else "*", path)


def parse_file(text: str, backends: Mapping[str, Backend]) -> list[Allowed]:
    """The allowances of a file, one a line; blank lines, and lines that begin with `#`, are skipped. Raises ValueError that names the line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                found.append(parse_allowed(line, backends))
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
    return found


def parse_type(text: str, backends: Mapping[str, Backend]) -> re.Pattern[str]:
    """The pattern for an error type, for `fullmatch`. Raises ValueError with suggestions for a type that no error can have."""
    backend, slash, name = text.strip().partition("/")
    if not slash or not name:
        near = [f"{backend}/*"] if backend in backends else _near(text.strip(), *backends.values()) or ["parse/ObjectNotFound"]
        raise ValueError(f"{text!r} is not an error type; use BACKEND/NAME, for example {', '.join(near)}")
    if backend not in backends:
        meant = difflib.get_close_matches(backend.lower(), list(backends), 1)
        hint = f"; did you mean {meant[0]}/{name}?" if meant else ""
        raise ValueError(f"{text!r}: unknown backend {backend!r}; known backends: {', '.join(sorted(backends))}{hint}")
    if not _can_be(backends[backend], name):
        near = _near(name, backends[backend])
        hint = f"; did you mean {', '.join(near)}?" if near else f"; `baas-errors explain {backend} CODE` shows the name of a code"
        raise ValueError(f"{text!r} is not an error type of {backends[backend].title}{hint}")
    return _glob(f"{backend}/{name}")


def _glob(text: str) -> re.Pattern[str]:
    """The pattern in which `*` stands for any text."""
    return re.compile(translate(text.replace("[", "[[]").replace("?", "[?]")))


def _can_be(backend: Backend, name: str) -> bool:
    names = {entry.name for entry in backend.entries} | set(TRANSPORT_KINDS)
    if "*" in name:
        return name == "*" or name.startswith("http-") or any(fnmatchcase(known, name) for known in names)
    if name in names or re.fullmatch(r"http-[1-9]\d\d", name):
        return True
    # A code that has an entry is recorded under the entry's name, never under the code.
    if backend.entries_for(name) or name.startswith("http-"):
        return False
    if re.fullmatch(r"-?\d{1,15}", name):
        return True
    # Some backends let apps choose their own codes; one that resembles a known name is likely a typo.
    return any(rule.code.found_in(name) for rule in backend.tables.of(PatternRule)) and not _near(name, backend)


def _near(name: str, *backends: Backend) -> list[str]:
    """At most five types that may be meant, likeliest first: by code, or else by similar name or code."""
    by_id = {backend.id: backend for backend in backends}
    found = [f"{backend.id}/{entry.name}" for backend in backends for entry in backend.entries_for(name)]
    for miss in near_misses(by_id, name) if not found else ():
        backend, _, called = miss.partition("/")
        if any(entry.name == called for entry in by_id[backend].entries):
            found.append(miss)
        else:
            found += [f"{backend}/{entry.name}" for entry in by_id[backend].entries_for(called)]
    return list(dict.fromkeys(found))[:5]
