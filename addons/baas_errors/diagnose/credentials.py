"""Checks of what is sent to say who asks: tokens that are none, cannot be read, are out of their time, or were ended by an earlier flow."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .auth_header import authorization, basic, jwt
from .context import Message, RuleContext, duration

# Clocks of devices and servers differ by some seconds; a token must be past its end by more to be called expired.
CLOCK_SLACK = 5.0


def empty_token(ctx: RuleContext) -> Message | None:
    """The client sent what its program writes for a token that it does not have."""
    sent = authorization(ctx.headers.get("authorization"))
    if sent and sent.scheme in ("bearer", "kinvey", "") and sent.is_empty_word:
        return Message(
            f"The Authorization header carries {ctx.quote(f'{sent.scheme} {sent.value}'.strip())} instead of a token: the app lost its token, "
            "or sent the request before it had one.",
            "authorization",
            certain=True,
        )
    return None


def bearer_form(ctx: RuleContext) -> Message | None:
    """A Bearer header that cannot be read as one."""
    header = ctx.headers.get("authorization")
    if re.match(r"(?i)bearer[^\s]", header) and not re.match(r"(?i)bearer\s", header):
        return Message("The Authorization header has no space between `Bearer` and the token.", "authorization", certain=True)
    sent = authorization(header)
    if sent and not sent.scheme and sent.value.startswith("eyJ"):
        return Message("The Authorization header holds the bare token; write `Bearer ` before it.", "authorization", certain=True)
    if sent and sent.scheme == "bearer" and sent.value.lower().startswith("bearer "):
        return Message("The Authorization header says `Bearer` twice.", "authorization", certain=True)
    return None


def jwt_times(ctx: RuleContext) -> Iterable[Message]:
    """A JSON Web Token that is not valid now, by the server's clock; the token itself is never shown."""
    sent = authorization(ctx.headers.get("authorization"))
    if not sent or sent.scheme != "bearer" or sent.is_empty_word:
        return
    token = jwt(sent.value)
    if token.fault:
        if not re.fullmatch(r"[\w-]{20,}", sent.value):
            yield Message(f"The access token cannot be read: {token.fault}.", "authorization", certain=True)
        return
    by = "the answer's Date" if ctx.answer_headers.get("date") else "this machine's clock"
    expires, begins, issued = token.time("exp"), token.time("nbf"), token.time("iat")
    if expires is not None and expires > 1e11:
        yield Message("The token's `exp` is in milliseconds; it must be seconds since 1970.", f"exp {expires:.0f}", certain=True)
    elif expires is not None and ctx.now - expires > CLOCK_SLACK:
        yield Message(
            f"The access token expired {duration(ctx.now - expires)} before this request, by {by}.", f"exp {expires:.0f}, now {ctx.now:.0f}", True
        )
    if begins is not None and begins - ctx.now > CLOCK_SLACK:
        yield Message(f"The access token is not valid yet: its `nbf` lies {duration(begins - ctx.now)} ahead, by {by}.", f"nbf {begins:.0f}", True)
    if issued is not None and issued - ctx.now > 60:
        yield Message(
            f"The token was issued {duration(issued - ctx.now)} in the future, by {by}: a clock is wrong.", f"iat {issued:.0f}", certain=False
        )


def token_history(ctx: RuleContext) -> Iterable[Message]:
    """What earlier flows showed of the token that was sent: ended, or replaced by a newer one that is not used."""
    hashed, token = ctx.facts.hashed_token, ctx.known_token
    if not hashed:
        return
    if token and token.ended:
        yield Message(
            f"This token was ended by {token.ended_how} in {ctx.flow_name(token.ended.flow)}, {ctx.ago(token.ended.when)}.", token.ended_how, True
        )
        return
    newest = ctx.app_memory.last_issued
    if token and token.issued and not token.chain and newest and newest[0] != hashed and newest[1].when > token.issued.when:
        newer = ctx.app_memory.tokens.get(newest[0])
        if newer and newer.user == token.user and newer.used is None:
            yield Message(
                f"a newer token was issued in {ctx.flow_name(newest[1].flow)}, {ctx.ago(newest[1].when)}, and has not been used since: "
                "the app goes on with the old one.",
                "token issued earlier",
                certain=False,
            )


def basic_form(ctx: RuleContext) -> Message | None:
    """Basic credentials that cannot be read."""
    sent = authorization(ctx.headers.get("authorization"))
    if sent and sent.scheme == "basic":
        fault = basic(sent.value).fault
        if fault:
            return Message(f"What follows `Basic` in the Authorization header cannot be read: {fault}.", "authorization", certain=True)
    return None
