"""The table for Kinvey as a whole."""

from __future__ import annotations

import pytest
from baas_errors.diagnose.kinvey import RULES
from diagnose.kinvey import test_access, test_body, test_names, test_oauth, test_query, test_server, test_version
from diagnose.kinvey_talk import BOOKS, refused, talk

MODULES = (test_access, test_body, test_names, test_oauth, test_query, test_server, test_version)


def test_every_rule_has_a_row():
    assert {rule.name for rule in RULES} == {row.rule for module in MODULES for row in module.ROWS}


@pytest.mark.parametrize("path", [BOOKS, f"{BOOKS}?query=%7B%22a%22%3A1%7D&limit=10&skip=20", f"{BOOKS}/5f0000000000000000000001"])
@pytest.mark.parametrize(
    "name", ["InvalidQuerySyntax", "ParameterValueOutOfRange", "BadRequest", "JSONParseError", "EntityNotFound", "CollectionNotFound"]
)
def test_a_request_without_a_fault_in_sight_has_no_finding(backends, name, path):
    assert talk(backends).ask(**refused(name, 400, path=path))[0].findings == ()
