"""All that tells one exchange from another, as a key: two flows with the same one differ in time and ids only."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from mitmproxy import http

from ..catalog import Backend
from .convert import flow_id, moment

# What is longer is looked at in full each time.
LONGEST_BODY, LONGEST_URL, MOST_FIELDS, LONGEST_FIELDS = 2_048, 2_000, 60, 4_096


class Likeness(NamedTuple):
    """The key of a flow, and what it leaves out: when the request was sent and the answer ended, and the headers that bear the server's id."""

    key: tuple[Any, ...]
    started: float
    ended: float
    ids: tuple[tuple[bytes, bytes], ...]


def likeness(flow: http.HTTPFlow, backend: Backend) -> Likeness | None:
    """What a flow is known by; None for one that is large, or has no whole answer."""
    if flow.response is None or flow.error is not None or flow.websocket is not None or not flow_id(flow):
        return None
    request, response = flow.request.data, flow.response.data
    sent, got, fields, answer = request.content, response.content, request.headers.fields, response.headers.fields
    started, ended = moment(request.timestamp_start), moment(response.timestamp_end)
    if sent is None or got is None or started is None or ended is None or request.method == b"CONNECT":
        return None
    if len(sent) > LONGEST_BODY or len(got) > LONGEST_BODY or len(request.path) > LONGEST_URL or len(fields) + len(answer) > MOST_FIELDS:
        return None
    if backend.unwrap is not None and any(name.lower() == _wire(backend.unwrap.when) for name, _ in fields):
        # The server's id stands in the body.
        return None
    varies = _varies(tuple(backend.request_id_server))
    kept: list[tuple[bytes, bytes]] = []
    ids: list[tuple[bytes, bytes]] = []
    for field in answer:
        (ids if field[0].lower() in varies else kept).append(field)
    where = (backend.id, request.http_version, request.host, request.port, request.scheme, request.authority, request.method, request.path)
    return Likeness((where, fields, sent, response.status_code, tuple(kept), got), started, ended, tuple(ids))


def is_light(like: Likeness) -> bool:
    """Whether the headers are short enough to be kept."""
    _, sent, _, _, got, _ = like.key
    return sum(map(len, chain.from_iterable((*sent, *got)))) <= LONGEST_FIELDS


@lru_cache(maxsize=64)
def _varies(request_ids: tuple[str, ...]) -> frozenset[bytes]:
    """The answer's headers that are others each time."""
    return frozenset((b"date", *map(_wire, request_ids)))


@lru_cache(maxsize=64)
def _wire(name: str) -> bytes:
    return name.lower().encode("utf-8", "replace")
