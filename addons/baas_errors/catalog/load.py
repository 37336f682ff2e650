"""From TOML files to backends. Whatever is wrong is a CatalogError that names file, entry, field and reason."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .. import hosts
from . import model
from .fields import Fields
from .model import Advice, Backend, CatalogError, Entry, HeaderTest, Match, Shape, StatusSet
from .patterns import Pattern

FORMAT = 1
NO_TESTS: tuple[HeaderTest, ...] = ()
NO_ROUTES: tuple[model.Route, ...] = ()
NO_HOSTS: tuple[str, ...] = ()
NO_ITEMS: list[Any] = []


def shipped_folder() -> Path:
    """The folder of the catalogs that come with this package: inside it when installed, beside `addons/` in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "catalogs"
    return inside if inside.is_dir() else package.parent.parent / "catalogs"


def load_catalogs(extra: Iterable[str | Path] = ()) -> dict[str, Backend]:
    """The shipped catalogs and those of the files and folders in `extra`, by id; a later file replaces an earlier one with the same id.

    Raises CatalogError if a file cannot be read or used.
    """
    backends: dict[str, Backend] = {}
    for place in (shipped_folder(), *(_expanded(name) for name in extra)):
        files = sorted(place.glob("*.toml")) if place.is_dir() else [place]
        if not files:
            raise CatalogError("holds no catalog (*.toml)", file=str(place))
        for file in files:
            backend = load_file(file)
            backends[backend.id] = backend
    return backends


def _expanded(name: str | Path) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError as error:
        raise CatalogError(f"cannot be found: {error}", file=str(name)) from None


def load_file(path: Path) -> Backend:
    """The backend that one catalog file describes; raises CatalogError if it cannot be read or used."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CatalogError(f"cannot be read: {error.strerror or error}", file=str(path)) from None
    except UnicodeDecodeError as error:
        raise CatalogError(f"is not UTF-8: {error.reason} at byte {error.start}", file=str(path)) from None
    return parse(text, str(path))


def parse(text: str, file: str = "<text>") -> Backend:
    """The backend that a catalog's text describes; raises CatalogError with `file` in its message."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise CatalogError(f"is not TOML: {error}", file=file) from None
    top = Fields(data, file, "")
    version = top.number("format")
    if version != FORMAT:
        raise top.error("format", f"is {version!r}; this version reads format {FORMAT}: write `format = {FORMAT}` at the top")
    backend = top.table("backend")
    if backend is None:
        raise top.error("backend", "is missing; a catalog begins with a [backend] table")
    backend.where = "[backend]"
    values = _backend(backend)
    values["shapes"] = tuple(_shape(f) for f in _named(top, "shape"))
    values["entries"] = tuple(_entry(f) for f in _named(top, "entry"))
    values["ranges"] = tuple(_range(f) for f in _named(top, "range"))
    values["patterns"] = tuple(_pattern_rule(f) for f in _named(top, "pattern"))
    values["statuses"] = tuple(_status_rule(f) for f in _named(top, "status"))
    values["transports"] = tuple(_transport_rule(f) for f in _named(top, "transport"))
    top.done()
    _check_entries(values["entries"], file)
    return Backend(file=file, **values)


def _named(top: Fields, kind: str) -> list[Fields]:
    """The tables of one kind, each told apart in messages by its name or code as well as its number."""
    tables = top.tables(kind)
    for number, fields in enumerate(tables, 1):
        label = next((str(v) for v in (fields.peek("name"), fields.peek("code")) if v is not None), "")
        fields.where = f"[[{kind}]] {number}" + (f" `{label}`" if label else "")
    return tables


