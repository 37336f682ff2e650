"""Causes that data can tell: what in a request, in its route or in the server's words explains an error, and what to say then.

The annotations say how each field is read (see `reader`): they are values here, so this module does not postpone them.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Annotated, Any, NamedTuple

from . import values, vocabulary
from .entries import NOTHING, Entry, Match
from .patterns import Pattern
from .reader import SAME_TABLE, Form, Place, near
from .vocabulary import quoted, shown

# A doubled brace, or a name in braces.
_PART = re.compile(r"\{\{|\}\}|\{(\w+)\}")
# What a field of the request can be: `missing` is one that is not there, `empty` a string, array or object with nothing in it, `unset` a program's
# word for no value or the text of a sample, `padded` a string with white space around it, `set` one that is none of these.
STATES = ("missing", "empty", "null", "string", "number", "boolean", "array", "object", "unset", "padded", "set")
# What texts may name in braces, beside groups of the patterns, parts of the route, and what `earlier` gives.
OWN_NAMES = (
    "field", "value", "type", "state", "json", "plain", "in", "index", "method", "path", "operation", "host", "template", "took", "count",
    "length", "flow", "ago",
)  # fmt: skip
# What conditions may ask for, by what stands before the colon: headers, the answer's headers, parts of the route, query parameters, Basic
# credentials (`user`, `password`), claims of a JSON Web Token, and facts of the request and of the error.
FACTS: Mapping[str, tuple[str, ...]] = {
    "header": (), "answer": (), "route": (), "query": (), "basic": ("user", "password"), "claim": (), "token": ("scheme", "sent", "user"),
    "request": ("host", "path", "query", "client", "operation", "took", "count", "problem"), "error": ("entry", "message", "debug", "code", "status"),
}  # fmt: skip
# What earlier exchanges can have shown, and the names that each gives to texts beside `flow` and `ago`.
EARLIER: Mapping[str, tuple[str, ...]] = {
    "token-issued": ("place",), "token-used": (), "sent-token-issued": ("user",), "sent-token-used": (), "sent-token-ended": (),
    "token-of-other-app": ("other",), "token-of-other-key": (), "token-is-for-refresh": (), "refresh-token-is-for-access": (),
    "refresh-token-reused": (), "refresh-token-used": (), "token-refreshed": (), "key-used": (), "other-key-used": (), "credentials-used": (),
    "other-secret-used": (), "name-in-other-app": ("name", "other"), "name-with-other-key": ("name",), "object-is-own": ("owner", "user"),
    "object-is-of-other-user": ("owner", "user"), "user-deleted": (), "request-worked": (), "request-id-sent": ("header",),
    "newest-token": ("place",), "value-seen": ("place",), "value-stored": ("column", "record"),
}  # fmt: skip


def _facts(value: Any, at: Place) -> tuple[Mapping[str, Pattern], ...] | None:
    """A table `{ "request:host" = 'pattern' }`, or a list of such tables."""
    tables = tuple(values.PATTERNS.read(table, at) for table in (value if isinstance(value, list) else [value]))
    for name in (name for table in tables for name in table or ()):
        kind, colon, rest = name.partition(":")
        if colon and name[:1] != "/" and (kind not in FACTS or (FACTS[kind] and rest not in FACTS[kind])):
            raise ValueError(f"has {quoted(name)}, which is no fact of a request; known are {', '.join(FACTS)}{near(kind, FACTS)}")
    return tables if all(tables) else None


_FACTS = Form("a table of patterns, or a list of such tables", _facts)
_PROOF = Form("true, false or a table of patterns", lambda value, at: value if isinstance(value, bool) else _facts(value, at))
_SENT = Form("true, false or names of groups", lambda value, _: value if isinstance(value, bool) else values.texts(value))
_EARLIER = values.one_of(EARLIER)


class Conditions(NamedTuple):
    """What must hold: one of the matches `when`, one of the tables `where`, all of whose patterns must be found in the facts that they name (an
    absent one is ""), what `earlier` exchanges showed, what they `never` did, and pairs of facts that are the `same` or `differ`."""

    when: tuple[Match, ...] = ()
    where: Annotated[tuple[Mapping[str, Pattern], ...], _FACTS] = ()
    earlier: Annotated[str, _EARLIER] = ""
    never: Annotated[tuple[str, ...], values.some_of(EARLIER)] = ()
    same: values.Texts = ()
    differ: values.Texts = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What the conditions give to texts."""
        patterns = [name for table in self.where for pattern in table.values() for name in pattern.groups]
        return (*(name for match in self.when for name in match.groups), *patterns, *EARLIER.get(self.earlier, ()))

    def wrong(self) -> tuple[str, str] | None:
        """A comparison of anything but two facts, as field and reason."""
        return next(((name, "takes two facts") for name in ("same", "differ") if len(getattr(self, name)) not in (0, 2)), None)


class More(NamedTuple):
    """What is added to the text of a case where this holds too; the first `fix` among these stands in place of the case's own."""

    holds: Annotated[Conditions, SAME_TABLE]
    says: Annotated[str, values.SPACED] = ""
    fix: values.Text = ""


