"""The specs of `errors_inject` at work: each with its flow filter and its count, asked for what it has for a flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from mitmproxy import flowfilter, http

from ..catalog import Backend
from ..inject.compose import Composed, compose
from ..inject.list_items import members
from ..inject.schedule import Schedule
from ..inject.spec import Spec, SpecError, parse_spec
from ..inject.tour import Tour
from ..text import one_line, scrub
from .convert import to_exchange

if TYPE_CHECKING:
    from ..exchange import Exchange

FAILED = {"connection-failed": "injected: the connection was closed without an answer", "timeout": "injected: timed out without an answer"}


class Rule(NamedTuple):
    """A spec with its filter, the schedule that counts its requests, and its tour, if it is one."""

    spec: Spec
    matches: Callable[[Any], bool]
    schedule: Schedule
    tour: Tour | None

    @property
    def label(self) -> str:
        """What it injects and how, in a few words."""
        how = self.spec.text.split(self.spec.text[0])[3:] if self.spec.filter else []
        return scrub(one_line(" ".join([self.spec.wanted.text, *how]).strip(), 200))


class Taken(NamedTuple):
    """What is to be done to one flow: the answer or, without one, the failure; `item` of a list; the label of the rule."""

    rule: Rule
    made: Composed | None
    failure: str
    label: str
    delay: float
    item: int | None = None


def make_rule(text: str, backends: Mapping[str, Backend], seed: str) -> Rule:
    """The rule that a spec asks for; raises SpecError."""
    spec = parse_spec(text, backends)
    try:
        matches = flowfilter.parse(spec.filter or "~all")
    except ValueError:
        matches = None
    if not matches:
        raise SpecError(text, spec.place, spec.filter, "is no flow filter; an example is `~u /classes/ & ~m POST`")
    tour = Tour(spec.wanted.backend, each_once=spec.how.each_once) if spec.wanted.tour and spec.wanted.backend else None
    return Rule(spec, cast(Callable[[Any], bool], matches), Schedule(text, spec.how, seed), tour)


def take(rule: Rule, flow: http.HTTPFlow, backend: Backend, exchange: Exchange | None = None) -> Taken | None:
    """What one rule has for a flow, or for its WebSocket message; counts it."""
    how, wanted = rule.spec.how, rule.spec.wanted
    exchange = exchange or to_exchange(flow)
    own_id, item, made = f"injected-{flow.id[:8]}", None if how.item is None else how.item - 1, None
    if rule.tour:
        made = rule.tour.next(exchange, backend, how, own_id)
        if made is None:
            return None
    elif not wanted.failure and wanted.text != "none":
        made = compose(wanted, exchange, backend, message=how.message, item=item, wait=how.retry_after, own_id=own_id)
        # Before the request counts: there is no such item, or no shape can carry the error here.
        if made is None or (item is not None and made.shape and item >= len(members(exchange.request, made.shape))):
            return None
    peer = flow.client_conn.peername
    client = f"{peer[0] if peer else ''} {flow.request.headers.get('user-agent', '')}"
    delay = rule.schedule.take(client, flow.request.timestamp_start)
    if delay is None:
        return None
    label = rule.tour.given(exchange, backend) if rule.tour else rule.label
    return Taken(rule, made, FAILED.get(wanted.failure, ""), label, delay, item)
