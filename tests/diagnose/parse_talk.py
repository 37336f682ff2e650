"""Parse Server's side of the conversations: made-up keys, and answers as real servers give them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from baas_errors.catalog import Backend
from baas_errors.exchange import Body
from baas_errors.record import Finding
from build import make_message
from diagnose.talk import Row, Talk

APP, REST_KEY, MASTER_KEY = "notes-app", "made-up-rest-key", "made-up-master-key"
BASE = "https://parse.example.org/parse"
SESSION, OTHER_SESSION = f"r:{'0123456789abcdef' * 2}", f"r:{'fedcba9876543210' * 2}"
PASSWORD = "made-up-pass-1"
ALICE, BOB = "alice00001", "bob0000002"
NOTE, NOTE_ID = "/classes/Note", "note000001"
SECRETS = (REST_KEY, MASTER_KEY, SESSION, OTHER_SESSION, PASSWORD, "alice@example.org")

EXPOSED = {"Access-Control-Expose-Headers": "X-Parse-Job-Status-Id, X-Parse-Push-Status-Id"}
AS_JSON = {**EXPOSED, "Content-Type": "application/json; charset=utf-8"}
DENIED = "Permission denied"
NO_KEYS: dict[str, str | None] = {"X-Parse-Application-Id": None, "X-Parse-REST-API-Key": None}
AS_MASTER: dict[str, str | None] = {"X-Parse-REST-API-Key": None, "X-Parse-Master-Key": MASTER_KEY}
AS_ALICE: dict[str, str | None] = {"X-Parse-Session-Token": SESSION}
AS_BOB: dict[str, str | None] = {"X-Parse-Session-Token": OTHER_SESSION}


def talk(backends: Mapping[str, Backend]) -> Talk:
    """An app that sends its id and its REST key."""
    return Talk(backends, "parse", BASE, {"X-Parse-Application-Id": APP, "X-Parse-REST-API-Key": REST_KEY})


def worked(method: str = "GET", path: str = NOTE, answer: Any = None, **more: Any) -> dict[str, Any]:
    """A request that worked."""
    asked = {"method": method, "path": path, "answer": {"results": []} if answer is None else answer, "answer_headers": AS_JSON}
    return asked | {"status": 201 if method == "POST" and "/functions/" not in path else 200} | more


def coded(code: int | str, message: str = DENIED, method: str = "GET", path: str = NOTE, **more: Any) -> dict[str, Any]:
    """A request, and the answer with this code."""
    answer = {"code": code, "error": message}
    return {"method": method, "path": path, "status": {1: 500, 101: 404}.get(code, 400), "answer": answer, "answer_headers": AS_JSON} | more


def bare(status: int, message: str, method: str = "GET", path: str = NOTE, **more: Any) -> dict[str, Any]:
    """A request, and an answer without a code."""
    return {"method": method, "path": path, "status": status, "answer": {"error": message}, "answer_headers": AS_JSON} | more


def shut_out(**more: Any) -> dict[str, Any]:
    """A request that was refused at the door: the answer has no Content-Type."""
    return {"path": NOTE, "status": 403, "answer": '{"error":"unauthorized"}', "answer_headers": EXPOSED} | more


def unrouted(method: str, path: str, **more: Any) -> dict[str, Any]:
    """A request for a path that Express does not know; `path` may be a whole URL."""
    tail = path.partition("://")[2].partition("/")[2] if "://" in path else f"parse{path}"
    page = f"<!DOCTYPE html><html><head><title>Error</title></head><body><pre>Cannot {method} /{tail}</pre></body></html>"
    return {"method": method, "path": path, "status": 404, "answer": page, "answer_headers": {**EXPOSED, "Content-Type": "text/html"}} | more


def find(condition: Any, code: int, message: str, **more: Any) -> dict[str, Any]:
    """A query with this condition, and its refusal."""
    return coded(code, message, path=f"{NOTE}?where={encoded(condition)}", **more)


def encoded(condition: Any) -> str:
    return "".join(c if c.isalnum() else "".join(f"%{byte:02X}" for byte in c.encode()) for c in json.dumps(condition))


def where(condition: Any) -> dict[str, Any]:
    """The part of a request that is mended by another condition."""
    return {"path": f"{NOTE}?where={encoded(condition)}"}


SIGN_UP: dict[str, Any] = worked(
    "POST",
    "/users",
    {"objectId": ALICE, "createdAt": "2025-10-09T08:53:20.000Z", "sessionToken": SESSION},
    body={"username": "alice", "password": PASSWORD, "email": "alice@example.org"},
)
STORED: dict[str, Any] = worked("POST", NOTE, {"objectId": NOTE_ID, "createdAt": "2025-10-09T08:53:20.000Z"}, body={"title": "Milk", "likes": 1})


@dataclass(frozen=True)
class LiveRow:
    """One rule for LiveQuery: what the client said, what the server answered, and what it would have said mended."""

    rule: str
    says: str
    frames: Sequence[Any]
    mended: Sequence[Any]
    code: int
    message: str = DENIED
    certain: bool = True
    ident: int | None = None
    name: str = field(default="", compare=False)

    @property
    def id(self) -> str:
        return f"{self.rule}: {self.says[:40]}"


def live_findings(backends: Mapping[str, Backend], row: LiveRow, frames: Sequence[Any]) -> tuple[Finding, ...]:
    """What is found for the server's error message after these frames of the client."""
    said = {"op": "error", "code": row.code, "error": row.message, "reconnect": False}
    if row.ident is not None:
        said["requestId"] = row.ident
    asked = [Body.of(json.dumps(frame).encode(), "application/json") for frame in reversed(frames)]
    exchange = replace(make_message(said, "wss://parse.example.org/parse"), asked=lambda: asked)
    records = talk(backends).pipeline.records(exchange, backends["parse"])
    assert records, "the message must be an error"
    return records[0].findings


__all__ = ["Row"]
