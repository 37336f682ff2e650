"""Requests that work, some of which look like faults: in none of them anything may be found."""

# One request a line.
# ruff: noqa: E501
# fmt: off

from __future__ import annotations

from .driver import Ask, multipart
from .faults import MEMBERS, MULTIPART, PNG, POSTS, USERS, batch, collection, create, delete, get, listed, patch, post, raw, signed, token
from .harness import PASSWORD

SUCCESSES: tuple[Ask, ...] = (
    get("/api/health", ""),
    get(POSTS, ""),
    listed(filter="title ~ 'post' && rating >= 1"),
    listed(filter='title = "First post" || author.name = "Ann"'),
    listed(filter="tags:each ?= 'red'"),
    listed(filter="(title:lower = 'x')"),
    listed(filter="due > @now"),
    listed(filter="title = 'it\\'s'"),
    listed(filter=""),
    listed(filter="rating > 'text'"),
    listed(sort="-rating,title"),
    listed(sort="@random"),
    listed(sort="author.name"),
    listed(page="0", perPage="-3"),
    listed(perPage="5000", skipTotal="1"),
    listed(page="9999"),
    listed(expand="author,owner", fields="id,title,expand.author.name"),
    listed(expand="nothing", fields="nothing", limit="3"),
    get("/api/collections/Posts/records"),
    get("/api/collections/notes/records", ""),
    get("/api/collections/notes/records", "bob"),
    get("/api/collections/totals/records"),
    create(rating="many"),
    create(due="tomorrow"),
    create(unknown=1),
    create(place="here"),
    post(POSTS, {"title": 12345}),
    raw(b"title=A+form", "application/x-www-form-urlencoded"),
    raw(b'{"title": "A title"}{"more": 1}'),
    post(POSTS, multipart(("title", "", "", b"A file"), ("cover", "photo.png", "image/png", PNG), ("owner", "", "", b"")), headers=MULTIPART, keep={"filed": "id", "file": "cover"}),
    get("/api/files/posts/${filed}/${file}", ""),
    patch(f"{POSTS}/${{second}}", {"rating": 4}),
    patch(f"{POSTS}/${{second}}", {"rating+": 1, "tags+": "red"}),
    patch("/api/collections/notes/records/${note}", {"text": "Still mine"}),
    token("Bearer ${token_alice}", post(f"{USERS}/auth-refresh")),
    post(f"{USERS}/auth-refresh"),
    token("not a token", get(POSTS)),
    signed("bob@example.org"),
    post(f"{USERS}/request-verification", {"email": "nobody@example.org"}, ""),
    post(f"{USERS}/request-password-reset", {"email": "alice@example.org"}, ""),
    post(f"{MEMBERS}/request-otp", {"email": "nobody@example.org"}, ""),
    get(f"{MEMBERS}/auth-methods", ""),
    post("/api/files/token"),
    batch(("POST", POSTS, {"title": "In a batch"}), ("POST", "/api/collections/authors/records", {"name": "Cleo"})),
    get("/api/collections", "root"),
    get("/api/collections/posts", "root"),
    collection("things", fields=[{"name": "title", "type": "text"}]),
    delete("/api/collections/things", "root"),
    get("/api/settings", "root"),
    get("/api/logs?perPage=1", "root"),
    get("/api/crons", "root"),
    get("/api/app/lookalike"),
    get("/_/", ""),
    Ask("OPTIONS", POSTS, by="", headers={"Origin": "https://app.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}),
    Ask("HEAD", "/api/health", by=""),
    post(f"{USERS}/records", {"email": "eve@example.org", "password": PASSWORD, "passwordConfirm": PASSWORD}, "", keep={"eve": "id"}),
    Ask("POST", f"{USERS}/auth-with-password", {"identity": "eve@example.org", "password": PASSWORD}, "", keep={"token_eve": "token"}),
    delete(f"{USERS}/records/${{eve}}", "eve"),
)
