"""The formats of `baas-errors check`: text for people, JSON (docs/schema/check.json), JUnit XML, SARIF 2.1.0, and commands of GitHub Actions.

Sources: the JUnit schema of Jenkins' xUnit plugin (junit-10.xsd); SARIF 2.1.0 (OASIS); GitHub's page "Workflow commands" and its runner's source.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .. import program_version
from ..record import ErrorRecord
from ..render.record_text import first_advice, quoted, rows
from ..reports.group import Group, error_id, found_in, remedies
from ..reports.verdict import EMPTY, Verdict
from ..text import json_text, one_line, plural, safe, uncommanded
from .headline import moment

SCHEMA = "baas-errors-check/1"
MOST_KINDS, MOST_COMMANDS = 30, 50
# Of the causes of one kind: in JSON, and as text.
_MOST_CAUSES, _MOST_TOLD = 20, 4
_WIDTH = 110
# What XML 1.0 cannot hold, although it is no control character.
_NOT_XML = re.compile("[^\t\n -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_URL = re.compile(r"https?://[!-~]+")


def as_text(verdict: Verdict) -> str:
    """A block for each kind: count, type and place; then server's words, cause, fix, request id, where it was first seen."""
    lines = []
    if verdict.kinds:
        lines.append(f"{plural(verdict.errors, 'backend error')} of {plural(len(verdict.kinds), 'kind')}:")
        lines += [f"\n{block(group)}" for group in verdict.kinds[:MOST_KINDS]]
        if len(verdict.kinds) > MOST_KINDS:
            lines.append(f"\n... and {plural(len(verdict.kinds) - MOST_KINDS, 'more kind')}")
        lines += [""] if verdict.allowed or verdict.unused else []
    elif not verdict.allowed:
        lines.append("Nothing was checked." if verdict.status == EMPTY else "No backend errors were seen.")
    if verdict.allowed:
        total = sum(group.count for group, _ in verdict.allowed)
        lines.append(f"Allowed: {plural(total, 'error')}: {_allowed(verdict)}.")
    lines += [f"Not needed: --allow {one_line(text, 200)}" for text in verdict.unused]
    return uncommanded(safe("\n".join(lines)))


def _allowed(verdict: Verdict, most: int = 5) -> str:
    counts: dict[tuple[str, str], int] = {}
    for group, reason in verdict.allowed:
        key = one_line(group.record.type, 160), one_line(reason, 120)
        counts[key] = counts.get(key, 0) + group.count
    largest = sorted(counts.items(), key=lambda item: -item[1])
    shown = ", ".join(f"{kind} ({count:,}{f': {reason}' if reason else ''})" for (kind, reason), count in largest[:most])
    return f"{shown} and {plural(len(counts) - most, 'more type')}" if len(counts) > most else shown


def block(group: Group) -> str:
    """A kind in a few lines."""
    record = group.record
    who = f", {plural(group.users, 'user')}" if group.users else ""
    code = f" ({one_line(record.code, 40)})" if record.name and record.code is not None else ""
    first = f"{group.count:,}x {one_line(record.type, 160)}{code}{f' [{record.status}]' if record.status is not None else ''}"
    causes = found_in(group, _MOST_TOLD, causes=True)
    told = [one.text if one.times == group.count else f"{one.of(group.count)}: {one.text}" for one in causes]
    parts = {
        "says": [quoted(record.message)] if record.message else [],
        "found": told[:1] or [record.meaning],
        "do": remedies(group, causes[:1])[:1],
        # A kind is what the answer says: requests may have got it for other reasons.
        "also": [one_line(text, 2 * _WIDTH) for text in told[1:]],
        "id": [f"request id {one_line(record.request_id, 80)}"] if record.request_id else [],
        "first": [_first(group)],
    }
    return "\n".join([f"{f'{first} {one_line(group.endpoint, 200)}'.rstrip()}{who}", *rows(parts, _WIDTH)])


