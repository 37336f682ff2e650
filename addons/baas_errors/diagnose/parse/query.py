"""Why Parse Server refuses a query: its JSON, its parameters, its fields, its size."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator

from ...history.app_facts import deed
from ..checks import json_text_fault, type_name
from ..context import Case, Rule, Say
from .request import (
    DENIED,
    class_name,
    conditions,
    is_find,
    is_get,
    keys_in_query,
    master_key,
    parameters,
    payload,
    place,
    quoted,
    said,
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


def where_json(case: Case) -> Say | None:
    """`where` is no JSON; older servers answer that with code 1."""
    if not is_find(case):
        return None
    text = payload(case).get("where") if case.in_batch or "where" not in case.params else case.params["where"]
    if isinstance(text, str):
        if fault := json_text_fault(case, "`where`", text):
            return fault
        text = json.loads(text)
    if text is None or isinstance(text, dict):
        return None
    return Say(f"`where` must be a JSON object; it is {type_name(text)}.", "where", certain=True)


def parameter_unknown(case: Case) -> Iterator[Say]:
    """A parameter that a query has not."""
    known = FIND if is_find(case) else GET if is_get(case) else None
    if "%" not in case.request.query and isinstance(where(case), str):
        # What was not encoded falls apart at `&`: what follows is no parameter of anybody's.
        return
    if known is None or place(case).route.startswith("/aggregate"):
        return
    for name in list(parameters(case))[:50]:
        if name in known:
            continue
        if is_get(case) and name in FIND:
            yield Say(f"{case.quote(name)} is no parameter of a request for one object by its id; ask `/classes/...` without the id.", name, True)
            continue
        near = _OTHERS_CALL_IT.get(name) or next(iter(difflib.get_close_matches(name, known, 1, 0.7)), "")
        hint = f"did you mean `{near}`?" if near else f"it takes {quoted(sorted(known), 20)}"
        yield Say(f"{case.quote(name)} is no parameter of a query; {hint}", name, certain=True)


def logical_operand(case: Case) -> Iterator[Say]:
    """`$or`, `$and` and `$nor` take lists of conditions."""
    for key, value, _ in conditions(where(case)):
        if key in ("$or", "$and", "$nor"):
            if not isinstance(value, list):
                yield Say(f"`{key}` takes a list of conditions; it was given {type_name(value)}.", key, certain=True)
            elif key == "$nor" and not value:
                yield Say("`$nor` takes a list of at least one condition; it was given an empty one.", key, certain=True)


def operator_unknown(case: Case) -> Iterator[Say]:
    """A `$` operator that Parse does not have; the nearest is suggested."""
    if case.name == "OperationForbidden" and not said(case, rf"{DENIED}$", r"Postgres doesn't support"):
        return
    for key, value, _ in conditions(where(case)):
        for name in (key, *(value if isinstance(value, dict) else ())):
            if name.startswith("$") and name not in OPERATORS:
                near = difflib.get_close_matches(name, OPERATORS, 1, 0.6)
                hint = f"; did you mean `{near[0]}`?" if near else ""
                yield Say(f"{case.quote(name)} is no query operator of Parse{hint}.", name, certain=True)


def key_invalid(case: Case) -> Iterator[Say]:
    """A name in `where` or `order` that cannot be a field's."""
    for parameter, key in keys_in_query(case):
        if not _FIELD.fullmatch(key) and not key.startswith("_"):
            why = "it is empty" if not key else "field names begin with a letter and hold letters, digits and _ only"
            yield Say(f"`{parameter}` names {case.quote(key)}, which can be no field: {why}.", f"{parameter}: {key}", certain=True)
        elif key.startswith("_") and not master_key(case):
            yield Say(f"`{parameter}` names {case.quote(key)}: names that begin with _ are the server's own.", f"{parameter}: {key}", certain=True)


