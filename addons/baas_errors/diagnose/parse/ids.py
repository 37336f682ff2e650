"""Why an object is not found: an id that is none, or is gone, or of another class, and permissions that hide what is there.

Source: parse-server 9.10.0, RestQuery.js, DatabaseController.js, cryptoUtils.js (`objectIdSize`, 10 by default).
"""

from __future__ import annotations

import re

from ...exchange.unset_values import is_placeholder
from ...history.store import KnownObject
from ...text import plural
from ..context import Message, Rule, RuleContext, fault_of, once
from .request import has_all_rights, is_find, message_matches, session
from .target import join_role, known_object, listed, lost_token, no_token, refused, target

_ID = re.compile(r"[A-Za-z0-9]{10}")
_LOG_IN = "Send the session token of a user who may, or change the object's ACL with the master key."


def _seen(ctx: RuleContext) -> KnownObject | None:
    """The object, where it was not found though the path has an id."""
    return known_object(ctx) if _not_found(ctx) else None


def _not_found(ctx: RuleContext) -> bool:
    ident = target(ctx).ident
    return bool(ident) and message_matches(ctx, r"Object not found") and not is_placeholder(ident) and not _by_query(ctx)


def _by_query(ctx: RuleContext) -> bool:
    """Whether a query for one id, which gives an empty list where nothing is found, was refused for want of a user."""
    return is_find(ctx) and not session(ctx) and not has_all_rights(ctx) and message_matches(ctx, r"Object not found") and bool(target(ctx).ident)


def id_none(ctx: RuleContext) -> Message | None:
    """Looks for a word such as `undefined` in place of the id. Other causes: none; no object has such an id."""
    ident = target(ctx).ident
    if not ident or not is_placeholder(ident):
        return None
    fix = "Save the object before its id is used (`await object.save()`), and check that the variable is set."
    return fault_of(f"The path has {ctx.quote(ident)} in place of an id: the app had none when it built the URL.", ctx.raw_path, fix)


def object_gone(ctx: RuleContext) -> Message | None:
    """Looks for an earlier request that deleted the object. Other causes: none; what was deleted is not found."""
    known = _seen(ctx)
    if known is None or known.seen.how != "DELETE":
        return None
    flow = ctx.flow_name(known.seen.flow)
    fix = "Drop the object from the app's lists and caches after its deletion; to save it again create a new one."
    return fault_of(f"{ctx.quote(target(ctx).ident)} was deleted {ctx.ago(known.seen.when)} in {flow}.", f"DELETE in {flow}", fix)


def session_lost(ctx: RuleContext) -> Message | None:
    """Looks elsewhere, and in earlier logins, for the session token that a write lacks. Other causes: the object is gone, or another user's; none for
    a function that wants a user."""
    if session(ctx) or has_all_rights(ctx):
        return None
    if message_matches(ctx, r"(Validation failed\. )?Please login"):
        says = "It is for signed-in users only (`requireUser`), and the request has no session token."
        return no_token(ctx, says, certain=True)
    known = known_object(ctx)
    if not lost_token(ctx)[0] or ctx.method not in ("PUT", "DELETE") or not _not_found(ctx) or object_gone(ctx) or object_elsewhere(ctx):
        return None
    # Where the access list was shown, that tells more; and of an id that is none of those seen in its class it is likelier that it is wrong.
    if known.acl is not None if known else any(of == target(ctx).name for (of, _), _ in ctx.app_memory.objects.newest()):
        return None
    says = f"only a signed-in user may write {ctx.quote(target(ctx).ident)} of {ctx.quote(target(ctx).name)}, and the request has no session token."
    return no_token(ctx, says, certain=False)


