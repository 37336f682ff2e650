"""Redactor: the names, the key and the marks that all redactions of a run share."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence

from ..catalog import Backend
from ..catalog.entries import ADVISING
from ..exchange import Exchange
from .echoes import SecretMatchers, echo_of
from .formats import Forms
from .request_secrets import of_exchange
from .secret_names import Names
from .session import NOTHING, Redaction
from .settings import Shared

# Words that messages are made of, beside those of the catalogs.
_EVERYBODYS = frozenset((
    "and", "any", "are", "bad", "can", "code", "data", "date", "error", "false", "field", "file", "for", "from", "get", "got", "has", "have", "id",
    "ids", "int", "item", "key", "list", "login", "mail", "name", "new", "nil", "no", "none", "not", "null", "number", "object", "old", "ok", "one",
    "only", "or", "pass", "path", "post", "put", "query", "read", "request", "same", "server", "set", "size", "string", "test", "text", "that",
    "the", "this", "time", "to", "token", "true", "type", "unknown", "url", "use", "used", "user", "users", "value", "was", "with", "you", "your",
))  # fmt: skip


class Redactor:
    """Replaces secrets in texts, URLs, headers and JSON, and counts them.

    `key` makes pseudonyms comparable between runs that share it; without one they are random. With `keep` nothing is replaced.
    """

    def __init__(self, backends: Iterable[Backend] = (), *, key: bytes | None = None, keep: bool = False) -> None:
        self._backends = tuple(backends)
        names = Names(self._backends)
        self.shared = Shared(names, key or os.urandom(32), keep, Forms(names))
        words = (word for b in self._backends for route in b.routes for word in re.split(r"[^A-Za-z]+", re.sub(r"\{[^}]*\}", "", route.template)))
        self._path_words = frozenset(word.lower() for word in words if word)
        self._words: frozenset[str] | None = None
        self._ours: frozenset[str] | None = None

    def for_exchange(self, exchange: Exchange) -> Redaction:
        """A redaction for what is said about one exchange: the secrets that the client sent are looked for too, since servers repeat them."""
        return self.session([] if self.shared.keep else of_exchange(exchange, self.shared.names, self._path_words))

    def session(self, echoes: Sequence[str] = ()) -> Redaction:
        """A redaction for one record, which counts; `echoes` are secrets of the request that the answer might repeat."""
        matchers = [matcher for value in echoes if (matcher := echo_of(value, self.vocabulary))]
        return Redaction(self.shared, SecretMatchers(matchers) if matchers else NOTHING)

    def vocabulary(self) -> frozenset[str]:
        """The words of the catalogs, in small letters: they stand in messages, whatever was sent."""
        if self._words is None:
            texts = (
                text
                for b in self._backends
                for entry in b.entries
                for text in (entry.name, entry.advice.meaning, *(fix.do for fix in entry.advice.fix))
            )
            found = {word.lower() for text in texts for word in re.findall("[A-Z]?[a-z]+|[A-Z]+", text)}
            self._words = _EVERYBODYS | self._path_words | found
        return self._words

    def is_ours(self, text: str) -> bool:
        """Whether a text is a catalog's own, word for word: an example in it, such as `{"password": "abc"}`, is nobody's secret."""
        if self._ours is None:
            backends = self._backends
            advices = [told.advice for b in backends for kind in ADVISING for told in b.tables.of(kind)]
            names = [entry.name for b in backends for entry in b.entries]
            self._ours = frozenset(
                (*names, *(text for told in advices for text in (told.meaning, told.doc, *(fix.do for fix in told.fix), *told.sdk.values())))
            )
        return text in self._ours
