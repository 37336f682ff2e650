"""What mitmproxy's reader of HAR files passes over: why a request got no answer, and that credentials were left out.

The reader gives an entry without an answer as an answer with status 0, and keeps nothing of the file but its entries. So the file is read again.
A browser writes status 0 for a request that failed, and also for one that it blocked, that the page stopped, or that had not ended: only the words
in the entry tell which, and only the first is a failure.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import NamedTuple

from mitmproxy import ctx, http

from ..decode.transport import NO_ANSWER
from ..exchange.missing_credentials import NAMES, begun_without
from ..text.paths import expand_user

# What the reader gives as every client's address: no connection comes from port 0.
_NO_CLIENT = ("127.0.0.1", 0)
Words = Mapping[tuple[str, str, int], str]


class FileRead(NamedTuple):
    """A file as it stands now: read anew if it has changed."""

    path: Path
    size: int
    changed: int


def file_read() -> FileRead | None:
    """The file, or None where there is none at hand: nothing was read, or standard input or a pipe was."""
    try:
        named = ctx.options.rfile
        if not named or named == "-":
            return None
        path = expand_user(named)
        state = path.stat()
    except (AttributeError, OSError, ValueError):
        return None
    # A pipe was read to its end, and to open it again would wait for another writer, and all traffic with it.
    if not stat.S_ISREG(state.st_mode):
        return None
    return FileRead(path, state.st_size, state.st_mtime_ns)


def failure_in_har(flow: http.HTTPFlow) -> str:
    """The failure of a flow that was read with status 0; "" if it is none. Where the file is not at hand, all that is known is the status."""
    request = flow.request
    if not isfinite(request.timestamp_start):
        return NO_ANSWER
    file = file_read()
    words = _words_in(file) if file else {}
    return words.get((request.method.upper(), request.host.lower(), round(request.timestamp_start * 1000)), NO_ANSWER)


@lru_cache(maxsize=1)
def _words_in(file: FileRead) -> Words:
    """The words in a file. Its readers are imported for the few files that need them."""
    from ..sources.detect import HAR, format_of
    from ..sources.har.file import read_unanswered
    from ..sources.skipped import SourceError
    from ..sources.unpack import as_plain

    try:
        with file.path.open("rb") as opened, as_plain(opened, file.path.name) as plain:
            return dict(read_unanswered(plain)) if format_of(plain, file.path.name).name == HAR else {}
    except (OSError, SourceError):
        return {}


def lacks_credentials(flow: http.HTTPFlow) -> bool:
    """Whether the app may have sent credentials that are not in this flow. Where the file is not at hand, nothing speaks for it."""
    if flow.client_conn.peername != _NO_CLIENT or flow.is_replay == "request":
        return False
    if any(name.decode("latin-1").lower() in NAMES for name, _ in flow.request.data.headers.fields):
        # Added by hand since.
        return False
    file = file_read()
    # People open other files later.
    return file is not None and flow.request.timestamp_start in _begun_in(file)


@lru_cache(maxsize=1)
def _begun_in(file: FileRead) -> frozenset[float]:
    try:
        with file.path.open("rb") as opened:
            return frozenset(map(_seconds, begun_without(opened)))
    except OSError:
        return frozenset()


def _seconds(text: str) -> float:
    """A time as mitmproxy's reader understands it; 0 for what it refuses."""
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError):
        return 0.0
