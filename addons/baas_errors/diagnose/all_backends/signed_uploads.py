"""Signed URLs, at which files go past the API to an object store: too late, with another type than was asked for, with credentials too many."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

from ..context import Message, RuleContext, duration

_SIGNATURES = ("x-amz-signature", "x-goog-signature", "signature", "sig")


class Signed(NamedTuple):
    """A signed URL: until when it is good (seconds since the epoch; None: not said), for how long it was, and the headers that it fixes."""

    until: float | None
    lifetime: int | None
    headers: tuple[str, ...]


def signed(ctx: RuleContext) -> Signed | None:
    """What the URL says of its own validity; None if it is not signed."""
    if "sig" not in ctx.request.query.lower():
        # All of them have that in their names, and most queries need not be taken apart.
        return None
    params = {name.lower(): value for name, value in ctx.request.params.items()}
    if not any(name in params for name in _SIGNATURES):
        return None
    headers = tuple(filter(None, (params.get("x-amz-signedheaders") or params.get("x-goog-signedheaders") or "").lower().split(";")))
    for vendor in ("amz", "goog"):
        begun, lifetime = params.get(f"x-{vendor}-date", ""), params.get(f"x-{vendor}-expires", "")
        if re.fullmatch(r"\d{8}T\d{6}Z", begun) and re.fullmatch(r"\d{1,7}", lifetime):
            with suppress(ValueError):
                start = datetime.strptime(begun, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
                return Signed(start + int(lifetime), int(lifetime), headers)
    until = params.get("expires", "")
    return Signed(float(until) if re.fullmatch(r"\d{9,11}", until) else None, None, headers)


def upload_expired(ctx: RuleContext) -> Message | None:
    """The URL was used after its end, by the server's clock."""
    if ctx.kind or ctx.method == "OPTIONS" or not (url := signed(ctx)) or url.until is None or ctx.now <= url.until:
        return None
    lived = f"it was good for {duration(url.lifetime)}" if url.lifetime else "it says so itself (Expires)"
    upload = ctx.memory.upload(ctx.request.host, ctx.request.path)
    issued = f" Issued in {ctx.flow_name(upload.seen.flow)}." if upload else ""
    return Message(
        f"The signed URL expired {duration(ctx.now - url.until)} before this request; {lived}. Ask for a new one right before the transfer.{issued}",
        f"good until {datetime.fromtimestamp(url.until, UTC):%Y-%m-%d %H:%M:%S} UTC",
        certain=True,
    )


def upload_content_type(ctx: RuleContext) -> Message | None:
    """The file was sent with another Content-Type than its URL was asked for."""
    if ctx.kind or ctx.method != "PUT" or not (url := signed(ctx)):
        return None
    upload = ctx.memory.upload(ctx.request.host, ctx.request.path)
    fixed = "content-type" in url.headers
    sent = ctx.headers.get("content-type").strip()
    if fixed and not sent:
        return Message("The signed URL fixes the Content-Type, and the request has none.", "signed headers: " + ", ".join(url.headers), certain=True)
    if upload is None or not upload.content_type or _type(sent) == _type(upload.content_type):
        return None
    shown = ctx.quote(sent) if sent else "none"
    return Message(
        f"the URL was asked for with Content-Type {ctx.quote(upload.content_type)} ({ctx.flow_name(upload.seen.flow)}), but the file was sent with "
        f"{shown}; the two must be the same.",
        f"content-type: {sent}",
        certain=fixed,
    )


def _type(text: str) -> str:
    return "".join(text.lower().split())


def upload_extras(ctx: RuleContext) -> Message | None:
    """What does not belong at a signed URL: credentials beside the signature, or another method than PUT for an upload."""
    if ctx.kind or signed(ctx) is None:
        return None
    if "authorization" in ctx.headers:
        scheme = ctx.headers.get("authorization").partition(" ")[0]
        return Message(
            f"the request carries an Authorization header ({ctx.quote(scheme)}) beside the signature in its URL; object stores refuse both at "
            "once. Send the file without the API's headers.",
            "authorization and a signature",
            certain="auth mechanism" in ctx.message,
        )
    if ctx.method == "POST" and ctx.memory.upload(ctx.request.host, ctx.request.path):
        return Message("the signed URL is for a PUT of the bare file; this was a POST.", "POST", certain=False)
    return None
