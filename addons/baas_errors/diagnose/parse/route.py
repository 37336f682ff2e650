"""Why Parse Server takes a path, a method or a body for nothing it knows: what it answers before its own API is reached.

Source: parse-server 9.10.0, the routers, ParseServer.js (`mountPath`), FunctionsRouter.js, body-parser (`strict`, `maxUploadSize`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...catalog.load import rule_tables
from ...exchange.multipart import boundary
from ...exchange.unset_values import is_nothing
from ...history.app_facts import MOUNT
from ..all_backends.gateways import front_of
from ..checks import resembling
from ..context import Message, Rule, RuleContext, fault_of
from ..json_faults import broken_json
from .request import app_id, is_graphql, message_matches, object_id, origin, place, redirected_post

# By route; what is not listed is not judged.
METHODS: Mapping[str, str] = rule_tables("parse")["methods"]
# What routes of an app's own borrow of Parse's codes.
_OF_ROUTES = (
    *("ObjectNotFound", "UserInvalidLoginParams", "InvalidQuery", "OperationForbidden", "ValidationFailed", "SessionMissing"),
    *("InvalidSessionToken", "InternalServerError", "OtherCause", "InvalidJSON", "ScriptFailed", "MissingRequiredFieldError"),
)
_FIRST = sorted({route.split("/")[1] for route in METHODS})


def _unrouted(ctx: RuleContext) -> bool:
    return message_matches(ctx, r"Cannot [A-Z]+ /", r"cannot route ") and not ctx.in_batch and not _word(ctx)


def _word(ctx: RuleContext) -> str:
    """What programs write where they have no value, if a path ends in it that no route takes, with its `/`; else ""."""
    last = ctx.path.rstrip("/").rpartition("/")[2]
    return f"/{last}" if last and is_nothing(last) and ctx.method not in METHODS.get(place(ctx).route, "").split() else ""


def path_word(ctx: RuleContext) -> Message | None:
    """Looks at the end of a path that no route fits for what programs write where they have no value. Other causes: none."""
    word = ctx.quote(_word(ctx))
    if word == "``" or not message_matches(ctx, r"Cannot [A-Z]+ /"):
        return None
    fix = "Set the variable that the end of the path is made of before the URL is built, or take the end off."
    if "/files/" in ctx.path and ctx.method == "DELETE":
        fix = f"Take {word} off: a file is no object, and has no id. {rule_tables('parse')['from_cloud_code']['DELETE /files/{file_id}']}"
    return fault_of(f"The path ends in {word}, which programs write where they have no value.", ctx.raw_path, fix)


def _query_in_path(ctx: RuleContext) -> bool:
    return "%3f" in ctx.raw_path.lower()


def method_unknown(ctx: RuleContext) -> Message | None:
    """Compares the method with those that the route takes. Other causes: none; Express answers so where nothing takes method and path."""
    route = place(ctx).route
    takes = METHODS.get(route, "").split()
    if not _unrouted(ctx) or not takes or ctx.method in takes:
        return None
    if ctx.method == "PATCH" and "PUT" in takes:
        fix = "Send PUT: it changes only the fields that are sent."
    elif (otherwise := rule_tables("parse")["instead"].get(f"{ctx.method} {route}")) and place(ctx).values.get("app", app_id(ctx)) == app_id(ctx):
        fix = otherwise
    elif longer := next((other for other in METHODS if other.startswith(f"{route}/{{") and ctx.method in METHODS[other].split()), ""):
        what, ends = ("object's id", "<objectId>") if longer.endswith("{id}") else ("name", "<name>")
        fix = f"Put the {what} at the end of the path: `{ctx.method} {ctx.quote(ctx.path.rstrip('/'))[1:-1]}/{ends}`."
    elif ctx.method == "POST" and object_id(ctx):
        fix = "Send PUT to change the object; to create one leave out the id."
    else:
        fix = f"Send {' or '.join(takes)}."
    says = f"Parse Server has no {ctx.quote(ctx.method)} for {ctx.quote(ctx.path)}."
    if ctx.method == "GET" and "POST" in takes and not ctx.body.data:
        moved, instead = redirected_post(ctx)
        says, fix = says + moved, instead or fix
        if not moved and "json" in ctx.headers.get("content-type"):
            says += " The request says that it has JSON, but has no body: a redirect, or curl's `-G` or `-D`, made a GET of it."
    return fault_of(says, f"{ctx.method} {route}", fix)


def mount_path(ctx: RuleContext) -> Message | None:
    """Compares what stands before the route with the paths that the server answers under. Other causes: none; the route is one of the server's, and
    was not found there."""
    found = place(ctx)
    if not _unrouted(ctx) or not found.route or _query_in_path(ctx) or ctx.method not in METHODS.get(found.route, "").split():
        return None
    seen = [mount for mount, _ in ctx.app_memory.names_of(MOUNT)]
    mounts = seen or [mount for host, mount in rule_tables("parse")["hosted"].items() if ctx.request.host.endswith(host)]
    if found.mount in mounts or (not mounts and _since(ctx) and not _drops_last(ctx)):
        return None
    good = next((mount for mount in mounts if found.mount.startswith(mount) or mount.startswith(found.mount)), mounts[0] if mounts else "")
    root = origin(ctx)
    url = f"`{root}{good}`" if mounts else f"the address under which `/health` answers: `{root}/parse` by default"
    says = f"Parse Server is not mounted at {ctx.quote(found.mount or '/')} on this host"
    says += f": it answers under {ctx.quote(good or '/')} here." if seen else f": its route `{found.route}` was not found there."
    fix = f"Set `serverURL` to {url}."
    if not mounts and found.mount == "/parse":
        fix = "Set the server's `mountPath` (PARSE_MOUNT) to `/parse`, with its slash; or look under which path `/health` answers "
        fix += f"(`{root}/health`, `{root}/1/health`), and set `serverURL` to that."
    elif _drops_last(ctx):
        url = f'"{root}{good or "/parse"}/"'
        called = f"Server = {url}" if "net-" in ctx.headers.get("x-parse-client-version") else f".server({url})"
        fix = f"Put a slash at the end of the server URL (`{called}`): this SDK drops the last part without it."
    page = re.match(r"https?://[^/]{1,200}(/.{1,100})/apps/(?:\w+/)?\w+\.html", ctx.headers.get("referer"))
    if page or (found.route.endswith("/resend_verification_email") and not found.mount):
        path = page[1] if page else good or "/parse"
        says = f"the form of a page that Parse Server ships (`invalid_verification_link.html`) posts without the mount path {ctx.quote(path)}."
        fix = f"Let the web server pass `/apps/*` on to `{ctx.quote(path)[1:-1]}/apps/*`, or set a page of your own in `customPages` "
        fix += f"whose form posts to {ctx.quote(path + ctx.path)}."
        return fault_of(says, f"/ and {path}", fix, certain=False)
    if found.route.startswith(("/apps/", "/files/{app}")):
        fix = f"Set `publicServerURL` in the server's options to {url}: links in e-mails and files are made from it."
    elif "//" in found.mount + "/":
        says, fix = f"The path has `//` in it: {ctx.quote(ctx.path)}.", "Take the `/` off the end of `serverURL`; the SDK adds one."
    elif found.mount.endswith("/1") and re.search(r"js1\.[0-6]\.", str(ctx.body.object.get("_ClientVersion"))):
        version = ctx.quote(ctx.body.object["_ClientVersion"])
        says = f"The SDK {version} adds `/1` to the server URL, as the hosted service wanted: {ctx.quote(ctx.path)}."
        fix = "Update the JavaScript SDK (1.7 or later adds nothing), or mount the server at a path that ends in `/1`."
    elif found.mount and found.mount == 2 * (half := found.mount[: len(found.mount) // 2]):
        says, fix = f"The mount path {ctx.quote(half)} is there twice: {ctx.quote(ctx.path)}.", f"Set `serverURL` to `{root}{half}`."
    return fault_of(says, f"{found.mount or '/'} / {good or '/'}" if mounts else found.mount or "/", fix)


def _drops_last(ctx: RuleContext) -> bool:
    """Whether the SDK is one that drops the last part of a server URL without a slash at its end, and nothing stands before the route."""
    return not place(ctx).mount and re.match(r"a1\.|net-", ctx.headers.get("x-parse-client-version")) is not None


def _since(ctx: RuleContext) -> str:
    """The version that brought the route, or its method, where that is not as old as the server."""
    since, route = rule_tables("parse")["since"], place(ctx).route
    return str(since.get(route) or since.get(f"{ctx.method} {route}", ""))


def own_route(ctx: RuleContext) -> Message | None:
    """Looks at a path that is none of Parse Server's, and at an answer in JSON without the headers that it always sends. Source: parse-server 2.x to
    9.10.0, middlewares.js (allowCrossDomain). Other causes: a proxy that takes these headers away."""
    mounts, answer = [mount for mount, _ in ctx.app_memory.names_of(MOUNT)], ctx.exchange.response
    inside = ctx.in_batch or ctx.exchange.message is not None or is_graphql(ctx) or any(ctx.path.startswith(f"{mount}/") for mount in mounts)
    if place(ctx).route or inside or answer is None or not answer.body.looks_like_json or front_of(ctx) or ctx.backend.is_vendors(ctx.request.host):
        return None
    if any("x-parse-" in ctx.answer_headers.get(f"access-control-{name}-headers").lower() for name in ("expose", "allow")):
        return None
    says = f"{ctx.quote(ctx.path)} is not a path of Parse Server: another route of the web app at this host answered, without the headers that Parse "
    says += "Server sends with all its answers."
    fix = "Search the web app's code for this route and the text of the answer: what keys and codes mean to Parse Server does not count there."
    return Message(says, ctx.path[:80], False, fix, "after-fix", "script")


def route_newer(ctx: RuleContext) -> Message | None:
    """Looks up the version that brought the route. Source: parse-server, CHANGELOG.md. Other causes: a proxy or a server of another kind that does
    not have the route, so this is likely only."""
    found, since = place(ctx), _since(ctx)
    if not _unrouted(ctx) or not since:
        return None
    works = dict(ctx.app_memory.names_of(MOUNT)).get(found.mount)
    if not works and (ctx.app_memory.names_of(MOUNT) or _drops_last(ctx)):
        return None
    mount, what = ctx.quote(found.mount or "/"), f"`{ctx.method} {found.route.partition('/{')[0]}`"
    right = f"; the mount path {mount} is right ({ctx.flow_name(works.flow)})" if works else f", or it is not mounted at {mount}"
    says = f"this Parse Server is older than {since}, the version that brought {what}{right}."
    fix = f"Update Parse Server to {since} or later (`npm ls parse-server` shows the version that is installed, `GET /serverInfo` the one that runs)."
    fix += "" if works else f" Compare the mount path, too: `{origin(ctx)}{found.mount}/health` answers where it is right."
    if not found.mount and not works:
        # Without a path the server is mounted at few places; `/parse` is the default.
        says = f"Parse Server is not mounted at `/` on this host, or is older than {since}, the version that brought {what}."
        update, fix = fix, f"Set `serverURL` to the address under which `/health` answers: `{origin(ctx)}/parse` by default."
        fix += f" If it is right: {update[:1].lower()}{update[1:]}"
    return Message(says, f"{found.route}, since {since}", False, fix, "after-fix", "config")


def route_unknown(ctx: RuleContext) -> Message | None:
    """Compares the path with the server's routes and the classes that earlier flows showed. Other causes: none; Express answers so where nothing
    takes the path."""
    if not _unrouted(ctx) or (place(ctx).route and not _query_in_path(ctx)):
        return None
    if _query_in_path(ctx):
        says = "The `?` before the query is percent-encoded (`%3F`), so the query became part of the path."
        return fault_of(says, "%3F", "Encode the values of the query only, and put a plain `?` between path and query.")
    mounts = [mount for mount, _ in ctx.app_memory.names_of(MOUNT)]
    rest = next((ctx.path[len(mount) :] for mount in mounts if mount and ctx.path.startswith(f"{mount}/")), ctx.path)
    parts = [part for part in rest.split("/") if part][:6]
    here, seen = ctx.path.rstrip("/"), dict(ctx.app_memory.names_of(MOUNT))
    if ctx.method == "GET" and (here in seen or (not seen and here in ("", "/parse", "/1", "/api", "/v1", "/api/v1", "/api/1"))):
        works = f", and the server works ({ctx.flow_name(seen[here].flow)})" if here in seen else ""
        says = f"{ctx.quote(here or '/')} is the server's root or mount path, for which it has no route: this 404 is normal{works}."
        fix = f"Open `{origin(ctx)}{here or '/parse'}/health`, which answers `ok`; in the app set the address before `/health` as serverURL."
        return fault_of(says, here or "/", fix, certain=here in seen)
    if len(parts) == 1 and (route := next((route for route in METHODS if route.startswith(f"/{parts[0]}/{{")), "")):
        return fault_of(f"{ctx.quote(rest)} lacks a name at its end.", rest, f"Ask for `{route}`.")
    for part in parts[: 1 if parts and parts[0] in _FIRST else 2]:
        if alias := rule_tables("parse")["aliases"].get(part.lower()):
            says = f"Parse Server has no path {ctx.quote(rest)}; what it may stand for is `{alias}`."
            return fault_of(says, f"{part} / {alias}", f"Ask for `{alias}`.", certain=False)
        if any(part == name for name, _ in ctx.app_memory.names_of("class")):
            says = f"The path {ctx.quote(rest)} names the class {ctx.quote(part)} without `classes` before it."
            return fault_of(says, rest, f"Ask for `/classes/{part}`.")
        near = resembling(part, _FIRST, 0.75)
        if near and near != part:
            says = f"Parse Server has no path {ctx.quote(rest)}; did you mean `/{near}`?"
            return fault_of(says, f"{part} / {near}", f"Ask for `/{near}`.", certain=False)
    fix = "Compare the path with the REST guide: `/classes/<Class>`, `/functions/<name>`, `/users`, `/login`."
    return fault_of(f"Parse Server has no path {ctx.quote(rest)}.", rest, fix) if mounts and rest is not ctx.path else None


def body_json(ctx: RuleContext) -> Message | None:
    """Reads the body as JSON; the catalog tells forms, XML and the like. Other causes: none; a body that is not JSON is never let in."""
    data, kind = ctx.body.data, ctx.body.content_type.lower()
    if not data or ctx.in_batch or place(ctx).route.startswith("/files") or message_matches(ctx, r"unsupported|incorrect"):
        return None
    if re.search("form-urlencoded|multipart|xml", kind) or re.match(rb"[\w.%+-]+=|\x1f\x8b|\s*<", data[:200]):
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        says = f"The body is not UTF-8: byte {error.start + 1} is 0x{data[error.start]:02x}."
        return fault_of(says, kind, "Encode the body as UTF-8.")
    # The server takes a byte order mark off.
    return broken_json(ctx, "The request's body", text.removeprefix("\ufeff"))


def body_too_large(ctx: RuleContext) -> Message | None:
    """Reads the body's size. Other causes: a limit of a proxy in front, whose answer is a page."""
    if ctx.in_batch or "html" in ctx.answer_headers.get("content-type"):
        return None
    length = ctx.headers.get("content-length")
    size = max(len(ctx.body.data or b""), int(length) if length.isascii() and length.isdigit() and len(length) < 13 else 0)
    # No limit is as small as that: then another body was counted.
    if size < 1_000 or (ctx.status != 413 and not message_matches(ctx, r"Multipart request exceeds")):
        return None
    packed = " (unpacked)" if ctx.headers.get("content-encoding") else ""
    says = f"The body has {size:,} bytes{packed}, more than the server lets in."
    fix = "Raise `maxUploadSize` on the server (20 MB by default), or send less: as a file it takes a third less than in base64."
    return fault_of(says, f"content-length: {length or size}", fix)


