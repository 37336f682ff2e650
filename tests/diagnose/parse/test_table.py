"""The table for Parse as a whole."""

from __future__ import annotations

from baas_errors.catalog.load import rule_tables
from baas_errors.diagnose import rules_for
from baas_errors.diagnose.all_backends import table
from baas_errors.diagnose.parse import RULES
from diagnose.parse import test_app_keys, test_graphql, test_objects, test_places, test_query, test_route, test_users
from diagnose.parse_talk import AS_ALICE, DENIED, NOTE, NOTE_ID, coded, talk
from matrix import in_one_test

MODULES = (test_app_keys, test_graphql, test_objects, test_places, test_query, test_route, test_users)
CODES = (
    -1,
    1,
    100,
    101,
    102,
    103,
    105,
    106,
    107,
    111,
    115,
    119,
    121,
    123,
    125,
    130,
    135,
    136,
    137,
    141,
    142,
    143,
    159,
    200,
    201,
    202,
    203,
    204,
    205,
    208,
)


def test_every_rule_has_a_row(backends):
    tried = {row.rule for module in MODULES for row in module.ROWS} | {row.rule for row in test_graphql.LIVE_ROWS}
    shared = {rule.name for rule in table.RULES}
    assert {rule.name for rule in rules_for(backends["parse"])} - shared == tried - shared


def test_every_rule_is_bound_to_something():
    assert [rule.name for rule in RULES if not rule.entries and not rule.statuses] == []


@in_one_test("code", CODES)
@in_one_test("method", ["GET", "PUT", "DELETE"])
def test_a_sound_request_has_no_finding_whatever_the_code(backends, method, code):
    asked = coded(code, "No.", method, f"{NOTE}/{NOTE_ID}", headers=AS_ALICE, body={"title": "Milk", "likes": 3} if method == "PUT" else b"")
    # Cloud code may answer anything to a sound request: that it did is all there is to find.
    expected = ["trigger-own-words"] if code == 141 else ["own-words"] if str(code) in rule_tables("parse")["own_words"] else []
    assert [(finding.rule, finding.certain) for finding in talk(backends).ask(**asked)[0].findings] == [(rule, False) for rule in expected]


@in_one_test("code", CODES)
def test_a_denial_without_memory_is_not_explained_by_guess(backends, code):
    found = talk(backends).ask(**coded(code, DENIED, "GET", f"{NOTE}/{NOTE_ID}", headers=AS_ALICE))[0].findings
    assert [finding.rule for finding in found if finding.certain] == []
