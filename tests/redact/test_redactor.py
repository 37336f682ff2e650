import base64
import json
from dataclasses import replace

import pytest
from baas_errors.exchange.unset_values import shows_nothing
from baas_errors.redact import Redactor
from baas_errors.reports.redacted_exchange import clean
from build import make_backend, make_body, make_exchange, make_message, make_request
from effort import effort
from hypothesis import assume, given
from hypothesis import strategies as st
from matrix import in_one_test

TOY = make_backend("""
routes = ["/classes/{id}"]
[backend.secrets]
headers = ["x-toy-key", "x-toy-session-token", "location"]
query = ["code", "Toy-Token"]
body = ["state", "url", "toyPassword", "_kmd.authtoken", "authData.*", "_SessionToken"]
cookies = ["sid"]
key_prefixes = ["pk_", "sk_"]
app_prefixes = ["kid_"]
""")
KEY = b"key of the tests"
JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0IiwiZXhwIjoxNzAwMDAwMDAwfQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
SECRET = "correct-horse-battery-staple"


@pytest.fixture
def redactor():
    return Redactor([TOY], key=KEY)


@pytest.fixture
def redaction(redactor):
    return redactor.session()


def of_request(redactor, request):
    """The redaction for what is said about a request."""
    return redactor.for_exchange(replace(make_exchange(), request=request))


@in_one_test(
    ("text", "gone", "stays"),
    [
        (f"token {JWT} expired", JWT, "expired"),
        ("session r:0123456789abcdef0123456789abcdef ended", "0123456789abcdef", "ended"),
        ("see https://ann:hunter22@a.example/x", "hunter22", "a.example/x"),
        ("Authorization: Bearer abcdefgh12345678", "abcdefgh12345678", "Bearer"),
        ("sent Basic a2lkXzE6c2VjcmV0 to", "a2lkXzE6c2VjcmV0", "Basic"),
        ("key sk_0123456789abcdef0123 was used", "0123456789abcdef0123", "sk_"),
        ("mail to ann.smith@mail.example today", "ann.smith@mail.example", "today"),
        ("mail to ann%40mail.example today", "ann%40mail.example", "today"),
        ("card 4012 8888 8888 1881.", "8888", "card"),
        ("card 4111111111111111", "41111111", "card"),
        ("card 3782-822463-10005", "822463", "card"),
        ('sent Digest username="ann", response="0a1b2c" to', "0a1b2c", "Digest"),
        ("see https://0a1b2c3d4e@localhost/x", "0a1b2c3d4e", "localhost/x"),
        ("cut eyJhbGciOiJIUzI1NiJ9.eyJz", "eyJz", "cut"),
        ("cut r:0123456789abcdef", "0123456789", "cut"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY----- after", "MIIEow", "after"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEow", "MIIEow", ""),
        (f"password={SECRET}&user=1", SECRET, "user=1"),
        (f'{{"toyPassword": "{SECRET}"}}', SECRET, "toyPassword"),
        (f'{{\\"toyPassword\\":\\"{SECRET}\\"}}', SECRET, "toyPassword"),
        (f"toy-password: {SECRET}", SECRET, "toy"),
        (f"X-Toy-Key: {SECRET}", SECRET, "X-Toy-Key"),
        (f"session_token = '{SECRET}'", SECRET, "session_token"),
    ],
)
def test_text_loses_secrets_by_form_and_by_name(redaction, text, gone, stays):
    shown = redaction.text(text)
    assert gone not in shown
    assert stays in shown
    assert redaction.count >= 1


@in_one_test(
    "text",
    [
        "Object not found.",
        "E11000 duplicate key error collection: kdb.books index: _id_ dup key",
        "Basic authentication is required",
        "Bearer errors happen",
        "order 1234567890123456 is no card",
        "at 1700000000003 and 1793188800004 ms",
        "/files/9f76c9de4111111111111111dbf5096_hello.txt",
        "at 2024-05-01T10:00:00.000Z on line 12345678901234",
        "the password is wrong",
        "invalid code: 101",
        "location: none",
        "pk_ and sk_ are prefixes",
        "a@b",
        "schema mismatch for Post.count; expected Number but got String",
        "",
    ],
)
def test_text_without_secrets_stays(redaction, text):
    assert redaction.text(text) == text
    assert redaction.count == 0


def test_a_mark_shows_kind_length_and_pseudonym_and_of_a_jwt_algorithm_and_end(redactor, redaction):
    assert redaction.text(JWT) == f"<jwt {len(JWT)} chars alg HS256 exp 1700000000 #{redactor.pseudonym(JWT)}>"


