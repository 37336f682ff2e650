"""The table for Kinvey: which rule is asked for which error, most specific first."""

from __future__ import annotations

from ..checks import json_body, name_seen_before, wrong_content_type
from ..context import Rule
from ..credentials import basic_form
from ..id_history import path_unset, spent_code
from ..named_fields import named_field
from . import access, body, names, oauth, query, server

_QUERY = ("InvalidQuerySyntax", "DisallowedQuerySyntax", "BadRequest")
_RANGE = ("ParameterValueOutOfRange", "ResultSetSizeExceeded", *_QUERY)
_BODY = ("JSONParseError", "IncompleteRequestBody", "BadRequest")
_FORM = (*_BODY, "MissingRequestParameter", "MissingRequestHeader", "InputValidationFailed")
_AUTH = ("InvalidCredentials", "InsufficientCredentials", "MalformedAuthenticationHeader")
_VERSION = ("APIVersionNotAvailable", "APIVersionNotImplemented")
_SCRIPT = ("BLRuntimeError", "BLSyntaxError", "BLTimeoutError", "BLViolationError", "BLInternalError", "FlexRuntimeError", "DataLinkRuntimeError",
           "DataLinkInternalError", "DataLinkParseError", "IncorrectContextRoot")  # fmt: skip
_GONE = ("EntityNotFound", "DocumentNotFound", "UserNotFound", "BlobNotFound")
_LASTING = ("KinveyInternalErrorStop", "DuplicateEndUsers", "AppProblem")
_NAMES = (*_GONE, "AppNotFound", "CollectionNotFound", "EndpointDoesNotExist", "InvalidIdentifier")

RULES: tuple[Rule, ...] = (
    # The query
    Rule("query-json", query.query_json, _QUERY, (400,)),
    Rule("query-operator", query.unknown_operator, _QUERY, (400,)),
    Rule("query-value", query.operator_value, _QUERY, (400,)),
    Rule("limit-or-skip", query.limits, _RANGE, (400,)),
    Rule("geolocation", query.geo_points, (*_RANGE, "InputValidationFailed"), (400, 207)),
    # Body and headers
    Rule("body-json", json_body, (*_BODY, "MissingRequestParameter"), (400,)),
    Rule("header-missing", body.missing_header, ("MissingRequestHeader",)),
    Rule("body-type", wrong_content_type("application/json", forms=False), _FORM, (400, 415)),
    Rule("list-too-long", body.too_many, (), (413,)),
    Rule("parameter-missing", body.missing_parameter, ("MissingRequestParameter", "IncompleteRequestBody"), (400,)),
    Rule("named-field", named_field, ("ValidationError",)),
    Rule("field-name", body.identifiers, ("InvalidIdentifier",)),
    Rule("duplicate-id", body.duplicate_id),
    Rule("entity-refused", body.refused_entity, (), (200, 201, 207)),
    # The API version
    Rule("list-before-version-5", body.list_too_early, ("FeatureUnavailable",)),
    Rule("api-version", body.version, _VERSION),
    Rule("old-version", body.version, ("FeatureUnavailable",)),
    # Who is asking
    Rule("basic-unreadable", basic_form, _AUTH, (400, 401)),
    Rule("unknown-scheme", access.scheme, _AUTH, (401,)),
    Rule("basic-user", access.basic_user, _AUTH, (401,)),
    Rule("session", access.session, ("InvalidCredentials",), (401,)),
    Rule("social-login", access.social_login, ("InvalidCredentials",)),
    Rule("login", access.login, ("InvalidCredentials",), (401,)),
    Rule("app-secret", access.app_secret, ("InvalidCredentials",), (401,)),
    Rule("rights", access.rights, ("InsufficientCredentials",)),
    # Mobile Identity Connect
    Rule("code-used-twice", spent_code, ("invalid_grant",)),
    Rule("redirect-differs", oauth.redirect_differs, ("invalid_grant",)),
    Rule("refresh-ended", oauth.refresh_ended, ("invalid_grant",)),
    Rule("client", oauth.client, ("invalid_client",)),
    # Names that lead nowhere
    Rule("path-unset", path_unset, (*_NAMES, "InvalidCredentials"), (404,)),
    Rule("app-key", names.app_key, ("AppNotFound",)),
    Rule("collection-name", name_seen_before("collection", "collection"), ("CollectionNotFound",), (404,)),
    Rule("collection-elsewhere", names.other_environment("collection", "collection"), ("CollectionNotFound",)),
    Rule("endpoint-name", name_seen_before("function", "endpoint"), ("EndpointDoesNotExist", "NotImplemented"), (404,)),
    Rule("endpoint-elsewhere", names.other_environment("function", "endpoint"), ("EndpointDoesNotExist",)),
    Rule("entity-id", names.entity_id, _GONE),
    Rule("user-taken", access.user_taken, ("UserAlreadyExists",)),
    # Kinvey's side
    Rule("script", server.script, _SCRIPT, (550,)),
    Rule("stale", server.stale, ("StaleRequest",)),
    Rule("not-from-kinvey", server.not_from_kinvey, (), tuple(range(400, 600))),
    # What follows from it
    Rule("unnamed-error", body.unnamed_error, (), tuple(range(400, 600)), secondary=True),
    Rule("sdk-after-401", access.sdk_after_401, (*_AUTH, "UserLockedDown", "OAuthTokenRefreshError"), (401,), secondary=True),
    Rule("for-support", server.for_support, _LASTING, secondary=True),
    Rule("wrapped", server.wrapped, secondary=True),
)  # fmt: skip
