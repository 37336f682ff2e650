"""Backend Services: the expressions of a query, which come as headers or parameters, percent-encoded or raw."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from urllib.parse import unquote

from ..checks import json_text_fault, operators_in, type_name
from ..context import Message, Rule, RuleContext

OPERATORS = (
    "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$all", "$and", "$or", "$nor", "$not", "$exists", "$type", "$mod",
    "$regex", "$options", "$elemMatch", "$size", "$near", "$nearSphere", "$maxDistance", "$within", "$geoWithin", "$box",
    "$center", "$centerSphere", "$polygon",
)  # fmt: skip
LISTED = ("$in", "$nin", "$all", "$and", "$or", "$nor")
EXPAND_OPTIONS = ("TargetTypeName", "ReturnAs", "Fields", "SingleField", "Filter", "Sort", "Skip", "Take", "Expand")


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


def json_expression(
    header: str, parameter: str, wanted: str, check: Callable[[RuleContext, str, dict[str, Any]], Iterable[Message]]
) -> Callable[[RuleContext], Iterable[Message]]:
    """A rule: an expression must be a JSON object, in which `check` looks further; `wanted` is a right one."""

    def rule(ctx: RuleContext) -> Iterable[Message]:
        for what, text, value in expressions(ctx, header, parameter):
            named = what[0].upper() + what[1:]
            if not text.strip():
                yield Message(f"{named} is empty; leave it out, or send an object such as `{wanted}`.", header, certain=True)
            elif say := json_text_fault(ctx, named, text, parameter):
                yield say
            elif not isinstance(value, dict):
                yield Message(f"{named} is {type_name(value)}; it takes an object such as `{wanted}`.", header, certain=True)
            else:
                yield from check(ctx, what, value)

    return rule


def filter_members(ctx: RuleContext, what: str, value: dict[str, Any]) -> Iterable[Message]:
    """Operators that there are not, and those that take a list."""
    for key, operand in operators_in(value):
        if key not in OPERATORS:
            near = difflib.get_close_matches(key.lower()[:60], [name.lower() for name in OPERATORS], 1, 0.5)
            hint = f"; did you mean `{next(name for name in OPERATORS if name.lower() == near[0])}`?" if near else "."
            yield Message(f"{ctx.quote(key)} in {what} is no operator{hint}", key, certain=True)
        elif key in LISTED and not isinstance(operand, list):
            yield Message(f"`{key}` in {what} takes a list; it is {type_name(operand)}.", key, certain=True)


def sort_members(ctx: RuleContext, what: str, value: dict[str, Any]) -> Iterable[Message]:
    """Directions other than 1 and -1."""
    for field, direction in list(value.items())[:20]:
        if isinstance(direction, bool) or direction not in (1, -1):
            yield Message(
                f"{ctx.quote(field)} in {what} is {ctx.quote(direction, field)}; it takes 1 (ascending) or -1 (descending).", field, certain=True
            )


def fields_members(ctx: RuleContext, what: str, value: dict[str, Any]) -> Iterable[Message]:
    """Choices other than 1 and 0, or both of them."""
    for field, choice in list(value.items())[:50]:
        if choice not in (0, 1):
            yield Message(f"{ctx.quote(field)} in {what} is {ctx.quote(choice, field)}; it takes 1 (include) or 0 (leave out).", field, certain=True)
            return
    if len({bool(choice) for field, choice in value.items() if field != "Id"}) > 1:
        yield Message(f"{what} mixes 1 and 0; name either the fields to include or those to leave out.".capitalize(), "1 and 0", certain=True)


def expand_members(ctx: RuleContext, what: str, value: dict[str, Any]) -> Iterable[Message]:
    """Options that there are not, and those that exclude each other."""
    for relation, options in list(value.items())[:20]:
        if not isinstance(options, dict):
            if not isinstance(options, (bool, str)):
                yield Message(
                    f"{ctx.quote(relation)} in {what} is {type_name(options)}; it takes true or an object of options.", relation, certain=True
                )
            continue
        for option in options:
            if option not in EXPAND_OPTIONS:
                near = difflib.get_close_matches(option[:60], EXPAND_OPTIONS, 1, 0.6)
                hint = f"; did you mean `{near[0]}`?" if near else f"; there are {', '.join(EXPAND_OPTIONS)}."
                yield Message(f"{ctx.quote(option)} is no option of {ctx.quote(relation)} in {what}{hint}", option, certain=True)
        if "Fields" in options and "SingleField" in options:
            yield Message(f"{ctx.quote(relation)} in {what} has both `Fields` and `SingleField`; they exclude each other.", relation, certain=True)
        take = options.get("Take")
        if isinstance(take, int) and take > 50:
            yield Message(f"`Take` of {ctx.quote(relation)} is {take}; apps allow 50 unless they were given more.", f"Take: {take}", certain=False)


def power_members(ctx: RuleContext, what: str, value: dict[str, Any]) -> Iterable[Message]:
    """Computed fields without a definition."""
    for field, definition in list(value.items())[:20]:
        if not isinstance(definition, dict):
            yield Message(f"{ctx.quote(field)} in {what} is {type_name(definition)}; it takes an object with the definition.", field, certain=True)


def single_field(ctx: RuleContext) -> Iterable[Message]:
    """The one expression that is no JSON: a bare name."""
    for what, text, value in expressions(ctx, "X-Everlive-Single-Field", "singleField"):
        named = what[0].upper() + what[1:]
        if not text.strip():
            yield Message(f"{named} is empty; it takes a field's bare name, or is left out.", "single field", certain=True)
        elif isinstance(value, (str, dict, list)) or text[:1] in "\"'{[":
            yield Message(f"{named} is {ctx.quote(text)}; it takes a field's bare name, without quotes or brackets.", text, certain=True)
        elif re.search(r"[,\s]", text):
            yield Message(f"{named} names several fields ({ctx.quote(text)}); for those there is `X-Everlive-Fields`.", text, certain=True)


FILTER = json_expression("X-Everlive-Filter", "filter", '{"Author": "Sam"}', filter_members)
SORT = json_expression("X-Everlive-Sort", "sort", '{"Author": 1}', sort_members)
FIELDS = json_expression("X-Everlive-Fields", "fields", '{"Author": 1}', fields_members)
EXPAND = json_expression("X-Everlive-Expand", "expand", '{"Author": true}', expand_members)
POWER = json_expression("X-Everlive-Power-Fields", "powerFields", '{"Name": {...}}', power_members)
CUSTOM = json_expression("X-Everlive-Custom-Parameters", "customParameters", '{"value": 5}', lambda _case, _what, _value: ())

RULES: tuple[Rule, ...] = (
    Rule("filter", FILTER, ("InvalidFilter",), (400,)),
    Rule("sort", SORT, ("InvalidSort",), (400,)),
    Rule("fields", FIELDS, ("InvalidFields",), (400,)),
    Rule("expand", EXPAND, ("InvalidExpand",), (400,)),
    Rule("power-fields", POWER, ("InvalidPowerFields",), (400,)),
    Rule("custom-parameters", CUSTOM, ("InvalidCustomParameters",), (400,)),
    Rule("single-field", single_field, ("InvalidSingleField",), (400,)),
)
