"""Composes the answer that a backend gives for an error: the reverse of `decode`, by the same shapes, checked by reading it back.

What the catalog does not know of an answer (`sends`, `answers`) is filled in by its patterns: a message that the entry would be recognised by.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from email.utils import formatdate
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlencode

from ..catalog import Backend, Entry
from ..catalog.answers import Plain
from ..catalog.entries import Shape
from ..catalog.patterns import Pattern
from ..catalog.vocabulary import HEADER
from ..decode import Error, decode
from ..decode.match import Evidence, holds_any
from ..exchange import Body, Exchange, Headers, Response
from ..exchange.json_pointer import MISSING, find
from ..history import ExchangeFacts
from ..history.store import Memory
from .list_items import put
from .places import strangeness
from .sample_text import texts_of
from .spec import Wanted

MOST_TEXTS = 40
_MEMORY = Memory()
_SUCCESSES = (200, 207, 201)


class Composed(NamedTuple):
    """An answer; `exact` is whether it is read back as the error that was asked for. `value` is the JSON of a WebSocket message."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    exact: bool = True
    shape: Shape | None = None


def compose(
    wanted: Wanted,
    exchange: Exchange,
    backend: Backend,
    *,
    message: str | None = None,
    item: int | None = None,
    wait: int | None = None,
    own_id: str = "",
    shape: Shape | None = None,
) -> Composed | None:
    """The backend's answer with this error to the request of an exchange, or to its WebSocket message; None if no shape of the catalog can carry it
    there. `message` replaces the server's text, `item` is the position (from 0) in a list, `wait` the seconds in Retry-After, `own_id` the request's
    id; `shape` is the only one to use."""
    facts = ExchangeFacts(exchange, backend, _MEMORY)
    message = wanted.message if message is None else message
    if wanted.status is not None:
        return _plain(facts, wanted.status, message, wait, own_id)
    best = None
    path = exchange.request.path
    for entry in sorted(wanted.entries, key=lambda entry: strangeness(entry.applies_to, facts.method, path)) or (None,):
        code = entry.code if entry else wanted.code
        sent = list(islice(_sent(entry, facts), MOST_TEXTS))
        # The server's text replaced, its status stays.
        sent = [(sent[0][0], message, "")] if message is not None else sent
        for each in (shape,) if shape else shapes_for(backend, entry, code, facts, item):
            for usual, text, debug in sent:
                for status in _statuses(each, entry, usual):
                    made = _in_shape(facts, each, code or "", status, text, debug, item, _headers(facts, status, wait, own_id), wait)
                    read = errors_in(made, exchange, backend)
                    exact = len(read) == 1 and read[0].shape == each.name and (read[0].entry == entry if entry else str(read[0].code) == str(code))
                    if exact:
                        return made._replace(exact=True)
                    named = entry is not None and any(entry.name in (error.entry and error.entry.name, *error.candidates) for error in read)
                    if best is None or (named and not best[1]):
                        best = made, named
    return best[0] if best else None


def errors_in(made: Composed, exchange: Exchange, backend: Backend) -> list[Error]:
    """What is read from a composed answer."""
    if exchange.message is not None:
        answered = Exchange(exchange.id, exchange.request, message=Body.of(made.body, "application/json"))
    else:
        headers = Headers(made.headers)
        answered = Exchange(exchange.id, exchange.request, Response(made.status, headers, Body.of(made.body, headers.get("content-type"))))
    return decode(ExchangeFacts(answered, backend, _MEMORY))


def shapes_for(backend: Backend, entry: Entry | None, code: Any, facts: ExchangeFacts, item: int | None = None) -> list[Shape]:
    """The shapes that can carry a code in the answer to a request, likeliest first: JSON before redirects and pages. Lists of what was asked for (a
    batch, several inserts) carry it only where an item is named."""
    exchange, found = facts.exchange, []
    usual = ("body", "websocket", *(["script"] if "callback" in exchange.request.params else []))
    for shape in backend.shapes:
        listed = bool(shape.request_each or shape.index)
        if (shape.source == "websocket") != (exchange.message is not None) or (listed if item is None else not shape.each):
            continue
        if (shape.path and not shape.path.found_in(exchange.request.path)) or (shape.method and facts.method not in shape.method):
            continue
        if carries(shape, entry, code):
            found.append(shape)
    common = json.loads(backend.answers.body.replace("{status}", "0"))

    def oddness(shape: Shape) -> tuple[bool, ...]:
        return shape.source not in usual, shape.source != "script", not shape.path, not _roots(shape) & common.keys(), bool(shape.means)

    return sorted(found, key=oddness)


