"""What was asked of a redactor before makes no difference to what it finds."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

from baas_errors.exchange import Exchange
from baas_errors.redact import Redactor
from build import make_request
from hypothesis import given
from hypothesis import strategies as st
from matrix import in_one_test
from samples import patient

MESSAGE = "the phrase was not hunter22-x, said the server"
SECRET = "hunter22-made-up"
KEY = b"k" * 32


def redaction(redactor: Redactor, password: str):
    return redactor.for_exchange(Exchange("1", make_request("POST", body={"password": password})))


def test_a_text_that_was_harmless_before_is_searched_for_the_secrets_of_this_request():
    redactor = Redactor()
    assert redaction(redactor, "another-one").text(MESSAGE) == MESSAGE
    assert "hunter22-x" not in redaction(redactor, "hunter22-x").text(MESSAGE)


HIDDEN = {
    "as it is": SECRET,
    "in capitals": SECRET.upper(),
    "cut": "hunter22-ma... and the rest",
    "percent": quote(SECRET).replace("u", "%75"),
    "percent twice": quote(SECRET.replace("u", "%75")),
    "HTML": SECRET.replace("u", "&#117;"),
    "escapes": SECRET.replace("u", r"\u0075"),
    "base64": base64.b64encode(f"ann:{SECRET}".encode()).decode(),
    "base64, one aside": base64.b64encode(f"x{SECRET} and more".encode()).decode(),
    "base64 of JSON": base64.b64encode(json.dumps({"a": SECRET}).encode()).decode(),
    "JSON": json.dumps({"a": [SECRET]}),
    "key of JSON": json.dumps({SECRET: 1}),
}


@in_one_test("how", HIDDEN)
@in_one_test("text", ["{}", "it was {} there", "see https://a.example/x?a={}"])
def test_what_hides_in_a_harmless_text_is_found_once_it_is_a_secret(how: str, text: str):
    redactor, text = Redactor(), text.replace("{}", HIDDEN[how])
    for password in ("another-one", "yet-another-1"):
        # Base64 looks random, and is replaced whatever it holds.
        assert (redaction(redactor, password).text(text) == text) is not how.startswith("base64")
        assert redaction(redactor, password).redact_forms_only(text) == text
    assert redaction(redactor, SECRET).text(text) == redaction(Redactor(key=redactor.key), SECRET).text(text) != text
    assert redaction(redactor, SECRET).redact_forms_only(text) == redaction(Redactor(key=redactor.key), SECRET).redact_forms_only(text)


@in_one_test(
    "text",
    ["told ada@example.com", "Bearer 0123456789abcdef", "password=hunter22", "see &quot;hunter22&quot;", '"password": "<secret 5 chars #abcdef>"'],
)
def test_a_text_in_which_something_is_is_redacted_each_time(text: str):
    redactor = Redactor()
    first = redaction(redactor, "hunter22")
    shown = first.text(text)
    second = redaction(redactor, "hunter22")
    assert second.text(text) == shown
    assert second.count == first.count == 1


@in_one_test("secret", ["sp ace", SECRET, "Zq7xK9vWj30a1b2c3d4e5f"])
@in_one_test("before", ["", "x", "xy"])
def test_base64_that_was_cut_at_both_ends_is_found_once_it_is_a_secret(secret: str, before: str):
    whole = base64.b64encode(before.encode() + secret.encode()).decode().rstrip("=")
    found = 0
    for text in (f"got ...{whole[start : len(whole) - end]} there" for start in range(5) for end in range(4)):
        redactor = Redactor()
        fresh = Redactor(key=redactor.key).session([secret]).text(text)
        redactor.session().text(text)
        assert redactor.session([secret]).text(text) == fresh
        found += fresh != text
    assert found


def test_numbers_are_looked_at_as_well():
    redactor, text = Redactor(), '{"code": 482190}'
    assert redaction(redactor, "another-one").text(text) == text
    assert "482190" not in redaction(redactor, "482190").text(text)


def test_what_is_secret_on_some_routes_only_is_looked_for_there():
    redactor, text = Redactor(), '{"code": "abc-def"}'
    request = make_request("POST", "https://a.example/v1/auth/mfa/confirm", body={"code": "other"})
    exchange = Exchange("1", request)
    assert redactor.for_exchange(exchange).text(text) == text
    assert "abc-def" not in redactor.for_exchange(exchange).of_sent(request).text(text)


PIECES = [
    *(
        "password=hunter22-x",
        "r:0123456789abcdef0123456789abcdef",
        "<session token 34 chars #b52fad>",
        "a@b.example",
        "https://a.example/x?",
        "token=abc",
    ),
    *(
        "&q=1",
        " plain words ",
        "4111 1111 1111 1111",
        "{",
        '"a":1',
        "}",
        "hunter22-x",
        "%68unter22-x",
        "aHVudGVyMjIteA",
        "/reset/",
        "482190",
        "hunter22",
    ),
]
texts = st.lists(st.sampled_from(PIECES), max_size=3).map("".join)
asked = st.tuples(st.sampled_from(["text", "redact_forms_only", "redact_format", "url", "query", "path"]), texts)


@patient
@given(st.lists(st.tuples(st.sampled_from(["", "hunter22-x", "482190", "plain", "hunter22-and-more"]), st.lists(asked, max_size=4)), max_size=4))
def test_what_was_asked_before_makes_no_difference(records: list[tuple[str, list[tuple[str, str]]]]):
    known = Redactor(key=KEY)
    for secret, questions in [*records, *records]:
        swift, plain = known.session([secret]), Redactor(key=KEY).session([secret])
        assert [getattr(swift, way)(text) for way, text in questions] == [getattr(plain, way)(text) for way, text in questions]
        assert swift.count == plain.count
