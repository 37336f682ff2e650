"""No two statements about one error contradict each other: finding, meaning, remedy, retry and marker, over all captures of the tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from baas_errors.catalog import FAULTS, Backend
from baas_errors.exchange import Exchange
from baas_errors.pipeline import Pipeline
from baas_errors.record import ErrorRecord
from baas_errors.sources import read

CAPTURES = Path(__file__).with_name("captures")
FILES = sorted([*CAPTURES.glob("*.mitm"), *CAPTURES.glob("har/*.har")])
# What a pause cannot mend: to say "yes, later" beside such a fault sends the reader the wrong way.
FIXED_BY_PEOPLE = {"request", "permission", "config", "script"}
CODE = re.compile(r"`[^`]*`|'[^']*'|\{[^{}]*\}")
BROKEN = re.compile(r"``|\?\.|(?<!\.)\.\.(?!\.)|,,|\ban (?=(?:user|number|string|boolean)\b)|\bis was\b")


def records(backends: dict[str, Backend], file: Path) -> Iterator[ErrorRecord]:
    pipeline = Pipeline(backends, pseudonym_key=b"key of the tests")
    for exchange in read(file, []):
        if not isinstance(exchange, Exchange):
            continue
        if backend := pipeline.recognizer.of_exchange(exchange):
            yield from pipeline.records(exchange, backend)


def contradictions(record: ErrorRecord) -> Iterator[str]:
    """What does not fit together in one record."""
    causes = [finding for finding in record.findings if not finding.secondary]
    first = causes[0] if causes else None
    if first and first.fix and record.fix[0] != first.fix:
        yield f"the first remedy is not that of the first finding: {record.fix[0]!r}"
    if first and first.certain and first.fix and set(record.fix) - {finding.fix for finding in causes}:
        yield "general remedies stand beside a proved cause"
    if record.fault in FIXED_BY_PEOPLE and record.retry in ("backoff", "safe"):
        yield f"fault {record.fault!r} with retry {record.retry!r}"
    if record.retry == "after-login" and record.fault not in ("auth", "permission"):
        yield f"retry after-login with fault {record.fault!r}"
    if record.fault and record.fault not in FAULTS:
        yield f"no marker for {record.fault!r}"
    if first and first.certain and first.says.lower().startswith("likely"):
        yield "a certain finding says likely"
    if len({finding.says for finding in record.findings}) < len(record.findings):
        yield "a finding stands twice"
    for text in (record.meaning, *record.fix, *(finding.says for finding in record.findings)):
        if found := BROKEN.search(CODE.sub("x", text)):
            yield f"broken text at {found[0]!r}: {text!r}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_statement_contradicts_another(backends: dict[str, Backend], file: Path) -> None:
    found = {
        f"{record.type} {record.method} {record.url_template} ({record.message[:80]}; {[finding.rule for finding in record.findings]}): {wrong}"
        for record in records(backends, file)
        for wrong in contradictions(record)
    }
    assert not found, "\n".join(sorted(found))
