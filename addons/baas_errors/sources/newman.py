"""Reads runs of newman (`newman run COLLECTION -r json`): each execution has its request and its answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..exchange.json_reader import as_list, as_object
from .har.file import read_entries
from .har.make import Header, Message, har_entry, url_of
from .har.stream import Unreadable, listed
from .source import Item, Source


def read(source: Source) -> Iterator[Item]:
    """The exchanges of a run."""
    executions = listed(source.file, "executions") or iter(())
    return read_entries((each if isinstance(each, Unreadable) else _entry(each) for each in executions), source.skips)


def _entry(execution: Any) -> dict[str, Any]:
    execution = as_object(execution)
    request, answer = as_object(execution.get("request")), as_object(execution.get("response"))
    error = as_object(execution.get("requestError"))
    body = as_object(request.get("body"))
    pairs = body.get("urlencoded")
    sent = body.get("raw") if isinstance(body.get("raw"), str) else "&".join(f"{name}={value}" for name, value in _headers(pairs))
    stream = as_object(answer.get("stream")).get("data")
    try:
        received = bytes(stream) if isinstance(stream, list) else b""
    except (ValueError, TypeError):
        received = b""
    return har_entry(
        str(request.get("method") or ""),
        _url(request.get("url")),
        Message(_headers(request.get("header")), sent or ""),
        answer.get("code"),
        Message(_headers(answer.get("header")), received),
        failure=str(error.get("code") or error.get("message") or ""),
    )


def _url(url: Any) -> str:
    if isinstance(url, str):
        return url
    url = as_object(url)
    host, path = (
        separator.join(map(str, part)) if isinstance(part := url.get(name), list) else part for name, separator in (("host", "."), ("path", "/"))
    )
    query = "&".join(f"{name}={value}" if value else name for name, value in _headers(url.get("query")))
    return url_of(url.get("protocol"), host, url.get("port"), path, query) if host else ""


def _headers(listed: Any) -> list[Header]:
    fields = map(as_object, as_list(listed))
    return [(str(field["key"]), str(field.get("value") or "")) for field in fields if field.get("key") and not field.get("disabled")]
