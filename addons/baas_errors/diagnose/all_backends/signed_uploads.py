"""URLs of an object store, at which files bypass the API: used too late, with another type or more credentials than signed, or before the upload."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

from ..context import Message, Rule, RuleContext, duration, fault_of

# The codes under which stores refuse what has expired.
_EXPIRED = ("AccessDenied", "ExpiredToken", "RequestExpired", "AuthenticationFailed")
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
    """Compares the end of the URL's validity, which it carries, with the server's clock. Source: AWS Signature V4 (X-Amz-Expires), Google Cloud
    Storage signed URLs. Other causes: none, unless the store's answer has another code."""
    if (code := re.match(r"[A-Z][a-z]+[A-Z]\w+\b", ctx.message)) and code[0] not in _EXPIRED:
        return None
    if ctx.kind or ctx.method == "OPTIONS" or not (url := signed(ctx)) or url.until is None or ctx.now <= url.until:
        return None
    lived = f"it was valid for {duration(url.lifetime)}" if url.lifetime else "it carries its end (Expires)"
    upload = ctx.memory.upload(ctx.request.host, ctx.request.path)
    issued = f" Issued in {ctx.flow_name(upload.seen.flow)}." if upload else ""
    says = f"The signed URL expired {duration(ctx.now - url.until)} before this request; {lived}.{issued}"
    evidence = f"valid until {datetime.fromtimestamp(url.until, UTC):%Y-%m-%d %H:%M:%S} UTC"
    return Message(says, evidence, True, "Ask for a new URL right before the transfer.", "after-fix", "request")


def upload_content_type(ctx: RuleContext) -> Message | None:
    """Compares the Content-Type sent with the one that the URL was asked for. Source: AWS Signature V4 (X-Amz-SignedHeaders), Google Cloud Storage
    signed URLs. Other causes: none where the signature covers the type."""
    if ctx.kind or ctx.method != "PUT" or not (url := signed(ctx)):
        return None
    upload = ctx.memory.upload(ctx.request.host, ctx.request.path)
    fixed = "content-type" in url.headers
    sent = ctx.headers.get("content-type").strip()
    if fixed and not sent:
        fix = "Send the Content-Type that the URL was asked for."
        says = "The signed URL covers the Content-Type, and the request has none."
        return Message(says, "content-type in the list of signed headers", True, fix, "after-fix", "request")
    if upload is None or not upload.content_type or _type(sent) == _type(upload.content_type):
        return None
    shown, wanted = ctx.quote(sent) if sent else "none", ctx.quote(upload.content_type)
    says = f"the URL was asked for with Content-Type {wanted} ({ctx.flow_name(upload.seen.flow)}), but the file was sent with {shown}."
    fix = f"Send the file with Content-Type {wanted}, or ask for a URL with the type that is sent."
    return Message(says, f"content-type: {sent}", fixed, fix, "after-fix", "request")


def upload_headers(ctx: RuleContext) -> Message | None:
    """Compares the headers of an upload with those that the backend asked for with the URL. Source: Google Cloud Storage signed URLs (extension
    headers are signed); earlier flows. Other causes: none where the store says that the signature does not match."""
    upload = ctx.memory.upload(ctx.request.host, ctx.request.path)
    if ctx.kind or ctx.method != "PUT" or upload is None or (ctx.status or 0) < 400:
        return None
    asked = (header.partition(": ") for header in upload.headers)
    # The values are not shown: an encryption key may be among them.
    lacking = ", ".join(ctx.quote(name) for name, _, value in asked if ctx.headers.get(name) != value)
    if not lacking:
        return None
    flow = ctx.flow_name(upload.seen.flow)
    says = f"The answer in {flow} asks for headers that the upload lacks, or has with another value: {lacking}."
    return fault_of(says, lacking, f"Send {lacking} with the PUT, as the answer in {flow} has it.", "SignatureDoesNotMatch" in ctx.message)


def _type(text: str) -> str:
    return "".join(text.lower().split())


def upload_extras(ctx: RuleContext) -> Message | None:
    """Looks for what does not belong at a signed URL: an Authorization header, or a POST. Source: Amazon S3, error InvalidArgument ("Only one auth
    mechanism allowed"). Other causes: none where the store says so."""
    if ctx.kind or ctx.status not in (400, 401, 403) or signed(ctx) is None:
        return None
    if "authorization" in ctx.headers:
        scheme = ctx.headers.get("authorization").partition(" ")[0]
        says = f"The request has an Authorization header ({ctx.quote(scheme)}) and a signature in its URL, and object stores refuse both at once."
        fix = "Send the file without the Authorization header and the API's other headers."
        return Message(says, "authorization and a signature", "auth mechanism" in ctx.message, fix, "after-fix", "request")
    if ctx.method == "POST" and ctx.memory.upload(ctx.request.host, ctx.request.path):
        return fault_of("the signed URL is for a PUT, and this was a POST.", "POST", "PUT the bare file, without a form.", certain=False)
    return None


def never_uploaded(ctx: RuleContext) -> Message | None:
    """Looks for a file that was read at the store although no upload of its content was seen. Source: Google Cloud Storage and Amazon S3 (403
    AccessDenied or 404 NoSuchKey for an object that is not there); earlier flows."""
    upload = ctx.memory.upload(ctx.request.host, ctx.request.path)
    written = ctx.backend.history.uploads is None or ctx.backend.history.uploads.where
    if ctx.kind or upload is None or written or ctx.method not in ("GET", "HEAD") or ctx.status not in (403, 404):
        return None
    if (url := signed(ctx)) and url.until is not None and ctx.now > url.until:
        return None
    says = f"the file's content was never uploaded: {ctx.flow_name(upload.seen.flow)} returned this URL, but the object store has no such file."
    places = ctx.backend.history.uploads
    names = [pointers[0].rpartition("/")[2] for pointers in (places.url, places.headers) if pointers] if places else []
    where = f" ({', with '.join(f'`{name}`' for name in names)})" if names else ""
    fix = f"After creating the file, PUT its bytes to the upload URL that the API returned{where}, and wait for 2xx before reading it."
    return Message(says, f"{ctx.status} from the object store", False, fix, "after-fix", "client")


RULES: tuple[Rule, ...] = (
    Rule("upload-expired", upload_expired),
    Rule("upload-content-type", upload_content_type),
    Rule("upload-headers", upload_headers),
    Rule("upload-extras", upload_extras),
    Rule("never-uploaded", never_uploaded),
)
