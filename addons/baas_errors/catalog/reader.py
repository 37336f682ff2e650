"""Reads the fields of a TOML table one by one, so that every message names the field and says what would be right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from .patterns import Pattern
from .vocabulary import LONGEST_VALUE, CatalogError, quoted, shown

T = TypeVar("T")


class Fields:
    """One table of a catalog. Each reader takes a field away; `done` refuses what is left over.

    The patterns in a table that was `checked` before are taken as they are.
    """

    def __init__(self, table: Mapping[str, Any], file: str, where: str, *, checked: bool = False) -> None:
        self._table = dict(table)
        self._known: list[str] = []
        self.file = file
        self.where = where
        self.checked = checked

    def error(self, field: str, reason: str) -> CatalogError:
        """The error to raise for a field of this table."""
        return CatalogError(reason, file=self.file, where=self.where, field=field)

    def peek(self, field: str) -> Any:
        """The raw value of a field, which stays to be read."""
        return self._table.get(field)

    def _take(self, field: str) -> Any:
        self._known.append(field)
        return self._table.pop(field, None)

    def text(self, field: str, *, required: bool = False, one_of: Iterable[str] = ()) -> str:
        """A string, stripped; "" when absent and not required."""
        value = self._take(field)
        if value is None:
            if required:
                raise self.error(field, "is missing; it takes a text")
            return ""
        if not isinstance(value, str) or not value.strip():
            raise self.error(field, f"takes a text, not {quoted(value)}")
        allowed = tuple(one_of)
        if allowed and value not in allowed:
            raise self.error(field, f"{quoted(value)} is none of {', '.join(allowed)}{_near(value, allowed)}")
        return value.strip()

    def texts(self, field: str, *, required: bool = False, single: bool = True) -> tuple[str, ...]:
        """A list of strings; with `single`, a lone string is a list of one."""
        value = self._take(field)
        if value is None:
            if required:
                raise self.error(field, "is missing; it takes a list of texts")
            return ()
        if single and isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self.error(field, f"takes a list of texts, not {quoted(value)}")
        if required and not value:
            raise self.error(field, "is empty; it takes at least one text")
        return tuple(value)

    def number(self, field: str) -> int | None:
        """An integer, or None when absent."""
        value = self._take(field)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise self.error(field, f"takes a whole number, not {quoted(value)}")
        return value

    def statuses(self, field: str) -> tuple[int, ...]:
        """A list of HTTP statuses."""
        value = self._take(field)
        if value is None:
            return ()
        if isinstance(value, int) and not isinstance(value, bool):
            value = [value]
        if not isinstance(value, list) or not all(type(item) is int and 100 <= item <= 599 for item in value):
            raise self.error(field, f"takes a list of HTTP statuses (100 to 599), not {quoted(value)}")
        return tuple(value)

    def code(self, field: str) -> str | int:
        """A code as on the wire."""
        value = self._take(field)
        if value is None:
            raise self.error(field, "is missing; it takes the code as on the wire, a text or a whole number")
        if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
            raise self.error(field, f"takes a text or a whole number, not {quoted(value)}")
        return value

    def pattern(self, field: str, *, required: bool = False) -> Pattern | None:
        """A regular expression, or None when absent."""
        text = self.text(field, required=required)
        return self.compiled(field, text) if text else None

    def compiled(self, field: str, text: str) -> Pattern:
        """The pattern that a text stands for; the error names this field."""
        try:
            return Pattern(text, checked=self.checked)
        except ValueError as error:
            raise self.error(field, str(error)) from None

    def pointer(self, field: str, *, required: bool = False) -> str:
        """A JSON pointer; "" when absent and not required."""
        value = self.text(field, required=required)
        if value and not value.startswith("/"):
            raise self.error(field, f'takes a JSON pointer such as "/{shown(value)}", not {quoted(value)}')
        return value

    def pointers(self, field: str) -> tuple[str, ...]:
        """A JSON pointer or a list of them."""
        values = self.texts(field)
        for value in values:
            if not value.startswith("/"):
                raise self.error(field, f'takes JSON pointers such as "/{shown(value)}", not {quoted(value)}')
        return values

    def mapping(self, field: str) -> Mapping[str, str]:
        """A table of texts; a lone text is the value of the key "any"."""
        value = self._take(field)
        if value is None:
            return {}
        if isinstance(value, str):
            value = {"any": value}
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise self.error(field, f"takes a table of texts, not {quoted(value)}")
        return dict(value)

    def table(self, field: str) -> Fields | None:
        """A nested table, or None when absent."""
        value = self._take(field)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.error(field, f"takes a table, not {quoted(value)}")
        return Fields(value, self.file, f"{self.where}, {field}", checked=self.checked)

    def tables(self, field: str) -> list[Fields]:
        """A list of tables; a lone table is a list of one."""
        value = self._take(field)
        if value is None:
            return []
        items = [value] if isinstance(value, dict) else value
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise self.error(field, f"takes a table or a list of tables, not {quoted(value)}")
        return [Fields(item, self.file, f"{self.where}, {field} {n}", checked=self.checked) for n, item in enumerate(items, 1)]

    def raw(self, field: str, read: Callable[[Any], T], absent: T | None = None) -> T:
        """A field of a form of its own; `read` raises ValueError with what is wrong. Without `absent` the field is required."""
        value = self._take(field)
        if value is None:
            if absent is None:
                raise self.error(field, "is missing")
            return absent
        try:
            return read(value)
        except CatalogError:
            raise
        except ValueError as error:
            raise self.error(field, str(error)) from None

    def done(self) -> None:
        """Refuses fields that no reader asked for: they are misspelt, and would be lost in silence."""
        for field in self._table:
            raise self.error(field, f"is not a field here{_near(field, self._known)}; known are {', '.join(sorted(self._known))}")


def _near(word: str, words: Iterable[str]) -> str:
    import difflib  # only faulty catalogs need it

    near = difflib.get_close_matches(word[:LONGEST_VALUE], list(words), 1)
    return f"; did you mean `{near[0]}`?" if near else ""
