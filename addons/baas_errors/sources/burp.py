"""Reads the items that Burp saves as XML: each holds a request and an answer as raw HTTP."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from .har.file import read_entries
from .har.make import url_of
from .har.stream import Unreadable
from .raw_http import entry_of, parse_message
from .source import Item, Source
from .xml_items import Node, xml_items


def read(source: Source) -> Iterator[Item]:
    """The exchanges of the items."""
    items = xml_items(source.file, "item", source.skips.file)
    return read_entries((item if isinstance(item, Unreadable) else _entry(item) for item in items), source.skips)


def _entry(item: Node) -> Any:
    said = {child.tag: child.text for child in item.children}
    url = said.get("url") or url_of(said.get("protocol"), said.get("host"), said.get("port"), said.get("path"))
    raw = _raw(item.child("response"))
    asked, answer = parse_message(_raw(item.child("request"))), parse_message(raw) if raw else None
    # The answer's Date has a zone.
    started = None if answer and answer.header("date") else _time(said.get("time", ""))
    return entry_of(asked, answer, url=url, started=started)


def _raw(part: Node) -> bytes:
    if part.attributes.get("base64") != "true":
        return part.text.encode("utf-8", "replace")
    try:
        return b64decode(part.text)
    except ValueError:
        return b""


def _time(text: str) -> str | None:
    """A time as Java writes it, `Mon Nov 30 04:00:00 CET 2026`, without its zone, whose name says too little."""
    words = text.split()
    try:
        return datetime.strptime(" ".join((*words[:4], words[-1])), "%a %b %d %H:%M:%S %Y").isoformat()
    except (ValueError, IndexError):
        return None
