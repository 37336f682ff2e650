"""Reads sessions of Charles: JSON (.chlsj) and XML (.chlsx). Only Charles itself can read its own format (.chls)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from ..exchange.json_reader import as_object
from .har.file import read_entries
from .har.make import Header, Message, har_entry, url_of
from .har.stream import Unreadable, bare_values
from .source import Item, Source
from .xml_items import Node, xml_items

# In these states a session ended without an answer; in all others but COMPLETE it goes on.
_FAILED = ("FAILED", "EXCEPTION")


def read(source: Source) -> Iterator[Item]:
    """The exchanges of a session."""
    return read_entries(_entries(source.file, source.skips.file), source.skips)


def _entries(file: BinaryIO, name: str) -> Iterator[Any]:
    start = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    file.seek(0)
    if start.startswith(b"<"):
        return (each if isinstance(each, Unreadable) else _of_node(each) for each in xml_items(file, "transaction", name))
    return (_of_object(each) if isinstance(each, dict) else each for each in bare_values(file))


def _of_object(session: dict[str, Any]) -> dict[str, Any]:
    parts = {"scheme": session.get("scheme"), "host": session.get("host"), "port": session.get("actualPort") or session.get("port")}
    times, answer = as_object(session.get("times")), as_object(session.get("response"))
    status = session.get("status")
    failure = str(session.get("errorMessage") or session.get("exceptionMessage") or f"no answer (Charles: {status})") if status in _FAILED else ""
    return har_entry(
        str(session.get("method") or ""),
        url_of(**parts, path=session.get("path"), query=session.get("query")),
        _message(as_object(session.get("request"))),
        answer.get("status"),
        _message(answer),
        times.get("start"),
        times.get("end"),
        failure,
    )


def _message(part: dict[str, Any]) -> Message:
    headers, body, kind = as_object(part.get("header")).get("headers"), as_object(part.get("body")), str(part.get("mimeType") or "")
    if isinstance(encoded := body.get("encoded"), str):
        return Message(headers, b"", encoded, kind)
    return Message(headers, text if isinstance(text := body.get("text"), str) else "", kind=kind)


def _of_node(node: Node) -> dict[str, Any]:
    said, request, answer = node.attributes, node.child("request"), node.child("response")
    status = said.get("status", "")
    failure = said.get("errorMessage") or f"no answer (Charles: {status})" if status in _FAILED else ""
    return har_entry(
        said.get("method", ""),
        url_of(said.get("protocol"), said.get("host"), said.get("actualPort") or said.get("port"), said.get("path"), said.get("query")),
        _of_part(request),
        answer.attributes.get("status"),
        _of_part(answer),
        _milliseconds(said.get("startTimeMillis")) or said.get("startTime"),
        _milliseconds(said.get("endTimeMillis")) or said.get("endTime"),
        failure,
    )


def _of_part(part: Node) -> Message:
    fields: list[Header] = [
        (field.child("name").text, field.child("value").text) for field in part.child("headers").children if field.tag == "header"
    ]
    body, kind = part.child("body"), part.attributes.get("mime-type", "")
    return Message(fields, b"", body.text, kind) if body.attributes.get("encoding") == "base64" else Message(fields, body.text, kind=kind)


def _milliseconds(text: str | None) -> float | None:
    return int(text) / 1000 if text and text.isdecimal() and len(text) < 16 else None
