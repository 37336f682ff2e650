"""Why Parse Server refuses a request before it looks at it: application id, client keys, context; and a server without a database.

Source: parse-server 9.10.0, middlewares.js, FilesRouter.js, PagesRouter.js.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...catalog.hosts import machine
from ...decode.hidden_failures import is_handshake
from ...exchange.unset_values import is_placeholder, is_unset
from ...history.app_facts import SERVER, server_name
from ...history.store import Sighting
from ..checks import resembling
from ..context import Message, Rule, RuleContext, auth_fault, fault_of
from ..json_faults import json_text_fault
from .master_key import SEND_MASTER, account_page, master_route, parse_headers
from .request import CLIENT_KEYS, DENIED, app_id, client_keys, master_key, message_matches, origin, outer, payload, place
from .route import METHODS as TAKES
from .route import own_route

# What is left from an example. `myAppId` and `APPLICATION_ID` are real ids of servers that were set up by one.
_PLACEHOLDER = re.compile(r"(?i)your[\s_-]?(parse[\s_-]?)?app|[<{$%].{0,200}[>}%]|x{4,}")
_QUOTES = "\"'"
_PAGES = {"choose_password": ("GET",), "verify_email": ("GET",), "request_password_reset": ("GET", "POST"), "resend_verification_email": ("POST",)}
_OPTIONS = dict(zip(CLIENT_KEYS, ("restAPIKey", "clientKey", "javascriptKey", "dotNetKey"), strict=True)) | {
    "_javascriptkey": "javascriptKey",
    "authorization": "javascriptKey",
}
_SEND_KEY = "Send the key that the server has configured: `X-Parse-REST-API-Key: <key>` (JavaScript: `Parse.initialize(appId, javascriptKey)`)."


_WEBHOOK = "For a webhook, which cannot send them, add a route of your own to the server's Express app that calls `Parse.Cloud.run`"
_OLD = "Send `X-Parse-Application-Id` and the key's header (`X-Parse-Javascript-Key`) in place of `Authorization: Basic`, or update the server. "
_OLD += f"{_WEBHOOK}."


def _refused_at_once(ctx: RuleContext) -> bool:
    """Whether the server refused before it looked at anything: no Content-Type tells it from the refusals that follow."""
    bare = ctx.message == "unauthorized" and "content-type" not in ctx.answer_headers
    return bare and not (ctx.in_batch or account_page(ctx) or is_socket(ctx) or own_route(ctx))


def is_socket(ctx: RuleContext) -> bool:
    """Whether a client asked for a WebSocket."""
    return "sec-websocket-key" in ctx.headers or is_handshake(ctx.request)


def _known_app(ctx: RuleContext, app: str = "") -> Sighting | None:
    """The last request of the app that this server has answered; the host as it was called there stands in its `how`."""
    app = app or app_id(ctx)
    known = app in ctx.memory.apps_of(ctx.backend.id)
    return ctx.memory.known(ctx.backend.id, app).names.get((SERVER, server_name(ctx.request))) if known else None


def app_id_missing(ctx: RuleContext) -> Message | None:
    """Looks for an application id in headers, Basic credentials and body. Other causes: none; without an id only /health is answered."""
    if not _refused_at_once(ctx) or app_id(ctx):
        return None
    if not place(ctx).route and ctx.method == "GET" and not parse_headers(ctx):
        root = f"{origin(ctx)}{place(ctx).mount.rstrip('/')}"
        says = "This is the server's root address, and the request (of a browser) names no application id: the refusal is normal, the server runs."
        fix = f"Open `{root}/health` to see whether the server is well. In the app set it as serverURL, with the application id."
        return auth_fault(says, "no X-Parse-* header", fix)
    if ctx.method == "GET" and "text/html" in ctx.headers.get("accept") and not parse_headers(ctx):
        fix = "The server runs. Call this through an SDK, or from a terminal: "
        fix += f"`curl{' -X POST -d {}' * (ctx.method not in TAKES.get(place(ctx).route, 'GET'))} -H 'X-Parse-Application-Id: <appId>' -H "
        fix += f"'Content-Type: application/json' {ctx.quote(ctx.request.url.partition('?')[0])[1:-1]}`."
        says = f"{ctx.quote(ctx.path)} was opened as a page in a browser, which sends no application id: an address bar cannot call it."
        return auth_fault(says, "accept: text/html, no X-Parse-* header", fix)
    where = ": a file is sent as it is, so the id cannot be in the body" if place(ctx).route == "/files/{file_id}" else ""
    fix = "Send `X-Parse-Application-Id: <the server's appId>` (SDKs: call `Parse.initialize` before the first request)."
    if place(ctx).route == "/functions/{function}" and not parse_headers(ctx) and "origin" not in ctx.headers:
        fix += f" {_WEBHOOK}, or put both into its URL (`https://<appId>:javascript-key=<key>@...`, since version 2.2.11)."
    return auth_fault(f"The request names no application id{where}.", "no X-Parse-Application-Id, no _ApplicationId, no Basic credentials", fix)


def app_id_wrong(ctx: RuleContext) -> Message | None:
    """Compares the application id with those that this server has answered, and with words that stand for a missing value. Other causes: a client key
    that does not match gives the same answer; certain only for "undefined" and its like."""
    sent, user = app_id(ctx), ctx.basic.user
    named = str(ctx.headers.get("x-parse-application-id") or outer(ctx).get("_ApplicationId") or "")
    if user and named not in ("", user) and _refused_at_once(ctx) and (sent == user or _known_app(ctx)) and not _known_app(ctx, user):
        says = f"the server takes {ctx.quote(user)}, the user of the Basic credentials, for the application id, though the request names "
        says += f"{ctx.quote(named)} too: older servers let `Authorization: Basic` win."
        says += " It has answered requests of that app before." if _known_app(ctx, named) else ""
        fix = "Send no `Authorization: Basic ...` to Parse Server. A browser adds it where a dashboard or proxy on the same host asks for a login: "
        fix += "move that to another host or port, or take its login off this path."
        return auth_fault(says, f"Basic {user} / {named}", fix, certain=False)
    if not sent or not _refused_at_once(ctx) or _known_app(ctx):
        return None
    example = _PLACEHOLDER.search(sent[:200])
    if is_placeholder(sent) and not example:
        fix = "Set the application id (a setting or environment variable) before `Parse.initialize` is called."
        return auth_fault(f"The application id is {ctx.quote(sent)}: the app had none when it sent the request.", sent, fix)
    # What names no app is remembered under the host's name.
    seen = {app: at for app in ctx.memory.apps_of(ctx.backend.id) if app not in (sent, machine(ctx.request.host)) and (at := _known_app(ctx, app))}
    if seen:
        bare = sent.strip(_QUOTES)
        near = next((app for app in seen if app.strip(_QUOTES) == bare), "") or resembling(sent, seen, 0.7)
        name = near or list(seen)[-1]
        meant, flow = ctx.quote(name), ctx.flow_name(seen[name].flow)
        hint = f"did you mean {meant}? It worked in {flow}." if near else f"it has answered requests of {meant} ({flow})."
        says = f"this server does not know the application id {ctx.quote(sent)}; {hint}"
        fix = f"Send `X-Parse-Application-Id: {meant[1:-1]}`."
        if name.strip(_QUOTES) == bare and name != bare:
            # A server has quotes in its id by a file that keeps them.
            server = f"Take the quotes out of the server's `appId` (in a compose or `.env` file write `APP_ID={ctx.quote(bare)[1:-1]}`)"
            fix = f"{server}, and restart it. Or: send{fix[4:]}"
        return auth_fault(says, f"{sent} / {name}", fix, certain=False)
    says = f"the application id {ctx.quote(sent)} is a placeholder that was never replaced."
    return auth_fault(says, sent, "Replace it by the server's `appId`.", certain=False) if example else None


def app_of_path(ctx: RuleContext) -> Message | None:
    """Looks at the application id in the path of a file or of an account page. Other causes: a page asked for with the wrong method."""
    found, page = place(ctx), account_page(ctx)
    file = found.route.startswith("/files/{app}") and message_matches(ctx, rf"{DENIED}$", r"Invalid application ID")
    sent = found.values.get("app", "") or (ctx.params.get("id", "") if page else "")
    if not sent or not (file or (page and ctx.message == "unauthorized")) or _known_app(ctx, sent):
        return None
    where = "the link in the e-mail (`publicServerURL` and `appId` of the server that sent it)" if page else "the file's URL as the server gave it"
    says = f"The URL names the application id {ctx.quote(sent)}, which this server does not know."
    certain = file or ctx.method in _PAGES.get(page, ())
    return auth_fault(says, found.route, f"Put the server's `appId` there: use {where}.", certain=certain)


def client_key(ctx: RuleContext) -> Iterator[Message]:
    """Compares the client keys with what this server has accepted of the app. Other causes: none where the app id was accepted before under this
    name of the server; else an unknown application id."""
    sent_app = app_id(ctx)
    if not _refused_at_once(ctx) or not sent_app:
        return
    sent, known = client_keys(ctx), _known_app(ctx)
    # Servers before 2.2.11 read no Basic credentials.
    old = "authorization" in sent and not any(seen.how == "authorization" for _, seen in ctx.app_memory.credentials.newest())
    if known:
        for found in _keys(ctx, sent, old):
            yield found if known.how == ctx.request.host else found._replace(certain=False)
    elif not app_id_wrong(ctx):
        more = SEND_MASTER if master_route(ctx) else f"If it is right: {_SEND_KEY[:1].lower()}{_SEND_KEY[1:]}"
        options = " or ".join(f"`{option}`" for name in sent if (option := _OPTIONS.get(name.lower())))
        more = f"If it is right, compare the key with {options} in the server's options." if options and not master_route(ctx) else more
        key = f"the key in {_names(sent)} is not its key" if sent else "it wants a key, and none was sent"
        if master_key(ctx):
            key, more = "what was sent as the master key is not its `masterKey`", "If it is right, compare the master key."
        if old:
            key, more = f"it reads no Basic credentials, as versions before 2.2.11, or {key}", f"If it is right: {_OLD[0].lower()}{_OLD[1:]}"
        says = f"this server does not know the application id {ctx.quote(sent_app)}, or {key}."
        fix = f"Compare the id with the server's `appId` (case counts). {more}"
        if old and ctx.answer_headers.get("access-control-allow-headers").strip() == "*":
            says = "this server is of early 2016 (it allows all headers by `*`), and reads no Basic credentials: no application id arrived."
            fix = _OLD
        yield auth_fault(says, f"headers sent: {parse_headers(ctx)}", fix, certain=False)


def _keys(ctx: RuleContext, sent: dict[str, str], old: bool) -> Iterator[Message]:
    accepted = ctx.app_memory.credentials
    if not sent and not accepted.get(ctx.memory.hash("")):
        says, fix = "The request carries no client key, and this server wants one", SEND_MASTER if master_route(ctx) else _SEND_KEY
        odd = next((name for name, _ in ctx.headers if name.lower().endswith("key") and resembling(name, CLIENT_KEYS, 0.85)), "")
        if master_key(ctx):
            says = "What was sent as the master key is not this app's, and there is no client key beside it"
        elif "x-parse-maintenance-key" in ctx.headers:
            says = "The maintenance key is not this app's, or this address may not use it, and there is no client key beside it"
        elif odd:
            says, fix = f"{says}; {ctx.quote(odd)} is not read", f"Rename {ctx.quote(odd)} to `{_spelt(resembling(odd, CLIENT_KEYS, 0.85))}`."
        yield auth_fault(f"{says}.", f"headers sent: {parse_headers(ctx)}", fix)
    for name, value in sent.items():
        fix = f"Send the app's key as `{_spelt(name)}: <key>`."
        if is_unset(value):
            yield auth_fault(f"The key in {_names([name])} is {ctx.quote(value)}: the app had none when it sent the request.", name, fix)
        elif old:
            says = "this server does not read application id and key from Basic credentials, as versions before 2.2.11 do not, or the key in them is "
            yield auth_fault(f"{says}not its key.", name, _OLD, certain=False)
        elif seen := accepted.get(ctx.memory.hash(value)):
            if seen.how != name:
                says = f"The key in {_names([name])} was accepted in {_spelt(seen.how)} before ({ctx.flow_name(seen.flow)})."
                yield auth_fault(says, name, f"Send it as `{_spelt(seen.how)}`.")
        elif accepted.get(ctx.memory.hash(value.strip())):
            says = f"The key in {_names([name])} has white space around it; without, it is the one that was accepted before."
            yield auth_fault(says, name, "Trim the key.")
        else:
            option = _OPTIONS.get(name.lower())
            fix = f"Compare the key with `{option}` in the server's options, and send that." if option else fix
            if good := next((seen for key, seen in accepted.newest() if key != ctx.memory.hash("")), None):
                fix += f" In {ctx.flow_name(good.flow)} the key in {_spelt(good.how)} was accepted."
            yield auth_fault(f"The application id is right, and the key in {_names([name])} is not one of the server's keys.", name, fix)


def keys_changed(ctx: RuleContext) -> Message | None:
    """Looks for an earlier request whose application id and key, the same ones, this server accepted. Other causes: another server there."""
    sent = client_keys(ctx)
    name, value = next(iter(sent.items()), ("", ""))
    seen = ctx.app_memory.credentials.get(ctx.memory.hash(value)) if len(sent) == 1 and _refused_at_once(ctx) and _known_app(ctx) else None
    if not seen or seen.how != name or master_key(ctx):
        return None
    says = f"the server runs with other settings than {ctx.ago(seen.when)}, when it accepted this application id and key "
    says += f"({ctx.flow_name(seen.flow)}), or another server answers at this address."
    fix = f"Compare `appId` and `{_OPTIONS.get(name.lower(), 'the keys')}` of the server that runs now with what is sent."
    return auth_fault(says, name, fix, certain=False)


def _names(keys: Iterator[str] | dict[str, str] | list[str]) -> str:
    return " and ".join("Basic credentials" if name == "authorization" else _spelt(name) for name in keys)


def _spelt(name: str) -> str:
    if name.startswith("_"):
        return name
    return {"x-parse-rest-api-key": "X-Parse-REST-API-Key"}.get(name) or "-".join(part.capitalize() for part in name.split("-"))


def cloud_context(ctx: RuleContext) -> Message | None:
    """Reads the context in X-Parse-Cloud-Context, or in `_context` of the body. Other causes: none; the server says so of the context only."""
    if not message_matches(ctx, r"Invalid object for context"):
        return None
    text, name = ctx.headers.get("x-parse-cloud-context"), "X-Parse-Cloud-Context"
    if not text:
        sent, name = outer(ctx).get("_context"), "_context"
        text = sent if isinstance(sent, str) else ""
    fault = json_text_fault(ctx, name, text, "x-parse-cloud-context")
    says, evidence = (fault.says, fault.evidence) if fault else (f"{name} is JSON, but not an object.", name)
    return fault_of(says, evidence, f'Send a JSON object as `{name}`, such as `{{"source": "import"}}`.')


def database_missing(ctx: RuleContext) -> Message | None:
    """Looks whether any request of the app has worked on this server, where one fails that has nothing in it that could. Source: observed on Parse
    Server 9.10.0 without a database. Other causes: a fault in the server or its cloud code that hits this class only."""
    plain = all(isinstance(value, (str, int, float)) for value in payload(ctx).values()) and not ctx.params
    simple = ctx.method == "POST" and place(ctx).route in ("/classes/{class}", "/users", "/login")
    others = [users for key, users in ctx.app_memory.outcomes.newest() if key != ctx.facts.outcome]
    all_fail = len(others) > 1 and all(seen.status == 500 for users in others for seen in users.values())
    if not ((plain and simple) or all_fail) or _known_app(ctx) or not message_matches(ctx, r"Internal server error\.$"):
        return None
    says = "the server has no database, or cannot reach it: no request of this app was seen to work, and "
    says += f"{len(others)} other requests failed with 500 too." if all_fail else "this one has nothing in it to fail."
    fix = (
        "Read the server's log, at its start and at this time: it tells a trigger of the class that failed from a database that is not reached (set "
    )
    fix += "`databaseURI`, often DATABASE_URI). `/health` answers `ok` without a database, too."
    return Message(says, "no success seen", False, fix, "after-fix", "config")


RULES: tuple[Rule, ...] = (
    Rule("app-id-missing", app_id_missing, statuses=(403,)),
    Rule("app-id-wrong", app_id_wrong, statuses=(403,)),
    Rule("app-of-path", app_of_path, entries=("OperationForbidden",), statuses=(403,)),
    Rule("keys-changed", keys_changed, statuses=(403,)),
    Rule("client-key", client_key, statuses=(403,)),
    Rule("cloud-context", cloud_context, entries=("InvalidJSON",)),
    Rule("database-missing", database_missing, entries=("InternalServerError",)),
)
