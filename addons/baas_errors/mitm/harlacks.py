"""Whether a flow was read from a HAR file from which a browser has left out the credentials.

mitmproxy's reader keeps nothing of a file but its entries, so that the file is looked at once more.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from mitmproxy import http

from ..exchange.missing_credentials import NAMES, begun_without
from .fileread import FileRead, file_read

# What the reader gives as every client's address: no connection comes from port 0.
_NO_CLIENT = ("127.0.0.1", 0)


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