def _first(group: Group) -> str:
    """When and where the error was seen first."""
    first = group.members[0]
    flow = f", flow {one_line(first.record.flow_id[:8], 8)}" if first.record.flow_id else ""
    return f"{moment(first.record.timestamp)} UTC in {one_line(first.source, 200)}{flow}; id {error_id(first.record)}"


def as_data(verdict: Verdict) -> dict[str, Any]:
    """The verdict as a JSON value: docs/schema/check.json."""
    return {
        "schema": SCHEMA,
        "status": verdict.status,
        **({"problem": verdict.problem} if verdict.problem else {}),
        "errors": verdict.errors,
        "exchanges": verdict.tally.exchanges,
        "backend_exchanges": verdict.tally.ours,
        "records": verdict.tally.records,
        "kinds": [_kind(group) for group in verdict.kinds],
        "allowed": [_kind(group) | {"reason": reason} for group, reason in verdict.allowed],
        "unused_allow": list(verdict.unused),
        "notes": list(verdict.notes),
    }


def _kind(group: Group) -> dict[str, Any]:
    record, first = group.record, group.members[0]
    causes = found_in(group, _MOST_CAUSES, causes=True)
    datum: dict[str, Any] = {
        "type": record.type, "fingerprint": record.fingerprint, "backend": record.backend, "name": record.name, "code": record.code,
        "status": record.status, "method": record.method, "url_template": record.url_template, "count": group.count, "users": group.users,
        "message": record.message, "cause": causes[0].says if causes else None, "certain": causes[0].certain if causes else None,
        "other_causes": [{"cause": one.says, "certain": one.certain, "fix": one.fix, "count": one.times} for one in causes[1:]],
        "meaning": record.meaning, "fix": remedies(group, causes[:1]), "retry": record.retry, "fault": record.fault, "request_id": record.request_id,
        "first": {"id": error_id(first.record), "timestamp": group.first, "source": first.source, "flow_id": first.record.flow_id},
        "last": group.last,
    }  # fmt: skip
    return {key: value for key, value in datum.items() if value not in (None, "", [])}


def as_json(verdict: Verdict) -> str:
    """The verdict as JSON."""
    return json_text(as_data(verdict))


def as_junit(verdict: Verdict) -> str:
    """JUnit XML: a test case for the inputs, and a failed one for each kind that is not allowed; an allowed one is skipped, with its reason."""
    counts = {"tests": 1 + len(verdict.kinds) + len(verdict.allowed), "failures": len(verdict.kinds), "errors": int(bool(verdict.problem))}
    totals = {name: str(count) for name, count in counts.items()}
    problem = [_element("error", "\n".join(verdict.notes), type="input", message=verdict.problem)] if verdict.problem else []
    cases = [_element("testcase", problem, classname="baas-errors", name="the inputs hold traffic of a known backend")]
    for group in verdict.kinds:
        cases.append(_of_kind(group, _element("failure", block(group), type=group.record.type, message=group.record.line)))
    for group, reason in verdict.allowed:
        cases.append(_of_kind(group, _element("skipped", "", message=f"allowed{f': {reason}' if reason else ''}")))
    suite = _element("testsuite", cases, name="baas-errors", **totals, skipped=str(len(verdict.allowed)))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_element("testsuites", [suite], name="baas-errors", **totals)}'


def _of_kind(group: Group, inside: str) -> str:
    name = f"{group.record.type} {group.endpoint}".strip()
    return _element("testcase", [inside], classname=f"baas-errors.{group.record.backend}", name=name)


def _element(tag: str, inside: str | list[str], **attributes: str) -> str:
    """An element of XML, with a text or other elements in it. The standalone mitmproxy has no `xml.etree`."""
    opened = "".join([f"<{tag}", *(f' {name}="{escape(_xml(value))}"' for name, value in attributes.items())])
    if isinstance(inside, list):
        within = "".join(f"\n{line}" for line in inside) + "\n" * bool(inside)
    else:
        within = escape(_NOT_XML.sub("\ufffd", safe(inside)), quote=False)
    return f"{opened}>{within}</{tag}>" if within else f"{opened} />"


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", one_line(text, 400))


