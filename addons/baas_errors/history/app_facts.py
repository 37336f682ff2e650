"""What a success shows of an app itself: the server and the path it is mounted at, the keys it takes, the fields that its collections have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from ..catalog import Backend
from ..catalog.backend import HistoryConfig
from ..catalog.hosts import machine
from ..detect.backend import holds
from ..detect.routes import is_id
from ..exchange import Exchange, Request
from ..exchange.auth_header import authorization, basic
from ..exchange.json_pointer import MISSING, each, first
from ..exchange.json_reader import json_type
from .store import LONGEST_ANSWER, LONGEST_KEY, MOST_UPLOADS, AppMemory, Memory, Sighting, Upload

# Kinds of names that are no names in a route.
SERVER, MOUNT, LIMITED, REQUIRED_IN, OWNER, REDIRECT = " server", " mount", " limited", " required in ", " owner", " redirect"
ACCOUNT, JSON_AS = " account", " json as"
# Of one object as many fields are remembered.
_MOST_FIELDS = 40
# Of a list of objects the fields of as many are remembered.
_MOST_ANSWERED = 5
# URLs of object stores: signed, or public at a host of theirs.
_OF_STORE = re.compile(
    r"(?i)[?&](?:X-Amz-Signature|X-Goog-Signature|Signature|sig|upload_id)=|^https?://[^/?#]*"
    r"\b(?:storage\.googleapis|amazonaws|blob\.core\.windows|digitaloceanspaces|wasabisys|backblazeb2|cloudflarestorage)\."
)


def operation_kind(method: str, one: bool) -> str:
    """The kind under which a collection is remembered for what was done with it, by a path to `one` object or to all of them."""
    return f" {method} one" if one else f" {method} all"


def server_name(request: Request) -> str:
    """Host and port, as a server is remembered: one that answers http and https is one, and so is one that has several names."""
    return f"{machine(request.host)}:{443 if request.port == 80 else request.port}"[:LONGEST_KEY]


def learn_app(app: AppMemory, memory: Memory, request: Request, history: HistoryConfig, route: re.Match[str] | None, seen: Sighting) -> None:
    """Remembers where a request was answered, under which path, with which of the app's keys, and what was done with which collection."""
    kind, data = request.body.content_type, request.body.data
    if data and "json" not in kind and data[:1] in b"[{":
        app.names.put((JSON_AS, kind.partition(";")[0].strip().lower()[:LONGEST_KEY]), seen)
    app.names.put((SERVER, server_name(request)), seen._replace(how=request.host))
    if route is not None:
        app.names.put((MOUNT, request.path[: route.start()][:LONGEST_KEY]), seen)
        values = route.groupdict()
        if collection := values.get(history.fields):
            app.names.put((operation_kind(seen.how, any(is_id(name) for name in values)), collection[:LONGEST_KEY]), seen)
    for name, value in credentials(history, request).items():
        if name == "authorization":
            # Only Basic holds the app's own key; other schemes carry sessions, which are remembered as tokens.
            user = basic_user_key(value)
            if not user:
                continue
            app.credentials.put(memory.hash(user), seen._replace(how=name))
        app.credentials.put(memory.hash(value), seen._replace(how=name))


def basic_user_key(header: str) -> str:
    """What the user part of a Basic header is remembered by, before it is hashed; "" for other headers."""
    sent = authorization(header)
    user = basic(sent.value[:2000]).user if sent and sent.scheme == "basic" else ""
    return f"basic user {user}" if user else ""


def credentials(history: HistoryConfig, request: Request) -> dict[str, str]:
    """The keys of the app that a request carries, each under the header or body key it came in."""
    if found := {name: key for name in history.credentials.header if (key := request.headers.get(name))}:
        return found
    return {name: value for name in history.credentials.body if isinstance(value := request.body.object.get(name), str) and value}


def learn_fields(app: AppMemory, collection: str, sent: Mapping[str, Any], seen: Sighting) -> None:
    """Remembers the fields of an object that was stored or read, with their types; none of an object in no `collection` ("")."""
    for name, value in islice(sent.items() if collection else (), _MOST_FIELDS):
        # Null says nothing of its column.
        if value is not None and not name.startswith("_"):
            app.fields.put((collection[:LONGEST_KEY], name[:LONGEST_KEY]), (json_type(value), seen))
            # A later object with the same value may break a unique index.
            if isinstance(value, str) and value and collection[:1] != "_":
                app.taken.put((f"{collection}.{name}"[:LONGEST_KEY], value[:LONGEST_KEY]), seen)


def learn_answered(app: AppMemory, history: HistoryConfig, exchange: Exchange, collection: str, seen: Sighting) -> None:
    """Remembers the fields of the objects in an answer about a collection: servers convert what is sent, and add what is not."""
    body = exchange.response.body if exchange.response else None
    of_schema = history.schema is not None and history.schema.path.found_in(exchange.request.path)
    if not collection or of_schema or not body or not body.data or len(body.data) > LONGEST_ANSWER:
        return
    listed = (item for pointer in history.answered for _, item in islice(each(body.json, pointer), _MOST_ANSWERED))
    for item in (body.json, *listed):
        if isinstance(item, dict) and first(item, history.created) is not MISSING:
            learn_fields(app, collection, item, seen)


def learn_password(app: AppMemory, memory: Memory, key: str, value: str, secret: object, seen: Sighting) -> None:
    """Remembers the password of the account that has this value of a unique field, as hashes: as it is, and in lower case."""
    if isinstance(secret, str) and secret:
        app.taken.put((f"password {key}", value[:LONGEST_KEY]), seen._replace(how=f"{memory.hash(secret)} {memory.hash(secret.lower())}"))


def learn_uploads(memory: Memory, exchange: Exchange, backend: Backend, name: str, seen: Sighting) -> None:
    """Remembers URLs of object stores that an answer gives out, for the app of this name."""
    uploads, body = backend.history.uploads, exchange.response.body if exchange.response else None
    # Before a body is parsed: whether there can be a URL in it, in JSON perhaps with its slashes escaped.
    data = (body.data or b"") if body else b""
    if uploads is None or body is None or (b"://" not in data and b":\\/\\/" not in data) or (uploads.where and len(data) > LONGEST_ANSWER):
        return
    kind, asked = first(exchange.request.body.json, uploads.type), first(body.json, uploads.headers)
    kind = kind[:LONGEST_KEY] if isinstance(kind, str) else ""
    headers = tuple(f"{name}: {value}"[:LONGEST_KEY] for name, value in list(asked.items())[:8]) if isinstance(asked, dict) else ()
    for pointer in uploads.url:
        place, _, key = pointer.rpartition("/")
        files = (item.get(key) for _, item in each(body.json, place) if isinstance(item, dict) and holds(item, uploads.where))
        for url in islice(files if uploads.where else (url for _, url in each(body.json, pointer)), MOST_UPLOADS):
            if not isinstance(url, str) or not _OF_STORE.search(url[:4000]):
                continue
            try:
                parts = urlsplit(url[:4000])
                host = parts.hostname
            except ValueError:
                continue
            if host and parts.scheme in ("http", "https"):
                memory.issue(host, parts.path or "/", Upload(backend.id, name[:LONGEST_KEY], seen, kind, headers))
