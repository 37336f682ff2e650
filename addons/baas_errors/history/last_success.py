"""What a request that worked was made of, without its values: later errors of the same method and path are compared with it."""

from __future__ import annotations

import re
from itertools import chain, islice
from typing import Any

from ..exchange import Body
from ..exchange.auth_header import authorization
from ..exchange.json_reader import json_type
from .exchange_facts import COMPARED, ExchangeFacts
from .store import LONGEST_KEY, AppMemory, LastSuccess, Sighting

# As many fields of a body and parameters of a query are compared, each with a name no longer than this; and of all of them, and of the names of
# headers, as many characters.
_MOST_NAMES, _LONGEST_NAME, _LONGEST, _LONGEST_HEADERS = 60, 60, 3_000, 1_000
_SCHEMES = frozenset(("", "basic", "bearer", "digest", "token", "apikey", "jwt"))
# Headers and keys that differ between requests of one kind, or from one browser to another, and tell nothing.
NOISE = re.compile(
    r"accept|access-control-|sec-|user-agent$|referer$|origin$|cookie|cache-|pragma$|if-|connection$|proxy-|keep-alive$|host$|content-(?:length|type)$"
    r"|te$|dnt$|priority$|date$|expect$|transfer-|upgrade|x-forwarded|forwarded$|via$|trace|baggage$|b3$|x-b3|sentry-|x-(?:amzn?|cloud|datadog|newrelic)-"
    r"|cf-|x-real-ip$|x-requested-with$|newrelic|range$|save-data$|purpose$|:|.{0,80}(?:request|trace|correlation|installation|device|instance)[-_]?id$"
)
# What stands for a body whose fields, with the parameters, are not known, and for one that is no JSON although it begins so.
UNREAD, BROKEN = "unread", "broken JSON"
_NO_VALUES = frozenset(("undefined", "null", "NaN", "None", "[object Object]"))


def is_shown(header: str) -> bool:
    """Whether a header can tell why one request failed and another worked: others differ between any two requests."""
    name = header.lower()
    return name == "content-type" or NOISE.match(name) is None


def places_of(facts: ExchangeFacts) -> tuple[str, ...]:
    """What the last success is remembered by: effective method and path template, apart for SDKs that send their keys in the body, and forms. For a
    form also the place of other requests, with which it is compared where no form worked. Nothing where they are too long."""
    request, app, place = facts.exchange.request, facts.backend.app_id, f"{facts.method} {facts.template}"
    if app.body and not (app.header and app.header[0] in request.headers.index) and any(name in request.body.object for name in app.body):
        place += " #"
    kind = request.headers.index.get("content-type", "")[:33].lower()
    places = (f"{place} form", place) if kind.startswith(("multipart/", "application/x-www-form-urlencoded")) else (place,)
    return places if len(places[0]) <= LONGEST_KEY else ()


def remember(app: AppMemory, facts: ExchangeFacts, seen: Sighting) -> None:
    """Remembers what a request that worked was made of. One whose body cannot be read worked in spite of it: there is nothing to compare with."""
    if places := places_of(facts):
        made = made_of(facts, seen)
        if f"body\t\t{BROKEN}" not in made.parts:
            app.successes.put(places[0], made)


