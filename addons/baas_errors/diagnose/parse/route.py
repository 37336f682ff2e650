"""Why Parse Server takes a path, a method or a body for nothing it knows: what it answers before its own API is reached."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator

from ...history.app_facts import MOUNT
from ..checks import broken_json, type_name
from ..context import Case, Rule, Say
from .request import object_id, place, said

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


def _unrouted(case: Case) -> bool:
    return said(case, r"Cannot [A-Z]+ /", r"cannot route ") and not case.in_batch


def method_unknown(case: Case) -> Say | None:
    """A path of Parse's with a method that it does not take."""
    route = place(case).route
    takes = METHODS.get(route, "").split()
    if not _unrouted(case) or not takes or case.method in takes:
        return None
    if case.method == "PATCH" and "PUT" in takes:
        hint = "send PUT: it changes only the fields that are sent"
    elif case.method == "PUT" and f"{route}/{{id}}" in METHODS:
        hint = "to change an object put its id at the end of the path"
    elif case.method == "POST" and object_id(case):
        hint = "to create leave out the id; to change an object send PUT"
    else:
        hint = f"it takes {' or '.join(takes)}"
    return Say(f"Parse Server has no {case.quote(case.method)} for {case.quote(case.template)}; {hint}.", f"{case.method} {route}", certain=True)


def mount_path(case: Case) -> Say | None:
    """A path of Parse's, but not where the server is mounted."""
    found = place(case)
    if not _unrouted(case) or not found.route or case.method not in METHODS.get(found.route, "").split():
        return None
    mounts = [mount for mount, _ in case.memory.names_of(MOUNT)]
    if found.mount in mounts:
        return None
    sent = case.quote(found.mount or "/")
    if mounts:
        return Say(
            f"The path begins with {sent}, and Parse Server answers under {case.quote(mounts[0] or '/')} here: set serverURL (mount path) to that.",
            f"{found.mount or '/'} / {mounts[0] or '/'}",
            certain=True,
        )
    return Say(
        f"Parse Server is not mounted at {sent} on this host: `{found.route}` is a route of its own, and was not found.",
        found.mount or "/",
        certain=True,
    )


def route_unknown(case: Case) -> Say | None:
    """A path that Parse Server has not; the nearest of its own is suggested."""
    if not _unrouted(case) or place(case).route:
        return None
    mounts = [mount for mount, _ in case.memory.names_of(MOUNT)]
    rest = next((case.path[len(mount) :] for mount in mounts if mount and case.path.startswith(f"{mount}/")), case.path)
    parts = [part for part in rest.split("/") if part][:6]
    if len(parts) == 1 and any(route.startswith(f"/{parts[0]}/{{") for route in METHODS):
        return Say(f"{case.quote(rest)} lacks a name at its end.", rest, certain=True)
    for part in parts[:2]:
        if any(part == name for name, _ in case.memory.names_of("class")):
            return Say(f"Objects of {case.quote(part)} are at `/classes/{part}`: `classes` is missing in the path.", rest, certain=True)
        near = difflib.get_close_matches(part, _FIRST, 1, 0.75)
        if near and near[0] != part:
            return Say(f"did you mean `/{near[0]}`? Parse Server has no path {case.quote(rest)}.", f"{part} / {near[0]}")
    return Say(f"Parse Server has no path {case.quote(rest)}.", rest, certain=True) if mounts and rest is not case.path else None


def _json_expected(case: Case) -> bool:
    """Whether the body was read as JSON: everything but files is, whatever its Content-Type says."""
    return not case.in_batch and bool(case.body.data) and not place(case).route.startswith("/files") and not said(case, r"unsupported|incorrect")


