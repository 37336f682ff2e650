"""Describes rules by their docstrings, for `baas-errors explain RULE` and the generated page of all rules."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..catalog.load import rule_tables

if TYPE_CHECKING:
    from ..catalog import Backend
    from ..diagnose import Rule

EVERY = "every backend"
_PART = re.compile(r"\b(Sources?|Other causes)(?:, unless a rule names another)?:\s+")


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A rule and the backend that has it (`EVERY` for shared ones), with what its docstring says. `entries` are names of catalog entries, `statuses`
    those of answers without a known code, `faults` where the fault lies; with none it is asked for every error."""

    backend: str
    name: str
    looks_at: str
    source: str
    other_causes: str = ""
    entries: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name for `explain`: `parse/query-key`; for a shared rule without a backend."""
        return self.name if self.backend == EVERY else f"{self.backend}/{self.name}"

    @property
    def explains(self) -> str:
        """The errors that the rule examines."""
        first, last = min(self.statuses, default=0), max(self.statuses, default=0)
        listed = f"{first} to {last}" if 20 < last - first + 1 == len(self.statuses) else ", ".join(map(str, self.statuses))
        faults = f"errors whose fault is {' or '.join(f'`{fault}`' for fault in self.faults)}" if self.faults else ""
        statuses = f"answers without a known code: HTTP {listed}" if self.statuses else ""
        return "; ".join(filter(None, (", ".join(self.entries), faults, statuses))) or "every error"

    def parts(self) -> Iterator[tuple[str, str]]:
        """Labels and texts, without empty ones."""
        shown = {"Explains": self.explains, "Source": self.source, "Other causes": self.other_causes}
        yield from ((label, text) for label, text in shown.items() if text)

    def data(self) -> dict[str, Any]:
        """The rule as a JSON value without empty fields."""
        datum = {
            "backend": self.backend, "rule": self.name, "looks_at": self.looks_at, "source": self.source, "other_causes": self.other_causes,
            "entries": list(self.entries), "statuses": list(self.statuses), "faults": list(self.faults),
        }  # fmt: skip
        return {key: value for key, value in datum.items() if value}


def facts_of(rule: Rule, backend: str) -> RuleFacts:
    """The facts of a rule from the docstring of its check; the source else from that of its module."""
    found = _sections(rule.check.__doc__ or "")
    source = found.get("Source") or _sections(sys.modules[rule.check.__module__].__doc__ or "").get("Source", "")
    return RuleFacts(backend, rule.name, found[""], source, found.get("Other causes", ""), rule.entries, rule.statuses, rule.faults)


def _sections(text: str) -> dict[str, str]:
    """The sections of a docstring by label; the first has the label ""."""
    first, *others = _PART.split(" ".join(text.split()))
    labels = (label.replace("Sources", "Source") for label in others[::2])
    return {"": first.strip(), **{label: said.strip() for label, said in zip(labels, others[1::2], strict=True)}}


def all_rules(backends: Mapping[str, Backend]) -> Iterator[RuleFacts]:
    """The rules of these backends, then the shared rules."""
    # Not needed to explain a code, which is asked for most.
    from ..diagnose import rules_for
    from ..diagnose.all_backends.table import RULES

    for name, backend in backends.items():
        yield from (facts_of(rule, name) for rule in rules_for(backend) if rule not in RULES)
    yield from (facts_of(rule, EVERY) for rule in RULES)
    yield from (RuleFacts(EVERY, name, **facts) for name, facts in rule_tables("found_elsewhere").items())


def rules_called(backends: Mapping[str, Backend], name: str, only: str = "") -> list[RuleFacts]:
    """The rules with this name, case-insensitive, of one backend or of all."""
    return [rule for rule in all_rules({only: backends[only]} if only else backends) if rule.name == name.lower()]
