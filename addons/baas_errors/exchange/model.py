"""One request with its response, independent of mitmproxy. Bodies are decoded on first use, at most once. Times are seconds since the epoch."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from .json_reader import Parsed, carried, is_deep, parse_json

# In bytes; larger bodies are not read. Errors are small; only lists of results (a batch, a GraphQL response) come near this.
LARGEST_BODY = 4 * 1024 * 1024
# In characters: to undo percent-encoding takes long.
LONGEST_FORM = 64 * 1024
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]+)", re.I)


class Headers:
    """Header fields in order; names are case-insensitive. Fields from the `wire` are decoded on first use."""

    def __init__(self, fields: Iterable[tuple[str, str]] = (), wire: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        self._given, self._wire = tuple(fields), wire

    @cached_property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """Names and values in order; bytes that are not UTF-8 are replaced."""
        return self._given or tuple([(name.decode("utf-8", "replace"), value.decode("utf-8", "replace")) for name, value in self._wire])

    @cached_property
    def wire(self) -> tuple[tuple[bytes, bytes], ...]:
        """Names and values as on the wire."""
        return self._wire or tuple([(name.encode("utf-8", "replace"), value.encode("utf-8", "replace")) for name, value in self.fields])

    @cached_property
    def index(self) -> dict[str, str]:
        """The first value of each header, by its name in small letters."""
        return {name.lower(): value for name, value in reversed(self.fields)}

    def get(self, name: str, default: str = "") -> str:
        """The first value of a header, or the default."""
        return self.index.get(name.lower(), default)

    def first(self, names: Iterable[str]) -> str:
        """The value of the first of several headers that is not empty, or ""."""
        for name in names:
            if value := self.index.get(name.lower(), "").strip():
                return value
        return ""

    def __contains__(self, name: str) -> bool:
        return name.lower() in self.index

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.fields)


NO_HEADERS = Headers()


class BodyProblem(NamedTuple):
    """Why a body could not be read completely: a rule name, a sentence, and the evidence."""

    rule: str
    says: str
    evidence: str = ""


class Body:
    """A message body. `load` returns its bytes with content encodings removed, and the problem in doing so, if any.

    The content type may be given by the message's headers, which are read on first use.
    """

    def __init__(self, load: Callable[[], tuple[bytes | None, BodyProblem | None]], content_type: str | Headers = "") -> None:
        self._load = load
        self._type = content_type

    @classmethod
    def of(cls, data: bytes | str, content_type: str = "") -> Body:
        """A body of these bytes; of the messages that mitmproxy 7 wrote as text, their UTF-8."""
        held = data if isinstance(data, bytes) else data.encode("utf-8", "replace")
        return cls(lambda: (held, None), content_type)

    @cached_property
    def content_type(self) -> str:
        """The content type with its parameters, or ""."""
        return self._type if isinstance(self._type, str) else self._type.get("content-type")

    @cached_property
    def _loaded(self) -> tuple[bytes | None, BodyProblem | None]:
        data, problem = self._load()
        if data is not None and len(data) > LARGEST_BODY:
            size = f"{len(data):,} bytes"
            return None, BodyProblem("body-too-large", f"The body was not read: it has {size}, the limit is {LARGEST_BODY:,}.", size)
        return data, problem

    @cached_property
    def data(self) -> bytes | None:
        """The decoded bytes, or None if they are not available."""
        return self._loaded[0]

    @cached_property
    def text(self) -> str:
        """The text, "" without a body; bytes that are invalid in its charset are replaced."""
        return self._decoded[0]

    @cached_property
    def _decoded(self) -> tuple[str, BodyProblem | None]:
        data = self.data
        if not data:
            return "", None
        # A known charset is tried first, then UTF-8, which servers send whatever charset they name; but zeros tell of two or four bytes a character.
        guessed = json.detect_encoding(data) if b"\0" in data[:4] else "utf-8"
        for charset in (*_CHARSET.findall(self.content_type)[:1], guessed, "utf-8"):
            with suppress(LookupError, ValueError):
                return data.decode(charset), None
        problem = BodyProblem("body-not-text", "Some bytes of the body are not valid UTF-8; they are shown as \ufffd.", self.content_type)
        return data.decode("utf-8", "replace"), problem

    @cached_property
    def parsed(self) -> Parsed:
        """The body parsed as JSON, as far as it can be read; also the JSON in JSONP and event streams."""
        parsed = parse_json(carried(self.text, self.content_type))
        if parsed.value is not None and is_deep(parsed.value):
            return Parsed(None, "is nested too deeply")
        return parsed

    @cached_property
    def json(self) -> Any:
        """The JSON value, or None."""
        return self.parsed.value

    @cached_property
    def object(self) -> dict[str, Any]:
        """The JSON object, or an empty one."""
        return self.json if isinstance(self.json, dict) else {}

    @cached_property
    def form(self) -> dict[str, str]:
        """The fields of a form body; the first value of a repeated field."""
        return _fields(self.text)

    @cached_property
    def looks_like_json(self) -> bool:
        """Whether the content type or the first character says JSON."""
        return "json" in self.content_type.lower() or self.text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")

    @cached_property
    def problems(self) -> tuple[BodyProblem, ...]:
        """Why the body could not be read as intended."""
        found = [problem for problem in (self._loaded[1], self._decoded[1]) if problem]
        if self.data and self.looks_like_json and self.parsed.problem:
            found.append(BodyProblem("body-not-json", f"The answer's body {self.parsed.problem}.", self.text[:60]))
        return tuple(found)


def _fields(text: str) -> dict[str, str]:
    """The fields of a query or form, as far as LONGEST_FORM goes, {} if there are more than 1,000; the first value of a repeated field."""
    if len(text) > LONGEST_FORM:
        text = text[:LONGEST_FORM].rpartition("&")[0]
    try:
        return dict(reversed(parse_qsl(text, keep_blank_values=True, max_num_fields=1000)))
    except ValueError:
        return {}


EMPTY = Body.of(b"")
# Names an answer on demand in its headers, wherever it is kept; the value is what was asked for.
INJECTED_HEADER = "X-Baas-Errors-Injected"


@dataclass(frozen=True)
class Request:
    """A request. `path` is as on the wire, without the query."""

    method: str
    scheme: str
    host: str
    port: int
    path: str
    query: str = ""
    headers: Headers = field(default_factory=Headers)
    body: Body = EMPTY

    @cached_property
    def url(self) -> str:
        """The URL, without the default port."""
        usual = {"http": 80, "https": 443, "ws": 80, "wss": 443}.get(self.scheme)
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port in (usual, 0) else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}{'?' + self.query if self.query else ''}"

    @cached_property
    def params(self) -> dict[str, str]:
        """The query parameters; the first value of a repeated one."""
        return _fields(self.query)

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies by their names; the first value of a repeated one."""
        pairs = [part.partition("=") for part in self.headers.get("cookie")[:20_000].split(";")]
        return {name.strip(): value.strip() for name, _, value in reversed(pairs)}


@dataclass(frozen=True)
class Response:
    """A response."""

    status: int
    headers: Headers = field(default_factory=Headers)
    body: Body = EMPTY


@dataclass(frozen=True)
class Exchange:
    """A request with its response, with one WebSocket message, or with a transport failure.

    For a message, `opening` holds the client's first messages on the WebSocket, which show the protocol; `asked` returns the client's messages
    before it, latest first. `upstream` is where a proxy in reverse mode passed on a request that failed. `answered` is the status with which the
    proxy itself answered the app in place of the server. `injected` is the error on demand that stands in the place of an answer; one with headers
    says so in them.
    """

    id: str
    request: Request
    response: Response | None = None
    started: float | None = None
    ended: float | None = None
    failure: str = ""
    message: Body | None = None
    opening: tuple[Body, ...] = ()
    asked: Callable[[], Iterable[Body]] = tuple
    upstream: tuple[str, int] | None = None
    injected: str = ""
    answered: int | None = None

    @property
    def status(self) -> int | None:
        """The HTTP status; None for a WebSocket message or a transport failure."""
        return self.response.status if self.response and self.message is None else None