def object_hidden(ctx: RuleContext) -> Message | None:
    """Compares the caller with the access list and the pointer permissions that earlier flows showed of the object. Other causes: the object was
    deleted or changed by somebody else meanwhile."""
    asked, known = target(ctx), _seen(ctx)
    if _by_query(ctx):
        says = f"the class-level permissions show objects of {ctx.quote(asked.name)} only to users whom a field of the object points to (pointer "
        says += "permissions), and the request carries no session token: what is gone or has another ACL gives a query an empty list."
        return no_token(ctx, says, certain=False)
    if known is None or known.seen.how == "DELETE" or has_all_rights(ctx):
        return None
    if asked.name == "_Session":
        says = f"a session can be read and changed only with a token of its own user, and {ctx.quote(asked.ident)} is of another user."
        return refused(says, asked.ident, "Send a token of the user whose session it is, or the master key from a server of yours.")
    seen, what = known.seen, "read" if asked.action == "get" else "write"
    who = "this caller" if session(ctx) else "a caller without a session"
    user = ctx.known_token.user if ctx.known_token else ""
    if known.acl is not None and known.acl_seen:
        may = [name for name, rights in known.acl.items() if rights[what == "write"]]
        if "*" not in may and user not in may:
            only = f"only {listed(ctx, may)} {what} it, not {who}" if may else f"nobody {what} it"
            says = f"the ACL of {ctx.quote(asked.ident)} lets {only}, as {ctx.flow_name(known.acl_seen.flow)} showed {ctx.ago(known.acl_seen.when)}."
            fix = join_role(ctx, may, _LOG_IN) if may else "Change the object's ACL with the master key: it must name who may, or `*`."
            return refused(says, f"ACL in {ctx.flow_name(known.acl_seen.flow)}", fix)
    before = (ctx.app_memory.outcomes.get(ctx.facts.outcome) or {}).get(ctx.facts.hashed_token)
    if before is not None and before.status < 400 and not ctx.in_batch and asked.ident in ctx.raw_path:
        flow, fix = ctx.flow_name(before.flow), "Query the object with the master key: if it is there, compare its ACL with the caller."
        says = f"the object was deleted since, or its ACL was changed: this caller did the same {ctx.ago(before.when)} ({flow}), and it worked."
        return refused(says, f"{before.status} in {flow}", fix)
    permissions, shown = ctx.app_memory.permissions.get(asked.name) or ({}, None)
    action = permissions.get(asked.action)
    pointers = [*_names(permissions.get(f"{what}UserFields")), *_names(action.get("pointerFields") if isinstance(action, dict) else None)]
    there = f"{ctx.quote(asked.ident)} was there {ctx.ago(seen.when)} ({seen.how} in {ctx.flow_name(seen.flow)})"
    if pointers and shown:
        fields = " or ".join(ctx.quote(name) for name in pointers[:4])
        says = f"only users in {fields} of the object may {what} it (pointer permissions of the class, {ctx.flow_name(shown.flow)}); {there}."
        fix = f"Log in as a user whom {fields} points to, or loosen the permissions of the class."
        return refused(says, f"pointer permissions in {ctx.flow_name(shown.flow)}", fix)
    says = f"the object's ACL or the class's pointer permissions do not let {who} {what} it, unless it was deleted elsewhere: {there}."
    return refused(says, f"{seen.status} in {ctx.flow_name(seen.flow)}", _LOG_IN)


def _names(value: object) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


@once
def object_elsewhere(ctx: RuleContext) -> Message | None:
    """Looks for the id among the objects of other classes. Source: earlier flows. Other causes: classes may have objects with the same id, where the
    app sets ids itself."""
    asked = target(ctx)
    if not _not_found(ctx) or known_object(ctx):
        return None
    for (elsewhere, other), known in ctx.app_memory.objects.newest():
        if other == asked.ident and known.seen.how != "DELETE":
            where = f"it belongs to the class {ctx.quote(elsewhere)} ({ctx.flow_name(known.seen.flow)})"
            says, fix = (
                f"{ctx.quote(asked.ident)} is not an id of {ctx.quote(asked.name)}: {where}.",
                f"Ask for it in the class {ctx.quote(elsewhere)}.",
            )
            values = (of for (of, value), _ in ctx.app_memory.taken.newest() if value == asked.name and of.startswith(f"{elsewhere}."))
            if column := next(values, "").partition(".")[2]:
                says += f" Objects of that class have {ctx.quote(asked.name)} in {ctx.quote(column)}, which was taken for the class."
                rename = "Rename the column `className`, which SDKs read as the object's class, or"
                fix = f"{rename if column == 'className' else f'Do not take the class from {ctx.quote(column)}:'} {fix[:1].lower()}{fix[1:]}"
            return fault_of(says, f"{elsewhere}/{asked.ident}", fix, certain=False)
    return None


def object_unknown(ctx: RuleContext) -> Message | None:
    """Compares the id with the form of ids, and with those of the class that earlier flows showed. Other causes: an object that nobody asked for
    before, and that is hidden or gone."""
    asked = target(ctx)
    if not _not_found(ctx) or known_object(ctx) or object_elsewhere(ctx):
        return None
    ident, name = ctx.quote(asked.ident), ctx.quote(asked.name)
    seen = [other for (of, other), _ in ctx.app_memory.objects.newest() if of == asked.name]
    fix = "Compare id and class with the object in the dashboard, or query by another field."
    if not _ID.fullmatch(asked.ident) and all(_ID.fullmatch(other) for other in seen):
        return fault_of(f"{ident} does not have the form of an id: ids have 10 letters and digits.", asked.ident, fix, certain=False)
    if not seen:
        return None
    others = plural(len(seen), "other id")
    says = f"the id or the class is wrong, or the object is gone or hidden: earlier flows showed {others} in {name}, but not {ident}."
    return fault_of(says, f"{asked.ident} / {seen[0]}", fix, certain=False)


RULES: tuple[Rule, ...] = (
    Rule("id-none", id_none, entries=("ObjectNotFound", "InternalServerError")),
    Rule("object-deleted", object_gone, entries=("ObjectNotFound",)),
    Rule("session-lost", session_lost, entries=("ObjectNotFound", "ValidationFailed")),
    Rule("object-acl", object_hidden, entries=("ObjectNotFound",)),
    Rule("object-elsewhere", object_elsewhere, entries=("ObjectNotFound",)),
    Rule("object-unknown", object_unknown, entries=("ObjectNotFound",)),
)
