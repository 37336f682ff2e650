"""What the shipped catalogs promise: complete, consistent, and worth reading."""

import re
from collections import Counter

import pytest
from baas_errors.catalog import Advice, Backend, Entry, code_key
from baas_errors.catalog.entries import PatternRule, RangeRule, StatusRule, TransportRule
from baas_errors.render.catalog_text import explain
from build import shipped_catalogs
from matrix import in_one_test

BACKENDS = shipped_catalogs()

# Names by status.
KINVEY = {
    400: """
        ParameterValueOutOfRange InvalidQuerySyntax MissingQuery JSONParseError MissingRequestHeader IncompleteRequestBody
        MissingRequestParameter InvalidIdentifier FeatureUnavailable CORSDisabled APIVersionNotAvailable BadRequest BLRuntimeError
    """,
    401: "InvalidCredentials InsufficientCredentials",
    403: "WritesToCollectionDisallowed IndirectCollectionAccessDisallowed AppProblem",
    404: "EntityNotFound CollectionNotFound AppNotFound UserNotFound BlobNotFound",
    409: "UserAlreadyExists StaleRequest",
    500: "KinveyInternalErrorRetry KinveyInternalErrorStop DuplicateEndUsers",
    501: "APIVersionNotImplemented APIVersionNotAvailable",
    550: "BLSyntaxError BLTimeoutError BLViolationError BLInternalError",
}
# Names by code: one code has several.
PARSE = {
    101: "UserInvalidLoginParams ObjectNotFound",
    102: "InvalidQuery",
    103: "InvalidClassName",
    104: "MissingObjectId",
    105: "InvalidFieldName",
    106: "InvalidPointer",
    107: "InvalidJSON",
    108: "CommandUnavailable",
    109: "NotInitialized",
    116: "ObjectTooLarge ExceededConfigParamsError",
    117: "InvalidLimitError",
    118: "InvalidSkipError",
    119: "OperationForbidden",
    120: "CacheMiss",
    121: "InvalidNestedKey",
    123: "InvalidACL",
    125: "InvalidEmailAddress",
    137: "DuplicateValue",
    139: "InvalidRoleName ReservedValue",
    140: "ExceededCollectionQuota",
    141: "ScriptFailed FunctionNotFound JobNotFound",
    142: "ValidationFailed",
    143: "WebhookError ReceiptMissing",
    150: "InvalidImageData",
    151: "UnsavedFileError",
    152: "InvalidPushTimeError",
    158: "HostingError",
    160: "InvalidEventName",
    255: "ClassNotEmpty",
    256: "AppNameInvalid",
    902: "MissingAPIKeyError",
    903: "InvalidAPIKeyError",
    111: "IncorrectType",
    112: "InvalidChannelName",
    113: "InvalidSubscriptionType",
    114: "InvalidDeviceToken",
    115: """
        PushMisconfigured PushWhereAndChannels PushWhereAndType PushMissingData PushMissingChannels ClientPushDisabled RestPushDisabled
        ClientPushWithURI PushQueryOrPayloadTooLarge
    """,
    138: "InvalidExpirationError",
    156: "MissingPushIdError",
    157: "MissingDeviceTypeError",
    122: "InvalidFileName",
    126: "MissingContentType",
    127: "MissingContentLength",
    128: "InvalidContentLength",
    129: "FileTooLarge",
    130: "FileSaveError",
    153: "FileDeleteError",
    161: "FileDeleteUnnamedError",
    132: "InvalidInstallationIdError",
    133: "InvalidDeviceTypeError",
    134: "InvalidChannelsArrayError",
    135: "MissingRequiredFieldError",
    136: "ChangedImmutableFieldError",
    144: "InvalidPurchaseReceipt",
    145: "PaymentDisabled",
    146: "InvalidProductIdentifier",
    147: "ProductNotFoundInAppStore",
    148: "InvalidServerResponse",
    149: "ProductDownloadFilesystemError",
    200: "UsernameMissing",
    201: "PasswordMissing",
    202: "UsernameTaken",
    203: "UserEmailTaken",
    204: "UserEmailMissing",
    205: "UserWithEmailNotFound",
    206: "SessionMissing",
    207: "MustCreateUserThroughSignup",
    208: "AccountAlreadyLinked",
    209: "InvalidSessionToken",
    250: "LinkedIdMissing",
    251: """
        InvalidLinkedSession InvalidGeneralAuthData BadAnonymousID FacebookBadToken FacebookBadID FacebookWrongAppID
        TwitterVerificationFailed TwitterWrongID TwitterWrongScreenName TwitterConnectFailure
    """,
    252: "UnsupportedService UsernameSigninDisabled AnonymousSigninDisabled FacebookSigninDisabled TwitterSigninDisabled",
    253: "InvalidAuthDataError",
    999: "LinkingNotSupportedError",
    100: "ConnectionFailed",
    600: "AggregateError",
    601: "FileReadError",
    602: "XDomainRequest",
    124: "RequestTimeout",
    154: "InefficientQueryError",
    -1: "OtherCause",
    1: "InternalServerError",
    2: "ServiceUnavailable",
    4: "ClientDisconnected",
}
# Codes by status; the table leaves the status of some blank.
BACKEND_SERVICES: dict[int | None, list[int]] = {
    500: [1, 901, 902, 910, 951, 955],
    None: [107, 607, 610, 611, 613, 617],
    400: [
        107,
        107,
        201,
        202,
        203,
        204,
        206,
        207,
        209,
        211,
        213,
        214,
        215,
        216,
        217,
        218,
        219,
        220,
        221,
        601,
        605,
        606,
        608,
        609,
        612,
        614,
        615,
        616,
        618,
        619,
        630,
        660,
        701,
        702,
        960,
        1000,
    ],
    403: [205, 208, 210, 222, 223, 224, 301, 302, 603],
    404: [600, 801],
    405: [602],
    401: [604],
    406: [640],
    408: [650],
    503: [670],
}
# Codes by the status of the heading that they stand under.
BKEND = {
    400: "data/validation-error auth/invalid-email-format auth/invalid-password-format auth/invalid-request common/invalid-parameters",
    401: """
        auth/unauthorized auth/access-token-expired auth/invalid-access-token auth/invalid-refresh-token auth/invalid-token-format
        auth/missing-authorization-header
    """,
    403: "data/permission-denied data/system-table-access data/scope-insufficient auth/forbidden file/access-denied",
    404: "data/table-not-found data/not-found data/environment-not-found auth/account-not-found file/not-found",
    409: "auth/email-already-exists data/duplicate-value auth/account-already-linked",
    429: "data/rate-limit-exceeded auth/too-many-requests auth/too-many-login-attempts auth/too-many-code-requests",
}
BKEND_ELSEWHERE = """
auth/account-banned auth/account-exists-different-provider auth/account-locked auth/already-verified auth/cannot-unlink-last-account
auth/email-not-verified auth/expired-password-reset-token auth/invalid-email auth/invalid-mfa-code auth/invalid-oauth-code auth/invalid-password
auth/invalid-token auth/invitation-already-accepted auth/invitation-expired auth/invitation-not-found auth/last-auth-method
auth/magic-token-expired auth/magic-token-missing auth/magiclink-disabled auth/magiclink-not-available-for-social auth/mfa-already-enabled
auth/mfa-backup-codes-exhausted auth/mfa-not-enabled auth/mfa-required auth/mfa-setup-expired auth/oauth-callback-failed auth/oauth-not-configured
auth/rate-limit auth/same-as-previous-password auth/session-expired auth/session-not-found auth/template-not-found auth/token-expired
auth/unsupported-provider auth/user-not-found auth/validation-error auth/verification-token-expired auth/verification-token-not-found
auth/weak-password common/authentication-required common/forbidden data/invalid-header data/project-access-denied file/bucket-not-configured
file/file-too-large file/file-too-small file/invalid-format file/invalid-name file/invalid-part-number-range file/invalid-parts-array
file/invalid-path file/mime-type-too-long file/original-name-too-long file/s3-key-already-exists file/s3-key-too-long file/size-negative
file/too-large file/upload-init-failed user/forbidden user/invalid-name user/invalid-nickname user/invalid-role user/not-found user/unauthorized
AUTHENTICATION_REQUIRED DUPLICATE_VALUE EMAIL_ALREADY_EXISTS ENVIRONMENT_NOT_FOUND FILE_TOO_LARGE INVALID_TOKEN MISSING_HEADER NOT_FOUND
PERMISSION_DENIED PROJECT_ACCESS_DENIED PROJECT_NOT_FOUND RATE_LIMIT_EXCEEDED RECORD_NOT_FOUND SCOPE_INSUFFICIENT SYSTEM_TABLE_ACCESS
TABLE_NOT_FOUND TOKEN_EXPIRED TOKEN_REVOKED UNAUTHORIZED VALIDATION_ERROR -32700 -32600 -32601 -32602 -32603 -32001 -32002
"""
KINVEY_ELSEWHERE = {
    (400,): "ResultSetSizeExceeded",
    (403,): "MissingConfiguration Forbidden",
    (405,): "MethodNotAllowed NotAllowed",
    (404,): "DataLinkEntityNotFound DocumentNotFound NotFound",
    (500,): "ServerError",
    (): """
        UserLockedDown EmailVerificationRequired UserUnavailable InputValidationFailed OAuthTokenRefreshError ThirdPartyTOSUnacked
        DataLinkParseError NotImplementedError SortLimitExceeded InvalidShortURL InvalidOrMissingNonce EndpointDoesNotExist
        DisallowedQuerySyntax MalformedAuthenticationHeader AppArchived BLNotSupportedForRoute
    """,
    (501,): "NotImplemented",
    (550,): "FlexRuntimeError DataLinkRuntimeError DataLinkInternalError IncorrectContextRoot",
}


