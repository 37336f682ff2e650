"""From an exchange with a backend to its records: facts, errors, findings, records; and what the exchange teaches.

One object holds what that takes, so that the addon and the command line do it alike. What explains and redacts errors is imported with the first
exchange of a backend: mitmproxy starts in half the time that it would add.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from .catalog import Backend
from .catalog.hosts import machine
from .decode import Error, decode
from .detect.backend import HostRule, Recognizer
from .exchange import Exchange
from .history import ExchangeFacts, learn, learn_failure
from .history.last_worked import LastWorked
from .history.recent_exchanges import PassedFlows
from .history.store import AppMemory, Memory
from .record import ErrorRecord, Finding

if TYPE_CHECKING:
    from .inject.reactions import Reactions
    from .redact import Redactor


# Of the errors of one answer so many are explained, and so many where the request has more bytes than this (rules look
# through it for each), or the answer sixteen times as many.
MOST_EXPLAINED, MOST_OF_LARGE, LARGE = 40, 8, 32 * 1024
_PASSWORD = re.compile(b"passw", re.I)
_NOT_EXPLAINED = Finding("not-explained", "Only the first errors of this answer are explained.", "", certain=True, secondary=True)
INJECTED = "An error on demand, not the server's answer"


def _on_demand(injected: str) -> tuple[Finding, ...]:
    return (Finding("injected", f"{INJECTED}: {injected}.", "", certain=True, secondary=True),) if injected else ()


@contextmanager
def naming(option: str, error: type[Exception] = ValueError) -> Iterator[None]:
    """What is wrong with the value of an option, a ValueError, becomes an `error` that begins with the option's name, if it has one."""
    try:
        yield
    except ValueError as reason:
        raise error(f"{option}: {reason}" if option else str(reason)) from None


class Looked(NamedTuple):
    """What was found in an exchange: its facts, its errors, how often its request has failed with this same result by now, and the last one like it
    that worked, where the pipeline keeps these."""

    facts: ExchangeFacts
    records: list[ErrorRecord]
    failures: int
    worked: Exchange | None = None


class Pipeline:
    """From exchanges to records, with one set of catalogs, hosts and pseudonyms, and one memory."""

    def __init__(
        self, backends: Mapping[str, Backend], user_hosts: Iterable[HostRule] = (), *, keep_secrets: bool = False, pseudonym_key: bytes | None = None
    ) -> None:
        self.backends = dict(backends)
        self.memory = Memory()
        self.passed = PassedFlows()
        self._last_worked: LastWorked | None = None
        self.recognizer = Recognizer(backends, user_hosts, self.memory.owner)
        self._key, self._keep = pseudonym_key, keep_secrets
        # The machine and when the run of mitmproxy began, where the records are to name them.
        self.origin = ("", "")
        # What apps do after errors on demand, where somebody asks for that.
        self.reactions: Reactions | None = None

    @cached_property
    def redactor(self) -> Redactor:
        """What takes the secrets out of everything that is said, with the pseudonyms of this run."""
        from .redact import Redactor

        return Redactor(self.backends.values(), key=self._key, keep=self._keep)

    def keep_worked(self, wanted: bool) -> None:
        """Keeps from now on the last exchange of each method and path that worked, or none: only reports show them."""
        self._last_worked = (self._last_worked or LastWorked()) if wanted else None

    def records(self, exchange: Exchange, backend: Backend, *, remember: bool = True) -> list[ErrorRecord]:
        """The errors in an exchange with this backend, none for a success. What the exchange shows is remembered for those that follow. One that is
        only looked at once more must not `remember`: it would take itself for a repetition."""
        if remember:
            return self.look(exchange, backend).records
        facts = ExchangeFacts(exchange, backend, self.memory)
        return self._records(facts, decode(facts), AppMemory())

    def look(self, exchange: Exchange, backend: Backend) -> Looked:
        """The errors in an exchange, which is remembered."""
        request, memory = exchange.request, self.memory
        memory.pass_time(exchange.ended or exchange.started or 0.0)
        facts = ExchangeFacts(exchange, backend, memory)
        self.passed.put(facts)
        errors = decode(facts)
        upload = memory.upload(request.host, request.path)
        name = upload.app if upload else facts.app or machine(request.host)
        app = memory.of(backend.id, name)
        records = self._records(facts, errors, app)
        if self.reactions:
            self.reactions.see(facts, records)
        if errors and facts.injected:
            # No server said it: it teaches nothing.
            return Looked(facts, records, 0)
        if exchange.failure:
            if errors:
                learn_failure(facts, app)
        elif not upload:
            if (
                not errors
                and not self._keep
                and exchange.request.method in ("POST", "PUT", "PATCH")
                and _PASSWORD.search(exchange.request.body.data or b"")
            ):
                # Errors have told the redactor what they were sent with.
                self.redactor.remember(exchange)
            # What happens at an upload URL is the object store's: it teaches nothing of the backend.
            learn(facts, errors, app, name)
        repeats = app.repeats.get(facts.request) if len(errors) == 1 else None
        worked = self._last_worked.before(facts, errors) if self._last_worked else None
        return Looked(facts, records, repeats.failures if repeats else 0, worked)

    def _records(self, facts: ExchangeFacts, errors: Sequence[Error], app: AppMemory) -> list[ErrorRecord]:
        if not errors:
            return []
        from .diagnose import RuleContext, diagnose
        from .diagnose.all_backends import warnings
        from .record_builder import RecordBuilder

        redaction = self.redactor.for_exchange(facts.exchange)
        warned = warnings.warnings(facts.exchange, facts.backend, redaction)
        before = None if facts.injected else app.repeats.get(facts.request)
        builder = RecordBuilder(facts, redaction, before.failed if before else 0, self.origin, self.passed)
        records = []
        answer = facts.exchange.response.body.data if facts.exchange.response else b""
        is_large = len(facts.exchange.request.body.data or b"") > LARGE or len(answer or b"") > 16 * LARGE
        most = MOST_OF_LARGE if is_large else MOST_EXPLAINED
        for number, error in enumerate(errors):
            # What was replaced in the facts that all have in common counts for each.
            own = redaction.branch()
            causes = _on_demand(facts.injected_at(error.index)) or (
                diagnose(RuleContext(facts, error, app, own)) if number < most else (_NOT_EXPLAINED,)
            )
            records.append(builder.record(error, warnings.after(causes, warned), own))
        return records

    def warnings(self, facts: ExchangeFacts) -> tuple[Finding, ...]:
        """What deserves a warning in an exchange without errors; the warnings of one with errors are among its records' findings."""
        from .diagnose.all_backends import warnings

        return warnings.warnings(facts.exchange, facts.backend, self.redactor.session())
