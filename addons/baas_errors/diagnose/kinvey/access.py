"""Why Kinvey does not accept who is asking: Basic credentials, sessions, logins, rights.

Sources, unless a rule names another: Kinvey REST guide, Authentication and Users.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...exchange.auth_header import Basic, authorization, basic
from ...exchange.placeholders import is_unset
from ...history.app_facts import ACCOUNT, OWNER, basic_user_key
from ...history.store import LONGEST_KEY, Sighting
from ..context import Message, RuleContext, auth_fault, fault_of, login_fault
from ..credentials import token_history
from .body import version_number

SCHEMES = ("basic", "kinvey", "kinveymfa")
SIGN_IN = "Sign the user in again and send the new session as `Authorization: Kinvey <session>`."
APP_BASIC = "Send `Authorization: Basic base64(<app key>:<app secret>)`"
_MASTER = "Send `Authorization: Basic base64(<app key>:<master secret>)` from your own server or a Flex service, never from the app."
_RESTORE = "Restore the user (`POST /user/<app key>/<user id>/_restore`), or delete it with `?hard=true`; both take the master secret."
_SIGN_UP_AGAIN = 'Sign up again with `"username"` and `"password"`, spelt so: where they are missing, Kinvey invents both.'
# Routes that take the app's own key and secret, and those that take the master secret only.
_SIGN_UP = re.compile(r"POST /user/[^/]+(?:/login)?/?$")
_APP_ROUTES = re.compile(rf"{_SIGN_UP.pattern}|GET /appdata/[^/]+/?$|[A-Z]+ /rpc/[^/]+/(?!custom/)")
_ADMIN_ROUTES = re.compile(r"/(?:roles|group)/[^/]+|/roles/[^/]+/?$|/rpc/[^/]+/(?:lockdown|remove-|restrict|unlock)|/_restore/?$|/push/[^/]+/send")
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
    """Looks at the scheme of the Authorization header. Other causes: none, Kinvey has no other scheme."""
    sent = authorization(ctx.headers.get("authorization"))
    if sent is None or sent.scheme in SCHEMES or sent.is_empty_word or "kid" not in ctx.route:
        return None
    what = f"uses the scheme {ctx.quote(sent.scheme)}" if sent.scheme else "holds a bare value without a scheme"
    fix = f"{APP_BASIC} before sign-in, `Authorization: Kinvey <session>` after it."
    return auth_fault(f"The Authorization header {what}.", f"scheme: {sent.scheme or 'none'}", fix)


def basic_user(ctx: RuleContext) -> Message | None:
    """Compares the Basic credentials with the app key in the path. Other causes: a user whose name looks like an app key, with a wrong password."""
    found, kid = _basic(ctx), ctx.route.get("kid", "")
    if found is None or not kid or ctx.memory.hash(ctx.headers.get("authorization")) in ctx.app_memory.credentials:
        return None  # What this app has accepted before is not the cause.
    own, key_form = found.user == kid, _KEY_FORM.fullmatch(found.user)
    right = f"{APP_BASIC}, with the key {ctx.quote(kid)} of the path."
    for part, value in (("user part", found.user), ("secret", found.password)):
        if value and is_unset(value):
            return auth_fault(f"The {part} of the Basic credentials is a placeholder that was never replaced.", f"{part} unset", right)
        if value != value.strip():
            end = "a line break" if value.rstrip(" \t") != value.rstrip() else "white space"
            says = f"The {part} of the Basic credentials begins or ends with {end}."
            fix = f"Remove the {end} before encoding, for example with `printf '%s' \"$KEY:$SECRET\" | base64` (`echo` adds a line break)."
            return auth_fault(says, f"{end} in the {part}", fix, part == "user part" or own)
    if own:
        return None
    if found.password == kid:
        says = "The Basic credentials have the secret before the colon and the key after it."
        return auth_fault(says, "the part after the colon is the path's key", f"{APP_BASIC}, the key first.")
    evidence = "the user part is not the path's key"
    if key_form or _for_the_app(ctx):
        who = f"of the key {ctx.quote(found.user)}" if key_form else f"of another name ({len(found.user)} characters)"
        says = f"The Basic credentials are those {who}, but the path is that of {ctx.quote(kid)}."
        return auth_fault(says, evidence, right, bool(key_form or _SIGN_UP.match(f"{ctx.method} {ctx.raw_path}")))
    if (version_number(ctx) or 0) >= _NO_USER_BASIC:
        says = f"a user's name and password were sent with Basic, which is not known to work from API version {_NO_USER_BASIC} on."
        fix = "Log in with `POST /user/<app key>/login`, then send the session as `Authorization: Kinvey <session>`."
        return login_fault(says, evidence, fix, certain=False)
    if ctx.name != "InvalidCredentials":
        return None
    fix = "Check the user's name and password, or log in and send `Authorization: Kinvey <session>`."
    return login_fault("the Basic credentials are a user's, and name or password is wrong for this environment.", evidence, fix, certain=False)


def app_secret(ctx: RuleContext) -> Message | None:
    """Looks at the secret sent with the path's own key, and at those accepted before. Other causes of an empty secret's refusal: none."""
    found, kid = _basic(ctx), ctx.route.get("kid", "")
    if found is None or found.user != kid or found.password != found.password.strip() or (found.password and is_unset(found.password)):
        return None
    fix = f"Copy the app secret of {ctx.quote(kid)} from the console (environment settings) and build the Basic header from it."
    if not found.password:
        return auth_fault("The Basic credentials have the key, but no secret after the colon.", "the secret is empty", fix)
    header = ctx.headers.get("authorization")
    if ctx.memory.hash(header) in ctx.app_memory.credentials or (_LOGIN.search(ctx.raw_path) and ctx.fields):
        return None
    says, evidence = "the secret in the Basic credentials does not belong to the key, which is the path's own", "Basic with the path's key"
    if seen := ctx.app_memory.credentials.get(ctx.memory.hash(basic_user_key(header))):
        says = f"{says}: the key was accepted with another secret {ctx.ago(seen.when)}, in {ctx.flow_name(seen.flow)}"
        evidence = f"another secret in {ctx.flow_name(seen.flow)}"
    return auth_fault(f"{says}.", evidence, fix, certain=False)


def login(ctx: RuleContext) -> Message | None:
    """Looks at a refused login: its name and password, and what earlier flows signed up or in with. Source: Kinvey REST guide, Users; a sign-up
    without `username` and `password` gets invented ones (observed by an app's users)."""
    name, credentials = ctx.fields.get("username"), _basic(ctx)
    if not _LOGIN.search(ctx.raw_path) or not isinstance(name, str) or not name or (credentials and credentials.user != ctx.route.get("kid")):
        return None
    taken, folded = ctx.app_memory.taken, name.strip().lower()
    others = ((key.rpartition("#")[2], seen) for (key, value), seen in taken.newest() if key[:1] == "/" and value.strip().lower() == folded)
    known = taken.get(("username", name[:LONGEST_KEY]))
    keys = known.how.split(" ") if known else []
    if known is None and (misspelt := next(others, None)):
        key, seen = misspelt
        evidence = f"`{key}` in {ctx.flow_name(seen.flow)}"
        if "username" in seen.how.split(" "):
            says = f"the sign-up in {ctx.flow_name(seen.flow)} sent this as `{key}`, and another user name as `username`."
            return auth_fault(says, evidence, "Log in with the user name of that sign-up.", certain=False)
        says = f"the sign-up in {ctx.flow_name(seen.flow)} sent this user name as `{key}`, not as `username`, so no account has it."
        return Message(says, evidence, False, _SIGN_UP_AGAIN, "after-fix", "request")
    if known and "password" not in keys and len(known.how) < LONGEST_KEY:
        spelt = next((key for key in keys if re.fullmatch(r"(?i)pass_?(?:word|wd)?|pwd", key)), "")
        sent = f"the password as {ctx.quote(spelt)}, not as `password`" if spelt else "no `password`"
        says = f"the sign-up in {ctx.flow_name(known.flow)} sent {sent}, so Kinvey invented a password for the account."
        return Message(says, f"keys sent in {ctx.flow_name(known.flow)}: {known.how}", False, _SIGN_UP_AGAIN, "after-fix", "request")
    if known and (gone := deleted_user(ctx, known)):
        says = f"{ctx.flow_name(gone.flow)} deleted this user {ctx.ago(gone.when)}: without `hard=true` the user is suspended, and may not log in."
        return auth_fault(says, f"DELETE in {ctx.flow_name(gone.flow)}", _RESTORE, certain=False)
    if known:
        says = f"the password is wrong: {ctx.flow_name(known.flow)} signed up or in with the same user name {ctx.ago(known.when)}."
        fix = "Enter the password anew, or reset it with `POST /rpc/<app key>/<user name>/user-password-reset-initiate`."
        return auth_fault(says, f"same user name in {ctx.flow_name(known.flow)}", fix, certain=False)
    fix = "Send the user name exactly as it was signed up: names are compared letter by letter."
    near = next(((value, seen) for (key, value), seen in taken.newest() if key == "username" and value.strip().lower() == folded), None)
    if near:
        how, other = "upper and lower case" if near[0].lower() == name.lower() else "white space", near[1]
        says = f"the user name differs only in {how} from one that worked {ctx.ago(other.when)}, in {ctx.flow_name(other.flow)}."
        return auth_fault(says, f"user name with other {how}", fix, certain=False)
    if name != name.strip():
        return auth_fault("the user name begins or ends with white space.", "white space in the user name", fix, certain=False)
    app = ctx.app_memory.credentials.get(ctx.memory.hash(ctx.headers.get("authorization")))
    proved = f"; the app's key and secret were accepted in {ctx.flow_name(app.flow)}" if app else ""
    fix = "Check that the account exists in this environment, then its user name (case matters) and its password."
    says = f"user name and password do not belong together in this environment{proved}."
    return auth_fault(says, "POST login with username and password", fix, certain=False)


def deleted_user(ctx: RuleContext, known: Sighting) -> Sighting | None:
    """The flow that deleted the user whose sign-up or login was seen."""
    user = next((ident for ident, seen in ctx.app_memory.names_of(ACCOUNT) if seen.flow == known.flow), "")
    return next((seen for (_, ident), seen in ctx.app_memory.ids.newest() if user and ident == user and seen.how == "DELETE"), None)


def user_taken(ctx: RuleContext) -> Message | None:
    """Looks for an earlier sign-up or login with this user name, and whether that user was deleted since. Source: Kinvey REST guide, Users (a user
    who is deleted without `hard=true` is suspended, and keeps the name). Other causes: somebody else may have the name."""
    name = ctx.fields.get("username")
    known = ctx.app_memory.taken.get(("username", name[:LONGEST_KEY])) if isinstance(name, str) and name else None
    if known is None:
        return None
    flow, gone = ctx.flow_name(known.flow), deleted_user(ctx, known)
    if gone:
        says = f"{flow} signed this user up or in, and {ctx.flow_name(gone.flow)} deleted it without freeing the name."
        return fault_of(says, f"DELETE in {ctx.flow_name(gone.flow)}", _RESTORE, certain=False)
    says = f"`username` {ctx.quote(name, 'username')} was registered {ctx.ago(known.when)} by {flow}."
    if "password" not in known.how.split(" "):
        says = f"another user has the `username` {ctx.quote(name, 'username')}, which was in {flow} too, {ctx.ago(known.when)}."
    other = "Send another `username` for this user, or leave it out." if ctx.method == "PUT" else ""
    return fault_of(says, "username", other or "Log in instead, or sign up with another user name.", certain=False)


def social_login(ctx: RuleContext) -> Iterator[Message]:
    """Looks at the identity in a login: whether it has a token, which Kinvey checks with the provider. Other causes of a missing token's refusal:
    none."""
    identity = ctx.fields.get("_socialIdentity")
    for provider, held in list(identity.items())[:5] if isinstance(identity, dict) else ():
        where = f"_socialIdentity.{provider}"
        if is_unset(str((held.get("access_token") if isinstance(held, dict) else None) or "")):
            fix = f"Sign in with the provider first, then send its token as `_socialIdentity.{provider[:40]}.access_token`."
            yield login_fault(f"`_socialIdentity` has no access token for {ctx.quote(provider)}.", where, fix)
            continue
        says = f"the provider refused the access token of {ctx.quote(provider)}: it has expired, or it was issued for another app."
        fix = "Get a fresh access token from the provider and log in with it at once; check the provider's app id in the console."
        if provider == "kinveyAuth":
            fix = "Refresh the token with `POST /oauth/token` on the auth host and log in with the new one; else start the MIC login again."
        yield login_fault(says, where, fix, certain=False)


def session(ctx: RuleContext) -> Message | None:
    """Looks at what the answer and earlier flows say of the session that was sent. Source: Kinvey REST guide, Users; for MIC the debug text in
    Kinvey/dotnet-sdk and swift-sdk tests. Other causes: none where the answer itself says that the access token is gone or cannot be validated, or
    the session was issued for another app."""
    if not _session(ctx):
        return None
    if "kinveyAuth" in ctx.error.debug and (found := _MIC.search(f"{ctx.error.debug} {ctx.message}")):
        fix = (
            "Refresh it with `POST /oauth/token` on the auth host (`grant_type=refresh_token`) and log in with the new token "
            "(`_socialIdentity.kinveyAuth`). If that fails too, sign the user in again."
        )
        memories = (ctx.memory.of(ctx.backend.id, app) for app in ctx.memory.apps_of(ctx.backend.id))
        if done := next((use for memory in memories for _, uses in memory.refreshes.newest() for use in uses if use.ok), None):
            fix = f"Log in with the token that {ctx.flow_name(done.flow)} returned: `POST /user/<app key>/login`, as `_socialIdentity.kinveyAuth`."
        return login_fault("The access token of Mobile Identity Connect (MIC) behind this session has ended.", found[0], fix)
    if ended := next(iter(token_history(ctx)), None):
        return ended._replace(retry="after-login", fault="auth")
    if "unable to validate" in ctx.error.debug.lower():
        says = "Kinvey cannot read the session token: it was changed or cut, or comes from another system."
        fix = "Send `_kmd.authtoken` of the login's answer unchanged; if the stored one is damaged, sign the user in again."
        return login_fault(says, ctx.error.debug[:80], fix)
    token, newest = ctx.known_token, ctx.app_memory.last_issued
    issued = ctx.memory.token(ctx.backend.id, ctx.facts.hashed_token)
    if issued and issued[0] != ctx.route.get("kid") and not (token and token.issued):
        owner = ctx.quote(issued[0])
        fix = f"Use the app key {owner} in the path, or sign in to {ctx.quote(ctx.route.get('kid', ''))}."
        return login_fault(f"The session belongs to another app: it was issued for {owner}.", f"issued for {issued[0]}", fix)
    if token and token.used:
        worked = ctx.flow_name(token.used.flow)
        says = f"the session has ended: it worked {ctx.ago(token.used.when)} ({worked}). A log-out, a new password or a locked account ends it."
        return login_fault(says, f"worked in {worked}", SIGN_IN, certain=False)
    if newest and not (token and token.issued):
        flow = ctx.flow_name(newest[1].flow)
        says = f"the app sends an old session: {flow} issued a new one {ctx.ago(newest[1].when)}, and the one sent was not seen to work."
        fix = f"Store the session that {flow} returned (`_kmd.authtoken`) and send that one."
        return auth_fault(says, f"newest session issued in {flow}", fix, certain=False)
    return login_fault("the user's session has expired or was ended.", "Kinvey session", SIGN_IN, certain=False)


def rights(ctx: RuleContext) -> Message | None:
    """Looks at who asks and for what, where Kinvey knows the caller and refuses. Source: Kinvey REST guide, Security and Error handling. Other
    causes: none where debug says who must ask."""
    found, debug, ident = _basic(ctx), ctx.error.debug, ctx.route.get("id", "")
    own, master = found is not None and found.user in ctx.raw_path.split("/"), re.search(r"(?i)master ?secret", debug) is not None
    user_too, hard = "end user" in debug.lower(), ctx.method == "DELETE" and ctx.params.get("hard") == "true"
    if (master and not user_too) or (not debug and (hard or _ADMIN_ROUTES.search(ctx.raw_path))):
        came = "the app's own key and secret" if own else "a user's session" if _session(ctx) else "other credentials"
        says = f"This operation requires the master secret; the request came with {came}."
        return Message(says, debug[:80] or ctx.template, master, _MASTER, "after-fix", "permission")
    if own and not _for_the_app(ctx):
        says = "The request was made with the app's own key and secret, where a signed-in user or the master secret is needed."
        fix = "Sign in first and send `Authorization: Kinvey <session>`; use the master secret on servers only."
        return Message(says, f"Basic with the path's key; debug: {debug[:80]}", master or user_too, fix, "after-login", "permission")
    what, users = ctx.route.get("collection") or ctx.route.get("function"), "/user/" in ctx.raw_path
    if not _session(ctx) or not (what or users or "/blob/" in ctx.raw_path) or "regist" in debug:
        return None
    if user_too:
        says = "the session that was sent is not that of a user of this environment, or the operation is for the master secret only."
        return Message(says, debug[:80], False, f"{SIGN_IN} For administration: {_MASTER[0].lower()}{_MASTER[1:]}", "after-login", "permission")
    because = f" The server says: {ctx.quote(debug[:400])}." if debug else ""
    console = "or change the collection's permissions in the console." if what else "or do it with the master secret, on a server."
    token = ctx.known_token
    where = f" (signed in in {ctx.flow_name(token.issued.flow)})" if token and token.issued else ""
    if users and ident:
        session_of = f"of {ctx.quote(token.user)}{where}" if token and token.user and token.user != ident else "another user's"
        says = f"this session is {session_of}, and the path names the user {ctx.quote(ident)}; users may change only themselves"
        fix = "Change other users from your own server or a custom endpoint, with the master secret."
    elif (owner := ctx.app_memory.taken.get((OWNER, ident[:LONGEST_KEY]))) and token and token.user and owner.how == token.user:
        says = f"the session's user owns {ctx.quote(ident)} ({ctx.flow_name(owner.flow)}), so the permissions of the collection or the user's roles "
        says, fix = f"{says}do not allow {ctx.method}", f"In the console, let the collection's permissions or a role of this user allow {ctx.method}."
    elif owner and token and token.user:
        says = f"{ctx.quote(ident)} belongs to the user {ctx.quote(owner.how)} ({ctx.flow_name(owner.flow)}), and this session is of "
        says = f"{says}{ctx.quote(token.user)}{where}; its `_acl` gives no right to {ctx.method}"
        fix = f"Let its owner add this user to `_acl.{'r' if ctx.method == 'GET' else 'w'}`, {console}"
    elif ident:
        of, change = (
            "the entity's `_acl` or the collection's permissions" if what else "the rights in the file's `_acl`",
            ctx.method in ("PUT", "DELETE"),
        )
        says = f"{of} do not let this user {'change' if change else 'read'} it; the session itself is good"
        add = "`_acl.w` (or a group to `_acl.groups.w`)" if change else "`_acl.r` (or set `_acl.gr` to true)"
        fix = f"Let the owner add this user to {add}, {console}"
    else:
        says = f"the permissions of {ctx.quote(what or ctx.template)} or the user's roles do not allow {ctx.method}; the session itself is good"
        fix = f"In the console, let the permissions of {ctx.quote(what or ctx.template)} or a role of this user allow {ctx.method}."
    return Message(f"{says}.{because}", "Kinvey session", False, fix, "after-fix", "permission")


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
