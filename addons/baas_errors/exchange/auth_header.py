"""Credentials taken apart, without ever being shown: Authorization headers, Basic values, JSON Web Tokens."""

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
    """Basic credentials; `fault` says why they cannot be read as RFC 7617 has them, else it is "".

    Where `fault` is set, user and password are what a lenient reader makes of the value, or "".
    """

    user: str = ""
    password: str = ""
    fault: str = ""


def basic(value: str) -> Basic:
    """User and password in a Basic value (RFC 7617, UTF-8)."""
    text = value.strip()
    padded, fault = text + "=" * (-len(text) % 4), ""
    try:
        raw = base64.b64decode(padded, validate=True)
    except (binascii.Error, ValueError):
        fault = "it is not base64" + ("; `user:password` was sent as plain text" if ":" in text else "")
        try:
            raw = base64.b64decode(padded)
        except (binascii.Error, ValueError):
            return Basic(fault=fault)
    try:
        user, colon, password = raw.decode("utf-8").partition(":")
    except UnicodeDecodeError:
        return Basic(fault=fault or "it is not base64 of UTF-8 text")
    if colon:
        return Basic(user, password, fault)
    return Basic(fault=fault or "the decoded text has no colon between user and password")


@dataclass(frozen=True, slots=True)
class Jwt:
    """Header and claims of a JSON Web Token, unverified; `fault` says why it is not one, else it is "".

    Where `fault` is set, header and claims are what could still be read.
    """

    header: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    fault: str = ""

    def time(self, name: str) -> float | None:
        """A claim that is a time, in seconds since the epoch (RFC 7519); beyond 1e11 it was written in milliseconds."""
        value = self.claims.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e15:
            return None
        return float(value)


def jwt(value: str) -> Jwt:
    """The header and claims of a token; the signature is not checked."""
    parts = value.strip().split(".")
    if len(value) > 20_000:
        return Jwt(fault="it is too long (more than 20,000 characters)")
    fault = "" if len(parts) == 3 else f"it has {len(parts)} part{'s' * (len(parts) != 1)}; a JSON Web Token has three parts with dots between them"
    read = []
    for part in parts[:2]:
        try:
            found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        except (ValueError, RecursionError):
            found, fault = {}, fault or "its first two parts are not base64 of JSON"
        if not isinstance(found, dict):
            found, fault = {}, fault or "its first two parts are not JSON objects"
        read.append(found)
    return Jwt(read[0], read[1] if len(read) > 1 else {}, fault)
