"""Reads sessions of Proxyman (.proxymanlogv2): an archive with a JSON file for each request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..exchange.json_reader import DECODER, as_list, as_object
from .har.make import Message, har_entry, url_of
from .har.stream import Unreadable

if TYPE_CHECKING:
    from .zip_archive import Archive

SESSION = re.compile(r"(?:.*/)?request_(\d{1,12})_[\w-]{1,100}")


def entries(archive: Archive) -> Iterator[Any]:
    """The HAR entries of the requests, in order of their numbers."""
    sessions = sorted((int(match[1]), name) for name in archive.names if (match := SESSION.fullmatch(name)))
    for _, name in sessions:
        try:
            session = DECODER.decode(archive.read(name).decode("utf-8", "replace"))
        except RecursionError:
            yield Unreadable("is nested too deeply")
        except ValueError as error:
            yield Unreadable(str(error) if type(error) is ValueError else "is not valid JSON")
        else:
            yield _entry(session) if isinstance(session, dict) else session


def _entry(session: dict[str, Any]) -> dict[str, Any]:
    request, answer, timing = (as_object(session.get(name)) for name in ("request", "response", "timing"))
    url = str(request.get("fullPath") or request.get("url") or request.get("uri") or "")
    if "://" not in url:
        scheme = request.get("scheme") or ("https" if request.get("isSSL") or session.get("isSSL") else "http")
        url = url_of(scheme, request.get("host"), request.get("port"), url)
    error = answer.get("error") or session.get("error")
    failure = next((text for text in (error, *as_object(error).values()) if isinstance(text, str) and text), "no answer (Proxyman)" if error else "")
    return har_entry(
        _name(request.get("method")),
        url,
        _message(request),
        as_object(answer.get("status")).get("code") or answer.get("statusCode"),
        _message(answer),
        timing.get("requestStartedAt"),
        timing.get("responseEndedAt"),
        failure,
    )


def _message(part: dict[str, Any]) -> Message:
    fields = map(as_object, as_list(as_object(part.get("header")).get("entries") or part.get("headers")))
    headers = [(_name(field.get("key") or field.get("name")), field.get("value")) for field in fields]
    body = part.get("bodyData")
    return Message(headers, b"", body if isinstance(body, str) else "")


def _name(value: Any) -> str:
    """A name that stands alone or in an object."""
    found = value.get("name") if isinstance(value, dict) else value
    return found if isinstance(found, str) else ""
