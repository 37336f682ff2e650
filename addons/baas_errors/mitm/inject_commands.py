"""The commands for errors on demand: what mitmweb's command bar and the console offer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from mitmproxy import command, exceptions, types
from mitmproxy.log import ALERT

from ..text import plural, scrub

if TYPE_CHECKING:
    from .inject import Injector


class InjectCommands:
    """The commands of the addon that ask its injector."""

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
        return cast(types.Data, reactions.data() if (reactions := self._injector.records.reactions) else [["No error was injected yet."]])
