"""Why Kinvey does not accept who is asking: Basic credentials, sessions, logins, rights."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...exchange.auth_header import EMPTY_WORDS, Basic, authorization, basic
from ...history.app_facts import basic_user_key
from ...history.store import LONGEST_KEY
from ..context import Message, RuleContext
from ..credentials import token_history
from .version import version_number

SCHEMES = ("basic", "kinvey", "kinveymfa")
SIGN_IN = "Sign the user in again and send the new session as `Authorization: Kinvey <session>`."
APP_BASIC = "Send `Authorization: Basic base64(<app key>:<app secret>)`"
# Routes that take the app's own key and secret.
_APP_ROUTES = re.compile(r"POST /user/[^/]+(?:/login)?/?$|GET /appdata/[^/]+/?$|[A-Z]+ /rpc/[^/]+/(?!custom/)")
_SIGN_UP = re.compile(r"POST /user/[^/]+(?:/login)?/?$")
_LOGIN = re.compile(r"/user/[^/]+/login/?$")
_KEY_FORM = re.compile(r"kid_[\w-]{1,40}")
_MIC = re.compile(r"(?i)access token (?:not found|expired|has expired|is invalid)")
# The SDK 7.0.0 sends this version; a user's Basic credentials are not known to work with it.
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
    """Looks at the scheme of the Authorization header. Source: Kinvey REST guide, Authentication. Other causes: none, Kinvey has no other scheme."""
    sent = authorization(ctx.headers.get("authorization"))
    if sent is None or sent.scheme in SCHEMES or sent.is_empty_word or "kid" not in ctx.route:
        return None
    what = f"uses the scheme {ctx.quote(sent.scheme)}" if sent.scheme else "holds a bare value without a scheme"
    fix = f"{APP_BASIC} before sign-in, `Authorization: Kinvey <session>` after it."
    return Message(f"The Authorization header {what}.", f"scheme: {sent.scheme or 'none'}", True, fix, "after-fix", "auth")


def basic_user(ctx: RuleContext) -> Iterator[Message]:
    """Compares the Basic credentials with the app key in the path. Source: Kinvey REST guide, Authentication. Other causes: a user whose name looks
    like an app key, with a wrong password."""
    found, kid = _basic(ctx), ctx.route.get("kid", "")
    if found is None or not kid or ctx.memory.hash(ctx.headers.get("authorization")) in ctx.app_memory.credentials:
        return  # What this app has accepted before is not the cause.
    own, key_form = found.user == kid, _KEY_FORM.fullmatch(found.user)
    right = f"{APP_BASIC}, with the key {ctx.quote(kid)} of the path."
    for part, value in (("user part", found.user), ("secret", found.password)):
        if value != value.strip():
            end = "a line break" if value.rstrip(" \t") != value.rstrip() else "white space"
            says = f"The {part} of the Basic credentials begins or ends with {end}."
            fix = f"Remove the {end} before encoding, for example with `printf '%s' \"$KEY:$SECRET\" | base64` (`echo` adds a line break)."
            yield Message(says, f"{end} in the {part}", part == "user part" or own, fix, "after-fix", "auth")
            return
    if own:
        return
    if found.password == kid:
        says = "The Basic credentials have the secret before the colon and the key after it."
        yield Message(says, "the part after the colon is the path's key", True, right, "after-fix", "auth")
    elif key_form or _for_the_app(ctx):
        who = f"of the key {ctx.quote(found.user)}" if key_form else f"of another name ({len(found.user)} characters)"
        says = f"The Basic credentials are those {who}, but the path is that of {ctx.quote(kid)}."
        certain = bool(key_form or _SIGN_UP.match(f"{ctx.method} {ctx.raw_path}"))
        yield Message(says, "the user part is not the path's key", certain, right, "after-fix", "auth")
    elif (version_number(ctx) or 0) >= _NO_USER_BASIC:
        says = f"a user's name and password were sent with Basic, which is not known to work from API version {_NO_USER_BASIC} on."
        fix = "Log in with `POST /user/<app key>/login`, then send the session as `Authorization: Kinvey <session>`."
        yield Message(says, "Basic, and not the path's key", False, fix, "after-login", "auth")
    elif ctx.name == "InvalidCredentials":
        says = "the Basic credentials are a user's, and name or password is wrong for this environment."
        fix = "Check the user's name and password, or log in and send `Authorization: Kinvey <session>`."
        yield Message(says, "Basic, and not the path's key", False, fix, "after-login", "auth")


def app_secret(ctx: RuleContext) -> Message | None:
    """Looks at the secret sent with the path's own key, and at those accepted before. Source: Kinvey REST guide, Authentication. Other causes of an
    empty secret's refusal: none."""
    found, kid = _basic(ctx), ctx.route.get("kid", "")
    if found is None or found.user != kid or found.password != found.password.strip():
        return None
    fix = f"Copy the app secret of {ctx.quote(kid)} from the console (environment settings) and build the Basic header from it."
    if not found.password:
        return Message("The Basic credentials have the key, but no secret after the colon.", "the secret is empty", True, fix, "after-fix", "auth")
    header = ctx.headers.get("authorization")
    if ctx.memory.hash(header) in ctx.app_memory.credentials or (_LOGIN.search(ctx.raw_path) and ctx.fields):
        return None
    seen = ctx.app_memory.credentials.get(ctx.memory.hash(basic_user_key(header)))
    says = "the secret in the Basic credentials does not belong to the key, which is the path's own."
    if seen:
        says = f"{says[:-1]}: the key was accepted with another secret {ctx.ago(seen.when)}, in {ctx.flow_name(seen.flow)}."
    evidence = f"another secret in {ctx.flow_name(seen.flow)}" if seen else "Basic with the path's key"
    return Message(says, evidence, False, fix, "after-fix", "auth")


