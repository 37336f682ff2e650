"""Why addresses, e-mails of the server, one-time codes and challenges are refused.

Source: parse-server 9.10.0, RestWrite.js, UsersRouter.js, Auth.js, Adapters/Auth/mfa.js, PagesRouter.js, UserController.js.
"""

from __future__ import annotations

import re

from ...exchange.json_reader import type_name
from ..context import Message, Rule, RuleContext, fault_of
from .request import class_name, is_write, keys_sent, message_matches, parameters, payload, place, state_of

_RESET, _VERIFY = "/requestPasswordReset", "/verificationEmailRequest"
_MAILS = (_RESET, _VERIFY)


def email_invalid(ctx: RuleContext) -> Message | None:
    """Looks at the form of the e-mail address. Other causes: none for a string without an @ in it."""
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
    """Looks for the address that an e-mail of the server is to go to. Other causes: none; the server needs one, or the token of a reset."""
    sent = payload(ctx)
    state = state_of(sent, "email", object)
    if place(ctx).route not in _MAILS or (sent.get("token") and place(ctx).route == _RESET) or not (state or not sent.get("email")):
        return None
    hint = " A user name is not enough." if "username" in sent else ""
    return fault_of(f"`email` {state or 'is empty'} in the body.{hint}", keys_sent(sent), 'Send `{"email": "..."}` with the address of the account.')


def email_unknown(ctx: RuleContext) -> Message | None:
    """Reads the address that no account has. Other causes: none; the server says so only then."""
    value, route = payload(ctx).get("email"), place(ctx).route
    if route not in _MAILS or not isinstance(value, str) or not message_matches(ctx, r"A user with that email does not", r"No user found with email"):
        return None
    option = "passwordPolicy.resetPasswordSuccessOnInvalidEmail" if route == _RESET else "emailVerifySuccessOnInvalidEmail"
    fix = "Have the user check the address, or sign up." if "@" in value else "Send the whole e-mail address of the account, with its @."
    fix += f" To hide from strangers who has an account, leave the option `{option}` on, which newer servers have."
    return fault_of(f"No account has the e-mail address {ctx.quote(value, 'email')}.", "email", fix)


def value_invalid(ctx: RuleContext) -> Message | None:
    """Looks at the user id of a login for somebody else, and at the token of a reset. Other causes: none; the server names the value."""
    key = {"/loginAs": "userId", _RESET: "token"}.get(place(ctx).route, "")
    state = state_of({**parameters(ctx), **payload(ctx)}, key) if key and message_matches(ctx, key) else ""
    return fault_of(f"`{key}` {state}.", key, f"Send `{key}` as a string that is not empty.") if state else None


def one_time_code(ctx: RuleContext) -> Message | None:
    """Looks at the second factor in `authData`: missing, or not a code that is good now. Other causes: a code of a good form may be of another
    account or moment."""
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
        by_sms = ' To have a code sent by SMS first, send `"request"` as the token.' if provider == "mfa" else ""
        return fault_of(says, evidence, f'Ask the user for it, and send `"authData": {example}` beside what was sent.{by_sms}')
    if not isinstance(data, dict) or not message_matches(ctx, r"Invalid MFA (token|data)", r"Please enter the token"):
        return None
    secret, token, at = data.get("secret"), data.get("token"), "authData.mfa.token"
    what, fix = "`token` of `authData.mfa`", "Send the code that the authenticator app shows now, as a string of digits."
    if secret is not None and (not isinstance(secret, str) or len(secret) < 20):
        says = "`secret` of `authData.mfa` is shorter than the 20 characters that a second factor needs."
        return fault_of(says, "authData.mfa.secret", "Send a random base32 secret of 20 characters or more.")
    if state := state_of(data, "token"):
        return fault_of(f"{what} {state}.", at, fix)
    if token == "request":  # noqa: S105 - asks for a code
        fix = 'Ask the user for the code in the SMS, and log in again with it: `"authData": {"mfa": {"token": "<code>"}}`.'
        if message_matches(ctx, r"Please enter"):
            says = 'The server sent a code by SMS, as `"token": "request"` asked for: this answer is the normal end of the first step.'
            return Message(says, at, True, fix, "after-fix", "auth")
        says = '`"token": "request"` asks for a code by SMS, but the account has no mobile number: its codes are those of an authenticator app.'
        return fault_of(says, at, "Send the code that the authenticator app shows now.", certain=False)
    if found := re.match(r"Invalid MFA token ([12])", ctx.message):
        why = "is older than the server allows" if found[1] == "2" else "is not the last one that was sent by SMS"
        fix = 'Send `"token": "request"` to have a new code sent by SMS, then log in with that code.'
        return Message(f"{what} {why}.", at, True, fix, "after-fix", "auth")
    if not re.fullmatch(r"\d{4,10}", str(token)):
        return fault_of(f"{what} is not a one-time code: those have digits only (six by default).", at, fix, certain=False)
    says = f"{what} is not the code of this moment, or of another account: codes live about 30 seconds, and the clocks of both sides must agree."
    return Message(says, at, False, fix, "after-fix", "auth")


