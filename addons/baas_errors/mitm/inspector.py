"""From flows to records: finds the backend by the cheapest evidence first, and reads a body only where an error can be in it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from mitmproxy import http
from mitmproxy.websocket import WebSocketMessage

from ..catalog import Backend
from ..exchange import EMPTY, Body, Exchange, Headers
from ..exchange.clearing_cache import ClearingCache
from ..history import ExchangeFacts
from ..pipeline import Looked, Pipeline
from ..record import ErrorRecord, Finding
from .annotate import Warned, WarnedBefore
from .convert import LONGEST_OPENING, OPENING_MESSAGES, flow_id, message_exchange, to_body, to_exchange, told_message
from .failures import INJECTED
from .host import origin_of

MOST_FLOWS, MOST_STATUSES = 2_000, 1_000
# An ordinary record takes 3 KB. One whose texts are as long as can be takes fifty times that, and an answer can hold 60 of them.
MOST_BYTES = 16 * 1024 * 1024
# What a record takes beside the texts that a server or an app can make long.
_RECORD = 1_500
# Set where the first messages showed whose WebSocket it is.
WEBSOCKET_BACKEND = "baas.websocket"


class Inspector:
    """Applies a pipeline to flows."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self._recent = Recent()
        self._warnings = WarnedBefore()
        # Of the flows that were looked at last; a script that comes later may replace their answers.
        self._statuses: ClearingCache[str, int] = ClearingCache(MOST_STATUSES)

    def backend_of(self, flow: http.HTTPFlow) -> Backend | None:
        """Whose flow this is, or None."""
        request, response = flow.request, flow.response
        found = self.pipeline.recognizer.backend_of(
            *origin_of(request, flow.client_conn),
            request.path.partition("?")[0],
            request.data.headers.fields,
            response.data.headers.fields if response is not None else (),
            lambda: _unpacked_body(request),
            lambda: to_body(response, Headers(wire=response.data.headers.fields)) if response is not None else EMPTY,
        )
        if found is None and (told := told_message(flow)):
            return self.pipeline.recognizer.by_message(Body.of(told[:LONGEST_OPENING]).json)
        return found

    def look(self, flow: http.HTTPFlow) -> Looked | None:
        """Looks at a flow that is over; None for a stranger's. A success has no errors, but is remembered for what it shows."""
        if flow.response:
            self._statuses[flow_id(flow)] = flow.response.status_code
        backend = self.backend_of(flow)
        if backend is None:
            return None
        looked = self.pipeline.look(to_exchange(flow), backend)
        self._recent.keep(_answer(flow), looked.records)
        return looked

    def warned(self, facts: ExchangeFacts) -> Warned | None:
        """The warnings that an exchange without errors deserves."""
        warnings = self.pipeline.warnings(facts)
        return self._warnings.told(facts, warnings) if warnings else None

    def records_of_failure(self, exchange: Exchange) -> Sequence[ErrorRecord]:
        """The error in a connection that failed before there was a request, known by its host alone."""
        request = exchange.request
        backend = self.pipeline.recognizer.by_host(request.host, request.port, None)
        return self.pipeline.records(exchange, backend) if backend else ()

    def records_of_replaced(self, flow: http.HTTPFlow) -> Sequence[ErrorRecord]:
        """The errors in an answer that a script put in the place of the one that was looked at, if it did. They teach nothing of the server."""
        before, now = self._statuses.pop(flow_id(flow), None), flow.response.status_code if flow.response else 0
        if before is None or now == before or now < 400 or not (backend := self.backend_of(flow)):
            return ()
        says = f"A script that runs after this addon replaced the server's answer (HTTP {before}) by this one."
        cause = Finding("replaced-answer", says, f"HTTP {before}", certain=True, fix="Look at the scripts that mitmproxy was started with (`-s`).")
        found = self.pipeline.records(to_exchange(flow), backend, remember=False)
        records = [replace(record, findings=(cause, *record.findings), fix=(cause.fix,), fault="config") for record in found]
        self._recent.keep(_answer(flow), records)
        return records

    def judged(self, flow: http.HTTPFlow, judged: ErrorRecord) -> Sequence[ErrorRecord]:
        """The errors in a flow, one of them with what the app did then; views and exports show that from now on."""
        if not (kept := self._recent.get(_answer(flow))):
            return [judged]
        records = [judged if (one.type, one.index, one.injected) == (judged.type, judged.index, judged.injected) else one for one in kept]
        self._recent.keep(_answer(flow), records)
        return records

    def records_again(self, flow: http.HTTPFlow, message: WebSocketMessage | None) -> Sequence[ErrorRecord]:
        """The errors in a flow, or in one of its messages, that may have been looked at before: as they were found then. What was forgotten since is
        decoded anew, without the findings that need what earlier flows showed."""
        if message is not None:
            return self.records_of_message(flow, message, remember=False)
        kept = self._recent.get(_answer(flow))
        if kept is not None:
            return kept
        backend = self.backend_of(flow)
        return self.pipeline.records(to_exchange(flow), backend, remember=False) if backend else ()

    def records_of_message(self, flow: http.HTTPFlow, message: WebSocketMessage, *, remember: bool = True) -> Sequence[ErrorRecord]:
        """The errors in one message of a WebSocket."""
        backend = self.websocket_backend(flow, message)
        if backend is None or message.from_client or not message.is_text:
            return ()
        injected = str(flow.metadata.get(INJECTED, "")) if message.injected else ""
        return self.pipeline.records(message_exchange(flow, message.content, message.timestamp, injected), backend, remember=remember)

    def websocket_backend(self, flow: http.HTTPFlow, message: WebSocketMessage) -> Backend | None:
        """Whose WebSocket this is, as far as its messages up to this one show; or None."""
        known = flow.metadata.get(WEBSOCKET_BACKEND)
        if isinstance(known, str):
            return self.pipeline.backends.get(known)
        backend = self.backend_of(flow)
        # Later messages of strangers are not read.
        opening = flow.websocket is not None and len(flow.websocket.messages) <= OPENING_MESSAGES
        if backend is None and opening and message.is_text:
            backend = self.pipeline.recognizer.by_message(Body.of(message.content[:LONGEST_OPENING]).json)
        if backend is not None:
            flow.metadata[WEBSOCKET_BACKEND] = backend.id
        return backend


