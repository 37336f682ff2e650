"""ErrorRecord: all that is known of one error, as it is kept, written and shown. It is made, and redacted, in `make.py`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any

from ..text import inert

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
            elif attribute == "sdk":
                value = dict(value)
            result[key] = value
        return result

    def to_json(self) -> str:
        """The record as one line of JSON, without a line break at its end: what `json.dumps` makes of `as_dict`, in less time."""
        return f"{{{','.join(filter(None, self.pieces()))}}}"

    def pieces(self) -> list[str]:
        """The facts as they stand in the line of JSON, each with its key, in their order; "" for those that are absent."""
        advice = _advice_json(self.meaning, self.fix, self.retry, self.fault, tuple(self.sdk.items()), self.doc)
        return [*self._written(_HEAD), *advice, *self._written(_TAIL)]

    def _written(self, facts: Iterable[tuple[str, str]]) -> Iterator[str]:
        for attribute, key in facts:
            value = getattr(self, attribute)
            if type(value) is str:
                # By far the most are texts.
                yield key + inert(encode_basestring(value)) if value else ""
            elif type(value) is int:
                yield f"{key}{value}"
            else:
                yield f"{key}{written}" if (written := _written(value)) else ""


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
    return tuple(f"{keys[name]}{text}" if text else "" for name, text in texts)


def _written(value: Any) -> str:
    """A value as JSON in which nothing acts on a terminal; "" for a fact that is absent."""
    if isinstance(value, str):
        return inert(encode_basestring(value)) if value else ""
    if value is None or value == () or value == {}:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{','.join(map(written_item, value))}]"
    return inert(_dumps(value))


def written_item(item: str | Finding) -> str:
    """A member of a list, as JSON."""
    if isinstance(item, str):
        return inert(encode_basestring(item))
    rule, says, evidence = (inert(encode_basestring(text)) for text in (item.rule, item.says, item.evidence))
    fix = f',"fix":{inert(encode_basestring(item.fix))}' if item.fix else ""
    return f'{{"rule":{rule},"says":{says},"evidence":{evidence},"certain":{"true" if item.certain else "false"}{fix}}}'


_dumps = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def timestamp(seconds: float) -> str:
    """RFC 3339 in UTC with milliseconds, from seconds since the epoch."""
    try:
        whole, micro = divmod(round(seconds * 1_000_000), 1_000_000)
        return f"{_second(whole)}.{micro // 1000:03d}Z"
    except (ValueError, OverflowError, OSError):
        return f"{_second(0)}.000Z"


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()


def milliseconds(started: float | None, ended: float | None) -> int | None:
    """How long something took, from seconds since the epoch; None where that is not known."""
    return None if started is None or ended is None or ended < started else round((ended - started) * 1000)


def fingerprint(error_type: str, method: str, url_template: str) -> str:
    """What repeats of one error have in common, as 12 hex digits."""
    text = "\n".join((error_type, method, url_template))
    return _digest(text) if len(text) <= _USUAL_LENGTH else _digest.__wrapped__(text)


# Of texts up to this length the digest is remembered.
_USUAL_LENGTH = 300


@lru_cache(maxsize=1024)
def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
