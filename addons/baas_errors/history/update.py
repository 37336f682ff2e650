"""What an exchange teaches: written to the memory after its own errors were explained.

Which names, tokens and ids to look for comes from the catalog. An answer's body is read only where something can be learnt from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from ..catalog.backend import HistoryConfig, Schema
from ..decode import Error
from ..decode.match import Evidence, holds_any
from ..detect.routes import is_id
from ..exchange import Exchange, Request
from ..exchange.json_pointer import find, first
from .app_facts import ACCOUNT, LIMITED, OWNER, REDIRECT, REQUIRED_IN, learn_answered, learn_app, learn_fields, learn_password, learn_uploads
from .exchange_facts import COMPARED, ExchangeFacts
from .last_success import remember
from .objects import MOST_OBJECTS, learn_objects, learn_sign_in
from .store import LONGEST_ANSWER, LONGEST_KEY, MOST_UPLOADS, MOST_USERS, MOST_USES, AppMemory, Memory, Refresh, Repeats, Sighting, Token
from .users import learn_user

# Of the server's text as much decides whether two results are the same.
LONGEST_RESULT = 2_000


def learn(facts: ExchangeFacts, errors: Sequence[Error], app: AppMemory, name: str = "") -> None:
    """Remembers what an exchange with a backend has shown; `name` is the app's, by which uploads that it was granted are found again."""
    exchange, backend, memory = facts.exchange, facts.backend, facts.memory
    request, response, history = exchange.request, exchange.response, backend.history
    if response is None or exchange.message is not None:
        return
    method, hashed = facts.method, facts.hashed_token
    seen = Sighting(exchange.id, exchange.ended or exchange.started or 0.0, response.status, method)
    ok = response.status < 400 and not errors
    app.last_answer = seen._replace(how=request.host)
    key = request.headers.first(history.key)
    key = memory.hash(key) if key else ""
    if hashed:
        _learn_use(app, hashed, key, seen, ok)
    if ok:
        _learn_success(app, facts, key, seen, name)
    elif response.status in (429, 503):
        _learn_wait(app, facts, seen)
    if history.objects is not None:
        if response.status < 400:
            learn_objects(app, facts, history.objects, ok, seen)
        learn_sign_in(app, facts, history.objects, errors, ok, seen)
    for header in backend.request_id.client:
        if value := request.headers.get(header):
            app.request_ids.put(value[:LONGEST_KEY], seen)
    if history.refresh is not None and history.refresh.path.found_in(request.path):
        _learn_refresh(app, memory, exchange, history, ok, seen)
    _learn_outcome(app, facts, seen._replace(how=str(errors[0].code)[:LONGEST_KEY] if errors else ""))
    _learn_repeats(app, facts, errors, seen, ok)


def _learn_success(app: AppMemory, facts: ExchangeFacts, key: str, seen: Sighting, name: str) -> None:
    """Remembers what works: names, tokens, ids and fields, by the app's hashed `key` too; `name` is the app's."""
    exchange, history, memory = facts.exchange, facts.backend.history, facts.memory
    request, values = exchange.request, facts.route.groupdict() if facts.route is not None else {}
    if len(app.waits) and app.waits.get(facts.caller):
        # Who is served again need not wait any longer.
        app.waits.put(facts.caller, (0.0, seen))
    if key:
        app.keys.put(key, seen)
    _learn_names(app, facts, seen, key)
    if uri := request.params.get("redirect_uri"):
        app.names.put((REDIRECT, uri[:LONGEST_KEY]), seen)
    learn_app(app, memory, request, history, facts.route, seen)
    remember(app, facts, seen._replace(how=request.host))
    _learn_tokens(app, facts, key, seen)
    if history.owner:
        _learn_owners(app, exchange, history, seen)
    if facts.method == "POST":
        _learn_created(app, memory, exchange, history, seen)
        if history.objects is None and not history.answered:
            learn_fields(app, values.get(history.fields) or "", request.body.object, seen)
    if history.answered:
        learn_answered(app, history, exchange, values.get(history.fields) or "", seen)
    if history.schema is not None and history.schema.path.found_in(request.path) and exchange.response:
        _learn_required(app, history.schema, exchange.response.body.json, values.get(history.fields) or "", seen)
    if history.uploads is not None and history.uploads.path.found_in(request.path):
        learn_uploads(memory, exchange, facts.backend, name, seen)


def _learn_required(app: AppMemory, schema: Schema, answer: Any, collection: str, seen: Sighting) -> None:
    """Remembers which fields of a collection an answer calls required."""
    for pointer in schema.fields if collection else ():
        listed = find(answer, pointer)
        for field in listed[:MOST_UPLOADS] if isinstance(listed, list) else ():
            if isinstance(field, dict) and field.get("required") is True and isinstance(field.get("name"), str):
                app.names.put((f"{REQUIRED_IN}{collection}"[:LONGEST_KEY], field["name"][:LONGEST_KEY]), seen)


