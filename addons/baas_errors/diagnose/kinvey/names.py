"""An app key in the path of a Kinvey request that leads nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...exchange.unset_values import is_placeholder
from ...history.app_facts import SERVER
from ...history.store import LONGEST_KEY, Sighting
from ..checks import near_name
from ..context import Message, RuleContext


def app_key(ctx: RuleContext) -> Iterator[Message]:
    """Compares a key that names no app on this host with those that worked: cut off, misspelt, a secret in its place, or of another host. Source:
    Kinvey REST guide, Getting started (an instance knows its own apps only). Other causes: none, the answer says that there is no such app."""
    kid, host = ctx.route.get("kid", ""), ctx.request.host
    if not kid or is_placeholder(kid):
        return
    fix = "Copy the app key of this environment from the console (environment settings), and use the API host that is named there."
    instance = _instance(host)
    elsewhere = next(((server, seen) for server, seen in ctx.app_memory.names_of(SERVER) if _instance(server.rpartition(":")[0]) != instance), None)
    if elsewhere:
        place, seen = elsewhere[0].rpartition(":")[0], elsewhere[1]
        says = f"The key {ctx.quote(kid)} is not known at `{host}`; at `{place}` it worked {ctx.ago(seen.when)} ({ctx.flow_name(seen.flow)})."
        yield Message(says, f"worked at {elsewhere[0]}", False, f"Send requests of this app to `{place}`.")
        return
    known = dict(_working_apps(ctx, kid))
    for other, (seen, _) in known.items():
        if len(kid) >= 4 and (other.startswith(kid) or kid.startswith(other)):
            state = "is cut off" if len(kid) < len(other) else "is too long"
            says = f"the key {ctx.quote(kid)} {state}: {ctx.quote(other)} worked {ctx.ago(seen.when)} ({ctx.flow_name(seen.flow)})."
            yield Message(says, f"{len(kid)} characters instead of {len(other)}", False, f"Use the key {ctx.quote(other)}.")
            return
    if near := near_name(ctx, kid, [(other, seen) for other, (seen, _) in known.items()], "key"):
        yield near._replace(fix=near.fix or fix)
    elif not re.fullmatch(r"[0-9a-f]{32}", kid) and (here := next(((other, seen) for other, (seen, hosts) in known.items() if host in hosts), None)):
        says = f"the key {ctx.quote(kid)} is wrong for this host: {ctx.quote(here[0])} worked here {ctx.ago(here[1].when)}"
        yield Message(f"{says} ({ctx.flow_name(here[1].flow)}).", f"{here[0]} at {host}", False, fix)


def _instance(host: str) -> str:
    """The API host of the instance that a host belongs to: each has one for logins beside it."""
    return re.sub(r"^(.*-)?auth(?=\.kinvey\.com$)", r"\1baas", host.lower().removesuffix("."))


def _working_apps(ctx: RuleContext, kid: str) -> Iterator[tuple[str, tuple[Sighting, frozenset[str]]]]:
    """The other apps that were seen to work: when last, and at which hosts; newest first."""
    for app in reversed(ctx.memory.apps_of(ctx.backend.id)):
        # An app without a key is remembered by its host.
        if app != kid[:LONGEST_KEY] and "." not in app:
            servers = ctx.memory.known(ctx.backend.id, app).names_of(SERVER)
            if servers:
                yield app, (servers[0][1], frozenset(server.rpartition(":")[0] for server, _ in servers))


def user_name_in_path(ctx: RuleContext) -> Message | None:
    """Looks for a user's name in the place of an id. Source: Kinvey REST guide, Users; earlier exchanges. Other causes: the user may be deleted,
    so this is likely only."""
    value = ctx.route.get("id") or ctx.route.get("user_id", "")
    if "/user/" not in ctx.raw_path or not ctx.app_memory.taken.get(("username", value[:LONGEST_KEY] or " ")):
        return None
    fix = "Use the `_id` that the login returned, or look it up with `POST /user/<app key>/_lookup`."
    return Message("the path has a user name in place of the user's `_id`.", "user name in the path", False, fix)
