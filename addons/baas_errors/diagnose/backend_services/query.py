"""Backend Services: the expressions of a query, which come as headers or parameters, percent-encoded or raw.

Sources, unless a rule names another: Telerik Backend Services, REST API guide ("Queries", "Expand", "Power Fields"); the Everlive JavaScript SDK.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import unquote

from ...exchange.json_reader import type_name
from ..checks import LISTED, Check, operators_in, resembling, unknown_operator
from ..context import Message, Rule, RuleContext, fault_of
from ..json_faults import json_text_fault

OPERATORS = (
    "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$all", "$and", "$or", "$nor", "$not", "$exists", "$type", "$mod",
    "$regex", "$options", "$elemMatch", "$size", "$near", "$nearSphere", "$maxDistance", "$within", "$geoWithin", "$box",
    "$center", "$centerSphere", "$polygon",
)  # fmt: skip
EXPAND_OPTIONS = ("TargetTypeName", "ReturnAs", "Fields", "SingleField", "Filter", "Sort", "Skip", "Take", "Expand")


# A field to sort by as other services write it: `-Name`, `Name desc`, `Name:1`.
_SORTED = r"(-?)(\w+)(?:[ :]+(asc|desc|ascending|descending|-?1)(?![\w]))?"


# Looks at the members of an expression that is an object; it is called with the expression's name.
Members = Callable[[RuleContext, str, dict[str, Any]], Iterable[Message]]


class Expression(NamedTuple):
    """An expression as sent: what people call it, its text with at most one percent-encoding undone, and its value (None: no JSON)."""

    what: str
    text: str
    value: Any


def expressions(ctx: RuleContext, header: str, parameter: str) -> Iterable[Expression]:
    """The header and the parameter of an expression, those that are there."""
    raw = ctx.headers.get(header)
    if header in ctx.headers:
        # The JavaScript SDK encodes it, others send it raw.
        text = raw if _parsed(raw) is not None or not re.match(r"\s*%[0-9A-Fa-f]{2}", raw) else unquote(raw)
        yield Expression(f"the header `{header}`", text, _parsed(text))
    if parameter in ctx.params:
        text = ctx.params[parameter]
        yield Expression(f"`{parameter}`", text, _parsed(text))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _object(ctx: RuleContext, members: dict[str, Any]) -> str:
    """An object as it is to be sent: names of the app's, with values of ours, which are no secrets."""
    inner = ",".join(f'"{ctx.quote(name)[1:-1]}":{json.dumps(value)}' for name, value in members.items())
    return f"`{{{inner}}}`"


def json_expression(header: str, parameter: str, example: str, check: Members, looks_at: str) -> Check:
    """A rule: an expression must be a JSON object, in which `check` looks further; `example` is a right one."""
    fix = f"Send an object such as `{example}`."

    def rule(ctx: RuleContext) -> Iterable[Message]:
        for what, text, value in expressions(ctx, header, parameter):
            named = what[0].upper() + what[1:]
            if not text.strip():
                yield fault_of(f"{named} is empty.", header, f"Leave it out, or send an object such as `{example}`.")
            elif value is None and re.fullmatch(rf"\s*{_SORTED}(\s*,\s*{_SORTED})*\s*", text):
                listed = [found.groups("") for found in re.finditer(_SORTED, text)][:5]
                right = {name: -1 if minus or order[:1].lower() in ("d", "-") else 1 for minus, name, order in listed}
                own = f"Send {_object(ctx, right)}." if header.endswith(("Sort", "Fields")) and "Power" not in header else fix
                yield fault_of(f"{named} is {ctx.quote(text, parameter)}, which is not a JSON object.", header, own)
            elif say := json_text_fault(ctx, named, text, parameter):
                yield say
            elif not isinstance(value, dict):
                yield fault_of(f"{named} is {type_name(value)}, not an object.", header, fix)
            else:
                if odd := re.search(r"[^\x00-\x7f]+", ctx.headers.get(header)) if what.startswith("the header") else None:
                    says = f"{what} has characters outside ASCII, such as {ctx.quote(odd[0])}, which headers cannot carry safely."
                    todo = f"Send `encodeURIComponent(JSON.stringify(...))` in the header, or the expression as the parameter `{parameter}`."
                    yield fault_of(says, header, todo, certain=False)
                yield from check(ctx, what, value)

    rule.__doc__ = f"""Looks at `{header}` or `{parameter}`: {looks_at}.

    Other causes: none: the code is for this expression alone."""
    rule.__module__ = __name__
    return rule


