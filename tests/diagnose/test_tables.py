"""What holds for the tables of all backends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest
from baas_errors.catalog import Backend
from baas_errors.diagnose.engine import MODULES, rules_for
from baas_errors.render.rule_text import all_rules


def test_every_shipped_backend_has_a_table(backends: Mapping[str, Backend]) -> None:
    assert set(MODULES) == set(backends)


@pytest.mark.parametrize("backend", sorted(MODULES))
def test_rules_name_entries_of_the_catalog(backend: str, backends: Mapping[str, Backend]) -> None:
    known = {entry.name for entry in backends[backend].entries}
    assert {name for rule in rules_for(backends[backend]) for name in rule.entries} - known == set()


def test_rule_names_are_unique_for_each_backend(backends: Mapping[str, Backend]) -> None:
    for backend in backends.values():
        assert [name for name, count in Counter(rule.name for rule in rules_for(backend)).items() if count > 1] == [], backend.id


def test_every_rule_says_what_it_looks_at_and_by_which_source(backends: Mapping[str, Backend]) -> None:
    """docs/rules.md and `explain RULE` are made from this; a module may name the source of its rules once."""
    assert [rule.title for rule in all_rules(backends) if not (rule.looks_at and rule.source)] == []
