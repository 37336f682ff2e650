"""What went wrong? From an exchange and its backend to errors, each with its catalog entry.

An answer is read by the first shape of the catalog that fits it. An error status that no shape fits is an error still, known by its
status. A success is an error only where a shape says so (batches, lists of inserts and GraphQL answer 200), or where it fails quietly, see there.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from ..catalog import Advice, Backend, Entry, code_key
from ..catalog.entries import Shape
from ..catalog.vocabulary import HEADER
from ..detect.backend import holds
from ..exchange import NO_HEADERS, BodyProblem, Headers, Response
from ..exchange.json_pointer import MISSING, each, find, items
from ..exchange.json_reader import parse_json
from .hidden_failures import quiet_advice
from .match import Evidence, choose, fixes_for, holds_any, rule_advice, weigh
from .server_texts import LONGEST_TEXT, page_text, server_text
from .transport import advice_for

if TYPE_CHECKING:
    from ..history import ExchangeFacts


MOST_ERRORS = 50
# Of an answer whose errors stand at any depth as many values are looked at, and as much is kept of the names that lead to one.
MOST_LOOKED_AT, LONGEST_NAME = 2_000, 100
# Of the exchange that opened a WebSocket; its messages have no status of their own.
_SWITCHED = 101
_HEADING = re.compile(r"<h[1-3][^<>]{0,200}>([^<>]{1,300})</h", re.I)
# Of an answer that no shape fits.
_NO_SHAPE = Shape(name="")
# Finds what a pointer of a shape names in a value of the answer.
_Look = Callable[[Any, str], Any]


@dataclass(frozen=True, slots=True)
class Error:
    """One error as received, and what the catalog knows of it. `code` is as on the wire, None if there was none; with `code_is_status` it repeats the
    HTTP status, and is not looked up. `entry` is None if no entry has the code; then `advice` comes from a rule, if any. `part` is the request inside
    a batch that failed, such as "PUT /classes/Post/1", and `part_body` its body. `shape` is the name of the shape that read it, "" where none did."""

    code: str | int | float | None = None
    message: str = ""
    debug: str = ""
    entry: Entry | None = None
    candidates: tuple[str, ...] = ()
    advice: Advice | None = None
    fix: tuple[str, ...] = ()
    index: int | None = None
    part: str = ""
    part_body: Any = None
    space: str = ""
    problems: tuple[BodyProblem, ...] = ()
    code_is_status: bool = False
    shape: str = ""


class _Found(NamedTuple):
    """What a shape found at one place, not yet looked up."""

    message: str
    code: Any = None
    debug: str = ""
    nested: tuple[Any, ...] = ()
    position: int | None = None
    shape: Shape = _NO_SHAPE
    problems: tuple[BodyProblem, ...] = ()


def decode(facts: ExchangeFacts) -> list[Error]:
    """The errors in an exchange, in the order of the answer; empty for a success, and for a request that the app or the user ended."""
    exchange, backend, response = facts.exchange, facts.backend, facts.exchange.response
    if failure := exchange.failure:
        if not facts.failure_kind:
            return []
        advice: Advice | None = advice_for(backend, facts.failure_kind, exchange.request.host)
        return [Error(message=failure, advice=advice, fix=fixes_for(advice, Evidence(message=failure)))]
    if exchange.message is not None:
        shapes = [shape for shape in backend.shapes if shape.source == "websocket"]
        found = next((found for shape in shapes if (found := _read(shape, exchange.message.json, _looking_in(NO_HEADERS)))), [])
        return [_looked_up(item, Evidence(item.message, item.debug, _SWITCHED), "", backend) for item in found]
    if response is None:
        return []
    look = _looking_in(facts.server_headers)
    for shape in backend.shapes:
        if response.status not in shape.status or shape.source == "websocket":
            continue
        if shape.path and not shape.path.found_in(exchange.request.path):
            continue
        if shape.method and facts.method not in shape.method:
            continue
        if shape.source == "script" and response.body.text.lstrip()[:1] in ("{", "["):
            continue
        read = _SOURCES.get(shape.source)
        if found := _read(shape, read(response) if read else facts.answer, look):
            return [_looked_up(item, *_evidence(item, facts), backend, response.body.problems) for item in found]
    advice = quiet_advice(exchange, backend)
    if advice is None and not 400 <= response.status <= 599:
        return []
    # No shape fits: an error that is known by its status, unless there is advice, and by whatever text came with it.
    value = facts.answer
    item = _Found(server_text(value) if isinstance(value, (dict, list)) and value else page_text(response.body.text))
    return [_looked_up(item, *_evidence(item, facts), backend, response.body.problems, advice)]


def _location(response: Response) -> dict[str, str]:
    """The parameters in the query and the fragment of a redirect's target; the last part of its path as `@page`."""
    try:
        parts = urlsplit(response.headers.get("location")[:8000])
        pairs = parse_qsl(parts.query, max_num_fields=100) + parse_qsl(parts.fragment, max_num_fields=100)
    except ValueError:
        return {}
    return {**dict(reversed(pairs)), "@page": parts.path.rpartition("/")[2]}


