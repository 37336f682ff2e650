"""What earlier flows showed of the very things that a request names: an object that was deleted, a request that was made before."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..detect.routes import is_id
from ..exchange.unset_values import is_placeholder, is_unset
from ..history.store import LONGEST_KEY
from .context import Message, RuleContext, fault_of

_DONE = {"POST": "created", "DELETE": "deleted", "PUT": "written", "PATCH": "changed", "GET": "read"}


def id_history(ctx: RuleContext) -> Iterable[Message]:
    """Looks up the id of the path, unless the server has no such route, among earlier exchanges: deleted, or seen to work elsewhere.

    Source: earlier exchanges. Other causes: none where this recording deleted it; else likely only."""
    ident = ctx.route.get("id", "")
    if not ident or is_placeholder(ident) or re.match(r"Cannot [A-Z]+ /", ctx.message):
        return
    prefix = ctx.raw_path[: ctx.raw_path.rfind(f"/{_last(ctx.raw_path, ident)}") + 1]
    seen = ctx.app_memory.ids.get((prefix[:120], ident[:120]))
    if seen is not None:
        where, deleted = ctx.flow_name(seen.flow), seen.how == "DELETE"
        says = f"{ctx.quote(ident)} was {_DONE.get(seen.how, 'seen')} in {where}, {ctx.ago(seen.when)}"
        if deleted:
            yield fault_of(
                f"{says}.", f"DELETE in {where}", "Remove the id from the app's cache, and stop requesting it; create it again if it is still needed."
            )
        else:
            fix, rights = "Read the list again to see whether the object still exists and this caller may see it.", "see it"
            if ctx.method in ("PUT", "PATCH", "DELETE"):
                does = "delete" if ctx.method == "DELETE" else "change"
                fix = f"Compare who may {does} it with the account of the token, then read the object again to see whether it still exists."
                rights = f"see it or {does} it"
            yield fault_of(f"{says}; it was deleted since, or this caller may not {rights}.", f"{seen.status} in {where}", fix, certain=False)
        return
    for (elsewhere, other), there in ctx.app_memory.ids.newest():
        if other == ident and there.how != "DELETE":
            says = f"{ctx.quote(ident)} was {_DONE.get(there.how, 'seen')} under {ctx.quote(elsewhere)} in {ctx.flow_name(there.flow)}."
            yield fault_of(says, f"{elsewhere}{ident}", f"Request {ctx.quote(elsewhere + ident)}.", certain=False)
            return


def id_never_seen(ctx: RuleContext) -> Message | None:
    """Looks whether earlier exchanges had the id of the path, where they had others at the same place. Source: earlier exchanges. Other causes: the
    recording may have begun after the object was made, so this is likely only."""
    ident, path = ctx.route.get("id", ""), ctx.raw_path
    prefix = path[: path.rfind(f"/{_last(path, ident)}") + 1][:LONGEST_KEY]
    if not ident or is_placeholder(ident):
        return None
    others = [(other, seen) for (at, other), seen in ctx.app_memory.ids.newest() if at == prefix and seen.how != "DELETE"]
    if not others or any(other == ident for (_, other), _ in ctx.app_memory.ids.newest()):
        return None
    (newest, seen), what = others[0], "another id was" if len(others) == 1 else f"{len(others)} other ids were"
    says = f"no earlier answer in this recording had the id {ctx.quote(ident)}; {what} seen there, such as {ctx.quote(newest)}"
    fix = "Find out where the app has this id from: read the list, and use an id that it returns."
    return fault_of(f"{says} in {ctx.flow_name(seen.flow)}.", ident, fix, certain=False)


def _last(path: str, ident: str) -> str:
    """The id as it stands in a path on the wire."""
    return ident if f"/{ident}" in path else path.rstrip("/").rpartition("/")[2]


def path_unset(ctx: RuleContext) -> Iterable[Message]:
    """Looks at each part of the path for what programs and samples write where they have no value, and for white space.

    Source: JavaScript, Python, Objective-C and others write absent values so. Other causes: none; a name that worked before is left out,
    and one with `your` in it is likely only."""
    for name, value in ctx.route.items():
        own, bare = name == ctx.backend.app_id.route, value.strip()
        what = "app's key" if own else name.replace("_", " ") if is_id(name) else f"{name}'s name"
        if (name, value[:LONGEST_KEY]) in ctx.app_memory.names:
            continue
        if is_placeholder(value) or (own and is_unset(value)):
            shown = ctx.quote(value) if bare else "nothing"
            fix = f"Set the variable that holds the {what} before the URL is built, and send no request without it."
            # A table may be called `your_items`.
            yield fault_of(f"The path has {shown} in place of the {what}.", ctx.raw_path, fix, certain=own or "your" not in value.lower())
        elif value != bare:
            raw = ctx.quote(value.replace("\n", "\\n").replace("\t", "\\t").replace(" ", "\u2423"))
            fix = f"Send {ctx.quote(bare)}, without the white space."
            yield fault_of(f"The {what} in the path has white space around it: {raw} (\u2423 is a space).", "white space", fix)


def parameter_unset(ctx: RuleContext) -> Iterable[Message]:
    """Looks at each query parameter for what programs and samples write where they have no value.

    Source: JavaScript and others write absent values so. Other causes: none; `null` and the like may be meant, and are left out."""
    for name, value in ctx.params.items():
        # `{a}` may be JSON gone wrong.
        if value and is_placeholder(value) and not re.match(r"\{(?!\{)", value) and value.lower() not in ("null", "none", "nil", "true", "false"):
            says = f"The query has {ctx.quote(value, name)} in place of a value for {ctx.quote(name)}."
            fix = f"Set the variable that holds {ctx.quote(name)}, or leave the parameter out while there is none."
            fix = f"Build the text of {ctx.quote(name)} with `JSON.stringify(value)`." if value.lower().startswith("[object ") else fix
            yield fault_of(says, name, fix)


def made_before(ctx: RuleContext) -> Message | None:
    """Compares the request, body included, with those that succeeded before: a double click, or a retry after a lost answer.

    Source: earlier exchanges. Other causes: what the first one made may be deleted, and the value taken by somebody else, so this is likely only."""
    if ctx.method != "POST" or ctx.in_batch:
        return None
    seen = ctx.app_memory.done.get(ctx.facts.request)
    if seen is None:
        return None
    says = f"the same request, body included, succeeded {ctx.ago(seen.when)} in {ctx.flow_name(seen.flow)}: it was sent twice."
    what = "Sign in with the account" if re.search("(?i)password", " ".join(ctx.fields)) else "Use the object"
    fix = f"{what} that the first request created, and block the button, or the retry, until the answer has arrived."
    return Message(says, f"{seen.status} in {ctx.flow_name(seen.flow)}", False, fix, "never", "client")


def spent_code(ctx: RuleContext) -> Message | None:
    """Looks for an earlier exchange of the same authorization code.

    Source: RFC 6749, section 4.1.2: a code serves once. Other causes: none."""
    seen = ctx.app_memory.done.get(ctx.facts.request)
    if seen is None or not {**ctx.params, **ctx.body.form, **ctx.fields}.get("code") or not ctx.path.rstrip("/").endswith(("/token", "/callback")):
        return None
    says = f"This code was exchanged before, {ctx.ago(seen.when)} in {ctx.flow_name(seen.flow)}: each code works once."
    fix = "Exchange each code once: look for a redirect handler that runs twice. Keep the tokens that came with the first answer."
    return Message(says, f"same request in {ctx.flow_name(seen.flow)}", True, fix, "after-login", "auth")
