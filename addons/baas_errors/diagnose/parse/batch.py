"""Why a batch or a transaction is refused whole.

Source: parse-server 9.10.0, batch.js.
"""

from __future__ import annotations

import re
from typing import Any

from ...exchange.json_reader import type_name
from ..checks import resembling
from ..context import Message, Rule, RuleContext, fault_of
from .request import message_matches, outer, place
from .route import METHODS

_WRONG_PATH = r"cannot route"


def batch_form(ctx: RuleContext) -> Message | None:
    """Looks at the parts of a batch that is refused whole: paths with the mount path, methods, no batch inside. Other causes: `serverURL` or
    `publicServerURL` of the server with another path than the one in use."""
    if place(ctx).route != "/batch" or ctx.in_batch or ctx.name not in ("InvalidJSON", "InternalServerError"):
        return None
    parts = outer(ctx).get("requests")
    if not isinstance(parts, list):
        given = f"is {type_name(parts)}" if "requests" in outer(ctx) else "is missing"
        fix = 'Send `{"requests": [{"method": "POST", "path": "/parse/classes/Note", "body": {...}}]}`.'
        return fault_of(f"`requests` takes an array; it {given}.", "requests", fix)
    if found := re.match(r"Batch request contains (\d{1,9}) sub-requests, which exceeds the limit of (\d{1,9})", ctx.message):
        says, fix = f"The batch has {len(parts)} parts; this server allows {found[2]}.", f"Send at most {found[2]} parts in each batch."
        return fault_of(says, f"{len(parts)} parts", fix)
    refused = re.match(r"cannot route batch path (\S{1,500})", ctx.message)
    mount = place(ctx).mount
    for number, part in enumerate(parts[:200]):
        path, method = (part.get("path"), part.get("method")) if isinstance(part, dict) else (None, None)
        if not isinstance(path, str):
            given = f"`path` that is {type_name(path)}" if path is not None else "no `path`"
            return fault_of(f"Part {number} of the batch has {given}.", f"part {number}", f'Send `"path": "{mount[:60]}/classes/Note"` in each part.')
        says, fix = _part_fault(ctx, mount, path, method)
        shown = ctx.quote(f"{method} {path}" if isinstance(method, str) and method else path)
        if says:
            return fault_of(f"Part {number} of the batch, {shown}, {says}.", path, fix)
        if refused and refused[1] == path:
            says = f"part {number} of the batch, {shown}, begins with the mount path of this URL, but the server expects another one."
            fix = "Correct `serverURL` and `publicServerURL` of the server: their path must be the one that the app uses, without a slash at the end."
            return Message(says, path, False, fix, "after-fix", "config")
    return None


def _part_fault(ctx: RuleContext, mount: str, path: str, method: Any) -> tuple[str, str]:
    """What is wrong with a part of a batch, as the rest of a sentence, and what to do; two empty texts where nothing is seen."""
    rest, routed = path[len(mount) :], message_matches(ctx, _WRONG_PATH)
    if not path.startswith(mount):
        match = ctx.backend.match_route(path)
        inner = path[match.start() :] if match else f"/{path.lstrip('/')}"
        says = "has a URL in `path`" if path.startswith("http") else f"does not begin with the mount path {ctx.quote(mount)}"
        return says, f"Send {ctx.quote(mount + inner)} as `path`."
    if rest.rstrip("/") == "/batch":
        return "is a batch inside a batch", "Put the parts of the inner batch into the outer one."
    if "?" in rest:
        return "has a query string in its path", f"Send {ctx.quote(path.partition('?')[0])} as `path`, and the parameters in `body`."
    if not isinstance(method, str) and (ctx.name == "InternalServerError" or routed):
        says = "has no `method`" if method is None else f"has a `method` that is {type_name(method)}"
        return says, 'Send `"method": "GET"`, "POST", "PUT" or "DELETE".'
    if not routed or not isinstance(method, str):
        return "", ""
    route, match = ctx.backend.find_route(rest)
    if match and match.start():
        fix = f"Send {ctx.quote(mount + rest[match.start() :])} as `path`, and check the server URL of the SDK."
        return f"has {ctx.quote(rest[: match.start()])} between the mount path and the route", fix
    takes = METHODS.get(route, "").split()
    if method != method.upper():
        return "has its method in lower case", f"Send `method` {ctx.quote(method.upper()[:10])}."
    if not route:
        near = resembling("/" + rest.split("/")[1], {"/" + known.split("/")[1] for known in METHODS}, 0.7) if "/" in rest else ""
        fix = f"Write {ctx.quote(near)}." if near else f"Correct the path; those of objects are {ctx.quote(mount + '/classes/...')}."
        return "is not a path of Parse Server", fix
    if takes and method not in takes:
        return "has a method that its path does not take", f"Send {' or '.join(f'`{name}`' for name in takes)}."
    return "", ""


RULES: tuple[Rule, ...] = (Rule("batch", batch_form, entries=("InvalidJSON", "InternalServerError")),)