def filter_members(ctx: RuleContext, what: str, value: dict[str, Any]) -> Iterable[Message]:
    """Unknown operators, and those that take an array."""
    for key, operand in operators_in(value):
        if key not in OPERATORS:
            yield unknown_operator(ctx, key, OPERATORS, f" in {what}")
        elif key in LISTED and not isinstance(operand, list):
            yield fault_of(f"`{key}` in {what} has {type_name(operand)}, not an array.", key, f'Send an array, for example `{{"{key}": [...]}}`.')


def each_member(valid: Callable[[Any], bool], wrong: Callable[[str], str], fix: Callable[[RuleContext, str, Any], str]) -> Members:
    """Checks each value of an expression: what is `wrong` with one that is not `valid`, by how it is shown, and how to send it."""

    def check(ctx: RuleContext, what: str, value: dict[str, Any]) -> Iterable[Message]:
        for field, given in list(value.items())[:20]:
            if not valid(given):
                shown = type_name(given) if isinstance(given, (dict, list)) else ctx.quote(given, field)
                yield fault_of(f"{ctx.quote(field)} in {what} is {wrong(shown)}.", field, fix(ctx, field, given))

    return check


sort_members = each_member(
    lambda way: not isinstance(way, bool) and way in (1, -1),
    lambda shown: f"{shown}, which is not 1 or -1",
    lambda ctx, field, way: f"Send {_object(ctx, {field: -1 if 'desc' in str(way).lower() else 1})} (1 is ascending, -1 descending).",
)
choices = each_member(
    lambda choice: choice in (0, 1),
    lambda shown: f"{shown}, which is not 1 or 0",
    lambda ctx, field, _: f"Send {_object(ctx, {field: 1})} to include the field, or 0 to leave it out.",
)
power_members = each_member(
    lambda definition: isinstance(definition, dict),
    lambda shown: f"{shown}, not an object with a definition",
    lambda _ctx, _field, _: 'Send an object with the definition, for example `{"Name": {...}}`.',
)


def fields_members(ctx: RuleContext, what: str, value: dict[str, Any]) -> Iterable[Message]:
    """Choices other than 1 and 0, or both of them."""
    yield from islice(choices(ctx, what, value), 1)
    if all(choice in (0, 1) for choice in value.values()) and len({bool(choice) for field, choice in value.items() if field != "Id"}) > 1:
        says = f"{what[0].upper()}{what[1:]} mixes 1 and 0."
        yield fault_of(says, "1 and 0", "Name either the fields to include (1) or those to leave out (0).")


def expand_members(ctx: RuleContext, what: str, value: dict[str, Any]) -> Iterable[Message]:
    """Unknown options, and those that exclude each other."""
    for relation, options in list(value.items())[:20]:
        name = ctx.quote(relation)
        if not isinstance(options, dict):
            if not isinstance(options, bool):
                fix = f"Send {_object(ctx, {relation: True})}, or an object of options."
                yield fault_of(f"{name} in {what} is {type_name(options)}, not true or an object.", relation, fix)
            continue
        for option in options:
            if option not in EXPAND_OPTIONS:
                near = resembling(option, EXPAND_OPTIONS)
                fix = f"Write `{near}` instead." if near else f"Use one of the options: {', '.join(EXPAND_OPTIONS)}."
                yield fault_of(f"{ctx.quote(option)} is not an option of {name} in {what}.", option, fix)
        if "Fields" in options and "SingleField" in options:
            yield fault_of(f"{name} in {what} has both `Fields` and `SingleField`.", relation, "Leave out one of the two.")
        take = options.get("Take")
        if isinstance(take, int) and take > 50:
            fix = "Send 50 or less, and read the related type itself for more."
            yield fault_of(f"`Take` of {name} is {take}; the default limit of an app is 50.", f"Take: {take}", fix, certain=False)


RULES: tuple[Rule, ...] = tuple(
    Rule(rule, json_expression(f"X-Everlive-{header}", parameter, example, check, looks_at), (f"Invalid{header.replace('-', '')}",), (400,))
    for rule, header, parameter, example, check, looks_at in (
        ("filter", "Filter", "filter", '{"Author": "Sam"}', filter_members, "a JSON object with operators that exist"),
        ("sort", "Sort", "sort", '{"Author": 1}', sort_members, "a JSON object with 1 or -1 for each field"),
        ("fields", "Fields", "fields", '{"Author": 1}', fields_members, "a JSON object with 1 or 0 for each field, not both"),
        ("expand", "Expand", "expand", '{"Author": true}', expand_members, "a JSON object with options that exist"),
        ("power-fields", "Power-Fields", "powerFields", '{"Name": {...}}', power_members, "a JSON object with a definition for each field"),
        ("custom-parameters", "Custom-Parameters", "customParameters", '{"value": 5}', lambda _ctx, _what, _value: (), "a JSON object"),
    )
)
