"""Errors on demand in live traffic: answers requests in the place of the server, or replaces its answers, as `errors_inject` asks for.

Left alone are replays, flows that have an answer already, OPTIONS and CONNECT. Nothing is done where the option is not set.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

from mitmproxy import command, ctx, exceptions, http, types
from mitmproxy.log import ALERT

from ..exchange.clearing_cache import ClearingCache
from ..exchange.json_reader import parse_json
from ..exchange.model import INJECTED_HEADER
from ..pipeline import naming
from ..text import one_line, plural, scrub
from .convert import message_exchange, to_exchange
from .failures import INJECTED, INJECTED_FAILURE
from .held_records import HeldRecords

if TYPE_CHECKING:
    from .inject_rules import Rule, Taken
    from .inspector import Inspector

# A test that may ask for its own errors does so in this header.
ASKING_HEADER = "Baas-Errors-Inject"
# The body that the app sent, while the server gets one without an item.
SENT = "baas.injected_request"
# In seconds, unless the spec has a delay: how long an app waits that never gets an answer.
SILENCE = 60.0
MOST_HELD, MOST_ASKED = 1_000, 200

logger = logging.getLogger(__name__)


class Injector:
    """Injects errors, and follows what apps do then."""

    name = "baas_errors_inject"

    def __init__(self, watch: Callable[[], Inspector | None], chain: list[Any]) -> None:
        """`chain` is what mitmproxy asks at each event: the injector stands there while it has something to do."""
        self._watch, self._chain = watch, chain
        self.records = HeldRecords()
        self.rules: list[Rule] = []
        self.active = self._by_header = False
        self.seed = ""
        self._asked: ClearingCache[str, Rule] = ClearingCache(MOST_ASKED)
        self._later: dict[str, Taken] = {}

    def set_up(self, options: Any) -> None:
        """Takes the options over; raises ValueError that names the one at fault."""
        specs, self._by_header = options.errors_inject, options.errors_inject_header
        self.rules = []
        self._switch(on=False)
        if specs or self._by_header:
            self.seed = options.errors_inject_seed or self.seed or new_seed()
            with naming("errors_inject"):
                self.rules = [self.rule(text) for text in specs]
            self.start()

    def add(self, text: str) -> None:
        """Adds a spec; raises ValueError."""
        self.seed = self.seed or new_seed()
        self.rules.append(self.rule(text))
        self.start()

    def clear(self) -> int:
        """Drops all specs; how many there were."""
        count, self.rules = len(self.rules), []
        self._switch(on=self._by_header)
        return count

    def _switch(self, *, on: bool) -> None:
        self.active = on
        self._chain[:] = [*(addon for addon in self._chain if addon is not self), *([self] if on else [])]

    def start(self) -> None:
        """Begins to inject, and says by which seed."""
        if not self.active:
            logging.log(ALERT, f"Errors on demand: seed {self.seed} (--set errors_inject_seed={self.seed} makes the same choices again).")
        self._switch(on=True)
        if watch := self._watch():
            self.records.follow(watch)

    def rule(self, text: str) -> Rule:
        """The rule that a spec asks for; raises SpecError."""
        from .inject_rules import make_rule

        watch = self._watch()
        assert watch
        return make_rule(text, watch.pipeline.backends, self.seed)

    def request(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        """Answers the request, if an error is to be injected."""
        return self._answer(flow) if self.active else None

    async def _answer(self, flow: http.HTTPFlow) -> None:
        try:
            if flow.response is not None or flow.error is not None or flow.is_replay or flow.request.method in ("OPTIONS", "CONNECT"):
                return
            asked = flow.request.headers.pop(ASKING_HEADER, "") if self._by_header else ""
            taken = self._take(flow, asked)
            if taken is None:
                return
            how, wanted = taken.rule.spec.how, taken.rule.spec.wanted
            delay = taken.delay or (SILENCE if wanted.failure == "timeout" else 0.0)
            if delay:
                await _pause(flow, delay)
            if flow.error is not None:
                return  # the app did not wait
            if how.afterwards:
                self._later[flow.id] = taken
            elif taken.made is None and not taken.failure:
                flow.metadata[INJECTED] = taken.label
                flow.comment = flow.comment or f"injected: {taken.label}"
            elif taken.item is not None and self._leave_out(flow, taken):
                self._later[flow.id] = taken
            else:
                self._put(flow, taken)
            while len(self._later) > MOST_HELD:
                del self._later[next(iter(self._later))]
        except Exception as error:  # noqa: BLE001 - the traffic of others must go on
            logger.warning(f"baas-errors: could not inject an error ({type(error).__name__}: {one_line(str(error), 200)}). Please report this.")

    def _take(self, flow: http.HTTPFlow, asked: str) -> Taken | None:
        """The error for a flow, by the first rule that has one for it."""
        watch = self._watch()
        backend = watch.backend_of(flow) if watch else None
        if backend is None:
            return None
        from .inject_rules import take

        rules = [self._asked_rule(asked), *self.rules] if asked else self.rules
        for rule in rules:
            wanted = rule.spec.wanted if rule else None
            if rule and wanted and wanted.backend in (None, backend) and "~websocket" not in rule.spec.filter and rule.matches(flow):
                handshake = flow.request.headers.get("upgrade", "").lower() == "websocket"
                if not (handshake and not wanted.failure) and (taken := take(rule, flow, backend)):
                    return taken
        return None

    def _asked_rule(self, text: str) -> Rule | None:
        if text not in self._asked:
            try:
                self._asked[text] = self.rule(f"|~all|{text}")
            except ValueError as error:
                logger.warning(one_line(f"{ASKING_HEADER}: {error}", 500))
        return self._asked.get(text)

    def _leave_out(self, flow: http.HTTPFlow, taken: Taken) -> bool:
        """Takes the item out of the request, whose others the server is to do; False where it does all or nothing, or there are no others."""
        from ..inject.list_items import members, without

        made = taken.made
        request = to_exchange(flow).request
        if made is None or made.shape is None or taken.item is None or made.status >= 400 or len(members(request, made.shape)) < 2:
            return False
        flow.metadata[SENT] = flow.request.get_content(strict=False) or b""
        flow.request.content = json.dumps(without(request, made.shape, taken.item), separators=(",", ":")).encode()
        return True

    def _put(self, flow: http.HTTPFlow, taken: Taken) -> None:
        """Gives the flow its answer, or ends it without one."""
        made = taken.made
        flow.metadata[INJECTED] = taken.label
        if made is None:
            flow.metadata[INJECTED_FAILURE] = taken.failure
            flow.kill()
            return
        fields = [*made.headers, (INJECTED_HEADER, taken.label.encode("ascii", "replace").decode())]
        headers = http.Headers([(name.encode(), value.encode("utf-8", "replace")) for name, value in fields])
        flow.response = http.Response.make(made.status, b"" if flow.request.method == "HEAD" else made.body, headers)
        flow.response.timestamp_start = flow.response.timestamp_end = time.time()

    def restore(self, flow: http.HTTPFlow) -> bool:
        """Puts the request back as the app sent it; whether an item was left out of it."""
        before = flow.metadata.pop(SENT, None)
        if isinstance(before, bytes):
            flow.request.content = before
        return before is not None

    def response(self, flow: http.HTTPFlow) -> None:
        """Replaces the server's answer, where the error was to come afterwards or in one item of it."""
        taken = self._later.pop(flow.id, None) if self._later else None
        if taken is None:
            return
        left_out, made, answer = self.restore(flow), taken.made, flow.response
        if answer is None or flow.error is not None:
            return
        if taken.item is None or made is None or made.shape is None or made.status >= 400:
            self._put(flow, taken)
            return
        from ..inject.list_items import merged

        whole = None
        if answer.status_code < 300 and (text := answer.get_text(strict=False)):
            whole = merged(parse_json(text).value, json.loads(made.body), made.shape, taken.item, left_out=left_out)
        if whole is not None:  # else the server refused it all, or answered otherwise than in a list
            answer.status_code = made.status
            answer.content = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
            answer.headers[INJECTED_HEADER] = taken.label.encode("ascii", "replace").decode()
            flow.metadata[INJECTED] = taken.label

    def message(self, flow: http.HTTPFlow) -> None:
        """Answers a client's WebSocket message with an error, where a filter has `~websocket`, and keeps it from the server."""
        watch, websocket = self._watch(), flow.websocket
        if not self.active or watch is None or websocket is None:
            return
        from .inject_rules import take

        message = websocket.messages[-1]
        if not message.from_client or not message.is_text or message.injected:
            return
        for rule in self.rules:
            if "~websocket" not in rule.spec.filter or not rule.matches(flow) or rule.tour or rule.spec.wanted.failure:
                continue
            backend = watch.websocket_backend(flow, message)
            exchange = message_exchange(flow, message.content, message.timestamp)
            if backend and rule.spec.wanted.backend is backend and (taken := take(rule, flow, backend, exchange)) and taken.made:
                flow.metadata[INJECTED] = taken.label
                message.drop()
                ctx.master.commands.call("inject.websocket", flow, True, taken.made.body, True)
                return

    def table(self, columns: int = 200) -> str:
        """What apps did after errors on demand, and how far tours have come, for a terminal of so many columns; "" without any."""
        bad = {row.type for row in self.records.reactions.rows.values() if row.verdict == "bad"}
        return self.records.table([rule.tour.summary(bad) for rule in self.rules if rule.tour], columns)


