"""Parses credentials, and never shows them: Authorization headers, Basic values, JSON Web Tokens."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .unset_values import is_unset


class Authorization(NamedTuple):
    """A parsed Authorization header; `scheme` is in lower case, "" for a value without a scheme."""

    scheme: str
    value: str

    @property
    def is_empty_word(self) -> bool:
        """Whether the value is empty or a placeholder for a missing token, such as `undefined`."""
        return is_unset(self.value)


def authorization(header: str) -> Authorization | None:
    """The scheme and value of an Authorization header, without quotes around them; None for an empty one."""
    text = header.strip().strip("\"'")
    if not text:
        return None
    scheme, space, value = text.partition(" ")
    if space:
        return Authorization(scheme.lower(), value.strip().strip("\"'"))
    # "Bearer" alone is a scheme without a token, and so is another capitalized word; anything else is a token without a scheme.
    alone = re.fullmatch(r"(?i:bearer|basic|masterkey)|(?!None|Null|Nil)[A-Z][a-z]{2,9}", text)
    return Authorization(text.lower(), "") if alone else Authorization("", text)


class Basic(NamedTuple):
    """Basic credentials; `fault` says why they are invalid by RFC 7617, else "". With a fault, user and password are as far as readable."""

    user: str = ""
    password: str = ""
    fault: str = ""


def basic(value: str) -> Basic:
    """The user and password in a Basic value (RFC 7617, UTF-8)."""
    text = value.strip()
    padded, fault = text + "=" * (-len(text) % 4), ""
    try:
        raw = base64.b64decode(padded, validate=True)
    except ValueError:
        fault = "it is not base64" + ("; `user:password` was sent as plain text" if ":" in text else "")
        try:
            raw = base64.b64decode(padded)
        except ValueError:
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
    """Header and claims of a JSON Web Token, unverified; `fault` says why it is invalid, else "". With a fault, they are as far as readable."""

    header: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    fault: str = ""

    def time(self, name: str) -> float | None:
        """A time claim as a number: seconds since the epoch (RFC 7519); above 1e11 the issuer wrote milliseconds."""
        value = self.claims.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e15:
            return None
        return float(value)


def jwt(value: str) -> Jwt:
    """Decodes a token; the signature is not checked."""
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
