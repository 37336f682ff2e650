"""What a catalog is made of: frozen values that check themselves when made.

A backend is recognised by its hosts and headers, its answers are read by shapes, and its codes are explained by entries. What no entry knows is
explained by rules: ranges and patterns of codes, statuses, and failures without any answer. catalogs/README.md describes every field.
The annotations say how each field is read (see `reader`): they are values here, so this module does not postpone them.
"""

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Annotated, NamedTuple

from . import values
from .answers import Answers
from .entries import NOTHING, Entry, Match, Shape, Tables
from .routes import find_route
from .secret_rules import SecretRules
from .vocabulary import code_key


class MethodOverride(NamedTuple):
    """Where a POST names the method that is meant: a key of the JSON body, a header."""

    body: values.Text = ""
    header: values.Name = ""


class RequestId(NamedTuple):
    """Headers with the id of a request: that of the server and the client's own, best first."""

    server: values.Names = ()
    client: values.Names = ()


class AppId(NamedTuple):
    """Where a request names its app, in order of trust."""

    header: values.Names = ()
    body: values.Texts = ()
    query: values.Texts = ()
    route: values.Text = ""


class Client(NamedTuple):
    """Where a request names the SDK that sent it."""

    header: values.Names = ()
    body: values.Texts = ()
    user_agent: values.OptionalRegex = None


class Secrets(NamedTuple):
    """Names whose values are never written out; schemes of Authorization; what secret keys and what public app ids begin with."""

    headers: values.Texts = ()
    query: values.Texts = ()
    body: values.Texts = ()
    cookies: values.Texts = ()
    schemes: values.Texts = ()
    key_prefixes: values.Texts = ()
    app_prefixes: values.Texts = ()


class Unwrap(NamedTuple):
    """An envelope around every answer to requests that carry the header `when`."""

    when: values.Name
    headers: values.Pointer
    body: values.Pointer


class BehindProxy(NamedTuple):
    """How the backend is known behind a proxy of the app's own: headers that others send too, or a path, with what the answer's JSON holds: one of
    `answer`. Once a path has shown it, all paths of its host that fit `mount`, below the same mount path, are its own. With `response_headers` the
    answer must have one of these, too, and the path be a route."""

    answer: values.OneOfConditions
    request_headers: values.WholeHeaderTests = ()
    path: values.OptionalRegex = None
    unset_headers: values.WholeHeaderTests = ()
    response_headers: values.WholeHeaderTests = ()
    mount: values.OptionalRegex = None


class SentIn(NamedTuple):
    """Headers and keys of the JSON body in which requests carry something."""

    header: values.Names = ()
    body: values.Texts = ()


class TokenIn(NamedTuple):
    """Headers, keys of the JSON body and cookies in which requests carry their session token."""

    header: values.Names = ()
    body: values.Texts = ()
    cookie: values.Texts = ()


class Refresh(NamedTuple):
    """Requests that exchange a refresh token for new tokens, and the pointers to the one sent and the one issued."""

    path: values.Regex
    sent: values.Pointers = ()
    issued: values.Pointers = ()


class Uploads(NamedTuple):
    """Requests that ask for signed URLs, the pointers to these and to headers in the answer, and those to the Content-Type in the request. With
    `where`, only URLs in objects that are so count, and the server has written the files itself."""

    path: values.Regex
    url: values.Pointers = ()
    where: values.Conditions = NOTHING
    type: values.Pointers = ()
    headers: values.Pointers = ()


class Objects(NamedTuple):
    """Where requests and answers show single objects: their collections, access lists, and the accounts that sign in. `collections` names the
    collection that each root of a path is about; "": the path names it. Sign-ins are counted as failed where the server's text is `sign_in_refused`;
    `reset` is the path at which a new password is set, `providers` the key of an account's data from sign-in providers."""

    collections: values.TextTable
    acl: values.Text = ""
    permissions: values.Text = ""
    sign_in: values.OptionalRegex = None
    sign_in_refused: values.OptionalRegex = None
    reset: values.OptionalRegex = None
    secret: values.Text = ""
    providers: values.Text = ""
    batch_path: values.OptionalRegex = None
    batch_requests: values.Pointer = ""
    batch_success: values.Text = ""
    global_ids: values.OptionalRegex = None


NOT_SENT, NO_TOKEN = SentIn(), TokenIn()


class Schema(NamedTuple):
    """Answers at paths that fit tell a collection's fields: pointers to a list of objects with `name` and `required`."""

    path: values.Regex
    fields: values.Pointers


