"""Why an object is not found: an id that is none, or is gone, or of another class, and ACLs that hide what is there."""

from __future__ import annotations

import re

from ...history.store import LONGEST_KEY, Seen
from ..context import (
    Case,
    Rule,
    Say,
    once,
)
from ..id_history import NO_VALUE
from .request import (
    class_name,
    is_get,
    master_key,
    object_id,
    said,
    session,
)

_ID = re.compile(r"[A-Za-z0-9]{10}")


def _id_place(case: Case) -> tuple[str, str]:
    ident = object_id(case)
    return case.raw_path.rstrip("/").rpartition("/")[0] + "/", ident


def _seen(case: Case) -> Seen | None:
    prefix, ident = _id_place(case)
    return case.memory.ids.get((prefix[:LONGEST_KEY], ident[:LONGEST_KEY])) if _not_found(case) else None


def _not_found(case: Case) -> bool:
    return bool(object_id(case)) and said(case, r"Object not found")


def id_none(case: Case) -> Say | None:
    """The path has a word instead of an id."""
    ident = object_id(case)
    if ident and NO_VALUE.fullmatch(ident):
        return Say(
            f"The path has {case.quote(ident)} where an id belongs: the object was never saved, or has no id yet.", case.raw_path, certain=True
        )
    return None


def object_gone(case: Case) -> Say | None:
    """An earlier request has deleted the object."""
    ident, seen = object_id(case), _seen(case)
    if seen is None or seen.how != "DELETE":
        return None
    return Say(
        f"{case.quote(ident)} was deleted {case.ago(seen.when)} in {case.flow_name(seen.flow)}.",
        f"DELETE in {case.flow_name(seen.flow)}",
        certain=True,
    )


def object_hidden(case: Case) -> Say | None:
    """The object is there, so its ACL keeps this caller from it."""
    ident, seen = object_id(case), _seen(case)
    if seen is None or seen.how == "DELETE" or NO_VALUE.fullmatch(ident) or master_key(case):
        return None
    own = case.footprint.hashed_token
    before = (case.memory.outcomes.get(case.footprint.outcome) or {}).get(own)
    if before is not None and before.status < 400 and not case.in_batch:
        did = f"this caller did the same {case.ago(before.when)} ({case.flow_name(before.flow)}), and it worked"
        return Say(f"the object was deleted since, or its ACL was changed: {did}.", f"{before.status} in {case.flow_name(before.flow)}")
    who = "this caller" if session(case) else "a caller without a session"
    what = "read" if is_get(case) else "write"
    there = f"{case.quote(ident)} was there {case.ago(seen.when)} ({seen.how} in {case.flow_name(seen.flow)})"
    return Say(
        f"the object's ACL does not let {who} {what} it, unless it was deleted elsewhere: {there}.", f"{seen.status} in {case.flow_name(seen.flow)}"
    )


def _object_elsewhere(case: Case) -> Say | None:
    """An id of another class."""
    prefix, ident = _id_place(case)
    if not _not_found(case) or NO_VALUE.fullmatch(ident) or (prefix[:LONGEST_KEY], ident[:LONGEST_KEY]) in case.memory.ids:
        return None
    for (elsewhere, other), seen in case.memory.ids.newest():
        if other == ident and seen.how != "DELETE":
            where = f"it belongs to {case.quote(elsewhere)} ({case.flow_name(seen.flow)})"
            return Say(f"{case.quote(ident)} is no id of {case.quote(class_name(case))}; {where}.", f"{elsewhere}{ident}")
    return None


object_elsewhere = once("parse elsewhere", _object_elsewhere)


def object_unknown(case: Case) -> Say | None:
    """An id that was never seen, in a form that ids here do not have, or beside others that were seen."""
    prefix, ident = _id_place(case)
    if not _not_found(case) or NO_VALUE.fullmatch(ident) or object_elsewhere(case):
        return None
    seen = [other for (of, other), _ in case.memory.ids.newest() if of == prefix[:LONGEST_KEY]]
    if not seen or ident[:LONGEST_KEY] in seen:
        return None
    name = case.quote(class_name(case))
    if not _ID.fullmatch(ident) and all(_ID.fullmatch(other) for other in seen):
        return Say(f"{case.quote(ident)} has not the form of an id of {name}: those have 10 letters and digits.", ident)
    others = f"{len(seen)} others were" if len(seen) > 1 else "another was"
    says = f"the id is wrong, or its class, or the object is gone: {case.quote(ident)} was never seen in {name}, as {others}."
    return Say(says, f"{ident} / {seen[0]}")


RULES: tuple[Rule, ...] = (
    Rule("id-none", id_none, entries=("ObjectNotFound", "InternalServerError")),
    Rule("object-deleted", object_gone, entries=("ObjectNotFound",)),
    Rule("object-acl", object_hidden, entries=("ObjectNotFound",)),
    Rule("object-elsewhere", object_elsewhere, entries=("ObjectNotFound",)),
    Rule("object-unknown", object_unknown, entries=("ObjectNotFound",)),
)
