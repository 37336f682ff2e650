"""ErrorRecord: all that is known of one error, as it is kept, written and shown. It is made, and redacted, in `make.py`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any

from .text import inert

SCHEMA = "baas-errors/1"

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
        """The record as one line of JSON, without a line break at its end: what `json.dumps` makes of `as_dict`, in less time."""
        advice = _advice_json(self.meaning, self.fix, self.retry, self.fault, tuple(self.sdk.items()), self.doc)
        head = [f"{key}{written}" for attribute, key in _HEAD if (written := _written(getattr(self, attribute)))]
        tail = [f"{key}{written}" for attribute, key in _TAIL if (written := _written(getattr(self, attribute)))]
        return inert(f"{{{','.join((*head, *advice, *tail))}}}")


# Facts before and after those of the entry, each with its key as it is written.
_ADVICE = ("meaning", "fix", "retry", "fault", "sdk", "doc")
_WRITTEN = tuple((attribute, f'"{key}":') for attribute, key in KEYS)
_HEAD = _WRITTEN[: KEYS.index(("meaning", "baas.meaning"))]
_TAIL = _WRITTEN[KEYS.index(("doc", "baas.doc")) + 1 :]


@lru_cache(maxsize=512)
def _advice_json(*values: Any) -> tuple[str, ...]:
    """What an entry says, which is the same for each of its errors."""
    keys = dict(_WRITTEN)
    texts = zip(_ADVICE, (_written(dict(value) if name == "sdk" else value) for name, value in zip(_ADVICE, values, strict=True)), strict=True)
    return tuple(f"{keys[name]}{text}" for name, text in texts if text)


def _written(value: Any) -> str:
    """A value as JSON; "" for a fact that is absent."""
    if isinstance(value, str):
        return encode_basestring(value) if value else ""
    if value is None or value == () or value == {}:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    if type(value) is int:
        return int.__repr__(value)
    if isinstance(value, tuple):
        value = [item.as_dict() if isinstance(item, Finding) else item for item in value]
    return _dumps(value)


_dumps = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def timestamp(seconds: float) -> str:
    """RFC 3339 in UTC with milliseconds, from seconds since the epoch."""
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        moment = datetime.fromtimestamp(0, UTC)
    return f"{moment.isoformat(timespec='milliseconds')[:-6]}Z"


def fingerprint(error_type: str, method: str, url_template: str) -> str:
    """What repeats of one error have in common, as 12 hex digits."""
    return sha256("\n".join((error_type, method, url_template)).encode("utf-8", "replace")).hexdigest()[:12]
