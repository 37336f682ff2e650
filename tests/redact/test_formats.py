"""Secrets that show themselves by their form."""

from __future__ import annotations

import base64
import re

import pytest
from baas_errors.catalog import load_catalogs
from baas_errors.redact import Redactor
from baas_errors.redact.formats import Forms
from baas_errors.redact.secret_names import Names
from build import make_backend
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


BACKENDS = load_catalogs().values()
FORMS = Forms(Names(BACKENDS))


def shown(text: str) -> str:
    return FORMS.without_forms(text, lambda kind, value: f"<{kind}>")


@in_one_test(("head", "rest"), KEYS, ids=[head for head, _ in KEYS])
@in_one_test("text", ["{}", "used {} there", '"{}"', "key={},", "(see {})"])
def test_keys_of_others(head: str, rest: str, text: str) -> None:
    assert shown(text.format(head + rest)) == text.format(f"{head}<key>")


@pytest.mark.parametrize(
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


@pytest.mark.parametrize(
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


@pytest.mark.parametrize(
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
