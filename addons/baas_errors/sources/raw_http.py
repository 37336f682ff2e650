"""Reads requests and answers as they went over the wire: in sessions of Fiddler and items of Burp, from `curl -i`, `curl -v` or tshark, and in
the logs of OkHttp."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from .har.file import read_entries
from .har.make import Header, Message, har_entry
from .har.stream import Unreadable
from .source import Item, Source

# In bytes: of such a file no more is read.
LARGEST = 64 * 1024 * 1024
# Stands for the host that `curl -i` does not print; no real host ends like this (RFC 2606).
UNKNOWN_HOST = "unknown.invalid"
_FIRST_LINE = rb"(?:(?P<method>[A-Z]{3,10}) (?P<target>\S{1,16000}) HTTP/\d(?:\.\d)?|HTTP/\d(?:\.\d)? (?P<status>\d{3})\b[^\r\n]*)\r?$"
_START, _NEXT = re.compile(rb"\s*" + _FIRST_LINE, re.M), re.compile(rb"^" + _FIRST_LINE, re.M)
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_TLS = re.compile(r"^\* .*(?:SSL connection using|TLS handshake|ALPN|port 443\b)", re.M)
# What curl prints around the messages: its own words, and how much came.
_CURLS_OWN = re.compile(r"(?:\* |[{}] \[\d+ bytes data\]|[ \t]*% Total|[ \t]*Dload|[ \t]*\d+[ \t].*--:--:--)")
_CURLS_LAST = re.compile(r"\* (?:Connection #\d|Closing connection|shutting down connection|Curl_http_done).*")
# tshark gives each piece of a conversation with its length before it, which is indented for the server's.
_FOLLOW = re.compile(rb"Follow: .*\n(?:(?:Filter|Node \d): .*\n)*")
_PIECE = re.compile(rb"\t?(\d{1,9})\r?\n")

# What `HttpLoggingInterceptor` of OkHttp prints before the headers of a request and of an answer. Android's log has more before each line.
_OKHTTP = re.compile(
    r"(?P<before>.{0,200}?)(?:--> (?!END)(?P<method>[A-Z]{3,10}) (?P<asked>(?:https?://|/)\S{0,16000})|<-- (?P<status>\d{3})\b"
    r"(?:.{0,100}? (?P<answered>https?://\S{1,16000}))?)"
)
# Of an answer that is printed decoded these are not true.
_NOT_AS_SENT = re.compile(r"(?i)content-(?:length|encoding):")
_FIELD = re.compile(r"[\w.-]{1,200}:(?: |$)")
_DIGIT = re.compile(r"\d")


class RawMessage(NamedTuple):
    """A request (`method`, `target`) or an answer (`status`)."""

    method: str
    target: str
    status: int
    headers: tuple[Header, ...]
    body: bytes

    def header(self, name: str) -> str:
        """The first value of a header, or ""."""
        return next((value for key, value in self.headers if key.lower() == name), "")


def read(source: Source) -> Iterator[Item]:
    """The exchanges of a file."""
    data = source.file.read(LARGEST)
    if source.file.read(1):
        source.skips.add("file", 0, f"is larger than {LARGEST:,} bytes; what follows was not read")
    return read_entries(_entries(data), source.skips)


def _entries(data: bytes) -> Iterator[Any]:
    text = data.decode("utf-8", "replace")
    secure = _TLS.search(text) is not None
    if re.search(r"^[<>] ", text, re.M) and not _START.match(data):
        data = _from_curl_v(text)
    elif data.lstrip().startswith(b"====="):
        data = _from_tshark(data)
    elif not _START.match(data) and is_okhttp(text):
        data = _from_okhttp(text)
    asked: RawMessage | None = None
    for message in messages(data):
        if message.method:
            if asked:
                yield entry_of(asked, None, secure=secure)
            asked = message
        elif message.status >= 200 or message.status == 101:
            yield entry_of(asked, message, secure=secure)
            asked = None
    if asked:
        yield entry_of(asked, None, secure=secure)


def _from_curl_v(text: str) -> bytes:
    """The messages in what `curl -v` prints: lines after `> ` are the request's head, after `< ` the answer's, and all others its body."""
    lines: list[str] = []
    for line in text.splitlines():
        if line[:2] in ("> ", "< ") or line in (">", "<"):
            lines.append(line[2:])
        elif not _CURLS_OWN.match(line):
            # A body without a line break at its end has curl's words on its last line.
            lines.append(_CURLS_LAST.sub("", line))
    return "\n".join(lines).encode()


def is_okhttp(text: str) -> bool:
    """Whether a text is a log of OkHttp, or of an app that uses it."""
    return "--> " in text and any(map(_OKHTTP.match, text.splitlines()[:1_000]))


def _from_okhttp(text: str) -> bytes:
    """The messages in a log of OkHttp, each answer after its request: several may be under way at once."""
    waiting: dict[str, list[str]] = {}
    done: list[str] = []
    message, before, in_head = done, "", False
    for line in text.splitlines():
        if found := _OKHTTP.match(line):
            before, in_head = _DIGIT.sub("0", found["before"]), True
            if found["method"]:
                message = waiting[found["asked"]] = ["", "", f"{found['method']} {found['asked']} HTTP/1.1"]
            else:
                done += waiting.pop(found["answered"] or next(reversed(waiting), ""), [])
                done += ("", "", f"HTTP/1.1 {found['status']}")
                message = done
        elif _DIGIT.sub("0", line[: len(before)]).rstrip() == before.rstrip():
            said = line[len(before) :]
            if said.startswith(("--> END", "<-- END", "<-- HTTP FAILED")):
                message = []
            elif not _NOT_AS_SENT.match(said):
                # Android's log leaves empty lines out: a body begins where a line is no header.
                message += ["", said] if in_head and said and not _FIELD.match(said) else [said]
                in_head = in_head and _FIELD.match(said) is not None
    return "\n".join((*done, *(line for left in waiting.values() for line in left), "", "")).encode("utf-8", "replace")


def _from_tshark(data: bytes) -> bytes:
    """The messages in what `tshark -z follow,http,ascii,N` prints of one conversation or several."""
    parts = []
    for conversation in _FOLLOW.finditer(data):
        position, before = conversation.end(), False
        while piece := _PIECE.match(data, position):
            end = piece.end() + int(piece[1])
            # The answer begins on a line of its own.
            indented = piece[0].startswith(b"\t")
            parts += [b"\r\n" if indented != before else b"", data[piece.end() : end]]
            before = indented
            position = end + (2 if data[end : end + 2] == b"\r\n" else 1)
        parts.append(b"\r\n")
    return b"".join(parts)


def messages(data: bytes) -> Iterator[RawMessage]:
    """The messages in a text, one after another. A message ends where its length says that the next one begins, or else where a line is its first."""
    start = _NEXT.search(data)
    while start:
        head = _END_OF_HEAD.search(data, start.end())
        body = head.end() if head else len(data)
        message = parse_message(data[start.start() : body])
        length = message.header("content-length")
        whole = body + int(length) if length.isdecimal() and len(length) < 12 else len(data)
        following = _START.match(data, whole) or _NEXT.search(data, body)
        end = following.start() if following else len(data)
        message = parse_message(data[start.start() : end])
        # What stands between is no message, such as curl's own words.
        yield message._replace(body=message.body[: max(0, whole - body)])
        start = following


def parse_message(data: bytes) -> RawMessage:
    """A request or an answer; of anything else, method and status are empty. Chunks are joined where the body has them."""
    data = data.lstrip()
    head, _, body = data.partition(b"\r\n\r\n") if b"\r\n\r\n" in data[: data.find(b"\n\n") if b"\n\n" in data else None] else data.partition(b"\n\n")
    first, *lines = head.replace(b"\r\n", b"\n").split(b"\n")
    start = _START.match(first.strip())
    fields: list[Header] = []
    for line in lines:
        name, colon, value = line.decode("utf-8", "replace").partition(":")
        # A line that goes on is left out: nobody folds headers since RFC 7230.
        if colon and line[:1] not in (b" ", b"\t"):
            fields.append((name.strip(), value.strip()))
    said = start.groupdict(b"") if start else {}
    message = RawMessage(
        said.get("method", b"").decode(), said.get("target", b"").decode("utf-8", "replace"), int(said.get("status") or 0), tuple(fields), body
    )
    if "chunked" in message.header("transfer-encoding").lower() and (joined := _joined(body)) is not None:
        message = message._replace(body=joined)
    return message


def _joined(body: bytes) -> bytes | None:
    """The body without the framing of its chunks, as far as it goes; None where there is none."""
    parts, position = [], 0
    while chunk := _CHUNK.match(body, position):
        size = int(chunk[1], 16)
        parts.append(body[chunk.end() : chunk.end() + size])
        position = chunk.end() + size
        if not size or position >= len(body):
            return b"".join(parts)
        position += 2 if body[position : position + 2] == b"\r\n" else 1
    return None


def entry_of(
    asked: RawMessage | None, answer: RawMessage | None, *, url: str = "", secure: bool = False, started: Any = None, ended: Any = None
) -> Any:
    """The HAR entry of a request, which may be unknown, and its answer, which may be absent."""
    if asked and not asked.method:
        return Unreadable("has a request that is not HTTP")
    if asked and not url:
        host = asked.header("host") or UNKNOWN_HOST
        url = asked.target if "://" in asked.target or asked.method == "CONNECT" else f"http{'s' if secure else ''}://{host}{asked.target}"
    entry = har_entry(
        asked.method if asked else "UNKNOWN",
        url or f"http://{UNKNOWN_HOST}/",
        Message(asked.headers, asked.body) if asked else Message(),
        answer.status if answer else None,
        Message(answer.headers, answer.body) if answer else Message(),
        started,
        ended,
    )
    if asked is None:
        entry["_unknownRequest"] = True
    return entry
