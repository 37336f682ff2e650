"""What a rule may look at, and what it may say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import cached_property, wraps
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl, unquote

from ..catalog import Backend
from ..decode import Error
from ..detect.routes import template
from ..exchange import Body, Exchange, Headers, Request
from ..exchange.auth_header import Authorization, Basic, authorization, basic
from ..exchange.json_reader import compact
from ..history import ExchangeFacts
from ..history.store import LONGEST_KEY, AppMemory, Memory, Sighting, Token
from ..text import one_line

if TYPE_CHECKING:
    from ..redact import Redaction

T = TypeVar("T")

LONGEST_QUOTE = 80
# Of a text as much is searched for secrets before it is cut; of a list or object as many members are shown.
LONGEST_LOOK, MOST_QUOTED = 8_192, 40


class Message(NamedTuple):
    """What a rule has found: what is wrong, what it was seen by, whether the request proves it (`certain`), and the remedy of this cause.

    `says` quotes the user's own value and ends with the fault; `fix` is an imperative sentence, ready to copy where it can be. `retry` and `fault`
    are set where this cause has another answer than the catalog's entry (see `RETRIES` and `FAULTS` in the catalog's vocabulary).
    """

    says: str
    evidence: str = ""
    certain: bool = False
    fix: str = ""
    retry: str = ""
    fault: str = ""


def fault_of(says: str, evidence: str, fix: str, certain: bool = True) -> Message:
    """A fault in the request itself, which no pause mends."""
    return Message(says, evidence, certain, fix, "after-fix", "request")


def auth_fault(says: str, evidence: str, fix: str, certain: bool = True) -> Message:
    """A fault of the keys or tokens that were sent: the same request fails again."""
    return Message(says, evidence, certain, fix, "after-fix", "auth")


def login_fault(says: str, evidence: str, fix: str, certain: bool = True) -> Message:
    """A token that is not accepted, until somebody signs in again."""
    return Message(says, evidence, certain, fix, "after-login", "auth")


class Rule(NamedTuple):
    """A row of a table: the rule's name, the function that looks, and what it explains.

    `entries` are names of catalog entries, `faults` where the fault lies by the catalog. `statuses` are for answers that no entry explains (no code,
    or an unknown one). A rule with none of them is asked for every error; one that is `failed`, for requests without an answer only; one with
    `words`, where they fit the server's message; one that is for `otherwise`, last, and only if no rule that is bound to the error's entry has found
    anything. What a `secondary` rule finds is not the error's cause, and stands after the causes. The docstring of `check` says what it looks at, its
    `Source:` and `Other causes:`; see docs/rules.md.
    """

    name: str
    check: Callable[[RuleContext], Message | Iterable[Message] | None]
    entries: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    secondary: bool = False
    failed: bool = False
    words: Callable[[str], bool] | None = None
    otherwise: bool = False
    faults: tuple[str, ...] = ()


class RuleContext:
    """One error and all that may explain it; `kind` is set where there was no answer.

    For a member of a batch, method, path and body are those of the request inside the batch.
    """

    def __init__(self, facts: ExchangeFacts, error: Error, app_memory: AppMemory, redaction: Redaction) -> None:
        self.facts = facts
        self.exchange: Exchange = facts.exchange
        self.backend: Backend = facts.backend
        self.memory: Memory = facts.memory
        self.request: Request = facts.exchange.request
        self.headers: Headers = self.request.headers
        self.status: int | None = facts.exchange.status
        self.error = error
        self.app_memory = app_memory
        self._redaction = redaction
        self.kind = facts.failure_kind
        # Whether a cause was found that is certain.
        self.proved = False
        # What rules work out once and share, see `once`.
        self.notes: dict[object, Any] = {}

    def fresh_copy(self) -> RuleContext:
        """The same case, of which nothing is worked out yet."""
        return RuleContext(ExchangeFacts(self.exchange, self.backend, self.memory), self.error, self.app_memory, self._redaction)

    @property
    def known_token(self) -> Token | None:
        """What earlier flows showed of the token that the request carries."""
        return self.app_memory.tokens.get(self.facts.hashed_token)

    @cached_property
    def answer_headers(self) -> Headers:
        """The answer's headers; none where there was no answer."""
        return self.exchange.response.headers if self.exchange.response else Headers()

    @property
    def name(self) -> str:
        """The entry's name, or ""."""
        return self.error.entry.name if self.error.entry else ""

    @property
    def message(self) -> str:
        """The server's text."""
        return self.error.message

    @property
    def in_batch(self) -> bool:
        """Whether the error belongs to a request inside a batch."""
        return bool(self.error.part)

    @cached_property
    def method(self) -> str:
        """The effective method."""
        return self.error.part.split(" ", 1)[0] if self.error.part else self.facts.method

    @cached_property
    def raw_path(self) -> str:
        """The path as on the wire, without the query."""
        return self.error.part.split(" ", 1)[1].partition("?")[0] if self.error.part else self.request.path

    @cached_property
    def path(self) -> str:
        """The path with percent-encoding undone."""
        return unquote(self.raw_path, errors="replace")

    @cached_property
    def found_route(self) -> tuple[str, re.Match[str] | None]:
        """The template of the first route that the path fits, and its match; "" and None where there is none."""
        return self.backend.find_route(self.raw_path) if self.error.part else self.facts.found_route

    @cached_property
    def route(self) -> Mapping[str, str]:
        """What stands for the names in the path's template: {"class": "Post", "id": "x1"}; percent-encoding undone."""
        match = self.found_route[1]
        return {name: unquote(value or "", errors="replace") for name, value in match.groupdict().items()} if match else {}

    @property
    def collection(self) -> str:
        """The collection that the path names, as it is remembered; "" where it names none."""
        return self.route.get(self.backend.history.fields, "")[:LONGEST_KEY]

    def stored_fields(self) -> Mapping[str, tuple[str, Sighting]]:
        """The fields of the collection that earlier exchanges stored or showed, newest first: the JSON type of each, and when."""
        return {name: found for (of, name), found in self.app_memory.fields.newest() if of == self.collection} if self.collection else {}

    @cached_property
    def authorization(self) -> Authorization | None:
        """The request's Authorization header; None where it is empty."""
        return authorization(self.headers.get("authorization"))

    @cached_property
    def basic(self) -> Basic:
        """The Basic credentials in that header, as far as readable; those of another scheme, and of none, are empty."""
        return basic(self.authorization.value) if self.authorization and self.authorization.scheme == "basic" else Basic()

    @cached_property
    def template(self) -> str:
        """The path with ids as `{id}`."""
        return template(self.raw_path, self.found_route[1])

    @property
    def body(self) -> Body:
        """The request's body as sent, of the whole batch where there is one."""
        return self.request.body

    @cached_property
    def json(self) -> Any:
        """The request's JSON value; inside a batch that of the member, on a WebSocket the message that was answered; None if there is none."""
        if self.error.part:
            return self.error.part_body
        if self.exchange.message is not None:
            return self._message_asked()
        return self.body.json if self.body.data else None

    def _message_asked(self) -> Any:
        """The client's message with the id that the server's message has, else the last one; None where it is not known."""
        answer = self.exchange.message.object if self.exchange.message else {}
        sent = [body.object for body in islice(self.exchange.asked(), 20)]
        for key in ("requestId", "id"):
            if answer.get(key) is not None:
                return next((one for one in sent if one.get(key) == answer[key]), None)
        return sent[0] if sent else None

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The request's JSON object, or an empty one."""
        return self.json if isinstance(self.json, dict) else {}

    @property
    def sends_object(self) -> bool:
        """Whether the request's body is at hand, and is a JSON object or empty: only then a field can be called missing."""
        return isinstance(self.json, dict) or (self.body.data == b"" and not self.error.part and self.exchange.message is None)

    @cached_property
    def params(self) -> Mapping[str, str]:
        """The query parameters; for SDKs that send the query in a POST body, those. Values are text, decoded once."""
        if self.error.part:
            _, _, query = self.error.part.partition("?")
            return dict(reversed(parse_qsl(query, keep_blank_values=True)))
        return self.request.params

    @cached_property
    def now(self) -> float:
        """When the server answered by its own clock (the Date header), else by ours; seconds since the epoch."""
        date = self.answer_headers.get("date")
        if date:
            with suppress(ValueError, TypeError, OverflowError, IndexError):
                return parsedate_to_datetime(date).timestamp()
        return self.exchange.ended or self.exchange.started or 0.0

    def quote(self, value: object, name: str = "") -> str:
        """A value of the user's as it may be shown: redacted (by its `name` too), on one line, cut, in backticks."""
        text = _brief(value)
        shown = self._redaction.redact_value(name, text) if name else self._redaction.text(text)
        return f"`{one_line(shown, LONGEST_QUOTE)}`"

    def may_show(self, part: str, whole: str) -> bool:
        """Whether a part of a longer text holds nothing of a secret, whose beginning or name may lie outside the part."""
        return part in self._redaction.text(whole)

    def ago(self, when: float) -> str:
        """How long before this answer something was: "3 min 12 s before", "just before"."""
        length = (self.exchange.ended or self.now) - when
        return f"{duration(length)} before" if round(length) > 0 else "just before"

    def flow_name(self, flow: str) -> str:
        """An earlier flow as it is called in texts: the first eight characters of its id."""
        return f"flow {flow[:8]}" if flow else "an earlier flow"


