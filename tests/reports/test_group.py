"""Groups of repeats."""

from __future__ import annotations

from baas_errors.formats.ci import as_data, block
from baas_errors.record import Finding
from baas_errors.reports.collect import Tally
from baas_errors.reports.group import found_in, groups_of, how_often, redactions, remedies, remedies_beside, seconds, time_line
from baas_errors.reports.verdict import Verdict
from matrix import in_one_test
from samples import make_clean, make_occurrence

A = {"type": "parse/A", "url_template": "/a"}
B = {"type": "parse/B", "url_template": "/b"}


def at(second: int, **facts: object) -> object:
    return make_occurrence(timestamp=f"2024-05-01T10:00:{second:02d}.000Z", **facts)


def test_repeats_are_one_group() -> None:
    assert [(group.record.type, group.count) for group in groups_of([at(0, **A), at(1, **B), at(2, **A)])] == [("parse/A", 2), ("parse/B", 1)]


def test_equal_counts_are_in_the_order_of_type() -> None:
    assert [group.record.type for group in groups_of([at(0, **B), at(1, **A)])] == ["parse/A", "parse/B"]


def test_members_are_in_the_order_of_time() -> None:
    (group,) = groups_of([at(5, **A), at(1, **A), at(3, **A)])
    assert (group.first, group.last) == ("2024-05-01T10:00:01.000Z", "2024-05-01T10:00:05.000Z")


def test_the_latest_with_an_id_stands_for_the_group() -> None:
    found = [at(1, request_id="one", **A), at(2, request_id="two", **A), at(3, **A)]
    (group,) = groups_of(found)
    assert group.record.request_id == "two"
    assert group.sample == found[1]


def test_without_ids_the_latest_stands_for_the_group() -> None:
    assert groups_of([at(1, **A), at(2, **A)])[0].record.timestamp == "2024-05-01T10:00:02.000Z"


@in_one_test(
    ("facts", "endpoint"),
    [({"method": "GET", "url_template": "/a"}, "GET /a"), ({"method": "", "url_template": "/a"}, "/a"), ({"method": "", "url_template": ""}, "")],
)
def test_endpoint(facts: dict[str, str], endpoint: str) -> None:
    assert groups_of([make_occurrence(**facts)])[0].endpoint == endpoint


def test_findings_are_counted_most_frequent_first() -> None:
    rare, usual = Finding("r", "Rare.", "x", True), Finding("u", "Usual.")
    (group,) = groups_of([at(0, findings=(rare, usual), **A), at(1, findings=(Finding("u", "Usual.", "other evidence"),), **A)])
    assert found_in(group) == [("Usual.", False, 2, 1, ""), ("Rare.", True, 1, 1, "")]


def test_a_cause_of_several_flows_is_one_line() -> None:
    says = ("`b` was deleted 3 min 12 s before by flow 0a1b2c3d.", "`b` was deleted 9 s before by flow ffee0011.", "`c` was deleted 9 s before.")
    (group,) = groups_of([at(n, findings=(Finding("gone", text, certain=True),), **A) for n, text in enumerate(says)])
    assert found_in(group) == [(says[1], True, 2, 1, ""), (says[2], True, 1, 1, "")]


@in_one_test(
    ("one", "other", "same"),
    [
        ("No flow showed `xWMyZ4YEGZ` in `Note`.", "No flow showed `aBcDeFgHiJ` in `Note`.", True),
        ("The token `<session token 34 chars #b52fad>` ended.", "The token `<session token 32 chars #fadbed>` ended.", True),
        ("Flows showed 1 other id in `Note`, but not `a1`.", "Flows showed 12 other ids in `Note`, but not `a2`.", True),
        ("`abc1234` was deleted just before.", "`xyz9876` was deleted 3 min 12 s before.", True),
        ('`"likes": "3"` is a text.', '`"likes": "three"` is a text.', True),
        ("Deleted by `DELETE /1/classes/Note/abc1234`.", "Deleted by `DELETE /1/classes/Note/xyz9876`.", True),
        ("No flow showed `xWMyZ4YEGZ` in `Note`.", "No flow showed `xWMyZ4YEGZ` in `Post`.", False),
        ("`likes` is no field.", "`title` is no field.", False),
        ("Deleted by `DELETE /1/classes/Note/abc1234`.", "Deleted by `DELETE /1/classes/Post/abc1234`.", False),
    ],
)
def test_causes_that_differ_only_in_ids_and_values_are_one(one: str, other: str, same: bool) -> None:
    (group,) = groups_of([at(n, findings=(Finding("r", text),), **A) for n, text in enumerate((one, other, other))])
    assert [(found.says, found.of(3)) for found in found_in(group)] == (
        [(other, "3 of 3, 2 values")] if same else [(other, "2 of 3"), (one, "1 of 3")]
    )