def _backend(f: Fields) -> dict[str, Any]:
    values: dict[str, Any] = {"id": f.text("id", required=True), "title": f.text("title", required=True)}
    if not re.fullmatch(r"[a-z][a-z0-9-]*", values["id"]):
        raise f.error("id", f"takes lower-case letters, digits and `-`, not {values['id']!r}")
    values["hosts"] = f.raw("hosts", lambda value: _hosts(values["id"], value), NO_HOSTS)
    values["request_headers"] = f.raw("request_headers", _header_tests, NO_TESTS)
    values["response_headers"] = f.raw("response_headers", _header_tests, NO_TESTS)
    values["request_body_keys"] = f.texts("request_body_keys")
    values["websocket"] = tuple(_conditions(f, "websocket", value) for value in f.raw("websocket", _list, NO_ITEMS))
    values["routes"] = f.raw("routes", _routes, NO_ROUTES)
    if override := f.table("method_override"):
        values["method_override_body"] = override.text("body")
        values["method_override_header"] = override.text("header").lower()
        override.done()
    if ids := f.table("request_id"):
        values["request_id_server"] = _lower(ids.texts("server"))
        values["request_id_client"] = _lower(ids.texts("client"))
        ids.done()
    if app := f.table("app_id"):
        values["app_id"] = model.AppId(header=_lower(app.texts("header")), body=app.texts("body"), query=app.texts("query"), route=app.text("route"))
        app.done()
    if client := f.table("client"):
        values["client"] = model.Client(header=_lower(client.texts("header")), body=client.texts("body"), user_agent=client.pattern("user_agent"))
        client.done()
    if secrets := f.table("secrets"):
        names = {kind: secrets.texts(kind) for kind in ("headers", "query", "body", "cookies")}
        values["secrets"] = model.Secrets(**names)
        secrets.done()
    if lessons := f.table("memory"):
        values["lessons"] = _lessons(lessons)
    if hygiene := f.table("hygiene"):
        values["hygiene"] = _hygiene(hygiene)
    if unwrap := f.table("unwrap"):
        values["unwrap"] = model.Unwrap(
            when=unwrap.text("when", required=True).lower(),
            headers=unwrap.pointer("headers", required=True),
            body=unwrap.pointer("body", required=True),
        )
        unwrap.done()
    f.done()
    return values


def _lessons(f: Fields) -> model.Lessons:
    values: dict[str, Any] = {}
    if token := f.table("token"):
        values |= {"token_header": _lower(token.texts("header")), "token_body": token.texts("body")}
        token.done()
    values |= {name: f.pointers(name) for name in ("issued", "user", "created")}
    values["key_header"] = _lower(f.texts("key"))
    values["ends"] = tuple(_match(m) for m in f.tables("ends"))
    values["unique"] = f.texts("unique")
    values["fields"] = f.text("fields")
    values["limit"] = f.text("limit", one_of=("path",))
    if credentials := f.table("credentials"):
        values |= {"credential_header": _lower(credentials.texts("header")), "credential_body": credentials.texts("body")}
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
    return model.Lessons(**values)


