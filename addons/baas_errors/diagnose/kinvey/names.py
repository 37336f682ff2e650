"""Names in the path of a Kinvey request that lead nowhere: app, collection, endpoint, entity, user."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...history.app_facts import SERVER
from ...history.store import LONGEST_KEY, AppMemory, Sighting
from ..checks import Check, name_seen_before, near_name
from ..context import Message, RuleContext

# What programs write for a name that they do not have, and what stands in examples.
_NO_NAME = frozenset({"undefined", "null", "none", "nil", "nan", "[object object]", "(null)", "your_app_key", "app_key", "appkey", "kid", "<kid>"})
_PLACEHOLDER = re.compile(r"^(?::\w+|\{+\w*\}+|<[\w -]+>|\$\{?\w+\}?|%[@s])$")
# Where what /appdata refuses is to be had.
_OWN_ROUTES = {
    "user": "/user",
    "users": "/user",
    "_blob": "/blob",
    "blob": "/blob",
    "_group": "/group",
    "group": "/group",
    "roles": "/roles",
    "_roles": "/roles",
}


def no_name(kind: str, what: str) -> Check:
    """A rule: in place of a name stands what a program writes for none, or white space is in it. `kind` is as in the routes, `what` for people."""

    def check(ctx: RuleContext) -> Message | None:
        name = ctx.route.get(kind, "")
        if not name:
            return None
        if name.strip().lower() in _NO_NAME or _PLACEHOLDER.search(name.strip()):
            return Message(f"In place of the {what} the path has {ctx.quote(name)}: the variable was not set.", name, certain=True)
        if name != name.strip() or re.search(r"\s", name):
            raw = ctx.quote(name.replace("\n", "\\n").replace("\t", "\\t").replace(" ", "\u2423"))
            return Message(f"The {what} in the path has white space in it: {raw} (\u2423 is a space).", "white space", certain=True)
        return None

    return check


def app_key(ctx: RuleContext) -> Iterator[Message]:
    """A key that names no app on this host: cut off, misspelt, a secret in its place, or at home on another host."""
    kid, host = ctx.route.get("kid", ""), ctx.request.host
    if not kid or kid.strip().lower() in _NO_NAME:
        return
    instance = _instance(host)
    elsewhere = next(((server, seen) for server, seen in ctx.app_memory.names_of(SERVER) if _instance(server.rpartition(":")[0]) != instance), None)
    if elsewhere:
        says = f"The key {ctx.quote(kid)} answered at `{elsewhere[0].rpartition(':')[0]}` {ctx.ago(elsewhere[1].when)} "
        yield Message(
            f"{says}({ctx.flow_name(elsewhere[1].flow)}), not at `{host}`: an instance knows only its own apps.", f"worked at {elsewhere[0]}"
        )
        return
    known = dict(_working_apps(ctx, kid))
    for other, (seen, _) in known.items():
        cut = len(kid) >= 4 and (other.startswith(kid) or kid.startswith(other))
        if cut:
            state = "is cut off" if len(kid) < len(other) else "is too long"
            says = f"the key {ctx.quote(kid)} {state}: {ctx.quote(other)} answered {ctx.ago(seen.when)} ({ctx.flow_name(seen.flow)})."
            yield Message(says, f"{len(kid)} characters instead of {len(other)}")
            return
    if near := near_name(ctx, kid, [(other, seen) for other, (seen, _) in known.items()], "key"):
        yield near
    elif re.fullmatch(r"[0-9a-f]{32}", kid):
        yield Message("what stands in place of the app key has the form of a secret: 32 hexadecimal digits.", "32 hexadecimal digits")
    elif here := next(((other, seen) for other, (seen, hosts) in known.items() if host in hosts), None):
        says = f"the key {ctx.quote(kid)} is wrong for this host: another one, {ctx.quote(here[0])}, answered here {ctx.ago(here[1].when)} "
        yield Message(f"{says}({ctx.flow_name(here[1].flow)}).", f"{here[0]} at {host}")


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


collection_case = name_seen_before("collection", "collection")
endpoint_case = name_seen_before("function", "endpoint")


def other_environment(kind: str, what: str) -> Check:
    """A rule: the name worked under another key, so it exists in another environment."""

    def check(ctx: RuleContext) -> Message | None:
        name, kid = ctx.route.get(kind, ""), ctx.route.get("kid", "")
        if not name:
            return None
        for app in reversed(ctx.memory.apps_of(ctx.backend.id)):
            seen = _memory(ctx, app).names.get((kind, name[:LONGEST_KEY])) if app != kid[:LONGEST_KEY] else None
            if seen:
                says = f"the {what} {ctx.quote(name)} is in another environment: it worked under the key {ctx.quote(app)} {ctx.ago(seen.when)} "
                return Message(f"{says}({ctx.flow_name(seen.flow)}). Environments share neither collections nor scripts.", f"{name} under {app}")
        return None

    return check


def endpoint_method(ctx: RuleContext) -> Message | None:
    """A custom endpoint called with something other than POST."""
    if "function" not in ctx.route or "/custom/" not in ctx.raw_path or ctx.method in ("POST", "OPTIONS"):
        return None
    return Message(f"The custom endpoint was called with {ctx.method}; endpoints take POST only.", f"{ctx.method} {ctx.template}", certain=True)


def entity_id(ctx: RuleContext) -> Iterator[Message]:
    """An id that is not found: gone since, of a form that Kinvey changes, not yet the server's, or of another collection."""
    value = ctx.route.get("id") or ctx.route.get("user_id", "")
    if not value:
        return
    raw = ctx.raw_path.rstrip("/").rpartition("/")
    prefix = f"{raw[0]}/"[:LONGEST_KEY]
    seen = ctx.app_memory.ids.get((prefix, raw[2][:LONGEST_KEY]))
    if seen and seen.how == "DELETE":
        says = f"{ctx.quote(value)} was deleted {ctx.ago(seen.when)} by {ctx.flow_name(seen.flow)}."
        yield Message(says, f"DELETE in {ctx.flow_name(seen.flow)}", certain=True)
    elif seen:
        says = (
            f"{ctx.quote(value)} has been deleted since: it was there {ctx.ago(seen.when)} ({seen.how} in "
            f"{ctx.flow_name(seen.flow)}). Else a hook or "
        )
        yield Message(f"{says}its `_acl` hides it from this caller.", f"{seen.how} answered {seen.status} in {ctx.flow_name(seen.flow)}")
    elif ctx.app_memory.taken.get(("username", value[:LONGEST_KEY])) and "/user/" in ctx.raw_path:
        yield Message("a user name stands where the user's `_id` belongs: a user of this name signed up or in before.", "user name in the path")
    elif re.match(r"(?:temp|local)_", value):
        says = (
            f"{ctx.quote(value)} is an id that the SDK made for an entity that is not saved on the server yet: push first, then "
            "use the server's `_id`."
        )
        yield Message(says, value[:40])
    elif elsewhere := next((p for (p, found), s in ctx.app_memory.ids.newest() if found == raw[2] and p != prefix and s.how != "DELETE"), ""):
        yield Message(f"{ctx.quote(value)} belongs elsewhere: it was seen under {ctx.quote(elsewhere)}.", elsewhere)
    elif len(value) == 12 or (len(value) == 24 and not re.fullmatch(r"[0-9a-fA-F]{24}", value)):
        says = (
            f"the `_id` {ctx.quote(value)} has {len(value)} characters: Kinvey turns ids of 12 and 24 characters into ObjectIDs, "
            "so that the text is not "
        )
        yield Message(f"{says}found again. Use ids of another length.", f"_id of {len(value)} characters")
    elif ctx.name == "BlobNotFound" and re.search(r"\.[A-Za-z0-9]{2,4}$", value):
        yield Message(f"{ctx.quote(value)} is a file's name; the path takes the file's `_id`, which the answer to its POST holds.", value[:40])


def indirect_access(ctx: RuleContext) -> Message | None:
    """One of Kinvey's own collections, asked for as app data."""
    name = ctx.route.get("collection", "")
    route = _OWN_ROUTES.get(name.lower())
    if route is None:
        return None
    kid = ctx.route.get("kid", "")
    says = f"{ctx.quote(name)} is one of Kinvey's own collections: use `{route}/{kid[:40]}` instead of /appdata."
    return Message(says, ctx.template, certain=name in ("user", "_blob"))


def user_taken(ctx: RuleContext) -> Message | None:
    """A name that an earlier flow has signed up or in with."""
    name = ctx.fields.get("username")
    if isinstance(name, str) and (seen := ctx.app_memory.taken.get(("username", name[:LONGEST_KEY]))):
        says = (
            f"The user name is taken: {ctx.flow_name(seen.flow)} signed up or in with it {ctx.ago(seen.when)}. Names are "
            "case-sensitive; log in instead."
        )
        return Message(says, f"same user name in {ctx.flow_name(seen.flow)}", certain=True)
    if isinstance(ctx.fields.get("_socialIdentity"), dict):
        return Message("the social identity has a user already: call login, not sign-up.", "_socialIdentity in a sign-up")
    return None
