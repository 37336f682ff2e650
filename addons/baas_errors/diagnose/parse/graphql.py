"""Why GraphQL refuses queries that do not close, have several operations, or page backwards. Source: graphql-js; parse-server 9.10.0, GraphQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...exchange.json_pointer import find
from ..context import Message, Rule, RuleContext, fault_of
from .request import LONGEST_QUERY, is_graphql, outer

# One that is not closed ends with its line, or with the text: to look for its end anew at each quote would take hours on hostile text.
_STRINGS = re.compile(r'"""(?:[^"]|"(?!""))*+(?:"""|\Z)|"(?:[^"\\\n]|\\.)*+(?:"|\\?(?=\n|\Z))|#[^\n]*')


def _query(ctx: RuleContext) -> str:
    """The text of the query without what is in quotes and comments, or ""."""
    text = outer(ctx).get("query") if is_graphql(ctx) else None
    return _STRINGS.sub('""', text[:LONGEST_QUERY]) if isinstance(text, str) else ""


def _variables(ctx: RuleContext) -> Mapping[str, Any]:
    sent = outer(ctx).get("variables")
    return sent if isinstance(sent, dict) else {}


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


def operation_unclear(ctx: RuleContext) -> Message | None:
    """Looks for a query of several operations of which none is chosen. Other causes: none."""
    names = re.findall(r"\b(?:query|mutation|subscription)\s+(\w{1,80})", _query(ctx))[:20]
    chosen = outer(ctx).get("operationName")
    if not names or chosen in names or (chosen is None and len(names) < 2):
        return None
    state = f"is {ctx.quote(chosen)}, which is none of them" if chosen else "is missing"
    says = f"The query has {len(names)} operation{'s' if len(names) > 1 else ''}, and `operationName` {state}."
    return fault_of(says, ", ".join(names), f'Send `"operationName": "{names[0]}"`, or one of the others.')


RULES: tuple[Rule, ...] = (
    Rule("graphql-operation", operation_unclear, entries=("GraphQLOperationUnclear",)),
    Rule("graphql-brackets", query_unclosed, entries=("GraphQLParseFailed",)),
    Rule("graphql-syntax", query_syntax, entries=("GraphQLParseFailed",)),
)