def _page(response: Response) -> Any:
    """The last heading of an HTML page as `heading`; MISSING for any other answer."""
    if "html" not in response.body.content_type.lower():
        return MISSING
    headings = _HEADING.findall(response.body.text[:20_000])
    return {"heading": headings[-1].strip() if headings else ""}


def _text(response: Response) -> Any:
    """The beginning of a body that is not JSON, as `text`; MISSING for JSON."""
    return {"text": response.body.text[:LONGEST_TEXT].strip()} if response.body.json is None else MISSING


_SOURCES: dict[str, Callable[[Response], Any]] = {"location": _location, "page": _page, "text": _text}


def _looking_in(headers: Headers) -> _Look:
    """Finds what a pointer names: `header:Name` in these headers, any other in the value."""

    def look(value: Any, pointer: str) -> Any:
        return (headers.get(pointer[len(HEADER) :]).strip() or MISSING) if pointer.startswith(HEADER) else find(value, pointer)

    return look


def _first(value: Any, pointers: Iterable[str], look: _Look) -> Any:
    """The first value at one of the pointers that is present and not null, or None."""
    return next((found for pointer in pointers if (found := look(value, pointer)) not in (MISSING, None)), None)


def _read(shape: Shape, value: Any, look: _Look) -> list[_Found]:
    """What the shape finds in a value, at most MOST_ERRORS; nothing if it does not fit."""
    if value is MISSING or not holds(value, shape.where, look):
        return []
    if not shape.each:
        found = _read_one(shape, value, None, look)
        return [found] if (found.code is not None if shape.code or shape.means else found.message) else []
    members = _inside(shape, value, look) if shape.each.endswith("/**") else ((at, "", member) for at, member in each(value, shape.each))
    listed = []
    for position, name, member in islice(members, MOST_ERRORS):
        if shape.index:
            said = find(member, shape.index)
            position = said if type(said) is int and 0 <= said < 10**9 else position
        found = _read_one(shape, member, position, look)
        listed.append(found._replace(message=f"{name}: {found.message}") if name else found)
    if more := sum(1 for _ in members):
        total = len(listed) + more
        problem = BodyProblem("errors-not-listed", f"Only the first {len(listed)} errors of {total} are listed.", f"{total} errors")
        listed[-1] = listed[-1]._replace(problems=(problem,))
    return listed


def _inside(shape: Shape, value: Any, look: _Look) -> Iterator[tuple[int | None, str, Any]]:
    """The objects with a code at any depth below a place, each with its position at the first `*` and the names that lead to it."""
    pointer = shape.each.removesuffix("/**")
    for position, found in each(value, pointer) if "*" in pointer else ((None, find(value, pointer)),):
        left = deque([("", found)])
        for _ in range(MOST_LOOKED_AT):
            if not left:
                break
            name, item = left.popleft()
            if name and isinstance(item, dict) and _read_code(shape, item, look)[0] is not None:
                yield position, name, item
                continue
            left.extendleft(reversed([(f"{name}.{key}".lstrip(".")[:LONGEST_NAME], inner) for key, inner in items(item)]))


def _read_one(shape: Shape, value: Any, index: int | None, look: _Look) -> _Found:
    code, part, text = (shape.means, None, None) if shape.means else _read_code(shape, value, look)
    message = part or _first(value, shape.message, look)
    debug = _first(value, shape.debug, look)
    if message is None:
        message = text if text is not None or isinstance(value, (dict, list)) else value
    nested = tuple(found for pointer in shape.nested if (found := find(value, pointer)) not in (MISSING, None, ""))
    return _Found(server_text(message), code, server_text(debug), nested, index, shape)


