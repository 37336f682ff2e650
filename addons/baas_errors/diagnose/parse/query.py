"""Why Parse Server refuses a query: its JSON, its parameters, its fields, its size."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator

from ...history.app_facts import operation_kind
from ..checks import json_text_fault, type_name
from ..context import Message, Rule, RuleContext
from .request import (
    DENIED,
    class_name,
    conditions,
    is_find,
    is_get,
    keys_in_query,
    master_key,
    message_matches,
    parameters,
    payload,
    place,
    quoted,
    where,
)

FIND = frozenset(
    {
        "skip", "limit", "order", "count", "keys", "excludeKeys", "include", "includeAll", "redirectClassNameForKey", "where", "readPreference",
        "includeReadPreference", "subqueryReadPreference", "hint", "explain", "comment",
    }
)  # fmt: skip
GET = frozenset({"keys", "include", "excludeKeys", "readPreference", "includeReadPreference", "subqueryReadPreference"})
_OTHERS_CALL_IT = {
    **dict.fromkeys(("filter", "query", "q", "$filter"), "where"),
    **dict.fromkeys(("sort", "orderby", "orderBy", "$orderby"), "order"),
    **dict.fromkeys(("fields", "select", "$select"), "keys"),
    **dict.fromkeys(("top", "$top", "take", "pageSize", "per_page"), "limit"),
    **dict.fromkeys(("offset", "$skip"), "skip"),
    **dict.fromkeys(("populate", "expand", "$expand"), "include"),
}
OPERATORS = (
    "$lt", "$lte", "$gt", "$gte", "$ne", "$eq", "$in", "$nin", "$exists", "$all", "$regex", "$options", "$or", "$and", "$nor", "$inQuery",
    "$notInQuery", "$select", "$dontSelect", "$relatedTo", "$text", "$nearSphere", "$maxDistance", "$maxDistanceInRadians", "$maxDistanceInMiles",
    "$maxDistanceInKilometers", "$within", "$box", "$geoWithin", "$polygon", "$centerSphere", "$geoIntersects", "$point", "$containedBy",
    "$relativeTime", "$search", "$term", "$language", "$caseSensitive", "$diacriticSensitive", "$score", "$comment",
)  # fmt: skip
_LARGEST = 2**53
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")


def where_json(ctx: RuleContext) -> Message | None:
    """`where` is no JSON; older servers answer that with code 1."""
    if not is_find(ctx):
        return None
    text = payload(ctx).get("where") if ctx.in_batch or "where" not in ctx.params else ctx.params["where"]
    if isinstance(text, str):
        if fault := json_text_fault(ctx, "`where`", text):
            return fault
        text = json.loads(text)
    if text is None or isinstance(text, dict):
        return None
    return Message(f"`where` must be a JSON object; it is {type_name(text)}.", "where", certain=True)


def parameter_unknown(ctx: RuleContext) -> Iterator[Message]:
    """A parameter that a query has not."""
    known = FIND if is_find(ctx) else GET if is_get(ctx) else None
    if "%" not in ctx.request.query and isinstance(where(ctx), str):
        # What was not encoded falls apart at `&`: what follows is no parameter of anybody's.
        return
    if known is None or place(ctx).route.startswith("/aggregate"):
        return
    for name in list(parameters(ctx))[:50]:
        if name in known:
            continue
        if is_get(ctx) and name in FIND:
            yield Message(f"{ctx.quote(name)} is no parameter of a request for one object by its id; ask `/classes/...` without the id.", name, True)
            continue
        near = _OTHERS_CALL_IT.get(name) or next(iter(difflib.get_close_matches(name, known, 1, 0.7)), "")
        hint = f"did you mean `{near}`?" if near else f"it takes {quoted(sorted(known), 20)}"
        yield Message(f"{ctx.quote(name)} is no parameter of a query; {hint}", name, certain=True)


def logical_operand(ctx: RuleContext) -> Iterator[Message]:
    """`$or`, `$and` and `$nor` take lists of conditions."""
    for key, value, _ in conditions(where(ctx)):
        if key in ("$or", "$and", "$nor"):
            if not isinstance(value, list):
                yield Message(f"`{key}` takes a list of conditions; it was given {type_name(value)}.", key, certain=True)
            elif key == "$nor" and not value:
                yield Message("`$nor` takes a list of at least one condition; it was given an empty one.", key, certain=True)


def operator_unknown(ctx: RuleContext) -> Iterator[Message]:
    """A `$` operator that Parse does not have; the nearest is suggested."""
    if ctx.name == "OperationForbidden" and not message_matches(ctx, rf"{DENIED}$", r"Postgres doesn't support"):
        return
    for key, value, _ in conditions(where(ctx)):
        for name in (key, *(value if isinstance(value, dict) else ())):
            if name.startswith("$") and name not in OPERATORS:
                near = difflib.get_close_matches(name, OPERATORS, 1, 0.6)
                hint = f"; did you mean `{near[0]}`?" if near else ""
                yield Message(f"{ctx.quote(name)} is no query operator of Parse{hint}.", name, certain=True)


def key_invalid(ctx: RuleContext) -> Iterator[Message]:
    """A name in `where` or `order` that cannot be a field's."""
    for parameter, key in keys_in_query(ctx):
        if not _FIELD.fullmatch(key) and not key.startswith("_"):
            why = "it is empty" if not key else "field names begin with a letter and hold letters, digits and _ only"
            yield Message(f"`{parameter}` names {ctx.quote(key)}, which can be no field: {why}.", f"{parameter}: {key}", certain=True)
        elif key.startswith("_") and not master_key(ctx):
            yield Message(f"`{parameter}` names {ctx.quote(key)}: names that begin with _ are the server's own.", f"{parameter}: {key}", certain=True)


