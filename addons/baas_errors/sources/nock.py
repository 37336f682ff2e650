"""Reads what nock records (`nock.recorder`): a list of requests, each with the answer to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..exchange.json_reader import as_list, compact
from .har.file import read_entries
from .har.make import Message, har_entry
from .har.stream import bare_values
from .source import Item, Source


def read(source: Source) -> Iterator[Item]:
    """The exchanges of a recording."""
    return read_entries((_entry(each) if isinstance(each, dict) else each for each in bare_values(source.file)), source.skips)


def _entry(each: dict[str, Any]) -> dict[str, Any]:
    # Names and values by turns.
    raw = as_list(each.get("rawHeaders"))
    return har_entry(
        str(each.get("method") or ""),
        f"{each.get('scope', '')}{each.get('path', '')}",
        Message(each.get("reqheaders"), compact(body) if (body := each.get("body")) else ""),
        each.get("status"),
        _answer(list(zip(raw[::2], raw[1::2], strict=False)), each.get("response")),
    )


def _answer(headers: list[tuple[Any, Any]], body: Any) -> Message:
    # A body that is not text is in hex, in chunks if it was compressed.
    chunks = body if isinstance(body, list) else [body]
    try:
        return Message(headers, bytes.fromhex("".join(chunks)))
    except (ValueError, TypeError):
        return Message(headers, compact(body) if body is not None else "", kind="application/json")
