"""Texts of any length: only so much is looked at, and no secret is cut in two."""

from __future__ import annotations

from baas_errors.catalog import Backend
from baas_errors.redact import LONGEST_TEXT, LONGEST_URL, Redactor, beginning, shortened
from effort import effort
from matrix import in_one_test

SECRET = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0." + "Zq7xK9vWj3" * 40


@in_one_test("text", ["", "short", "x" * 8_292])
def test_what_is_not_much_longer_is_looked_at_whole(text: str) -> None:
    assert beginning(text, 100) == text


def test_the_beginning_ends_with_a_word() -> None:
    assert beginning("word " * 10_000, 100).endswith("word ")
    assert 100 < len(beginning("word " * 10_000, 100)) <= 100 + 8_192


def test_a_text_of_one_word_is_cut_all_the_same() -> None:
    assert len(beginning("x" * 50_000, 100)) == 100 + 8_192


def test_what_is_cut_says_so() -> None:
    assert shortened("x" * 300, 100, 50_000) == "x" * 100 + " <cut: 100 of 50,000 characters are shown>"
    assert shortened("x" * 100, 100, 100) == "x" * 100


@in_one_test("at", [0, LONGEST_URL - 500, LONGEST_URL - 50, LONGEST_URL + 50, LONGEST_URL + 8_000])
def test_no_part_of_a_secret_stays_where_a_url_is_cut(backends: dict[str, Backend], at: int) -> None:
    url = f"https://api.example/{'a/' * (at // 2)}x?note={SECRET}&more={'y&' * 20_000}"
    shown = Redactor(backends.values()).session().url(url)
    assert "Zq7xK9vWj3" not in shown
    assert "chars are" not in shown
    assert shown.endswith(" characters are shown>")


@in_one_test("at", [LONGEST_TEXT - 300, LONGEST_TEXT - 20, LONGEST_TEXT + 8_000])
def test_no_part_of_a_secret_stays_where_a_text_is_cut(backends: dict[str, Backend], at: int) -> None:
    shown = Redactor(backends.values()).session().redact_truncated("w " * (at // 2) + SECRET + " w" * 50_000)
    assert "Zq7xK9vWj3" not in shown
    assert shown.endswith(" characters are shown>")


@in_one_test("url", ["https://a.example/?" + "a=b&" * 250_000, "https://a.example/" + "x" * 1_000_000, "https://a.example/?q=" + "%41" * 300_000])
def test_a_url_of_a_million_characters_takes_no_long_time(backends: dict[str, Backend], url: str) -> None:
    redaction = Redactor(backends.values()).session()
    assert effort(lambda: redaction.url(url)) < 30
