"""Values after secret names in running text."""

from __future__ import annotations

import re

from baas_errors.redact import Redactor
from baas_errors.redact.named_values import named_values, replaced
from baas_errors.redact.secret_names import Names
from build import make_backend
from matrix import in_one_test

NAMES = Names([])


def shown(text: str) -> str:
    return replaced(text, NAMES, lambda value, named: f"#{named.kind[0]}")


@in_one_test(
    ("text", "expected"),
    [
        ("password=abc", "password=#s"),
        ('"password": "two words", "a": 1', '"password": "#s", "a": 1'),
        (r"{\"password\":\"a \\\" b\",\"c\":1}", r"{\"password\":\"#s\",\"c\":1}"),
        ("password: 'it is\u2019nt', ok", "password: '#s', ok"),
        ("\u201cpassword\u201d: \u201ctwo words\u201d", "\u201cpassword\u201d: \u201c#s\u201d"),
        ('password="never closed, and so on', 'password="#s closed, and so on'),
        ("<password>two words</password>", "<password>#s</password>"),
        ("a=password=abc", "a=password=#s"),
        ("error: password=abc", "error: password=#s"),
        ("x[password]=abc", "x[password]=#s"),
        ("api key: AbCdEf0123456789", "api key: #s"),
        ("key=AbCdEf0123456789", "key=#s"),
        ("https://a.example/?code=abcdef&key=abcdef&a=b", "https://a.example/?code=abcdef&key=#s&a=b"),
        ("Authorization: Foo abc123, more", "Authorization: #a, more"),
        ('"authorization":"Bearer abc123"', '"authorization":"#a"'),
        ("Cookie: a=1; b=2\nHost: x", "Cookie: #c\nHost: x"),
        ('{"cookie":"a=1; b=2","c":"d"}', '{"cookie":"#c","c":"d"}'),
        ("Set-Cookie: a=1; Path=/", "Set-Cookie: #s"),
        ('<user name="ann" password="two words"/>', '<user name="ann" password="#s"/>'),
        ("<user password='abc' type='x'>text</user>", "<user password='#s' type='x'>text</user>"),
        ('<password type="plain">two words</password>', '<password type="plain">#s</password>'),
        ('<w:password pin="12">abc</w:password>', '<w:password pin="#s">#s</w:password>'),
        ("x<password a='b'>abc</password>", "x<password a='b'>#s</password>"),
        ("<field name='password' value='two words'/>", "<field name='password' value='#s'/>"),
        ('<string name="user.pin">two words</string>', '<string name="user.pin">#s</string>'),
        ('<add key="title" value="abc"/><add key="apiKey" value="abc"/>', '<add key="title" value="abc"/><add key="apiKey" value="#s"/>'),
        ("<password><![CDATA[a <b> & c]]></password>", "<password><![CDATA[#s]]></password>"),
        ("<password> <![CDATA[never closed", "<password> <![CDATA[#s"),
        ('<token pin="12>abc</token>', '<token pin="#s>#s</token>'),
        ('{ logIn(password: """two "quoted" lines\n""") }', '{ logIn(password: """#s""") }'),
        (r'{"query":"{ logIn(password: \"\"\"two lines\"\"\") }"}', r'{"query":"{ logIn(password: \"\"\"#s\"\"\") }"}'),
        ('password: """never closed', 'password: """#s'),
        ('query($password: String! = "abc", $a: Int = 1)', 'query($password: String! = "#s", $a: Int = 1)'),
        ('query($tokens: Int, $token: [ID!] = ["abc"])', 'query($tokens: Int, $token: [ID!] = ["#s"])'),
        ('{ verifyToken(value: "abc") { id } }', '{ verifyToken(value: "#s") { id } }'),
        ("at setPassword('two words')", "at setPassword('#s')"),
        ("AccountName=a;AccountKey=abc==;EndpointSuffix=b", "AccountName=a;AccountKey=#s;EndpointSuffix=b"),
        ("DB_PASS=abc DB_HOST=b", "DB_PASS=#s DB_HOST=b"),
        ("GET /login?password= hunter2x9", "GET /login?password= #s"),
        ("GET /login?a=1&password = hunter2x9", "GET /login?a=1&password = #s"),
        ("reset?token: Zq7xK9vW9abc", "reset?token: #s"),
        ("authorization: Token Zq7xK9vW9abc(", "authorization: #a"),
        ("https://a.example/b?cookie=Zq7xK9vW9abc&x=1", "https://a.example/b?cookie=#s&x=1"),
        ("authorization: Foo letmeinPlease now", "authorization: #a now"),
        ('createToken(value: "abc")', 'createToken(value: "#s")'),
        ("contraseña=abc1 пароль: x7Kq!, 密码：abc1", "contraseña=#s пароль: #s, 密码：#s"),
        ("<mot_de_passe>abc</mot_de_passe>", "<mot_de_passe>#s</mot_de_passe>"),
        ('password: "}abc"', 'password: "#s"'),
        ("set-cookie=Zq7xK9vW9abc&x=1", "set-cookie=#s&x=1"),
    ],
)
def test_what_is_replaced(text: str, expected: str) -> None:
    assert shown(text) == expected