def _hygiene(f: Fields) -> model.Hygiene:
    values: dict[str, Any] = {}
    if key := f.table("server_key"):
        values["server_key_headers"] = key.raw("header", _header_tests, NO_TESTS)
        if starred := next((name for test in values["server_key_headers"] for name, _ in test.headers if "*" in name), ""):
            raise key.error("header", f"takes whole names, not {starred!r}")
        values |= {"server_key_body": key.texts("body"), "server_key_basic": key.pattern("basic")}
        key.done()
    if version := f.table("api_version"):
        values["api_version"] = model.ApiVersion(
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
    return model.Hygiene(**values)


def _retired(f: Fields) -> model.Retired:
    retired = model.Retired(hosts=_lower(f.texts("hosts", required=True)), since=f.text("since", required=True))
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?", retired.since):
        raise f.error("since", f'takes a day or a month such as "2026-05-15" or "2018-05", not {retired.since!r}')
    f.done()
    return retired


def _shape(f: Fields) -> Shape:
    each = f.pointer("each")
    shape = Shape(
        name=f.text("name", required=True),
        status=f.raw("status", _status_set, model.LIST_STATUSES if each else model.ERROR_STATUSES),
        path=f.pattern("path"),
        method=_upper(f.texts("method")),
        source=f.text("source", one_of=model.SOURCES) or "body",
        where=f.raw("where", lambda value: _conditions(f, "where", value), {}),
        each=each,
        index=f.pointer("index"),
        request_each=f.pointer("request_each"),
        code=f.pointers("code"),
        code_pattern=f.pattern("code_pattern"),
        code_is_status=f.raw("code_is_status", _flag, False),
        message=f.pointers("message"),
        debug=f.pointers("debug"),
        nested=f.pointers("nested"),
        space=f.text("space"),
    )
    if not shape.code and not shape.message:
        raise f.error("code", "is missing, and so is `message`: a shape needs at least one of them")
    if shape.each and "*" not in shape.each.split("/"):
        raise f.error("each", f'needs a `*` for the members, as in "/errors/*", not {shape.each!r}')
    f.done()
    return shape


def _advice(f: Fields) -> Advice:
    return Advice(
        meaning=f.text("meaning", required=True),
        fix=f.texts("fix", required=True),
        retry=f.text("retry", required=True, one_of=model.RETRIES),
        fault=f.text("fault", required=True, one_of=model.FAULTS),
        sdk=f.mapping("sdk"),
        doc=f.raw("doc", _url, ""),
    )


def _match(f: Fields) -> Match:
    match = Match(
        message=f.pattern("message"),
        debug=f.pattern("debug"),
        path=f.pattern("path"),
        body_text=f.pattern("body_text"),
        method=_upper(f.texts("method")),
        body=f.texts("body"),
        no_body=f.texts("no_body"),
        header=_lower(f.texts("header")),
        no_header=_lower(f.texts("no_header")),
    )
    f.done()
    if match == Match():
        raise f.error("match", "is empty; leave it out, or give at least one condition")
    return match


def _entry(f: Fields) -> Entry:
    entry = Entry(
        name=f.text("name", required=True),
        code=f.code("code"),
        space=f.text("space"),
        status=f.statuses("status"),
        match=tuple(_match(m) for m in f.tables("match")),
        advice=_advice(f),
        applies_to=f.texts("applies_to"),
        not_to_confuse_with=f.mapping("not_to_confuse_with"),
        origin=f.text("origin", required=True, one_of=model.ORIGINS),
    )
    f.done()
    return entry


def _range(f: Fields) -> model.RangeRule:
    rule = model.RangeRule(first=f.number("from"), last=f.number("to"), space=f.text("space"), advice=_advice(f))
    if rule.first is not None and rule.last is not None and rule.first > rule.last:
        raise f.error("to", f"is {rule.last}, below `from`, which is {rule.first}")
    f.done()
    return rule


def _pattern_rule(f: Fields) -> model.PatternRule:
    code = f.pattern("code", required=True)
    assert code is not None
    rule = model.PatternRule(code=code, status=f.statuses("status"), advice=_advice(f))
    f.done()
    return rule


def _status_rule(f: Fields) -> model.StatusRule:
    status = f.raw("status", _status_set, StatusSet())
    if status == StatusSet():
        raise f.error("status", 'is missing; it takes a list such as [403, "5xx"]')
    rule = model.StatusRule(status=status, match=tuple(_match(m) for m in f.tables("match")), advice=_advice(f))
    f.done()
    return rule


def _transport_rule(f: Fields) -> model.TransportRule:
    rule = model.TransportRule(
        kind=f.text("kind", required=True, one_of=model.TRANSPORT_KINDS),
        hosts=_lower(f.texts("hosts")),
        advice=_advice(f),
    )
    f.done()
    return rule


def _check_entries(entries: tuple[Entry, ...], file: str) -> None:
    """Refuses codes that no look-up can find, and entries that no answer could ever reach."""
    seen: dict[tuple[object, ...], str] = {}
    for number, entry in enumerate(entries, 1):
        where = f"[[entry]] {number} `{entry.name}`"
        if model.code_key(entry.code) is None:
            raise CatalogError(f"{entry.code!r} cannot be a code", file=file, where=where, field="code")
        key = (entry.space, model.code_key(entry.code), entry.name, entry.status, entry.match)
        if key in seen:
            raise CatalogError(f"is the same as {seen[key]}: same code, name, status and match", file=file, where=where, field="name")
        seen[key] = where


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"takes true or false, not {value!r}")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"takes a list, not {value!r}")
    return value


