"""mitmproxy addon: names, explains, marks and logs the errors of backend services.

    mitmdump -s addons/errors.py

This file only adapts: options, hooks and commands. What it stands on is in the package `baas_errors` beside it.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, cast

from baas_errors.catalog.entries import SHOWN_OF_COMMENT
from baas_errors.exchange import Exchange
from baas_errors.mitm import options, shutdown
from baas_errors.mitm.annotate import annotate, annotate_warning, cite, clear, is_annotated
from baas_errors.mitm.contentview import add_view, remove_view
from baas_errors.mitm.convert import message_exchange, to_exchange
from baas_errors.mitm.down_servers import DownServers
from baas_errors.mitm.failures import tls_exchange
from baas_errors.mitm.guard import never_raises
from baas_errors.mitm.inject import InjectCommands, Injector
from baas_errors.mitm.inspector import Inspector
from baas_errors.mitm.session_log import SessionLog
from baas_errors.mitm.terminal import Terminal
from baas_errors.record import ErrorRecord
from baas_errors.record.summary import Summary
from baas_errors.text import plural, safe
from mitmproxy import command, ctx, exceptions, http, types
from mitmproxy.flow import Flow
from mitmproxy.hooks import UpdateHook
from mitmproxy.log import ALERT
from mitmproxy.tls import TlsData

logger = logging.getLogger(__name__)


def _answer(lines: Iterable[str], rows: list[list[str]]) -> types.Data:
    """What a command answers: rows for the console's table; mitmweb shows rows as JSON, so it gets one line of words without what JSON escapes, which
    is data to mitmproxy as well."""
    words = " \u2022 ".join(" ".join(line.split()) for line in lines).translate({ord('"'): "'", ord("\\"): "/"})
    return cast(types.Data, words if "web_columns" in ctx.options else rows)


class BackendErrors(InjectCommands):
    """Watches answers of known backends; each error is marked, commented, printed and logged."""

    name = "baas_errors"

    def __init__(self) -> None:
        self._watch: Inspector | None = None
        self._asked: tuple[Any, ...] = ()
        self._view: Any = None
        self._ending = shutdown.ShutdownExporter()
        self._log = SessionLog(self._ending)
        self._terminal = Terminal()
        self._runs = self._is_ready = False
        self.addons: list[Any] = [DownServers(lambda: self._watch, self._tell, self._log)]
        self._injector = Injector(lambda: self._watch, self.addons)

    @property
    def summary(self) -> Summary:
        """What was found so far, also before the script was loaded anew."""
        return self._ending.summary

    @property
    def _inspector(self) -> Inspector:
        """What looks at flows. None only before the options are known, and then mitmproxy itself asks for it, in search of commands."""
        return cast(Inspector, self._watch)

    def load(self, loader: Any) -> None:
        """Declares the options and adds the content view."""
        options.check_given()
        self._ending = shutdown.ending()
        self._ending.own_log |= "errors_log" in ctx.options.deferred
        self._log = SessionLog(self._ending)
        self._terminal.attach()
        for option in options.OPTIONS:
            loader.add_option(*option)
        self._view = add_view(self._records_for_view)

    def configure(self, updated: set[str]) -> None:
        """Takes the options over. Raises OptionsError that names the option and what would be right; when the script is loaded, mitmproxy would show
        a traceback before that, so there it is logged as an error, which ends mitmproxy at its start."""
        try:
            self._take_over(updated)
            self._is_ready = True
        except ValueError as error:
            if self._is_ready or not updated.issuperset(ctx.options.keys()):
                raise exceptions.OptionsError(str(error)) from None
            logger.error(safe(str(error)))

    def _take_over(self, updated: set[str]) -> None:
        asked = options.asked(ctx.options)
        if self._watch is None or asked != self._asked:
            self._watch = Inspector(options.make_pipeline(ctx.options))
            self._asked = asked
            updated = {*updated, "errors_inject"}
        if any(name.startswith("errors_inject") for name in updated):
            self._injector.set_up(ctx.options)
        if "errors_log" in updated:
            self._log.configure(ctx.options.errors_log, changed=self._runs)
        if updated & {"errors_export", "errors_log"}:
            self._ending.configure_exports(ctx.options.errors_export, ctx.options.errors_log)
        self._watch.pipeline.keep_worked(bool(self._ending.paths))
        self._ending.exit_code = ctx.options.errors_exit_code
        self._terminal.always = ctx.options.errors_print
        self._terminal.together = not getattr(ctx.options, "flow_detail", 0)
        self._ending.late = self._late if len(getattr(ctx.options, "scripts", ())) > 1 else None
        if self._runs:
            shutdown.put_last(self._ending)

    def running(self) -> None:
        """Sees to it that the files are written after everything else has ended; says which options nobody has, which ends mitmproxy at its start."""
        self._runs = True
        shutdown.put_last(self._ending)
        if not self._ending.runs:
            self._ending.runs = True
            options.show_comments()
            logging.log(ALERT, self._log.where())
        for complaint in options.misspelt(ctx.options.deferred, ctx.options.keys()):
            logger.error(safe(complaint))

    @never_raises
    def response(self, flow: http.HTTPFlow) -> None:
        """Looks at a finished answer."""
        self._injector.response(flow)
        self._look(flow)

    @never_raises
    def error(self, flow: http.HTTPFlow) -> None:
        """Looks at a request that got no answer, or only part of one."""
        self._injector.response(flow)
        if flow.websocket is None:
            self._look(flow)

    # Of a tunnel that could not be made: the request that was to go through it is never seen.
    http_connect_error = response

    @never_raises
    def websocket_message(self, flow: http.HTTPFlow) -> None:
        """Looks at the message that has just come."""
        assert flow.websocket
        message = flow.websocket.messages[-1]
        self._injector.message(flow)
        records = self._inspector.records_of_message(flow, message)
        if records:
            annotate(flow, records, self._crowded(records))
            self._tell(records, lambda: message_exchange(flow, message.content, message.timestamp), flow=flow)
            if flow.live:
                ctx.master.addons.trigger(UpdateHook([flow]))

    @never_raises
    def tls_failed_client(self, data: TlsData) -> None:
        """Reports an app that did not accept the proxy's certificate."""
        exchange = tls_exchange(data)
        records = self._inspector.records_of_failure(exchange)
        if records:
            self._tell(records, lambda: exchange)

    def done(self) -> None:
        """Sums up where there is a terminal to read it in, and lets go of log and view."""
        self._injector.records.finish()
        self._terminal.flush()
        if ctx.master.addons.get("dumper"):
            self._terminal.print(self.summary.table(columns=self._terminal.width) + self._injector.table(self._terminal.width))
        self._terminal.detach()
        self._log.close()
        if self._view is not None:
            remove_view(self._view)
            self._view = None

    def _look(self, flow: http.HTTPFlow) -> None:
        looked = self._inspector.look(flow)
        if looked is None:
            return
        if records := looked.records:
            annotate(flow, records, self._crowded(records))
            self._tell(records, lambda: to_exchange(flow), looked.failures, looked.worked, flow)
            return
        if flow.websocket is None and is_annotated(flow):
            # Replayed, and answered without an error this time.
            clear(flow)
        if warned := self._inspector.warned(looked.facts):
            annotate_warning(flow, warned)
            for line in warned.lines:
                logger.warning(line)

    @never_raises
    def _late(self, flow: http.HTTPFlow) -> None:
        """Tells of an answer that a later script has replaced by an error."""
        if records := self._inspector.records_of_replaced(flow):
            annotate(flow, records)
            self._tell(records, lambda: to_exchange(flow))

    def _crowded(self, records: Sequence[ErrorRecord]) -> Collection[str]:
        """The names that a narrow column does not tell from others, if one of them is to be shown."""
        name = records[0].name
        return self._inspector.pipeline.backends[records[0].backend].tables.crowded_names if len(name) > SHOWN_OF_COMMENT else ()

    def _tell(
        self,
        records: Sequence[ErrorRecord],
        exchange: Callable[[], Exchange],
        failures: int = 0,
        worked: Exchange | None = None,
        flow: http.HTTPFlow | None = None,
    ) -> None:
        """Counts, logs and prints records; of a request with so many `failures`, what says the same again is printed in short."""
        is_read = flow is not None and not flow.live
        for record in records:
            if not record.injected:
                self.summary.add(record)
        self._terminal.tell_errors(records, failures)
        cite(records, self._inspector.pipeline.passed)
        keep = functools.partial(self._keep, exchange, worked, is_read)
        if flow is not None:
            records = self._injector.records.hold(flow, records, keep)
        if records:
            keep(records)

    def _keep(self, exchange: Callable[[], Exchange], worked: Exchange | None, is_read: bool, records: Sequence[ErrorRecord]) -> None:
        """Writes records into the log, and keeps them for the files of the end."""
        self._log.append(records, is_read=is_read)
        try:
            self._ending.add(records, exchange, self._inspector.pipeline.redactor, worked)
        except OSError as error:
            self._log.say_once("export", f"errors_export: no room to keep errors until the end ({error.strerror or error}); some will be missing")

    def _records_for_view(self, flow: http.HTTPFlow, message: Any) -> Sequence[ErrorRecord]:
        return self._watch.records_again(flow, message) if self._watch else ()

    @command.command("errors.explain")
    def explain(self, *words: str) -> types.Data:
        """Say what a code, a name or a rule means: 101, parse 101, parse/101, ObjectNotFound, OBJECT_NOT_FOUND, id-history."""
        from baas_errors.render import catalog_text as explanations

        code = " ".join(words)
        if not code:
            raise exceptions.CommandError("Name a code, for example: errors.explain parse 101")
        backends = self._inspector.pipeline.backends
        if not (found := explanations.explain(backends, code)):
            near = explanations.near_misses(backends, code)
            hint = f"; did you mean {', '.join(near)}?" if near else "; name the backend for unknown codes, as in parse/9001"
            raise exceptions.CommandError(f"No catalog knows {code!r}{hint}")
        rows = explanations.as_rows(found)
        return _answer((": ".join(row) for row in rows), rows)

    @command.command("errors.summary")
    def show_summary(self) -> types.Data:
        """Count the errors seen so far, by kind."""
        first, *lines = self.summary.table().splitlines()
        return _answer([first, *lines[1:]], self.summary.data())

    @command.command("errors.export")
    def export(self, flows: Sequence[Flow], path: types.Path) -> str:
        """Write the errors in flows to a file: .jsonl, .csv, .md, .html or .har."""
        return self._write(flows, path, tickets=False)

    @command.command("errors.ticket")
    def ticket(self, flows: Sequence[Flow], path: types.Path) -> str:
        """Write support tickets for the errors in flows to a Markdown file."""
        return self._write(flows, path, tickets=True)

    def _write(self, flows: Sequence[Flow], path: str, *, tickets: bool) -> str:
        from baas_errors.mitm.exports import export  # what writes files is not needed at mitmproxy's start

        try:
            shutdown.refuse_target(path, self._log.path)
            said = export(flows, path, self._inspector, tickets=tickets)
        except ValueError as error:
            raise exceptions.CommandError(str(error)) from None
        logging.log(ALERT, said)
        return said

    @command.command("errors.clear")
    def clear(self) -> str:
        """Start counting anew, for the files of errors_export too. Flows, their comments and the log stay as they are."""
        total = self.summary.total
        self._ending.clear()
        return f"Forgot {plural(total, 'backend error')}; counting starts anew."


addons = [BackendErrors()]
