"""Whose session it is, and why it is not good: the token, the user in the path, sign-in providers."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from ..auth_header import EMPTY_WORDS, authorization, jwt
from ..checks import type_name
from ..context import Message, Rule, RuleContext, duration
from ..credentials import CLOCK_SLACK, token_history
from .request import class_name, keys_sent, master_key, message_matches, object_id, outer, payload, place, session

_TOKEN = re.compile(r"r:[0-9a-f]{32}")
# Adapters that come with the server, and what their data must have: one of each group.
_TOKEN_OR_CODE = (("access_token", "code"),)
PROVIDERS: dict[str, tuple[tuple[str, ...], ...]] = {
    **dict.fromkeys(("github", "gpgames", "instagram", "line", "linkedin", "microsoft", "qq", "spotify", "wechat", "weibo"), _TOKEN_OR_CODE),
    **dict.fromkeys(("janraincapture", "keycloak", "meetup", "phantauth", "vkontakte"), (("access_token",),)),
    "anonymous": (("id",),),
    "apple": (("token",),),
    "facebook": (("access_token", "token"),),
    "gcenter": (("publicKeyUrl",), ("signature",)),
    "google": (("id_token",),),
    "janrainengage": (("auth_token",),),
    "ldap": (("password",),),
    "mfa": (),
    "twitter": (("auth_token", "oauth_token", "code"),),
}
_JWT_KEYS = {"apple": "token", "google": "id_token", "facebook": "token"}
_ISSUERS = {
    "apple": ("https://appleid.apple.com",),
    "google": ("https://accounts.google.com", "accounts.google.com"),
    "facebook": ("https://facebook.com", "https://www.facebook.com"),
}
_UNSUPPORTED = ("UnsupportedService", "AnonymousSigninDisabled", "FacebookSigninDisabled", "TwitterSigninDisabled")


def session_missing(ctx: RuleContext) -> Message | None:
    """No token where one is needed, or one in the wrong header."""
    if session(ctx) or ctx.exchange.message is not None or outer(ctx).get("_SessionToken") is not None:
        return None
    bearer = authorization(ctx.headers.get("authorization"))
    if bearer and (bearer.scheme == "bearer" or _TOKEN.fullmatch(bearer.value)):
        return Message("The session token stands in Authorization; Parse Server reads X-Parse-Session-Token.", "authorization", certain=True)
    if ctx.name == "SessionMissing" and not message_matches(ctx, r"Permission denied$", r"Cannot modify user", r"Insufficient auth"):
        return None
    if ctx.name == "ObjectNotFound" and place(ctx).route != "/upgradeToRevocableSession":
        return None
    if ctx.name == "InvalidSessionToken" and not message_matches(
        ctx, r"(?i)permission denied$|invalid session token|session token (required|not found)"
    ):
        return None
    what = f"{ctx.method} {ctx.template}" if place(ctx).route else "what it asks for"
    what = "changing or deleting a user" if ctx.name == "SessionMissing" else what
    return Message(
        f"The request carries no session token, and {what} takes one: log in, and send X-Parse-Session-Token.", "no session token", certain=True
    )


def session_form(ctx: RuleContext) -> Message | None:
    """What was sent as a session token cannot be one."""
    token = session(ctx)
    if (
        not token
        or _TOKEN.fullmatch(token)
        or not message_matches(ctx, r"(?i)permission denied$|invalid session token|session token (required|not found)")
    ):
        return None
    if token.strip().lower() in EMPTY_WORDS:
        return Message(
            f"The session token is {ctx.quote(token)}: the app lost it, or sent the request before it had one.", "x-parse-session-token", True
        )
    if _TOKEN.fullmatch(token.strip().strip("\"'")):
        why = "it has quotes or white space around it"
    elif token.startswith("eyJ"):
        why = "it is a JSON Web Token, of a sign-in provider or another service"
    elif re.fullmatch(r"[0-9a-f]{32}", token):
        why = "the `r:` before it is missing"
    elif _TOKEN.match(token) or (token.startswith("r:") and len(token) < 34):
        why = f"it has {len(token)} characters; session tokens have 34"
    else:
        why = "session tokens are `r:` and 32 hexadecimal digits"
    return Message(f"What was sent as the session token is none: {why}.", f"{len(token)} characters", certain=True)


def session_upgraded(ctx: RuleContext) -> Message | None:
    """Only sessions of the hosted service's first years are upgraded."""
    if place(ctx).route != "/upgradeToRevocableSession" or not _TOKEN.fullmatch(session(ctx)):
        return None
    return Message("the session is revocable already (it begins with `r:`): there is nothing to upgrade.", "r:")


def not_own_user(ctx: RuleContext) -> Message | None:
    """The session is good, but of another user than the one in the path."""
    token, ident = session(ctx), object_id(ctx)
    if place(ctx).route == "/users/me" and ctx.method in ("PUT", "DELETE"):
        return Message("The path has `me` where the user's id belongs: only GET knows /users/me.", ctx.raw_path, certain=True)
    if (
        not token
        or not ident
        or class_name(ctx) != "_User"
        or not message_matches(ctx, r"Permission denied$", r"Cannot modify user", r"Insufficient auth")
    ):
        return None
    known = ctx.known_token
    if known and known.user:
        if known.user == ident:
            return None
        return Message(
            f"The path names the user {ctx.quote(ident)}, and the session is of the user {ctx.quote(known.user)}: users change only themselves.",
            f"{ident} / {known.user}",
            certain=True,
        )
    if "authData" in payload(ctx):
        return None
    return Message(f"the session is of another user than {ctx.quote(ident)}, whom the path names: users change only themselves.", ident)