def entries():
    for backend in BACKENDS.values():
        yield from (pytest.param(backend, entry, id=f"{backend.id}-{entry.space}-{entry.name}-{n}") for n, entry in enumerate(backend.entries))


def advice_of_rules():
    for backend in BACKENDS.values():
        for kind in (RangeRule, PatternRule, StatusRule, TransportRule):
            yield from (pytest.param(rule.advice, id=f"{backend.id}-{kind.__name__}-{n}") for n, rule in enumerate(backend.tables.of(kind)))


def rows(table):
    return [(key, name) for key, names in table.items() for name in (names.split() if isinstance(names, str) else names)]


def test_the_lists_are_as_long_as_the_vendors_tables():
    assert [len(rows(table)) for table in (KINVEY, PARSE, BACKEND_SERVICES, BKEND)] == [34, 111, 64, 28]


@in_one_test(("status", "name"), rows(KINVEY))
def test_kinvey_has_every_documented_error_at_its_status(status: int, name: str):
    entries = [entry for entry in BACKENDS["kinvey"].entries_for(name) if status in entry.status]
    assert [entry.name for entry in entries][:1] == [name]
    assert all(entry.origin == "documented" for entry in entries[:1])


@in_one_test(("statuses", "name"), rows(KINVEY_ELSEWHERE))
def test_kinvey_has_the_errors_of_its_sdks_and_no_invented_status(statuses: tuple[int, ...], name: str):
    entries = BACKENDS["kinvey"].entries_for(name)
    assert {entry.name for entry in entries} == {name}
    assert {status for entry in entries for status in entry.status} == set(statuses)


