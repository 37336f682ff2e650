"""Why a sign-up, a sign-in or a change of a user is refused, and where the links of e-mails end.

Source: parse-server 9.10.0, UsersRouter.js, RestWrite.js (`passwordPolicy.doNotAllowUsername`), PagesRouter.js, AccountLockout.js.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from ...history.store import LONGEST_KEY
from ..checks import resembling
from ..context import Message, Rule, RuleContext, duration, fault_of
from .providers import PROVIDERS
from .request import (
    class_name,
    graphql_argument,
    in_script,
    is_graphql,
    is_write,
    keys_sent,
    message_matches,
    payload,
    place,
    redirected_post,
    state_of,
)

_SIGN_INS = frozenset({"/login", "/verifyPassword", "/challenge"})
_REFUSED = r"Invalid username/password\.$"
_RESET = "/apps/{app}/request_password_reset"
_RESET_MAIL = 'Send the reset e-mail: `POST /requestPasswordReset` with `{"email": "..."}` (SDKs: `Parse.User.requestPasswordReset`).'


_HIDES_UNKNOWN = {
    "/requestPasswordReset": "passwordPolicy.resetPasswordSuccessOnInvalidEmail",
    "/verificationEmailRequest": "emailVerifySuccessOnInvalidEmail",
}


def _writes_user(ctx: RuleContext) -> bool:
    """Whether a user is made or changed."""
    return class_name(ctx) == "_User" and is_write(ctx)


def _given(ctx: RuleContext) -> Mapping[str, Any]:
    """What was sent to sign in or up: from the body, or the URL where the name stands there; a form's fields; the arguments of GraphQL."""
    if is_graphql(ctx):
        return {key: value for key in ("username", "email", "password") if (value := graphql_argument(ctx, key))}
    sent: Mapping[str, Any] = payload(ctx)
    if place(ctx).route in _SIGN_INS and not ctx.in_batch:
        params = ctx.params
        if any(not sent.get(key) and key in params for key in ("username", "email", "password")):
            return params
    return sent or (ctx.body.form if "form-urlencoded" in ctx.body.content_type else sent)


def _wanted(ctx: RuleContext, key: str) -> bool:
    """Whether a name or a password must be there: to sign in or, without `authData`, up."""
    auth = payload(ctx).get("authData")
    known = isinstance(auth, dict) and any(isinstance(data, dict) and data for data in auth.values())
    return place(ctx).route in _SIGN_INS or (_writes_user(ctx) and not known and (ctx.method == "POST" or key in payload(ctx)))


def name_missing(ctx: RuleContext) -> Message | None:
    """Looks for the user name, or the address that may stand for it at a sign-in. Other causes: none; the server needs one."""
    sent, route = _given(ctx), place(ctx).route
    state = state_of(sent, "username")
    if not state or not (_wanted(ctx, "username") or route == _RESET):
        return None
    email = state_of(sent, "email") if route in _SIGN_INS else ""
    if route in _SIGN_INS and not email:
        return None
    says = f"`username` {state}"
    if email:
        says += f", and `email` {email}"
    if "authData" in sent:
        says += "; `authData` has nothing to sign in with either"
    elif provider := next((key for key in PROVIDERS if isinstance(sent.get(key), dict)), ""):
        says += f": `{provider}` looks like the data of a sign-in provider, but is not in `authData`"
        return fault_of(f"{says}.", keys_sent(sent), f'Send `"authData": {{"{provider}": {{...}}}}`, with what is in `{provider}` now.')
    moved, instead = redirected_post(ctx)
    fix = "Send `username` (or `email`) and `password` as strings." if route in _SIGN_INS else "Send `username` and `password` as strings."
    return fault_of(f"{says}.{moved}", keys_sent(sent), instead or fix, "sername" in ctx.message)


def password_missing(ctx: RuleContext) -> Message | None:
    """Looks for the password, or the new one on the page that sets it. Other causes: none; the server needs one."""
    sent = _given(ctx)
    key = "new_password" if place(ctx).route == _RESET else "password"
    state = state_of(sent, key)
    if not state or not (key == "new_password" or _wanted(ctx, key)):
        return None
    return fault_of(f"`{key}` {state}.", keys_sent(sent), f"Send `{key}` as a string that is not empty.", "assword" in ctx.message)


