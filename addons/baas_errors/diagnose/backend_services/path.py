"""Backend Services: version, app id, type and item in the path, the method, and how long it took."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from ..checks import near_name, retry_after
from ..context import Case, Rule, Say
from ..id_history import NO_VALUE, id_history, made_before

# What stands after the app id in addresses of the service's own.
_OWN = ("Users", "Files", "Push", "Functions", "oauth", "Metadata", "Roles", "Invoke")
# The service gives up after 60 seconds, and on cloud functions after 10.
TIME_LIMIT, FUNCTION_LIMIT = 60.0, 10.0
_EVENTS = {"POST": "Create", "PUT": "Update", "DELETE": "Delete", "GET": "Read"}


def segments(case: Case) -> list[str]:
    """The parts of the path from its version on; behind a gateway something may stand before that."""
    parts = case.path.split("/")[1:]
    versions = [index for index, part in enumerate(parts) if re.fullmatch(r"[vV]\d+", part)]
    return parts[versions[0] :] if versions else parts


def version(case: Case) -> Say | None:
    """The version in the path."""
    parts = segments(case)
    if parts and parts[0] == "v1":
        return None
    if parts and re.fullmatch(r"[vV]\d+", parts[0]):
        return Say(f"The path has the version {case.quote(parts[0])}; there is only `v1`.", case.path, certain=True)
    return Say(f"The path {case.quote(case.path)} has no version; addresses begin `/v1/{{app id}}/`.", case.path, certain=True)


def app_id(case: Case) -> Iterable[Say]:
    """The app id in the path: none, no id at all, or another than one that worked."""
    parts = segments(case)
    if not parts or parts[0].lower() != "v1":
        return
    rest = parts[3:] if [part.lower() for part in parts[1:3]] == ["metadata", "applications"] else parts[1:]
    app = rest[0] if rest else ""
    if not app:
        yield Say("The path ends before the app id; addresses begin `/v1/{app id}/`.", case.path, certain=True)
    elif NO_VALUE.fullmatch(app) or re.search(r"(?i)your|app-?id|[{}<>]", app):
        yield Say(f"The path has {case.quote(app)} where the app id belongs: the app's configuration was not filled in.", case.path, certain=True)
    elif app in _OWN or (len(rest) == 1 and re.fullmatch(r"[A-Z][a-z]+", app)):
        yield Say(f"the path has {case.quote(app)} where the app id belongs: the base URL lacks it.", case.path, certain=app in _OWN)
    else:
        others = [other for other in case.keeper.apps_of(case.backend.id) if other != app and "." not in other]
        near = next((other for other in others if other.lower() == app.lower()), None) or next(
            iter(difflib.get_close_matches(app[:60], others, 1, 0.7)), None
        )
        if near:
            yield Say(f"{case.quote(app)} differs from the app id {case.quote(near)}, which other requests use.", f"{app} / {near}", certain=False)
        elif not re.fullmatch(r"[A-Za-z0-9]{12,24}", app) and not re.fullmatch(r"[0-9a-fA-F-]{36}", app):
            yield Say(f"{case.quote(app)} does not look like an app id, which is some 16 letters and digits.", app, certain=False)


def doubled_type(case: Case) -> Say | None:
    """A type's name where an id belongs: the base URL ends with a type."""
    kind, ident = case.route.get("type", ""), case.route.get("id", "")
    known = dict(case.memory.names_of("type"))
    if not kind or not ident or not (ident == kind or ident in known or ident in ("Users", "Files")):
        return None
    return Say(
        f"The path has the type {case.quote(kind)} and then {case.quote(ident)}, which is a type as well: the base URL ends with a type's name, "
        "and should end with the app id.",
        case.path,
        certain=ident == kind or ident in known,
    )


def type_name_rule(case: Case) -> Iterable[Say]:
    """The type in the path against those that worked."""
    kind = case.route.get("type", "")
    if not kind:
        return
    if NO_VALUE.fullmatch(kind):
        yield Say(f"The path has {case.quote(kind)} where the type's name belongs.", case.path, certain=True)
    elif say := near_name(case, kind, case.memory.names_of("type"), "type"):
        yield say
    elif (near := next(iter(difflib.get_close_matches(kind[:60], _OWN[:4], 1, 0.8)), kind)) != kind:
        yield Say(f"`{near}` was meant by {case.quote(kind)}; it is a type that every app has.", kind, certain=False)


