"""The table for Kinvey: which rule is asked for which error, most specific first."""

from __future__ import annotations

from ..checks import json_body, name_seen_before, wrong_content_type
from ..context import Rule
from ..credentials import basic_form, token_history
from ..id_history import id_history, path_unset, spent_code
from ..named_fields import named_field
from . import body, names, query, server, users

_QUERY = ("InvalidQuerySyntax", "DisallowedQuerySyntax", "BadRequest")
_PLACE = ("ParameterValueOutOfRange", "ResultSetSizeExceeded", *_QUERY, "InputValidationFailed")
_BODY = ("JSONParseError", "IncompleteRequestBody", "BadRequest", "MissingRequestParameter")
_FORM = (*_BODY, "MissingRequestHeader", "InputValidationFailed")
_AUTH = ("InvalidCredentials", "InsufficientCredentials", "MalformedAuthenticationHeader")
_SCRIPT = ("BLRuntimeError", "BLSyntaxError", "BLTimeoutError", "BLViolationError", "BLInternalError", "FlexRuntimeError", "DataLinkRuntimeError",
           "DataLinkInternalError", "DataLinkParseError", "IncorrectContextRoot")  # fmt: skip
_GONE = ("EntityNotFound", "DocumentNotFound", "UserNotFound", "BlobNotFound")
_NAMES = (*_GONE, "AppNotFound", "CollectionNotFound", "EndpointDoesNotExist", "InvalidIdentifier")

RULES: tuple[Rule, ...] = (
    # The query
    Rule("query-json", query.query_json, ("JSONParseError", *_QUERY), (400,)),
    Rule("geolocation", query.geo_points, _PLACE, (400, 207)),
    # Body and headers
    Rule("body-json", json_body, _BODY, (400,)),
    Rule("header-missing", body.missing_header, ("MissingRequestHeader",)),
    Rule("body-type", wrong_content_type("application/json", forms=False), _FORM, (400, 415)),
    Rule("named-field", named_field, ("ValidationError",)),
    Rule("field-name", body.identifiers, ("InvalidIdentifier",)),
    Rule("duplicate-id", body.duplicate_id),
    Rule("entity-refused", body.refused_entity, (), (200, 201, 207)),
    # Who is asking
    Rule("basic-unreadable", basic_form, _AUTH, (400, 401)),
    Rule("token-history", token_history, ("InvalidCredentials",), (401,)),
    Rule("social-login", users.social_login, ("InvalidCredentials",)),
    Rule("login", users.login, ("InvalidCredentials",), (401,)),
    Rule("user-taken", users.user_taken, ("UserAlreadyExists",)),
    Rule("code-used-twice", spent_code, ("invalid_grant",)),
    Rule("redirect-differs", users.redirect_differs, ("invalid_grant",)),
    Rule("client-name", users.client, ("invalid_client",)),
    # Names that lead nowhere
    Rule("path-unset", path_unset, (*_NAMES, "InvalidCredentials", "BadRequest"), (404,)),
    Rule("app-key", names.app_key, ("AppNotFound",)),
    Rule("collection-name", name_seen_before("collection", "collection"), ("CollectionNotFound",), (404,)),
    Rule("endpoint-name", name_seen_before("function", "endpoint"), ("EndpointDoesNotExist", "NotImplemented"), (404,)),
    Rule("id-history", id_history, _GONE),
    Rule("user-name-in-path", names.user_name_in_path, _GONE),
    # Kinvey's side
    Rule("script", server.script, _SCRIPT, (550,)),
    Rule("clock-differs", server.clock, ("StaleRequest",)),
    Rule("not-from-kinvey", server.not_from_kinvey, (), tuple(range(400, 600))),
)
