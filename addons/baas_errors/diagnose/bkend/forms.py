"""bkend.ai: the bodies of sign-up, sign-in and everything else that takes a form."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from ..checks import email_shape, json_body, type_name, value_taken, wrong_content_type
from ..context import Message, Rule, RuleContext
from .data import INVALID

_SIGN = re.compile(r"/auth/email/(signup|signin)/?$")
# The fields without which an endpoint refuses, by what ends its path; the first that fits counts.
REQUIRED: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern), names)
    for pattern, names in (
        (r"/auth/email/signup/?$", ("email", "method", "name")),
        (r"/auth/email/signin/?$", ("email", "method")),
        (r"/auth/password/reset/request/?$", ("email",)),
        (r"/auth/password/reset/confirm/?$", ("email", "token", "newPassword")),
        (r"/auth/password/change/?$", ("currentPassword", "newPassword")),
        (r"/auth/(email/verify|signup/email)/(send|resend)/?$", ("email",)),
        (r"/auth/email/verify/confirm/?$", ("token",)),
        (r"/auth/mfa/enable/?$", ("password",)),
        (r"/auth/mfa/confirm/?$", ("code",)),
        (r"/auth/mfa/disable/?$", ("password", "code")),
        (r"/auth/accounts/?$", ("provider", "accessToken")),
        (r"/auth/invitations/(accept|reject)/?$", ("token",)),
        (r"/auth/invitations/?$", ("email",)),
        (r"/files/multipart/init/?$", ("filename", "contentType", "fileSize")),
        (r"/files/multipart/presigned-url/?$", ("key", "uploadId", "partNumber")),
        (r"/files/multipart/complete/?$", ("key", "uploadId", "parts")),
        (r"/files/multipart/abort/?$", ("key", "uploadId")),
        (r"/files/presigned-url/?$", ("filename", "contentType")),
        (r"/files/?$", ("s3Key", "originalName", "mimeType", "size")),
    )
)
WEAK = ("auth/invalid-password-format", "auth/weak-password", *INVALID)
_BODY = (*INVALID, "ParseError", "InvalidRequest", "InvalidParams")


def required_fields(ctx: RuleContext) -> Iterable[Message]:
    """A field that the endpoint cannot do without is absent or empty."""
    if ctx.method != "POST" or not isinstance(ctx.json, dict):
        return
    names = next((names for pattern, names in REQUIRED if pattern.search(ctx.path)), ())
    if _SIGN.search(ctx.path):
        link = ctx.fields.get("method") == "magiclink"
        names = (*names, "callbackUrl" if link else "password")
        # A link by mail needs no name.
        names = tuple(name for name in names if name != "name") if link else names
    for name in names:
        if ctx.fields.get(name) in (None, "", [], {}):
            state = "is empty" if name in ctx.fields else "is missing"
            near = difflib.get_close_matches(name, [key for key in list(ctx.fields)[:50] if key not in names], 1, 0.7)
            hint = f"; did you mean it by {ctx.quote(near[0])}?" if near else '; it takes "password" or "magiclink".' if name == "method" else "."
            yield Message(f"`{name}` {state} in the body{hint}", f"keys sent: {', '.join(list(ctx.fields)[:12])}", certain=True)


def sign_method(ctx: RuleContext) -> Message | None:
    """A way to sign in that there is not."""
    value = ctx.fields.get("method")
    if _SIGN.search(ctx.path) and value is not None and value not in ("password", "magiclink", ""):
        return Message(f'`method` is {ctx.quote(value)}; it takes "password" or "magiclink".', f"method: {value}", certain=True)
    return None


def password_length(ctx: RuleContext) -> Iterable[Message]:
    """A password that no project accepts; its length is all that is said of it."""
    for name in ("password", "newPassword"):
        value = ctx.fields.get(name)
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            yield Message(f"`{name}` must be a text; it is {type_name(value)}.", name, certain=True)
        elif len(value) < 6:
            yield Message(
                f"`{name}` has {len(value)} characters; fewer than 6 are refused in every project.",
                f"{len(value)} characters in {name}",
                certain=True,
            )
        elif len(value) > 128:
            yield Message(f"`{name}` has {len(value)} characters; 128 are the most.", f"{len(value)} characters in {name}", certain=True)
        elif ctx.name in WEAK[:2]:
            lacks = [what for what, has in (("an upper-case letter", r"[A-Z]"), ("a lower-case letter", r"[a-z]"), ("a digit", r"\d"),
                                            ("a special character", r"[^A-Za-z0-9]")) if not re.search(has, value)]  # fmt: skip
            short = ["the 8 characters that are usual"] if len(value) < 8 else []
            if lacks or short:
                yield Message(
                    f"the project's password policy asks for more: `{name}` lacks {', '.join(short + lacks)}.",
                    f"{len(value)} characters in {name}",
                    certain=False,
                )


def mfa_code(ctx: RuleContext) -> Message | None:
    """The second factor: not sent, or no six digits."""
    value = ctx.fields.get("mfaCode", ctx.fields.get("code"))
    if value is None or value == "":
        if ctx.name == "auth/mfa-required":
            return Message("The sign-in carries no `mfaCode`; ask the user for it, and send the same request again with it.", "mfaCode", certain=True)
        return None
    if not isinstance(value, str):
        return Message(
            f"The code was sent as {type_name(value)}, which loses leading zeros; send it as a text of six digits.", "mfaCode", certain=True
        )
    if not re.fullmatch(r"\d{6}", value):
        spaced = re.fullmatch(r"\d{6}", re.sub(r"[\s-]", "", value))
        why = "it has blanks in it" if spaced else f"it has {len(value)} characters"
        return Message(f"The code is not six digits: {why}.", "mfaCode", certain=not re.fullmatch(r"[\w-]{8,}", value))
    return None


def oauth_callback(ctx: RuleContext) -> Iterable[Message]:
    """What a provider's callback must hand on."""
    sent = {**ctx.params, **ctx.fields}
    for name in ("code", "redirectUri", "state"):
        if not sent.get(name):
            yield Message(f"`{name}` is missing in the callback.", f"sent: {', '.join(list(sent)[:12])}", certain=True)


RULES: tuple[Rule, ...] = (
    Rule("body-json", json_body, _BODY, (400, 415)),
    Rule("content-type", wrong_content_type("application/json"), _BODY, (400, 415)),
    Rule("required-field", required_fields, (*INVALID, "file/invalid-name", "file/invalid-part-number-range"), (400,)),
    Rule("sign-method", sign_method, INVALID, (400,)),
    Rule("email", email_shape("email"), ("auth/invalid-email-format", "auth/invalid-email", *INVALID), (400,)),
    Rule("password", password_length, WEAK, (400,)),
    Rule("mfa-code", mfa_code, ("auth/mfa-required", "auth/invalid-mfa-code")),
    Rule("oauth-callback", oauth_callback, ("auth/invalid-oauth-code", "auth/oauth-callback-failed")),
    Rule("email-taken", value_taken("email"), ("auth/email-already-exists", "EMAIL_ALREADY_EXISTS")),
)
