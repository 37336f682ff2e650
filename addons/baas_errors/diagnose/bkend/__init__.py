"""The table for bkend.ai: which rule is asked for which error."""

from __future__ import annotations

from ..checks import email_shape, json_body, retry_after, value_taken, wrong_content_type
from ..context import Rule
from ..credentials import basic_form, bearer_form, jwt_times, token_history
from ..id_history import id_history, made_before, parameter_unset, path_unset, spent_code
from ..named_fields import named_field
from .rules import by_access_token, duplicate_value, refresh_expired, required_columns, table_name, text_values

_CALLER = (
    "auth/unauthorized", "auth/access-token-expired", "auth/invalid-access-token", "auth/invalid-token-format", "auth/missing-authorization-header",
    "auth/invalid-token", "auth/token-expired", "auth/session-expired", "common/authentication-required", "user/unauthorized",
    "AUTHENTICATION_REQUIRED", "UNAUTHORIZED", "INVALID_TOKEN", "TOKEN_EXPIRED", "TOKEN_REVOKED", "AuthenticationFailed",
)  # fmt: skip
_REFRESH = ("auth/invalid-refresh-token", "auth/invalid-token", "auth/token-expired", "auth/session-expired", "auth/invalid-request", "TOKEN_EXPIRED")
_NO_TABLE = ("data/table-not-found", "TABLE_NOT_FOUND")
_NOT_FOUND = ("data/not-found", "RECORD_NOT_FOUND", "NOT_FOUND", "file/not-found", "user/not-found")
_INVALID = (
    "data/validation-error", "VALIDATION_ERROR", "common/invalid-parameters", "auth/invalid-request", "auth/validation-error", "data/invalid-header",
)  # fmt: skip
_BODY = (*_INVALID, "ParseError", "InvalidRequest", "InvalidParams")
_DUPLICATE = ("data/duplicate-value", "DUPLICATE_VALUE")
_EMAIL_TAKEN = ("auth/email-already-exists", "EMAIL_ALREADY_EXISTS")
_TOO_MANY = (
    "data/rate-limit-exceeded", "RATE_LIMIT_EXCEEDED", "auth/rate-limit", "auth/too-many-requests", "auth/too-many-login-attempts",
    "auth/too-many-code-requests", "auth/account-locked",
)  # fmt: skip
_UNSET = (*_NOT_FOUND, *_NO_TABLE, "common/invalid-parameters", "auth/session-not-found", "auth/user-not-found")

RULES: tuple[Rule, ...] = (
    Rule("bearer-form", bearer_form, _CALLER, (401,)),
    Rule("basic-form", basic_form, _CALLER, (401,)),
    Rule("refresh-expired", refresh_expired, _REFRESH, (401,)),
    Rule("token-time", by_access_token(jwt_times), _CALLER, (401,)),
    Rule("token-history", by_access_token(token_history), _CALLER, (401,)),
    Rule("table-name", table_name, _NO_TABLE, (404,)),
    Rule("path-unset", path_unset, _UNSET, (400, 404)),
    Rule("id-history", id_history, _NOT_FOUND, (404,)),
    Rule("code-used-twice", spent_code, ("auth/invalid-oauth-code", "auth/oauth-callback-failed"), (400, 401)),
    Rule("sent-twice", made_before, (*_DUPLICATE, *_EMAIL_TAKEN, "file/s3-key-already-exists"), (409,)),
    Rule("duplicate-value", duplicate_value, _DUPLICATE, (409,), otherwise=True),
    Rule("retry-after", retry_after, _TOO_MANY, (429, 503)),
    Rule("parameter-unset", parameter_unset, _INVALID, (400,)),
    Rule("named-field", named_field, (*_INVALID, *_DUPLICATE, "user/invalid-role", "user/invalid-name", "user/invalid-nickname"), (400, 409, 422)),
    Rule("text-values", text_values, _INVALID, (400, 422)),
    Rule("body-json", json_body, _BODY, (400, 415)),
    Rule("content-type", wrong_content_type("application/json", forms=False), _BODY, (400, 415)),
    Rule("required-column", required_columns, _INVALID, (400, 422)),
    Rule("email", email_shape("email"), ("auth/invalid-email-format", "auth/invalid-email", *_INVALID), (400,)),
    Rule("email-taken", value_taken("email"), _EMAIL_TAKEN),
)
