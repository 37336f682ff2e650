"""Bodies that stand in files of their own, as Playwright writes them: in the archive with the HAR file, or beside it."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...exchange import LARGEST_BODY
from ...exchange.json_reader import DECODER, as_object

# The content of a file that an entry names, or None.
Attached = Callable[[str], bytes | None]
# Playwright names files by their hash: a hostile capture must not name others that stand beside it.
_NAME = re.compile(r"(?:resources/)?[0-9a-f]{4,64}(?:\.\w{1,10})?", re.I)


def nothing_attached(_name: str) -> bytes | None:
    """No file is at hand."""
    return None


def beside(path: Path) -> Attached:
    """Reads files in the folder of a capture."""

    def read(name: str) -> bytes | None:
        with suppress(OSError, ValueError):
            # A link could lead elsewhere, and a pipe would wait.
            opened = os.open(path.parent / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            with open(opened, "rb") as file:
                return file.read(LARGEST_BODY + 1)
        return None

    return read


def attach(entry: Any, attached: Attached) -> None:
    """Puts the bodies and WebSocket messages of an entry, whose files it names, into their place in it. What is not found stays as it is."""
    sent, answer = (as_object(as_object(entry).get(name)) for name in ("request", "response"))
    content = as_object(answer.get("content"))
    for place in (content, as_object(sent.get("postData"))):
        if place.get("text") or not (body := _read(place, attached)):
            continue
        if place is content and answer.get("status") == 101:
            entry["_webSocketMessages"] = _messages(body)
        else:
            place |= {"text": b64encode(body).decode(), "encoding": "base64"}


def _read(place: dict[str, Any], attached: Attached) -> bytes | None:
    name = place.get("_file") or f"resources/{place.get('_sha1')}"
    return attached(name) if isinstance(name, str) and _NAME.fullmatch(name) else None


def _messages(lines: bytes) -> list[Any]:
    """The messages of a WebSocket, one a line."""
    found = []
    for line in lines.splitlines():
        with suppress(ValueError, RecursionError):
            found.append(DECODER.decode(line.decode("utf-8", "replace")))
    return found
