"""Backend Services: who asks, and the requests about users.

Sources, unless a rule names another: Telerik Backend Services, REST API guide ("Authorization", "Users") and "Error codes".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ...exchange.auth_header import authorization
from ...history.store import LONGEST_KEY
from ..checks import email_shape, missing_fields, value_taken
from ..context import Message, Rule, RuleContext, fault_of, login_fault
from ..credentials import issued_before, token_history

TOKEN = ("InvalidAccessToken", "AccessTokenExpired", "Unauthorized", "AccessDenied")
DENIED = ("AccessDenied", "Unauthorized")
_OPERATIONS = {"GET": "read", "POST": "create", "PUT": "update", "DELETE": "delete"}
# What only the master key opens.
_ADMINISTRATION = re.compile(r"(?i)/Metadata/(Applications|Types|Roles|CloudFunctions)\b")
_NAMES = ("Username", "Password", "Email", "DisplayName")
_SIGN_IN = "Sign in again and send the new token as `Authorization: bearer TOKEN`."


def caller(ctx: RuleContext) -> Message | None:
    """Looks at the role in which the request came (anonymous, user, master key) and what it asked for. Other causes: an expired or foreign token
    counts as a user too; for the master key and for code 604 with a token it is likely only."""
    sent = authorization(ctx.headers.get("authorization"))
    if _ADMINISTRATION.search(ctx.path) or "/oauth/" in ctx.path or (sent and sent.is_empty_word):
        return None
    what = ctx.route.get("type") or ("Users" if "/Users" in ctx.path else "")
    deed = _OPERATIONS.get(ctx.method, "") if what else ""
    asked = f" and asked to {deed} {ctx.quote(what)}" if deed else ""
    where = f"in the permissions of {ctx.quote(what) if deed else 'the type'}"
    if sent is None:
        fix = f"Sign in and send `Authorization: bearer TOKEN`, or allow {deed or 'it'} for the Anonymous role {where}."
        says = f"The request has no Authorization header, so it came as anonymous user{asked}."
        flow, place = issued_before(ctx)
        fix = f"Send `Authorization: bearer` and the `{place}` that {flow} returned." if flow else fix
        return Message(says, "no authorization", True, fix, "after-login", "auth")
    if sent.scheme not in ("bearer", "masterkey"):
        named = f"the scheme {ctx.quote(sent.scheme)} instead of `bearer` or `masterkey`" if sent.scheme else "no scheme"
        fix = "Send `Authorization: bearer TOKEN` or `Authorization: masterkey KEY`, with one space."
        return Message(f"The Authorization header has {named}.", "authorization", True, fix, "after-fix", "auth")
    if sent.scheme == "bearer" and deed and "anonymous" in ctx.message.lower():
        used = ctx.known_token.used if ctx.known_token else None
        before = f" It worked {ctx.ago(used.when)} ({ctx.flow_name(used.flow)})." if used else ""
        says = f"The service did not take the token that was sent: it counted the caller as an anonymous user{asked}.{before}"
        return login_fault(says, "bearer, anonymous", f"{_SIGN_IN} Or allow {deed} for the Anonymous role {where}.")
    if sent.scheme == "bearer" and deed:
        says = f"The request came as a signed-in user{asked}, which this user's role may not do."
        return Message(says, "bearer", ctx.name == "AccessDenied", f"Allow {deed} for this role {where}, or sign in as a user who may.")
    if deed:
        says = "the master key passes all permissions, so the key itself is of another app, or was changed."
        return Message(says, "masterkey", False, "Copy the master key of this app from the portal.", "after-fix", "config")
    return None


def other_app(ctx: RuleContext) -> Message | None:
    """Compares the app of the path with the one whose sign-in issued the token. Source: earlier exchanges. Other causes: none: a token is good for
    its own app only."""
    if not ctx.facts.token:
        return None
    own = ctx.route.get("app", "")
    found = ctx.memory.token(ctx.backend.id, ctx.facts.hashed_token)
    if found is None or found[0] == own or not found[1].issued:
        return None
    says = f"This token was issued for the app {ctx.quote(found[0])} in {ctx.flow_name(found[1].issued.flow)}; the path names {ctx.quote(own)}."
    fix = f"Sign in to {ctx.quote(own)}, or send the request to {ctx.quote('/v1/' + found[0] + '/')}."
    return Message(says, f"{found[0]} / {own}", True, fix, "after-login", "auth")


def token_age(ctx: RuleContext) -> Message | None:
    """Looks up when a token that has expired was issued in this recording. Source: earlier exchanges. Other causes: none: the code says that the
    token has expired."""
    token = ctx.known_token
    if token is None or token.issued is None or token.ended:
        return None
    says = f"The token was issued {ctx.ago(token.issued.when)} in {ctx.flow_name(token.issued.flow)}, and has expired since."
    return Message(says, "bearer", True, _SIGN_IN)


def deleted_user(ctx: RuleContext) -> Message | None:
    """Looks for the DELETE of the user whose token asks for `Users/Me`. Source: Everlive JavaScript SDK, `currentUser`; earlier exchanges. Other
    causes: none where this recording deleted the user."""
    token, here = ctx.known_token, re.search(r"/Users/[Mm]e/?$", ctx.path)
    for (prefix, ident), seen in ctx.app_memory.ids.newest() if here and token and token.user else ():
        if token and ident == token.user and seen.how == "DELETE" and prefix.endswith("/Users/"):
            says = f"The user of this token was deleted in {ctx.flow_name(seen.flow)}, {ctx.ago(seen.when)}."
            return login_fault(says, f"DELETE in {ctx.flow_name(seen.flow)}", "Delete the saved token and let the user sign in or register.")
    return None


def sign_in_body(ctx: RuleContext) -> Iterable[Message]:
    """Looks at what a sign-in must hold: `username`, `password`, `grant_type`. Other causes: none for an absent field."""
    if not re.search(r"/oauth/token/?$", ctx.path) or ctx.body.data is None or (ctx.body.looks_like_json and not ctx.sends_object):
        return
    sent: dict[str, Any] = ctx.fields or dict(ctx.body.form)
    for name in ("username", "password", "grant_type"):
        if sent.get(name) in (None, ""):
            other = next((key for key in sent if key.lower().replace("_", "") == name.replace("_", "") and key != name), "")
            state = f"was sent as {ctx.quote(other)}, and case counts" if other else "is empty" if sent.get(name) == "" else "is missing"
            fix = f"Rename {ctx.quote(other)} to `{name}`." if other else f"Add `{name}` to the body."
            fix = 'Send `"grant_type": "password"`.' if name == "grant_type" and not other else fix
            yield fault_of(f"`{name}` {state} in the sign-in.", f"sent: {', '.join(list(sent)[:8])}", fix)


def password_differs(ctx: RuleContext) -> Message | None:
    """Compares a refused sign-in with the registration of the same name. Source: earlier exchanges. Other causes: the password was changed since, so
    this is likely only."""
    sent: dict[str, Any] = ctx.fields or dict(ctx.body.form)
    name, password = (str(sent.get(key) or "") for key in ("username", "password"))
    known = (ctx.app_memory.taken.get((f"password {key}", name[:LONGEST_KEY])) for key in ("Username", "Email"))
    seen = next(filter(None, known), None)
    if not password or seen is None or seen.how.startswith(ctx.memory.hash(password)):
        return None
    case = seen.how.endswith(ctx.memory.hash(password.lower()))
    says = f"the password {'differs only in upper and lower case from' if case else 'is not'} the one that {ctx.flow_name(seen.flow)} registered the "
    fix = "Type it as in the registration, and switch off automatic capitals in the password field." if case else "Have the user type it again."
    return Message(f"{says}user with, {ctx.ago(seen.when)}.", "password", False, fix, "after-fix", "auth")


RULES: tuple[Rule, ...] = (
    Rule("caller", caller, DENIED, (401, 403)),
    Rule("token-history", token_history, TOKEN, (401, 403)),
    Rule("other-app", other_app, TOKEN, (401, 403)),
    Rule("token-age", token_age, ("AccessTokenExpired",)),
    Rule("deleted-user", deleted_user, ("InvalidRequest", "UserNotFound")),
    Rule(
        "sign-in-body", sign_in_body, ("InvalidCredentials", "InvalidRequest", "InvalidRequestBody", "UsernameMissing", "PasswordMissing"), (400, 401)
    ),
    Rule("password-differs", password_differs, ("InvalidCredentials",)),
    Rule("username-taken", value_taken("Username"), ("UsernameTaken",)),
    Rule("email-taken", value_taken("Email"), ("EmailTaken",)),
    Rule("username-missing", missing_fields("Username", beside=_NAMES), ("UsernameMissing",)),
    Rule("password-missing", missing_fields("Password", beside=_NAMES), ("PasswordMissing",)),
    Rule("email", email_shape("Email"), ("InvalidUserData", "EmailMissing")),
    Rule("reset-code", missing_fields("ResetCode"), ("InvalidResetCode",)),
    Rule("verification-code", missing_fields("VerificationCode"), ("InvalidVerificationCode",)),
)
