"""What was searched for secrets and held none is not searched again: the records of a file repeat each other."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any, cast

from ..record import ErrorRecord
from ..redact import Redaction, Redactor

# Beyond this many, and for longer ones, the search costs what it costs.
MOST_TEXTS = 50_000
LONGEST_TEXT = 4_000
MOST_RECORDS = 5_000

# What sets one repeat apart from the next, and can hold no secret; the identifier of a flow is looked at.
_OWN = {"timestamp", "flow_id", "sdk", "known", "index", "port", "status", "duration_ms", "redactions"}
_facts = attrgetter(*(field.name for field in fields(ErrorRecord) if field.name not in _OWN))
_FLOW_ID = re.compile(r"[0-9a-f-]{0,36}")


class Searched:
    """Stands for a redactor whose sessions pass by texts that are known to hold no secret. Only one run's texts are known, and only so many."""

    def __init__(self, redactor: Redactor) -> None:
        self.redactor = redactor
        # What is a secret in a URL may be none in a sentence: each way of searching has texts of its own.
        self.harmless: dict[str, set[str]] = {"text": set(), "shaped": set(), "url": set()}
        self.records: set[tuple[Any, ...]] = set()

    def cleaned(self, record: ErrorRecord, clean: Callable[[ErrorRecord, Redactor], ErrorRecord]) -> ErrorRecord:
        """A record as `clean` makes it; itself, if one that says the same came out as it went in."""
        flow = "" if _FLOW_ID.fullmatch(record.flow_id) else record.flow_id
        facts = (_facts(record), tuple(record.sdk.items()), flow)
        if facts in self.records:
            return record
        shown = clean(record, self.as_redactor())
        if shown == record:
            if len(self.records) >= MOST_RECORDS:
                self.records.clear()
            self.records.add(facts)
        return shown

    def as_redactor(self) -> Redactor:
        """What is handed to those who need nothing but sessions."""
        return cast(Redactor, self)

    def session(self) -> Any:
        """As a redactor's."""
        return _Session(self.redactor.session(), self.harmless)


class _Session:
    """One record's worth of replacements, as of the redaction behind it."""

    def __init__(self, redaction: Redaction, harmless: dict[str, set[str]]) -> None:
        self._redaction = redaction
        self._harmless = harmless

    def __getattr__(self, name: str) -> Any:
        return getattr(self._redaction, name)

    def text(self, text: str) -> str:
        """A text without the secrets in it."""
        return text if text in self._harmless["text"] else self._search("text", self._redaction.text, text)

    def shaped(self, text: str) -> str:
        """A name of ours without what is a secret by its form."""
        return text if text in self._harmless["shaped"] else self._search("shaped", self._redaction.shaped, text)

    def url(self, url: str) -> str:
        """A URL without its secrets."""
        return url if url in self._harmless["url"] else self._search("url", self._redaction.url, url)

    def _search(self, way: str, search: Callable[[str], str], text: str) -> str:
        shown = search(text)
        # A mark of an earlier redaction stays as it is and is counted all the same: texts with one must be searched each time.
        if shown == text and not self._redaction.count and len(text) <= LONGEST_TEXT:
            known = self._harmless[way]
            if len(known) >= MOST_TEXTS:
                known.clear()
            known.add(text)
        return shown
