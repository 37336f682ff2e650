"""Marks, comments and tags flows: those with errors, and those that deserve a warning.

The user's own comment and marker are never touched. What was written here is removed when a replayed flow gets another answer. Each kind of warning
is shown once for an app and host, on the flow that it was found in.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import Any, NamedTuple

from mitmproxy import ctx, flow
from mitmproxy.hooks import UpdateHook

from ..catalog import FAULTS
from ..history import ExchangeFacts
from ..history.recent_exchanges import PassedFlows
from ..history.store import TwoGenerationLRU
from ..record import ErrorRecord, Finding
from ..render.record_text import comment
from ..text import one_line, scrub

# Beside those of faults; all are among the markers that mitmproxy knows, see mitmproxy.utils.emoji.
UNKNOWN, WARNED, ON_DEMAND = ":question:", ":warning:", ":syringe:"
TYPE = "baas.type"
TAGS = ("baas.backend", "baas.name", "baas.code", TYPE, "baas.request_id", "baas.known", "baas.injected", "baas.reaction")
# In characters: no value of metadata is longer, nor has control characters.
_LONGEST_TAG = 400

# What was written on the flow, to be known again when a replayed flow gets another answer.
COMMENT, MARKER = "baas.comment", "baas.marker"
# The kinds of warning that a flow deserves, told or not: `~meta baas.warning` finds them all.
WARNING = "baas.warning"


def is_annotated(item: flow.Flow) -> bool:
    """Whether a flow bears our tags already: it was read from a file that this addon has seen, or is replayed."""
    return TYPE in item.metadata


def annotate(item: flow.Flow, records: Sequence[ErrorRecord], crowded: Container[str] = ()) -> None:
    """Writes marker, comment and tags of the first of one or more records, unless they are there for the same error. `crowded`: see `comment`."""
    record = records[0]
    tags, kind, request_id = item.metadata, one_line(record.type, _LONGEST_TAG), one_line(record.request_id, _LONGEST_TAG)
    same = tags.get(TYPE) == kind and tags.get("baas.request_id", "") == request_id
    injected = next((one for one in records if one.injected), record)
    if same and tags.get("baas.reaction", "") == injected.reaction:
        return
    # What was said before was of another error, or a warning: what is said of a failure tells more.
    clear(item)
    # Flat plain values only: anything else makes mitmproxy drop the flow when it saves it, and cannot be filtered for.
    code = one_line(record.code or "", _LONGEST_TAG)
    told = (record.backend, record.name, code, kind, request_id, record.known, injected.injected, injected.reaction)
    tags |= {name: value for name, value in zip(TAGS, told, strict=True) if value != ""}
    if not item.marked:
        item.marked = tags[MARKER] = ON_DEMAND if injected.injected else FAULTS[record.fault].marker if record.fault in FAULTS else UNKNOWN
    if not item.comment:
        item.comment = tags[COMMENT] = one_line(comment(records, crowded), 5 * _LONGEST_TAG)


def cite(records: Sequence[ErrorRecord], passed: PassedFlows) -> None:
    """Comments the flows that findings cite, where mitmproxy shows a list: a search for a flow's name finds it, and what cites it. A comment that is
    there stays."""
    addons: Any = ctx.master.addons
    if not (view := addons.get("view")):
        return
    for record in records:
        for known in passed.named_in("\n".join(text for finding in record.findings[:20] for text in (finding.says, finding.fix))):
            item = view.get_by_id(known.id)
            if item is not None and not item.comment:
                where = one_line(f"{record.method} {record.url_template}", 200)
                item.comment = item.metadata[COMMENT] = f"flow {known.id[:8]}, cited by {record.lead} at {where}"
                addons.trigger(UpdateHook([item]))


def clear(item: flow.Flow) -> None:
    """Takes our tags away, and marker and comment where they are still ours."""
    if item.marked and item.marked == item.metadata.get(MARKER):
        item.marked = ""
    if item.comment and item.comment == item.metadata.get(COMMENT):
        item.comment = ""
    for key in (*TAGS, COMMENT, MARKER, WARNING):
        item.metadata.pop(key, None)


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
    """Remembers which kinds were told of which app and host; the oldest of 500 is forgotten, and would be told again."""

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
    tags = item.metadata
    if WARNING in tags:
        return
    tags[WARNING] = ", ".join(warned.kinds)
    if warned.new and not item.marked:
        item.marked = tags[MARKER] = WARNED
    if warned.new and not item.comment:
        item.comment = tags[COMMENT] = scrub(" | ".join(one_line(finding.says, 300) for finding in warned.new))