def operator_misplaced(ctx: RuleContext) -> Iterator[Message]:
    """An operator where the name of a field belongs."""
    for key, _, _ in conditions(where(ctx)):
        if key in OPERATORS and key not in ("$or", "$and", "$nor", "$relatedTo"):
            yield Message(f'`{key}` stands where the name of a field belongs; it goes inside: {{"field": {{"{key}": ...}}}}.', key, certain=True)


def query_on_acl(ctx: RuleContext) -> Message | None:
    """ACLs cannot be asked for."""
    found = any(key == "ACL" for key, _, _ in conditions(where(ctx)))
    return (
        Message("`where` asks for `ACL`: the server filters by ACL itself, and lets nobody query it.", "where: ACL", certain=True) if found else None
    )


def too_deep(ctx: RuleContext) -> Message | None:
    """A condition, or an include, that is nested deeper than the server allows."""
    if message_matches(ctx, r"Query condition nesting depth"):
        depth = max((depth for _, _, depth in conditions(where(ctx))), default=0)
        limit = _number(ctx.message)
        return Message(f"`where` nests $or, $and and $nor {depth} deep; this server allows {limit}.", f"depth {depth}", True) if depth else None
    include = parameters(ctx).get("include")
    paths = [path for path in include.split(",") if path] if isinstance(include, str) else []
    if message_matches(ctx, r"Include depth of") and paths:
        longest = max(paths, key=lambda path: path.count("."))
        return Message(
            f"`include` asks for {ctx.quote(longest)}, {longest.count('.') + 1} levels; this server allows {_number(ctx.message, -1)}.",
            longest,
            True,
        )
    if message_matches(ctx, r"Number of include fields") and paths:
        return Message(f"`include` names {len(paths)} paths or more; this server allows {_number(ctx.message, -1)}.", "include", certain=True)
    return None


def _number(text: str, which: int = -1) -> str:
    found = re.findall(r"\d{1,9}", text[:300])
    return found[which] if found else "fewer"


def explain_denied(ctx: RuleContext) -> Message | None:
    """Query plans are for the master key."""
    if is_find(ctx) and parameters(ctx).get("explain") and not master_key(ctx):
        return Message(
            "`explain` asks for the query plan, which newer servers give to the master key only (`allowPublicExplain`).", "explain", certain=True
        )
    return None


def paging(ctx: RuleContext) -> Iterator[Message]:
    """`limit` and `skip` must be numbers of 0 or more."""
    for name in ("limit", "skip") if is_find(ctx) else ():
        value = parameters(ctx).get(name)
        if value is None:
            continue
        try:
            number = float(value) if isinstance(value, (str, int, float)) and value != "" else float("nan")
        except (ValueError, OverflowError):
            number = float("nan")
        if not 0 <= number <= _LARGEST or number != int(number):
            yield Message(f"`{name}` is {ctx.quote(value)}; it takes a whole number of 0 or more.", f"{name}={value}"[:100], certain=True)


def protected_field(ctx: RuleContext) -> Message | None:
    """A query by a field that the class hides from this caller."""
    found = re.match(r"This user is not allowed to (query|sort by) (\S{1,100}) on class", ctx.message)
    if found:
        return Message(
            f"`{'where' if found[1] == 'query' else 'order'}` uses {ctx.quote(found[2])}, which the class hides from this caller "
            "(`protectedFields`): what is hidden cannot be searched or sorted by.",
            found[2],
            certain=True,
        )
    if not message_matches(ctx, rf"{DENIED}$") or master_key(ctx):
        return None
    fields = list(dict.fromkeys(key for _, key in keys_in_query(ctx)))
    if class_name(ctx) == "_User" and "email" in fields:
        return Message(
            "`email` of users is hidden from others unless the server is told otherwise (`protectedFields`): what is hidden cannot be searched or "
            "sorted by. Ask in cloud code, with the master key.",
            "fields: email",
        )
    seen = ctx.app_memory.names.get((operation_kind("GET", one=False), class_name(ctx)))
    if not fields or not seen or any(True for _ in operator_unknown(ctx)):
        return None
    return Message(
        f"the class {ctx.quote(class_name(ctx))} can be queried ({ctx.flow_name(seen.flow)}, {ctx.ago(seen.when)}), but not by "
        f"{', '.join(ctx.quote(field) for field in fields[:3])}: what the class hides from this caller (`protectedFields`) cannot be searched or "
        "sorted by.",
        f"fields: {', '.join(fields[:5])}",
    )


RULES: tuple[Rule, ...] = (
    Rule("where-json", where_json, entries=("InvalidJSON", "InternalServerError", "InvalidQuery", "InvalidFieldName")),
    Rule("parameter-unknown", parameter_unknown, entries=("InvalidQuery",)),
    Rule("logical-operand", logical_operand, entries=("InvalidQuery", "InternalServerError")),
    Rule(
        "operator-unknown", operator_unknown, entries=("InvalidQuery", "InvalidJSON", "OperationForbidden", "InternalServerError", "InvalidFieldName")
    ),
    Rule("operator-misplaced", operator_misplaced, entries=("InvalidFieldName",)),
    Rule("query-key", key_invalid, entries=("InvalidFieldName",)),
    Rule("query-acl", query_on_acl, entries=("InvalidQuery",)),
    Rule("query-depth", too_deep, entries=("InvalidQuery",)),
    Rule("query-explain", explain_denied, entries=("InvalidQuery",)),
    Rule("query-paging", paging, entries=("InternalServerError", "InvalidQuery", "InvalidLimitError", "InvalidSkipError")),
    Rule("query-protected", protected_field, entries=("OperationForbidden",)),
)
