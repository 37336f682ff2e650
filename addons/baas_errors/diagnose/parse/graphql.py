"""Why GraphQL refuses: queries that do not close, names that the schema has not, variables that are missing or of another type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..context import Case, Rule, Say
from .request import (
    LONGEST_QUERY,
    is_graphql,
    keys_sent,
    master_key,
    outer,
    said,
)

# One that is not closed ends with its line, or with the text: to look for its end anew at each quote would take hours on hostile text.
_STRINGS = re.compile(r'"""(?:[^"]|"(?!""))*+(?:"""|\Z)|"(?:[^"\\\n]|\\.)*+(?:"|\\?(?=\n|\Z))|#[^\n]*')


def _query(case: Case) -> str:
    """The text of the query without what stands in quotes and comments, or ""."""
    if not is_graphql(case):
        return ""
    text = outer(case).get("query")
    return _STRINGS.sub('""', text[:LONGEST_QUERY]) if isinstance(text, str) else ""


def _variables(case: Case) -> Mapping[str, Any]:
    sent = outer(case).get("variables")
    return sent if isinstance(sent, dict) else {}


def query_unclosed(case: Case) -> Iterator[Say]:
    """Brackets that do not match."""
    text = _query(case)
    for opening, closing in ("{}", "()", "[]"):
        more, fewer = text.count(opening), text.count(closing)
        if more != fewer:
            kind = f"{more} `{opening}` and {fewer} `{closing}`"
            yield Say(f"The query has {kind}: a bracket {'is missing' if more > fewer else 'is too many'}.", kind, certain=True)
            return


def query_missing(case: Case) -> Say | None:
    """No query at all."""
    if case.body.data and case.body.parsed.problem:
        return None
    if not is_graphql(case) or outer(case).get("query") or case.params.get("query"):
        return None
    if case.method == "POST":
        return Say("The body has no `query`.", keys_sent(outer(case)), certain=True)
    return Say("The URL has no `query`; a GraphQL query is sent with POST as JSON.", f"method: {case.method}", certain=True)


def variable_missing(case: Case) -> Iterator[Say]:
    """A variable that must be given is not."""
    head = _query(case).partition("{")[0]
    for found in list(re.finditer(r"\$(\w{1,80})\s*:\s*([\[\]\w!]{1,80}!)(?!\s*=)", head))[:50]:
        if _variables(case).get(found[1]) is None:
            state = "is null" if found[1] in _variables(case) else "is missing"
            yield Say(f"The query wants the variable `${found[1]}` ({found[2]}), and it {state} in `variables`.", f"${found[1]}", certain=True)


def variable_type(case: Case) -> Say | None:
    """A variable of another type than the query says."""
    found = re.match(r'Variable "\$(\w{1,80})" got invalid value', case.message)
    declared = re.search(rf"\${found[1]}\s*:\s*([\[\]\w!]{{1,80}})", _query(case)) if found else None
    if not found or not declared or found[1] not in _variables(case):
        return None
    value = _variables(case)[found[1]]
    return Say(
        f"The variable `${found[1]}` is {case.quote(value, found[1])}; the query takes {case.quote(declared[1])}.", f"${found[1]}", certain=True
    )


def value_type(case: Case) -> Say | None:
    """A value in the query that its type cannot represent."""
    found = re.match(r"(\w{1,40}) cannot represent .{0,80}?value: (.{1,80})$", case.message)
    text = outer(case).get("query")
    if found is None or not isinstance(text, str) or found[2] not in text[:LONGEST_QUERY]:
        return None
    return Say(f"The query gives {case.quote(found[2])} where the schema takes {case.quote(found[1])}.", found[1], certain=True)


def argument_missing(case: Case) -> Say | None:
    """A field without the argument, or without the fields of its own, that it must have."""
    found = re.match(
        r'Field "(\w{1,80})" (argument "(\w{1,80})" of type "[^"]{1,80}" is required|(?:of type "[^"]{1,80}" )?must have a selection)', case.message
    )
    if found is None or found[1] not in _query(case):
        return None
    if found[3]:
        return Say(f"`{found[1]}` lacks the argument `{found[3]}`.", f"{found[1]}({found[3]})", certain=True)
    return Say(f"`{found[1]}` asks for none of its fields: write `{found[1]} {{ ... }}`.", found[1], certain=True)


def operation_unclear(case: Case) -> Say | None:
    """Several operations, and none is chosen."""
    names = re.findall(r"\b(?:query|mutation|subscription)\s+(\w{1,80})", _query(case))[:20]
    chosen = outer(case).get("operationName")
    if len(names) < 2 or chosen in names:
        return None
    state = f"names {case.quote(chosen)}, which is none of them" if chosen else "is missing"
    return Say(f"The query has {len(names)} operations, and `operationName` {state}.", ", ".join(names), certain=True)


def unknown_name(case: Case) -> Say | None:
    """A field or argument that the schema has not, where the server says so."""
    found = re.match(r'(Cannot query field|Unknown argument|Unknown type) "(\w{1,80})"(?: on (?:type|field) "([\w.]{1,120})")?', case.message)
    if found is None or found[2] not in _query(case):
        return None
    what = {"Cannot query field": "field", "Unknown argument": "argument", "Unknown type": "type"}[found[1]]
    near = re.search(r'Did you mean "(\w{1,80})"', case.message)
    hint = f"; did you mean `{near[1]}`?" if near else ". Field names follow the classes of this server, in camel case."
    where = f" of `{found[3]}`" if found[3] else ""
    return Say(f"`{found[2]}` is no {what}{where}{hint}", found[2], certain=True)


def introspection(case: Case) -> Say | None:
    """The schema is asked for without the right to it."""
    found = re.search(r"\b__(schema|type)\b", _query(case))
    if found is None or master_key(case) or not said(case, r"Introspection is not allowed", r"GraphQL introspection is not allowed"):
        return None
    return Say(f"The query asks for the schema (`{found[0]}`), which is for the master key (`graphQLPublicIntrospection`).", found[0], certain=True)


def negative_paging(case: Case) -> Iterator[Say]:
    """`skip`, `first` and `last` of a list cannot be below 0."""
    if said(case, r"Skip should be a positive number", r"First should be|Last should be|.*positive"):
        for found in list(re.finditer(r"\b(skip|first|last|limit)\s*:\s*(-\d{1,9})", _query(case)))[:3]:
            yield Say(f"`{found[1]}` is {found[2]}; it takes 0 or more.", found[0], certain=True)
        for name, value in list(_variables(case).items())[:50]:
            if isinstance(value, int) and value < 0 and re.search(rf"\b(skip|first|last|limit)\s*:\s*\${re.escape(name)}\b", _query(case)):
                yield Say(f"The variable `${name[:40]}` is {value}; `skip`, `first` and `last` take 0 or more.", name, certain=True)


def pointer_form(case: Case) -> Say | None:
    """A pointer in the input of a mutation that points nowhere."""
    found = re.match(r"You need to provide .{0,80}", case.message)
    empty = re.search(r"\b(\w{1,80})\s*:\s*\{\s*\}", _query(case))
    if found is None or empty is None:
        return None
    return Say(f"`{empty[1]}` is empty: a pointer takes `link` (an id) or `createAndLink`.", empty[0], certain=True)


def graphql_id(case: Case) -> Say | None:
    """An id in a query that no object has."""
    if not said(case, r"Object not found") or not _query(case):
        return None
    text = outer(case).get("query")
    ids = re.findall(r'\bid\s*:\s*"?([\w=+/-]{1,80})', text[:LONGEST_QUERY]) if isinstance(text, str) else []
    ids += [value for name, value in list(_variables(case).items())[:50] if name.lower().endswith("id") and isinstance(value, str)]
    known = {ident for (_, ident), _ in case.memory.ids.newest()}
    unknown = [ident for ident in dict.fromkeys(ids) if ident not in known]
    if not known or len(ids) != 1 or not unknown:
        return None
    return Say(f"the id is wrong, or the object is gone: {case.quote(unknown[0])} was never seen.", unknown[0])


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
