"""Why GraphQL refuses: queries that do not close, names that the schema has not, variables that are missing or of another type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..context import Message, Rule, RuleContext
from .request import LONGEST_QUERY, is_graphql, keys_sent, master_key, message_matches, outer

# One that is not closed ends with its line, or with the text: to look for its end anew at each quote would take hours on hostile text.
_STRINGS = re.compile(r'"""(?:[^"]|"(?!""))*+(?:"""|\Z)|"(?:[^"\\\n]|\\.)*+(?:"|\\?(?=\n|\Z))|#[^\n]*')


def _query(ctx: RuleContext) -> str:
    """The text of the query without what stands in quotes and comments, or ""."""
    if not is_graphql(ctx):
        return ""
    text = outer(ctx).get("query")
    return _STRINGS.sub('""', text[:LONGEST_QUERY]) if isinstance(text, str) else ""


def _variables(ctx: RuleContext) -> Mapping[str, Any]:
    sent = outer(ctx).get("variables")
    return sent if isinstance(sent, dict) else {}


def query_unclosed(ctx: RuleContext) -> Iterator[Message]:
    """Brackets that do not match."""
    text = _query(ctx)
    for opening, closing in ("{}", "()", "[]"):
        more, fewer = text.count(opening), text.count(closing)
        if more != fewer:
            kind = f"{more} `{opening}` and {fewer} `{closing}`"
            yield Message(f"The query has {kind}: a bracket {'is missing' if more > fewer else 'is too many'}.", kind, certain=True)
            return


def query_missing(ctx: RuleContext) -> Message | None:
    """No query at all."""
    if ctx.body.data and ctx.body.parsed.problem:
        return None
    if not is_graphql(ctx) or outer(ctx).get("query") or ctx.params.get("query"):
        return None
    if ctx.method == "POST":
        return Message("The body has no `query`.", keys_sent(outer(ctx)), certain=True)
    return Message("The URL has no `query`; a GraphQL query is sent with POST as JSON.", f"method: {ctx.method}", certain=True)


def variable_missing(ctx: RuleContext) -> Iterator[Message]:
    """A variable that must be given is not."""
    head = _query(ctx).partition("{")[0]
    for found in list(re.finditer(r"\$(\w{1,80})\s*:\s*([\[\]\w!]{1,80}!)(?!\s*=)", head))[:50]:
        if _variables(ctx).get(found[1]) is None:
            state = "is null" if found[1] in _variables(ctx) else "is missing"
            yield Message(f"The query wants the variable `${found[1]}` ({found[2]}), and it {state} in `variables`.", f"${found[1]}", certain=True)


def variable_type(ctx: RuleContext) -> Message | None:
    """A variable of another type than the query says."""
    found = re.match(r'Variable "\$(\w{1,80})" got invalid value', ctx.message)
    declared = re.search(rf"\${found[1]}\s*:\s*([\[\]\w!]{{1,80}})", _query(ctx)) if found else None
    if not found or not declared or found[1] not in _variables(ctx):
        return None
    value = _variables(ctx)[found[1]]
    return Message(
        f"The variable `${found[1]}` is {ctx.quote(value, found[1])}; the query takes {ctx.quote(declared[1])}.", f"${found[1]}", certain=True
    )


def value_type(ctx: RuleContext) -> Message | None:
    """A value in the query that its type cannot represent."""
    found = re.match(r"(\w{1,40}) cannot represent .{0,80}?value: (.{1,80})$", ctx.message)
    text = outer(ctx).get("query")
    if found is None or not isinstance(text, str) or found[2] not in text[:LONGEST_QUERY]:
        return None
    return Message(f"The query gives {ctx.quote(found[2])} where the schema takes {ctx.quote(found[1])}.", found[1], certain=True)


def argument_missing(ctx: RuleContext) -> Message | None:
    """A field without the argument, or without the fields of its own, that it must have."""
    found = re.match(
        r'Field "(\w{1,80})" (argument "(\w{1,80})" of type "[^"]{1,80}" is required|(?:of type "[^"]{1,80}" )?must have a selection)', ctx.message
    )
    if found is None or found[1] not in _query(ctx):
        return None
    if found[3]:
        return Message(f"`{found[1]}` lacks the argument `{found[3]}`.", f"{found[1]}({found[3]})", certain=True)
    return Message(f"`{found[1]}` asks for none of its fields: write `{found[1]} {{ ... }}`.", found[1], certain=True)


def operation_unclear(ctx: RuleContext) -> Message | None:
    """Several operations, and none is chosen."""
    names = re.findall(r"\b(?:query|mutation|subscription)\s+(\w{1,80})", _query(ctx))[:20]
    chosen = outer(ctx).get("operationName")
    if len(names) < 2 or chosen in names:
        return None
    state = f"names {ctx.quote(chosen)}, which is none of them" if chosen else "is missing"
    return Message(f"The query has {len(names)} operations, and `operationName` {state}.", ", ".join(names), certain=True)


def unknown_name(ctx: RuleContext) -> Message | None:
    """A field or argument that the schema has not, where the server says so."""
    found = re.match(r'(Cannot query field|Unknown argument|Unknown type) "(\w{1,80})"(?: on (?:type|field) "([\w.]{1,120})")?', ctx.message)
    if found is None or found[2] not in _query(ctx):
        return None
    what = {"Cannot query field": "field", "Unknown argument": "argument", "Unknown type": "type"}[found[1]]
    near = re.search(r'Did you mean "(\w{1,80})"', ctx.message)
    hint = f"; did you mean `{near[1]}`?" if near else ". Field names follow the classes of this server, in camel case."
    where = f" of `{found[3]}`" if found[3] else ""
    return Message(f"`{found[2]}` is no {what}{where}{hint}", found[2], certain=True)


def introspection(ctx: RuleContext) -> Message | None:
    """The schema is asked for without the right to it."""
    found = re.search(r"\b__(schema|type)\b", _query(ctx))
    if found is None or master_key(ctx) or not message_matches(ctx, r"Introspection is not allowed", r"GraphQL introspection is not allowed"):
        return None
    return Message(
        f"The query asks for the schema (`{found[0]}`), which is for the master key (`graphQLPublicIntrospection`).", found[0], certain=True
    )


def negative_paging(ctx: RuleContext) -> Iterator[Message]:
    """`skip`, `first` and `last` of a list cannot be below 0."""
    if message_matches(ctx, r"Skip should be a positive number", r"First should be|Last should be|.*positive"):
        for found in list(re.finditer(r"\b(skip|first|last|limit)\s*:\s*(-\d{1,9})", _query(ctx)))[:3]:
            yield Message(f"`{found[1]}` is {found[2]}; it takes 0 or more.", found[0], certain=True)
        for name, value in list(_variables(ctx).items())[:50]:
            if isinstance(value, int) and value < 0 and re.search(rf"\b(skip|first|last|limit)\s*:\s*\${re.escape(name)}\b", _query(ctx)):
                yield Message(f"The variable `${name[:40]}` is {value}; `skip`, `first` and `last` take 0 or more.", name, certain=True)


def pointer_form(ctx: RuleContext) -> Message | None:
    """A pointer in the input of a mutation that points nowhere."""
    found = re.match(r"You need to provide .{0,80}", ctx.message)
    empty = re.search(r"\b(\w{1,80})\s*:\s*\{\s*\}", _query(ctx))
    if found is None or empty is None:
        return None
    return Message(f"`{empty[1]}` is empty: a pointer takes `link` (an id) or `createAndLink`.", empty[0], certain=True)


def graphql_id(ctx: RuleContext) -> Message | None:
    """An id in a query that no object has."""
    if not message_matches(ctx, r"Object not found") or not _query(ctx):
        return None
    text = outer(ctx).get("query")
    ids = re.findall(r'\bid\s*:\s*"?([\w=+/-]{1,80})', text[:LONGEST_QUERY]) if isinstance(text, str) else []
    ids += [value for name, value in list(_variables(ctx).items())[:50] if name.lower().endswith("id") and isinstance(value, str)]
    known = {ident for (_, ident), _ in ctx.app_memory.ids.newest()}
    unknown = [ident for ident in dict.fromkeys(ids) if ident not in known]
    if not known or len(ids) != 1 or not unknown:
        return None
    return Message(f"the id is wrong, or the object is gone: {ctx.quote(unknown[0])} was never seen.", unknown[0])


RULES: tuple[Rule, ...] = (
    Rule("graphql-variable", variable_missing, entries=("GraphQLBadUserInput", "GraphQLInternalError", "GraphQLValidationFailed")),
    Rule("graphql-variable-type", variable_type, entries=("GraphQLBadUserInput",)),
    Rule("graphql-value", value_type, entries=("GraphQLValidationFailed", "GraphQLBadUserInput")),
    Rule("graphql-argument", argument_missing, entries=("GraphQLValidationFailed",)),
    Rule("graphql-operation", operation_unclear, entries=("GraphQLOperationUnclear",)),
    Rule("graphql-brackets", query_unclosed, entries=("GraphQLParseFailed",)),
    Rule("graphql-no-query", query_missing, entries=("GraphQLBadRequest",), statuses=(400, 500)),
    Rule("graphql-name", unknown_name, entries=("GraphQLValidationFailed",)),
    Rule("graphql-introspection", introspection, entries=("GraphQLIntrospectionDenied", "GraphQLValidationFailed")),
    Rule("graphql-paging", negative_paging, entries=("InvalidQuery",)),
    Rule("graphql-pointer", pointer_form, entries=("InvalidPointer",)),
    Rule("graphql-id", graphql_id, entries=("ObjectNotFound",)),
)
