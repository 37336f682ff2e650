"""Types of errors as people name them to a check: `parse/ObjectNotFound`, `parse/9001`, `kinvey/http-503`, `parse/*`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase, translate

from ..catalog import Backend
from ..catalog.vocabulary import TRANSPORT_KINDS
from ..render.catalog_text import near_misses

_HTTP = re.compile(r"http-[1-9]\d\d")
MOST_NEAR = 5
_NUMBER = re.compile(r"-?\d{1,15}")


def parse_allowed(text: str, backends: Mapping[str, Backend]) -> re.Pattern[str]:
    """The pattern for the types that a text names, to be matched whole. Raises ValueError that says what would be right.

    A name must be one that can come up: of an entry, an HTTP status, a failure in transport, or a code that no entry has.
    """
    backend, slash, name = text.strip().partition("/")
    if not slash or not name:
        near = [f"{backend}/*"] if backend in backends else _near(text.strip(), *backends.values()) or ["parse/ObjectNotFound"]
        raise ValueError(f"{text!r} is no type of error; a type is BACKEND/NAME, such as {', '.join(near)}")
    if backend not in backends:
        meant = difflib.get_close_matches(backend.lower(), list(backends), 1)
        hint = f"; did you mean {meant[0]}/{name}?" if meant else ""
        raise ValueError(f"{text!r}: no backend is called {backend!r}; known are {', '.join(sorted(backends))}{hint}")
    if not _can_be(backends[backend], name):
        near = _near(name, backends[backend])
        hint = f"; did you mean {', '.join(near)}?" if near else f"; `baas-errors explain {backend} CODE` says what a code is called"
        raise ValueError(f"{text!r} is no type that errors of {backends[backend].title} have{hint}")
    return re.compile(translate(f"{backend}/{name}".replace("[", "[[]").replace("?", "[?]")))


def _can_be(backend: Backend, name: str) -> bool:
    names = {entry.name for entry in backend.entries} | set(TRANSPORT_KINDS)
    if "*" in name:
        return name == "*" or name.startswith("http-") or any(fnmatchcase(known, name) for known in names)
    if name in names or _HTTP.fullmatch(name):
        return True
    # A code that an entry has comes up under the entry's name, never as itself.
    if backend.entries_for(name) or name.startswith("http-"):
        return False
    if _NUMBER.fullmatch(name):
        return True
    # Some backends let apps choose codes of their own; what is all but a known name is a slip all the same.
    return any(rule.code.found_in(name) for rule in backend.patterns) and not _near(name, backend)


def _near(name: str, *backends: Backend) -> list[str]:
    """The types that may be meant, likeliest first: those of a code, or those whose name or code resembles the text."""
    by_id = {backend.id: backend for backend in backends}
    found = [f"{backend.id}/{entry.name}" for backend in backends for entry in backend.entries_for(name)]
    for miss in near_misses(by_id, name) if not found else ():
        backend, _, called = miss.partition("/")
        if any(entry.name == called for entry in by_id[backend].entries):
            found.append(miss)
        else:
            found += [f"{backend}/{entry.name}" for entry in by_id[backend].entries_for(called)]
    return list(dict.fromkeys(found))[:MOST_NEAR]
