"""What a HAR file says of a request without an answer. mitmproxy reads such entries as answers with status 0, and passes over the words.

A browser writes status 0 for a request that failed, and as well for one that it blocked, that the page stopped, or that had not ended: only the
words tell which, and only the first is a failure.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import isfinite
from pathlib import Path

from mitmproxy import ctx, http

from ..places import place
from ..transport import NO_ANSWER

Words = Mapping[tuple[str, str, int], str]


def failure_in_har(flow: http.HTTPFlow) -> str:
    """The failure of a flow that was read with status 0; "" if it is none. Where the file is not at hand, all that is known is the status."""
    request = flow.request
    if not isfinite(request.timestamp_start):
        return NO_ANSWER
    return _of_file_read().get((request.method.upper(), request.host.lower(), round(request.timestamp_start * 1000)), NO_ANSWER)


def _of_file_read() -> Words:
    """The words in the file that this mitmproxy was started to read."""
    try:
        named = ctx.options.rfile
        file = place(named) if named and named != "-" else None
        state = file.stat() if file else None
    except (AttributeError, OSError, ValueError):
        return {}
    return _of_file(file, state.st_size, state.st_mtime_ns) if file and state else {}


@lru_cache(maxsize=1)
def _of_file(file: Path, _size: int, _changed: int) -> Words:
    """The words in a file; looked up anew when it has changed. Its readers are imported for the few files that need them."""
    from ..sources.har import read_unanswered
    from ..sources.skips import SourceError
    from ..sources.sniff import HAR, as_plain, kind_of

    try:
        with file.open("rb") as opened, as_plain(opened, file.name) as plain:
            return dict(read_unanswered(plain)) if kind_of(plain, file.name) == HAR else {}
    except (OSError, SourceError):
        return {}
