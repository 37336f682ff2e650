"""Why a sign-up, a sign-in or a change of a user is refused: names, passwords, what only the server may set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...history.store import LONGEST_KEY
from ..checks import near_name, type_name
from ..context import Case, Rule, Say
from .request import (
    class_name,
    graphql_argument,
    is_graphql,
    is_write,
    keys_sent,
    master_key,
    parameters,
    payload,
    place,
    said,
)

_SIGN_INS = frozenset({"/login", "/verifyPassword", "/challenge"})
_REFUSED = r"Invalid username/password\.$"


def _writes_user(case: Case) -> bool:
    """Whether a user is made or changed."""
    return class_name(case) == "_User" and is_write(case)


def _wanted(case: Case, key: str) -> bool:
    """Whether a name or a password must be there: to sign in or up; in a change only if it is to be changed."""
    return place(case).route in _SIGN_INS or (_writes_user(case) and (case.method == "POST" or key in payload(case)))


def _given(case: Case) -> Mapping[str, Any]:
    """What was sent to sign in or up: from the body, or the URL where the name stands there; a form's fields."""
    sent: Mapping[str, Any] = payload(case)
    if place(case).route in _SIGN_INS and not case.in_batch:
        params = case.params
        if (not sent.get("username") and params.get("username")) or (not sent.get("email") and params.get("email")):
            return params
    return sent or (case.body.form if "form-urlencoded" in case.body.content_type else sent)


def name_missing(case: Case) -> Say | None:
    """No user name, or one that is none."""
    route, sent = place(case).route, _given(case)
    if not _wanted(case, "username"):
        return None
    name = sent.get("username")
    if isinstance(name, str) and name:
        return None
    both = route in _SIGN_INS and sent.get("email") in (None, "")
    what = "`username` (or `email`)" if both else "`username`"
    state = "is empty" if name == "" else f"must be a text; it is {type_name(name)}" if "username" in sent else "is missing"
    auth = sent.get("authData")
    more = " `authData` holds nothing to sign in with either." if auth is not None and not _has_auth(auth) else ""
    return Say(f"{what} {state}.{more}", keys_sent(sent), certain=True)


def _has_auth(auth: Any) -> bool:
    return isinstance(auth, dict) and any(isinstance(data, dict) and data for data in auth.values())


def password_missing(case: Case) -> Say | None:
    """No password, or one that is none."""
    sent = _given(case)
    key = "new_password" if place(case).route == "/apps/{app}/request_password_reset" else "password"
    if key == "password" and not _wanted(case, key):
        return None
    value = sent.get(key)
    if isinstance(value, str) and value:
        return None
    state = "is empty" if value == "" else f"must be a text; it is {type_name(value)}" if key in sent else "is missing"
    return Say(f"`{key}` {state}.", keys_sent(sent), certain=True)


def credentials_type(case: Case) -> Iterator[Say]:
    """A name or password that is no text."""
    if place(case).route in _SIGN_INS and said(case, _REFUSED):
        for key in ("username", "email", "password"):
            value = _given(case).get(key)
            if value is not None and not isinstance(value, str):
                yield Say(f"`{key}` must be a text; it is {type_name(value)}.", key, certain=True)


def credentials_wrong(case: Case) -> Iterator[Say]:
    """A name that is known, so the password is wrong; a name that resembles a known one; white space around either."""
    sent = _given(case)
    if is_graphql(case):
        sent = {key: graphql_argument(case, key) for key in ("username", "email", "password")}
    elif place(case).route not in _SIGN_INS:
        return
    if not said(case, _REFUSED) or not isinstance(sent.get("password"), str):
        return
    for key in ("username", "password", "email"):
        value = sent.get(key)
        if isinstance(value, str) and value != value.strip():
            yield Say(f"`{key}` has white space around it.", f"{len(value)} characters")
    email = sent.get("email")
    if isinstance(email, str) and email and "@" not in email and not sent.get("username"):
        yield Say("`email` has no @: a user name belongs into `username`.", "email")
    for key in ("username", "email"):
        value = sent.get(key)
        if not isinstance(value, str) or not value or value != value.strip():
            continue
        seen = case.memory.taken.get((key, value[:LONGEST_KEY]))
        if seen:
            yield Say(
                f"the password is wrong: this `{key}` was good {case.ago(seen.when)} in {case.flow_name(seen.flow)}.",
                f"{key}, good in {case.flow_name(seen.flow)}",
            )
            continue
        known = [(other, when) for (of, other), when in case.memory.taken.newest() if of == key]
        if near := near_name(case, value, known, key):
            name = near.evidence.rpartition(" / ")[2]
            yield Say(f"`{key}` {case.quote(value, key)} was never seen to work, unlike {case.quote(name, key)}, which resembles it.", key)


def value_taken(case: Case) -> Iterator[Say]:
    """A user name or an address that another account has."""
    key = {"UsernameTaken": "username", "UserEmailTaken": "email"}[case.name]
    value = payload(case).get(key) if _writes_user(case) else graphql_argument(case, key)
    if not isinstance(value, str) or not value:
        return
    seen = case.memory.taken.get((key, value[:LONGEST_KEY]))
    if seen:
        yield Say(
            f"`{key}` {case.quote(value, key)} was taken {case.ago(seen.when)} by {case.flow_name(seen.flow)}.",
            f"{key}, in {case.flow_name(seen.flow)}",
            certain=True,
        )
    else:
        yield Say(f"Another account has the `{key}` {case.quote(value, key)}; case makes no difference.", key, certain=True)


def user_unknown(case: Case) -> Say | None:
    """The user to act for is not there."""
    if place(case).route != "/loginAs" or not said(case, r"[Uu]ser not found"):
        return None
    value = {**parameters(case), **payload(case)}.get("userId")
    if not isinstance(value, str):
        return None
    return Say(f"No user has the id {case.quote(value)} that `userId` names.", value, certain=True)


def password_rule(case: Case) -> Say | None:
    """A password that holds the user name, where that is not allowed."""
    name, password = payload(case).get("username"), payload(case).get("password")
    if not said(case, r"Password cannot contain your username") or not isinstance(name, str) or not isinstance(password, str):
        return None
    return Say("The password holds the user name, which this server does not allow.", "password", certain=True) if name and name in password else None


def protected_user_field(case: Case) -> Say | None:
    """Only the server says whether an address is verified."""
    if _writes_user(case) and "emailVerified" in payload(case) and not master_key(case) and said(case, r"Permission denied$", r"Clients aren't"):
        return Say("The body sets `emailVerified`, which only the master key may.", "emailVerified", certain=True)
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
