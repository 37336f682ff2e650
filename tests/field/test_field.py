"""Cases from the field: what a person reads first must be right."""

from __future__ import annotations

from collections.abc import Mapping

from baas_errors.catalog import Backend
from field.replay import cases, judge


def test_no_case_misleads_and_nine_in_ten_are_solved(backends: Mapping[str, Backend]) -> None:
    results = [judge(backends, case) for case in cases()]
    assert len(results) >= 100
    short = [f"{result.score} {result.case['id']}: {result.reason}" for result in results if result.score < 3]
    assert not [line for line in short if line.startswith("0")], "\n".join(short)
    assert len(short) <= 0.1 * len(results), "\n".join(short)