@in_one_test(
    "text",
    [
        'E11000 duplicate key error: dup key: { : "507f1f77bcf86cd799439011" }',
        "Duplicate key: 507f1f77bcf86cd799439011",
        "key=title",
        "auth: failed",
        "session: closed",
        "errors?code=101",
        "Authorization: missing",
        "Authorization: Bearer token",
        "Cookie: none",
        "no `Token`: the app lost it",
        "{ useMasterKey: true }",
        "token=null",
        "X-Parse-Session-Token: missing",
        "X-Parse-Session-Token: invalid.",
        '{"sessionToken": "undefined", "token": "required"}',
        "password=expired",
        'Send {"token": "...", "password": ...}.',
        "Send `X-API-Key: pk_...`.",
        "{ sessionToken: request.user.getSessionToken() }",
        "{ token: new URLSearchParams(a) }",
        "read ?token= from its URL",
        "Authorization: Basic base64(<id>:<secret>)",
        'getPassword("ann")',
        '{ resetPassword(userId: "abc") }',
        '{ verifyToken(value: "abc", other: 1) }',
        "query($password: String!, $token: ID)",
        "<user type='a'>ann</user>",
        'createToken(name: "My device")',
        'Unexpected token: "}" at line 4',
        "error near token: '=>'",
        "authorization: Foo accessToken",
        "пароль: неверный",
        "state=active and pin='map-pin-red'",
    ],
)
def test_what_stays(text: str) -> None:
    assert shown(text) == text


@in_one_test(
    ("url", "stays"),
    [
        ("//localhost:3000/v1", True),
        ("https://api.example/parse/", True),
        ("https://files.example/a?X-Sig=abc", False),
        ("https://hooks.example/services/T0AB12/B0CD34/x9Yz8", False),
        ("https://ann:pw@files.example/a", False),
    ],
)
def test_an_address_of_words_alone_stays_under_its_name(url: str, stays: bool) -> None:
    names = Names([make_backend('[backend.secrets]\nheaders = []\nquery = []\nbody = ["url"]')])
    assert (replaced(f"{{ url: '{url}' }}", names, lambda value, named: "#") == f"{{ url: '{url}' }}") is stays


def test_where_values_stand() -> None:
    text = 'a password=abc and {"pin": "12"}'
    assert [(text[named.start : named.end], named.name) for named in named_values(text, NAMES)] == [("abc", "password"), ("12", "pin")]


@in_one_test(
    "text",
    [
        "password=Winter 24x",
        "got password=Winter 24x for ann",
        "password = Winter 24x, sorry",
        "password: Winter 24x",
        "password=Winter 24x\nuser=ann",
        "PASSWORD=Winter 24x.",
    ],
)
def test_both_words_of_a_value_without_quotes_go(text: str) -> None:
    shown = Redactor().session().text(text)
    assert "Winter" not in shown
    assert "24x" not in shown
    assert all(word in shown for word in re.findall("got|for ann|sorry|ann", text))


@in_one_test(
    "rest",
    [
        "took 24ms",
        "after 10s",
        "status=400",
        "v2 failed",
        "for user 5",
        "and 3 more",
        "3rd try",
        "is wrong",
        "on 2024-05-01 again",
        "400 Bad Request",
        "id=a1b2",
    ],
)
def test_what_follows_on_a_value_stays(rest: str) -> None:
    assert Redactor().session().text(f"password=Winter {rest}").endswith(f"> {rest}")


@in_one_test("text", ["token: expired 24h ago", "token: Unexpected 3x here", "password: must be 8chars", "token=missing 401", "pin: map 24x"])
def test_sentences_with_numbers_stay(text: str) -> None:
    assert Redactor().session().text(text) == text
