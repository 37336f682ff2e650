"""Reads the tables of a catalog that stand after its head: `[[shape]]`, `[[entry]]` and the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import entries, vocabulary
from .entries import Advice, Entry, Shape, StatusSet, Tables
from .reader import Fields
from .values import conditions, fixes, flag, lower, match_of, status_set, upper, url
from .vocabulary import CatalogError, code_key, quoted, shown


def read_tables(top: Fields) -> Tables:
    """All tables of a catalog but its head; raises CatalogError."""
    entries = tuple(_entry(f) for f in _named(top, "entry"))
    tables = Tables(
        entries=entries,
        shapes=tuple(_shape(f) for f in _named(top, "shape")),
        ranges=tuple(_range(f) for f in _named(top, "range")),
        patterns=tuple(_pattern_rule(f) for f in _named(top, "pattern")),
        statuses=tuple(_status_rule(f) for f in _named(top, "status")),
        transports=tuple(_transport_rule(f) for f in _named(top, "transport")),
    )
    _check_entries(entries, top.file)
    return tables


def _named(top: Fields, kind: str) -> list[Fields]:
    """The tables of one kind, each told apart in messages by its name or code as well as its number."""
    tables = top.tables(kind)
    for number, fields in enumerate(tables, 1):
        named = next((v for v in (fields.peek("name"), fields.peek("code")) if v is not None), "")
        label = shown(named) if isinstance(named, str) else quoted(named)
        fields.where = f"[[{kind}]] {number}" + (f" `{label}`" if label else "")
    return tables


def _shape(f: Fields) -> Shape:
    each = f.pointer("each")
    shape = Shape(
        name=f.text("name", required=True),
        status=f.raw("status", status_set, entries.LIST_STATUSES if each else entries.ERROR_STATUSES),
        path=f.pattern("path"),
        method=upper(f.texts("method")),
        source=f.text("source", one_of=vocabulary.SOURCES) or "body",
        where=f.raw("where", lambda value: conditions(f, "where", value), {}),
        each=each,
        index=f.pointer("index"),
        request_each=f.pointer("request_each"),
        code=f.pointers("code"),
        code_pattern=f.pattern("code_pattern"),
        code_is_status=f.raw("code_is_status", flag, False),
        message=f.pointers("message"),
        debug=f.pointers("debug"),
        nested=f.pointers("nested"),
        space=f.text("space"),
    )
    if not shape.code and not shape.message:
        raise f.error("code", "is missing, and so is `message`: a shape needs at least one of them")
    if shape.each and "*" not in shape.each.split("/"):
        raise f.error("each", f'needs a `*` for the members, as in "/errors/*", not {quoted(shape.each)}')
    f.done()
    return shape


def _advice(f: Fields) -> Advice:
    return Advice(
        meaning=f.text("meaning", required=True),
        fix=f.raw("fix", lambda value: fixes(f, value)),
        retry=f.text("retry", required=True, one_of=vocabulary.RETRIES),
        fault=f.text("fault", required=True, one_of=vocabulary.FAULTS),
        sdk=f.mapping("sdk"),
        doc=f.raw("doc", url, ""),
    )


def _entry(f: Fields) -> Entry:
    entry = Entry(
        name=f.text("name", required=True),
        code=f.code("code"),
        space=f.text("space"),
        status=f.statuses("status"),
        match=tuple(match_of(m) for m in f.tables("match")),
        advice=_advice(f),
        applies_to=f.texts("applies_to"),
        not_to_confuse_with=f.mapping("not_to_confuse_with"),
        origin=f.text("origin", required=True, one_of=vocabulary.ORIGINS),
    )
    f.done()
    return entry


def _range(f: Fields) -> entries.RangeRule:
    rule = entries.RangeRule(first=f.number("from"), last=f.number("to"), space=f.text("space"), advice=_advice(f))
    if rule.first is not None and rule.last is not None and rule.first > rule.last:
        raise f.error("to", f"is {quoted(rule.last)}, below `from`, which is {quoted(rule.first)}")
    f.done()
    return rule


def _pattern_rule(f: Fields) -> entries.PatternRule:
    code = f.pattern("code", required=True)
    assert code is not None
    rule = entries.PatternRule(code=code, status=f.statuses("status"), advice=_advice(f))
    f.done()
    return rule


def _status_rule(f: Fields) -> entries.StatusRule:
    status = f.raw("status", status_set, StatusSet())
    if status == StatusSet():
        raise f.error("status", 'is missing; it takes a list such as [403, "5xx"]')
    rule = entries.StatusRule(status=status, match=tuple(match_of(m) for m in f.tables("match")), advice=_advice(f))
    f.done()
    return rule


def _transport_rule(f: Fields) -> entries.TransportRule:
    rule = entries.TransportRule(
        kind=f.text("kind", required=True, one_of=vocabulary.TRANSPORT_KINDS),
        hosts=lower(f.texts("hosts")),
        advice=_advice(f),
    )
    f.done()
    return rule


def _check_entries(entries: tuple[Entry, ...], file: str) -> None:
    """Refuses codes that no look-up can find, and entries that no answer could ever reach."""
    seen: dict[tuple[object, ...], str] = {}
    for number, entry in enumerate(entries, 1):
        where = f"[[entry]] {number} `{shown(entry.name)}`"
        if code_key(entry.code) is None:
            raise CatalogError(f"{quoted(entry.code)} cannot be a code", file=file, where=where, field="code")
        key = (entry.space, code_key(entry.code), entry.name, entry.status, entry.match)
        if key in seen:
            raise CatalogError(f"is the same as {seen[key]}: same code, name, status and match", file=file, where=where, field="name")
        seen[key] = where


# How one table of each kind is read.
READERS: Mapping[str, Callable[[Fields], Any]] = {
    "shape": _shape,
    "entry": _entry,
    "range": _range,
    "pattern": _pattern_rule,
    "status": _status_rule,
    "transport": _transport_rule,
}
