"""Rules for GraphQL and LiveQuery: each finds its fault, and is silent about the request without it."""

from __future__ import annotations

from typing import Any

from baas_errors.exchange import Exchange
from diagnose.parse_talk import AS_JSON, AS_MASTER, LiveRow, live_findings, talk
from diagnose.talk import Row, RowTests
from matrix import in_one_test

URL = "https://parse.example.org/graphql"
HELLO = {"op": "connect", "applicationId": "notes-app", "restAPIKey": "made-up-rest-key"}
LISTEN = {"op": "subscribe", "requestId": 1, "query": {"className": "Note", "where": {}}}
TOO_EARLY = "Can not find this client, make sure you connect to server before subscribing"


def graphql(code: int | str, message: str, query: str, variables: Any = None, status: int = 200, **more: Any) -> dict[str, Any]:
    answer = {"errors": [{"message": message, "extensions": {"code": code}}]}
    body = {"query": query, **({"variables": variables} if variables else {})}
    return {"method": "POST", "path": URL, "status": status, "body": body, "answer": answer, "answer_headers": AS_JSON} | more


def row(rule: str, says: str, code: int | str, message: str, wrong: str, right: str, status: int = 200, certain: bool = True, **more: Any) -> Row:
    """A query at fault, and one that is none."""
    return Row(rule, says, graphql(code, message, wrong, status=status), {"body": {"query": right}}, certain, **more)


def listen(**query: Any) -> dict[str, Any]:
    return {**LISTEN, "query": {"className": "Note", "where": {}} | query}


