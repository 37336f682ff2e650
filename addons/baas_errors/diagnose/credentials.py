"""Checks of what is sent to say who asks: tokens that are none, cannot be read, are out of their time, or were ended by an earlier flow."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from ..exchange.auth_header import jwt
from ..exchange.unset_values import is_nothing, is_unset
from ..history.app_facts import credentials
from ..history.store import MOST_USES, Sighting
from .context import Message, RuleContext, auth_fault, duration, login_fault
from .named_fields import named_in_answer

# Names of fields that hold what a person signs in with, and words of answers about keys and tokens.
_PASSWORD = re.compile(r"(?i)pass|pwd|secret|(?:^|_)(?:pin|otp)$|^code_?verifier$")
_KEY = re.compile(r"(?i)(?<![a-z])(?:api|app|client)?key(?![a-z])")
_TOKEN = re.compile(r"(?i)token|session|sign|log.?in|authenticat")
# Clocks of devices and servers differ by some seconds; a token must be past its end by more to be called expired.
CLOCK_SLACK = 5.0
_LOG_IN = "Sign in again and send the new token."
_SEND = {
    "token": "Send the token that the sign-in returned, and wait for the sign-in to end before the first request.",
    "key": "Send the key itself, from your own server: set the variable that holds it.",
    "user and password": "Set the variables that hold user and password, and send the base64 of `user:password`.",
}
_RESUBMIT = "Send `Authorization: Bearer <token>` with one space and the bare token."


_ABOUT_CALLER = re.compile(r"(?i)auth|token|session|log(?:ged)?.?in|sign(?:ed)?.?in|credential|anonymous|guest|access denied")


def issued_before(ctx: RuleContext) -> tuple[str, str]:
    """The flow that issued the newest token, which has not ended, and where its answer had it; "" for both where there is none."""
    hashed, seen = ctx.app_memory.last_issued or ("", Sighting("", 0))
    token = ctx.app_memory.tokens.get(hashed)
    # A token of OAuth may be good for a login only.
    if token is None or token.ended or seen.how == "/access_token" or (ctx.exchange.started or seen.when) < seen.when:
        return "", ""
    return ctx.flow_name(seen.flow), seen.how.strip("/").replace("/", ".")


def newer_token(ctx: RuleContext) -> tuple[tuple[str, Sighting], bool] | None:
    """The newer token that replaced the one sent, as its hash and when it came: of the same sign-in, or (False) by a refresh whose sign-in was
    not seen."""
    token, issued, uses = ctx.known_token, ctx.app_memory.last_issued, islice(ctx.app_memory.refreshes.newest(), MOST_USES)
    newest = ctx.app_memory.newest.get(token.chain) if token and token.chain else None
    proved = newest is not None
    # What was issued here, or still worked after the refresh, is another user's.
    others = token and issued and (token.issued or (token.used and token.used.when > issued[1].when))
    if not proved and issued and issued_before(ctx)[0] and not others:
        newest = next((issued for _, tried in uses for use in tried if use.ok and use.flow == issued[1].flow), None)
    if newest is None or newest[0] == ctx.facts.hashed_token or (ctx.exchange.started or newest[1].when) < newest[1].when:
        return None
    return newest, proved


def empty_token(ctx: RuleContext) -> Message | None:
    """Looks for what a program writes in place of a token that it does not have: `undefined`, `null`, nothing. Source: how JavaScript, Python and
    Objective-C convert absent values to text. Other causes: none: such a word is not a token."""
    sent = ctx.authorization
    if not sent or not sent.is_empty_word:
        return None
    what, shown = {"masterkey": "key", "basic": "user and password"}.get(sent.scheme, "token"), ctx.quote(f"{sent.scheme} {sent.value}".strip())
    login = "OAuth login" if ctx.raw_path.rstrip("/").endswith("/mcp") else "sign-in"
    fix = f"Put the token that the {login} returned in its place." if what == "token" and not is_nothing(sent.value) else ""
    flow, place = issued_before(ctx) if what == "token" else ("", "")
    fix = f"Read the token from `{place}` of the answer in {flow}, and send it." if flow else fix
    seen = f" {flow.capitalize()} returned a token as `{place}`: the app read another field, or did not store it." if flow else ""
    if not sent.value:
        return login_fault(f"The Authorization header carries a scheme but no {what}.{seen}", "authorization", fix or _SEND[what])
    if "chars #" in shown:
        value = ctx.quote(sent.value)
        shown = value if "chars #" not in value else f"{ctx.quote(sent.scheme)} and a placeholder that was never replaced,"
    return login_fault(
        f"The Authorization header carries {shown} instead of {'a ' * (what != 'user and password')}{what}.{seen}",
        "authorization",
        fix or _SEND[what],
    )


def bearer_form(ctx: RuleContext) -> Message | None:
    """Looks at the form of a Bearer header: no space, no scheme, or the scheme twice. Source: RFC 6750, section 2.1. Other causes: none: such a
    header holds no readable token."""
    header, sent = ctx.headers.get("authorization"), ctx.authorization
    if re.match(r"(?i)bearer[^\s]", header):
        says = "The Authorization header has no space between `Bearer` and the token."
    elif sent and sent.value.startswith("eyJ") and sent.scheme not in ("", "bearer", *map(str.lower, ctx.backend.secrets.schemes)):
        says = f"The scheme before the token in the Authorization header is {ctx.quote(sent.scheme)}, which this server does not take."
    elif sent and not sent.scheme and sent.value.startswith("eyJ") and not ctx.backend.history.bare:
        says = "The Authorization header holds the bare token, without the scheme `Bearer`."
    elif sent and sent.scheme == "bearer" and sent.value.lower().startswith("bearer "):
        says = "The Authorization header says `Bearer` twice."
    else:
        return None
    return Message(says, "authorization", True, _RESUBMIT, "after-fix", "auth")


def jwt_times(ctx: RuleContext) -> Iterable[Message]:
    """Compares the times in a JSON Web Token with the server's clock; the token itself is never shown. Source: RFC 7519, section 4.1. Other causes:
    none by the answer's Date; by this machine's clock, which may be wrong, it is likely only."""
    sent = ctx.authorization
    bare = sent and not sent.scheme and ctx.backend.history.bare
    if not sent or not (sent.scheme == "bearer" or bare) or sent.is_empty_word:
        return
    token = jwt(sent.value)
    if token.fault:
        worked = ctx.known_token is not None and ctx.known_token.used is not None
        if not worked and not re.fullmatch(r"[\w-]{20,}", sent.value):
            yield Message(
                f"The access token cannot be read: {token.fault}.", "authorization", True, "Send the whole access token.", "after-fix", "auth"
            )
        return
    dated = bool(ctx.answer_headers.get("date"))
    by = "the answer's Date header" if dated else "this machine's clock"
    expires, begins, issued = token.time("exp"), token.time("nbf"), token.time("iat")
    if expires is not None and expires > 1e11:
        says, fix = "the token's `exp` is in milliseconds.", "Issue the token with `exp` in seconds since 1970."
        yield Message(says, f"exp {expires:.0f}", False, fix, "after-fix", "config")
    elif expires is not None and ctx.now - expires > CLOCK_SLACK:
        says = f"The access token expired {duration(ctx.now - expires)} before this answer, by {by}."
        fix = "Refresh the access token, or sign in again, and resend the request with the new token."
        fix = f"Send the new token that {ctx.flow_name(newer[0][1].flow)} returned." if (newer := newer_token(ctx)) else fix
        yield Message(says, f"exp {expires:.0f}, now {ctx.now:.0f}", dated, fix, "after-login", "auth")
    if begins is not None and begins - ctx.now > CLOCK_SLACK:
        says = f"The access token is not valid yet: its `nbf` is {duration(begins - ctx.now)} ahead, by {by}."
        yield Message(says, f"nbf {begins:.0f}", dated, "Correct the clock of the machine that issues the tokens.", "after-fix", "auth")
    if issued is not None and issued - ctx.now > 60:
        says = f"the token was issued {duration(issued - ctx.now)} in the future, by {by}, so a clock is wrong."
        yield Message(says, f"iat {issued:.0f}", False, "Correct the clock of the machine that issues the tokens.", "after-fix", "auth")


def token_history(ctx: RuleContext) -> Iterable[Message]:
    """Looks up the token among earlier exchanges: signed out, or replaced by a newer one that is not used. Source: earlier exchanges. Other causes:
    the server may have ended the token for another reason, so this is likely only."""
    hashed, token = ctx.facts.hashed_token, ctx.known_token
    if not hashed:
        return
    if token and token.ended:
        says = f"this token was ended by {token.ended_how} in {ctx.flow_name(token.ended.flow)}, {ctx.ago(token.ended.when)}."
        yield Message(says, token.ended_how, False, _LOG_IN, "after-login", "auth")
        return
    newest = ctx.app_memory.last_issued
    if token and token.issued and not token.chain and newest and newest[0] != hashed and newest[1].when > token.issued.when:
        newer = ctx.app_memory.tokens.get(newest[0])
        if newer and newer.user == token.user and newer.used is None:
            says = f"a newer token was issued in {ctx.flow_name(newest[1].flow)}, {ctx.ago(newest[1].when)}, and has not been used since."
            yield Message(says, "token issued earlier", False, "Replace the stored token with the one that the last sign-in returned.", "after-fix")


def token_unknown(ctx: RuleContext) -> Message | None:
    """Looks whether an earlier answer issued the token, or it worked before. Source: earlier exchanges. Other causes: a token from before the
    recording began, so this is likely only, and not said where no answer issued one."""
    token, newest = ctx.known_token, ctx.app_memory.last_issued
    if not ctx.facts.hashed_token or newest is None or (token and (token.issued or token.used or token.ended)):
        return None
    flow = ctx.flow_name(newest[1].flow)
    says = f"no answer in this recording issued this token, and it has not worked before; {flow} issued another one."
    return Message(says, "token never issued", False, f"Send the token that {flow} returned, unchanged.", "after-fix", "auth")


def session_token_sent(ctx: RuleContext) -> Iterable[Message]:
    """Looks for the token of a session in a field that takes another one. Source: earlier exchanges. Other causes: the field may take it, so this is
    certain only where the answer names the field."""
    for name, value in list(ctx.fields.items())[:20]:
        token = ctx.app_memory.tokens.get(ctx.memory.hash(value)) if isinstance(value, str) and len(value) >= 20 else None
        if token and token.issued and name not in ctx.backend.history.token.body:
            says = f"`{name}` holds the session token that {ctx.flow_name(token.issued.flow)} issued, {ctx.ago(token.issued.when)}."
            fix = f"Send the token that is meant for this request as `{name}`, such as that of the link in the e-mail."
            yield auth_fault(says, name, fix, certain=any(named.name == name for named in named_in_answer(ctx)))


def basic_form(ctx: RuleContext) -> Message | None:
    """Looks at Basic credentials that cannot be read. Source: RFC 7617. Other causes: none: such a value holds no user and password."""
    if not ctx.authorization or ctx.authorization.is_empty_word or not (fault := ctx.basic.fault):
        return None
    fix, own = "Send `Authorization: Basic ` and the base64 of `user:password`", ctx.backend.secrets.schemes
    fix += f". If the value is a session token, send it after `{own[0]}` instead." if own and "." in ctx.authorization.value else "."
    return Message(f"The value after `Basic` in the Authorization header cannot be read: {fault}.", "authorization", True, fix, "after-fix", "auth")


def _about_key(ctx: RuleContext) -> bool:
    """Whether the answer speaks of a key, of a backend whose apps have some, and not of a token."""
    keys = ctx.backend.history.credentials
    said = f"{ctx.error.code or ''} {ctx.message[:500]}"
    return bool(keys.header or keys.body) and _KEY.search(said) is not None and _TOKEN.search(said) is None


def token_unset(ctx: RuleContext) -> Message | None:
    """Looks for what programs write for a token that they do not have, in a place of the API's own. Source: the catalog (`token`); JavaScript and
    others write `undefined`, `null`. Other causes: none, no server issues such a token."""
    token = ctx.facts.token
    if not token or not is_unset(token) or "authorization" in ctx.headers:
        return None
    says = f"The token that was sent is {ctx.quote(token)}: the app had none when it sent the request."
    return login_fault(says, "no token", _SEND["token"])


def token_missing(ctx: RuleContext) -> Message | None:
    """Looks for a session or access token where none was sent. Source: the catalog (`token`); earlier exchanges. Other causes: the refused name and
    password of a sign-in, or a refused key, so that requests with a password, and answers about keys, are left out; still likely only."""
    where = ctx.backend.history.token
    if any(named.proved for named in named_in_answer(ctx)):
        return None
    if (
        ctx.facts.token
        or not any(where)
        or ctx.in_batch
        or any(_PASSWORD.search(name[:100]) for name in [*ctx.fields, *ctx.body.form])
        or _about_key(ctx)
    ):
        return None
    if "authorization" in ctx.headers and "authorization" in where.header:
        return None
    if ctx.status != 401 and not _ABOUT_CALLER.search(f"{ctx.name} {ctx.message[:500]}"):
        return None
    named = (("the header ", where.header, ""), ("", where.body, " in the body"), ("the cookie ", where.cookie, ""))
    place = next(f"{before}`{names[0]}`{after}" for before, names, after in named if names)
    used = next((token.used for _, token in ctx.app_memory.tokens.newest() if token.used and not token.ended), None)
    flow, issued = issued_before(ctx)
    before = f" Earlier, {ctx.flow_name(used.flow)} carried one ({ctx.ago(used.when)})." if used else ""
    fix = f"Send the `{issued}` that {flow} returned in {place}." if flow else f"Sign in first, and send the token in {place}."
    return login_fault(f"the request carries no token ({place} is absent).{before}", "no token", fix, certain=False)


def app_key(ctx: RuleContext) -> Iterable[Message]:
    """Compares the app's keys with those that were accepted: missing, a placeholder, with white space, swapped, or another one. Source: the catalog
    (`credentials`); earlier exchanges. Other causes: certain only for a placeholder; else likely, since several keys can be right."""
    history, accepted = ctx.backend.history, ctx.app_memory.credentials
    sent = credentials(history, ctx.request)
    names = (*history.credentials.header, *history.credentials.body)
    known = {seen.how: seen for _, seen in reversed([*accepted.newest()]) if seen.how in names}
    for name, value in sent.items():
        bare = value.split(" ", 1)[-1]
        if is_unset(bare):
            yield auth_fault(f"`{name}` is {ctx.quote(bare)}: the app had no key when it sent the request.", name, _SEND["key"])
        elif accepted.get(ctx.memory.hash(value)):
            continue
        elif (seen := accepted.get(ctx.memory.hash(value.strip()))) and value != value.strip():
            yield auth_fault(f"the key in `{name}` has white space around it; without it, it worked before.", name, "Trim the key.", certain=False)
        elif other := next((at for at in known if at != name and at in sent and accepted.get(ctx.memory.hash(sent[at])) is None), ""):
            says = f"`{name}` and `{other}` have other values than those that worked: they may be swapped."
            yield auth_fault(says, f"{name}, {other}", "Compare the two keys with the app's configuration.", certain=False)
            return
        elif seen := known.get(name):
            says = f"`{name}` has another value than the one that worked in {ctx.flow_name(seen.flow)}, {ctx.ago(seen.when)}."
            yield auth_fault(says, name, f"Send the key that was sent in {ctx.flow_name(seen.flow)}.", certain=False)
    if not known and not sent and _about_key(ctx):
        yield auth_fault(f"the request has no `{names[0]}`.", f"no {names[0]}", f"Send the app's key as `{names[0]}`.", certain=False)
    good = {found.flow for value in sent.values() if (found := accepted.get(ctx.memory.hash(value)))}
    for name, seen in known.items() if not sent or _about_key(ctx) else ():
        # Where another key was accepted alone, it may stand for this one.
        if name not in sent and name != "authorization" and (not good or seen.flow in good):
            says = f"the request has no `{name}`, which {ctx.flow_name(seen.flow)} carried {ctx.ago(seen.when)}."
            yield auth_fault(says, f"no {name}", f"Send the key as `{name}` with every request.", certain=False)
