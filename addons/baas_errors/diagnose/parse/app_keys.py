"""Why Parse Server refuses at the door: application id, keys, addresses, headers, and requests that come too often or twice."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from ...history.app_facts import LIMITED, SERVER
from ...history.store import LONGEST_KEY
from ..auth_header import EMPTY_WORDS
from ..checks import json_text_fault, retry_after, type_name
from ..context import Message, Rule, RuleContext
from .request import DENIED, app_id, client_keys, master_key, message_matches, outer, place

MASTER_ONLY = re.compile(
    r"/(?:aggregate|purge|schemas|hooks|push|push_audiences|jobs|cloud_code|scriptlog|serverInfo|security|graphql-config|config|loginAs|files)\b"
)
_PLACEHOLDER = re.compile(r"(?i)your[\s_-]?(parse[\s_-]?)?app|app(lication)?[\s_-]?id|[<{$%].{0,200}[>}%]|x{4,}")
_SYSTEM_KEYS = "X-Parse-REST-API-Key, X-Parse-Javascript-Key, X-Parse-Client-Key or X-Parse-Windows-Key"


def _at_the_door(ctx: RuleContext) -> bool:
    """Refused before anything was looked at: no Content-Type tells it from the refusals that follow."""
    return not ctx.in_batch and ctx.message == "unauthorized" and "content-type" not in ctx.answer_headers


def _known_app(ctx: RuleContext) -> bool:
    """Whether this server has answered requests of this app."""
    app = app_id(ctx)
    return app in ctx.memory.apps_of(ctx.backend.id) and _server(ctx) in ctx.memory.of(ctx.backend.id, app).names


def _server(ctx: RuleContext) -> tuple[str, str]:
    return SERVER, f"{ctx.request.host}:{ctx.request.port}"[:LONGEST_KEY]


def app_id_missing(ctx: RuleContext) -> Message | None:
    """The request says nowhere which app it is for."""
    if not _at_the_door(ctx) or app_id(ctx):
        return None
    if place(ctx).route == "/files/{file_id}":
        where = "A file is sent as it is, so its application id must stand in the X-Parse-Application-Id header."
    else:
        where = "Send it in the X-Parse-Application-Id header (SDKs: Parse.initialize)."
    return Message(
        f"The request names no application id. {where}", "no X-Parse-Application-Id, no _ApplicationId, no Basic credentials", certain=True
    )


def app_id_wrong(ctx: RuleContext) -> Message | None:
    """The app id is a placeholder, or another than the one that this server answers."""
    sent = app_id(ctx)
    if not sent or not _at_the_door(ctx) or _known_app(ctx):
        return None
    if sent.strip().lower() in EMPTY_WORDS or _PLACEHOLDER.search(sent[:200]):
        return Message(f"The application id is {ctx.quote(sent)}: a placeholder was never replaced by the app's own id.", sent, certain=True)
    # What names no app is remembered under the host's name.
    others = [app for app in ctx.memory.apps_of(ctx.backend.id) if app not in (sent, ctx.request.host)]
    known = [app for app in others if _server(ctx) in ctx.memory.of(ctx.backend.id, app).names]
    near = difflib.get_close_matches(sent, known, 1, 0.7)
    if near:
        return Message(f"did you mean the application id {ctx.quote(near[0])}? This server knows no {ctx.quote(sent)}.", f"{sent} / {near[0]}")
    if known:
        return Message(
            f"this server does not know the application id {ctx.quote(sent)}; it has answered requests of {ctx.quote(known[-1])}.",
            f"{sent} / {known[-1]}",
        )
    return None


def app_of_file(ctx: RuleContext) -> Message | None:
    """The URL of a file names an app that this server does not have."""
    found = place(ctx)
    if not found.route.startswith("/files/{app}") or not message_matches(ctx, rf"{DENIED}$", r"Invalid application ID"):
        return None
    return Message(
        f"The path names the application id {ctx.quote(found.values.get('app', ''))}, which this server does not know.", "files/{app}", certain=True
    )


def client_key(ctx: RuleContext) -> Iterator[Message]:
    """The app is known, so it is the client key: none, a wrong one, or one under another's name."""
    if not _at_the_door(ctx) or not app_id(ctx):
        return
    sent, known = client_keys(ctx), _known_app(ctx)
    if not sent and (known or not master_key(ctx)):
        says = "no client key was sent, and this server wants one" if not known else "The request carries no client key, and this app wants one"
        if "x-parse-maintenance-key" in ctx.headers and not master_key(ctx):
            says = "The maintenance key is not this app's, or this address may not use it, and there is no client key beside it"
        elif master_key(ctx):
            says = "What was sent as the master key is not this app's, and there is no client key beside it"
        yield Message(f"{says}: {_SYSTEM_KEYS}.", f"headers sent: {_parse_headers(ctx)}", certain=known)
    if not known:
        return
    for name, value in sent.items():
        shown = name if name.startswith("_") else "Basic credentials" if name == "authorization" else _spelt(name)
        if value.strip().lower() in EMPTY_WORDS:
            yield Message(f"The key in {shown} is {ctx.quote(value)}: the app lost its key.", name, certain=True)
        elif accepted := ctx.app_memory.credentials.get(ctx.memory.hash(value)):
            if accepted.how != name:
                yield Message(f"The key in {shown} belongs into {_spelt(accepted.how)}: it was accepted there before.", name, certain=True)
        elif ctx.app_memory.credentials.get(ctx.memory.hash(value.strip())):
            yield Message(f"The key in {shown} has white space around it; without, it is the one that was accepted before.", name, certain=True)
        else:
            yield Message(f"The key in {shown} is none of this app's keys: the application id is right, the key is not.", name, certain=True)


