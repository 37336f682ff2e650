"""Whose session it is, and why it is not good: no token, one that cannot be one or was ended, and the user in the path.

Source: parse-server 9.10.0, UsersRouter.js, rest.js, RestQuery.js, cryptoUtils.js, RestWrite.js, SessionsRouter.js.
"""

from __future__ import annotations

import re

from ...history.store import Sighting
from ..context import Message, Rule, RuleContext, fault_of
from .request import basic_for_login, class_name, graphql_field, has_all_rights, in_script, message_matches, object_id, outer, payload, place, session
from .target import join_role, known_object, listed, no_token

_TOKEN = re.compile(r"r:[0-9a-f]{32}")
_NO_SESSION = r"(?i:permission denied$|invalid session token|session token (required|not found))"
_NOT_OWN = r"Permission denied$", r"[Cc]annot modify user", r"Insufficient auth"
_SAYS_SO = r"(?i)session token (required|not found)|Cannot modify user|Insufficient auth|invalid session$"
# Routes that are about the caller's own session.
_OWN = ("/users/me", "/sessions/me", "/sessions", "/upgradeToRevocableSession")
_RENEW = "Log out and in again; or exchange the token while the server still has it (`POST /upgradeToRevocableSession`; iOS and Android: "
_RENEW += "`enableRevocableSessionInBackground`)."


def _login(says: str, evidence: str, fix: str, certain: bool = True) -> Message:
    return Message(says, evidence, certain, fix, "after-login", "auth")


def session_missing(ctx: RuleContext) -> Message | None:
    """Looks for a session token in header and body, and for one in another header. Other causes: none where route or message need a session; else a
    trigger."""
    # The master key stands for no user.
    rights = has_all_rights(ctx) and place(ctx).route not in ("/users/me", "/sessions/me")
    if session(ctx) or in_script(ctx) or ctx.exchange.message is not None or outer(ctx).get("_SessionToken") or rights:
        return None
    about_user = message_matches(ctx, *_NOT_OWN) and bool(class_name(ctx) == "_User" or graphql_field(ctx))
    upgrade, told = place(ctx).route == "/upgradeToRevocableSession", message_matches(ctx, _NO_SESSION)
    if not {"SessionMissing": about_user, "ObjectNotFound": upgrade, "InvalidSessionToken": told}.get(ctx.name, True):
        return None
    sent = ctx.authorization
    if sent and (sent.scheme == "bearer" or _TOKEN.fullmatch(sent.value)):
        says = "The session token is in Authorization; Parse Server reads it from X-Parse-Session-Token."
        return fault_of(says, "authorization", "Send it as `X-Parse-Session-Token: r:...`, without `Bearer`.")
    what = f"`{graphql_field(ctx)}`" if graphql_field(ctx) else f"{ctx.method} {ctx.template}" if place(ctx).route else "what it asks for"
    what = "changing or deleting a user" if ctx.name == "SessionMissing" else what
    empty = "x-parse-session-token" in ctx.headers or "_SessionToken" in outer(ctx)
    says = f"{what[:1].upper()}{what[1:]} needs a session token, and none was sent."
    says = f"The session token that was sent is empty, and {what} needs one." if empty else says
    says += " The master key does not stand for one." if has_all_rights(ctx) else basic_for_login(ctx)
    if _signed_up(ctx):
        says += f" The sign-up of this user in {_signed_up(ctx)} gave none."
        fix = "Log in after the sign-up. If that gives no token either, verify the e-mail address, or switch `preventLoginWithUnverifiedEmail` off."
        return _login(says, "no sessionToken in the sign-up's answer", fix)
    changes = class_name(ctx) == "_User" and ctx.method in ("PUT", "DELETE")
    own = changes or place(ctx).route in _OWN or class_name(ctx) == "_Session" or object_id(ctx) == "me"
    return no_token(ctx, says, own or bool(graphql_field(ctx)) or message_matches(ctx, _SAYS_SO))


def _signed_up(ctx: RuleContext) -> str:
    """The flow of the sign-up of the user in the path, where its answer had no session token; else ""."""
    known = ctx.app_memory.objects.get(("_User", object_id(ctx))) if class_name(ctx) == "_User" and object_id(ctx) else None
    if known is None or known.seen.how != "POST" or any(token.user == object_id(ctx) for _, token in ctx.app_memory.tokens.newest()):
        return ""
    return ctx.flow_name(known.seen.flow)