def learn_failure(facts: ExchangeFacts, app: AppMemory) -> None:
    """Remembers a request that got no answer. Only that it was made: nothing more is known."""
    exchange = facts.exchange
    seen = Sighting(exchange.id, exchange.ended or exchange.started or 0.0, 0, facts.failure_kind)
    _learn_repeats(app, facts, (), seen, False)


def _text(value: Any) -> str:
    """A text in an answer, as it is remembered; "" for other values."""
    return value[:LONGEST_KEY] if isinstance(value, str) else ""


def _learn_names(app: AppMemory, facts: ExchangeFacts, seen: Sighting, key: str) -> None:
    match, path = facts.route, facts.exchange.request.path
    if match is None:
        return
    for name, value in match.groupdict().items():
        if is_id(name):
            app.ids.put((path[: match.start(name)][:LONGEST_KEY], value[:LONGEST_KEY]), seen)
        else:
            app.names.put((name, value[:LONGEST_KEY]), seen)
            if key:
                app.names.put((f"{name}@{key}", value[:LONGEST_KEY]), seen)


def _learn_created(app: AppMemory, memory: Memory, exchange: Exchange, history: HistoryConfig, seen: Sighting) -> None:
    request = exchange.request
    fields = request.body.object
    for key in history.unique if history.objects is None else ():
        # "/roles#name": only what is created at this path; "/user/#name": only what is created under it.
        path, _, field = key.rpartition("#")
        value = fields.get(field)
        if isinstance(value, str) and value and (path in request.path if path.endswith("/") else request.path.endswith(path)):
            app.taken.put((key, value[:LONGEST_KEY]), seen._replace(how=" ".join(fields)[:LONGEST_KEY]))
            secret = next((text for name, text in fields.items() if name.lower() == "password"), "")
            learn_password(app, memory, key, value, secret, seen)
    response = exchange.response if history.created else None
    if response and response.status in (200, 201) and (made := _text(first(response.body.json, history.created))):
        app.ids.put((f"{request.path.rstrip('/')}/"[:LONGEST_KEY], made), seen)
        if any(key in fields for key in history.unique):
            app.names.put((ACCOUNT, made), seen)


def _learn_owners(app: AppMemory, exchange: Exchange, history: HistoryConfig, seen: Sighting) -> None:
    """Remembers whose the objects in an answer are: that of one object, or those of a list."""
    body = exchange.response.body if exchange.response else None
    if not body or not body.data or len(body.data) > LONGEST_ANSWER or history.owner.rpartition("/")[2].encode() not in body.data:
        return
    told = body.object.get("data", body.json) if body.object else body.json
    told = told.get("items", told) if isinstance(told, dict) else told
    for item in islice(told if isinstance(told, list) else [told], MOST_OBJECTS):
        ident, owner = first(item, history.created), find(item, history.owner)
        if isinstance(ident, str) and isinstance(owner, str):
            app.taken.put((OWNER, _text(ident)), seen._replace(how=_text(owner)))


def _learn_use(app: AppMemory, hashed: str, key: str, seen: Sighting, ok: bool) -> None:
    token = app.tokens.get(hashed) or Token()
    if ok:
        # What still works was not ended after all.
        token.used, token.ended, token.ended_how = seen, None, ""
        token.key = token.key or key
    app.tokens.put(hashed, token)


def _learn_tokens(app: AppMemory, facts: ExchangeFacts, key: str, seen: Sighting) -> None:
    exchange, history, memory = facts.exchange, facts.backend.history, facts.memory
    request, method, sent = exchange.request, facts.method, facts.hashed_token
    # Before the body is parsed: whether such a request can end a token.
    ends = [match for match in history.ends if not match.method or method in match.method] if sent else []
    ends = [match for match in ends if match.path is None or match.path.found_in(request.path)]
    if ends and holds_any(ends, Evidence(method=method, path=request.path, body=request.body.object, body_text=request.body.text[:COMPARED])):
        token = app.tokens.get(sent) or Token()
        token.ended, token.ended_how = seen, f"{method} {request.path}"[:LONGEST_KEY]
        app.tokens.put(sent, token)
    if not history.issued or not exchange.response or method not in ("POST", "PUT", "GET"):
        return
    body = exchange.response.body
    # Before a large answer is parsed: whether there can be a token in it.
    head = (body.data or b"")[:COMPARED]
    if not any(pointer.rpartition("/")[2].encode() in head for pointer in history.issued):
        return
    place, issued = next(((p, found) for p in history.issued if isinstance(found := find(body.json, p), str) and found), ("", ""))
    if not issued:
        return
    hashed = memory.hash(issued)
    chain = _chain(app, memory, exchange, history)
    known = app.tokens.get(hashed)
    user = _text(first(body.json, history.user))
    learn_user(memory, facts.backend.id, "" if sent else facts.asked_by, user, issued)
    if known is not None and user and not known.user:
        known.user = user
    if known is None or (chain and not known.chain):
        app.tokens.put(hashed, Token(issued=seen, user=user, chain=chain, key=key))
        app.last_issued = (hashed, seen._replace(how=place))
        if chain:
            app.newest.put(chain, (hashed, app.last_issued[1]))


