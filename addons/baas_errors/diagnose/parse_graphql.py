"""Why GraphQL and LiveQuery refuse: queries that do not close, variables that are missing, messages that are not understood."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .case import Case, Rule, Say
from .parse_operands import pattern_fault
from .parse_request import LONGEST_QUERY, conditions, is_graphql, keys_sent, master_key, outer, said
from .shared import type_name

_STRINGS = re.compile(r'"""(?:[^"]|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*')
_OPERATIONS = ("connect", "subscribe", "unsubscribe", "update")
_LIVE_KEYS = ("restAPIKey", "javascriptKey", "clientKey", "windowsKey", "masterKey")


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
    if case.body.parsed.problem:
        return None
    if not is_graphql(case) or outer(case).get("query") or case.params.get("query"):
        return None
    return Say("The body has no `query`.", keys_sent(outer(case)), certain=True) if case.method == "POST" else None


def variable_missing(case: Case) -> Iterator[Say]:
    """A variable that must be given is not."""
    head = _query(case).partition("{")[0]
    for found in list(re.finditer(r"\$(\w{1,80})\s*:\s*([\[\]\w!]{1,80}!)(?!\s*=)", head))[:50]:
        if _variables(case).get(found[1]) is None:
            state = "is null" if found[1] in _variables(case) else "is missing"
            yield Say(f"The query wants the variable `${found[1]}` ({found[2]}), and it {state} in `variables`.", f"${found[1]}", certain=True)


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
    ids = re.findall(r'\bid\s*:\s*"([^"\n]{1,80})"', text[:LONGEST_QUERY]) if isinstance(text, str) else []
    ids += [value for name, value in list(_variables(case).items())[:50] if name.lower().endswith("id") and isinstance(value, str)]
    known = {ident for (_, ident), _ in case.memory.ids.newest()}
    unknown = [ident for ident in dict.fromkeys(ids) if ident not in known]
    if not known or len(ids) != 1 or not unknown:
        return None
    return Say(f"the id is wrong, or the object is gone: {case.quote(unknown[0])} was never seen.", unknown[0])


def _asked(case: Case) -> Mapping[str, Any]:
    """The message that a LiveQuery error answers: that with the same id, else the last one; empty where it is not known."""
    answer = case.exchange.message.object if case.exchange.message is not None else {}
    ident = answer.get("requestId")
    said_last = [body.object for _, body in zip(range(20), case.exchange.asked(), strict=False)]
    return next(
        (sent for sent in said_last if ident is not None and sent.get("requestId") == ident), said_last[0] if said_last and ident is None else {}
    )


def live_operation(case: Case) -> Say | None:
    """An operation that LiveQuery has not."""
    name = _asked(case).get("op")
    if not _asked(case) or name in _OPERATIONS:
        return None
    if name is None:
        return Say("The message has no `op`.", keys_sent(_asked(case)), certain=True)
    near = difflib.get_close_matches(str(name), _OPERATIONS, 1, 0.6)
    hint = f"; did you mean `{near[0]}`?" if near else f": it knows {', '.join(_OPERATIONS)}."
    return Say(f"{case.quote(name)} is no operation of LiveQuery{hint}", f"op: {name}", certain=True)


def live_message(case: Case) -> Iterator[Say]:
    """A message that lacks what its operation takes."""
    sent = _asked(case)
    needs = {"connect": ("applicationId",), "subscribe": ("requestId", "query"), "update": ("requestId", "query"), "unsubscribe": ("requestId",)}
    operation = sent.get("op")
    for key in needs.get(operation, ()) if isinstance(operation, str) else ():
        if key not in sent:
            yield Say(f"The `{operation}` message has no `{key}`.", keys_sent(sent), certain=True)
    query = sent.get("query")
    if operation in ("subscribe", "update") and "query" in sent:
        if not isinstance(query, dict):
            yield Say(f"`query` takes an object; it is {type_name(query)}.", "query", certain=True)
            return
        for key, kind in (("className", str), ("where", dict)):
            if not isinstance(query.get(key), kind):
                state = f"takes {type_name(kind())}; it is {type_name(query[key])}" if key in query else "is missing"
                yield Say(f"`{key}` of `query` {state}.", f"query: {', '.join(list(query)[:8])}", certain=True)
        if "fields" in query:
            yield Say("`query` has `fields`, which newer servers call `keys`.", "query: fields", certain=True)


def live_order(case: Case) -> Iterator[Say]:
    """Subscribed before connected, or left what was never joined."""
    sent = _asked(case)
    if not sent:
        return
    earlier = [body.object for _, body in zip(range(200), case.exchange.asked(), strict=False)]
    if not any(one.get("op") == "connect" for one in earlier):
        yield Say(
            f"The client sent `{str(sent.get('op'))[:20]}` before `connect`, or did not wait for `connected`.", "no connect before", certain=True
        )
        return
    ident = sent.get("requestId")
    if sent.get("op") == "unsubscribe" and not any(one.get("op") == "subscribe" and one.get("requestId") == ident for one in earlier):
        yield Say(f"`requestId` {case.quote(ident)} was never subscribed on this connection.", f"requestId: {ident}", certain=True)


def live_key(case: Case) -> Say | None:
    """The keys of the `connect` message open nothing."""
    sent = _asked(case)
    if sent.get("op") != "connect":
        return None
    keys = [key for key in _LIVE_KEYS if sent.get(key)]
    if not keys:
        return Say("The `connect` message carries no key, and the LiveQuery server wants one (`keyPairs`).", keys_sent(sent), certain=True)
    names = " and ".join(f"`{key}`" for key in keys)
    return Say(f"{names} in the `connect` message is none of the keys that the LiveQuery server knows (`keyPairs`).", names, certain=True)


def live_refused(case: Case) -> Iterator[Say]:
    """A subscription that the class, or its condition, does not allow."""
    sent = _asked(case)
    query = sent.get("query")
    if sent.get("op") not in ("subscribe", "update") or not isinstance(query, dict):
        return
    name = query.get("className")
    if case.name == "InvalidSessionToken" and not any(
        body.object.get("sessionToken") for _, body in zip(range(50), case.exchange.asked(), strict=False)
    ):
        yield Say(f"The subscription to {case.quote(name)} needs a session: send `sessionToken` with `subscribe`.", "no sessionToken", certain=True)
    elif case.name == "OperationForbidden" and said(case, r"Permission denied"):
        told = said(case, r"Permission denied for action")
        yield Say(f"the class-level permissions of {case.quote(name)} deny `find` to this connection.", f"find {name}"[:100], certain=told)
    elif case.name == "InvalidQuery":
        for key, value, _ in conditions(query.get("where")):
            if isinstance(value, dict) and isinstance(value.get("$regex"), str) and (why := pattern_fault(value["$regex"])):
                yield Say(f"The `$regex` for {case.quote(key)} is no regular expression: {why}.", f"{key}: $regex"[:100], certain=True)


RULES: tuple[Rule, ...] = (
    Rule("graphql-variable", variable_missing, entries=("GraphQLBadUserInput", "GraphQLInternalError", "GraphQLValidationFailed")),
    Rule("graphql-brackets", query_unclosed, entries=("GraphQLParseFailed",)),
    Rule("graphql-no-query", query_missing, entries=("GraphQLBadRequest",), statuses=(400,)),
    Rule("graphql-name", unknown_name, entries=("GraphQLValidationFailed",)),
    Rule("graphql-introspection", introspection, entries=("GraphQLIntrospectionDenied", "GraphQLValidationFailed")),
    Rule("graphql-paging", negative_paging, entries=("InvalidQuery",)),
    Rule("graphql-pointer", pointer_form, entries=("InvalidPointer",)),
    Rule("graphql-id", graphql_id, entries=("ObjectNotFound",)),
    Rule("live-operation", live_operation, entries=("LiveQueryInvalidFrame", "LiveQueryUnknownOperation")),
    Rule("live-message", live_message, entries=("LiveQueryInvalidFrame",)),
    Rule("live-order", live_order, entries=("LiveQueryNotConnected",)),
    Rule("live-refused", live_refused, entries=("InvalidSessionToken", "OperationForbidden", "InvalidQuery", "ObjectNotFound")),
    Rule("live-key", live_key, entries=("LiveQueryInvalidKey",)),
)
