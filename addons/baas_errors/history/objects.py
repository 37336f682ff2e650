"""What successes show of single objects and accounts: that they are there, who may read and write them, and which password was good.

Only for backends whose catalog names its `collections`; of the others ids are remembered by `update`. A batch and GraphQL show the same as single
requests.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from ..catalog import Backend
from ..catalog.backend import Objects
from ..decode import Error
from ..detect.routes import is_id
from ..exchange.json_pointer import each, find, first, members
from .app_facts import credentials, learn_fields, learn_password, operation_kind
from .exchange_facts import ExchangeFacts
from .store import LONGEST_ANSWER, LONGEST_KEY, AppMemory, KnownObject, Memory, Sighting

# Of one answer as many objects are remembered; of one access list as many names.
MOST_OBJECTS, MOST_NAMES = 50, 8
PROVIDER = " provider"
_GLOBAL_ID = re.compile(r"(\w{1,120}):([\w-]{1,120})")
# What each object has from the server; its types are not those that a query takes.
_SERVERS_OWN = frozenset({"objectId", "createdAt", "updatedAt", "className", "__type"})


def collection_of(backend: Backend, path: str, match: re.Match[str] | None) -> tuple[str, str]:
    """The collection that a path is about and the id in it, each "" where there is none; `match` is that of the path's route."""
    objects = backend.history.objects
    if match is None or objects is None:
        return "", ""
    root = "/" + path[match.start() :].strip("/").split("/")[0]
    if root not in objects.collections:
        return "", ""
    values = match.groupdict()
    ident = next((value for name, value in values.items() if is_id(name) and value), "")
    return (objects.collections[root] or values.get(backend.history.fields) or "")[:LONGEST_KEY], ident[:LONGEST_KEY]


def learn_objects(app: AppMemory, facts: ExchangeFacts, objects: Objects, ok: bool, seen: Sighting) -> None:
    """Remembers the objects of an exchange that was answered without an error status; `ok` is whether all of it succeeded."""
    request, response, backend, memory = facts.exchange.request, facts.exchange.response, facts.backend, facts.memory
    if response is None:
        return
    answer = response.body
    if objects.permissions and objects.permissions.encode() in (answer.data or b""):
        _learn_permissions(app, answer.json, objects.permissions, seen)
    if objects.batch_path is not None and objects.batch_path.found_in(request.path):
        parts, answers = find(request.body.json, objects.batch_requests), answer.json
        if isinstance(parts, list) and isinstance(answers, list):
            for part, member in islice(zip(parts, answers, strict=False), MOST_OBJECTS):
                done = member.get(objects.batch_success) if isinstance(member, dict) else None
                if isinstance(part, dict) and done is not None and isinstance(part.get("path"), str):
                    how = str(part.get("method") or "GET").upper()[:10]
                    path = part["path"].partition("?")[0]
                    place = collection_of(backend, path, backend.match_route(path))
                    _learn_one(app, memory, backend, place, path, part.get("body"), done, seen._replace(how=how))
    elif not ok:
        return
    elif objects.global_ids is not None and objects.global_ids.found_in(request.path):
        for verb, ident in _global_ids(answer.json):
            _put(app, ident, None, seen._replace(how="DELETE" if verb.startswith("delete") else "GraphQL"))
    elif (place := collection_of(backend, request.path, facts.route))[0] and len(answer.data or b"") <= LONGEST_ANSWER:
        if "authorization" not in request.headers and not credentials(backend.history, request):
            # The app needs no key.
            app.credentials.put(memory.hash(""), seen)
        _learn_one(app, memory, backend, place, request.path, request.body.json, answer.json, seen)


def _learn_one(app: AppMemory, memory: Memory, backend: Backend, place: tuple[str, str], path: str, sent: Any, answer: Any, seen: Sighting) -> None:
    (collection, ident), history, objects = place, backend.history, backend.history.objects
    if not collection or objects is None:
        return
    given: Mapping[str, Any] = sent if isinstance(sent, dict) else {}
    app.names.put((operation_kind(seen.how, one=bool(ident)), collection), seen)
    if seen.how in ("POST", "PUT"):
        found = ident or first(answer, history.created)
        made = found if isinstance(found, str) else ""
        if made:
            _put(app, (collection, made[:LONGEST_KEY]), given.get(objects.acl), seen)
            if objects.secret in given:
                _end_sessions(app, made, f"{seen.how} {path}", seen)
        _learn_account(app, memory, history.unique, collection, made, given, seen._replace(how="sign-up" if seen.how == "POST" else "change"))
        linked = given.get(objects.providers)
        for name, data in islice(linked.items() if isinstance(linked, dict) else (), MOST_NAMES):
            if data:
                app.taken.put((PROVIDER, memory.hash(proof_of(data))), seen)
                app.names.put((PROVIDER, str(name)[:LONGEST_KEY]), seen)
        learn_fields(app, collection, {name: value for name, value in given.items() if not (isinstance(value, dict) and "__op" in value)}, seen)
    elif ident:
        _put(app, (collection, ident), find(answer, f"/{objects.acl}"), seen)
        if seen.how == "DELETE":
            _end_sessions(app, ident, f"{seen.how} {path}", seen)
    else:
        listed = [member for _, member in islice(each(answer, "/results/*"), MOST_OBJECTS) if isinstance(member, dict)]
        for member in listed:
            if isinstance(found := first(member, history.created), str):
                _put(app, (collection, found[:LONGEST_KEY]), member.get(objects.acl), seen)
        for member in listed[:1]:
            learn_fields(app, collection, {name: value for name, value in member.items() if name not in _SERVERS_OWN}, seen)


