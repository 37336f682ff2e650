"""The texts of causes: what stands for the names in braces, and what is suggested in place of what was sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from ..catalog.causes import Case, filled
from ..exchange.json_pointer import MISSING, find
from ..exchange.json_reader import type_name
from ..exchange.unset_values import shows_nothing
from ..history.objects import collection_of
from .checks import resembling, write_instead
from .context import RuleContext, once
from .facts import fact, operation

# What names of operations begin with that change something.
_VERB = re.compile("create|update|delete")


class Field(NamedTuple):
    """A field of the request: its path, its value (MISSING for none)."""

    path: tuple[Any, ...] = ()
    value: Any = MISSING
    # Whether the name stands in the catalog.
    known: bool = True

    @property
    def name(self) -> str:
        """The name of the field, or for a member of a list that of the list."""
        return next((key for key in reversed(self.path) if isinstance(key, str)), "")

    @property
    def around(self) -> str:
        """The name of the nearest field around it that is no operator."""
        return next((key for key in reversed(self.path[:-1]) if isinstance(key, str) and key[:1] != "$"), "")


class Held(NamedTuple):
    """What conditions give: the groups of their matches, those of facts, and texts that are no values of the user's."""

    groups: Mapping[str, str] = {}
    values: Mapping[str, str] = {}
    plain: Mapping[str, str] = {}
    seen: str = ""


def filler(ctx: RuleContext, field: Field, *held: Held) -> Callable[[str], str]:
    """How a text is filled in."""
    shown: dict[str, str] = {**_route(ctx), "method": ctx.method, "path": ctx.path, "host": ctx.request.host, "template": ctx.template}
    plain: dict[str, str] = {}
    for one in held:
        shown |= {**one.groups, **one.values}
        plain |= one.plain

    def part(name: str) -> str:
        if name == "field" and field.path:
            return f"`{field.name}`" if field.known else ctx.quote(field.name)
        if name == "type" and field.path:
            return "missing" if field.value is MISSING else type_name(field.value)
        if name == "state" and field.path:
            return "missing" if field.value is MISSING else "empty" if field.value in ("", [], {}) else type_name(field.value)
        if name in ("value", "json") and field.value is not MISSING:
            text = field.value if name == "value" else json.dumps(field.value, ensure_ascii=False)
            quoted = ctx.quote(text, "" if shows_nothing(str(field.value)) else field.name)
            return quoted if name == "value" or quoted == f"`{text}`" else "`...`"
        if name == "plain":
            odd = field.value if field.known and isinstance(field.value, str) else field.name
            return ctx.quote(re.sub(r"\W+", "_", re.sub(r"^[\W\d_]+", "", odd)).strip("_") or "name")
        if name == "index":
            return str(next((key for key in reversed(field.path) if isinstance(key, int)), 0))
        if name == "in":
            return ctx.quote(field.around)
        if name in plain or name in shown:
            return plain.get(name) or ctx.quote(shown[name])
        if name in ("took", "count"):
            return str(fact(ctx, f"request:{name}"))
        if name == "length":
            return f"{len(str(field.value)):,}"
        if name == "operation":
            return operation(ctx)
        return ""

    return lambda text: filled(text, part)


def suggested(groups: Mapping[str, str]) -> str:
    """What a message suggests (the group `near`) for the name that it quotes (`name`), unless that would do something else, or do it to another."""
    name, near = groups.get("name", ""), groups.get("near", "")
    verb, other = _VERB.match(name), _VERB.match(near)
    rest, meant = name[verb.end() if verb else 0 :], near[other.end() if other else 0 :]
    if verb is None and other and near:
        return near if name.endswith(meant) else ""
    same = (verb and verb[0]) == (other and other[0])
    return near if same and SequenceMatcher(None, rest, meant).ratio() > 0.7 else ""


def nearest(case: Case, ctx: RuleContext, field: Field) -> str:
    """The fix for a name or a value that resembles the right one, or ""."""
    if field.value is MISSING:
        beside = find(ctx.json, "".join(f"/{key}" for key in field.path[:-1]))
        near = resembling(field.name, [key for key in list(beside)[:50] if key != field.name]) if isinstance(beside, dict) else ""
        return f"Rename {ctx.quote(near)} to `{field.name}`." if near else ""
    return write_instead(ctx, field.name if case.key else str(field.value), case.choices, case.meant, "") if case.choices else ""


@once
def _route(ctx: RuleContext) -> Mapping[str, str]:
    """The parts of the route; beside them the collection that a path such as `/users` is about, by the name that routes have for it."""
    if ctx.backend.history.objects is None or not ctx.backend.history.fields:
        return ctx.route
    return {ctx.backend.history.fields: collection_of(ctx.backend, ctx.raw_path, ctx.found_route[1])[0], **ctx.route}
