"""Composed answers: each entry is read back from each shape, and they equal what Parse Server answered when it was recorded."""

from __future__ import annotations

import collections
import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
from baas_errors.catalog import Backend, Entry, Match, load_catalogs
from baas_errors.catalog.patterns import Pattern
from baas_errors.exchange import Exchange
from baas_errors.inject.compose import carries, compose, errors_in
from baas_errors.inject.sample_text import texts_of
from baas_errors.inject.spec import Wanted, parse_spec
from baas_errors.mitm.convert import to_exchange
from build import make_exchange
from entry_samples import _of_shape
from matrix import in_one_test
from mitmproxy.io import FlowReader

BACKENDS = load_catalogs()
PATTERNS = sorted({match.message.text for one in BACKENDS.values() for entry in one.entries for match in entry.match if match.message})
CAPTURES = Path(__file__).resolve().parents[1] / "captures"
# Set by the connection, or the time; whether a body is packed is between client and server.
ASIDE = {
    "connection",
    "keep-alive",
    "transfer-encoding",
    "date",
    "content-length",
    "content-encoding",
    "x-ratelimit-limit",
    "x-ratelimit-reset",
    "retry-after",
}


def decides(backend: Backend, entry: Entry, match: Match) -> bool:
    """Whether the catalog gives other entries of the code no such match: two entries that look the same cannot be told apart by design."""
    others = [other for other in backend.entries_for(entry.code, entry.space) if other.name != entry.name]
    return not any(match in (other.match or (Match(),)) for other in others)


def asked(exchange: Exchange) -> Exchange:
    """The exchange as it is before it is answered."""
    return exchange if exchange.message is not None else dataclasses.replace(exchange, response=None)


def test_every_entry_is_read_back_from_every_shape() -> None:
    tried = collections.Counter()
    for backend in BACKENDS.values():
        for entry in (entry for entry in backend.entries if entry.origin != "client-only"):
            for shape in backend.shapes:
                if not carries(shape, entry, entry.code):
                    continue
                # Entries of one name that only the status tells apart cannot be told apart in a shape with a status of its own.
                name_is_enough = not shape.status & {*entry.status} and sum(other.name == entry.name for other in backend.entries) > 1
                for match in entry.match or (Match(),):
                    if shape.source == "websocket" and any(match[2:]):
                        continue  # told apart by the request, which a message has not
                    found = _of_shape(backend, entry, match, shape, None) if shape.debug or not match.debug else []
                    for exchange in found[:3]:
                        made = compose(Wanted("", backend, (entry,), entry.code), asked(exchange), backend, shape=shape, item=0)
                        assert made is not None
                        tried[shape.name] += 1
                        (read,) = errors_in(made, asked(exchange), backend)
                        if next(other.space for other in backend.shapes if other.name == read.shape) != shape.space:
                            continue  # LiveQuery has numbers of its own, and reads them so
                        named = {read.entry.name if read.entry else "", *(read.candidates if not decides(backend, entry, match) else ())}
                        # An earlier shape may read the same answer alike.
                        loose = name_is_enough or read.shape != shape.name or not decides(backend, entry, match)
                        right = made.exact or (loose and entry.name in named)
                        assert right, (match, backend.id, entry.name, shape.name, exchange.request.path, made.status, made.body)
    assert tried.total() > 1000


def recorded(version: int) -> list[tuple[dict[str, Any], Exchange]]:
    """The refusals with a code in a recording, each with what is known of it: those of single REST requests."""
    expected = [json.loads(line) for line in (CAPTURES / f"parse-server-{version}.expected.jsonl").read_text("utf-8").splitlines()]
    with open(CAPTURES / f"parse-server-{version}.mitm", "rb") as file:
        flows = list(FlowReader(file).stream())
    return [
        (error, to_exchange(flow))
        for line, flow in zip(expected, flows, strict=True)
        if not line.get("kind")
        for error in line["errors"]
        if "code" in error and flow.response.status_code >= 400
    ]


