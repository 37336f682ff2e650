"""Backend Services: bodies against their Content-Type, files, the format asked for, metadata and e-mail.

Sources, unless a rule names another: Telerik Backend Services, REST API guide and "Error codes".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...exchange.multipart import boundary, part_name, parts
from ..checks import json_body, missing_fields, resembling, wrong_content_type
from ..context import Message, Rule, RuleContext, fault_of
from ..named_fields import named_field

BODY = ("InvalidRequestBody", "InvalidContentTypeHeader", "UnsupportedContentType")
# What is said where the fields of a form were not read.
_UNREAD = ("InvalidRequest", "InvalidUserData", "UsernameMissing", "PasswordMissing", "EmailMissing", "FileContentTypeMissing")
_json_type = wrong_content_type("application/json")
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+*-]+")
_JSON_TYPE = "Send `Content-Type: application/json`."
_SEND_JSON = "Send `Content-Type: application/json` and the body as JSON."


def content_type(ctx: RuleContext) -> Message | None:
    """Looks at the Content-Type of a body: absent, not a media type, or a form where JSON is expected. Other causes: none for the codes of this
    header, since data is accepted as JSON only; for codes of a missing field it is likely only."""
    sent = ctx.headers.get("content-type")
    kind = sent.partition(";")[0].strip()
    if not ctx.body.data or ctx.in_batch:
        return None
    if ctx.name in _UNREAD and not re.match(r"(?i)application/x-www-form-urlencoded|multipart/form-data", kind):
        return None
    if not kind:
        fix = _JSON_TYPE if ctx.body.looks_like_json else _SEND_JSON
        return fault_of("The request has a body but no Content-Type.", "no content-type", fix)
    if not _MEDIA_TYPE.fullmatch(kind):
        return fault_of(f"The Content-Type {ctx.quote(sent)} is not a media type.", f"content-type: {sent}", _JSON_TYPE)
    if re.search(r"/(oauth|Functions)/", ctx.path):
        return None
    form = kind.lower() == "application/x-www-form-urlencoded" or (kind.lower() == "multipart/form-data" and "/Files" not in ctx.path)
    if form:
        says, certain = f"The body is form data ({ctx.quote(kind)}), and this endpoint expects JSON.", not ctx.name or ctx.name in BODY
        return fault_of(says, f"content-type: {kind}", _example(ctx), certain=certain)
    if ctx.name in BODY[1:] and "json" not in kind.lower() and not kind.lower().startswith("multipart/"):
        return fault_of(
            f"The Content-Type {ctx.quote(kind)} is not accepted here.",
            f"content-type: {kind}",
            _JSON_TYPE if ctx.body.looks_like_json else _SEND_JSON,
        )
    return None


def _example(ctx: RuleContext) -> str:
    """How to send a form's fields as JSON; only their names are shown."""
    sent = ctx.body.data or b""
    heads = (head.decode("utf-8", "replace") for head, _ in parts(sent[:100_000], boundary(ctx.body.content_type))) if sent[:2] == b"--" else ()
    names = [name for name in [*map(part_name, heads)] or list(ctx.body.form)[::-1] if re.fullmatch(r"\w{1,40}", name)][:3]
    pairs = ", ".join(f'"{name}": ...' for name in names)
    return f"{_SEND_JSON[:-1]}: `{{{pairs}}}`." if names else _SEND_JSON


def body_type(ctx: RuleContext) -> Message | Iterable[Message] | None:
    """Looks for JSON under another Content-Type. Other causes: the answer may be about something else in the body, so this is likely only."""
    kind = ctx.headers.get("content-type").lower()
    return _json_type(ctx) if kind and "json" not in kind else None


def multipart(ctx: RuleContext) -> Message | None:
    """Compares the boundary of a multipart Content-Type with the body. Source: RFC 2046, section 5.1. Other causes: none: without its boundary such a
    body cannot be read."""
    mark = boundary(ctx.headers.get("content-type"))
    if not mark or not ctx.body.data or b"--" + mark in ctx.body.data:
        return None
    fix = "Let the HTTP library set the Content-Type header, and do not set it yourself."
    return fault_of("The boundary in the Content-Type does not occur in the body.", f"boundary {mark[:40]!r}", fix)


def template_value(ctx: RuleContext) -> Message | None:
    """Compares the name that the template needs with the members of `Context`. Other causes: none: the message says that it is not defined."""
    found = re.search(
        r"(?i)(?:undefined|unknown|find) variable:? [\"']?(\w{1,60})|\b([a-z_]\w{0,60}) is (?:not defined|undefined)", ctx.message[:1000]
    )
    wanted = found and (found[1] or found[2])
    if not wanted or wanted.lower() in ("template", "placeholder", "variable", "value", "it") or not ctx.sends_object:
        return None
    given = ctx.fields.get("Context")
    names = [key for key in given if key != wanted] if isinstance(given, dict) else []
    near = resembling(wanted, names, 0.8)
    has = (
        f"`Context` has {', '.join(map(ctx.quote, names[:6]))}" if names else "`Context` is empty" if given == {} else "the request has no `Context`"
    )
    name = ctx.quote(wanted)
    fix = f"Rename {ctx.quote(near)} to {name} in `Context`." if near else f"Add {name} to `Context`, or remove it from the template."
    return fault_of(f"The template uses {name}, and {has}.", f"Context: {', '.join(names[:8])}", fix)


RULES: tuple[Rule, ...] = (
    Rule("content-type", content_type, (*BODY, *_UNREAD), (400, 415)),
    Rule("multipart", multipart, (*BODY, "InvalidFileContent"), (400,)),
    Rule("body-json", json_body, ("InvalidRequestBody", "InvalidRequest", "InvalidUserData"), (400,)),
    Rule("body-type", body_type, ("InvalidRequestBody",), (400,)),
    Rule("named-field", named_field, ("InvalidRequest", "InvalidUserData", "InvalidRequestBody", "InvalidMetadata"), (400,)),
    Rule("file-type", missing_fields("ContentType"), ("FileContentTypeMissing",)),
    Rule("template-value", template_value, ("EmailTemplateError",)),
)
