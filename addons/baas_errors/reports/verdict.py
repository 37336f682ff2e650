"""What `baas-errors check` found: kinds of errors, allowed and not, and the exit status that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .collect import Tally
from .group import Group

# Exit statuses: of damaged inputs, and of inputs without traffic of a known backend.
DAMAGED, EMPTY = 2, 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """`kinds` are not allowed, `allowed` are, each with the reason or ""; `unused` names the allowances that no error needed, `notes` what could not
    be read, and `tally` counts what was read. `problem` says why the status is DAMAGED or EMPTY."""

    kinds: Sequence[Group]
    allowed: Sequence[tuple[Group, str]]
    unused: Sequence[str]
    notes: Sequence[str]
    tally: Tally
    status: int
    problem: str = ""

    @property
    def errors(self) -> int:
        """How many errors are not allowed."""
        return sum(group.count for group in self.kinds)
