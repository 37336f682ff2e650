"""Compares a request with what its catalog says that requests must be like (`[[request]]`): fields, parameters, methods, operators, names.

A catalog tells what a route takes, not what this answer is about: a finding is certain only where the answer names the field, parameter or operator.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...catalog.requests import Expected, Parameter
from ...exchange.json_pointer import MISSING, find
from ...exchange.json_reader import compact, json_type, parse_json, type_name, with_article
from ..checks import LISTED, missing_field, operators_in, resembling, unknown_operator, write_instead
from ..context import Message, Rule, RuleContext, fault_of, once
from ..json_faults import json_text_fault
from ..named_fields import as_asked, named_in_answer

_MOST = 5
# Texts in a query are no names.
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_EMPTY: tuple[Any, ...] = (None, "", [], {})
_ABSENT = re.compile(r"(?i)\b(?:required|missing|must (?:have|include|provide)|not (?:specified|provided)|cannot be (?:blank|empty))\b")


@once
def _expected(ctx: RuleContext) -> list[Expected]:
    if (not ctx.name and ctx.status in (404, 405)) or ctx.status == 413:
        return []  # The server did not look at the request, or at its size only.
    fitting = (expected for expected in ctx.backend.tables.of(Expected) if expected.fits(ctx.found_route[0], ctx.method))
    return [one for one in fitting if all(pattern.found_in(ctx.route.get(part, "")) for part, pattern in one.where.items())]


@once
def _sent(ctx: RuleContext) -> Mapping[str, Any] | None:
    """The fields that the request sends in its body, as JSON or as a form; None where they cannot be told."""
    if ctx.sends_object:
        return ctx.fields
    form = ctx.body.form if "form-urlencoded" in ctx.body.content_type and not ctx.in_batch else None
    return form or None


def _names(ctx: RuleContext, name: str) -> bool:
    """Whether the answer names a field, a parameter or an operator."""
    last = name.rpartition("/")[2]
    if re.search(rf"(?<![\w$.-])(?:{re.escape(last)}|{re.escape(last.upper())})(?![\w-])", f"{ctx.message[:1000]} {ctx.error.debug[:1000]}"):
        return True
    return any(named.name == last for named in named_in_answer(ctx))


def _proved(ctx: RuleContext, expected: Expected, name: str) -> bool:
    return ctx.name in expected.entries or (not ctx.name and ctx.status in expected.status) or _names(ctx, name)


def required_header(ctx: RuleContext) -> Iterator[Message]:
    """Looks for headers that the route requires. Source: the catalog (`headers`). Other causes: certain only where the answer names the header, or is
    about it."""
    for expected in _expected(ctx) if not ctx.in_batch else ():
        for name, example in expected.headers.items():
            if not ctx.headers.get(name).strip():
                state = "is empty" if name in ctx.headers else "is missing"
                fix = f"Send `{name}: {example}`." if example else f"Send the header `{name}`."
                yield fault_of(f"The header `{name}` {state}.", f"no {name}", fix, certain=_proved(ctx, expected, name))


def required_field(ctx: RuleContext) -> Iterator[Message]:
    """Looks for fields that the route requires. Source: the catalog (`required`). Other causes: a server refuses requests for one reason of several;
    certain only where the answer names the field, or says that the only one that is absent is missing."""
    sent, asking = _sent(ctx), next((expected for expected in _expected(ctx) if expected.required), None)
    if asking and sent is None and ctx.json is not None and not isinstance(ctx.json, dict):
        kind = type_name(ctx.json)
        certain = ctx.name in asking.entries
        yield fault_of(f"The body is {kind}, and this request takes an object.", kind, "Send a JSON object with the fields of this request.", certain)
    if sent is None or ctx.method in ("GET", "HEAD"):
        return
    absent = {name: expected for expected in _expected(ctx) for name in expected.required if _at(sent, name) in (MISSING, *_EMPTY)}
    for name, expected in list(absent.items())[:_MOST]:
        certain = _proved(ctx, expected, name) or (len(absent) == 1 and _ABSENT.search(ctx.message[:1000]) is not None)
        yield missing_field(ctx, name)._replace(certain=certain)


def field_type(ctx: RuleContext) -> Iterator[Message]:
    """Compares the JSON types of fields with those that the route takes. Source: the catalog (`types`). Other causes: certain only where the answer
    names the field."""
    for expected in _expected(ctx) if ctx.fields else ():
        for name, wanted in expected.types.items():
            value = _at(ctx.fields, name)
            if value is MISSING or value is None or _is(value, wanted):
                continue
            last, takes = name.rpartition("/")[2], with_article(wanted)
            fix = as_asked(ctx, takes, last, value) or f"Send `{last}` as {takes}."
            shown = "" if isinstance(value, (list, dict)) else f", {ctx.quote(value, last)}"
            says = f"`{last}` is {type_name(value)}{shown}; this request takes {takes} there."
            yield fault_of(says, f"{json_type(value)} in {last}", fix, certain=_proved(ctx, expected, name))


def _at(fields: Mapping[str, Any], name: str) -> Any:
    return find(fields, name) if name[:1] == "/" else fields.get(name, MISSING)


def _is(value: Any, wanted: str) -> bool:
    if wanted == "integer":
        return not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))
    return json_type(value) == wanted


def field_choice(ctx: RuleContext) -> Iterator[Message]:
    """Compares the values of fields with the only ones that the route takes. Source: the catalog (`choices`). Other causes: certain only where the
    answer names the field or its value."""
    for expected in _expected(ctx):
        for name, choices in expected.choices.items():
            value = _at(_sent(ctx) or {}, name)
            if value is MISSING or value in choices or isinstance(value, (list, dict)):
                continue
            last, texts = name.rpartition("/")[2], [str(choice) for choice in choices]
            near = resembling(str(value), texts)
            fix = f"Write `{near}` instead of {ctx.quote(value, last)}." if near else f"Send one of {', '.join(f'`{text}`' for text in texts[:12])}."
            says = f"`{last}` is {ctx.quote(value, last)}, which is none of the values that this request takes."
            certain = _proved(ctx, expected, name) or (len(str(value)) > 2 and str(value) in ctx.message[:1000])
            yield fault_of(says, last, fix, certain=certain)


def server_field(ctx: RuleContext) -> Iterator[Message]:
    """Looks for fields that the server sets. Source: the catalog (`kept`). Other causes: many servers pass over them; certain only where the answer
    names the field."""
    for expected in _expected(ctx):
        for name in expected.kept:
            if _at(_sent(ctx) or {}, name) is not MISSING and (certain := _proved(ctx, expected, name)):
                yield fault_of(
                    f"The request sends `{name}`, which the server sets itself.", name, f"Leave `{name}` out of the body.", certain=certain
                )


def unknown_field(ctx: RuleContext) -> Iterator[Message]:
    """Looks for fields that resemble those that the route takes. Source: the catalog (`required`, `known`). Other causes: the field may be meant
    as it is, so this is likely only, unless the answer names it."""
    for expected in _expected(ctx):
        known = (*expected.known, *expected.required)
        for name in list(_sent(ctx) or {})[:50] if expected.known else ():
            near = resembling(name, known) if name not in known else ""
            if near and near not in (_sent(ctx) or {}):
                says = f"this request takes no field {ctx.quote(name)}; it resembles `{near}`."
                yield fault_of(says, f"{name} / {near}", f"Rename {ctx.quote(name)} to `{near}`.", certain=_proved(ctx, expected, name))


def parameter(ctx: RuleContext) -> Iterator[Message]:
    """Compares query parameters with what the route takes: numbers in their limits, values of a list, JSON, names. Source: the catalog
    (`parameters`). Other causes: some servers pass over a parameter that they cannot read; certain only where the answer names it."""
    for expected in _expected(ctx):
        for name, takes in expected.parameters.items():
            text, own = ctx.params.get(name), ctx.fields.get(name) if ctx.method == "GET" else None
            if text is None and own is not None:
                # SDKs and batches send a query in the body.
                text = compact(own)
            if text is not None and (say := _odd_value(ctx, name, text, takes) or _object_as_text(name, own, takes)):
                as_json = takes.type in ("json", "object")
                yield say._replace(certain=say.certain if as_json else _proved(ctx, expected, name))
                if as_json:
                    # Where a value has a raw `&`, what follows it is no parameter.
                    return
            if text is not None and takes.fields:
                yield from _unknown_fields(ctx, name, takes.fields.each_in(_QUOTED.sub("''", text), "field"))
        unknown = [name for name in list(ctx.params)[:50] if name.partition("[")[0] not in expected.parameters] if expected.only else []
        for name in sorted(unknown, key=lambda name: not ctx.message.endswith(f" {name}")):
            if say := _unknown_parameter(ctx, expected, name):
                yield say


def _object_as_text(name: str, value: Any, takes: Parameter) -> Message | None:
    """An object that a JSON body has as a text."""
    if takes.type != "object" or not isinstance(value, str):
        return None
    return fault_of(f"`{name}` must be a JSON object; it is a string.", name, f"Send `{name}` as an object, without `JSON.stringify`.")


def _unknown_parameter(ctx: RuleContext, expected: Expected, name: str) -> Message | None:
    """A parameter that the route does not take."""
    shown, head = ctx.quote(name), re.split(r"=|%3D", name, maxsplit=1, flags=re.I)[0]
    fix, says = write_instead(ctx, name, expected.parameters, expected.meant, ""), f"{shown} is not a parameter of this request."
    if head != name and head in expected.parameters:
        says = f"The `=` after `{head}` is percent-encoded, so the server takes the whole text for the name of a parameter."
        fix = f"Encode the value only: `{head}=` followed by the percent-encoded value."
    elif other := next((route for one in ctx.backend.tables.of(Expected) if name in one.parameters for route in one.route), ""):
        fix = f"Remove {shown}, which `{other}` takes, not {ctx.quote(ctx.found_route[0])}."
    elif not fix and not (_names(ctx, name) or ctx.name in expected.entries):
        return None
    query = next((place for one in _expected(ctx) for place in one.queries if place in expected.parameters), "")
    search = f" To search by a field of that name, put it into `{query}`: `{query}={{{json.dumps(name[:40])}: value}}`." if query else ""
    return fault_of(says, name, fix or f"Remove {shown}.{search}", certain=_proved(ctx, expected, name))


def _unknown_fields(ctx: RuleContext, parameter: str, named: Iterable[str]) -> Iterator[Message]:
    collection, stored = ctx.collection, ctx.stored_fields()
    for name in list(dict.fromkeys(named))[:_MOST] if stored else ():
        if name not in stored:
            near = resembling(name, stored)
            what = (
                f"it resembles `{near}` ({ctx.flow_name(stored[near][1].flow)})"
                if near
                else f"they have {', '.join(f'`{x}`' for x in list(stored)[:12])}"
            )
            fix = (
                f"Write `{near}` instead of {ctx.quote(name)} in `{parameter}`."
                if near
                else f"Name a field of {ctx.quote(collection)} in `{parameter}`."
            )
            says = f"`{parameter}` names {ctx.quote(name)}, which no object of {ctx.quote(collection)} had in earlier answers; {what}."
            yield fault_of(says, name, fix, certain=False)


def _odd_value(ctx: RuleContext, name: str, text: str, takes: Parameter) -> Message | None:
    shown, bare = ctx.quote(text, name), text.strip()
    if takes.type == "json":
        return json_text_fault(ctx, f"`{name}`", text, name)
    if takes.type == "object":
        value = parse_json(text).value
        if (say := json_text_fault(ctx, f"`{name}`", text, name)) or isinstance(value, dict):
            return say
        return fault_of(f"`{name}` must be a JSON object; it is {type_name(value)}.", name, f'Send an object: `{name}={{"field": value}}`.')
    if takes.type in ("integer", "number"):
        number = re.fullmatch(r"-?\d{1,18}(?:\.0*)?" if takes.type == "integer" else r"-?\d{1,18}(?:\.\d{1,18})?", bare)
        if number and (takes.least is None or float(bare) >= takes.least) and (takes.most is None or float(bare) <= takes.most):
            return None
        low = f" from {takes.least}" if takes.least is not None else ""
        high = f" {'to' if low else 'up to'} {takes.most:,}" if takes.most is not None else ""
        what = "a whole number" if takes.type == "integer" else "a number"
        why = "is empty" if not bare else f"is {shown}, which is {'outside the limits' if number else f'not {what}'}"
        return fault_of(f"`{name}` {why}.", f"{name}={text}", f"Send `{name}` as {what}{low}{high}, or leave it out.")
    if takes.type == "boolean":
        takes = takes._replace(choices=("true", "false"))
    if takes.choices and text not in takes.choices:
        near = resembling(text, takes.choices)
        fix = f"Write `{near}` instead of {shown}." if near else f"Send one of {', '.join(f'`{value}`' for value in takes.choices[:12])}."
        return fault_of(f"`{name}` is {shown}, which is none of the values that it takes.", f"{name}={text}", fix)
    if takes.pattern and not takes.pattern.found_in(text):
        return fault_of(f"`{name}` is {shown}, which has not the form that this request takes.", f"{name}={text}", f"Correct the form of `{name}`.")
    return None


def route_method(ctx: RuleContext) -> Iterable[Message]:
    """Compares the method with those that the route has. Source: the catalog (`methods`); RFC 9110, 10.2.1 (Allow). Other causes: certain only for
    the status 405."""
    known = next((one.methods for one in ctx.backend.tables.of(Expected) if one.methods and ctx.found_route[0] in one.route), ())
    allowed = tuple(re.findall(r"[A-Z]+", ctx.answer_headers.get("allow"))) or known
    if allowed and ctx.method not in allowed and ctx.status in (400, 404, 405, 501):
        listed = " or ".join(f"`{method}`" for method in allowed)
        says = f"{ctx.quote(ctx.template)} takes {listed}; the request is a `{ctx.method}`."
        yield fault_of(says, f"{ctx.method} {ctx.template}", f"Send {listed}.", certain=ctx.status == 405)


def query_operator(ctx: RuleContext) -> Iterator[Message]:
    """Compares the `$` operators of queries with those that the backend has. Source: the catalog (`operators`). Other causes: certain only where the
    answer names the operator."""
    for expected in _expected(ctx):
        for place in expected.queries:
            value = find(ctx.json, place) if place[:1] == "/" else parse_json(ctx.params.get(place, "")).value
            for key, operand in operators_in(value):
                if key not in expected.operators:
                    otherwise = f"Rewrite the condition without {ctx.quote(key)}, with operators such as {', '.join(expected.operators[:12])}."
                    say = unknown_operator(ctx, key, expected.operators, otherwise=otherwise, certain=_proved(ctx, expected, key))
                    hint = next((hint for name, hint in expected.hints.items() if f"`{name}`" in say.fix), "")
                    yield say._replace(fix=f"{say.fix[:-1]}, {hint}.") if hint else say
                elif key in LISTED and not isinstance(operand, list) and not ctx.proved:
                    shown = f'"{key}":[{json.dumps(operand) if len(str(operand)) < 40 else "..."}]'
                    says = f"`{key}` takes a list; it was sent {type_name(operand)}."
                    yield fault_of(says, key, f"Send a list: {ctx.quote(shown)}.", certain=_proved(ctx, expected, key))


def reserved_name(ctx: RuleContext) -> Iterator[Message]:
    """Looks for names that the server refuses. Source: the catalog (`reserved`). Other causes: certain only where the answer names it."""
    for expected in _expected(ctx):
        for kind, pattern in expected.reserved.items():
            names = list(_sent(ctx) or {})[:200] if kind == "field" else [ctx.route.get(kind, "")]
            for name in names:
                if name and pattern.found_in(name):
                    says = f"{ctx.quote(name)} is no name that this server takes for a {kind.replace('_', ' ')}."
                    yield fault_of(says, name, f"Choose another name than {ctx.quote(name)}.", certain=_proved(ctx, expected, name))


_CHECKS = {
    "required-header": required_header,
    "required-field": required_field, "field-type": field_type, "field-choice": field_choice, "server-field": server_field,
    "unknown-field": unknown_field, "parameter": parameter, "query-operator": query_operator, "reserved-name": reserved_name,
}  # fmt: skip
STATUSES = (400, 409, 411, 413, 415, 422)
RULES: tuple[Rule, ...] = (
    *(Rule(name, check, statuses=STATUSES, faults=("request",), otherwise=True) for name, check in _CHECKS.items()),
    Rule("route-method", route_method, statuses=(400, 404, 405, 501), faults=("request",), otherwise=True),
)
