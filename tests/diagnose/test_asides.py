"""What stands beside a cause is known again in records, which do not say it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from baas_errors.catalog import Backend
from baas_errors.catalog.load import rule_tables
from baas_errors.diagnose import rules_for
from baas_errors.diagnose.all_backends import warnings
from baas_errors.record import Finding
from baas_errors.record.parse import ASIDE, record_of
from build import make_error_record
from matrix import in_one_test

PACKAGE = Path(warnings.__file__).resolve().parents[2]


def test_the_list_has_the_rules_warnings_and_problems_of_bodies(backends: Mapping[str, Backend]) -> None:
    rules = [rule for backend in backends.values() for rule in rules_for(backend)]
    known = {warnings.SERVER_KEY, warnings.CLEAR_TEXT, warnings.OLD_VERSION, warnings.RETIRED, warnings.HIDDEN}
    problems = {name for path in PACKAGE.rglob("*.py") for name in re.findall(r"(?:BodyProblem|Finding)\(\s*\"([a-z-]+)\"", path.read_text("utf-8"))}
    assert problems
    # A name that a cause has as well says nothing.
    causes = {rule.name for rule in rules if not rule.secondary}
    # Told in place of causes.
    shown = {"reaction", "replaced-answer", "credentials-redacted", "credentials-left-out", "request-unknown"}
    assert ({rule.name for rule in rules if rule.secondary} | known | problems) - causes - shown == ASIDE
    # `baas-errors explain` tells of each.
    assert (known | problems) - {rule.name for rule in rules} == rule_tables("found_elsewhere").keys()


@in_one_test(("rule", "secondary"), [("credentials-in-the-clear", True), ("anything-else", False)])
def test_a_record_read_back_knows_it(rule: str, secondary: bool) -> None:
    record = make_error_record(findings=(Finding(rule, "Says."),))
    assert record_of(json.loads(record.to_json())).findings[0].secondary is secondary
