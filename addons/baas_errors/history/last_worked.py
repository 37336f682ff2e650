"""The last exchange of each method and path that worked, kept whole for reports: they show it beside one that failed.

Findings need only its names and forms (see `last_success`), so a run that writes no report keeps none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..exchange import EMPTY, Exchange
from .exchange_facts import ExchangeFacts
from .last_success import places_of
from .store import MOST_PLACES, TwoGenerationLRU

# In bytes, of a request's body. With a longer one an exchange is not kept: at most 6.4 MB in all.
LONGEST_BODY = 32 * 1024


class LastWorked:
    """The exchanges by backend, app, method and path template; the oldest is forgotten first."""

    def __init__(self) -> None:
        self._found: TwoGenerationLRU[tuple[str, str, str], Exchange] = TwoGenerationLRU(MOST_PLACES)

    def before(self, facts: ExchangeFacts, errors: Sequence[object]) -> Exchange | None:
        """The last exchange like this one that worked before it, without the body of its answer. An exchange without errors is kept, and has none. A
        batch and a GraphQL document are many requests, and compared with none."""
        exchange, app = facts.exchange, facts.app or facts.exchange.request.host.lower()
        if exchange.message is not None or "graphql" in exchange.request.path.lower():
            return None
        places = [(facts.backend.id, app, place) for place in places_of(facts)]
        if errors:
            found = next((known for place in places if (known := self._found.get(place))), None)
            return found if found and (found.ended or 0.0) <= (exchange.ended or exchange.started or 0.0) else None
        if places and exchange.response and exchange.response.status < 400 and len(exchange.request.body.data or b"") <= LONGEST_BODY:
            self._found.put(places[0], replace(exchange, response=replace(exchange.response, body=EMPTY)))
        return None
