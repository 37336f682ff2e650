"""The one way through a message, to every value in it that may be a secret: URL, headers, cookies, forms, JSON, GraphQL, multipart, running text.

What servers may repeat is collected (`request_secrets`) and what is shown is replaced (`redaction`) on the same way, so that whatever is replaced
anywhere is also looked for everywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from ..exchange.json_reader import DEEPEST, compact
from ..exchange.multipart import Part, boundary, parts
from ..exchange.placeholders import shows_nothing
from . import headers, paths
from .encodings import may_be_base64, parameter_decoded, without_hidden
from .formats import Forms, is_card
from .named_values import NAMES_ONLY, Named, replaced
from .placeholders import spliced
from .randomness import random_parts
from .secret_names import Names, folded, is_complaint

FORM = "application/x-www-form-urlencoded"
# JSON in JSON, and encodings in encodings, are read to this depth; what is nested deeper is read as text.
_MOST_NESTED = 2
_MOST_DOCUMENTS = 200
# No form is shorter, and no name with a value.
_PLAIN = 12
_SHORT = re.compile(r"[A-Za-z0-9_.$-]+")
_LONGEST_NOTHING = 40
_SMALLEST_CARD = 10**12
# In a shown query: so that a placeholder is legible in it.
_UNQUOTED = "<># /:,{}\"'[]$"
_SEARCHED = 20_000
# Under these keys an object is the name of a field or header with its value: `{"k": "X-Parse-Master-Key", "v": "..."}`.
_NAME_KEYS = ("name", "key", "k", "n", "header", "field", "param", "path", "property", "attribute")
_VALUE_KEYS = frozenset(("value", "v", "val", "values", "content"))
# What an object under the name of a secret says about the field: its type, or what is wrong with it.
_TYPES = frozenset(("__type", "__op", "type", "kind", "class_name", "classname", "targetclass"))
_CODES = _TYPES | {"code", "status"}
_COMPLAINS = frozenset(("message", "messages", "msg", "error", "errors", "_errors", "description", "reason"))
_SAYS = _CODES | _COMPLAINS | {
    "rule", "name", "path", "field", "location", "detail", "details", "title", "constraint", "constraints", "property", "errorcode", "error_code",
    "errormessage", "param", "properties",
}  # fmt: skip
_IDENTIFIER = re.compile(r"[A-Za-z]{1,30}(?:[-_./: ][A-Za-z]{1,30}){0,12}|[A-Z]?[a-z]{1,20}(?:[A-Z][a-z]{1,20}){1,6}|[A-Z]{1,3}?[-_]?[0-9]{1,4}")
# A line of YAML, of a file of settings, of what looks like one.
_LINE = re.compile(r"^[ \t]*(?:-[ \t]+)?[\"']?([A-Za-z_][\w.-]{1,99})[\"']?[ \t]*[:=][ \t]*([^\r\n]{1,4000})", re.M)
# `password: $p`: the variable of GraphQL that a secret is given in, and what it is if nobody gives it a value.
_GIVEN = re.compile(r"(?<!\w)([A-Za-z_]\w{0,99}+)\s{0,20}+:\s{0,20}+\$(\w{1,100})")
_DEFAULT = re.compile(r'(\$(\w{1,100})\s{0,20}:[^=$(){}"]{1,120}=\s{0,20}")([^"\\]{1,4000})"')
_BETWEEN_DOCUMENTS = re.compile(r"[\s\x1e,;]*+")


class _Again(str):
    """The key of an object in which a key stands twice: equal to no other, so that both are kept."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else {_Again(key): item for key, item in pairs}


_DECODER = json.JSONDecoder(strict=False, object_pairs_hook=_members)