def login(ctx: RuleContext) -> Iterator[Message]:
    """Looks at a refused login: its name and password, and what earlier flows signed up or in with. Source: Kinvey REST guide, Users; a sign-up
    without `username` and `password` gets invented ones (observed by an app's users)."""
    name = ctx.fields.get("username")
    if not _LOGIN.search(ctx.raw_path) or not isinstance(name, str) or not name:
        return
    taken = ctx.app_memory.taken
    folded = name.strip().lower()
    others = ((key.rpartition("#")[2], seen) for (key, value), seen in taken.newest() if key[:1] == "/" and value.strip().lower() == folded)
    if ("username", name[:120]) not in taken and (misspelt := next(others, None)):
        key, seen = misspelt
        says = f"the sign-up in {ctx.flow_name(seen.flow)} sent this user name as `{key}`, not as `username`, so no account has it."
        fix = 'Sign up again with `"username"` and `"password"`, spelt so: where they are missing, Kinvey invents both.'
        yield Message(says, f"`{key}` in {ctx.flow_name(seen.flow)}", False, fix, "after-fix", "request")
    elif (known := taken.get(("username", name[:120]))) and "password" not in (keys := known.how.split(" ")) and len(known.how) < LONGEST_KEY:
        spelt = next((key for key in keys if re.fullmatch(r"(?i)pass_?(?:word|wd)?|pwd", key)), "")
        sent = f"the password as {ctx.quote(spelt)}, not as `password`" if spelt else "no `password`"
        says = f"the sign-up in {ctx.flow_name(known.flow)} sent {sent}, so Kinvey invented a password for the account."
        fix = 'Sign up again with `"username"` and `"password"`, spelt so: where they are missing, Kinvey invents both.'
        yield Message(says, f"keys sent in {ctx.flow_name(known.flow)}: {known.how}", False, fix, "after-fix", "request")
    elif known:
        says = f"the password is wrong: {ctx.flow_name(known.flow)} signed up or in with the same user name {ctx.ago(known.when)}."
        fix = "Enter the password anew, or reset it with `POST /rpc/<app key>/<user name>/user-password-reset-initiate`."
        yield Message(says, f"same user name in {ctx.flow_name(known.flow)}", False, fix, "after-fix", "auth")
    elif other := next((seen for (key, value), seen in taken.newest() if key == "username" and value.lower() == folded), None):
        how = "white space" if name != name.strip() else "upper and lower case"
        says = f"the user name differs only in {how} from one that worked {ctx.ago(other.when)}, in {ctx.flow_name(other.flow)}."
        fix = "Send the user name exactly as it was signed up: names are compared letter by letter."
        yield Message(says, f"user name with other {how}", False, fix, "after-fix", "auth")
    elif name != name.strip():
        fix = "Remove white space around the user name before sending it; names are compared letter by letter."
        yield Message("the user name begins or ends with white space.", "white space in the user name", False, fix, "after-fix", "auth")
    else:
        app = ctx.app_memory.credentials.get(ctx.memory.hash(ctx.headers.get("authorization")))
        proved = f"; the app's key and secret were accepted in {ctx.flow_name(app.flow)}" if app else ""
        says = f"user name and password do not belong together in this environment{proved}."
        fix = "Check that the account exists in this environment, then its user name (case matters) and its password."
        yield Message(says, "POST login with username and password", False, fix, "after-fix", "auth")


