"""Warnings on flows without errors: each kind is told once for an app and host, and the flow that it was told of is marked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from mitmproxy import flow

from ..history import ExchangeFacts
from ..history.store import TwoGenerationLRU
from ..record import Finding
from ..text import one_line, scrub
from .annotate import COMMENT, WARNING
from .annotate import MARKER as OURS

MARKER = ":warning:"


class Warned(NamedTuple):
    """The warnings of a flow: all kinds, those not told before, and whom they concern (backend, app, host)."""

    kinds: tuple[str, ...]
    new: tuple[Finding, ...]
    place: str

    @property
    def lines(self) -> tuple[str, ...]:
        """What the log says, a line for each new warning."""
        return tuple(f"{self.place}: {one_line(finding.says, 400)} [{finding.rule}]" for finding in self.new)


class WarnedBefore:
    """Remembers which kinds were told of which app and host; the oldest of 1,000 is forgotten, and would be told again."""

    def __init__(self) -> None:
        self._told: TwoGenerationLRU[tuple[str, str, str, str], bool] = TwoGenerationLRU()

    def told(self, facts: ExchangeFacts, warnings: Iterable[Finding]) -> Warned:
        """The warnings of an exchange; from now on their kinds count as told."""
        kinds, new = [], []
        app, host = one_line(facts.app, 80), one_line(facts.exchange.request.host, 80)
        for finding in warnings:
            kinds.append(finding.rule)
            key = (facts.backend.id, app, host, finding.rule)
            if key not in self._told:
                new.append(finding)
            self._told.put(key, True)
        return Warned(tuple(kinds), tuple(new), f"{facts.backend.id}: warning for {f'app {app} at ' if app else ''}{host}")


def annotate_warning(item: flow.Flow, warned: Warned) -> None:
    """Tags a flow with its warnings; marks and comments it for those that are new, unless the user has, or another run of this addon."""
    if WARNING in item.metadata:
        return
    item.metadata[WARNING] = ", ".join(warned.kinds)
    if not warned.new:
        return
    if not item.marked:
        item.marked = item.metadata[OURS] = MARKER
    if not item.comment:
        item.comment = item.metadata[COMMENT] = scrub(" | ".join(one_line(finding.says, 300) for finding in warned.new))
