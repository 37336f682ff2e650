"""Records read back from what was written: every value is checked, since a file may come from anywhere."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from ..text import scrub
from .model import DERIVED, FACTS, SCHEMA, ErrorRecord, Finding

REQUIRED = ("timestamp", "schema", "backend", "type", "known", "fingerprint")
_READ = tuple((fact.attribute, fact.key) for fact in FACTS if fact.attribute not in DERIVED)
_TYPES = {fact.attribute: fact.type for fact in FACTS}
_NUMBERS = frozenset(attribute for attribute, kind in _TYPES.items() if kind == "integer")
# What is any text, without a form of its own.
_TEXTS = frozenset(attribute for attribute, kind in _TYPES.items() if kind == "text") - {"timestamp", "schema"}
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z")
_LARGEST = 10**300
# Rules that tell of something beside the cause, such as a warning. The records do not say it; a test keeps the list true.
ASIDE = frozenset(
    [
        *("repeats-in-vain", "cors-blocked", "unnamed-error", "injected", "sdk-after-401", "try-again", "empty-again", "script-again"),
        *("for-support", "wrapped", "install-certificate", "differs-from-success"),
        *("app-sees", "server-key-in-app", "credentials-in-the-clear", "old-api-version", "retired-host"),
        *("body-not-kept", "body-truncated", "body-not-text", "body-not-json", "errors-not-listed", "request-not-searched", "not-explained"),
    ]
)
# These say the same in many records. Kept once each, a file of 100,000 records fits into a tenth of the memory.
_REPEATED = (
    "backend", "type", "name", "meaning", "retry", "fault", "doc", "method", "url_template", "address", "app", "client", "machine", "run",
    "fingerprint",
)  # fmt: skip


def keep_once(record: ErrorRecord) -> ErrorRecord:
    """The record, whose texts that many records repeat are kept once each. It must be no one else's yet."""
    for attribute in _REPEATED:
        object.__setattr__(record, attribute, sys.intern(getattr(record, attribute)))
    return record


def record_of(data: Any, run: str = "") -> ErrorRecord:
    """The record in a JSON object as written, of this run where it names none. Raises ValueError that names the key at fault and says what would
    be right."""
    if not isinstance(data, Mapping):
        raise ValueError("is not a JSON object, so it is not an error record")
    if data.get("schema") != SCHEMA:
        found = repr(data["schema"])[:60] if "schema" in data else "missing"
        raise ValueError(f"`schema` is {found}; a record has {SCHEMA!r}")
    values: dict[str, Any] = {"run": run}
    for attribute, key in _READ:
        value = data.get(key)
        if type(value) is str and value and value.isascii() and attribute in _TEXTS:
            # Most facts are such, and a log may hold hundreds of thousands.
            values[attribute] = sys.intern(value) if attribute in _REPEATED else value
        elif type(value) is int and attribute in _NUMBERS:
            values[attribute] = value
        elif value is not None and value != "":
            values[attribute] = _value(attribute, key, value)
        elif attribute in REQUIRED:
            raise ValueError(f"`{key}` is missing")
    return ErrorRecord(**values)


def _value(attribute: str, key: str, value: Any) -> Any:
    """A value as the record keeps it, checked."""
    text = partial(_text, key=key, kept=attribute in _REPEATED)
    if attribute == "code" and not isinstance(value, str):
        # Logs of earlier versions have numbers. NaN is neither below nor above anything.
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not -_LARGEST < value < _LARGEST:
            raise ValueError(f"`{key}` is {repr(value)[:60]}; it should be a text or a number")
        return str(value)
    kind = _TYPES[attribute]
    if kind == "boolean":
        return _of(bool, value, key, "true or false")
    if kind == "integer":
        return _of(int, value, key, "a whole number")
    if kind == "list of texts":
        return _once(_texts, tuple(_of(list, value, key, "a list of texts")), key)
    if kind == "object of texts":
        return _once(_pairs, tuple(_of(dict, value, key, "an object").items()), key)
    if kind == "list of objects":
        return tuple(_finding(item, key) for item in _of(list, value, key, "a list of findings"))
    if attribute == "timestamp" and not _is_time(text(value)):
        raise ValueError(f"`{key}` is {value[:40]!r}; it should be a time such as '2026-01-31T12:00:00.000Z'")
    return text(value)


def _once(read: Any, values: tuple[Any, ...], key: str) -> Any:
    """What is read from values, the same object for all records that have them."""
    try:
        return read(values, key)
    except TypeError:
        # A list or object among them cannot be remembered; that it is no text is said all the same.
        return read.__wrapped__(values, key)


@lru_cache(maxsize=1024)
def _texts(values: tuple[Any, ...], key: str) -> tuple[str, ...]:
    return tuple([_text(item, key, kept=True) for item in values])


@lru_cache(maxsize=1024)
def _pairs(values: tuple[tuple[Any, Any], ...], key: str) -> dict[str, str]:
    return {_text(name, key, kept=True): _text(item, key, kept=True) for name, item in values}


def _is_time(text: str) -> bool:
    try:
        return bool(_TIMESTAMP.fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:
        return False


def _finding(value: Any, key: str) -> Finding:
    found = _of(dict, value, key, "a list of objects")
    text = partial(_text, key=key)
    rule = text(found.get("rule", ""))
    says, evidence, fix = (text(found.get(name, "")) for name in ("says", "evidence", "fix"))
    return Finding(rule, says, evidence, found.get("certain") is True, fix, secondary=rule in ASIDE)


def _of(kind: type, value: Any, key: str, wanted: str) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"`{key}` is {repr(value)[:60]}; it should be {wanted}")
    return value


def _text(value: Any, key: str, kept: bool = False) -> str:
    text = scrub(_of(str, value, key, "a text"))
    return sys.intern(text) if kept else text