def social_login(ctx: RuleContext) -> Iterator[Message]:
    """Looks at the identity in a login: whether it has a token, which Kinvey checks with the provider. Source: Kinvey REST guide, Users. Other causes
    of a missing token's refusal: none."""
    identity = ctx.fields.get("_socialIdentity")
    for provider, held in list(identity.items())[:5] if isinstance(identity, dict) else ():
        token = held.get("access_token") if isinstance(held, dict) else None
        where = f"_socialIdentity.{provider}"
        if not token or str(token).lower() in EMPTY_WORDS:
            fix = f"Sign in with the provider first, then send its token as `_socialIdentity.{provider[:40]}.access_token`."
            yield Message(f"`_socialIdentity` has no access token for {ctx.quote(provider)}.", where, True, fix, "after-login", "auth")
        else:
            says = f"the provider refused the access token of {ctx.quote(provider)}: it has expired, or it was issued for another app."
            fix = "Get a fresh access token from the provider and log in with it at once; check the provider's app id in the console."
            if provider == "kinveyAuth":
                fix = "Refresh the token with `POST /oauth/token` on the auth host and log in with the new one; else start the MIC login again."
            yield Message(says, where, False, fix, "after-login", "auth")


def session(ctx: RuleContext) -> Iterator[Message]:
    """Looks at what the answer and earlier flows say of the session that was sent. Source: Kinvey REST guide, Users; for MIC the debug text in
    Kinvey/dotnet-sdk and swift-sdk tests. Other causes: none where the answer itself says that the access token is gone or cannot be validated, or
    the session was issued for another app."""
    if not _session(ctx):
        return
    if "kinveyAuth" in ctx.error.debug and (found := _MIC.search(f"{ctx.error.debug} {ctx.message}")):
        says = "The access token of Mobile Identity Connect (MIC) behind this session has ended."
        fix = (
            "Refresh it with `POST /oauth/token` on the auth host (`grant_type=refresh_token`) and log in with the new token "
            "(`_socialIdentity.kinveyAuth`). If that fails too, sign the user in again."
        )
        yield Message(says, found[0], True, fix, "after-login", "auth")
        return
    ended = [say._replace(fix=say.fix or SIGN_IN, retry="after-login", fault="auth") for say in token_history(ctx)]
    yield from ended
    if any(say.certain for say in ended):
        return
    if "unable to validate" in ctx.error.debug.lower():
        says = "Kinvey cannot read the session token: it was changed or cut, or comes from another system."
        fix = "Send `_kmd.authtoken` of the login's answer unchanged; if the stored one is damaged, sign the user in again."
        yield Message(says, ctx.error.debug[:80], True, fix, "after-login", "auth")
        return
    hashed = ctx.facts.hashed_token
    if owner := _owner(ctx, hashed):
        says = f"The session belongs to another app: it was issued for {ctx.quote(owner)}."
        fix = f"Use the app key {ctx.quote(owner)} in the path, or sign in to {ctx.quote(ctx.route.get('kid', ''))}."
        yield Message(says, f"issued for {owner}", True, fix, "after-login", "auth")
        return
    token, newest = ctx.app_memory.tokens.get(hashed), ctx.app_memory.last_issued
    if token and token.used:
        says = (
            f"the session has ended: it worked {ctx.ago(token.used.when)} ({ctx.flow_name(token.used.flow)}). A log-out, a new password or a "
            "locked account ends it."
        )
        yield Message(says, f"worked in {ctx.flow_name(token.used.flow)}", False, SIGN_IN, "after-login", "auth")
    elif not ended and newest and not (token and token.issued):
        flow = ctx.flow_name(newest[1].flow)
        says = f"the app sends an old session: {flow} issued a new one {ctx.ago(newest[1].when)}, and the one sent was not seen to work."
        fix = f"Store the session that {flow} returned (`_kmd.authtoken`) and send that one."
        yield Message(says, f"newest session issued in {flow}", False, fix, "after-fix", "auth")
    elif not ended:
        yield Message("the user's session has expired or was ended.", "Kinvey session", False, SIGN_IN, "after-login", "auth")


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
    """Looks at who asks and for what, where Kinvey knows the caller and refuses. Source: Kinvey REST guide, Security and Error handling. Other
    causes: none where debug asks for a user or the master secret."""
    found, debug = _basic(ctx), ctx.error.debug
    because = f" The server says: {ctx.quote(debug[:400])}." if debug else ""
    if found is not None and found.user == ctx.route.get("kid") and not _for_the_app(ctx):
        proved = re.search(r"(?i)master ?secret|app end user", debug) is not None
        says = "The request was made with the app's own key and secret, where a signed-in user or the master secret is needed."
        fix = "Sign in first and send `Authorization: Kinvey <session>`; use the master secret on servers only."
        evidence = f"Basic with the path's key; debug: {debug[:80]}"
        return Message(says if proved else f"{says[0].lower()}{says[1:]}", evidence, proved, fix, "after-login", "permission")
    if not _session(ctx):
        return None
    if ctx.route.get("id") and ctx.method in ("PUT", "DELETE"):
        what = "the entity's `_acl` or the collection's permissions do not let this user change it"
        fix = (
            "Let the entity's owner add this user to `_acl.w` (or a group to `_acl.groups.w`), or change the collection's permissions in the console."
        )
    elif ctx.route.get("id"):
        what = "the entity's `_acl` or the collection's permissions do not let this user read it"
        fix = "Let the entity's owner add this user to `_acl.r` (or set `_acl.gr` to true), or change the collection's permissions in the console."
    else:
        what = f"the permissions of {ctx.quote(ctx.route.get('collection') or ctx.template)} or the user's roles do not allow {ctx.method}"
        fix = f"In the console, let the collection's permissions or a role of this user allow {ctx.method}."
    return Message(f"{what}; the session itself is good.{because}", "Kinvey session", False, fix, "after-fix", "permission")


def sdk_after_401(ctx: RuleContext) -> Message | None:
    """Looks at which SDK gets this 401, which ends the session on the device. Source: Kinvey/android-sdk; kinvey-js-sdk 7.0.0, http/index.js."""
    if ctx.status != 401 or not _session(ctx):
        return None
    client = ctx.facts.client.lower()
    if "android" in client:
        return Message("the Android SDK now refreshes the session, as after any 401, and logs the user out if that fails.", client[:80])
    if ctx.name == "InsufficientCredentials":
        return None
    return Message("SDKs treat this 401 as the end of the session: they refresh it where they can, else log the user out.", client[:80] or "401")
