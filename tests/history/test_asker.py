"""Who asked, as `baas.user` counts users: the same through a session, and for a JWT through its renewal."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from baas_errors.catalog import load_catalogs
from baas_errors.pipeline import Pipeline
from build import make_exchange, make_facts

BACKENDS = load_catalogs([])


def jwt_of(**claims: Any) -> str:
    parts = ({"alg": "HS256"}, claims)
    return ".".join([*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "c2ln"])


def asker(backend: str, headers: dict[str, str] | None = None, body: Any = None, method: str = "POST") -> str:
    made = make_exchange(404, method=method, url="https://api.example.com/parse/login", headers=headers, request_body=b"" if body is None else body)
    return make_facts(made, BACKENDS[backend]).asker


@pytest.mark.parametrize(
    ("backend", "headers", "body", "expected"),
    [
        ("parse", {"X-Parse-Session-Token": "r:1f2e3d4c"}, None, "r:1f2e3d4c"),
        ("kinvey", {"Authorization": "Kinvey 8a7b6c.5d4e"}, None, "8a7b6c.5d4e"),
        ("bkend", {"Authorization": f"Bearer {jwt_of(sub='user-7', exp=1)}"}, None, "user-7"),
        ("bkend", {"Authorization": f"Bearer {jwt_of(sub='user-7', exp=2)}"}, None, "user-7"),
        ("pocketbase", {"Authorization": jwt_of(id="u5", type="auth")}, None, "u5"),
        ("kinvey", {"Authorization": "Basic " + base64.b64encode(b"ann:pw").decode()}, None, "ann"),
        ("parse", {}, {"username": "ann", "password": "pw"}, "ann"),
        ("pocketbase", {}, {"identity": "ann@example.com", "password": "pw"}, "ann@example.com"),
        ("parse", {}, {"username": "ann"}, ""),
        ("parse", {}, {"username": ["ann"], "password": "pw"}, ""),
        ("parse", {}, None, ""),
    ],
)
def test_who_asked(backend: str, headers: dict[str, str], body: Any, expected: str) -> None:
    assert asker(backend, headers, body) == expected


def test_records_of_one_session_have_one_user_and_those_of_two_have_two() -> None:
    pipeline = Pipeline(BACKENDS)

    def user(token: str, path: str) -> str:
        sent = {"X-Parse-Session-Token": token}
        made = make_exchange(404, {"code": 101, "error": "Object not found."}, url=f"https://api.example.com/parse{path}", headers=sent)
        (record,) = pipeline.records(made, BACKENDS["parse"])
        return record.user

    users = [user("r:one", "/classes/Note/a1"), user("r:one", "/users/me"), user("r:two", "/classes/Note/a1")]
    assert users[0] == users[1] != users[2]
    assert "" not in users
