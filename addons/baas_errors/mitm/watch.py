"""From flows to records: finds the backend by the cheapest evidence first, and reads a body only where an error can be in it."""

from __future__ import annotations

from collections.abc import Sequence

from mitmproxy import http
from mitmproxy.websocket import WebSocketMessage

from ..catalog import Backend
from ..decode import is_candidate
from ..exchange import Body
from ..pipeline import Pipeline
from ..record import ErrorRecord
from .flow import message_exchange, pretty_port, to_body, to_exchange

# Set where the first messages showed whose WebSocket it is.
WEBSOCKET_BACKEND = "baas.websocket"
# A client introduces itself at once; later messages of strangers are not read.
OPENING_MESSAGES = 3


class Watch:
    """Applies a pipeline to flows."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline

    def backend_of(self, flow: http.HTTPFlow) -> Backend | None:
        """Whose flow this is, or None."""
        recognizer = self.pipeline.recognizer
        request, response = flow.request, flow.response
        backend = recognizer.by_host(request.pretty_host, pretty_port(request), request.path.partition("?")[0])
        backend = backend or recognizer.by_request_headers(request.headers.fields)
        if backend is None and response is not None:
            backend = recognizer.by_response_headers(response.headers.fields)
        if backend is None and request.raw_content and "content-encoding" not in request.headers:
            backend = recognizer.by_request_body(request.raw_content, lambda: to_body(request).object)
        return backend

    def records_of(self, flow: http.HTTPFlow) -> Sequence[ErrorRecord]:
        """The errors in a flow that is over."""
        response = flow.response
        backend = self.backend_of(flow)
        if backend is None:
            return ()
        if response is not None and not is_candidate(response.status_code, flow.request.path.partition("?")[0], backend):
            return ()
        return self.pipeline.records(to_exchange(flow), backend)

    def records_of_message(self, flow: http.HTTPFlow, message: WebSocketMessage) -> Sequence[ErrorRecord]:
        """The errors in one message of a WebSocket."""
        backend = self._websocket_backend(flow, message)
        if backend is None or message.from_client or not message.is_text:
            return ()
        return self.pipeline.records(message_exchange(flow, message.content, message.timestamp), backend)

    def _websocket_backend(self, flow: http.HTTPFlow, message: WebSocketMessage) -> Backend | None:
        known = flow.metadata.get(WEBSOCKET_BACKEND)
        if isinstance(known, str):
            return self.pipeline.backends.get(known)
        backend = self.backend_of(flow)
        opening = flow.websocket is not None and len(flow.websocket.messages) <= OPENING_MESSAGES
        if backend is None and opening and message.from_client and message.is_text:
            backend = self.pipeline.recognizer.by_message(Body.of(message.content[:20_000]).json)
        if backend is not None:
            flow.metadata[WEBSOCKET_BACKEND] = backend.id
        return backend
