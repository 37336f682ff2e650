"""What happened so far, in a bounded table: repeats of one error are one row."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from ..text import one_line, plural, width
from . import ErrorRecord

# Rows are dropped, rarest and oldest first, beyond this many kinds of error; the total goes on counting.
MOST_ROWS = 5_000
# The columns from this one on may stand on a line of their own.
REQUEST = 3
# Users are told apart up to so many of one kind, and so many of all kinds together.
MOST_USERS, USER_ROOM = 1_000, 50_000


@dataclass(slots=True)
class Row:
    """One kind of error: how often, since when, until when, and the last request id."""

    type: str
    code: str
    method: str
    url_template: str
    count: int
    first: str
    last: str
    request_id: str
    users: set[str] = field(default_factory=set)

    @property
    def often(self) -> str:
        """How often, by how many users, since when."""
        return how_often(self.count, len(self.users), self.first, self.last, more=len(self.users) >= MOST_USERS)


def how_often(count: int, users: int, first: str, last: str, *, more: bool = False) -> str:
    """`6 times, 4 users, since 12:29 UTC`, from the numbers of errors and users (`more`: or more), and the first and the last time; with the date if
    that changed."""
    who = f", {users:,}+ users" if more else f", {plural(users, 'user')}" if users else ""
    start = first[11:16] if first[:10] == last[:10] else first[:16].replace("T", " ")
    return f"{plural(count, 'time')}{who}, since {start} UTC" if count > 1 else f"once{who}, at {first[11:19]} UTC"


class Summary:
    """Counts records by fingerprint."""

    def __init__(self) -> None:
        self._rows: OrderedDict[str, Row] = OrderedDict()
        self._user_room = USER_ROOM
        self.total = 0
        self.dropped = 0

    def add(self, record: ErrorRecord) -> None:
        """Counts one record."""
        self.total += 1
        row = self._rows.get(record.fingerprint)
        if row is not None:
            row.count += 1
            self._count_user(row, record.user)
            # Captures need not be in the order of time.
            row.first, row.last = min(row.first, record.timestamp), max(row.last, record.timestamp)
            row.request_id = one_line(record.request_id, 80) or row.request_id
            return
        if len(self._rows) >= MOST_ROWS:
            self._drop_one()
        self._rows[record.fingerprint] = Row(
            one_line(record.type, 160),
            one_line(record.code, 40) if record.code is not None else "",
            one_line(record.method, 20),
            one_line(record.url_template, 200),
            1,
            record.timestamp,
            record.timestamp,
            one_line(record.request_id, 80),
        )
        self._count_user(self._rows[record.fingerprint], record.user)

    def _count_user(self, row: Row, user: str) -> None:
        name = one_line(user, 80)
        if name and name not in row.users and len(row.users) < MOST_USERS and self._user_room > 0:
            row.users.add(name)
            self._user_room -= 1

    def _drop_one(self) -> None:
        rare = self._rows.pop(min(islice(self._rows, 50), key=lambda name: self._rows[name].count))
        self._user_room += len(rare.users)
        self.dropped += 1

    def clear(self) -> None:
        """Forgets everything."""
        self._rows.clear()
        self.total = self.dropped = 0
        self._user_room = USER_ROOM

    def rows(self) -> list[Row]:
        """The rows, most frequent first."""
        return sorted(self._rows.values(), key=lambda row: (-row.count, row.type, row.url_template))

    def table(self, most: int = 30, columns: int = 0) -> str:
        """A table, or a sentence if nothing was recorded. Where rows are wider than a terminal's `columns`, each takes two lines."""
        if not self.total:
            return "No backend errors were seen."
        rows = self.rows()
        cells = [("how often", "error", "code", "request", "last request id")]
        cells += [(row.often, row.type, row.code, f"{row.method} {row.url_template}".strip(), row.request_id) for row in rows[:most]]
        users = len(set().union(*(row.users for row in rows)))
        hit = f", {plural(users, 'user')}" if users else ""
        lines = [f"{plural(self.total, 'backend error')} of {plural(len(rows), 'kind')}{hit}:", *_aligned(cells, columns)]
        if len(rows) > most:
            lines.append(f"  ... and {plural(len(rows) - most, 'more kind')}")
        if self.dropped:
            lines.append(f"  ({plural(self.dropped, 'rare kind')} no longer listed)")
        return "\n".join(lines)

    def data(self) -> list[list[str]]:
        """The rows as texts under a line of headings, for tables that others draw."""
        head = ["count", "users", "error", "code", "request", "first", "last", "last request id"]
        rows = (
            (str(r.count), str(len(r.users) or ""), r.type, r.code, f"{r.method} {r.url_template}".strip(), r.first, r.last, r.request_id)
            for r in self.rows()
        )
        return [head, *map(list, rows)]


def _aligned(cells: Sequence[Sequence[str]], most: int) -> Iterable[str]:
    """Lines in which columns stand under each other; empty columns are left out. Where that is wider than `most`, the request stands on a line of its
    own below the error; 0 is for any width."""
    columns = [n for n in range(len(cells[0])) if any(row[n] for row in cells[1:])]
    widths: dict[int, int] = {n: max(width(row[n]) for row in cells) for n in columns}
    first = columns if not most or sum(widths.values()) + 2 * len(columns) <= most else [n for n in columns if n < REQUEST]
    for row in cells:
        shown = [row[n] + " " * (widths[n] - width(row[n])) for n in first]
        yield "  " + "  ".join(shown).rstrip()
        if first != columns and row is not cells[0]:
            yield f"      {row[REQUEST]}{f', last request id {row[-1]}' if row[-1] else ''}"
