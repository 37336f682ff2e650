"""Texts that patterns are found in, and answers that catalog entries describe: for tests that build every entry into an exchange."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from re import _constants, _parser
from typing import Any
from urllib.parse import urlencode

from baas_errors.catalog import Backend, Entry, Match
from baas_errors.catalog.entries import Shape
from baas_errors.catalog.patterns import Pattern
from baas_errors.exchange import Exchange
from build import make_exchange, make_message

NEUTRAL_PATH = "/neutral"
NEUTRAL_TEXT = "Text that nothing is looked for in"
MOST_TEXTS = 24


def texts(pattern: Pattern) -> list[str]:
    """Texts that a pattern is found in: one for each of its alternatives, up to a bound."""
    found = [text for text in itertools.islice(_texts(list(_parser.parse(pattern.text))), 400) if pattern.found_in(text)]
    assert found, f"no text was found for {pattern.text!r}"
    return list(dict.fromkeys(found))[:MOST_TEXTS]


def _texts(items: list[Any]) -> Iterator[str]:
    if not items:
        yield ""
        return
    rest = list(itertools.islice(_texts(items[1:]), 60))
    for head in _item(*items[0]):
        for tail in rest:
            yield head + tail


def _item(op: Any, argument: Any) -> Iterator[str]:
    if op is _constants.LITERAL:
        yield chr(argument)
    elif op is _constants.ANY:
        yield "x"
        yield " "
    elif op is _constants.NOT_LITERAL:
        yield "x" if argument != ord("x") else "y"
    elif op is _constants.IN:
        literals = [chr(value) for kind, value in argument if kind is _constants.LITERAL]
        yield from literals if len(literals) == len(argument) <= 4 else [_member(argument)]
    elif op is _constants.BRANCH:
        for branch in argument[1]:
            yield from _texts(list(branch))
    elif op is _constants.SUBPATTERN:
        yield from _texts(list(argument[-1]))
    elif op is _constants.ATOMIC_GROUP:
        yield from _texts(list(argument))
    elif op in (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT):
        least, most, body = argument
        for count in dict.fromkeys((least, min(most, max(least, 1)))):
            for text in itertools.islice(_texts(list(body)), 20):
                yield text * count
    else:
        # Anchors, and what is looked ahead for: the whole pattern is tried on the text afterwards.
        yield ""


def _member(members: list[Any]) -> str:
    negated = members[0][0] is _constants.NEGATE
    for character in "xX7 _.-/'\"({[\n" + "".join(map(chr, range(33, 127))):
        if any(_is_in(character, *member) for member in members[negated:]) != negated:
            return character
    raise AssertionError(f"no character for {members!r}")


def _is_in(character: str, op: Any, argument: Any) -> bool:
    if op is _constants.LITERAL:
        return ord(character) == argument
    if op is _constants.RANGE:
        return argument[0] <= ord(character) <= argument[1]
    assert op is _constants.CATEGORY
    name = str(argument).rpartition("CATEGORY_")[2]
    inside = {"DIGIT": str.isdigit, "SPACE": str.isspace, "WORD": lambda c: c.isalnum() or c == "_"}[name.removeprefix("NOT_")](character)
    return inside != name.startswith("NOT_")


def put(value: Any, pointer: str, item: Any) -> Any:
    """A JSON value with an item at a pointer; `*` and `0` make lists of one, other names objects."""
    part, slash, rest = pointer[1:].partition("/")
    rest = slash + rest
    if part == "**":
        part = "field"
    if part in ("*", "0"):
        value = value if isinstance(value, list) else [None]
        value[0] = put(value[0], rest, item) if rest else item
        return value
    value = value if isinstance(value, dict) else {}
    value[part] = put(value.get(part), rest, item) if rest else item
    return value


def samples(backend: Backend, entry: Entry, status: int | None) -> list[tuple[Match, Exchange]]:
    """Exchanges that show an entry as its catalog describes it: some for each way of telling it apart, in a shape that can carry its code.

    `status` None takes one that the shape has.
    """
    return [(match, exchange) for match in entry.match or (Match(),) for exchange in _of_match(backend, entry, match, status)]


def _of_match(backend: Backend, entry: Entry, match: Match, status: int | None) -> list[Exchange]:
    # The usual shape first, lists and messages of sockets only where nothing else will do.
    for shape in sorted(backend.shapes, key=lambda shape: (shape.source != "body", bool(shape.each), shape.path is not None)):
        carries = shape.means == entry.code if shape.means and entry.code else bool(shape.code) == bool(entry.code)
        if shape.space == entry.space and carries and (found := _of_shape(backend, entry, match, shape, status)):
            return found
    raise AssertionError(f"no shape of {backend.id} can carry {entry.code!r} with status {status} and {match}")


def _of_shape(backend: Backend, entry: Entry, match: Match, shape: Shape, status: int | None) -> list[Exchange]:
    if shape.code_pattern and not shape.code_pattern.found_in(str(entry.code)):
        return []
    if shape.source != "websocket":
        status = status or next((number for number in (400, 401, 500, 200, 207, 302) if number in shape.status), min(shape.status))
        if status not in shape.status:
            return []
    methods = [method for method in match.method or shape.method or ("GET",) if not shape.method or method in shape.method]
    paths = [path for path in _paths(match.path or shape.path) if not shape.path or shape.path.found_in(path)]
    if not methods or not paths:
        return []
    return [
        _exchange(backend, entry, match, shape, status, methods[0], path, message, debug, body_text)
        for path in paths
        for message in (_sentences(match.message) if match.message else [NEUTRAL_TEXT])
        for debug in (texts(match.debug) if match.debug else [""])
        for body_text in (texts(match.body_text) if match.body_text else [""])
    ][:MOST_TEXTS]


def _sentences(pattern: Pattern) -> list[str]:
    """Texts with more words after what is looked for, unless the pattern wants nothing there."""
    return [longer if pattern.found_in(longer := f"{text} {NEUTRAL_TEXT}") else text for text in texts(pattern)]


def _paths(pattern: Pattern | None) -> list[str]:
    if pattern is None:
        return [NEUTRAL_PATH]
    found = [text if text.startswith("/") else f"/{text}" for text in texts(pattern)]
    return [path for path in found if pattern.found_in(path)]


def _exchange(
    backend: Backend, entry: Entry, match: Match, shape: Shape, status: int | None, method: str, path: str, message: str, debug: str, body_text: str
) -> Exchange:
    answer: Any = None
    for pointer, wanted in shape.where.items():
        answer = put(answer, pointer, texts(wanted)[0] if isinstance(wanted, Pattern) else wanted)
    if shape.message:
        answer = put(answer, shape.each + shape.message[0], message)
    if debug:
        answer = put(answer, shape.each + shape.debug[0], debug)
    answer = put(answer, shape.each + shape.code[0], entry.code) if shape.code else answer
    url = f"//{backend.hosts[0].replace('*', 'x')}{path}"
    if shape.source == "websocket":
        return make_message(answer, f"wss:{url}")
    redirect = shape.source == "location"
    return make_exchange(
        status or 400,
        b"" if redirect else answer,
        method=method,
        url=f"https:{url}",
        headers=dict.fromkeys(match.header, "value"),
        request_body=body_text or _request_body(backend, entry, match),
        response_headers={"location": f"toyapp://login?{urlencode(answer)}"} if redirect else {},
    )


def _request_body(backend: Backend, entry: Entry, match: Match) -> Any:
    """A body with what the match asks for, and with what the other entries of this code would find missing."""
    others = {key for other in backend.entries_for(entry.code, entry.space) for alternative in other.match for key in alternative.no_body}
    body: Any = None
    for key in sorted({*match.body, *(others - {*match.no_body})}):
        body = put(body, key if key.startswith("/") else f"/{key}", "value")
    return b"" if body is None else body
