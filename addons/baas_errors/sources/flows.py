"""Reads the captures of mitmproxy, where it is installed."""

from __future__ import annotations

from collections.abc import Iterator

from ..exchange import Exchange
from .skipped import SourceError
from .source import Source


def read(source: Source) -> Iterator[Exchange]:
    """The exchanges of a file of flows."""
    try:
        from ..mitm.flow_reader import read_flows
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mitmproxy":
            raise
        raise SourceError(
            f"{source.skips.file}: is a mitmproxy capture, but mitmproxy is not installed here; install it (`pip install mitmproxy`), "
            "or convert the capture to HAR where it is installed (`mitmdump -nr CAPTURE --set hardump=FILE.har`)"
        ) from None
    return read_flows(source.file, source.skips, source.passes_over)
