"""The very same exchange once more: what was found out about it holds for a moment.

An app in a loop sends one request over and over, and gets one answer; another polls, and gets one object. Such an error is looked at in full until it
is plain that it repeats, and every ten seconds from then on. Between, its record is made from the last: only times, ids and the count of the repeats
differ. All of it is looked at again as soon as anything was learnt that could change what there is to say.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import cast

from .diagnose.all_backends.sequences import IN_VAIN, LOOP, in_vain
from .diagnose.engine import finding_of
from .history.store import AppMemory, Memory, Repeats, TwoGenerationLRU
from .record import ErrorRecord, Finding
from .record.repeat import Repeated
from .record_builder import is_plain_id

# How long, in seconds, and for how many different exchanges.
HOLDS = 10.0
MOST = 1_000
# What a finding says of time would be another a moment later.
_TIMES = re.compile(r"\d (?:s|min|h|days)\b")


@dataclass(frozen=True, slots=True)
class RepeatHistory:
    """The failures of one request so far: where they are remembered, by which key, and which they are."""

    app: AppMemory
    key: str
    repeats: Repeats


@dataclass(slots=True)
class Known:
    """An exchange as it was looked at last, at a time and a state of the memory; without a record it was a success with nothing to say."""

    ended: float
    state: int
    record: ErrorRecord | None
    story: RepeatHistory | None
    repeated: Repeated | None = None

    @property
    def times(self) -> int:
        """How often the error came by now."""
        return self.story.repeats.failures if self.story else 0


class Again:
    """Remembers exchanges by all that tells one from another."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._known: TwoGenerationLRU[Hashable, Known] = TwoGenerationLRU(MOST)

    def find(self, likeness: Hashable, ended: float) -> Known | None:
        """The same exchange as it was looked at a moment ago, for one that ended at this time; None where it must be looked at in full."""
        known = self._known.get(likeness)
        if known is None or not 0 <= ended - known.ended <= HOLDS:
            return None
        return known if known.state == (self._memory.writes if known.record is None else self._memory.news) else None

    def record(self, known: Known, flow: str, started: float, ended: float, request_id: str) -> ErrorRecord | None:
        """The record of an error that is known, as it came now, counted as one more; None where it must be looked at in full."""
        story = known.story
        if known.record is None or story is None or story.app.repeats.get(story.key) is not story.repeats:
            # Something else was answered meanwhile.
            return None
        before = known.repeated = known.repeated or Repeated(known.record, IN_VAIN)
        say = in_vain(story.repeats, before.record.retry, started, ended)
        if (say is not None) != before.tells:
            return None
        story.repeats.add(started)
        story.app.repeats.put(story.key, story.repeats)
        # It has all that a record has.
        return cast(ErrorRecord, before.at(flow, started, ended, request_id, finding_of(IN_VAIN, say, secondary=True) if say is not None else None))

    def keep(self, likeness: Hashable, ended: float, records: Sequence[ErrorRecord], story: RepeatHistory | None) -> None:
        """Remembers an exchange that was looked at in full, if it may be known again."""
        if not records:
            self._known.put(likeness, Known(ended, self._memory.writes, None, None))
        elif len(records) == 1 and story is not None and story.repeats.failures > LOOP and _holds(records[0]):
            self._known.put(likeness, Known(ended, self._memory.news, records[0], story))


def _holds(record: ErrorRecord) -> bool:
    """Whether a record is the same a moment later, but for what is its own."""
    return is_plain_id(record.request_id) and not _depends_on_time(record.findings)


def _depends_on_time(findings: Sequence[Finding]) -> bool:
    return any(_TIMES.search(finding.says) for finding in findings if finding.rule != IN_VAIN)
