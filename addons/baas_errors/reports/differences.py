"""What differs between two redacted requests, by name: headers, parameters, fields of the body. Equal secrets have equal pseudonyms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from ..history.last_success import is_shown
from .redacted_exchange import CleanExchange


class Difference(NamedTuple):
    """`where`: `method`, `host`, `path`, `parameter`, `header`, `field` or `body`. `now` and `before` are the values as text, None where there is
    none; the name is "" where it needs none."""

    where: str
    name: str
    now: str | None
    before: str | None


def differences(failed: CleanExchange, worked: CleanExchange) -> list[Difference]:
    """What the request that failed has otherwise than the one that worked, in the order of the request."""
    parts, before = list(_parts(failed)), dict(_parts(worked))
    now = dict(parts)
    found = [Difference(*key, value, before.get(key)) for key, value in parts if before.get(key) != value]
    return found + [Difference(*key, None, value) for key, value in before.items() if key not in now]


def _parts(exchange: CleanExchange) -> Iterator[tuple[tuple[str, str], str]]:
    base, _, query = exchange.url.partition("?")
    scheme, _, rest = base.partition("://")
    host, slash, path = rest.partition("/")
    yield ("method", ""), exchange.method
    yield ("host", ""), f"{scheme}://{host}"
    yield ("path", ""), slash + path
    yield from ((("parameter", name), value) for name, value in parse_qsl(query, keep_blank_values=True))
    for name, value in exchange.request_headers:
        if is_shown(name):
            yield ("header", name.lower()), value
    try:
        body: Any = json.loads(exchange.request_body) if exchange.request_body[:1] == "{" else None
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict):
        yield from ((("field", name), json.dumps(value, ensure_ascii=False)) for name, value in body.items())
    elif exchange.request_body:
        yield ("body", ""), exchange.request_body
