"""Credentials among the protocols of a WebSocket."""

from __future__ import annotations

from baas_errors.redact import Redactor
from baas_errors.redact.headers import protocols
from matrix import in_one_test

TOKEN = "Zq7xK9vWj3-Ab55cd"


def shown(value: str) -> str:
    return protocols(value, lambda kind, value: f"<{kind}>")


@in_one_test(
    ("value", "expected"),
    [
        (f"access_token, {TOKEN}", "access_token, <credentials>"),
        (f"bearer,{TOKEN}", "bearer,<credentials>"),
        ("bearer, hunter", "bearer, <credentials>"),
        (f"Bearer.{TOKEN}", "Bearer.<credentials>"),
        (
            f"base64url.bearer.authorization.k8s.io.{TOKEN}, base64.binary.k8s.io",
            "base64url.bearer.authorization.k8s.io.<credentials>, base64.binary.k8s.io",
        ),
        (f"graphql-transport-ws, {TOKEN}", "graphql-transport-ws, <credentials>"),
        (f"actioncable-v1-json, token, {TOKEN}", "actioncable-v1-json, token, <credentials>"),
        ("jwt, eyJhbGciOi.eyJz.c2ln", "jwt, <jwt>"),
    ],
)
def test_credentials_go(value: str, expected: str) -> None:
    assert shown(value) == expected


@in_one_test(
    "value",
    [
        *(
            "graphql-ws",
            "graphql-transport-ws",
            "v10.stomp, v11.stomp, v12.stomp",
            "mqttv3.1",
            "wamp.2.json",
            "actioncable-v1-json",
            "soap",
            "bearer",
        ),
        *("base64.binary.k8s.io, v4.channel.k8s.io", "json.webpubsub.azure.v1", "com.example.chat.v2", "auth-v1", ""),
    ],
)
def test_names_of_protocols_stay(value: str) -> None:
    assert shown(value) == value


def test_the_header_of_either_side_is_shown_without_them_and_again_as_it_was() -> None:
    redactor = Redactor(key=b"k" * 32)
    once = redactor.session().header("Sec-WebSocket-Protocol", f"access_token, {TOKEN}")
    assert once.startswith("access_token, <credentials 17 chars #")
    assert redactor.session().header("sec-websocket-protocol", once) == once
