"""One walk: what is replaced anywhere in a request is looked for everywhere in its answer, however it was sent and however it is repeated."""

from __future__ import annotations

import base64
import html
import json
import quopri
import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from baas_errors.catalog import Backend
from baas_errors.exchange import Exchange
from baas_errors.redact import Redactor
from baas_errors.reports.redacted_exchange import clean
from build import make_exchange, make_request
from matrix import in_one_test

SECRETS = ("Zq7xK9vWj3-Ab55cd", "correct horse battery 9 staple", "pa\"ss'w0rd+&<x>/42=", "r:c0ffee5ec2e7Zq7xK9vWj3aabb1188de")
PLAIN = SECRETS[0]
JSON, XML = {"Content-Type": "application/json"}, {"Content-Type": "application/xml"}
FORM, YAML = {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "text/yaml"}
LOG_IN = "mutation($p:String!){ logIn(input:{password:$p}){id} }"


def b64(text: str, before: int = 0) -> str:
    return base64.b64encode(b"x" * before + text.encode()).decode()


def body(value: Any) -> dict[str, Any]:
    return {"headers": JSON, "body": json.dumps(value)}


def member(secret: str) -> str:
    return json.dumps({"password": secret})


def part(head: str, content: str, kind: str = "form-data") -> dict[str, Any]:
    return {"headers": {"Content-Type": f"multipart/{kind}; boundary=B"}, "body": f"--B\r\n{head}\r\n\r\n{content}\r\n--B--\r\n"}


def printable(text: str) -> str:
    return quopri.encodestring(text.encode()).decode()


