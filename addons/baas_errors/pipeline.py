"""The way of every exchange: backend, errors, records. One object holds what that takes, so that the addon and the command line do it alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import transport
from .catalog import Backend
from .decode import decode
from .exchange import Exchange
from .recognize import HostRule, Recognizer
from .record import ErrorRecord, make_failure, make_records
from .redact import Redactor


class Pipeline:
    """From exchanges to records, with one set of catalogs, hosts and pseudonyms."""

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

    def records(self, exchange: Exchange, backend: Backend) -> list[ErrorRecord]:
        """The errors in an exchange with this backend, none for a success."""
        if exchange.failure:
            kind = transport.kind_of(exchange.failure)
            return [self.failure(exchange, backend, kind)] if kind else []
        return make_records(exchange, backend, decode(exchange, backend), self.redactor)

    def failure(self, exchange: Exchange, backend: Backend, kind: str) -> ErrorRecord:
        """The record of a request without an answer."""
        advice = transport.advice_for(backend, kind, exchange.request.host)
        return make_failure(exchange, backend, kind, advice, self.redactor)