@in_one_test("name", ["invalid_client", "invalid_grant", "server_error", "access_denied", "temporarily_unavailable"])
def test_kinvey_has_the_errors_of_its_login_page(name: str):
    assert BACKENDS["kinvey"].entries_for(name)


@in_one_test(("space", "count"), [("dotnet-category", 10), ("dotnet-code", 87)])
def test_kinvey_has_the_codes_of_the_dotnet_sdk(space: str, count: int):
    found = {entry.name for entry in BACKENDS["kinvey"].entries if entry.space == space}
    assert len(found) == count
    assert all(re.fullmatch("ERROR_[A-Z_]+", name) for name in found)


@in_one_test(("code", "name"), rows(PARSE))
def test_parse_has_every_documented_error(code: int, name: str):
    assert [entry.origin for entry in BACKENDS["parse"].entries if (entry.name, entry.code) == (name, code)] in (["documented"], ["client-only"])


@in_one_test("code", [3, 155, 159, 162, 210, 211])
def test_parse_has_the_codes_that_its_table_lacks(code: int):
    assert [entry for entry in BACKENDS["parse"].entries if entry.code == code]


@in_one_test(("code", "status"), [(1, 500), (101, 404), (209, 400), (119, 400), (141, 400), (142, 400)])
def test_parse_knows_the_status_that_the_server_sends(code: int, status: int):
    assert all(status in entry.status for entry in BACKENDS["parse"].entries_for(code) if entry.origin != "client-only")


