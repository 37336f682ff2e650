"""What stands in place of a value: for names, for credentials, and what of it may be shown."""

from __future__ import annotations

from baas_errors.exchange.unset_values import is_nothing, is_placeholder, is_unset, shows_nothing

NAMES = (
    "undefined",
    "null",
    "(null)",
    "NaN",
    "[object Object]",
    "%5Bobject%20Object%5D",
    ":id",
    "{id}",
    "{{ id }}",
    "${id}",
    "$ID$",
    "<id>",
    "%7Bid%7D",
    "",
    " ",
    "%s",
)
SAMPLES = (
    "YOUR_TOKEN",
    "your-access-token-here",
    "YourAppKey",
    "yourapikey",
    "pk_...",
    "api_key",
    "accessToken",
    "<your secret>",
    "PASTE_KEY_HERE",
    "sk_xxxx",
    "process.env.TOKEN",
    "${input:api-key}",
    "sk_{{key}}",
)
VALUES = ("books", "user", "users", "id1", "yours", "tokens", "nothing", "a.b.c", "kid_S1x", "pk_0123", "token-5", "1", "r:abc", "keyhole", "{a:b}")


def test_names_and_credentials_that_are_none():
    for text in NAMES:
        assert is_placeholder(text), text
    for text in (*NAMES, *SAMPLES):
        assert is_unset(text), text
    for text in VALUES:
        assert not is_nothing(text), text
        assert not is_placeholder(text), text
        assert not is_unset(text), text


def test_only_the_words_of_samples_are_shown():
    for text in (*NAMES, *SAMPLES[:-4]):
        assert shows_nothing(text), text
    for text in (*VALUES, "your-hunter-two", "<hunter>", "{hunter2}", "hunter-here", "$hunter", "pk_0123...", "password", "your_password"):
        assert not shows_nothing(text), text


def test_a_long_text_is_no_placeholder():
    for text in ("your" * 10_000, "{" * 100_000, "%7B" * 100_000, "x" * 100_000, "a_" * 60_000):
        assert not is_unset(text)
        assert not is_placeholder(text)
