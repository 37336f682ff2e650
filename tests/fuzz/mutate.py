"""Mutations of answers that know what an answer is made of: JSON stays JSON mostly, headers stay headers."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import brotli
from mitmproxy.net.encoding import encode_zstd

from . import hostile
from .answers import Answer, Fields
from .chance import Chance, pick

_RAW = "@@raw:"
_ENCODERS: dict[bytes, Callable[[bytes], bytes]] = {
    b"gzip": lambda data: gzip.compress(data, 1),
    b"deflate": lambda data: zlib.compress(data, 1),
    b"br": lambda data: brotli.compress(data, quality=1),
    b"zstd": encode_zstd,
}


def mutate(answer: Answer, chance: Chance) -> Answer:
    """A changed copy; `changes` says what was done to it."""
    made = answer.copy()
    for _ in range(1 + chance.below(4)):
        change = pick(chance, _WEIGHTED)
        made.changes.append(change.__name__)
        change(made, chance)
    return made


def mutate_bytes(data: bytes, chance: Chance) -> bytes:
    """Bytes flipped, put in, taken out, repeated or cut off."""
    for _ in range(1 + chance.below(3)):
        at = chance.below(len(data) + 1) if len(data) < 65_000 else chance.below(65_000)
        length = 1 + chance.below(40)
        kind = chance.below(7)
        if kind == 0 and at < len(data):
            data = data[:at] + bytes((data[at] ^ (1 << chance.below(8)),)) + data[at + 1 :]
        elif kind == 1:
            data = data[:at] + pick(chance, hostile.BYTES) + data[at:]
        elif kind == 2:
            data = data[:at] + data[at + length :]
        elif kind == 3:
            data = data[:at] + data[at : at + length] * (1 + chance.below(8)) + data[at + length :]
        elif kind == 4:
            data = data[:at]
        elif kind == 5:
            data = data[:at] + chance.raw(12) + data[at:]
        else:
            data = data[:at] + pick(chance, hostile.RAW_JSON)[:2000] + data[at + length :]
    return data


def mutate_json(data: bytes, chance: Chance) -> bytes:
    """A JSON text with values swapped, types changed, keys repeated; other bytes as they are."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return data
    for _ in range(1 + chance.below(2)):
        value = _changed(value, chance)
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=chance.below(2) == 0)
    for number, raw in enumerate(hostile.RAW_JSON):
        mark = f'"{_RAW}{number}@@"'
        if mark in text:
            return text.encode("utf-8", "surrogatepass").replace(mark.encode(), raw)
    return text.encode("utf-8", "surrogatepass")


def _changed(value: Any, chance: Chance) -> Any:
    """The value with one change somewhere in it."""
    if isinstance(value, dict) and value and chance.below(6):
        key = pick(chance, list(value))
        kind = chance.below(8)
        if kind == 0:
            return {name: item for name, item in value.items() if name != key}
        if kind == 1:
            return {**value, pick(chance, hostile.KEYS): value[key]}
        if kind == 2:
            return {pick(chance, hostile.KEYS) if name == key else name: item for name, item in value.items()}
        if kind == 3:
            return {**value, pick(chance, hostile.KEYS): _other(chance)}
        return {**value, key: _changed(value[key], chance)}
    if isinstance(value, list) and value and chance.below(6):
        at = chance.below(len(value))
        kind = chance.below(4)
        if kind == 0:
            return value[:at] + value[at + 1 :]
        if kind == 1:
            return value[:at] + [value[at]] * (2 + chance.below(300)) + value[at:]
        return [*value[:at], _changed(value[at], chance), *value[at + 1 :]]
    kind = chance.below(8)
    if kind == 0:
        return [value]
    if kind == 1:
        return {pick(chance, hostile.KEYS): value}
    if kind == 2:
        return str(value)
    if kind == 3:
        return json.dumps(value)
    if kind == 4 and isinstance(value, str):
        at = chance.below(len(value) + 1) if len(value) < 65_000 else 0
        inside = pick(chance, hostile.VALUES)
        return value[:at] + (inside if isinstance(inside, str) else json.dumps(inside)) + value[at:]
    return _other(chance)


def _other(chance: Chance) -> Any:
    return f"{_RAW}{chance.below(len(hostile.RAW_JSON))}@@" if chance.below(4) == 0 else pick(chance, hostile.VALUES)


def response_json(answer: Answer, chance: Chance) -> None:
    answer.response_body = mutate_json(answer.response_body or b"", chance)


def response_bytes(answer: Answer, chance: Chance) -> None:
    answer.response_body = mutate_bytes(answer.response_body or b"", chance)