def _put(app: AppMemory, key: tuple[str, str], acl: Any, seen: Sighting) -> None:
    known = app.objects.get(key)
    if isinstance(acl, dict):
        listed = {str(who)[:LONGEST_KEY]: _rights(rights) for who, rights in islice(acl.items(), MOST_NAMES)}
        app.objects.put(key, KnownObject(seen, listed, seen))
    elif known is None or seen.how == "DELETE":
        app.objects.put(key, KnownObject(seen))
    else:
        app.objects.put(key, known._replace(seen=seen))


def _rights(rights: Any) -> tuple[bool, bool]:
    return (bool(rights.get("read")), bool(rights.get("write"))) if isinstance(rights, dict) else (False, False)


def _learn_permissions(app: AppMemory, answer: Any, key: str, seen: Sighting) -> None:
    for schema in (answer, *(member for _, member in islice(each(answer, "/results/*"), MOST_OBJECTS))):
        name = schema.get("className") if isinstance(schema, dict) else None
        if isinstance(name, str) and isinstance(schema.get(key), dict) and len(str(schema[key])) <= 2_000:
            app.permissions.put(name[:LONGEST_KEY], (schema[key], seen))


def _learn_account(
    app: AppMemory, memory: Memory, unique: tuple[str, ...], collection: str, ident: str, given: Mapping[str, Any], seen: Sighting
) -> None:
    secret = given.get("password")
    hashed = memory.hash(secret) if isinstance(secret, str) else ""
    for key in unique:
        of, _, name = key.rpartition("#")
        value = given.get(name)
        if of == collection and isinstance(value, str) and value:
            app.taken.put((key, value[:LONGEST_KEY]), seen._replace(how=f"{seen.how} {ident[:LONGEST_KEY]} {hashed}"))
            app.taken.put((f"failed {name}", value[:LONGEST_KEY]), seen._replace(how="0"))
            learn_password(app, memory, key, value, secret, seen)


def _end_sessions(app: AppMemory, user: str, how: str, seen: Sighting) -> None:
    for _, token in app.tokens.newest():
        if token.user == user and token.ended is None and (token.issued is None or token.issued.flow != seen.flow):
            token.ended, token.ended_how = seen, how[:LONGEST_KEY]


def learn_sign_in(app: AppMemory, facts: ExchangeFacts, objects: Objects, errors: Sequence[Error], ok: bool, seen: Sighting) -> None:
    """Remembers the account of a sign-in that worked with its password, counts those that failed since, and whose password was set anew."""
    history, request, response = facts.backend.history, facts.exchange.request, facts.exchange.response
    if ok and objects.reset is not None and objects.reset.found_in(request.path):
        app.taken.put(("reset", request.body.form.get("username", "")[:LONGEST_KEY]), seen)
    if objects.sign_in is None or not objects.sign_in.found_in(request.path):
        return
    refused = objects.sign_in_refused is None or any(objects.sign_in_refused.found_in(error.message) for error in errors)
    given: Mapping[str, Any] = request.body.object if request.body.object.get(objects.secret) else request.params
    made = first(response.body.json, history.created) if ok and response else None
    for key in history.unique:
        of, _, name = key.rpartition("#")
        value = given.get(name)
        if not of or not isinstance(value, str) or not value:
            continue
        if isinstance(made, str):
            _learn_account(app, facts.memory, (key,), of, made, given, seen._replace(how="log-in"))
        elif not ok and refused:
            failed = app.taken.get((f"failed {name}", value[:LONGEST_KEY]))
            app.taken.put((f"failed {name}", value[:LONGEST_KEY]), seen._replace(how=str(int(failed.how) + 1 if failed else 1)))


def _global_ids(answer: Any) -> Iterator[tuple[str, tuple[str, str]]]:
    """The objects that a GraphQL answer shows, each with the field of the mutation or query that it came by."""
    data = find(answer, "/data")
    for name, value in islice(data.items(), MOST_OBJECTS) if isinstance(data, dict) else ():
        for _, item in islice(members({name: value}), 10 * MOST_OBJECTS):
            if isinstance(item, dict) and (key := read_global_id(item.get("id"))):
                yield name, key


def proof_of(data: Any) -> str:
    """What shows an account of a sign-in provider: its id, and the token or code, without what may differ from one request to the next."""
    kept = [key for key in data if key == "id" or "token" in key or "code" in key] if isinstance(data, dict) else []
    return " ".join(f"{key}={str(data[key])[:4000]}" for key in sorted(kept)[:8])


def read_global_id(value: Any) -> tuple[str, str] | None:
    """Collection and id in the id of a GraphQL object (base64 of `Collection:id`), or None."""
    if not isinstance(value, str) or not 4 <= len(value) <= 400:
        return None
    try:
        found = _GLOBAL_ID.fullmatch(base64.b64decode(value, validate=True).decode("ascii"))
    except ValueError:
        return None
    return (found[1], found[2]) if found else None