def challenge_data(ctx: RuleContext) -> Message | None:
    """Looks at what a challenge needs. Other causes: none; the server names the key."""
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


def account_page(ctx: RuleContext) -> Message | None:
    """Reads which page a link or form of an e-mail ended on, and what was sent. Source: parse-server 9.10.0, PagesRouter.js and UserController.js;
    7.4, PublicAPIRouter.js. Other causes: the page does not tell why a link is not good, so this is likely only, but for one that lacks its token."""
    page, told = place(ctx).route.rpartition("/")[2], ctx.message[:80]
    sent = {**ctx.params, **ctx.body.form}
    words = r"Failed to reset|The password reset" if sent.get("token") else r"Missing token"
    if not place(ctx).route.startswith("/apps/{app}/") or (ctx.name and not message_matches(ctx, words)):
        return None
    mail = "POST /verificationEmailRequest" if "verif" in page else "POST /requestPasswordReset"
    fix = f"Request a new e-mail (`{mail}`), and open its link once, as it is."
    if page == "resend_verification_email":
        says = "no e-mail was sent: the user is unknown, or the address is verified already."
        return fault_of(says, told, "Log in: a verified address needs no other e-mail. Else compare the user name.", certain=False)
    if not sent.get("token"):
        return fault_of(f"`token` {state_of(sent, 'token')}: it is in the link in the e-mail, which was cut off, or not used.", told, fix)
    if message_matches(ctx, r"The password reset link has expired"):
        return fault_of("The link of the reset e-mail has expired (`passwordPolicy.resetTokenValidityDuration`).", told, fix)
    if page == "request_password_reset" and "new_password" in sent and not re.search(r"(?i)link|token|page|html", ctx.message):
        says = f"The new password was refused: {ctx.quote(ctx.message.rstrip('.'))}."
        return fault_of(says, "new_password", "Choose a password that meets the server's `passwordPolicy`, and send the form again.")
    # Before version 8 links had the user's name, and one that was used went on working for a user who was verified by it.
    used = "is not of this user" if page == "verify_email" and "username" in sent else "was used before"
    return fault_of(f"the link of the e-mail {used}, has expired, or a newer e-mail was sent since.", told, fix, certain=False)


RULES: tuple[Rule, ...] = (
    Rule("email", email_invalid, entries=("InvalidEmailAddress",)),
    Rule("email-missing", email_missing, entries=("UserEmailMissing",)),
    Rule("email-unknown", email_unknown, entries=("ObjectNotFound", "UserWithEmailNotFound")),
    Rule("value", value_invalid, entries=("InvalidValue",)),
    Rule("one-time-code", one_time_code, entries=("OtherCause", "ScriptFailed", "MFAError", "MFATokenRequired")),
    Rule("challenge", challenge_data, entries=("OtherCause", "ObjectNotFound")),
    Rule("account-page", account_page, statuses=(200, 301, 302, 303)),
    Rule("reset-token", account_page, entries=("OtherCause",)),
)
