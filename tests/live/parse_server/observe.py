"""Plays requests to a real Parse Server through a real mitmdump with the addon, and tells what it logged of each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from proxy import mitmdump

from . import harness
from .driver import Answer, Situation, play


@dataclass(frozen=True, slots=True)
class Observed:
    """A request, its answer, and the records that the addon wrote for it."""

    situation: Situation
    answer: Answer
    records: tuple[dict[str, Any], ...]

    @property
    def findings(self) -> list[dict[str, Any]]:
        """All findings of all records, those of one record in their order."""
        return [finding for record in self.records for finding in record.get("baas.findings", ())]


def wrong_among(findings: Iterable[dict[str, Any]], allowed: set[str]) -> list[str]:
    """The findings of other rules than those that are right here. How a request differs from one that worked, and that it could not be searched for
    secrets, are facts, and name no cause."""
    right = {*allowed, "differs-from-success", "request-not-searched"}
    return [f"{finding['rule']}: {finding['says']}" for finding in findings if finding["rule"] not in right]


def observe(version: int, situations: Iterable[Situation]) -> list[Observed]:
    """Plays the situations for this version, one after the other, on a server of their own."""
    with (
        harness.postgres() as database,
        harness.parse_server(version, database) as server,
        mitmdump(f"reverse:http://127.0.0.1:{server.port}") as proxy,
    ):
        return [Observed(answer.situation, answer, tuple(proxy.new_records())) for answer in play(situations, version, proxy.port)]
