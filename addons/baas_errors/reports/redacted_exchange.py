"""Redacts exchanges for reports: all texts without secrets, bodies readable and of limited length."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from ..exchange import Body, Exchange, Headers
from ..exchange.json_reader import compact, is_deep
from ..exchange.multipart import MOST_PARTS, Part, mark_of, parts
from ..record import milliseconds
from ..redact import Redaction, Redactor, beginning, cut_mark, shortened
from ..text import scrub

# In characters, after redaction.
LONGEST_BODY = 64 * 1024
# Only the shown part of a body and this many characters after it are searched by patterns, which are slow; a secret at the cut is thus found whole.
_MARGIN = 16 * 1024

_BINARY = re.compile(
    r"(?:image|audio|video|font)/(?!.*\+(?:xml|json)$)|application/(?:octet-stream|pdf|zip|gzip|x-gzip|x-tar|wasm|(?:x-)?protobuf|grpc)"
)
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}")

_NOT_SHOWN = "<body not shown: "
_BYTES_MARK = re.compile(r"<[\d,]+ bytes of [^<>]{1,140}>")
_CUT_MARK = re.compile(r"[\n ]<cut: [\d,]+ of [\d,]+ characters are shown>")


@dataclass(frozen=True, slots=True)
class CleanExchange:
    """Without secrets. `started`: seconds since the epoch; `failure`: why there is no response; `redactions`: number of redacted values."""

    method: str
    url: str
    request_headers: tuple[tuple[str, str], ...] = ()
    request_body: str = ""
    status: int | None = None
    response_headers: tuple[tuple[str, str], ...] = ()
    response_body: str = ""
    started: float | None = None
    duration_ms: int | None = None
    failure: str = ""
    redactions: int = 0

    @property
    def request_head(self) -> list[str]:
        """Method, URL and headers as lines."""
        return [f"{self.method} {self.url}", *(f"{name}: {value}" for name, value in self.request_headers)]

    @property
    def answer_head(self) -> list[str]:
        """The answer's headers as lines."""
        return [f"{name}: {value}" for name, value in self.response_headers]


def clean(exchange: Exchange, redactor: Redactor) -> CleanExchange:
    """The exchange without secrets; a WebSocket message is given as the response body."""
    request, response = exchange.request, exchange.response
    redaction = redactor.for_exchange(exchange)
    sent = redaction.of_sent(request)
    body = exchange.message or (response.body if response else None)
    return CleanExchange(
        method=scrub(redaction.text(request.method)),
        url=scrub(sent.url(request.url)),
        request_headers=_headers(request.headers, sent),
        request_body=_body(request.body, sent),
        status=exchange.status,
        response_headers=_headers(response.headers, redaction) if response else (),
        response_body=_body(body, redaction) if body else "",
        started=exchange.started,
        duration_ms=milliseconds(exchange.started, exchange.ended),
        failure=scrub(redaction.text(exchange.failure)),
        redactions=redaction.count,
    )


def is_whole(body: str) -> bool:
    """Whether a clean body or URL is complete: not cut, and nothing left out."""
    return not body.startswith(_NOT_SHOWN) and not _CUT_MARK.search(body) and not _BYTES_MARK.search(body)


def _headers(headers: Headers, redaction: Redaction) -> tuple[tuple[str, str], ...]:
    def shown(name: str, value: str) -> str:
        return shortened(redaction.header(name, beginning(value, LONGEST_BODY, _MARGIN)), LONGEST_BODY, len(value), _MARGIN)

    return tuple((scrub(redaction.header_name(name)), scrub(shown(name, value))) for name, value in headers)


