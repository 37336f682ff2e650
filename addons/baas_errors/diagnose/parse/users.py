"""Why a sign-up, a sign-in or a change of a user is refused: names, passwords, what only the server may set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...history.store import LONGEST_KEY
from ..checks import near_name, type_name
from ..context import Message, Rule, RuleContext
from .request import class_name, graphql_argument, is_graphql, is_write, keys_sent, master_key, message_matches, parameters, payload, place

_SIGN_INS = frozenset({"/login", "/verifyPassword", "/challenge"})
_REFUSED = r"Invalid username/password\.$"


def _writes_user(ctx: RuleContext) -> bool:
    """Whether a user is made or changed."""
    return class_name(ctx) == "_User" and is_write(ctx)


def _wanted(ctx: RuleContext, key: str) -> bool:
    """Whether a name or a password must be there: to sign in or up; in a change only if it is to be changed."""
    return place(ctx).route in _SIGN_INS or (_writes_user(ctx) and (ctx.method == "POST" or key in payload(ctx)))


def _given(ctx: RuleContext) -> Mapping[str, Any]:
    """What was sent to sign in or up: from the body, or the URL where the name stands there; a form's fields."""
    sent: Mapping[str, Any] = payload(ctx)
    if place(ctx).route in _SIGN_INS and not ctx.in_batch:
        params = ctx.params
        if (not sent.get("username") and params.get("username")) or (not sent.get("email") and params.get("email")):
            return params
    return sent or (ctx.body.form if "form-urlencoded" in ctx.body.content_type else sent)


def name_missing(ctx: RuleContext) -> Message | None:
    """No user name, or one that is none."""
    route, sent = place(ctx).route, _given(ctx)
    if not _wanted(ctx, "username"):
        return None
    name = sent.get("username")
    if isinstance(name, str) and name:
        return None
    both = route in _SIGN_INS and sent.get("email") in (None, "")
    what = "`username` (or `email`)" if both else "`username`"
    state = "is empty" if name == "" else f"must be a text; it is {type_name(name)}" if "username" in sent else "is missing"
    auth = sent.get("authData")
    more = " `authData` holds nothing to sign in with either." if auth is not None and not _has_auth(auth) else ""
    return Message(f"{what} {state}.{more}", keys_sent(sent), certain=True)


def _has_auth(auth: Any) -> bool:
    return isinstance(auth, dict) and any(isinstance(data, dict) and data for data in auth.values())


def password_missing(ctx: RuleContext) -> Message | None:
    """No password, or one that is none."""
    sent = _given(ctx)
    key = "new_password" if place(ctx).route == "/apps/{app}/request_password_reset" else "password"
    if key == "password" and not _wanted(ctx, key):
        return None
    value = sent.get(key)
    if isinstance(value, str) and value:
        return None
    state = "is empty" if value == "" else f"must be a text; it is {type_name(value)}" if key in sent else "is missing"
    return Message(f"`{key}` {state}.", keys_sent(sent), certain=True)


def credentials_type(ctx: RuleContext) -> Iterator[Message]:
    """A name or password that is no text."""
    if place(ctx).route in _SIGN_INS and message_matches(ctx, _REFUSED):
        for key in ("username", "email", "password"):
            value = _given(ctx).get(key)
            if value is not None and not isinstance(value, str):
                yield Message(f"`{key}` must be a text; it is {type_name(value)}.", key, certain=True)


