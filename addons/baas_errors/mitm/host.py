"""Host and port as the app named them: behind a transparent proxy the connection's are others."""

from __future__ import annotations

import re
from functools import lru_cache

from mitmproxy import http
from mitmproxy.connection import Client
from mitmproxy.net.http.url import parse_authority

# Longer than any name that can be looked up; what is longer is not remembered.
_USUAL = 300
# Names and addresses of machines nearby.
_OWN = re.compile(r"[\d.]+|[^.:]*+:[^.]*+|[^.]++|.+\.(?:local|lan|home|internal)", re.I)


def origin_of(request: http.Request, client: Client | None = None) -> tuple[str, int]:
    """The host, as mitmproxy's `pretty_host` has it, and the port; of an authority without one the scheme's own, since HAR files are read with 443
    whatever they say. In reverse mode with `keep_host_header` apps name the proxy itself, to which the `client` is connected: then the server's."""
    data = request.data
    # HTTP/2 and 3 name both in a field of their own.
    authority = request.authority if data.authority and data.http_version in (b"HTTP/2.0", b"HTTP/3") else ""
    if not authority:
        named = [value for name, value in data.headers.fields if len(name) == 4 and name.lower() == b"host"]
        authority = b", ".join(named).decode("utf-8", "surrogateescape")
    if not authority:
        return data.host, data.port
    host, port = (_parsed if len(authority) <= _USUAL else _parsed.__wrapped__)(authority)
    port = port or {b"http": 80, b"https": 443}.get(data.scheme, data.port)
    if client is not None and client.proxy_mode.type_name == "reverse" and client.sockname[1] == port != data.port:
        # A name with a domain may be the server's own, which leads to the proxy for a test.
        return (data.host, data.port) if host == client.sockname[0] or _OWN.fullmatch(host) else (host, port)
    return host, port


@lru_cache(maxsize=1024)
def _parsed(authority: str) -> tuple[str, int | None]:
    """Host and port of an authority. This is asked of every flow, whoever's it is, and takes 25 us without the cache."""
    return parse_authority(authority, check=False)
