"""Redactor: the names, the key and the marks that all redactions of a run share."""

from __future__ import annotations

import hmac
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from itertools import islice

from ..catalog import Backend
from ..catalog.entries import ADVISING
from ..exchange import Exchange
from ..exchange.clearing_cache import ClearingCache
from .earlier import EarlierSecrets
from .echoes import Earlier, SecretMatchers, nowhere
from .formats import Forms, jwt_facts
from .matchers import echo_of, without_an_end
from .redaction import Redaction, Unredacted
from .request_secrets import Sent, of_exchange
from .secret_names import Names

# Of more secrets, parts without their beginnings are not looked for.
_MOST_CUT = 64
_MOST_HARMLESS = 4096
_MOST_HEADERS = 200
_LONGEST_PATH = 2_000
_WORD, _PHRASE = re.compile("[A-Z]?[a-z]+|[A-Z]+"), re.compile(r"(?=\b([a-z]+ [a-z]+)\b)")


class Redactor:
    """What all redactions of a run share; `for_exchange` and `session` give what replaces (see `redaction`).

    `key` makes pseudonyms comparable between runs that share it; without one they are random. With `keep` nothing is replaced.
    """

    def __init__(self, backends: Iterable[Backend] = (), *, key: bytes | None = None, keep: bool = False) -> None:
        self._backends = tuple(backends)
        self.key, self.keep = key or os.urandom(32), keep
        self.names = Names(self._backends)
        self.forms = Forms(self.names)
        self._earlier = EarlierSecrets()
        self._harmless: ClearingCache[int, bool] = ClearingCache(_MOST_HARMLESS)
        words = (word for b in self._backends for route in b.routes for word in re.split(r"[^A-Za-z]+", re.sub(r"\{[^}]*\}", "", route.template)))
        self._path_words = frozenset(word.lower() for word in words if word)

    def for_exchange(self, exchange: Exchange) -> Redaction:
        """A redaction for what is said about one exchange: the secrets that the client sent are looked for too, since servers repeat them."""
        if self.keep:
            return self.session()
        # Ids are looked for where a random text is found, which is seldom.
        return self.session(*self.remember(exchange), partial(self._ids, exchange), partial(self._earlier.found, exchange.request.host))

    def remember(self, exchange: Exchange) -> Sent:
        """The secrets that an exchange was sent with. They are kept in mind as hashes: later answers may repeat them."""
        sent = of_exchange(exchange, self.names, self.forms, partial(self._ids, exchange), self._path_words, self._harmless)
        self._earlier.note(exchange.request.host, sent.values)
        return sent

    def session(
        self,
        echoes: Sequence[str] | Mapping[str, str] = (),
        whole: bool = True,
        ids: Callable[[], frozenset[str]] = frozenset,
        earlier: Earlier = nowhere,
    ) -> Redaction:
        """A redaction for one record, which counts; `echoes` are secrets of the request that the answer might repeat, or these with their
        kinds, and with `whole` there are no more. `ids` gives those that stay although they are random, `earlier` where a text has
        secrets of earlier requests."""
        cut = len(echoes) <= _MOST_CUT
        kinds = echoes if isinstance(echoes, Mapping) else dict.fromkeys(echoes, "secret")
        matchers = [
            matcher
            for value, kind in kinds.items()
            if (matcher := echo_of(value, lambda: self.vocabulary, cut=cut, kind=kind, phrases=lambda: self._phrases))
        ]
        matchers += [more for matcher in matchers for more in without_an_end(matcher)] if cut else []
        return (Unredacted if self.keep else Redaction)(self, SecretMatchers(matchers, whole=whole, earlier=earlier), ids)

    def _ids(self, exchange: Exchange) -> frozenset[str]:
        """The ids that an exchange names: those of app, installation, request and trace in headers and path, that of the object in the answer."""
        parts = (exchange.request, exchange.response)
        fields = (field for part in parts if part for field in islice(part.headers.fields, _MOST_HEADERS))
        found = {value.strip().strip('"') for name, value in fields if self.names.of_ids[name] and not self.names.header[name]}
        for backend in self._backends if len(path := exchange.request.path) <= _LONGEST_PATH else ():
            if match := backend.match_route(path):
                found.add(match.groupdict().get(backend.app_id.route) or "")
        answer = exchange.response.body.object if exchange.response else {}
        found.update(value for name, value in islice(answer.items(), _MOST_HEADERS) if isinstance(value, str) and self.names.of_ids[name])
        return frozenset(found)

    def pseudonym(self, value: str) -> str:
        """Six hex digits that stand for a value under this key."""
        return hmac.digest(self.key, value.encode("utf-8", "surrogatepass"), "sha256")[:3].hex()

    def mark(self, kind: str, value: str) -> str:
        """What stands in the place of a secret."""
        detail = f" {facts}" if kind == "jwt" and (facts := jwt_facts(value)) else ""
        return f"<{kind} {len(value)} chars{detail} #{self.pseudonym(value)}>"

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The words of the catalogs, in small letters: they stand in messages, whatever was sent."""
        return self.names.everyday.union(self._path_words, map(str.lower, set(_WORD.findall(self._prose))))

    @cached_property
    def _phrases(self) -> frozenset[str]:
        """Two words that follow on each other in the catalogs, in small letters: sentences of the servers are made of them."""
        return frozenset(_PHRASE.findall(self._prose.lower()))

    @cached_property
    def _prose(self) -> str:
        return "\n".join(b.tables.prose() for b in self._backends)

    def is_ours(self, text: str) -> bool:
        """Whether a text is a catalog's own, word for word: an example in it, such as `{"password": "abc"}`, is nobody's secret."""
        return text in self.ours

    @cached_property
    def ours(self) -> frozenset[str]:
        """The catalogs' own texts: names, meanings, fixes."""
        advices = [told.advice for b in self._backends for kind in ADVISING for told in b.tables.of(kind)]
        texts = (text for told in advices for text in (told.meaning, told.doc, *(fix.do for fix in told.fix), *told.sdk.values()))
        return frozenset((*(entry.name for b in self._backends for entry in b.entries), *texts))