def session_ended(ctx: RuleContext) -> Message | None:
    """Looks for an earlier flow that ended the session: a logout, a new password, the end of the session itself. Other causes: a server that was
    reset since; a password ends sessions unless `revokeSessionOnPasswordReset` is off."""
    token, failed = ctx.known_token, failed_change(ctx)
    if failed and message_matches(ctx, _NO_SESSION):
        flow = ctx.flow_name(failed.flow)
        says = (
            f"the session worked until {flow}, {ctx.ago(failed.when)}: the attempt to change this user in it was refused ({failed.how}) and ended it."
        )
        fix = "Log in again; an anonymous user is lost. Before an anonymous user is made an account look whether the name is free, and update an old "
        return _login(says, f"{failed.how} in {flow}", f"{fix}server (2.x ends sessions so).", False)
    if not token or not token.ended or not message_matches(ctx, _NO_SESSION):
        return None
    flow, how = ctx.flow_name(token.ended.flow), token.ended_how
    deleted = re.match(r"DELETE .*/(?:users|_User)/", how)
    why = ": a new password ends the user's sessions" if "/users/" in how or "/_User/" in how else ""
    why = ": the user was deleted, which ends all sessions" if deleted else why
    says = f"the session was ended by {how} in {flow}, {ctx.ago(token.ended.when)}{why}."
    if place(ctx).route == "/logout":
        fix = "Drop the token from the app's storage, and ignore code 209 at a logout: the session is gone, as it should be."
        return Message(says, how, False, fix, "never", "auth")
    fix = "Log in again, and use the new `sessionToken`; drop the old one from the app's storage at a logout or change of password."
    issued = ctx.app_memory.last_issued
    if deleted:
        fix = "Drop the token and the local user from the app's storage after the account is deleted; to go on, sign up or log in as another user."
    elif why and issued and issued[1].flow == token.ended.flow:
        fix = f"Send the `sessionToken` of the answer in {flow} from then on; send `password` only where the user changes it."
        return Message(says, how, False, fix, "after-fix", "auth")
    return _login(says, how, fix, certain=False)


def failed_change(ctx: RuleContext) -> Sighting | None:
    """The last exchange that should have changed the user of the session, and failed after the session had last worked, but not for want of it."""
    token, mount = ctx.known_token, place(ctx).mount
    worked = token and (token.used or token.issued)
    if not token or not token.user or not worked:
        return None
    asked = [ctx.app_memory.outcomes.get(ctx.memory.hash(f"PUT {mount}{path}/{token.user}?")) or {} for path in ("/users", "/classes/_User")]
    tried = [seen for users in asked if (seen := users.get(ctx.facts.hashed_token)) and seen.when > worked.when]
    return next((seen for seen in tried if seen.status >= 400 and seen.how not in ("206", "209")), None)


def not_own_user(ctx: RuleContext) -> Message | None:
    """Compares the user in the path with the user of the session, and with the access list that earlier flows showed. Source: parse-server 9.10.0,
    rest.js and RestWrite.js; before version 3 users changed only themselves. Other causes: a user who is gone."""
    token, ident = session(ctx), object_id(ctx)
    if place(ctx).route == "/users/me" and ctx.method in ("PUT", "DELETE"):
        says = "The path has `me` where the user's id belongs: only GET knows /users/me."
        return fault_of(says, ctx.raw_path, "Put the user's `objectId` into the path.")
    if not token or not ident or class_name(ctx) != "_User" or ctx.method == "GET" or has_all_rights(ctx) or not message_matches(ctx, *_NOT_OWN):
        return None
    fix = f"Send the session token of {ctx.quote(ident)}, or do this in a cloud function with `{{ useMasterKey: true }}`."
    known, whose, auth = ctx.known_token, known_object(ctx), payload(ctx).get("authData")
    linked = any(auth.values()) if isinstance(auth, dict) else auth is not None
    worked = known and known.user == ident and (known.used or known.issued)
    converts = isinstance(auth, dict) and "anonymous" in auth and not (known and known.user)
    if message_matches(ctx, "Insufficient auth") and not linked and (worked or converts):
        own = f"the session is this user's own, and worked {ctx.ago(worked.when)} ({ctx.flow_name(worked.flow)}): " if worked else ""
        says = f"{own}the server ended the session while it changed the user, as Parse Server 2.8 does when an anonymous user gets a name and "
        fix = "Log in again, with the new name and password if they were sent, and update Parse Server (3.0 or later). The request is in order."
        return Message(f"{says}password, or a provider is unlinked.", ident, False, fix, "after-login", "server")
    if known and known.user:
        may = [name for name, rights in ((whose and whose.acl) or {}).items() if rights[1] and name != ident]
        if known.user == ident or "*" in may or known.user in may:
            return None
        says = f"the session is of the user {ctx.quote(known.user)}, whom the ACL of the user {ctx.quote(ident)} does not let write"
        says += "" if may else ": by default only the user himself may write"
        if may and whose and whose.acl_seen:
            says += f": besides the user himself {listed(ctx, may)} may, as {ctx.flow_name(whose.acl_seen.flow)} showed"
        if whose and whose.seen.how == "DELETE":
            says = f"the user {ctx.quote(ident)} was deleted in {ctx.flow_name(whose.seen.flow)}"
        return Message(f"{says}.", f"{ident} / {known.user}", False, join_role(ctx, may, fix), "after-fix", "permission")
    if linked:
        return None
    says = f"the session is of another user than {ctx.quote(ident)}, whom the path names: by default only the user himself may write."
    if not _TOKEN.fullmatch(token):
        says, fix = (
            "the session token has no `r:` in front: it is one of the hosted service's first years, which this server takes for nobody's.",
            _RENEW,
        )
    return Message(says, ident, False, fix, "after-fix", "permission")


RULES: tuple[Rule, ...] = (
    Rule("session-missing", session_missing, entries=("InvalidSessionToken", "SessionMissing", "ObjectNotFound")),
    Rule("session-ended", session_ended, entries=("InvalidSessionToken",)),
    Rule("not-own-user", not_own_user, entries=("SessionMissing",)),
)
