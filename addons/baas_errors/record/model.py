"""ErrorRecord: all that is known of one error, as it is kept, written and shown. It is made, and redacted, in `record_builder.py`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from operator import attrgetter
from typing import Any, NamedTuple

from ..catalog.vocabulary import FAULTS, RETRIES
from ..text import inert, one_line

SCHEMA = "baas-errors/1"
# The rule whose finding counts the failures of one request: it says another number each time.
IN_VAIN = "repeats-in-vain"
# The rule that compares a request with the last one of its method and path that worked.
DIFFERS = "differs-from-success"


class Fact(NamedTuple):
    """One key of the record: the attribute that holds it, the JSON type that it has, and what it means."""

    attribute: str
    key: str
    type: str
    meaning: str


# Every key that is written, in the order of the log. docs/log.md shows this table (docs/make_log.py).
FACTS: tuple[Fact, ...] = (
    Fact("timestamp", "@timestamp", "text", "when the answer ended: RFC 3339, UTC, milliseconds"),
    Fact("schema", "schema", "text", f"the format of the record: `{SCHEMA}`"),
    Fact("backend", "baas.backend", "text",
         "the catalog's id: `kinvey`, `parse`, `pocketbase`, `bkend`, `backend-services`, or that of your own catalog"),
    Fact("type", "error.type", "text",
         "`parse/ObjectNotFound`; for an unknown code `parse/9001`; without a code `parse/http-403`; without an answer `parse/connection-failed`, "
         "`/tls-failed`, `/timeout`; in a WebSocket message without a code `parse/websocket-error`"),
    Fact("name", "baas.name", "text", "the error's name in the catalog"),
    Fact("candidates", "baas.candidates", "list of texts",
         "other names with the same code that the evidence does not rule out; `baas.name` is the likeliest"),
    Fact("line", "message", "text", "the error in one line: name, code, the server's text"),
    Fact("level", "log.level", "text", "`warn` where the fault is in the request, credentials, permissions or limits, else `error`"),
    Fact("code", "error.code", "text", "the code as received, always as text (logs of earlier versions may have a number)"),
    Fact("message", "error.message", "text", "the server's text"),
    Fact("debug", "error.debug", "text", "the server's text for developers"),
    Fact("known", "baas.known", "boolean", "whether the catalog has the code"),
    Fact("meaning", "baas.meaning", "text", "what the error means"),
    Fact("fix", "baas.fix", "list of texts", "what to do, best first: the remedies of the findings, then the catalog's"),
    Fact("retry", "baas.retry", "text", f"whether a retry helps: {', '.join(f'`{name}`' for name in RETRIES)}"),
    Fact("fault", "baas.fault", "text", f"who has to act: {', '.join(f'`{name}`' for name in FAULTS)}"),
    Fact("sdk", "baas.sdk", "object of texts", "what the app's SDK shows, by language"),
    Fact("doc", "baas.doc", "text", "URL of the vendor's page"),
    Fact("findings", "baas.findings", "list of objects", "causes seen in the request, likeliest first: `rule`, `says`, `evidence`, `certain`, `fix`"),
    Fact("finding", "baas.finding", "text", "the rule of the first finding"),
    Fact("index", "baas.index", "integer", "the position in a batch, multi-insert or GraphQL list, from 0"),
    Fact("request_id", "http.request.id", "text", "the server's id of the request, to quote to support"),
    Fact("client_request_id", "baas.client_request_id", "text", "the client's own id of the request"),
    Fact("method", "http.request.method", "text", "the method that the server acted on (`_method` applied)"),
    Fact("url", "url.full", "text", "the URL, redacted"),
    Fact("url_template", "url.template", "text", "the path with its ids as `{id}`"),
    Fact("address", "server.address", "text", "the host as the app named it"),
    Fact("port", "server.port", "integer", "the port"),
    Fact("status", "http.response.status_code", "integer", "the HTTP status"),
    Fact("duration_ms", "baas.duration_ms", "integer", "milliseconds from request to answer"),
    Fact("app", "baas.app", "text", "the app's id or key id"),
    Fact("client", "baas.client", "text", "the SDK and its version, where the app sends them"),
    Fact("user", "baas.user", "text", "a pseudonym of who asked (session, token or user name), the same before and after a sign-in: to count users"),
    Fact("machine", "host.name", "text", "the machine that wrote this, with `errors_machine`"),
    Fact("run", "baas.run", "text", "when the run of mitmproxy began that wrote this, as `@timestamp`, with `errors_machine`"),
    Fact("trace_id", "trace_id", "text", "the trace in the request's `traceparent` header"),
    Fact("span_id", "span_id", "text", "the span in the request's `traceparent` header"),
    Fact("resend_count", "http.request.resend_count", "integer", "how often this very request failed before, since it last succeeded"),
    Fact("injected", "baas.injected", "text", "the error on demand that this is (`errors_inject`): no real answer"),
    Fact("reaction", "baas.reaction", "text",
         "what the app did after it: `waited`, `too-early`, `backed-off`, `gave-up`, `repeats-in-vain`, `refreshed-once`, `refresh-storm`, "
         "`duplicate-write`, `recovered`"),
    Fact("fingerprint", "baas.fingerprint", "text", "the same for repeats of one error: made of type, method and URL template"),
    Fact("redactions", "baas.redactions", "integer", "how many values were replaced"),
    Fact("flow_id", "mitmproxy.flow_id", "text", "the flow in mitmproxy"),
)  # fmt: skip
# What an error is called that has neither name nor code: by the kind of its failure, by its status, by the first digit of that.
UNNAMED = {
    "connection-failed": "No connection", "tls-failed": "TLS handshake failed", "timeout": "No answer in time",
    "websocket-error": "Error in a WebSocket message",
    "400": "Refused as malformed", "401": "Credentials refused before {backend} looked at it", "403": "Refused before {backend} looked at it",
    "404": "No such address at {backend}", "405": "Method not allowed at this address", "408": "Request did not arrive in time",
    "409": "Conflict with what is stored", "413": "Request too large", "414": "URL too long", "415": "Content type not accepted",
    "429": "Too many requests", "431": "Headers too large", "502": "Gateway got no valid answer from {backend}",
    "503": "{backend} is not available", "504": "Gateway got no answer from {backend} in time",
    "2": "Error in an answer with a status of success", "3": "Redirected instead of answered", "4": "Refused without a code",
    "5": "{backend} or its server failed",
}  # fmt: skip
# Attribute and key of every fact, in the order in which they are written.
KEYS: tuple[tuple[str, str], ...] = tuple((fact.attribute, fact.key) for fact in FACTS)
# These follow from other facts: they are written, and not read back.
DERIVED = frozenset({"line", "level", "finding"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause found: the rule that found it, what it says, what it saw, whether the request proves it, and what to do about it."""

    rule: str
    says: str
    evidence: str = ""
    certain: bool = False
    fix: str = ""
    # Where they differ from those of the catalog's entry; the record's own `retry` and `fault` take them over.
    retry: str = field(default="", compare=False)
    fault: str = field(default="", compare=False)
    # Beside the cause, such as a warning; it is not written.
    secondary: bool = field(default=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """The finding as it is written."""
        fix = {"fix": self.fix} if self.fix else {}
        return {"rule": self.rule, "says": self.says, "evidence": self.evidence, "certain": self.certain, **fix}


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRecord:
    """One error. An absent fact is None or empty, and is left out of what is written. `part` names the request inside a batch; it is shown to people
    and not written."""

    timestamp: str
    backend: str
    type: str
    known: bool
    fingerprint: str
    schema: str = SCHEMA
    name: str = ""
    candidates: tuple[str, ...] = ()
    code: str | None = None
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
    user: str = ""
    machine: str = ""
    run: str = ""
    trace_id: str = ""
    span_id: str = ""
    resend_count: int | None = None
    injected: str = ""
    reaction: str = ""
    redactions: int = 0
    flow_id: str = ""
    part: str = ""

    @property
    def title(self) -> str:
        """The error's name and code in a few words: `ObjectNotFound (101)`, `Refused before Parse looked at it (403)`."""
        code = one_line(self.code, 60) if self.code is not None else ""
        # Records are read from files as well, which may hold anything.
        if name := one_line(self.name, 80):
            return f"{name} ({code})" if code and code != name else name
        if code:
            return f"unknown code {code}"
        return self._unnamed if self.status is None else f"{self._unnamed} ({self.status})"

    @property
    def lead(self) -> str:
        """The title, with what tells it from others in front: `ObjectNotFound`, `9001 unknown code`, `403 Refused before Parse looked at it`."""
        if name := one_line(self.name, 80):
            return name
        if self.code is not None and (code := one_line(self.code, 60)):
            return f"{code} unknown code"
        return self._unnamed if self.status is None else f"{self.status} {self._unnamed}"

    @property
    def _unnamed(self) -> str:
        kind = one_line(self.type, 160).partition("/")[2]
        # A failure may have a status, too: the proxy's own.
        kind = str(self.status) if kind == f"http-{self.status}" else kind
        said = UNNAMED.get(kind) or (UNNAMED.get(kind[:1]) if kind.isdigit() else "") or kind
        return said.replace("{backend}", one_line(self.backend, 40).replace("-", " ").title())

    @property
    def line(self) -> str:
        """The error in one line: name, code, the server's text."""
        return f"{self.title}: {one_line(self.message, 300)}" if self.message else self.title

    @property
    def level(self) -> str:
        """The level for logs: `warn` or `error`."""
        return FAULTS[self.fault].level if self.fault in FAULTS else "error"

    @property
    def finding(self) -> str:
        """The rule of the first finding, or ""."""
        return self.findings[0].rule if self.findings else ""

    def as_dict(self) -> dict[str, Any]:
        """The record under its written keys, in their order, absent facts left out."""
        result: dict[str, Any] = {}
        for key, value in zip(_NAMES, _VALUES(self), strict=True):
            # Zero and false are facts.
            if value or value is False or value == 0:
                result[key] = list(value) if type(value) is tuple else value
        if not self.machine:
            # Where the log marks only where a run begins, the run is read (sources/log.py), and not written again.
            result.pop("baas.run", None)
        if self.findings:
            result["baas.findings"] = [finding.as_dict() for finding in self.findings]
        if self.sdk:
            result["baas.sdk"] = dict(self.sdk)
        return result

    def to_json(self) -> str:
        """The record as one line of JSON, without a line break at its end, in which nothing acts on a terminal."""
        return inert(_dumps(self.as_dict()))


_NAMES = tuple(fact.key for fact in FACTS)
_VALUES = attrgetter(*(fact.attribute for fact in FACTS))
_dumps = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def timestamp(seconds: float) -> str:
    """RFC 3339 in UTC with milliseconds, from seconds since the epoch."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return "1970-01-01T00:00:00.000Z"


def milliseconds(started: float | None, ended: float | None) -> int | None:
    """How long something took, from seconds since the epoch; None where that is not known."""
    return None if started is None or ended is None or ended < started else round((ended - started) * 1000)


def fingerprint(error_type: str, method: str, url_template: str) -> str:
    """What repeats of one error have in common, as 12 hex digits."""
    return sha256("\n".join((error_type, method, url_template)).encode("utf-8", "replace")).hexdigest()[:12]