def multipart_form(ctx: RuleContext) -> Message | None:
    """Looks for the boundary of a multipart body in Content-Type and body. Other causes: none; the server says that it could not read the parts."""
    kind = ctx.body.content_type
    if "multipart" not in kind.lower() or not message_matches(ctx, r"Invalid multipart request"):
        return None
    fix = "Let the HTTP library write Content-Type and body (in a browser: `fetch` with a FormData and no Content-Type of your own)."
    named = boundary(kind)
    if not named:
        return fault_of("The Content-Type of the multipart body names no boundary.", kind, fix)
    data = ctx.body.data or b""
    mark = b"--" + named
    if mark not in data:
        return fault_of("The boundary that the Content-Type names is not in the body.", kind, fix)
    return fault_of("The multipart body breaks off: its closing boundary is missing.", kind, fix) if mark + b"--" not in data else None


RULES: tuple[Rule, ...] = (
    Rule("path-word", path_word, statuses=(404, 405)),
    Rule("method", method_unknown, statuses=(404, 405)),
    Rule("own-route", own_route, entries=_OF_ROUTES, statuses=(400, 401, 402, 403, 404, 405, 409, 410, 422, 429, 500, 503)),
    Rule("route-newer", route_newer, statuses=(404,)),
    Rule("mount-path", mount_path, statuses=(404,)),
    Rule("route", route_unknown, statuses=(404,)),
    Rule("body-json", body_json, statuses=(400,)),
    Rule("body-too-large", body_too_large, entries=("ObjectTooLarge",), statuses=(413,)),
    Rule("multipart", multipart_form, entries=("InvalidJSON",)),
)
