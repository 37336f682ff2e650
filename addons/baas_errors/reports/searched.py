"""Records that were searched for secrets and held none are not searched again: those of a file repeat each other."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any

from ..exchange.clearing_cache import ClearingCache
from ..record import ErrorRecord
from ..redact import Redactor

# Beyond this many the search costs what it costs. Texts that stand in different records are known to the redactor.
MOST_RECORDS = 5_000

# What sets one repeat apart from the next, and can hold no secret; the identifier of a flow is looked at.
_OWN = {"timestamp", "flow_id", "sdk", "known", "index", "port", "status", "duration_ms", "redactions"}
_facts = attrgetter(*(field.name for field in fields(ErrorRecord) if field.name not in _OWN))
_FLOW_ID = re.compile(r"[0-9a-f-]{0,36}")


class Searched:
    """The records of one run that came out of their cleaning as they went in; only so many are known."""

    def __init__(self, redactor: Redactor) -> None:
        self.redactor = redactor
        self.records: ClearingCache[tuple[Any, ...], None] = ClearingCache(MOST_RECORDS)

    def cleaned(self, record: ErrorRecord, clean: Callable[[ErrorRecord, Redactor], ErrorRecord]) -> ErrorRecord:
        """A record as `clean` makes it; itself, if one that says the same came out as it went in."""
        flow = "" if _FLOW_ID.fullmatch(record.flow_id) else record.flow_id
        facts = (_facts(record), tuple(record.sdk.items()), flow)
        if facts in self.records:
            return record
        shown = clean(record, self.redactor)
        if shown == record:
            self.records[facts] = None
        return shown
