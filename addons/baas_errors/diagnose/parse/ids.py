"""Why an object is not found: an id that is none, or is gone, or of another class, and ACLs that hide what is there."""

from __future__ import annotations

import re

from ...history.store import LONGEST_KEY, Sighting
from ..context import Message, Rule, RuleContext, once
from ..id_history import NO_VALUE
from .request import class_name, is_get, master_key, message_matches, object_id, session

_ID = re.compile(r"[A-Za-z0-9]{10}")


def _id_place(ctx: RuleContext) -> tuple[str, str]:
    ident = object_id(ctx)
    return ctx.raw_path.rstrip("/").rpartition("/")[0] + "/", ident


def _seen(ctx: RuleContext) -> Sighting | None:
    prefix, ident = _id_place(ctx)
    return ctx.app_memory.ids.get((prefix[:LONGEST_KEY], ident[:LONGEST_KEY])) if _not_found(ctx) else None


def _not_found(ctx: RuleContext) -> bool:
    return bool(object_id(ctx)) and message_matches(ctx, r"Object not found")


def id_none(ctx: RuleContext) -> Message | None:
    """The path has a word instead of an id."""
    ident = object_id(ctx)
    if ident and NO_VALUE.fullmatch(ident):
        return Message(
            f"The path has {ctx.quote(ident)} where an id belongs: the object was never saved, or has no id yet.", ctx.raw_path, certain=True
        )
    return None


def object_gone(ctx: RuleContext) -> Message | None:
    """An earlier request has deleted the object."""
    ident, seen = object_id(ctx), _seen(ctx)
    if seen is None or seen.how != "DELETE":
        return None
    return Message(
        f"{ctx.quote(ident)} was deleted {ctx.ago(seen.when)} in {ctx.flow_name(seen.flow)}.",
        f"DELETE in {ctx.flow_name(seen.flow)}",
        certain=True,
    )


def object_hidden(ctx: RuleContext) -> Message | None:
    """The object is there, so its ACL keeps this caller from it."""
    ident, seen = object_id(ctx), _seen(ctx)
    if seen is None or seen.how == "DELETE" or NO_VALUE.fullmatch(ident) or master_key(ctx):
        return None
    own = ctx.facts.hashed_token
    before = (ctx.app_memory.outcomes.get(ctx.facts.outcome) or {}).get(own)
    if before is not None and before.status < 400 and not ctx.in_batch:
        did = f"this caller did the same {ctx.ago(before.when)} ({ctx.flow_name(before.flow)}), and it worked"
        return Message(f"the object was deleted since, or its ACL was changed: {did}.", f"{before.status} in {ctx.flow_name(before.flow)}")
    who = "this caller" if session(ctx) else "a caller without a session"
    what = "read" if is_get(ctx) else "write"
    there = f"{ctx.quote(ident)} was there {ctx.ago(seen.when)} ({seen.how} in {ctx.flow_name(seen.flow)})"
    return Message(
        f"the object's ACL does not let {who} {what} it, unless it was deleted elsewhere: {there}.", f"{seen.status} in {ctx.flow_name(seen.flow)}"
    )


def _object_elsewhere(ctx: RuleContext) -> Message | None:
    """An id of another class."""
    prefix, ident = _id_place(ctx)
    if not _not_found(ctx) or NO_VALUE.fullmatch(ident) or (prefix[:LONGEST_KEY], ident[:LONGEST_KEY]) in ctx.app_memory.ids:
        return None
    for (elsewhere, other), seen in ctx.app_memory.ids.newest():
        if other == ident and seen.how != "DELETE":
            where = f"it belongs to {ctx.quote(elsewhere)} ({ctx.flow_name(seen.flow)})"
            return Message(f"{ctx.quote(ident)} is no id of {ctx.quote(class_name(ctx))}; {where}.", f"{elsewhere}{ident}")
    return None


object_elsewhere = once("parse elsewhere", _object_elsewhere)


def object_unknown(ctx: RuleContext) -> Message | None:
    """An id that was never seen, in a form that ids here do not have, or beside others that were seen."""
    prefix, ident = _id_place(ctx)
    if not _not_found(ctx) or NO_VALUE.fullmatch(ident) or object_elsewhere(ctx):
        return None
    seen = [other for (of, other), _ in ctx.app_memory.ids.newest() if of == prefix[:LONGEST_KEY]]
    if not seen or ident[:LONGEST_KEY] in seen:
        return None
    name = ctx.quote(class_name(ctx))
    if not _ID.fullmatch(ident) and all(_ID.fullmatch(other) for other in seen):
        return Message(f"{ctx.quote(ident)} has not the form of an id of {name}: those have 10 letters and digits.", ident)
    others = f"{len(seen)} others were" if len(seen) > 1 else "another was"
    says = f"the id is wrong, or its class, or the object is gone: {ctx.quote(ident)} was never seen in {name}, as {others}."
    return Message(says, f"{ident} / {seen[0]}")


RULES: tuple[Rule, ...] = (
    Rule("id-none", id_none, entries=("ObjectNotFound", "InternalServerError")),
    Rule("object-deleted", object_gone, entries=("ObjectNotFound",)),
    Rule("object-acl", object_hidden, entries=("ObjectNotFound",)),
    Rule("object-elsewhere", object_elsewhere, entries=("ObjectNotFound",)),
    Rule("object-unknown", object_unknown, entries=("ObjectNotFound",)),
)
