"""Situations and how they are played: one request each, sent to a Parse Server, with what is to come of it."""

import base64
import gzip
import hmac
import http.client
import json
import re
import struct
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from .harness import APP_ID, KEYS
from .websocket import WebSocket

ALL_VERSIONS = (8, 9)

KEY_HEADERS = {
    "none": {},
    "app": {"X-Parse-Application-Id": APP_ID},
    "rest": {"X-Parse-Application-Id": APP_ID, "X-Parse-REST-API-Key": KEYS["restKey"]},
    "master": {"X-Parse-Application-Id": APP_ID, "X-Parse-Master-Key": KEYS["masterKey"]},
    "read-only": {"X-Parse-Application-Id": APP_ID, "X-Parse-Master-Key": KEYS["readOnlyMasterKey"]},
    "maintenance": {"X-Parse-Application-Id": APP_ID, "X-Parse-Maintenance-Key": KEYS["maintenanceKey"]},
}


# Made up, as all keys here.
TOTP_SECRET = "MADEUPSECRETMADEUPSECRETMADEUPSE"


@dataclass(frozen=True, slots=True)
class Fault:
    """One error in an answer.

    `code` is what the server sends, None where it sends none. `names` are the catalog names that would be right, empty
    where the documentation has no name. `index` is the place in a batch, in GraphQL's list of errors, or among the
    messages of a LiveQuery connection; None where the answer as a whole is the error.
    """

    code: int | str | None
    names: tuple[str, ...] = ()
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """One request and what is to come of it. "${name}" in it is replaced by what an earlier answer gave under `keep`."""

    name: str
    method: str
    path: str
    status: int
    faults: tuple[Fault, ...] = ()
    query: dict[str, Any] = field(default_factory=dict)  # values that are no strings are sent as JSON
    body: Any = None  # bytes are sent as they are, all else as JSON
    headers: dict[str, str] = field(default_factory=dict)
    key: str = "rest"
    session: str | None = None
    keep: dict[str, str] = field(default_factory=dict)  # name: path into the JSON answer, for example "results.0.objectId"
    versions: tuple[int, ...] = ALL_VERSIONS
    record: bool = True  # False: too much like others to be kept in a capture
    frames: tuple[Any, ...] = ()  # messages of a WebSocket; each waits for one answer

    @property
    def kind(self) -> str:
        """Where its errors stand: in the body as a whole (rest), or in a list (batch, graphql, websocket)."""
        if self.frames:
            return "websocket"
        if self.path.startswith("/graphql"):
            return "graphql"
        return "batch" if any(fault.index is not None for fault in self.faults) else "rest"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered to a situation."""

    situation: Situation
    path: str  # as sent, with its query
    status: int
    headers: dict[str, str]
    body: bytes  # decoded; of a WebSocket a JSON list of the messages

    def json(self) -> Any:
        """The body as JSON; None if it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def errors(self) -> list[dict]:
        """What the server said, at the places where the situation expects a fault."""
        return [self._error(fault) for fault in self.situation.faults]

    def _error(self, fault: Fault) -> dict:
        said = self.json()
        error: dict[str, Any] = {}
        if self.situation.kind == "graphql" and isinstance(said, dict) and "errors" in said:
            item = said["errors"][fault.index or 0]
            error = {"code": item.get("extensions", {}).get("code"), "message": item.get("message")}
        else:
            if self.situation.kind == "batch":
                said = said[fault.index].get("error")
            elif self.situation.kind == "websocket":
                said = said[fault.index]
            if isinstance(said, dict):
                error = {"code": said.get("code"), "message": said.get("error", said.get("message"))}
        line = {key: value for key, value in error.items() if value is not None}
        line["names"] = list(fault.names)
        if fault.index is not None:
            line["index"] = fault.index
        return line

    def surprises(self) -> list[str]:
        """Where the answer is not what the situation was made for."""
        found = []
        if self.status != self.situation.status:
            found.append(f"status {self.status}, not {self.situation.status}")
        try:
            codes = [error.get("code") for error in self.errors()]
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            return [*found, f"the answer has not the expected shape ({error!r})"]
        expected = [fault.code for fault in self.situation.faults]
        if codes != expected:
            found.append(f"codes {codes}, not {expected}")
        if not expected and self.situation.kind == "graphql" and "errors" in (self.json() or {}):
            found.append("errors where none is expected")
        return found

    def line(self) -> dict:
        """The expectation for one flow, as in tests/captures/*.expected.jsonl."""
        return {
            "situation": self.situation.name,
            "method": self.situation.method,
            "path": self.path,
            "status": self.status,
            **({"kind": self.situation.kind} if self.situation.kind != "rest" else {}),
            "errors": self.errors(),
        }


