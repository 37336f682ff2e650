"""Host patterns, as catalogs and users write them: `host[:port][/path]`."""

from __future__ import annotations

import re
from typing import NamedTuple


class HostRule(NamedTuple):
    """A backend's host: `regex` for the name; `port` None for any; `path` a prefix, "" for any."""

    backend: str
    regex: re.Pattern[str]
    port: int | None
    path: str


_HOST = re.compile(r"(?P<host>[A-Za-z0-9*._-]+|\[[0-9A-Fa-f:.*]+\])(?::(?P<port>\d{1,5}|\*))?(?P<path>/[^?#\s]*)?")


def parse_host(backend: str, text: str) -> HostRule:
    """The rule in `host[:port][/path]`; raises ValueError with the text in it."""
    match = _HOST.fullmatch(text.strip())
    if match is None:
        hint = "; leave out the scheme" if "://" in text else ""
        raise ValueError(f"{text!r} is not host[:port][/path]{hint}")
    port = None if match["port"] in (None, "*") else int(match["port"])
    if port is not None and not 0 < port < 65536:
        raise ValueError(f"{text!r}: {port} is not a port (1 to 65535)")
    host = match["host"].strip("[]").lower()
    pattern = "".join("[^/]*" if part == "*" else re.escape(part) for part in re.split(r"(\*)", host))
    return HostRule(backend, re.compile(pattern), port, (match["path"] or "").rstrip("/"))