def password_cut(ctx: RuleContext) -> Message | None:
    """Looks in the query of a sign-in for a `&` or `+` that stands in the password as it is. Other causes: the password is wrong besides."""
    parts = ctx.request.query.split("&")
    at = next((number for number, part in enumerate(parts) if part.startswith("password=")), -1)
    if ctx.in_batch or at < 0 or not message_matches(ctx, _REFUSED):
        return None
    known = ctx.app_memory.taken.get(("_User#username", ctx.params.get("username", "")[:LONGEST_KEY]))
    plain = unquote(parts[at].removeprefix("password="))
    plus = known is not None and known.how.split(" ", 2)[2:] == [ctx.memory.hash(plain)]
    if not ("+" in parts[at] and plus) and not (len(parts) > at + 1 and "=" not in parts[at + 1]):
        return None
    mark, form = ("+", "%2B") if "+" in parts[at] and plus else ("&", "%26")
    says = f"the password has a `{mark}` that is not percent-encoded, so the server reads another password."
    fix = f"Encode it (`encodeURIComponent`: `{form}`), or send `POST /login` with name and password in a JSON body."
    return fault_of(says, f"{mark} in the query", fix, certain=False)


def email_unknown(ctx: RuleContext) -> Iterator[Message]:
    """Compares an address that no account has with the accounts that earlier flows showed. Other causes: none; the server says so only then."""
    email, taken, option = payload(ctx).get("email"), ctx.app_memory.taken, _HIDES_UNKNOWN.get(place(ctx).route)
    if not isinstance(email, str) or not option or not message_matches(ctx, r"A user with that email does not|No user found with email"):
        return
    none = f"No account has the e-mail address {ctx.quote(email, 'email')}"
    if "@" not in email:
        yield fault_of(f"{none}.", "email", "Send the whole e-mail address of the account, with its @.")
        return
    alike = next((name for (of, name), _ in taken.newest() if of == "_User#email" and name.lower() == email.lower() and name != email), "")
    if seen := taken.get(("_User#email", email[:LONGEST_KEY])):
        says = f"the account with this address was changed or deleted since {ctx.flow_name(seen.flow)} showed it, {ctx.ago(seen.when)}."
        yield fault_of(says, f"email, in {ctx.flow_name(seen.flow)}", "Look the user up in the dashboard, by name and by address.", certain=False)
    elif seen := taken.get(("_User#username", email[:LONGEST_KEY])):
        says = f"{none}: it is the `username` of one, as {ctx.flow_name(seen.flow)} showed {ctx.ago(seen.when)}, whose `email` is not set."
        yield fault_of(
            says, f"username, in {ctx.flow_name(seen.flow)}", 'Set the address on the user, too (`PUT /users/<id>` with `{"email": "..."}`).'
        )
    elif alike:
        says = f"{none}; earlier flows showed it in another case, {ctx.quote(alike, 'email')}."
        yield fault_of(says, "email", "Send the address as it was registered.")
    else:
        hide = f"To hide from strangers who has an account, leave `{option}` on, which newer servers have."
        yield fault_of(f"{none}.", "email", f"Have the user check the address, or sign up. {hide}")


def credentials_wrong(ctx: RuleContext) -> Iterator[Message]:
    """Compares name and password with those that were good in earlier flows, and looks for white space. Other causes: the server does not tell which
    of them is wrong, so this is only likely."""
    sent = _given(ctx)
    password = sent.get("password")
    if (
        password_cut(ctx)
        or not message_matches(ctx, _REFUSED)
        or not isinstance(password, str)
        or not (is_graphql(ctx) or place(ctx).route in _SIGN_INS)
    ):
        return
    names = {key: value for key in ("username", "email") if isinstance(value := sent.get(key), str) and value}
    for key, value in {**names, "password": password}.items():
        if value != value.strip():
            yield fault_of(f"`{key}` has white space around it.", f"{len(value)} characters", f"Trim `{key}` before it is sent.", certain=False)
            return
    if "email" in names and "@" not in names["email"] and "username" not in names:
        yield fault_of("`email` has no @.", "email", "Send a user name as `username`.", certain=False)
        return
    known = {key: seen for key, value in names.items() if (seen := ctx.app_memory.taken.get((f"_User#{key}", value[:LONGEST_KEY])))}
    if len(names) == 2 and known and len({seen.how.split(" ")[1] for seen in known.values()}) + 2 - len(known) > 1:
        says = "`username` and `email` are not of one account: the server takes both only if they are."
        yield fault_of(says, "username, email", "Send only one of them.", certain=False)
        return
    for key, seen in known.items():
        how, ident, hashed = seen.how.split(" ", 2)
        was = f"{'set' if how == 'change' else 'good'} in the {how} {ctx.ago(seen.when)} ({ctx.flow_name(seen.flow)})"
        user = ctx.app_memory.objects.get(("_User", ident))
        if hashed != ctx.memory.hash(password):
            # A change of the name alone shows no password.
            other = ", with another password" if hashed else ""
            says, fix = f"the password is wrong: this `{key}` was {was}{other}.", f"Have the user type it again. {_RESET_MAIL}"
        elif user and user.acl == {} and user.acl_seen:
            says = f"the account is locked out: its ACL was emptied in {ctx.flow_name(user.acl_seen.flow)}; the password was {was}."
            rights = f'`{{"ACL": {{"{ident}": {{"read": true, "write": true}}}}}}`'
            fix = f"Give the user an ACL again, with the master key: `PUT /users/{ident}` with {rights}."
        else:
            says = f"the account was changed or deleted since: this very password was {was}."
            fix = "Look at the user in the dashboard: is it there, was its password changed, is its ACL empty?"
        yield Message(says, f"{key}, in {ctx.flow_name(seen.flow)}", False, fix, "after-fix", "auth")
        return
    for key, value in names.items():
        other = "email" if key == "username" else "username"
        if seen := ctx.app_memory.taken.get((f"_User#{other}", value[:LONGEST_KEY])):
            says = f"`{key}` has what is the `{other}` of an account, as {ctx.flow_name(seen.flow)} showed {ctx.ago(seen.when)}."
            yield fault_of(says, f"{key}, in {ctx.flow_name(seen.flow)}", f"Send it as `{other}`, not as `{key}`.", certain=False)
            return
        near = resembling(value, [name for (of, name), _ in ctx.app_memory.taken.newest() if of == f"_User#{key}"], 0.8)
        if near:
            says = f"`{key}` {ctx.quote(value, key)} resembles {ctx.quote(near, key)}, which was good before, and no flow showed it itself."
            yield fault_of(says, key, "Have the user compare the spelling; case counts.", certain=False)


