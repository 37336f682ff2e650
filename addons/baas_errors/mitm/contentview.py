"""The content view `Backend Error`: what went wrong above the whole body. mitmproxy 11 and 12 take views of different forms."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from mitmproxy import contentviews, http
from mitmproxy.websocket import WebSocketMessage

from ..exchange import LARGEST_BODY
from ..exchange.json_reader import parse_json
from ..record import ErrorRecord
from ..render.record_text import page
from ..text import safe
from .annotate import is_annotated

NAME = "Backend Error"
# Above every view that comes with mitmproxy; those stay at 2 and below.
PRIORITY = 10.0
MOST_PAGES = 20
# In bytes, of a body that is too large to be read.
LONGEST_SHOWN = 256 * 1024

Explain = Callable[[http.HTTPFlow, WebSocketMessage | None], Sequence[ErrorRecord]]


def _records(explain: Explain, flow: Any, http_message: Any, websocket_message: Any) -> Sequence[ErrorRecord]:
    """The errors that the message in view holds; requests and successes have none."""
    if not isinstance(flow, http.HTTPFlow) or not is_annotated(flow):
        return ()
    of_flow = http_message is not None and http_message is flow.response
    return explain(flow, websocket_message) if websocket_message is not None or of_flow else ()


def _render(data: bytes, records: Sequence[ErrorRecord]) -> str:
    """The page of every error, then the body."""
    if not records:
        return f"No backend error was found in this message.\n\n{_pretty(data)}"
    pages = [page(record, number, len(records)) for number, record in enumerate(records[:MOST_PAGES], 1)]
    if len(records) > MOST_PAGES:
        pages.append(f"... and {len(records) - MOST_PAGES} more errors in this answer")
    return "\n\n".join(pages) + f"\n\n--- body as received ---\n{_pretty(data) or '(empty)'}\n"


def _pretty(data: bytes) -> str:
    """The body, JSON indented; of one that is larger than any that is read, the beginning."""
    if len(data) > LARGEST_BODY:
        return safe(data[:LONGEST_SHOWN].decode("utf-8", "replace")) + f"\n\n<cut: {LONGEST_SHOWN:,} of {len(data):,} bytes are shown>"
    text = data.decode("utf-8", "replace")
    parsed = parse_json(text)
    if not parsed.problem:
        with contextlib.suppress(ValueError, RecursionError):
            text = json.dumps(parsed.value, indent=2, ensure_ascii=False)
    return safe(text)


_IS_12 = hasattr(contentviews, "Contentview")


def add_view(explain: Explain) -> Any:
    """Registers the view in the form that the installed mitmproxy takes, and returns it. `explain` gives the records of a flow or a message."""
    view = _view_12(explain) if _IS_12 else _view_11(explain)
    contentviews.add(view)
    return view


def remove_view(view: Any) -> None:
    """Takes the view away, so that a reload can add it again. mitmproxy 12 has no removal: there a second view replaces the first."""
    if not _IS_12:
        contentviews.remove(view)


def _view_12(explain: Explain) -> Any:
    class BackendError(contentviews.Contentview):
        name = NAME
        syntax_highlight = "none"

        def prettify(self, data: bytes, metadata: Any) -> str:
            return _render(data, _records(explain, metadata.flow, metadata.http_message, metadata.websocket_message))

        def render_priority(self, data: bytes, metadata: Any) -> float:
            return PRIORITY if _records(explain, metadata.flow, metadata.http_message, metadata.websocket_message) else -1.0

    return BackendError()


def _view_11(explain: Explain) -> Any:
    class BackendError(contentviews.View):
        name = NAME

        def __call__(self, data: bytes, *, flow: Any = None, http_message: Any = None, websocket_message: Any = None, **_: Any) -> Any:
            text = _render(data, _records(explain, flow, http_message, websocket_message))
            return NAME, ([("text", line)] for line in text.splitlines())

        def render_priority(self, data: bytes, *, flow: Any = None, http_message: Any = None, websocket_message: Any = None, **_: Any) -> float:
            return PRIORITY if _records(explain, flow, http_message, websocket_message) else -1.0

    return BackendError()
