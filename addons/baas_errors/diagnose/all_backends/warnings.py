"""What deserves a warning even where it works: server keys in apps, credentials sent in the clear, old API versions, retired hosts.

Looked at on every exchange with a known backend, so the order is: a look-up by name, then the value, then who sent it; bodies last, and seldom. What
to look for stands in the catalogs under `[backend.hygiene]`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

from ...catalog import Backend
from ...catalog.backend import ApiVersion
from ...decode.hidden_failures import hidden_from_page
from ...decode.transport import cause_of
from ...detect.backend import SEARCHED_BODY
from ...detect.routes import app_id
from ...exchange import Exchange, Headers, Request
from ...exchange.auth_header import authorization, basic
from ...record import Finding
from ...text import one_line

if TYPE_CHECKING:
    from ...redact import Redaction

# The cause where no more can be told than that the host is gone; the warning stands where something else is.
SWITCHED_OFF = "host-switched-off"
SERVER_KEY, CLEAR_TEXT, OLD_VERSION, RETIRED = "server-key-in-app", "credentials-in-the-clear", "old-api-version", "retired-host"
# Of an error a finding says it.
HIDDEN = "cors-blocked"

# Causes of failures that a host which was switched off explains.
GONE = ("refused", "name", "timeout", "unreachable")
MOVE = "Move the app to the backend that replaced it."

_BROWSER = re.compile(r"Mozilla/|Electron/", re.I)
_PHONE = re.compile(r"Android|iPhone|iPad|\biOS\b|CFNetwork|Darwin/|Dalvik/|Xamarin|Expo/|Flutter|ReactNative", re.I)
# Mostly Android, but any Java server may use it too.
_LIKELY_PHONE = re.compile(r"^okhttp/", re.I)
# Of the names that a catalog keeps secret, those that let somebody in.
_CREDENTIAL = re.compile(r"authorization|password|token|secret|key\b|code\b", re.I)
_LOCAL_NAMES = (".local", ".localhost", ".internal", ".lan", ".home", ".home.arpa", ".test", ".intranet", ".docker")


def warnings(exchange: Exchange, backend: Backend, redaction: Redaction) -> tuple[Finding, ...]:
    """The warnings that an exchange with a backend deserves, whatever its answer; most have none."""
    request, hygiene = exchange.request, backend.hygiene
    found: list[Finding] = []
    if hygiene.retired:
        found.extend(_retired(exchange, backend))
    if exchange.response is None and exchange.message is None:
        return tuple(found)
    if hygiene.server_key.header or hygiene.server_key.body or hygiene.server_key.basic:
        found.extend(_server_key(exchange, backend))
    if request.scheme in ("http", "ws"):
        found.extend(_in_the_clear(request, backend, redaction))
    if hygiene.api_version is not None:
        found.extend(_old_version(request, hygiene.api_version, redaction))
    if "origin" in request.headers:
        found.extend(_hidden(exchange, redaction))
    return tuple(found)


def after(causes: tuple[Finding, ...], warned: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The causes of an error, and then the warnings that say something new: one about a header is left out where a cause names it."""
    said = " ".join(cause.says for cause in causes).lower()
    told = {RETIRED: any(cause.rule == SWITCHED_OFF for cause in causes), HIDDEN: True}
    return (*causes, *(w for w in warned if not told.get(w.rule, w.rule == OLD_VERSION and w.evidence.partition(":")[0].lower() in said)))


def _server_key(exchange: Exchange, backend: Backend) -> Iterator[Finding]:
    request, hygiene = exchange.request, backend.hygiene
    tool = hygiene.server_key.tool
    if tool and any(tool.found_in(request.headers.get(name)) for name in ("origin", "referer")):
        return
    for test in hygiene.server_key.header:
        headers = request.headers
        if all(name in headers and (pattern is None or pattern.found_in(headers.get(name))) for name, pattern in test):
            yield from _key_of_server(request, f"the {test[0][0]} header")
            return
    if hygiene.server_key.body and (key := _key_in_body(request, hygiene.server_key.body)):
        yield from _key_of_server(request, f"`{key}` in the body")
    elif hygiene.server_key.basic and _is_basic_with_secret(exchange, backend):
        more = " With the app's public secret this request would have been refused."
        yield from _key_of_server(request, "the Basic header", certain=False, more=more)