def test_pseudonyms_are_stable_under_a_key_and_tell_values_apart():
    one, same, other = Redactor(key=KEY), Redactor(key=KEY), Redactor(key=b"another")
    assert one.pseudonym("a") == same.pseudonym("a")
    assert one.pseudonym("a") != one.pseudonym("b")
    assert one.pseudonym("a") != other.pseudonym("a")
    assert Redactor().pseudonym("a") != Redactor().pseudonym("a")


def test_what_was_replaced_is_not_counted_again_where_a_text_is_looked_at_twice(redaction):
    redaction.text(f'{{"query":"logIn(password: \\"{SECRET}\\", pin: \\"hunter22\\")"}}')
    assert redaction.count == 2


def test_a_value_is_counted_once_however_often_it_is_replaced(redaction):
    redaction.text(f"password={SECRET} password={SECRET}")
    redaction.text(f"password={SECRET}")
    assert redaction.count == 1


@in_one_test(
    ("name", "value", "gone", "stays"),
    [
        ("Authorization", "Bearer abc", "abc", "Bearer "),
        ("authorization", f"bearer {JWT}", JWT, "bearer <jwt"),
        ("Authorization", "justatoken", "justatoken", "<secret"),
        ("Authorization", "Basic " + base64.b64encode(b"kid_abc:appsecret").decode(), "appsecret", "kid_abc"),
        ("Authorization", "Basic " + base64.b64encode(b"ann:hunter22").decode(), "ann", "Basic "),
        ("Authorization", "Basic not-base64!", "not-base64!", "Basic "),
        ("X-Toy-Key", SECRET, SECRET, "<secret"),
        ("x_toy_key", SECRET, SECRET, "<secret"),
        ("X-Toy-Key", "hunter two", "hunter", "<secret"),
        ("X-API-Key", "pk_0123456789abcdef", "0123456789abcdef", "pk_"),
        ("Cookie", "sid=abc123; theme=dark", "abc123", "theme="),
        ("Set-Cookie", "sid=abc123; Path=/; Secure", "abc123", "Path=/"),
        ("Location", "app://x?code=abc", "abc", "<secret"),
        ("Proxy-Authorization", "Basic YTpi", "YTpi", "Basic "),
        ("X-Other", f"token {JWT}", JWT, "token "),
    ],
)
def test_header(redaction, name, value, gone, stays):
    shown = redaction.header(name, value)
    assert gone not in shown
    assert stays in shown


@in_one_test(
    ("name", "value"),
    [("Content-Type", "application/json"), ("X-Toy-Key", ""), ("X-Parse-Application-Id", "myAppId"), ("Date", "Wed, 01 May 2024 10:00:00 GMT")],
)
def test_header_that_is_no_secret_stays(redaction, name, value):
    assert redaction.header(name, value) == value


@in_one_test(
    ("url", "gone", "stays"),
    [
        (f"https://a.example/p?password={SECRET}&x=1#f", SECRET, "&x=1#f"),
        (f"https://a.example/p?PASS%57ORD={SECRET}", SECRET, "https://a.example/p?"),
        ("https://a.example/p?code=abc&y=2", "abc", "y=2"),
        ("https://a.example/p?toy_token=abc", "abc", "toy_token="),
        ("https://u:hunter22@a.example/p", "hunter22", "a.example/p"),
        (f"https://a.example/p#access_token={SECRET}", SECRET, "#access_token="),
        (f"https://a.example/p?where=%7B%22toyPassword%22%3A%22{SECRET}%22%7D", SECRET, "where="),
        (f"https://a.example/p?where=%257B%2522toyPassword%2522%253A%2522{SECRET}%2522%257D", SECRET, "where="),
        (f'https://a.example/p?where={{"toyPassword":"{SECRET}"}}', SECRET, "where="),
        (f"https://a.example/p?q=see+{JWT}", JWT, "q="),
        ("https://a.example/users/r:0123456789abcdef0123456789abcdef", "0123456789abcdef", "/users/"),
        ("https://a.example/x?email=ann%40mail.example", "ann", "email="),
    ],
)
def test_url(redaction, url, gone, stays):
    shown = redaction.url(url)
    assert gone not in shown
    assert stays in shown


