"""The addon itself, with a log that is kept in memory and hooks that hide no fault; every answer is checked as it passes."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from baas_errors.diagnose import engine
from baas_errors.formats import FORMATS, Occurrence
from baas_errors.mitm.annotate import _LONGEST_TAG
from baas_errors.mitm.convert import message_exchange, to_exchange
from baas_errors.reports.redacted_exchange import clean
from baas_errors.reports.ticket import ticket
from baas_errors.text import one_line, safe
from errors import BackendErrors
from mitmproxy import contentviews, http
from mitmproxy.io import FlowReader, FlowWriter
from mitmproxy.test import taddons

from .answers import Answer, flow_of, messages_of
from .check import check_code, check_flow, check_line, check_record, must, traffic

# Seconds of this thread for one ordinary answer; a busy machine has no part in them, but the collector of garbage has.
LONGEST = 1.0
# So many answers, of which one is saved, shown and exported as well.
EVERY = 40


class Journal:
    """Stands in the place of the log's file."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def append(self, *lines: str) -> None:
        self.lines += lines

    def close(self) -> None:
        pass


class Shown(logging.Handler):
    """What the addon prints."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


class Looker:
    """Hands answers to the addon's hooks."""

    def __init__(self, addon: BackendErrors, shown: Shown) -> None:
        self.addon, self.shown = addon, shown
        self.journal = Journal()
        addon._log.journal = self.journal  # type: ignore[assignment]
        self.count = self.records = self.recognized = 0
        self.slowest = 0.0

    def look(self, answer: Answer) -> list[dict[str, Any]]:
        """The records of an answer, as they were written. Raises whatever a hook raises, and Wrong for what is not as it must be."""
        item = flow_of(answer)
        self.journal.lines.clear()
        self.shown.texts.clear()
        started = time.thread_time()
        before = traffic(item)
        if item.websocket is not None:
            for message in messages_of(answer):
                item.websocket.messages.append(message)
                _bare(self.addon.websocket_message)(self.addon, item)
            before = (*before[:-2], [content for _, _, content in answer.messages], before[-1])
        elif item.response is None or item.error is not None:
            _bare(self.addon.error)(self.addon, item)
        else:
            _bare(self.addon.response)(self.addon, item)
        taken = time.thread_time() - started
        self.slowest = max(self.slowest, taken)
        self.count += 1
        check_flow(item, before)
        for text in self.shown.texts:
            must(text == safe(text) and len(text) < 20_000, "a text acts on the terminal, or is long", text)
        values = [check_line(line) for line in self.journal.lines]
        must(bool(self.shown.texts) >= bool(values), "an error that was not printed", values)
        self._consistent(item, answer, values)
        if self.count % EVERY == 0:
            self._elsewhere(item)
        must(taken < LONGEST, "took too long", taken)
        self.records += len(values)
        return values

    def _consistent(self, item: http.HTTPFlow, answer: Answer, values: list[dict[str, Any]]) -> None:
        watch = self.addon._watch
        assert watch
        if item.websocket is not None:
            for one in values:
                must(one["mitmproxy.flow_id"] == item.id and "http.response.status_code" not in one, "not this message's", one)
            return
        backend = watch.backend_of(item)
        self.recognized += backend is not None
        if backend is None:
            must(not values, "errors of nobody's", values)
            return
        failed = to_exchange(item).failure
        records = watch.records_again(item, None)
        must(len(records) == len(values), "not the records that are shown", len(records), len(values))
        status = item.response.status_code if item.response and not failed else None
        if status is not None and 400 <= status <= 599 and item.request.method != "CONNECT":
            must(values, "an error was lost", status)
        for record, one in zip(records, values, strict=True):
            check_record(record, one)
            must(record.backend == backend.id and record.status == status and record.flow_id == item.id, "not this answer's", one)
            if failed:
                must(record.type.partition("/")[2] in ("connection-failed", "tls-failed", "timeout"), "no failure", record.type)
            elif status not in range(300, 400) and b"content-encoding" not in (name.lower() for name, _ in answer.response_headers):
                check_code(record, answer.response_body)
        if values:
            kind = one_line(records[0].type, _LONGEST_TAG)
            must(item.metadata["baas.type"] == kind and item.metadata["baas.backend"] == backend.id, "not its tags", item.metadata)
            must(all(one_line(str(value), 3_000) == str(value) for value in item.metadata.values()), "control characters in tags", item.metadata)
        if answer.names and not answer.changes:
            names = {name for record in records for name in (record.name, *record.candidates)}
            must(answer.names & names, "not the entry that was sent", sorted(answer.names), sorted(names))

    def _elsewhere(self, item: http.HTTPFlow) -> None:
        """Where a flow goes besides: into a file, the content view, exports."""
        file = io.BytesIO()
        FlowWriter(file).add(item)
        file.seek(0)
        (again,) = FlowReader(file).stream()
        must(again.comment == item.comment and again.metadata == item.metadata, "not saved as it was", item.metadata)
        watch = self.addon._watch
        assert watch
        messages = item.websocket.messages if item.websocket else []
        for message in (None, *messages):
            content = message.content if message else item.response.raw_content if item.response else b""
            text = view_of(self.addon, item, content or b"", message)
            must(text == safe(text), "the view acts on the terminal", text)
            records = watch.records_again(item, message)
            exchange = message_exchange(item, message.content, message.timestamp) if message else to_exchange(item)
            shown = clean(exchange, watch.pipeline.redactor)
            _export([Occurrence(record, shown) for record in records])


def _export(occurrences: list[Occurrence]) -> None:
    for write in FORMATS.values():
        stream = io.StringIO(newline="")
        write(occurrences, stream, ["A note."])
        stream.getvalue().encode("utf-8", "strict")
    if occurrences:
        ticket(occurrences).encode("utf-8", "strict")


def view_of(addon: BackendErrors, item: http.HTTPFlow, data: bytes, message: Any) -> str:
    """What the content view shows, in either form of mitmproxy's."""
    facts = {"flow": item, "http_message": None if message else item.response, "websocket_message": message}
    view = addon._view
    if hasattr(contentviews, "Contentview"):
        return view.prettify(data, SimpleNamespace(**facts))
    return "\n".join(text for line in view(data, **facts)[1] for _, text in line)


def _bare(hook: Any) -> Any:
    """The hook without the guard that keeps its faults from mitmproxy."""
    return hook.__func__.__wrapped__


@contextmanager
def looking() -> Iterator[Looker]:
    """An addon that is ready to look. Rules that fail are faults here, too."""
    addon, shown = BackendErrors(), Shown()
    loggers = [logging.getLogger(name) for name in ("errors", "baas_errors")]
    before = [(logger.propagate, logger.handlers[:]) for logger in loggers], engine.RAISE_FAULTS
    for logger in loggers:
        logger.propagate, logger.handlers = False, [shown]
    engine.RAISE_FAULTS = True
    try:
        with taddons.context() as context:
            context.master.addons.add(addon)
            context.configure(addon, errors_log="")
            yield Looker(addon, shown)
            addon._log.journal = None
            addon.done()
    finally:
        for logger, (propagate, handlers) in zip(loggers, before[0], strict=True):
            logger.propagate, logger.handlers = propagate, handlers
        engine.RAISE_FAULTS = before[1]
