"""What holds for the tables of all backends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest
from baas_errors.catalog import Backend
from baas_errors.diagnose.all_backends import sequences
from baas_errors.diagnose.engine import _MODULES, rules_for


def test_every_shipped_backend_has_a_table(backends: Mapping[str, Backend]) -> None:
    assert set(_MODULES) == set(backends)


@pytest.mark.parametrize("backend", sorted(_MODULES))
def test_rules_name_entries_of_the_catalog(backend: str, backends: Mapping[str, Backend]) -> None:
    known = {entry.name for entry in backends[backend].entries}
    assert {name for rule in rules_for(backend) for name in rule.entries} - known == set()


@pytest.mark.parametrize("backend", sorted(_MODULES))
def test_no_two_rules_of_a_table_share_a_name(backend: str) -> None:
    own = rules_for(backend)[: -len(sequences.RULES)]
    assert [name for name, count in Counter(rule.name for rule in own).items() if count > 1] == []
