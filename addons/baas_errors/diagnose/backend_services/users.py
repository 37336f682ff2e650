"""Backend Services: who asks, and the requests about users."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

from ..auth_header import authorization
from ..checks import email_shape, missing_fields, type_name, value_taken
from ..context import Message, Rule, RuleContext
from ..credentials import empty_token, token_history

PROVIDERS = ("Facebook", "Google", "LiveID", "Twitter", "ADFS")
TOKEN = ("InvalidAccessToken", "AccessTokenExpired", "Unauthorized", "AccessDenied")
_OPERATIONS = {"GET": "read", "POST": "create", "PUT": "update", "DELETE": "delete"}


def caller(ctx: RuleContext) -> Message | None:
    """In which role the request came, and what it asked for."""
    sent = authorization(ctx.headers.get("authorization"))
    if sent and sent.is_empty_word:
        return None
    what = ctx.route.get("type") or ("Users" if "/Users" in ctx.path else "")
    asked = f" and asked to {_OPERATIONS[ctx.method]} {ctx.quote(what)}" if what and ctx.method in _OPERATIONS else ""
    if sent is None:
        return Message(
            f"The request has no Authorization header: it came as anonymous user{asked}. Sign in and send `Authorization: bearer TOKEN`, or "
            "allow it for the Anonymous role.",
            "no authorization",
            certain=True,
        )
    if sent.scheme not in ("bearer", "masterkey"):
        named = f"the scheme {ctx.quote(sent.scheme)}" if sent.scheme else "no scheme"
        return Message(
            f"The Authorization header has {named}; it takes `bearer TOKEN` or `masterkey KEY`, with one blank.", "authorization", certain=True
        )
    if sent.scheme == "bearer" and asked:
        return Message(
            f"The request came as a signed-in user{asked}: this user's role may not.", "authorization: bearer", certain=ctx.name == "AccessDenied"
        )
    if sent.scheme == "masterkey" and asked:
        return Message("the master key passes all permissions, so that the key itself is of another app, or was changed.", "masterkey", certain=False)
    return None


def other_app(ctx: RuleContext) -> Message | None:
    """A token that another app has issued."""
    if not ctx.facts.token:
        return None
    own = ctx.route.get("app", "")
    found = ctx.memory.token(ctx.backend.id, ctx.facts.hashed_token)
    if found is None or found[0] == own or not found[1].issued:
        return None
    return Message(
        f"This token was issued for the app {ctx.quote(found[0])} in {ctx.flow_name(found[1].issued.flow)}; the path names {ctx.quote(own)}.",
        f"{found[0]} / {own}",
        certain=True,
    )


def token_age(ctx: RuleContext) -> Message | None:
    """How old a token is that has expired."""
    token = ctx.known_token
    if token is None or token.issued is None or token.ended:
        return None
    return Message(f"The token was issued {ctx.ago(token.issued.when)} in {ctx.flow_name(token.issued.flow)}; sign in again.", "bearer", certain=True)


def deleted_user(ctx: RuleContext) -> Message | None:
    """The user behind the token may be gone."""
    if not re.search(r"/Users/[Mm]e/?$", ctx.path):
        return None
    if not ctx.facts.token:
        return Message("`Users/Me` asks who the token belongs to, and the request has no Authorization header.", "no authorization", certain=True)
    token = ctx.known_token
    for (prefix, ident), seen in ctx.app_memory.ids.newest():
        if token and token.user and ident == token.user and seen.how == "DELETE" and prefix.endswith("/Users/"):
            return Message(
                f"The user of this token was deleted in {ctx.flow_name(seen.flow)}, {ctx.ago(seen.when)}.",
                f"DELETE in {ctx.flow_name(seen.flow)}",
                certain=True,
            )
    return Message("the token's user was deleted: `Users/Me` answers so then.", "Users/Me", certain=False)


def sign_in_body(ctx: RuleContext) -> Iterable[Message]:
    """What signing in takes."""
    if not re.search(r"/oauth/token/?$", ctx.path):
        return
    sent: dict[str, Any] = ctx.fields or dict(ctx.body.form)
    for name in ("username", "password", "grant_type"):
        if sent.get(name) in (None, ""):
            other = next((key for key in sent if key.lower().replace("_", "") == name.replace("_", "") and key != name), "")
            hint = f"; it was sent as {ctx.quote(other)}, and case counts" if other else '; it takes "password"' if name == "grant_type" else ""
            yield Message(f"`{name}` is missing in the sign-in{hint}.", f"sent: {', '.join(list(sent)[:8])}", certain=True)
    user = sent.get("username")
    if isinstance(user, str) and user != user.strip():
        yield Message("`username` has white space around it.", "username", certain=False)


def identity(ctx: RuleContext) -> Iterable[Message]:
    """The provider's part of a registration or link."""
    inner = ctx.fields.get("Identity")
    if inner is None and ("Provider" in ctx.fields or "Token" in ctx.fields):
        inner = ctx.fields
    if not isinstance(inner, dict):
        if "Identity" in ctx.fields or ctx.name in ("ProviderTokenMissing", "IdentityProviderMissing"):
            state = "is missing" if inner is None else f"is {type_name(inner)}"
            yield Message(f"`Identity` {state}; it takes {{Provider, Token}}.", f"keys sent: {', '.join(list(ctx.fields)[:8])}", certain=True)
        return
    for name in ("Provider", "Token"):
        if inner.get(name) in (None, ""):
            yield Message(f"`Identity.{name}` is missing.", f"keys sent: {', '.join(list(inner)[:8])}", certain=True)
    provider = inner.get("Provider")
    if isinstance(provider, str) and provider and provider not in PROVIDERS:
        near = next((name for name in PROVIDERS if name.lower() == provider.lower()), None) or next(
            iter(difflib.get_close_matches(provider[:60], PROVIDERS, 1, 0.6)), None
        )
        hint = f"; did you mean `{near}`?" if near else f"; there are {', '.join(PROVIDERS)}."
        yield Message(f"There is no provider {ctx.quote(provider)}{hint}", f"Provider: {provider}", certain=True)


