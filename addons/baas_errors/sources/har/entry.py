"""Converts an entry of a HAR file to exchanges. HAR 1.2 leaves much open; this module handles these deviations of tools:

- Chrome: HTTP/2 pseudo headers (`:authority`) among the headers; several Set-Cookie joined by line breaks; status 0 with `_error` for
  failures, with `_error` null for unfinished requests; evicted bodies are absent; WebSocket messages in `_webSocketMessages`.
- Firefox: bodies absent with a comment, or cut after 1 MB; `encoding: base64` on texts that are not base64 (bugzilla 1762313).
- Charles: `_charlesStatus`; `statusText` and `mimeType` null; bodies decompressed although `content-encoding` is kept; sizes -1; JSON
  sent as a form is the name of a parameter without a value.
- Fiddler: a BOM; times with seven digits; `postData` with an empty text on a GET.
- Playwright: status -1 with `_failureText`; bodies in separate files (`_file`) unless embedded (attached.py).
- Proxyman, Reqable and others: request bodies in base64, marked by `encoding` (HAR 1.3) or not at all.
- BrowserMob: base64 of compressed bodies. Slack: headers as pairs.
- Polly.JS: bodies as a JSON list of base64 or hex chunks. chrome-har: sizes that are twice the length.
- HTTP Toolkit: status 0 without a reason for what waits or was ended.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from ...decode.transport import NO_ANSWER
from ...exchange import Body, Exchange, Headers, Request, Response
from ...exchange.json_reader import as_list, as_object, compact
from ...text import scrub
from .body import request_body, response_body
from .time import duration, moment, moment_of_date

# Requests that the user or the page cancelled are not failures of the server.
_STOPPED = ("ERR_ABORTED", "NS_BINDING_ABORTED")
MOST_OPENING = 3


def exchanges(entry: Any, seen: Counter[str]) -> Iterator[Exchange]:
    """The exchange of an entry, then one for each text message of a WebSocket's server; none for URLs without a network, such as `data:`.

    `seen` counts equal entries, so that each has its own, reproducible id. Raises ValueError that says what is wrong with the entry.
    """
    if not isinstance(entry, dict):
        raise ValueError("is not an object")
    sent = entry.get("request")
    if not isinstance(sent, dict):
        raise ValueError("has no request")
    request = _request(sent)
    if request is None:
        return
    answer = as_object(entry.get("response"))
    if "status" not in answer and "statusCode" in answer:
        # As programs write what they intercept (Cypress, Playwright, Node).
        body = answer.get("body")
        answer = {**answer, "status": answer["statusCode"], "content": {"text": body if isinstance(body, str) else compact(body) if body else ""}}
    response, failure = _response(answer, request.method)
    if response is None and not failure:
        return
    started = moment(entry.get("startedDateTime"))
    if started is None and response is not None:
        started = moment_of_date(response.headers.get("date"))
    lasted, ended = duration(entry), moment(entry.get("_ended"))
    name = _id(entry, request, seen)
    yield Exchange(
        id=name,
        request=request,
        response=response,
        started=started,
        ended=ended or (started + lasted if started is not None and lasted is not None else started),
        failure=failure,
    )
    yield from _messages(entry.get("_webSocketMessages"), name, request, started)


def has_network(entry: Any) -> bool:
    """Whether a valid entry asks a server: `data:` URLs and those of extensions do not."""
    return _request(entry["request"]) is not None


def unanswered(entry: Any) -> tuple[tuple[str, str, int], str] | None:
    """Method, host and start (milliseconds) of an entry with status 0, and its failure or ""; None for other entries."""
    sent, answer = (as_object(as_object(entry).get(name)) for name in ("request", "response"))
    if answer.get("status") != 0:
        return None
    try:
        request = _request(sent)
    except ValueError:
        return None
    started = moment(entry.get("startedDateTime"))
    if request is None or started is None:
        return None
    return (request.method.upper(), request.host.lower(), round(started * 1000)), _response(answer, request.method)[1]


def _id(entry: dict[str, Any], request: Request, seen: Counter[str]) -> str:
    # Ids are written to outputs, so nothing secret may be guessed from them: no path, no query.
    facts = [entry.get("startedDateTime"), entry.get("time"), request.method, request.host]
    digest = sha256(json.dumps(facts, default=str).encode()).hexdigest()[:16]
    seen[digest] += 1
    return f"har-{digest}" if seen[digest] == 1 else f"har-{digest}-{seen[digest]}"


def _request(sent: dict[str, Any]) -> Request | None:
    """The request, or None for a URL without a network (data:, blob:, file:, extensions)."""
    method, url = sent.get("method"), sent.get("url")
    if not isinstance(method, str) or not method.strip():
        raise ValueError("has a request without a method")
    if not isinstance(url, str) or not url:
        raise ValueError("has a request without a URL")
    method, url = scrub(method.strip()), scrub(url.strip())
    if method.upper() == "CONNECT" and "://" not in url:
        url = f"https://{url}"
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("has a request with an invalid URL") from None
    usual = {"http": 80, "ws": 80, "https": 443, "wss": 443}
    if scheme not in usual:
        if scheme:
            return None
        raise ValueError("has a request with a URL without a scheme")
    if not host:
        raise ValueError("has a request with a URL without a host")
    headers = _with_cookies(headers_of(sent.get("headers")), sent.get("cookies"))
    return Request(
        method=method,
        scheme=scheme,
        host=host,
        port=port or usual[scheme],
        path=parts.path or "/",
        query=parts.query,
        headers=headers,
        body=request_body(sent, headers),
    )


def _response(answer: dict[str, Any], method: str) -> tuple[Response | None, str]:
    """The response, or else the failure; neither for a request that was unfinished or cancelled."""
    status = _status(answer.get("status"))
    if status:
        headers = headers_of(answer.get("headers"))
        return Response(status, headers, response_body(answer, headers, status, method)), ""
    error = answer.get("_error") or answer.get("_failureText")
    if isinstance(error, str) and error:
        return None, "" if any(word in error for word in _STOPPED) else _in_words(scrub(error))
    if not answer or "_error" in answer:
        return None, ""
    if answer.get("headers") and answer.get("status") not in (0, -1, "0", ""):
        raise ValueError("has an answer without a valid status")
    charles = answer.get("_charlesStatus")
    return None, f"no answer (Charles: {scrub(charles)[:80]})" if isinstance(charles, str) else NO_ANSWER


def _status(value: Any) -> int:
    """The HTTP status, or 0."""
    try:
        status = int(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else 0
    except (ValueError, OverflowError):
        return 0
    return status if 100 <= status <= 999 else 0


def _in_words(error: str) -> str:
    """The browser's name of a failure with its words: `net::ERR_CONNECTION_REFUSED (connection refused)`."""
    for prefix in ("net::ERR_", "NS_ERROR_"):
        if error.startswith(prefix) and "(" not in error:
            words = error.removeprefix(prefix).split()[0].lower().replace("_", " ").replace("cert ", "certificate ")
            return f"{error[:200]} ({words[:80]})"
    return error[:500]