@in_one_test(
    "url",
    [
        "https://a.example/p?x=1&y=%7B%22a%22%3A1%7D&z#top",
        "https://a.example/?",
        "https://a.example/p?&&=&a",
        "",
        "?%",
        "a/b://c",
        "://",
        "https://a.example#?x",
    ],
)
def test_url_without_secrets_stays_to_the_letter(redaction, url):
    assert redaction.url(url) == url


@in_one_test(
    "value",
    [
        {"toyPassword": SECRET},
        {"user": {"_kmd": {"authtoken": SECRET}}},
        {"authData": {"facebook": {"id": SECRET, "access_token": SECRET}}},
        {"authData": [SECRET]},
        {"list": [{"deep": [{"_sessiontoken": SECRET}]}]},
        {"note": f"password={SECRET}"},
        {f"password={SECRET}": 1},
        {"toyPassword": {"nested": [SECRET, 1]}},
    ],
)
def test_value_loses_secrets_at_any_depth(redaction, value):
    shown = redaction.value(value)
    assert SECRET not in json.dumps(shown)
    assert SECRET not in redaction.json_text(json.dumps(value))


def test_value_keeps_what_is_no_secret_and_what_says_nothing(redaction):
    value = {"a": [1, 2.5, None, True, "text"], "toyPassword": None, "authData": {}, "_SessionToken": "", "code": 101}
    assert redaction.value(value) == value
    assert redaction.count == 0


@in_one_test(
    ("said", "stays"),
    [
        (["is too short"], True),
        (["This field is required."], True),
        (["can't be empty", "must have 8 characters or more"], True),
        ([], True),
        (["correct horse battery"], False),
        (["is"], False),
        (["is too short", "hunter2"], False),
        (["must be Zq7xK9vWj3"], False),
        (["is 4711"], False),
        ("is too short", False),
        ("too short", True),
        ("Expired.", True),
        ("hunter2", False),
        (-1, True),
        (99, True),
        (123, False),
        ({"a": "is too short"}, False),
        ([["is too short"]], False),
    ],
)
def test_what_is_wrong_with_a_secret_is_none(redactor, said, stays):
    value = {"errors": {"password": said}}
    assert (redactor.session().value(value) == value) is stays
    assert (redactor.session().text(json.dumps(value)) == json.dumps(value)) is stays


def test_what_was_sent_as_a_secret_is_none_that_says_what_is_wrong(redactor):
    request = make_request("POST", body={"password": ["is my old pass"]})
    shown = of_request(redactor, request)
    assert "old pass" not in shown.text('{"errors": {"password": ["is my old pass"]}}')
    assert "old pass" not in shown.of_sent(request).text('{"password": ["is my old pass"]}')


def test_numbers_that_are_cards_or_were_sent_as_secrets_are_replaced(redactor):
    assert redactor.session().value({"a": [4012888888881881]})["a"][0].startswith("<card 16 chars")
    assert redactor.session(["482190"]).value({"a": 482190, "b": 482191})["b"] == 482191
    assert redactor.session(["482190"]).value([482190])[0].startswith("<secret 6 chars")


def test_fields_written_as_names_and_values(redaction):
    shown = redaction.value([{"name": "toyPassword", "value": SECRET}, {"name": "title", "value": "Milk"}])
    assert shown[0]["value"].startswith("<secret")
    assert shown[1] == {"name": "title", "value": "Milk"}


@in_one_test(("value", "stays"), [("title", True), ("AbCdEf0123456789XyZ", False), ({"city": True}, True)])
def test_a_key_in_a_body_is_secret_if_it_looks_like_one(redaction, value, stays):
    assert (redaction.value({"key": value}) == {"key": value}) is stays


def test_headers_told_of_in_a_body_lose_what_they_lose_as_headers(redaction):
    shown = redaction.value({"headers": {"Authorization": "Bearer abc", "cookie": "a=1; b=2", "X-Toy-Key": "abc"}})["headers"]
    assert shown["Authorization"].startswith("Bearer <credentials 3 chars")
    assert shown["cookie"].startswith("a=<cookie 1 chars")
    assert shown["X-Toy-Key"].startswith("<secret 3 chars")


def test_names_of_fields_stay_where_they_are_words(redactor):
    redaction = redactor.session(["username", "milk", "hunter22"])
    assert list(redaction.value({"milk": 1, "user_name_of": 2, "hunter22": 3}))[:2] == ["milk", "user_name_of"]
    assert "hunter22" not in redaction.value({"hunter22": 3})


def test_a_number_under_a_secret_name_is_replaced(redaction):
    assert redaction.value({"toyPassword": 123456})["toyPassword"].startswith("<secret 6 chars")