PARSING = {"extensions": {"code": "GRAPHQL_PARSE_FAILED"}}
WANTED = 'Variable "$id" of required type "ID!" was not provided.'
BY_ID = "query($id: ID!) { note(id: $id) { title } }"
ROWS = [
    Row(
        "graphql-variable",
        "The required variable `$id` (`ID!`) is missing in `variables`",
        graphql("BAD_USER_INPUT", WANTED, BY_ID),
        {"body": {"query": BY_ID, "variables": {"id": "a"}}},
    ),
    Row(
        "graphql-variable",
        "The required variable `$id` (`ID!`) is null in `variables`",
        graphql("BAD_USER_INPUT", 'Variable "$id" of non-null type "ID!" must not be null.', BY_ID, {"id": None}),
        {"body": {"query": BY_ID, "variables": {"id": "a"}}},
    ),
    row(
        "graphql-brackets",
        "2 `{` and 1 `}`: a `}` is missing",
        "GRAPHQL_PARSE_FAILED",
        "Syntax Error: Expected Name",
        "{ notes { id }",
        '{ notes(a: "{") { id } }',
        400,
    ),
    Row(
        "graphql-variable-type",
        "The variable `$n` is `x` (",
        graphql(
            "BAD_USER_INPUT",
            'Variable "$n" got invalid value "x"; Int cannot represent',
            "query($n: Int!) { notes(first: $n) { count } }",
            {"n": "x"},
        ),
        {"body": {"query": "query($m: Int!) { notes(first: $m) { count } }", "variables": {"m": 1}}},
    ),
    Row(
        "graphql-variable-type",
        "The variable `$w.title` is `Dune` (a string); the query takes `StringWhereInput`",
        graphql(
            "BAD_USER_INPUT",
            'Variable "$w" got invalid value "Dune" at "w.title"; Expected type "StringWhereInput" to be an object.',
            "query($w: NoteWhereInput) { notes(where: $w) { count } }",
            {"w": {"title": "Dune"}},
        ),
        {"body": {"query": "query($m: Int!) { notes(first: $m) { count } }", "variables": {"m": 1}}},
        fix='"title": {"equalTo": "Dune"}',
    ),
    row(
        "graphql-value",
        'The query gives `"x"`',
        "GRAPHQL_VALIDATION_FAILED",
        'Float cannot represent non numeric value: "x"',
        '{ a(n: "x") }',
        "{ a(n: 1) }",
        400,
    ),
    row(
        "graphql-argument",
        "`deleteNote` lacks the argument `input` (`DeleteNoteInput!`)",
        "GRAPHQL_VALIDATION_FAILED",
        'Field "deleteNote" argument "input" of type "DeleteNoteInput!" is required, but it was not provided.',
        "mutation { deleteNote { id } }",
        "mutation { updateNote { id } }",
        400,
    ),
    row(
        "graphql-argument",
        "`note` is an object, and none of its fields is selected",
        "GRAPHQL_VALIDATION_FAILED",
        'Field "note" must have a selection of subfields.',
        "{ note }",
        "{ a }",
        400,
    ),
    row(
        "graphql-operation",
        "has 2 operations, and `operationName` is missing",
        "OPERATION_RESOLUTION_FAILURE",
        "Must provide",
        "query A { a } query B { b }",
        "query A { a }",
        400,
    ),
    Row(
        "graphql-no-query",
        "The URL has no `query`",
        graphql("BAD_REQUEST", "GraphQL operations must", "", status=400) | {"method": "GET", "body": b""},
        {"path": f"{URL}?query=%7Ba%7D"},
    ),
    Row(
        "graphql-no-query",
        "The body has no `query`",
        graphql("BAD_REQUEST", "GraphQL operations must contain", "", status=400),
        {"body": {"query": "{ health }"}},
    ),
    row(
        "graphql-name",
        "`shades` is not a field of `Query`",
        "GRAPHQL_VALIDATION_FAILED",
        'Cannot query field "shades" on type "Query".',
        "{ shades { id } }",
        "{ notes { id } }",
        400,
        fix="if the class or column is there, allow it in the GraphQL configuration (`classConfigs`)",
    ),
    row(
        "graphql-name",
        "`shades` is not a field of `Query`. The same query worked 1 s before (flow flow-1).",
        "GRAPHQL_VALIDATION_FAILED",
        'Cannot query field "shades" on type "Query". Did you mean "shade"?',
        "{ shades { id } }",
        "{ notes { id } }",
        400,
        before=[graphql("", "", "{ shades { id } }", answer={"data": {"shades": []}})],
        fix="Look what changed on the server",
    ),
    row(
        "graphql-name",
        "did you mean `notes`?",
        "GRAPHQL_VALIDATION_FAILED",
        'Cannot query field "note5". Did you mean "notes"?',
        "{ note5 { id } }",
        "{ notes { id } }",
        400,
    ),
    Row(
        "graphql-syntax",
        "The query has a syntax error in line 2, column 5",
        graphql("GRAPHQL_PARSE_FAILED", "", "{ notes {\n  id: } }", status=400)
        | {"answer": {"errors": [{"message": 'Syntax Error: Expected Name, found "}".', "locations": [{"line": 2, "column": 5}], **PARSING}]}},
        {"answer": {"errors": [{"message": "Syntax Error: Expected Name.", **PARSING}]}},
    ),
    Row(
        "graphql-variable-type",
        "`title_UP` is not a value of the enum `NoteOrder` (variable `$order[0]`); did you mean `title_ASC`?",
        graphql(
            "BAD_USER_INPUT",
            'Variable "$order" got invalid value "title_UP" at "order[0]"; Value "title_UP" does not exist in "NoteOrder" enum. '
            'Did you mean the enum value "title_ASC"?',
            "query($order: [NoteOrder!]) { notes(order: $order) { count } }",
            {"order": ["title_UP"]},
        ),
        {"body": {"query": "query($m: Int!) { notes(first: $m) { count } }", "variables": {"m": 1}}},
    ),
    Row(
        "graphql-input",
        "The input field `fields` (`CreateNoteFieldsInput!`) is missing",
        graphql(
            "GRAPHQL_VALIDATION_FAILED",
            'Field "CreateNoteInput.fields" of required type "CreateNoteFieldsInput!" was not provided.',
            "mutation { createNote(input: {}) { note { id } } }",
        ),
        {"answer": {"errors": [{"message": "Other.", **PARSING}]}},
    ),
    row(
        "graphql-declaration",
        "`$n` is `String`, but `Int` is needed",
        "GRAPHQL_VALIDATION_FAILED",
        'Variable "$n" of type "String" used in position expecting type "Int".',
        "query($n: String) { notes(first: $n) { count } }",
        "{ notes(first: 1) { count } }",
        400,
    ),
    row(
        "graphql-value",
        "`soon` is not a valid `Date`",
        "GRAPHQL_VALIDATION_FAILED",
        "soon is not a valid Date",
        'mutation { createNote(input: {fields: {due: "soon"}}) { note { id } } }',
        "{ notes { count } }",
        400,
    ),
    Row(
        "graphql-cursor",
        "`after` is not a cursor of an earlier answer",
        graphql(102, "After is not a valid cursor", '{ notes(after: "x") { count } }'),
        {"answer": {"errors": [{"message": "Bad query", "extensions": {"code": 102}}]}},
    ),
    row(
        "graphql-name",
        "`limit` is not an argument of `Query.notes`",
        "GRAPHQL_VALIDATION_FAILED",
        'Unknown argument "limit" on field "Query.notes".',
        "{ notes(limit: 3) { count } }",
        "{ notes(first: 3) { count } }",
        400,
        fix="Write `first` instead of `limit`",
    ),
    row(
        "graphql-name",
        "`createNote` is not a field of `Mutation`.",
        "GRAPHQL_VALIDATION_FAILED",
        'Cannot query field "createNote" on type "Mutation". Did you mean "updateNote" or "createRole"?',
        "mutation { createNote(input: {}) { note { id } } }",
        "mutation { updateNote(input: {}) { note { id } } }",
        400,
    ),
    row(
        "graphql-name",
        "The query does not define the fragment `Short`",
        "GRAPHQL_VALIDATION_FAILED",
        'Unknown fragment "Short".',
        "{ notes { ...Short } }",
        "{ notes { id } }",
        400,
    ),
    row(
        "graphql-input",
        "`shade` is not an input field of `CreateNoteFieldsInput`",
        "GRAPHQL_VALIDATION_FAILED",
        'Field "shade" is not defined by type "CreateNoteFieldsInput".',
        'mutation { createNote(input: {fields: {shade: "x"}}) { note { id } } }',
        'mutation { createNote(input: {fields: {title: "x"}}) { note { id } } }',
        400,
    ),
    row(
        "graphql-value",
        'The query gives `"Dune"` where the schema takes `StringWhereInput`',
        "GRAPHQL_VALIDATION_FAILED",
        'Expected value of type "StringWhereInput", found "Dune".',
        '{ notes(where: {title: "Dune"}) { count } }',
        '{ notes(where: {title: {equalTo: "x"}}) { count } }',
        400,
        fix='field: {equalTo: "Dune"}',
    ),
    row(
        "graphql-value",
        "`title_UP` is not a value of the enum `NoteOrder`; did you mean `title_ASC`?",
        "GRAPHQL_VALIDATION_FAILED",
        'Value "title_UP" does not exist in "NoteOrder" enum. Did you mean the enum value "title_ASC"?',
        "{ notes(order: [title_UP]) { count } }",
        "{ notes(order: [title_ASC]) { count } }",
        400,
    ),
    row(
        "graphql-value",
        "`title_DESC` is not a value of the enum `NoteOrder`.",
        "GRAPHQL_VALIDATION_FAILED",
        'Value "title_DESC" does not exist in "NoteOrder" enum. Did you mean the enum value "title_ASC"?',
        "{ notes(order: [title_DESC]) { count } }",
        "{ notes(order: [title_ASC]) { count } }",
        400,
        fix="`sortFields`",
    ),
    row(
        "graphql-declaration",
        "The variable `$spare` is declared but not used",
        "GRAPHQL_VALIDATION_FAILED",
        'Variable "$spare" is never used in operation "Get".',
        "query Get($spare: ID!) { notes { id } }",
        "query Get { notes { id } }",
        400,
    ),
    row(
        "graphql-duplicate",
        "`notes` is selected twice, with different arguments or fields",
        "GRAPHQL_VALIDATION_FAILED",
        'Fields "notes" conflict because they have differing arguments.',
        "{ notes(first: 1) { count } notes(first: 2) { count } }",
        "{ objects { count } }",
        400,
    ),
    row(
        "schema-duplicate",
        "The column `size` is in `schemaFields` more than once",
        105,
        "Duplicated field name: size",
        'mutation { createClass(input: {schemaFields: {addStrings: [{name: "size"}], addNumbers: [{name: "size"}]}}) { class { name } } }',
        'mutation { createClass(input: {name: "A"}) { clientMutationId } }',
    ),
    Row(
        "graphql-variable-type",
        "`shade` is not a field of `NoteInput` (variable `$fields`)",
        graphql(
            "BAD_USER_INPUT",
            'Variable "$fields" got invalid value { shade: 1 }; Field "shade" is not defined by type "NoteInput".',
            "mutation($fields: NoteInput!) { createNote(input: {fields: $fields}) { note { id } } }",
            {"fields": {"shade": 1}},
        ),
        {"body": {"query": "query($m: Int!) { notes(first: $m) { count } }", "variables": {"m": 1}}},
    ),
    Row(
        "graphql-variable-type",
        "`username` (`String!`) is missing in the variable `$i.fields`.",
        graphql(
            "BAD_USER_INPUT",
            'Variable "$i" got invalid value { email: "a" } at "i.fields"; Field "username" of required type "String!" was not provided.',
            "mutation($i: SignUpInput!) { signUp(input: $i) { viewer { sessionToken } } }",
            {"i": {"fields": {"email": "a"}}},
        ),
        {"body": {"query": "{ health }"}},
        fix="Add `username` to `i.fields` in `variables`.",
    ),
    Row(
        "graphql-variable-type",
        "the query takes `UserPointerInput`",
        graphql(
            "BAD_USER_INPUT",
            'Variable "$f" got invalid value "x1" at "f.author"; Expected type "UserPointerInput" to be an object.',
            "mutation($f: CreateNoteFieldsInput!) { createNote(input: {fields: $f}) { note { id } } }",
            {"f": {"author": "x1"}},
        ),
        {"body": {"query": "{ health }"}},
        fix='Send `"author": {"link": "<objectId>"}` in `variables`.',
    ),
    row(
        "graphql-introspection",
        "asks for the schema (`__schema`)",
        "INTERNAL_SERVER_ERROR",
        "Introspection is not allowed",
        "{ __schema { a } }",
        "{ health }",
        403,
    ),
    row(
        "graphql-paging",
        "`skip` is `-1`; it takes 0 or more",
        102,
        "Skip should be a positive number",
        "{ notes(skip: -1) { count } }",
        "{ notes(skip: 1) { count } }",
    ),
    Row(
        "graphql-paging",
        "The variable `$from` is `-1`",
        graphql(102, "Skip should be a positive number", "query($from: Int) { notes(skip: $from) { count } }", {"from": -1}),
        {"body": {"query": "query($from: Int) { notes(skip: $from) { count } }", "variables": {"from": 1}}},
    ),
    row(
        "graphql-pointer",
        "The pointer `owner` is empty; it takes `link`",
        106,
        "You need to provide link OR createLink on the pointer mutation of field owner",
        "mutation { a(owner: {}) }",
        "mutation { a(owner: {link: 1}) }",
    ),
]