def as_compared(exchange_or_made: Any) -> tuple[int, dict[str, str], Any]:
    response = exchange_or_made.response if isinstance(exchange_or_made, Exchange) else exchange_or_made
    body = response.body if isinstance(response.body, bytes) else response.body.data
    headers = {name.lower(): value for name, value in response.headers}
    return response.status, {name: value for name, value in headers.items() if name not in ASIDE}, body.decode()


@pytest.mark.parametrize("version", [8, 9])
def test_with_its_message_every_recorded_answer_is_composed_byte_for_byte(version: int) -> None:
    backend, compared = BACKENDS["parse"], 0
    for error, exchange in recorded(version):
        answer = exchange.response.body.object
        # Parse Server writes uncaught errors under another key, and functions may throw what is no text, with a code as text.
        if not isinstance(answer.get("error"), str) or ("/files" in exchange.request.path and exchange.status == 403):
            continue
        if error["names"] and isinstance(error["code"], str):
            continue
        entries = tuple(entry for entry in backend.entries_for(error["code"]) if entry.name in error["names"])
        wanted = Wanted("", backend, entries, error["code"])
        made = compose(wanted, asked(exchange), backend, message=answer["error"])
        status, headers, body = as_compared(exchange)
        if "etag" not in headers and made is not None:
            made = made._replace(headers=tuple(field for field in made.headers if field[0] != "ETag"))
        assert made is not None
        assert as_compared(made) == (status, headers, body), exchange.request.path
        compared += 1
    assert compared > 120


@pytest.mark.parametrize("version", [8, 9])
def test_of_every_recorded_code_a_composed_answer_equals_a_recorded_one(version: int) -> None:
    """Equal but for the names in the message: those are placeholders in the catalog."""
    backend, missing = BACKENDS["parse"], {}
    for error, exchange in recorded(version):
        if not error["names"] or "throw-" in exchange.request.body.text or "/functions/fail" in exchange.request.path:
            continue  # the app's own codes and texts
        entries = tuple(entry for entry in backend.entries_for(error["code"]) if entry.name in error["names"])
        text, message = exchange.response.body.text, error.get("message")
        made = compose(Wanted("", backend, entries, error["code"]), asked(exchange), backend)
        equal = made is not None and made.body.decode() == text
        for sent in (sent for entry in entries for sent in entry.sends):
            if isinstance(message, str) and re.fullmatch(re.sub(r"\\\{[a-z_]+\\\}", ".+", re.escape(sent.text)), message):
                made = compose(Wanted("", backend, entries, error["code"]), asked(exchange), backend, message=message)
                equal = equal or (made is not None and made.body.decode() == text)
        code = error["code"]
        missing[code] = missing.get(code, True) and not equal
    assert [code for code, absent in missing.items() if absent] == []
    assert len(missing) > 35


@pytest.mark.parametrize(
    ("spec", "method", "path", "headers", "status", "body"),
    [
        ("kinvey/ParameterValueOutOfRange", "GET", "/appdata/kid_x/notes", {}, 400,
         {"error": "ParameterValueOutOfRange", "description": "The value specified for one of the request parameters is out of range", "debug": ""}),
        ("kinvey/http-503", "GET", "/appdata/kid_x/notes", {}, 503, None),
        ("kinvey/http-503 \"Try later.\"", "GET", "/appdata/kid_x/notes", {}, 503, None),
        ("bkend/auth/unauthorized", "GET", "/v1/data/notes", {}, 401,
         {"success": False, "error": {"code": "auth/unauthorized", "message": "Unauthorized"}}),
        ("backend-services/603", "GET", "/v1/app/Notes", {}, 403, None),
        ("pocketbase/http-429", "GET", "/api/collections/notes/records", {}, 429, None),
        ("parse/9001 \"The stock is empty.\"", "POST", "/parse/functions/buy", {}, 400, {"code": 9001, "error": "The stock is empty."}),
        ("parse/101", "DELETE", "/parse/classes/Note/abc", {}, 404, {"code": 101, "error": "Object not found for delete."}),
        ("parse/101", "POST", "/parse/login", {}, 404, {"code": 101, "error": "Invalid username/password."}),
        ("parse/TooManyRequests", "POST", "/parse/batch", {}, 400, {"code": 100, "error": "Too many requests."}),
        ("parse/TooManyRequests", "POST", "/parse/functions/x", {}, 429, {"code": 100, "error": "Too many requests."}),
        ("parse/http-403", "GET", "/parse/classes/Note", {}, 403, {"error": "unauthorized"}),
    ],
)  # fmt: skip
def test_the_usual_form_of_each_backend(spec: str, method: str, path: str, headers: dict[str, str], status: int, body: Any) -> None:
    wanted = parse_spec(f"|~all|{spec}", BACKENDS).wanted
    assert wanted.backend
    exchange = make_exchange(200, b"", method=method, url=f"https://x.example{path}", headers=headers)
    made = compose(wanted, asked(exchange), wanted.backend)
    assert made is not None
    assert (made.status, made.exact) == (status, True)
    if body is not None:
        assert json.loads(made.body) == body


