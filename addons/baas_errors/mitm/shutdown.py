"""What the addon does when mitmproxy ends: writes the files that were asked for, and gives the exit status.

The object that does so stands last in mitmproxy's chain, so that no other addon's end is cut short by the exit status; it also stays when the script
is loaded anew, and with it what was found before. What writes files is imported when it is first needed: mitmproxy starts without.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from mitmproxy import ctx, http
from mitmproxy.log import ALERT

from ..exchange import Exchange
from ..pipeline import naming
from ..record import ErrorRecord
from ..record.summary import Summary
from ..text import one_line, plural
from ..text.paths import expand_user

if TYPE_CHECKING:
    from ..redact import Redactor
    from ..reports.disk_buffer import DiskBuffer

logger = logging.getLogger(__name__)


class ShutdownExporter:
    """Collects what was found, and acts on it when mitmproxy ends."""

    name = "baas_errors_ending"

    def __init__(self) -> None:
        self.paths: tuple[str, ...] = ()
        self.exit_code = False
        self._spool: DiskBuffer | None = None
        # The log that was opened last: where the script is loaded anew while it cannot be written, it may be later.
        self.log = ""
        # Whether the user named it.
        self.own_log = False
        # Whether mitmproxy has started; the script may be loaded anew.
        self.runs = False
        # Errors for which there was not even a spool.
        self._unkept = 0
        # Those that came before a file was asked for.
        self._before = 0
        self.summary = Summary()
        # Asked for each answer after all other addons, where one of them may have replaced it.
        self.late: Callable[[http.HTTPFlow], Awaitable[None] | None] | None = None

    def response(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        """Looks at what became of an answer."""
        return self.late(flow) if self.late else None

    def configure_exports(self, paths: Sequence[str], log: str) -> None:
        """Takes the files to write; raises ValueError that names the option if one is a folder, the log, or has a suffix that names no format."""
        for path in paths:
            from ..formats import suffix_of

            with naming("errors_export"):
                refuse_target(path, log)
                if expand_user(path).is_dir():
                    raise ValueError(f"{path!r} is a folder; give the name of a file in it, such as {str(Path(path, 'errors.html'))!r}")
                suffix_of(path)
        self.paths = tuple(dict.fromkeys(paths))

    def add(self, records: Sequence[ErrorRecord], exchange: Callable[[], Exchange], redactor: Redactor, worked: Exchange | None = None) -> None:
        """Keeps the errors of one exchange, which is made only if a file is to be written, and the last one like it that worked. Raises OSError if
        they cannot be kept."""
        if not self.paths:
            self._before += len(records)
            return
        from ..reports.redacted_exchange import clean

        if self._spool is None:
            from ..reports.disk_buffer import DiskBuffer

            try:
                self._spool = DiskBuffer()
            except OSError:
                self._unkept += len(records)
                raise
        self._spool.add(records, lambda: clean(exchange(), redactor), lambda: clean(worked, redactor) if worked else None)

    def clear(self) -> None:
        """Forgets what was found."""
        self.summary.clear()
        self._unkept = self._before = 0
        if self._spool is not None:
            self._spool.close()
            self._spool = None

    def done(self) -> None:
        """Writes the files, then ends mitmproxy with status 1 if that was asked for or a file could not be written."""
        failed = not self._write() if self.paths else False
        found = self.summary.total > 0
        self.clear()
        if failed or (found and self.exit_code):
            sys.exit(1)

    def _write(self) -> bool:
        from ..formats import write
        from ..reports.group import merged

        spool = self._spool
        notes = []
        try:
            found = merged(spool or ())
        except OSError as error:
            logger.error(f"errors_export: what was kept cannot be read ({error.strerror or error}); nothing was written")
            return False
        if spool is not None and spool.without_exchange:
            notes.append(f"Of {plural(spool.without_exchange, 'error')} only the record was kept: there was too much to keep it all.")
        if left_out := self._unkept + (spool.left_out if spool else 0):
            missing = plural(left_out, "more error is", "more errors are")
            notes.append(f"{missing} missing here: there were too many to keep, or no room on the disk. The log has what could be written.")
        if self._before:
            notes.append(f"{plural(self._before, 'error')} from before errors_export was set: only the log has what was found then.")
        well = True
        for path in self.paths:
            try:
                write(Path(path), found, notes=notes)
            except (OSError, ValueError) as error:
                well = False
                logger.error(f"errors_export: {path!r} cannot be written ({getattr(error, 'strerror', None) or error})")
            else:
                logging.log(ALERT, one_line(f"errors_export: wrote {plural(len(found), 'error')} to {path}", 2_000))
        return well


def refuse_target(path: str, log: str) -> None:
    """Raises ValueError for the log, and for a pipe: writing to one waits for its reader, and all traffic with it."""
    if log and os.path.realpath(expand_user(path)) == os.path.realpath(expand_user(log)):
        raise ValueError(f"{path!r} is the log (errors_log), which is written all the time; give another name")
    with suppress(OSError):
        if expand_user(path).is_fifo():
            raise ValueError(f"{path!r} is a pipe, and mitmproxy would stand still until it is read; give the name of a file")


_of_masters: WeakKeyDictionary[Any, ShutdownExporter] = WeakKeyDictionary()


def ending() -> ShutdownExporter:
    """The one object of its kind in this mitmproxy, also when the script is loaded anew."""
    if ctx.master not in _of_masters:
        _of_masters[ctx.master] = ShutdownExporter()
    return _of_masters[ctx.master]


def put_last(item: ShutdownExporter) -> None:
    """Adds the object at the end of mitmproxy's chain, unless it is there or has nothing to do: mitmproxy asks all it has at each event."""
    addons: Any = ctx.master.addons  # which has no types
    if (item.paths or item.exit_code or item.late) and addons.get(ShutdownExporter.name) is None:
        addons.add(item)
