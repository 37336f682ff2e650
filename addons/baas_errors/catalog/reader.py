"""Reads TOML tables into NamedTuples and dataclasses: the annotation of a field says what the field takes.

A field is annotated with the type of a nested table (`AppId`, `Unwrap | None`), with a tuple of such a type for a list of tables, or with
`Annotated[type, Form]` for any other value. A text in `Annotated` is the field's name in TOML where it differs; `SAME_TABLE` means that the fields of
the type stand in the same table. A field without a default is required. A type may have a method `wrong`, which gives the field and the reason if the
fields do not go together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, is_dataclass
from dataclasses import fields as dataclass_fields
from functools import cache
from typing import Any, NamedTuple, TypeVar, get_args, get_origin

from .vocabulary import LONGEST_VALUE, CatalogError, quoted, shown

T = TypeVar("T")
SAME_TABLE = ""


class Place(NamedTuple):
    """Where a value stands, for messages. Patterns of a catalog that was `checked` before are taken as they are."""

    file: str
    where: str = ""
    field: str = ""
    checked: bool = False

    def error(self, reason: str, field: str = "") -> CatalogError:
        """The error to raise for this field, or for another one of the same table."""
        return CatalogError(reason, file=self.file, where=self.where, field=field or self.field)

    def inside(self, number: int = 0) -> Place:
        """The place of the table in this field, or of the table with this number in its list."""
        return self._replace(where=f"{self.where}, {self.field} {number or ''}".rstrip(), field="")


class Form(NamedTuple):
    """What a field takes, in words, and how it is read: `read` returns None for any other value, or raises ValueError to say more."""

    takes: str
    read: Callable[[Any, Place], Any]


class _Field(NamedTuple):
    name: str
    key: str
    required: bool
    form: Form
    type: Any


def read_table(kind: Callable[..., T], table: Mapping[str, Any], at: Place, **given: Any) -> T:
    """The value of type `kind` that a table describes, with the fields in `given` as they are; raises CatalogError."""
    left, known = dict(table), []

    def read(kind: Any, values: dict[str, Any]) -> Any:
        for field in _fields(kind):
            if field.name in values:
                continue
            if field.key == SAME_TABLE:
                values[field.name] = read(field.type, {})
                continue
            known.append(field.key)
            value, place = left.pop(field.key, None), Place(at.file, at.where, field.key, at.checked)
            if value is not None:
                values[field.name] = _value(field, value, place)
            elif field.required:
                raise place.error(f"is missing; it takes {field.form.takes}")
        return kind(**values)

    value = read(kind, given)
    refuse_unknown(left, known, at)
    if hasattr(value, "wrong") and (wrong := value.wrong()):
        raise at.error(wrong[1], wrong[0])
    return value  # type: ignore[no-any-return]


def read_tables(kind: Callable[..., T], name: str, tables: Any, at: Place) -> tuple[T, ...]:
    """The values of the tables `[[name]]`, each told apart in messages by its name or code as well as its number."""
    found = []
    for number, table in enumerate(_listed(tables, at._replace(field=name)), 1):
        label = next((table[key] for key in ("name", "code") if key in table), "")
        label = shown(label) if isinstance(label, str) else quoted(label)
        found.append(read_table(kind, table, at._replace(where=f"[[{name}]] {number}" + (f" `{label}`" if label else ""))))
    return tuple(found)


def refuse_unknown(keys: Iterable[str], known: list[str], at: Place) -> None:
    """Raises CatalogError for the first of the keys that are left when all `known` ones are read: a misspelt one would have no effect."""
    for key in keys:
        raise at.error(f"is not a field here{near(key, known)}; known are {', '.join(sorted(known))}", key)


def near(word: str, words: Iterable[str]) -> str:
    """The end of a message that suggests the most similar of some words, or ""."""
    import difflib  # only faulty catalogs need it

    found = difflib.get_close_matches(word[:LONGEST_VALUE], list(words), 1)
    return f"; did you mean `{found[0]}`?" if found else ""


def _value(field: _Field, value: Any, at: Place) -> Any:
    try:
        found = field.form.read(value, at)
    except CatalogError:
        raise
    except ValueError as error:
        raise at.error(str(error)) from None
    if found is None:
        raise at.error(f"takes {field.form.takes}, not {quoted(value)}")
    if found == () and field.required:
        raise at.error("is empty; it takes at least one text")
    return found


@cache
def _fields(kind: Any) -> tuple[_Field, ...]:
    made = dataclass_fields(kind) if is_dataclass(kind) else ()
    optional = [field.name for field in made if (field.default, field.default_factory) != (MISSING, MISSING)] or kind._field_defaults
    fields = []
    for name, annotation in kind.__annotations__.items():
        if name.startswith("_"):
            continue
        notes = getattr(annotation, "__metadata__", ())
        type_ = annotation.__origin__ if notes else annotation
        form = next((note for note in notes if isinstance(note, Form)), None) or _table_form(type_)
        fields.append(_Field(name, next((note for note in notes if isinstance(note, str)), name), name not in optional, form, type_))
    return tuple(fields)


def _table_form(annotation: Any) -> Form:
    kind = (get_args(annotation) or (annotation,))[0]
    if get_origin(annotation) is tuple:
        return Form(
            "a table or a list of tables",
            lambda value, at: tuple(read_table(kind, item, at.inside(number)) for number, item in enumerate(_listed(value, at), 1)),
        )
    return Form("a table", lambda value, at: read_table(kind, value, at.inside()) if isinstance(value, dict) else None)


def _listed(value: Any, at: Place) -> list[dict[str, Any]]:
    """A list of tables; a lone table is a list of one."""
    items = [value] if isinstance(value, dict) else value
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise at.error(f"takes a table or a list of tables, not {quoted(value)}")
    return items
