"""Looks up codes, names and rules for `baas-errors explain` and the command `errors.explain`."""

from __future__ import annotations

import difflib
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..catalog import Advice, Backend, Entry, Match, code_key
from ..catalog.entries import StatusRule, TransportRule
from ..catalog.vocabulary import TRANSPORT_KINDS, Code
from ..decode import rule_advice
from ..decode.match import Evidence
from ..decode.transport import advice_for
from ..text import one_line, safe
from .record_text import FAULT_WORDS, RETRY_WORDS
from .rule_text import RuleFacts, all_rules, rules_called

_ORIGINS = {
    "documented": "on the vendor's error page",
    "sdk": "known from the SDKs",
    "observed": "seen on the wire",
    "client-only": "client only: it never crosses the wire",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A catalog entry, or the advice for a code without an entry."""

    backend: Backend
    advice: Advice
    entry: Entry | None = None
    code: str = ""


Explained = Explanation | RuleFacts


def explain(backends: Mapping[str, Backend], text: str, only: str = "") -> list[Explained]:
    """Explains a code, an error's name or a rule, also in the forms `parse/101`, `parse 101` and `101 parse`. Codes and names go before the constants
    of SDKs, and client-only entries come last. For a code without an entry, the catalog's rules for unknown codes apply, if a backend is given."""
    only, text = split(backends, text.strip(), only)
    chosen = [backends[only]] if only else list(backends.values())
    found = [Explanation(backend, entry.advice, entry) for backend in chosen for entry in backend.entries if _is_called(entry, text)]
    of_kind = _of_kind(backends[only], text) if only and not found else []
    if not found and not of_kind:
        found = [Explanation(backend, entry.advice, entry) for backend in chosen for entry in backend.entries if _is_constant(entry, text)]
    found.sort(key=lambda item: item.entry is not None and item.entry.origin == "client-only")
    if found:
        return [*found]
    rules = rules_called(backends, text, only)
    if rules or not only:
        return [*rules]
    advices: list[Advice | None] = [*of_kind]
    if not advices:
        # Number and text can differ in meaning: 22007 in a range of codes, "22007" of a database.
        codes: list[Code] = [int(text), text] if re.fullmatch(r"-?\d{1,15}", text) else [text]
        advices = [rule_advice(backends[only], code, "", Evidence()) for code in codes]
    told = [advice for number, advice in enumerate(advices) if advice and advice not in advices[:number]]
    return [Explanation(backends[only], advice, code=text) for advice in told]


def _of_kind(backend: Backend, text: str) -> list[Advice]:
    """The advice for error types without a code: `http-403`, `timeout`."""
    if status := re.fullmatch(r"http-([1-5]\d\d)", text, re.I):
        return [rule.advice for rule in backend.tables.of(StatusRule) if int(status[1]) in rule.status]
    if text.lower() in TRANSPORT_KINDS:
        return [rule.advice for rule in backend.tables.of(TransportRule) if rule.kind == text.lower()] or [advice_for(backend, text.lower(), "")]
    return []


def split(backends: Mapping[str, Backend], text: str, only: str = "") -> tuple[str, str]:
    """The backend and the rest of `parse/101`, `parse 101` or `101 parse`; `only` and the text where it names none."""
    first, slash, rest = text.partition(" " if " " in text else "/")
    if slash and not only and first.lower() in backends and rest:
        return first.lower(), rest.strip()
    before, _, last = text.rpartition(" ")
    if before and not only and last.lower() in backends:
        return last.lower(), before.strip()
    return only, text


def _is_called(entry: Entry, text: str) -> bool:
    if entry.code == "" and " " in text:
        return any(match.message is not None and match.message.found_in(text) for match in entry.match)
    return (entry.code != "" and code_key(entry.code) == code_key(text)) or entry.name.lower() == text.lower()


def _is_constant(entry: Entry, text: str) -> bool:
    """Whether it is the name of an SDK's constant, or its last part: `OBJECT_NOT_FOUND` for `Parse.Error.OBJECT_NOT_FOUND`."""
    wanted = text.lower()
    return len(wanted) > 3 and any(constant.lower() == wanted or constant.lower().endswith(f".{wanted}") for constant in entry.advice.sdk.values())


def near_misses(backends: Mapping[str, Backend], text: str, only: str = "") -> list[str]:
    """At most five errors and rules with a similar name or code, such as `parse/ObjectNotFound`."""
    only, text = split(backends, text.strip(), only)
    names: dict[str, list[str]] = {}
    for backend in [backends[only]] if only else backends.values():
        for entry in backend.entries:
            for name in filter(None, (entry.name, str(entry.code))):
                names.setdefault(name.lower(), []).append(f"{backend.id}/{name}")
    for rule in all_rules({only: backends[only]} if only else backends):
        names.setdefault(rule.name, []).append(rule.title)
    close = difflib.get_close_matches(text.lower(), list(names), 5, 0.6)
    within = [name for name in names if len(text) > 3 and text.lower() in name]
    return list(dict.fromkeys(full for name in (*close, *within) for full in names[name]))[:5]


def as_text(found: Iterable[Explained], width: int = 100) -> str:
    """The explanations as paragraphs."""
    return safe("\n\n".join("\n".join(_lines(item, width)) for item in found))


def _lines(item: Explained, width: int) -> Iterator[str]:
    if isinstance(item, RuleFacts):
        yield f"{item.title}   (a rule of {item.backend})"
        yield from _wrapped(item.looks_at, "  ", "  ", width)
        for label, text in item.parts():
            yield from _wrapped(f"{label}: {text}", "  ", "    ", width)
        return
    entry, advice = item.entry, item.advice
    if entry:
        code = "" if str(entry.code) in ("", entry.name) else f"   code {entry.code}"
        status = f"   HTTP {', '.join(map(str, entry.status))}" if entry.status else ""
        yield f"{item.backend.id}/{entry.name}{code}{status}   ({_ORIGINS[entry.origin]})"
    else:
        yield f"{item.backend.id}/{one_line(item.code, 60)}   (no entry has this; what its range, form or status says)"
    yield from _wrapped(advice.meaning, "  ", "  ", width)
    for number, fix in enumerate(remedies(advice), 1):
        yield from _wrapped(fix, f"  {number}. ", "     ", width)
    said = [f"Retry: {RETRY_WORDS[advice.retry]}", f"Fault: {FAULT_WORDS[advice.fault]}"]
    if entry:
        said += [f"Seen at: {', '.join(entry.applies_to)}"] if entry.applies_to else []
        said += [f"Not {name}: {how}" for name, how in entry.not_to_confuse_with.items()]
    for text in said:
        yield from _wrapped(f"{text}.", "  ", "  ", width)
    for language, constant in sorted(advice.sdk.items()):
        yield from _wrapped(f"{language}: {constant}", "  SDK ", "      ", width)
    if advice.doc:
        yield f"  {advice.doc}"


def remedies(advice: Advice) -> list[str]:
    """All remedies: first the unconditional ones, then the others with their conditions."""
    return [fix.do for fix in advice.fix if not fix.when] + [
        f"If {said}: {fix.do}" if (said := " or ".join(filter(None, map(_condition, fix.when)))) else fix.do for fix in advice.fix if fix.when
    ]


def _condition(match: Match) -> str:
    parts = [(pattern, what) for pattern, what in ((match.message, "message"), (match.debug, "debug text"), (match.path, "path")) if pattern]
    # Of a pattern that only excludes something nothing is left.
    said = [f"the {what} has `{plain}`" for pattern, what in parts if (plain := _plain(pattern.text))]
    said += [f"the body matches `{plain}`"] if match.body_text and (plain := _plain(match.body_text.text)) else []
    said += [f"the method is {' or '.join(match.method)}"] if match.method else []
    said += [f"the request has `{name.lstrip('/')}`" for name in (*match.body, *match.header)]
    said += [f"the request has no `{name.lstrip('/')}`" for name in (*match.no_body, *match.no_header)]
    return " and ".join(said)


def _plain(pattern: str) -> str:
    """The pattern without anchors, flags, lookarounds and escapes, for readers; "" for one of which nothing is left that they could read."""
    bare = re.sub(r"\(\?[a-z]+\)|\(\?<?[=!][^)]*\)|\\b|/\?(?=\$)|(?<![\\\[])\^|(?<!\\)\$", "", pattern)
    bare = re.sub(r"\\(\W)", r"\1", bare.replace("(?:", "("))
    if bare == "." or bare.count("(") != bare.count(")"):
        return ""
    return bare if "(" in bare else "` or `".join(filter(None, bare.split("|")))


def _wrapped(text: str, first: str, rest: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False, break_long_words=False)


def as_rows(found: Iterable[Explained]) -> list[list[str]]:
    """The explanations as table rows of two cells."""
    rows: list[list[str]] = []
    for item in found:
        if isinstance(item, RuleFacts):
            rows += [[item.title, item.looks_at], *([label.lower(), text] for label, text in item.parts())]
            continue
        entry, advice = item.entry, item.advice
        name, code = (entry.name, entry.code) if entry else [one_line(item.code, 60)] * 2
        rows += [[f"{item.backend.id}/{name}", f"code {code}" if code != "" else "without a code"], ["means", advice.meaning]]
        rows += [["do", fix] for fix in remedies(advice)]
        rows += [["retry", RETRY_WORDS[advice.retry]], ["fault", FAULT_WORDS[advice.fault]]]
        rows += [[f"SDK {language}", constant] for language, constant in sorted(advice.sdk.items())]
        if advice.doc:
            rows.append(["read", advice.doc])
    return [[safe(cell) for cell in row] for row in rows]


def as_data(found: Iterable[Explained]) -> list[dict[str, Any]]:
    """The explanations as JSON values without empty fields."""
    return [item.data() if isinstance(item, RuleFacts) else _datum(item) for item in found]


def _datum(item: Explanation) -> dict[str, Any]:
    entry, advice = item.entry, item.advice
    of_entry: dict[str, Any] = {"code": item.code}
    more: dict[str, Any] = {}
    if entry:
        of_entry = {"name": entry.name, "code": entry.code, "status": list(entry.status), "origin": entry.origin, "space": entry.space}
        more = {"applies_to": list(entry.applies_to), "not_to_confuse_with": dict(entry.not_to_confuse_with)}
    datum = {
        "backend": item.backend.id, "type": f"{item.backend.id}/{entry.name if entry else item.code}", "known": entry is not None,
        **of_entry, "meaning": advice.meaning, "fix": remedies(advice), "retry": advice.retry, "fault": advice.fault,
        **more, "sdk": dict(advice.sdk), "doc": advice.doc,
    }  # fmt: skip
    return {key: value for key, value in datum.items() if value not in ("", [], {})}
