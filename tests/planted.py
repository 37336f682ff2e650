"""The conversation with a Parse Server that tests/captures/tools holds in the recordings of many tools, with the errors planted in it."""

from __future__ import annotations

from typing import Any

# What is asked, and the type of the error that is planted there, "" for none.
PLANTED: tuple[tuple[str, str, dict[str, Any] | None, str], ...] = (
    ("GET", "/parse/health", None, ""),
    ("POST", "/parse/classes/Parcel", {"weight": 3}, ""),
    ("GET", "/parse/classes/Parcel/AbCdEfGhIj", None, "parse/ObjectNotFound"),
    ("POST", "/parse/classes/Parcel", {"weight": "heavy"}, "parse/IncorrectType"),
    ("GET", "/parse/users/me", None, "parse/InvalidSessionToken"),
    ("GET", "/parse/classes/Parcel?where=%7Bno", None, "parse/InvalidJSON"),
    ("POST", "/parse/functions/fail", {"code": 9001, "message": "The stock is empty."}, "parse/9001"),
    ("GET", "/parse/login?username=nobody&password=made-up", None, "parse/UserInvalidLoginParams"),
    ("POST", "/parse/functions/absent", {}, "parse/FunctionNotFound"),
)
REQUESTS = [{"method": method, "path": path, "body": body} for method, path, body, _ in PLANTED]
ERRORS = [kind for *_, kind in PLANTED if kind]
# chrome-har-capturer opens addresses, and sends nothing else.
ERRORS_OF_GET = [kind for method, *_, kind in PLANTED if kind and method == "GET"]


def planted(tool: str) -> list[str]:
    """The types of the errors in a recording of a tool, in order."""
    return ERRORS_OF_GET if tool == "chrome-har-capturer" else ERRORS