def operator_misplaced(case: Case) -> Iterator[Say]:
    """An operator where the name of a field belongs."""
    for key, _, _ in conditions(where(case)):
        if key in OPERATORS and key not in ("$or", "$and", "$nor", "$relatedTo"):
            yield Say(f'`{key}` stands where the name of a field belongs; it goes inside: {{"field": {{"{key}": ...}}}}.', key, certain=True)


def query_on_acl(case: Case) -> Say | None:
    """ACLs cannot be asked for."""
    found = any(key == "ACL" for key, _, _ in conditions(where(case)))
    return Say("`where` asks for `ACL`: the server filters by ACL itself, and lets nobody query it.", "where: ACL", certain=True) if found else None


def too_deep(case: Case) -> Say | None:
    """A condition, or an include, that is nested deeper than the server allows."""
    if said(case, r"Query condition nesting depth"):
        depth = max((depth for _, _, depth in conditions(where(case))), default=0)
        limit = _number(case.message)
        return Say(f"`where` nests $or, $and and $nor {depth} deep; this server allows {limit}.", f"depth {depth}", True) if depth else None
    include = parameters(case).get("include")
    paths = [path for path in include.split(",") if path] if isinstance(include, str) else []
    if said(case, r"Include depth of") and paths:
        longest = max(paths, key=lambda path: path.count("."))
        return Say(
            f"`include` asks for {case.quote(longest)}, {longest.count('.') + 1} levels; this server allows {_number(case.message, -1)}.",
            longest,
            True,
        )
    if said(case, r"Number of include fields") and paths:
        return Say(f"`include` names {len(paths)} paths or more; this server allows {_number(case.message, -1)}.", "include", certain=True)
    return None


def _number(text: str, which: int = -1) -> str:
    found = re.findall(r"\d{1,9}", text[:300])
    return found[which] if found else "fewer"


def explain_denied(case: Case) -> Say | None:
    """Query plans are for the master key."""
    if is_find(case) and parameters(case).get("explain") and not master_key(case):
        return Say(
            "`explain` asks for the query plan, which newer servers give to the master key only (`allowPublicExplain`).", "explain", certain=True
        )
    return None


def paging(case: Case) -> Iterator[Say]:
    """`limit` and `skip` must be numbers of 0 or more."""
    for name in ("limit", "skip") if is_find(case) else ():
        value = parameters(case).get(name)
        if value is None:
            continue
        try:
            number = float(value) if isinstance(value, (str, int, float)) and value != "" else float("nan")
        except (ValueError, OverflowError):
            number = float("nan")
        if not 0 <= number <= _LARGEST or number != int(number):
            yield Say(f"`{name}` is {case.quote(value)}; it takes a whole number of 0 or more.", f"{name}={value}"[:100], certain=True)


def protected_field(case: Case) -> Say | None:
    """A query by a field that the class hides from this caller."""
    found = re.match(r"This user is not allowed to (query|sort by) (\S{1,100}) on class", case.message)
    if found:
        return Say(
            f"`{'where' if found[1] == 'query' else 'order'}` uses {case.quote(found[2])}, which the class hides from this caller "
            "(`protectedFields`): what is hidden cannot be searched or sorted by.",
            found[2],
            certain=True,
        )
    if not said(case, rf"{DENIED}$") or master_key(case):
        return None
    fields = list(dict.fromkeys(key for _, key in keys_in_query(case)))
    if class_name(case) == "_User" and "email" in fields:
        return Say(
            "`email` of users is hidden from others unless the server is told otherwise (`protectedFields`): what is hidden cannot be searched or "
            "sorted by. Ask in cloud code, with the master key.",
            "fields: email",
        )
    seen = case.memory.names.get((deed("GET", one=False), class_name(case)))
    if not fields or not seen or any(True for _ in operator_unknown(case)):
        return None
    return Say(
        f"the class {case.quote(class_name(case))} can be queried ({case.flow_name(seen.flow)}, {case.ago(seen.when)}), but not by "
        f"{', '.join(case.quote(field) for field in fields[:3])}: what the class hides from this caller (`protectedFields`) cannot be searched or "
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
