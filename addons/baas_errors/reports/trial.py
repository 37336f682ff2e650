"""What a catalog makes of recordings: what it recognizes, reads and explains, and what it lacks. For people who write one."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ..catalog import Backend
from ..decode import Error, decode
from ..exchange import Exchange
from ..exchange.json_pointer import MISSING, first
from ..history import ExchangeFacts
from ..pipeline import Pipeline
from ..record import ErrorRecord
from ..sources import Item, Recorded
from .route_suggestions import ids_in, suggest
from .shape_suggestions import guess_shape, members

# Different rows of one table, and ids, that are kept.
MOST_ROWS, MOST_IDS = 2_000, 20_000
LONGEST_PATH, MOST_TEXTS = 400, 3
_REQUEST_ID = re.compile(r"(?:^|[-_])(?:request|req|correlation|trace|transaction|invocation|error)[-_]?id$|^cf-ray$|^x-trace$")
APP = re.compile(r"(?:^|[-_])(?:app|application|client|project|tenant)(?:[-_]?id)?$")
_APP_PARAMETER = re.compile(rf"(?i)(?:api|app|client)[-_]?key$|{APP.pattern}")
_KEY = re.compile(rf"key|token|secret|auth|session|credential|{APP.pattern}")
_NO_KEY = re.compile(r"^(?:sec-|access-control-|proxy-|www-|if-|:)|(?:idempotency|cache|surrogate)-key$|csrf|xsrf")
_TOKEN = re.compile(r"(?i)^(?:access|session|auth|id|user)?[-_]?token$|^(?:jwt|bearer)$")
_ID = re.compile(r"(?i)^(?:_?id|uid|uuid|guid|object_?id)$")
# What is for people and browsers.
_PAGES = re.compile(r"(?i)^(?:text/(?:html|css|javascript)|image|font|video|audio)|javascript")
# What says in an answer that something failed.
_FAILED = re.compile(r"(?i)^(?:ok|success|succeeded)$")
_ERROR = re.compile(r"(?i)^(?:err|error|errors|error_?code|error_?message|exception|fault)$")


@dataclass(slots=True)
class Row:
    """One row of a table: how often, the statuses, an example of the request, the name of an example, some of the server's texts, and how many have a
    finding."""

    count: int = 0
    statuses: set[int] = field(default_factory=set)
    request: str = ""
    name: str = ""
    texts: list[str] = field(default_factory=list)
    explained: int = 0

    def add_text(self, text: str) -> None:
        """Keeps a text, if it is another one, and there are not enough."""
        if text and len(self.texts) < MOST_TEXTS and text not in self.texts:
            self.texts.append(text)


class Table(dict[Any, Row]):
    """Rows by what they have in common; of more than MOST_ROWS kinds only the first are kept."""

    def at(self, key: Any) -> Row:
        """The row with this key, counted once more."""
        row = self.get(key) or Row()
        if len(self) < MOST_ROWS or key in self:
            self[key] = row
        row.count += 1
        return row

    def rows(self) -> list[tuple[Any, Row]]:
        """The rows with their keys, most frequent first."""
        return sorted(self.items(), key=lambda item: -item[1].count)


class Trial:
    """Counts what a catalog makes of exchanges. All that it keeps to be shown is redacted."""

    def __init__(self, pipeline: Pipeline, backend: Backend) -> None:
        self.backend, self._pipeline = backend, pipeline
        self.exchanges = self.records = self.ours = self.errors = self.explained = 0
        self.others: Counter[str] = Counter()
        self.hosts, self.kinds, self.no_entry, self.no_code, self.no_shape, self.quiet = (Table() for _ in range(6))
        self.findings, self.request_headers, self.answer_headers, self.tokens, self.created, self.shapes = (Table() for _ in range(6))
        self.parameters = Table()
        self._named_headers = _named(backend)
        self._paths: Counter[str] = Counter()
        self._ids: set[str] = set()
        self.redaction = pipeline.redactor.session()

    def look(self, item: Item) -> None:
        """Takes one item of an input in."""
        if isinstance(item, ErrorRecord):
            self.records += 1
            return
        exchange = item.exchange if isinstance(item, Recorded) else item
        self.exchanges += 1
        request = exchange.request
        backend = self._pipeline.recognizer.of_exchange(exchange)
        if backend is None:
            row = self.hosts.at(self.redaction.redact_format(f"{request.host}:{request.port}"))
            row.request = row.request or self._shown(f"{request.method} ", request.path)
        elif backend.id != self.backend.id:
            self.others[backend.id] += 1
        else:
            self.ours += 1
            self._look(exchange)

    def shows(self, header: str) -> bool:
        """Whether a header's value would be written out."""
        return not self._pipeline.redactor.names.header[header]

    def routes(self) -> list[tuple[str, int]]:
        """Templates for the paths that no route fits, each with the number of requests."""
        return [(self.redaction.path(path), count) for path, count in suggest(self._paths, self._ids)]

    def _shown(self, before: str, path: str) -> str:
        return f"{before}{self.redaction.path(path[:LONGEST_PATH])}"

    def _look(self, exchange: Exchange) -> None:
        looked = self._pipeline.look(exchange, self.backend)
        facts = looked.facts
        path = exchange.request.path[:LONGEST_PATH]
        # What is not there says nothing of the routes that are.
        there = (
            exchange.response is not None
            and exchange.message is None
            and exchange.status not in (404, 405, 410)
            and not _PAGES.search(exchange.response.body.content_type)
        )
        if there and not facts.found_route[0] and (path in self._paths or len(self._paths) < MOST_ROWS):
            self._paths[path] += 1
        if exchange.response is not None and exchange.message is None:
            if len(self._ids) < MOST_IDS:
                self._ids.update(ids_in(facts.answer))
            self._look_at_names(exchange)
            if not looked.records:
                self._look_at_answer(facts)
        for record, error in zip(looked.records, decode(facts), strict=False):
            self._count(record, error, exchange)
            if exchange.response and not error.shape and (guess := guess_shape(facts.answer, exchange.response)):
                self._example(self.shapes, (guess, ""), f"{facts.method} ", exchange)

    def _count(self, record: ErrorRecord, error: Error, exchange: Exchange) -> None:
        self.errors += 1
        status = exchange.status
        request = f"{record.method} {record.url_template}"
        tables: list[tuple[Table, Any]] = [(self.kinds, (record.type, record.known))]
        if not exchange.failure and not error.shape:
            kind = exchange.response.body.content_type.partition(";")[0].strip() if exchange.response else ""
            tables.append((self.no_shape, (status, self.redaction.text(kind[:80]))))
        elif not exchange.failure and not record.known and error.code is not None and not error.code_is_status:
            tables.append((self.no_entry, (record.code, error.space)))
        elif not exchange.failure and not record.known:
            tables.append((self.no_code, (status, error.shape)))
        causes = [finding for finding in record.findings if not finding.secondary]
        self.explained += bool(causes)
        for table, key in tables:
            row = table.at(key)
            row.statuses.update([status] if status else [])
            row.request = row.request or request
            row.add_text(record.message)
            row.explained += bool(causes)
        for finding in record.findings:
            row = self.findings.at(finding.rule)
            row.add_text(finding.says)
            row.name = row.name or record.type

    def _look_at_names(self, exchange: Exchange) -> None:
        """Counts headers and parameters that look like ids of requests, keys or tokens, and that the catalog does not name."""
        sent, got = exchange.request.headers, exchange.response.headers if exchange.response else ()
        for name in dict.fromkeys(name.lower()[:100] for name, value in sent if value):
            if _KEY.search(name) and not _NO_KEY.search(name) and name not in self._named_headers:
                self.request_headers.at(self.redaction.header_name(name))
        for name in dict.fromkeys(name.lower()[:100] for name, value in got if value):
            if _REQUEST_ID.search(name) and name not in self._named_headers:
                self.answer_headers.at(self.redaction.header_name(name))
        for name in exchange.request.params:
            if _APP_PARAMETER.search(name[:100]) and name not in self.backend.app_id.query:
                self.parameters.at(self.redaction.header_name(name[:100]))

    def _look_at_answer(self, facts: ExchangeFacts) -> None:
        """Counts what a success holds and the catalog does not name: tokens, ids of new objects, signs of an error."""
        exchange, answer, history = facts.exchange, facts.answer, self.backend.history
        request = f"{facts.method} "
        for pointer, key, value in members(answer):
            if _TOKEN.search(key) and isinstance(value, str) and len(value) >= 16 and pointer not in history.issued:
                self._example(self.tokens, pointer, request, exchange)
            failed = value is False if _FAILED.search(key) else bool(value) and _ERROR.search(key)
            if failed and pointer.count("/") == 1 and exchange.response:
                self._example(self.quiet, (exchange.response.status, pointer), request, exchange)
                if value is False and (guess := guess_shape(answer, exchange.response)):
                    self._example(self.shapes, (guess, pointer), request, exchange)
        ids = (pointer for pointer, key, value in members(answer) if _ID.search(key) and type(value) in (str, int))
        makes = facts.method == "POST" and not any(_TOKEN.search(key) for _, key, _ in members(answer))
        if makes and first(answer, history.created) is MISSING and (found := next(ids, "")):
            self._example(self.created, found, request, exchange)

    def _example(self, table: Table, key: Any, before: str, exchange: Exchange) -> Row:
        row = table.at(key)
        row.request = row.request or self._shown(before, exchange.request.path)
        return row


def _named(backend: Backend) -> frozenset[str]:
    """The headers that a catalog names, in small letters."""
    history = backend.history
    names = (
        *backend.secrets.headers, *backend.app_id.header, *backend.client.header, *backend.request_id.server, *backend.request_id.client,
        *history.token.header, *history.credentials.header, *history.key,
        *(name for test in (*backend.request_headers, *backend.response_headers) for name, _ in test),
    )  # fmt: skip
    return frozenset(name.lower() for name in names)
