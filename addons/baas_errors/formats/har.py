"""HAR 1.2: each exchange with errors, redacted. `comment` describes the error in one line, `_baasErrors` has the records, `_baasSource` the input.

mitmproxy rejects a whole file for one invalid URL, charset or content encoding, so these are made valid here.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from http import HTTPStatus
from ipaddress import IPv6Address
from typing import Any, TextIO
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from .. import program_version
from ..exchange import Headers
from ..record import ErrorRecord, timestamp
from ..redact.placeholders import Mark, pieces
from ..render.record_text import comment
from ..reports.group import Occurrence, seconds
from ..reports.redacted_exchange import CleanExchange, is_whole
from ..text import inert, scrub

Pairs = Iterable[tuple[str, str]]
_SAFE = "%:/?#[]@!$&'()*+,;=~"
_URL = re.compile(
    r"(?P<scheme>https?|wss?)://(?:[^/?#@]*@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^/?#@:\[\]]+)(?::(?P<port>\d{1,5}))?(?P<rest>[/?#].*)?", re.I | re.S
)
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}")
_CHARSET = re.compile(r"\s{0,9};\s*+charset\s*+=\s*+\"?([^\";]*)\"?", re.I)
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_ENCODINGS = frozenset({"gzip", "deflate", "br", "zstd", "identity"})


def write(occurrences: Sequence[Occurrence], stream: TextIO, notes: Sequence[str]) -> None:
    """Writes an entry for each exchange, oldest first; notes become the comment of the log."""
    log = {"version": "1.2", "creator": {"name": "mitmproxy-baas-errors", "version": program_version() or "from a checkout"}, "pages": []}
    if notes:
        log["comment"] = " ".join(notes)
    # Written entry by entry, since captures are large.
    stream.write(f'{{"log": {_json(log)[:-1]}, "entries": [')
    for number, members in enumerate(_exchanges(occurrences)):
        stream.write((",\n" if number else "\n") + _json(entry(members)))
    stream.write("\n]}}\n")


def entry(members: Sequence[Occurrence]) -> dict[str, Any]:
    """The entry of one exchange with its errors; made from the first record if the exchange is not available."""
    records = [member.record for member in members]
    exchange = members[0].exchange or _from_record(records[0])
    took = exchange.duration_ms or 0
    return {
        "startedDateTime": timestamp(exchange.started) if exchange.started is not None else records[0].timestamp,
        "time": took,
        "request": _request(exchange),
        "response": _response(exchange),
        "cache": {},
        "timings": {"blocked": -1, "dns": -1, "connect": -1, "ssl": -1, "send": 0, "wait": took, "receive": 0},
        "comment": comment(records) if members[0].exchange else f"{comment(records)} (made from the record, without the exchange)",
        "_baasErrors": [record.as_dict() for record in records],
        **({"_baasSource": members[0].source} if members[0].source else {}),
    }


def _json(value: Any) -> str:
    return inert(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _exchanges(occurrences: Sequence[Occurrence]) -> list[list[Occurrence]]:
    """The occurrences grouped by exchange, oldest first."""
    found: dict[Any, list[Occurrence]] = {}
    for number, occurrence in enumerate(occurrences):
        record, exchange, *_ = occurrence
        # A WebSocket flow has one exchange for each message.
        of_flow = (record.flow_id, exchange or (record.timestamp, record.url, record.method))
        key: Any = of_flow if record.flow_id else number if exchange is None else id(exchange)
        found.setdefault(key, []).append(occurrence)
    return sorted(found.values(), key=lambda members: seconds(members[0].record.timestamp))


def _from_record(record: ErrorRecord) -> CleanExchange:
    took = record.duration_ms
    url = record.url or f"https://{record.address}{f':{record.port}' if record.port else ''}{record.url_template or '/'}"
    return CleanExchange(
        method=record.method or "GET",
        url=url,
        status=record.status,
        started=seconds(record.timestamp) - (took or 0) / 1000,
        duration_ms=took,
        failure="" if record.status is not None else record.message,
    )


def _request(exchange: CleanExchange) -> dict[str, Any]:
    url, headers = _url(exchange.url), _headers(exchange.request_headers)
    request: dict[str, Any] = {
        "method": exchange.method or "GET",
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": _cookies(exchange.request_headers),
        "headers": _named(headers),
        "queryString": _named(_query(url)),
        "headersSize": -1,
        "bodySize": _size(exchange.request_body),
    }
    if exchange.request_body:
        request["postData"] = {"mimeType": headers.get("content-type"), "text": exchange.request_body}
    return request


def _response(exchange: CleanExchange) -> dict[str, Any]:
    headers = _headers(exchange.response_headers)
    body = exchange.response_body
    content: dict[str, Any] = {"size": _size(body), "mimeType": headers.get("content-type") or "text/plain"}
    # A placeholder for a binary body must not be taken for the body.
    content["comment" if body.startswith("<") and "\n" not in body and not is_whole(body) else "text"] = body
    status = exchange.status or 0
    response: dict[str, Any] = {
        "status": status,
        "statusText": _PHRASES.get(status, ""),
        "httpVersion": "HTTP/1.1",
        "cookies": _cookies(exchange.response_headers),
        "headers": _named(headers),
        "content": content,
        "redirectURL": headers.get("location"),
        "headersSize": -1,
        "bodySize": _size(body),
    }
    if exchange.failure:
        response["_error"] = exchange.failure
    return response


def _size(body: str) -> int:
    return len(body.encode("utf-8", "replace"))


def _named(pairs: Pairs) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _headers(fields: Pairs) -> Headers:
    """The header fields without invalid charsets and content encodings, with which mitmproxy could not read the body."""
    headers = []
    for name, value in fields:
        folded = name.lower()
        if folded == "content-encoding" and value.strip().lower() not in _ENCODINGS:
            continue
        if folded == "content-type":
            value = _CHARSET.sub(lambda match: match[0] if _is_charset(match[1]) else "", value)
        headers.append((scrub(name), scrub(value)))
    return Headers(headers)


@lru_cache(maxsize=64)
def _is_charset(name: str) -> bool:
    try:
        return bool(codecs.lookup(name.strip())._is_text_encoding)
    except (LookupError, ValueError):
        return False


def _cookies(fields: Pairs) -> list[dict[str, str]]:
    cookies: list[dict[str, str]] = []
    for name, value in fields:
        folded = name.lower()
        if folded in ("cookie", "set-cookie"):
            # In Set-Cookie the first part is the cookie, the others are its attributes.
            parts = value.split(";") if folded == "cookie" else value.split(";")[:1]
            cookies += _named((key.strip(), text.strip()) for key, equals, text in (part.partition("=") for part in parts) if equals)
    return cookies


def _url(url: str) -> str:
    """A URL that every reader accepts; an invalid URL is kept as the path of another."""
    # Marks for secrets contain `#`, which would begin the fragment.
    encoded = "".join(_encoded(piece) for piece in pieces(url))
    match = _URL.fullmatch(encoded)
    if match is None:
        return f"https://unknown.invalid/{quote(url, safe='')[:2000]}"
    port = f":{int(match['port'])}" if match["port"] and 0 < int(match["port"]) < 65536 else ""
    return f"{match['scheme'].lower()}://{_host(match['host'])}{port}{match['rest'] or '/'}"


def _encoded(piece: str | Mark) -> str:
    if isinstance(piece, Mark):
        return quote(f"<{piece.kind} {piece.size} #{piece.pseudonym}>", safe="")
    return re.sub("%(?![0-9A-Fa-f]{2})", "%25", quote(scrub(piece), safe=_SAFE))


@lru_cache(maxsize=256)
def _host(host: str) -> str:
    """The host name in ASCII, or the IP address; `unknown.invalid` for an invalid one."""
    if host.startswith("["):
        try:
            return f"[{IPv6Address(host[1:-1])}]"
        except ValueError:
            return "unknown.invalid"
    try:
        name = unquote(host).encode("idna").decode("ascii").rstrip(".")
    except UnicodeError:
        return "unknown.invalid"
    return name if 0 < len(name) <= 253 and all(map(_LABEL.fullmatch, name.split("."))) else "unknown.invalid"


def _query(url: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(urlsplit(url).query, keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        return []