def as_sarif(verdict: Verdict) -> str:
    """SARIF 2.1.0: a rule for each type, a result for each kind. An allowed one is suppressed, with its reason."""
    everything = [*((group, None) for group in verdict.kinds), *verdict.allowed]
    rules: dict[str, dict[str, Any]] = {}
    for group, _ in everything:
        rules.setdefault(group.record.type, _rule(group.record))
    places = {kind: number for number, kind in enumerate(rules)}
    notes = [{"level": "warning", "message": {"text": note}} for note in (*filter(None, [verdict.problem]), *verdict.notes)]
    driver = {"name": "baas-errors", **({"version": program_version()} if program_version() else {}), "rules": list(rules.values())}
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": not verdict.problem, "exitCode": verdict.status, "toolExecutionNotifications": notes}],
        "results": [_result(group, reason, places[group.record.type]) for group, reason in everything],
        "columnKind": "unicodeCodePoints",
    }
    document = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json_text(document)


def _rule(record: ErrorRecord) -> dict[str, Any]:
    told = record.meaning or "No catalog has an entry for this error."
    rule: dict[str, Any] = {"id": record.type, "shortDescription": {"text": record.title}, "fullDescription": {"text": told}}
    rule |= {"help": {"text": "\n".join(record.fix)}} if record.fix else {}
    return rule | ({"helpUri": record.doc} if _URL.fullmatch(record.doc) else {})


def _result(group: Group, reason: str | None, rule: int) -> dict[str, Any]:
    record, first = group.record, group.members[0]
    place: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": _uri(first.source)}, "region": {"startLine": 1}}}
    place |= {"logicalLocations": [{"fullyQualifiedName": group.endpoint, "kind": "resource"}]} if group.endpoint else {}
    suppressed = {"suppressions": [{"kind": "external", "justification": reason}]} if reason is not None else {}
    return {
        "ruleId": record.type,
        "ruleIndex": rule,
        "level": "warning" if record.level == "warn" else "error",
        "message": {"text": block(group)},
        "locations": [place],
        "occurrenceCount": group.count,
        "partialFingerprints": {"baasFingerprint/v1": record.fingerprint},
        **suppressed,
    }


def _uri(source: str) -> str:
    """The name of an input as a URI: relative to the folder that the command ran in, or `file:` for an absolute path."""
    path = Path(source)
    if path.is_absolute():
        return f"file://{quote(path.as_posix(), errors='replace')}"
    return quote(path.as_posix(), errors="replace") if source not in ("", "standard input") else "stdin"


def as_github(verdict: Verdict) -> str:
    """A command of GitHub Actions for each kind, which shows it beside the build, then a line that sums up. GitHub shows ten of a step."""
    lines = []
    for group in verdict.kinds[:MOST_COMMANDS]:
        record = group.record
        title = _property(f"{record.type} ({group.count:,}x) {group.endpoint}")
        told = [one_line(record.message, 300), first_advice(record), *record.fix[:1], _first(group)]
        lines.append(f"::error title={title}::{_data(chr(10).join(dict.fromkeys(filter(None, told))))}")
    lines += [f"::notice title=Not needed::{_data(f'--allow {text}')}" for text in verdict.unused]
    lines += [f"::error title=baas-errors::{_data(verdict.problem)}"] if verdict.problem else []
    allowed = f", {plural(len(verdict.allowed), 'kind')} allowed" if verdict.allowed else ""
    return "\n".join([*lines, f"{plural(verdict.errors, 'backend error')} of {plural(len(verdict.kinds), 'kind')}{allowed}"])


def _data(text: str) -> str:
    """The text of a command: a line break would end it, and let the next line be a command."""
    return safe(uncommanded(text)).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text, 300)).replace(":", "%3A").replace(",", "%2C")


FORMATS: dict[str, Callable[[Verdict], str]] = {
    "text": as_text, "json": as_json, "junit": as_junit, "sarif": as_sarif, "github": as_github,
}  # fmt: skip