def _chain(app: AppMemory, memory: Memory, exchange: Exchange, history: HistoryConfig) -> str:
    """The sign-in that an answer's new token comes from: the first refresh token of all that replaced one another; "" where there is none."""
    if history.refresh is None or not exchange.response:
        return ""
    new = first(exchange.response.body.json, history.refresh.issued)
    fresh = memory.hash(new) if isinstance(new, str) and new else ""
    chain = fresh
    if history.refresh.path.found_in(exchange.request.path):
        sent = refresh_token(exchange.request, history)
        old = memory.hash(sent) if sent else ""
        chain = (app.chains.get(old) or old) if old else fresh
        if old:
            app.chains.put(old, chain)
    if fresh:
        app.chains.put(fresh, chain)
    return chain


def _learn_refresh(app: AppMemory, memory: Memory, exchange: Exchange, history: HistoryConfig, ok: bool, seen: Sighting) -> None:
    sent = refresh_token(exchange.request, history)
    if not sent:
        return
    hashed = memory.hash(sent)
    before = app.refreshes.get(hashed) or []
    if not ok and any(use.ok for use in before):
        app.reused.put(app.chains.get(hashed) or hashed, seen)
    # A use that worked is what later findings point at: it is not pushed out by the failures after it.
    worked = [use for use in before if use.ok][:1]
    uses = [*worked, *[use for use in before if use not in worked][-(MOST_USES - 2) :]]
    app.refreshes.put(hashed, [*uses, Refresh(exchange.id, exchange.started or seen.when, seen.when, ok)])


def refresh_token(request: Request, history: HistoryConfig) -> str:
    """The refresh token that a request for a new token carries, from its JSON or its form, or ""."""
    for pointer in history.refresh.sent if history.refresh else ():
        found = find(request.body.json, pointer)
        if isinstance(found, str) and found:
            return found
        if "form-urlencoded" in request.body.content_type and (found := request.body.form.get(pointer.lstrip("/"))):
            return found
    return ""


def _learn_wait(app: AppMemory, facts: ExchangeFacts, seen: Sighting) -> None:
    app.names.put((LIMITED, facts.exchange.request.path[:LONGEST_KEY]), seen)
    if (wait := seconds_to_wait(facts.exchange)) is not None:
        app.waits.put(facts.caller, (seen.when + wait, seen))


def seconds_to_wait(exchange: Exchange) -> float | None:
    """The seconds that an answer asks to wait, or None. A date is not counted: its clock is the server's."""
    text = exchange.response.headers.get("retry-after").strip() if exchange.response else ""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _learn_outcome(app: AppMemory, facts: ExchangeFacts, seen: Sighting) -> None:
    key, hashed = facts.outcome, facts.hashed_token
    users = app.outcomes.get(key) or {}
    if len(users) >= MOST_USERS and hashed not in users:
        users.pop(next(iter(users)))
    users[hashed] = seen
    app.outcomes.put(key, users)


def result_of(facts: ExchangeFacts, error: Error | None, otherwise: int | str) -> tuple[str, str]:
    """How a request failed: the error's code (`otherwise` where it has none), and a hash of the server's text; both equal for equal results."""
    code = error.code if error and error.code is not None else otherwise
    return str(code)[:LONGEST_KEY], facts.memory.hash((error.message if error else facts.exchange.failure)[:LONGEST_RESULT])


def _learn_repeats(app: AppMemory, facts: ExchangeFacts, errors: Iterable[Error], seen: Sighting, ok: bool) -> None:
    creates = facts.method == "POST"
    if ok and not len(app.repeats) and not creates:
        return
    key = facts.request
    repeats = app.repeats.get(key)
    if ok:
        if creates:
            app.done.put(key, seen)
        if repeats is not None:
            repeats.failures, repeats.failed, repeats.times = 0, 0, []
        return
    failed_as, said = result_of(facts, next(iter(errors), None), seen.status or seen.how)
    if repeats is None or not repeats.failures or (repeats.failed_as, repeats.said) != (failed_as, said):
        # Another result is news: what counts is how often the same one came.
        repeats = Repeats(seen, failed_as=failed_as, said=said, failed=repeats.failed if repeats else 0)
    repeats.add(facts.exchange.started or seen.when)
    app.repeats.put(key, repeats)