FIELD = 'Content-Disposition: form-data; name="password"'
EXTENDED = "Content-Disposition: form-data; name*=utf-8''password"
OTHER = 'Content-Disposition: form-data; name="x"'
INNER = "--C\r\nContent-Disposition: form-data; name=password\r\n\r\n%s\r\n--C--\r\n"
PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "member": lambda s: body({"password": s}),
    "deep": lambda s: body({"a": [[{"b": {"password": [s]}}]]}),
    "object under a secret name": lambda s: body({"password": {"old": s}}),
    "first of equal keys": lambda s: {"headers": JSON, "body": f'{{"password":{json.dumps(s)},"password":""}}'},
    "second of equal keys, deep": lambda s: {"headers": JSON, "body": f'{{"a":{{"password":"other","password":{json.dumps(s)}}}}}'},
    "k and v": lambda s: body({"h": [{"k": "X-Parse-Master-Key", "v": s}]}),
    "name and value": lambda s: body([{"value": s, "name": "password"}]),
    "header and value": lambda s: body([{"header": "X-Parse-Master-Key", "value": s}]),
    "pairs": lambda s: body({"headers": [["Accept", "x"], ["X-Parse-Master-Key", s]]}),
    "names and values in turn": lambda s: body({"rawHeaders": ["Accept", "x", "X-Parse-Master-Key", s]}),
    "101st item": lambda s: body([*({"password": f"Other{number}xx"} for number in range(100)), {"password": s}]),
    "65th secret": lambda s: body({**{f"token{number}": f"Zz{number}yyAAbb{number}" for number in range(64)}, "password": s}),
    "JSON in JSON in JSON": lambda s: body({"a": json.dumps({"b": member(s)})}),
    "JSON in base64": lambda s: body({"a": b64(member(s))}),
    "JSON in percent-encoding": lambda s: body({"a": quote(member(s))}),
    "JSON in a header": lambda s: {"headers": {"X-Data": member(s)}},
    "JSON in base64 in a header": lambda s: {"headers": {"X-Data": b64(member(s))}},
    "JSON in percent-encoding in a header": lambda s: {"headers": {"X-Data": quote(member(s))}},
    "JSON in a cookie": lambda s: {"headers": {"Cookie": f"a=j:{quote(member(s))}"}},
    "JSON in base64 in a cookie": lambda s: {"headers": {"Cookie": f"a={b64(member(s))}"}},
    "broken JSON": lambda s: {"headers": JSON, "body": f'{{"a":[{{"k":"X-Parse-Master-Key","v":{json.dumps(s)}}},,'},
    "query, second of equal names": lambda s: {"query": f"password=x12345&password={quote_plus(s)}"},
    "query, encoded twice": lambda s: {"query": f"password={quote(quote(s))}"},
    "JSON in a query": lambda s: {"query": f"where={quote(member(s))}"},
    "form": lambda s: {"headers": FORM, "body": f"a=1&user[password]={quote_plus(s)}"},
    "JSON in base64 in a form": lambda s: {"headers": FORM, "body": f"a={quote_plus(b64(member(s)))}"},
    "part": lambda s: part(FIELD, s),
    "part, quoted-printable": lambda s: part(f"{FIELD}\r\nContent-Transfer-Encoding: quoted-printable", printable(s)),
    "part, base64": lambda s: part(f"{FIELD}\r\nContent-Transfer-Encoding: base64", b64(s)),
    "part, base64 of JSON": lambda s: part(f"{OTHER}\r\nContent-Transfer-Encoding: base64", b64(member(s))),
    "part, quoted-printable JSON": lambda s: part(
        f"{OTHER}\r\nContent-Transfer-Encoding: Quoted-Printable", printable(f'{{"a":"{"b" * 90}",{member(s)[1:]}')
    ),
    "header of a part": lambda s: part(f"{OTHER}\r\nX-Parse-Master-Key: {s}", "a"),
    "form in a part": lambda s: part(f"{OTHER}\r\nContent-Type: application/x-www-form-urlencoded", f"a=1&password={quote_plus(s)}"),
    "parts in a part": lambda s: part("Content-Type: multipart/form-data; boundary=C", INNER % s, "mixed"),
    "request in a part": lambda s: part("Content-Type: application/http", f"POST /x HTTP/1.1\r\nX-Parse-Master-Key: {s}\r\n\r\n", "mixed"),
    "variable of GraphQL": lambda s: body({"query": LOG_IN, "variables": {"p": s}}),
    "variable of GraphQL in a batch": lambda s: body([{"query": LOG_IN, "variables": {"p": s}}]),
    "variable of GraphQL in a query": lambda s: {"query": f"query={quote(LOG_IN)}&variables={quote(json.dumps({'p': s}))}"},
    "text of GraphQL": lambda s: body({"query": f"mutation {{ logIn(password: {json.dumps(s)}) {{ id }} }}"}),
    "XML": lambda s: {"headers": XML, "body": f"<a><password>{html.escape(s)}</password></a>"},
    "attribute of XML": lambda s: {"headers": XML, "body": f'<a password="{html.escape(s)}"/>'},
    "name and value of XML": lambda s: {"headers": XML, "body": f"<e>\n <name>password</name>\n <value>{html.escape(s)}</value>\n</e>"},
    "value and name of XML": lambda s: {"headers": XML, "body": f"<e><value>{html.escape(s)}</value><name>password</name></e>"},
    "key and string of XML": lambda s: {"headers": XML, "body": f"<dict><key>password</key><string>{html.escape(s)}</string></dict>"},
    "member of XML-RPC": lambda s: {"headers": XML, "body": f"<name>password</name><value><string>{html.escape(s)}</string></value>"},
    "YAML": lambda s: {"headers": YAML, "body": f"a: b\npassword: {json.dumps(s)}\n"},
    "Basic": lambda s: {"headers": {"Authorization": f"Basic {b64(f'kid_abc:{s}')}"}},
    "header": lambda s: {"headers": {"X-Parse-Master-Key": s}},
    "cookie": lambda s: {"headers": {"Cookie": f"a=1; sid={quote(s)}"}},
    "query of the address of the page": lambda s: {"headers": {"Referer": f"https://a.example/x?token={quote(s, safe='')}"}},
}
ECHOES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in capitals": str.upper,
    "percent": lambda s: quote(s, safe=""),
    "percent, every letter": lambda s: "".join(f"%{byte:02x}" for byte in s.encode()),
    "plus for space": quote_plus,
    "plus for space, nothing else": lambda s: s.replace(" ", "+"),
    "HTML": html.escape,
    "HTML, every letter": lambda s: "".join(f"&#x{ord(letter):x};" for letter in s),
    "JSON": lambda s: json.dumps(json.dumps(s)),
    "JSON, every letter": lambda s: "".join(f"\\u{ord(letter):04x}" for letter in s),
    "doubled quotes": lambda s: s.replace('"', '""').replace("'", "''"),
    "base64": b64,
    "base64, one aside": lambda s: b64(s, 1),
    "base64, two aside": lambda s: b64(f"{s} and more", 2),
    "base64 in percent": lambda s: quote(b64(s), safe=""),
    "zero width": "\u200b".join,
    "soft hyphen": lambda s: f"{s[:4]}\u00ad{s[4:]}",
    "no-break space": lambda s: s.replace(" ", "\u00a0"),
    "line break for space": lambda s: s.replace(" ", "\r\n"),
    "end cut off": lambda s: f"{s[: len(s) * 2 // 3]}...",
    "beginning cut off": lambda s: f"...{s[len(s) // 3 :]}",
    "beginning hidden": lambda s: f"****{s[len(s) // 3 :]}",
    "JavaScript, every letter": lambda s: "".join(f"\\u{{{ord(letter):x}}}" for letter in s),
    "octal": lambda s: "".join(f"\\{byte:03o}" for byte in s.encode()),
    "quoted-printable": lambda s: "".join(f"={byte:02X}" for byte in s.encode()),
    "percent and u": lambda s: "".join(f"%u{ord(letter):04x}" for letter in s),
    "HTML without semicolons": lambda s: "".join(f"&#{ord(letter)}" for letter in s),
    "zeros": "\0".join,
    "colours": lambda s: "".join(f"\x1b[3{at % 8}m{letter}" for at, letter in enumerate(s)),
    "bold": lambda s: f"{s[:9]}<b>{s[9:]}</b>",
    "apart": " ".join,
    "in groups": lambda s: "-".join(s[at : at + 4] for at in range(0, len(s), 4)),
    "in two lines": lambda s: f"{s[:9]}\n    {s[9:]}",
    "concatenated": lambda s: f"'{s[:9]}' || '{s[9:]}'",
    "full width": lambda s: "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in s),
    "with accents": "\u0301".join,
    "last letter cut off": lambda s: s[:-1],
    "first letter cut off": lambda s: s[1:],
    "middle cut out": lambda s: f"{s[: len(s) // 2 - 1]}\u2026{s[len(s) // 2 + 1 :]}",
    "buffer": lambda s: json.dumps({"type": "Buffer", "data": list(s.encode())}),
    "both cut off": lambda s: f"\u2026{s[len(s) // 5 : -len(s) // 5]}\u2026",
}


