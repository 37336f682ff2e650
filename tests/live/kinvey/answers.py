"""What the stand-in for Kinvey answers, and which call of the SDK asks for it.

The first list is Kinvey's table of errors (REST API, Troubleshooting); the texts are made up. `made` are further answers: names that only SDKs
and Flex know, errors of an app's own code, and pages that are no JSON.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

REQUEST_ID = "0123456789abcdef0123456789abcdef"

# Name, status, and the call that is most like what provokes it.
DOCUMENTED = (
    ("ParameterValueOutOfRange", 400, "query"),
    ("InvalidQuerySyntax", 400, "query"),
    ("MissingQuery", 400, "remove"),
    ("JSONParseError", 400, "save"),
    ("MissingRequestHeader", 400, "find"),
    ("IncompleteRequestBody", 400, "save"),
    ("MissingRequestParameter", 400, "group"),
    ("InvalidIdentifier", 400, "find"),
    ("FeatureUnavailable", 400, "find"),
    ("CORSDisabled", 400, "find"),
    ("APIVersionNotAvailable", 400, "find"),
    ("BadRequest", 400, "save"),
    ("BLRuntimeError", 400, "endpoint"),
    ("InvalidCredentials", 401, "login"),
    ("InsufficientCredentials", 401, "find"),
    ("WritesToCollectionDisallowed", 403, "save"),
    ("IndirectCollectionAccessDisallowed", 403, "find"),
    ("AppProblem", 403, "find"),
    ("EntityNotFound", 404, "get"),
    ("CollectionNotFound", 404, "find"),
    ("AppNotFound", 404, "login"),
    ("UserNotFound", 404, "me"),
    ("BlobNotFound", 404, "file"),
    ("UserAlreadyExists", 409, "sign-up"),
    ("StaleRequest", 409, "find"),
    ("KinveyInternalErrorRetry", 500, "find"),
    ("KinveyInternalErrorStop", 500, "find"),
    ("DuplicateEndUsers", 500, "login"),
    ("APIVersionNotImplemented", 501, "find"),
    ("APIVersionNotAvailable", 501, "count"),
    ("BLSyntaxError", 550, "endpoint"),
    ("BLTimeoutError", 550, "endpoint"),
    ("BLViolationError", 550, "endpoint"),
    ("BLInternalError", 550, "save"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """One answer of the stand-in, the call of the SDK that gets it, and the second half of the error.type that is to be recorded."""

    call: str
    status: int
    type: str
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=lambda: {"X-Kinvey-Request-Id": REQUEST_ID, "X-Kinvey-API-Version": "4"})

    @property
    def app_key(self) -> str:
        """It stands in every path, so it tells the stand-in what to answer, and the test whose record it reads."""
        return f"kid_{self.type}_{self.status}_{self.call}"

    def json(self) -> Any:
        """The body as JSON; None if it is none."""
        return json.loads(self.body) if self.content_type == "application/json" and self.body else None


def named(name: str, status: int, call: str) -> Case:
    """An answer in the form that is documented for all errors."""
    return Case(call, status, name, json.dumps({"error": name, "description": f"{name}, as described.", "debug": f"Said by {call}."}).encode())


def made(call: str, status: int, kind: str, body: Any, content_type: str = "application/json") -> Case:
    """Another answer: text as it is, all else as JSON."""
    return Case(call, status, kind, body.encode() if isinstance(body, str) else json.dumps(body).encode(), content_type)


FLEX_PAGE = (
    '<!DOCTYPE html>\n<html lang="en"><head><title>Error</title></head><body><pre>TypeError: no ledger<br> at main (/flex.js:7:1)</pre></body></html>'
)

FURTHER = (
    named("InvalidCredentials", 401, "find"),
    named("MissingConfiguration", 403, "find"),
    named("ResultSetSizeExceeded", 400, "query"),
    named("DocumentNotFound", 404, "get"),
    named("ServerError", 500, "find"),
    named("DisallowedQuerySyntax", 400, "query"),
    named("UserLockedDown", 401, "find"),
    named("UserUnavailable", 403, "find"),
    named("EmailVerificationRequired", 401, "login"),
    named("EndpointDoesNotExist", 404, "endpoint"),
    named("NotImplementedError", 500, "find"),
    named("BLNotSupportedForRoute", 400, "find"),
    named("NotFound", 404, "endpoint"),
    named("Forbidden", 403, "endpoint"),
    named("NotAllowed", 405, "endpoint"),
    named("NotImplemented", 501, "endpoint"),
    named("FlexRuntimeError", 550, "endpoint"),
    named("DataLinkRuntimeError", 550, "find"),
    named("DataLinkInternalError", 550, "find"),
    named("DataLinkEntityNotFound", 404, "get"),
    named("IncorrectContextRoot", 550, "find"),
    named("MethodNotAllowed", 405, "find"),
    made("endpoint", 400, "http-400", {"message": "The ledger is closed."}),
    made("endpoint", 401, "http-401", {"message": "Not with this badge."}),
    made("endpoint", 403, "http-403", {"message": "Not on Sundays."}),
    made("endpoint", 404, "http-404", {"message": "There is no such page."}),
    made("endpoint", 500, "http-500", {"message": "The ledger fell."}),
    made("find", 401, "http-401", {}),
    made("find", 403, "http-403", {}),
    made("find", 404, "http-404", {}),
    made("find", 500, "http-500", {}),
    made("save", 500, "http-500", FLEX_PAGE, "text/html; charset=utf-8"),
    made("save", 400, "http-400", FLEX_PAGE.replace("TypeError: no ledger", "SyntaxError: Unexpected token"), "text/html; charset=utf-8"),
    made("get", 404, "http-404", "<!DOCTYPE html><title>404</title><h1>Not here</h1>", "text/html"),
    made("sign-in-with-mic", 401, "access_denied", {"error": "access_denied", "error_description": "The badge is not valid.", "debug": ""}),
)

CASES = (*(named(*row) for row in DOCUMENTED), *FURTHER)