def _brief(value: object) -> str:
    """A value as text: a small list or object as JSON; of what is long the beginning, with room for a secret that begins in what is shown."""
    if isinstance(value, (dict, list)):
        nodes, seen = [value], 0
        while nodes:
            seen += 1
            item = nodes.pop()
            if seen > MOST_QUOTED or (isinstance(item, (str, dict, list)) and len(item) > LONGEST_LOOK):
                return "[...]" if isinstance(value, list) else "{...}"
            nodes.extend(item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
        return compact(value)
    return compact(value) if isinstance(value, bool) or value is None else str(value)[:LONGEST_LOOK]


def once(work: Callable[[RuleContext], T]) -> Callable[[RuleContext], T]:
    """Decorates a function that works something out for a case: it does so when it is first asked, and the case remembers it."""

    @wraps(work)
    def asked(ctx: RuleContext) -> T:
        if asked not in ctx.notes:
            ctx.notes[asked] = work(ctx)
        found: T = ctx.notes[asked]
        return found

    return asked


def duration(seconds: float) -> str:
    """A length of time in words: "3 min 12 s", "2 h 5 min", "9 days"."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s" if seconds % 60 else f"{seconds // 60} min"
    if seconds < 172_800:
        return f"{seconds // 3600} h {seconds % 3600 // 60} min" if seconds % 3600 // 60 else f"{seconds // 3600} h"
    days, hours = seconds // 86_400, seconds % 86_400 // 3600
    return f"{days} days {hours} h" if hours and days < 10 else f"{days} days"
