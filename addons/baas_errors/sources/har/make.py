"""Makes entries in the form of HAR out of what other formats hold, so that all are read in one way."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, NamedTuple

Header = tuple[str, str]


class Message(NamedTuple):
    """A request or an answer: headers in a form that `headers_of` reads, the body as bytes, as text, or as base64 that the capture holds, and its
    type where no header names it."""

    headers: Any = ()
    body: bytes | str = b""
    base64: str = ""
    kind: str = ""


def url_of(scheme: Any, host: Any, port: Any, path: Any, query: Any = None) -> str:
    """A URL from its parts, each of which may be absent."""
    host = f"[{host}]" if ":" in str(host or "") and not str(host).startswith("[") else str(host or "")
    usual = {"http": "80", "https": "443", "ws": "80", "wss": "443"}.get(str(scheme))
    place = f":{port}" if port not in (None, "", 0, -1, "0", "-1") and str(port) != usual else ""
    path = str(path or "/")
    return f"{scheme or 'http'}://{host}{place}{'' if path.startswith('/') else '/'}{path}{f'?{query}' if query else ''}"


def har_entry(
    method: str, url: str, sent: Message, status: Any, answer: Message, started: Any = None, ended: Any = None, failure: str = ""
) -> dict[str, Any]:
    """The entry of an exchange. Times are texts or seconds since the epoch; without a status there was no answer: a `failure` says why, and without
    it the request may still wait for one."""
    entry: dict[str, Any] = {
        "startedDateTime": started,
        "_ended": ended,
        "request": {"method": method, "url": url, "headers": sent.headers, "postData": _content(sent)},
        "response": {"status": status, "headers": answer.headers, "content": _content(answer)},
    }
    if not status or status in ("0", -1):
        entry["response"] |= {"status": 0, "_error": failure or None}
    return entry


def _content(message: Message) -> dict[str, Any]:
    if isinstance(message.body, bytes):
        text, encoding = message.base64 or b64encode(message.body).decode(), {"encoding": "base64"}
    else:
        text, encoding = message.body, {}
    return {"text": text, "mimeType": message.kind, **encoding} if text else {"size": 0, "mimeType": message.kind}
