"""Redaction: one record's worth of replacements."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..exchange import Request
from . import request_secrets
from .echoes import SecretMatchers
from .encodings import may_be_base64
from .placeholders import is_marked, without_marks
from .secret_names import is_credential
from .truncate import LONGEST_TEXT, LONGEST_URL, MOST_WORK, affordable, beginning, shortened
from .unsearched import known_words
from .walk import Walk

if TYPE_CHECKING:
    from .redactor import Redactor

_SHORTEST_KEY = 12
_MARK_END = re.compile(r" #([0-9a-f]{6})>\Z")


class Redaction(Walk):
    """Takes the secrets out of what is said about one exchange, and counts them."""

    def __init__(self, redactor: Redactor, sought: SecretMatchers, ids: Callable[[], frozenset[str]] = frozenset) -> None:
        super().__init__(redactor.names, redactor.forms, ids, sought)
        self._redactor = redactor
        self._replaced: set[str] = set()
        self._made: set[str] = set()
        self._left = [MOST_WORK if sought.whole else MOST_WORK // 3]

    @property
    def count(self) -> int:
        """How many different values were replaced."""
        return len(self._replaced)

    @property
    def added(self) -> int:
        """How many of these were no marks already, as they are in texts that were redacted before."""
        return sum(not is_marked(value, self._names.is_app) for value in self._replaced)

    @property
    def is_whole(self) -> bool:
        """Whether every secret of the request is known; of the server's texts only words that all catalogs use are shown otherwise."""
        return self._sought.whole

    def replace(self, kind: str, value: str) -> str:
        """What stands in the place of a secret, which is counted."""
        if is_marked(value, self._names.is_app):
            # What comes from a file that was redacted before keeps the pseudonym that it was given; what stands here is counted already.
            if value not in self._made:
                self._replaced.add(value)
            return value
        self._replaced.add(value)
        mark = self._redactor.mark(kind, value)
        self._made.add(mark)
        return mark

    def pseudonym(self, value: str) -> str:
        """Six hex digits that stand for a value: those in its mark, also where it was redacted before."""
        # What stands before the first space of a mark may be gone: it looks like the scheme of an Authorization header.
        match = _MARK_END.search(value)
        return match[1] if match else self._redactor.pseudonym(value)

    def _copy(self) -> Redaction:
        twin = type(self).__new__(type(self))
        vars(twin).update(vars(self))
        return twin

    def branch(self) -> Redaction:
        """One that has replaced what this one has, and goes on counting by itself."""
        twin = self._copy()
        twin._replaced, twin._made = set(self._replaced), set(self._made)
        return twin

    def of_sent(self, request: Request) -> Redaction:
        """The same redaction for what the client itself sent, where names are secret that are none in an answer."""
        twin = self._copy()
        twin._sent, twin._also = True, request_secrets.one_time_names(request)
        return twin

    def text(self, text: str) -> str:
        """A text without the secrets in it; one that is JSON is read as such."""
        if self._sought.whole or self._sent:
            return super().text(text)
        return self._running(text)

    def _running(self, text: str) -> str:
        shown = super()._running(text)
        return shown if self._sought.whole or self._sent else known_words(shown, self._redactor.vocabulary)

    def redact_truncated(self, text: str, most: int = LONGEST_TEXT) -> str:
        """As `text`, of a text that may be of any length: at most so many characters, and a word on what was cut."""
        most, margin = affordable(text, most, self._left, 1 + len(self._echoes) // 32 + 4 * (may_be_base64(text[:most]) is not None))
        return shortened(self.text(beginning(text, most, margin)), most, len(text), margin)

    def redact_forms_only(self, text: str) -> str:
        """A text of our own, in which whatever was quoted is redacted already: only what shows itself by its form is replaced.

        `the token: the app lost it` would read as a token and its value in anybody else's text.
        """
        return self._shown(text, may_be_base64(text)) if text else text

    def path(self, path: str) -> str:
        """A path with one mark for every secret, so that it is the same from run to run; a very long one is cut."""
        twin, sure = self, self._sought.sure()
        if sure is not self._sought:
            twin = type(self)(self._redactor, sure, self._ids)
            twin._replaced, twin._made = self._replaced, self._made
        return shortened(without_marks(twin.text(beginning(path, LONGEST_URL)), "{secret}"), LONGEST_URL, len(path))

    def url(self, url: str) -> str:
        """A URL without userinfo, and without the values of secret parameters, however encoded; a very long one is cut."""
        return shortened(super().url(beginning(url, LONGEST_URL)), LONGEST_URL, len(url))

    def redact_value(self, name: str, value: str) -> str:
        """A value as it may be shown under a name: replaced whole where the name says that it is secret."""
        return self._take("secret", value) if value and self._is_secret(name, value) else self.text(value)

    def header_name(self, name: str) -> str:
        """The name of a header: one in which a part looks like a key is one that was put in the wrong place."""
        if len(name) >= _SHORTEST_KEY and any(map(is_credential, re.split("[-_.]", name))):
            return self.replace("secret", name)
        return self.key(name)


class Unredacted(Redaction):
    """Leaves everything as it is."""

    def _as_it_is(self, text: Any, *_: Any) -> Any:
        return text

    def _value_as_it_is(self, _name: str, value: Any) -> Any:
        return value

    _same: Any = _as_it_is
    text = url = path = query = json_text = document = key = value = _same
    redact_truncated = redact_forms_only = redact_format = header_name = _same
    _same_value: Any = _value_as_it_is
    header = redact_value = part = _same_value
