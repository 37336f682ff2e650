"""The secrets that a request was sent with, to be looked for in the answer: servers repeat what they were sent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from ..exchange import Body, Exchange, Headers, Request
from ..exchange.auth_header import basic
from ..exchange.json_reader import DEEPEST, parse_json
from ..exchange.model import LONGEST_FORM
from ..exchange.multipart import boundary, part_name, parts
from ..exchange.placeholders import shows_nothing
from . import paths
from .echoes import SHORTEST
from .encodings import parameter_decoded, percent_decoded, plain_base64
from .found import MOST_WORK, Found, Sent
from .headers import in_protocols
from .named_values import named_values
from .secret_names import Names

_LONGEST = 4000
_MOST = 64
# What a name that was not met before costs, in the units of Found.
_NEW_NAME = 5
_MOST_MESSAGES = 20
_MOST_DOCUMENTS = 200
_SEARCHED = 20_000
_LONGEST_PARAMETER = 200_000
# Of a path; of a longer one the rest counts as not searched.
_LONGEST_PATH = 20_000
# What programs write for a value that they do not have, and what stands for itself in any message: to hide it would hide the fault.
_NO_SECRETS = frozenset((
    "password", "username", "string", "number", "object", "boolean", "string!", "int!", "float!", "boolean!", "id!", "email", "bearer", "basic",
))  # fmt: skip
# A variable of GraphQL or of a template stands for a secret and is none.
_VARIABLE = re.compile(r"\$\w+|\{\{?\s*+[\w.-]*+\s*+\}?\}")
# `password: $p`: the variable of GraphQL that a secret is given in.
_GIVEN = re.compile(r"([A-Za-z_]\w{0,99})\s{0,20}:\s{0,20}\$(\w{1,100})")
# What it is if nobody gives it a value: `$p: String = "abc"`.
_DEFAULT = re.compile(r'\$(\w{1,100})\s{0,20}:[^=$(){}"]{1,120}=\s{0,20}"([^"\\]{1,4000})"')
# A line of YAML, of a file of settings, of what looks like one.
_LINE = re.compile(r"^[ \t]*(?:-[ \t]+)?[\"']?([A-Za-z_][\w.-]{1,99})[\"']?[ \t]*[:=][ \t]*([^\r\n]{1,4000})", re.M)
_DECODER = json.JSONDecoder(strict=False)
_BETWEEN_DOCUMENTS = re.compile(r"[\s\x1e,;]*+")
_BETWEEN = re.compile(r"[\s;=,\"]+")
_COOKIE = re.compile(r"=\s*\"?([^;\s\"]{8,})")
_NAMED_COOKIE = re.compile(r"(?<![^;=\s\"])([^;=\s\"]++)=\s{0,9}\"?([^;\s\"]{3,})")
_SHORTEST_COOKIE = 8
# Headers of nearly every request, whose parameters say in what form something is.
_OF_FORMS = frozenset((
    "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "connection", "content-disposition", "content-type", "dnt",
    "keep-alive", "pragma", "prefer", "priority", "range", "sec-ch-ua", "sec-ch-ua-full-version-list", "te", "transfer-encoding", "upgrade",
))  # fmt: skip


def has_one_time_code(request: Request) -> bool:
    """Whether the `code` in a request's body is a secret: one that was sent to a person, or given out by an OAuth provider."""
    path = request.path.lower()
    return "auth" in path or "mfa" in path or "login" in path or "signin" in path or "verif" in path


