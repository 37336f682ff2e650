"""Why files, devices and pushes are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from ..context import Message, Rule, RuleContext
from .request import class_name, is_write, keys_sent, message_matches, payload, place

_FILE_NAME = re.compile(r"[_a-zA-Z0-9][a-zA-Z0-9@. ~_-]*")
_STORED_NAME = re.compile(r"[0-9a-f]{32}_")


def _file(ctx: RuleContext) -> str:
    return unquote(place(ctx).values.get("file_id", ""))


def file_name(ctx: RuleContext) -> Message | None:
    """A file's name that cannot be one."""
    if place(ctx).route == "/files":
        return Message("The path has no file name: POST to /files/ and the name.", ctx.raw_path, certain=True)
    name = _file(ctx)
    if not name:
        return None
    if len(name) > 128:
        return Message(f"The file name has {len(name)} characters; 128 are allowed.", f"{len(name)} characters", certain=True)
    if not _FILE_NAME.fullmatch(name):
        wrong = "".join(sorted(set(re.sub(r"[a-zA-Z0-9@. ~_-]", "", name))))
        why = f"it has {ctx.quote(wrong)} in it" if wrong else "it begins with a sign"
        return Message(f"{ctx.quote(name)} can be no file name: {why}. Letters, digits and @ . ~ _ - are allowed.", name, certain=True)
    return None


def file_body(ctx: RuleContext) -> Message | None:
    """A file without content."""
    if place(ctx).route != "/files/{file_id}" or not message_matches(ctx, r"Invalid file upload") or ctx.body.data:
        return None
    return Message("The request has no body: the file is empty, or was not attached.", "content-length: 0", certain=True)


def file_extension(ctx: RuleContext) -> Message | None:
    """A kind of file that the server does not take."""
    found = re.match(r"File upload of extension (\S{1,40}) is disabled", ctx.message)
    if found is None or place(ctx).route != "/files/{file_id}":
        return None
    name, kind = _file(ctx), ctx.headers.get("content-type")
    where = f"the name {ctx.quote(name)} ends in it" if name.lower().endswith(found[1].lower()) else f"the Content-Type is {ctx.quote(kind)}"
    return Message(
        f"Files of the kind {ctx.quote(found[1])} are not taken here (`fileUpload.fileExtensions`; by default nothing that a browser runs), and "
        f"{where}.",
        f"{name}, {kind}",
        certain=True,
    )


def file_unknown(ctx: RuleContext) -> Message | None:
    """A file that is not there."""
    name = _file(ctx)
    if not name or (ctx.name != "FileDeleteError" and not message_matches(ctx, r"File not found")):
        return None
    if not _STORED_NAME.match(name):
        return Message(
            f"{ctx.quote(name)} is not the name that the server gave: uploads come back with 32 hexadecimal digits and _ before the name; use the "
            "`name` or `url` of that answer.",
            name,
        )
    return None


def installation(ctx: RuleContext) -> Iterator[Message]:
    """A device that lacks an id or its kind, or changes what stays."""
    if class_name(ctx) != "_Installation" or not is_write(ctx):
        return
    sent = payload(ctx)
    if ctx.method == "POST" and ctx.name == "MissingRequiredFieldError":
        if not sent.get("installationId") and not sent.get("deviceToken"):
            yield Message("The body has neither `installationId` nor `deviceToken`; one of them must say which device it is.", keys_sent(sent), True)
        elif not sent.get("deviceType"):
            yield Message("`deviceType` is missing in the body (ios, android, ...).", keys_sent(sent), certain=True)
    found = re.match(r"(installationId|deviceToken|deviceType) may not be changed", ctx.message)
    if found and found[1] in sent:
        yield Message(
            f"`{found[1]}` of a device cannot be changed, and the body has another: make a new installation, or leave it out.", found[1], certain=True
        )
    if ctx.name == "InvalidInstallationIdError" and sent.get("deviceToken") and not sent.get("installationId"):
        yield Message(
            "The body has a `deviceToken` that several installations share, and no `installationId` to say which is meant.",
            "deviceToken",
            certain=True,
        )


def push(ctx: RuleContext) -> Iterator[Message]:
    """A push that contradicts itself, or reaches for nobody."""
    if place(ctx).route != "/push":
        return
    sent = payload(ctx)
    if "channels" in sent and "where" in sent and message_matches(ctx, r"Channels and query"):
        yield Message(
            'The body has `channels` and `where`; put the channels into the condition: {"channels": {"$in": [...]}}.', "channels, where", certain=True
        )
    elif "channels" not in sent and "where" not in sent:
        yield Message(
            "The body has neither `channels` nor `where`: nobody is addressed. For all devices send an empty `where`.",
            keys_sent(sent),
            True,
        )
    if "expiration_time" in sent and "expiration_interval" in sent:
        yield Message("The body has `expiration_time` and `expiration_interval`; only one of them may be set.", "expiration", certain=True)
    for key in ("expiration_time", "push_time"):
        if key in sent and message_matches(ctx, r".{0,80} is not valid time") and not _is_time(sent[key]):
            yield Message(f"`{key}` is {ctx.quote(sent[key])}; it takes a date in ISO 8601, or seconds since 1970.", key, certain=True)
    interval = sent.get("expiration_interval")
    if "expiration_interval" in sent and (isinstance(interval, bool) or not isinstance(interval, (int, float)) or interval <= 0):
        yield Message(f"`expiration_interval` is {ctx.quote(interval)}; it takes a number of seconds above 0.", "expiration_interval", certain=True)


def _is_time(value: Any) -> bool:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return True
    return isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}", value) is not None


RULES: tuple[Rule, ...] = (
    Rule("file-name", file_name, entries=("InvalidFileName",)),
    Rule("file-body", file_body, entries=("FileSaveError",)),
    Rule("file-extension", file_extension, entries=("FileSaveError",)),
    Rule("file-unknown", file_unknown, entries=("FileDeleteError",), statuses=(404,)),
    Rule("installation", installation, entries=("MissingRequiredFieldError", "ChangedImmutableFieldError", "InvalidInstallationIdError")),
    Rule("push", push, entries=("PushMisconfigured", "PushWhereAndChannels", "PushMissingChannels")),
)
