"""Kinvey's users: refused logins, names that are taken, identities of other providers, and logins with Mobile Identity Connect.

Sources, unless a rule names another: Kinvey REST guide, Authentication and Users.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...exchange.unset_values import is_unset
from ...history.app_facts import ACCOUNT, REDIRECT
from ...history.store import LONGEST_KEY, Sighting
from ..checks import near_name
from ..context import Message, RuleContext, auth_fault, fault_of, login_fault

_RESTORE = "Restore the user (`POST /user/<app key>/<user id>/_restore`), or delete it with `?hard=true`; both take the master secret."
_SIGN_UP_AGAIN = 'Sign up again with `"username"` and `"password"`, spelt so: where they are missing, Kinvey invents both.'


def login(ctx: RuleContext) -> Message | None:
    """Looks at a refused login: its name and password, and what earlier flows signed up or in with. Source: Kinvey REST guide, Users; a sign-up
    without `username` and `password` gets invented ones (observed by an app's users)."""
    name, user = ctx.fields.get("username"), ctx.basic.user
    if not re.search(r"/user/[^/]+/login/?$", ctx.raw_path) or not isinstance(name, str) or not name or (user and user != ctx.route.get("kid")):
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


def redirect_differs(ctx: RuleContext) -> Message | None:
    """Compares `redirect_uri` with those that earlier flows began a login with. Source: RFC 6749, 4.1.3; earlier flows. Other causes: none, a code is
    good for the address that it was asked with."""
    sent, asked = ctx.body.form.get("redirect_uri", ""), ctx.app_memory.names_of(REDIRECT)
    if not sent or not asked or sent[:LONGEST_KEY] in dict(asked) or ctx.method != "POST":
        return None
    right, flow = ctx.quote(asked[0][0]), ctx.flow_name(asked[0][1].flow)
    says = f"`redirect_uri` is {ctx.quote(sent)}, but {flow} began the login with {right}: both must be equal, letter by letter."
    return fault_of(says, f"redirect_uri in {flow}", f"Send {right} as `redirect_uri` to /oauth/token too.")


def client(ctx: RuleContext) -> Message | None:
    """Compares `client_id` with the app keys that worked. Source: earlier exchanges. Other causes: the app may be unknown so far, so this is likely
    only."""
    sent = ctx.body.form.get("client_id") or ctx.params.get("client_id") or ctx.basic.user
    apps = [app for app in ctx.memory.apps_of(ctx.backend.id) if "." not in app]
    known = [(app, seen) for app in apps if (seen := ctx.memory.known(ctx.backend.id, app).last_answer) and seen.status < 400]
    return near_name(ctx, sent.partition(".")[0], known, "app key")
