"""API versions of Kinvey: each rule finds its fault, and is silent about the request without it."""

from __future__ import annotations

from typing import Any

from diagnose.kinvey_talk import BOOKS, bare, refused, talk
from diagnose.talk import Row, RowTests

HEADER = "X-Kinvey-API-Version"
SIX = {"headers": {HEADER: "6"}}


def asked(version: str | None, name: str = "APIVersionNotImplemented", **more: Any) -> dict[str, Any]:
    return refused(name, 501, headers={HEADER: version}, **more)


def listed(version: str | None) -> dict[str, Any]:
    return refused("FeatureUnavailable", method="POST", path=BOOKS, body=[{"a": 1}, {"a": 2}], headers={HEADER: version})


ROWS = [
    Row("api-version", f"The {HEADER} header is missing.", asked(None), SIX),
    Row("api-version", f"The {HEADER} header is empty", asked(""), SIX),
    Row("api-version", f"{HEADER} is `v3`, which is not a whole number", asked("v3"), SIX),
    Row("api-version", f"{HEADER} is `3.0`, which is not a whole number", asked("3.0", "APIVersionNotAvailable"), SIX),
    Row("api-version", f"{HEADER} is `99`, and the server does not offer this request in that version", asked("99"), SIX, certain=False),
    Row("api-version", f"{HEADER} is `2`, and the server does not offer", asked("2", "APIVersionNotAvailable"), SIX, certain=False),
    Row("api-version", f"{HEADER} is `2`, and the server does not offer", asked("2", "FeatureUnavailable"), SIX, certain=False),
    Row(
        "list-before-version-5",
        "The body is a list of 2, which Kinvey takes from API version 5 on; the request asks for version `4`",
        listed("4"),
        {"headers": {HEADER: "5"}},
    ),
    Row("list-before-version-5", f"the request names no version ({HEADER})", listed(None), {"headers": {HEADER: "5"}}),
    Row("list-before-version-5", "the request asks for version `3`.", listed("3"), {"body": {"a": 1}}),
    Row(
        "unnamed-error",
        f"the request names no API version ({HEADER}), which is likely why the error has no name",
        bare(400, headers={HEADER: None}),
        {"headers": {HEADER: "1"}},
        certain=False,
    ),
    Row("unnamed-error", f"{HEADER} is `0`, which is likely why", bare(400, headers={HEADER: "0"}), {"headers": {HEADER: "1"}}, certain=False),
]


class TestRows(RowTests):
    rows = ROWS
    needs_fix = True
    talk = staticmethod(talk)