def made_of(facts: ExchangeFacts, seen: Sighting, lacks: frozenset[str] = frozenset()) -> LastSuccess:
    """The names in a request, and the forms of their values; keys and tokens as hashes with their lengths. A token is not asked for in headers that
    the capture `lacks`. Every success comes by here: a look-up in `index` takes a tenth of the time of one in the headers."""
    request, backend, secret = facts.exchange.request, facts.backend, facts.memory.secret
    history, index = backend.history, request.headers.index
    told = [f"token\t\t{facts.hashed_token} {len(facts.token)}"] if lacks.isdisjoint(history.token.header) and facts.token else []
    for name in (*history.key, *history.credentials.header, *backend.app_id.header, backend.version_header):
        if (value := index.get(name)) and (name != "authorization" or value[:6].lower() == "basic "):
            told.append(f"key\t{name}\t{hash((secret, value))} {len(value)}")
    if value := index.get("authorization"):
        told.append(f"scheme\tauthorization\t{_scheme(value, backend.secrets.schemes)}")
    if value := index.get("content-type"):
        told.append(f"type\tcontent-type\t{value.partition(';')[0].strip().lower()[:_LONGEST_NAME]}")
    for name in backend.client.header:
        if value := index.get(name):
            told.append(f"client\t\t{value[:LONGEST_KEY]}")
    bare = request.method == "GET" and "content-length" not in index and "content-type" not in index
    kind, more = ("no body", list[str]()) if bare else _fields(request.body)
    if more:
        for name in (*history.credentials.body, *backend.app_id.body):
            if isinstance(value := request.body.object.get(name), str):
                told.append(f"key\t{name}\t{hash((secret, value))} {len(value)}")
        for name in backend.client.body:
            if isinstance(value := request.body.object.get(name), str):
                told.append(f"client\t\t{value[:LONGEST_KEY]}")
    if request.query:
        more += [f"parameter\t{name}\t{_form(value)}" for name, value in islice(request.params.items(), _MOST_NAMES) if _fits(name)]
    told.append(f"body\t\t{kind}")
    names, parts = "\n".join(index), "\n".join(told + more)
    if len(parts) > _LONGEST:
        parts = "\n".join([*told[:-1], f"body\t\t{UNREAD}"])
    return LastSuccess(seen, names if len(names) <= _LONGEST_HEADERS else "", parts)


def _scheme(header: str, own: tuple[str, ...]) -> str:
    """The scheme of an Authorization header, if it is a known one: the first word may be a part of a secret."""
    sent = authorization(header[:2_000])
    scheme = sent.scheme if sent else ""
    return scheme if scheme in _SCHEMES or scheme in (name.lower() for name in own) else "another scheme"


def _fits(name: str) -> bool:
    return len(name) <= _LONGEST_NAME and name.isprintable()


def _fields(body: Body) -> tuple[str, list[str]]:
    """What a body is, and its fields with their JSON types."""
    data = body.data
    if not data:
        return "no body" if data is not None else UNREAD, []
    if len(data) > COMPARED:
        return UNREAD, []
    if "form-urlencoded" in body.content_type:
        kind, values = "a form", body.form
    elif data.lstrip()[:1] not in (b"{", b"["):
        return "no JSON", []
    elif body.parsed.problem:
        return BROKEN, []
    else:
        kind, values = f"a JSON {json_type(body.json)}", body.object
    if len(values) > _MOST_NAMES:
        return UNREAD, []
    return kind, [f"field\t{name}\t{_type(value)}" for name, value in values.items() if _fits(name)]


def _type(value: Any) -> str:
    """The JSON type; of an object that names its type itself, that; null for an operation on what is stored, which may have any type."""
    if isinstance(value, dict) and value:
        named, first = value.get("__type"), next(iter(value))
        if isinstance(named, str) and named.isalnum():
            return named[:_LONGEST_NAME]
        return "null" if first == "__op" or first[:1] == "$" else "object"
    return json_type(value)


def _form(value: str) -> str:
    if not value:
        return "empty"
    if value[0] in "{[":
        return "JSON" if value[-1] in "}]" else "JSON that is cut off"
    if value.lstrip("-").replace(".", "", 1).isdigit():
        return "a number"
    return "no value" if value in _NO_VALUES else "a boolean" if value in ("true", "false") else "text"


def read(made: LastSuccess) -> dict[tuple[str, str], str]:
    """The form of each part, by kind (`host`, `token`, `key`, `scheme`, `type`, `client`, `body`, `field`, `parameter`, `header`) and name."""
    lines = (line.split("\t", 2) for line in made.parts.split("\n"))
    parts = {(line[0], line[1]): line[2] for line in lines if len(line) == 3}
    return dict(chain(parts.items(), ((("header", name), "") for name in made.headers.split("\n") if name)))