def _parse_headers(ctx: RuleContext) -> str:
    return ", ".join(sorted({name.lower() for name, _ in ctx.headers if name.lower().startswith("x-parse-")}))[:150]


def envelope_types(ctx: RuleContext) -> Iterator[Message]:
    """What SDKs put beside the payload must be text."""
    # Older servers look a session up by whatever was sent.
    names = ("_SessionToken",) if ctx.name else ("_InstallationId", "_SessionToken", "_MasterKey", "_ContentType", "_ApplicationId")
    for name in names if ctx.name or _at_the_door(ctx) else ():
        value = outer(ctx).get(name)
        if value is not None and not isinstance(value, str):
            yield Message(f"`{name}` in the body must be a text; it is {type_name(value)}.", name, certain=True)


def _spelt(name: str) -> str:
    if name.startswith("_"):
        return name
    return {"x-parse-rest-api-key": "X-Parse-REST-API-Key"}.get(name) or "-".join(part.capitalize() for part in name.split("-"))


def master_key_address(ctx: RuleContext) -> Message | None:
    """The right key from an address that may not use it: the only refusal with this word and a Content-Type."""
    if ctx.in_batch or ctx.message != "unauthorized" or "json" not in ctx.answer_headers.get("content-type"):
        return None
    forwarded = ctx.headers.get("x-forwarded-for").split(",")[0].strip()
    if not master_key(ctx) and "x-parse-maintenance-key" not in ctx.headers:
        return None
    whose = "maintenance" if "x-parse-maintenance-key" in ctx.headers and not master_key(ctx) else "master"
    seen = f" (X-Forwarded-For says {ctx.quote(forwarded)})" if forwarded else ", which is the proxy's while one is between"
    return Message(
        f"The {whose} key is right, but this address may not use it{seen}: `{whose}KeyIps` on the server lists the addresses, by default the "
        "server's own only.",
        f"{whose} key sent, address refused",
        certain=True,
    )


def master_key_missing(ctx: RuleContext) -> Message | None:
    """What only the master key may do was asked for without it, or with a wrong one."""
    if not message_matches(ctx, DENIED, r"unauthorized: master key", r"master key is required"):
        return None
    path = place(ctx)
    found = MASTER_ONLY.search(ctx.path)
    proven = "master key" in ctx.message or bool(path.route and found and _only_master(path.route, ctx.method))
    if not proven:
        return None
    what = f"{ctx.method} {found[0]}" if found else f"{ctx.method} {ctx.template}"
    sent = master_key(ctx)
    if sent and ctx.name and path.route != "/loginAs":
        # Without rights the answer has no code: with one, the key is good and may only read.
        return None
    if not sent:
        beside = "it carries a client key only" if client_keys(ctx) else "it carries none"
        if "x-parse-maintenance-key" in ctx.headers:
            beside = "the maintenance key is not enough"
        return Message(f"{ctx.quote(what)} takes the master key, and {beside}.", f"headers sent: {_parse_headers(ctx)}", certain=True)
    if path.route == "/files/{file_id}":
        return None
    if sent in client_keys(ctx).values():
        return Message("What was sent as the master key is a client key.", "x-parse-master-key", certain=True)
    return Message(
        f"{ctx.quote(what)} takes the master key, and the key sent as such is not this app's master key.", "x-parse-master-key", certain=True
    )