@in_one_test("code", [-77, 300, 4999, 5000, 8999, 9000, 9999, 10000])
def test_parse_says_something_of_every_number(code: int):
    assert explain(BACKENDS, str(code), "parse")


def test_parse_tells_its_ranges_apart():
    meanings = [explain(BACKENDS, code, "parse")[0].advice.meaning for code in ("4990", "7000", "9500")]
    assert len(set(meanings)) == 3


@in_one_test(("status", "code"), rows(BACKEND_SERVICES))
def test_backend_services_has_every_documented_code_at_its_status(status: int | None, code: int):
    entries = BACKENDS["backend-services"].entries_for(code)
    assert any(status in entry.status if status else not entry.status for entry in entries)


def test_backend_services_has_both_statuses_of_a_taken_name():
    (entry,) = BACKENDS["backend-services"].entries_for(201)
    assert set(entry.status) == {400, 409}


@in_one_test("code", [700, *range(703, 711), 3000, *range(10001, 10006), 20000, 20001])
def test_backend_services_has_the_codes_of_its_sdk_as_client_only(code: int):
    assert not BACKENDS["backend-services"].entries_for(code)
    assert [entry.origin for entry in BACKENDS["backend-services"].entries if entry.code == code] == ["client-only"]


@in_one_test(("status", "code"), [*rows(BKEND), (401, "auth/invalid-credentials")])
def test_bkend_has_every_documented_code_at_its_status(status: int, code: str):
    (entry,) = BACKENDS["bkend"].entries_for(code)
    assert status in entry.status
    assert entry.origin == "documented"


@in_one_test("code", BKEND_ELSEWHERE.split())
def test_bkend_has_the_codes_of_its_other_pages(code: str):
    assert BACKENDS["bkend"].entries_for(code)


@in_one_test(
    ("code", "status"),
    [
        ("x/unauthorized", 401),
        ("x/invalid-token", 401),
        ("x/token-expired", 401),
        ("x/forbidden", 403),
        ("x/permission-denied", 403),
        ("x/access-denied", 403),
        ("x/thing-not-found", 404),
        ("x/too-many-things", 429),
        ("x/rate-limit", 429),
        ("x/odd", 400),
    ],
)
def test_bkend_expects_the_status_of_its_pattern_table_for_unknown_codes(code: str, status: int):
    assert not BACKENDS["bkend"].entries_for(code)
    rule = next(rule for rule in BACKENDS["bkend"].tables.of(PatternRule) if rule.code.found_in(code))
    assert rule.status[:1] == (status,)


@in_one_test(("backend", "entry"), entries)
def test_an_entry_is_worth_reading(backend: Backend, entry: Entry):
    assert_worth_reading(entry.advice)
    for name, how in entry.not_to_confuse_with.items():
        assert name != entry.name
        assert name in {other.name for other in backend.entries}
        assert how.strip()
    if entry.origin == "client-only" and not entry.space:
        # It must not become a candidate for what servers send.
        assert entry.match or not [other for other in backend.entries_for(entry.code) if other.origin != "client-only"]


