"""The table for Kinvey as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from baas_errors.catalog.causes import Cause
from baas_errors.diagnose.kinvey import RULES
from diagnose.kinvey import test_access, test_body, test_names, test_oauth, test_query, test_server, test_version
from diagnose.kinvey_talk import BOOKS, KID, LOGIN, USER, app, basic, refused, talk
from matrix import in_one_test

# What the shared rules find.
SHARED = {"token-lost", "token-quoted", "parameter", "query-operator", "required-field"}
MODULES = (test_access, test_body, test_names, test_oauth, test_query, test_server, test_version)


def test_every_rule_has_a_row(backends):
    causes = {cause.name for cause in backends["kinvey"].tables.of(Cause)}
    assert causes | {rule.name for rule in RULES} == {row.rule for module in MODULES for row in module.ROWS} - SHARED


GOOD: list[dict[str, Any]] = [
    {"path": f"{BOOKS}?query=%7B%22a%22%3A%7B%22%24in%22%3A%5B1%5D%7D%7D&limit=1000&sort=name"},
    {"method": "POST", "path": BOOKS, "body": {"a": 1, "_geoloc": [1, 2]}},
    {"method": "POST", "path": BOOKS, "body": [{"a": 1}, {"b": 2}]},
    {"method": "PUT", "path": f"{BOOKS}/abc", "body": {"a": 1, "_mine": 3}},
    {"method": "POST", "path": LOGIN, "headers": app(), "body": {"username": "ann", "password": "pw"}},
    {"method": "POST", "path": USER, "headers": app(), "body": {}},
    {"path": f"/appdata/{KID}", "headers": app()},
    {"path": BOOKS, "headers": {"Authorization": basic("ann", "pw"), "X-Kinvey-API-Version": "4"}},
]


@pytest.mark.slow
def test_of_a_request_in_order_nothing_is_proved_whatever_the_answer_says(backends):
    """What is certain then says where the answer comes from (`script`, `app-key`), or what is absent and asked for by the answer (`no-limit`)."""
    for asked in GOOD:
        for entry in backends["kinvey"].entries:
            if isinstance(entry.code, str) and entry.status and entry.status[0] >= 400 and not entry.space:
                records = talk(backends).ask(**refused(entry.code, entry.status[0]) | asked)
                proved = [
                    f.rule
                    for record in records
                    for f in record.findings
                    if f.certain and not f.secondary and f.rule not in ("app-key", "script", "no-limit")
                ]
                assert proved == [], (asked, entry.code)


@in_one_test("path", [BOOKS, f"{BOOKS}?query=%7B%22a%22%3A1%7D&limit=10&skip=20", f"{BOOKS}/5f0000000000000000000001"])
@in_one_test("name", ["InvalidQuerySyntax", "ParameterValueOutOfRange", "BadRequest", "JSONParseError", "EntityNotFound", "CollectionNotFound"])
def test_a_request_without_a_fault_in_sight_has_no_finding(backends, name, path):
    assert talk(backends).ask(**refused(name, 400, path=path))[0].findings == ()