def _hosts(backend: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(host, str) for host in value):
        raise ValueError(f"takes a list of host[:port][/path], not {value!r}")
    for host in value:
        hosts.parse_host(backend, host)
    return tuple(host.lower() for host in value)


def _conditions(f: Fields, field: str, value: Any) -> Mapping[str, Pattern | bool | int]:
    """`{ "/pointer" = value }` with texts made patterns."""
    if not isinstance(value, dict) or not value:
        raise f.error(field, f'takes a table such as {{ "/success" = false }}, not {value!r}')
    result: dict[str, Pattern | bool | int] = {}
    for pointer, wanted in value.items():
        if not pointer.startswith("/"):
            raise f.error(field, f'takes JSON pointers such as "/{pointer}", not {pointer!r}')
        if isinstance(wanted, str):
            result[pointer] = f.compiled(field, wanted)
        elif isinstance(wanted, (bool, int)):
            result[pointer] = wanted
        else:
            raise f.error(field, f"takes a pattern, a number, true or false for {pointer!r}, not {wanted!r}")
    return result


def _header_tests(value: Any) -> tuple[HeaderTest, ...]:
    """A list of names and of tables `{ name = 'pattern' }`; a lone table is a list of its single headers."""
    if isinstance(value, dict):
        value = [{name: pattern} for name, pattern in value.items()]
    tests = []
    for item in _list(value):
        if isinstance(item, str) and item:
            if "*" in item and not re.fullmatch(r"[^*]{3,}\*", item):
                raise ValueError(f"takes `*` at the end of a name only, after three characters or more, not in {item!r}")
            tests.append(HeaderTest(((item.lower(), None),)))
        elif isinstance(item, dict) and item and all(isinstance(pattern, str) for pattern in item.values()):
            if starred := next((name for name in item if "*" in name), ""):
                raise ValueError(f"takes no `*` in a name that has a pattern, not {starred!r}")
            tests.append(HeaderTest(tuple((name.lower(), Pattern(pattern)) for name, pattern in item.items())))
        else:
            raise ValueError(f"takes header names and tables {{ name = 'pattern' }}, not {item!r}")
    return tuple(tests)


def _status_set(value: Any) -> StatusSet:
    """`[403, "5xx"]` as a set."""
    codes, classes = set(), set()
    for item in value if isinstance(value, list) else [value]:
        if type(item) is int and 100 <= item <= 599:
            codes.add(item)
        elif isinstance(item, str) and re.fullmatch("[1-5]xx", item):
            classes.add(int(item[0]))
        else:
            raise ValueError(f'takes HTTP statuses (100 to 599) and classes such as "4xx", not {item!r}')
    return StatusSet(frozenset(codes), frozenset(classes))


def _routes(value: Any) -> tuple[model.Route, ...]:
    """Path templates as patterns anchored at the end of the path."""
    routes = []
    for template in _list(value):
        if not isinstance(template, str) or not template.startswith("/"):
            raise ValueError(f'takes path templates such as "/classes/{{class}}/{{id}}", not {template!r}')
        parts = re.split(r"\{([a-z_]+)\}", template)
        text = "".join(f"(?P<{part}>[^/]+)" if n % 2 else re.escape(part) for n, part in enumerate(parts))
        try:
            routes.append(model.Route(template, re.compile(rf"{text}/?\Z")))
        except re.error as error:
            raise ValueError(f"{template!r} cannot be used: {error}") from None
    return tuple(routes)


def _url(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"https?://[^\s\"<>]+", value):
        raise ValueError(f"takes a URL (https://...), not {value!r}")
    return value


def _lower(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.lower() for name in names)


def _upper(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.upper() for name in names)
