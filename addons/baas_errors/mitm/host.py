"""Host and port as the app named them: behind a transparent proxy the connection's are others."""

from __future__ import annotations

from functools import lru_cache

from mitmproxy import http
from mitmproxy.net.http.url import parse_authority

# Longer than any name that can be looked up; what is longer is not remembered.
_USUAL = 300


def origin_of(request: http.Request) -> tuple[str, int]:
    """The host, as mitmproxy's `pretty_host` has it, and the port; of an authority without one the scheme's own, since HAR files are read with 443
    whatever they say."""
    data = request.data
    # HTTP/2 and 3 name both in a field of their own.
    authority = request.authority if data.authority and data.http_version in (b"HTTP/2.0", b"HTTP/3") else ""
    if not authority:
        named = [value for name, value in data.headers.fields if len(name) == 4 and name.lower() == b"host"]
        authority = b", ".join(named).decode("utf-8", "surrogateescape")
    if not authority:
        return data.host, data.port
    host, port = (_parsed if len(authority) <= _USUAL else _parsed.__wrapped__)(authority)
    return host, port or {b"http": 80, b"https": 443}.get(data.scheme, data.port)


@lru_cache(maxsize=1024)
def _parsed(authority: str) -> tuple[str, int | None]:
    """Host and port of an authority. This is asked of every flow, whoever's it is, and takes 25 us without the cache."""
    return parse_authority(authority, check=False)
