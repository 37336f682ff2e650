"""Why addresses, e-mails of the server, one-time codes and challenges are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...exchange.json_reader import type_name
from ..context import Message, Rule, RuleContext, fault_of
from .request import class_name, is_write, keys_sent, message_matches, parameters, payload, place, state_of

_MAILS = ("/requestPasswordReset", "/verificationEmailRequest")


def email_invalid(ctx: RuleContext) -> Message | None:
    """Looks at the form of the e-mail address.

    Source: parse-server 9.10.0, RestWrite.js and UsersRouter.js. Other causes: none for a string without an @ in it.
    """
    value = payload(ctx).get("email")
    user = class_name(ctx) == "_User" and is_write(ctx)
    if value is None or (user and isinstance(value, dict)) or not (user or place(ctx).route in _MAILS):
        return None
    if not isinstance(value, str):
        says, told = f"`email` is {type_name(value)}, not {type_name('')}.", message_matches(ctx, r"you must provide a valid email string")
    elif re.fullmatch(r".+@.+", value) or not value:
        return None
    else:
        why = "has no @" if "@" not in value else "has nothing before the @" if value.startswith("@") else "has nothing after the @"
        says, told = f"`email` is not an e-mail address: it {why}.", True
    return fault_of(says, "email", 'Send the address of the account as a string: `"email": "..."`.', told)


def email_missing(ctx: RuleContext) -> Message | None:
    """Looks for the address that an e-mail of the server is to go to.

    Source: parse-server 9.10.0, UsersRouter.js. Other causes: none; the server needs one, or the token of a reset.
    """
    sent = payload(ctx)
    state = state_of(sent, "email", object)
    if place(ctx).route not in _MAILS or (sent.get("token") and place(ctx).route == _MAILS[0]) or not (state or not sent.get("email")):
        return None
    hint = " A user name is not enough." if "username" in sent else ""
    return fault_of(f"`email` {state or 'is empty'} in the body.{hint}", keys_sent(sent), 'Send `{"email": "..."}` with the address of the account.')


def email_unknown(ctx: RuleContext) -> Message | None:
    """Reads the address that no account has.

    Source: parse-server 9.10.0, UsersRouter.js. Other causes: none; the server says so only then.
    """
    value = payload(ctx).get("email")
    if (
        place(ctx).route not in _MAILS
        or not isinstance(value, str)
        or not message_matches(ctx, r"A user with that email does not exist", r"No user found with email")
    ):
        return None
    fix = "Have the user check the address, or sign up. To hide from strangers who has an account, leave `resetPasswordSuccessOnInvalidEmail` on."
    return fault_of(f"No account has the e-mail address {ctx.quote(value, 'email')}.", "email", fix)


def value_invalid(ctx: RuleContext) -> Message | None:
    """Looks at the user id of a login for somebody else, and at the token of a reset.

    Source: parse-server 9.10.0, UsersRouter.js. Other causes: none; the server names the value.
    """
    key = {"/loginAs": "userId", "/requestPasswordReset": "token"}.get(place(ctx).route, "")
    sent = {**parameters(ctx), **ctx.body.form, **payload(ctx)} if "form-urlencoded" in ctx.body.content_type else {**parameters(ctx), **payload(ctx)}
    state = state_of(sent, key) if key and message_matches(ctx, key) else ""
    return fault_of(f"`{key}` {state}.", key, f"Send `{key}` as a string that is not empty.") if state else None


def one_time_code(ctx: RuleContext) -> Message | None:
    """Looks at the second factor in `authData`: missing, or not a code that is good now.

    Source: parse-server 9.10.0, Auth.js and Adapters/Auth/mfa.js. Other causes: a code of a good form may be of another account or moment.
    """
    if not (place(ctx).route in ("/login", "/verifyPassword", "/challenge") or class_name(ctx) == "_User"):
        return None
    auth = payload(ctx).get("authData")
    data = auth.get("mfa") if isinstance(auth, dict) else None
    if found := re.match(r"Missing additional authData (\w{1,40})", ctx.message):
        provider = found[1]
        if isinstance(auth, dict) and auth.get(provider):
            return None
        example = '{"mfa": {"token": "123456"}}' if provider == "mfa" else f'{{"{provider}": {{...}}}}'
        says = f"The account has a second factor (`{provider}`), and `authData` of the request does not have it."
        evidence = f"providers sent: {', '.join(list(auth)[:5])}"[:100] if isinstance(auth, dict) else keys_sent(payload(ctx))
        return fault_of(says, evidence, f'Ask the user for it, and send `"authData": {example}` beside what was sent.')
    if not isinstance(data, dict) or not message_matches(ctx, r"Invalid MFA (token|data)", r"Please enter the token"):
        return None
    secret, token = data.get("secret"), data.get("token")
    what, fix = "`token` of `authData.mfa`", "Send the code that the authenticator app shows now, as a string of digits."
    if secret is not None and (not isinstance(secret, str) or len(secret) < 20):
        says = "`secret` of `authData.mfa` is shorter than the 20 characters that a second factor needs."
        return fault_of(says, "authData.mfa.secret", "Send a random base32 secret of 20 characters or more.")
    if state := state_of(data, "token"):
        return fault_of(f"{what} {state}.", "authData.mfa.token", fix)
    if not re.fullmatch(r"\d{4,10}", str(token)):
        return fault_of(f"{what} is not a one-time code: those have digits only (six by default).", "authData.mfa.token", fix, certain=False)
    says = f"{what} is not the code of this moment, or of another account: codes live about 30 seconds, and the clocks of both sides must agree."
    return Message(says, "authData.mfa.token", False, fix, "after-fix", "auth")


def challenge_data(ctx: RuleContext) -> Message | None:
    """Looks at what a challenge needs.

    Source: parse-server 9.10.0, UsersRouter.js. Other causes: none; the server names the key.
    """
    if place(ctx).route != "/challenge":
        return None
    sent = payload(ctx)
    if message_matches(ctx, r"You provided username or email") and (state := state_of(sent, "password")):
        return fault_of(f"`password` {state} beside the user name.", "password", "Send `password`, too, or `authData` in place of the name.")
    if message_matches(ctx, r"You cannot provide username/email and authData"):
        says = "The body has a user name and `authData`; only one of them may say who it is."
        return fault_of(says, "username, authData", "Leave one of them out.")
    if message_matches(ctx, r"You cannot provide more than one authData provider") and isinstance(auth := sent.get("authData"), dict):
        says = f"`authData` has {len(auth)} providers with an `id`; only one of them may say who it is."
        return fault_of(says, ", ".join(auth)[:80], "Keep the `id` of one provider.")
    if message_matches(ctx, r"User not found") and sent.get("authData"):
        says = "no user has the account in `authData`, or the provider does not accept its data: the server does not tell which."
        return fault_of(says, "authData", "Send `authData` as it was linked with the user, with a token that is good now.", certain=False)
    for pattern, key in ((r"Nothing to challenge|challengeData should", "challengeData"), (r"authData should", "authData")):
        state = state_of(sent, key, dict)
        if message_matches(ctx, pattern) and state not in ("", "is empty"):
            return fault_of(f"`{key}` {state}.", keys_sent(sent), f'Send `"{key}": {{"<provider>": {{...}}}}`.')
    return None


def reset_token(ctx: RuleContext) -> Iterator[Message]:
    """Looks at what the page that sets a new password was sent.

    Source: parse-server 9.10.0, PagesRouter.js and UserController.js. Other causes: none; the server names the value.
    """
    form = ctx.body.form
    if place(ctx).route != "/apps/{app}/request_password_reset":
        return
    if message_matches(ctx, r"Missing token") and (state := state_of(form, "token")):
        says = f"`token` {state}: it is in the link in the reset e-mail."
        yield fault_of(says, f"fields sent: {', '.join(list(form)[:8])}", "Open the page by the link in the e-mail, and send its `token` on.")
    elif message_matches(ctx, r"Failed to reset password", r"The password reset link has expired"):
        says = "the link of the reset e-mail was used before, has expired, or a newer e-mail was sent since."
        expired = message_matches(ctx, r"The password reset link")
        says = "The link of the reset e-mail has expired (`passwordPolicy.resetTokenValidityDuration`)." if expired else says
        yield Message(says, "token", expired, "Request a new e-mail (`POST /requestPasswordReset`), and open its link once.", "after-fix", "request")


def account_page(ctx: RuleContext) -> Message | None:
    """Reads which page a link or form of an e-mail ended on, and what was sent.

    Source: parse-server 9.10.0, PagesRouter.js and UserController.js; 7.4, PublicAPIRouter.js. Other causes: the page does not tell why a link is
    not good, so this is likely only, but for one that lacks its token.
    """
    page = place(ctx).route.rpartition("/")[2]
    if not place(ctx).route.startswith("/apps/{app}/"):
        return None
    sent = {**ctx.params, **ctx.body.form}
    mail = "POST /verificationEmailRequest" if "verif" in page else "POST /requestPasswordReset"
    fix = f"Request a new e-mail (`{mail}`), and open its link once, as it is."
    if page == "resend_verification_email":
        says = "no e-mail was sent: the user is unknown, or the address is verified already."
        return fault_of(says, ctx.message[:80], "Log in: a verified address needs no other e-mail. Else compare the user name.", certain=False)
    if not sent.get("token"):
        state = "is empty" if "token" in sent else "is missing"
        return fault_of(f"`token` {state}: the link was cut off, or the page was opened without it.", ctx.message[:80], fix)
    if page == "request_password_reset" and "new_password" in sent and not re.search(r"(?i)link|token|page|html", ctx.message):
        says = f"The new password was refused: {ctx.quote(ctx.message.rstrip('.'))}."
        return fault_of(says, "new_password", "Choose a password that meets the server's `passwordPolicy`, and send the form again.")
    says = "the link of the e-mail was used before, has expired, or a newer e-mail was sent since: each works once."
    return fault_of(says, ctx.message[:80], fix, certain=False)


RULES: tuple[Rule, ...] = (
    Rule("email", email_invalid, entries=("InvalidEmailAddress",)),
    Rule("email-missing", email_missing, entries=("UserEmailMissing",)),
    Rule("email-unknown", email_unknown, entries=("ObjectNotFound", "UserWithEmailNotFound")),
    Rule("value", value_invalid, entries=("InvalidValue",)),
    Rule("one-time-code", one_time_code, entries=("OtherCause", "ScriptFailed", "MFAError", "MFATokenRequired")),
    Rule("challenge", challenge_data, entries=("OtherCause", "ObjectNotFound")),
    Rule("account-page", account_page, statuses=(200, 301, 302, 303)),
    Rule("reset-token", reset_token, entries=("OtherCause",)),
)
