"""Kinvey's side of the conversations: made-up credentials, and answers as documented."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from baas_errors.catalog import Backend
from diagnose.talk import Talk

KID, OTHER_KID = "kid_Toys01", "kid_Tools02"
APP_SECRET, OTHER_SECRET = "a1b2c3d4e5f60718a1b2c3d4e5f60718", "ffeeddccbbaa99887766554433221100"
SESSION, OTHER_SESSION = "sess-4f1d.0aBcDeFgHiJk", "sess-77aa.ZyXwVuTsRqPo"
PASSWORD = "correct-horse-9"
BOOKS = f"/appdata/{KID}/books"
USER = f"/user/{KID}"
LOGIN = f"{USER}/login"
TOKEN = "https://auth.kinvey.com/oauth/token"
SECRETS = (APP_SECRET, OTHER_SECRET, SESSION, OTHER_SESSION, PASSWORD, "zelda-fitz", "code-0123456789", "refresh-0123456789")


def basic(user: str = KID, secret: str = APP_SECRET) -> str:
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


def session(value: str = SESSION) -> dict[str, str | None]:
    return {"Authorization": f"Kinvey {value}"}


def app(user: str = KID, secret: str = APP_SECRET, **more: str | None) -> dict[str, str | None]:
    return {"Authorization": basic(user, secret), **more}


def talk(backends: Mapping[str, Backend]) -> Talk:
    """An app with a session of its own."""
    return Talk(backends, "kinvey", "https://baas.kinvey.com", {"X-Kinvey-API-Version": "6", "Authorization": f"Kinvey {SESSION}"})


def refused(
    name: str, status: int = 400, path: str = BOOKS, method: str = "GET", debug: Any = "", description: str = "Refused", **more: Any
) -> dict[str, Any]:
    """A request, and the error that Kinvey answers with."""
    more.setdefault("answer_headers", {"X-Kinvey-Request-Id": "0123456789abcdef0123456789abcdef"})
    return {"method": method, "path": path, "status": status, "answer": {"error": name, "description": description, "debug": debug}} | more


def bare(status: int, path: str = BOOKS, method: str = "GET", **more: Any) -> dict[str, Any]:
    """A request, and an error without a body."""
    more.setdefault("answer_headers", {"X-Kinvey-Request-Id": "0123456789abcdef0123456789abcdef"})
    return {"method": method, "path": path, "status": status, "answer": b""} | more


def signed_in(name: str = "zelda-fitz", token: str = SESSION, kid: str = KID, secret: str = APP_SECRET) -> dict[str, Any]:
    """A login that works."""
    return {
        "method": "POST",
        "path": f"/user/{kid}/login",
        "headers": app(kid, secret),
        "body": {"username": name, "password": PASSWORD},
        "answer": {"_id": "5f0000000000000000000001", "username": name, "_kmd": {"authtoken": token}},
    }


LIST: dict[str, Any] = {"path": BOOKS, "answer": []}
SAVED: dict[str, Any] = {"method": "POST", "path": BOOKS, "body": {"_id": "moby-dick", "title": "x"}, "status": 201, "answer": {"_id": "moby-dick"}}