def headers_of(value: Any) -> Headers:
    """Header fields from a list of objects or pairs, or from one object; invalid ones are skipped."""
    fields: list[tuple[str, str]] = []
    for item in value.items() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ():
        if isinstance(item, dict):
            name, text = item.get("name"), item.get("value")
        elif isinstance(item, (list, tuple)) and len(item) >= 2:
            name, text = item[0], item[1]
        else:
            continue
        if not isinstance(name, str) or not name or name.startswith(":"):
            continue
        text = text if isinstance(text, str) else "" if text is None else str(text)
        fields += [(scrub(name), scrub(line)) for line in (text.split("\n") if name.lower() == "set-cookie" else [text])]
    return Headers(fields)


def _with_cookies(headers: Headers, cookies: Any) -> Headers:
    """The headers with a Cookie header from the list of cookies, where some tools (Insomnia) write it only; so its values are redacted."""
    if "cookie" in headers:
        return headers
    told = [(item.get("name"), item.get("value")) for item in map(as_object, as_list(cookies))]
    pairs = [f"{scrub(name)}={scrub(value)}" for name, value in told if isinstance(name, str) and isinstance(value, str) and name]
    return Headers((*headers.fields, ("Cookie", "; ".join(pairs)))) if pairs else headers


def _messages(value: Any, name: str, request: Request, started: float | None) -> Iterator[Exchange]:
    """One exchange for each text message of the server on a WebSocket."""
    opening: list[Body] = []
    for item in map(as_object, as_list(value)):
        if item.get("opcode") not in (1, None) or not isinstance(item.get("data"), str):
            continue
        body = Body.of(scrub(item["data"]).encode(), "application/json")
        if item.get("type") == "send":
            if len(opening) < MOST_OPENING:
                opening.append(body)
            continue
        when = moment(item.get("time"))
        when = started if when is None else when
        yield Exchange(id=name, request=request, started=when, ended=when, message=body, opening=tuple(opening))