class HistoryConfig(NamedTuple):
    """What later findings need to have been remembered: tokens from issue to end, ids, values that must be unique, upload URLs."""

    token: TokenIn = NO_TOKEN
    issued: values.Pointers = ()
    bare: values.Flag = False
    user: values.Pointers = ()
    ends: tuple[Match, ...] = ()
    refresh: Refresh | None = None
    key: values.Names = ()
    uploads: Uploads | None = None
    created: values.Pointers = ()
    owner: values.Pointer = ""
    unique: values.Texts = ()
    credentials: SentIn = NOT_SENT
    fields: values.Text = ""
    answered: values.Pointers = ()
    schema: Schema | None = None
    limit: Annotated[str, values.one_of(("path",))] = ""
    objects: Objects | None = None


class CorsOptions(NamedTuple):
    """The server's own options for headers and origins that browsers may use; `hosted`: what users of the vendor's hosts can do."""

    server: values.Text = ""
    headers: values.Text = ""
    origin: values.Text = ""
    hosted: values.Text = ""


class Retired(NamedTuple):
    """Hosts that were switched off; `since` is a day (2026-05-15) or a month (2018-05)."""

    hosts: values.Names
    since: values.Day


class ApiVersion(NamedTuple):
    """The header that names the API's version, on requests whose path fits; `oldest` is the least still in use, `newest` the highest known."""

    header: values.Text
    oldest: values.Number = 0
    newest: values.Number = 0
    path: values.OptionalRegex = None

    def wrong(self) -> tuple[str, str] | None:
        """Versions that are out of order, as field and reason."""
        fine = 0 < self.oldest <= self.newest
        return None if fine else ("oldest", "must be a whole number from 1 up to `newest`, which is one too")


class ServerKey(NamedTuple):
    """Where a secret key of servers stands: headers, keys of the JSON body. `basic` is for backends whose public and secret keys look alike: on these
    paths only the secret one works. `tool` is found in Origin or Referer of a tool for administrators, which may have it."""

    header: values.WholeHeaderTests = ()
    body: values.Texts = ()
    basic: values.OptionalRegex = None
    tool: values.OptionalRegex = None


NO_SERVER_KEY = ServerKey()


class Hygiene(NamedTuple):
    """What is unhealthy even where it works: keys of servers in the hands of apps, old versions of the API, hosts that are gone."""

    server_key: ServerKey = NO_SERVER_KEY
    api_version: ApiVersion | None = None
    retired: tuple[Retired, ...] = ()


@dataclass(frozen=True, slots=True)
class Backend:
    """One catalog: how a backend is recognised, read and explained."""

    id: values.Id
    title: values.Text
    file: str
    tables: Tables = field(compare=False)
    hosts: values.Hosts = ()
    request_headers: values.HeaderTests = ()
    response_headers: values.HeaderTests = ()
    request_body_keys: values.Texts = ()
    websocket: values.ConditionsList = ()
    routes: values.Routes = ()
    details: values.Pointers = ()
    cors_options: CorsOptions = field(default_factory=CorsOptions)
    method_override: MethodOverride = field(default_factory=MethodOverride)
    request_id: RequestId = field(default_factory=RequestId)
    app_id: AppId = field(default_factory=AppId)
    client: Client = field(default_factory=Client)
    secrets: Secrets = field(default_factory=Secrets)
    history: Annotated[HistoryConfig, "memory"] = field(default_factory=HistoryConfig)
    hygiene: Hygiene = field(default_factory=Hygiene)
    answers: Answers = field(default_factory=Answers)
    unwrap: Unwrap | None = None
    behind_proxy: tuple[BehindProxy, ...] = ()
    # Of files in `errors_catalogs` that hold for all backends.
    more_secrets: tuple[SecretRules, ...] = ()

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Where answers keep their errors, in the order in which they are tried."""
        return self.tables.of(Shape)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that the catalog knows by code. For one code `entries_for` is much cheaper: it need not read the others."""
        return self.tables.of(Entry)

    @property
    def version_header(self) -> str:
        """The header that names the API's version, in small letters, or ""."""
        return self.hygiene.api_version.header.lower() if self.hygiene.api_version else ""

    def entries_for(self, code: object, space: str = "") -> tuple[Entry, ...]:
        """The entries of a code as received, likeliest first; empty if the catalog does not know it."""
        key = code_key(code)
        return self.tables.with_code(key, space) if key is not None else ()

    def is_vendors(self, host: str) -> bool:
        """Whether a host is the vendor's own, where nobody else can change anything."""
        return any(fnmatchcase(host.lower(), pattern) for pattern in self.hosts)

    def match_route(self, path: str) -> re.Match[str] | None:
        """The match of the first route template that the end of a path fits."""
        return find_route(self.routes, path)[1]

    def find_route(self, path: str) -> tuple[str, re.Match[str] | None]:
        """The first route template that the end of a path fits, and its match; "" and None where there is none."""
        return find_route(self.routes, path)
