"""Names in the path of a Kinvey request that lead nowhere: app, collection, endpoint, entity, user."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...exchange.placeholders import is_placeholder
from ...history.app_facts import SERVER
from ...history.store import LONGEST_KEY, AppMemory, Sighting
from ..checks import Check, near_name
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
    elif re.fullmatch(r"[0-9a-f]{32}", kid):
        says = "the path has 32 hexadecimal digits in place of the app key, which is the form of a secret."
        yield Message(says, "32 hexadecimal digits", False, "Put the app key into the path, and renew the secret that was sent in a URL.")
    elif here := next(((other, seen) for other, (seen, hosts) in known.items() if host in hosts), None):
        says = f"the key {ctx.quote(kid)} is wrong for this host: {ctx.quote(here[0])} worked here {ctx.ago(here[1].when)}"
        yield Message(f"{says} ({ctx.flow_name(here[1].flow)}).", f"{here[0]} at {host}", False, fix)
    elif ctx.message.startswith("This app backend not found"):
        yield Message(f"No environment at `{host}` has the app key {ctx.quote(kid)}.", f"{kid[:40]} at {host}", True, fix)


def _instance(host: str) -> str:
    """The API host of the instance that a host belongs to: each has one for logins beside it."""
    return re.sub(r"^(.*-)?auth(?=\.kinvey\.com$)", r"\1baas", host.lower().removesuffix("."))


def _working_apps(ctx: RuleContext, kid: str) -> Iterator[tuple[str, tuple[Sighting, frozenset[str]]]]:
    """The other apps that were seen to work: when last, and at which hosts; newest first."""
    for app in reversed(ctx.memory.apps_of(ctx.backend.id)):
        # An app without a key is remembered by its host.
        if app != kid[:LONGEST_KEY] and "." not in app:
            servers = _memory(ctx, app).names_of(SERVER)
            if servers:
                yield app, (servers[0][1], frozenset(server.rpartition(":")[0] for server, _ in servers))


def _memory(ctx: RuleContext, app: str) -> AppMemory:
    return ctx.memory.of(ctx.backend.id, app)


def other_environment(kind: str, what: str) -> Check:
    """A rule for a name that worked under another key, so that it exists in another environment."""

    def check(ctx: RuleContext) -> Message | None:
        """Looks for the name among those that worked under other app keys. Source: Kinvey REST guide, Environments (they share neither collections
        nor scripts)."""
        name, kid = ctx.route.get(kind, ""), ctx.route.get("kid", "")
        for app in reversed(ctx.memory.apps_of(ctx.backend.id)) if name else ():
            seen = _memory(ctx, app).names.get((kind, name[:LONGEST_KEY])) if app != kid[:LONGEST_KEY] else None
            if seen:
                says = f"the {what} {ctx.quote(name)} is in another environment: it worked under the key {ctx.quote(app)} {ctx.ago(seen.when)} "
                fix = f"Use the key {ctx.quote(app)}, or create the {what} in the environment {ctx.quote(kid)} too."
                return Message(f"{says}({ctx.flow_name(seen.flow)}).", f"{name} under {app}", False, fix)
        return None

    return check


def entity_id(ctx: RuleContext) -> Iterator[Message]:
    """Looks at an id that is not found: deleted since, of a form that Kinvey changes, not saved yet, or of another collection. Source: Kinvey REST
    guide, Data store; kinvey-js-sdk 7.0.0 (ids that begin with `temp_`). Other causes: none after a DELETE."""
    value = ctx.route.get("id") or ctx.route.get("user_id", "")
    if not value:
        return
    raw = ctx.raw_path.rstrip("/").rpartition("/")
    prefix = f"{raw[0]}/"[:LONGEST_KEY]
    seen = ctx.app_memory.ids.get((prefix, raw[2][:LONGEST_KEY]))
    shown = ctx.quote(value)
    if seen and seen.how == "DELETE":
        says, evidence = f"{shown} was deleted {ctx.ago(seen.when)} by {ctx.flow_name(seen.flow)}.", f"DELETE in {ctx.flow_name(seen.flow)}"
        yield Message(says, evidence, True, "Remove it from the app's own store; create it again if it is still needed.")
    elif seen:
        flow = ctx.flow_name(seen.flow)
        says = f"{shown} was deleted since {seen.how} in {flow} had it, {ctx.ago(seen.when)}; or a hook or its `_acl` hides it from this caller."
        fix = "Look the entity up in the console: if it is there, check its `_acl`; if not, remove it from the app's own store."
        yield Message(says, f"{seen.how} answered {seen.status} in {flow}", False, fix)
    elif ctx.app_memory.taken.get(("username", value[:LONGEST_KEY])) and "/user/" in ctx.raw_path:
        fix = "Use the `_id` that the login returned, or look it up with `POST /user/<app key>/_lookup`."
        yield Message("the path has a user name in place of the user's `_id`.", "user name in the path", False, fix)
    elif elsewhere := next((p for (p, found), s in ctx.app_memory.ids.newest() if found == raw[2] and p != prefix and s.how != "DELETE"), ""):
        yield Message(f"{shown} was seen under {ctx.quote(elsewhere)}.", elsewhere, False, f"Request it at {ctx.quote(elsewhere + raw[2])}.")
    elif len(value) == 12 or (len(value) == 24 and not re.fullmatch(r"[0-9a-fA-F]{24}", value)):
        says = f"the `_id` {shown} has {len(value)} characters; Kinvey turns ids of 12 and 24 characters into ObjectIDs, and does not find the text."
        yield Message(says, f"_id of {len(value)} characters", False, "Use ids of another length, for example with a prefix.")
