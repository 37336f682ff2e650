"""What a HAR file says of a request without an answer. mitmproxy reads such entries as answers with status 0, and passes over the words.

A browser writes status 0 for a request that failed, and as well for one that it blocked, that the page stopped, or that had not ended: only the
words tell which, and only the first is a failure.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import isfinite

from mitmproxy import http

from ..decode.transport import NO_ANSWER
from .fileread import FileRead, file_read

Words = Mapping[tuple[str, str, int], str]


def failure_in_har(flow: http.HTTPFlow) -> str:
    """The failure of a flow that was read with status 0; "" if it is none. Where the file is not at hand, all that is known is the status."""
    request = flow.request
    if not isfinite(request.timestamp_start):
        return NO_ANSWER
    file = file_read()
    words = _of_file(file) if file else {}
    return words.get((request.method.upper(), request.host.lower(), round(request.timestamp_start * 1000)), NO_ANSWER)


@lru_cache(maxsize=1)
def _of_file(file: FileRead) -> Words:
    """The words in a file. Its readers are imported for the few files that need them."""
    from ..sources.detect import HAR, as_plain, kind_of
    from ..sources.har.file import read_unanswered
    from ..sources.skipped import SourceError

    try:
        with file.path.open("rb") as opened, as_plain(opened, file.path.name) as plain:
            return dict(read_unanswered(plain)) if kind_of(plain, file.path.name) == HAR else {}
    except (OSError, SourceError):
        return {}
