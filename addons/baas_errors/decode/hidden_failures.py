"""Failures behind a status below 400: preflights that do not allow the request, redirects that lose it, WebSocket handshakes that got plain HTTP,
web pages in place of JSON.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from ..catalog import Advice, Backend
from ..exchange import Exchange, Headers, Request
from .transport import shared_advice

# Methods that a preflight's answer need not name (Fetch standard, CORS-safelisted methods).
_SAFE_METHODS = frozenset({"GET", "HEAD", "POST"})
# What clients turn into a GET without a body (RFC 9110, 15.4.2 and 15.4.3).
_REWRITES = (301, 302)
_HTML = re.compile(rb"(?i)\s*<(?:!doctype html|html)[\s>]")


class Refusal(NamedTuple):
    """What a preflight's answer lacks; `origin` and `method` are what was asked for, "" where that is allowed."""

    status: int = 0
    origin: str = ""
    method: str = ""
    headers: tuple[str, ...] = ()


def is_preflight(request: Request) -> bool:
    """Whether this is a browser's question before a request of another origin."""
    return request.method.upper() == "OPTIONS" and "access-control-request-method" in request.headers


def preflight_refusal(exchange: Exchange) -> Refusal | None:
    """What keeps a browser from sending the request after this preflight (Fetch standard, CORS-preflight fetch); None if nothing does."""
    response, request = exchange.response, exchange.request
    if response is None or not is_preflight(request):
        return None
    origin = request.headers.get("origin").strip()
    origins, methods, names = (listed(response.headers, f"access-control-allow-{what}") for what in ("origin", "methods", "headers"))
    asked = request.headers.get("access-control-request-method").strip()
    wanted = listed(request.headers, "access-control-request-headers")
    # The standard takes `*` for all headers but authorization; browsers still let that pass.
    allowed = {name.lower() for name in names}
    found = Refusal(
        0 if 200 <= response.status < 300 else response.status,
        "" if not origin or origins in (["*"], [origin]) else origin,
        "" if asked in _SAFE_METHODS or "*" in methods or asked.upper() in (method.upper() for method in methods) else asked,
        () if "*" in allowed else tuple(name for name in wanted if name.lower() not in allowed),
    )
    return found if any(found) else None


def hidden_from_page(exchange: Exchange) -> tuple[str, ...] | None:
    """The origins that an answer allows, where the browser that asked for it hides it from the page (Fetch standard, CORS check); None where the page
    sees it, or no page asked."""
    request, response = exchange.request, exchange.response
    headers = request.headers
    origin = headers.get("origin").strip()
    if not origin or response is None or exchange.message is not None or request.method.upper() == "OPTIONS" or "sec-websocket-key" in headers:
        return None
    # The browser's own word, where it sends one: a proxy in front of the page's own server makes another host of the same origin.
    if headers.get("sec-fetch-site") in ("same-origin", "none") or headers.get("sec-fetch-mode", "cors") != "cors" or _is_own(request, origin):
        return None
    allowed = tuple(listed(response.headers, "access-control-allow-origin"))
    return None if allowed in (("*",), (origin,)) else allowed


def _is_own(request: Request, origin: str) -> bool:
    try:
        parts = urlsplit(origin)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return False
    return (parts.scheme, parts.hostname, port) == (request.scheme, request.host.lower(), request.port)


def listed(headers: Headers, name: str) -> list[str]:
    """The parts of a header's values, wherever it stands, of which commas part one from the next."""
    values = ",".join(value for key, value in headers if key.lower() == name)
    return [part for value in values[:8000].split(",") if (part := value.strip())]


def lossy_redirect(exchange: Exchange) -> str:
    """The URL that an answer sends a writing request to, where it is the same resource and clients repeat it as a GET without a body; else ""."""
    response, request = exchange.response, exchange.request
    if response is None or response.status not in _REWRITES or request.method.upper() in ("GET", "HEAD", "OPTIONS"):
        return ""
    try:
        target = urljoin(request.url, response.headers.get("location")[:8000])
        path = urlsplit(target).path
    except ValueError:
        return ""
    same = path.rstrip("/").lower() == request.path.rstrip("/").lower()
    return target if same and target != request.url else ""


def is_handshake(request: Request) -> bool:
    """Whether a request asks to become a WebSocket."""
    return request.headers.get("upgrade").lower() == "websocket"


def failed_handshake(exchange: Exchange) -> bool:
    """Whether a WebSocket handshake was answered with plain HTTP, whatever its status."""
    return exchange.response is not None and exchange.response.status != 101 and is_handshake(exchange.request)


def sent_to_a_web_site(exchange: Exchange, backend: Backend) -> bool:
    """Whether a success is a web page, though the request names the app in a header, as SDKs do, and asks a server of the app's own for JSON."""
    request, response = exchange.request, exchange.response
    if response is None or response.status != 200 or not _HTML.match(response.body.data[:200] if response.body.data else b""):
        return False
    return (
        any(name in request.headers for name in backend.app_id.header)
        and "text/html" not in request.headers.get("accept")
        and not backend.is_vendors(request.host)
        and "/files/" not in request.path
    )


def quiet_advice(exchange: Exchange, backend: Backend) -> Advice | None:
    """What an answer with a status below 400 means that is a failure for one of these reasons; None for any other."""
    if sent_to_a_web_site(exchange, backend):
        return shared_advice("page")
    if preflight_refusal(exchange) is not None:
        return shared_advice("preflight")
    return shared_advice("redirect") if lossy_redirect(exchange) else shared_advice("handshake") if failed_handshake(exchange) else None