def test_a_graphql_answer_and_a_wrapped_one() -> None:
    parse = BACKENDS["parse"]
    question = make_exchange(200, b"", method="POST", url="https://x.example/graphql", request_body={"query": "{ x }"})
    made = compose(parse_spec("|~all|parse/ObjectNotFound", BACKENDS).wanted, asked(question), parse)
    assert made is not None
    assert (made.status, json.loads(made.body)["errors"][0]["extensions"]) == (200, {"code": 101})
    wrapped = make_exchange(200, b"", url="https://baas.kinvey.com/appdata/kid_x/notes/1", headers={"X-Kinvey-ResponseWrapper": "true"})
    made = compose(parse_spec("|~all|kinvey/EntityNotFound", BACKENDS).wanted, asked(wrapped), BACKENDS["kinvey"], own_id="injected-1")
    assert made is not None
    value = json.loads(made.body)
    assert (value["headers"]["X-Kinvey-Request-Id"], value["result"]["error"]) == ("injected-1", "EntityNotFound")


def test_an_answer_without_a_content_type_has_none() -> None:
    exchange = make_exchange(200, b"", url="https://x.example/parse/classes/Note", headers={"origin": "https://app.example"})
    made = compose(parse_spec("|~all|parse/http-403", BACKENDS).wanted, asked(exchange), BACKENDS["parse"])
    assert made is not None
    named = {name.lower() for name, _ in made.headers}
    assert "content-type" not in named
    assert {"access-control-allow-origin", "date"} <= named


def test_what_no_shape_can_carry_is_not_composed() -> None:
    exchange = make_exchange(200, b"", method="POST", url="https://x.example/parse/classes/Note")
    assert compose(parse_spec("|~all|parse/101", BACKENDS).wanted, asked(exchange), BACKENDS["parse"], item=1) is None


@in_one_test(("pattern",), [pytest.param(pattern, id=pattern) for pattern in PATTERNS])
def test_a_text_is_found_for_every_message_that_entries_look_for(pattern: str) -> None:
    assert next(iter(texts_of(Pattern(pattern))), None) is not None


def test_a_refusal_of_pocketbase_equals_the_recorded_one() -> None:
    """Where one sentence is all that the answer says; answers about fields name these."""
    backend, equal = BACKENDS["pocketbase"], set()
    folder = CAPTURES / "pocketbase"
    expected = [json.loads(line) for line in (folder / "pocketbase.expected.jsonl").read_text("utf-8").splitlines()]
    with open(folder / "pocketbase.mitm", "rb") as file:
        flows = list(FlowReader(file).stream())
    for line, flow in zip(expected, flows, strict=True):
        exchange = to_exchange(flow)
        if len(line["entries"]) != 1 or not line["entries"][0] or exchange.response is None or exchange.response.body.object.get("data") != {}:
            continue
        entries = tuple(entry for entry in backend.entries if entry.name == line["entries"][0])
        made = compose(Wanted("", backend, entries, entries[0].code), asked(exchange), backend)
        if made is not None and (made.status, json.loads(made.body)) == (exchange.status, exchange.response.body.json):
            equal.add(line["entries"][0])
    assert len(equal) > 20, equal