def of_exchange(exchange: Exchange, names: Names, plain: frozenset[str]) -> Sent:
    """The secret values of what the client sent. `plain` are words of paths, which are no secrets wherever they stand."""
    request = exchange.request
    found = Found()
    _headers(request.headers, names, found, request.path)
    if protocol := request.headers.get("sec-websocket-protocol")[:_SEARCHED]:
        for start, end in in_protocols(protocol):
            # Only some characters may stand in the name of a protocol, so that a token is often encoded.
            held = protocol[start:end]
            found.update((held, percent_decoded(held), plain_base64(held)))
    found.spend(len(request.path) // 4)
    for start, end in paths.secrets(request.path[:_LONGEST_PATH]):
        found.update((request.path[start:end], percent_decoded(request.path[start:end])))
    if request.query:
        _form(request.query, request.params, names, found)
    _body(request.body, names, found)
    if has_one_time_code(request):
        code = request.body.object.get("code") or request.body.form.get("code")
        if isinstance(code, (str, int)):
            found.add(str(code))
    if exchange.message is not None:
        for said in (*exchange.opening, *islice(exchange.asked(), _MOST_MESSAGES)):
            _body(said, names, found)
    kept = [value for value in found if SHORTEST <= len(value) <= _LONGEST and _is_kept(value, plain, request.host)] if found else []
    kept = kept if len(kept) < 2 else sorted(kept, key=lambda value: (-len(value), value))
    return Sent(kept[:_MOST], found.left > 0 and len(kept) <= _MOST)


def _is_kept(value: str, plain: frozenset[str], host: str) -> bool:
    low = value.lower()
    if low in _NO_SECRETS or low in plain or (value[0] in "${" and _VARIABLE.fullmatch(value)) or shows_nothing(value):
        return False
    # A name that is also part of the host is everybody's to see.
    return not (low in (small := host.lower()) and low in small.split("."))


def _headers(headers: Headers, names: Names, found: Found, path: str) -> None:
    is_secret = names.header
    for name, value in headers.fields:
        if not found.spend((1 if name in is_secret else _NEW_NAME) + (len(name) + len(value)) // 100):
            return
        if len(value) > _SEARCHED or len(found) > 4 * _MOST:
            found.spend(MOST_WORK)
            return
        if is_secret[name]:
            low = name.lower()
            if low == "cookie":
                for cookie, held in _NAMED_COOKIE.findall(value[:_SEARCHED]) if found.spend(len(value) // 10) else ():
                    if not found.spend(_NEW_NAME):
                        return
                    if len(held) < _SHORTEST_COOKIE and not names.body[cookie]:
                        # A setting, such as `theme=dark`.
                        continue
                    told = percent_decoded(held)
                    found.update((held, told))
                    if told.startswith("s:"):
                        # Express signs it: the id, a dot, the signature.
                        found.update((told[2:], told[2:].rpartition(".")[0]))
                    elif told.removeprefix("j:")[:1] in ("{", "["):
                        _documents(told.removeprefix("j:"), names, found)
                continue
            value = value.strip()
            if low.endswith("authorization"):
                _credentials(value, names, found, path.lower())
                continue
            found.add(value)
            if _BETWEEN.search(value):
                found.update([part for part in _BETWEEN.split(value) if len(part) >= 16])
        elif value[:1] in ("{", "["):
            _documents(value, names, found)
        elif "=" in value and name.lower() not in _OF_FORMS:
            # Such as the address of the page, with a token in it.
            _named(value[:_SEARCHED], names, found)


def _credentials(value: str, names: Names, found: Found, path: str) -> None:
    scheme, _, rest = value.partition(" ")
    if scheme.lower() not in names.schemes:
        found.add(value)
    rest = rest.strip()
    if not found.spend(20 + len(value) // 20):
        return
    found.update((rest, *(part for part in _BETWEEN.split(rest) if len(part) >= 16)))
    if scheme.lower() == "basic":
        user, password = (sent := basic(rest)).user, sent.password
        # On routes that are none of persons the user part of Basic credentials is an app's id.
        person = user and not names.is_app(user) and ("user" in path or "login" in path)
        # Where the two were swapped, the app's id is the password.
        found.update(("" if names.is_app(password) else password, password.partition("=")[2], user if person or names.is_app(password) else ""))


def _named(text: str, names: Names, found: Found) -> None:
    # What a name may be followed by is what takes time.
    signs = text.count("=") + text.count(":") + text.count("<") + text.count('"')
    if signs and not found.spend(10 + len(text) // 40 + 2 * signs):
        return
    for named in named_values(text, names):
        value = text[named.start : named.end].strip()
        found.update(value.split(" ")[-1:] if named.kind == "authorization" else _COOKIE.findall(value) if named.kind != "secret" else (value,))


def _form(text: str, fields: Mapping[str, str], names: Names, found: Found) -> None:
    """The secrets in a query or form; one that is too long, or has too many fields, was not read whole."""
    found.spend(MOST_WORK if len(text) > LONGEST_FORM or (not fields and "=" in text) else len(text) // 20)
    _fields(fields, names, found)


def _fields(fields: Mapping[str, str], names: Names, found: Found) -> None:
    for name, value in fields.items():
        if not found.spend((1 if name in names.parameter else _NEW_NAME + len(name) // 20) + len(value) // (20 if "%" in value else 200)):
            return
        # What was encoded twice by mistake is no less readable.
        again = parameter_decoded(value[:_LONGEST_PARAMETER]) if "%" in value else value
        if names.parameter[name]:
            found.update((value, again))
        else:
            _leaf(again, names, found)
    if "query" in fields and "variables" in fields:
        # GraphQL in a query or form: what its variables stand for is JSON.
        given = parse_json(parameter_decoded(fields["variables"][: 10 * _SEARCHED])).value
        _variables(parameter_decoded(fields["query"][: 10 * _SEARCHED]), given, names, found)


def _leaf(value: str, names: Names, found: Found) -> None:
    """What is no secret by its own name may hold some: JSON, names with values, either of them in base64."""
    if value[:1] in ("{", "["):
        _documents(value, names, found)
    elif len(value) >= 8:
        _named(value[:_SEARCHED], names, found)
        if len(value) >= 16 and found.spend(1 + len(value[:_SEARCHED]) // 100) and (plain := plain_base64(value[:_SEARCHED])):
            _documents(plain, names, found)


def _body(body: Body, names: Names, found: Found) -> None:
    if not body.data:
        return
    media = body.content_type.lower()
    if media.startswith("multipart/"):
        _fields(_parts(body), names, found)
    elif body.looks_like_json:
        if body.json is not None:
            _collect(body.json, names, found, 0)
        if body.parsed.problem:
            # What was not read is searched as far as a text is.
            found.spend(MOST_WORK if len(body.text) > _SEARCHED else 0)
            _documents(body.text, names, found)
    elif "urlencoded" in media:
        _form(body.text, body.form, names, found)
    elif "\0" not in body.text[:_SEARCHED]:
        if not media:
            _fields(body.form, names, found)
        _documents(body.text, names, found)


def _parts(body: Body) -> dict[str, str]:
    """The parts of a multipart body by their names; one without a name by its number."""
    mark = boundary(body.content_type)
    data = body.text[: 10 * _SEARCHED].replace("\r\n", "\n").encode("utf-8", "replace")
    return {
        part_name(head[:2_000].decode("utf-8", "replace")) or str(number): content.decode("utf-8", "replace")[:_LONGEST]
        for number, (head, content) in enumerate(parts(data, mark) if mark else ())
    }


def _documents(text: str, names: Names, found: Found) -> None:
    """JSON values one after the other, as far as there are such; all that follows as text and by its lines."""
    text = text[: 10 * _SEARCHED].lstrip()
    if not found.spend(1 + len(text) // 50 + text.count(",") // 4):
        return
    at = 0
    for _ in range(_MOST_DOCUMENTS):
        if text[at : at + 1] not in ("{", "["):
            break
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        _collect(value, names, found, 0)
        if blank := _BETWEEN_DOCUMENTS.match(text, at):
            at = blank.end()
    if not (rest := text[at : at + _SEARCHED]):
        return
    _named(rest, names, found)
    _variables(rest, None, names, found)
    for name, value in _LINE.findall(rest) if found.spend(len(rest) // 20) else ():
        value = value.strip()
        if names.body[name] and value and (value[0] in "\"'" or " " not in value):
            found.add(value.strip("\"',;"))


def _variables(query: str, given: Any, names: Names, found: Found) -> None:
    """What the variables of a GraphQL query stand for, where a secret is given in one."""
    if "$" not in query:
        return
    query = query[:_SEARCHED]
    if not found.spend(len(query) // 20):
        return
    values = dict(_DEFAULT.findall(query)) | (given if isinstance(given, dict) else {})
    for name, variable in _GIVEN.findall(query) if values else ():
        if variable in values and names.body[name]:
            found.keep(values[variable])


def _collect(body: Any, names: Names, found: Found, depth: int) -> None:
    """The texts under secret names in a JSON value."""
    if depth > DEEPEST or len(found) > 4 * _MOST:
        found.spend(MOST_WORK)
        return
    if isinstance(body, dict):
        for key, item in body.items():
            if not found.spend(1 if key in names.body else _NEW_NAME + len(key) // 20):
                return
            if names.body[key]:
                found.keep(item)
            elif isinstance(item, (str, dict, list)):
                _collect(item, names, found, depth + 1)
        if isinstance(query := body.get("query"), str):
            _variables(query, body.get("variables"), names, found)
        if "value" in body and isinstance(name := body.get("name", body.get("key")), str) and names.body[name]:
            found.keep(body["value"])
    elif isinstance(body, list):
        for item in body:
            if not found.spend(1):
                return
            if isinstance(item, (str, dict, list)):
                _collect(item, names, found, depth + 1)
    elif isinstance(body, str) and 8 < len(body) <= _SEARCHED:
        # A GraphQL query, or JSON in JSON.
        _leaf(body, names, found)