def provider_unknown(ctx: RuleContext) -> Iterator[Message]:
    """A provider that this server does not have."""
    auth = payload(ctx).get("authData")
    if auth is None:
        if "authData" in payload(ctx):
            yield Message("`authData` is null: leave it out, or name a provider.", "authData", certain=True)
        return
    if not isinstance(auth, dict):
        yield Message(f"`authData` takes an object; it is {type_name(auth)}.", "authData", certain=True)
        return
    for name, data in list(auth.items())[:20]:
        if not data:
            yield Message(f"`authData.{name[:40]}` is empty.", name, certain=True)
        elif name not in PROVIDERS:
            near = difflib.get_close_matches(name, PROVIDERS, 1, 0.7)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            says = (
                f"`authData` names the provider {ctx.quote(name)}, which is none of Parse Server's own and not in this server's `auth` option{hint}"
            )
            yield Message(says, name, certain=True)
        elif len(auth) == 1:
            yield Message(f"this server's `auth` option has not set up `{name}`.", name)


def provider_data(ctx: RuleContext) -> Iterator[Message]:
    """What was sent for a provider cannot be what it issues: parts missing, a token that is none, one that has ended or is of somebody else."""
    auth = payload(ctx).get("authData")
    if not isinstance(auth, dict) or message_matches(ctx, r"Invalid username/password"):
        return
    for name, data in list(auth.items())[:10]:
        if not isinstance(data, dict) or name not in PROVIDERS:
            continue
        lacks = [group for group in PROVIDERS[name] if not any(data.get(key) for key in group)]
        if lacks:
            names = " and ".join(" or ".join(f"`{key}`" for key in group) for group in lacks)
            yield Message(f"`authData.{name}` lacks {names}.", keys_sent(data), certain=True)
        key = _JWT_KEYS.get(name)
        if key and isinstance(data.get(key), str) and data[key]:
            yield from _jwt_faults(ctx, name, key, data[key])


def _jwt_faults(ctx: RuleContext, name: str, key: str, value: str) -> Iterator[Message]:
    token = jwt(value)
    if token.fault:
        yield Message(f"`{key}` of `authData.{name}` is no JSON Web Token: {token.fault}.", f"{len(value)} characters", certain=True)
        return
    ends, issuer = token.time("exp"), token.claims.get("iss")
    if ends is not None and ctx.now - ends > CLOCK_SLACK:
        yield Message(
            f"`{key}` of `authData.{name}` expired {duration(ctx.now - ends)} before this request: sign in with {name} anew.",
            f"exp {ends:.0f}",
            True,
        )
    if isinstance(issuer, str) and issuer not in _ISSUERS[name]:
        yield Message(f"`{key}` of `authData.{name}` was issued by {ctx.quote(issuer)}, not by {name}.", f"iss {issuer[:80]}", certain=True)


def provider_refused(ctx: RuleContext) -> Message | None:
    """The provider does not vouch for what was sent; on a change of a user that comes as 206."""
    auth = payload(ctx).get("authData")
    names = [name for name, data in auth.items() if isinstance(data, dict) and data] if isinstance(auth, dict) else []
    if not names or message_matches(ctx, r"Invalid username/password") or any(True for _ in provider_data(ctx)):
        return None
    if ctx.name == "SessionMissing":
        known = ctx.known_token
        if not session(ctx) or (known and known.user and known.user != object_id(ctx)):
            return None
    elif place(ctx).route not in ("/users", "/users/{id}", "/classes/{class}", "/login"):
        return None
    provider = ctx.quote(names[0])
    return Message(
        f"the provider {provider} does not vouch for the token and id in `authData`: they are stale, or do not belong together.",
        f"authData.{names[0]}",
    )


def provider_account_taken(ctx: RuleContext) -> Message | None:
    """The account at the provider belongs to somebody else already."""
    auth = payload(ctx).get("authData")
    names = [name for name, data in auth.items() if isinstance(data, dict) and data.get("id")] if isinstance(auth, dict) else []
    if not names:
        return None
    return Message(
        f"The {ctx.quote(names[0])} account in `authData` is linked to another user already; log in with it instead.", f"authData.{names[0]}", True
    )


def upload_session(ctx: RuleContext) -> Message | None:
    """Files are taken from signed-in users only, unless the server is told otherwise."""
    if (
        place(ctx).route != "/files/{file_id}"
        or session(ctx)
        or master_key(ctx)
        or not message_matches(ctx, r"File upload by public|Permission denied$")
    ):
        return None
    return Message(
        "The request carries no session token, and this server takes files from signed-in users only: `fileUpload.enableForPublic` is off.",
        "no session token",
        certain=True,
    )


RULES: tuple[Rule, ...] = (
    Rule("session-missing", session_missing, entries=("InvalidSessionToken", "SessionMissing", "ObjectNotFound")),
    Rule("session-form", session_form, entries=("InvalidSessionToken",)),
    Rule("session-ended", token_history, entries=("InvalidSessionToken",)),
    Rule("session-upgraded", session_upgraded, entries=("InternalServerError", "ObjectNotFound")),
    Rule("not-own-user", not_own_user, entries=("SessionMissing",)),
    Rule("provider-unknown", provider_unknown, entries=_UNSUPPORTED),
    Rule(
        "provider-data", provider_data, entries=("UserInvalidLoginParams", "ObjectNotFound", "SessionMissing", "ScriptFailed", "InternalServerError")
    ),
    Rule("provider-refused", provider_refused, entries=("UserInvalidLoginParams", "ObjectNotFound", "SessionMissing")),
    Rule("provider-account-taken", provider_account_taken, entries=("AccountAlreadyLinked",)),
    Rule("upload-session", upload_session, entries=("FileSaveError",)),
)
