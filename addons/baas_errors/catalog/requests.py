"""What requests must be like: the fields, parameters, methods and names that the routes of a backend take, and the fields that its messages name.

The annotations say how each field is read (see `reader`): they are values here, so this module does not postpone them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from . import values
from .reader import Form, Place, near, read_table
from .vocabulary import quoted

JSON_TYPES = ("string", "number", "integer", "boolean", "array", "object")
PARAMETER_TYPES = ("text", "integer", "number", "boolean", "json", "object")


class Parameter(NamedTuple):
    """What a query parameter takes: its type, for numbers the least and the greatest, for texts the only values or a pattern, or a pattern that finds
    the fields of the collection that it names."""

    type: Annotated[str, values.one_of(PARAMETER_TYPES)] = "text"
    least: Annotated[values.OptionalNumber, "from"] = None
    most: Annotated[values.OptionalNumber, "to"] = None
    pattern: values.OptionalRegex = None
    choices: Annotated[values.Texts, "values"] = ()
    fields: values.OptionalRegex = None

    def wrong(self) -> tuple[str, str] | None:
        """Limits of what is no number, or fields without a name, as field and reason."""
        if self.fields and "field" not in self.fields.groups:
            return "fields", "needs a group `(?P<field>...)` around a field's name"
        if (self.least is not None or self.most is not None) and self.type not in ("integer", "number"):
            return "from", 'goes with `type = "integer"` or "number"'
        return None


def _tables(kind: Any) -> Form:
    return Form(
        "a table of tables",
        lambda value, at: (
            {name: read_table(kind, table, at.inside()) for name, table in value.items()}
            if isinstance(value, dict) and all(isinstance(table, dict) for table in value.values())
            else None
        ),
    )


def _types(value: Any, _: Place) -> dict[str, str] | None:
    if not isinstance(value, dict):
        return None
    if odd := next((kind for kind in value.values() if kind not in JSON_TYPES), None):
        raise ValueError(f"{quoted(odd)} is none of {', '.join(JSON_TYPES)}{near(str(odd), JSON_TYPES)}")
    return dict(value)


def _choices(value: Any, _: Place) -> dict[str, tuple[Any, ...]] | None:
    fine = isinstance(value, dict) and all(isinstance(items, list) and items for items in value.values())
    return {name: tuple(items) for name, items in value.items()} if fine else None


_NOTHING: Mapping[str, Any] = {}


class Expected(NamedTuple):
    """What requests with these routes and methods must be like (`[[request]]`); without routes or methods, those with any. `where` are
    patterns of the parts of the route.

    `methods` are the only ones that the routes have. `required`, `types`, `choices`, `kept` and `known` are of the JSON body: fields that must be
    there, their types, their only values, those that the server sets, all that there are. `meant` are words of others for parameters. `reserved` are
    patterns of names that the server refuses: by the name of a part of the route, or "field" for the fields of the body. `queries` are parameters, or
    pointers into the body, that hold queries with `operators`; `hints` say how an operator is used. `headers` are those that must be sent. `entries`
    are errors that say by their code that something is wrong with what is described, `status` answers without a known code that do: what is found
    is then certain."""

    source: values.Text
    entries: values.Texts = ()
    status: values.Statuses = ()
    route: values.Texts = ()
    method: values.Methods = ()
    where: Annotated[Mapping[str, Any], values.PATTERNS] = _NOTHING
    methods: values.Methods = ()
    headers: values.TextTable = _NOTHING
    required: values.Texts = ()
    types: Annotated[Mapping[str, str], Form("a table of JSON types", _types)] = _NOTHING
    choices: Annotated[Mapping[str, tuple[Any, ...]], Form("a table of lists of values", _choices)] = _NOTHING
    kept: values.Texts = ()
    known: values.Texts = ()
    parameters: Annotated[Mapping[str, Parameter], _tables(Parameter)] = _NOTHING
    only: values.Flag = False
    meant: values.TextTable = _NOTHING
    queries: values.Texts = ()
    operators: values.Texts = ()
    hints: values.TextTable = _NOTHING
    reserved: Annotated[Mapping[str, Any], values.PATTERNS] = _NOTHING

    def wrong(self) -> tuple[str, str] | None:
        """Operators without a query to look for them in, as field and reason."""
        if bool(self.queries) != bool(self.operators):
            return "operators", "goes together with `queries`, which says where they stand"
        return None

    def fits(self, template: str, method: str) -> bool:
        """Whether a request with this route and method is meant."""
        return (not self.route or template in self.route) and (not self.method or method in self.method)


# What a message says of the field that it names.
FAULTS_OF_FIELDS = ("missing", "empty", "taken", "unknown", "type", "value")


class FieldNamed(NamedTuple):
    """A message that names a field of the request (`[[field_named]]`): the pattern, with a group `field`, and what it says of it."""

    message: values.Regex
    fault: Annotated[str, values.one_of(FAULTS_OF_FIELDS)] = "value"
    entries: values.Texts = ()

    def wrong(self) -> tuple[str, str] | None:
        """A pattern without the group, as field and reason."""
        return None if "field" in self.message.groups else ("message", "needs a group `(?P<field>...)` around the field's name")


def refuse_odd_requests(
    expected: Sequence[Expected], named: Sequence[FieldNamed], templates: Iterable[str], entries: Iterable[str], at: Place
) -> None:
    """Refuses routes and entries that the catalog does not have."""
    templates, entries = list(templates), list(entries)
    for number, one in enumerate(expected, 1):
        if odd := next((route for route in one.route if route not in templates), None):
            raise at._replace(where=f"[[request]] {number}").error(f"has {quoted(odd)}, which is none of `routes`{near(odd, templates)}", "route")
    both: tuple[tuple[str, Sequence[Expected | FieldNamed]], ...] = (("request", expected), ("field_named", named))
    for table, listed in both:
        for number, item in enumerate(listed, 1):
            if odd := next((name for name in item.entries if name not in entries), None):
                raise at._replace(where=f"[[{table}]] {number}").error(f"names {quoted(odd)}, which is no entry{near(odd, entries)}", "entries")