def _roots(shape: Shape) -> set[str]:
    """The keys at the top of an answer that a shape looks at."""
    return {pointer.split("/")[1] for pointer in (shape.each, *shape.code, *shape.message) if pointer.startswith("/")}


def carries(shape: Shape, entry: Entry | None, code: Any) -> bool:
    """Whether an answer of this shape can have the code of an entry, or another code, in it."""
    if not code or shape.means:
        fits = shape.means == (code or "") and not shape.code
    else:
        asked = [pattern for pointer, pattern in shape.where.items() if pointer in shape.code[:1] and isinstance(pattern, Pattern)]
        patterns = [*asked, *([shape.code_pattern] if shape.code_pattern and not shape.splits_code else [])]
        fits = bool(shape.code) and all(pattern.found_in(str(code)) for pattern in patterns)
    return fits and shape.space == (entry.space if entry else "")


def _statuses(shape: Shape, entry: Entry | None, usual: Iterable[int]) -> list[int]:
    """The statuses that an answer of a shape may have, likeliest first; `usual` are those that come with its text, if any."""
    usual = [status for status in (*usual, *(entry.status if entry else ())) if status in shape.status]
    listed = [status for status in _SUCCESSES if status in shape.status] if shape.each else []
    return [*listed, *usual] or [400 if 400 in shape.status else min(shape.status)]


def _sent(entry: Entry | None, facts: ExchangeFacts) -> Iterator[tuple[tuple[int, ...], str, str]]:
    """What the server might send: its statuses, its text for people and for developers. As the catalog knows it, else as the entry would be
    recognised, else with the name in words."""
    if entry is None:
        yield (), "Injected error.", ""
        return
    request = facts.exchange.request
    seen = Evidence("", "", None, facts.method, request.path, request.body.json, request.body.text, request.headers)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[-_/]+", " ", entry.name.rpartition("/")[2]).strip()
    name = words[:1].upper() + words[1:].lower()
    known = [sent for sent in sorted(entry.sends, key=lambda sent: not sent.when) if holds_any(sent.when, seen)]
    texts = [(sent.status, fill(sent.text, facts), "") for sent in known]
    yield from texts
    for match in entry.match:
        said = list(islice(texts_of(match.message), 4)) if match.message else [texts[0][1] if texts else name]
        yield from (((), text, debug) for text in said for debug in (islice(texts_of(match.debug), 2) if match.debug else [""]))
    yield (), name, ""


def fill(text: str, facts: ExchangeFacts) -> str:
    """A message of the catalog with the names of this request."""
    body = facts.exchange.request.body.object
    names = {key: value for key, value in (facts.route.groupdict() if facts.route else {}).items() if value}
    names |= {"method": facts.method, "path": facts.exchange.request.path}
    names["field"] = next((key for key in body if not key.startswith("_")), "field")
    return re.sub(r"\{([a-z_]+)\}", lambda found: names.get(found[1], found[1]), text)


def _headers(facts: ExchangeFacts, status: int, wait: int | None, own_id: str) -> dict[str, str]:
    answers = facts.backend.answers
    named = dict(answers.headers)
    if facts.exchange.request.headers.get("origin"):
        named = {**named, **(answers.cors or {"Access-Control-Allow-Origin": facts.exchange.request.headers.get("origin")})}
    if status == 429 or wait is not None:
        named |= {**answers.limited, "Retry-After": "{seconds}"} if wait is not None else answers.limited
    if answers.request_id:
        named[answers.request_id] = own_id or "injected"
    return {**named, "Date": formatdate(usegmt=True)}


def _finished(status: int, headers: Mapping[str, str], body: bytes, kind: str, wait: int | None, shape: Shape | None = None) -> Composed:
    """The answer with the headers that depend on its body; without a content type a server sends none of these."""
    digest = base64.b64encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()[:27]
    seconds = 60 if wait is None else wait
    values = {"{length}": f"{len(body):x}", "{sha1}": digest, "{seconds}": str(seconds), "{until}": str(int(time.time()) + seconds)}
    fields = []
    for name, value in {**headers, **({"Content-Type": kind} if kind else {})}.items():
        if not kind and ("{length}" in value or "{sha1}" in value):
            continue
        # The app's own words (its origin, where it wants to be sent to) begin no header of their own.
        fields.append((name, re.sub(r"[\x00-\x1f\x7f]", " ", re.sub(r"\{\w+\}", lambda found: values.get(found[0], found[0]), value))))
    return Composed(status, tuple(fields), body, False, shape)


