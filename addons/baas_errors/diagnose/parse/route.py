"""Why Parse Server takes a path, a method or a body for nothing it knows: what it answers before its own API is reached."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator

from ...history.app_facts import MOUNT
from ..checks import broken_json, type_name
from ..context import Message, Rule, RuleContext
from .bodies import query_in_body
from .request import message_matches, object_id, place

# Methods of the routes. What is not listed is not judged.
METHODS: dict[str, str] = {
    "/aggregate/{class}": "GET", "/batch": "POST", "/challenge": "POST", "/classes/{class}": "GET POST", "/classes/{class}/{id}": "GET PUT DELETE",
    "/config": "GET PUT", "/events/{event}": "POST", "/files": "POST", "/files/{file_id}": "POST DELETE", "/files/{app}/{file_id}": "GET",
    "/functions/{function}": "POST", "/hooks/functions": "GET POST", "/hooks/functions/{function}": "GET PUT", "/hooks/triggers": "GET POST",
    "/hooks/triggers/{class}/{trigger}": "GET PUT", "/installations": "GET POST", "/installations/{id}": "GET PUT DELETE", "/jobs": "POST",
    "/jobs/{job}": "POST", "/login": "GET POST", "/loginAs": "POST", "/logout": "POST", "/purge/{class}": "DELETE", "/push": "POST",
    "/requestPasswordReset": "POST", "/roles": "GET POST", "/roles/{id}": "GET PUT DELETE", "/schemas": "GET POST",
    "/schemas/{class}": "GET POST PUT DELETE", "/serverInfo": "GET", "/sessions": "GET POST", "/sessions/{id}": "GET PUT DELETE",
    "/upgradeToRevocableSession": "POST", "/users": "GET POST", "/users/{id}": "GET PUT DELETE", "/validate_purchase": "POST",
    "/verificationEmailRequest": "POST", "/verifyPassword": "GET POST",
}  # fmt: skip
_FIRST = sorted({route.split("/")[1] for route in METHODS})


def _unrouted(ctx: RuleContext) -> bool:
    return message_matches(ctx, r"Cannot [A-Z]+ /", r"cannot route ") and not ctx.in_batch


def method_unknown(ctx: RuleContext) -> Message | None:
    """A path of Parse's with a method that it does not take."""
    route = place(ctx).route
    takes = METHODS.get(route, "").split()
    if not _unrouted(ctx) or not takes or ctx.method in takes:
        return None
    if ctx.method == "PATCH" and "PUT" in takes:
        hint = "send PUT: it changes only the fields that are sent"
    elif ctx.method == "PUT" and f"{route}/{{id}}" in METHODS:
        hint = "to change an object put its id at the end of the path"
    elif ctx.method == "POST" and object_id(ctx):
        hint = "to create leave out the id; to change an object send PUT"
    else:
        hint = f"it takes {' or '.join(takes)}"
    return Message(f"Parse Server has no {ctx.quote(ctx.method)} for {ctx.quote(ctx.template)}; {hint}.", f"{ctx.method} {route}", certain=True)


def mount_path(ctx: RuleContext) -> Message | None:
    """A path of Parse's, but not where the server is mounted."""
    found = place(ctx)
    if not _unrouted(ctx) or not found.route or ctx.method not in METHODS.get(found.route, "").split():
        return None
    mounts = [mount for mount, _ in ctx.app_memory.names_of(MOUNT)]
    if found.mount in mounts:
        return None
    sent = ctx.quote(found.mount or "/")
    if mounts:
        return Message(
            f"The path begins with {sent}, and Parse Server answers under {ctx.quote(mounts[0] or '/')} here: set serverURL (mount path) to that.",
            f"{found.mount or '/'} / {mounts[0] or '/'}",
            certain=True,
        )
    return Message(
        f"Parse Server is not mounted at {sent} on this host: `{found.route}` is a route of its own, and was not found.",
        found.mount or "/",
        certain=True,
    )


def route_unknown(ctx: RuleContext) -> Message | None:
    """A path that Parse Server has not; the nearest of its own is suggested."""
    if not _unrouted(ctx) or place(ctx).route:
        return None
    mounts = [mount for mount, _ in ctx.app_memory.names_of(MOUNT)]
    rest = next((ctx.path[len(mount) :] for mount in mounts if mount and ctx.path.startswith(f"{mount}/")), ctx.path)
    parts = [part for part in rest.split("/") if part][:6]
    if len(parts) == 1 and any(route.startswith(f"/{parts[0]}/{{") for route in METHODS):
        return Message(f"{ctx.quote(rest)} lacks a name at its end.", rest, certain=True)
    for part in parts[:2]:
        if any(part == name for name, _ in ctx.app_memory.names_of("class")):
            return Message(f"Objects of {ctx.quote(part)} are at `/classes/{part}`: `classes` is missing in the path.", rest, certain=True)
        near = difflib.get_close_matches(part, _FIRST, 1, 0.75)
        if near and near[0] != part:
            return Message(f"did you mean `/{near[0]}`? Parse Server has no path {ctx.quote(rest)}.", f"{part} / {near[0]}")
    return Message(f"Parse Server has no path {ctx.quote(rest)}.", rest, certain=True) if mounts and rest is not ctx.path else None


def _json_expected(ctx: RuleContext) -> bool:
    """Whether the body was read as JSON: everything but files is, whatever its Content-Type says."""
    return (
        not ctx.in_batch and bool(ctx.body.data) and not place(ctx).route.startswith("/files") and not message_matches(ctx, r"unsupported|incorrect")
    )


