"""Credentials as sent, read without ever being shown: Basic and Bearer values, JSON Web Tokens."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from typing import Any

# What JavaScript makes of a token that is not there, and what people leave in place of one.
EMPTY_WORDS = frozenset({"undefined", "null", "none", "nil", "nan", "[object object]", "false", "true", "token", "{token}", "<token>", "%s"})


@dataclass(frozen=True, slots=True)
class Authorization:
    """An Authorization header taken apart; `scheme` is lower case, "" if the header has no space."""

    scheme: str
    value: str

    @property
    def is_empty_word(self) -> bool:
        """Whether the value is what a program writes for a token that it does not have."""
        return self.value.strip().strip("\"'").lower() in EMPTY_WORDS or not self.value.strip()


def authorization(header: str) -> Authorization | None:
    """The scheme and value of an Authorization header; None if there is none."""
    text = header.strip()
    if not text:
        return None
    scheme, space, value = text.partition(" ")
    if space:
        return Authorization(scheme.lower(), value.strip())
    # "Bearer" alone is a scheme without a token; anything else alone is a token without a scheme.
    return Authorization(text.lower(), "") if re.fullmatch(r"(?i)bearer|basic|kinvey|masterkey", text) else Authorization("", text)


@dataclass(frozen=True, slots=True)
class Basic:
    """Basic credentials; `fault` says why they cannot be read, else it is ""."""

    user: str = ""
    password: str = ""
    fault: str = ""


def basic(value: str) -> Basic:
    """User and password in a Basic value."""
    text = value.strip()
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        colon = ":" in text
        return Basic(fault="it is not base64" + ("; user:password was sent as it is" if colon else ""))
    user, colon_found, password = decoded.partition(":")
    return Basic(user, password) if colon_found else Basic(user, fault="what it decodes to has no colon between user and password")


@dataclass(frozen=True, slots=True)
class Jwt:
    """The claims of a JSON Web Token, unverified; `fault` says why it cannot be read, else it is ""."""

    header: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    fault: str = ""

    def time(self, name: str) -> float | None:
        """A claim that is a time, in seconds since the epoch; beyond 1e11 it was written in milliseconds."""
        value = self.claims.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e15:
            return None
        return float(value)


def jwt(value: str) -> Jwt:
    """The header and claims of a token; nothing of its signature is looked at."""
    parts = value.strip().split(".")
    if len(parts) != 3:
        return Jwt(fault=f"it has {len(parts)} part{'s' if len(parts) != 1 else ''} between dots; a JSON Web Token has three")
    if len(value) > 20_000:
        return Jwt(fault="it is far longer than tokens are")
    try:
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
    except (ValueError, RecursionError):
        return Jwt(fault="its first two parts are not base64 of JSON")
    if not isinstance(header, dict) or not isinstance(claims, dict):
        return Jwt(fault="its first two parts are not JSON objects")
    return Jwt(header, claims)