def credentials_wrong(ctx: RuleContext) -> Iterator[Message]:
    """A name that is known, so the password is wrong; a name that resembles a known one; white space around either."""
    sent = _given(ctx)
    if is_graphql(ctx):
        sent = {key: graphql_argument(ctx, key) for key in ("username", "email", "password")}
    elif place(ctx).route not in _SIGN_INS:
        return
    if not message_matches(ctx, _REFUSED) or not isinstance(sent.get("password"), str):
        return
    for key in ("username", "password", "email"):
        value = sent.get(key)
        if isinstance(value, str) and value != value.strip():
            yield Message(f"`{key}` has white space around it.", f"{len(value)} characters")
    email = sent.get("email")
    if isinstance(email, str) and email and "@" not in email and not sent.get("username"):
        yield Message("`email` has no @: a user name belongs into `username`.", "email")
    for key in ("username", "email"):
        value = sent.get(key)
        if not isinstance(value, str) or not value or value != value.strip():
            continue
        seen = ctx.app_memory.taken.get((key, value[:LONGEST_KEY]))
        if seen:
            yield Message(
                f"the password is wrong: this `{key}` was good {ctx.ago(seen.when)} in {ctx.flow_name(seen.flow)}.",
                f"{key}, good in {ctx.flow_name(seen.flow)}",
            )
            continue
        known = [(other, when) for (of, other), when in ctx.app_memory.taken.newest() if of == key]
        if near := near_name(ctx, value, known, key):
            name = near.evidence.rpartition(" / ")[2]
            yield Message(f"`{key}` {ctx.quote(value, key)} was never seen to work, unlike {ctx.quote(name, key)}, which resembles it.", key)


def value_taken(ctx: RuleContext) -> Iterator[Message]:
    """A user name or an address that another account has."""
    key = {"UsernameTaken": "username", "UserEmailTaken": "email"}[ctx.name]
    value = payload(ctx).get(key) if _writes_user(ctx) else graphql_argument(ctx, key)
    if not isinstance(value, str) or not value:
        return
    seen = ctx.app_memory.taken.get((key, value[:LONGEST_KEY]))
    if seen:
        yield Message(
            f"`{key}` {ctx.quote(value, key)} was taken {ctx.ago(seen.when)} by {ctx.flow_name(seen.flow)}.",
            f"{key}, in {ctx.flow_name(seen.flow)}",
            certain=True,
        )
    else:
        yield Message(f"Another account has the `{key}` {ctx.quote(value, key)}; case makes no difference.", key, certain=True)


def user_unknown(ctx: RuleContext) -> Message | None:
    """The user to act for is not there."""
    if place(ctx).route != "/loginAs" or not message_matches(ctx, r"[Uu]ser not found"):
        return None
    value = {**parameters(ctx), **payload(ctx)}.get("userId")
    if not isinstance(value, str):
        return None
    return Message(f"No user has the id {ctx.quote(value)} that `userId` names.", value, certain=True)


def password_rule(ctx: RuleContext) -> Message | None:
    """A password that holds the user name, where that is not allowed."""
    name, password = payload(ctx).get("username"), payload(ctx).get("password")
    if not message_matches(ctx, r"Password cannot contain your username") or not isinstance(name, str) or not isinstance(password, str):
        return None
    return (
        Message("The password holds the user name, which this server does not allow.", "password", certain=True)
        if name and name in password
        else None
    )


def protected_user_field(ctx: RuleContext) -> Message | None:
    """Only the server says whether an address is verified."""
    if (
        _writes_user(ctx)
        and "emailVerified" in payload(ctx)
        and not master_key(ctx)
        and message_matches(ctx, r"Permission denied$", r"Clients aren't")
    ):
        return Message("The body sets `emailVerified`, which only the master key may.", "emailVerified", certain=True)
    return None


RULES: tuple[Rule, ...] = (
    Rule("username-missing", name_missing, entries=("UsernameMissing",)),
    Rule("password-missing", password_missing, entries=("PasswordMissing",)),
    Rule("credentials-type", credentials_type, entries=("UserInvalidLoginParams",)),
    Rule("credentials", credentials_wrong, entries=("UserInvalidLoginParams",)),
    Rule("taken", value_taken, entries=("UsernameTaken", "UserEmailTaken")),
    Rule("user-unknown", user_unknown, entries=("ObjectNotFound",)),
    Rule("password-holds-username", password_rule, entries=("ValidationFailed",)),
    Rule("email-verified", protected_user_field, entries=("OperationForbidden",)),
)
