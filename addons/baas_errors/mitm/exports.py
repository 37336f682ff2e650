"""What the commands write: the errors in flows, to a file or as support tickets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from mitmproxy import flow, http

from ..formats import Occurrence, suffix_of, write
from ..formats.write_file import write_text
from ..history import ExchangeFacts
from ..history.last_worked import LastWorked
from ..reports.group import merged, occurrences_of
from ..reports.redacted_exchange import clean
from ..reports.ticket import ticket
from ..text import one_line, plural
from ..text.paths import expand_user
from .convert import message_exchange, to_exchange
from .inspector import Inspector


def export(flows: Iterable[flow.Flow], path: str, watch: Inspector, *, tickets: bool) -> str:
    """Writes the errors in flows, or support tickets for them, to a file and says so; raises ValueError if that cannot be done, or if there are
    none."""
    if tickets and Path(path).suffix.lower() != ".md":
        raise ValueError(f"{path!r}: support tickets are Markdown; give a name that ends in .md")
    suffix_of(path)
    looked_at = [item for item in flows if isinstance(item, http.HTTPFlow)]
    kept = LastWorked()
    found = merged(occurrence for item in looked_at for occurrence in _occurrences(item, watch, kept))
    if tickets:
        found = [occurrence for occurrence in found if not occurrence.record.injected]  # nothing for support
    if not found:
        where = f"in the {plural(len(looked_at), 'flow')} given" if looked_at else "since no HTTP flow was given"
        raise ValueError(f"No backend error {where}; nothing was written")
    try:
        if tickets:
            write_text(Path(path), ticket(found))
        else:
            write(Path(path), found)
    except OSError as error:
        raise ValueError(f"{path!r} cannot be written ({error.strerror or error})") from None
    return one_line(f"Wrote {'support tickets for ' * tickets}{plural(len(found), 'error')} to {expand_user(path).absolute()}", 2_000)


def _occurrences(item: http.HTTPFlow, watch: Inspector, kept: LastWorked) -> Iterator[Occurrence]:
    for message in (None, *(item.websocket.messages if item.websocket else ())):
        records = watch.records_again(item, message)
        backend = watch.backend_of(item) if message is None else None
        if not records and not backend:
            continue
        exchange = to_exchange(item) if message is None else message_exchange(item, message.content, message.timestamp)
        before = kept.before(ExchangeFacts(exchange, backend, watch.pipeline.memory), records) if backend else None
        if records:
            redactor = watch.pipeline.redactor
            shown, worked = clean(exchange, redactor), clean(before, redactor) if before else None
            yield from occurrences_of(records, shown, worked=worked)
