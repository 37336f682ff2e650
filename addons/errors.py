"""mitmproxy addon: names, explains, marks and logs the errors of backend services.

    mitmdump -s addons/errors.py

This file only adapts: options, hooks and commands. What it stands on is in the package `baas_errors` beside it.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Sequence
from typing import Any, cast

from baas_errors.exchange import Exchange
from baas_errors.mitm import options, shutdown
from baas_errors.mitm.annotate import annotate, annotate_warning, clear, is_annotated
from baas_errors.mitm.contentview import add_view, remove_view
from baas_errors.mitm.convert import message_exchange, to_exchange
from baas_errors.mitm.failures import tls_exchange
from baas_errors.mitm.inject import Injector
from baas_errors.mitm.inspector import Inspector
from baas_errors.mitm.terminal import Terminal
from baas_errors.record import ErrorRecord
from baas_errors.record.log_file import Journal, Resumed
from baas_errors.record.log_writer import LogWriter
from baas_errors.record.summary import Summary
from baas_errors.text import plural, safe
from baas_errors.text.paths import expand_user
from mitmproxy import command, ctx, exceptions, http, types
from mitmproxy.flow import Flow
from mitmproxy.hooks import UpdateHook
from mitmproxy.log import ALERT
from mitmproxy.tls import TlsData

logger = logging.getLogger(__name__)


def never_raises(hook: Callable[..., None]) -> Callable[..., None]:
    """A hook that reports a fault of its own instead of raising it: the traffic of others must go on."""

    @functools.wraps(hook)
    def guarded(self: BackendErrors, *args: Any) -> None:
        try:
            hook(self, *args)
        except Exception as error:
            self.say_once(
                f"fault {type(error).__name__}",
                f"baas-errors: could not look at a flow ({type(error).__name__}: {error}); the flow itself is untouched. Please report this.",
            )
            logger.debug("fault in a hook of baas-errors", exc_info=True)

    return guarded


class BackendErrors:
    """Watches answers of known backends; each error is marked, commented, printed and logged."""

    name = "baas_errors"

    def __init__(self) -> None:
        self._watch: Inspector | None = None
        self._journal: LogWriter | None = None
        self._log_path = ""
        self._asked: tuple[Any, ...] = ()
        self._view: Any = None
        self._said: set[str] = set()
        self._ending = shutdown.ShutdownExporter()
        self._terminal = Terminal()
        self._runs = False
        self._injector = Injector(lambda: self._watch)
        self.addons = [self._injector]

    @property
    def summary(self) -> Summary:
        """What was found so far, also before the script was loaded anew."""
        return self._ending.summary

    def load(self, loader: Any) -> None:
        """Declares the options and adds the content view."""
        options.check_switches()
        self._ending = shutdown.ending()
        for option in options.OPTIONS:
            loader.add_option(*option)
        self._view = add_view(self._records_for_view)

    def configure(self, updated: set[str]) -> None:
        """Takes the options over. Raises OptionsError that names the option and what would be right."""
        try:
            asked = options.asked(ctx.options)
            if self._watch is None or asked != self._asked:
                self._watch = Inspector(options.make_pipeline(ctx.options))
                self._asked = asked
                updated = {*updated, "errors_inject"}
            if any(name.startswith("errors_inject") for name in updated):
                self._injector.set_up(ctx.options)
            if "errors_log" in updated:
                self._open_log(ctx.options.errors_log)
            if updated & {"errors_export", "errors_log"}:
                self._ending.configure_exports(ctx.options.errors_export, ctx.options.errors_log)
            self._watch.pipeline.keep_worked(bool(self._ending.paths))
            self._ending.exit_code = ctx.options.errors_exit_code
            self._terminal.together = not getattr(ctx.options, "flow_detail", 0)
            if self._runs:
                shutdown.put_last(self._ending)
        except ValueError as error:
            raise exceptions.OptionsError(str(error)) from None

    def running(self) -> None:
        """Sees to it that the files are written after everything else has ended; says which options nobody has, which ends mitmproxy at its start."""
        self._runs = True
        shutdown.put_last(self._ending)
        for complaint in options.misspelt(ctx.options.deferred, ctx.options.keys()):
            logger.error(safe(complaint))

    def _open_log(self, path: str) -> None:
        if path == self._log_path:
            return
        journal = None
        if path:
            try:
                journal = LogWriter(Journal(expand_user(path), before=path == self._ending.log), self._log_failed, self._log_resumed)
            except (OSError, ValueError) as error:
                raise ValueError(
                    f"errors_log: {path!r} cannot be opened for appending ({getattr(error, 'strerror', None) or error}); "
                    "give a file in a folder that you may write to, or an empty value for no log"
                ) from None
        self._close_log()
        self._journal, self._log_path = journal, path
        self._ending.log = path
        if journal and journal.note:
            logger.warning(f"errors_log: {path!r}: {journal.note}")

    def _close_log(self) -> None:
        lost = self._journal.close() if self._journal else 0
        if lost:
            logger.warning(f"errors_log: {self._log_path!r} could not be written to the end; {plural(lost, 'error is', 'errors are')} missing in it")
        self._journal, self._log_path = None, ""

    @never_raises
    def response(self, flow: http.HTTPFlow) -> None:
        """Looks at a finished answer."""
        self._injector.response(flow)
        self._look(flow)

    @never_raises
    def error(self, flow: http.HTTPFlow) -> None:
        """Looks at a request that got no answer, or only part of one."""
        if flow.websocket is None:
            self._look(flow)

    # Of a tunnel that could not be made: the request that was to go through it is never seen.
    http_connect_error = response

    @never_raises
    def websocket_message(self, flow: http.HTTPFlow) -> None:
        """Looks at the message that has just come."""
        assert self._watch
        assert flow.websocket
        message = flow.websocket.messages[-1]
        self._injector.message(flow)
        records = self._watch.records_of_message(flow, message)
        if records:
            annotate(flow, records)
            self._tell(records, lambda: message_exchange(flow, message.content, message.timestamp), flow=flow)
            if flow.live:
                ctx.master.addons.trigger(UpdateHook([flow]))

    @never_raises
    def tls_failed_client(self, data: TlsData) -> None:
        """Reports an app that did not accept the proxy's certificate."""
        assert self._watch
        exchange = tls_exchange(data)
        records = self._watch.records_of_failure(exchange)
        if records:
            self._tell(records, lambda: exchange)

    def done(self) -> None:
        """Sums up where there is a terminal to read it in, and lets go of log and view."""
        self._injector.records.finish()
        self._terminal.flush()
        if ctx.master.addons.get("dumper"):
            logging.log(ALERT, self.summary.table() + self._injector.table())
        self._close_log()
        if self._view is not None:
            remove_view(self._view)
            self._view = None

    def _look(self, flow: http.HTTPFlow) -> None:
        assert self._watch
        records, warned, failures, worked = self._watch.look(flow)
        if records:
            annotate(flow, records)
            self._tell(records, lambda: to_exchange(flow), failures, worked, flow)
        elif flow.websocket is None and is_annotated(flow) and self._watch.backend_of(flow):
            # Replayed, and answered without an error this time.
            clear(flow)
        if warned and not records:
            annotate_warning(flow, warned)
            for line in warned.lines:
                logger.warning(line)

    def _tell(
        self,
        records: Sequence[ErrorRecord],
        exchange: Callable[[], Exchange],
        failures: int = 0,
        worked: Exchange | None = None,
        flow: http.HTTPFlow | None = None,
    ) -> None:
        """Counts, logs and prints records; of a request with so many `failures`, what says the same again is printed in short."""
        for record in records:
            if not record.injected:
                self.summary.add(record)
        self._terminal.tell_errors(records, failures)
        if flow is None or not self._injector.records.hold(flow, records, functools.partial(self._keep, exchange, worked)):
            self._keep(exchange, worked, records)

    def _keep(self, exchange: Callable[[], Exchange], worked: Exchange | None, records: Sequence[ErrorRecord]) -> None:
        """Writes records into the log, and keeps them for the files of the end."""
        assert self._watch
        if self._journal is not None:
            self._journal.append(*(record.to_json() for record in records))
        try:
            self._ending.add(records, exchange, self._watch.pipeline.redactor, worked)
        except OSError as error:
            self.say_once("export", f"errors_export: no room to keep errors until the end ({error.strerror or error}); some will be missing")

    def _log_failed(self, error: OSError) -> None:
        says = f"errors_log: {self._log_path!r} cannot be written ({error.strerror or error}); going on without, and trying again at each error"
        self.say_once("log", says)

    def _log_resumed(self, resumed: Resumed) -> None:
        self._said.discard("log")
        logger.warning(f"errors_log: {self._log_path!r} is written again; {resumed}")

    def say_once(self, topic: str, text: str) -> None:
        """Warns, unless the same topic was warned about before and has not been well since."""
        if topic not in self._said:
            self._said.add(topic)
            logger.warning(text)

    def _records_for_view(self, flow: http.HTTPFlow, message: Any) -> Sequence[ErrorRecord]:
        return self._watch.records_again(flow, message) if self._watch else ()

    @command.command("errors.explain")
    def explain(self, *words: str) -> types.Data:
        """Say what a code, a name or a rule means: 101, parse 101, parse/101, ObjectNotFound, OBJECT_NOT_FOUND, id-history."""
        from baas_errors.render import catalog_text as explanations

        assert self._watch
        code = " ".join(words)
        if not code:
            raise exceptions.CommandError("Name a code, for example: errors.explain parse 101")
        backends = self._watch.pipeline.backends
        if not (found := explanations.explain(backends, code)):
            near = explanations.near_misses(backends, code)
            hint = f"; did you mean {', '.join(near)}?" if near else "; name the backend for unknown codes, as in parse/9001"
            raise exceptions.CommandError(f"No catalog knows {code!r}{hint}")
        return cast(types.Data, explanations.as_rows(found))

    @command.command("errors.summary")
    def show_summary(self) -> types.Data:
        """Count the errors seen so far, by kind."""
        return cast(types.Data, self.summary.data())

    @command.command("errors.export")
    def export(self, flows: Sequence[Flow], path: types.Path) -> None:
        """Write the errors in flows to a file: .jsonl, .csv, .md, .html or .har."""
        from baas_errors.mitm import exports  # what writes files is not needed at mitmproxy's start

        self._write(exports.export, flows, path)

    @command.command("errors.ticket")
    def ticket(self, flows: Sequence[Flow], path: types.Path) -> None:
        """Write support tickets for the errors in flows to a Markdown file."""
        from baas_errors.mitm import exports

        self._write(exports.write_tickets, flows, path)

    def _write(self, act: Callable[[Sequence[Flow], str, Inspector], str], flows: Sequence[Flow], path: str) -> None:
        assert self._watch
        try:
            shutdown.refuse_target(path, self._log_path)
            logging.log(ALERT, act(flows, path, self._watch))
        except ValueError as error:
            raise exceptions.CommandError(str(error)) from None

    @command.command("errors.clear")
    def clear(self) -> None:
        """Start counting anew, for the files of errors_export too. Flows, their comments and the log stay as they are."""
        total = self.summary.total
        self._ending.clear()
        logging.log(ALERT, f"Forgot {total} backend errors; counting starts anew.")


addons = [BackendErrors()]
