"""Why Kinvey does not accept who is asking: Basic credentials, sessions, logins, rights."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...detect.routes import client_name
from ...history.app_facts import basic_user_key
from ..auth_header import Basic, authorization, basic
from ..context import Message, RuleContext
from ..credentials import token_history
from .version import version_number

SCHEMES = ("basic", "kinvey", "kinveymfa")
# Routes that take the app's own key and secret, and whose Basic user can therefore only be the key.
_APP_ROUTES = re.compile(r"POST /user/[^/]+(?:/login)?/?$|GET /appdata/[^/]+/?$|[A-Z]+ /rpc/[^/]+/(?!custom/)")
_LOGIN = re.compile(r"/user/[^/]+/login/?$")
_KEY_FORM = re.compile(r"kid_[\w-]{1,40}")
# From this version on Basic is for the app's own credentials only.
_NO_USER_BASIC = 6


def _basic(ctx: RuleContext) -> Basic | None:
    """The Basic credentials of a request, if they can be read."""
    sent = authorization(ctx.headers.get("authorization"))
    found = basic(sent.value) if sent and sent.scheme == "basic" else None
    return found if found and not found.fault else None


def _for_the_app(ctx: RuleContext) -> bool:
    return _APP_ROUTES.match(f"{ctx.method} {ctx.raw_path}") is not None


def _session(ctx: RuleContext) -> bool:
    sent = authorization(ctx.headers.get("authorization"))
    return bool(sent and sent.scheme == "kinvey" and not sent.is_empty_word)


def scheme(ctx: RuleContext) -> Message | None:
    """A scheme that Kinvey does not know."""
    sent = authorization(ctx.headers.get("authorization"))
    if sent is None or sent.scheme in SCHEMES or sent.is_empty_word or "kid" not in ctx.route:
        return None
    what = f"uses the scheme {ctx.quote(sent.scheme)}" if sent.scheme else "holds a bare value without a scheme"
    return Message(
        f"The Authorization header {what}; Kinvey takes `Basic`, `Kinvey` and `KinveyMFA`.", f"scheme: {sent.scheme or 'none'}", certain=True
    )


def basic_user(ctx: RuleContext) -> Iterator[Message]:
    """Basic credentials that belong to another app, are exchanged or have white space in them, or are those of a user where they must not be."""
    found, kid = _basic(ctx), ctx.route.get("kid", "")
    if found is None or not kid:
        return
    for part, value in (("user part", found.user), ("secret", found.password)):
        if value != value.strip():
            end = "a line break" if value.rstrip(" \t") != value.rstrip() else "white space"
            says = f"The {part} of the Basic credentials begins or ends with {end}; `echo` without `-n` adds one."
            yield Message(says, f"{end} in the {part}", certain=True)
            return
    if found.user == kid:
        return
    if found.password == kid:
        yield Message(
            "Key and secret are exchanged in the Basic credentials: the key comes first.", "the part after the colon is the path's key", certain=True
        )
    elif _KEY_FORM.fullmatch(found.user) or _for_the_app(ctx):
        who = f"of the key {ctx.quote(found.user)}" if _KEY_FORM.fullmatch(found.user) else f"of somebody else ({len(found.user)} characters)"
        says = f"The Basic credentials are those {who}, but the path is that of {ctx.quote(kid)}: key, secret and path must be of one environment."
        yield Message(says, "the user part is not the path's key", certain=True)
    elif version_number(ctx) is not None and (version_number(ctx) or 0) >= _NO_USER_BASIC:
        says = (
            "A user's name and password were sent with Basic, which Kinvey does not take any more from API version "
            f"{_NO_USER_BASIC} on: log in first, "
        )
        yield Message(f"{says}and send `Kinvey` with the session.", "Basic, and not the path's key", certain=True)
    elif ctx.name == "InvalidCredentials":
        yield Message("the Basic credentials are a user's, and name or password is wrong for this environment.", "Basic, and not the path's key")


def app_secret(ctx: RuleContext) -> Message | None:
    """The right key with a secret that is not its own."""
    found, kid = _basic(ctx), ctx.route.get("kid", "")
    if found is None or found.user != kid:
        return None
    if not found.password:
        return Message("The Basic credentials have the key, but no secret after the colon.", "the secret is empty", certain=True)
    if found.password != found.password.strip():
        return None
    header = ctx.headers.get("authorization")
    if ctx.memory.hash(header) in ctx.app_memory.credentials or (_LOGIN.search(ctx.raw_path) and ctx.fields):
        return None
    seen = ctx.app_memory.credentials.get(ctx.memory.hash(basic_user_key(header)))
    if seen:
        says = f"the secret is wrong: the same key was accepted with another one {ctx.ago(seen.when)}, in {ctx.flow_name(seen.flow)}."
        return Message(says, f"another secret in {ctx.flow_name(seen.flow)}")
    says = (
        "the secret is wrong: the key in the Basic credentials is the path's own, so what does not fit is the secret. It may "
        "be another environment's, "
    )
    return Message(f"{says}or have been renewed in the console.", "Basic with the path's key")


def login(ctx: RuleContext) -> Iterator[Message]:
    """A login that was refused: what speaks for the name, and what for the password."""
    name = ctx.fields.get("username")
    if not _LOGIN.search(ctx.raw_path) or not isinstance(name, str):
        return
    if name != name.strip():
        yield Message("the user name begins or ends with white space; names are compared letter by letter.", "white space in the user name")
        return
    known = ctx.app_memory.taken.get(("username", name[:120]))
    if known:
        says = f"the password is wrong: {ctx.flow_name(known.flow)} signed up or in with the same user name {ctx.ago(known.when)}."
        yield Message(says, f"same user name in {ctx.flow_name(known.flow)}")
        return
    folded = name.lower()
    other = next((seen for (key, taken), seen in ctx.app_memory.taken.newest() if key == "username" and taken.lower() == folded), None)
    if other:
        says = f"the user name is in other letters: one that differs only in upper and lower case worked {ctx.ago(other.when)}, in "
        yield Message(f"{says}{ctx.flow_name(other.flow)}; names are case-sensitive.", "user name in another case")
        return
    app = ctx.app_memory.credentials.get(ctx.memory.hash(ctx.headers.get("authorization")))
    proved = f", since the app's key and secret were accepted in {ctx.flow_name(app.flow)}" if app else ""
    yield Message(f"user name and password do not belong together in this environment{proved}.", "POST login with username and password")


def social_login(ctx: RuleContext) -> Iterator[Message]:
    """A login with an identity that its provider did not confirm."""
    identity = ctx.fields.get("_socialIdentity")
    if not isinstance(identity, dict):
        return
    for provider, held in list(identity.items())[:5]:
        token = held.get("access_token") if isinstance(held, dict) else None
        if not token or str(token).lower() in ("undefined", "null"):
            yield Message(f"`_socialIdentity` has no access token for {ctx.quote(provider)}.", f"_socialIdentity.{provider}", certain=True)
        else:
            says = f"the access token of {ctx.quote(provider)} has expired or is that of another app: Kinvey asked there, and it was refused."
            yield Message(says, f"_socialIdentity.{provider}")


def session(ctx: RuleContext) -> Iterator[Message]:
    """A session that is not accepted, and what earlier flows showed of it."""
    if not _session(ctx):
        return
    ended = list(token_history(ctx))
    yield from ended
    if any(say.certain for say in ended):
        return
    hashed = ctx.facts.hashed_token
    owner = _owner(ctx, hashed)
    if owner:
        yield Message(f"The session belongs to another app: it was issued for {ctx.quote(owner)}.", f"issued for {owner}", certain=True)
        return
    token, newest = ctx.app_memory.tokens.get(hashed), ctx.app_memory.last_issued
    if token and token.used:
        says = (
            f"the session has ended: it was still good {ctx.ago(token.used.when)} ({ctx.flow_name(token.used.flow)}). A changed "
            "password, a lock or a "
        )
        yield Message(f"{says}log-out elsewhere does that; sign in again.", f"worked in {ctx.flow_name(token.used.flow)}")
    elif not ended and newest and not (token and token.issued):
        says = (
            f"the app goes on with an old session: a new one was issued {ctx.ago(newest[1].when)} "
            f"({ctx.flow_name(newest[1].flow)}), and the one sent "
        )
        yield Message(f"{says}was never seen to work.", f"newest session issued in {ctx.flow_name(newest[1].flow)}")
    elif not ended:
        yield Message(
            "the user's session has expired or was ended: the request carries one, and Kinvey does not know it. Sign in again.", "Kinvey session"
        )


def _owner(ctx: RuleContext, hashed: str) -> str:
    """Another app for which a session was issued, or ""."""
    if hashed in ctx.app_memory.tokens and (own := ctx.app_memory.tokens.get(hashed)) and own.issued:
        return ""
    for app in ctx.memory.apps_of(ctx.backend.id):
        token = ctx.memory.of(ctx.backend.id, app).tokens.get(hashed)
        if token and (token.issued or token.used) and app != ctx.route.get("kid"):
            return app
    return ""


def rights(ctx: RuleContext) -> Message | None:
    """The caller is known, and may not."""
    found, debug = _basic(ctx), ctx.error.debug
    because = f" The server says: {ctx.quote(debug[:400])}." if debug else ""
    if found is not None and found.user == ctx.route.get("kid") and not _for_the_app(ctx):
        proved = re.search(r"(?i)master ?secret|app end user", debug) is not None
        says = (
            "The request was made with the app's own key and secret, where a signed-in user or the master secret is needed: send "
            "`Kinvey` with a session."
        )
        return Message(says if proved else f"{says[0].lower()}{says[1:]}", f"Basic with the path's key; debug: {debug[:80]}", certain=proved)
    if not _session(ctx):
        return None
    if ctx.route.get("id") and ctx.method in ("PUT", "DELETE"):
        what = "the entity belongs to another user: its `_acl` or the collection's permissions keep this one from changing it"
    elif ctx.route.get("id"):
        what = "the entity's `_acl` or the collection's permissions hide it from this user"
    else:
        what = f"the permissions of {ctx.quote(ctx.route.get('collection') or ctx.template)} or the user's roles do not allow {ctx.method}"
    return Message(f"{what}; the session itself is good.{because}", "Kinvey session")


def sdk_after_401(ctx: RuleContext) -> Message | None:
    """What the app will do next: a 401 counts as the end of the session."""
    if ctx.status != 401 or not _session(ctx):
        return None
    client = client_name(ctx.backend, ctx.request).lower()
    if "android" in client:
        return Message("the Android SDK now refreshes the session, as after any 401, and logs the user out if that fails.", client[:80])
    if ctx.name == "InsufficientCredentials":
        return None
    return Message("SDKs take this 401 for the end of the session: they will refresh it where they can, else log the user out.", client[:80] or "401")
