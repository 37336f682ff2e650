"""Why a batch or a transaction is refused whole.

Source: parse-server 9.10.0, batch.js.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from ..checks import resembling
from ..context import Message, Rule, RuleContext, fault_of
from .fields import type_sent
from .request import message_matches, outer, place
from .route import METHODS

_OF_CLASS = re.compile(r"/classes/(\w{1,120})(?:/\w{1,120})?/?$")


def batch_path(ctx: RuleContext) -> Message | None:
    """Compares the paths of a batch's parts with the mount path and the routes. Other causes: `serverURL` or `publicServerURL` of the server with
    another path than the one in use."""
    parts = outer(ctx).get("requests")
    if place(ctx).route != "/batch" or ctx.in_batch or not isinstance(parts, list):
        return None
    refused, mount = re.match(r"cannot route batch path (\S{1,500})", ctx.message), place(ctx).mount.rstrip("/")
    for number, part in enumerate(parts[:200]):
        path, method = (part.get("path"), part.get("method")) if isinstance(part, dict) else (None, None)
        # The catalog tells of parts without a path, of queries in it, and of batches inside.
        if not isinstance(path, str) or "?" in path or path.rstrip("/").endswith("/batch"):
            return None
        says, fix = _part_fault(ctx, mount, path, method)
        shown = ctx.quote(f"{method} {path}" if isinstance(method, str) and method else path)
        if says:
            return fault_of(f"Part {number} of the batch, {shown}, {says}.", path, fix)
        if refused and refused[1] == path and isinstance(method, str) and method == method.upper():
            says = f"part {number} of the batch, {shown}, begins with the mount path of this URL, but the server expects another one."
            fix = "Correct `serverURL` and `publicServerURL` of the server: their path must be the one that the app uses, without a slash at the end."
            return Message(says, path, False, fix, "after-fix", "config")
    return None


def _part_fault(ctx: RuleContext, mount: str, path: str, method: Any) -> tuple[str, str]:
    """What is wrong with the path of a part, as the rest of a sentence, and what to do; two empty texts where nothing is seen."""
    rest = path[len(mount) :]
    if not path.startswith(mount):
        match = ctx.backend.match_route(path)
        inner = path[match.start() :] if match else f"/{path.lstrip('/')}"
        says = "has a URL in `path`" if path.startswith("http") else f"does not begin with the mount path {ctx.quote(mount)}"
        return says, f"Send {ctx.quote(mount + inner)} as `path`."
    route, match = ctx.backend.find_route(rest)
    takes = METHODS.get(route, "").split()
    if not message_matches(ctx, r"cannot route") or not isinstance(method, str) or method != method.upper():
        return "", ""
    if match and match.start():
        fix = f"Send {ctx.quote(mount + rest[match.start() :])} as `path`, and check the server URL of the SDK."
        return f"has {ctx.quote(rest[: match.start()])} between the mount path and the route", fix
    if not route:
        near = resembling("/" + rest.split("/")[1], {"/" + known.split("/")[1] for known in METHODS}, 0.7) if "/" in rest else ""
        fix = f"Write {ctx.quote(near)}." if near else f"Correct the path; those of objects are {ctx.quote(mount + '/classes/...')}."
        return "is not a path of Parse Server", fix
    if takes and method not in takes:
        return "has a method that its path does not take", f"Send {' or '.join(f'`{name}`' for name in takes)}."
    return "", ""


def transaction_types(ctx: RuleContext) -> Message | None:
    """Looks in a transaction for a field that two parts send with two types. Other causes: any other fault of a part; the server names none."""
    body = outer(ctx)
    parts = body.get("requests")
    if place(ctx).route != "/batch" or ctx.in_batch or not body.get("transaction") or not isinstance(parts, list):
        return None
    sent: dict[tuple[str, str], tuple[str, str]] = {}
    for number, part in enumerate(parts[:200]):
        path, fields = (part.get("path"), part.get("body")) if isinstance(part, dict) else ("", {})
        match = _OF_CLASS.search(str(path)[:500])
        if match is None or not isinstance(fields, dict):
            continue
        for name, value in islice(fields.items(), 60):
            kind = "" if isinstance(value, dict) and value.get("__op") == "Delete" else type_sent(value)
            other, where = sent.setdefault((match[1], name), (kind, f"part {number}")) if kind else ("", "")
            if kind != other:
                says = f"part {number} sends `{kind}` for {ctx.quote(name)} of {ctx.quote(match[1])}, and {where} `{other}`: a column has one type."
                fix = f"Send {ctx.quote(name)} with the type of its column in all parts; without `transaction` the answer names the wrong part."
                return Message(says, f"requests[{number}].body.{name}", False, fix, "after-fix", "request")
    return None


RULES: tuple[Rule, ...] = (
    Rule("transaction-types", transaction_types, entries=("InternalServerError",)),
    Rule("batch", batch_path, entries=("InvalidJSON", "InternalServerError")),
)
