"""Secrets in the paths of URLs."""

from __future__ import annotations

from baas_errors.redact import Redactor
from baas_errors.redact.paths import secrets, without_secrets
from matrix import in_one_test

TOKEN = "Zq7xK9vWj3-Ab55cd"
UUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


def shown(text: str) -> str:
    return without_secrets(text, lambda kind, value: f"<{kind}>")


@in_one_test(
    "path",
    [
        *("/api/reset/%s", "/reset-password/%s/edit", "/resetPassword/%s", "/password/reset/%s", "/password_reset/%s?a=1", "/Reset/%s"),
        *("/verify/%s", "/verify-email/%s", "/verify_email_address/%s", "/email/verify/%s", "/verify/email/%s", "/verification/%s"),
        *("/token/%s", "/invite/%s", "/invitation/%s", "/magic-link/%s", "/magic/%s", "/unsubscribe/%s", "/confirm/%s", "/confirm/email/%s"),
        *("/activate/%s", "/activation/%s", "/recover/%s", "/unlock/%s", "/reset/verify/%s", "Cannot GET /api/reset/%s, sorry"),
    ],
)
@in_one_test("token", [TOKEN, UUID, "482190", "AbCdEfGhIjKl", "0123456789abcdef"])
def test_what_was_mailed_goes(path: str, token: str) -> None:
    assert shown(path % token) == path % "<secret>"


@in_one_test(
    "path",
    [
        "/v1/auth/password/reset/confirm",
        "/v1/auth/email/verify/send",
        "/v1/auth/signup/email/confirm",
        "/user/kid_x/user-password-reset-initiate",
        "/reset/password",
        "/reset/password-and-more/now",
        "/parse/verificationEmailRequest",
        "/parse/classes/token/abcDEF1234",
        "/parse/classes/Token/abcDEF1234",
        "/appdata/kid_x/invite/507f1f77bcf86cd799439011",
        "/v1/data/token/507f1f77bcf86cd799439011",
        f"/v1/app/Invite/{UUID}",
        "/v1/data/invites/507f1f77bcf86cd799439011",
        "/verify/12",
        "at verifyToken (/srv/app/cloud/token/verifyToken2.js:88:13)",
        "/parse-server/lib/Adapters/Auth/token/oauth2.js:33",
        "/static/js/verify/main.8f3a9c21.chunk.js",
        "/assets/confirm/dialog.a1b2c3d4.css",
        "/apps/reset/index2024.html",
        "/app/reset/reset_mail2.py:7:",
        "/confirm/order-2024-12345",
        "/token/<secret 9 chars #a41f9c>",
        "/token/refresh/",
        "/classes/Note/Zq7xK9vWj3",
        "reset/",
        "the token / invite of somebody",
    ],
)
def test_words_and_ids_of_objects_stay(path: str) -> None:
    assert shown(path) == path


def test_where_they_stand() -> None:
    text = f"/reset/{TOKEN} or /invite/{UUID}"
    assert [text[start:end] for start, end in secrets(text)] == [TOKEN, UUID]


def test_a_url_loses_its_token_and_its_template_shows_one_mark() -> None:
    redaction = Redactor(key=b"k" * 32).session()
    assert redaction.url(f"https://a.example/reset/{TOKEN}?a=1").startswith("https://a.example/reset/<secret 17 chars #")
    assert redaction.path(f"/reset/{TOKEN}") == "/reset/{secret}"


@in_one_test(
    "value", ["Zq7xK9vW3j.js", "abcDEF1234.html", "a1b2c3d4e5f6.js", "main.8f3a9c21", "main.8f3a9c21.html", "8f3a9c21.chunk.js", "x" * 80 + ".js"]
)
def test_what_only_ends_like_a_file_goes(value: str) -> None:
    assert shown(f"/reset/{value}") == "/reset/<secret>"
