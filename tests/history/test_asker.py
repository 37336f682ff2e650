"""Who asked, as `baas.user` counts users: the same through a session, and for a JWT through its renewal."""

from __future__ import annotations

import base64
import json
from typing import Any

from baas_errors.pipeline import Pipeline
from build import make_exchange, make_facts, shipped_catalogs
from matrix import in_one_test

BACKENDS = shipped_catalogs()


def jwt_of(**claims: Any) -> str:
    parts = ({"alg": "HS256"}, claims)
    return ".".join([*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "c2ln"])


def asker(backend: str, headers: dict[str, str] | None = None, body: Any = None, method: str = "POST") -> str:
    made = make_exchange(404, method=method, url="https://api.example.com/parse/login", headers=headers, request_body=b"" if body is None else body)
    return make_facts(made, BACKENDS[backend]).asker


@in_one_test(
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


SIGN_INS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "parse",
        {"method": "GET", "url": "https://api.example.com/parse/login?username={name}&password=pw"},
        {"objectId": "{id}", "sessionToken": "{t}"},
    ),
    ("parse", {"url": "https://api.example.com/parse/login"}, {"objectId": "{id}", "sessionToken": "{t}"}),
    ("kinvey", {"url": "https://baas.kinvey.com/user/kid_B1/login"}, {"_id": "{id}", "_kmd": {"authtoken": "{t}"}}),
    ("bkend", {"url": "https://api-client.bkend.ai/v1/auth/email/signin"}, {"data": {"user": {"id": "{id}"}, "accessToken": "{t}"}}),
    ("bkend", {"url": "https://api-client.bkend.ai/v1/auth/email/signin"}, {"accessToken": "{jwt}"}),
    ("pocketbase", {"url": "http://pb.example.com/api/collections/users/auth-with-password"}, {"token": "{jwt}", "record": {"id": "{id}"}}),
    (
        "backend-services",
        {"url": "https://api.everlive.com/v1/app1/oauth/token"},
        {"Result": {"principal_id": "{id}", "access_token": "{t}", "token_type": "bearer"}},
    ),
]
CARRIED = {"parse": ("X-Parse-Session-Token", ""), "kinvey": ("Authorization", "Kinvey "), "pocketbase": ("Authorization", "")}


@in_one_test(("backend", "asked", "answer"), SIGN_INS)
@in_one_test("first", ["by name", "by session"])
def test_a_user_is_one_before_and_after_the_sign_in(backend: str, asked: dict[str, Any], answer: dict[str, Any], first: str) -> None:
    pipeline = Pipeline(BACKENDS)

    def filled(value: Any, user: str) -> Any:
        values = {"name": f"{user}@example.com", "id": f"id-{user}", "t": f"r:token-of-{user}", "jwt": jwt_of(sub=f"id-{user}")}
        text = json.dumps(value)
        for name, one in values.items():
            text = text.replace(f"{{{name}}}", one)
        return json.loads(text)

    def sign_in(user: str, status: int, body: Any) -> list[str]:
        names = ("username",) if backend != "bkend" else ("email",)
        sent = {**dict.fromkeys(names, f"{user}@example.com"), "password": "pw"} if asked.get("method") != "GET" else b""
        given: dict[str, Any] = {"method": "POST", **filled(asked, user)}
        made = make_exchange(status, body, request_body=sent, **given)
        return [record.user for record in pipeline.records(made, BACKENDS[backend])]

    def session(user: str) -> list[str]:
        header, scheme = CARRIED.get(backend, ("Authorization", "Bearer "))
        token = filled(next(value for value in ("{t}", "{jwt}") if value in json.dumps(answer)), user)
        made = make_exchange(500, {}, method="GET", url=filled(asked["url"].split("?")[0], user), headers={header: scheme + token})
        return [record.user for record in pipeline.records(made, BACKENDS[backend])]

    users = {}
    for user in ("ann", "bob"):
        seen = sign_in(user, 401, {}) if first == "by name" else []
        assert sign_in(user, 200, filled(answer, user)) == []
        users[user] = [*seen, *session(user), *sign_in(user, 401, {}), *session(user)]
    for user, seen in users.items():
        assert len(seen) == (4 if first == "by name" else 3)
        assert len(set(seen)) == 1, user
    assert users["ann"][0] != users["bob"][0]


def test_a_jwt_that_was_seen_before_the_sign_in_keeps_its_user() -> None:
    pipeline, backend = Pipeline(BACKENDS), BACKENDS["bkend"]
    url, users = "https://api-client.bkend.ai/v1/auth/email/signin", []
    for status, body, sent, headers in (
        (401, {}, b"", {"Authorization": f"Bearer {jwt_of(sub='u1', exp=1)}"}),
        (200, {"accessToken": jwt_of(sub="u1", exp=2)}, {"email": "ann@example.com", "password": "pw"}, {}),
        (401, {}, {"email": "ann@example.com", "password": "pw"}, {}),
        (401, {}, b"", {"Authorization": f"Bearer {jwt_of(sub='u1', exp=2)}"}),
    ):
        made = make_exchange(status, body, method="POST", url=url, request_body=sent, headers=headers)
        users += [record.user for record in pipeline.records(made, backend)]
    assert len(users) == 3
    assert len(set(users)) == 1