def sent(headers: dict[str, str] | None = None, body: str = "", query: str = "") -> Exchange:
    return Exchange("1", make_request("POST", f"https://a.example/parse/users{query and '?'}{query}", headers or {}, body))


@pytest.fixture(scope="module")
def redactor(backends: dict[str, Backend]) -> Redactor:
    return Redactor(backends.values(), key=b"k" * 32)


@in_one_test("place", PLACES)
def test_wherever_it_was_sent(redactor: Redactor, place: str) -> None:
    for secret in SECRETS:
        redaction = redactor.for_exchange(sent(**PLACES[place](secret)))
        assert redaction.is_whole
        assert redaction.text(f"no {secret} here").startswith("no <"), secret


@in_one_test("echo", ECHOES)
def test_however_it_is_repeated(redactor: Redactor, echo: str) -> None:
    for secret in SECRETS:
        shown = redactor.for_exchange(sent(**body({"password": secret}))).text(f"no such thing: {ECHOES[echo](secret)} was given")
        assert shown.startswith("no such thing: ")
        assert shown.endswith(" was given")
        # A third from the middle is in all of them.
        assert secret[len(secret) // 3 : len(secret) * 2 // 3].lower() not in shown.replace("\u200b", "").lower(), secret
        assert " #" in shown, secret


SHORT: dict[str, Callable[[str], str]] = {
    "first cut off": lambda s: s[1:],
    "last cut off": lambda s: s[:-1],
    "end cut off": lambda s: f"{s[: max(5, len(s) * 6 // 10)]}...",
    "beginning cut off": lambda s: f"...{s[-max(5, len(s) * 6 // 10) :]}",
    "Latin-1 in percent": lambda s: quote(s.encode("latin-1")),
    "UTF-8 read as Latin-1": lambda s: s.encode().decode("latin-1"),
    "bytes of Python": lambda s: repr(s.encode()),
    "decomposed": lambda s: unicodedata.normalize("NFD", s),
    "without accents": lambda s: "".join(letter for letter in unicodedata.normalize("NFD", s) if not unicodedata.combining(letter)),
    "in groups": lambda s: f"{s[:4]} {s[4:]}",
    "in code": lambda s: f"'{s[:4]}' + '{s[4:]}'",
}


@in_one_test("echo", SHORT)
def test_short_secrets_of_any_letters(redactor: Redactor, echo: str) -> None:
    for secret in ("Kol1bri9", "p\u00e4ssw\u00f6rd \u00dcn\u00ef7", "48291357"):
        shown = redactor.for_exchange(sent(**body({"password": secret}))).text(f"no such thing: {(told := SHORT[echo](secret))} was given")
        assert told.strip(".") not in shown, shown
        assert " #" in shown, shown


@in_one_test(
    ("secret", "text"),
    [
        ("administrator1", "an administrator is needed"),
        ("session9", "Session expired... sign in again"),
        ("user77", "no such user... ask the owner"),
        ("4821", "in 48 of 21 cases, 14821, 482 or 821"),
        ("Summer", "the summers are short, summe"),
        ("48291357", "the order 1482913570 is 148-29135-7"),
        ("abc-123-x", "ab c1 and 23"),
    ],
)
def test_what_only_looks_like_a_part_of_a_secret_stays(redactor: Redactor, secret: str, text: str) -> None:
    assert redactor.for_exchange(sent(**body({"password": secret}))).text(text) == text


# By nothing but that it was sent as a secret.
KNOWN = "Kolibri-Nest"
NOT_SEARCHED: dict[str, dict[str, Any]] = {
    "65 levels": {"headers": JSON, "body": '{"a":' * 65 + member(KNOWN) + "}" * 65},
    "100 lists": {"headers": JSON, "body": "[" * 100 + member(KNOWN) + "]" * 100},
    "more than 4 MB": {"headers": JSON, "body": json.dumps({"a": "x y " * 1_100_000, "password": KNOWN})},
    "MessagePack": {"headers": {"Content-Type": "application/msgpack"}, "body": f"\x81\xa8password\xb0{KNOWN}"},
}


@in_one_test("case", NOT_SEARCHED)
def test_what_was_not_searched_counts_as_unknown(redactor: Redactor, case: str) -> None:
    redaction = redactor.for_exchange(sent(**NOT_SEARCHED[case]))
    assert not redaction.is_whole
    assert redaction.text(f"the password {KNOWN} is invalid") == "the password <not shown> is invalid"


UNUSUAL: dict[str, tuple[str, bytes]] = {
    "UTF-16": ("application/json", member(PLAIN).encode("utf-16")),
    "UTF-16 without a mark": ("application/json", member(PLAIN).encode("utf-16-le")),
    "UTF-32": ("application/json", member(PLAIN).encode("utf-32-be")),
    "parts without a boundary": ("multipart/form-data", part(FIELD, PLAIN)["body"].encode()),
    "parts with another boundary": ("multipart/form-data; boundary=C", part(FIELD, PLAIN)["body"].encode()),
    "parts that are called JSON": ("application/json", part(FIELD, PLAIN)["body"].encode()),
    "parts without a type": ("", part(FIELD, PLAIN)["body"].encode()),
    "a part with a name of RFC 5987": (
        "multipart/form-data; boundary=B",
        part(FIELD.replace('name="', "name*=utf-8''")[:-1], PLAIN)["body"].encode(),
    ),
    "JSON that is called parts": ("multipart/form-data; boundary=B", member(PLAIN).encode()),
}


@in_one_test("case", UNUSUAL)
def test_bodies_that_are_not_what_they_are_called(redactor: Redactor, case: str) -> None:
    kind, data = UNUSUAL[case]
    exchange = Exchange("1", make_request("POST", "https://a.example/parse/users", {"Content-Type": kind} if kind else {}, data))
    redaction = redactor.for_exchange(exchange)
    assert redaction.is_whole
    assert PLAIN not in redaction.text(f"no {PLAIN} here")
    assert PLAIN not in clean(exchange, redactor).request_body


@in_one_test("place", PLACES)
def test_what_is_shown_of_the_request_has_none_either(redactor: Redactor, place: str) -> None:
    for secret in SECRETS:
        exchange = sent(**PLACES[place](secret))
        shown = clean(exchange, redactor)
        texts = "\n".join((shown.url, shown.request_body, *(value for _, value in shown.request_headers)))
        assert secret not in texts
        assert secret[:7] not in texts


@in_one_test(
    "value",
    [
        {"data": {"password": {"code": "validation_length_out_of_range", "message": "The length must be between 8 and 72."}}},
        {"password": [{"code": "too_small", "minimum": 8, "type": "string", "message": "String must contain at least 8 characters"}]},
        {"password": {"_errors": ["Required"]}},
        {"errors": {"password": {"name": "ValidatorError", "kind": "minlength", "path": "password", "message": "It is too short"}}},
        {"fields": {"password": {"type": "String", "required": True}}},
        {"required": ["password", "email"]},
        ["username", "password"],
        {"allow": ["X-Parse-Master-Key", "X-Parse-REST-API-Key", "Content-Type", "X-Requested-With"]},
        {"sessionToken": "undefined", "token": None},
        {"token": {"$ne": None}, "password": {"__op": "Delete"}},
    ],
)
def test_what_is_said_about_a_field_stays(redactor: Redactor, value: Any) -> None:
    assert redactor.session().value(value) == value


@in_one_test(
    "value",
    [
        {"errors": {"password": {"kind": "minlength", "message": "It is too short", "value": PLAIN}}},
        {"errors": [{"param": "password", "msg": "It is too short", "value": PLAIN}]},
        {"authData": {"facebook": {"id": PLAIN, "name": PLAIN}}},
        {"secret": {"message": PLAIN}},
        {"secret": [{"code": PLAIN}]},
        f'rejected: {{"k":"X-Parse-Master-Key","v":"{PLAIN}"}} is bad',
        f'rejected: ["X-Parse-Master-Key","{PLAIN}"] is bad',
        rf"rejected: {{\"name\":\"password\",\"value\":\"{PLAIN}\"}} is bad",
    ],
)
def test_the_value_itself_does_not(redactor: Redactor, value: Any) -> None:
    assert PLAIN not in json.dumps(redactor.session().value(value))


def test_an_object_keeps_its_form_and_both_of_two_equal_keys(redactor: Redactor) -> None:
    text = '{"a":{"password":"Zq7xK9vWj3-1","password":"Zq7xK9vWj3-2","b":1}}'
    shown = redactor.session().json_text(text)
    assert shown.count('"password":"<secret 12 chars #') == 2
    assert shown.endswith(',"b":1}}')


SIGNED = {
    "S3": "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20240501&X-Amz-Security-Token=Zq7x&X-Amz-Signature=Zq7xK9v",
    "Google": "X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=Zq7x%40a.example&X-Goog-SignedHeaders=host&X-Goog-Signature=Zq7xK9v",
    "Azure": "sv=2022-11-02&sr=b&se=2024-05-01T00%3A00%3A00Z&sp=r&sig=Zq7xK9v%3D",
    "older S3": "AWSAccessKeyId=Zq7x&Expires=1700000000&Signature=Zq7xK9v%3D&response-content-disposition=attachment",
}


@in_one_test("kind", SIGNED)
def test_a_signed_address_keeps_its_keys_and_loses_its_values(redactor: Redactor, kind: str) -> None:
    exchange = make_exchange(403, {}, url=f"https://files.example/a/b.png?{SIGNED[kind]}")
    shown = clean(exchange, redactor).url
    assert shown.startswith("https://files.example/a/b.png?")
    assert [field.partition("=")[0] for field in shown.partition("?")[2].split("&")] == [field.partition("=")[0] for field in SIGNED[kind].split("&")]
    assert "Zq7x" not in shown
    assert all(fact in shown for fact in ("-Algorithm=AWS4-HMAC-SHA256", "X-Goog-SignedHeaders=host") if fact[-12:] in SIGNED[kind])


@in_one_test(
    "media, text",
    (
        ("text/csv", 'id,password,b\r\n1,Zq7,x\r\n2,"Zq7 ""x,y",""\r\n'),
        ("text/tab-separated-values", "token\tb\nZq7x\t2\n\nZq7y\t3"),
        ("text/csv;header", "pin;b\nZq7;1"),
        # Blank lines before the names; a cell of any length, also with a quotation mark that is not closed.
        ("text/csv", "\n\r\nid,password\n1,Zq7"),
        ("text/csv", f'id,note,password\n1,"{"a" * 9_000}",Zq7\n2,{"b" * 9_000},Zq7\n3,"{"c" * 9_000},Zq7'),
    ),
)
def test_a_table_loses_the_columns_of_secrets(redactor: Redactor, media: str, text: str) -> None:
    shown = redactor.session().document(text, media)
    assert "Zq7" not in shown
    assert shown.splitlines()[0] == text.splitlines()[0]
    assert len(shown.splitlines()) == len(text.splitlines())


def test_headers_in_a_list_of_names_and_values_are_secret_though_their_values_are_words(redactor: Redactor) -> None:
    shown = redactor.session().value([["DPoP-Nonce", "leopard"], ["X-Request-Start", "17"]])
    assert "leopard" not in json.dumps(shown)
    assert shown[1] == ["X-Request-Start", "17"]


def test_headers_that_an_answer_cites_in_an_object(redactor: Redactor) -> None:
    shown = redactor.session().value({"headers": {"DD-Application-Key": "Zq7x", "X-Request-Start": "17", "x-auth-mode": "cookies"}})
    assert "Zq7x" not in json.dumps(shown)
    assert shown["headers"]["X-Request-Start"] == "17"
    assert shown["headers"]["x-auth-mode"] == "cookies"
