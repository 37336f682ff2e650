"""Why a sign-in provider's data is refused: a provider that is not set up, a token that is none, has ended, or is of another app or user.

Source: parse-server 9.10.0, Adapters/Auth, RestWrite.js.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ...catalog.load import rule_tables
from ...exchange.auth_header import jwt
from ...exchange.json_pointer import MISSING, find
from ...exchange.json_reader import type_name
from ...history.objects import PROVIDER, proof_of
from ...history.store import LONGEST_KEY, Sighting
from ..checks import resembling
from ..context import Message, Rule, RuleContext, duration, fault_of
from ..credentials import CLOCK_SLACK
from .request import DENIED, LONGEST_QUERY, is_graphql, keys_sent, message_matches, object_id, outer, payload, place, session

# Adapters that come with the server, and what their data must have: one of each group.
PROVIDERS: Mapping[str, list[list[str]]] = rule_tables("parse")["providers"]
_UNSUPPORTED = ("UnsupportedService", "AnonymousSigninDisabled", "FacebookSigninDisabled", "TwitterSigninDisabled")
# What says nothing of the data that was sent: other rules, or the entry, go by these words.
_NOT_THE_DATA = re.compile(
    r"(?i)Invalid username/password|(\w+ )?auth (is not configured|options are required|configuration missing)|LDAPS?[: ]|"
    r".{0,60}(Missing appIds|appIds must be an array|app IDs|consumer_key|clientId is required|clientSecret is required|keycloak configuration|"
    r"endpoint URL is missing)|.{0,2000}(ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|socket hang up)",
    re.S,
)
_REFUSALS = ("UserInvalidLoginParams", "ObjectNotFound", "SessionMissing", "ScriptFailed", "InternalServerError", "ValidationFailed")


def _sign_in(ctx: RuleContext, name: str) -> str:
    """What to do about a provider whose data are not good any more: where others are linked beside it, send only those."""
    return f"{_link_only(ctx, name)}Sign in with {name} anew, and send what it gives at once: `authData: {{{name}: ...}}`."


def _link_only(ctx: RuleContext, name: str) -> str:
    others = [ctx.quote(other) for other, _ in _sent(ctx) if other != name] if ctx.method == "PUT" else []
    only = f"Send only what is to be linked: `authData` with {' and '.join(others[:3])}, without {name}. "
    return f"{only}If it is {name} itself: " if others else ""


def _auth(ctx: RuleContext) -> Any:
    """What was sent as `authData`: in the body, or in a variable of GraphQL; MISSING where there is none."""
    text = outer(ctx).get("query") if is_graphql(ctx) else None
    if not isinstance(text, str):
        return payload(ctx).get("authData", MISSING)
    named = re.search(r"\bauthData\s*:\s*\$(\w{1,80})", text[:LONGEST_QUERY])
    places = (f"/{named[1]}" if named else "/authData", "/input/fields/authData", "/input/authData", "/fields/authData")
    return next((found for place in places if (found := find(outer(ctx), f"/variables{place}")) is not MISSING), MISSING)


def _sent(ctx: RuleContext) -> list[tuple[str, dict[str, Any]]]:
    """The providers with data that the request sends, first the ones named in the server's text."""
    auth = _auth(ctx)
    found = [(name, data) for name, data in auth.items() if isinstance(data, dict) and data] if isinstance(auth, dict) else []
    return sorted(found[:10], key=lambda item: item[0].lower() not in ctx.message.lower())


def _accepted(ctx: RuleContext, data: dict[str, Any]) -> Sighting | None:
    """The last exchange in which the same id and token were accepted."""
    return ctx.app_memory.taken.get((PROVIDER, ctx.memory.hash(proof_of(data) or "none")))


