"""Reads bodies in HAR files: text or base64, marked or not, complete, cut off or absent."""

from __future__ import annotations

import base64
import re
from typing import Any
from urllib.parse import quote_plus

from ...exchange import EMPTY, LARGEST_BODY, Body, BodyProblem, Headers
from ...exchange.json_reader import as_list, as_object, compact, parse_json
from ...mitm.content_encoding import decode
from ...text import scrub

_BASE64 = re.compile(r"[A-Za-z0-9+/\s]*+={0,2}\s*+")
_HEX = re.compile(r"(?:[0-9a-f]{2})+")
# A brace or bracket and the character after it, in base64.
_PACKED_JSON = re.compile(r"[eW][w-z0-9+/]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f]")
_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")
# In bytes: a removed BOM and converted line breaks make a text slightly shorter than its size.
_SLACK = 16
_CHARSET = re.compile(r";\s*charset\s*=[^;]*", re.I)


def response_body(answer: dict[str, Any], headers: Headers, status: int, method: str) -> Body:
    """The body of a response; a body that is missing from the capture is distinguished from an empty one."""
    content = as_object(answer.get("content"))
    text, size, kind = content.get("text"), _size(content.get("size")), _type(headers, content.get("mimeType"))
    if isinstance(text, (dict, list)):
        text, size = compact(text), None
    if isinstance(text, str) and text:
        return _body(text, _encoding(content, text, kind), kind, headers, size)
    empty = method.upper() == "HEAD" or status < 200 or status in (204, 304) or size == 0 or _size(answer.get("bodySize")) == 0
    if empty or (text == "" and size is None):
        return EMPTY
    comment = content.get("comment")
    seen = scrub(comment)[:100] if isinstance(comment, str) and comment else f"{size:,} bytes were received" if size else ""
    problem = BodyProblem("body-not-kept", "The body of this answer is missing from the capture, so it could not be read.", seen)
    return Body(lambda: (None, problem), kind)


def request_body(sent: dict[str, Any], headers: Headers) -> Body:
    """The body of a request, rebuilt from its parameters if it has no text."""
    data = sent.get("postData")
    if isinstance(data, str):
        return _body(data, None, _type(headers, ""), headers, None)
    data = as_object(data)
    text, kind = data.get("text"), _type(headers, data.get("mimeType"))
    if isinstance(text, str) and text:
        return _body(text, _encoding(data, text, kind), kind, headers, None)
    if form := _form(data.get("params")):
        return Body.of(form.encode(), "application/x-www-form-urlencoded" if "multipart/" in kind.lower() else _plain_type(kind))
    length = headers.get("content-length")
    if _size(sent.get("bodySize")) or (length.isdecimal() and length.strip("0")):
        problem = BodyProblem("body-not-kept", "The body of this request is missing from the capture, so it could not be read.", length)
        return Body(lambda: (None, problem), kind)
    return EMPTY


def _encoding(held: dict[str, Any], text: str, kind: str) -> Any:
    """The encoding of a text. HAR 1.2 has none for requests, and some tools leave it out of answers: base64 is detected where JSON is expected."""
    encoding = held.get("encoding")
    if encoding is not None or "json" not in kind.lower() or not _PACKED_JSON.match(text):
        return encoding
    return None if parse_json((_from_base64(text) or b"").decode("utf-8", "replace")).problem else "base64"


def _form(params: Any) -> str:
    pairs = []
    for item in map(as_object, as_list(params)):
        if not isinstance(name := item.get("name"), str):
            continue
        value = item.get("value")
        value = "" if item.get("fileName") or not isinstance(value, (str, int, float)) else str(value)
        # A JSON body that was sent with the content type of a form.
        if not value and name[:1] in ("{", "[") and len(params) == 1:
            return scrub(name)
        pairs.append(f"{quote_plus(scrub(name))}={quote_plus(scrub(value))}")
    return "&".join(pairs)


def _body(text: str, encoding: Any, kind: str, headers: Headers, size: int | None) -> Body:
    is_base64 = isinstance(encoding, str) and encoding.lower() == "base64"
    chunked = text.startswith('["') and (is_base64 or "content-encoding" in headers)
    if (is_base64 or chunked) and (data := _from_chunks(text) if chunked else _from_base64(text)) is not None:
        return Body(lambda: _unpacked(data, headers), kind)
    if text.startswith("\x1f\x8b"):
        # Compressed bytes, one per character.
        return Body(lambda: _unpacked(text.encode("latin-1", "replace"), headers), kind)

    def load() -> tuple[bytes | None, BodyProblem | None]:
        # JSON escapes and base64 make a text longer than its body.
        data = scrub(text[: 4 * LARGEST_BODY]).encode()
        cut_off = size is not None and size > len(data) + _SLACK and "utf-16" not in kind.lower()
        # Some tools write other sizes: complete JSON was not cut.
        if cut_off and not (text[:1] in ("{", "[") and not parse_json(text).problem):
            says = f"The body is incomplete: the tool that wrote the capture kept {len(data):,} of {size:,} bytes."
            return data, BodyProblem("body-truncated", says, f"size {size}")
        return data, None

    return Body(load, _plain_type(kind))


def _unpacked(data: bytes, headers: Headers) -> tuple[bytes | None, BodyProblem | None]:
    """The decompressed body. Most tools write base64 of a body that is already decompressed, whatever its headers say."""
    encoding = headers.get("content-encoding")
    head = data[:1000].decode("utf-8", "replace")
    is_text = head.count("\ufffd") <= 1 and not _CONTROLS.search(head)
    if not encoding or not (data.startswith(_PACKED) or encoding.strip().lower() in ("br", "deflate")) or is_text:
        return data, None
    unpacked, problem = decode(data, encoding)
    return (data, None) if unpacked is None and problem and problem.rule == "body-encoding" else (unpacked, problem)


def _from_chunks(text: str) -> bytes | None:
    """The bytes in a JSON list of chunks, all in hex or all in base64, or None for any other text."""
    chunks = parse_json(text).value
    if not isinstance(chunks, list) or not all(isinstance(chunk, str) for chunk in chunks):
        return None
    if _HEX.fullmatch(joined := "".join(chunks)):
        return bytes.fromhex(joined)
    parts = [_from_base64(chunk) for chunk in chunks]
    return None if None in parts else b"".join(part for part in parts if part)


def _from_base64(text: str) -> bytes | None:
    """The decoded bytes, or None for invalid base64."""
    if not _BASE64.fullmatch(text):
        return None
    compact = "".join(text.split()).rstrip("=")
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4))
    except ValueError:
        return None


def _type(headers: Headers, named: Any) -> str:
    """The content type of the header, or else of the HAR field."""
    if value := headers.get("content-type"):
        return value
    return scrub(named) if isinstance(named, str) and named != "x-unknown" else ""


def _plain_type(kind: str) -> str:
    """The content type without its charset, since text in a HAR file is already decoded."""
    return _CHARSET.sub("", kind).strip()


def _size(value: Any) -> int | None:
    """A size in bytes, or None if it is unknown (-1) or invalid."""
    return int(value) if type(value) in (int, float) and 0 <= value < 2**53 else None
