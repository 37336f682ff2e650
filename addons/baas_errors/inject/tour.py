"""A tour of all errors of a backend: each that a server sends, once for every route that it can come from."""

from __future__ import annotations

from collections.abc import Collection

from ..catalog import Backend, Entry
from ..exchange import Exchange
from ..history import ExchangeFacts
from ..history.store import Memory
from ..text import plural
from .compose import Composed, compose
from .places import strangeness
from .spec import How, Wanted

_MEMORY = Memory()


class Tour:
    """What is left to give for each route. Without `each_once` it begins anew where nothing is left."""

    def __init__(self, backend: Backend, *, each_once: bool) -> None:
        self._entries = [entry for entry in backend.entries if entry.origin != "client-only"]
        self._once = each_once
        self._left: dict[str, list[Entry]] = {}
        self._next: tuple[str, Entry] | None = None
        self._types: set[str] = set()

    def next(self, exchange: Exchange, backend: Backend, how: How, own_id: str) -> Composed | None:
        """The next error for the route of a request, composed; None if none is left."""
        facts = ExchangeFacts(exchange, backend, _MEMORY)
        route = f"{facts.method} {facts.found_route[0] or facts.template}"
        if route not in self._left or (not self._left[route] and not self._once):
            if len(self._left) >= 500:
                return None
            self._left[route] = [entry for entry in self._entries if strangeness(entry.applies_to, facts.method, exchange.request.path) < 2]
        left = self._left[route]
        while left:
            made = compose(Wanted("", backend, (left[0],), left[0].code), exchange, backend, message=how.message, wait=how.retry_after, own_id=own_id)
            if made is not None and made.exact:
                self._next = route, left[0]
                return made
            left.pop(0)  # it cannot be the answer to such a request
        return None

    def given(self, exchange: Exchange, backend: Backend) -> str:
        """Counts the error that was last composed as given; its type."""
        assert self._next
        route, entry = self._next
        self._left[route].remove(entry)
        self._types.add(f"{backend.id}/{entry.name}")
        return f"{backend.id}/{entry.name}"

    def summary(self, bad: Collection[str]) -> str:
        """How far the tour has come, and which errors the app did not survive: the types in `bad`."""
        left, fallen = sum(map(len, self._left.values())), sorted({*bad} & self._types)
        end = f"all but {', '.join(fallen)}" if fallen else "all of them"
        routes = plural(len(self._left), "route")
        return f"The tour gave {plural(len(self._types), 'error')} on {routes}, {left} are left; the app survived {end}."
