"""Causes that data can tell: what in a request, in its route or in the server's words explains an error, and what to say then.

The annotations say how each field is read (see `reader`): they are values here, so this module does not postpone them.
"""

import re
from collections.abc import Callable, Iterable
from typing import Annotated, NamedTuple

from . import values, vocabulary
from .entries import Entry, Match
from .reader import Place, near
from .vocabulary import quoted, shown

# A doubled brace, or a name in braces.
_PART = re.compile(r"\{\{|\}\}|\{(\w+)\}")
# What a field of the request can be: `missing` is one that is not there, `empty` a string, array or object with nothing in it.
STATES = ("missing", "empty", "null", "string", "number", "boolean", "array", "object")
# What texts may name in braces, beside groups of the patterns in `when` and parts of the route.
OWN_NAMES = ("field", "value", "type", "method", "path")


class Case(NamedTuple):
    """What must hold, and what to say then; texts name parts in braces. `field` are keys or pointers of the JSON request, fields of a form, query
    parameters, or headers (`header:Name`): the first that is in one of the states `is`, and whose text `value` is found in, counts. `sent`: what the
    patterns' groups hold must stand in the request."""

    says: values.Text
    fix: values.Text
    when: tuple[Match, ...] = ()
    field: values.Texts = ()
    states: Annotated[tuple[str, ...], "is", values.some_of(STATES)] = ()
    value: values.OptionalRegex = None
    sent: values.Flag = False
    certain: values.Flag = False
    retry: Annotated[str, values.one_of(vocabulary.RETRIES)] = "after-fix"
    fault: Annotated[str, values.one_of(vocabulary.FAULTS)] = "request"

    def wrong(self) -> tuple[str, str] | None:
        """A case without conditions, as field and reason."""
        if not self.when and not self.field:
            return "when", "is missing, and so is `field`: a case needs a condition"
        if bool(self.field) != bool(self.states or self.value):
            return "field", "goes together with `is` or `value`, which say what is wrong with it"
        return None


class Cause(NamedTuple):
    """One cause, by the name of its rule. The first of its cases that holds speaks. It is asked for errors with these entries, for answers with these
    statuses that no entry explains, or, with neither, for every error; one that is for `otherwise`, only if nothing else that is bound to the entry
    was found. `looks_at`, `source` and `other_causes` are for people."""

    name: values.Text
    looks_at: values.Text
    source: values.Text
    case: tuple[Case, ...]
    other_causes: values.Text = ""
    entries: values.Texts = ()
    status: values.Statuses = ()
    aside: values.Flag = False
    otherwise: values.Flag = False


def refuse_odd_causes(causes: Iterable[Cause], entries: Iterable[Entry], parts: Iterable[str], at: Place) -> None:
    """Refuses causes of entries that the catalog does not have, and texts that name what nothing gives. `parts`: the names in routes."""
    known, parts = {entry.name for entry in entries}, (*OWN_NAMES, *parts)
    for number, cause in enumerate(causes, 1):
        place = at._replace(where=f"[[cause]] {number} `{shown(cause.name)}`")
        if odd := next((name for name in cause.entries if name not in known), None):
            raise place.error(f"names {quoted(odd)}, which is no entry of this catalog{near(odd, known)}", "entries")
        for position, case in enumerate(cause.case, 1):
            given = {*parts, *(name for match in case.when for name in match.groups)}
            for field, text in (("says", case.says), ("fix", case.fix)):
                if (odd := _odd_name(text, given)) is not None:
                    takes = f"{{{{ for a brace, and the names {', '.join(sorted(given))}"
                    raise place._replace(where=f"{place.where}, case {position}").error(f"has {quoted(odd)} in braces; it takes {takes}", field)


def _odd_name(text: str, given: Iterable[str]) -> str | None:
    """The first name in braces that is none of those given, or the whole text if it has a single brace."""
    if re.search(r"[{}]", _PART.sub("", text)):
        return text
    return next((found[1] for found in _PART.finditer(text) if found[1] and found[1] not in given), None)


def filled(text: str, part: Callable[[str], str]) -> str:
    """A text with its parts, each asked for by its name."""
    return _PART.sub(lambda found: part(found[1]) if found[1] else found[0][0], text)
