"""Records of errors on demand are held back until it is known what the app did then: they are logged with its reaction, at the end at the latest."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mitmproxy import ctx, http
from mitmproxy.hooks import UpdateHook

from ..inject.reactions import Reactions, key_of
from ..record import ErrorRecord
from ..text import one_line
from ..text.wrap import wrap
from .annotate import annotate

if TYPE_CHECKING:
    from .inspector import Inspector


# Writes records of one exchange into the log, and keeps them for the files of the end.
Keep = Callable[[Sequence[ErrorRecord]], None]


class HeldRecords:
    """What waits for a reaction."""

    def __init__(self) -> None:
        self.reactions = Reactions(self._settled)
        # None until an error was asked for.
        self.watch: Inspector | None = None
        self._held: dict[str, tuple[http.HTTPFlow, Keep]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def follow(self, watch: Inspector) -> None:
        """From now on judges what apps do, as far as the inspector sees it."""
        self.watch, watch.pipeline.reactions = watch, self.reactions

    def hold(self, flow: http.HTTPFlow, records: Sequence[ErrorRecord], keep: Keep) -> Sequence[ErrorRecord]:
        """Keeps injected errors until it is known what the app does; the others, which are to be logged at once."""
        held = [record for record in records if record.injected] if self.watch else []
        if not held:
            return records
        for record in held:
            self._held[key_of(record)] = flow, keep
        if self._timer is None:
            try:
                self._timer = asyncio.get_running_loop().call_later(1.0, self._tick)
            except RuntimeError:
                self._timer = None  # while a file is read
        return [record for record in records if not record.injected]

    def _tick(self) -> None:
        self._timer = None
        self.reactions.expire(time.time())
        if self._held:
            self._timer = asyncio.get_running_loop().call_later(1.0, self._tick)

    def _settled(self, record: ErrorRecord) -> None:
        """Logs an error whose reaction is known, and shows it on its flow."""
        flow, keep = self._held.pop(key_of(record), (None, None))
        if flow is None or keep is None:
            return
        keep([record])
        annotate(flow, self.watch.judged(flow, record) if self.watch else [record])
        if ctx.master.addons.get("view"):  # type: ignore[no-untyped-call]
            ctx.master.addons.trigger(UpdateHook([flow]))

    def finish(self) -> None:
        """Settles what is held: mitmproxy ends."""
        if self._timer:
            self._timer.cancel()
        self.reactions.finish()

    def table(self, more: Sequence[str], columns: int = 200) -> str:
        """What apps did after errors on demand, as a table for a terminal of so many columns that ends in `more`; "" without any."""
        if not self.reactions.rows:
            return ""
        rows = [(f"  {row.count:>5}  {row.verdict:4}  ", f"{row.type}: {row.reaction}. {row.says} {row.flow}") for row in self.reactions.sorted()]
        lines = [line for first, text in [*rows, *(("  ", text) for text in more)] for line in wrap(one_line(text), columns, first, " " * len(first))]
        return "\n".join(["", "Errors on demand, and what the app did then:", *lines])
