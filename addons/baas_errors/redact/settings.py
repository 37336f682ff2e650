"""What all redactions of a run share."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from .formats import Forms, jwt_facts
from .secret_names import Names


@dataclass(frozen=True, slots=True)
class Shared:
    """The names and forms of secrets, the key of their pseudonyms, and whether secrets are to stay."""

    names: Names
    key: bytes
    keep: bool
    forms: Forms

    def pseudonym(self, value: str) -> str:
        """Six hex digits that stand for a value under this key."""
        return hmac.digest(self.key, value.encode("utf-8", "surrogatepass"), "sha256")[:3].hex()

    def mark(self, kind: str, value: str) -> str:
        """What stands in the place of a secret."""
        detail = f" {facts}" if kind == "jwt" and (facts := jwt_facts(value)) else ""
        return f"<{kind} {len(value)} chars{detail} #{self.pseudonym(value)}>"
