"""Why GraphQL refuses: queries that do not close, names that the schema does not have, variables that are missing or of another type.

Source: graphql-js (parser, validation, execution, values); parse-server 9.10.0, ParseGraphQLServer.js, objectsQueries.js, mutation.js.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from ...catalog.load import rule_tables
from ...exchange.json_pointer import MISSING, find
from ...exchange.json_reader import type_name
from ..checks import resembling
from ..context import Message, Rule, RuleContext, fault_of
from .request import LONGEST_QUERY, is_graphql, message_matches, outer

# One that is not closed ends with its line, or with the text: to look for its end anew at each quote would take hours on hostile text.
_STRINGS = re.compile(r'"""(?:[^"]|"(?!""))*+(?:"""|\Z)|"(?:[^"\\\n]|\\.)*+(?:"|\\?(?=\n|\Z))|#[^\n]*')
_NAME, _TYPE = r'"(\$?[\w.]{1,120})"', r'"([\[\]\w!.]{1,120})"'
_PLAIN = re.compile("(String|Number|Boolean|Date|Id)WhereInput!?")
_VERB = re.compile("create|update|delete")


def _query(ctx: RuleContext) -> str:
    """The text of the query without what is in quotes and comments, or ""."""
    text = outer(ctx).get("query") if is_graphql(ctx) else None
    return _STRINGS.sub('""', text[:LONGEST_QUERY]) if isinstance(text, str) else ""


def _variables(ctx: RuleContext) -> Mapping[str, Any]:
    sent = outer(ctx).get("variables")
    return sent if isinstance(sent, dict) else {}


def _has(text: str, word: str, twice: bool) -> bool:
    return len(re.findall(rf"(?<!\w){re.escape(word)}(?!\w)", text)) > twice


def _said(name: str, *entries: str) -> Rule:
    """A rule that goes by the server's words: they name the part of the query that is at fault."""

    def check(ctx: RuleContext) -> Message | None:
        text, twice = outer(ctx).get("query") if is_graphql(ctx) else None, name == "graphql-duplicate"
        sent = f"{text[:LONGEST_QUERY]} {str(_variables(ctx))[:LONGEST_QUERY]}" if isinstance(text, str) else ""
        for pattern, says, fix in rule_tables("parse")["graphql"][name] if sent else ():
            if found := re.match(pattern, ctx.message):
                if "missing" not in says and not any(part and _has(sent, part.strip("\"'$@"), twice) for part in found.groups()):
                    return None
                parts = [ctx.quote(part or "") for part in found.groups()]
                near = re.search(r'Did you mean (?:the enum value )?"([\w{} .]{1,80})"', ctx.message)
                says, fix = says.format(*parts), fix.format(*parts)
                if found.re.groups == 2 and _PLAIN.fullmatch(found[1]):
                    key = re.search(rf"(\w{{1,80}})\s*:\s*{re.escape(found[2])}", sent)
                    fix = f"Write a condition: `{key[1] if key else 'field'}: {{equalTo: {parts[1][1:-1]}}}`."
                if "not an argument" in says and (other := rule_tables("parse")["arguments"].get(found[1])):
                    fix = f"Write `{other}` instead of `{found[1]}`."
                verb, other = _VERB.match(found[1]), _VERB.match(near[1]) if near else None
                # A verb that there is not, with the class of the one that is suggested, is meant for it.
                same = near and not verb and other and found[1].endswith(near[1][other.end() :])
                # One of another class would change or delete that instead.
                alike = near and (not verb or SequenceMatcher(None, found[1][verb.end() :], near[1][other.end() if other else 0 :]).ratio() > 0.7)
                if near and (same or (alike and (verb and verb[0]) == (other and other[0]))):
                    says, fix = f"{says[:-1]}; did you mean `{near[1]}`?", f"Write `{near[1]}`."
                elif near and verb and other and found[1][verb.end() :] == near[1][other.end() :]:
                    # The class is there.
                    fix = f"Use `{near[1]}`, or allow `{verb[0]}` in the GraphQL configuration of the class (`classConfigs`, `mutation`)."
                if name in ("graphql-name", "graphql-input") and (seen := ctx.app_memory.done.get(ctx.facts.request)):
                    says = f"{says.partition(';')[0].rstrip('.')} any more: the same query worked {ctx.ago(seen.when)} ({ctx.flow_name(seen.flow)})."
                    fix = "Look what changed on the server: a class or column was deleted, or the GraphQL configuration (`classConfigs`) hides it."
                return fault_of(says, " / ".join(part for part in found.groups() if part), fix)
        return None

    words = ", ".join(f"`{row[0].split(' ')[0]} ...`" for row in rule_tables("parse")["graphql"][name])
    check.__doc__ = f"""Finds the part of the query that the message names ({words}).

    Source: graphql-js, validation and execution; parse-server 9.10.0, GraphQL. Other causes: none, the server says so.
    """
    return Rule(name, check, entries=entries)


def query_unclosed(ctx: RuleContext) -> Iterator[Message]:
    """Counts the brackets of a query that cannot be parsed. Other causes: none, brackets that do not match are a fault in any case."""
    text = _query(ctx)
    for opening, closing in ("{}", "()", "[]"):
        more, fewer = text.count(opening), text.count(closing)
        if more != fewer:
            kind, wrong = f"{more} `{opening}` and {fewer} `{closing}`", closing if more > fewer else opening
            yield fault_of(f"The query has {kind}: a `{wrong}` is missing, or one of the other is too many.", kind, f"Add the missing `{wrong}`.")
            return


def query_syntax(ctx: RuleContext) -> Message | None:
    """Shows the place in the query that the parser names, by line and column. Other causes: none, the answer has the place."""
    found, text = re.match(r"Syntax Error: (.{1,120}?)\.?$", ctx.message), outer(ctx).get("query")
    answer = ctx.exchange.response.body.json if ctx.exchange.response else None
    at = find(answer, f"/errors/{ctx.error.index or 0}/locations/0")
    line, column = (at.get("line"), at.get("column")) if isinstance(at, dict) else (None, None)
    if found is None or not isinstance(text, str) or not isinstance(line, int) or not isinstance(column, int):
        return None
    around = "".join(text[:LONGEST_QUERY].splitlines()[line - 1 : line])[max(0, column - 16) : column + 12].strip()
    shown = f" Seen there: {ctx.quote(around)}." if around and ctx.may_show(around, text[:LONGEST_QUERY]) else ""
    says = f"The query has a syntax error in line {line}, column {column}: {ctx.quote(found[1])}.{shown}"
    return fault_of(says, f"line {line}, column {column}", f"Correct the query in line {line}, column {column}, or just before it.")


def variable_missing(ctx: RuleContext) -> Message | None:
    """Looks for the required variable that the message names: missing or null in `variables`. Other causes: none, the server says so."""
    found = re.match(rf"Variable {_NAME} of (?:required|non-null) type {_TYPE} (?:was not provided|must not be null)", ctx.message)
    name = found[1].lstrip("$") if found else ""
    if found is None or not is_graphql(ctx) or _variables(ctx).get(name) is not None:
        return None
    near = resembling(name, _variables(ctx))
    state = "is null" if name in _variables(ctx) else "is missing"
    fix = f"Rename {ctx.quote(near)} to `{name}` in `variables`." if near and near != name else f'Add `"{name}": ...` ({found[2]}) to `variables`.'
    return fault_of(f"The required variable `${name}` ({found[2]}) {state} in `variables`.", f"${name}", fix)


def variable_type(ctx: RuleContext) -> Message | None:
    """Compares a variable with the type that the query declares for it. Other causes: none, the message names the variable and the place in it."""
    found = re.match(r'Variable "\$(\w{1,80})" got invalid value .{0,2000}?(?: at "([\w.\[\]]{1,200})")?; (.{1,300})$', ctx.message, re.S)
    declared = re.search(rf"\${found[1]}\s*:\s*([\[\]\w!]{{1,80}})", _query(ctx)) if found else None
    if not found or not declared or found[1] not in _variables(ctx):
        return None
    path = found[2] or found[1]
    value = find(dict(_variables(ctx)), "/" + re.sub(r"[.\[\]]+", "/", path).strip("/"))
    inner = re.match(rf"Field {_NAME} is not defined by type {_TYPE}|Field {_NAME} of required type {_TYPE} was not", found[3])
    if inner:
        name, kind = ctx.quote(inner[1] or inner[3]), ctx.quote(inner[2] or inner[4])
        says, fix = f"{name} ({kind}) is missing in the variable `${path}`.", f"Add {name} to `{path}` in `variables`."
        if inner[1]:
            says, fix = f"{name} is not a field of {kind} (variable `${path}`).", f"Take {name} out of `{path}` in `variables`."
        return fault_of(says, f"${path}", fix)
    enum = re.match(rf'Value {_NAME} does not exist in {_TYPE} enum(?:.*"([\w ]{{1,80}})"\?)?', found[3])
    if enum:
        hint = f"; did you mean `{enum[3]}`?" if enum[3] else "."
        says = f"{ctx.quote(enum[1])} is not a value of the enum {ctx.quote(enum[2])} (variable `${path}`){hint}"
        return fault_of(says, f"${path}", f"Send `{enum[3]}` in `variables`." if enum[3] else f"Send a value of {ctx.quote(enum[2])} in `variables`.")
    takes = re.match(rf"(?:Expected type {_TYPE}|(\w{{1,80}}) cannot represent|Expected .{{0,40}}type {_TYPE})", found[3])
    kind = next((part for part in takes.groups() if part), declared[1]) if takes and found[2] else declared[1]
    shown = ctx.quote(value, path.rpartition(".")[2]) if value is not MISSING and value is not None else "null"
    says = f"The variable `${path}` is {shown} ({type_name(value if value is not MISSING else None)}); the query takes {ctx.quote(kind)}."
    example = f'"{path.rpartition(".")[2]}": {{"link": "<objectId>"}}' if kind.rstrip("!").endswith("PointerInput") else ""
    example = f'"{path.rpartition(".")[2]}": {{"add": ["<objectId>"]}}' if kind.rstrip("!").endswith("RelationInput") else example
    if _PLAIN.fullmatch(kind) and isinstance(value, (str, int, float)):
        example = f'"{path.rpartition(".")[2]}": {{"equalTo": {ctx.quote(json.dumps(value), path.rpartition(".")[2])[1:-1]}}}'
    fix = f"Send `{example}` in `variables`." if example else f"Send a value of the type {ctx.quote(kind)} in `variables`."
    return fault_of(says, f"${path}", fix)


def operation_unclear(ctx: RuleContext) -> Message | None:
    """Looks for a query of several operations of which none is chosen. Other causes: none."""
    names = re.findall(r"\b(?:query|mutation|subscription)\s+(\w{1,80})", _query(ctx))[:20]
    chosen = outer(ctx).get("operationName")
    if not names or chosen in names or (chosen is None and len(names) < 2):
        return None
    state = f"is {ctx.quote(chosen)}, which is none of them" if chosen else "is missing"
    says = f"The query has {len(names)} operation{'s' if len(names) > 1 else ''}, and `operationName` {state}."
    return fault_of(says, ", ".join(names), f'Send `"operationName": "{names[0]}"`, or one of the others.')


def negative_paging(ctx: RuleContext) -> Iterator[Message]:
    """Looks for a negative `skip`, `first` or `last`, in the query or in a variable. Other causes: none."""
    if message_matches(ctx, r"(Skip|First|Last) should be a positive number"):
        text = _query(ctx)
        given = [(f"`{name}`", name, value) for name, value in re.findall(r"\b(skip|first|last)\s*:\s*(-\d{1,9})", text)[:3]]
        for name, value in list(_variables(ctx).items())[:50]:
            used = re.search(rf"\b(skip|first|last)\s*:\s*\${re.escape(name)}\b", text) if isinstance(value, int) and value < 0 else None
            given += [(f"The variable `${name[:40]}`", used[1], str(value))] if used else []
        for what, name, value in given:
            yield fault_of(f"{what} is {value}; it takes 0 or more.", f"{name}: {value}", f"Send `{name}: 0` or more.")


def pointer_form(ctx: RuleContext) -> Message | None:
    """Looks for the pointer or relation in a mutation that has no operation. Other causes: none, the message names the field."""
    found = re.match(r"You need to provide .{0,80}? on the (pointer|relation) mutation of field (\w{1,80})", ctx.message)
    given = re.search(rf"\b{found[2]}\s*:\s*\{{([^{{}}]*)", _query(ctx)) if found else None
    if found is None or not is_graphql(ctx) or (given and re.search(r"\b(link|createAndLink|add|remove|createAndAdd)\b", given[1])):
        return None
    takes = "`link` (an id) or `createAndLink` (an object)" if found[1] == "pointer" else "`add`, `remove` or `createAndAdd`"
    example = f'`{found[2]}: {{ link: "..." }}`' if found[1] == "pointer" else f'`{found[2]}: {{ add: ["..."] }}`'
    return fault_of(f"The {found[1]} `{found[2]}` is empty; it takes {takes}.", found[2], f"Send {example}, or leave `{found[2]}` out.")


RULES: tuple[Rule, ...] = (
    Rule("graphql-variable", variable_missing, entries=("GraphQLBadUserInput", "GraphQLInternalError", "GraphQLValidationFailed")),
    Rule("graphql-variable-type", variable_type, entries=("GraphQLBadUserInput",)),
    _said("graphql-declaration", "GraphQLValidationFailed"),
    _said("graphql-value", "GraphQLValidationFailed", "GraphQLBadUserInput"),
    _said("graphql-input", "GraphQLValidationFailed"),
    _said("graphql-argument", "GraphQLValidationFailed"),
    _said("graphql-duplicate", "GraphQLValidationFailed", "InvalidFieldName"),
    _said("graphql-name", "GraphQLValidationFailed"),
    Rule("graphql-operation", operation_unclear, entries=("GraphQLOperationUnclear",)),
    Rule("graphql-brackets", query_unclosed, entries=("GraphQLParseFailed",)),
    Rule("graphql-syntax", query_syntax, entries=("GraphQLParseFailed",)),
    Rule("graphql-paging", negative_paging, entries=("InvalidQuery",)),
    Rule("graphql-pointer", pointer_form, entries=("InvalidPointer",)),
)
