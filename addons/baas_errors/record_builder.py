"""From one error to its record: every text is redacted here, so that nothing made from a record can leak."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from typing import Any

from .decode import Error
from .detect.routes import template
from .exchange import BodyProblem
from .history import ExchangeFacts
from .history.recent_exchanges import PassedFlows
from .record import ErrorRecord, Finding, fingerprint, milliseconds, timestamp
from .redact import Redaction, beginning
from .text import cut, scrub

_NOT_SEARCHED = BodyProblem(
    "request-not-searched",
    "The request could not be searched for secrets: it is too large, nested too deeply or cannot be decoded. "
    "Words of the answer that might repeat one are not shown.",
)
LONGEST_EVIDENCE, LONGEST_PATH, LONGEST_NAME = 200, 1_000, 300


class RecordBuilder:
    """Makes the records of one exchange. What all of them have in common is redacted once, by the exchange's `redaction`."""

    def __init__(self, facts: ExchangeFacts, redaction: Redaction, failed_before: int, origin: tuple[str, str], passed: PassedFlows) -> None:
        """`failed_before` is how often this very request has failed since it last succeeded, `origin` the machine and when mitmproxy's run began,
        where records are to name them, `passed` what is known of exchanges that texts cite."""
        exchange, backend, request = facts.exchange, facts.backend, facts.exchange.request
        clean, redact_name = partial(_clean, redaction), partial(_redact_name, redaction)
        path = facts.template
        if len(request.path) > LONGEST_PATH:
            # Servers refuse such paths, but a proxy lets them by.
            start = beginning(request.path, LONGEST_PATH)
            path = template(start, backend.match_route(start))
        self._facts, self._passed = facts, passed
        self._path = cut(scrub(redaction.path(path)), LONGEST_PATH)
        trace_id, span_id = trace_of(request.headers.get("traceparent"))
        self._shared: dict[str, Any] = {
            "timestamp": timestamp(exchange.ended or exchange.started or 0.0),
            "backend": backend.id,
            "request_id": redact_name(facts.server_headers.first(backend.request_id.server))[:200],
            "client_request_id": redact_name(request.headers.first(backend.request_id.client))[:200],
            "method": cut(redact_name(beginning(facts.method, LONGEST_NAME)), LONGEST_NAME),
            "url": scrub(redaction.of_sent(request).url(request.url)),
            "url_template": self._path,
            "address": cut(redact_name(beginning(request.host, LONGEST_NAME)), LONGEST_NAME),
            "port": request.port or None,
            "status": exchange.answered if exchange.status is None else exchange.status,
            "duration_ms": milliseconds(exchange.started, exchange.ended),
            "app": redact_name(facts.app)[:200],
            "client": clean(facts.client)[:200],
            "user": redaction.pseudonym(facts.asker) if facts.asker else "",
            "machine": origin[0],
            "run": origin[1],
            "trace_id": trace_id if redaction.text(trace_id) == trace_id else "",
            "span_id": span_id if redaction.text(span_id) == span_id else "",
            "resend_count": failed_before or None,
            "flow_id": exchange.id,
        }

    def record(self, error: Error, findings: Iterable[Finding], redaction: Redaction) -> ErrorRecord:
        """The record of one error, with what was found about its cause; `redaction` is a branch of the exchange's."""
        facts, clean = self._facts, partial(_clean, redaction)
        entry, advice = error.entry, error.advice
        # A known code is the catalog's word, even where a secret of the request happens to be part of it.
        code = None if error.code is None else clean(str(error.code)) if isinstance(error.code, str) and entry is None else str(error.code)
        name = entry.name if entry else ""
        # A WebSocket message has no status.
        injected = facts.injected_at(error.index)
        status = "websocket-error" if facts.exchange.status is None else f"http-{facts.exchange.status}"
        last = name or facts.failure_kind or (status if code is None or error.code_is_status else code_text(code))
        told = error.problems if redaction.is_whole else (*error.problems, _NOT_SEARCHED)
        problems = (Finding(problem.rule, problem.says, problem.evidence, certain=True, secondary=True) for problem in told)
        found = tuple(self._redacted(finding, redaction) for finding in (*findings, *problems))
        first = next((finding for finding in found if not finding.secondary), None)
        own = (finding.fix for finding in found if finding.fix and not finding.secondary)
        return ErrorRecord(
            type=f"{facts.backend.id}/{last}",
            name=name,
            candidates=error.candidates,
            code=code,
            message=clean(error.message),
            debug=clean(error.debug),
            known=entry is not None,
            meaning=advice.meaning if advice else "",
            fix=tuple(dict.fromkeys((*own, *(() if first and first.certain and first.fix else error.fix)))),
            retry=(first and first.retry) or (advice.retry if advice else ""),
            fault=(first and first.fault) or (advice.fault if advice else ""),
            sdk=advice.sdk if advice else {},
            doc=advice.doc if advice else "",
            findings=found,
            index=error.index,
            fingerprint=fingerprint(f"{'injected ' if injected else ''}{facts.backend.id}/{last}", facts.method, self._path),
            redactions=redaction.count,
            part=clean(error.part),
            injected=clean(injected)[:LONGEST_NAME] if injected else "",
            **self._shared,
        )

    def _redacted(self, found: Finding, redaction: Redaction) -> Finding:
        says, fix = (scrub(redaction.redact_forms_only(self._cited(text, redaction))) if text else "" for text in (found.says, found.fix))
        evidence = scrub(redaction.redact_truncated(found.evidence)) if found.evidence else ""
        return Finding(found.rule, says, evidence[:LONGEST_EVIDENCE], found.certain, fix, found.retry, found.fault, found.secondary)

    def _cited(self, text: str, redaction: Redaction) -> str:
        """The text with method, path and time of each flow that it cites."""
        return self._passed.described(text, lambda it: f"{it.method} {redaction.path(it.path)} {timestamp(it.ended)[11:19]} UTC")


def _clean(redaction: Redaction, text: str) -> str:
    return scrub(redaction.redact_truncated(text)) if text else ""


def _redact_name(redaction: Redaction, text: str) -> str:
    """For facts that are names: what a secret happens to have in common with them must not take them apart."""
    return scrub(redaction.redact_format(text)) if text else ""


def code_text(code: str) -> str:
    """A code as the second half of a type: without what would break the type apart."""
    return "-".join(code.split())[:100]


# W3C Trace Context, version 00; later versions may append fields.
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")


def trace_of(traceparent: str) -> tuple[str, str]:
    """The trace and the span that a `traceparent` header names; "" for both where it is not valid."""
    match = _TRACEPARENT.fullmatch(traceparent.strip()[:200])
    return (match[1], match[2]) if match and (not traceparent.startswith("00") or len(traceparent.strip()) == 55) else ("", "")