def _key_in_body(request: Request, keys: Iterable[str]) -> str:
    """The first of the keys that a JSON body has; nothing is read for senders that may have it."""
    if request.method != "POST" or _sender(request.headers) is None:
        return ""
    data = request.body.data
    if not data or data.lstrip()[:1] != b"{":
        return ""
    part = data if len(data) <= 2 * SEARCHED_BODY else data[:SEARCHED_BODY] + data[-SEARCHED_BODY:]
    return next((key for key in keys if f'"{key}"'.encode() in part and key in request.body.object), "")


def _is_basic_with_secret(exchange: Exchange, backend: Backend) -> bool:
    """Whether the app's own credentials were good on a path where its public secret is not enough."""
    request, response, paths = exchange.request, exchange.response, backend.hygiene.server_key.basic
    sent = authorization(request.headers.get("authorization"))
    if not sent or sent.scheme != "basic" or response is None or response.status >= 300 or paths is None or not paths.found_in(request.path):
        return False
    user = basic(sent.value).user
    return bool(user) and user == app_id(backend, request, backend.match_route(request.path))


def _key_of_server(request: Request, where: str, *, certain: bool = True, more: str = "") -> Iterator[Finding]:
    sender = _sender(request.headers)
    if sender is None:
        return
    who, seen, sure = sender
    certain = certain and sure
    says = f"{'A' if certain else 'Likely a'} key that belongs on servers only was sent by {who} ({where}): whoever has the app can read the key, "
    says += f"and with it all data.{more}"
    fix = "Revoke the key and let a server of yours make this request; only an administrator's own tool may send it."
    yield Finding(SERVER_KEY, f"{says} {fix}", f"{where}; {seen}", certain, fix, secondary=True)


def _sender(headers: Headers) -> tuple[str, str, bool] | None:
    """The kind of program that a request gives away, what it was seen by, and whether it is sure; None for servers and tools."""
    if "origin" in headers:
        return "a web page", f"origin: {one_line(headers.get('origin'), 60)}", True
    agent = headers.get("user-agent")[:300]
    for pattern, who, certain in ((_PHONE, "an app on a phone", True), (_BROWSER, "a browser", True), (_LIKELY_PHONE, "an app on a phone", False)):
        if pattern.search(agent):
            return who, f"user-agent: {one_line(agent, 60)}", certain
    return ("a browser", "sec-fetch-mode", True) if "sec-fetch-mode" in headers else None


def _in_the_clear(request: Request, backend: Backend, redaction: Redaction) -> Iterator[Finding]:
    if is_private(request.host[-255:]) or request.headers.get("x-forwarded-proto").lower() in ("https", "wss"):
        return
    what = _credential(request, backend)
    if what:
        host = redaction.text(request.host)
        says = f"Credentials ({what}) were sent to `{host}` over plain {request.scheme}: anyone on the network path can read and use them."
        fix = f"Use {request.scheme}s, and replace the credentials that were sent."
        yield Finding(CLEAR_TEXT, f"{says} {fix}", f"{request.scheme}://{host}", True, fix, secondary=True)


def _credential(request: Request, backend: Backend) -> str:
    """What lets the caller in, as people call it: "the authorization header", "`password` in the body"; "" if nothing is seen."""
    secrets = backend.secrets
    for name in ("authorization", *secrets.headers):
        if name in request.headers and _CREDENTIAL.search(name):
            return f"the {name.lower()} header"
    cookies = request.headers.get("cookie")
    if name := next((name for name in secrets.cookies if f"{name}=" in cookies), ""):
        return f"the cookie `{name}`"
    wanted = {name.rpartition(".")[2].lower() for name in (*secrets.body, "password") if _CREDENTIAL.search(name)}
    form = request.body.form if "form-urlencoded" in request.body.content_type else {}
    if name := next((key for key, value in (*request.body.object.items(), *form.items()) if value and key.lower() in wanted), ""):
        return f"`{name}` in the body"
    wanted = {name.lower() for name in secrets.query if _CREDENTIAL.search(name)}
    return next((f"`{name}` in the URL" for name, value in request.params.items() if value and name.lower() in wanted), "")


@lru_cache(maxsize=1024)
def is_private(host: str) -> bool:
    """Whether a host is this machine, or in a private network."""
    name = host.strip("[]").rstrip(".").lower()
    try:
        # 10.0.2.2, an emulator's host, is among them.
        return not ipaddress.ip_address(name).is_global
    except ValueError:
        return "." not in name or name.endswith(_LOCAL_NAMES)


