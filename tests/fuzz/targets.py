"""What can be fuzzed, by name. A target makes input number `n` of a seed by itself, so that any one can be made again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from baas_errors.catalog import load_catalogs

from .answers import Answer, seeds
from .chance import ByteChance, Chance, RandomChance, pick
from .files import Catalogs, Exports, Har, Jsonl, opened
from .flows import Flows
from .look import Looker, looking
from .mutate import mutate


class Target(Protocol):
    """Something that takes input."""

    def run(self, seed: int, number: int) -> None:
        """Makes one input and hands it in; raises what is wrong with what came of it."""

    def run_bytes(self, data: bytes) -> None:
        """The same with an input that these bytes lead to."""

    def told(self) -> str:
        """The last input, for people."""

    def summary(self) -> str:
        """What came of all of them."""


class Answers:
    """Mutated answers through the addon's own hooks."""

    def __init__(self, looker: Looker) -> None:
        self.looker = looker
        self._from = seeds(load_catalogs())
        self.seeds = len(self._from)
        self._last: Answer | None = None

    def run(self, seed: int, number: int) -> None:
        self._look(RandomChance(f"{seed}/{number}"), untouched=number < self.seeds, at=number)

    def run_bytes(self, data: bytes) -> None:
        self._look(ByteChance(data))

    def _look(self, chance: Chance, *, untouched: bool = False, at: int = 0) -> None:
        # First all seeds as they are: an answer that the catalog describes has the name that it says.
        self._last = self._from[at] if untouched else mutate(pick(chance, self._from), chance)
        self.looker.look(self._last)

    def told(self) -> str:
        return ascii(self._last)[:1500]

    def summary(self) -> str:
        looker = self.looker
        return f"{looker.recognized:,} with a backend, {looker.records:,} records, slowest {looker.slowest * 1000:.0f} ms"


@contextmanager
def answers() -> Iterator[Answers]:
    """The target `answers`."""
    with looking() as looker:
        yield Answers(looker)


TARGETS: dict[str, Callable[[], AbstractContextManager[Target]]] = {
    "answers": answers,
    "har": opened(Har),
    "exports": opened(Exports),
    "jsonl": opened(Jsonl),
    "catalog": opened(Catalogs),
    "flows": opened(Flows),
}