def test_a_name_that_is_secret_in_a_query_only_stays_in_a_body(redaction):
    assert redaction.value({"code": "auth/forbidden"}) == {"code": "auth/forbidden"}
    assert "abc123" not in redaction.query("code=abc123")


def test_json_text_of_repeated_keys_is_searched_whole(redaction):
    assert SECRET not in redaction.json_text(f'{{"toyPassword":"{SECRET}","toyPassword":""}}')


def test_a_value_nested_too_deeply_is_not_shown(redaction):
    value = {"toyPassword": SECRET}
    for _ in range(500):
        value = [value]
    shown = json.dumps(redaction.value(value))
    assert SECRET not in shown
    assert "<nested too deeply>" in shown


def test_what_the_server_repeats_of_the_request_is_replaced(redactor):
    request = make_request(
        "POST",
        "https://a.example/login?code=one-time-code-1",
        {"X-Toy-Key": "0123456789abcdefXY"},
        {"toyPassword": "my dog's name", "nested": [{"authData": {"x": {"id": "provider-user-id"}}}], "ok": "visible text"},
    )
    said = "0123456789abcdefXY and one-time-code-1 and my dog's name and provider-user-id are wrong; visible text"
    shown = of_request(redactor, request).text(said)
    assert not any(secret in shown for secret in ("0123456789abcdefXY", "one-time-code-1", "my dog's name", "provider-user-id"))
    assert shown.endswith("are wrong; visible text")


def test_short_values_are_not_looked_for_in_what_the_server_says(redactor):
    request = make_request("POST", body={"toyPassword": "is"})
    assert of_request(redactor, request).text("this is wrong") == "this is wrong"


def test_keep_shows_everything():
    redaction = of_request(Redactor([TOY], keep=True), make_request("POST", body={"toyPassword": SECRET}))
    assert redaction.text(f"password={SECRET}") == f"password={SECRET}"
    assert redaction.header("Authorization", "Bearer abc") == "Bearer abc"
    assert redaction.url(f"https://a.example/?password={SECRET}") == f"https://a.example/?password={SECRET}"
    assert redaction.value({"toyPassword": SECRET}) == {"toyPassword": SECRET}
    assert redaction.redact_value("toyPassword", SECRET) == SECRET
    assert redaction.json_text(f'{{"toyPassword":"{SECRET}",') == f'{{"toyPassword":"{SECRET}",'
    assert redaction.redact_truncated(f"password={SECRET}" * 10_000) == f"password={SECRET}" * 10_000
    assert redaction.query(f"password={SECRET}") == f"password={SECRET}"
    assert redaction.path(f"/password={SECRET}") == f"/password={SECRET}"
    assert redaction.key(f"password={SECRET}") == f"password={SECRET}"
    assert redaction.count == 0


@in_one_test("name", ["X-0123456789abcdef0123456789abcdef", f"ghp_{'Ab0' * 12}", "Zq7xK9vWj30a1b2c3d4e"])
def test_the_name_of_a_header_that_looks_like_a_key(redaction, name):
    assert redaction.header_name(name).endswith(">")
    assert redaction.count == 1


@in_one_test("name", ["Content-Type", "X-Amz-Checksum-SHA256", "Content-MD5", "x-b3-traceid", "", "Sec-WebSocket-Protocol"])
def test_the_names_of_headers_stay(redaction, name):
    assert redaction.header_name(name) == name


def test_what_was_redacted_before_stays_as_it_is(redactor):
    once = redactor.session().text(f"password={SECRET} {JWT} ann@mail.example")
    assert redactor.session().text(once) == once
    header = redactor.session().header("X-Toy-Key", SECRET)
    assert redactor.session().header("X-Toy-Key", header) == header
    value = redactor.session().value({"toyPassword": SECRET})
    assert redactor.session().value(value) == value


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = '--B\r\nContent-Disposition: form-data; name="password"\r\n\r\n%s\r\n--B--\r\n'
SENT = {
    "password of Basic": make_request(headers={"Authorization": "Basic " + base64.b64encode(f"kid_1:{SECRET}".encode()).decode()}),
    "user of Basic": make_request(
        url="https://a.example/user/login", headers={"Authorization": "Basic " + base64.b64encode(f"{SECRET}:x".encode()).decode()}
    ),
    "form": make_request("POST", headers=FORM, body=f"a=1&password={SECRET}"),
    "multipart": make_request("POST", headers={"Content-Type": "multipart/form-data; boundary=B"}, body=MULTIPART % SECRET),
    "JSON in a parameter": make_request(url=f"https://a.example/p?where=%7B%22password%22%3A%22{SECRET}%22%7D"),
    "broken JSON in a parameter": make_request(url=f"https://a.example/p?where=%7B%22password%22%3A%22{SECRET}%22"),
    "JSON in a header": make_request(headers={"X-Filter": json.dumps({"password": SECRET})}),
    "broken JSON": make_request("POST", body=f'{{"password":"{SECRET}",', headers={"Content-Type": "application/json"}),
    "GraphQL": make_request("POST", body={"query": f'mutation {{ logIn(password: "{SECRET}") }}'}),
    "one-time code": make_request("POST", "https://a.example/v1/auth/mfa/confirm", body={"code": SECRET}),
}