def _body(body: Body, redaction: Redaction) -> str:
    data = body.data
    if data is None:
        why = body.problems[0].says if body.problems else "It was not kept."
        return scrub(f"{_NOT_SHOWN}{redaction.text(why)}>")
    if not data:
        return ""
    media = body.content_type.partition(";")[0].strip().lower()
    if mark := mark_of(body.content_type, data):
        shown = _multipart(data, mark, redaction)
        return scrub(_cut(shown, len(body.text)) if len(shown) > LONGEST_BODY else shown)
    if _is_binary(media, data, body.text):
        return _size(data, media, redaction)
    return scrub(_text(body.text, redaction, media))


def _is_binary(media: str, data: bytes, text: str) -> bool:
    if _BINARY.match(media) or b"\0" in data[:4096]:
        return True
    # Text in an old charset has a few bytes that are invalid UTF-8; binary data has many.
    return text.count("\ufffd", 0, 4096) * 10 > min(len(text), 4096)


def _size(data: bytes, media: str, redaction: Redaction) -> str:
    known = _MEDIA_TYPE.fullmatch(media)
    return f"<{len(data):,} bytes of {redaction.text(media) if known else 'an unknown type'}>"


def _text(text: str, redaction: Redaction, media: str = "") -> str:
    """A text body, redacted and cut: JSON by keys, a form by fields, other text by patterns."""
    length, text = len(text), text.lstrip("\ufeff")
    if text.lstrip()[:1] in ("{", "["):
        return _cut(redaction.json_text(_shortened(text)), length)
    return _cut(redaction.document(beginning(text, LONGEST_BODY, _MARGIN), media), length)


def _shortened(text: str) -> str:
    """The beginning of a long JSON text, as valid JSON, since keys decide what is secret in it."""
    if len(text) <= LONGEST_BODY + _MARGIN:
        return text
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return text[: LONGEST_BODY + _MARGIN]
    return text if is_deep(value) else compact(_beginning(value, [LONGEST_BODY + _MARGIN]))


def _beginning(value: Any, left: list[int]) -> Any:
    """The beginning of a JSON value, of about `left` characters; long texts in it are cut, never inside a secret."""
    if isinstance(value, str) and len(short := beginning(value, LONGEST_BODY, _MARGIN)) < len(value):
        value = f"{short} {cut_mark(len(short), len(value))}"
    left[0] -= 2 + (len(value) if isinstance(value, str) else 8)
    if isinstance(value, dict):
        return {key: _beginning(item, left) for key, item in value.items() if left[0] > 0}
    if isinstance(value, list):
        return [_beginning(item, left) for item in value if left[0] > 0]
    return value


def _cut(text: str, length: int = 0) -> str:
    """At most LONGEST_BODY characters and a mark with the original length."""
    length = max(length, len(text))
    if length <= LONGEST_BODY:
        return text
    return f"{text[:LONGEST_BODY]}\n{cut_mark(len(text[:LONGEST_BODY]), length)}"


def _multipart(data: bytes, mark: bytes, redaction: Redaction) -> str:
    """A multipart body, each part redacted by its type; the boundary lines are kept."""
    line = f"--{mark.decode('utf-8', 'replace')}"
    shown = []
    for number, (head, content) in enumerate(parts(data, mark)):
        if number >= MOST_PARTS:
            shown.append("<more parts>\r\n")
            break
        part = Part.of(head, content)
        fields = (f"{redaction.header_name(name)}: {redaction.header(name, value)}" if value else redaction.text(name) for name, value in part.fields)
        shown.append("\r\n".join([redaction.text(line), *fields, "", _part(part, redaction), ""]))
    return "".join(shown) + redaction.text(f"{line}--") if shown else _text(data.decode("utf-8", "replace"), redaction)


def _part(part: Part, redaction: Redaction) -> str:
    media = part.content_type.partition(";")[0].strip().lower()
    whole = part.content.decode("utf-8", "replace")
    text = _shortened(whole) if whole[:1] in ("{", "[") else beginning(whole, LONGEST_BODY, _MARGIN)
    if _is_binary(media, part.content, text):
        return _size(part.content, media, redaction)
    return shortened(redaction.part(part, text), LONGEST_BODY, len(whole), _MARGIN)