LOG_IN = "Permission denied, user needs to be authenticated."
LIVE_ROWS = [
    LiveRow("live-operation", "`subscibe` is not an operation of LiveQuery", [HELLO, {"op": "subscibe"}], [HELLO, LISTEN], 1),
    LiveRow("live-operation", "The message has no `op`", [HELLO, {"query": {}}], [HELLO, LISTEN], 3),
    LiveRow("live-message", "The `connect` message has no `applicationId`", [{"op": "connect"}], [HELLO], 1),
    LiveRow("live-message", "The message has no `requestId`", [HELLO, {"op": "subscribe", "query": LISTEN["query"]}], [HELLO, LISTEN], 1),
    LiveRow("live-message", "`where` of `query` is missing", [HELLO, {**LISTEN, "query": {"className": "Note"}}], [HELLO, LISTEN], 1),
    LiveRow("live-message", "`where` of `query` is a string, not an object", [HELLO, listen(where="{}")], [HELLO, LISTEN], 1),
    LiveRow("live-message", "`query` has `fields`", [HELLO, listen(fields=["title"])], [HELLO, listen(keys=["title"])], 1),
    LiveRow("live-message", "`requestId` is a string, not a number", [HELLO, {**LISTEN, "requestId": "x"}], [HELLO, LISTEN], 1),
    LiveRow("live-message", "has `extra`, which it does not take", [{**HELLO, "extra": 1}], [HELLO], 1, "Additional properties not allowed"),
    LiveRow("live-message", "has `limit`, which it does not take", [HELLO, listen(limit=3)], [HELLO, LISTEN], 1, "Additional properties not allowed"),
    LiveRow(
        "live-message",
        "this version of the LiveQuery server is older than `watch`",
        [HELLO, listen(watch=["title"])],
        [HELLO, LISTEN],
        1,
        "Additional properties not allowed",
        certain=False,
    ),
    LiveRow("trigger-own-words", "a trigger of LiveQuery (`beforeConnect`", [HELLO, LISTEN], [HELLO, {"op": "x"}], 141, "Not for you", certain=False),
    LiveRow("live-session", "The subscription to `Note` needs a session", [HELLO, LISTEN], [{**HELLO, "sessionToken": "r:1"}, LISTEN], 101, LOG_IN),
    LiveRow("live-order", "The client sent `subscribe` before `connect`", [LISTEN], [HELLO, LISTEN], 2, TOO_EARLY),
    LiveRow(
        "live-order", "`7` was never subscribed", [HELLO, {"op": "unsubscribe", "requestId": 7}], [HELLO, {**LISTEN, "requestId": 7}], 2, ident=7
    ),
    LiveRow("live-key", "`restAPIKey` in the `connect` message is not among the keys", [HELLO], [LISTEN], 4),
    LiveRow("live-key", "has no key", [{"op": "connect", "applicationId": "notes-app"}], [LISTEN], 4),
    LiveRow(
        "live-session",
        "The subscription to `_Session` needs a session",
        [HELLO, listen(className="_Session")],
        [{**HELLO, "sessionToken": "r:1"}, LISTEN],
        209,
    ),
    LiveRow("live-permission", "deny `find` to this connection", [HELLO, listen(className="Vault")], [HELLO], 119, certain=False),
    LiveRow("live-permission", "deny `find`", [HELLO, listen(className="Vault")], [HELLO], 119, "Permission denied for action find on class Vault."),
    LiveRow("query-regex", "a `[` has no `]`", [HELLO, listen(where={"title": {"$regex": "M["}})], [HELLO, LISTEN], 102),
]


