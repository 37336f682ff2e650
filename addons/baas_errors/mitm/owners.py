"""Whose flow this is, told by what was found out about others like it: most traffic through a proxy is nobody's whom a catalog knows.

The owner is decided by the host, by the names of the headers, by the values of very few of them, and by JSON that was sent. Where none of these
differs from an earlier flow, the owner is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from mitmproxy import http

from ..catalog import Backend
from ..exchange.clearing_cache import ClearingCache

Names = tuple[bytes, ...]

# How many kinds of flow are remembered, and how long the headers may be that tell one: beyond that it is found out again each time.
MOST, LONGEST = 4_000, 1_500


class Owners:
    """Remembers whose each kind of flow is. `matter` says of a header's name whether its value may tell the owner."""

    def __init__(self, matter: Callable[[bytes], bool]) -> None:
        self._matter = matter
        self._known: ClearingCache[tuple[Any, ...] | None, Backend | None] = ClearingCache(MOST)
        # By names of headers: the positions of the values that matter.
        self._places: ClearingCache[Names, tuple[int, ...]] = ClearingCache(MOST)

    def kind_of(self, flow: http.HTTPFlow) -> tuple[Any, ...] | None:
        """What a flow has in common with all of its kind; None for one whose content may tell more: JSON that was sent, or a message in an answer."""
        request = flow.request.data
        if request.content and request.content[:1] in b"{ \t\r\n":
            return None
        if flow.response is not None and flow.response.status_code == 0:
            return None
        fields = request.headers.fields
        names = tuple([name for name, _ in fields])
        places = self._places.get(names)
        if places is None:
            places = self._find_places(names)
        values = tuple([fields[place][1] for place in places])
        if flow.response is None:
            return (names, values, request.host, request.port, request.authority)
        fields = flow.response.data.headers.fields
        own = tuple([name for name, _ in fields])
        places = self._places.get(own)
        if places is None:
            places = self._find_places(own)
        return (names, values, request.host, request.port, request.authority, own, tuple([fields[place][1] for place in places]))

    def find(self, kind: tuple[Any, ...] | None) -> Backend | Literal[False] | None:
        """Whose flows of this kind are, None for nobody's; False where that has to be found out."""
        return self._known.get(kind, False)

    def add(self, kind: tuple[Any, ...] | None, owner: Backend | None) -> None:
        """Remembers whose flows of this kind are, whatever their path."""
        if kind is None or sum(len(text) for part in kind if isinstance(part, tuple) for text in part) > LONGEST:
            return
        self._known[kind] = owner

    def _find_places(self, names: Names) -> tuple[int, ...]:
        places = tuple(at for at, name in enumerate(names) if name.lower() == b"host" or self._matter(name.lower()))
        if sum(map(len, names)) <= LONGEST:
            self._places[names] = places
        return places
