"""Host patterns, as catalogs and users write them: `host[:port][/path]`."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple


class HostRule(NamedTuple):
    """A backend's host: `host` in lower case, where `*` stands for any text; `port` None for any; `path` a prefix, "" for any."""

    backend: str
    host: str
    port: int | None
    path: str

    def fits(self, name: str) -> bool:
        """Whether a host's name, in lower case, is meant. Each `*` is tried once, so hostile names take no long time."""
        return name == self.host or ("*" in self.host and "/" not in name and fnmatchcase(name, self.host))


# This machine, under the names that it has for itself, for emulators and containers on it, and in a private network.
_THIS_MACHINE = re.compile(
    r"(?i)localhost|127(?:\.\d{1,3}){3}|\[?::1\]?|0\.0\.0\.0|10\.0\.[23]\.2|host\.docker\.internal|(?:192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2}"
)
_HOST = re.compile(r"(?P<host>[A-Za-z0-9*._-]+|\[[0-9A-Fa-f:.*]+\])(?::(?P<port>\d{1,5}|\*))?(?P<path>/[^?#\s]*)?")


@lru_cache(maxsize=1024)
def machine(host: str) -> str:
    """The name under which a host is remembered: `localhost` for this machine, which a phone's emulator calls 10.0.2.2, and for those of a private
    network at home or in the office, which are this machine in most cases; else the host in lower case."""
    return "localhost" if len(host) < 40 and _THIS_MACHINE.fullmatch(host) else host.lower()


def parse_host(backend: str, text: str) -> HostRule:
    """The rule in `host[:port][/path]`; raises ValueError with the text in it."""
    match = _HOST.fullmatch(text.strip())
    if match is None:
        hint = "; leave out the scheme" if "://" in text else ""
        raise ValueError(f"{text!r} is not host[:port][/path]{hint}")
    port = None if match["port"] in (None, "*") else int(match["port"])
    if port is not None and not 0 < port < 65536:
        raise ValueError(f"{text!r}: {port} is not a port (1 to 65535)")
    return HostRule(backend, match["host"].strip("[]").lower(), port, (match["path"] or "").rstrip("/"))