def request_json(answer: Answer, chance: Chance) -> None:
    answer.request_body = mutate_json(answer.request_body or b'{"a":1}', chance)


def request_bytes(answer: Answer, chance: Chance) -> None:
    answer.request_body = mutate_bytes(answer.request_body or b'{"a":1}', chance)


def messages(answer: Answer, chance: Chance) -> None:
    """What was said on a WebSocket; of another answer its status."""
    if not answer.messages:
        answer.status = pick(chance, hostile.STATUSES)
        return
    said = list(answer.messages)
    at = chance.below(len(said))
    from_client, opcode, content = said[at]
    kind = chance.below(6)
    if kind == 0:
        said.insert(at, (not from_client, opcode, content))
    elif kind == 1:
        said[at] = (from_client, 2 if opcode == 1 else 1, content)
    elif kind == 2:
        said[at] = (not from_client, opcode, content)
    else:
        said[at] = (from_client, opcode, (mutate_json if kind == 3 else mutate_bytes)(content, chance))
    answer.messages = tuple(said)


def target(answer: Answer, chance: Chance) -> None:
    kind = chance.below(4)
    if kind == 0:
        answer.target = pick(chance, hostile.TARGETS)
    elif kind == 1:
        answer.target += pick(chance, hostile.TARGETS)
    else:
        answer.target = mutate_bytes(answer.target, chance)


def place(answer: Answer, chance: Chance) -> None:
    kind = chance.below(5)
    if kind == 0:
        answer.host = pick(chance, hostile.HOSTS)
    elif kind == 1:
        answer.port = pick(chance, hostile.PORTS)
    elif kind == 2:
        answer.method = pick(chance, hostile.METHODS).encode()
    elif kind == 3:
        answer.scheme = pick(chance, (b"https", b"http", b"ws", b"", b"\xff", b"ftp"))
    else:
        answer.authority = pick(chance, (b"baas.kinvey.com:443", b"[::1]:1", b"\xff", b"x", b":"))
        answer.version = b"HTTP/2.0"


def status(answer: Answer, chance: Chance) -> None:
    answer.status = pick(chance, hostile.STATUSES)


def absent(answer: Answer, chance: Chance) -> None:
    """What may be missing is."""
    kind = chance.below(8)
    if kind == 0:
        answer.response_body = None
    elif kind == 1:
        answer.request_body = None
    elif kind == 2:
        answer.status, answer.error, answer.messages = None, pick(chance, hostile.FAILURES) or "x", ()
    elif kind == 3:
        answer.error = pick(chance, hostile.FAILURES)
    elif kind == 4:
        answer.replayed = True
    elif kind == 5:
        answer.trailers = ((b"x-kinvey-request-id", b"\xff"), (b"grpc-status", b"0"))
    else:
        answer.times = tuple(pick(chance, hostile.TIMES) for _ in range(4))


def _fields(fields: Fields, chance: Chance) -> Fields:
    kind = chance.below(7)
    if fields and kind < 4:
        at = chance.below(len(fields))
        name, value = fields[at]
        if kind == 0:
            return fields[:at] + fields[at + 1 :]
        if kind == 1:
            return (*fields[:at], (name, mutate_bytes(value, chance)), *fields[at + 1 :])
        if kind == 2:
            return (*fields, (name.upper(), mutate_bytes(value, chance)))
        return (*fields[:at], (mutate_bytes(name, chance), value), *fields[at + 1 :])
    name, values = pick(chance, hostile.HEADERS)
    return (*(field for field in fields if field[0].lower() != name or kind == 4), (name, pick(chance, values)))


def request_headers(answer: Answer, chance: Chance) -> None:
    answer.request_headers = _fields(answer.request_headers, chance)


def response_headers(answer: Answer, chance: Chance) -> None:
    answer.response_headers = _fields(answer.response_headers, chance)


def packed(answer: Answer, chance: Chance) -> None:
    """A body that is encoded as its header says, or nearly."""
    name = pick(chance, list(_ENCODERS))
    body = _ENCODERS[name](answer.response_body or b"")
    if chance.below(3) == 0:
        body = mutate_bytes(body, chance)
    answer.response_body = body
    answer.response_headers = (*answer.response_headers, (b"content-encoding", name))


# What the addon reads most is changed most.
_WEIGHTED = (
    response_json, response_json, response_json, response_json, response_bytes, response_bytes, request_json, request_json, request_bytes, messages,
    target, target, place, status, absent, request_headers, request_headers, response_headers, response_headers, packed,
)  # fmt: skip
