"""What the commands write: the errors in flows, to a file or as support tickets."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mitmproxy import flow, http

from ..formats import Occurrence, format_for, write
from ..formats.write_file import write_text
from ..reports.dedupe import merged
from ..reports.redacted_exchange import clean
from ..reports.ticket import ticket
from ..text import one_line, plural
from ..text.paths import expand_user
from .convert import message_exchange, to_exchange
from .inspector import Inspector
from .shutdown import is_pipe


def export(flows: Iterable[flow.Flow], path: str, watch: Inspector) -> str:
    """Writes the errors in flows to a file and says so; raises ValueError if that cannot be done, or if there are none."""
    format_for(path)
    found = _found(flows, watch)
    _written(path, lambda: write(Path(path), found))
    return one_line(f"Wrote {plural(len(found), 'error')} to {expand_user(path).absolute()}", 2_000)


def write_tickets(flows: Iterable[flow.Flow], path: str, watch: Inspector) -> str:
    """Writes support tickets for the errors in flows and says so; raises ValueError if that cannot be done, or if there are none."""
    if Path(path).suffix.lower() != ".md":
        raise ValueError(f"{path!r}: support tickets are Markdown; give a name that ends in .md")
    found = _found(flows, watch)
    _written(path, lambda: write_text(Path(path), ticket(found)))
    return one_line(f"Wrote support tickets for {plural(len(found), 'error')} to {expand_user(path).absolute()}", 2_000)


def _written(path: str, act: Any) -> None:
    if is_pipe(path):
        raise ValueError(f"{path!r} is a pipe, and mitmproxy would stand still until it is read; give the name of a file")
    try:
        act()
    except OSError as error:
        raise ValueError(f"{path!r} cannot be written ({error.strerror or error})") from None


def _found(flows: Iterable[flow.Flow], watch: Inspector) -> list[Occurrence]:
    looked_at = [item for item in flows if isinstance(item, http.HTTPFlow)]
    found = merged(occurrence for item in looked_at for occurrence in _occurrences(item, watch))
    if not found:
        where = f"in the {plural(len(looked_at), 'flow')} given" if looked_at else "since no HTTP flow was given"
        raise ValueError(f"No backend error {where}; nothing was written")
    return found


def _occurrences(item: http.HTTPFlow, watch: Inspector) -> Iterable[Occurrence]:
    redactor = watch.pipeline.redactor
    if records := watch.records_again(item, None):
        shown = clean(to_exchange(item), redactor)
        yield from (Occurrence(record, shown) for record in records)
    for message in item.websocket.messages if item.websocket else ():
        if records := watch.records_again(item, message):
            shown = clean(message_exchange(item, message.content, message.timestamp), redactor)
            yield from (Occurrence(record, shown) for record in records)