def account_locked(ctx: RuleContext) -> Message | None:
    """Reads in the server's words for how long the account is locked, and counts the sign-ins that failed before. Other causes: none; the server says
    so only then."""
    found = re.match(r"Your account is locked .{0,80}?after (\d{1,9}(?:\.\d{1,9})?) minute", ctx.message)
    if not found or not (place(ctx).route in _SIGN_INS or _writes_user(ctx) or is_graphql(ctx)):
        return None
    taken = ctx.app_memory.taken
    names = [(key, value[:LONGEST_KEY]) for key in ("username", "email") if isinstance(value := _given(ctx).get(key), str)]
    failed = [seen for key, value in names if (seen := taken.get((f"failed {key}", value))) and seen.how != "0"]
    many = f"{failed[0].how} failed sign-ins were" if failed and failed[0].how != "1" else "a failed sign-in was"
    count = f": {many} seen before it, the last in {ctx.flow_name(failed[0].flow)}" if failed else ""
    lasts = duration(60 * float(found[1]))
    says = f"The account is locked for {lasts} after too many failed sign-ins{count}. Until then the right password is refused, too."
    resets = [seen for name in ("", *(value for _, value in names)) if (seen := taken.get(("reset", name)))]
    fix = f"Stop repeating, and wait up to {lasts}; or unlock it by a password reset (`accountLockout.unlockOnPasswordReset`)."
    if resets and all(seen.when < resets[-1].when for seen in failed):
        fix = f"Stop repeating, and wait up to {lasts}: the password reset in {ctx.flow_name(resets[-1].flow)} did not unlock it"
        fix += " (`accountLockout.unlockOnPasswordReset` is off)."
    return Message(says, found[0][:100], True, fix, "after-fix", "auth")


def value_taken(ctx: RuleContext) -> Message | None:
    """Reads the user name or address that another account has, and what earlier flows showed of it. Other causes: where no address was sent, the
    database's index on it."""
    key = "email" if ctx.name == "UserEmailTaken" else "username"
    if in_script(ctx) or not message_matches(ctx, r"Account already exists"):
        return None
    value = payload(ctx).get(key) if _writes_user(ctx) else graphql_argument(ctx, key)
    if _writes_user(ctx) and not value and ctx.method == "POST" and key == "email":
        says = "the request sends no `email`: the database's unique index on `_User.email` counts a missing value, so that only one user may lack it."
        fix = "Make the index on `_User.email` sparse (MongoDB: drop it, and create it with `{unique: true, sparse: true}`), or send an `email`."
        return Message(says, keys_sent(payload(ctx)), False, fix, "after-fix", "config")
    if not isinstance(value, str) or not value:
        return None
    seen, tried = ctx.app_memory.taken.get((f"_User#{key}", value[:LONGEST_KEY])), ctx.app_memory.repeats.get(ctx.facts.request)
    if tried and not seen and ctx.method == "POST" and tried.first.status in (0, 502, 503, 504):
        flow = ctx.flow_name(tried.first.flow)
        says = f"the same sign-up got no answer of the server in {flow}, {ctx.ago(tried.first.when)}, but was carried out."
        return Message(says, f"{key}, in {flow}", False, "Log in with this name and password.", "never", "request")
    owner = ctx.app_memory.objects.get(("_User", seen.how.split(" ")[1])) if seen else None
    seen = None if owner and owner.seen.how == "DELETE" else seen
    when = f", seen in the {seen.how.split(' ')[0]} in {ctx.flow_name(seen.flow)}, {ctx.ago(seen.when)}" if seen else ""
    says = f"Another account has the `{key}` {ctx.quote(value, key)}{when}; newer servers make no difference by case."
    evidence = f"{key}, in {ctx.flow_name(seen.flow)}" if seen else key
    return fault_of(says, evidence, "Log in with it instead, or choose another one.")


