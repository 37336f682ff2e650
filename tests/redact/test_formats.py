"""Secrets that show themselves by their form."""

from __future__ import annotations

import base64
import random
import re
import string

import pytest
from baas_errors.redact import Redactor
from baas_errors.redact.formats import Forms
from baas_errors.redact.secret_names import Names
from build import make_backend, shipped_catalogs
from hypothesis import given
from hypothesis import strategies as st
from matrix import in_one_test

MIXED = "Zq7xK9vWj3" * 6
CAPITALS = "ZQ7XK9VWJ3ABCDEF"
# The beginning stays, so that it can be seen whose key it is.
KEYS = [
    *((head, MIXED[:36]) for head in ("ghp_", "gho_", "ghs_", "ghu_", "ghr_", "npm_")),
    ("github_pat_", f"{MIXED[:22]}_{MIXED[:59]}"),
    ("glpat-", f"{MIXED[:10]}-{MIXED[:9]}"),
    ("whsec_", MIXED[:32]),
    ("xoxb-", f"123456789012-{MIXED[:24]}"),
    ("xoxp-", MIXED[:24]),
    ("AIza", MIXED[:35]),
    ("SG.", f"{MIXED[:22]}.{MIXED[:43]}"),
    ("AKIA", CAPITALS),
    ("ASIA", CAPITALS),
    ("sk_", f"live_{MIXED[:24]}"),
    ("rk_live_", MIXED[:24]),
]


# In no piece of one of these is a long run of letters and digits.
SHORT = [
    ("ghp_", "iK2ZWeqhF"),
    ("hf_", "aB3dE5fG7h"),
    ("ghp_", "oANinDYP/mxfhcBe/4RJpwmCZD/5WvDEK7XB5HQ"),
    ("dapi", "IsehEo+w30cafNc7Ea/cchs2gZBuNxRs/yEu6S6a"),
]
KEYS += SHORT


BACKENDS = shipped_catalogs().values()
FORMS = Forms(Names(BACKENDS))


def shown(text: str) -> str:
    return FORMS.without_forms(text, lambda kind, value: f"<{kind}>")


@in_one_test(("head", "rest"), KEYS, ids=[head for head, _ in KEYS])
@in_one_test("text", ["{}", "used {} there", '"{}"', "key={},", "(see {})"])
def test_keys_of_others(head: str, rest: str, text: str) -> None:
    assert shown(text.format(head + rest)) == text.format(f"{head}<key>")


@in_one_test(
    "text",
    [
        "npm_config_registry is set",
        "ghp_ and npm_ are prefixes",
        "MSG.invalid.parameter_in_the_request",
        "see github_pat_ at docs",
        "xoxo-hugs",
        "glpat-short",
        "ASIAN_PACIFIC_REGION_1 is full",
        "Kinvey BusinessLogic script error",
        "SG.MyCompanyBackendName.MyControllerServiceClass",
        "xoxo-hugs-and-kisses",
        "send Bearer accessToken",
        "OAuth LoginPage is gone",
        "Bearer TokenType. And so on",
        "the picture logo@2x.png is too large",
        "at app://icons/logo@3x.webp",
        "app://logo@2x.png",
        "logo@1.5x.jpg",
    ],
)
def test_what_only_looks_like_one_stays(text: str) -> None:
    assert shown(text) == text


@in_one_test(
    ("text", "gone"),
    [
        ("Bearer AbCdEf0123456789", "AbCdEf"),
        ("Basic dXNlcjpwYXNz", "dXNl"),
        ("Authorization: Bearer abcdefgHijklMnop", "Hijkl"),
        ("Kinvey letmeinPlease", "letmein"),
        ("OAuth Bearer abcdefgh12345678", "abcdefgh"),
        ("mail ann@2x.example", "ann"),
        ("https://ann:pw@2x.example/logo.png", "ann"),
    ],
)
def test_what_looks_much_like_a_word_or_picture_goes(text: str, gone: str) -> None:
    assert gone not in shown(text)


PERSONAL = [
    *("+4917983763526", "+49 171 8376352", "+1 (415) 927-8107", "(415) 927-8107", "415-927-8107"),
    *("176-53-2931", "QQ837111C", "RSSMRA85T10A562S", "ABCDE1234F", "529.982.247-25", "11.222.333/0001-81", "3675 9834 6012", "12345678-Z"),
    *("00:1b:63:84:45:e6", "356938035643809"),
]


