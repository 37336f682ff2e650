"""The way of every exchange: backend, errors, findings, records.

One object holds what that takes, so that the addon and the command line do it alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import transport
from .catalog import Backend
from .decode import Error, decode
from .diagnose import Case, diagnose
from .exchange import Exchange
from .learn import learn
from .memory import AppMemory, Memory
from .recognize import HostRule, Recognizer
from .record import ErrorRecord, make_record
from .redact import Redactor
from .urls import app_id


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
        self.recognizer = Recognizer(backends, user_hosts)
        self.redactor = Redactor(backends.values(), key=pseudonym_key, keep=keep_secrets)
        self.memory = Memory()

    def examine(self, exchange: Exchange) -> list[ErrorRecord]:
        """The errors in an exchange with anybody; none if it is with no known backend."""
        backend = self.recognizer.of_exchange(exchange)
        return self.records(exchange, backend) if backend else []

    def records(self, exchange: Exchange, backend: Backend, *, remember: bool = True) -> list[ErrorRecord]:
        """The errors in an exchange with this backend, none for a success.

        What the exchange shows is remembered for those that follow. One that is only looked at once more must not `remember`: it would take
        itself for a repetition.
        """
        app = self.app_memory(exchange, backend) if remember else AppMemory()
        if exchange.failure:
            kind = transport.kind_of(exchange.failure)
            return [self.failure(exchange, backend, kind)] if kind else []
        errors = decode(exchange, backend)
        records = [self._record(exchange, backend, error, app) for error in errors]
        if remember:
            learn(exchange, backend, errors, app, self.memory)
        return records

    def failure(self, exchange: Exchange, backend: Backend, kind: str) -> ErrorRecord:
        """The record of a request without an answer."""
        advice = transport.advice_for(backend, kind, exchange.request.host)
        error = Error(message=exchange.failure, advice=advice)
        return self._record(exchange, backend, error, self.app_memory(exchange, backend), kind)

    def app_memory(self, exchange: Exchange, backend: Backend) -> AppMemory:
        """What is remembered of the app that an exchange belongs to."""
        return self.memory.of(backend.id, app_id(backend, exchange.request) or exchange.request.host)

    def _record(self, exchange: Exchange, backend: Backend, error: Error, app: AppMemory, kind: str = "") -> ErrorRecord:
        redaction = self.redactor.for_request(exchange.request)
        findings = diagnose(Case(exchange, backend, error, app, self.memory, redaction, kind))
        return make_record(exchange, backend, error, findings, redaction, kind)
