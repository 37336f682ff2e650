"""Whether a flow was read from a HAR file from which a browser has left out the credentials.

mitmproxy's reader keeps nothing of a file but its entries, so that the file is looked at once more.
"""

from __future__ import annotations

from functools import lru_cache

from mitmproxy import http

from ..leftout import NAMES, credentials_left_out_in
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
    return file is not None and _left_out_in(file)


@lru_cache(maxsize=1)
def _left_out_in(file: FileRead) -> bool:
    try:
        with file.path.open("rb") as opened:
            return credentials_left_out_in(opened)
    except OSError:
        return False