class InjectCommands:
    """The commands of the addon for errors on demand: what mitmweb's command bar and the console offer."""

    _injector: Injector

    @command.command("errors.inject")
    def inject_errors(self, *spec: str) -> None:
        """Inject errors: |flow filter|error|how, for example errors.inject "|~m POST|parse/101|first 2"."""
        try:
            self._injector.add(" ".join(spec))
        except ValueError as error:
            raise exceptions.CommandError(str(error)) from None

    @command.command("errors.inject.list")
    def list_injected(self) -> types.Data:
        """List what is injected, and how often it was."""
        return cast(types.Data, [["spec", "given"], *([scrub(rule.spec.text), str(rule.schedule.given)] for rule in self._injector.rules)])

    @command.command("errors.inject.clear")
    def clear_injected(self) -> None:
        """Inject no more errors."""
        logging.log(ALERT, f"{plural(self._injector.clear(), 'spec')} cleared; no more errors are injected.")

    @command.command("errors.reactions")
    def show_reactions(self) -> types.Data:
        """Show what apps did after injected errors: error, times, reaction, verdict."""
        records = self._injector.records
        return cast(types.Data, records.reactions.data() if records.watch else [["No error was injected yet."]])


async def _pause(flow: http.HTTPFlow, seconds: float) -> None:
    """Waits, but no longer than the app does: what it does when it has lost patience is its reaction."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and flow.client_conn.timestamp_end is None and flow.client_conn.connected:
        await asyncio.sleep(min(left, 0.2))


def new_seed() -> str:
    """A seed that nobody chose."""
    return str(secrets.randbelow(10**6))
