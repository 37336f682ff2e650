"""Backend Services: bodies against their Content-Type, files, the format asked for, metadata and mails."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..checks import json_body, missing_fields, type_name, wrong_content_type
from ..context import Message, Rule, RuleContext
from ..named_fields import named_field

BODY = ("InvalidRequestBody", "InvalidContentTypeHeader", "UnsupportedContentType")
_body_type = wrong_content_type("application/json")
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+*-]+")


def content_type(ctx: RuleContext) -> Message | None:
    """A Content-Type that is absent beside a body, or no media type."""
    sent = ctx.headers.get("content-type")
    kind = sent.partition(";")[0].strip()
    if not ctx.body.data or ctx.in_batch:
        return None
    if not kind:
        guess = "application/json" if ctx.body.looks_like_json else "the type of what it is"
        return Message(f"The request has a body and no Content-Type; send `Content-Type: {guess}`.", "no content-type", certain=True)
    if not _MEDIA_TYPE.fullmatch(kind):
        return Message(f"The Content-Type {ctx.quote(sent)} is no media type; send `application/json`.", f"content-type: {sent}", certain=True)
    if ctx.name == "UnsupportedContentType":
        return Message(f"The Content-Type {ctx.quote(kind)} is not taken here.", f"content-type: {kind}", certain=True)
    return None


def body_type(ctx: RuleContext) -> Message | Iterable[Message] | None:
    """JSON under another Content-Type; of what stands under a JSON type, the JSON is looked at."""
    kind = ctx.headers.get("content-type").lower()
    return _body_type(ctx) if kind and "json" not in kind else None


def multipart(ctx: RuleContext) -> Message | None:
    """A multipart body whose boundary is not in the header, or another one."""
    sent = ctx.headers.get("content-type")
    if not sent.lower().lstrip().startswith("multipart/") or not ctx.body.data:
        return None
    match = re.search(r'(?i)boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))', sent)
    if match is None:
        return Message("The multipart Content-Type has no boundary: let the HTTP library write this header.", f"content-type: {sent}", certain=True)
    if b"--" + (match[1] or match[2]).encode("utf-8", "replace") not in ctx.body.data:
        return Message(
            "The boundary in the Content-Type does not occur in the body: the header was written by hand.", f"content-type: {sent}", certain=True
        )
    return None


def accept(ctx: RuleContext) -> Message | None:
    """A format asked for that the service does not write."""
    sent = ctx.headers.get("accept")
    if not sent or re.search(r"(?i)\*/\*|application/(\*|json)", sent):
        return None
    return Message(
        f"The Accept header asks for {ctx.quote(sent)}; the service writes JSON only: send `application/json` or `*/*`.",
        f"accept: {sent}",
        certain=True,
    )


def file_content(ctx: RuleContext) -> Message | None:
    """The content of a file in a JSON upload."""
    if not isinstance(ctx.json, dict):
        return None if ctx.body.data else Message("The upload has no body.", "empty body", certain=True)
    value = ctx.fields.get("base64")
    if value is None or value == "":
        other = next((key for key in ctx.fields if key.lower() == "base64" and key != "base64"), "")
        state = f"was sent as {ctx.quote(other)}; it is written in lower case" if other else "is empty" if "base64" in ctx.fields else "is missing"
        return Message(f"`base64`, the file's content, {state}.", f"keys sent: {', '.join(list(ctx.fields)[:8])}", certain=True)
    if not isinstance(value, str):
        return Message(f"`base64` is {type_name(value)}; it takes a text.", "base64", certain=True)
    if value.startswith("data:"):
        return Message("`base64` still has the prefix of a data URL; send only what follows its comma.", "base64", certain=True)
    if not re.fullmatch(r"[A-Za-z0-9+/_-]*={0,2}", re.sub(r"\s", "", value[:40_000])):
        return Message("`base64` holds characters that are none of base64.", "base64", certain=True)
    return None


def metadata_name(ctx: RuleContext) -> Iterable[Message]:
    """The name of a type or field."""
    name = ctx.fields.get("Name")
    if isinstance(name, str) and not re.fullmatch(r"[A-Za-z]\w*", name):
        yield Message(
            f"`Name` is {ctx.quote(name)}; names begin with a letter, and have letters, digits and `_` only.", f"Name: {name}", certain=False
        )


def recipients(ctx: RuleContext) -> Message | None:
    """Whom a mail goes to."""
    value = ctx.fields.get("Recipients")
    if value is None or value == []:
        return Message(
            "`Recipients` is missing or empty; it takes a list of addresses.", f"keys sent: {', '.join(list(ctx.fields)[:8])}", certain=True
        )
    if not isinstance(value, list):
        return Message(f"`Recipients` is {type_name(value)}; it takes a list of addresses.", "Recipients", certain=True)
    return None


RULES: tuple[Rule, ...] = (
    Rule("content-type", content_type, BODY, (400, 415)),
    Rule("multipart", multipart, (*BODY, "InvalidFileContent"), (400,)),
    Rule("body-json", json_body, ("InvalidRequestBody", "InvalidRequest", "InvalidUserData"), (400,)),
    Rule("body-type", body_type, ("InvalidRequestBody",), (400,)),
    Rule("named-field", named_field, ("InvalidRequest", "InvalidUserData", "InvalidRequestBody", "InvalidMetadata"), (400,)),
    Rule("accept", accept, ("NotAcceptable",), (406,)),
    Rule("file-type", missing_fields("ContentType"), ("FileContentTypeMissing",)),
    Rule("file-content", file_content, ("InvalidFileContent",)),
    Rule("metadata-name", metadata_name, ("InvalidMetadata",)),
    Rule("recipients", recipients, ("EmailTemplateError",)),
)
