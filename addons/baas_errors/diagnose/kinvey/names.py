"""Names in the path of a Kinvey request that lead nowhere: app, collection, endpoint, entity, user."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...history.app_facts import SERVER
from ...history.store import LONGEST_KEY, AppMemory, Seen
from ..checks import Check, name_seen_before, near_name
from ..context import Case, Say

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

    def check(case: Case) -> Say | None:
        name = case.route.get(kind, "")
        if not name:
            return None
        if name.strip().lower() in _NO_NAME or _PLACEHOLDER.search(name.strip()):
            return Say(f"In place of the {what} the path has {case.quote(name)}: the variable was not set.", name, certain=True)
        if name != name.strip() or re.search(r"\s", name):
            raw = case.quote(name.replace("\n", "\\n").replace("\t", "\\t").replace(" ", "\u2423"))
            return Say(f"The {what} in the path has white space in it: {raw} (\u2423 is a space).", "white space", certain=True)
        return None

    return check


def app_key(case: Case) -> Iterator[Say]:
    """A key that names no app on this host: cut off, misspelt, a secret in its place, or at home on another host."""
    kid, host = case.route.get("kid", ""), case.request.host
    if not kid or kid.strip().lower() in _NO_NAME:
        return
    instance = _instance(host)
    elsewhere = next(((server, seen) for server, seen in case.memory.names_of(SERVER) if _instance(server.rpartition(":")[0]) != instance), None)
    if elsewhere:
        says = f"The key {case.quote(kid)} answered at `{elsewhere[0].rpartition(':')[0]}` {case.ago(elsewhere[1].when)} "
        yield Say(f"{says}({case.flow_name(elsewhere[1].flow)}), not at `{host}`: an instance knows only its own apps.", f"worked at {elsewhere[0]}")
        return
    known = dict(_working_apps(case, kid))
    for other, (seen, _) in known.items():
        cut = len(kid) >= 4 and (other.startswith(kid) or kid.startswith(other))
        if cut:
            state = "is cut off" if len(kid) < len(other) else "is too long"
            says = f"the key {case.quote(kid)} {state}: {case.quote(other)} answered {case.ago(seen.when)} ({case.flow_name(seen.flow)})."
            yield Say(says, f"{len(kid)} characters instead of {len(other)}")
            return
    if near := near_name(case, kid, [(other, seen) for other, (seen, _) in known.items()], "key"):
        yield near
    elif re.fullmatch(r"[0-9a-f]{32}", kid):
        yield Say("what stands in place of the app key has the form of a secret: 32 hexadecimal digits.", "32 hexadecimal digits")
    elif here := next(((other, seen) for other, (seen, hosts) in known.items() if host in hosts), None):
        says = f"the key {case.quote(kid)} is wrong for this host: another one, {case.quote(here[0])}, answered here {case.ago(here[1].when)} "
        yield Say(f"{says}({case.flow_name(here[1].flow)}).", f"{here[0]} at {host}")


def _instance(host: str) -> str:
    """The API host of the instance that a host belongs to: each has one for logins beside it."""
    return re.sub(r"^(.*-)?auth(?=\.kinvey\.com$)", r"\1baas", host.lower().removesuffix("."))


def _working_apps(case: Case, kid: str) -> Iterator[tuple[str, tuple[Seen, frozenset[str]]]]:
    """The other apps that were seen to work: when last, and at which hosts; newest first."""
    for app in reversed(case.keeper.apps_of(case.backend.id)):
        # An app without a key is remembered by its host.
        if app != kid[:LONGEST_KEY] and "." not in app:
            servers = _memory(case, app).names_of(SERVER)
            if servers:
                yield app, (servers[0][1], frozenset(server.rpartition(":")[0] for server, _ in servers))


def _memory(case: Case, app: str) -> AppMemory:
    return case.keeper.of(case.backend.id, app)


collection_case = name_seen_before("collection", "collection")
endpoint_case = name_seen_before("function", "endpoint")


def other_environment(kind: str, what: str) -> Check:
    """A rule: the name worked under another key, so it exists in another environment."""

    def check(case: Case) -> Say | None:
        name, kid = case.route.get(kind, ""), case.route.get("kid", "")
        if not name:
            return None
        for app in reversed(case.keeper.apps_of(case.backend.id)):
            seen = _memory(case, app).names.get((kind, name[:LONGEST_KEY])) if app != kid[:LONGEST_KEY] else None
            if seen:
                says = f"the {what} {case.quote(name)} is in another environment: it worked under the key {case.quote(app)} {case.ago(seen.when)} "
                return Say(f"{says}({case.flow_name(seen.flow)}). Environments share neither collections nor scripts.", f"{name} under {app}")
        return None

    return check


def endpoint_method(case: Case) -> Say | None:
    """A custom endpoint called with something other than POST."""
    if "function" not in case.route or "/custom/" not in case.raw_path or case.method in ("POST", "OPTIONS"):
        return None
    return Say(f"The custom endpoint was called with {case.method}; endpoints take POST only.", f"{case.method} {case.template}", certain=True)


def entity_id(case: Case) -> Iterator[Say]:
    """An id that is not found: gone since, of a form that Kinvey changes, not yet the server's, or of another collection."""
    value = case.route.get("id") or case.route.get("user_id", "")
    if not value:
        return
    raw = case.raw_path.rstrip("/").rpartition("/")
    prefix = f"{raw[0]}/"[:LONGEST_KEY]
    seen = case.memory.ids.get((prefix, raw[2][:LONGEST_KEY]))
    if seen and seen.how == "DELETE":
        says = f"{case.quote(value)} was deleted {case.ago(seen.when)} by {case.flow_name(seen.flow)}."
        yield Say(says, f"DELETE in {case.flow_name(seen.flow)}", certain=True)
    elif seen:
        says = (
            f"{case.quote(value)} has been deleted since: it was there {case.ago(seen.when)} ({seen.how} in "
            f"{case.flow_name(seen.flow)}). Else a hook or "
        )
        yield Say(f"{says}its `_acl` hides it from this caller.", f"{seen.how} answered {seen.status} in {case.flow_name(seen.flow)}")
    elif case.memory.taken.get(("username", value[:LONGEST_KEY])) and "/user/" in case.raw_path:
        yield Say("a user name stands where the user's `_id` belongs: a user of this name signed up or in before.", "user name in the path")
    elif re.match(r"(?:temp|local)_", value):
        says = (
            f"{case.quote(value)} is an id that the SDK made for an entity that is not saved on the server yet: push first, then "
            "use the server's `_id`."
        )
        yield Say(says, value[:40])
    elif elsewhere := next((p for (p, found), s in case.memory.ids.newest() if found == raw[2] and p != prefix and s.how != "DELETE"), ""):
        yield Say(f"{case.quote(value)} belongs elsewhere: it was seen under {case.quote(elsewhere)}.", elsewhere)
    elif len(value) == 12 or (len(value) == 24 and not re.fullmatch(r"[0-9a-fA-F]{24}", value)):
        says = (
            f"the `_id` {case.quote(value)} has {len(value)} characters: Kinvey turns ids of 12 and 24 characters into ObjectIDs, "
            "so that the text is not "
        )
        yield Say(f"{says}found again. Use ids of another length.", f"_id of {len(value)} characters")
    elif case.name == "BlobNotFound" and re.search(r"\.[A-Za-z0-9]{2,4}$", value):
        yield Say(f"{case.quote(value)} is a file's name; the path takes the file's `_id`, which the answer to its POST holds.", value[:40])


def indirect_access(case: Case) -> Say | None:
    """One of Kinvey's own collections, asked for as app data."""
    name = case.route.get("collection", "")
    route = _OWN_ROUTES.get(name.lower())
    if route is None:
        return None
    kid = case.route.get("kid", "")
    says = f"{case.quote(name)} is one of Kinvey's own collections: use `{route}/{kid[:40]}` instead of /appdata."
    return Say(says, case.template, certain=name in ("user", "_blob"))


def user_taken(case: Case) -> Say | None:
    """A name that an earlier flow has signed up or in with."""
    name = case.fields.get("username")
    if isinstance(name, str) and (seen := case.memory.taken.get(("username", name[:LONGEST_KEY]))):
        says = (
            f"The user name is taken: {case.flow_name(seen.flow)} signed up or in with it {case.ago(seen.when)}. Names are "
            "case-sensitive; log in instead."
        )
        return Say(says, f"same user name in {case.flow_name(seen.flow)}", certain=True)
    if isinstance(case.fields.get("_socialIdentity"), dict):
        return Say("the social identity has a user already: call login, not sign-up.", "_socialIdentity in a sign-up")
    return None
