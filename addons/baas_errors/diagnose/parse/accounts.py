"""Why addresses, letters, one-time codes and challenges are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..checks import type_name
from ..context import Message, Rule, RuleContext
from .request import keys_sent, message_matches, parameters, payload, place


def email_invalid(ctx: RuleContext) -> Iterator[Message]:
    """An address that can be none."""
    value = payload(ctx).get("email")
    if value is None or place(ctx).route in ("/functions/{function}", ""):
        return
    if not isinstance(value, str):
        yield Message(f"`email` must be a text; it is {type_name(value)}.", "email", certain=True)
    elif not re.fullmatch(r".+@.+", value):
        why = "it has no @" if "@" not in value else "nothing stands before the @" if value.startswith("@") else "nothing stands after the @"
        yield Message(f"`email` is no e-mail address: {why}.", f"{len(value)} characters", certain=True)


def email_missing(ctx: RuleContext) -> Message | None:
    """A letter is wanted, and nobody to send it to is named."""
    if place(ctx).route not in ("/requestPasswordReset", "/verificationEmailRequest"):
        return None
    sent = payload(ctx)
    if sent.get("email") not in (None, "", 0, False):
        return None
    state = "is empty" if "email" in sent else "is missing in the body"
    hint = " A user name is not enough." if "username" in sent else ""
    return Message(f"`email` {state}.{hint}", keys_sent(sent), certain=True)


def email_unknown(ctx: RuleContext) -> Message | None:
    """No account has the address."""
    value = payload(ctx).get("email")
    if not isinstance(value, str) or not message_matches(ctx, r"A user with that email does not exist", r"No user found with email"):
        return None
    return Message(f"No account has the e-mail address {ctx.quote(value, 'email')}.", "email", certain=True)


def value_invalid(ctx: RuleContext) -> Iterator[Message]:
    """A user id or a token that is empty or no text."""
    for route, key in (("/loginAs", "userId"), ("/requestPasswordReset", "token")):
        if place(ctx).route == route:
            sent = {**parameters(ctx), **payload(ctx)}
            value = sent.get(key)
            if not isinstance(value, str) or not value:
                state = "is missing" if key not in sent else "is empty" if value == "" else f"must be a text; it is {type_name(value)}"
                yield Message(f"`{key}` {state}.", key, certain=True)


def one_time_code(ctx: RuleContext) -> Message | None:
    """The account has a second factor: its code is missing, or is none that is good now."""
    auth = payload(ctx).get("authData")
    data = auth.get("mfa") if isinstance(auth, dict) else None
    if found := re.match(r"Missing additional authData (\w{1,40})", ctx.message):
        provider = found[1]
        if isinstance(auth, dict) and auth.get(provider):
            return None
        how = ', as in {"mfa": {"token": "123456"}}' if provider == "mfa" else ""
        return Message(
            f"The account has a second factor: `authData` must have `{provider}` beside name and password{how}.", "no authData", certain=True
        )
    if not isinstance(data, dict) or not message_matches(ctx, r"Invalid MFA (token|data)"):
        return None
    secret, token = data.get("secret"), data.get("token")
    if secret is not None and (not isinstance(secret, str) or len(secret) < 20):
        return Message(
            "`secret` of `authData.mfa` is shorter than the 20 characters that a second factor needs.", "authData.mfa.secret", certain=True
        )
    if not isinstance(token, str):
        return Message(f"`token` of `authData.mfa` takes the one-time code as a text; it is {type_name(token)}.", "authData.mfa.token", certain=True)
    if not re.fullmatch(r"\d{4,10}", token):
        return Message("`token` of `authData.mfa` is no one-time code: those have digits only (six, unless set otherwise).", "authData.mfa.token")
    return Message(
        "the one-time code in `authData.mfa` is not the one of this moment: codes live about 30 seconds, and clocks must agree.", "authData.mfa.token"
    )


def challenge_data(ctx: RuleContext) -> Message | None:
    """What a challenge needs."""
    if place(ctx).route != "/challenge":
        return None
    sent = payload(ctx)
    data = sent.get("challengeData")
    if message_matches(ctx, r"You provided username or email") and not sent.get("password"):
        return Message("`password` is missing beside the user name.", "password", certain=True)
    if message_matches(ctx, r"Nothing to challenge") and not data:
        return Message("`challengeData` is missing in the body.", keys_sent(sent), certain=True)
    if message_matches(ctx, r"challengeData should be an object") and not isinstance(data, dict):
        return Message(f"`challengeData` takes an object; it is {type_name(data)}.", "challengeData", certain=True)
    if message_matches(ctx, r"You cannot provide username/email and authData"):
        return Message("The body has a user name and `authData`; only one of them may say who it is.", "username, authData", certain=True)
    return None


def reset_token(ctx: RuleContext) -> Message | None:
    """The page that sets a new password was called without its token."""
    if place(ctx).route != "/apps/{app}/request_password_reset" or not message_matches(ctx, r"Missing token") or ctx.body.form.get("token"):
        return None
    return Message("`token` is missing: it comes with the link in the letter.", f"fields sent: {', '.join(list(ctx.body.form)[:8])}", certain=True)


RULES: tuple[Rule, ...] = (
    Rule("email", email_invalid, entries=("InvalidEmailAddress",)),
    Rule("email-missing", email_missing, entries=("UserEmailMissing",)),
    Rule("email-unknown", email_unknown, entries=("ObjectNotFound", "UserWithEmailNotFound")),
    Rule("value", value_invalid, entries=("InvalidValue",)),
    Rule("one-time-code", one_time_code, entries=("OtherCause", "ScriptFailed", "MFAError", "MFATokenRequired")),
    Rule("challenge", challenge_data, entries=("OtherCause",)),
    Rule("reset-token", reset_token, entries=("OtherCause",)),
)
