"""Times in HAR files."""

from __future__ import annotations

from typing import Any

import pytest
from baas_errors.sources.har.time import duration, moment, moment_of_date
from matrix import in_one_test

NOON = 1_795_176_000.0  # 2026-11-20T12:00:00Z


@in_one_test(
    ("value", "seconds"),
    [
        ("2026-11-20T12:00:00Z", NOON),
        ("2026-11-20T12:00:00z", NOON),
        ("2026-11-20T12:00:00.000Z", NOON),
        ("2026-11-20T12:00:00+00:00", NOON),
        ("2026-11-20T13:00:00.5+01:00", NOON + 0.5),
        ("2026-11-20T04:00:00.482-08:00", NOON + 0.482),
        ("2026-11-20T17:30:00+0530", NOON),
        ("2026-11-20T14:00:00+02", NOON),
        ("2026-11-20T15:00:00.7857747+03:00", NOON + 0.785774),
        ("2026-11-20T12:00:00.123456789012Z", NOON + 0.123456),
        ("2026-11-20T12:00:00,25Z", NOON + 0.25),
        ("2026-11-20 12:00:00Z", NOON),
        ("2026-11-20T12:00Z", NOON),
        ("2026-11-20T12:00:00", NOON),
        (" 2026-11-20T12:00:00Z ", NOON),
        (1_795_176_000, NOON),
        (1_795_176_000_000, NOON),
        (1_795_176_000_500.0, NOON + 0.5),
        ("", None),
        ("yesterday", None),
        ("2026-13-20T12:00:00Z", None),
        ("2026-11-20T25:00:00Z", None),
        ("2026-11-20T12:00:00+99:99", None),
        ("11/20/2026 12:00:00 AM", None),
        ("2026-11-20T12:00:00Z; drop", None),
        (-1, None),
        (0, None),
        (True, None),
        (1e300, None),
        (10**400, None),
        (float("nan"), None),
        (None, None),
        ({}, None),
        ([], None),
    ],
)
def test_moment(value: Any, seconds: float | None) -> None:
    assert moment(value) == pytest.approx(seconds) if seconds is not None else moment(value) is None


@in_one_test(
    ("value", "seconds"),
    [
        ("Fri, 20 Nov 2026 12:00:00 GMT", NOON),
        ("Fri, 20 Nov 2026 12:00:00", NOON),
        ("", None),
        ("soon", None),
        ("Fri, 99 Nov 2026 12:00:00 GMT", None),
    ],
)
def test_moment_of_date(value: str, seconds: float | None) -> None:
    assert moment_of_date(value) == seconds


@in_one_test(
    ("entry", "seconds"),
    [
        ({"time": 107}, 0.107),
        ({"time": 0}, 0.0),
        ({"time": 6.795}, 0.006795),
        # `ssl` is part of `connect`, and -1 stands for what did not happen.
        ({"time": -1, "timings": {"blocked": -1, "dns": 51, "connect": 1255, "ssl": 900, "send": 1, "wait": 243, "receive": 1}}, 1.551),
        ({"timings": {"wait": 10}}, 0.010),
        ({"time": None, "timings": {"wait": None, "receive": -1}}, None),
        ({"time": "107"}, None),
        ({"time": float("nan")}, None),
        ({"time": float("inf")}, None),
        ({"time": 10**400}, None),
        ({"time": True}, None),
        ({"time": -5, "timings": []}, None),
        ({}, None),
    ],
)
def test_duration(entry: dict[str, Any], seconds: float | None) -> None:
    assert duration(entry) == (pytest.approx(seconds) if seconds is not None else None)
