"""Reads the head of a catalog: the table `[backend]`."""

from __future__ import annotations

import re
from typing import Any

from . import backend
from .patterns import HeaderTest
from .reader import Fields
from .routes import Route, routes
from .values import conditions, header_tests, host_names, listed, lower, match_of
from .vocabulary import quoted

NO_TESTS: tuple[HeaderTest, ...] = ()
NO_ROUTES: tuple[Route, ...] = ()
NO_HOSTS: tuple[str, ...] = ()
NO_ITEMS: list[Any] = []


def read_backend(f: Fields) -> dict[str, Any]:
    """The values of a `Backend` that its table gives; raises CatalogError."""
    values: dict[str, Any] = {"id": f.text("id", required=True), "title": f.text("title", required=True)}
    if not re.fullmatch(r"[a-z][a-z0-9-]*", values["id"]):
        raise f.error("id", f"takes lower-case letters, digits and `-`, not {quoted(values['id'])}")
    values["hosts"] = f.raw("hosts", lambda value: host_names(values["id"], value), NO_HOSTS)
    values["request_headers"] = f.raw("request_headers", lambda value: header_tests(f, value), NO_TESTS)
    values["response_headers"] = f.raw("response_headers", lambda value: header_tests(f, value), NO_TESTS)
    values["request_body_keys"] = f.texts("request_body_keys")
    values["websocket"] = tuple(conditions(f, "websocket", value) for value in f.raw("websocket", listed, NO_ITEMS))
    values["routes"] = f.raw("routes", lambda value: tuple(routes(listed(value))), NO_ROUTES)
    if override := f.table("method_override"):
        values["method_override_body"] = override.text("body")
        values["method_override_header"] = override.text("header").lower()
        override.done()
    if ids := f.table("request_id"):
        values["request_id_server"] = lower(ids.texts("server"))
        values["request_id_client"] = lower(ids.texts("client"))
        ids.done()
    if app := f.table("app_id"):
        values["app_id"] = backend.AppId(header=lower(app.texts("header")), body=app.texts("body"), query=app.texts("query"), route=app.text("route"))
        app.done()
    if client := f.table("client"):
        values["client"] = backend.Client(header=lower(client.texts("header")), body=client.texts("body"), user_agent=client.pattern("user_agent"))
        client.done()
    if secrets := f.table("secrets"):
        names = {kind: secrets.texts(kind) for kind in ("headers", "query", "body", "cookies")}
        values["secrets"] = backend.Secrets(**names)
        secrets.done()
    if history := f.table("memory"):
        values["history"] = _lessons(history)
    if hygiene := f.table("hygiene"):
        values["hygiene"] = _hygiene(hygiene)
    if unwrap := f.table("unwrap"):
        values["unwrap"] = backend.Unwrap(
            when=unwrap.text("when", required=True).lower(),
            headers=unwrap.pointer("headers", required=True),
            body=unwrap.pointer("body", required=True),
        )
        unwrap.done()
    f.done()
    return values


def _lessons(f: Fields) -> backend.HistoryConfig:
    values: dict[str, Any] = {}
    if token := f.table("token"):
        values |= {"token_header": lower(token.texts("header")), "token_body": token.texts("body")}
        token.done()
    values |= {name: f.pointers(name) for name in ("issued", "user", "created")}
    values["key_header"] = lower(f.texts("key"))
    values["ends"] = tuple(match_of(m) for m in f.tables("ends"))
    values["unique"] = f.texts("unique")
    values["fields"] = f.text("fields")
    values["limit"] = f.text("limit", one_of=("path",))
    if credentials := f.table("credentials"):
        values |= {"credential_header": lower(credentials.texts("header")), "credential_body": credentials.texts("body")}
        credentials.done()
    if refresh := f.table("refresh"):
        values |= {"refresh_path": refresh.pattern("path", required=True), "refresh_sent": refresh.pointers("sent")}
        values["refresh_issued"] = refresh.pointers("issued")
        refresh.done()
    if uploads := f.table("uploads"):
        values |= {"upload_path": uploads.pattern("path", required=True), "upload_url": uploads.pointers("url")}
        values["upload_type"] = uploads.pointers("type")
        uploads.done()
    f.done()
    return backend.HistoryConfig(**values)


def _hygiene(f: Fields) -> backend.Hygiene:
    values: dict[str, Any] = {}
    if key := f.table("server_key"):
        values["server_key_headers"] = key.raw("header", lambda value: header_tests(f, value), NO_TESTS)
        if starred := next((name for test in values["server_key_headers"] for name, _ in test.headers if "*" in name), ""):
            raise key.error("header", f"takes whole names, not {quoted(starred)}")
        values |= {"server_key_body": key.texts("body"), "server_key_basic": key.pattern("basic")}
        key.done()
    if version := f.table("api_version"):
        values["api_version"] = backend.ApiVersion(
            header=version.text("header", required=True),
            oldest=version.number("oldest") or 0,
            newest=version.number("newest") or 0,
            path=version.pattern("path"),
        )
        if not 0 < values["api_version"].oldest <= values["api_version"].newest:
            raise version.error("oldest", "must be a whole number from 1 up to `newest`, which is one too")
        version.done()
    values["retired"] = tuple(_retired(r) for r in f.tables("retired"))
    f.done()
    return backend.Hygiene(**values)


def _retired(f: Fields) -> backend.Retired:
    retired = backend.Retired(hosts=lower(f.texts("hosts", required=True)), since=f.text("since", required=True))
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?", retired.since):
        raise f.error("since", f'takes a day or a month such as "2026-05-15" or "2018-05", not {quoted(retired.since)}')
    f.done()
    return retired
