"""Why Kinvey does not accept who is asking: Basic credentials, sessions, logins, rights."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...detect.routes import client_name
from ...history.app_facts import basic_user_key
from ..auth_header import Basic, authorization, basic
from ..context import Case, Say
from ..credentials import token_history
from .version import version_number

SCHEMES = ("basic", "kinvey", "kinveymfa")
# Routes that take the app's own key and secret, and whose Basic user can therefore only be the key.
_APP_ROUTES = re.compile(r"POST /user/[^/]+(?:/login)?/?$|GET /appdata/[^/]+/?$|[A-Z]+ /rpc/[^/]+/(?!custom/)")
_LOGIN = re.compile(r"/user/[^/]+/login/?$")
_KEY_FORM = re.compile(r"kid_[\w-]{1,40}")
# From this version on Basic is for the app's own credentials only.
_NO_USER_BASIC = 6


def _basic(case: Case) -> Basic | None:
    """The Basic credentials of a request, if they can be read."""
    sent = authorization(case.headers.get("authorization"))
    found = basic(sent.value) if sent and sent.scheme == "basic" else None
    return found if found and not found.fault else None


def _for_the_app(case: Case) -> bool:
    return _APP_ROUTES.match(f"{case.method} {case.raw_path}") is not None


def _session(case: Case) -> bool:
    sent = authorization(case.headers.get("authorization"))
    return bool(sent and sent.scheme == "kinvey" and not sent.is_empty_word)


def scheme(case: Case) -> Say | None:
    """A scheme that Kinvey does not know."""
    sent = authorization(case.headers.get("authorization"))
    if sent is None or sent.scheme in SCHEMES or sent.is_empty_word or "kid" not in case.route:
        return None
    what = f"uses the scheme {case.quote(sent.scheme)}" if sent.scheme else "holds a bare value without a scheme"
    return Say(f"The Authorization header {what}; Kinvey takes `Basic`, `Kinvey` and `KinveyMFA`.", f"scheme: {sent.scheme or 'none'}", certain=True)


def basic_user(case: Case) -> Iterator[Say]:
    """Basic credentials that belong to another app, are exchanged or have white space in them, or are those of a user where they must not be."""
    found, kid = _basic(case), case.route.get("kid", "")
    if found is None or not kid:
        return
    for part, value in (("user part", found.user), ("secret", found.password)):
        if value != value.strip():
            end = "a line break" if value.rstrip(" \t") != value.rstrip() else "white space"
            says = f"The {part} of the Basic credentials begins or ends with {end}; `echo` without `-n` adds one."
            yield Say(says, f"{end} in the {part}", certain=True)
            return
    if found.user == kid:
        return
    if found.password == kid:
        yield Say(
            "Key and secret are exchanged in the Basic credentials: the key comes first.", "the part after the colon is the path's key", certain=True
        )
    elif _KEY_FORM.fullmatch(found.user) or _for_the_app(case):
        who = f"of the key {case.quote(found.user)}" if _KEY_FORM.fullmatch(found.user) else f"of somebody else ({len(found.user)} characters)"
        says = f"The Basic credentials are those {who}, but the path is that of {case.quote(kid)}: key, secret and path must be of one environment."
        yield Say(says, "the user part is not the path's key", certain=True)
    elif version_number(case) is not None and (version_number(case) or 0) >= _NO_USER_BASIC:
        says = (
            "A user's name and password were sent with Basic, which Kinvey does not take any more from API version "
            f"{_NO_USER_BASIC} on: log in first, "
        )
        yield Say(f"{says}and send `Kinvey` with the session.", "Basic, and not the path's key", certain=True)
    elif case.name == "InvalidCredentials":
        yield Say("the Basic credentials are a user's, and name or password is wrong for this environment.", "Basic, and not the path's key")


def app_secret(case: Case) -> Say | None:
    """The right key with a secret that is not its own."""
    found, kid = _basic(case), case.route.get("kid", "")
    if found is None or found.user != kid:
        return None
    if not found.password:
        return Say("The Basic credentials have the key, but no secret after the colon.", "the secret is empty", certain=True)
    if found.password != found.password.strip():
        return None
    header = case.headers.get("authorization")
    if case.keeper.hash(header) in case.memory.credentials or (_LOGIN.search(case.raw_path) and case.fields):
        return None
    seen = case.memory.credentials.get(case.keeper.hash(basic_user_key(header)))
    if seen:
        says = f"the secret is wrong: the same key was accepted with another one {case.ago(seen.when)}, in {case.flow_name(seen.flow)}."
        return Say(says, f"another secret in {case.flow_name(seen.flow)}")
    says = (
        "the secret is wrong: the key in the Basic credentials is the path's own, so what does not fit is the secret. It may "
        "be another environment's, "
    )
    return Say(f"{says}or have been renewed in the console.", "Basic with the path's key")


def login(case: Case) -> Iterator[Say]:
    """A login that was refused: what speaks for the name, and what for the password."""
    name = case.fields.get("username")
    if not _LOGIN.search(case.raw_path) or not isinstance(name, str):
        return
    if name != name.strip():
        yield Say("the user name begins or ends with white space; names are compared letter by letter.", "white space in the user name")
        return
    known = case.memory.taken.get(("username", name[:120]))
    if known:
        says = f"the password is wrong: {case.flow_name(known.flow)} signed up or in with the same user name {case.ago(known.when)}."
        yield Say(says, f"same user name in {case.flow_name(known.flow)}")
        return
    folded = name.lower()
    other = next((seen for (key, taken), seen in case.memory.taken.newest() if key == "username" and taken.lower() == folded), None)
    if other:
        says = f"the user name is in other letters: one that differs only in upper and lower case worked {case.ago(other.when)}, in "
        yield Say(f"{says}{case.flow_name(other.flow)}; names are case-sensitive.", "user name in another case")
        return
    app = case.memory.credentials.get(case.keeper.hash(case.headers.get("authorization")))
    proved = f", since the app's key and secret were accepted in {case.flow_name(app.flow)}" if app else ""
    yield Say(f"user name and password do not belong together in this environment{proved}.", "POST login with username and password")


def social_login(case: Case) -> Iterator[Say]:
    """A login with an identity that its provider did not confirm."""
    identity = case.fields.get("_socialIdentity")
    if not isinstance(identity, dict):
        return
    for provider, held in list(identity.items())[:5]:
        token = held.get("access_token") if isinstance(held, dict) else None
        if not token or str(token).lower() in ("undefined", "null"):
            yield Say(f"`_socialIdentity` has no access token for {case.quote(provider)}.", f"_socialIdentity.{provider}", certain=True)
        else:
            says = f"the access token of {case.quote(provider)} has expired or is that of another app: Kinvey asked there, and it was refused."
            yield Say(says, f"_socialIdentity.{provider}")


def session(case: Case) -> Iterator[Say]:
    """A session that is not accepted, and what earlier flows showed of it."""
    if not _session(case):
        return
    ended = list(token_history(case))
    yield from ended
    if any(say.certain for say in ended):
        return
    hashed = case.footprint.hashed_token
    owner = _owner(case, hashed)
    if owner:
        yield Say(f"The session belongs to another app: it was issued for {case.quote(owner)}.", f"issued for {owner}", certain=True)
        return
    token, newest = case.memory.tokens.get(hashed), case.memory.last_issued
    if token and token.used:
        says = (
            f"the session has ended: it was still good {case.ago(token.used.when)} ({case.flow_name(token.used.flow)}). A changed "
            "password, a lock or a "
        )
        yield Say(f"{says}log-out elsewhere does that; sign in again.", f"worked in {case.flow_name(token.used.flow)}")
    elif not ended and newest and not (token and token.issued):
        says = (
            f"the app goes on with an old session: a new one was issued {case.ago(newest[1].when)} "
            f"({case.flow_name(newest[1].flow)}), and the one sent "
        )
        yield Say(f"{says}was never seen to work.", f"newest session issued in {case.flow_name(newest[1].flow)}")
    elif not ended:
        yield Say(
            "the user's session has expired or was ended: the request carries one, and Kinvey does not know it. Sign in again.", "Kinvey session"
        )


def _owner(case: Case, hashed: str) -> str:
    """Another app for which a session was issued, or ""."""
    if hashed in case.memory.tokens and (own := case.memory.tokens.get(hashed)) and own.issued:
        return ""
    for app in case.keeper.apps_of(case.backend.id):
        token = case.keeper.of(case.backend.id, app).tokens.get(hashed)
        if token and (token.issued or token.used) and app != case.route.get("kid"):
            return app
    return ""


def rights(case: Case) -> Say | None:
    """The caller is known, and may not."""
    found, debug = _basic(case), case.error.debug
    because = f" The server says: {case.quote(debug[:400])}." if debug else ""
    if found is not None and found.user == case.route.get("kid") and not _for_the_app(case):
        proved = re.search(r"(?i)master ?secret|app end user", debug) is not None
        says = (
            "The request was made with the app's own key and secret, where a signed-in user or the master secret is needed: send "
            "`Kinvey` with a session."
        )
        return Say(says if proved else f"{says[0].lower()}{says[1:]}", f"Basic with the path's key; debug: {debug[:80]}", certain=proved)
    if not _session(case):
        return None
    if case.route.get("id") and case.method in ("PUT", "DELETE"):
        what = "the entity belongs to another user: its `_acl` or the collection's permissions keep this one from changing it"
    elif case.route.get("id"):
        what = "the entity's `_acl` or the collection's permissions hide it from this user"
    else:
        what = f"the permissions of {case.quote(case.route.get('collection') or case.template)} or the user's roles do not allow {case.method}"
    return Say(f"{what}; the session itself is good.{because}", "Kinvey session")


def sdk_after_401(case: Case) -> Say | None:
    """What the app will do next: a 401 counts as the end of the session."""
    if case.status != 401 or not _session(case):
        return None
    client = client_name(case.backend, case.request).lower()
    if "android" in client:
        return Say("the Android SDK now refreshes the session, as after any 401, and logs the user out if that fails.", client[:80])
    if case.name == "InsufficientCredentials":
        return None
    return Say("SDKs take this 401 for the end of the session: they will refresh it where they can, else log the user out.", client[:80] or "401")
