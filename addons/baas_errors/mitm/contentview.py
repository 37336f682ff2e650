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


class _Renderer:
    """What both forms of view share. `explain` gives the records of a flow, or of one of its messages."""

    def __init__(self, explain: Explain) -> None:
        self._explain = explain

    def records(self, flow: Any, http_message: Any, websocket_message: Any) -> Sequence[ErrorRecord]:
        """The errors that the message in view holds; requests and successes have none."""
        if not isinstance(flow, http.HTTPFlow) or not is_annotated(flow):
            return ()
        if websocket_message is not None:
            return self._explain(flow, websocket_message)
        if http_message is None or http_message is not flow.response:
            return ()
        return self._explain(flow, None)

    def render(self, data: bytes, records: Sequence[ErrorRecord]) -> str:
        """The page of every error, then the body."""
        if not records:
            return f"No backend error was found in this message.\n\n{_pretty(data)}"
        pages = [page(record, number, len(records)) for number, record in enumerate(records[:MOST_PAGES], 1)]
        if len(records) > MOST_PAGES:
            pages.append(f"... and {len(records) - MOST_PAGES} more errors in this answer")
        body = _pretty(data) or "(empty)"
        return "\n\n".join(pages) + f"\n\n--- body as received ---\n{body}\n"


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
    """Registers the view in the form that the installed mitmproxy takes, and returns it."""
    renderer = _Renderer(explain)
    view = _view_12(renderer) if _IS_12 else _view_11(renderer)
    contentviews.add(view)
    return view


def remove_view(view: Any) -> None:
    """Takes the view away, so that a reload can add it again. mitmproxy 12 has no removal: there a second view replaces the first."""
    if not _IS_12:
        contentviews.remove(view)


def _view_12(renderer: _Renderer) -> Any:
    class BackendError(contentviews.Contentview):
        name = NAME
        syntax_highlight = "none"

        def prettify(self, data: bytes, metadata: Any) -> str:
            return renderer.render(data, renderer.records(metadata.flow, metadata.http_message, metadata.websocket_message))

        def render_priority(self, data: bytes, metadata: Any) -> float:
            return PRIORITY if renderer.records(metadata.flow, metadata.http_message, metadata.websocket_message) else -1.0

    return BackendError()


def _view_11(renderer: _Renderer) -> Any:
    class BackendError(contentviews.View):
        name = NAME

        def __call__(self, data: bytes, **facts: Any) -> Any:
            text = renderer.render(data, self._records(facts))
            return NAME, ([("text", line)] for line in text.splitlines())

        def render_priority(self, data: bytes, **facts: Any) -> float:
            return PRIORITY if self._records(facts) else -1.0

        @staticmethod
        def _records(facts: dict[str, Any]) -> Sequence[ErrorRecord]:
            return renderer.records(facts.get("flow"), facts.get("http_message"), facts.get("websocket_message"))

    return BackendError()