@in_one_test("place", SENT)
def test_what_was_sent_anywhere_is_replaced_in_what_the_server_says(redactor, place):
    assert SECRET not in of_request(redactor, SENT[place]).text(f"no such thing as {SECRET} here")


@in_one_test("secret", ["mountain-lake", "0123456789abcdef0123456789abcdef"])
@in_one_test("header", ["Authorization", "X-Toy-Key"])
def test_an_app_id_of_basic_is_no_secret(redactor, secret, header):
    value = base64.b64encode(f"kid_abcdef1:{secret}".encode()).decode()
    request = make_request(headers={header: f"Basic {value}" if header == "Authorization" else value})
    assert of_request(redactor, request).text("no app kid_abcdef1, said /appdata/kid_abcdef1/x") == "no app kid_abcdef1, said /appdata/kid_abcdef1/x"
    assert secret not in of_request(redactor, request).text(f"no secret {secret}")


@in_one_test("said", ["opening", "asked"])
def test_what_was_said_on_a_socket_before_is_replaced(redactor, said):
    body = make_body({"op": "connect", "sessionToken": SECRET})
    exchange = replace(make_message({"op": "error"}), **{said: (body,) if said == "opening" else lambda: [body]})
    assert SECRET not in redactor.for_exchange(exchange).text(f"bad {SECRET}")


@in_one_test(("path", "stays"), [("/v1/auth/mfa/confirm", False), ("/v1/coupons", True)])
def test_a_code_in_a_body_is_secret_where_people_sign_in(redactor, path, stays):
    shown = clean(make_exchange(400, {"code": "E-12"}, method="POST", url=f"https://a.example{path}", request_body={"code": 424242}), redactor)
    assert ("424242" in shown.request_body) is stays
    assert shown.response_body == '{"code": "E-12"}'


@in_one_test(
    "name",
    [
        "oldPassword",
        "passwordConfirmation",
        "clientSecret",
        "deviceToken",
        "X-CSRF-Token",
        "api-key",
        "myApiKey",
        "accessKey",
        "otp",
        "pin",
        "creditCard",
        "card_number",
        "cvv",
        "jwt",
        "sid",
        "session_id",
        "sessionid",
    ],
)
def test_names_that_tell_are_secret_everywhere(redactor, name):
    assert redactor.names.body[name]
    assert redactor.names.parameter[name]


@in_one_test("name", ["X-CSRF-Token", "Api-Key", "X-Secret", "X-Upload-Password"])
def test_names_of_headers_that_tell_are_secret(redactor, name):
    assert redactor.names.header[name]


@in_one_test("name", ["tokenType", "token_type", "passwordPolicy", "token_expires_in", "maxTokens", "pinned", "side", "spin", "keyboard"])
def test_names_that_only_sound_so_are_not(redactor, name):
    assert not redactor.names.body[name]
    assert not redactor.names.parameter[name]


@in_one_test(
    "text",
    [
        '{"error":{"toyPassword":"%s"}}',
        '[{"toyPassword":"%s"}]',
        '{"toyPassword":["%s"]}',
        '{"a":"{\\"toyPassword\\":{\\"b\\":\\"%s\\"}}"}',
        '{"toyPassword":["%s",',
        "{\u201ctoyPassword\u201d:\u201c%s\u201d}",
        '{"toyPassword": u"%s"}',
        '{"toyPassword" "%s"}',
        "see confirmPassword=%s",
        'my_secret_thing: "%s"',
        "<toyPassword>%s</toyPassword>",
    ],
)
@in_one_test("secret", [SECRET, "hunter"])
def test_json_and_what_is_like_it_loses_secrets_in_a_text(redaction, text, secret):
    assert secret not in redaction.text(text % secret)


