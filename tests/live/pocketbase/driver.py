"""Requests, and how they are played: one after the other, each with what an earlier answer gave in place of `${name}`."""

from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass, field
from typing import Any

# What multipart bodies are parted by.
BOUNDARY = "made-up-boundary"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. Bytes are sent as they are, other bodies as JSON; `by` names whose token goes with it, "" for none; `keep` names parts of the
    answer for later: `{"post": "id"}`."""

    method: str
    path: str
    body: Any = None
    by: str = "alice"
    headers: dict[str, str] = field(default_factory=dict)
    keep: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request."""

    status: int
    body: bytes
    records: tuple[dict[str, Any], ...] = ()

    @property
    def json(self) -> Any:
        """The body as JSON; None if it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def send(port: int, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to a request, on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, {name: value for name, value in headers.items() if value})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def multipart(*parts: tuple[str, str, str, bytes]) -> bytes:
    """A multipart body of parts with name, file name ("" for none), type and content."""
    whole = b""
    for name, file, kind, content in parts:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
        head += f'; filename="{file}"\r\nContent-Type: {kind}' if file else ""
        whole += head.encode() + b"\r\n\r\n" + content + b"\r\n"
    return whole + f"--{BOUNDARY}--\r\n".encode()


def filled(value: Any, kept: dict[str, Any]) -> Any:
    """The value with what was kept in place of `${name}`."""
    if isinstance(value, str):
        return re.sub(r"\$\{(\w+)\}", lambda match: str(kept[match[1]]), value)
    if isinstance(value, list):
        return [filled(item, kept) for item in value]
    return {name: filled(item, kept) for name, item in value.items()} if isinstance(value, dict) else value


def play(port: int, ask: Ask, kept: dict[str, Any]) -> Answer:
    """Sends one request and keeps what it is to keep."""
    body = ask.body
    headers = dict(ask.headers)
    if ask.by:
        headers.setdefault("Authorization", f"${{token_{ask.by}}}")
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(filled(body, kept)).encode()
        headers.setdefault("Content-Type", "application/json")
    status, _, said = send(port, ask.method, filled(ask.path, kept), body, filled(headers, kept))
    answer = Answer(status, said)
    for name, place in ask.keep.items():
        value = answer.json
        for part in place.split("."):
            value = value[int(part)] if part.isdigit() else value[part]
        kept[name] = value
    return answer