def body_json(ctx: RuleContext) -> Message | None:
    """The body is no JSON."""
    data, kind = ctx.body.data, ctx.body.content_type
    if not _json_expected(ctx) or not data or "form-urlencoded" in kind.lower():
        return None
    if "multipart" in kind.lower():
        return (
            Message("The body is multipart form data; this server takes JSON here.", kind, certain=True)
            if message_matches(ctx, r"Unexpected|No number")
            else None
        )
    if query_in_body(ctx):
        return None
    if re.match(rb"[\w.%+-]+=", data[:200]):
        return Message("The body is form data (key=value); send JSON, or say `application/x-www-form-urlencoded`.", kind, certain=True)
    if data.startswith(b"\x1f\x8b"):
        return Message("The body is compressed with gzip, and no Content-Encoding says so.", "1f 8b", certain=True)
    if "xml" in kind.lower() or data.lstrip()[:1] == b"<":
        return Message("The body is XML or HTML; Parse Server takes JSON.", kind, certain=True)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return Message(f"The body is not UTF-8: byte {error.start + 1} is 0x{data[error.start]:02x}.", kind, certain=True)
    # The server takes a byte order mark off.
    return broken_json(ctx, "The request's body", text.removeprefix("\ufeff"))


def body_top_level(ctx: RuleContext) -> Message | None:
    """A JSON value that is neither object nor list."""
    data = (ctx.body.data or b"")[:100].strip()
    if not _json_expected(ctx) or data[:1] in (b"{", b"["):
        return None
    try:
        value = json.loads(ctx.body.text)
    except (ValueError, RecursionError):
        return None
    return Message(f"The body is JSON, but {type_name(value)}; Parse Server takes an object.", data.decode("utf-8", "replace")[:60], certain=True)


def body_too_large(ctx: RuleContext) -> Message | None:
    """Larger than the server lets in."""
    if ctx.in_batch or (ctx.status != 413 and not message_matches(ctx, r"Multipart request exceeds")):
        return None
    data = ctx.body.data
    length = ctx.headers.get("content-length")
    size = len(data) if data else int(length) if length.isascii() and length.isdigit() and len(length) < 13 else 0
    if not size:
        return None
    packed = " (unpacked)" if ctx.headers.get("content-encoding") else ""
    return Message(
        f"The body has {size:,} bytes{packed}, more than the server lets in: `maxUploadSize`, 20 MB by default, or the limit of a proxy before it.",
        f"content-length: {length or size}",
        certain=True,
    )


def charset_wrong(ctx: RuleContext) -> Message | None:
    """A charset that the server does not read, or that is not the body's."""
    found = re.search(r"charset\s*=\s*\"?([^\s;\"]{1,40})", ctx.body.content_type, re.I)
    if found is None or found[1].lower() in ("utf-8", "utf8"):
        return None
    if message_matches(ctx, r"unsupported charset"):
        return Message(f"The Content-Type names the charset {ctx.quote(found[1])}; send UTF-8.", ctx.body.content_type, certain=True)
    data = (ctx.body.data or b"").lstrip()[:1]
    if _json_expected(ctx) and data in (b"{", b"["):
        return Message(f"The body is UTF-8, but the Content-Type names the charset {ctx.quote(found[1])}.", ctx.body.content_type, certain=True)
    return None


def encoding_wrong(ctx: RuleContext) -> Iterator[Message]:
    """A Content-Encoding that the server does not undo, or that the body does not have."""
    encoding = ctx.headers.get("content-encoding")
    if not encoding or not message_matches(
        ctx, r"unsupported content encoding", r"incorrect (header|data) check", r"unexpected end of file", r"invalid "
    ):
        return
    if message_matches(ctx, r"unsupported"):
        yield Message(f"The Content-Encoding {ctx.quote(encoding)} is not undone here; send gzip, deflate, br, or none.", encoding, certain=True)
    elif any(problem.rule == "body-encoding" for problem in ctx.body.problems):
        yield Message(f"The body is not compressed as its Content-Encoding ({ctx.quote(encoding)}) says.", encoding, certain=True)


def multipart_form(ctx: RuleContext) -> Message | None:
    """A multipart body that breaks off, or names no boundary."""
    kind = ctx.body.content_type
    if "multipart" not in kind.lower() or not message_matches(ctx, r"Invalid multipart request"):
        return None
    found = re.search(r"boundary=\"?([^\s;\"]{1,70})", kind, re.I)
    if found is None:
        return Message("The Content-Type of the multipart body names no boundary; let the HTTP library set it.", kind, certain=True)
    data = ctx.body.data or b""
    mark = b"--" + found[1].encode()
    if mark not in data:
        return Message("The boundary that the Content-Type names does not stand in the body.", kind, certain=True)
    return Message("The multipart body breaks off: its closing boundary is missing.", kind, certain=True) if mark + b"--" not in data else None


RULES: tuple[Rule, ...] = (
    Rule("method", method_unknown, statuses=(404, 405)),
    Rule("mount-path", mount_path, statuses=(404,)),
    Rule("route", route_unknown, statuses=(404,)),
    Rule("body-encoding", encoding_wrong, statuses=(400, 415)),
    Rule("body-charset", charset_wrong, statuses=(400, 415)),
    Rule("body-json", body_json, statuses=(400,)),
    Rule("body-top-level", body_top_level, statuses=(400,)),
    Rule("body-too-large", body_too_large, entries=("ObjectTooLarge",), statuses=(413,)),
    Rule("multipart", multipart_form, entries=("InvalidJSON",)),
)
