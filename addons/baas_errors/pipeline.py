"""The way of every exchange: backend, errors, findings, records.

One object holds what that takes, so that the addon and the command line do it alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .catalog import Backend
from .decode import Error, decode, transport
from .decode.match import Evidence, fixes_for
from .detect.backend import HostRule, Recognizer
from .detect.routes import app_id
from .diagnose import RuleContext, diagnose
from .diagnose.all_backends import warnings
from .exchange import Exchange
from .history import ExchangeFacts, learn, learn_failure, repeats_of
from .history.store import AppMemory, Memory
from .record import ErrorRecord, Finding
from .record_builder import make_record
from .redact import Redactor


class Pipeline:
    """From exchanges to records, with one set of catalogs, hosts and pseudonyms, and one memory."""

    def __init__(
        self,
        backends: Mapping[str, Backend],
        user_hosts: Iterable[HostRule] = (),
        *,
        keep_secrets: bool = False,
        pseudonym_key: bytes | None = None,
    ) -> None:
        self.backends = dict(backends)
        self.memory = Memory()
        self.recognizer = Recognizer(backends, user_hosts, self.memory.owner)
        self.redactor = Redactor(backends.values(), key=pseudonym_key, keep=keep_secrets)

    def records(self, exchange: Exchange, backend: Backend, *, remember: bool = True) -> list[ErrorRecord]:
        """The errors in an exchange with this backend, none for a success.

        What the exchange shows is remembered for those that follow. One that is only looked at once more must not `remember`: it would take
        itself for a repetition.
        """
        return self.look(exchange, backend)[0] if remember else self._records(ExchangeFacts(exchange, backend, self.memory), AppMemory())[0]

    def look(self, exchange: Exchange, backend: Backend) -> tuple[list[ErrorRecord], int]:
        """The errors in an exchange, which is remembered, and how often its request has failed with this same result by now."""
        request, memory = exchange.request, self.memory
        memory.pass_time(exchange.ended or exchange.started or 0.0)
        upload = memory.upload(request.host, request.path)
        name = upload.app if upload else app_id(backend, request) or request.host
        app = memory.of(backend.id, name)
        facts = ExchangeFacts(exchange, backend, memory)
        records, errors = self._records(facts, app)
        if exchange.failure:
            if records:
                learn_failure(facts, transport.kind_of(exchange.failure), app)
        elif not upload:
            # What happens at an upload URL is the object store's: it teaches nothing of the backend.
            learn(facts, errors, app, name)
        repeats = repeats_of(facts, app) if len(records) == 1 else None
        return records, repeats.failures if repeats is not None else 0

    def _records(self, facts: ExchangeFacts, app: AppMemory) -> tuple[list[ErrorRecord], Sequence[Error]]:
        exchange, backend = facts.exchange, facts.backend
        if exchange.failure:
            kind = transport.kind_of(exchange.failure)
            return ([self._failure(facts, kind, app)] if kind else []), ()
        errors = decode(exchange, backend)
        return [self._record(facts, error, app) for error in errors], errors

    def warnings(self, exchange: Exchange, backend: Backend) -> tuple[Finding, ...]:
        """What deserves a warning in an exchange without errors; the warnings of one with errors are among its records' findings."""
        return warnings.warnings(exchange, backend, self.redactor.session())

    def _failure(self, facts: ExchangeFacts, kind: str, app: AppMemory) -> ErrorRecord:
        """The record of a request without an answer."""
        exchange = facts.exchange
        advice = transport.advice_for(facts.backend, kind, exchange.request.host)
        return self._record(
            facts, Error(message=exchange.failure, advice=advice, fix=fixes_for(advice, Evidence(message=exchange.failure))), app, kind
        )

    def _record(self, facts: ExchangeFacts, error: Error, app: AppMemory, kind: str = "") -> ErrorRecord:
        exchange, backend = facts.exchange, facts.backend
        redaction = self.redactor.for_exchange(exchange)
        causes = diagnose(RuleContext(facts, error, app, redaction, kind))
        findings = warnings.after(causes, warnings.warnings(exchange, backend, redaction))
        return make_record(exchange, backend, error, findings, redaction, kind)
