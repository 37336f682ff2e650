"""Words and values that everything in a catalog is made of, and the error for one that cannot be used."""

from __future__ import annotations

from typing import NamedTuple

from ..text import cut, one_line, safe


class Fault(NamedTuple):
    """Where a fault lies: in a word or two, in a sentence ("The fault lies ..."), as mitmproxy's marker, and as level in the log."""

    label: str
    where: str
    marker: str
    level: str


# The one table of whom a fault is: the code that writes, shows, marks, colours and counts faults asks here.
FAULTS = {
    "request": Fault("Request", "in the request", ":memo:", "warn"),
    "auth": Fault("Credentials", "in the credentials", ":key:", "warn"),
    "permission": Fault("Permissions", "in the permissions of the caller", ":lock:", "warn"),
    "quota": Fault("Limits", "in a limit (rate, quota or size)", ":hourglass:", "warn"),
    "config": Fault("App settings", "in the app's settings on the backend", ":wrench:", "error"),
    "server": Fault("Server", "in the server", ":boom:", "error"),
    "script": Fault("Server-side code", "in the app's own code on the server", ":bug:", "error"),
    "client": Fault("App or device", "in the app or on the device", ":iphone:", "error"),
}
# Whether a retry helps.
RETRIES = {
    "never": "no: the same request will fail again",
    "safe": "yes: it is safe to send the same request again",
    "backoff": "yes, later: use exponential backoff with jitter",
    "after-fix": "only after the cause is fixed",
    "after-login": "only after the user has signed in again",
}
ORIGINS = ("documented", "sdk", "observed", "client-only")
SOURCES = ("body", "text", "location", "page", "script", "websocket")
# What a pointer begins with that names a header.
HEADER = "header:"
TRANSPORT_KINDS = ("connection-failed", "tls-failed", "timeout")

Code = str | int

# What an error tells of a catalog: of one value, of an entry's place, of the reason.
LONGEST_VALUE, LONGEST_PLACE, LONGEST_REASON = 80, 300, 600


class CatalogError(ValueError):
    """A catalog cannot be used; the text names file, entry, field and reason, and is harmless and short whatever the catalog holds."""

    def __init__(self, reason: str, *, file: str = "", where: str = "", field: str = "") -> None:
        reason, half = safe(reason).replace("\n", " "), LONGEST_REASON // 2
        # Cut in its middle: what is wrong may stand before what is quoted, and after it.
        self.reason = reason if len(reason) <= LONGEST_REASON else f"{reason[:half]}\u2026{reason[-half + 1 :]}"
        self.file, self.where, self.field = safe(file).replace("\n", " "), one_line(where, LONGEST_PLACE), one_line(field, LONGEST_VALUE)
        place = ", ".join(filter(None, (self.file, self.where, f"field `{self.field}`" if field else "")))
        super().__init__(f"{place}: {self.reason}" if place else self.reason)


def shown(text: str) -> str:
    """The beginning of a text from a catalog, harmless."""
    return cut(safe(text[: LONGEST_VALUE + 1]), LONGEST_VALUE)


def quoted(value: object) -> str:
    """A value from a catalog as it is quoted in an error."""
    try:
        return shown(repr(value))
    except (ValueError, RecursionError):
        # TOML can say numbers, in hexadecimal, and tables, with dots, that Python refuses to write.
        return "this, which is too large to be shown"


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
