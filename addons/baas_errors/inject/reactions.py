"""Judges what an app does after an error on demand: whether it waits, repeats in vain, signs in again once or in a storm, writes twice.

Each error waits for its reaction: the same request of the same app again, a sign-in, or nothing for a while. What is right follows from the entry's
`retry`. Times are those of the exchanges, so that a recording is judged like live traffic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ..exchange.json_pointer import MISSING, first
from ..history import ExchangeFacts
from ..history.store import TwoGenerationLRU
from ..record import ErrorRecord, Finding
from ..text import plural

# In seconds: after this the app has given up. Repeating at once is sooner than AT_ONCE; a pause may be shorter than asked for by TOLERANCE.
WINDOW, AT_ONCE, TOLERANCE = 30.0, 0.05, 0.1
# Each pause of a backoff is so many times the one before, at least.
GROWTH = 1.4
MOST_WAITING = 500
# What an app is to do instead.
REMEDIES = {
    "too-early": "Wait before the next attempt: as long as `Retry-After` says, else longer each time, with jitter.",
    "repeats-in-vain": "Do not repeat the request unchanged: handle the error in the app, and repeat only what can succeed.",
    "refresh-storm": "Sign in or refresh once, and let the other requests wait for that.",
    "duplicate-write": "Make the request idempotent, or look whether the server has done it before you repeat it.",
}
BAD = frozenset(REMEDIES)
AFTERWARDS = re.compile(r"\bafterwards\b")


class Reaction(NamedTuple):
    """What an app did: a word of the table of `baas.reaction`, what was seen, and the flow that shows it ("" for nothing)."""

    word: str
    says: str
    flow: str = ""


@dataclass(slots=True)
class Row:
    """One kind of error with one reaction: how often, and the last flow with what was seen then."""

    type: str
    reaction: str
    count: int = 0
    says: str = ""
    flow: str = ""

    @property
    def verdict(self) -> str:
        """`bad` or `good`."""
        return "bad" if self.reaction in BAD else "good"


@dataclass(slots=True)
class _Waiting:
    """An error whose reaction is not known yet. `wait` is what Retry-After asked for; `sign_ins` are the flows of sign-ins since."""

    record: ErrorRecord
    client: str
    request: str
    outcome: str
    method: str
    ended: float
    wait: float | None
    pause: float | None
    sign_ins: list[str] = field(default_factory=list)


class Reactions:
    """Follows the exchanges of apps that got errors on demand. `settled` is told each of these records again, with its reaction, once it is known."""

    def __init__(self, settled: Callable[[ErrorRecord], object]) -> None:
        self._settled = settled
        self._waiting: list[_Waiting] = []
        self._pauses: TwoGenerationLRU[str, float] = TwoGenerationLRU()
        self.rows: dict[tuple[str, str], Row] = {}

    def see(self, facts: ExchangeFacts, records: Iterable[ErrorRecord]) -> None:
        """Looks at an exchange that is over, with its errors."""
        exchange = facts.exchange
        started, ended = exchange.started or 0.0, exchange.ended or exchange.started or 0.0
        errors = list(records)
        injected = [record for record in errors if record.injected]
        if not injected and not self._waiting:
            return
        self.expire(started)
        client = _client(facts)
        for waiting in [one for one in self._waiting if one.client == client and started >= one.ended]:
            if reaction := self._judge(waiting, facts, started, failed=bool(errors)):
                self._settle(waiting, reaction)
        for record in injected:
            header = exchange.response.headers.get("retry-after").strip() if exchange.response else ""
            wait = float(header) if re.fullmatch(r"\d{1,6}", header) else None
            pause = self._pauses.get(facts.request)
            self._waiting.append(_Waiting(record, client, facts.request, facts.outcome, facts.method, ended, wait, pause))
        for waiting in self._waiting[: max(0, len(self._waiting) - MOST_WAITING)]:
            self._settle(waiting, Reaction("", "Too many errors waited for a reaction."))

    def expire(self, now: float) -> None:
        """Settles what has waited too long by now, in seconds since the epoch."""
        for waiting in [one for one in self._waiting if now - one.ended > WINDOW]:
            self._settle(waiting, _given_up(waiting))

    def finish(self) -> None:
        """Settles all: nothing follows."""
        for waiting in list(self._waiting):
            self._settle(waiting, _given_up(waiting))

    def _judge(self, waiting: _Waiting, facts: ExchangeFacts, started: float, *, failed: bool) -> Reaction | None:
        """What an exchange shows of the reaction to an error, if anything."""
        flow, pause, retry = facts.exchange.id, started - waiting.ended, waiting.record.retry
        after = f"{pause:.1f} s after the error"
        if _is_sign_in(facts):
            waiting.sign_ins.append(flow)
            if retry == "after-login" and len(waiting.sign_ins) > 1 and waiting.request != facts.request:
                return Reaction("refresh-storm", f"The app signed in or refreshed {len(waiting.sign_ins)} times after one error.", flow)
        same = facts.request == waiting.request
        if not same and facts.outcome == waiting.outcome and not failed and retry in ("after-fix", "never"):
            return Reaction("recovered", f"The app changed the request and succeeded, {after}.", flow)
        if not same and not (retry == "after-login" and facts.outcome == waiting.outcome):
            return None
        self._pauses.put(facts.request, pause)
        if AFTERWARDS.search(waiting.record.injected):
            if waiting.method == "POST" and not failed:
                return Reaction("duplicate-write", f"The server had done the work, and did it again: the app repeated the POST {after}.", flow)
            return Reaction("recovered", f"The app repeated the {waiting.method} {after}, which changed nothing twice.", flow)
        if retry in ("never", "after-fix"):
            return Reaction("repeats-in-vain", f"The app repeated the same request {after}; it cannot succeed unchanged.", flow)
        if retry == "after-login":
            if not waiting.sign_ins:
                return Reaction("repeats-in-vain", f"The app repeated the request {after} without signing in again.", flow)
            return Reaction("refreshed-once", f"The app signed in or refreshed once and repeated the request {after}.", flow)
        if waiting.wait is not None:
            asked = f"{after}; Retry-After asked for {waiting.wait:.0f} s"
            early = pause < waiting.wait - TOLERANCE
            return Reaction("too-early" if early else "waited", f"The app repeated the request {asked}.", flow)
        if retry == "safe":
            return Reaction("waited" if failed else "recovered", f"The app repeated the request {after}, which is safe.", flow)
        if pause < AT_ONCE:
            return Reaction("too-early", f"The app repeated the request {after}, without a pause.", flow)
        if waiting.pause is not None and pause >= waiting.pause * GROWTH:
            return Reaction("backed-off", f"The app repeated the request {after}; the pause before was {waiting.pause:.1f} s.", flow)
        return Reaction("waited", f"The app repeated the request {after}.", flow)

    def _settle(self, waiting: _Waiting, reaction: Reaction) -> None:
        self._waiting.remove(waiting)
        record = waiting.record
        if reaction.word:
            fix = REMEDIES.get(reaction.word, "")
            seen = Finding("reaction", reaction.says, f"flow {reaction.flow}" if reaction.flow else "", certain=True, fix=fix)
            record = replace(record, reaction=reaction.word, findings=(seen, *record.findings), fix=(fix,) if fix else record.fix)
            _count(self.rows, record)
        self._settled(record)

    def sorted(self) -> list[Row]:
        """All rows: bad ones first, then by how often."""
        return _sorted(self.rows.values())

    def data(self) -> list[list[str]]:
        """The rows as texts under a line of headings."""
        head = ["error", "times", "reaction", "verdict", "seen", "flow"]
        return [head, *([row.type, str(row.count), row.reaction, row.verdict, row.says, row.flow] for row in self.sorted())]


def rows_of(records: Iterable[ErrorRecord]) -> list[Row]:
    """What apps did after the errors on demand among these, as their records have it: bad ones first, then by how often."""
    rows: dict[tuple[str, str], Row] = {}
    for record in records:
        if record.reaction:
            _count(rows, record)
    return _sorted(rows.values())


def survived(rows: Iterable[Row]) -> str:
    """`the app survived 3 of 4 kinds`: those without a bad reaction."""
    kinds, bad = {row.type for row in rows}, {row.type for row in rows if row.verdict == "bad"}
    return f"the app survived {len(kinds) - len(bad)} of {plural(len(kinds), 'kind')}"


def _count(rows: dict[tuple[str, str], Row], record: ErrorRecord) -> None:
    row = rows.setdefault((record.type, record.reaction), Row(record.type, record.reaction))
    row.count += 1
    if record.findings:
        row.says, row.flow = record.findings[0].says, record.findings[0].evidence


def _sorted(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row.verdict != "bad", -row.count, row.type))


def key_of(record: ErrorRecord) -> str:
    """What a record and its copy with a reaction have in common, and no other."""
    return f"{record.flow_id} {record.timestamp} {record.type} {record.index}"


def _given_up(waiting: _Waiting) -> Reaction:
    return Reaction(
        "gave-up", f"The app did not repeat the request{' but signed in again' if waiting.sign_ins else ''}.", next(iter(waiting.sign_ins), "")
    )


def _client(facts: ExchangeFacts) -> str:
    """Which app on which device, as far as requests show it."""
    request = facts.exchange.request
    return f"{facts.backend.id} {request.host}:{request.port} {facts.app} {request.headers.get('user-agent')}"


def _is_sign_in(facts: ExchangeFacts) -> bool:
    """Whether a request signs in or refreshes a token: by its path, or since it was answered with a new token."""
    history, path, response = facts.backend.history, facts.exchange.request.path, facts.exchange.response
    patterns = (history.refresh and history.refresh.path, history.objects and history.objects.sign_in)
    issued = response is not None and response.status < 400 and first(facts.answer, history.issued) is not MISSING
    return issued or any(pattern.found_in(path) for pattern in patterns if pattern)