class Walk:
    """Goes through a message and gives it back with what `replace` gives for each secret; a subclass says what that is."""

    def __init__(self, names: Names, forms: Forms, ids: Callable[[], frozenset[str]] = frozenset) -> None:
        """`ids` gives those ids that stay although they are random."""
        self._names, self._forms, self._ids = names, forms, ids
        self._known_ids: frozenset[str] | None = None
        # Whether it is the request: where names are secret that are none in an answer, and nothing complains. More such names are in `_also`.
        self._sent, self._also = False, frozenset[str]()
        self._nested = self._layers = 0
        # What a text is called that is read: under the name of an id it may be random.
        self._called = ""

    def replace(self, kind: str, value: str) -> str:
        """What stands in the place of a secret of some kind."""
        raise NotImplementedError

    def _spend(self, cost: int) -> None:
        """Is told before work that may take so many microseconds."""

    def cookie(self, _name: str, value: str) -> str:
        """What stands in the place of a cookie's value."""
        return self.replace("cookie", value)

    def _repeats(self, text: str, _mixed: object) -> str:
        """A text without known secrets; `_mixed`: something in it could be base64."""
        return text

    def _word(self, text: str) -> str:
        """A text that is one short word: no form and no name is in it."""
        return text

    def _repeats_none(self, _low: str) -> bool:
        """Whether a text of plain words, in small letters, has no known secret in it."""
        return True

    def _cut_off(self, text: str) -> str:
        """A text without the beginning of a known secret at its end."""
        return text

    def _take(self, kind: str, value: str) -> str:
        return value if shows_nothing(value) else self.replace(kind, value)

    def text(self, text: str) -> str:
        """A text without the secrets in it; one that is JSON is read as such."""
        if not text:
            return text
        if len(text) <= _PLAIN and ((text.isascii() and text.isalnum()) or _SHORT.fullmatch(text)):
            return self._word(text)
        if (low := self._forms.plain_words(text)) and not may_be_base64(text) and self._repeats_none(low):
            return text
        if self._nested < _MOST_NESTED and text[0] in "{[" and text.rstrip()[-1:] in ("}", "]"):
            return self.json_text(text)
        return self._running(text)

    def _running(self, text: str) -> str:
        mixed = may_be_base64(text)
        text = replaced(self._shown(text, mixed), self._names, self._named)
        text = paths.without_secrets(text, self.replace) if "/" in text else text
        if "$" in text and ":" in text and (given := self._given(text)):
            text = _DEFAULT.sub(lambda match: f'{match[1]}{self._take("secret", match[3])}"' if match[2].lower() in given else match[0], text)
        if self._layers < _MOST_NESTED:
            self._layers += 1
            text = without_hidden(text, self.text, self.replace, mixed)
            self._layers -= 1
        text = self._cut_off(text)
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
        plain, named = parameter_decoded(value), parameter_decoded(name)
        if (self._also and named.lower() in self._also) or self._names.hides(named, plain, sent=True, signing_in=bool(self._also)):
            shown = self._take("secret", plain)
        else:
            shown = self._called_text(named, plain)
        return self.key(name) + equals + (value if shown == plain else quote(shown, safe=_UNQUOTED, errors="replace"))

    def json_text(self, text: str) -> str:
        """A JSON text without its secrets, or several one after the other; what is none is searched as text."""
        shown, at = [], 0
        self._nested += 1
        for _ in range(_MOST_DOCUMENTS):
            start = at
            at = blank.end() if (blank := _BETWEEN_DOCUMENTS.match(text, at)) else at
            if text[at : at + 1] not in ("{", "["):
                at = start
                break
            try:
                value, end = _DECODER.raw_decode(text, at)
            except (ValueError, RecursionError):
                at = start
                break
            clean = self.value(value)
            shown.append(text[start:at] + (text[at:end] if clean == value else compact(clean)))
            at = end
        self._nested -= 1
        rest = text[at:] if at else text
        if rest.strip():
            self._spend(len(rest) // 20)
            rest = self._running(_LINE.sub(self._line, rest) if self._sent else rest)
        return "".join((*shown, rest))

    def _line(self, match: re.Match[str]) -> str:
        if "-" in match[1] and self._names.header[match[1]]:
            # As in the head of a request inside a request.
            return f"{match[0][: match.start(2) - match.start()]}{self.header(match[1], match[2].rstrip())}"
        held = match[2].strip().strip("\"',;")
        if not held or not self._names.body[match[1]] or not (match[2][0] in "\"'" or " " not in match[2].strip()):
            return match[0]
        return match[0].replace(held, self._take("secret", held)) if len(held) > 1 else match[0]

    def document(self, text: str, content_type: str = "") -> str:
        """The text of a body, by its type: a form by its fields, JSON by its keys, any other by what stands in it."""
        if FORM in content_type.lower():
            return self.query(text)
        return self.json_text(text) if self._sent or text.lstrip()[:1] in ("{", "[") else self.text(text)

    def part(self, part: Part, text: str) -> str:
        """The content of a part of a multipart body, decoded: replaced whole if the field's name says that it is secret."""
        if part.name and self._is_secret(part.name, text):
            return self._take("secret", text)
        mark = boundary(part.content_type) if part.content_type[:10].lower() == "multipart/" and self._nested < _MOST_NESTED else b""
        if not mark:
            return self.document(text, part.content_type)
        self._nested += 1
        inner = [Part.of(*one) for one in parts(text.encode("utf-8", "replace"), mark)]
        shown = [self.part(one, one.content.decode("utf-8", "replace")) for one in inner]
        self._nested -= 1
        return text if all(one in text for one in shown) else "\n".join(shown)

    def value(self, value: Any, depth: int = 0) -> Any:
        """A JSON value without its secrets, at any depth."""
        if depth > DEEPEST:
            return "<nested too deeply>"
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return self._object(value, depth + 1)
        if isinstance(value, list):
            return self._list(value, depth + 1)
        return self._number(value) if type(value) is int else value

    def _object(self, value: dict[str, Any], depth: int) -> dict[str, Any]:
        named, also = _named_in(value) if len(value) < 10 else "", self._also
        if isinstance(query := value.get("query"), str) and "$" in query and "variables" in value:
            self._also = also | self._given(query)
        shown: dict[str, Any] = {}
        clean: Any
        for key, item in value.items():
            name = str(key)
            told = named if named and name in _VALUE_KEYS else name
            if item is None or item is True or item is False:
                clean = item
            elif self._is_secret(told, item):
                clean = self._secret(told, item, depth)
            elif isinstance(item, str):
                clean = self._called_text(told, item)
            else:
                clean = self.value(item, depth)
            clear = self.key(name)
            shown[_Again(clear) if type(key) is _Again else clear] = clean
        self._also = also
        return shown

    def _list(self, value: list[Any], depth: int) -> list[Any]:
        if len(value) > 1 and isinstance(value[0], list) and all(map(_is_pair, value)):
            # Names with their values: `[["X-Parse-Master-Key", "..."]]`.
            return [[self.key(name), self._under(name, item, depth)] for name, item in value]
        if len(value) > 1 and not len(value) % 2 and isinstance(value[0], str) and all(type(item) is str for item in value):
            # Names and values in turn, as `rawHeaders` of Node; a list of names alone stays.
            return [
                self._secret(before, item, depth) if at % 2 and self._names_next(before) and not NAMES_ONLY.fullmatch(item) else self.text(item)
                for at, (before, item) in enumerate(zip(["", *value], value, strict=False))
            ]
        return [self.value(item, depth) for item in value]

    def _names_next(self, name: str) -> bool:
        bare = name.replace("-", "").replace("_", "")
        return len(name) <= 60 and bare.isalpha() and (self._names.body[name] or ("-" in name and self._names.header[name]))

    def _under(self, name: str, item: Any, depth: int) -> Any:
        if item is not None and not isinstance(item, bool) and (self._is_secret(name, item) or ("-" in name and self._names.header[name])):
            return self._secret(name, item, depth)
        return self.value(item, depth)

    def _is_secret(self, name: str, value: Any) -> bool:
        if self._also and name.lower() in self._also:
            return True
        return not (isinstance(value, str) and shows_nothing(value)) and self._names.hides(name, value, signing_in=bool(self._also))

    def _secret(self, name: str, item: Any, depth: int) -> Any:
        """What is left of a value under the name of a secret. Answers complain; what was sent as a secret is replaced in a complaint all the same."""
        if not self._sent and is_complaint(item):
            return self.value(item, depth)
        if isinstance(item, str) and folded(name) in headers.PARTED:
            return self.header(name, item)
        return self._whole(item, depth)

    def _whole(self, item: Any, depth: int) -> Any:
        """A value of which every part is secret: but for the names in it, and what it says about the field."""
        if isinstance(item, dict) and depth <= DEEPEST:
            about = _TYPES if self._sent else _SAYS if _COMPLAINS.intersection(item) else _CODES
            return {
                self.key(str(key)): self.value(held, depth + 1) if key.lower() in about and _says(held) else self._whole(held, depth + 1)
                for key, held in item.items()
            }
        if isinstance(item, list) and depth <= DEEPEST:
            return [self._whole(held, depth + 1) for held in item]
        if item is None or isinstance(item, bool) or item in ("", {}, []) or (type(item) is int and not self._sent and is_complaint(item)):
            return item
        return self._take("secret", compact(item))

    def key(self, name: str) -> str:
        """The name of a field. A word is one, even where it was sent as a secret."""
        is_word = len(name) <= 2 * _PLAIN and name.isascii() and name.replace("_", "").replace("-", "").isalpha()
        return name if is_word else self.text(name)

    def _is_known_number(self, _text: str) -> bool:
        return False

    def _number(self, value: int) -> Any:
        if not 999 < abs(value) < _SMALLEST_CARD**2:
            return value
        text = str(value)
        if abs(value) >= _SMALLEST_CARD and is_card(text):
            return self.replace("card", text)
        return self.replace("secret", text) if self._is_known_number(text) else value


def _named_in(value: dict[str, Any]) -> str:
    """The name that an object gives to the value in it, or ""."""
    if not any(key in value for key in _VALUE_KEYS):
        return ""
    return next((name for key in _NAME_KEYS if isinstance(name := value.get(key), str) and name), "")


def _is_pair(item: Any) -> bool:
    return isinstance(item, list) and len(item) == 2 and isinstance(item[0], str)


def _says(item: Any) -> bool:
    """Whether a value is made of words, or a short number, and no secret."""
    if isinstance(item, str):
        return " " in item.strip() or _IDENTIFIER.fullmatch(item) is not None
    return is_complaint(item) or (isinstance(item, (list, dict)) and all(map(_says, item.values() if isinstance(item, dict) else item)))