@in_one_test("advice", advice_of_rules)
def test_a_rule_is_worth_reading(advice: Advice):
    assert_worth_reading(advice)


def assert_worth_reading(advice: Advice):
    assert len(advice.meaning) >= 40
    assert advice.meaning.rstrip().endswith((".", "?", ")"))
    # What holds for every error of an entry is short; what a message tells apart may be long, since few items show for one error.
    assert 1 <= len([fix for fix in advice.fix if not fix.when]) <= 6
    assert len(advice.fix) <= 24
    assert all(len(fix.do) >= 10 for fix in advice.fix)
    assert len({fix.do for fix in advice.fix}) == len(advice.fix)
    assert not any(re.search(r"\b(TODO|FIXME|TBD|lorem|xxx)\b|\s{3}|\n", text, re.I) for text in (advice.meaning, *(fix.do for fix in advice.fix)))


@in_one_test("backend", BACKENDS.values(), ids=BACKENDS)
def test_no_two_entries_or_rules_say_the_same(backend: Backend):
    advice = [entry.advice for entry in backend.entries] + [
        rule.advice for kind in (RangeRule, PatternRule, StatusRule) for rule in backend.tables.of(kind)
    ]
    assert [meaning for meaning, count in Counter(item.meaning for item in advice).items() if count > 1] == []


@in_one_test("backend", BACKENDS.values(), ids=BACKENDS)
def test_a_name_means_one_code(backend: Backend):
    codes: dict[tuple[str, str], set[str | None]] = {}
    for entry in backend.entries:
        codes.setdefault((entry.space, entry.name), set()).add(code_key(entry.code))
    assert {name for name, found in codes.items() if len(found) > 1} == set()


@in_one_test(("backend", "entry"), entries)
def test_an_entry_is_found_by_code_and_name(backend: Backend, entry: Entry):
    for word in (*([str(entry.code)] if entry.code != "" else ()), entry.name, entry.name.upper(), f"{backend.id}/{entry.name}"):
        assert entry in [found.entry for found in explain(BACKENDS, word)], word


@in_one_test("backend", BACKENDS.values(), ids=BACKENDS)
@in_one_test("status", [400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 415, 422, 429, 451, 500, 501, 502, 503, 504, 520])
def test_an_answer_without_a_code_gets_advice(backend: Backend, status: int):
    assert any(status in rule.status and not rule.match for rule in backend.tables.of(StatusRule))


@in_one_test("backend", BACKENDS.values(), ids=BACKENDS)
def test_what_fits_everything_stands_last(backend: Backend):
    """Of rules and routes the first that fits is taken: one that fits whatever a later one fits makes that one useless."""
    for first, rule in enumerate(backend.tables.of(StatusRule)):
        for later in backend.tables.of(StatusRule)[first + 1 :]:
            wider = later.status <= rule.status
            assert rule.match or not wider, later
    for first, route in enumerate(backend.routes):
        for other in backend.routes[first + 1 :]:
            example = re.sub(r"\{[a-z_]+\}", "x9", other.template)
            assert not route.regex.fullmatch(example), f"{other.template} is never reached: {route.template} stands before it"


@in_one_test("backend", BACKENDS.values(), ids=BACKENDS)
def test_a_server_that_cannot_be_reached_is_explained(backend: Backend):
    assert {rule.kind for rule in backend.tables.of(TransportRule)} == {"connection-failed", "tls-failed", "timeout"}
    assert {rule.kind for rule in backend.tables.of(TransportRule) if not rule.hosts} == {"connection-failed", "tls-failed", "timeout"}


@in_one_test("backend", BACKENDS.values(), ids=BACKENDS)
def test_texts_are_plain_and_links_are_whole(backend: Backend):
    for entry in backend.entries:
        texts = (entry.advice.meaning, *(fix.do for fix in entry.advice.fix), *entry.not_to_confuse_with.values())
        assert all(text.isascii() for text in texts), entry.name
        assert not re.search(r"\s", entry.advice.doc)
