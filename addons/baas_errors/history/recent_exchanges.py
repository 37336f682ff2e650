"""The exchanges that passed last, so that a text that cites one by the beginning of its id can say more of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .exchange_facts import ExchangeFacts
from .store import LONGEST_KEY, TwoGenerationLRU

MOST_PASSED = 2_000
# A flow in a text of ours; what follows in brackets says more of it.
_NAMED = re.compile(r"\bflow ([0-9a-f]{8}|har-[0-9a-f]{4})\b")
CITED = re.compile(rf"{_NAMED.pattern}(?! \[)")


class Passed(NamedTuple):
    """One exchange: its id, its method and path template, and when it ended."""

    id: str
    method: str
    path: str
    ended: float


class PassedFlows:
    """The last 2,000 exchanges, by the beginning of their ids."""

    def __init__(self) -> None:
        self._known: TwoGenerationLRU[str, Passed] = TwoGenerationLRU(MOST_PASSED)

    def put(self, facts: ExchangeFacts) -> None:
        """Remembers an exchange."""
        made = facts.exchange
        self._known.put(made.id[:8], Passed(made.id, made.request.method[:10], facts.template[:LONGEST_KEY], made.ended or 0.0))

    def named_in(self, text: str) -> Iterator[Passed]:
        """The exchanges that a text names."""
        for name in _NAMED.findall(text) if "flow " in text else ():
            if known := self._known.get(name):
                yield known

    def described(self, text: str, describe: Callable[[Passed], str]) -> str:
        """The text with a description behind each exchange that it names: `flow 3b1de78a [POST /parse/users 12:29:38 UTC]`."""
        if "flow " not in text:
            return text
        return CITED.sub(lambda match: f"{match[0]} [{describe(known)}]" if (known := self._known.get(match[1])) else match[0], text)