def test_texts_of_two_rules_are_two_causes() -> None:
    (group,) = groups_of([at(n, findings=(Finding(rule, "It is `a1`."),), **A) for n, rule in enumerate("rs")])
    assert len(found_in(group)) == 2


def test_the_latest_request_that_curl_can_repeat_is_known() -> None:
    found = [at(0, exchange=make_clean(), **A), at(1, exchange=make_clean(), **A), at(2, exchange=make_clean(method="CONNECT"), **A), at(3, **A)]
    assert groups_of(found)[0].repeatable == found[1]
    assert groups_of(found[2:])[0].repeatable is None


def test_what_stands_beside_the_cause_comes_after_it() -> None:
    warning, cause = Finding("w", "Warning.", certain=True, secondary=True), Finding("c", "Cause.")
    (group,) = groups_of([at(0, findings=(warning,), **A), at(1, findings=(warning, cause), **A)])
    assert found_in(group) == [("Cause.", False, 1, 1, ""), ("Warning.", True, 2, 1, "")]
    assert found_in(group, causes=True) == [("Cause.", False, 1, 1, "")]


def test_what_to_do_belongs_to_what_was_found_and_not_to_another_error_of_the_group() -> None:
    usual, rare = Finding("u", "Usual.", fix="Do the usual."), Finding("r", "Rare.", fix="Do the rare.")
    found = [
        at(n, findings=(one,), fix=(one.fix, "See the catalog."), message=one.says, request_id="id" * (one is rare), **A)
        for n, one in enumerate((usual, usual, rare))
    ]
    (group,) = groups_of(found)
    assert group.sample == found[1]
    causes = found_in(group, causes=True)
    assert [one.text for one in causes] == ["Likely: Usual.", "Likely: Rare."]
    assert remedies(group, causes[:1]) == ["Do the usual.", "See the catalog."]
    assert remedies(group, causes) == ["Do the usual.", "Do the rare.", "See the catalog."]
    assert remedies_beside(group, causes) == (["See the catalog."], True)
    assert remedies_beside(group, causes[:1]) == (["Do the usual.", "See the catalog."], False)
    shown = block(group)
    assert "Usual." in shown
    assert "Do the usual." in shown
    assert "found    2 of 3: Likely: Usual." in shown
    assert "also     1 of 3: Likely: Rare." in shown
    assert "the rare" not in shown
    (kind,) = as_data(Verdict([group], [], [], [], Tally(), 1))["kinds"]
    assert (kind["cause"], kind["fix"]) == ("Usual.", ["Do the usual.", "See the catalog."])
    assert kind["other_causes"] == [{"cause": "Rare.", "certain": False, "fix": "Do the rare.", "count": 1}]


def test_values_replaced_in_an_exchange_count_once() -> None:
    exchange = make_clean(redactions=3)
    assert redactions([make_occurrence(exchange, redactions=2), make_occurrence(exchange, redactions=2), make_occurrence(redactions=1)]) == 4


@in_one_test(("text", "expected"), [("1970-01-01T00:00:01.500Z", 1.5), ("never", 0.0)])
def test_seconds(text: str, expected: float) -> None:
    assert seconds(text) == expected


@in_one_test(("start", "end", "expected"), [(0, 40, [2, 0, 0, 1]), (20, 40, [2, 0, 0, 1]), (-40, 40, [0, 0, 2, 1]), (30, 30, [0, 0, 3, 0])])
def test_time_line(start: float, end: float, expected: list[int]) -> None:
    members = [make_occurrence(timestamp=f"1970-01-01T00:00:{second:02d}.000Z") for second in (0, 1, 40)]
    assert time_line(members, start, end, 4) == expected


def test_users_of_a_group_are_counted_once_each() -> None:
    asked = [make_occurrence(user=user, **A) for user in ("u1", "u2", "u1", "")]
    assert groups_of(asked)[0].users == 2


@in_one_test(
    ("count", "users", "last", "expected"),
    [
        (6, 4, "2024-05-01T12:40:00.000Z", "6 times, 4 users, since 12:29 UTC"),
        (6, 1, "2024-05-02T12:40:00.000Z", "6 times, 1 user, since 2024-05-01 12:29 UTC"),
        (2, 0, "2024-05-01T12:40:00.000Z", "2 times, since 12:29 UTC"),
        (1, 1, "2024-05-01T12:29:07.000Z", "once, 1 user, at 12:29:07 UTC"),
    ],
)
def test_how_often(count: int, users: int, last: str, expected: str) -> None:
    assert how_often(count, users, "2024-05-01T12:29:07.000Z", last) == expected