@in_one_test(
    "text",
    [
        "Invalid server state: initialized",
        "email: is required",
        "Invalid token: expired",
        "Unable to connect to url: ECONNREFUSED",
        "query for url:http://x.example/z",
        "masterKey: not allowed",
        "Failed to reset password: username / email / token is invalid",
        "password: must be 8 chars",
        "toyPassword: well-formed, but wrong.",
        "refresh_token: INVALID_REFRESH_TOKEN",
    ],
)
def test_sentences_stay(redaction, text):
    assert redaction.text(text) == text


@in_one_test("value", ["hunter2", "r:abc", "aB3$", "correcthorsebatterystaple", "x_y$z"])
def test_what_is_no_word_is_replaced_in_a_sentence_too(redaction, value):
    assert value not in redaction.text(f"wrong password: {value} was sent")


@in_one_test(
    ("password", "text"),
    [("example", "https://api.example.com/x"), ("classes", "no classes here"), ("password", "the password is wrong"), ("invalid", "invalidated")],
)
def test_words_that_are_no_echo_stay(redactor, password, text):
    request = make_request("POST", "https://api.example.com/classes/1", body={"toyPassword": password})
    assert of_request(redactor, request).text(text) == text


def test_a_host_stays_in_a_url_whatever_the_secrets(redactor):
    assert redactor.session(["toyhost"]).url("https://api.toyhost.example/a?b=1") == "https://api.toyhost.example/a?b=1"


HOSTILE = [
    "a-" * 50_000 + "token=",
    "token" * 20_000,
    "token-" * 20_000 + ": ",
    '[{"a":' * 20_000 + "}",
    "eyJ" + "A" * 100_000,
    "password" * 20_000,
    "password=" * 20_000,
    "a@" * 50_000,
    "a.a@" * 30_000,
    "1 " * 50_000,
    "1-" * 50_000,
    "://" * 30_000,
    "://a:" * 20_000,
    "-----BEGIN A-----" * 5_000,
    "Bearer " * 20_000,
    "\\" * 100_000,
    'password\\\\"' * 10_000,
    "eyJhbGciOi.eyJ." * 8_000,
    "a" * 100_000 + "@",
    "<password " * 10_000,
    "<password a" * 9_000 + ">",
    "<password a='" * 8_000,
    "<password><![CDATA[" * 5_000,
    "/reset" * 16_000,
    "/a-" * 30_000 + "reset/x1y2z3",
    "/confirm/email/" * 7_000,
    "$password: [a" * 8_000,
    'password: """' * 8_000,
    'token(a: "' * 10_000,
    "Kinvey " + "Aaa" * 30_000,
    "://a@1x." * 12_000,
    "SG." + "a" * 100_000,
    "xoxb-" * 20_000,
    "a " * 50_000,
]


@pytest.mark.slow
@in_one_test("text", HOSTILE, ids=[text[:12] for text in HOSTILE])
def test_hostile_text_takes_no_long_time(backends, text):
    assert effort(lambda: Redactor(backends.values(), key=KEY).session().text(text), enough=20) < 200


PLACES = [
    lambda r, s: r.text(f"password={s}"),
    lambda r, s: r.text(f'"toyPassword":"{s}"'),
    lambda r, s: r.header("X-Toy-Key", s),
    lambda r, s: r.header("Authorization", f"Bearer {s}"),
    lambda r, s: r.header("Cookie", f"sid={s}"),
    lambda r, s: r.url(f"https://a.example/x?password={s}&y=1"),
    lambda r, s: json.dumps(r.value({"a": [{"toyPassword": s}]})),
    lambda r, s: r.json_text(json.dumps({"authData": {"x": s}})),
]


@given(st.text("abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789-_.~", min_size=8, max_size=60), st.sampled_from(PLACES))
def test_no_secret_survives_under_its_name(secret, place):
    # `undefined` and the like say that there is none.
    assume(not shows_nothing(secret))
    assert secret not in place(Redactor([TOY], key=KEY).session(), secret)


@given(st.text(max_size=300))
def test_never_raises(text):
    redaction = Redactor([TOY], key=KEY).session([text])
    redaction.text(text)
    redaction.header("Authorization", text)
    redaction.header("Cookie", text)
    redaction.url(text)
    redaction.json_text(text)
    redaction.query(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    )
)
def test_a_value_keeps_its_form(value):
    shown = Redactor([TOY], key=KEY).session().value(value)
    assert type(shown) is type(value) or value is None
    if isinstance(value, list):
        assert len(shown) == len(value)