@in_one_test("number", PERSONAL)
@in_one_test("text", ["{}", "no {} here", '"{}"', "phone={},", "({})"])
def test_numbers_of_persons_and_devices(number: str, text: str) -> None:
    assert number not in shown(text.format(number))
    assert Redactor(BACKENDS).session().text(text.format(number)) != text.format(number)


@in_one_test(
    "text",
    [
        "at 2024-05-01T10:00:00+0200",
        "Tue, 05 Nov 2024 10:00:00 GMT+0100",
        "1.24.3+20240501",
        "from 2024-05-01 to 2024-06-01",
        "Latitude must be in [-90, 90]: 200.0",
        "0.8332806, 0.9239229, 0.1134117, 0.5529906",
        "size 1024, 2048 or 4096",
        "order 2024-000123 of 2024",
        "ObjectId 507f1f77bcf86cd799439011",
        "between -12345 and +12345",
        "version 1.2.3-4567",
        "line 1024:17:33:09",
        "order 240501-1234 not found",
        "[48.137154, 11.576124] is [latitude, longitude]; longitude stands first",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert shown(text) == text


PIECES = [
    *("Bearer ", "abc", "DEF", "eyJhbGciOi", ".eyJz", "4111 1111 ", "1111-1111 ", " ", "-", "--", ".", "AKIA", "0123456789", "Kinvey ", "hunter22"),
    *("(", "\n", "SG", "/", "_", "xoxb-", "glpat-", "github_pat_", "0123", "sk_", "reset/", "/token", "aHVudGVyMjIt", "Ab3"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), st.sampled_from(["", "hunter22", "abc", "DEF0123456789", "hunter22abcDEF"]))
def test_in_a_plain_text_a_whole_search_finds_no_more(text: str, sent: str) -> None:
    def said(plain: bool) -> tuple[str, int]:
        with pytest.MonkeyPatch.context() as patch:
            if not plain:
                patch.setattr(Forms, "plain_words", lambda self, text: "")
            found = Redactor(BACKENDS, key=b"k" * 32).session([sent])
            return found.text(text), found.count

    assert said(plain=True) == said(plain=False)


@in_one_test(
    ("text", "plain"),
    [
        ("Object not found.", "object not found."),
        ("a=b", ""),
        ("Bearer of news", ""),
        ("x" * 16, ""),
        ("a@b", ""),
        ("4111 1111 1111 1111", ""),
        ("xoxb-123456-7890", ""),
        ("/a/Note", "/a/note"),
        ("/reset/a1", ""),
    ],
)
def test_plain_words(text: str, plain: str) -> None:
    assert FORMS.plain_words(text) == plain


def test_keys_are_looked_for_only_where_one_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    class Never:
        def sub(self, *_: object) -> str:
            raise AssertionError

    forms = Forms(Names(BACKENDS))
    monkeypatch.setattr(forms, "_service", Never())
    for text in ("schema mismatch for Note.likes; expected Number but got String", "no object 0a1b2c3d-4e5f-4a1b-8c2d-0123456789ab in Note"):
        assert forms.without_forms(text, lambda kind, value: "") == text


TOY = """
[backend.secrets]
schemes = ["ToyAuth", "Toy"]
key_prefixes = ["tk-"]
app_prefixes = ["app-"]
"""


def test_schemes_and_prefixes_are_those_of_the_catalogs() -> None:
    basic = base64.b64encode(b"app-1:hunter22").decode()
    texts = ["sent ToyAuth Zq7xK9vWj30a", "sent toy Zq7xK9vWj30a", "key tk-hunter22hunter22"]
    plain, toy = Redactor(), Redactor([make_backend(TOY)])
    assert [re.sub(" #[0-9a-f]+", "", toy.session().text(text)) for text in texts] == [
        "sent ToyAuth <credentials 12 chars>",
        "sent toy <credentials 12 chars>",
        "key tk-<key 16 chars>",
    ]
    assert [plain.session().text(text) for text in texts] == texts
    assert toy.session().header("Authorization", f"Basic {basic}").startswith(f"Basic app-1:<credentials {len(basic)} chars ")
    assert "app-1" not in plain.session().header("Authorization", f"Basic {basic}")
    # What was replaced before stays as it is, with an app's id before it, and with nothing else.
    mark = "<credentials 20 chars #0a1b2c>"
    assert toy.session().header("Authorization", f"app-1:{mark}") == f"app-1:{mark}"
    assert "hunter22" not in toy.session().header("Authorization", f"hunter22:{mark}")


SOURCE = random.Random(4)
ALNUM, HEX, URL64 = string.ascii_letters + string.digits, "0123456789abcdef", string.ascii_letters + string.digits + "-_"


def drawn(alphabet: str, length: int) -> str:
    return "".join(SOURCE.choices(alphabet, k=length))


def uuid() -> str:
    return "-".join(drawn(HEX, size) for size in (8, 4, 4, 4, 12))


# What is shown of a value, and what is not: by the service or standard.
MORE = {
    "Anthropic": ("sk-ant-", f"api03-{drawn(URL64, 93)}AA"),
    "OpenAI": ("sk-proj-", f"{drawn(URL64, 58)}T3BlbkFJ{drawn(URL64, 58)}"),
    "Hugging Face": ("hf_", drawn(string.ascii_lowercase, 34)),
    "Atlassian": ("ATATT", f"3{drawn(URL64, 60)}={drawn(HEX.upper(), 8)}"),
    "DigitalOcean": ("dop_v1_", drawn(HEX, 64)),
    "Shopify": ("shpat_", drawn(HEX, 32)),
    "Square": ("sq0csp-", drawn(URL64, 43)),
    "Flutterwave": ("FLWSECK_TEST-", drawn(HEX, 12)),
    "Google OAuth": ("ya29.", drawn(URL64, 60)),
    "Grafana": ("glsa_", f"{drawn(ALNUM, 32)}_{drawn(HEX, 8)}"),
    "PyPI": ("pypi-", f"AgEIcHlwaS5vcmc{drawn(URL64, 70)}"),
    "PubNub": ("pub-c-", uuid()),
    "Vault": ("hvs.", drawn(URL64, 90)),
    "Twilio": ("SK", drawn(HEX, 32)),
    "1Password": ("A3-", "XOBLUT-4Q24X3V0BS0-7AEMM-813YG-VS8DX"),
    "age": ("AGE-SECRET-KEY-1", drawn("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)),
    "PASETO": ("v4.local.", drawn(URL64, 90)),
    "Telegram": ("", f"{drawn('123456789', 10)}:AA{drawn(URL64, 33)}"),
    "Facebook": ("", f"{drawn('123456789', 15)}|{drawn(URL64, 27)}"),
    "Mailchimp": ("", f"{drawn(HEX, 32)}-us21"),
    "Terraform": ("", f"{drawn(ALNUM, 14)}.atlasv1.{drawn(URL64, 67)}"),
    "Azure": ("", f"{drawn(ALNUM, 3)}8Q~{drawn(URL64, 34)}"),
    "MaxMind": ("", f"{drawn(ALNUM, 6)}_{drawn(ALNUM, 29)}_mmk"),
    "New Relic": ("", f"{drawn(HEX, 36)}NRAL"),
    "Asana": ("1/", f"{drawn('123456789', 16)}:{drawn(HEX, 32)}"),
    "Expo": ("ExponentPushToken[", drawn(ALNUM, 22)),
    "Slack webhook": ("https://hooks.slack.com/services/", f"T{drawn(ALNUM, 9)}/B{drawn(ALNUM, 9)}/{drawn(ALNUM, 24)}"),
    "Teams webhook": ("https://x.webhook.office.com/webhookb2/", f"{uuid()}@{uuid()}/IncomingWebhook/{drawn(HEX, 32)}/{uuid()}"),
    "bcrypt": ("$2b$", f"12${drawn(ALNUM + './', 53)}"),
    "argon2": ("$argon2id$", f"v=19$m=65536,t=3,p=4${drawn(ALNUM, 22)}${drawn(ALNUM + '+/', 43)}"),
    "scrypt": ("$scrypt$", f"ln=17,r=8,p=1${drawn(ALNUM, 22)}${drawn(ALNUM + '+/', 43)}"),
    "sha512-crypt": ("$6$", f"rounds=5000${drawn(ALNUM, 16)}${drawn(ALNUM + './', 86)}"),
    "Django": ("pbkdf2_sha256$", f"600000${drawn(ALNUM, 22)}${drawn(ALNUM + '+/', 43)}="),
    "LDAP": ("{SSHA}", drawn(ALNUM + "+/", 32)),
    "PuTTY": ("PuTTY-User-Key-File-3", f": ssh-ed25519\nPrivate-Lines: 1\n{drawn(ALNUM, 48)}"),
    "wallet": ("", "5KD1VmmsvQSTWfTbtGZv8Xtcy3C98ij3fZyahcaf1rewvZoW6HA"),
    "ApiKey scheme": ("ApiKey ", drawn(ALNUM, 40)),
    "IBAN": ("", "DE89 3704 0044 0532 0130 00"),
    "IBAN in one piece": ("", "FR1420041010050500013M02606"),
    "address": ("", "max+tag@mail.example.org"),
    "address with an apostrophe": ("", "o'brien@mail.example.org"),
    "address in quotes": ("", '"max mustermann"@example.org'),
    "address of an IP": ("", "max@[192.168.0.1]"),
    "address with an IDN": ("", "jörg@müller.example"),
    "address in Punycode": ("", "max@xn--mller-kva.xn--p1ai"),
    "address in Cyrillic": ("", "почта@пример.рф"),
}


@in_one_test(("shows", "hides"), list(MORE.values()), ids=list(MORE))
@in_one_test("text", ["{}", "used {} there", "(see {})"])
def test_more_forms(shows: str, hides: str, text: str) -> None:
    said = shown(text.format(shows + hides))
    assert hides not in said
    assert said.startswith(text.partition("{}")[0] + shows + "<")


@in_one_test(
    "text",
    [
        *(
            "test_all_kinds_of_inputs_are_read",
            "api-version-2026-05-17-preview",
            "sk-learn-contrib-2",
            "live_streaming_endpoint_2",
            "key-value-store-v2",
        ),
        *(
            "secret_santa_list_2026",
            "DE89 3704 0044 0532 0130 01",
            "GB29 is a group",
            "$2 and $1 off",
            "hooks.example.org/services/12",
            "at 10:AM sharp",
        ),
        *(
            "pat.options.maximum2",
            "mob-programming-session-1",
            "re_export_default_2",
            "the a@b sign",
            "scope @types/node",
            "logo@2x.png",
            "st.petersburg-2026-trip",
        ),
    ],
)
def test_what_only_begins_like_a_form_stays(text: str) -> None:
    assert shown(text) == text


def test_what_was_only_collected_is_replaced_the_next_time() -> None:
    forms = Forms(Names(BACKENDS))
    whole = ("r:0123456789abcdef0123456789abcdef", "anna.meyer@example.com", "4111 1111 1111 1111", "AKIA" + CAPITALS)
    for text in (*whole, *(f"it was {text}, she said" for text in whole)):
        assert forms.without_forms(text, lambda _kind, value: value) == text
        assert "<" in forms.without_forms(text, lambda kind, _value: f"<{kind}>"), text


def test_texts_without_a_form_are_searched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    forms, searched = Forms(Names(BACKENDS)), list[str]()
    search = forms._searched
    monkeypatch.setattr(forms, "_searched", lambda text, *more: searched.append(text) or search(text, *more))
    for text in ("Object not found, or not yours.", "x" * 501):
        for _ in range(3):
            forms.without_forms(text, lambda kind, _value: f"<{kind}>")
    assert searched == ["Object not found, or not yours.", *["x" * 501] * 3]


HEX = "0123456789abcdef" * 4
# What stays, and the key that does not.
OTHERS = (
    *((head, HEX[:32]) for head in ("sk_dev_", "pk_prod_", "usr_tok_", "apikey_", "dvc_client_", "pdl_sdbx_", "sk_us_", "sktsec_", "act.", "0/")),
    ("v1.", HEX[:40]),
    ("", f"{HEX[:16]}-{HEX[:16]}-{HEX[:16]}"),
    ("", f"u1234567-{HEX[:24]}"),
)


@in_one_test("head, key", OTHERS)
def test_keys_of_other_services(head: str, key: str) -> None:
    shown = FORMS.without_forms(f"near {head}{key} !", lambda kind, value: f"<{value}>")
    assert shown == f"near {head}<{key}> !"


@in_one_test("text", (f"task_{HEX[:24]}", f"asset-{HEX[:32]}", f"desk_{HEX[:20]}", "v1.2.3", f"00-{HEX[:32]}-{HEX[:16]}-01"))
def test_ids_and_words_are_no_keys(text: str) -> None:
    assert FORMS.without_forms(f"near {text} !", lambda kind, value: f"<{value}>") == f"near {text} !"
