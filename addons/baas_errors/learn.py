"""What an exchange teaches: written to the memory after its own errors were explained.

Which names, tokens and ids to look for comes from the catalog. An answer's body is read only where something can be learnt from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .catalog import Backend
from .catalog.model import Lessons
from .decode import Error, effective_method
from .evidence import Evidence, weigh
from .exchange import Exchange, Request
from .memory import LONGEST_KEY, MOST_TIMES, AppMemory, Memory, Refresh, Repeats, Seen, Token
from .pointer import MISSING, find, first
from .urls import is_id, match_route

_MOST_USERS = 20


def learn(exchange: Exchange, backend: Backend, errors: Sequence[Error], app: AppMemory, memory: Memory) -> None:
    """Remembers what an exchange with a backend has shown."""
    response = exchange.response
    if response is None or exchange.message is not None:
        return
    lessons = backend.lessons
    method = effective_method(exchange, backend)
    seen = Seen(exchange.id, exchange.ended or exchange.started or 0.0, response.status)
    token = sent_token(lessons, exchange.request)
    hashed = memory.hash(token) if token else ""
    ok = response.status < 400 and not errors
    if hashed:
        _learn_use(app, hashed, seen, ok)
    if ok:
        _learn_names(app, backend, exchange.request.path, seen)
        _learn_tokens(app, memory, exchange, lessons, method, hashed, seen)
        if method == "POST":
            _learn_created(app, exchange, lessons, seen)
    elif response.status == 429:
        _learn_wait(app, exchange, hashed, seen)
    for name in backend.request_id_client:
        if value := exchange.request.headers.get(name):
            app.request_ids.put(value[:LONGEST_KEY], seen)
    if lessons.refresh_path is not None and lessons.refresh_path.found_in(exchange.request.path):
        _learn_refresh(app, memory, exchange, lessons, ok, seen)
    _learn_outcome(app, exchange, method, hashed, seen)
    _learn_repeats(app, memory, exchange, method, token, errors, seen, ok)


def sent_token(lessons: Lessons, request: Request) -> str:
    """The session or access token that a request carries, without its scheme, or "". Credentials of an app (Basic) are none."""
    value = request.headers.first(lessons.token_header)
    if value:
        scheme, space, rest = value.partition(" ")
        return "" if scheme.lower() == "basic" else rest.strip() if space else value
    for key in lessons.token_body:
        found = request.body.object.get(key)
        if isinstance(found, str) and found:
            return found
    return ""


def request_key(memory: Memory, request: Request, method: str, token: str) -> str:
    """What two requests that are the same to the server have in common."""
    body = request.body.text[:20_000] if request.body.data else ""
    return memory.hash("\n".join((method, request.url, token, body)))


def outcome_key(request: Request, method: str) -> str:
    """What a request is without the one who asks."""
    return f"{method} {request.path}?{request.query}"[:LONGEST_KEY]


def _learn_names(app: AppMemory, backend: Backend, path: str, seen: Seen) -> None:
    match = match_route(backend, path)
    if match is None:
        return
    for name, value in match.groupdict().items():
        if not value:
            continue
        if is_id(name):
            app.ids.put((path[: match.start(name)][:LONGEST_KEY], value[:LONGEST_KEY]), seen)
        else:
            app.names.put((name, value[:LONGEST_KEY]), seen)


def _learn_created(app: AppMemory, exchange: Exchange, lessons: Lessons, seen: Seen) -> None:
    request = exchange.request
    fields = request.body.object
    for key in lessons.unique:
        value = fields.get(key)
        if isinstance(value, str) and value:
            app.taken.put((key, value[:LONGEST_KEY]), seen)
    if lessons.created and exchange.response and exchange.response.status in (200, 201):
        made = first(exchange.response.body.json, lessons.created)
        if isinstance(made, str) and made:
            app.ids.put((f"{request.path.rstrip('/')}/"[:LONGEST_KEY], made[:LONGEST_KEY]), seen)


def _learn_use(app: AppMemory, hashed: str, seen: Seen, ok: bool) -> None:
    token = app.tokens.get(hashed) or Token()
    if ok:
        token.used = seen
    app.tokens.put(hashed, token)


def _learn_tokens(app: AppMemory, memory: Memory, exchange: Exchange, lessons: Lessons, method: str, sent: str, seen: Seen) -> None:
    request = exchange.request
    at = Evidence(method=method, path=request.path, body=request.body.object if any(m.body for m in lessons.ends) else None)
    if sent and any(weigh(match, at) is not None for match in lessons.ends):
        token = app.tokens.get(sent) or Token()
        token.ended, token.ended_how = seen, f"{method} {request.path}"[:LONGEST_KEY]
        app.tokens.put(sent, token)
    if not lessons.issued or not exchange.response or method not in ("POST", "PUT", "GET"):
        return
    body = exchange.response.body
    if not body.data or not any(pointer.rpartition("/")[2].encode() in body.data[:20_000] for pointer in lessons.issued):
        return
    issued = first(body.json, lessons.issued)
    if not isinstance(issued, str) or not issued:
        return
    hashed = memory.hash(issued)
    if app.tokens.get(hashed) is None:
        user = first(body.json, lessons.user)
        app.tokens.put(hashed, Token(issued=seen, user=user[:LONGEST_KEY] if isinstance(user, str) else ""))
        app.last_issued = (hashed, seen)


def _learn_refresh(app: AppMemory, memory: Memory, exchange: Exchange, lessons: Lessons, ok: bool, seen: Seen) -> None:
    sent = refresh_token(exchange.request, lessons)
    if not sent:
        return
    issued: Any = first(exchange.response.body.json, lessons.issued) if ok and exchange.response else MISSING
    new = memory.hash(issued) if isinstance(issued, str) else ""
    hashed = memory.hash(sent)
    uses = [*(app.refreshes.get(hashed) or [])[-MOST_TIMES:], Refresh(exchange.id, exchange.started or seen.when, seen.when, ok, new)]
    app.refreshes.put(hashed, uses)


def refresh_token(request: Request, lessons: Lessons) -> str:
    """The refresh token that a request for a new token carries, from its JSON or its form, or ""."""
    for pointer in lessons.refresh_sent:
        found = find(request.body.json, pointer)
        if isinstance(found, str) and found:
            return found
        if found := _form_value(request, pointer.lstrip("/")):
            return found
    return ""


def _form_value(request: Request, name: str) -> str:
    if "form-urlencoded" not in request.body.content_type:
        return ""
    return request.body.form.get(name, "")


def _learn_wait(app: AppMemory, exchange: Exchange, hashed: str, seen: Seen) -> None:
    wait = retry_after(exchange)
    if wait is not None:
        app.waits.put(hashed or exchange.request.host, (seen.when + wait, seen))


def retry_after(exchange: Exchange) -> float | None:
    """The seconds that an answer asks to wait, or None. A date is not counted: its clock is the server's."""
    text = exchange.response.headers.get("retry-after").strip() if exchange.response else ""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _learn_outcome(app: AppMemory, exchange: Exchange, method: str, hashed: str, seen: Seen) -> None:
    key = outcome_key(exchange.request, method)
    users = app.outcomes.get(key)
    if users is None:
        users = {}
    elif len(users) >= _MOST_USERS and hashed not in users:
        users.pop(next(iter(users)))
    users[hashed] = seen
    app.outcomes.put(key, users)


def _learn_repeats(
    app: AppMemory, memory: Memory, exchange: Exchange, method: str, token: str, errors: Iterable[Error], seen: Seen, ok: bool
) -> None:
    if ok and not len(app.repeats):
        return
    key = request_key(memory, exchange.request, method, token)
    repeats = app.repeats.get(key)
    if ok:
        if repeats is not None:
            repeats.failures, repeats.times = 0, []
        return
    if repeats is None or not repeats.failures:
        repeats = Repeats(seen)
    error = next(iter(errors), None)
    repeats.failures += 1
    repeats.times = [*repeats.times[-MOST_TIMES:], exchange.started or seen.when]
    repeats.failed_as = str(error.code) if error and error.code is not None else str(seen.status)
    app.repeats.put(key, repeats)
