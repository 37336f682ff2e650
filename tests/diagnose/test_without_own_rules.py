"""How much of what the rules for Parse find the checks for everybody find by the catalog alone, on recordings of real servers.

python -m pytest -q -s tests/diagnose/test_without_own_rules.py
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from baas_errors.exchange import Exchange
from baas_errors.pipeline import Pipeline
from baas_errors.record import Finding
from baas_errors.sources import read
from build import shipped_catalogs

CAPTURES = Path(__file__).parents[1] / "captures"
# What a rule for Parse and a check for everybody call the same cause.
SAME = {
    "rate-limit": {"retry-after"}, "session-missing": {"token-missing"}, "session-ended": {"token-history"}, "taken": {"value-taken", "sent-twice"},
    "duplicate-value": {"value-taken", "sent-twice", "named-field"}, "credentials": {"sign-in"}, "client-key": {"app-key"},
    "app-id-missing": {"app-key"}, "body-json": {"json-body"}, "object-unknown": {"id-history"},
    "username-missing": {"required-field", "named-field"}, "password-missing": {"required-field", "named-field"},
    "class-unknown": {"name-in-path"}, "function-unknown": {"name-in-path"}, "type-mismatch": {"stored-field", "named-field", "field-type"},
    "schema-field": {"named-field"}, "new-field": {"named-field", "stored-field"},
}  # fmt: skip
# Of the errors whose cause the rules for Parse find, and of what is said without them.
FOUND, RIGHT = 0.6, 0.85


def quoted(finding: Finding) -> set[str]:
    """What a finding quotes: two that quote the same are taken to speak of the same cause."""
    return set(re.findall(r"`([^`]{2,})`", f"{finding.says} {finding.fix}"))


def causes(found: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in found if not finding.secondary]


@pytest.mark.slow
def test_the_checks_for_everybody_find_most_causes_without_rules_in_code(capsys: pytest.CaptureFixture[str]) -> None:
    parse = shipped_catalogs()["parse"]
    told, said, same, missed = 0, 0, 0, Counter[str]()
    for capture in sorted(CAPTURES.glob("parse-*.mitm")):
        whole = Pipeline({"parse": parse}, pseudonym_key=b"key of the tests")
        alone = Pipeline({"renamed": replace(parse, id="renamed")}, pseudonym_key=b"key of the tests")
        for exchange in read(capture, []):
            if not isinstance(exchange, Exchange) or not (backend := whole.recognizer.of_exchange(exchange)):
                continue
            renamed = alone.recognizer.of_exchange(exchange)
            assert renamed is not None
            for one, other in zip(whole.records(exchange, backend), alone.records(exchange, renamed), strict=True):
                if first := next(iter(causes(one.findings)), None):
                    others = causes(other.findings)
                    right = any(
                        found.rule == first.rule or found.rule in SAME.get(first.rule, ()) or quoted(found) & quoted(first) for found in others
                    )
                    told, said, same = told + 1, said + bool(others), same + right
                    missed.update([first.rule] * (not right))
    with capsys.disabled():
        print(f"\nof {told} causes that the rules for Parse find, {said} are spoken of without them, {same} rightly")
        print(f"missed most: {missed.most_common(8)}")
    assert told > 500
    assert same / told > FOUND
    assert same / said > RIGHT
