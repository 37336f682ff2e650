"""The log of this run of mitmproxy (`errors_log`): opened, said at the start, appended to, closed; and warnings that are given once."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Sequence
from typing import Any

from mitmproxy import ctx

from ..record import ErrorRecord
from ..record.log_file import Journal, Resumed
from ..record.log_writer import LogWriter
from ..text import one_line, plural
from ..text.paths import expand_user
from .shutdown import ShutdownExporter

logger = logging.getLogger(__name__)

# Logs that have errors of this run in them (see NEW_RUN), also before the script was loaded anew.
_BEGUN: set[str] = set()


class SessionLog:
    """Appends errors to the file that the option names. Those that are read from a file of flows (`-r`) go only to a log that the user named: the log
    of a session is about what happened in it."""

    def __init__(self, ending: ShutdownExporter) -> None:
        self.path = ""
        # Anything that appends texts and can be closed.
        self.journal: Any = None
        self._ending = ending
        self._said: set[str] = set()

    def configure(self, path: str, *, changed: bool) -> None:
        """Takes the option over; `changed`: by the user, while mitmproxy runs. Raises ValueError if the file cannot be opened."""
        known: Any = ctx.options
        self._ending.own_log |= changed or known.has_changed("errors_log")
        # mitmdump ends when it has read the file, unless it is told to go on.
        serves = known.keepserving if "keepserving" in known else getattr(known, "server", True)
        if self._reads and not serves and not self._ending.own_log:
            path = ""
        if path == self.path:
            return
        journal = None
        if path:
            try:
                journal = LogWriter(Journal(expand_user(path), before=path == self._ending.log), self._failed, self._resumed)
            except (OSError, ValueError) as error:
                raise ValueError(
                    f"errors_log: {path!r} cannot be opened for appending ({getattr(error, 'strerror', None) or error}); "
                    "give a file in a folder that you may write to, or an empty value for no log"
                ) from None
        self.close()
        self.journal, self.path = journal, path
        self._ending.log = path
        if journal and journal.note:
            logger.warning(f"errors_log: {path!r}: {journal.note}")

    @property
    def _reads(self) -> bool:
        return bool(getattr(ctx.options, "rfile", None))

    def where(self) -> str:
        """What is written where, for the start."""
        mixed = self._reads and not self._ending.own_log
        if not self.path:
            return f"errors_log: errors are not logged{'; to log those of the file that is read (-r), name a log: --set errors_log=FILE' * mixed}"
        but = "; not those of the file that is read (-r), unless you name the log: --set errors_log=FILE" * mixed
        return one_line(f"errors_log: errors are appended to {expand_user(self.path).absolute()}{but}", 2_000)

    def append(self, records: Sequence[ErrorRecord], *, is_read: bool) -> None:
        """Appends records, unless they were read from a file of flows and the log is not for those."""
        if self.journal is not None and (self._ending.own_log or not (is_read and self._reads)):
            new, lines = self.path not in _BEGUN, [record.to_json() for record in records]
            self.journal.append(*(line + " " * (not at and new) for at, line in enumerate(lines)))
            _BEGUN.add(self.path)

    def written(self) -> Awaitable[None] | None:
        """What a hook returns, for mitmproxy to await: the answer goes on when its errors are in the file. None where that need not be awaited."""
        return self.journal.written() if isinstance(self.journal, LogWriter) else None

    def close(self) -> None:
        """Waits until all is written, and says what could not be."""
        lost = self.journal.close() if self.journal else 0
        if lost:
            logger.warning(f"errors_log: {self.path!r} could not be written to the end; {plural(lost, 'error is', 'errors are')} missing in it")
        self.journal, self.path = None, ""

    def _failed(self, error: OSError) -> None:
        says = f"errors_log: {self.path!r} cannot be written ({error.strerror or error}); going on without, and trying again at each error"
        self.say_once("log", says)

    def _resumed(self, resumed: Resumed) -> None:
        self._said.discard("log")
        logger.warning(f"errors_log: {self.path!r} is written again; {resumed}")

    def say_once(self, topic: str, text: str) -> None:
        """Warns, unless the same topic was warned about before and has not been well since."""
        if topic not in self._said:
            self._said.add(topic)
            logger.warning(text)
