"""The way of every exchange: backend, errors, findings, records.

One object holds what that takes, so that the addon and the command line do it alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from . import transport
from .again import Story
from .catalog import Backend
from .decode import Error, decode
from .diagnose import Case, diagnose, hygiene
from .exchange import Exchange, Headers
from .learn import learn, learn_failure, story_of
from .make import is_plain_id, make_record
from .memory import AppMemory, Memory
from .recognize import HostRule, Recognizer
from .record import ErrorRecord, Finding
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
        self.memory = Memory()
        self.recognizer = Recognizer(backends, user_hosts, self.memory.owner)
        self.redactor = Redactor(backends.values(), key=pseudonym_key, keep=keep_secrets)

    def records(self, exchange: Exchange, backend: Backend, *, remember: bool = True) -> list[ErrorRecord]:
        """The errors in an exchange with this backend, none for a success.

        What the exchange shows is remembered for those that follow. One that is only looked at once more must not `remember`: it would take
        itself for a repetition.
        """
        app = self.app_memory(exchange, backend) if remember else AppMemory()
        if exchange.failure:
            kind = transport.kind_of(exchange.failure)
            failed = [self.failure(exchange, backend, kind)] if kind else []
            if failed and remember:
                learn_failure(exchange, backend, kind, app, self.memory)
            return failed
        errors = decode(exchange, backend)
        records = [self._record(exchange, backend, error, app) for error in errors]
        if remember:
            self._learn(exchange, backend, errors, app)
        return records

    def story(self, exchange: Exchange, backend: Backend) -> Story | None:
        """How often the request of an exchange has failed by now, if it has."""
        app = self.app_memory(exchange, backend)
        found = story_of(exchange, backend, app, self.memory)
        return Story(app, *found) if found else None

    def request_id(self, fields: tuple[tuple[bytes, bytes], ...], backend: Backend) -> str | None:
        """The server's id of a request in these headers of its answer, or ""; None for one that cannot be written as it is."""
        found = Headers.of_wire(fields).first(backend.request_id_server) if fields else ""
        return found if is_plain_id(found) else None

    def failure(self, exchange: Exchange, backend: Backend, kind: str) -> ErrorRecord:
        """The record of a request without an answer."""
        advice = transport.advice_for(backend, kind, exchange.request.host)
        error = Error(message=exchange.failure, advice=advice)
        return self._record(exchange, backend, error, self.app_memory(exchange, backend), kind)

    def warnings(self, exchange: Exchange, backend: Backend) -> tuple[Finding, ...]:
        """What deserves a warning in an exchange without errors; the warnings of one with errors are among its records' findings."""
        return hygiene.warnings(exchange, backend, self.redactor.session())

    def app_memory(self, exchange: Exchange, backend: Backend) -> AppMemory:
        """What is remembered of the app that an exchange belongs to."""
        request = exchange.request
        self.memory.pass_time(exchange.ended or exchange.started or 0.0)
        upload = self.memory.upload(request.host, request.path)
        return self.memory.of(backend.id, upload.app if upload else self._app_name(exchange, backend))

    @staticmethod
    def _app_name(exchange: Exchange, backend: Backend) -> str:
        return app_id(backend, exchange.request) or exchange.request.host

    def _learn(self, exchange: Exchange, backend: Backend, errors: Sequence[Error], app: AppMemory) -> None:
        # What happens at an upload URL is the object store's: it teaches nothing of the backend.
        if not self.memory.upload(exchange.request.host, exchange.request.path):
            learn(exchange, backend, errors, app, self.memory, self._app_name(exchange, backend))

    def _record(self, exchange: Exchange, backend: Backend, error: Error, app: AppMemory, kind: str = "") -> ErrorRecord:
        redaction = self.redactor.for_exchange(exchange)
        causes = diagnose(Case(exchange, backend, error, app, self.memory, redaction, kind))
        findings = hygiene.after(causes, hygiene.warnings(exchange, backend, redaction))
        return make_record(exchange, backend, error, findings, redaction, kind)
