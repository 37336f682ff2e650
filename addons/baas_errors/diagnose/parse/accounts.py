"""Why addresses, e-mails of the server, one-time codes and challenges are refused.

Source: parse-server 9.10.0, RestWrite.js, UsersRouter.js, Auth.js, Adapters/Auth/mfa.js, PagesRouter.js, UserController.js.
"""

from __future__ import annotations

import re

from ..context import Message, Rule, RuleContext, fault_of
from .request import message_matches, place, state_of

_RESET, _VERIFY = "/requestPasswordReset", "/verificationEmailRequest"
_MAILS = (_RESET, _VERIFY)


def account_page(ctx: RuleContext) -> Message | None:
    """Reads which page a link or form of an e-mail ended on, and what was sent. Source: parse-server 9.10.0, PagesRouter.js and UserController.js;
    7.4, PublicAPIRouter.js. Other causes: the page does not tell why a link is not good, so this is likely only, but for one that lacks its token."""
    page, told = place(ctx).route.rpartition("/")[2], ctx.message[:80]
    sent = {**ctx.params, **ctx.body.form}
    words = r"Failed to reset|The password reset" if sent.get("token") else r"Missing token"
    if not place(ctx).route.startswith("/apps/{app}/") or (ctx.name and not message_matches(ctx, words)):
        return None
    mail = "POST /verificationEmailRequest" if "verif" in page else "POST /requestPasswordReset"
    fix = f"Request a new e-mail (`{mail}`), and open its link once, as it is."
    if page == "resend_verification_email":
        says = "no e-mail was sent: the user is unknown, or the address is verified already."
        return fault_of(says, told, "Log in: a verified address needs no other e-mail. Else compare the user name.", certain=False)
    if not sent.get("token"):
        return fault_of(f"`token` {state_of(sent, 'token')}: it is in the link in the e-mail, which was cut off, or not used.", told, fix)
    if message_matches(ctx, r"The password reset link has expired"):
        return fault_of("The link of the reset e-mail has expired (`passwordPolicy.resetTokenValidityDuration`).", told, fix)
    if page == "request_password_reset" and "new_password" in sent and not re.search(r"(?i)link|token|page|html", ctx.message):
        says = f"The new password was refused: {ctx.quote(ctx.message.rstrip('.'))}."
        return fault_of(says, "new_password", "Choose a password that meets the server's `passwordPolicy`, and send the form again.")
    seen = (ctx.app_memory.outcomes.get(ctx.facts.outcome) or {}).get(ctx.facts.hashed_token)
    if page == "verify_email" and seen and not ctx.app_memory.repeats.get(ctx.facts.request):
        says = f"this link worked {ctx.ago(seen.when)} ({ctx.flow_name(seen.flow)}), so the address is verified."
        return Message(says, told, False, "Log in: nothing else is to be done.", "never", "request")
    # Before version 8 links had the user's name, and one that was used went on working for a user who was verified by it.
    used = "is not of this user" if page == "verify_email" and "username" in sent else "was used before"
    return fault_of(f"the link of the e-mail {used}, has expired, or a newer e-mail was sent since.", told, fix, certain=False)


RULES: tuple[Rule, ...] = (
    Rule("account-page", account_page, statuses=(200, 301, 302, 303)),
    Rule("reset-token", account_page, entries=("OtherCause",)),
)
