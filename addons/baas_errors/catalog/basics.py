"""Words and values that everything in a catalog is made of, and the error for one that cannot be used."""

from __future__ import annotations

RETRIES = ("never", "safe", "backoff", "after-fix", "after-login")
FAULTS = ("request", "auth", "permission", "quota", "config", "server", "script", "client")
ORIGINS = ("documented", "sdk", "observed", "client-only")
SOURCES = ("body", "location", "websocket")
TRANSPORT_KINDS = ("connection-failed", "tls-failed", "timeout")

Code = str | int


class CatalogError(ValueError):
    """A catalog cannot be used; the text names file, entry, field and reason."""

    def __init__(self, reason: str, *, file: str = "", where: str = "", field: str = "") -> None:
        self.reason, self.file, self.where, self.field = reason, file, where, field
        place = ", ".join(part for part in (file, where, f"field `{field}`" if field else "") if part)
        super().__init__(f"{place}: {reason}" if place else reason)


def code_key(code: object) -> str | None:
    """The key by which a code is looked up, or None for what cannot be a code: 101, "101" and 101.0 are one code."""
    if isinstance(code, bool) or code is None:
        return None
    if isinstance(code, float):
        return str(int(code)) if code.is_integer() and abs(code) < 1e15 else None
    if isinstance(code, int):
        # str() of a huge integer is refused by Python; no backend has codes of that length.
        return str(code) if abs(code) < 10**15 else None
    if isinstance(code, str):
        stripped = code.strip()
        return stripped if 0 < len(stripped) <= 200 else None
    return None