def password(ctx: RuleContext) -> Iterable[Message]:
    """A password that is no text, or an empty one."""
    for name in ("Password", "NewPassword"):
        value = ctx.fields.get(name)
        if name in ctx.fields and (not isinstance(value, str) or not value):
            state = "empty" if value == "" else type_name(value)
            yield Message(f"`{name}` is {state}; it takes a text that is not empty.", name, certain=True)


RULES: tuple[Rule, ...] = (
    Rule("token-lost", empty_token, TOKEN, (401, 403)),
    Rule("caller", caller, ("AccessDenied", "Unauthorized"), (401, 403)),
    Rule("token-history", token_history, TOKEN, (401, 403)),
    Rule("other-app", other_app, TOKEN, (401, 403)),
    Rule("token-age", token_age, ("AccessTokenExpired",)),
    Rule("deleted-user", deleted_user, ("InvalidRequest", "UserNotFound")),
    Rule(
        "sign-in-body", sign_in_body, ("InvalidCredentials", "InvalidRequest", "InvalidRequestBody", "UsernameMissing", "PasswordMissing"), (400, 401)
    ),
    Rule("username-taken", value_taken("Username"), ("UsernameTaken",)),
    Rule("email-taken", value_taken("Email"), ("EmailTaken",)),
    Rule("username-missing", missing_fields("Username"), ("UsernameMissing",)),
    Rule("password-missing", missing_fields("Password"), ("PasswordMissing",)),
    Rule("email-missing", missing_fields("Email"), ("EmailMissing",)),
    Rule("email", email_shape("Email"), ("InvalidUserData", "EmailMissing")),
    Rule("password", password, ("InvalidPasswordFormat", "InvalidUserData")),
    Rule("reset-code", missing_fields("ResetCode"), ("InvalidResetCode",)),
    Rule("verification-code", missing_fields("VerificationCode"), ("InvalidVerificationCode",)),
    Rule("identity", identity, ("UnsupportedIdentityProvider", "ProviderTokenMissing", "IdentityProviderMissing", "ProviderTokenRejected")),
)