class TestRows(RowTests):
    rows = ROWS
    needs_fix = True
    talk = staticmethod(talk)


@in_one_test("row", LIVE_ROWS, ids=lambda row: row.id)
def test_finds_in_messages(backends, row):
    said = [finding for finding in live_findings(backends, row, row.frames) if finding.rule == row.rule and row.says in finding.says]
    assert [(finding.certain, bool(finding.fix)) for finding in said] == [(row.certain, True)]


@in_one_test("row", LIVE_ROWS, ids=lambda row: row.id)
def test_is_silent_about_mended_messages(backends, row):
    assert [finding.says for finding in live_findings(backends, row, row.mended) if finding.rule == row.rule] == []


@in_one_test("row", LIVE_ROWS, ids=lambda row: row.id)
def test_without_the_clients_messages_nothing_is_claimed(backends, row):
    assert live_findings(backends, row, ()) == ()


def test_an_answer_is_matched_to_the_message_with_its_id(backends):
    frames = [HELLO, {**listen(className="Vault"), "requestId": 5}, {**LISTEN, "requestId": 6}]
    row = LiveRow("live-refused", "`Vault`", frames, frames, 119, certain=False, ident=5)
    assert ["`Vault`" in finding.says for finding in live_findings(backends, row, frames)] == [True]


def test_the_schema_is_open_to_the_master_key(backends):
    asked = graphql("INTERNAL_SERVER_ERROR", "Introspection is not allowed", "{ __schema { a } }", status=403, headers=AS_MASTER)
    assert talk(backends).ask(**asked)[0].findings == ()


def test_an_exchange_knows_of_no_messages_unless_told():
    assert tuple(Exchange.__dataclass_fields__["asked"].default()) == ()