def body_json(case: Case) -> Say | None:
    """The body is no JSON."""
    data, kind = case.body.data, case.body.content_type
    if not _json_expected(case) or not data or "form-urlencoded" in kind.lower():
        return None
    if "multipart" in kind.lower():
        return (
            Say("The body is multipart form data; this server takes JSON here.", kind, certain=True) if said(case, r"Unexpected|No number") else None
        )
    if re.match(rb"[\w.%+-]+=", data[:200]):
        return Say("The body is form data (key=value); send JSON, or say `application/x-www-form-urlencoded`.", kind, certain=True)
    if data.startswith(b"\x1f\x8b"):
        return Say("The body is compressed with gzip, and no Content-Encoding says so.", "1f 8b", certain=True)
    if "xml" in kind.lower() or data.lstrip()[:1] == b"<":
        return Say("The body is XML or HTML; Parse Server takes JSON.", kind, certain=True)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return Say(f"The body is not UTF-8: byte {error.start + 1} is 0x{data[error.start]:02x}.", kind, certain=True)
    # The server takes a byte order mark off.
    return broken_json(case, "The request's body", text.removeprefix("\ufeff"))


def body_top_level(case: Case) -> Say | None:
    """A JSON value that is neither object nor list."""
    data = (case.body.data or b"")[:100].strip()
    if not _json_expected(case) or data[:1] in (b"{", b"["):
        return None
    try:
        value = json.loads(case.body.text)
    except (ValueError, RecursionError):
        return None
    return Say(f"The body is JSON, but {type_name(value)}; Parse Server takes an object.", data.decode("utf-8", "replace")[:60], certain=True)


def body_too_large(case: Case) -> Say | None:
    """Larger than the server lets in."""
    if case.in_batch or (case.status != 413 and not said(case, r"Multipart request exceeds")):
        return None
    data = case.body.data
    length = case.headers.get("content-length")
    size = len(data) if data else int(length) if length.isascii() and length.isdigit() and len(length) < 13 else 0
    if not size:
        return None
    packed = " (unpacked)" if case.headers.get("content-encoding") else ""
    return Say(
        f"The body has {size:,} bytes{packed}, more than the server lets in: `maxUploadSize`, 20 MB by default, or the limit of a proxy before it.",
        f"content-length: {length or size}",
        certain=True,
    )


def charset_wrong(case: Case) -> Say | None:
    """A charset that the server does not read, or that is not the body's."""
    found = re.search(r"charset\s*=\s*\"?([^\s;\"]{1,40})", case.body.content_type, re.I)
    if found is None or found[1].lower() in ("utf-8", "utf8"):
        return None
    if said(case, r"unsupported charset"):
        return Say(f"The Content-Type names the charset {case.quote(found[1])}; send UTF-8.", case.body.content_type, certain=True)
    data = (case.body.data or b"").lstrip()[:1]
    if _json_expected(case) and data in (b"{", b"["):
        return Say(f"The body is UTF-8, but the Content-Type names the charset {case.quote(found[1])}.", case.body.content_type, certain=True)
    return None


def encoding_wrong(case: Case) -> Iterator[Say]:
    """A Content-Encoding that the server does not undo, or that the body does not have."""
    encoding = case.headers.get("content-encoding")
    if not encoding or not said(case, r"unsupported content encoding", r"incorrect (header|data) check", r"unexpected end of file", r"invalid "):
        return
    if said(case, r"unsupported"):
        yield Say(f"The Content-Encoding {case.quote(encoding)} is not undone here; send gzip, deflate, br, or none.", encoding, certain=True)
    elif any(problem.rule == "body-encoding" for problem in case.body.problems):
        yield Say(f"The body is not compressed as its Content-Encoding ({case.quote(encoding)}) says.", encoding, certain=True)


def multipart_form(case: Case) -> Say | None:
    """A multipart body that breaks off, or names no boundary."""
    kind = case.body.content_type
    if "multipart" not in kind.lower() or not said(case, r"Invalid multipart request"):
        return None
    found = re.search(r"boundary=\"?([^\s;\"]{1,70})", kind, re.I)
    if found is None:
        return Say("The Content-Type of the multipart body names no boundary; let the HTTP library set it.", kind, certain=True)
    data = case.body.data or b""
    mark = b"--" + found[1].encode()
    if mark not in data:
        return Say("The boundary that the Content-Type names does not stand in the body.", kind, certain=True)
    return Say("The multipart body breaks off: its closing boundary is missing.", kind, certain=True) if mark + b"--" not in data else None


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
