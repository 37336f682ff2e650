"""Redactor: the names, the key and the marks that all redactions of a run share."""

from __future__ import annotations

import hmac
import os
import re
import weakref
from collections.abc import Iterable

from ..catalog import Backend
from ..exchange import Exchange
from .forms import jwt_facts
from .harmless import Harmless
from .names import Names
from .redaction import Redaction
from .repeats import Echo, Encoded, echo_of
from .sent import of_exchange

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
        self._key = key or os.urandom(32)
        self.keep = keep
        self._backends = tuple(backends)
        self.names = Names(self._backends)
        words = (word for b in self._backends for route in b.routes for word in re.split(r"[^A-Za-z]+", re.sub(r"\{[^}]*\}", "", route.template)))
        self._path_words = frozenset(word.lower() for word in words if word)
        self._words: frozenset[str] | None = None
        # Texts that hold no form of a secret, and texts that hold nothing else either, whatever the request's own secrets are.
        self.formless, self.harmless = Harmless(), Harmless()
        # The secrets of the exchange that was last asked for, as long as somebody else holds the exchange: its errors are told one by one.
        self._last: tuple[weakref.ref[Exchange], tuple[Echo, ...], Encoded] | None = None

    def pseudonym(self, value: str) -> str:
        """Six hex digits that stand for a value under this key."""
        return hmac.digest(self._key, value.encode("utf-8", "surrogatepass"), "sha256")[:3].hex()

    def mark(self, kind: str, value: str) -> str:
        """What stands in the place of a secret."""
        detail = f" {facts}" if kind == "jwt" and (facts := jwt_facts(value)) else ""
        return f"<{kind} {len(value)} chars{detail} #{self.pseudonym(value)}>"

    def for_exchange(self, exchange: Exchange) -> Redaction:
        """A redaction for what is said about one exchange: the secrets that the client sent are looked for too, since servers repeat them."""
        if self.keep:
            return Redaction(self)
        last = self._last
        if last is None or last[0]() is not exchange:
            found = (echo_of(value, self.vocabulary) for value in of_exchange(exchange, self.names, self._path_words))
            echoes = tuple(echo for echo in found if echo)
            self._last = last = (weakref.ref(exchange, self._forget), echoes, Encoded(echoes))
        return Redaction(self, last[1], last[2])

    def session(self, echoes: Iterable[str] = ()) -> Redaction:
        """A redaction for one record, which counts; `echoes` are secrets of the request that the answer might repeat."""
        found = tuple(echo for value in echoes if (echo := echo_of(value, self.vocabulary)))
        return Redaction(self, found, Encoded(found))

    def _forget(self, gone: weakref.ref[Exchange]) -> None:
        if self._last is not None and self._last[0] is gone:
            self._last = None

    def vocabulary(self) -> frozenset[str]:
        """The words of the catalogs, in small letters: they stand in messages, whatever was sent."""
        if self._words is None:
            texts = (text for b in self._backends for entry in b.entries for text in (entry.name, entry.advice.meaning, *entry.advice.fix))
            found = {word.lower() for text in texts for word in re.findall("[A-Z]?[a-z]+|[A-Z]+", text)}
            self._words = _EVERYBODYS | self._path_words | found
        return self._words

    def is_secret_header(self, name: str) -> bool:
        """Whether a header's value is secret by its name."""
        return self.names.header[name]

    def is_secret_name(self, name: str) -> bool:
        """Whether the value of a body's key is secret by its name."""
        return self.names.body[name]

    def is_secret_parameter(self, name: str) -> bool:
        """Whether the value of a query parameter is secret by its name."""
        return self.names.parameter[name]