def provider_unknown(ctx: RuleContext) -> Iterator[Message]:
    """Reads the shape of `authData`, then compares its providers with those that come with the server. Source: parse-server 2.8 and 9.10.0,
    RestWrite.js: up to version 7 data without an `id` are refused so, too. Other causes: none where the message says so, and one is sent with its
    `id`; a missing `id` is proved where the provider worked before."""
    auth, said = _auth(ctx), message_matches(ctx, r".*unsupported")
    if not isinstance(auth, dict):
        if auth is not MISSING:
            says = "`authData` is null." if auth is None else f"`authData` is {type_name(auth)}, not {type_name({})}."
            yield fault_of(says, "authData", 'Send `"authData": {"<provider>": {"id": "...", ...}}`, or leave it out.')
        return
    for name, data in list(auth.items())[:20]:
        shown, worked = ctx.quote(name), ctx.app_memory.names.get((PROVIDER, name[:LONGEST_KEY]))
        parts = data if isinstance(data, dict) else {}
        inner = next((key for key in (name, "authData", *PROVIDERS) if isinstance(parts.get(key), dict)), "")
        if not data:
            yield fault_of(f"`authData` has no data for {shown}.", name, "Send what the provider gave, or leave the provider out.", data is not None)
        elif inner or not (parts.get("id") or parts.get("code") or name == "mfa"):
            says = f"`authData` has no `id` for {shown}, which servers up to version 7 take for an unsupported provider"
            says = f"`authData` is nested once too often: {shown} has an object {ctx.quote(inner)} in it, and no `id`" if inner else says
            says += f"; with one, {shown} was accepted in {ctx.flow_name(worked.flow)}." if worked else "."
            name = inner if name == "authData" else name
            fix = f'Send `"authData": {{"{ctx.quote(name)[1:-1]}": {{"id": "...", ...}}}}`, with the id that the provider gave.'
            if name == "anonymous":
                fix = 'Send `"authData": {"anonymous": {"id": "<a new UUID>"}}` (JavaScript: '
                fix += '`user.linkWith("anonymous", { authData: { id: uuid } })`, in older SDKs `_linkWith`).'
                fix += "" if worked else " If it stays so, set `enableAnonymousUsers: true` on the server."
            yield fault_of(says, name, fix, said and worked is not None)
        elif worked:
            continue
        elif name == "anonymous":
            says = "This server takes no anonymous users (`enableAnonymousUsers` is off)."
            yield Message(says, name, said and len(auth) == 1, "Set `enableAnonymousUsers: true` on the server, or sign up.", "after-fix", "config")
        elif name not in PROVIDERS or len(auth) == 1:
            near = "" if name in PROVIDERS else resembling(name, PROVIDERS, 0.7)
            says = f"This server does not offer {shown}: it is not in its `auth` option or is disabled there, or the server is older than {shown}"
            if name not in PROVIDERS:
                says = f"The server's `auth` option has no provider {shown}, and it is not one that comes with Parse Server"
            hint = f"; did you mean `{near}`?" if near else "."
            fix = f"Send the data as `{near}`." if near else f"Set the provider up on the server: `auth: {{ {shown[1:-1]}: {{ ... }} }}`."
            yield Message(f"{says}{hint}", name, said, fix, "after-fix", "config")


def provider_data(ctx: RuleContext) -> Iterator[Message]:
    """Compares what was sent for a provider with what it issues: parts, audience, issuer, subject, end. Other causes: certain only where the server's
    text names the part."""
    if _NOT_THE_DATA.match(ctx.message):
        return
    refused = message_matches(ctx, r".{0,60}(is invalid for this user|token|code is required|AuthData \w+ is missing|jwt|requires)")
    sent = _sent(ctx)
    # Of several providers the server names the one that it refuses.
    for name, data in [item for item in sent if item[0].lower() in ctx.message.lower()] or sent:
        if name not in PROVIDERS:
            continue
        lacks = [group for group in PROVIDERS[name] if not any(data.get(key) for key in group) and not _accepted(ctx, data)]
        if lacks:
            names = " and ".join(" or ".join(f"`{key}`" for key in group) for group in lacks)
            more = "; `access_token` does not count for it" if "access_token" in data else ""
            yield fault_of(f"`authData.{name}` lacks {names}{more}.", keys_sent(data), f"Send {names} as {name} gave it.", refused)
        key = rule_tables("parse")["token"].get(name)
        if key and isinstance(data.get(key), str) and data[key]:
            yield from _jwt_faults(ctx, name, key, data)
        ends = _time(data.get("expiration_date"))
        if ends and ctx.now - ends > CLOCK_SLACK:
            says = f"`expiration_date` of `authData.{name}` was {duration(ctx.now - ends)} before this request."
            yield Message(says, "expiration_date", False, _sign_in(ctx, name), "after-login", "auth")