def _plain(facts: ExchangeFacts, status: int, message: str | None, wait: int | None, own_id: str) -> Composed:
    """An answer without a code: as the server sends it with this status, else without a body."""
    path = facts.exchange.request.path
    fitting = (plain for plain in facts.backend.answers.plain if plain.status == status and (not plain.path or plain.path.found_in(path)))
    plain = next(fitting, Plain(status))
    body = fill(plain.body, facts).replace("{message}", json.dumps(message or "Error", ensure_ascii=False)[1:-1]).encode()
    if message is not None and not plain.body:
        body, plain = message.encode(), plain._replace(type="text/plain; charset=utf-8")
    return _finished(status, _headers(facts, status, wait, own_id), body, plain.type, wait)._replace(exact=True)


def _in_shape(
    facts: ExchangeFacts,
    shape: Shape,
    code: str | int,
    status: int,
    text: str,
    debug: str,
    item: int | None,
    headers: dict[str, str],
    wait: int | None,
) -> Composed:
    answers = facts.backend.answers
    plain = shape.source == "body" and not (shape.path or shape.index or shape.each.startswith("/*"))
    start = answers.message if shape.source == "websocket" else answers.body if plain else answers.list if shape.index else "null"
    value: Any = json.loads(start.replace("{status}", str(status)))
    if plain and not _roots(shape) & value.keys():
        value = None  # of another form
    index = item or 0
    for pointer, wanted in shape.where.items():
        sample = next(iter(texts_of(wanted)), "x") if isinstance(wanted, Pattern) else wanted
        if pointer.startswith(HEADER):
            headers[pointer[len(HEADER) :]] = str(sample)
        elif find(value, pointer) in (MISSING, None, ""):
            value = put(value, pointer, sample, index)
    # The code first: so servers write it.
    sent = [(shape.code[0], code)] if shape.code and not shape.means else []
    if shape.splits_code and isinstance(code, str):
        sent = [(shape.code[0], f"{code}: {text}")]
    if shape.message:
        sent.append((min(shape.message, key=lambda pointer: pointer.count("/")), text))
    if shape.debug and debug:
        sent.append((shape.debug[0], debug))
    if shape.index:
        sent.append((shape.index, index))
    for pointer, part in sent:
        if pointer.startswith(HEADER):
            headers[pointer[len(HEADER) :]] = str(part)
        else:
            # A member that names its place stands in a list of those that failed alone.
            value = put(value, shape.each + pointer, part, 0 if shape.index else index)
    asked = facts.exchange.message
    if shape.source == "websocket" and answers.echo and asked is not None and (own := find(asked.json, answers.echo)) not in (MISSING, None):
        value = put(value, answers.echo, own, 0)
    return _encoded(facts, shape, status, value, headers, wait)


def _encoded(facts: ExchangeFacts, shape: Shape, status: int, value: Any, headers: dict[str, str], wait: int | None) -> Composed:
    request, kind = facts.exchange.request, facts.backend.answers.type
    if shape.source == "location":
        page, pairs = value.pop("@page", ""), urlencode(value)
        target = request.params.get("redirect_uri") or f"{request.path.rpartition('/')[0]}/{page}"
        headers["Location"] = f"{target}?{pairs}" if pairs else target
        return _finished(status, headers, b"", "text/html; charset=utf-8", wait, shape)
    if shape.source == "page":
        heading = value.get("heading", "") if isinstance(value, dict) else ""
        return _finished(
            status, headers, f"<!DOCTYPE html><html><body><h1>{html.escape(str(heading))}</h1></body></html>".encode(), "text/html", wait, shape
        )
    if shape.source == "text":
        return _finished(status, headers, str(value.get("text", "")).encode(), "text/plain; charset=utf-8", wait, shape)
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if shape.source == "script":
        name = re.sub(r"[^\w.$]", "", request.params.get("callback", "")) or "callback"
        text, kind = f"{name}({text});", "text/javascript; charset=utf-8"
    elif facts.backend.unwrap and facts.backend.unwrap.when in request.headers:
        wrapped = put(put(None, facts.backend.unwrap.headers, dict(headers)), facts.backend.unwrap.body, value)
        text = json.dumps(wrapped, ensure_ascii=False, separators=(",", ":"))
    return _finished(status, headers, text.encode("utf-8", "replace"), kind, wait, shape)
