"""Reads sessions of Fiddler (.saz): of session N the file raw/N_c.txt holds the request, raw/N_s.txt the answer, raw/N_m.xml the times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .har.stream import Unreadable
from .raw_http import entry_of, parse_message

if TYPE_CHECKING:
    from .zip_archive import Archive

SESSION = re.compile(r"(?:.*/)?raw/(\d{1,12})_c\.txt", re.I)
_ATTRIBUTE = re.compile(r"\b(BitFlags|ClientBeginRequest|ClientDoneResponse|ServerDoneResponse)=\"([^\"]{0,60})\"")
# Fiddler's flag of sessions that it decrypted.
_IS_HTTPS = 1


def entries(archive: Archive) -> Iterator[Any]:
    """The HAR entries of the sessions, in order of their numbers."""
    sessions = sorted((int(match[1]), name) for name in archive.names if (match := SESSION.fullmatch(name)))
    for _, name in sessions:
        try:
            yield _entry(archive, name[: -len("c.txt")])
        except ValueError as error:
            yield Unreadable(str(error))


def _entry(archive: Archive, session: str) -> Any:
    asked = parse_message(archive.read(f"{session}c.txt"))
    answer = parse_message(archive.read(f"{session}s.txt")) if f"{session}s.txt" in archive.names else None
    told = archive.read(f"{session}m.xml")[:100_000].decode("utf-8", "replace") if f"{session}m.xml" in archive.names else ""
    said = dict(_ATTRIBUTE.findall(told))
    flags = said.get("BitFlags", "")
    secure = bool(int(flags, 16) & _IS_HTTPS) if re.fullmatch(r"[0-9A-Fa-f]{1,8}", flags) else False
    started, ended = said.get("ClientBeginRequest"), said.get("ClientDoneResponse")
    answered = answer if answer and answer.status else None
    return entry_of(asked, answered, secure=secure or asked.header("host").endswith(":443"), started=started, ended=ended)