def _time(value: Any) -> float:
    try:
        return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else 0.0
    except (ValueError, OverflowError):
        return 0.0


def _jwt_faults(ctx: RuleContext, name: str, key: str, data: dict[str, Any]) -> Iterator[Message]:
    what, token = f"`{key}` of `authData.{name}`", jwt(data[key])
    if token.fault:
        told = message_matches(ctx, r"provided token does not decode|jwt malformed")
        # Facebook's limited login gives such a token, its other logins an access token.
        other = next((other for group in PROVIDERS[name] if key in group for other in group if other != key), "")
        fix = f"If it is an {other}, send it as `{other}`; else send" if other else "Send"
        yield fault_of(f"{what} is not a JSON Web Token: {token.fault}.", "", f"{fix} the {key} that {name} gave, unchanged.", told)
        return
    claims, ends = token.claims, token.time("exp")
    if ends is not None and ctx.now - ends > CLOCK_SLACK:
        says = f"{what} expired {duration(ctx.now - ends)} before this request."
        yield Message(says, f"exp {ends:.0f}", message_matches(ctx, r"jwt expired"), _sign_in(ctx, name), "after-login", "auth")
    if found := re.match(r"jwt audience invalid\. expected: (.{1,200})", ctx.message):
        audience = claims.get("aud")
        says = f"The audience (`aud`) of {what} is {ctx.quote(audience)}; the server takes {ctx.quote(found[1])} (`auth.{name}.clientId`)."
        kind = " (an app's token has the bundle id, a website's the service id)" if name == "apple" else ""
        fix = f"Set `auth: {{ {name}: {{ clientId: '{ctx.quote(audience)[1:-1]}' }} }}` on the server{kind}, or sign in with the client it names."
        yield Message(says, f"aud {audience}", True, fix, "after-fix", "config")
    elif found := re.match(r"access token is not authorized for this client - expected: (.{1,200}?) \| from: (.{0,200})", ctx.message):
        says = f"{what} was issued for the client {ctx.quote(found[2])}; the server takes {ctx.quote(found[1])} (`auth.{name}` option)."
        fix = "Sign in with the client that the server names, or name this one there."
        yield Message(says, f"azp {found[2]}"[:100], True, fix, "after-fix", "config")
    issuer = claims.get("iss")
    if isinstance(issuer, str) and issuer not in rule_tables("parse")["issuers"].get(name, [issuer]):
        told = message_matches(ctx, r"jwt issuer invalid", r"id token not issued by correct", r"Unable to find matching key")
        yield fault_of(f"{what} was issued by {ctx.quote(issuer)}, not by {name}.", f"iss {issuer[:80]}", f"Send the {key} of {name} itself.", told)
    subject, ident = claims.get("sub"), data.get("id")
    if isinstance(subject, str) and ident is not None and ident != subject:
        told = message_matches(ctx, r".{0,20}(auth|auth data|id token) is invalid for this user")
        says = f"`id` of `authData.{name}` is not the subject (`sub`) of the token."
        yield fault_of(says, "id / sub", f"Send the token's `sub` as `id` of `authData.{name}`.", told)


