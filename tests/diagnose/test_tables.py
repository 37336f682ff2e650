"""What holds for the tables of all backends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from importlib import import_module

from baas_errors.catalog import Backend
from baas_errors.diagnose import rules_for
from baas_errors.render.rule_text import all_rules
from matrix import in_one_test


@in_one_test("backend", ["kinvey", "parse", "bkend", "backend-services"])
def test_a_backend_with_rules_in_code_has_them(backend: str, backends: Mapping[str, Backend]) -> None:
    package = import_module(f"baas_errors.diagnose.{backend.replace('-', '_')}")
    assert set(package.RULES) <= set(rules_for(backends[backend]))


def test_rules_name_entries_of_the_catalog(backends: Mapping[str, Backend]) -> None:
    for backend in backends.values():
        known = {entry.name for entry in backend.entries}
        assert {name for rule in rules_for(backend) for name in rule.entries} - known == set(), backend.id


def test_rule_names_are_unique_for_each_backend(backends: Mapping[str, Backend]) -> None:
    for backend in backends.values():
        assert [name for name, count in Counter(rule.name for rule in rules_for(backend)).items() if count > 1] == [], backend.id


def test_every_rule_says_what_it_looks_at_and_by_which_source(backends: Mapping[str, Backend]) -> None:
    """docs/rules.md and `explain RULE` are made from this; a module may name the source of its rules once."""
    assert [rule.title for rule in all_rules(backends) if not (rule.looks_at and rule.source)] == []