def _read_code(shape: Shape, value: Any, look: _Look) -> tuple[Any, str | None, str | None]:
    """The code at the first pointer where something looks like one; of a text that the code is a part of, the part that is a message; and a text that
    is the message if there is no other: the one with the code in it, or one that stands in the place of a code."""
    rejected = None
    for pointer in shape.code:
        found = look(value, pointer)
        if shape.splits_code and shape.code_pattern:
            match = shape.code_pattern.find(found) if isinstance(found, str) else None
            if match and code_key(match["code"]) is not None:
                part = match.groupdict().get("message") or (found[match.end() :] if match.start() == 0 else "")
                return match["code"], part.strip() or None, found
        elif code_key(found) is not None:
            if shape.code_pattern is None or shape.code_pattern.found_in(str(found)):
                return found, None, rejected
            rejected = rejected or str(found)
    return None, None, rejected


def _evidence(item: _Found, facts: ExchangeFacts) -> tuple[Evidence, str]:
    """What is known around one error; for a member of a batch, of the request inside the batch that caused it, which is named too."""
    request = facts.exchange.request
    inner = find(request.body.json, f"{item.shape.request_each}/{item.position}") if item.position is not None and item.shape.request_each else None
    method, path, part = facts.method, request.path, ""
    if isinstance(inner, dict):
        method = inner["method"].upper() if isinstance(inner.get("method"), str) else method
        path = next((inner[key] for key in ("path", "url") if isinstance(inner.get(key), str)), path)
        part = f"{method} {path}"
    body, text = (inner.get("body"), "") if isinstance(inner, dict) else (request.body.json, request.body.text)
    return Evidence(item.message, item.debug, facts.exchange.status, method, path, body, text, request.headers), part


def _looked_up(
    item: _Found, seen: Evidence, part: str, backend: Backend, problems: tuple[BodyProblem, ...] = (), advice: Advice | None = None
) -> Error:
    """The error with its entry and its advice, unless that is given."""
    space = item.shape.space
    # A numbering of its own may stand beside the usual one: LiveQuery has its own 1 to 4, and sends 209 in the usual sense.
    # A code that the catalog does not know may repeat the HTTP status, as in the errors of programs in front of a backend.
    repeats = seen.status is not None and seen.status >= 400 and code_key(item.code) == str(seen.status)
    code_is_status = item.shape.code_is_status or (repeats and not backend.entries_for(item.code, space))
    code = None if code_is_status else item.code
    entries = backend.entries_for(code, space) or (backend.entries_for(code) if space else ())
    if code is None and item.message:
        known = (backend.tables.with_code("", one) for one in dict.fromkeys((space, "")))
        entries = next((found for listed in known if (found := tuple(entry for entry in listed if holds_any(entry.match, seen)))), ())
    if item.nested and not any((match.message or match.debug) and weigh(match, seen) for entry in entries for match in entry.match):
        # A cause inside the server's words, unless an entry of the outer code knows these words.
        entries = next((inner for value in item.nested if (inner := _inner_cause(value, backend, space))), entries)
    entry, candidates = choose(entries, seen) if entries else (None, ())
    advice = advice or (entry.advice if entry else rule_advice(backend, code, space, seen))
    return Error(
        code=None if item.shape.means else item.code,  # with `means` the server sent none
        message=item.message,
        debug=item.debug if item.debug != item.message else "",
        entry=entry,
        candidates=candidates,
        advice=advice,
        fix=fixes_for(advice, seen),
        index=item.position,
        part=part,
        part_body=seen.body if part else None,
        space=space,
        problems=(*problems, *item.problems),
        code_is_status=code_is_status,
        shape=item.shape.name,
    )


def _inner_cause(value: Any, backend: Backend, space: str) -> tuple[Entry, ...]:
    """The entries of a known code that stands alone in a text, or as the error in an object, or in JSON within a text."""
    if isinstance(value, str):
        text = value.strip()
        if len(text) <= 100 and (entries := backend.entries_for(text, space)):
            return entries
        _, brace, rest = text[:LONGEST_TEXT].partition("{")
        value = parse_json(brace + rest).value if brace else None
    for _ in range(3):
        if not isinstance(value, dict):
            break
        for key in ("error", "name", "code"):
            if entries := backend.entries_for(value.get(key), space):
                return entries
        value = value.get("error")
    return ()
