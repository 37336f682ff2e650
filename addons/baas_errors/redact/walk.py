"""The one way through a message, to every value in it that may be a secret: JSON, GraphQL, multipart bodies, and what `text_walk` reads.

What servers may repeat is collected (`request_secrets`) and what is shown is replaced (`redaction`) on the same way, so that whatever is replaced
anywhere is also looked for everywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from ..exchange.json_reader import DEEPEST, compact
from ..exchange.multipart import Part, boundary, parts
from ..exchange.unset_values import shows_nothing
from . import headers
from .encodings import of_codes
from .formats import is_card
from .named_values import NAMES_ONLY
from .secret_names import folded, is_complaint, is_plain
from .text_walk import MOST_NESTED, NAME_KEYS, VALUE_KEYS, TextWalk

FORM = "application/x-www-form-urlencoded"
_MOST_DOCUMENTS, _MOST_NAMED = 200, 10
_SMALLEST_CARD = 10**12
# Under these, words may be what is said about a field.
_TEXT_KEYS = frozenset(("text", "data", "string", "input"))
# Names in one list, values in others.
_COLUMNS, _ROWS = ("columns", "names", "fields", "headers", "keys"), frozenset(("rows", "values", "data", "items"))
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
# A value of a table of values with commas, semicolons or tabs between them (RFC 4180), and what follows on it.
_CELL = re.compile(r"(?:\"(?:[^\"]|\"\")*+\"|[^,;\t\r\n]*+)([,;\t\r\n]|\Z)")
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


class Walk(TextWalk):
    """Goes through a message and gives it back with what `replace` gives for each secret; a subclass says what that is."""

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
        if content_type[:25].lower().startswith(("text/csv", "text/tab-separated-values", "application/csv")):
            text = self._table(text)
        return self.json_text(text) if self._sent or text.lstrip()[:1] in ("{", "[") else self.text(text)

    def _table(self, text: str) -> str:
        """A table without the values in the columns that have the names of secrets: the first line has the names."""
        names: list[str] = []
        shown: list[str] = []
        column, at, is_head = 0, 0, True  # blank lines may stand before the names
        while at < len(text) and (cell := _CELL.match(text, at)):
            held, at = text[cell.start() : cell.start(1)], cell.end()
            plain = held.strip().strip('"')
            if is_head:
                names.append(plain)
            elif plain and column < len(names) and self._is_secret(names[column], plain):
                held = held.replace(plain, self._take("secret", plain.replace('""', '"')))
            shown += (held, cell[1])
            column += 1
            if cell[1] in ("\r", "\n"):
                column, is_head = 0, is_head and not any(names)
                names = [] if is_head else names
        return "".join((*shown, text[at:]))

    def part(self, part: Part, text: str) -> str:
        """The content of a part of a multipart body, decoded: replaced whole if the field's name says that it is secret."""
        if part.name and self._is_secret(self._told_name(part.name, text), text):
            return self._take("secret", text)
        mark = boundary(part.content_type) if part.content_type[:10].lower() == "multipart/" and self._nested < MOST_NESTED else b""
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
            return self.too_deep(value)
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return self._object(value, depth + 1)
        if isinstance(value, list):
            return self._list(value, depth + 1)
        return self._number(value) if type(value) is int else value

    def too_deep(self, _value: Any) -> str:
        """What stands in the place of a value that is nested too deeply to be searched."""
        return "<nested too deeply>"

    def _object(self, value: dict[str, Any], depth: int) -> dict[str, Any]:
        named, columns = (_named_in(value), _columns_in(value)) if len(value) < _MOST_NAMED else ("", ())
        also = self._also
        if isinstance(query := value.get("query"), str) and "$" in query and "variables" in value:
            self._also = also | self._given(query)
        shown: dict[str, Any] = {}
        clean: Any
        for key, item in value.items():
            name = str(key)
            low = name.lower() if named or columns else ""
            told = named if low in VALUE_KEYS or (low in _TEXT_KEYS and (self._sent or not is_plain(item))) else name
            if item is None or item is True or item is False:
                clean = item
            elif columns and low in _ROWS and isinstance(item, list):
                clean = self._rows(columns, item, depth)
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
            # Names with their values: `[["X-Master-Key", "..."]]`.
            return [[self.key(name), self._under(name, item, depth)] for name, item in value]
        if len(value) > 1 and not len(value) % 2 and isinstance(value[0], str) and all(type(item) is str for item in value):
            # Names and values in turn, as `rawHeaders` of Node; a list of names alone stays.
            return [
                self._secret(before, item, depth) if at % 2 and self._names_next(before) and not NAMES_ONLY.fullmatch(item) else self.text(item)
                for at, (before, item) in enumerate(zip(["", *value], value, strict=False))
            ]
        if type(value[0] if value else None) is int and (plain := of_codes(value)) and self.text(plain) != plain:
            return [self.replace("encoded", compact(value))]
        return [self.value(item, depth) for item in value]

    def _rows(self, columns: Sequence[str], rows: list[Any], depth: int) -> list[Any]:
        """Values in the order of their names, or lists of such."""
        if depth <= DEEPEST and any(isinstance(row, list) for row in rows):
            return [self._rows(columns, row, depth + 1) if isinstance(row, list) else self.value(row, depth) for row in rows]
        return [self._under(columns[at], item, depth) if at < len(columns) else self.value(item, depth) for at, item in enumerate(rows)]

    def _names_next(self, name: str) -> bool:
        bare = name.replace("-", "").replace("_", "")
        return len(name) <= 60 and bare.isalpha() and (self._names.body[name] or self._is_header(name))

    def _is_header(self, name: str) -> bool:
        """Whether a key is the name of a header that holds a secret."""
        return "-" in name and self._names.header[name]

    def _under(self, name: str, item: Any, depth: int) -> Any:
        if item is not None and not isinstance(item, bool) and (self._is_secret(name, item) or self._is_header(name)):
            return self._secret(name, item, depth)
        return self.value(item, depth)

    def _is_secret(self, name: str, value: Any) -> bool:
        if self._also and name.lower() in self._also:
            return True
        if isinstance(value, str) and shows_nothing(value):
            return False
        # Servers cite headers: `{"DD-Application-Key": "..."}`.
        return self._names.hides(name, value, signing_in=bool(self._also)) or (self._is_header(name) and not is_plain(value))

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

    def _number(self, value: int) -> Any:
        if not 999 < abs(value) < _SMALLEST_CARD**2:
            return value
        text = str(value)
        if abs(value) >= _SMALLEST_CARD and is_card(text):
            return self.replace("card", text)
        return self.replace("secret", text) if any(echo.value == text for echo in self._echoes) else value


def _named_in(value: dict[str, Any]) -> str:
    """The name that an object gives to the value in it, or "": of a path, as in a JSON Patch, with dots."""
    low = {str(key).lower(): item for key, item in value.items()}
    if VALUE_KEYS.isdisjoint(low) and _TEXT_KEYS.isdisjoint(low):
        return ""
    return next((name.strip("/").replace("/", ".") for key in NAME_KEYS if isinstance(name := low.get(key), str) and name), "")


def _columns_in(value: dict[str, Any]) -> Sequence[str]:
    """The names that an object has in a list, for values in other lists."""
    found = next((names for key in _COLUMNS if isinstance(names := value.get(key), list) and names), ())
    return found if not _ROWS.isdisjoint(value) and all(type(name) is str for name in found) else ()


def _is_pair(item: Any) -> bool:
    return isinstance(item, list) and len(item) == 2 and isinstance(item[0], str)


def _says(item: Any) -> bool:
    """Whether a value is made of words, or a short number, and no secret."""
    if isinstance(item, str):
        return " " in item.strip() or _IDENTIFIER.fullmatch(item) is not None
    return is_complaint(item) or (isinstance(item, (list, dict)) and all(map(_says, item.values() if isinstance(item, dict) else item)))
