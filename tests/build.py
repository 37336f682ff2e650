"""Builders for tests: exchanges, small catalogs and records in one line each."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from baas_errors.catalog import Backend, load_catalogs, parse
from baas_errors.exchange import EMPTY, Body, BodyProblem, Exchange, Headers, Request, Response
from baas_errors.history import ExchangeFacts
from baas_errors.history.store import Memory
from baas_errors.record import ErrorRecord, fingerprint

HEAD = """
format = 1
[backend]
id = "toy"
title = "Toy"
"""
ADVICE = """
meaning = "Something is wrong with the toy."
fix = ["Wind it up."]
retry = "after-fix"
fault = "request"
"""
STREAMED = BodyProblem("body-not-kept", "The body was streamed past.", "")


@functools.cache
def shipped_catalogs() -> dict[str, Backend]:
    """The shipped catalogs by id: read once, since that takes longer than most tests."""
    return load_catalogs()


def toml(text: str) -> str:
    """A catalog's text: a least head, then `text`; `ADVICE` in it stands for what every entry and rule must have."""
    return HEAD + text.replace("ADVICE", ADVICE)


def make_backend(text: str = "") -> Backend:
    return parse(toml(text), "toy.toml")


def make_body(value: Any, content_type: str = "") -> Body:
    """A body of bytes, text or JSON; None for one that was streamed past."""
    if value is None:
        return Body(lambda: (None, STREAMED), content_type)
    if isinstance(value, bytes):
        return Body.of(value, content_type) if value else EMPTY
    if isinstance(value, str):
        return Body.of(value.encode("utf-8", "surrogatepass"), content_type)
    return Body.of(json.dumps(value).encode(), content_type or "application/json")


def make_headers(fields: Mapping[str, str] | Iterable[tuple[str, str]]) -> Headers:
    return Headers(fields.items() if isinstance(fields, Mapping) else fields)


def make_request(
    method: str = "GET", url: str = "https://toy.example/things/1", headers: Mapping[str, str] | None = None, body: Any = b""
) -> Request:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443, "ws": 80, "wss": 443}[parts.scheme]
    headers = headers or {}
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    return Request(method, parts.scheme, parts.hostname or "", port, parts.path, parts.query, make_headers(headers), make_body(body, kind))


def make_exchange(
    status: int = 400,
    body: Any = b"",
    *,
    method: str = "GET",
    url: str = "https://toy.example/things/1",
    headers: Mapping[str, str] | None = None,
    request_body: Any = b"",
    response_headers: Mapping[str, str] | None = None,
) -> Exchange:
    """A request with its answer. Bodies are bytes, text, JSON values, or None for one that was streamed past."""
    answer = response_headers or {}
    kind = next((value for name, value in answer.items() if name.lower() == "content-type"), "")
    return Exchange(
        id="flow-1",
        request=make_request(method, url, headers, request_body),
        response=Response(status, make_headers(answer), make_body(body, kind)),
        started=1_700_000_000.0,
        ended=1_700_000_000.25,
    )


def make_facts(exchange: Exchange, backend: Backend) -> ExchangeFacts:
    """The facts of an exchange, beside a memory of its own."""
    return ExchangeFacts(exchange, backend, Memory())


def make_message(value: Any, url: str = "wss://toy.example/parse") -> Exchange:
    """One message of a WebSocket, from the server."""
    return Exchange(id="flow-1", request=make_request("GET", url), started=1_700_000_000.0, ended=1_700_000_000.0, message=make_body(value))


def make_failure_exchange(failure: str, url: str = "https://toy.example/things/1") -> Exchange:
    return Exchange(id="flow-1", request=make_request("GET", url), started=1_700_000_000.0, ended=1_700_000_001.0, failure=failure)


def as_text(code: Any) -> str | None:
    """A code on the wire as it stands in a record."""
    return None if code is None else str(code)


def make_error_record(**facts: Any) -> ErrorRecord:
    """A record with made-up facts, those given instead where given."""
    values: dict[str, Any] = {
        "timestamp": "2024-05-01T10:00:00.000Z",
        "backend": "parse",
        "type": "parse/ObjectNotFound",
        "name": "ObjectNotFound",
        "code": 101,
        "known": True,
        "method": "GET",
        "url": "https://toy.example/parse/classes/Post/abc",
        "url_template": "/parse/classes/Post/{id}",
        "status": 404,
    }
    values |= facts
    values["code"] = as_text(values["code"])
    values.setdefault("fingerprint", fingerprint(values["type"], values["method"], values["url_template"]))
    return ErrorRecord(**values)