class Case(NamedTuple):
    """What must hold, and what to say then; texts name parts in braces. `field` are keys or pointers (see `json_places`) of the JSON request,
    fields of a form, query parameters, or facts (`header:Name`): those count that are in one of the states `is` and in none of `is_not`, in whose
    text (of lists and objects the JSON) `value` is found, in whose name `key`, and that are none of `choices`; `meant` are words of others for these.
    `beside` are fields that must be there, too. `sent`: what the patterns' groups hold (all, or those named) must stand in
    the request; `unsent`: must not. `certain` may be conditions as in `where`."""

    says: values.Text
    holds: Annotated[Conditions, SAME_TABLE]
    fix: values.Text = ""
    field: values.Texts = ()
    states: Annotated[tuple[str, ...], "is", values.some_of(STATES)] = ()
    is_not: Annotated[tuple[str, ...], values.some_of(STATES)] = ()
    value: values.OptionalRegex = None
    key: values.OptionalRegex = None
    choices: values.Texts = ()
    meant: values.TextTable = NOTHING
    beside: values.Texts = ()
    sent: Annotated[bool | tuple[str, ...], _SENT] = False
    unsent: values.Flag = False
    certain: Annotated[bool | tuple[Mapping[str, Pattern], ...], _PROOF] = False
    retry: Annotated[str, values.one_of(vocabulary.RETRIES)] = "after-fix"
    fault: Annotated[str, values.one_of(vocabulary.FAULTS)] = "request"
    more: tuple[More, ...] = ()

    def wrong(self) -> tuple[str, str] | None:
        """A case without conditions, as field and reason."""
        if not any(self.holds) and not self.field:
            return "when", "is missing, and so is `field`: a case needs a condition"
        if bool(self.field) != bool(self.states or self.is_not or self.value or self.key or self.choices):
            return "field", "goes together with `is`, `is_not`, `value`, `key` or `choices`, which say what is wrong with it"
        return self.holds.wrong()


class Cause(NamedTuple):
    """One cause, by the name of its rule. The first of its cases that holds speaks (with `all`, each), where the cause's own conditions hold too. It
    is asked for errors with these entries, for answers with these statuses that no entry explains, or, with neither, for every error; `otherwise`
    only if nothing else explains it. If the message has what the pattern `named` finds, only fields with such a name in their path or value count.
    `looks_at`, `source` and `other_causes` are for people."""

    name: values.Text
    looks_at: values.Text
    source: values.Text
    case: tuple[Case, ...]
    holds: Annotated[Conditions, SAME_TABLE]
    other_causes: values.Text = ""
    entries: values.Texts = ()
    status: values.Statuses = ()
    named: values.OptionalRegex = None
    aside: values.Flag = False
    otherwise: values.Flag = False
    every: Annotated[bool, "all", values.FLAG] = False

    def is_for(self, names: Collection[str], status: int | None) -> bool:
        """Whether it is asked for an error with these names, or for an answer without any and with this status."""
        by_status = not names and status in self.status
        return by_status or any(name in self.entries for name in names) or not (self.entries or self.status)


def refuse_odd_causes(causes: Iterable[Cause], entries: Iterable[Entry], parts: Iterable[str], at: Place) -> None:
    """Refuses causes of entries that the catalog does not have, and texts that name what nothing gives. `parts`: the names in routes."""
    known, parts = {entry.name for entry in entries}, (*OWN_NAMES, *parts)
    for number, cause in enumerate(causes, 1):
        place = at._replace(where=f"[[cause]] {number} `{shown(cause.name)}`")
        if odd := next((name for name in cause.entries if name not in known), None):
            raise place.error(f"names {quoted(odd)}, which is no entry of this catalog{near(odd, known)}", "entries")
        for position, case in enumerate(cause.case, 1):
            given = {*parts, *cause.holds.names, *case.holds.names, *(case.value.groups if case.value else ())}
            texts = [("says", case.says, given), ("fix", case.fix, given)]
            texts += [(field, text, {*given, *more.holds.names}) for more in case.more for field, text in (("says", more.says), ("fix", more.fix))]
            for field, text, names in texts:
                if (odd := _odd_name(text, names)) is not None:
                    takes = f"{{{{ for a brace, and the names {', '.join(sorted(names))}"
                    raise place._replace(where=f"{place.where}, case {position}").error(f"has {quoted(odd)} in braces; it takes {takes}", field)


def _odd_name(text: str, given: Iterable[str]) -> str | None:
    """The first name in braces that is none of those given, or the whole text if it has a single brace."""
    if re.search(r"[{}]", _PART.sub("", text)):
        return text
    return next((found[1] for found in _PART.finditer(text) if found[1] and found[1] not in given), None)


def filled(text: str, part: Callable[[str], str]) -> str:
    """A text with its parts, each asked for by its name. Within code marks of the text a part loses its own."""

    def fill(found: re.Match[str]) -> str:
        value = part(found[1]) if found[1] else found[0][0]
        return value.strip("`") if found[1] and text.count("`", 0, found.start()) % 2 else value

    return _PART.sub(fill, text)