def _answer(flow: http.HTTPFlow) -> str:
    """A name of this flow with this very answer: replayed or reverted, the same flow has another."""
    ended = flow.response.timestamp_end if flow.response else None
    return f"{flow_id(flow)} {ended} {flow.error.timestamp if flow.error else None}"


def _unpacked_body(request: http.Request) -> Body:
    """A body that was sent as it is. Unpacking the bodies of strangers, only to see whose they are, would cost too much."""
    if not request.data.content or any(name.lower() == b"content-encoding" for name, _ in request.data.headers.fields):
        return EMPTY
    return to_body(request, Headers(wire=request.data.headers.fields))


class Recent:
    """Records of the flows that passed last, for the content view and the commands, bounded in number and in bytes."""

    def __init__(self, most_flows: int = MOST_FLOWS, most_bytes: int = MOST_BYTES) -> None:
        self._most_flows = most_flows
        self._most_bytes = most_bytes
        self._flows: OrderedDict[str, tuple[int, Sequence[ErrorRecord]]] = OrderedDict()
        self.bytes = 0

    def keep(self, flow_id: str, records: Sequence[ErrorRecord]) -> None:
        """Remembers the records of a flow. That a flow has none is remembered only where it had some before."""
        before = self._flows.pop(flow_id, None)
        if before is not None:
            self.bytes -= before[0]
        elif not records:
            return
        size = 200 + 4 * len(flow_id) + sum(map(_size, records))
        self._flows[flow_id] = (size, records)
        self.bytes += size
        while len(self._flows) > self._most_flows or (self.bytes > self._most_bytes and self._flows):
            _, (oldest, _) = self._flows.popitem(last=False)
            self.bytes -= oldest

    def get(self, flow_id: str) -> Sequence[ErrorRecord] | None:
        """The records of a flow, or None where they were forgotten."""
        return self._flows[flow_id][1] if flow_id in self._flows else None

    def __len__(self) -> int:
        return len(self._flows)


def _size(record: ErrorRecord) -> int:
    """At most how many bytes a record takes, a character being four at most; what comes from the catalog is shared with others."""
    long = len(record.message) + len(record.debug) + len(record.url) + len(record.url_template) + len(record.method) + len(record.address)
    return _RECORD + 4 * (long + len(record.part)) + 1_000 * len(record.findings)