def password_rule(ctx: RuleContext) -> Message | None:
    """Looks for the user name in the password. Other causes: none; the server says so only then."""
    sent = _given(ctx) or ctx.body.form
    name, password = sent.get("username"), sent.get("password") or sent.get("new_password")
    given = isinstance(name, str) and isinstance(password, str) and name and name in password
    if not given or not message_matches(ctx, r"Password cannot contain your username"):
        return None
    return fault_of("The password contains the user name, which this server does not allow.", "password", "Choose a password without it.")


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
    escaped = next((name for name in ctx.params if name.startswith("amp;")), "")
    if escaped or ctx.request.query.endswith("token&"):
        says = f"The link is HTML-escaped: what arrived is {ctx.quote(escaped)}, since `&` was written as `&amp;`." if escaped else ""
        says = says or "the link is HTML-escaped: `=` was written as `&#x3D;`, and browsers send nothing of what follows `#`, so `token` is empty."
        fix = "Put the link into the e-mail without escaping (`{{{link}}}` in place of `{{link}}`, in its plain-text part too), or update the mail "
        fix += "adapter. A new e-mail is broken in the same way until then; by hand, replace `&amp;` by `&` and `&#x3D;` by `=` in the link."
        return Message(says, escaped or "token&", bool(escaped), fix, "after-fix", "config")
    if not sent.get("token"):
        return fault_of(f"`token` {state_of(sent, 'token')}: it is in the link in the e-mail, which was cut off, or not used.", told, fix)
    if message_matches(ctx, r"The password reset link has expired"):
        return fault_of("The link of the reset e-mail has expired (`passwordPolicy.resetTokenValidityDuration`).", told, fix)
    if page == "request_password_reset" and "new_password" in sent and not re.search(r"(?i)link|token|page|html", ctx.message):
        says = f"The new password was refused: {ctx.quote(ctx.message.rstrip('.'))}."
        return fault_of(says, "new_password", "Choose a password that meets the server's `passwordPolicy`, and send the form again.")
    seen = (ctx.app_memory.outcomes.get(ctx.facts.outcome) or {}).get(ctx.facts.hashed_token)
    if page == "verify_email" and seen and not ctx.app_memory.repeats.get(ctx.facts.request):
        says = f"this link worked {ctx.ago(seen.when)} ({ctx.flow_name(seen.flow)}), so the address is verified."
        return Message(says, told, False, "Log in: nothing else is to be done.", "never", "request")
    # Before version 8 links had the user's name, and one that was used went on working for a user who was verified by it.
    used = "is not of this user" if page == "verify_email" and "username" in sent else "was used before"
    return fault_of(f"the link of the e-mail {used}, has expired, or a newer e-mail was sent since.", told, fix, certain=False)


RULES: tuple[Rule, ...] = (
    Rule("username-missing", name_missing, entries=("UsernameMissing",)),
    Rule("password-missing", password_missing, entries=("PasswordMissing",)),
    Rule("password-cut", password_cut, entries=("UserInvalidLoginParams",)),
    Rule("credentials", credentials_wrong, entries=("UserInvalidLoginParams",)),
    Rule("email-unknown", email_unknown, entries=("ObjectNotFound", "UserWithEmailNotFound")),
    Rule("account-locked", account_locked, entries=("UserInvalidLoginParams", "UserWithEmailNotFound", "ObjectNotFound")),
    Rule("taken", value_taken, entries=("UsernameTaken", "UserEmailTaken")),
    Rule("account-page", account_page, statuses=(200, 301, 302, 303)),
    Rule("reset-token", account_page, entries=("OtherCause",)),
    Rule("password-holds-username", password_rule, entries=("ValidationFailed", "OtherCause")),
)
