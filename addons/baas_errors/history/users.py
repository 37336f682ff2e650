"""One user under several names: by sign-in name, user id and session token. `baas.user` counts them as one."""

from __future__ import annotations

from ..exchange.auth_header import jwt
from .store import LONGEST_KEY, Memory

# Where a JWT names its user.
_CLAIMS = ("sub", "user_id", "userId", "id")


def user_of(token: str) -> str:
    """The user that a JWT names, the same when it is renewed; of other tokens the token itself."""
    claims = jwt(token).claims
    return next((claim for name in _CLAIMS if isinstance(claim := claims.get(name), str) and claim), token)


def counted_as(memory: Memory, backend: str, value: str) -> str:
    """What the user is counted by whom a request to a backend names by this sign-in name, user id or token. From now on that stays."""
    key = memory.hash(f"{backend} {value}")
    known = memory.users.get(key)
    memory.users.put(key, known or "")
    return known or value


def learn_user(memory: Memory, backend: str, name: str, ident: str, token: str) -> None:
    """Remembers that a user signed in by this name and got this user id (each "" where not shown) and token. The
    user is counted by the first of them that a record has named, else by the name."""
    ident = claimed if (claimed := user_of(token)) != token else ident
    keys = {value: memory.hash(f"{backend} {value}") for value in (name, ident, token) if value}
    known = {value: found for value, key in keys.items() if (found := memory.users.get(key)) is not None}
    who = next((found or value for value, found in known.items() if found or value != token), name or ident)
    for value, key in keys.items():
        if who and value not in known:
            memory.users.put(key, "" if value == who else who[:LONGEST_KEY])
