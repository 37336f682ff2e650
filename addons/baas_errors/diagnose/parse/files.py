"""Why files, devices and pushes are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from ..context import Message, Rule, RuleContext, fault_of
from .request import class_name, graphql_field, has_all_rights, in_script, is_write, keys_sent, message_matches, payload, place, session, state_of

_FILE_NAME = re.compile(r"[_a-zA-Z0-9][a-zA-Z0-9@. ~_-]*")
_STORED_NAME = re.compile(r"[0-9a-f]{32}_")
_UPLOAD = "/files/{file_id}"


def _file(ctx: RuleContext) -> str:
    return unquote(place(ctx).values.get("file_id", ""))


def file_name(ctx: RuleContext) -> Message | None:
    """Compares the file's name with the form of such names.

    Source: parse-server 9.10.0, FilesRouter.js and FilesAdapter.js. Other causes: none; no other name is refused so."""
    name = _file(ctx)
    if place(ctx).route == "/files":
        return fault_of("The path has no file name.", ctx.raw_path, "Put the name at the end of the path: `POST /files/photo.jpg`.")
    if len(name) > 128:
        return fault_of(f"The file name has {len(name)} characters; 128 are allowed.", f"{len(name)} characters", "Shorten the file name.")
    if not name or _FILE_NAME.fullmatch(name):
        return None
    wrong = "".join(sorted(set(re.sub(r"[a-zA-Z0-9@. ~_-]", "", name))))
    why = f"has {ctx.quote(wrong)} in it" if wrong else "does not begin with a letter, a digit or `_`"
    good = re.sub(r"[^a-zA-Z0-9@. ~_-]", "", name)[:80]
    good = good if _FILE_NAME.fullmatch(good) else f"file{good}"
    return fault_of(
        f"{ctx.quote(name)} is not a valid file name: it {why}.", name, f"Use letters, digits and @ . ~ _ - only, as in {ctx.quote(good)}."
    )


def file_body(ctx: RuleContext) -> Message | None:
    """Looks for the content of the file.

    Source: parse-server 9.10.0, FilesRouter.js. Other causes: none; the server says so of an empty body."""
    if place(ctx).route != _UPLOAD or not message_matches(ctx, r"Invalid file upload") or ctx.body.data:
        return None
    fix = "Send the file's bytes as the body (curl: `--data-binary @photo.jpg`); wait until it is read before it is sent."
    return fault_of("The request has no body: the file is empty, or was not attached.", "content-length: 0", fix)


def file_extension(ctx: RuleContext) -> Message | None:
    """Reads the extension that is not allowed, and where the request names it.

    Source: parse-server 9.10.0, FilesRouter.js. Other causes: none; the server names the extension."""
    found = re.match(r"File upload of extension (\S{1,40}) is disabled", ctx.message)
    if found is None or place(ctx).route != _UPLOAD:
        return None
    name, kind = _file(ctx), ctx.headers.get("content-type")
    where = f"the name {ctx.quote(name)} ends in it" if name.lower().endswith(found[1].lower()) else f"the Content-Type is {ctx.quote(kind)}"
    says = (
        f"Files of the kind {ctx.quote(found[1])} are not taken here (`fileUpload.fileExtensions`; by default none that browsers run), and {where}."
    )
    fix = "Upload another kind of file (zip it), or allow the extension in `fileUpload.fileExtensions` on the server."
    return Message(says, f"{name}, {kind}", True, fix, "after-fix", "config")


def file_unknown(ctx: RuleContext) -> Message | None:
    """Compares the file's name with the form of the names that the server gives.

    Source: parse-server 9.10.0, FilesController.js. Other causes: `preserveFileName`, and files that were never uploaded."""
    name = _file(ctx)
    if not name or _STORED_NAME.match(name) or (ctx.name != "FileDeleteError" and not message_matches(ctx, r"File not found")):
        return None
    says = f"{ctx.quote(name)} is not the name that the server gave the file: those have 32 hexadecimal digits and `_` in front."
    return fault_of(says, name, "Use the `name` or `url` of the upload's answer.", certain=False)


def upload_session(ctx: RuleContext) -> Message | None:
    """Looks at who uploads or downloads: nobody, an anonymous user, a signed-in one.

    Source: parse-server 9.10.0, FilesRouter.js and GraphQL/loaders/filesMutations.js. Other causes: none; the server names who may not."""
    found = re.match(r"File (?:up|down)load by (public|anonymous user|authenticated user) is disabled", ctx.message)
    up = place(ctx).route == _UPLOAD or bool(graphql_field(ctx))
    if not (found or (up and message_matches(ctx, r"Permission denied$"))) or in_script(ctx) or has_all_rights(ctx):
        return None
    option = {"anonymous user": "enableForAnonymousUser", "authenticated user": "enableForAuthenticatedUser"}.get(found[1] if found else "", "")
    if found and "download" in found[0]:
        option = option or "enableForPublic"
        says = f"This server serves no files to {'an ' if found[1] != 'public' else 'the '}{found[1]} (`fileDownload.{option}`)."
        fix = f"Log in, and send `X-Parse-Session-Token`, or set `fileDownload: {{ {option}: true }}` on the server."
        return Message(says, ctx.message[:80], True, fix, "after-fix", "permission")
    enable = f"Set `fileUpload: {{ {option or 'enableForPublic'}: true }}` on the server"
    if option and found:
        return Message(
            f"This server takes no files from an {found[1]} (`fileUpload.{option}`).", ctx.message[:80], True, f"{enable}.", "after-fix", "config"
        )
    if session(ctx) and graphql_field(ctx):
        says = "the session token was sent, but this version of the server does not hand it to uploads through GraphQL."
        fix = "Upload with REST (`POST /files/photo.jpg` with `X-Parse-Session-Token`) and store the file it returns, or update the server."
        return Message(says, "x-parse-session-token", False, fix, "after-fix", "server")
    if session(ctx):
        return None
    says = "The request has no session token, and this server takes files from signed-in users only (`fileUpload.enableForPublic` is off)."
    return Message(
        says,
        "no session token",
        found is not None,
        f"Log in, and send `X-Parse-Session-Token` with the upload. {enable} only for tests.",
        "after-login",
        "auth",
    )


def installation(ctx: RuleContext) -> Iterator[Message]:
    """Looks for the ids and the kind of a device, and for changes of those that stay.

    Source: parse-server 9.10.0, RestWrite.js (handleInstallation). Other causes: none; the server names the field."""
    if class_name(ctx) != "_Installation" or not is_write(ctx):
        return
    sent = payload(ctx)
    if ctx.method == "POST" and ctx.name == "MissingRequiredFieldError":
        if not sent.get("installationId") and not sent.get("deviceToken") and "x-parse-installation-id" not in ctx.headers:
            says = "The body has neither `installationId` nor `deviceToken`: one of them must say which device it is."
            yield fault_of(says, keys_sent(sent), 'Send `"installationId": "<a UUID that the app keeps>"`.')
        elif state := state_of(sent, "deviceType"):
            yield fault_of(f"`deviceType` {state} in the body.", keys_sent(sent), 'Send `"deviceType": "ios"` (or `android`, `web`, ...).')
    found = re.match(r"(installationId|deviceToken|deviceType) may not be changed", ctx.message)
    if found and found[1] in sent:
        says = f"`{found[1]}` of a device cannot be changed, and the body has another."
        yield fault_of(says, found[1], f"Leave `{found[1]}` out of the update, or make a new installation.")
    if ctx.name == "InvalidInstallationIdError" and sent.get("deviceToken") and not sent.get("installationId"):
        says = "The body has a `deviceToken` that several installations share, and no `installationId` to say which is meant."
        yield fault_of(says, "deviceToken", "Send the `installationId` of the device, too.")


def push(ctx: RuleContext) -> Iterator[Message]:
    """Looks at whom a push addresses, and at its times.

    Source: parse-server 9.10.0, PushRouter.js and PushController.js. Other causes: none; the server names the key."""
    if place(ctx).route != "/push":
        return
    sent = payload(ctx)
    if message_matches(ctx, r"Channels and query") and "channels" in sent and "where" in sent:
        fix = 'Leave `channels` out, and put them into the condition: `"where": {"channels": {"$in": [...]}}`.'
        yield fault_of("The body has `channels` and `where`; only one of them may be there.", "channels, where", fix)
    elif message_matches(ctx, r"Sending a push requires") and "channels" not in sent and "where" not in sent:
        says = "The body has neither `channels` nor `where`: nobody is addressed."
        yield fault_of(says, keys_sent(sent), 'Send `"channels": ["..."]`, or `"where": {}` for all devices.')
    if "expiration_time" in sent and "expiration_interval" in sent and message_matches(ctx, r"Both expiration_time"):
        says = "The body has `expiration_time` and `expiration_interval`; only one of them may be set."
        yield fault_of(says, "expiration", "Leave one of them out.")
    for key in ("expiration_time", "push_time"):
        if key in sent and message_matches(ctx, r".{0,80} is not valid time") and not _is_time(sent[key]):
            fix = f'Send `"{key}": "2030-01-31T12:00:00Z"` (ISO 8601), or seconds since 1970 as a number.'
            yield fault_of(f"`{key}` is {ctx.quote(sent[key])}, which is not a time.", key, fix)
    interval = sent.get("expiration_interval")
    if "expiration_interval" in sent and (isinstance(interval, bool) or not isinstance(interval, (int, float)) or interval <= 0):
        says = f"`expiration_interval` is {ctx.quote(interval)}, not a number of seconds above 0."
        yield fault_of(says, "expiration_interval", 'Send `"expiration_interval": 3600` (seconds).')


def _is_time(value: Any) -> bool:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return True
    return isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}", value) is not None


RULES: tuple[Rule, ...] = (
    Rule("file-name", file_name, entries=("InvalidFileName",)),
    Rule("file-body", file_body, entries=("FileSaveError",)),
    Rule("file-extension", file_extension, entries=("FileSaveError",)),
    Rule("file-unknown", file_unknown, entries=("FileDeleteError",), statuses=(404,)),
    Rule("upload-session", upload_session, entries=("FileSaveError", "FileDownloadDisabled")),
    Rule("installation", installation, entries=("MissingRequiredFieldError", "ChangedImmutableFieldError", "InvalidInstallationIdError")),
    Rule("push", push, entries=("PushMisconfigured", "PushWhereAndChannels", "PushMissingChannels")),
)
