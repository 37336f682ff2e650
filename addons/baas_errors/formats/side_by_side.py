"""A request beside the last one of its method and path that worked, with what differs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..history.last_success import is_shown
from ..reports.redacted_exchange import CleanExchange

_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\Z)|[{}\[\],:]|[^\s{}\[\],:"]+', re.S)
_URL_PARTS = re.compile(r"[^/?&]+|[/?&]+")

Marked = tuple[tuple[str, bool], ...]


class Side(NamedTuple):
    """A request: the parts of its first line, its headers as name and value, and the lines of its body, each with whether it differs."""

    line: Marked
    headers: tuple[tuple[tuple[str, str], bool], ...]
    body: Marked


def changes(failed: CleanExchange, worked: CleanExchange) -> list[str]:
    """The request that failed as lines that begin with `- ` where the one that worked lacks them, else with two spaces; each part is followed by the
    lines that only the one that worked has, with `+ `."""
    lines = []
    for mine, theirs in zip(_plain(side_of(failed, worked)), _plain(side_of(worked, failed)), strict=True):
        lines += [f"{'-' if differs else ' '} {text}" for text, differs in mine]
        lines += [f"+ {text}" for text, differs in theirs if differs]
    return lines


def _plain(side: Side) -> tuple[Marked, Marked, Marked]:
    """The lines of the three parts, each with whether it differs."""
    line = ("".join(part for part, _ in side.line), any(differs for _, differs in side.line))
    return (line,), tuple((f"{name}: {value}", differs) for (name, value), differs in side.headers), side.body


def side_of(one: CleanExchange, other: CleanExchange) -> Side:
    """A request with what the other one lacks marked. The order of headers and lines does not count, nor do headers that differ between any two
    requests. Secrets are compared by their pseudonyms."""
    pairs = {(name.lower(), value) for name, value in other.request_headers}
    headers = tuple((pair, (pair[0].lower(), pair[1]) not in pairs and is_shown(pair[0])) for pair in one.request_headers)
    return Side(_marked(_URL_PARTS.findall(_line(one)), _URL_PARTS.findall(_line(other))), headers, _marked(_lines(one), _lines(other), without=", "))


def _line(exchange: CleanExchange) -> str:
    return f"{exchange.method} {exchange.url}"


def _lines(exchange: CleanExchange) -> list[str]:
    return pretty(exchange.request_body).split("\n")


def _marked(parts: Sequence[str], others: Iterable[str], *, without: str = "") -> Marked:
    """The parts, each with whether the other side lacks it or has fewer of it."""
    left = Counter(part.strip(without) for part in others)
    marked = []
    for part in parts:
        key = part.strip(without)
        left[key] -= 1
        marked.append((part, left[key] < 0 and bool(key.strip())))
    return tuple(marked)


def pretty(body: str) -> str:
    """The body with JSON indented, without parsing it: numbers, repeated keys and syntax errors stay as they were sent."""
    body = body.replace("\r\n", "\n")
    if body.lstrip()[:1] not in ("{", "["):
        return body
    shown: list[str] = []
    depth = 0
    previous = ""
    for part in _TOKENS.findall(body):
        closes, opened = part in ("}", "]"), previous in ("{", "[")
        depth = max(0, depth - closes)
        if previous == "," or closes != opened:
            shown.append("\n" + "  " * min(depth, 20))
        elif previous == ":":
            shown.append(" ")
        shown.append(part)
        depth += part in ("{", "[")
        previous = part
    return "".join(shown)
