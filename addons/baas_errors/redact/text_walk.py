"""The way through a text, a header, a URL or a form to every value in it that may be a secret (see `walk`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from ..exchange.unset_values import shows_nothing
from . import headers, paths
from .echoes import NOTHING, SecretMatchers, without_repeats
from .encodings import may_be_base64, parameter_decoded, without_hidden
from .formats import DIGITS, Forms
from .named_values import Named, replaced
from .placeholders import MARK, spliced
from .randomness import random_parts
from .secret_names import Names, folded

# JSON in JSON, and encodings in encodings, are read to this depth; what is nested deeper is read as text.
MOST_NESTED = 2
# No form is shorter, and no name with a value.
_PLAIN = 12
# Under these keys an object is the name of a field or header with its value: `{"k": "X-Master-Key", "v": "..."}`.
NAME_KEYS = ("name", "key", "k", "n", "header", "field", "param", "path", "property", "attribute", "id")
VALUE_KEYS = frozenset(("value", "v", "val", "values", "content"))
_SHORT = re.compile(r"[A-Za-z0-9_.$-]+")
_SHORTEST_ENCODED = 5
_LONGEST_NOTHING = 40
# In a shown query: so that a placeholder is legible in it.
_UNQUOTED = "<># /:,{}\"'[]$"
_SEARCHED = 20_000
_LAST_NAME = re.compile(r"(?:\A|[.\[])[A-Za-z]{1,12}\]?\Z")
# `password: $p`: the variable of GraphQL that a secret is given in, and what it is if nobody gives it a value.
_GIVEN = re.compile(r"(?<!\w)([A-Za-z_]\w{0,99}+)\s{0,20}+:\s{0,20}+\$(\w{1,100})")
_DEFAULT = re.compile(r'(\$(\w{1,100})\s{0,20}:[^=$(){}"]{1,120}=\s{0,20}")([^"\\]{1,4000})"')


class TextWalk:
    """Goes through a text and gives it back with what `replace` gives for each secret; `Walk` goes through JSON as well."""

    def __init__(self, names: Names, forms: Forms, ids: Callable[[], frozenset[str]], sought: SecretMatchers = NOTHING) -> None:
        """`ids` gives those ids that stay although they are random; `sought` are the secrets that are looked for."""
        self._names, self._forms, self._ids, self._sought = names, forms, ids, sought
        self._echoes = sought.echoes
        self._known_ids: frozenset[str] | None = None
        # Whether it is the request: where names are secret that are none in an answer, and nothing complains. More such names are in `_also`.
        self._sent, self._also = False, frozenset[str]()
        self._nested = self._layers = 0
        # What a text is called that is read: under the name of an id it may be random.
        self._called = ""
        # Of a form, the names that are given as values.
        self._told: dict[str, str] = {}

    def replace(self, kind: str, value: str) -> str:
        """What stands in the place of a secret of some kind."""
        raise NotImplementedError

    def _spend(self, cost: int) -> None:
        """Is told before work that may take so many microseconds."""

    def json_text(self, text: str) -> str:
        """A JSON text without its secrets."""
        raise NotImplementedError

    def cookie(self, _name: str, value: str) -> str:
        """What stands in the place of a cookie's value."""
        return self.replace("cookie", value)

    def _repeats(self, text: str, mixed: object) -> str:
        """A text without the secrets that are looked for; `mixed`: something in it could be base64."""
        earlier = [(start, end, self.replace(kind, text[start:end])) for start, end, kind in self._sought.earlier(text)]
        text = spliced(text, earlier) if earlier else text
        if self._echoes:
            text = without_repeats(text, self._echoes, self.replace)
            if mixed:
                text = self._sought.without_encoded(text, self.replace)
        return text

    def _take(self, kind: str, value: str) -> str:
        return value if shows_nothing(value) else self.replace(kind, value)

    def text(self, text: str) -> str:
        """A text without the secrets in it; one that is JSON is read as such."""
        if not text:
            return text
        if len(text) <= _PLAIN and ((text.isascii() and text.isalnum()) or _SHORT.fullmatch(text)) and DIGITS.search(text) is None:
            # One word: no form and no name is in it, but it may be a secret of the request.
            mixed = self._echoes and len(text) > _SHORTEST_ENCODED and may_be_base64(text)
            return self._repeats(text, mixed) if mixed or self._sought.may_be_in(text) else text
        if self._forms.plain_words(text) and not may_be_base64(text) and not self._sought.may_be_in(text):
            return text
        if self._nested < MOST_NESTED and text[0] in "{[" and text.rstrip()[-1:] in ("}", "]"):
            return self.json_text(text)
        return self._running(text)

    def _running(self, text: str) -> str:
        mixed = may_be_base64(text)
        text = replaced(self._shown(text, mixed), self._names, self._named)
        text = paths.without_secrets(text, self.replace) if "/" in text else text
        if "$" in text and ":" in text and (given := self._given(text)):
            text = _DEFAULT.sub(lambda match: f'{match[1]}{self._take("secret", match[3])}"' if match[2].lower() in given else match[0], text)
        if self._layers < MOST_NESTED:
            self._layers += 1
            text = without_hidden(text, self.text, self.replace, mixed)
            self._layers -= 1
        if not (found := list(random_parts(text))) or (self._called and self._names.of_ids[self._called]):
            return text
        if self._known_ids is None:
            self._known_ids = self._ids()
        keys = [(start, end) for start, end in found if text[start:end] not in self._known_ids and not self._names.is_id_at(text, start)]
        return spliced(text, [(start, end, self.replace("secret", text[start:end])) for start, end in keys])

    def _called_text(self, name: str, value: str) -> str:
        """A text under a name that does not make it secret."""
        before, self._called = self._called, name
        shown = self.text(value)
        self._called = before
        return shown

    def _shown(self, text: str, mixed: object) -> str:
        """A text without repetitions and forms; `mixed`: something in it could be base64."""
        return self._forms.without_forms(self._repeats(text, mixed), self.replace)

    def _named(self, value: str, named: Named) -> str:
        return self.replace("secret", value) if named.kind == "secret" else self.header(named.kind, value)

    def _given(self, query: str) -> frozenset[str]:
        """The variables of a GraphQL query that secrets are given in, in small letters."""
        return frozenset(variable.lower() for name, variable in _GIVEN.findall(query[:_SEARCHED]) if self._names.body[name])

    def header(self, name: str, value: str) -> str:
        """A header's value without its secret; the scheme of credentials, and the names of cookies, stay."""
        if not value:
            return value
        plain = folded(name)
        if plain == "location":
            # A redirect's target says what became of a sign-in or a link in an e-mail; its parameters may be secrets.
            return self.url(value)
        if plain in headers.COOKIES:
            return headers.cookies(value, self.cookie, given=plain[0] == "s")
        if not self._names.header[name]:
            if plain == headers.PROTOCOL and (shown := headers.protocols(value, self.replace)) != value:
                return shown
            return self._called_text(name, value)
        if shows_nothing(value.rpartition(" ")[2]) and len(value) <= _LONGEST_NOTHING:
            # `Bearer undefined`: there is no secret, and that is the fault.
            return value
        if plain.endswith("authorization"):
            return headers.credentials(value, self._take, self.redact_format, self._names)
        prefix = next((prefix for prefix in self._names.key_prefixes if value.startswith(prefix) and value != prefix), "")
        return f"{prefix}{self.replace('key', value[len(prefix) :])}" if prefix else self._take("secret", value)

    def redact_format(self, text: str) -> str:
        """A name of ours, such as a host: what the request's secrets happen to have in common with it stays, only forms are replaced."""
        return self._forms.without_forms(text, self.replace)

    def url(self, url: str) -> str:
        """A URL without userinfo, and without the values of secret parameters, however encoded."""
        head, question, rest = url.partition("?")
        before, sharp, fragment = (rest if question else head).partition("#")
        head, rest = (head, before) if question else (before, "")
        scheme = head.find("://")
        start = head.find("/", scheme + 3) if scheme >= 0 else 0
        # A host is everybody's to see, whatever a secret has in common with it.
        origin, path = (head[:start], head[start:]) if start >= 0 else (head, "")
        shown = self.redact_format(origin)
        shown += path if (clean := self.text(path)) == path else quote(clean, safe="%?=&+@;!*()~" + _UNQUOTED, errors="replace")
        return shown + (f"?{self.query(rest)}" if question else "") + (f"#{self.query(fragment)}" if sharp else "")

    def query(self, query: str) -> str:
        """A query string or form body without its secrets; JSON inside a parameter is searched too."""
        fields, also = query.split("&"), self._also
        if "variables=" in query:
            self._also = also.union(*(self._given(parameter_decoded(field[6:])) for field in fields if field[:6] == "query="))
        shown = "&".join(map(self._parameter, fields))
        self._also = also
        return shown

    def _parameter(self, part: str) -> str:
        name, equals, value = part.partition("=")
        if not value:
            return self.key(part) if part else part
        plain = parameter_decoded(value)
        named = self._told_name(parameter_decoded(name), plain)
        if (self._also and named.lower() in self._also) or self._names.hides(named, plain, sent=True, signing_in=bool(self._also)):
            shown = self._take("secret", plain)
        else:
            shown = self._called_text(named, plain)
        as_sent = shown == plain and not MARK.search(plain)
        return self.key(name) + equals + (value if as_sent else quote(shown, safe=_UNQUOTED, errors="replace"))

    def _told_name(self, name: str, value: str) -> str:
        """What a field is called whose name is only `value`: what the field `name` before it holds."""
        before, last = _LAST_NAME.sub("", name), _LAST_NAME.search(name)
        low = last[0].strip("[].").lower() if last else ""
        if low in NAME_KEYS and len(value) <= _LONGEST_NOTHING:
            self._told[before] = value
        return self._told.get(before, name) if low in VALUE_KEYS else name

    def key(self, name: str) -> str:
        """The name of a field. A word is one, even where it was sent as a secret."""
        is_word = len(name) <= 2 * _PLAIN and name.isascii() and name.replace("_", "").replace("-", "").isalpha()
        return name if is_word else self.text(name)
