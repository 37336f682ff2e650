"""The secrets that a request was sent with, to be looked for in the answer: servers repeat what they were sent."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Protocol

from .exchange import Body, Exchange, Request
from .jsontext import DEEPEST

# Shorter values would be replaced in the middle of ordinary words.
SHORTEST = 6
_LONGEST = 4000
_MOST = 64
_MOST_MESSAGES = 20
_SEARCHED = 20_000
# What programs write for a value that they do not have, and what stands for itself in any message: to hide it would hide the fault.
_NO_SECRETS = frozenset(
    ("undefined", "[object Object]", "password", "username", "secret", "access_token", "refresh_token", "client_secret", "string", "number", "object")
)
_APP = re.compile(r"kid_[A-Za-z0-9_-]{1,30}")
_PART = re.compile(r'[; ]name="([^"\r\n]{1,200})"[^\r\n]*(?:\r?\n[^\r\n]+){0,10}\r?\n\r?\n([^\r\n]{1,4000})\r?\n--')
# Where a body's `code` is what a person was sent, and no error's.
_ONE_TIME = re.compile(r"auth|mfa|login|signin|verif", re.I)


class Names(Protocol):
    """Which names make a value secret."""

    def is_secret_header(self, name: str) -> bool: ...  # noqa: D102
    def is_secret_name(self, name: str) -> bool: ...  # noqa: D102
    def is_secret_parameter(self, name: str) -> bool: ...  # noqa: D102
    def named_in(self, text: str) -> Iterable[str]: ...  # noqa: D102


def has_one_time_code(request: Request) -> bool:
    """Whether the `code` in a request's body is a secret: one that was sent to a person, or given out by an OAuth provider."""
    return _ONE_TIME.search(request.path) is not None


def of_exchange(exchange: Exchange, names: Names, plain: frozenset[str]) -> list[str]:
    """The secret values of what the client sent, longest first. `plain` are words of paths, which are no secrets wherever they stand."""
    request = exchange.request
    found: set[str] = set()
    _headers(request.headers, names, found, re.search("user|login", request.path, re.I) is not None)
    _fields(request.params, names, found)
    _body(request.body, names, found)
    if has_one_time_code(request):
        code = request.body.object.get("code") or request.body.form.get("code")
        if isinstance(code, (str, int)):
            found.add(str(code))
    if exchange.message is not None:
        for said in (*exchange.opening, *islice(exchange.asked(), _MOST_MESSAGES)):
            _body(said, names, found)
    # A name that is also part of the host is everybody's to see.
    plain = plain.union(request.host.lower().split("."))
    kept = (v for v in found if SHORTEST <= len(v) <= _LONGEST and v not in _NO_SECRETS and v.lower() not in plain)
    return sorted(kept, key=lambda v: (-len(v), v))[:_MOST]


def pattern(echo: str) -> re.Pattern[str]:
    """Where a secret stands in a text: anywhere if it can be nothing else, otherwise not inside a longer word."""
    if is_unmistakable(echo):
        return re.compile(re.escape(echo))
    return re.compile(("(?<![A-Za-z0-9])" if echo[0].isalnum() else "") + re.escape(echo) + ("(?![A-Za-z0-9])" if echo[-1].isalnum() else ""))


def is_unmistakable(echo: str) -> bool:
    """Whether a value is long and mixed enough to be no word of anybody's."""
    return len(echo) >= 12 and not echo.isalpha() and any(character.isdigit() for character in echo)


def basic(value: str) -> tuple[str, str]:
    """User and password of Basic credentials; two empty texts if they are none."""
    try:
        user, colon, password = base64.b64decode(value.strip() + "=" * (-len(value.strip()) % 4)).decode("utf-8").partition(":")
    except ValueError:
        return "", ""
    return (user, password) if colon else ("", "")


def is_app(user: str) -> bool:
    """Whether the user part of credentials is an app's id, an identifier; a person's name is not."""
    return _APP.fullmatch(user) is not None


def _headers(headers: Iterable[tuple[str, str]], names: Names, found: set[str], persons: bool) -> None:
    """`persons`: the route is one of persons. On others the user part of Basic credentials is an app's id, as with Parse."""
    for name, value in headers:
        if names.is_secret_header(name):
            found.update(part for part in re.split(r"[\s;=,]+", value) if len(part) >= 16)
            scheme, _, rest = value.strip().partition(" ")
            if scheme.lower() == "basic":
                user, password = basic(rest)
                found.update((password, password.partition("=")[2], user if persons and not is_app(user) else ""))
        elif value[:1] in ("{", "["):
            _text(value, names, found)


def _fields(fields: Mapping[str, str], names: Names, found: set[str]) -> None:
    for name, value in fields.items():
        if names.is_secret_parameter(name):
            found.add(value)
        elif value[:1] in ("{", "["):
            _text(value, names, found)


def _text(text: str, names: Names, found: set[str]) -> None:
    """JSON by its keys; what is meant as JSON and is none by the names that are followed by values."""
    try:
        value = json.loads(text[: 10 * _SEARCHED], strict=False)
    except (ValueError, RecursionError):
        found.update(names.named_in(text[:_SEARCHED]))
    else:
        _collect(value, names, found, 0)


def _body(body: Body, names: Names, found: set[str]) -> None:
    if not body.data:
        return
    media = body.content_type.lower()
    if media.startswith("multipart/"):
        _fields({match[1]: match[2] for match in _PART.finditer(body.text[: 10 * _SEARCHED])}, names, found)
    elif body.looks_like_json:
        if body.json is not None:
            _collect(body.json, names, found, 0)
        else:
            found.update(names.named_in(body.text[:_SEARCHED]))
    elif "urlencoded" in media or not media:
        _fields(body.form, names, found)


def _collect(body: Any, names: Names, found: set[str], depth: int) -> None:
    """The texts under secret names in a JSON value."""
    if depth > DEEPEST or len(found) > 4 * _MOST:
        return
    if isinstance(body, dict):
        for key, item in body.items():
            if names.is_secret_name(str(key)):
                found.update(_texts(item, depth))
            else:
                _collect(item, names, found, depth + 1)
    elif isinstance(body, list):
        for item in body[:100]:
            _collect(item, names, found, depth + 1)
    elif isinstance(body, str) and 8 < len(body) <= _SEARCHED:
        # A GraphQL query, or JSON in JSON.
        found.update(names.named_in(body))


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif type(value) is int:
        yield str(value)
    elif isinstance(value, (dict, list)) and depth < DEEPEST:
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item, depth + 1)
