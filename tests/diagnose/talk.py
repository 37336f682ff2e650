"""Conversations with a backend: one request after the other, each with its answer, through the whole pipeline."""

from __future__ import annotations

import base64
import functools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from baas_errors.catalog import Backend
from baas_errors.exchange import Exchange, Response
from baas_errors.pipeline import Pipeline
from baas_errors.record import ErrorRecord, Finding
from baas_errors.redact import Redactor
from build import make_body, make_headers, make_request
from matrix import each

START = 1_760_000_000.0


def make_jwt(**claims: Any) -> str:
    """An unsigned token with these claims."""
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    return ".".join([*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "c2lnbmF0dXJl"])


_REDACTORS: dict[tuple[int, ...], tuple[tuple[Backend, ...], Redactor]] = {}


class Talk:
    """A client's conversation with one backend; time passes as it is told to."""

    def __init__(self, backends: Mapping[str, Backend], backend: str, base: str, headers: Mapping[str, str] | None = None) -> None:
        self.pipeline = Pipeline(backends, pseudonym_key=b"key of the tests")
        key = tuple(map(id, backends.values()))
        # A redactor keeps nothing of what it sees, and takes longer to make than an answer to look at; with it stay the catalogs that it is of.
        _, self.pipeline.redactor = _REDACTORS.get(key) or _REDACTORS.setdefault(key, (tuple(backends.values()), self.pipeline.redactor))
        self.backend = backends[backend]
        self.base = base
        self.headers = dict(headers or {})
        self.now = START
        self.count = 0

    def anew(self) -> Talk:
        """The same app, of which nothing is known yet."""
        return Talk(self.pipeline.backends, self.backend.id, self.base, self.headers)

    def ask(
        self,
        method: str = "GET",
        path: str = "/",
        *,
        headers: Mapping[str, str | None] | None = None,
        body: Any = b"",
        status: int = 200,
        answer: Any = b"",
        answer_headers: Mapping[str, str] | None = None,
        failure: str = "",
        after: float = 1.0,
        took: float = 0.1,
        dated: bool = False,
    ) -> list[ErrorRecord]:
        """Sends a request `after` seconds since the last began; a header of None is left out. `path` may be a whole URL."""
        self.now += after
        self.count += 1
        sent = {name: value for name, value in {**self.headers, **(headers or {})}.items() if value is not None}
        if body != b"" and not isinstance(body, (bytes, str)) and body is not None:
            sent.setdefault("Content-Type", "application/json")
        if headers and "Content-Type" in headers and headers["Content-Type"] is None:
            sent.pop("Content-Type", None)
        request = make_request(method, path if "://" in path else self.base + path, sent, body)
        back = dict(answer_headers or {})
        if dated:
            back.setdefault("Date", formatdate(self.now + took, usegmt=True))
        kind = next((value for name, value in back.items() if name.lower() == "content-type"), "")
        response = None if failure else Response(status, make_headers(back), make_body(answer, kind))
        exchange = Exchange(f"flow-{self.count}", request, response, self.now, self.now + took, failure)
        backend = self.pipeline.recognizer.of_exchange(exchange)
        assert backend is self.backend, f"{exchange.request.url} was taken for {backend.id if backend else 'a stranger'}"
        return self.pipeline.records(exchange, backend)


@dataclass(frozen=True)
class Row:
    """One rule: a request with the fault, what is said of it, and the request without it.

    `before` is what was asked earlier; `fix` is a part of the remedy.
    """

    rule: str
    says: str
    fault: dict[str, Any]
    mended: dict[str, Any]
    certain: bool = True
    before: Sequence[dict[str, Any]] = ()
    mended_before: Sequence[dict[str, Any]] | None = None
    name: str = field(default="", compare=False)
    fix: str = ""

    @property
    def id(self) -> str:
        return f"{self.rule}: {self.says[:40]}"


def findings(talk: Talk, before: Sequence[dict[str, Any]], asked: dict[str, Any]) -> tuple[Finding, ...]:
    """What is found for the last of several requests, which must be an error."""
    for earlier in before:
        talk.ask(**earlier)
    records = talk.ask(**asked)
    assert records, "the last request must be an error"
    return records[0].findings


def garbled(found: Sequence[Finding]) -> list[str]:
    """Texts of ours that redaction has hit: what it marks stands in what was quoted, or the text has to be worded otherwise."""
    texts = [re.sub(r"`[^`]*`", "", finding.says) for finding in found] + [finding.evidence for finding in found]
    texts += [re.sub(r"`[^`]*`", "", finding.fix) for finding in found]
    return [text for text in texts if re.search(r"<[a-z ]+ \d+ chars [^>]*>", text)]


class RowTests:
    """What holds for every row of a table; a module's own `class TestRows(RowTests)` says which rows."""

    rows: Sequence[Row] = ()
    # Whether each finding of these rows must carry the remedy of its cause.
    needs_fix = False
    talk: Callable[[Mapping[str, Backend]], Talk]
    secrets: Sequence[str] = ()

    def secrets_of(self, row: Row) -> Sequence[str]:
        """What must not be shown of a row."""
        return self.secrets

    def each(self, check: Callable[[Row], None]) -> None:
        each((functools.partial(str, row.id), functools.partial(check, row)) for row in self.rows)

    def test_finds(self, backends: Mapping[str, Backend]) -> None:
        """Of the request with the fault the rule says so, with its remedy; no finding shows a secret or has a text of ours taken for one."""
        self.each(functools.partial(self.finds, backends))

    def finds(self, backends: Mapping[str, Backend], row: Row) -> None:
        found = findings(self.talk(backends), row.before, row.fault)
        said = [finding for finding in found if finding.rule == row.rule]
        assert any(row.says in finding.says for finding in said), f"nothing of {row.rule} says {row.says!r}: {[(f.rule, f.says) for f in found]}"
        finding = next(f for f in said if row.says in f.says)
        assert finding.certain is row.certain, finding
        assert finding.certain or "likely" in finding.says.lower()
        assert row.fix in finding.fix, finding
        assert finding.fix or finding.secondary or not self.needs_fix, f"{row.rule} has no fix"
        shown = " ".join(f"{finding.says} {finding.evidence} {finding.fix}" for finding in found)
        assert [secret for secret in self.secrets_of(row) if secret in shown] == []
        assert garbled(found) == []

    def test_is_silent_when_mended(self, backends: Mapping[str, Backend]) -> None:
        """The same request, mended, has none."""
        self.each(functools.partial(self.is_silent_when_mended, backends))

    def is_silent_when_mended(self, backends: Mapping[str, Backend], row: Row) -> None:
        before = row.before if row.mended_before is None else row.mended_before
        found = findings(self.talk(backends), before, {**row.fault, **row.mended})
        assert [f.says for f in found if f.rule == row.rule] == []
