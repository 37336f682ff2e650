"""Host and port as the app named them: behind a transparent proxy the connection's are others.

Asked of every flow, whoever's it is. mitmproxy's own `pretty_host` reads header and authority anew each time; here it is asked once for each
different authority.
"""

from __future__ import annotations

from functools import lru_cache

from mitmproxy import http

# Longer than any name that can be looked up; what is longer is not remembered.
_USUAL = 300
_MODERN = (b"HTTP/2.0", b"HTTP/3")


def origin_of(request: http.Request) -> tuple[str, int]:
    """The host and the port."""
    data = request.data
    # HTTP/2 and 3 name both in a field of their own.
    modern = data.http_version in _MODERN and bool(data.authority)
    named = [data.authority] if modern else [value for name, value in data.headers.fields if len(name) == 4 and name.lower() == b"host"]
    if len(named) != 1 or len(named[0]) > _USUAL or len(data.host) > _USUAL:
        return (request.pretty_host, _port(request.host_header, data.scheme, data.port)) if named else (data.host, data.port)
    return _parsed(named[0], modern, data.scheme, data.host, data.port)


@lru_cache(maxsize=1024)
def _parsed(authority: bytes, modern: bool, scheme: bytes, host: str, port: int) -> tuple[str, int]:
    request = http.Request.make("GET", "http://localhost/")
    request.data.host = host
    if modern:
        request.data.http_version, request.data.authority = b"HTTP/2.0", authority
    else:
        request.data.headers["host"] = authority
    return request.pretty_host, _port(request.host_header, scheme, port)


def _port(authority: str | None, scheme: bytes, port: int) -> int:
    """The port; of an authority without one the scheme's own, since HAR files are read with 443 whatever they say."""
    if not authority:
        return port
    tail = authority.rpartition("]")[2]
    text = tail.rpartition(":")[2] if ":" in tail else ""
    if text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) < 65536:
        return int(text)
    return {b"http": 80, b"https": 443}.get(scheme, port)