def provider_refused(ctx: RuleContext) -> Message | None:
    """Names what makes a provider refuse what looks sound; on a change of a user that comes as 206. Other causes: the server tells no more, so this
    is only likely."""
    sent = _sent(ctx)
    if not sent or _NOT_THE_DATA.match(ctx.message) or any(provider_data(ctx)):
        return None
    if ctx.name == "SessionMissing":
        known = ctx.known_token
        if not session(ctx) or (known and known.user and known.user != object_id(ctx)):
            return None
    elif place(ctx).route not in ("/users", "/users/{id}", "/login"):
        return None
    provider, data, own = ctx.quote(sent[0][0]), sent[0][1], sent[0][0] not in PROVIDERS
    name, option = provider[1:-1], f"`auth.{provider[1:-1]}`"
    settings = rule_tables("parse")["options"].get(name)
    if ctx.name == "InternalServerError":
        if own or not message_matches(ctx, r"Internal server error"):
            return None
        says = f"the server's adapter of {provider} failed without saying why: it lacks settings, or is too old for what the provider sends now."
        fix = f"Read the server's log at this time. Set {settings or 'what the provider needs'} in {option} of the server's options; else update it"
        fix += " (before 4.1 it took only the first of Apple's keys: `invalid signature` in the log)." if name == "apple" else "."
        return Message(says, f"authData.{name}", False, fix, "after-fix", "config")
    if not own and (seen := _accepted(ctx, data)):
        was = f"{ctx.ago(seen.when)} ({ctx.flow_name(seen.flow)})"
        says = f"the sign-in with {provider} has ended since the same `id` and token were accepted {was}: the token expired, or was withdrawn."
        says = f"the `code` of {provider} was used {was}: a code works once." if "code" in data else says
        return Message(says, f"authData.{name}, in {ctx.flow_name(seen.flow)}", False, _sign_in(ctx, name), "after-login", "auth")
    fix = f"{_sign_in(ctx, name)} If that is refused too, compare {settings or 'the client id of the app'} with {option} on the server."
    says = f"the provider {provider} does not accept the token for this `id`: it has ended, or is of another user or client."
    if found := re.match(r"Unable to find matching key for Key ID: (\S{1,80})", ctx.message):
        says = f"{provider} has no signing key {ctx.quote(found[1])}: the token is of another provider or environment, or too old."
        return Message(says, f"kid {found[1]}", True, _sign_in(ctx, name), "after-login", "auth")
    if name == "facebook":
        says = "Facebook refused the access token: it has ended, is of another Facebook app or user than `id`, or the app wants proof of its secret."
        fix = f"{_link_only(ctx, name)}Look the token up in Facebook's Access Token Debugger (app, user, end). If it is sound, compare its app with "
        fix += "`auth.facebook.appIds`; set `auth.facebook.appSecret`, or switch 'Require App Secret' off in the Facebook app's advanced settings."
        return Message(says, "authData.facebook", False, fix, "after-fix", "auth")
    if own and ctx.name != "SessionMissing" and not message_matches(ctx, DENIED, r".{0,60}auth is invalid for this user"):
        says = f"the adapter of {provider}, which is the app's own, does not accept the data; its words are {ctx.quote(ctx.message)}."
        fix = f"Look in the adapter's code ({option} on the server) for these words; if the data has ended, sign in with {name} anew."
    elif "code" in data:
        says = f"{provider} does not accept the `code`: a code works once, and for some minutes only, with the OAuth app that it was issued for."
        fix = f"Send the user through {name} again, and send the new code at once. If that is refused too, compare the OAuth app with {option}."
    return Message(says, f"authData.{name}", False, fix, "after-login", "auth")


def provider_account_taken(ctx: RuleContext) -> Message | None:
    """Reads which provider's account the request links. Other causes: a beforeSave trigger that puts another id in the place of the one sent."""
    names = [name for name, data in _sent(ctx) if data.get("id")]
    if not names:
        return None
    says = f"the account of {' and '.join(ctx.quote(name) for name in names[:4])} in `authData` is linked to a different user already."
    if not session(ctx) and payload(ctx).keys() == {"authData"} and place(ctx).route == "/users":
        # The one user whom it belongs to would have been logged in.
        says = f"{says[:-9]} and to a second one, or the server's code put the id of another user in its place."
        fix = "Take the account from all users but one in the dashboard, then log in with it; if it is one user, look at `beforeSave` of `_User`."
        return fault_of(says, f"authData.{names[0]}", fix, certain=False)
    # With a session the server takes the request for a link to its user.
    bare = ", without a session token" if session(ctx) else ""
    fix = f"Log in with it (`POST /users` with this `authData` alone{bare}), or unlink it there first (`null` for the provider)."
    return fault_of(says, f"authData.{names[0]}", fix, certain=False)


RULES: tuple[Rule, ...] = (
    Rule("provider-unknown", provider_unknown, entries=_UNSUPPORTED),
    Rule("provider-data", provider_data, entries=_REFUSALS),
    Rule("provider-refused", provider_refused, entries=("UserInvalidLoginParams", "ObjectNotFound", "SessionMissing", "InternalServerError")),
    Rule("provider-account-taken", provider_account_taken, entries=("AccountAlreadyLinked",)),
)
