"""Errors by cause, endpoint and type."""

from __future__ import annotations

from baas_errors.record import Finding
from baas_errors.reports.group import groups_of
from baas_errors.reports.overview import NO_CAUSE, by_cause, by_endpoint, by_type
from samples import make_occurrence

ENDED = (Finding("ended", "The token was ended 3 s before by flow 0a1b2c3d.", certain=True), Finding("other", "Something else."))
LATER = (Finding("ended", "The token was ended 9 min before by flow ffee0011.", certain=True),)
WARNED = (Finding("w", "A warning.", secondary=True),)
GROUPS = groups_of(
    [
        make_occurrence(timestamp="2024-05-01T10:00:00.000Z", user="u1", findings=ENDED),
        make_occurrence(timestamp="2024-05-01T10:09:00.000Z", user="u2", findings=LATER, url_template="/other", method="PUT"),
        make_occurrence(timestamp="2024-05-01T10:05:00.000Z", user="u1", findings=WARNED, type="parse/Other"),
        make_occurrence(timestamp="2024-05-01T10:06:00.000Z", findings=WARNED, type="parse/Other"),
        make_occurrence(timestamp="2024-05-01T10:07:00.000Z", type="parse/Other"),
    ]
)


def test_one_cause_is_one_row_over_all_kinds_and_errors_without_one_come_last() -> None:
    cause, none = by_cause(GROUPS)
    assert (cause.text, cause.count, len(cause.users), len(cause.kinds)) == (LATER[0].says, 2, 2, 2)
    assert (cause.first[11:16], cause.last[11:16]) == ("10:00", "10:09")
    assert (none.text, none.count, len(none.users), none.kinds) == (NO_CAUSE, 3, 1, [GROUPS[0].record.fingerprint])


def test_by_endpoint() -> None:
    assert [(row.text, row.count, len(row.kinds)) for row in by_endpoint(GROUPS)] == [("GET /parse/classes/Post/{id}", 4, 2), ("PUT /other", 1, 1)]


def test_by_type() -> None:
    assert [(row.text, row.count, len(row.kinds)) for row in by_type(GROUPS)] == [("parse/Other", 3, 1), ("parse/ObjectNotFound", 2, 2)]