def method(case: Case) -> Iterable[Say]:
    """What the address does not do."""
    allow = case.answer_headers.get("allow")
    if allow:
        yield Say(f"This address takes {case.quote(allow)}; this was a {case.quote(case.method)}.", f"allow: {allow}", certain=True)
    elif re.search(r"/oauth/token/?$", case.path) and case.method != "POST":
        yield Say(f"Signing in is a POST; this was a {case.quote(case.method)}.", case.method, certain=True)
    elif case.method == "PATCH":
        yield Say("There is no PATCH; a PUT changes the fields that it names, and leaves the others.", "PATCH", certain=True)
    elif case.method == "POST" and case.route.get("id") and case.route.get("type"):
        yield Say("A POST creates, and takes no id in the path; to change the item send a PUT.", case.path, certain=True)
    elif case.method in ("PUT", "DELETE") and case.route.get("type") and not case.route.get("id") and not _filtered(case):
        yield Say(f"A {case.method} on a whole type needs a filter (X-Everlive-Filter), on one item its id in the path.", case.path, certain=False)


def _filtered(case: Case) -> bool:
    return "x-everlive-filter" in case.headers or "filter" in case.params


def time_limit(case: Case) -> Iterable[Say]:
    """How long the request took, and what it asked for."""
    started, ended = case.exchange.started, case.exchange.ended
    if started is None or ended is None or ended - started < FUNCTION_LIMIT - 1:
        return
    took = ended - started
    limit = TIME_LIMIT if took > TIME_LIMIT - 5 else FUNCTION_LIMIT
    heavy = []
    if case.method == "GET" and case.route.get("type") and not case.route.get("id"):
        if "x-everlive-take" not in case.headers and "take" not in case.params:
            heavy.append("asks for a list without `X-Everlive-Take`")
        if "x-everlive-expand" in case.headers or "expand" in case.params:
            heavy.append("expands relations")
        if "$regex" in case.headers.get("x-everlive-filter") + case.request.query:
            heavy.append("filters with `$regex`")
    elif isinstance(case.json, list) and len(case.json) > 1:
        heavy.append(f"creates {len(case.json):,} items at once")
    asked = f" It {' and '.join(heavy)}." if heavy else ""
    yield Say(f"The answer came after {took:.1f} s; the limit is {limit:.0f} s.{asked}", f"{took:.1f} s", certain=True)


def loop(case: Case) -> Say | None:
    """Whose cloud code sets itself off."""
    kind = case.route.get("type", "")
    event = _EVENTS.get(case.method)
    if not kind or not event:
        return None
    return Say(
        f"the cloud code of {case.quote(kind)} for before{event} or after{event} makes a request that ends in the same event of {case.quote(kind)}.",
        f"{case.method} {case.path}",
        certain=False,
    )


def unique_value(case: Case) -> Iterable[Say]:
    """The field that must be unique: named in the message, or with a value that an earlier flow has taken."""
    for field, value in list(case.fields.items())[:50]:
        if isinstance(value, (dict, list)):
            continue
        if field == "Id" and isinstance(value, str):
            seen = next((there for (_, ident), there in case.memory.ids.newest() if ident == value[:120] and there.how != "DELETE"), None)
            if seen:
                yield Say(
                    f"An item with the `Id` {case.quote(value)} was there in {case.flow_name(seen.flow)}, {case.ago(seen.when)}.", "Id", certain=True
                )
                continue
        if re.search(rf"(?<!\w){re.escape(field)}(?!\w)", case.message[:500]):
            yield Say(f"The message names {case.quote(field)}, whose value {case.quote(value, field)} another item has already.", field, certain=True)


RULES: tuple[Rule, ...] = (
    Rule("version", version, ("InvalidApiVersion",), (404,)),
    Rule("app-id", app_id, ("AppIdMissing", "InvalidAppId", "InvalidApiVersion"), (404,)),
    Rule("doubled-type", doubled_type, ("ContentTypeNotFound", "ItemNotFound", "InvalidAppId", "NotFound"), (404,)),
    Rule("type-name", type_name_rule, ("ContentTypeNotFound", "NotFound"), (404,)),
    Rule("method", method, ("MethodNotSupported",), (405,)),
    Rule("time-limit", time_limit, ("RequestTimeout", "CloudCodeTimeout", "CloudCodeDisabled"), (408, 504)),
    Rule("loop", loop, ("LoopDetected",)),
    Rule("sent-twice", made_before, ("DuplicateKey", "DuplicateValuesInField", "DatabaseError", "UsernameTaken", "EmailTaken")),
    Rule("unique-value", unique_value, ("DuplicateKey", "DuplicateValuesInField", "DatabaseError")),
    Rule("id-history", id_history, ("ItemNotFound",), (404,)),
    Rule("retry-after", retry_after, ("MaintenanceMode",), (429, 503)),
)
