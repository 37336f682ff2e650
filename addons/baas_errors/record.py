"""ErrorRecord: all that is known of one error, redacted when it is made, so that nothing made from it can leak."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from .catalog import Backend
from .decode import Error, effective_method, server_headers
from .exchange import Exchange
from .redact import Redaction
from .text import scrub
from .urls import app_id, client_name, template

SCHEMA = "baas-errors/1"
LONGEST_EVIDENCE = 200

# Attribute and key of every fact, in the order in which they are written.
KEYS: tuple[tuple[str, str], ...] = (
    ("timestamp", "@timestamp"),
    ("schema", "schema"),
    ("backend", "baas.backend"),
    ("type", "error.type"),
    ("name", "baas.name"),
    ("candidates", "baas.candidates"),
    ("code", "error.code"),
    ("message", "error.message"),
    ("debug", "error.debug"),
    ("known", "baas.known"),
    ("meaning", "baas.meaning"),
    ("fix", "baas.fix"),
    ("retry", "baas.retry"),
    ("fault", "baas.fault"),
    ("sdk", "baas.sdk"),
    ("doc", "baas.doc"),
    ("findings", "baas.findings"),
    ("index", "baas.index"),
    ("request_id", "http.request.id"),
    ("client_request_id", "baas.client_request_id"),
    ("method", "http.request.method"),
    ("url", "url.full"),
    ("url_template", "url.template"),
    ("address", "server.address"),
    ("port", "server.port"),
    ("status", "http.response.status_code"),
    ("duration_ms", "baas.duration_ms"),
    ("app", "baas.app"),
    ("client", "baas.client"),
    ("fingerprint", "baas.fingerprint"),
    ("redactions", "baas.redactions"),
    ("flow_id", "mitmproxy.flow_id"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause found: the rule that found it, what it says, what it saw, and whether the request proves it."""

    rule: str
    says: str
    evidence: str = ""
    certain: bool = False
    # Beside the cause, such as a warning; it is not written.
    aside: bool = field(default=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """The finding as it is written."""
        return {"rule": self.rule, "says": self.says, "evidence": self.evidence, "certain": self.certain}


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRecord:
    """One error. An absent fact is None or empty, and is left out of what is written.

    `part` names the request inside a batch; it is shown to people and not written.
    """

    timestamp: str
    backend: str
    type: str
    known: bool
    fingerprint: str
    schema: str = SCHEMA
    name: str = ""
    candidates: tuple[str, ...] = ()
    code: str | int | float | None = None
    message: str = ""
    debug: str = ""
    meaning: str = ""
    fix: tuple[str, ...] = ()
    retry: str = ""
    fault: str = ""
    sdk: Mapping[str, str] = field(default_factory=dict)
    doc: str = ""
    findings: tuple[Finding, ...] = ()
    index: int | None = None
    request_id: str = ""
    client_request_id: str = ""
    method: str = ""
    url: str = ""
    url_template: str = ""
    address: str = ""
    port: int | None = None
    status: int | None = None
    duration_ms: int | None = None
    app: str = ""
    client: str = ""
    redactions: int = 0
    flow_id: str = ""
    part: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The record under its written keys, in their order, absent facts left out."""
        result: dict[str, Any] = {}
        for attribute, key in KEYS:
            value = getattr(self, attribute)
            if value is None or value == "" or value == () or value == {}:
                continue
            if attribute == "findings":
                value = [finding.as_dict() for finding in value]
            elif isinstance(value, tuple):
                value = list(value)
            elif isinstance(value, Mapping):
                value = dict(value)
            result[key] = value
        return result

    @classmethod
    def from_dict(cls, data: Any) -> ErrorRecord:
        """The record that `as_dict` wrote; keys it does not know are ignored. Raises ValueError that names the key at fault."""
        from .readback import record_of

        return record_of(data)

    def to_json(self) -> str:
        """The record as one line of JSON, without a line break at its end."""
        return json.dumps(self.as_dict(), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def make_record(exchange: Exchange, backend: Backend, error: Error, findings: Iterable[Finding], redaction: Redaction, kind: str = "") -> ErrorRecord:
    """The record of one error, with what was found about its cause.

    `kind` is `connection-failed`, `tls-failed` or `timeout` for a request that got no answer.
    """
    request = exchange.request
    clean, own = _cleaner(redaction), _namer(redaction)
    entry, advice = error.entry, error.advice
    # A known code is the catalog's word, even where a secret of the request happens to be part of it.
    code = clean(error.code) if isinstance(error.code, str) and entry is None else error.code
    name = entry.name if entry else ""
    last = name or kind or (_status_type(exchange) if code is None or error.code_is_status else _code_text(code))
    method = effective_method(exchange, backend)
    path = scrub(redaction.path(template(backend, request.path)))
    answered = server_headers(exchange, backend)
    return ErrorRecord(
        timestamp=timestamp(exchange.ended or exchange.started or 0.0),
        backend=backend.id,
        type=f"{backend.id}/{last}",
        name=name,
        candidates=error.candidates,
        code=code,
        message=clean(error.message),
        debug=clean(error.debug),
        known=entry is not None,
        meaning=advice.meaning if advice else "",
        fix=advice.fix if advice else (),
        retry=advice.retry if advice else "",
        fault=advice.fault if advice else "",
        sdk=advice.sdk if advice else {},
        doc=advice.doc if advice else "",
        findings=tuple(
            Finding(found.rule, scrub(redaction.said(found.says)), clean(found.evidence)[:LONGEST_EVIDENCE], found.certain, found.aside)
            for found in (*findings, *(Finding(problem.rule, problem.says, problem.evidence, certain=True, aside=True) for problem in error.problems))
        ),
        index=error.index,
        request_id=own(answered.first(backend.request_id_server))[:200],
        client_request_id=own(request.headers.first(backend.request_id_client))[:200],
        method=own(method),
        url=scrub(redaction.url(request.url)),
        url_template=path,
        address=own(request.host),
        port=request.port or None,
        status=exchange.status,
        duration_ms=_duration(exchange),
        app=own(app_id(backend, request))[:200],
        client=clean(client_name(backend, request))[:200],
        fingerprint=fingerprint(f"{backend.id}/{last}", method, path),
        redactions=redaction.count,
        flow_id=exchange.id,
        part=clean(error.part),
    )


def _cleaner(redaction: Redaction) -> Any:
    def clean(text: str) -> str:
        return scrub(redaction.text(text)) if text else ""

    return clean


def _namer(redaction: Redaction) -> Any:
    """For facts that are names: what a secret happens to have in common with them must not take them apart."""

    def own(text: str) -> str:
        return scrub(redaction.shaped(text)) if text else ""

    return own


def _status_type(exchange: Exchange) -> str:
    """The second half of a type where there is no code; a WebSocket message has no status either."""
    return "websocket-error" if exchange.status is None else f"http-{exchange.status}"


def _code_text(code: str | int | float) -> str:
    """A code as the second half of a type: without what would break the type apart."""
    return "-".join(str(code).split())[:100]


def _duration(exchange: Exchange) -> int | None:
    if exchange.started is None or exchange.ended is None or exchange.ended < exchange.started:
        return None
    return round((exchange.ended - exchange.started) * 1000)


def timestamp(seconds: float) -> str:
    """RFC 3339 in UTC with milliseconds, from seconds since the epoch."""
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        moment = datetime.fromtimestamp(0, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def fingerprint(error_type: str, method: str, url_template: str) -> str:
    """What repeats of one error have in common, as 12 hex digits."""
    return sha256("\n".join((error_type, method, url_template)).encode("utf-8", "replace")).hexdigest()[:12]