def _only_master(route: str, method: str) -> bool:
    return not (
        (route == "/config" and method == "GET")
        or (route == "/files/{file_id}" and method == "POST")
        or (route.startswith("/files/{app}"))
        or (route == "/graphql-config" and method not in ("GET", "PUT"))
    )


def read_only_key(ctx: RuleContext) -> Message | None:
    """A write with a master key that may only read, or with a wrong one."""
    if ctx.method not in ("POST", "PUT", "DELETE") or not master_key(ctx) or ctx.in_batch:
        return None
    if message_matches(
        ctx, r"read-only masterKey isn't allowed", r"Cannot perform a write operation when using readOnlyMasterKey", r"Cannot run an aggregation"
    ):
        return Message("The key sent as the master key is the read-only one: it cannot write.", "x-parse-master-key", certain=True)
    route = place(ctx).route
    if message_matches(ctx, rf"{DENIED}$") and ctx.name and MASTER_ONLY.match(route) and route != "/loginAs":
        return Message(
            "The key sent as the master key is the read-only one: it opens this path, and cannot write.", "x-parse-master-key", certain=True
        )
    if message_matches(ctx, rf"{DENIED}$"):
        return Message(
            "the key sent as the master key is the read-only one, or not the master key at all: to the master key nothing is denied.",
            "x-parse-master-key",
        )
    return None


def cloud_context(ctx: RuleContext) -> Message | None:
    """The context header or body key is not a JSON object."""
    if not message_matches(ctx, r"Invalid object for context"):
        return None
    text = ctx.headers.get("x-parse-cloud-context")
    name = "X-Parse-Cloud-Context" if text else "_context"
    if not text:
        sent = outer(ctx).get("_context")
        text = sent if isinstance(sent, str) else ""
    fault = json_text_fault(ctx, name, text, "x-parse-cloud-context")
    return fault or Message(f"{name} must be a JSON object, and is JSON of another kind.", name, certain=True)


def duplicate_request(ctx: RuleContext) -> Message | None:
    """The same idempotency id as in an earlier request."""
    sent = ctx.headers.get("x-parse-request-id")
    if not sent:
        return None
    seen = ctx.app_memory.request_ids.get(sent[:LONGEST_KEY])
    if seen is None:
        return Message(f"X-Parse-Request-Id {ctx.quote(sent)} was used before; each request needs an id of its own.", sent, certain=True)
    how = "which worked: this one is an SDK's retry and can be ignored" if seen.status < 400 else f"which ended with {seen.status}"
    return Message(f"X-Parse-Request-Id {ctx.quote(sent)} was used {ctx.ago(seen.when)} by {ctx.flow_name(seen.flow)}, {how}.", sent, certain=True)


def rate_limited_part(ctx: RuleContext) -> Message | None:
    """A batch is refused whole for one part over the limit: the part that was refused by itself before."""
    if ctx.status != 400 or place(ctx).route != "/batch":
        return None
    parts = outer(ctx).get("requests")
    limited = dict(ctx.app_memory.names_of(LIMITED))
    for number, part in enumerate(parts[:100] if isinstance(parts, list) else ()):
        path = part.get("path") if isinstance(part, dict) else None
        if isinstance(path, str) and path[:LONGEST_KEY] in limited:
            seen = limited[path[:LONGEST_KEY]]
            return Message(
                f"Part {number} of the batch goes to {ctx.quote(path)}, which was over its limit {ctx.ago(seen.when)} "
                f"({ctx.flow_name(seen.flow)}); the limit refuses the batch whole.",
                path,
                certain=True,
            )
    return None


RULES: tuple[Rule, ...] = (
    Rule("app-id-missing", app_id_missing, statuses=(403,)),
    Rule("app-id-wrong", app_id_wrong, statuses=(403,)),
    Rule("app-of-file", app_of_file, entries=("OperationForbidden",), statuses=(403,)),
    Rule("client-key", client_key, statuses=(403,)),
    Rule("envelope-types", envelope_types, entries=("InvalidSessionToken",), statuses=(403,)),
    Rule("master-key-address", master_key_address, statuses=(403,)),
    Rule("master-key-missing", master_key_missing, entries=("OperationForbidden",), statuses=(403, 200)),
    Rule("read-only-key", read_only_key, entries=("OperationForbidden",), statuses=(403,)),
    Rule("cloud-context", cloud_context, entries=("InvalidJSON",)),
    Rule("duplicate-request", duplicate_request, entries=("DuplicateRequest",)),
    Rule("rate-limited-part", rate_limited_part, entries=("TooManyRequests",)),
    Rule("rate-limit", retry_after, entries=("TooManyRequests",), statuses=(429,)),
)
