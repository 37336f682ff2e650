"""Backend Services: who asks, and the requests about users.

Sources, unless a rule names another: Telerik Backend Services, REST API guide ("Authorization", "Users") and "Error codes".
"""

from __future__ import annotations

from typing import Any

from ...history.store import LONGEST_KEY
from ..checks import email_shape, missing_fields, value_taken
from ..context import Message, Rule, RuleContext
from ..credentials import token_history

TOKEN = ("InvalidAccessToken", "AccessTokenExpired", "Unauthorized", "AccessDenied")
_NAMES = ("Username", "Password", "Email", "DisplayName")


def password_differs(ctx: RuleContext) -> Message | None:
    """Compares a refused sign-in with the registration of the same name. Source: earlier exchanges. Other causes: the password was changed since, so
    this is likely only."""
    sent: dict[str, Any] = ctx.fields or dict(ctx.body.form)
    name, password = (str(sent.get(key) or "") for key in ("username", "password"))
    known = (ctx.app_memory.taken.get((f"password {key}", name[:LONGEST_KEY])) for key in ("Username", "Email"))
    seen = next(filter(None, known), None)
    if not password or seen is None or seen.how.startswith(ctx.memory.hash(password)):
        return None
    case = seen.how.endswith(ctx.memory.hash(password.lower()))
    says = f"the password {'differs only in upper and lower case from' if case else 'is not'} the one that {ctx.flow_name(seen.flow)} registered the "
    fix = "Type it as in the registration, and switch off automatic capitals in the password field." if case else "Have the user type it again."
    return Message(f"{says}user with, {ctx.ago(seen.when)}.", "password", False, fix, "after-fix", "auth")


RULES: tuple[Rule, ...] = (
    Rule("token-history", token_history, TOKEN, (401, 403)),
    Rule("password-differs", password_differs, ("InvalidCredentials",)),
    Rule("username-taken", value_taken("Username"), ("UsernameTaken",)),
    Rule("email-taken", value_taken("Email"), ("EmailTaken",)),
    Rule("username-missing", missing_fields("Username", beside=_NAMES), ("UsernameMissing",)),
    Rule("password-missing", missing_fields("Password", beside=_NAMES), ("PasswordMissing",)),
    Rule("email", email_shape("Email"), ("InvalidUserData", "EmailMissing")),
    Rule("reset-code", missing_fields("ResetCode"), ("InvalidResetCode",)),
    Rule("verification-code", missing_fields("VerificationCode"), ("InvalidVerificationCode",)),
)