def _old_version(request: Request, version: ApiVersion, redaction: Redaction) -> Iterator[Finding]:
    sent = request.headers.get(version.header).strip()
    if sent and (not (sent.isascii() and sent.isdigit()) or len(sent) > 3 or int(sent) >= version.oldest):
        return
    if request.method == "OPTIONS" or (version.path is not None and not version.path.found_in(request.path)):
        return
    asks = f"asks for version {redaction.text(sent)} of the API" if sent else f"names no version of the API (no {version.header} header)"
    fix = f"Send `{version.header}: {version.newest}`, or update the SDK that sets it."
    says = f"The request {asks}; the versions known are {version.oldest} to {version.newest}. {fix}"
    yield Finding(OLD_VERSION, says, f"{version.header}: {sent or 'absent'}", True, fix, secondary=True)


def hides(allowed: str, origin: str, count: int) -> str:
    """That a browser hides an answer from a page of this origin; the answer allows `count` others."""
    names = f"names {allowed} as Access-Control-Allow-Origin, not {origin}" if count else "has no Access-Control-Allow-Origin"
    if count > 1:
        names = f"has several values of Access-Control-Allow-Origin, {allowed}; the server and a proxy in front may both add one"
    return f"The answer {names}, so the browser hides it: the page sees only a network (CORS) error."


def _hidden(exchange: Exchange, redaction: Redaction) -> Iterator[Finding]:
    """Of a success, which an app takes for a failure. Where nothing but a missing header shows it, only if the browser says that it asks for one."""
    headers = exchange.request.headers
    allowed = hidden_from_page(exchange) if exchange.response and 200 <= exchange.response.status < 300 else None
    certain = headers.get("sec-fetch-mode") == "cors"
    if allowed or (allowed is not None and certain):
        origin, others = (f"`{one_line(redaction.text(text), 80)}`" for text in (headers.get("origin"), ", ".join(allowed)))
        says = hides(others, origin, len(allowed))
        says = says if certain else f"Likely: {says[0].lower()}{says[1:]}"
        fix = f"Let the server answer with `Access-Control-Allow-Origin: {origin[1:]}, and nothing else add that header."
        yield Finding(HIDDEN, f"{says} {fix}", f"origin: {origin}", certain, fix, secondary=True)


def switched_off(exchange: Exchange, backend: Backend) -> str:
    """That the host was to be switched off before this request, as the beginning of a sentence; "" for other hosts."""
    host = exchange.request.host.lower()
    for retired in backend.hygiene.retired:
        if any(fnmatchcase(host, pattern) for pattern in retired.hosts) and _date(exchange)[: len(retired.since)] >= retired.since:
            return f"`{one_line(host, 80)}` was announced to be switched off {_spoken(retired.since)}"
    return ""


def _retired(exchange: Exchange, backend: Backend) -> Iterator[Finding]:
    # Why nothing answered is a finding of its own there, see transport.
    if not (gone := switched_off(exchange, backend)) or cause_of(exchange.failure) in GONE:
        return
    if exchange.failure:
        says, fix = f"{gone}, and does not answer: retries will not help.", MOVE
    else:
        says = f"{gone}: unless it still runs, what answered is likely a stand-in, a proxy, or the name's new owner."
        fix = "Send no credentials there until you know who answers."
    yield Finding(RETIRED, f"{says} {fix}", f"host: {exchange.request.host.lower()}", bool(exchange.failure), fix, secondary=True)


def _date(exchange: Exchange) -> str:
    """The day of an answer by its own Date header, else by the clock of the recording."""
    with suppress(ValueError, TypeError, OverflowError, IndexError):
        if sent := exchange.response.headers.get("date") if exchange.response else "":
            return parsedate_to_datetime(sent).date().isoformat()
    try:
        return datetime.fromtimestamp(exchange.ended or exchange.started or 0.0, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return "9999"


_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def _spoken(since: str) -> str:
    """`in May 2018`, `on 15 May 2026`."""
    year, month, *day = since.split("-")
    return f"on {int(day[0])} {_MONTHS[int(month) - 1]} {year}" if day else f"in {_MONTHS[int(month) - 1]} {year}"
