"""Redaction: one record's worth of replacements."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..exchange import Request
from ..exchange.json_reader import DEEPEST, compact
from ..exchange.placeholders import shows_nothing
from . import headers, paths, request_secrets
from .echoes import SecretMatchers, without_beginning, without_repeats
from .encodings import may_be_base64, parameter_decoded, without_hidden
from .formats import is_card
from .named_values import Named, replaced
from .placeholders import is_marked, spliced, without_marks
from .randomness import random_parts
from .secret_names import folded, is_complaint, is_credential
from .truncate import LONGEST_TEXT, LONGEST_URL, MOST_WORK, affordable, beginning, shortened
from .unsearched import known_words

if TYPE_CHECKING:
    from .redactor import Redactor

# JSON in JSON, and encodings in encodings, are read to this depth; what is nested deeper is read as text.
_MOST_NESTED = 2
# No form is shorter, and no name with a value.
_PLAIN = 12
_SMALLEST_CARD = 10**12
# In a shown query: so that a placeholder is legible in it.
_UNQUOTED = "<># /:,{}\"'[]$"
_LONGEST_NOTHING = 40
_MARK_END = re.compile(r" #([0-9a-f]{6})>\Z")
NOTHING = SecretMatchers()


class Redaction:
    """Takes the secrets out of what is said about one exchange, and counts them."""

    def __init__(self, redactor: Redactor, sought: SecretMatchers, ids: Callable[[], frozenset[str]] = frozenset) -> None:
        self._redactor, self._ids = redactor, ids
        self._names, self._forms, self._keep = redactor.names, redactor.forms, redactor.keep
        self._sought, self._echoes, self._stems = sought, sought.echoes, sought.stems
        self._replaced: set[str] = set()
        self._made: set[str] = set()
        self._also: frozenset[str] = frozenset()
        self._sent, self._left = False, [MOST_WORK if sought.whole else MOST_WORK // 3]
        self._nested = 0
        self._layers = 0
        # While a value under the name of an id is read: it may be random.
        self._is_id = False

    @property
    def count(self) -> int:
        """How many different values were replaced."""
        return len(self._replaced)

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

    def branch(self) -> Redaction:
        """One that has replaced what this one has, and goes on counting by itself."""
        twin = Redaction(self._redactor, self._sought, self._ids)
        twin._replaced, twin._made, twin._left = set(self._replaced), set(self._made), self._left
        return twin

    def of_sent(self, request: Request) -> Redaction:
        """The same redaction for what the client itself sent, where names are secret that are none in an answer."""
        twin = copy(self)
        twin._sent, twin._also = True, frozenset({"code"} if request_secrets.has_one_time_code(request) else ())
        return twin

    @property
    def is_whole(self) -> bool:
        """Whether every secret of the request is known; of the server's texts only words that all catalogs use are shown otherwise."""
        return self._sought.whole

    def text(self, text: str) -> str:
        """A text without the secrets in it; one that is JSON is read as such."""
        if self._sought.whole or self._sent or self._keep:
            return self._text(text)
        return known_words(self._running(text), self._redactor.vocabulary)

    def _text(self, text: str) -> str:
        if self._keep or not text:
            return text
        if len(text) <= _PLAIN and text.isascii() and text.isalnum():
            return self._word(text)
        if (low := self._forms.plain_words(text)) and not may_be_base64(text) and not any(stem in low for stem in self._stems):
            return text
        if self._nested < _MOST_NESTED and text[0] in "{[" and text.rstrip()[-1:] in ("}", "]"):
            return self.json_text(text)
        return self._running(text)

    def redact_truncated(self, text: str, most: int = LONGEST_TEXT) -> str:
        """As `text`, of a text that may be of any length: at most so many characters, and a word on what was cut."""
        if self._keep:
            return text
        most, margin = affordable(text, most, self._left, 1 + len(self._echoes) // 32 + (may_be_base64(text[:most]) is not None))
        return shortened(self.text(beginning(text, most, margin)), most, len(text), margin)

    def _word(self, text: str) -> str:
        """A text that is one word: no form and no name is in it, but it may be a secret of the request."""
        low = text.lower()
        for echo in self._echoes:
            if echo.low == low:
                return self.replace("secret", echo.value)
            if echo.stem in low and (shown := without_repeats(text, (echo,), self.replace)) != text:
                return shown
        return self._sought.without_encoded(text, self.replace) if self._echoes and len(text) > 5 and may_be_base64(text) else text

    def _running(self, text: str) -> str:
        mixed = may_be_base64(text)
        text = replaced(self._shown(text, mixed), self._names, self._named)
        text = paths.without_secrets(text, self.replace) if "/" in text else text
        if self._layers < _MOST_NESTED:
            self._layers += 1
            text = without_hidden(text, self._text, self.replace, mixed)
            self._layers -= 1
        text = without_beginning(text, self._echoes, self.replace) if self._echoes else text
        return text if self._is_id else self._without_random(text)

    def _without_random(self, text: str) -> str:
        """A text without what is long, mixed and random, but for the ids of the exchange."""
        found = ((start, end) for start, end in random_parts(text) if text[start:end] not in self._ids())
        return spliced(text, ((start, end, self.replace("secret", text[start:end])) for start, end in found))

    def redact_forms_only(self, text: str) -> str:
        """A text of our own, in which whatever was quoted is redacted already: only what shows itself by its form is replaced.

        `the token: the app lost it` would read as a token and its value in anybody else's text.
        """
        return text if self._keep or not text else self._shown(text, may_be_base64(text))

    def _shown(self, text: str, mixed: object) -> str:
        """A text without repetitions and forms; `mixed`: something in it could be base64."""
        if self._echoes:
            text = without_repeats(text, self._echoes, self.replace)
            if mixed:
                text = self._sought.without_encoded(text, self.replace)
        return self._forms.without_forms(text, self.replace)

    def redact_format(self, text: str) -> str:
        """A name of ours, such as a host: what the request's secrets happen to have in common with it stays, only forms are replaced."""
        return text if self._keep else self._forms.without_forms(text, self.replace)

    def path(self, path: str) -> str:
        """A path with one mark for every secret, so that it is the same from run to run; a very long one is cut."""
        if self._keep:
            return path
        twin, sure = self, self._sought.sure()
        if sure is not self._sought:
            twin = Redaction(self._redactor, sure, self._ids)
            twin._replaced, twin._made = self._replaced, self._made
        return shortened(without_marks(twin.text(beginning(path, LONGEST_URL)), "{secret}"), LONGEST_URL, len(path))

    def redact_value(self, name: str, value: str) -> str:
        """A value as it may be shown under a name: replaced whole where the name says that it is secret."""
        if self._keep or not value:
            return value
        return self.replace("secret", value) if self._is_secret(name, value) else self.text(value)

    def _is_secret(self, name: str, value: Any) -> bool:
        if self._also and name.lower() in self._also:
            return True
        return not (isinstance(value, str) and shows_nothing(value)) and self._names.hides(name, value, signing_in=bool(self._also))

    def _id(self, value: str) -> str:
        """A value under the name of an id: random is what ids are."""
        self._is_id = True
        try:
            return self.text(value)
        finally:
            self._is_id = False

    def _named(self, value: str, named: Named) -> str:
        return self.replace("secret", value) if named.kind == "secret" else self.header(named.kind, value)

    def header(self, name: str, value: str) -> str:
        """A header's value without its secret; the scheme of credentials, and the names of cookies, stay."""
        if self._keep or not value:
            return value
        plain = folded(name)
        if plain == "location":
            # A redirect's target says what became of a sign-in or a link in an e-mail; its parameters may be secrets.
            return self.url(value)
        if plain in headers.COOKIES:
            return headers.cookies(value, self.replace, given=plain[0] == "s")
        if not self._names.header[name]:
            if plain == headers.PROTOCOL and (shown := headers.protocols(value, self.replace)) != value:
                return shown
            return self._id(value) if self._names.of_ids[name] else self.text(value)
        if shows_nothing(value.rpartition(" ")[2]) and len(value) <= _LONGEST_NOTHING:
            # `Bearer undefined`: there is no secret, and that is the fault.
            return value
        if plain.endswith("authorization"):
            return headers.credentials(value, self.replace, self.redact_format, self._names)
        prefix = next((prefix for prefix in self._names.key_prefixes if value.startswith(prefix) and value != prefix), "")
        return f"{prefix}{self.replace('key', value[len(prefix) :])}" if prefix else self.replace("secret", value)

    def url(self, url: str) -> str:
        """A URL without userinfo, and without the values of secret parameters, however encoded; a very long one is cut."""
        if self._keep:
            return url
        length = len(url)
        url = beginning(url, LONGEST_URL)
        head, question, rest = url.partition("?")
        before, sharp, fragment = (rest if question else head).partition("#")
        head, rest = (head, before) if question else (before, "")
        scheme = head.find("://")
        start = head.find("/", scheme + 3) if scheme >= 0 else 0
        # A host is everybody's to see, whatever a secret has in common with it.
        origin, path = (head[:start], head[start:]) if start >= 0 else (head, "")
        shown = self.redact_format(origin)
        shown += path if (clean := self.text(path)) == path else quote(clean, safe="%?=&+@;!*()~" + _UNQUOTED, errors="replace")
        shown += f"?{self.query(rest)}" if question else ""
        shown += f"#{self.query(fragment)}" if sharp else ""
        return shortened(shown, LONGEST_URL, length)

    def query(self, query: str) -> str:
        """A query string or form body without its secrets; JSON inside a parameter is searched too."""
        return query if self._keep else "&".join(map(self._parameter, query.split("&")))

    def _parameter(self, part: str) -> str:
        name, equals, value = part.partition("=")
        if not value:
            return self.key(part) if part else part
        plain = parameter_decoded(value)
        called = parameter_decoded(name)
        if not shows_nothing(plain) and self._names.hides(called, plain, sent=True, signing_in=bool(self._also)):
            shown = self.replace("secret", plain)
        else:
            shown = self._id(plain) if self._names.of_ids[called] else self.text(plain)
            shown = value if shown == plain else quote(shown, safe=_UNQUOTED, errors="replace")
        return self.key(name) + equals + shown

    def json_text(self, text: str) -> str:
        """A JSON text without its secrets; what is no JSON is searched as text."""
        if self._keep:
            return text
        repeated = False

        def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            nonlocal repeated
            found = dict(pairs)
            repeated = repeated or len(found) < len(pairs)
            return found

        try:
            value = json.loads(text, strict=False, object_pairs_hook=members)
        except (ValueError, RecursionError):
            return self._running(text)
        self._nested += 1
        cleaned = self.value(value)
        self._nested -= 1
        if cleaned != value:
            return compact(cleaned)
        # Of a repeated key only the last value was parsed: what stands in the text itself is searched too.
        return self._running(text) if repeated else text

    def value(self, value: Any, depth: int = 0) -> Any:
        """A JSON value without its secrets, at any depth."""
        if self._keep:
            return value
        if depth > DEEPEST:
            return "<nested too deeply>"
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            # A list of fields may be written as names and values.
            name = value.get("name", value.get("key")) if "value" in value else None
            return {
                self.key(str(key)): self._member(name if key == "value" and isinstance(name, str) else str(key), item, depth)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self.value(item, depth + 1) for item in value]
        return self._number(value) if type(value) is int else value

    def key(self, name: str) -> str:
        """The name of a field. A word is one, even where it was sent as a secret."""
        is_word = len(name) <= 2 * _PLAIN and name.isascii() and name.replace("_", "").replace("-", "").isalpha()
        return name if self._keep or is_word else self.text(name)

    def header_name(self, name: str) -> str:
        """The name of a header: one in which a part looks like a key is one that was put in the wrong place."""
        if not self._keep and len(name) >= _PLAIN and any(map(is_credential, re.split("[-_.]", name))):
            return self.replace("secret", name)
        return self.key(name)

    def _number(self, value: int) -> Any:
        if not 999 < abs(value) < _SMALLEST_CARD**2:
            return value
        text = str(value)
        if abs(value) >= _SMALLEST_CARD and is_card(text):
            return self.replace("card", text)
        return self.replace("secret", text) if any(echo.value == text for echo in self._echoes) else value

    def _member(self, key: str, item: Any, depth: int) -> Any:
        # Answers complain; in a complaint what was sent as a secret is replaced all the same.
        if item is None or isinstance(item, bool) or not self._is_secret(key, item) or (is_complaint(item) and not self._sent):
            return self._id(item) if isinstance(item, str) and self._names.of_ids[key] else self.value(item, depth + 1)
        if isinstance(item, str) and folded(key) in headers.PARTED:
            return self.header(key, item)
        return self.replace("secret", compact(item)) if item not in ("", {}, []) else item