def play(situations: Iterable[Situation], version: int, ports: Any) -> Iterator[Answer]:
    """Plays the situations meant for this version, one after the other.

    `ports` is the port to send to, or a function that gives it for a situation: so some can pass a proxy and others not.
    """
    kept: dict[str, Any] = {"totp": totp, "totp_secret": TOTP_SECRET}
    for situation in situations:
        if version not in situation.versions:
            continue
        port = ports(situation) if callable(ports) else ports
        answer = _converse(situation, port, kept) if situation.frames else _ask(situation, port, kept)
        for name, where in situation.keep.items():
            kept[name] = _look_up(answer.json(), where)
        yield answer


def totp() -> str:
    """The six digits that an authenticator app would show now (RFC 6238) for TOTP_SECRET."""
    digest = hmac.digest(base64.b32decode(TOTP_SECRET), struct.pack("!Q", int(time.time()) // 30), "sha1")
    (number,) = struct.unpack_from("!I", digest, digest[-1] & 0x0F)
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"


def _ask(situation: Situation, port: int, kept: dict[str, Any]) -> Answer:
    path = _fill(situation.path, kept)
    if situation.query:
        filled = _fill(situation.query, kept)
        path += "?" + urlencode({key: v if isinstance(v, str) else json.dumps(v) for key, v in filled.items()})
    headers = dict(KEY_HEADERS[situation.key])
    if situation.session:
        headers["X-Parse-Session-Token"] = _fill(situation.session, kept)
    body = situation.body
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(_fill(body, kept)).encode()
        headers["Content-Type"] = "application/json"
    headers |= _fill(situation.headers, kept)
    # A new connection each time: after most errors the server ends the connection that it announced to keep.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(situation.method, path, body, headers)
        response = connection.getresponse()
        content = response.read()
        received = {name.lower(): value for name, value in response.getheaders()}
    finally:
        connection.close()
    if received.get("content-encoding") == "gzip":
        content = gzip.decompress(content)
    return Answer(situation, path, response.status, received, content)


def _converse(situation: Situation, port: int, kept: dict[str, Any]) -> Answer:
    socket = WebSocket(port, situation.path)
    said = []
    try:
        for frame in situation.frames:
            socket.send(json.dumps(_fill(frame, kept)))
            said.append(json.loads(socket.receive() or "null"))
    finally:
        socket.close()
    return Answer(situation, situation.path, socket.status, {}, json.dumps(said).encode())


def _fill(value: Any, kept: dict[str, Any]) -> Any:
    match value:
        case str():
            if whole := re.fullmatch(r"\$\{(\w+)\}", value):
                return _resolve(whole[1], kept)
            return re.sub(r"\$\{(\w+)\}", lambda found: str(_resolve(found[1], kept)), value)
        case dict():
            return {_fill(key, kept): _fill(item, kept) for key, item in value.items()}
        case list() | tuple():
            return [_fill(item, kept) for item in value]
        case _:
            return value


def _resolve(name: str, kept: dict[str, Any]) -> Any:
    value = kept[name]
    return value() if callable(value) else value


def _look_up(value: Any, where: str) -> Any:
    for step in where.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value
