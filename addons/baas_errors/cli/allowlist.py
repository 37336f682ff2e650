"""Parses the error types of `check --allow`: `parse/ObjectNotFound`, `parse/9001`, `kinvey/http-503`, `parse/*`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase, translate

from ..catalog import Backend
from ..catalog.entries import PatternRule
from ..catalog.vocabulary import TRANSPORT_KINDS
from ..render.catalog_text import near_misses


def parse_allowed(text: str, backends: Mapping[str, Backend]) -> re.Pattern[str]:
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
    return re.compile(translate(f"{backend}/{name}".replace("[", "[[]").replace("?", "[?]")))


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
