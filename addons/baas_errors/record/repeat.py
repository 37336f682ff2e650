"""One error again and again: what differs from time to time is put between what does not.

A record has thirty facts, of which five change. Of a flood of repeats only the line for the log is made at once; the record itself is made when
somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

from .model import KEYS, ErrorRecord, Finding, milliseconds, timestamp, written_item

# What changes, in the order of the line.
_CHANGING = ("timestamp", "findings", "request_id", "duration_ms", "flow_id")


class Repeated:
    """An error that was looked at in full, and what all its repeats have in common."""

    def __init__(self, record: ErrorRecord, rule: str) -> None:
        """`rule` is the one whose finding is told anew each time."""
        self.record = record
        self.findings = record.findings
        at = next((number for number, finding in enumerate(record.findings) if finding.rule == rule), None)
        self.tells = at is not None
        self._before = record.findings[:at] if at is not None else record.findings
        self._after = record.findings[at + 1 :] if at is not None else ()
        self._written_before = "".join(f"{written_item(finding)}," for finding in self._before)
        self._written_after = "".join(f",{written_item(finding)}" for finding in self._after)
        places = [number for number, (attribute, _) in enumerate(KEYS) if attribute in _CHANGING]
        pieces = record.pieces()
        ends = [*places[1:], len(pieces)]
        self._shared: dict[str, str] = {}
        # Each run of facts that stay begins after one that changes.
        self._runs = [",".join(filter(None, pieces[place + 1 : end])) for place, end in zip(places, ends, strict=True)]

    def at(self, flow: str, started: float, ended: float, request_id: str, told: Finding | None) -> Repeat:
        """The error as it came once more; `told` is the finding that is another each time, if there is one."""
        when, took = timestamp(ended), milliseconds(started, ended)
        first, second, third, fourth, _ = self._runs
        if told is not None:
            findings = f'"baas.findings":[{self._written_before}{written_item(told)}{self._written_after}],'
        else:
            findings = f'"baas.findings":[{self._written_before.removesuffix(",")}],' if self._before else ""
        request = f'"http.request.id":{written_item(request_id)},' if request_id else ""
        duration = f'"baas.duration_ms":{took},' if took is not None else ""
        line = (
            f'{{"@timestamp":"{when}",{first},{findings}{_run(second)}{request}{_run(third)}{duration}{_run(fourth)}'
            f'"mitmproxy.flow_id":{written_item(flow)}}}'
        )
        return Repeat(self, when, took, request_id, flow, told, line)

    def shared(self, name: str, work: Callable[[ErrorRecord], str]) -> str:
        """A text that is the same for all repeats, worked out once."""
        found = self._shared.get(name)
        if found is None:
            found = self._shared[name] = work(self.record)
        return found

    def findings_with(self, told: Finding | None) -> tuple[Finding, ...]:
        """All findings of a repeat."""
        return (*self._before, told, *self._after) if told is not None else self.findings


def _run(pieces: str) -> str:
    return f"{pieces}," if pieces else ""


class Repeat:
    """One more occurrence, with the facts of its record as attributes; `whole` is the record itself."""

    def __init__(self, of: Repeated, when: str, took: int | None, request_id: str, flow: str, told: Finding | None, line: str) -> None:
        self._of = of
        self._told = told
        self._line = line
        self.timestamp = when
        self.duration_ms = took
        self.request_id = request_id
        self.flow_id = flow

    def shared(self, name: str, work: Callable[[ErrorRecord], str]) -> str:
        """A text that is the same for all repeats, worked out once."""
        return self._of.shared(name, work)

    def __getattr__(self, name: str) -> Any:
        # Asked for what is not set above: a fact that all repeats share.
        return getattr(self._of.record, name)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, with the one that is told anew."""
        return self._of.findings_with(self._told)

    @cached_property
    def whole(self) -> ErrorRecord:
        """The record."""
        return replace(
            self._of.record,
            timestamp=self.timestamp,
            duration_ms=self.duration_ms,
            request_id=self.request_id,
            flow_id=self.flow_id,
            findings=self.findings,
        )

    def as_dict(self) -> dict[str, Any]:
        """The record under its written keys."""
        return self.whole.as_dict()

    def to_json(self) -> str:
        """The record as one line of JSON."""
        return self._line


def whole(record: ErrorRecord | Repeat) -> ErrorRecord:
    """A record as such, whatever it is kept as."""
    return record.whole if isinstance(record, Repeat) else record
