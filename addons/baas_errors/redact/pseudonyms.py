"""The key that pseudonyms are made with: a team that shares one gets the same pseudonym for the same secret everywhere.

The key is never shown: with it, a guess at a secret could be checked.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..text.paths import expand_user

ENVIRONMENT = "BAAS_ERRORS_PSEUDONYM_KEY"
SHORTEST = 16
LONGEST = 4096
_HOW = 'make one with: python -c "import secrets; print(secrets.token_hex(32))"'


def read_key(path: str) -> bytes:
    """The key in a file, without white space around it. Raises ValueError that names the file and says what would be right."""
    try:
        with expand_user(path).open("rb") as file:
            data = file.read(LONGEST + 1)
    except OSError as error:
        raise ValueError(f"{path!r} cannot be read ({error.strerror or error}); give a file that holds the key") from None
    return _checked(data, repr(path))


def key_in(environment: Mapping[str, str]) -> bytes | None:
    """The key in the environment, or None where it names none. Raises ValueError that names the variable."""
    value = environment.get(ENVIRONMENT, "")
    return _checked(value.encode("utf-8", "surrogateescape"), f"the variable {ENVIRONMENT}") if value else None


def _checked(data: bytes, where: str) -> bytes:
    key = data.strip()
    if not SHORTEST <= len(key) <= LONGEST:
        found = f"{len(key)} bytes" if len(key) <= LONGEST else f"more than {LONGEST:,} bytes"
        raise ValueError(f"{where} holds {found}; a key has {SHORTEST} to {LONGEST:,}: {_HOW}")
    return key
